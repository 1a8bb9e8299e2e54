"""Staircases: whole numbers near every element. They are flat between the steps, so their slope is 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.dtypes import not_implemented
from engine.op import op


@op("⌊input⌋", also=("torch.special.floor",), aliases=("round down", "integer", "⌊x⌋"))
def floor(input: Any) -> Any:
    """The greatest whole number that is not above the element."""
    return _whole(np.floor, input, "floor")


@op("⌈input⌉", aliases=("round up", "integer", "⌈x⌉"))
def ceil(input: Any) -> Any:
    """The least whole number that is not below the element."""
    return _whole(np.ceil, input, "ceil")


@op("input towards 0", also=("torch.fix",), aliases=("truncate", "cut", "integer"))
def trunc(input: Any) -> Any:
    """The whole number that is left when the digits after the point are cut off."""
    return _whole(np.trunc, input, "trunc")


@op(
    "nearest whole number",
    also=("torch.special.round",),
    overloads={"decimals": "RoundBackward1"},
    aliases=("nearest", "integer", "half to even"),
)
def round(input: Any, *, decimals: int | None = None) -> Any:
    """The nearest whole number, or the nearest one with so many decimals; from the middle it goes to the even one."""
    if decimals is not None and input.dtype.kind != "f":
        raise not_implemented("round_cpu" if decimals else "round_vml_cpu", input.dtype)
    if not decimals:
        return _whole(np.rint, input, "round")
    power = 10.0 ** abs(decimals)
    if decimals > 0:
        return np.rint(input * power) / power
    return np.rint(input / power) * power


def _whole(function: Any, input: Any, name: str) -> Any:
    """Integers stay as they are."""
    if input.dtype == np.bool_:
        raise not_implemented(f"{name}_vml_cpu", input.dtype)
    return function(input) if input.dtype.kind == "f" else input.copy()


@floor.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@ceil.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@trunc.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@round.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op("input - trunc(input)", aliases=("fraction", "fractional part", "after the point"))
def frac(input: Any) -> Any:
    """The digits after the point, with the element's sign. Between the jumps its slope is 1."""
    if input.dtype.kind != "f":
        raise not_implemented("frac_cpu", input.dtype)
    return input - np.trunc(input)


@frac.gradient("input", "g")
def _(g: Any) -> Any:
    return g
