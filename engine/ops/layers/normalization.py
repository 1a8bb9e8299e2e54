"""Values brought to a common scale: mean 0 and variance 1, or length 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import Dims, Shape, op
from engine.ops.activation.slopes import floating
from engine.ops.arithmetic.by_number import add_number
from engine.ops.arithmetic.choosing import clamp_min
from engine.ops.arithmetic.operators import div, mul, pow
from engine.ops.convolution.layouts import (
    TO_INPUT,
    TO_WEIGHT,
    bias_gradient,
    group_layout,
    input_gradient,
    layer_layout,
    normalized,
    require_types,
    standardized,
    weight_gradient,
)
from engine.ops.functions.powers import rsqrt
from engine.ops.layers.batches import by_batch, native_batch_norm
from engine.ops.reduction.norm import norm
from engine.ops.reduction.sums import mean
from engine.ops.shape.arranging import repeat
from engine.ops.shape.reshape import expand, view

ALIASES = ("normalize", "standardize", "layer", "scale", "mean 0")


# ---------------------------------------------------------------- over the features of one example


def _require_shape(shape: Sizes, normalized_shape: Sizes, gap: str = ", ", **others: Any) -> None:
    if not normalized_shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for name, other in others.items():
        if other is not None and tuple(other.shape) != normalized_shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(other.shape)} and normalized_shape = {list(normalized_shape)}"
            )
    if tuple(shape[max(0, len(shape) - len(normalized_shape)) :]) != normalized_shape:
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with shape "
            f"[*{gap}{', '.join(map(str, normalized_shape))}], but got input of size{list(shape)}"
        )


@op(
    "(input - mean) / deviation × weight + bias",
    torch="torch.nn.functional.layer_norm({input}, {normalized_shape}, {weight}, {bias}, {eps})",
    also=("torch.layer_norm",),
    order=("input", "normalized_shape", "weight", "bias", "eps"),
    aliases=(*ALIASES, "features", "transformer"),
    grad_fn="NativeLayerNormBackward0",
    required=("normalized_shape",),
)
def layer_norm(
    input: Any, weight: Any = None, bias: Any = None, *, normalized_shape: Shape = (2,), eps: float = 1e-5
) -> Any:
    """Brings the features of every example to mean 0 and variance 1, then scales and shifts each."""
    _require_shape(input.shape, normalized_shape, weight=weight, bias=bias)
    require_types("LayerNormKernelImpl", input, weight, bias)
    return normalized(input, weight, bias, layer_layout(input.shape, normalized_shape), eps)


@layer_norm.gradient("input", TO_INPUT)
def _(g: Any, input: Any, weight: Any, *, normalized_shape: Shape, eps: float) -> Any:
    return input_gradient(g, input, weight, layer_layout(input.shape, normalized_shape), eps)


@layer_norm.gradient("weight", TO_WEIGHT)
def _(g: Any, input: Any, *, normalized_shape: Shape, eps: float) -> Any:
    layout = layer_layout(input.shape, normalized_shape)
    x, _scale = standardized(input.reshape(layout.view), layout.together, eps)
    return weight_gradient(g, x, layout, normalized_shape)


@layer_norm.gradient("bias", "sum of g")
def _(g: Any, input: Any, *, normalized_shape: Shape) -> Any:
    return bias_gradient.of(g, input, layout=layer_layout(input.shape, normalized_shape), shape=normalized_shape)


# ---------------------------------------------------------------- over groups of channels


@op(
    "(input - mean) / deviation × weight + bias",
    torch="torch.nn.functional.group_norm({input}, {num_groups}, {weight}, {bias}, {eps})",
    order=("input", "num_groups", "weight", "bias", "eps"),
    aliases=(*ALIASES, "channels"),
    grad_fn="NativeGroupNormBackward0",
    required=("num_groups",),
)
def group_norm(input: Any, weight: Any = None, bias: Any = None, *, num_groups: int = 1, eps: float = 1e-5) -> Any:
    """Brings each group of channels of every example to mean 0 and variance 1, then scales and shifts each channel."""
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    count, channels = input.shape[:2]
    _require_more_than_one([count * channels // num_groups, num_groups, *input.shape[2:]])
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, other in (("weight", weight), ("bias", bias)):
        if other is not None and other.shape != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(other.shape)} and input of shape {list(input.shape)}"
            )
    require_types("GroupNormKernelImpl", input, weight, bias)
    return normalized(input, weight, bias, group_layout(input.shape, num_groups), eps)


def _require_more_than_one(size: Any) -> None:
    if size[0] * math.prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


@group_norm.gradient("input", TO_INPUT)
def _(g: Any, input: Any, weight: Any, *, num_groups: int, eps: float) -> Any:
    return input_gradient(g, input, weight, group_layout(input.shape, num_groups), eps)


@group_norm.gradient("weight", TO_WEIGHT)
def _(g: Any, input: Any, *, num_groups: int, eps: float) -> Any:
    layout = group_layout(input.shape, num_groups)
    x, _scale = standardized(input.reshape(layout.view), layout.together, eps)
    return weight_gradient(g, x, layout, input.shape[1:2])


@group_norm.gradient("bias", "sum of g")
def _(g: Any) -> Any:
    return np.sum(g, axis=(0, *range(2, g.ndim)))


# ---------------------------------------------------------------- over the batch


@op(
    "(input - mean) / deviation × weight + bias",
    torch="torch.nn.functional.batch_norm({input}, {running_mean}, {running_var}, {weight}, {bias}, {training}, "
    "{momentum}, {eps})",
    aliases=(*ALIASES, "running", "channels"),
    composite=True,
)
def batch_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Brings each channel to mean 0 and variance 1, by the batch in training and else by what was seen before."""
    if training:
        _require_more_than_one(input.shape)
    return by_batch(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _known(running_mean: Any, running_var: Any, by_input: bool) -> Any:
    return None if by_input else (running_mean, running_var)


@batch_norm.gradient("input", TO_INPUT)
def _(g: Any, input: Any, running_mean: Any, running_var: Any, weight: Any, *, training: bool, eps: float) -> Any:
    known = _known(running_mean, running_var, training)
    return native_batch_norm.gradients["input"].function(g, input, weight, known=known, eps=eps)


@batch_norm.gradient("weight", TO_WEIGHT)
def _(g: Any, input: Any, running_mean: Any, running_var: Any, *, training: bool, eps: float) -> Any:
    known = _known(running_mean, running_var, training)
    return native_batch_norm.gradients["weight"].function(g, input, known=known, eps=eps)


@batch_norm.gradient("bias", "sum of g")
def _(g: Any) -> Any:
    return np.sum(g, axis=(0, *range(2, g.ndim)))


@op(
    "(input - mean) / deviation × weight + bias",
    torch="torch.nn.functional.instance_norm({input}, {running_mean}, {running_var}, {weight}, {bias}, "
    "{use_input_stats}, {momentum}, {eps})",
    aliases=(*ALIASES, "style", "channels"),
    composite=True,
)
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    *,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Brings each channel of each example to mean 0 and variance 1, then scales and shifts each channel."""
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    count, channels = input.shape[:2]
    row = view(input.contiguous(), shape=(1, count * channels, *input.shape[2:]))
    running = [None if t is None else Tensor(np.tile(t.array, count)) for t in (running_mean, running_var)]
    parts = [None if t is None else repeat(t, repeats=(count,)) for t in (weight, bias)]
    result = by_batch(row, running[0], running[1], parts[0], parts[1], use_input_stats, momentum, eps)
    for own, repeated in zip((running_mean, running_var), running, strict=True):
        if use_input_stats and repeated is not None:
            own.write(repeated.array.reshape(count, channels).mean(0))
    return view(result, shape=input.shape)


@instance_norm.gradient("input", TO_INPUT)
def _(g: Any, input: Any, weight: Any, *, eps: float) -> Any:
    return input_gradient(g, input, weight, group_layout(input.shape, input.shape[1]), eps)


@instance_norm.gradient("weight", TO_WEIGHT)
def _(g: Any, input: Any, *, eps: float) -> Any:
    return group_norm.gradients["weight"].function(g, input, num_groups=input.shape[1], eps=eps)


@instance_norm.gradient("bias", "sum of g")
def _(g: Any) -> Any:
    return np.sum(g, axis=(0, *range(2, g.ndim)))


# ---------------------------------------------------------------- without a mean


@op(
    "input / √(mean of input²) × weight",
    torch="torch.nn.functional.rms_norm({input}, {normalized_shape}, {weight}, {eps})",
    also=("torch.rms_norm",),
    order=("input", "normalized_shape", "weight", "eps"),
    aliases=(*ALIASES, "root mean square", "transformer"),
    composite=True,
    required=("normalized_shape",),
)
def rms_norm(input: Any, weight: Any = None, *, normalized_shape: Shape = (2,), eps: float | None = None) -> Any:
    """Divides the features of every example by their root mean square, then scales each."""
    _require_shape(input.shape, normalized_shape, "", weight=weight)
    floating(input.array, "rms_norm")
    if eps is None:
        eps = float(np.finfo(input.array.dtype).eps)
    dims = tuple(range(-len(normalized_shape), 0))
    squares = mean(pow(input, 2), dim=dims, keepdim=True)
    result = mul(input, rsqrt(add_number(squares, number=eps)))
    return result if weight is None else mul(result, weight)


def _root(input: Any, normalized_shape: Shape, eps: float | None) -> tuple[Any, tuple[int, ...]]:
    """The root mean square of the features, and their dimensions."""
    dims = tuple(range(-len(normalized_shape), 0))
    if eps is None:
        eps = float(np.finfo(input.dtype).eps)
    return np.sqrt(np.mean(input * input, axis=dims, keepdims=True) + eps), dims


@rms_norm.gradient("input", "(h - x × mean(h × x)) / root, where h is g × weight and x is input / root")
def _(g: Any, input: Any, weight: Any, *, normalized_shape: Shape, eps: float | None) -> Any:
    root, dims = _root(input, normalized_shape, eps)
    x, h = input / root, g if weight is None else g * weight
    return (h - x * np.mean(h * x, axis=dims, keepdims=True)) / root


@rms_norm.gradient("weight", "sum of g × input / root")
def _(g: Any, input: Any, *, normalized_shape: Shape, eps: float | None) -> Any:
    return g * (input / _root(input, normalized_shape, eps)[0])


@op(
    "input / ||input||",
    torch="torch.nn.functional.normalize({input}, {p}, {dim}, {eps})",
    aliases=("unit", "length 1", "direction", "cosine"),
    composite=True,
)
def normalize(input: Any, *, p: float = 2.0, dim: Dims = 1, eps: float = 1e-12) -> Any:
    """Makes vectors along `dim` length 1, and keeps their direction."""
    length = norm(input, p=p, dim=dim, keepdim=True)
    return div(input, expand(clamp_min(length, eps), size=input.shape))


@normalize.gradient("input", "(g - output × sum(g × output)) / ||input||")
def _(g: Any, input: Any, output: Any, *, dim: Dims) -> Any:
    length = np.sqrt(np.sum(input * input, axis=dim, keepdims=True))
    return (g - output * np.sum(g * output, axis=dim, keepdims=True)) / length
