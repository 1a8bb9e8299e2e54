"""Several tensors made into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.autograd.shapes import Sizes
from engine.op import op, spelled
from engine.ops.shape.reshape import expand, reshape, unsqueeze, view


def _skipped(sizes: Sizes) -> bool:
    """Is it torch's old empty tensor, a vector of no elements, which joins anything?"""
    return sizes == (0,)


@op(
    "tensors side by side",
    torch="torch.cat({tensors}, {dim})",
    also=("torch.concat", "torch.concatenate"),
    aliases=("concatenate", "concat", "join", "append"),
    promote="common",
)
def cat(*tensors: Any, dim: int = 0) -> Any:
    """Joins tensors along a dimension that they have: rows under rows, or columns beside columns."""
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    real = [(i, tensor) for i, tensor in enumerate(tensors) if not _skipped(tensor.shape)]
    if not real:
        return np.concatenate(tensors)
    first = real[0][1].shape
    axis = shapes.normal_dim(dim, len(first))
    for i, tensor in real[1:]:
        _refuse_mismatch(first, tensor.shape, axis, i)
    return np.ascontiguousarray(np.concatenate([tensor for _, tensor in real], axis))


def _refuse_mismatch(first: Sizes, other: Sizes, axis: int, i: int) -> None:
    if len(first) != len(other):
        raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(other)}")
    for d, (m, n) in enumerate(zip(first, other, strict=True)):
        if m != n and d != axis:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {axis}. "
                f"Expected size {m} but got size {n} for tensor number {i} in the list."
            )


@cat.gradient("tensors", "the part of g that came from it")
def _(g: Any, *, dim: int, place: int, sizes: tuple[Sizes, ...]) -> Any:
    if _skipped(sizes[place]):
        return np.zeros_like(g, shape=sizes[place])
    axis = shapes.normal_dim(dim, g.ndim)
    start = sum(size[axis] for size in sizes[:place] if not _skipped(size))
    return g[(slice(None),) * axis + (slice(start, start + sizes[place][axis]),)]


