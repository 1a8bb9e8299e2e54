"""The parts that pooling is made of, each of them linear: what is taken from an image, and how it goes back."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes
from engine.op import op
from engine.ops.convolution.grids import Grid
from engine.ops.convolution.windows import inner, overlapped, padded, slots

# ---------------------------------------------------------------- elements picked, one for each window


@op(
    "input[flat]",
    public=False,
    grad_fn="MaxPool2DWithIndicesBackward0",
    overloads={"adaptive": "AdaptiveMaxPool2DBackward0"},
)
def picked(input: Any, *, flat: Any = None, known: Any = None, apart: bool = False, adaptive: bool = False) -> Any:
    """The elements that are largest in their windows; `known`, if they are at hand."""
    return np.take(input, flat) if known is None else known


@picked.gradient("input", "g where an element was picked, else 0")
@op("g where an element was picked, else 0", public=False, grad_fn="MaxPool2DWithIndicesBackwardBackward0")
def picked_backward(g: Any, *, input_shape: Any = (), flat: Any = None, apart: bool = False) -> Any:
    """Every window gives its gradient to the one element that it picked."""
    size = math.prod(input_shape)
    if apart:
        result = np.zeros(size, g.dtype)
        result[flat] = g
    else:
        result = np.bincount(flat.reshape(-1), g.reshape(-1), size).astype(g.dtype, copy=False)
    return result.reshape(input_shape)


@picked_backward.gradient("g", "g where an element was picked")
def _(gg: Any, *, flat: Any, apart: bool) -> Any:
    return picked.of(gg, flat=flat, known=None, apart=apart, adaptive=False)


def in_plane(flat: Any, shape: Sizes) -> Any:
    """Places in the whole array as places in each of its planes."""
    return flat % math.prod(shape[-2:])


# ---------------------------------------------------------------- averages of windows


def divisors(grid: Grid, count_include_pad: bool, divisor_override: int | None) -> Any:
    """By how much the sum of each window is divided: one number, or an array of them."""
    if divisor_override is not None:
        return divisor_override
    counts = []
    for start, kernel, padding, size in zip(grid.starts(), grid.kernel, grid.padding, grid.sizes, strict=True):
        end = np.minimum(start + kernel, size + padding)
        count = end - start if count_include_pad else np.minimum(end, size) - np.maximum(start, 0)
        counts.append(count)
    if all((count == count[0]).all() for count in counts):
        return math.prod(int(count[0]) for count in counts)
    return np.multiply.outer(*counts)


def window_sums(input: Any, grid: Grid) -> Any:
    """The sum of each window, with zeros around the image."""
    image = padded(input, grid.padding, grid.behind)
    total: Any = None
    for _, under in slots(grid.kernel, grid.stride, grid.dilation, grid.places):
        total = image[under].copy() if total is None else np.add(total, image[under], out=total)
    return total


def spread_sums(g: Any, grid: Grid, shape: Sizes) -> Any:
    """The reverse of `window_sums`: what each window got goes to all its elements."""
    lead, count = shape[: len(shape) - 2], len(grid.kernel)
    columns = np.broadcast_to(g.reshape(*lead, *(1,) * count, *grid.places), (*lead, *grid.kernel, *grid.places))
    around = (p + n + b for p, n, b in zip(grid.padding, grid.sizes, grid.behind, strict=True))
    result = overlapped(columns, (*lead, *around), grid.kernel, grid.stride, grid.dilation)
    return np.ascontiguousarray(result[inner(grid.padding, grid.sizes)])


# ---------------------------------------------------------------- windows that share an image out


def shares(size: int, count: int) -> list[slice]:
    """`count` windows that cover `size` elements as evenly as they can."""
    return [slice(i * size // count, -((i + 1) * size // -count)) for i in range(count)]


@op("mean of each share", public=False, grad_fn="AdaptiveAvgPool2DBackward0")
def shared_mean(input: Any, *, output_size: Any = ()) -> Any:
    """The image shared out among so many rows and columns."""
    for axis, count in zip((-2, -1), output_size, strict=True):
        lines = np.moveaxis(input, axis, 0)
        means = np.empty((count, *lines.shape[1:]), input.dtype)
        for i, share in enumerate(shares(len(lines), count)):
            means[i] = lines[share].mean(0)
        input = np.moveaxis(means, 0, axis)
    return np.ascontiguousarray(input)


@shared_mean.gradient("input", "g / size of the share")
@op("g / size of the share", public=False, grad_fn="AdaptiveAvgPool2DBackwardBackward0")
def shared_mean_backward(g: Any, *, input_shape: Any = ()) -> Any:
    """Every mean gives its gradient, in equal parts, to all elements of its share."""
    for axis in (-2, -1):
        means = np.moveaxis(g, axis, 0)
        lines = np.zeros((input_shape[axis], *means.shape[1:]), g.dtype)
        for mean, share in zip(means, shares(len(lines), len(means)), strict=True):
            lines[share] += mean / (share.stop - share.start)
        g = np.moveaxis(lines, 0, axis)
    return np.ascontiguousarray(g)


@shared_mean_backward.gradient("g", "mean of g over each share")
def _(gg: Any, g_shape: Sizes) -> Any:
    return shared_mean.of(gg, output_size=g_shape[-2:])


def largest_of_shares(input: Any, output_size: Sizes) -> Any:
    """For every share where in the whole array, counted row by row, its first largest element is."""
    height, width = input.shape[-2:]
    places = np.empty((*input.shape[:-2], *output_size), np.int64)
    rows, columns = (shares(size, count) for size, count in zip((height, width), output_size, strict=True))
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        share = input[..., row, column]
        down, right = np.divmod(share.reshape(*share.shape[:-2], -1).argmax(-1), column.stop - column.start)
        places[..., i, j] = (row.start + down) * width + column.start + right
    planes = np.arange(0, input.size, height * width)
    return places + planes.reshape(*input.shape[:-2], 1, 1)
