"""Angles, circles and hyperbolas: the trigonometric functions and what they turn into without the circle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import op


@op("sin(input)", aliases=("sine", "wave"), promote="float")
def sin(input: Any) -> Any:
    """The sine of every element, as an angle in radians."""
    return np.sin(input)


@sin.gradient("input", "g × cos(input)")
def _(g: Any, input: Any) -> Any:
    return g * np.cos(input)


@op("cos(input)", aliases=("cosine", "wave"), promote="float")
def cos(input: Any) -> Any:
    """The cosine of every element, as an angle in radians."""
    return np.cos(input)


@cos.gradient("input", "-g × sin(input)")
def _(g: Any, input: Any) -> Any:
    return g * -np.sin(input)


@op("tan(input)", aliases=("tangent", "sin / cos"), promote="float")
def tan(input: Any) -> Any:
    """The tangent of every element, as an angle in radians: its sine divided by its cosine."""
    return np.tan(input)


@tan.gradient("input", "g × (1 + output × output)")
def _(g: Any, output: Any) -> Any:
    return g * (1 + output * output)


@op("asin(input)", also=("torch.arcsin",), aliases=("inverse sine", "arc sine"), promote="float")
def asin(input: Any) -> Any:
    """The angle between -π/2 and π/2 whose sine the element is."""
    return np.arcsin(input)


@asin.gradient("input", "g / sqrt(1 - input × input)")
def _(g: Any, input: Any) -> Any:
    return g / np.sqrt(1 - input * input)


@op("acos(input)", also=("torch.arccos",), aliases=("inverse cosine", "arc cosine"), promote="float")
def acos(input: Any) -> Any:
    """The angle between 0 and π whose cosine the element is."""
    return np.arccos(input)


@acos.gradient("input", "-g / sqrt(1 - input × input)")
def _(g: Any, input: Any) -> Any:
    return -g / np.sqrt(1 - input * input)


@op("atan(input)", also=("torch.arctan",), aliases=("inverse tangent", "arc tangent"), promote="float")
def atan(input: Any) -> Any:
    """The angle between -π/2 and π/2 whose tangent the element is."""
    return np.arctan(input)


@atan.gradient("input", "g / (1 + input × input)")
def _(g: Any, input: Any) -> Any:
    return g / (1 + input * input)


@op("sinh(input)", aliases=("hyperbolic sine",), promote="float")
def sinh(input: Any) -> Any:
    """The hyperbolic sine of every element: half of exp(input) - exp(-input)."""
    return np.sinh(input)


@sinh.gradient("input", "g × cosh(input)")
def _(g: Any, input: Any) -> Any:
    return g * np.cosh(input)


@op("cosh(input)", aliases=("hyperbolic cosine", "catenary"), promote="float")
def cosh(input: Any) -> Any:
    """The hyperbolic cosine of every element: half of exp(input) + exp(-input)."""
    return np.cosh(input)


@cosh.gradient("input", "g × sinh(input)")
def _(g: Any, input: Any) -> Any:
    return g * np.sinh(input)


@op("asinh(input)", also=("torch.arcsinh",), aliases=("inverse hyperbolic sine",), promote="float")
def asinh(input: Any) -> Any:
    """The number whose hyperbolic sine the element is."""
    return np.arcsinh(input)


@asinh.gradient("input", "g / sqrt(input × input + 1)")
def _(g: Any, input: Any) -> Any:
    return g / np.sqrt(input * input + 1)


@op("acosh(input)", also=("torch.arccosh",), aliases=("inverse hyperbolic cosine",), promote="float")
def acosh(input: Any) -> Any:
    """The number whose hyperbolic cosine the element is; there is none below 1."""
    return np.arccosh(input)


@acosh.gradient("input", "g / sqrt(input × input - 1)")
def _(g: Any, input: Any) -> Any:
    return g / np.sqrt(input * input - 1)


@op("atanh(input)", also=("torch.arctanh",), aliases=("inverse hyperbolic tangent",), promote="float")
def atanh(input: Any) -> Any:
    """The number whose hyperbolic tangent the element is, which lies between -1 and 1."""
    return np.arctanh(input)


@atanh.gradient("input", "g / (1 - input × input)")
def _(g: Any, input: Any) -> Any:
    return g / (1 - input * input)


@op(
    "sin(π × input) / (π × input)",
    also=("torch.special.sinc",),
    aliases=("sine over x", "wave", "filter"),
    promote="float",
)
def sinc(input: Any) -> Any:
    """The sine of π times the element, divided by π times the element; 1 at 0."""
    return np.sinc(input)


@sinc.gradient("input", "0 if input == 0 else g × (cos(π × input) - output) / input")
def _(g: Any, input: Any) -> Any:
    angle = math.pi * input
    slope = (angle * np.cos(angle) - np.sin(angle)) / (angle * input)
    return np.where(input == 0, 0, g * slope)


@op("input × π / 180", grad_fn="Deg2RadBackward0", aliases=("degrees to radians", "angle"), promote="float")
def deg2rad(input: Any) -> Any:
    """Turns angles in degrees into radians: 180 degrees are π."""
    return input * (math.pi / 180)


@deg2rad.gradient("input", "g × π / 180")
def _(g: Any) -> Any:
    return g * (math.pi / 180)


@op("input × 180 / π", grad_fn="Rad2DegBackward0", aliases=("radians to degrees", "angle"), promote="float")
def rad2deg(input: Any) -> Any:
    """Turns angles in radians into degrees: π is 180 degrees."""
    return input * (180 / math.pi)


@rad2deg.gradient("input", "g × 180 / π")
def _(g: Any) -> Any:
    return g * (180 / math.pi)
