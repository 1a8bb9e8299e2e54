"""Questions about elements. The answers are True or False, and no gradient passes through them."""

from __future__ import annotations

from typing import Any

from engine.op import op


@op("input > other", torch="{input} > {other}", aliases=(">", "greater", "more"), promote="common")
def gt(input: Any, other: Any) -> Any:
    """Where is the first greater than the second?"""
    return input > other


@op("input < other", torch="{input} < {other}", aliases=("<", "less", "smaller"), promote="common")
def lt(input: Any, other: Any) -> Any:
    """Where is the first less than the second?"""
    return input < other


@op("input ≥ other", torch="{input} >= {other}", aliases=(">=", "≥", "at least"), promote="common")
def ge(input: Any, other: Any) -> Any:
    """Where is the first greater than the second, or equal to it?"""
    return input >= other


@op("input ≤ other", torch="{input} <= {other}", aliases=("<=", "≤", "at most"), promote="common")
def le(input: Any, other: Any) -> Any:
    """Where is the first less than the second, or equal to it?"""
    return input <= other


@op("input = other", torch="{input} == {other}", aliases=("==", "=", "equal", "same"), promote="common")
def eq(input: Any, other: Any) -> Any:
    """Where are the two equal?"""
    return input == other


@op("input ≠ other", torch="{input} != {other}", aliases=("!=", "≠", "not equal", "differ"), promote="common")
def ne(input: Any, other: Any) -> Any:
    """Where do the two differ?"""
    return input != other
