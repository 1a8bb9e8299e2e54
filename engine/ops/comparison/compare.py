"""Questions about elements. The answers are True or False, and no gradient passes through them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.op import op
from engine.ops.arithmetic.operators import only_tensors


@op(
    "input > other",
    torch="{input} > {other}",
    also=("torch.greater",),
    aliases=(">", "greater", "more"),
    promote="common",
    kernel=operator.gt,
)
def gt(input: Any, other: Any) -> Any:
    """Where is the first greater than the second?"""
    return input > other


@op(
    "input < other",
    torch="{input} < {other}",
    also=("torch.less",),
    aliases=("<", "less", "smaller"),
    promote="common",
    kernel=operator.lt,
)
def lt(input: Any, other: Any) -> Any:
    """Where is the first less than the second?"""
    return input < other


@op(
    "input ≥ other",
    torch="{input} >= {other}",
    also=("torch.greater_equal",),
    aliases=(">=", "≥", "at least"),
    promote="common",
    kernel=operator.ge,
)
def ge(input: Any, other: Any) -> Any:
    """Where is the first greater than the second, or equal to it?"""
    return input >= other


@op(
    "input ≤ other",
    torch="{input} <= {other}",
    also=("torch.less_equal",),
    aliases=("<=", "≤", "at most"),
    promote="common",
    kernel=operator.le,
)
def le(input: Any, other: Any) -> Any:
    """Where is the first less than the second, or equal to it?"""
    return input <= other


@op(
    "input = other",
    torch="{input} == {other}",
    aliases=("==", "=", "equal", "same"),
    promote="common",
    kernel=operator.eq,
)
def eq(input: Any, other: Any) -> Any:
    """Where are the two equal?"""
    return input == other


@op(
    "input ≠ other",
    torch="{input} != {other}",
    also=("torch.not_equal",),
    aliases=("!=", "≠", "not equal", "differ"),
    promote="common",
    kernel=operator.ne,
)
def ne(input: Any, other: Any) -> Any:
    """Where do the two differ?"""
    return input != other


for each in (gt, lt, ge, le, eq, ne):
    only_tensors(each, "input")


@op("|input - other| ≤ atol + rtol × |other|", aliases=("almost equal", "nearly", "tolerance"), promote="common")
def isclose(input: Any, other: Any, *, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Where are the two equal but for a little? rtol is a part of the second, atol a size of its own."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    return np.isclose(input, other, rtol, atol, equal_nan)


@isclose.check
def _(input: Any, other: Any) -> None:
    dtypes.require_same(input, other, "{} did not match {}", dtypes.scalar_type)


only_tensors(isclose)


@op("input is nan", aliases=("not a number", "missing"))
def isnan(input: Any) -> Any:
    """Which elements are no number?"""
    return np.isnan(input)


@op("input is infinite", aliases=("infinity", "overflow"))
def isinf(input: Any) -> Any:
    """Which elements are infinite?"""
    return np.isinf(input)


@op("input is finite", aliases=("number", "not nan"))
def isfinite(input: Any) -> Any:
    """Which elements are neither infinite nor nan?"""
    return np.isfinite(input)


@op("input = ∞", aliases=("infinity",))
def isposinf(input: Any) -> Any:
    """Which elements are infinity?"""
    return input == np.inf


@op("input = -∞", aliases=("infinity",))
def isneginf(input: Any) -> Any:
    """Which elements are minus infinity?"""
    return input == -np.inf


@op("input has a minus", aliases=("negative", "sign"))
def signbit(input: Any) -> Any:
    """Which elements are written with a minus? -0.0 is."""
    return np.signbit(input) if input.dtype.kind == "f" else input < 0