@op("tensors as rows", torch="torch.stack({tensors}, {dim})", aliases=("rows", "join", "pile"), promote="common")
def stack(*tensors: Any, dim: int = 0) -> Any:
    """Joins tensors of one size along a new dimension: vectors become the rows of a matrix."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0].shape
    axis = shapes.normal_dim(dim, len(first) + 1)
    for i, tensor in enumerate(tensors):
        if tensor.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(tensor.shape)} at entry {i}"
            )
    return np.ascontiguousarray(np.stack(tensors, axis))


@stack.gradient("tensors", "the slice of g that came from it")
def _(g: Any, *, dim: int, place: int) -> Any:
    return g[(slice(None),) * shapes.normal_dim(dim, g.ndim) + (place, ...)]


@op("tensors side by side", aliases=("horizontal", "columns", "concatenate"), grad_fn="CatBackward0", composite=True)
def hstack(*tensors: Any) -> Any:
    """Joins tensors side by side: vectors end to end, matrices along their columns."""
    given = [at_least(1, tensor) for tensor in _some(tensors, "hstack")]
    return cat(*given, dim=0 if given[0].ndim == 1 else 1)


@op(
    "tensors one below another",
    also=("torch.row_stack",),
    aliases=("vertical", "rows", "concatenate"),
    grad_fn="CatBackward0",
    composite=True,
)
def vstack(*tensors: Any) -> Any:
    """Joins tensors one below another: each vector becomes a row."""
    return cat(*[at_least(2, tensor) for tensor in _some(tensors, "vstack")], dim=0)


@op("tensors behind one another", aliases=("depth", "concatenate"), grad_fn="CatBackward0", composite=True)
def dstack(*tensors: Any) -> Any:
    """Joins tensors along the third dimension, one behind another."""
    return cat(*[at_least(3, tensor) for tensor in _some(tensors, "dstack")], dim=2)


@op("tensors as columns", aliases=("columns", "concatenate"), grad_fn="CatBackward0", composite=True)
def column_stack(*tensors: Any) -> Any:
    """Joins tensors along the columns: each vector becomes a column."""
    given = _some(tensors, "column_stack")
    return cat(*[x if x.ndim > 1 else reshape(x, shape=(x.numel(), 1)) for x in given], dim=1)


def _some(tensors: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def at_least(ndim: int, x: Any) -> Any:
    """The tensor with so many dimensions, if it has fewer; the new ones have size 1."""
    if x.ndim >= ndim:
        return x
    if x.ndim == 0:
        return reshape(x, shape=(1,) * ndim)
    if x.ndim == 1:
        x = unsqueeze(x, dim=0)
    return unsqueeze(x, dim=-1) if ndim == 3 else x


def _at_least(ndim: int) -> Callable[..., Any]:
    def function(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
            return tuple(at_least(ndim, x) for x in tensors[0])
        return at_least(ndim, tensors[0]) if len(tensors) == 1 else tuple(at_least(ndim, x) for x in tensors)

    return function


for _ndim in (1, 2, 3):
    spelled(f"torch.atleast_{_ndim}d")(_at_least(_ndim))


@op("tensors on the diagonal", aliases=("diagonal", "blocks"), promote="common")
def block_diag(*tensors: Any) -> Any:
    """Puts matrices on the diagonal of a larger one, corner to corner; the rest is 0."""
    if not tensors:
        return np.zeros((1, 0), dtypes.numpy_dtype(None))
    blocks = [_block(tensor.shape, i) for i, tensor in enumerate(tensors)]
    size = (sum(rows for rows, _ in blocks), sum(columns for _, columns in blocks))
    result = np.zeros(size, tensors[0].dtype)
    for i, tensor in enumerate(tensors):
        result[_corner(blocks, i)] = tensor
    return result


def _block(sizes: Sizes, i: int) -> Sizes:
    if len(sizes) > 2:
        raise RuntimeError(
            f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {len(sizes)} dimensions"
        )
    return (1,) * (2 - len(sizes)) + tuple(sizes)


def _corner(blocks: list[Sizes], i: int) -> tuple[slice, slice]:
    """Where block i stands."""
    row, column = sum(rows for rows, _ in blocks[:i]), sum(columns for _, columns in blocks[:i])
    return slice(row, row + blocks[i][0]), slice(column, column + blocks[i][1])


@block_diag.gradient("tensors", "its block of g")
def _(g: Any, *, place: int, sizes: tuple[Sizes, ...]) -> Any:
    return g[_corner([_block(size, i) for i, size in enumerate(sizes)], place)].reshape(sizes[place])


@spelled("torch.block_diag")
def block_diag_of(*tensors: Any) -> Any:
    """torch takes them one by one, not in a list."""
    return block_diag(*tensors)


@spelled("torch.broadcast_tensors")
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """Tensors expanded to the one shape in which they meet."""
    given = _listed(tensors)
    shape: Sizes = ()
    for tensor in given:
        shape = shapes.broadcast(shape, tensor.array.shape)
    return tuple(expand(tensor, size=shape) for tensor in given)


def _listed(tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tensors that are given one by one or in one list."""
    return tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors


@spelled("torch.meshgrid")
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """The coordinates of a grid: vectors expanded along each other's dimensions."""
    given = _listed(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if any(tensor.dtype != given[0].dtype for tensor in given):
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for tensor in given:
        if tensor.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {tensor}")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(given) > 1
    if swapped:
        given = (given[1], given[0], *given[2:])
    size = tuple(tensor.numel() for tensor in given)
    grids = [
        expand(view(tensor, shape=(1,) * i + (-1,) + (1,) * (len(given) - i - 1)), size=size)
        for i, tensor in enumerate(given)
    ]
    return (grids[1], grids[0], *grids[2:]) if swapped else tuple(grids)
