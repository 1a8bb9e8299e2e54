"""Bends made of straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.op import op
from engine.ops.activation import slopes
from engine.ops.activation.slopes import either, floating, only_where


@op(
    "min(max(0, input), 6)",
    torch="torch.nn.functional.relu6({input})",
    aliases=("rectifier", "clipped", "activation"),
    grad_fn="HardtanhBackward0",
)
def relu6(input: Any) -> Any:
    """Like relu, but stays at 6 above 6. No gradient passes on the flat sides, nor at the corners."""
    return hardtanh.function(input, min_val=0, max_val=6)


@relu6.gradient("input", "g if 0 < input < 6 else 0")
def _(g: Any, input: Any) -> Any:
    return slopes.hardtanh_backward.of(g, input, min_val=0, max_val=6)


@op(
    "input moved by lambd towards 0, no further",
    torch="torch.nn.functional.softshrink({input}, {lambd})",
    aliases=("soft thresholding", "shrinkage", "lasso"),
)
def softshrink(input: Any, *, lambd: float = 0.5) -> Any:
    """Moves every element towards 0 by lambd; what is closer becomes 0."""
    floating(input, "softshrink_cpu")
    largest = float(np.finfo(input.dtype).max)
    if not 0 <= lambd <= largest:
        kind = dtypes.scalar_type(input.dtype)
        raise RuntimeError(f"lambda must be in range [0, {largest:g}] for input dtype {kind}, but found {lambd:g}")
    return np.copysign(input - np.clip(input, -lambd, lambd), input)  # inside, a zero keeps the sign, as in torch


softshrink.gradient("input", "0 if -lambd <= input <= lambd else g")(slopes.softshrink_backward)


@op(
    "0 if |input| ≤ lambd else input",
    also=("torch.nn.functional.hardshrink",),
    aliases=("hard thresholding", "shrinkage"),
)
def hardshrink(input: Any, *, lambd: float = 0.5) -> Any:
    """Turns what is closer to 0 than lambd into 0 and keeps the rest."""
    return only_where(~(np.abs(floating(input, "hardshrink_cpu")) <= lambd), input)


hardshrink.gradient("input", "0 if -lambd <= input <= lambd else g")(slopes.hardshrink_backward)


@op(
    "input if input > threshold else value",
    torch="torch.nn.functional.threshold({input}, {threshold}, {value})",
    also=("torch.threshold",),
    aliases=("cut", "step", "activation"),
    required=("threshold", "value"),
)
def threshold(input: Any, *, threshold: float = 0.0, value: float = 0.0) -> Any:
    """Keeps what is above the threshold and puts one value everywhere else."""
    if input.dtype == np.bool_:
        raise NotImplementedError("\"threshold_cpu\" not implemented for 'Bool'")
    return either(input <= threshold, input.dtype.type(value), input)


threshold.gradient("input", "0 if input <= threshold else g")(slopes.threshold_backward)


@op(
    "min(max(min_val, input), max_val)",
    torch="torch.nn.functional.hardtanh({input}, {min_val}, {max_val})",
    aliases=("clamp", "clip", "activation", "squash"),
)
def hardtanh(input: Any, *, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Cuts every element off at two values. No gradient passes outside of them, nor at the corners."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    kind = input.dtype.kind
    if kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if kind == "u" and (int(min_val) < 0 or int(max_val) < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return np.clip(input, input.dtype.type(min_val), input.dtype.type(max_val))


hardtanh.gradient("input", "g if min_val < input < max_val else 0")(slopes.hardtanh_backward)


@op(
    "min(max(0, input + 3), 6) / 6",
    torch="torch.nn.functional.hardsigmoid({input})",
    aliases=("squash", "activation", "mobile"),
)
def hardsigmoid(input: Any) -> Any:
    """A sigmoid made of three straight lines."""
    return np.clip(floating(input, "hardsigmoid_cpu") + 3, 0, 6) / 6


hardsigmoid.gradient("input", "g / 6 if -3 < input < 3 else 0")(slopes.hardsigmoid_backward)


@op(
    "input × min(max(0, input + 3), 6) / 6",
    torch="torch.nn.functional.hardswish({input})",
    aliases=("silu", "activation", "mobile"),
)
def hardswish(input: Any) -> Any:
    """Like silu, made of straight lines and one parabola."""
    return floating(input, "hardswish_cpu") * np.clip(input + 3, 0, 6) / 6


hardswish.gradient("input", "0 if input <= -3 else g × (input / 3 + 0.5) if input < 3 else g")(
    slopes.hardswish_backward
)
