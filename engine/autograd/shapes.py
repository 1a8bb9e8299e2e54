"""Sizes and dimensions: broadcasting and its reverse, with torch's error texts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Sizes = tuple[int, ...]


class Size(tuple[int, ...]):
    """`torch.Size`: a tuple of sizes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, place: Any) -> Any:
        part = tuple.__getitem__(self, place)
        return Size(part) if part.__class__ is tuple else part

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))

    def numel(self) -> int:
        """How many elements a tensor of this size has."""
        return math.prod(self)


def normal_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; IndexError outside."""
    span = max(ndim, 1)
    if not -span <= dim < span:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim + span if dim < 0 else dim


def real_dim(dim: int, ndim: int) -> int:
    """As normal_dim, of a tensor that must have dimensions."""
    if ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return normal_dim(dim, ndim)


def normal_dims(dim: int | Sizes | list[int] | None, ndim: int) -> Sizes | None:
    """Dimensions counted from the front; None, and an empty tuple, mean all of them."""
    if dim is None:
        return None
    if not isinstance(dim, (tuple, list)):
        dim = (dim,)
    dims = tuple(normal_dim(d, ndim) for d in dim)
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return (dims or None) if ndim else None


def count(shape: Sizes, dims: Sizes | None) -> int:
    """How many elements go into each element of a reduction along `dims`."""
    return math.prod(shape) if dims is None else math.prod(shape[d] for d in dims)


_add: Any = np.add.reduce  # its stubs know no dims that may be None


def add_up(array: Any, dims: Sizes | None = None, keepdim: bool = False) -> Any:
    """The sum along `dims`, or over everything; the quickest way that numpy has. Halves add up as floats."""
    if array.dtype.char == "e":
        return _add(array, dims, np.float32, None, keepdim).astype(array.dtype)
    return _add(array, dims, None, None, keepdim)


def spread(array: Any, shape: Sizes, dim: int | Sizes | None, keepdim: bool) -> Any:
    """What a reduction along `dim` gave, laid over the shape it came from, without copying."""
    if not keepdim and dim is not None and array.ndim:
        for d in sorted(normal_dims(dim, len(shape)) or ()):
            array = np.expand_dims(array, d)
    if array.ndim == 0 and isinstance(array, (np.ndarray, np.generic)):
        cell = np.asarray(array)
        return np.ndarray(shape, cell.dtype, cell, 0, (0,) * len(shape)) if shape else array
    return np.broadcast_to(array, shape)


def broadcast(a: Sizes, b: Sizes) -> Sizes:
    """The shape in which two shapes meet."""
    if a == b:
        return a
    ndim = max(len(a), len(b))
    sizes = []
    pairs = [*zip((1,) * (ndim - len(a)) + a, (1,) * (ndim - len(b)) + b, strict=True)]
    for dim, (m, n) in reversed([*enumerate(pairs)]):  # of several that do not meet torch names the last
        if m != n and m != 1 and n != 1:
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {dim}"
            )
        sizes.append(n if m == 1 else m)
    return tuple(reversed(sizes))


def sum_to(array: Any, shape: Sizes) -> Any:
    """Un-broadcast: add up what broadcasting repeated, so that the array has `shape` again."""
    added = array.ndim - len(shape)
    if added > 0 and array.shape[added:] == shape:
        return add_up(array, (*range(added),))
    dims = (
        *range(added),
        *(added + d for d, n in enumerate(shape) if n == 1 and array.shape[added + d] != 1),
    )
    return add_up(array, dims).reshape(shape)


def fits(shape: Sizes, target: Sizes) -> bool:
    """Could a tensor of `target` have been broadcast to `shape`?"""
    if len(shape) < len(target):
        return False
    if shape[len(shape) - len(target) :] == target:
        return True
    return all(n in (1, m) for m, n in zip(reversed(shape), reversed(target), strict=False))


def expanded(shape: Sizes, sizes: Sizes, kind: str = "Float") -> Sizes:
    """The target of `expand`; -1 keeps a size."""
    if len(sizes) < len(shape):
        raise RuntimeError(
            f"expand(torch.{kind}Tensor{{{list(shape)}}}, size={list(sizes)}): the number of sizes provided "
            f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(shape)})"
        )
    added = len(sizes) - len(shape)
    result = []
    for dim, wanted in reversed([*enumerate(sizes)]):  # of several that do not fit torch names the last
        have = shape[dim - added] if dim >= added else 1
        if wanted == -1 and dim >= added:
            wanted = have
        if wanted == -1 and shape:
            raise RuntimeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {dim}"
            )
        if have not in (1, wanted):
            raise RuntimeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({have}) at "
                "non-singleton "
                f"dimension {dim}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(shape)}"
            )
        if wanted < 0:
            raise RuntimeError("numel: integer multiplication overflow")
        result.append(wanted)
    return tuple(reversed(result))


def resolve(shape: Sizes, size: int) -> Sizes:
    """A wanted shape with its -1, if any, worked out for `size` elements."""
    sizes = list(shape)
    known = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for i, n in enumerate(sizes):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {sizes}")
    if -1 in sizes:
        if size == 0 and known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {sizes} because the unspecified dimension "
                "size -1 "
                "can be any value and is ambiguous"
            )
        if known == 0 or size % known:
            raise RuntimeError(f"shape '{sizes}' is invalid for input of size {size}")
        sizes[sizes.index(-1)] = size // known
    elif known != size:
        raise RuntimeError(f"shape '{sizes}' is invalid for input of size {size}")
    return tuple(sizes)


def viewable(array: Any, shape: Sizes) -> bool:
    """Can the elements take this shape without being copied?"""
    if array.size == 0 or array.flags.c_contiguous:
        return True
    target = np.reshape(array, shape)
    return np.may_share_memory(target, array)


def writeable_as(source: Any, view: Any) -> Any:
    """A view that may be written to if its source may; numpy gives some views read-only."""
    if isinstance(source, np.ndarray):
        view.flags.writeable = source.flags.writeable
    return view
