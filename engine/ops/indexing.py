"""Parts of a tensor: `x[0]`, `x[1:3]`, `x[..., 0]`, `x[[0, 2]]`."""

from __future__ import annotations

from collections.abc import Iterator
from types import EllipsisType
from typing import Any

import numpy as np

from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Numbers, op
from engine.ops.shape import unsqueeze


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
def _(g: Any, input_shape: tuple[int, ...], *, dim: int, index: int) -> Any:
    result = np.zeros(input_shape, g.dtype)
    result[(slice(None),) * normal_dim(dim, len(input_shape)) + (index,)] = g
    return result


@op("input[index]", public=False, view=True)
def unbind(input: Any, *, index: int = 0) -> Any:
    """One slice along the first dimension, reached by going through all of them."""
    return input[(index, ...)]


@unbind.gradient("input", "g at the index, 0 elsewhere")
def _(g: Any, input_shape: tuple[int, ...], *, index: int) -> Any:
    result = np.zeros(input_shape, g.dtype)
    result[index] = g
    return result


@op("input[start:end:step]", grad_fn="SliceBackward0", public=False, view=True)
def slice_(input: Any, *, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """A range along a dimension."""
    return input[(slice(None),) * dim + (slice(start, end, step),)]


@slice_.gradient("input", "g inside the range, 0 elsewhere")
def _(g: Any, input_shape: tuple[int, ...], *, dim: int, start: int | None, end: int | None, step: int) -> Any:
    result = np.zeros(input_shape, g.dtype)
    result[(slice(None),) * dim + (slice(start, end, step),)] = g
    return result


@op("input[index]", grad_fn="IndexBackward0", public=False)
def index(input: Any, *, indices: Numbers = None) -> Any:
    """The elements at lists of places, or where a mask is True."""
    return input[indices]


@index.gradient("input", "g added at every place that was read")
def _(g: Any, input_shape: tuple[int, ...], *, indices: Any) -> Any:
    result = np.zeros(input_shape, g.dtype)
    np.add.at(result, indices, g)
    return result


@op("input", grad_fn="AliasBackward0", public=False, view=True)
def alias(input: Any) -> Any:
    """The whole tensor, as another tensor."""
    return input


@alias.gradient("input", "g")
def _(g: Any) -> Any:
    return g


def getitem(x: Tensor, place: Any) -> Tensor:
    """`x[place]`: ints and slices as torch chains them, one op a dimension; lists and masks in one go."""
    parts = list(place) if isinstance(place, tuple) else [place]
    parts = [part.array if isinstance(part, Tensor) else part for part in parts]
    if any(isinstance(part, (list, np.ndarray)) and np.ndim(part) > 0 for part in parts):
        return index(x, indices=_spelled(parts))
    used = sum(part is not None and part is not Ellipsis and not isinstance(part, bool) for part in parts)
    if used > x.ndim:
        if x.ndim == 0:
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ "
                "to "
                "convert a 0-dim tensor to a number"
            )
        raise IndexError(f"too many indices for tensor of dimension {x.ndim}")
    result, dim = x, 0
    for part in parts:
        if isinstance(part, EllipsisType):
            dim += x.ndim - used
        elif part is None:
            result = unsqueeze(result, dim=dim)
            dim += 1
        elif isinstance(part, slice):
            result = _sliced(result, dim, part)
            dim += 1
        elif isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            size = result.shape[dim]
            if not -size <= part < size:
                raise IndexError(f"index {part} is out of bounds for dimension {dim} with size {size}")
            result = select(result, dim=dim, index=int(part))
        else:
            raise IndexError(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                "indices "
                f"(got {type(part).__name__})"
            )
    return alias(result) if result is x else result


def iterate(x: Tensor) -> Iterator[Tensor]:
    """`for row in x`, and `a, b = x`."""
    if x.ndim == 0:
        raise TypeError("iteration over a 0-d tensor")
    return (unbind(x, index=i) for i in range(len(x)))


def _sliced(x: Tensor, dim: int, part: slice) -> Tensor:
    if part.step is not None and part.step <= 0:
        raise ValueError("step must be greater than zero")
    start, end, step = part.indices(x.shape[dim])
    if (start, end, step) == (0, x.shape[dim], 1):
        return x
    return slice_(x, dim=dim, start=start, end=end, step=step)


def _spelled(parts: list[Any]) -> tuple[Any, ...]:
    return tuple(np.asarray(part) if isinstance(part, list) else part for part in parts)
