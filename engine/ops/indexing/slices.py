"""Parts of a tensor: `x[0]`, `x[1:3]`, `x[..., 0]`, `x[[0, 2]]`, `x[x > 0]`."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes, normal_dim
from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.indexing.places import array_from, index, is_array
from engine.ops.shape.reshape import unsqueeze


@op(
    "input[index]",
    torch="torch.select({input}, {dim}, {index})",
    aliases=("index", "row", "pick", "[]"),
    view=True,
    required=("dim", "index"),
)
def select(input: Any, *, dim: int = 0, index: int = 0) -> Any:
    """One slice along a dimension, which then is gone: a row of a matrix, an element of a vector."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis = normal_dim(dim, input.ndim)
    size = input.shape[axis]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {axis}"
        )
    return input[(slice(None),) * axis + (index, ...)]  # the dots: one element is a view too


@select.gradient("input", "g at the index, 0 elsewhere")
@op("g at the index, 0 elsewhere", public=False)
def select_backward(g: Any, *, input_shape: Sizes, dim: int, index: int) -> Any:
    """The gradient of select."""
    result = np.zeros(input_shape, g.dtype)
    result[(slice(None),) * normal_dim(dim, len(input_shape)) + (index,)] = g
    return result


@select_backward.gradient("g", "g[index]")
def _(g: Any, *, dim: int, index: int) -> Any:
    return select.of(g, dim=dim, index=index)


