"""An image as a table of its patches, and back; channels as pixels, and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes
from engine.op import Dims, op
from engine.ops.convolution.windows import each, inner, overlapped, padded, windows

ALIASES = ("patches", "blocks", "windows", "image")


def _pair(value: Any, name: str) -> Sizes:
    return each(
        value, 2, f"It is expected {name} equals to 2, but got size {0 if isinstance(value, int) else len(value)}"
    )


def _geometry(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Sizes, Sizes, Sizes, Sizes]:
    kernel, spread, border, step = (
        _pair(kernel_size, "kernel_size"),
        _pair(dilation, "dilation"),
        _pair(padding, "padding"),
        _pair(stride, "stride"),
    )
    for text, sizes, low in (
        ("kernel size", kernel, 1),
        ("dilation", spread, 1),
        ("padding", border, 0),
        ("stride", step, 1),
    ):
        if min(sizes) < low:
            name, bound = text.removesuffix(" size"), "non-negative" if low == 0 else "greater than zero"
            name = "pad" if name == "padding" else name
            raise RuntimeError(f"{text} should be {bound}, but got {name}_height: {sizes[0]} {name}_width: {sizes[1]}")
    return kernel, spread, border, step


def _places(sizes: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Sizes:
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(sizes, kernel, dilation, padding, stride, strict=True)
    )


@op(
    "patches of input as columns",
    torch="torch.nn.functional.unfold({input}, {kernel_size}, {dilation}, {padding}, {stride})",
    aliases=(*ALIASES, "unfold", "columns"),
    grad_fn="Im2ColBackward0",
    required=("kernel_size",),
)
def im2col(input: Any, *, kernel_size: Dims = 2, dilation: Dims = 1, padding: Dims = 0, stride: Dims = 1) -> Any:
    """Lays every patch of an image out as a column."""
    kernel, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    shape = input.shape
    if input.ndim not in (3, 4) or 0 in shape[input.ndim - 3 :]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    places = _places(shape[-2:], kernel, dilation, padding, stride)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({shape[-2]}, {shape[-1]}), kernel_size={kernel}, dilation={dilation}, "
            f"padding={padding}, calculated shape of the array of sliding blocks as {places}, but its components must "
            "be at least one."
        )
    view = windows(padded(input, padding, padding), kernel, stride, dilation, places)
    return view.reshape(*shape[:-3], shape[-3] * math.prod(kernel), math.prod(places))


@im2col.gradient("input", "every column of g added back into its patch")
def _(g: Any, input_shape: Sizes, *, kernel_size: Dims, dilation: Dims, padding: Dims, stride: Dims) -> Any:
    return col2im.of(
        g,
        output_size=tuple(input_shape[-2:]),
        kernel_size=kernel_size,
        dilation=dilation,
        padding=padding,
        stride=stride,
    )


@op(
    "columns of input added into patches",
    torch="torch.nn.functional.fold({input}, {output_size}, {kernel_size}, {dilation}, {padding}, {stride})",
    aliases=(*ALIASES, "fold", "overlap", "add"),
    grad_fn="Col2ImBackward0",
    required=("output_size", "kernel_size"),
)
def col2im(
    input: Any,
    *,
    output_size: Dims = 4,
    kernel_size: Dims = 2,
    dilation: Dims = 1,
    padding: Dims = 0,
    stride: Dims = 1,
) -> Any:
    """Adds columns back into an image as patches; where they overlap they add up."""
    size = _pair(output_size, "output_size")
    kernel, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    _refuse_columns(input.shape, size, kernel, dilation, padding, stride)
    places = _places(size, kernel, dilation, padding, stride)
    lead = (*input.shape[:-2], input.shape[-2] // math.prod(kernel))
    around = (n + 2 * p for n, p in zip(size, padding, strict=True))
    image = overlapped(input.reshape(*lead, *kernel, *places), (*lead, *around), kernel, stride, dilation)
    return np.ascontiguousarray(image[inner(padding, size)])


def _refuse_columns(shape: Sizes, size: Sizes, kernel: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> None:
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    if shape[-2] % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={kernel}."
        )
    places = _places(size, kernel, dilation, padding, stride)
    if shape[-1] != math.prod(places):
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, "
            f"stride={stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{places[0]} * {places[1]} = {math.prod(places)}, but got input.size(2)={shape[-1]}."
        )


@col2im.gradient("input", "patches of g as columns")
def _(g: Any, *, kernel_size: Dims, dilation: Dims, padding: Dims, stride: Dims) -> Any:
    return im2col.of(g, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride)


@op(
    "channels of input as pixels",
    torch="torch.nn.functional.pixel_shuffle({input}, {upscale_factor})",
    also=("torch.pixel_shuffle",),
    aliases=("depth to space", "upsample", "super-resolution", "image"),
    required=("upscale_factor",),
)
def pixel_shuffle(input: Any, *, upscale_factor: int = 2) -> Any:
    """Makes an image larger: channels that belong together become the pixels of small squares."""
    r = upscale_factor
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *lead, channels, height, width = input.shape
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    squares = input.reshape(*lead, channels // (r * r), r, r, height, width)
    rows = np.moveaxis(squares, (-4, -3), (-3, -1))
    return rows.reshape(*lead, channels // (r * r), height * r, width * r)


@pixel_shuffle.gradient("input", "pixels of g as channels")
def _(g: Any, *, upscale_factor: int) -> Any:
    return pixel_unshuffle.of(g, downscale_factor=upscale_factor)


@op(
    "pixels of input as channels",
    torch="torch.nn.functional.pixel_unshuffle({input}, {downscale_factor})",
    also=("torch.pixel_unshuffle",),
    aliases=("space to depth", "downsample", "image"),
    required=("downscale_factor",),
)
def pixel_unshuffle(input: Any, *, downscale_factor: int = 2) -> Any:
    """Makes an image smaller: the pixels of small squares become channels."""
    r = downscale_factor
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *lead, channels, height, width = input.shape
    for name, place, size in (("height", -2, height), ("width", -1, width)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({place})={size} "
                f"is not divisible by {r}"
            )
    squares = input.reshape(*lead, channels, height // r, r, width // r, r)
    planes = np.moveaxis(squares, (-3, -1), (-4, -3))
    return planes.reshape(*lead, channels * r * r, height // r, width // r)


@pixel_unshuffle.gradient("input", "channels of g as pixels")
def _(g: Any, *, downscale_factor: int) -> Any:
    return pixel_shuffle.of(g, upscale_factor=downscale_factor)
