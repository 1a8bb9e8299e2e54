"""Puts the declared ops on Tensor: `x.exp()`, `x + y`, `x.sum(0)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.autograd.apply import NUMBERS, operator
from engine.autograd.tensor import Tensor
from engine.op import OPS, SPELLED, Op
from engine.ops import changing, protocol
from engine.ops.calling import call, names_of
from engine.ops.functions.powers import positive
from engine.ops.indexing.slices import getitem
from engine.ops.shape.axes import PROPERTIES
from engine.ops.shape.splitting import iterate

OPERATORS = {
    "add": ("__add__", "__radd__"),
    "sub": ("__sub__",),
    "mul": ("__mul__", "__rmul__"),
    "div": ("__truediv__",),
    "pow": ("__pow__",),
    "matmul": ("__matmul__",),
    "neg": ("__neg__",),
    "abs": ("__abs__",),
    "floor_divide": ("__floordiv__",),
    "remainder": ("__mod__",),
    "bitwise_and": ("__and__", "__rand__"),
    "bitwise_or": ("__or__", "__ror__"),
    "bitwise_xor": ("__xor__", "__rxor__"),
    "bitwise_not": ("__invert__",),
    "gt": ("__gt__",),
    "lt": ("__lt__",),
    "ge": ("__ge__",),
    "le": ("__le__",),
    "eq": ("__eq__",),
    "ne": ("__ne__",),
}
REFLECTED = {
    "sub": "__rsub__",
    "div": "__rtruediv__",
    "pow": "__rpow__",
    "matmul": "__rmatmul__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
}


def _reflected(op: Op) -> Callable[[Any, Any], Any]:
    apply = op.apply

    def reflected(self: Tensor, other: Any) -> Any:
        return apply(other, self) if op.promote and isinstance(other, NUMBERS) else NotImplemented

    return reflected


def install() -> None:
    """Give Tensor a method for every op that has a port, and Python's operators."""
    for op in OPS.values():
        for dotted in names_of(op):
            space, _, name = dotted.partition(".")
            if space == "Tensor" and not hasattr(Tensor, name):
                setattr(Tensor, name, call(op, name))
        for name in OPERATORS.get(op.name, ()):
            setattr(Tensor, name, op.apply if len(op.ports) == 1 else operator(op))
        if op.name in REFLECTED:
            setattr(Tensor, REFLECTED[op.name], _reflected(op))
    for dotted, function in SPELLED.items():
        if dotted.startswith("Tensor."):
            setattr(Tensor, dotted.removeprefix("Tensor."), function)
    protocol.install()
    changing.install()
    Tensor.__getitem__ = getitem  # type: ignore[method-assign]  # declared there for type checkers only
    Tensor.__iter__ = iterate  # type: ignore[method-assign]
    Tensor.__pos__ = positive  # type: ignore[method-assign]
    for name, function in PROPERTIES.items():
        setattr(Tensor, name, property(function))
