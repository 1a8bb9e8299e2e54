"""The parts of batch normalization: by the statistics of the batch, or by known ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import op
from engine.ops.arithmetic.operators import add, mul
from engine.ops.convolution.layouts import (
    TO_INPUT,
    TO_WEIGHT,
    Layout,
    affine,
    batch_layout,
    bias_gradient,
    exact,
    input_gradient,
    normalized,
    require_types,
    standardized,
    weight_gradient,
)
from engine.ops.shape.reshape import clone


@op("(input - mean) / deviation × weight + bias", public=False)
def native_batch_norm(input: Any, weight: Any = None, bias: Any = None, *, known: Any = None, eps: float = 1e-5) -> Any:
    """Every channel by its own mean and variance, or by those that are known."""
    layout = batch_layout(input.shape)
    require_types("batch_norm", input, weight, bias)
    if known is None:
        return normalized(input, weight, bias, layout, eps)
    x, w, b = exact(input, weight, bias)
    result = affine(_by_known(x, layout, known, eps)[0], w, b, layout)
    return result.reshape(input.shape).astype(input.dtype, copy=False)


def _by_known(x: Any, layout: Layout, known: Any, eps: float) -> tuple[Any, Any]:
    mean, variance = (array.reshape(layout.affine) for array in known)
    scale = 1 / np.sqrt(variance + eps)
    return (x.reshape(layout.view) - mean) * scale, scale


@native_batch_norm.gradient("input", TO_INPUT)
def _(g: Any, input: Any, weight: Any, *, known: Any, eps: float) -> Any:
    layout = batch_layout(input.shape)
    if known is None:
        return input_gradient(g, input, weight, layout, eps)
    scale = 1 / np.sqrt(known[1].reshape(layout.affine) + eps)
    return (affine(g.reshape(layout.view), weight, None, layout) * scale).reshape(input.shape)


@native_batch_norm.gradient("weight", TO_WEIGHT)
def _(g: Any, input: Any, *, known: Any, eps: float) -> Any:
    layout = batch_layout(input.shape)
    if known is None:
        x, _scale = standardized(input.reshape(layout.view), layout.together, eps)
    else:
        x, _scale = _by_known(input, layout, known, eps)
    return weight_gradient(g, x, layout, input.shape[1:2])


@native_batch_norm.gradient("bias", "sum of g")
def _(g: Any, input: Any) -> Any:
    return bias_gradient.of(g, input, layout=batch_layout(input.shape), shape=input.shape[1:2])


def _moments(input: Any, layout: Layout) -> tuple[Any, Any]:
    """Mean and unbiased variance."""
    (x,) = exact(input.reshape(layout.view))
    return x.mean(layout.together), x.var(layout.together, ddof=1)


def _update(running: Any, value: Any, momentum: float) -> None:
    """Running statistics forget a little and learn a little, in place."""
    if running is not None:
        running.write((1 - momentum) * running.array + momentum * value)


def by_batch(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """As torch decides it: nothing to normalize, known statistics, or those of the batch."""
    if input.numel() == 0:
        result = clone(input)
        result = result if weight is None else mul(result, weight[0])
        return result if bias is None else add(result, bias[0])
    if input.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got 1)")
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, other in given.items():
        if other is not None and other.numel() != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {other.numel()}")
        if other is None and name.startswith("running") and not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if not training:
        known = (running_mean.array.copy(), running_var.array.copy())
        return native_batch_norm(input, weight, bias, known=known, eps=eps)
    result = native_batch_norm(input, weight, bias, eps=eps)
    if running_mean is not None:
        mean, variance = _moments(input.array, batch_layout(input.shape))
        _update(running_mean, mean, momentum)
        _update(running_var, variance, momentum)
    return result
