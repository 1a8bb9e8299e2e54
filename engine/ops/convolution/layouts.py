"""How a normalization lays its input out: what is averaged together, and what shares a weight."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import Sizes
from engine.op import op

TO_INPUT = "(h - mean(h) - x × mean(h × x)) / deviation, where h is g × weight and x the normalized input"
TO_WEIGHT = "sum of g × the normalized input"


class Layout(NamedTuple):
    """The input as seen by a normalization."""

    view: Sizes
    """The shape that it is given for this."""
    together: Sizes
    """The dimensions over which mean and variance are taken."""
    affine: Sizes
    """The shape in which weight and bias meet it."""

    @property
    def shared(self) -> Sizes:
        """The dimensions over which a weight is used again."""
        return tuple(d for d, n in enumerate(self.affine) if n == 1 and self.view[d] != 1)


def layer_layout(shape: Sizes, normalized_shape: Sizes) -> Layout:
    """The last dimensions together, and every element of them with a weight of its own."""
    lead = shape[: len(shape) - len(normalized_shape)]
    size = math.prod(normalized_shape)
    return Layout((math.prod(lead), size), (1,), (1, size))


def group_layout(shape: Sizes, num_groups: int) -> Layout:
    """Groups of channels together, a weight for each channel."""
    count, channels, places = shape[0], shape[1], math.prod(shape[2:])
    within = channels // num_groups
    return Layout((count, num_groups, within, places), (2, 3), (1, num_groups, within, 1))


def batch_layout(shape: Sizes) -> Layout:
    """The whole batch together, a weight for each channel."""
    return Layout((shape[0], shape[1], math.prod(shape[2:])), (0, 2), (1, shape[1], 1))


def standardized(x: Any, together: Sizes, eps: float) -> tuple[Any, Any]:
    """x with mean 0 and variance 1, and what its deviations were multiplied by for that."""
    deviations = x - np.mean(x, axis=together, keepdims=True)
    scale = 1 / np.sqrt(np.mean(deviations * deviations, axis=together, keepdims=True) + eps)
    return deviations * scale, scale


def affine(x: Any, weight: Any, bias: Any, layout: Layout) -> Any:
    """x times the weight plus the bias, where there are any."""
    if weight is not None:
        x = x * weight.reshape(layout.affine)
    return x if bias is None else x + bias.reshape(layout.affine)


def exact(*arrays: Any) -> list[Any]:
    """Halves are averaged as floats."""
    return [a.astype(np.float32) if a is not None and a.dtype == np.float16 else a for a in arrays]


def normalized(input: Any, weight: Any, bias: Any, layout: Layout, eps: float) -> Any:
    x, w, b = exact(input, weight, bias)
    result = affine(standardized(x.reshape(layout.view), layout.together, eps)[0], w, b, layout)
    return result.reshape(input.shape).astype(input.dtype, copy=False)


def require_types(kernel: str, input: Any, *others: Any) -> None:
    if input.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.scalar_type(input.dtype)}'")
    for other in others:
        if other is not None and other.dtype != input.dtype and (input.dtype.char, other.dtype.char) != ("e", "f"):
            raise RuntimeError(
                f"expected scalar type {dtypes.scalar_type(input.dtype)} but found {dtypes.scalar_type(other.dtype)}"
            )


def input_gradient(g: Any, input: Any, weight: Any, layout: Layout, eps: float) -> Any:
    """What is left of the gradient once the mean, and the deviation, have taken up their part of it."""
    x, scale = standardized(input.reshape(layout.view), layout.together, eps)
    h = affine(g.reshape(layout.view), weight, None, layout)
    mean = np.mean(h, axis=layout.together, keepdims=True)
    slope = np.mean(h * x, axis=layout.together, keepdims=True)
    return (scale * (h - mean - x * slope)).reshape(input.shape)


def weight_gradient(g: Any, x: Any, layout: Layout, shape: Sizes) -> Any:
    """The sum of what a weight was multiplied by, times g."""
    return np.sum(g.reshape(layout.view) * x.reshape(layout.view), axis=layout.shared).reshape(shape)


@op("sum of g", public=False, grad_fn="NormalizationBackwardBackward0")
def bias_gradient(g: Any, input: Any, *, layout: Any = None, shape: Any = ()) -> Any:
    """The bias is added wherever it is shared. As in torch it shares the history of the other gradients."""
    return g.reshape(layout.view).sum(layout.shared).reshape(shape)


@bias_gradient.gradient("g", "g wherever the bias was added")
def _(gg: Any, g_shape: Sizes, *, layout: Any) -> Any:
    return np.broadcast_to(gg.reshape(layout.affine), layout.view).reshape(g_shape)
