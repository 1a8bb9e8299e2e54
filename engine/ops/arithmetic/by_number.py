"""Arithmetic with a number as torch does it inside its own ops, where it prints as another overload."""

from __future__ import annotations

from typing import Any

from engine.op import op


@op("input + number", public=False, grad_fn="AddBackward1")
def add_number(input: Any, *, number: float = 0.0) -> Any:
    """A number added to every element."""
    return input + number


@add_number.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@op("input - number", public=False, grad_fn="SubBackward1")
def sub_number(input: Any, *, number: float = 0.0) -> Any:
    """A number taken from every element."""
    return input - number


@sub_number.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@op("input × number", public=False, grad_fn="MulBackward1")
def mul_number(input: Any, *, number: float = 1.0) -> Any:
    """Every element times a number."""
    return input * number


@mul_number.gradient("input", "g × number")
def _(g: Any, *, number: float) -> Any:
    return g * number


@op("input / number", public=False, grad_fn="DivBackward1")
def div_number(input: Any, *, number: float = 1.0) -> Any:
    """Every element divided by a number."""
    return input / input.dtype.type(number)  # of numpy, so that 0 / 0 is nan


@div_number.gradient("input", "g / number")
def _(g: Any, *, number: float) -> Any:
    return g / number