@op("input[start:end:step]", grad_fn="SliceBackward0", public=False, view=True)
def slice_(input: Any, *, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """A range along a dimension."""
    if input.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    return input[(slice(None),) * normal_dim(dim, input.ndim) + (slice(start, end, step),)]


@slice_.gradient("input", "g inside the range, 0 elsewhere")
@op("g inside the range, 0 elsewhere", public=False)
def slice_backward(g: Any, *, input_shape: Sizes, dim: int, start: int | None, end: int | None, step: int) -> Any:
    """The gradient of a slice."""
    result = np.zeros(input_shape, g.dtype)
    result[(slice(None),) * normal_dim(dim, len(input_shape)) + (slice(start, end, step),)] = g
    return result


@slice_backward.gradient("g", "g[start:end:step]")
def _(g: Any, *, dim: int, start: int | None, end: int | None, step: int) -> Any:
    return slice_.of(g, dim=dim, start=start, end=end, step=step)


@op(
    "input[start : start + length]",
    aliases=("slice", "range", "crop", "part"),
    grad_fn="SliceBackward0",
    required=("dim", "start", "length"),
    composite=True,
)
def narrow(input: Any, *, dim: int = 0, start: int = 0, length: int = 1) -> Any:
    """A range along a dimension: `length` slices, from `start` on."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    size = input.array.shape[normal_dim(dim, input.ndim)]
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    first = start + size if start < 0 else start
    if first > size - length:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return slice_(input, dim=dim, start=first, end=first + length)


@narrow.gradient("input", "g inside the range, 0 elsewhere")
def _(g: Any, input_shape: Sizes, *, dim: int, start: int, length: int) -> Any:
    first = start % input_shape[dim] if start < 0 else start
    return slice_backward.of(g, input_shape=input_shape, dim=dim, start=first, end=first + length, step=1)


@op("input", grad_fn="AliasBackward0", public=False, view=True)
def alias(input: Any) -> Any:
    """The whole tensor, as another tensor."""
    return input


@alias.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@spelled("torch.narrow", "Tensor.narrow")
def narrow_from(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """`narrow`, whose start may be a tensor of one integer."""
    if isinstance(start, Tensor):
        if start.ndim or start.array.dtype.kind not in "iu":
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = int(start)
    return narrow(input, dim=dim, start=start, length=length)


# ---------------------------------------------------------------- x[…]


def getitem(x: Tensor, place: Any) -> Tensor:
    """`x[place]`: ints and slices as torch chains them, one op a dimension; lists and masks in one go."""
    if place.__class__ is int:
        return _selected(x, 0, place, 0)
    if isinstance(place, slice):
        return _sliced(x, 0, place)
    result, indices = viewed(x, place)
    if indices is not None:
        return index(result, indices=indices)
    return alias(result) if result is x else result


def viewed(x: Tensor, place: Any) -> tuple[Tensor, tuple[Any, ...] | None]:
    """What of `x[place]` is a view, and which lists and masks are then to be read from it; None if there are none."""
    parts = [array_from(part) if is_array(part) else part for part in (place if _is_several(place) else (place,))]
    used = sum(_dims_used(part) for part in parts)
    if used > x.ndim:
        if x.ndim == 0 and len(parts) == 1 and not isinstance(parts[0], np.ndarray):
            raise _no_dimensions()
        raise IndexError(f"too many indices for tensor of dimension {x.ndim}")
    result, dim = x, 0
    lists: dict[int, Any] = {}
    for position, part in enumerate(parts):
        if isinstance(part, EllipsisType):
            dim += x.ndim - used
        elif part is None:
            result = unsqueeze(result, dim=dim)
            dim += 1
        elif isinstance(part, slice):
            result = result if _is_whole(part, result.array.shape[dim]) else _sliced(result, dim, part)
            dim += 1
        elif _is_flag(part):
            result = unsqueeze(result, dim=dim)
            lists[dim] = np.zeros(int(bool(part)), np.int64)
            dim += 1
        elif isinstance(part, np.ndarray) and part.ndim:
            lists[dim] = part
            dim += part.ndim if part.dtype == np.bool_ else 1
        else:
            result = _selected(result, dim, _as_int(part), position)
    if not lists:
        return result, None
    indices: list[Any] = []
    for at, part in lists.items():
        indices += [slice(None)] * (at - _covered(indices)) + [part]
    return result, tuple(indices)


def _is_several(place: Any) -> bool:
    """Is there a part for each dimension? torch takes a short list for a tuple too, if it holds more than numbers."""
    if not isinstance(place, list):
        return isinstance(place, tuple)
    return len(place) < 32 and any(
        part is None or isinstance(part, (Tensor, np.ndarray, list, tuple, range, slice, EllipsisType))
        for part in place
    )


def _is_flag(part: Any) -> bool:
    """Is it True or False, a mask over no dimension?"""
    return isinstance(part, (bool, np.bool_)) or (
        isinstance(part, np.ndarray) and part.ndim == 0 and part.dtype == np.bool_
    )


def _covered(indices: list[Any]) -> int:
    """How many dimensions numpy takes up for these."""
    return sum(part.ndim if getattr(part, "dtype", None) == np.bool_ else 1 for part in indices)


def _dims_used(part: Any) -> int:
    """How many dimensions of the tensor a part of the index speaks of."""
    if part is None or part is Ellipsis or isinstance(part, (bool, np.bool_)):
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1


def _as_int(part: Any) -> int:
    if hasattr(part, "__index__"):
        return int(part.__index__())
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(part).__name__})"
    )


def _no_dimensions() -> IndexError:
    return IndexError(
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
        "0-dim tensor to a number"
    )


def _selected(x: Tensor, dim: int, place: int, position: int) -> Tensor:
    if x.array.ndim == 0:
        raise _no_dimensions()
    size = x.array.shape[dim]
    if not -size <= place < size:
        raise IndexError(f"index {place} is out of bounds for dimension {position} with size {size}")
    return select(x, dim=dim, index=place)


def _is_whole(part: slice, size: int) -> bool:
    """Does it take everything, so that torch records nothing?"""
    return part.start in (None, 0) and (part.stop is None or part.stop >= size) and part.step in (None, 1)


def _sliced(x: Tensor, dim: int, part: slice) -> Tensor:
    if part.step is not None and part.step <= 0:
        raise ValueError("step must be greater than zero")
    if x.array.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    start, end, step = part.indices(x.array.shape[dim])
    return slice_(x, dim=dim, start=start, end=max(start, end), step=step)
