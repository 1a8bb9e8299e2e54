"""Division that leaves a rest: whole quotients, and what is left over."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from engine.autograd.arguments import together
from engine.op import op
from engine.ops.arithmetic.operators import only_tensors, refuse_dtype


def refuse_zero(divisor: Any) -> None:
    """An integer has no infinity to be the answer."""
    if divisor.dtype.kind in "iu" and not np.all(divisor):
        raise RuntimeError("ZeroDivisionError")


def floored(input: Any, other: Any, kernel: str = "div_floor_cpu") -> Any:
    """The quotient rounded down."""
    refuse_dtype(kernel, input, "b")
    refuse_zero(other)
    return input // other


@op("input / other, rounded", public=False, grad_fn="DivBackward2", promote="common")
def div_rounded(input: Any, other: Any, *, rounding_mode: Literal["floor", "trunc"] = "floor") -> Any:
    """Divides and rounds: down, or towards 0."""
    if rounding_mode == "floor":
        return floored(input, other)
    refuse_dtype("div_trunc_cpu", input, "b")
    if input.dtype.kind == "f":
        return np.trunc(input / other)
    refuse_zero(other)
    return (input - np.fmod(input, other)) // other


@div_rounded.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@div_rounded.gradient("other", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op(
    "⌊input / other⌋",
    torch="{input} // {other}",
    also=("torch.floor_divide",),
    aliases=("//", "integer division", "whole quotient"),
    promote="common",
    grad_fn="NotImplemented",
)
def floor_divide(input: Any, other: Any) -> Any:
    """How many times the second goes into the first as a whole. torch has no gradient for it and refuses."""
    return floored(input, other)


@floor_divide.gradient("input", "none: torch refuses")
def _(g: Any) -> Any:
    raise RuntimeError("derivative for aten::floor_divide is not implemented")


@floor_divide.gradient("other", "none: torch refuses")
def _(g: Any) -> Any:
    raise RuntimeError("derivative for aten::floor_divide is not implemented")


@op(
    "input mod other",
    torch="{input} % {other}",
    also=("torch.remainder",),
    aliases=("%", "modulo", "rest", "clock"),
    promote="common",
    grad_fn="RemainderBackward1",
    overloads={"other": "RemainderBackward0"},
)
def remainder(input: Any, other: Any) -> Any:
    """What is left of the first when the second is taken away as often as it goes in; it has the second's sign."""
    refuse_dtype("remainder_cpu", input, "b")
    refuse_zero(other)
    rest = np.fmod(input, other)  # not numpy's remainder: a 0 keeps the sign of the input
    return np.where((rest != 0) & ((rest < 0) != (other < 0)), rest + other, rest)


@remainder.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@remainder.gradient("other", "-g × floor(input / other)")
def _(g: Any, input: Any, other: Any) -> Any:
    return -g * div_rounded.of(input, other, rounding_mode="floor")


@remainder.overload("input")
def _(input: Any, other: Any) -> Any:
    return remainder_of_number(other, number=input)


@op("number mod input", public=False, grad_fn="NotImplemented")
def remainder_of_number(input: Any, *, number: float = 0.0) -> Any:
    """What is left of a number when the elements are taken away from it. torch has no gradient for it and refuses."""
    return remainder.function(*together([number, input], 0b01, False))


@remainder_of_number.gradient("input", "none: torch refuses")
def _(g: Any) -> Any:
    raise RuntimeError("derivative for aten::remainder is not implemented")


@op(
    "input mod other, signed as input",
    torch="torch.fmod({input}, {other})",
    aliases=("modulo", "rest"),
    promote="common",
    grad_fn="FmodBackward1",
    overloads={"other": "FmodBackward0"},
)
def fmod(input: Any, other: Any) -> Any:
    """What is left of the first when the second is taken away as often as it goes in; it keeps the first's sign."""
    refuse_dtype("fmod_cpu", input, "b")
    refuse_zero(other)
    return np.fmod(input, other)


@fmod.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@fmod.gradient("other", "-g × trunc(input / other)")
def _(g: Any, input: Any, other: Any) -> Any:
    return -g * div_rounded.of(input, other, rounding_mode="trunc")


only_tensors(fmod, "input")
