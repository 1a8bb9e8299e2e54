"""The windows of pooling: where they are, what is in them, and what is refused."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from engine.autograd.shapes import Sizes
from engine.ops.convolution.windows import each, padded, slots


class Grid(NamedTuple):
    """The windows of a pooling: for each dimension of the image."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    places: Sizes
    """How many windows there are."""
    sizes: Sizes
    """Of the image."""

    @property
    def behind(self) -> Sizes:
        """How far the windows reach beyond the end of the image."""
        return tuple(
            max(0, s * (n - 1) + d * (k - 1) + 1 - p - size) for k, s, p, d, n, size in zip(*self, strict=True)
        )

    @property
    def apart(self) -> bool:
        """No element is in two windows."""
        return all(s > d * (k - 1) for k, s, d in zip(self.kernel, self.stride, self.dilation, strict=True))

    def starts(self) -> list[Any]:
        """Along each dimension the first element of every window; negative in the padding."""
        return [np.arange(n) * s - p for n, s, p in zip(self.places, self.stride, self.padding, strict=True)]


Settings = dict[str, Any]
"""kernel_size, stride, padding, dilation, as they are given."""

NAMES = ("kernel_size", "stride", "padding", "dilation")


def _refusal(name: str, key: str, dims: int) -> str:
    choice = {"stride": "either be omitted,", "dilation": "be either"}.get(key, "either be")
    return f"{name}: {key} must {choice} a single int, or a tuple of {'three' if dims == 3 else 'two'} ints"


def strided(settings: Settings) -> Settings:
    """No stride means that the windows stand side by side."""
    stride = settings["stride"]
    omitted = stride is None or (not isinstance(stride, int) and len(stride) == 0)
    return settings | {"stride": settings["kernel_size"]} if omitted else settings


def grid_of(name: str, shape: Sizes, dims: int, settings: Settings, ceil_mode: bool = False) -> Grid:
    """The windows over the last dimensions."""
    given = strided(settings)
    return _grid(
        *(each(given[key], dims, _refusal(name, key, dims)) for key in NAMES), shape[len(shape) - dims :], ceil_mode
    )


@lru_cache(maxsize=256)
def _grid(kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, sizes: Sizes, ceil_mode: bool) -> Grid:
    places = tuple(
        _places(size, k, p, s, d, ceil_mode)
        for size, k, p, s, d in zip(sizes, kernel, padding, stride, dilation, strict=True)
    )
    return Grid(kernel, stride, padding, dilation, places, sizes)


def _places(size: int, kernel: int, padding: int, stride: int, dilation: int, ceil_mode: bool) -> int:
    if stride == 0:
        raise RuntimeError("stride should not be zero")
    if padding < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {padding}")
    if padding > ((kernel - 1) * dilation + 1) // 2:
        raise RuntimeError(
            f"pad should be at most half of effective kernel size, but got pad={padding}, "
            f"kernel_size={kernel} and dilation={dilation}"
        )
    room = size + 2 * padding - dilation * (kernel - 1) - 1 + (stride - 1 if ceil_mode else 0)
    count = room // stride + 1
    if ceil_mode and (count - 1) * stride >= size + padding:  # the last window must start in the image
        count -= 1
    return count


def image_grid(name: str, shape: Sizes, settings: Settings, ceil_mode: bool) -> Grid:
    """The windows over an image, unless torch refuses to pool it."""
    grid = grid_of(name, shape, 2, settings, ceil_mode)
    _require_image(shape, grid)
    return grid


@lru_cache(maxsize=256)
def _require_image(shape: Sizes, grid: Grid) -> None:
    for text, sizes, letter in (
        ("kernel size", grid.kernel, "k"),
        ("stride", grid.stride, "d"),
        ("dilation", grid.dilation, "dilation"),
    ):
        if min(sizes) <= 0:
            raise RuntimeError(
                f"{text} should be greater than zero, but got {letter}H: {sizes[0]} {letter}W: {sizes[1]}"
            )
    if len(shape) not in (3, 4) or 0 in shape[len(shape) - 3 :]:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )
    if min(grid.places) < 1:
        planes, (height, width), (rows, columns) = shape[len(shape) - 3], grid.sizes, grid.places
        raise RuntimeError(
            f"Given input size: ({planes}x{height}x{width}). "
            f"Calculated output size: ({planes}x{rows}x{columns}). Output size is too small"
        )


