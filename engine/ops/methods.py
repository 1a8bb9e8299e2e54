"""Puts the declared ops on Tensor: `x.exp()`, `x + y`, `x.sum(0)`."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

from engine.autograd.tensor import Tensor
from engine.op import OPS, Op
from engine.ops.indexing import getitem
from engine.ops.shape import permute

OPERATORS = {
    "add": ("__add__", "__radd__"),
    "sub": ("__sub__",),
    "mul": ("__mul__", "__rmul__"),
    "div": ("__truediv__",),
    "pow": ("__pow__",),
    "matmul": ("__matmul__",),
    "neg": ("__neg__",),
    "abs": ("__abs__",),
}
REFLECTED = {"sub": "__rsub__", "div": "__rtruediv__", "pow": "__rpow__", "matmul": "__rmatmul__"}
COMPARISONS = {"gt": "__gt__", "lt": "__lt__", "ge": "__ge__", "le": "__le__", "eq": "__eq__", "ne": "__ne__"}


def call(op: Op) -> Callable[..., Any]:
    """The op as torch calls it: params may also be given by position, sizes one by one."""
    if not op.params:
        return op.apply
    ports, names = len(op.ports), [param.name for param in op.params]
    shaped = op.params[0].kind == "shape"
    apply = op.apply

    def calling(*args: Any, **kwargs: Any) -> Any:
        rest = args[ports:]
        if not rest:
            return apply(*args, **kwargs)
        if shaped and all(isinstance(n, numbers.Integral) for n in rest):
            kwargs[names[0]] = rest
        else:
            if len(rest) > len(names):
                raise TypeError(
                    f"{op.name}() takes {ports + len(names)} positional arguments but {len(args)} were given"
                )
            kwargs.update(zip(names, rest, strict=False))
        return apply(*args[:ports], **kwargs)

    calling.__name__ = calling.__qualname__ = op.name
    calling.__doc__ = op.doc
    return calling


def _reflected(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda self, other: apply(other, self)


def _comparison(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def compare(self: Tensor, other: Any) -> Any:
        return apply(self, other) if isinstance(other, (Tensor, numbers.Number)) else NotImplemented

    return compare


def install() -> None:
    """Give Tensor a method for every op that has a port, and Python's operators."""
    for op in OPS.values():
        if op.ports and not hasattr(Tensor, op.name):
            setattr(Tensor, op.name, call(op))
        for name in OPERATORS.get(op.name, ()):
            setattr(Tensor, name, op.apply)
        if op.name in REFLECTED:
            setattr(Tensor, REFLECTED[op.name], _reflected(op.apply))
        if op.name in COMPARISONS:
            setattr(Tensor, COMPARISONS[op.name], _comparison(op.apply))
    Tensor.__getitem__ = getitem  # type: ignore[method-assign]  # declared there for type checkers only
    Tensor.T = property(lambda self: permute(self, dims=tuple(range(self.ndim))[::-1]))  # type: ignore[attr-defined]
