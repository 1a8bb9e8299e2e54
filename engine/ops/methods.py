"""Puts the declared ops on Tensor: `x.exp()`, `x + y`, `x.sum(0)`."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd.apply import NUMBERS, operator
from engine.autograd.mode import is_grad_enabled, no_grad
from engine.autograd.tensor import Tensor, refuse_change
from engine.op import OPS, Op
from engine.ops.indexing import getitem, iterate
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
IN_PLACE = {"add": "__iadd__", "sub": "__isub__", "mul": "__imul__", "div": "__itruediv__", "pow": "__ipow__"}
COMPARISONS = {"gt": "__gt__", "lt": "__lt__", "ge": "__ge__", "le": "__le__", "eq": "__eq__", "ne": "__ne__"}


def call(op: Op) -> Callable[..., Any]:
    """The op as torch calls it: params may also be given by position, sizes one by one."""
    if not op.params:
        return op.apply
    ports, names = len(op.ports), [param.name for param in op.params]
    shaped = op.params[0].kind == "shape" and len(op.required) == 1
    required = op.required
    placed = len(names) if ports else len(required)
    """Of a source only what it requires may be given by position."""
    spread = next((p.name for p in op.params if p.kind == "dims" and p.name in op.overloads), None)
    """A param whose being given, even as None, is another overload: None then is given as all, ()."""
    apply = op.apply

    def calling(*args: Any, **kwargs: Any) -> Any:
        rest = args[ports:]
        if not rest and not kwargs and not required:
            return apply(*args)
        if shaped and rest and all(isinstance(n, numbers.Integral) for n in rest):
            kwargs[names[0]] = rest
        else:
            if len(rest) > placed:
                most = ports + placed
                plural = "" if most == 1 else "s"
                raise TypeError(f"{op.name}() takes {most} positional argument{plural} but {len(args)} were given")
            kwargs.update(zip(names, rest, strict=False))
        if required:
            _refuse_missing(op, kwargs)
        if spread in kwargs and kwargs[spread] is None:
            kwargs[spread] = ()
        return apply(*args[:ports], **kwargs)

    calling.__name__ = calling.__qualname__ = op.name
    calling.__doc__ = op.doc
    return calling


def _refuse_missing(op: Op, given: dict[str, Any]) -> None:
    first = next((i for i, name in enumerate(op.required) if name not in given), None)
    if first is not None:
        missing = op.required[first:]
        names = ", ".join(f'"{name}"' for name in missing)
        plural = "s" if len(missing) == 1 else ""  # torch's own grammar
        raise TypeError(f"{op.name}() missing {len(missing)} required positional argument{plural}: {names}")
    if len(op.required) > 1 and op.params[0].kind == "shape" and isinstance(given[op.params[0].name], int):
        raise TypeError(f"{op.name}(): argument '{op.params[0].name}' (position 1) must be tuple of ints, not int")


def _reflected(op: Op) -> Callable[[Any, Any], Any]:
    apply = op.apply

    def reflected(self: Tensor, other: Any) -> Any:
        return apply(other, self) if op.promote and isinstance(other, NUMBERS) else NotImplemented

    return reflected


def _in_place(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """`x += y`: into the memory of x, where there is no history to keep."""

    def change(self: Tensor, other: Any) -> Any:
        if not isinstance(other, (Tensor, *NUMBERS)):
            return NotImplemented
        if is_grad_enabled() and (self._requires_grad or (isinstance(other, Tensor) and other._requires_grad)):
            refuse_change(self)
        with no_grad():
            result = apply(self, other)
        self.write(result.array)
        return self

    return change


def _positive(self: Tensor) -> Tensor:
    if self.array.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self


def _comparison(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def compare(self: Tensor, other: Any) -> Any:
        return apply(self, other) if isinstance(other, (Tensor, *NUMBERS)) else NotImplemented

    return compare


def install() -> None:
    """Give Tensor a method for every op that has a port, and Python's operators."""
    for op in OPS.values():
        if op.ports and not hasattr(Tensor, op.name):
            setattr(Tensor, op.name, call(op))
        for name in OPERATORS.get(op.name, ()):
            setattr(Tensor, name, op.apply if len(op.ports) == 1 else operator(op))
        if op.name in REFLECTED:
            setattr(Tensor, REFLECTED[op.name], _reflected(op))
        if op.name in IN_PLACE:
            setattr(Tensor, IN_PLACE[op.name], _in_place(op.apply))
        if op.name in COMPARISONS:
            setattr(Tensor, COMPARISONS[op.name], _comparison(op.apply))
    Tensor.__getitem__ = getitem  # type: ignore[method-assign]  # declared there for type checkers only
    Tensor.__iter__ = iterate  # type: ignore[method-assign]
    Tensor.__pos__ = _positive  # type: ignore[method-assign]
    Tensor.T = property(lambda self: permute(self, dims=tuple(range(self.ndim))[::-1]))  # type: ignore[attr-defined]