def row_settings(name: str, shape: Sizes, settings: Settings) -> Settings:
    """A signal is an image of one row: the settings for that image."""
    if len(shape) not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {name})"
        )
    row = {}
    for key, value in strided(settings).items():
        along = (value,) if isinstance(value, int) else tuple(value)
        if len(along) != 1:
            raise RuntimeError(f"{name}() argument '{key}' should contain one int (got {len(along)})")
        row[key] = (0 if key == "padding" else 1, along[0])
    return row


def require_signal(shape: Sizes, settings: Settings, ceil_mode: bool) -> None:
    """What torch refuses when it is asked for the largest elements of a signal, and not for their places."""
    if len(shape) not in (2, 3) or 0 in shape[len(shape) - 2 :]:
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{list(shape)}"
        )
    for key, value in strided(settings).items():
        if not isinstance(value, int) and len(value) != 1:
            kinds = {"stride": "None, an int, list of ints, or", "padding": "an int, list of ints, or"}
            raise RuntimeError(
                f"max_pool1d() {key} must be {kinds.get(key, 'an int, list of ints or')} tuple of ints of size 1 "
                f"but got size {len(value)}"
            )
    kernel, stride, padding, dilation = (pair[1] for pair in row_settings("max_pool1d", shape, settings).values())
    for key, size in (("kernel_size", kernel), ("stride", stride)):
        if size <= 0:
            raise RuntimeError(f"max_pool1d() {key} must be greater than zero, but got {size}")
    if padding < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {padding}")
    if padding > kernel // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={padding} "
            f"and kernel_size={kernel}"
        )
    if dilation <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {dilation}")
    (places,) = grid_of("max_pool1d", shape, 1, settings, ceil_mode).places
    if places <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {places}")


# ---------------------------------------------------------------- the largest of each window


def least(dtype: np.dtype[Any]) -> Any:
    """What no element is below."""
    if dtype.kind == "b":
        raise NotImplementedError("\"max_pool2d\" not implemented for 'Bool'")
    return -math.inf if dtype.kind == "f" else np.iinfo(dtype).min


def largest(input: Any, grid: Grid) -> tuple[Any, Any]:
    """The largest element of every window, and where in the whole array, counted row by row, the first such is."""
    counted = _counted(grid)
    image = padded(input, grid.padding, counted.behind, least(input.dtype))
    best, won = _winners(image, counted, False)
    if best.dtype.kind == "f" and best.size and np.isnan(best.max()):
        best, won = _winners(image, counted, True)
    planes = np.arange(0, input.size, math.prod(grid.sizes))
    flat = counted.steps.take(won)
    flat += np.add.outer(planes, counted.start).reshape(flat.shape)
    return best, flat


def _winners(image: Any, counted: Counted, nans: bool) -> tuple[Any, Any]:
    """The largest element of every window, and its number in the window. With `nans` a later nan wins over all."""
    best, won = None, np.empty(())
    for number, under in enumerate(counted.slots):
        candidate = image[under].copy()
        if best is None:
            best, won = candidate, np.broadcast_to(counted.first, candidate.shape)
            continue
        wins = candidate > best
        if nans:
            wins |= np.isnan(candidate)
        won = np.maximum(won, wins * won.dtype.type(number))
        best = np.maximum(best, candidate)
    return best, won


class Counted(NamedTuple):
    """What the windows of a grid have in common, whatever is in them."""

    slots: list[tuple[Any, ...]]
    """For every element of a window the index of all that stand there."""
    behind: Sizes
    first: Any
    """For every window the number of its first element that is not padding."""
    start: Any
    """For every window the place where it starts."""
    steps: Any
    """For every number of an element how far it is from there."""


@lru_cache(maxsize=64)
def _counted(grid: Grid) -> Counted:
    along = [np.maximum(0, -(start // d)) for start, d in zip(grid.starts(), grid.dilation, strict=True)]
    first = _in_plane(grid.kernel, along).astype(np.min_scalar_type(math.prod(grid.kernel)))
    steps = [np.arange(k) * d for k, d in zip(grid.kernel, grid.dilation, strict=True)]
    under = [index for _, index in slots(grid.kernel, grid.stride, grid.dilation, grid.places)]
    start = _in_plane(grid.sizes, grid.starts())
    return Counted(under, grid.behind, first, start, _in_plane(grid.sizes, steps).reshape(-1))


def _in_plane(sizes: Sizes, along: list[Any]) -> Any:
    """Coordinates along each dimension as places in a plane, counted row by row."""
    total: Any = 0
    for d, coordinates in enumerate(along):
        total = np.add.outer(total, coordinates * math.prod(sizes[d + 1 :]))
    return total
