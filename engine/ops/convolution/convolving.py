"""The products that every convolution is made of.

There are three: the convolution itself, what it passes back to its input (which is also the transposed convolution),
and what it passes back to its weight. Each is linear in both of its inputs and has the other two as its gradients, so
a convolution may be differentiated as often as one likes.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from engine.autograd.shapes import Sizes
from engine.op import op
from engine.ops.convolution.windows import inner, overlapped, padded, windows


class Geometry(NamedTuple):
    """Where the kernel goes: for each dimension of the image, and how many groups the channels fall into."""

    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int

    def places(self, sizes: Sizes, kernel: Sizes) -> Sizes:
        """How often the kernel fits into an image."""
        return tuple(
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(sizes, kernel, self.stride, self.padding, self.dilation, strict=True)
        )

    def covered(self, places: Sizes, kernel: Sizes) -> Sizes:
        """The size of the image that the kernel just covers at so many places."""
        return tuple(
            s * (n - 1) + d * (k - 1) + 1 - 2 * p
            for n, k, s, p, d in zip(places, kernel, self.stride, self.padding, self.dilation, strict=True)
        )


def _exact(array: Any) -> Any:
    """Halves are multiplied and added up as floats."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _rows(weight: Any, groups: int) -> Any:
    """(groups, channels out, weights of one of them)."""
    return _exact(weight).reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


def _across(g: Any, groups: int) -> Any:
    """(batch, groups, channels out, places)."""
    return _exact(g).reshape(g.shape[0], groups, g.shape[1] // groups, math.prod(g.shape[2:]))


def _columns(input: Any, kernel: Sizes, places: Sizes, geometry: Geometry) -> Any:
    """(batch, groups, what stands under the kernel, places)."""
    stride, padding, dilation, groups = geometry
    view = windows(padded(_exact(input), padding, padding), kernel, stride, dilation, places)
    count, channels = input.shape[:2]
    return view.reshape(count, groups, channels // groups * math.prod(kernel), math.prod(places))


def _add_bias(result: Any, bias: Any) -> Any:
    """The bias at every place; the result is nobody else's yet."""
    if bias is not None:
        planes = result.reshape(*result.shape[:2], math.prod(result.shape[2:]))
        planes += bias[:, None]
    return result


@op("input ∗ weight + bias", public=False)
def convolution(input: Any, weight: Any, bias: Any = None, *, places: Any = None, geometry: Any = None) -> Any:
    """The kernel laid over the places of the input: over all of them, where it is not said how many."""
    kernel = weight.shape[2:]
    places = places or geometry.places(input.shape[2:], kernel)
    products = np.matmul(_rows(weight, geometry.groups), _columns(input, kernel, places, geometry))
    result = _add_bias(products.reshape(input.shape[0], weight.shape[0], *places), bias)
    return result.astype(input.dtype, copy=False)


@convolution.gradient("input", "g ∗ weightᵀ")
@op("g ∗ weightᵀ", public=False, grad_fn="ConvolutionBackwardBackward0")
def convolution_to_input(g: Any, weight: Any, *, input_shape: Any = (), geometry: Any = None) -> Any:
    """Every element of g lays the kernel, scaled by it, back over the place that it came from."""
    kernel, (stride, padding, dilation, groups) = weight.shape[2:], geometry
    products = np.matmul(np.swapaxes(_rows(weight, groups), 1, 2), _across(g, groups))
    columns = products.reshape(*input_shape[:2], *kernel, *g.shape[2:])
    around = (n + 2 * p for n, p in zip(input_shape[2:], padding, strict=True))
    result = overlapped(columns, (*input_shape[:2], *around), kernel, stride, dilation)
    if any(padding):
        result = np.ascontiguousarray(result[inner(padding, input_shape[2:])])
    return result.astype(g.dtype, copy=False)


@convolution.gradient("weight", "input ∗ g")
@op("input ∗ g", public=False, grad_fn="ConvolutionBackwardBackward0")
def convolution_to_weight(g: Any, input: Any, *, weight_shape: Any = (), geometry: Any = None) -> Any:
    """For every weight the sum of what it was multiplied by, times the g that came of it."""
    columns = _columns(input, weight_shape[2:], g.shape[2:], geometry)
    sums = np.matmul(_across(g, geometry.groups), np.swapaxes(columns, 2, 3)).sum(0)
    return sums.reshape(weight_shape).astype(g.dtype, copy=False)


@convolution.gradient("bias", "sum of g over batch and places")
@op("sum of g over batch and places", public=False, grad_fn="ConvolutionBackwardBackward0")
def convolution_to_bias(g: Any, weight: Any) -> Any:
    """The bias is added at every place. As in torch it shares the history of the other gradients."""
    planes = _exact(g).reshape(*g.shape[:2], math.prod(g.shape[2:]))
    return (planes @ np.ones(planes.shape[2], planes.dtype)).sum(0).astype(g.dtype, copy=False)


@convolution_to_bias.gradient("g", "g at every place")
def _(gg: Any, g_shape: Sizes) -> Any:
    return np.broadcast_to(gg.reshape(-1, *(1,) * (len(g_shape) - 2)), g_shape)


@convolution_to_input.gradient("g", "g ∗ weight")
def _(gg: Any, weight: Any, *, g_shape: Sizes, geometry: Any) -> Any:
    return convolution.of(gg, weight, None, places=g_shape[2:], geometry=geometry)


@convolution_to_input.gradient("weight", "g ∗ its g")
def _(gg: Any, g: Any, *, weight_shape: Any, geometry: Any) -> Any:
    return convolution_to_weight.of(g, gg, weight_shape=weight_shape, geometry=geometry)


@convolution_to_weight.gradient("g", "input ∗ g")
def _(gg: Any, input: Any, *, g_shape: Sizes, geometry: Any) -> Any:
    return convolution.of(input, gg, None, places=g_shape[2:], geometry=geometry)


@convolution_to_weight.gradient("input", "g ∗ its gᵀ")
def _(gg: Any, g: Any, *, input_shape: Any, geometry: Any) -> Any:
    return convolution_to_input.of(g, gg, input_shape=input_shape, geometry=geometry)


@op("input ∗ weightᵀ + bias", public=False, grad_fn="ConvolutionBackward0")
def convolution_transposed(input: Any, weight: Any, bias: Any = None, *, size: Any = (), geometry: Any = None) -> Any:
    """Every element of the input lays the kernel, scaled by it, over a result of the given size."""
    shape = (input.shape[0], weight.shape[1] * geometry.groups, *size)
    return _add_bias(convolution_to_input.function(input, weight, input_shape=shape, geometry=geometry), bias)


@convolution_transposed.gradient("input", "g ∗ weight")
def _(g: Any, weight: Any, *, input_shape: Sizes, geometry: Any) -> Any:
    return convolution.of(g, weight, None, places=input_shape[2:], geometry=geometry)


@convolution_transposed.gradient("weight", "g ∗ input")
def _(g: Any, input: Any, *, weight_shape: Any, geometry: Any) -> Any:
    return convolution_to_weight.of(input, g, weight_shape=weight_shape, geometry=geometry)


convolution_transposed.gradient("bias", "sum of g over batch and places")(convolution_to_bias)
