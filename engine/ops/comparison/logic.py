"""And, or, not: of what is true, and of the bits of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import op
from engine.ops.arithmetic.operators import only_tensors, refuse_dtype


@op("input and other", torch="torch.logical_and({input}, {other})", aliases=("and", "both", "∧"), promote="common")
def logical_and(input: Any, other: Any) -> Any:
    """Where are both true? What is not 0 is true."""
    return np.logical_and(input, other)


@op("input or other", torch="torch.logical_or({input}, {other})", aliases=("or", "either", "∨"), promote="common")
def logical_or(input: Any, other: Any) -> Any:
    """Where is at least one of the two true? What is not 0 is true."""
    return np.logical_or(input, other)


@op("either input or other", torch="torch.logical_xor({input}, {other})", aliases=("xor", "one"), promote="common")
def logical_xor(input: Any, other: Any) -> Any:
    """Where is exactly one of the two true? What is not 0 is true."""
    return np.logical_xor(input, other)


@op("not input", torch="torch.logical_not({input})", aliases=("not", "invert", "¬"))
def logical_not(input: Any) -> Any:
    """Where is it false? 0 is false."""
    return np.logical_not(input)


for each in (logical_and, logical_or, logical_xor):
    only_tensors(each)


@op(
    "input & other",
    torch="{input} & {other}",
    also=("torch.bitwise_and",),
    aliases=("&", "and", "mask"),
    promote="common",
)
def bitwise_and(input: Any, other: Any) -> Any:
    """The bits that both have; of masks, where both are true."""
    refuse_dtype("bitwise_and_cpu", input, "f")
    return input & other


@op(
    "input | other",
    torch="{input} | {other}",
    also=("torch.bitwise_or",),
    aliases=("|", "or", "mask"),
    promote="common",
)
def bitwise_or(input: Any, other: Any) -> Any:
    """The bits that one or both have; of masks, where at least one is true."""
    refuse_dtype("bitwise_or_cpu", input, "f")
    return input | other


@op(
    "input ^ other",
    torch="{input} ^ {other}",
    also=("torch.bitwise_xor",),
    aliases=("^", "xor", "mask"),
    promote="common",
)
def bitwise_xor(input: Any, other: Any) -> Any:
    """The bits that only one of them has; of masks, where they differ."""
    refuse_dtype("bitwise_xor_cpu", input, "f")
    return input ^ other


@op("~input", torch="~{input}", also=("torch.bitwise_not",), aliases=("~", "not", "invert", "mask"))
def bitwise_not(input: Any) -> Any:
    """All bits turned over; of a mask, True where it was False."""
    refuse_dtype("bitwise_not_cpu", input, "f")
    return ~input
