"""Whole slices picked and placed by a vector of places: rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.dtypes import scalar_type
from engine.autograd.shapes import Sizes, normal_dim, real_dim
from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.indexing.gathering import at_least_1d, check_bounds
from engine.ops.indexing.places import added_at

OUTSIDE = "index out of range in self"


def _along(axis: int, index: Any) -> tuple[Any, ...]:
    return (slice(None),) * axis + (np.reshape(index, -1),)


def _check_vector(index: Any, text: str) -> None:
    if index.ndim > 1:
        raise IndexError(text)


def _check_bounds(index: Any, size: int, text: str = OUTSIDE, low: int = 0) -> None:
    outside = (places := index.reshape(-1))[(places < low) | (places >= size)]
    if outside.size:
        raise IndexError(text.format(outside.flat[0]))


@op("input[index]", order=("input", "dim", "index"), aliases=("rows", "pick", "lookup"), required=("dim",))
def index_select(input: Any, index: Any, *, dim: int = 0) -> Any:
    """Picks slices along a dimension, such as rows, in the order in which a vector lists them."""
    _check_vector(index, "index_select(): Index is supposed to be a vector")
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    axis = normal_dim(dim, input.ndim)
    if input.ndim == 0 and index.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
    table = at_least_1d(input)
    _check_bounds(index, table.shape[axis])
    picked = np.take(table, np.reshape(index, -1), axis)
    return picked if input.ndim else picked.reshape(())


@index_select.gradient("input", "g added at every place that was read")
def _(g: Any, input_shape: Sizes, index: Any, *, dim: int) -> Any:
    return index_add.of(np.zeros_like(g, shape=input_shape), index, g, dim=dim, alpha=1)


@op(
    "input with alpha × source added at index",
    order=("input", "dim", "index", "source"),
    aliases=("accumulate", "group by"),
    required=("dim",),
)
def index_add(input: Any, index: Any, source: Any, *, dim: int = 0, alpha: float = 1) -> Any:
    """Adds the slices of the source to those slices of the input that a vector lists."""
    axis = _checked(input, index, source, dim)
    values = source if alpha == 1 else source * np.asarray(alpha).astype(input.dtype)
    table = np.array(at_least_1d(input))
    places = _along(axis, index)
    return added_at(table, places, np.reshape(values, table[places].shape)).reshape(input.shape)


def _checked(input: Any, index: Any, source: Any, dim: int) -> int:
    """The dimension, when everything fits."""
    name = "index_add_"
    axis = normal_dim(dim, input.ndim)
    _check_vector(
        index,
        f"{name}(): Index is supposed to be a vector, but got dim: {index.ndim} with type: "
        f"{scalar_type(index.dtype)} and size: {list(index.shape)}",
    )
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {scalar_type(index.dtype)}")
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"{name}(): self ({scalar_type(input.dtype)}) and source ({scalar_type(source.dtype)}) must have the same "
            "scalar type"
        )
    if axis and axis >= source.ndim:
        raise RuntimeError(
            f"{name}(): Indexing dim {axis} is out of bounds of the source tensor with dim {source.ndim}"
        )
    if index.size > 1:
        real_dim(axis, source.ndim)
    size = source.shape[axis] if source.ndim else 1
    if index.size != size:
        raise RuntimeError(
            f"{name}(): Number of indices ({index.size}) should be equal to source.size(dim): ({size}), for dim: {axis}"
        )
    own, other = list(input.shape), list(source.shape)
    if own and other:
        del own[axis], other[axis]
    if own != other and index.size:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(input.shape)} source.shape = {list(source.shape)}"
        )
    if input.ndim > 1:
        check_bounds(index, axis, input.shape[axis])
    else:
        _check_bounds(index, input.size)
    return axis


@index_add.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@index_add.gradient("source", "alpha × g[index]")
def _(g: Any, index: Any, source_shape: Sizes, *, dim: int, alpha: float) -> Any:
    picked = index_select.of(g, index, dim=dim).reshape(source_shape)
    return picked if alpha == 1 else picked * alpha


@op(
    "input with source at index",
    order=("input", "dim", "index", "source"),
    aliases=("put", "replace rows", "write"),
    required=("dim",),
)
def index_copy(input: Any, index: Any, source: Any, *, dim: int = 0) -> Any:
    """Puts the slices of the source in place of those slices of the input that a vector lists."""
    axis = _checked_copy(input, index, source, dim)
    result = np.array(at_least_1d(input))
    places = _along(axis, index)
    result[places] = np.reshape(source, result[places].shape)
    return result.reshape(input.shape)


def _checked_copy(input: Any, index: Any, source: Any, dim: int) -> int:
    """The dimension, when everything fits."""
    axis = normal_dim(dim, input.ndim)
    if index.ndim >= 2:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if source.ndim == 0 and index.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.size})")
    if source.ndim != input.ndim and source.ndim and input.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), destination dimensionality ({input.ndim})"
        )
    if index.dtype != np.int64:
        raise IndexError("index_copy_(): Expected LongTensor for index")
    if input.dtype != source.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{scalar_type(input.dtype)} and (source) {scalar_type(source.dtype)}"
        )
    own, other = list(input.shape), list(source.shape)
    if own:
        del own[axis]
    if other:
        del other[axis]
    if own != other:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, own))} at dimension {axis} and source slice shape: {' '.join(map(str, other))} at "
            "dimension 0."
        )
    if source.ndim and index.size != source.shape[axis]:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) "
            f"({source.shape[axis]})"
        )
    size = input.shape[axis] if input.ndim else 1
    _check_bounds(index, size, f"index_copy_(): index {{}} is out of bounds for dimension {axis} with size {size}")
    return axis


@index_copy.gradient("input", "g, 0 where the source went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return index_fill.of(g, index, dim=dim, value=0)


@index_copy.gradient("source", "g[index]")
def _(g: Any, index: Any, source_shape: Sizes, *, dim: int) -> Any:
    return index_select.of(g, index, dim=dim).reshape(source_shape)


@op(
    "input with value at index",
    order=("input", "dim", "index", "value"),
    aliases=("put", "fill rows"),
    required=("dim", "value"),
)
def index_fill(input: Any, index: Any, *, dim: int = 0, value: float = 0.0) -> Any:
    """Puts one number everywhere in those slices of the input that a vector lists."""
    return _filled(input, index, dim, value)


def _filled(input: Any, index: Any, dim: int, value: Any) -> Any:
    axis = normal_dim(dim, input.ndim)
    if index.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise IndexError("Index has to be a vector/scalar")
    result = np.array(at_least_1d(input))
    size = result.shape[axis]
    _check_bounds(index, size, f"index {{}} is out of bounds for dimension {axis} with size {size}", -size)
    result[_along(axis, index)] = value
    return result.reshape(input.shape)


@index_fill.gradient("input", "g, 0 where the value went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return index_fill.of(g, index, dim=dim, value=0)


@op("input with value at index", public=False, grad_fn="IndexFillBackward1")
def index_fill_tensor(input: Any, index: Any, value: Any, *, dim: int = 0) -> Any:
    """index_fill with a tensor without dimensions, which has a gradient too."""
    if value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    return _filled(input, index, dim, value)


@index_fill_tensor.gradient("input", "g, 0 where the value went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return index_fill.of(g, index, dim=dim, value=0)


@index_fill_tensor.gradient("value", "sum of g where the value went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return np.sum(g - index_fill.of(g, index, dim=dim, value=0))  # once, also where the index says it twice


@spelled("torch.index_fill", "Tensor.index_fill")
def index_fill_given(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """`index_fill` with a number or with a tensor without dimensions."""
    if isinstance(value, Tensor):
        return index_fill_tensor(input, index, value, dim=dim)
    return index_fill(input, index, dim=dim, value=value)
