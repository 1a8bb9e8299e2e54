"""An image made smaller: one number for each window."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import Sizes, normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Dims, op, spelled
from engine.ops.convolution.grids import Grid, Settings, image_grid, largest, require_signal, row_settings
from engine.ops.convolution.pooled import (
    divisors,
    in_plane,
    picked,
    picked_backward,
    spread_sums,
    window_sums,
)
from engine.ops.shape.reshape import squeeze, unsqueeze

ALIASES = ("pool", "downsample", "window", "subsample", "image", "cnn")

# ---------------------------------------------------------------- the largest


def _max_pool2d(input: Any, settings: Settings, ceil_mode: bool) -> tuple[Any, Any]:
    """The largest of every window, and where in the whole array it is."""
    grid = _max_grid(input.array.shape, settings, ceil_mode)
    known, flat = largest(input.array, grid)
    return picked(input, flat=flat, known=known, apart=grid.apart), flat


def _max_grid(shape: Sizes, settings: Settings, ceil_mode: bool) -> Grid:
    if len(shape) not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    return image_grid("max_pool2d", shape, settings, ceil_mode)


def _max_pool1d(input: Any, settings: Settings, ceil_mode: bool) -> tuple[Any, Any]:
    """A signal is an image of one row."""
    row = row_settings("max_pool1d", tuple(input.shape), settings)
    values, flat = _max_pool2d(unsqueeze(input, dim=-2), row, ceil_mode)
    return squeeze(values, dim=-2), in_plane(flat, (1, input.array.shape[-1])).squeeze(-2)


@op(
    "max over each window",
    torch="torch.nn.functional.max_pool2d({input}, {kernel_size}, {stride}, {padding}, {dilation}, {ceil_mode})",
    also=("torch.max_pool2d",),
    aliases=(*ALIASES, "maximum"),
    composite=True,
    required=("kernel_size",),
)
def max_pool2d(
    input: Any,
    *,
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> Any:
    """Keeps the largest element of every window. Only the elements that won get a gradient."""
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    return _max_pool2d(input, settings, ceil_mode)[0]


@max_pool2d.gradient("input", "g where the element was the largest of a window, else 0")
def _(g: Any, input: Any, *, kernel_size: Dims, stride: Dims, padding: Dims, dilation: Dims, ceil_mode: bool) -> Any:
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    _, flat = largest(input, _max_grid(input.shape, settings, ceil_mode))
    return picked_backward.of(g, input_shape=input.shape, flat=flat, apart=False)


@op(
    "argmax over each window",
    torch="torch.nn.functional.max_pool2d({input}, {kernel_size}, {stride}, {padding}, {dilation}, {ceil_mode}, "
    "True)[1]",
    aliases=(*ALIASES, "argmax", "indices"),
    required=("kernel_size",),
)
def max_pool2d_indices(
    input: Any,
    *,
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> Any:
    """Where in its plane, counted row by row, the largest element of every window is."""
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    return in_plane(largest(input, _max_grid(input.shape, settings, ceil_mode))[1], input.shape)


@op(
    "max over each window",
    torch="torch.nn.functional.max_pool1d({input}, {kernel_size}, {stride}, {padding}, {dilation}, {ceil_mode})",
    also=("torch.max_pool1d",),
    aliases=(*ALIASES, "maximum", "signal"),
    composite=True,
    required=("kernel_size",),
)
def max_pool1d(
    input: Any,
    *,
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
) -> Any:
    """Keeps the largest element of every window of a signal. Only the elements that won get a gradient."""
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    require_signal(tuple(input.shape), settings, ceil_mode)
    return _max_pool1d(input, settings, ceil_mode)[0]


@max_pool1d.gradient("input", "g where the element was the largest of a window, else 0")
def _(g: Any, input: Any, *, kernel_size: Dims, stride: Dims, padding: Dims, dilation: Dims, ceil_mode: bool) -> Any:
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    row = row_settings("max_pool1d", input.shape, settings) | {"ceil_mode": ceil_mode}
    gradient = max_pool2d.gradients["input"].function(g[..., None, :], input[..., None, :], **row)
    return gradient.reshape(input.shape)


@spelled("torch.nn.functional.max_pool2d")
def _(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    if not return_indices:
        return max_pool2d(input, **settings, ceil_mode=ceil_mode)
    values, flat = _max_pool2d(input, settings, ceil_mode)
    return values, Tensor(in_plane(flat, input.array.shape))


@spelled("torch.nn.functional.max_pool1d")
def _(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    if not return_indices:
        return max_pool1d(input, **settings, ceil_mode=ceil_mode)
    values, places = _max_pool1d(input, settings, ceil_mode)
    return values, Tensor(places)


# ---------------------------------------------------------------- the mean


def _avg_grid(shape: Sizes, settings: Settings, ceil_mode: bool, divisor_override: int | None) -> Grid:
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    normal_dim(-3, len(shape))
    return image_grid("avg_pool2d", shape, settings | {"dilation": 1}, ceil_mode)


@op(
    "mean of each window",
    torch="torch.nn.functional.avg_pool2d({input}, {kernel_size}, {stride}, {padding}, {ceil_mode}, "
    "{count_include_pad}, {divisor_override})",
    aliases=(*ALIASES, "average", "blur"),
    grad_fn="AvgPool2DBackward0",
    required=("kernel_size",),
)
def avg_pool2d(
    input: Any,
    *,
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The average of every window. The gradient is shared out in equal parts."""
    if input.dtype.kind != "f" and input.dtype != np.int64:
        raise NotImplementedError(f"\"avg_pool2d\" not implemented for '{dtypes.scalar_type(input.dtype)}'")
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    grid = _avg_grid(input.shape, settings, ceil_mode, divisor_override)
    by = divisors(grid, count_include_pad, divisor_override)
    return _divided(window_sums(input, grid), by)


