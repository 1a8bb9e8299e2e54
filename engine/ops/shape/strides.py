"""Views that walk through memory with steps of their own, and may come to an element more than once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from engine.autograd.shapes import Sizes, normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Shape, op

Layout = tuple[Sizes, int]
"""Where a tensor lies in the memory of its base, in elements: the steps along its dimensions, and where it begins."""


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def layout_of(x: Tensor) -> Layout:
    """Where a tensor lies in the memory of its base."""
    array, base = x.memory(), x.base_or_self().memory()
    return tuple(step // array.itemsize for step in array.strides), (_address(array) - _address(base)) // array.itemsize


def _walk(flat: Any, size: Sizes, stride: Sizes, offset: int) -> Any:
    """A view over memory that lies in one row."""
    return stride_tricks.as_strided(flat[offset:], size, [step * flat.itemsize for step in stride])


def _reach(size: Sizes, stride: Sizes, offset: int) -> int:
    """How much memory a walk takes up, from the first element on."""
    if 0 in size:
        return offset
    return offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1


def _memory(array: Any, layout: Layout, reach: int) -> Any:
    """A new row of memory, long enough, with the elements of the array where `layout` has them."""
    flat = np.zeros(max(reach, _reach(array.shape, *layout)), array.dtype)
    _walk(flat, array.shape, *layout)[...] = array
    return flat


def _check(size: Sizes, stride: Sizes, offset: int, room: int, itemsize: int) -> None:
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if min(stride, default=0) < 0:
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if _reach(size, stride, offset) > room:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {itemsize} "
            f"requiring a storage size of {_reach(size, stride, offset) * itemsize} are out of bounds for storage of "
            f"size {room * itemsize}"
        )


@op(
    "as_strided(input)",
    aliases=("view", "window"),
    grad_fn="AsStridedBackward0",
    required=("size", "stride"),
    composite=True,
)
def as_strided(input: Any, *, size: Shape = (1,), stride: Shape = (1,), storage_offset: int | None = None) -> Any:
    """A view that walks through the memory of the tensor: `stride` steps along each dimension."""
    layout = layout_of(input)
    offset = layout[1] if storage_offset is None else storage_offset
    return strided(input, size=tuple(size), stride=tuple(stride), storage_offset=offset, layout=layout)


@as_strided.gradient("input", "g added at every place that was seen")
def _(g: Any, input_shape: Sizes, *, size: Shape, stride: Shape, storage_offset: int | None) -> Any:
    steps = np.empty(input_shape, np.int8).strides
    place = {"size": size, "stride": stride, "storage_offset": storage_offset or 0}
    return strided_backward.of(g, input_shape=input_shape, layout=(steps, 0), **place)


@op("as_strided(input)", public=False, grad_fn="AsStridedBackward0", view=True)
def strided(input: Any, *, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout) -> Any:
    """as_strided, of an input that lies in memory as `layout` says; one that lies otherwise is laid out so first."""
    actual = tuple(step // input.itemsize for step in input.strides)
    if actual != layout[0]:
        flat = _memory(input, layout, _reach(size, stride, storage_offset))
        _check(size, stride, storage_offset, flat.size, flat.itemsize)
        return _walk(flat, size, stride, storage_offset)
    owner = input
    while isinstance(owner.base, np.ndarray) and owner.base.dtype == input.dtype:
        owner = owner.base
    flat = owner.ravel("K")
    begin = (_address(input) - _address(owner)) // input.itemsize - layout[1]
    _check(size, stride, storage_offset, flat.size - begin, flat.itemsize)
    return _walk(flat, size, stride, storage_offset + begin)


@strided.gradient("input", "g added at every place that was seen")
@op("g added at every place that was seen", public=False, grad_fn="AsStridedBackward0")
def strided_backward(
    g: Any, *, input_shape: Sizes, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout
) -> Any:
    """The gradient of as_strided: what came to an element more than once adds up."""
    count = max(_reach(size, stride, storage_offset), _reach(input_shape, *layout))
    places = np.arange(count)
    flat = np.zeros(count, g.dtype)
    np.add.at(flat, _walk(places, size, stride, storage_offset).reshape(-1), g.reshape(-1))
    if 0 in layout[0]:  # an expanded input shares its elements: each takes its part
        flat /= np.maximum(np.bincount(_walk(places, input_shape, *layout).reshape(-1), minlength=count), 1)
    return _walk(flat, input_shape, *layout).copy()


@strided_backward.gradient("g", "as_strided(g)")
def _(g: Any, *, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout) -> Any:
    return strided.of(g, size=size, stride=stride, storage_offset=storage_offset, layout=layout)


@op("input with src in a view", order=("input", "src", "size", "stride"), public=False, composite=True)
def as_strided_scatter(
    input: Any, src: Any, *, size: Shape = (1,), stride: Shape = (1,), storage_offset: int | None = None
) -> Any:
    """A copy of the input, with src where as_strided looks."""
    layout = layout_of(input)
    offset = layout[1] if storage_offset is None else storage_offset
    return strided_scatter(input, src, size=tuple(size), stride=tuple(stride), storage_offset=offset, layout=layout)


@op("input with src in a view", public=False, grad_fn="AsStridedScatterBackward0")
def strided_scatter(input: Any, src: Any, *, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout) -> Any:
    """as_strided_scatter, of an input that lies in memory as `layout` says."""
    if src.shape != size:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(size)}"
        )
    flat = _memory(input, layout, 0)
    _check(size, stride, storage_offset, flat.size, flat.itemsize)
    _walk(flat, size, stride, storage_offset)[...] = src
    return _walk(flat, input.shape, *layout)


@strided_scatter.gradient("input", "g, 0 where src went")
def _(g: Any, *, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout) -> Any:
    place = {"size": size, "stride": stride, "storage_offset": storage_offset, "layout": layout}
    return strided_scatter.of(g, np.zeros_like(g, shape=size), **place)


@strided_scatter.gradient("src", "as_strided(g)")
def _(g: Any, *, size: Sizes, stride: Sizes, storage_offset: int, layout: Layout) -> Any:
    return strided.of(g, size=size, stride=stride, storage_offset=storage_offset, layout=layout)


@op(
    "unfold(input)",
    torch="{input}.unfold({dimension}, {size}, {step})",
    aliases=("sliding window", "windows", "patches"),
    view=True,
    required=("dimension", "size", "step"),
)
def unfold(input: Any, *, dimension: int = 0, size: int = 2, step: int = 1) -> Any:
    """Windows of a given size that slide along a dimension by steps; each is a row in a new last dimension."""
    axis = normal_dim(dimension, input.ndim)
    whole = input.shape[axis] if input.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > whole:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {whole} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if input.ndim == 0:
        return np.reshape(input, (1,))[:size]
    sizes, strides = [*input.shape, size], [*input.strides, input.strides[axis]]
    sizes[axis] = (whole - size) // step + 1
    strides[axis] *= step
    return stride_tricks.as_strided(input, sizes, strides, writeable=input.flags.writeable)


@unfold.gradient("input", "g added at every place that was seen")
@op("g added at every place that was seen", public=False)
def unfold_backward(g: Any, *, input_shape: Sizes, dimension: int, size: int, step: int) -> Any:
    """The gradient of unfold: the windows lie over each other."""
    if not input_shape:
        return np.sum(g).reshape(())
    axis = normal_dim(dimension, len(input_shape))
    result = np.zeros(input_shape, g.dtype)
    before = (slice(None),) * axis
    for k in range(size):  # the k-th elements of all windows lie apart
        end = k + step * (g.shape[axis] - 1) + 1
        result[(*before, slice(k, end, step))] += g[..., k]
    return result


@unfold_backward.gradient("g", "unfold(g)")
def _(g: Any, *, dimension: int, size: int, step: int) -> Any:
    return unfold.of(g, dimension=dimension, size=size, step=step)