def _divided(sums: Any, by: Any) -> Any:
    """Integers stay what they are; an array of divisors does not widen halves and floats."""
    return (
        np.trunc(sums / by).astype(sums.dtype) if sums.dtype.kind != "f" else (sums / by).astype(sums.dtype, copy=False)
    )


@avg_pool2d.gradient("input", "g / size of the window, for all of the window")
@op("g / size of the window", public=False, grad_fn="AvgPool2DBackwardBackward0")
def avg_pool2d_backward(
    g: Any,
    *,
    input_shape: Any = (),
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Every mean gives its gradient, in equal parts, to all elements of its window."""
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    grid = _avg_grid(input_shape, settings, ceil_mode, divisor_override)
    return spread_sums(_divided(g, divisors(grid, count_include_pad, divisor_override)), grid, input_shape)


@avg_pool2d_backward.gradient("g", "mean of g over each window")
def _(
    gg: Any,
    *,
    kernel_size: Dims,
    stride: Dims,
    padding: Dims,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    return avg_pool2d.of(
        gg,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
        divisor_override=divisor_override,
    )


@op(
    "mean of each window",
    torch="torch.nn.functional.avg_pool1d({input}, {kernel_size}, {stride}, {padding}, {ceil_mode}, "
    "{count_include_pad})",
    also=("torch.avg_pool1d",),
    aliases=(*ALIASES, "average", "smooth", "signal"),
    composite=True,
    required=("kernel_size",),
)
def avg_pool1d(
    input: Any,
    *,
    kernel_size: Dims = 2,
    stride: Dims = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The average of every window of a signal. The gradient is shared out in equal parts."""
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    row = row_settings("avg_pool1d", tuple(input.shape), settings)
    pooled = avg_pool2d(unsqueeze(input, dim=-2), **row, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
    return squeeze(pooled, dim=-2)


@avg_pool1d.gradient("input", "g / size of the window, for all of the window")
def _(
    g: Any,
    *,
    input_shape: Sizes,
    kernel_size: Dims,
    stride: Dims,
    padding: Dims,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Any:
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    row = row_settings("avg_pool1d", input_shape, settings) | {"divisor_override": None}
    shape = (*input_shape[:-1], 1, input_shape[-1])
    how = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    return avg_pool2d_backward.of(g[..., None, :], input_shape=shape, **row, **how).reshape(input_shape)
