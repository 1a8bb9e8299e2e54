"""Elements picked, and placed, by tensors of places along a dimension."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from engine.autograd.dtypes import scalar_type
from engine.autograd.shapes import Sizes, broadcast, normal_dim
from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.indexing.places import added_at
from engine.ops.shape.reshape import expand, reshape

ORDER = ("input", "dim", "index", "src")


def at_least_1d(array: Any) -> Any:
    """torch takes a tensor without dimensions for a vector of one element here."""
    return np.reshape(array, array.shape or (1,))


def _check_dtypes(name: str, input: Any, index: Any, src: Any = None) -> None:
    if index.size and index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if src is not None and src.dtype != input.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")


def check_bounds(index: Any, axis: int, size: int) -> None:
    """All places inside a dimension."""
    outside = (places := index.reshape(-1))[(places < 0) | (places >= size)]
    if outside.size:
        raise RuntimeError(f"index {outside.flat[0]} is out of bounds for dimension {axis} with size {size}")


def _check_sizes(input: Any, axis: int, index: Any, src: Any) -> None:
    """scatter: does the index fit the input, and the source?"""
    if max(input.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and max(src.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    sizes, own = (at_least_1d(array).shape for array in (index, input))
    too_large = any(n > m for d, (n, m) in enumerate(zip(sizes, own, strict=True)) if d != axis)
    text = (
        f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} apart from dimension {axis}"
    )
    if src is not None:
        too_large |= any(n > m for n, m in zip(sizes, at_least_1d(src).shape, strict=True))
        text += f" and to be no larger size than src {list(src.shape)}"
    if too_large:
        raise RuntimeError(text)


def _places(index: Any, axis: int) -> tuple[Any, ...]:
    """numpy's index for torch's: along `axis` what it says, elsewhere where it stands."""
    grid = np.ogrid[tuple(slice(n) for n in index.shape)]
    return tuple(index if d == axis else grid[d] for d in range(index.ndim))


@op("input[index]", order=ORDER[:3], aliases=("pick", "lookup", "take"), required=("dim",))
def gather(input: Any, index: Any, *, dim: int = 0) -> Any:
    """Picks elements along a dimension: the index says which, one for every element of the result."""
    axis = normal_dim(dim, input.ndim)
    _check_dtypes("gather", input, index)
    if index.size == 0:
        return np.zeros(index.shape, input.dtype)
    if max(input.ndim, 1) != max(index.ndim, 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    table, chosen = at_least_1d(input), at_least_1d(index)
    for d, (n, m) in enumerate(zip(chosen.shape, table.shape, strict=True)):
        if d != axis and n > m:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(input.shape)} apart from dimension {axis}"
            )
    check_bounds(chosen, axis, table.shape[axis])
    return np.ascontiguousarray(table[_places(chosen, axis)]).reshape(index.shape)


@gather.gradient("input", "g added at every place that was read")
def _(g: Any, input_shape: Sizes, index: Any, *, dim: int) -> Any:
    return scatter_add.of(np.zeros_like(g, shape=input_shape), index, g, dim=dim)


@op("input with src added at index", order=ORDER, aliases=("histogram", "group by"), required=("dim",))
def scatter_add(input: Any, index: Any, src: Any, *, dim: int = 0) -> Any:
    """Adds the elements of src to the input, at the places along a dimension that the index says."""
    axis = _checked(input, dim, index, src)
    if index.size == 0:
        return np.array(input)
    chosen = at_least_1d(index)
    values = at_least_1d(src)[tuple(slice(n) for n in chosen.shape)]
    return added_at(np.array(at_least_1d(input)), _places(chosen, axis), values).reshape(input.shape)


def _checked(input: Any, dim: int, index: Any, src: Any = None) -> int:
    """The dimension of a scatter, when everything fits."""
    axis = normal_dim(dim, input.ndim)
    _check_dtypes("scatter", input, index, src)
    if index.size:
        _check_sizes(input, axis, index, src)
        check_bounds(index, axis, at_least_1d(input).shape[axis])
    return axis


@scatter_add.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@scatter_add.gradient("src", "g[index]")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return gather.of(g, index, dim=dim)


# ---------------------------------------------------------------- scatter


@op("input with src at index", order=ORDER, aliases=("put", "place", "write"), required=("dim",))
def scatter(input: Any, index: Any, src: Any, *, dim: int = 0) -> Any:
    """Puts the elements of src into the input, at the places along a dimension that the index says."""
    axis = _checked(input, dim, index, src)
    if index.size == 0:
        return np.array(input)
    chosen = at_least_1d(index)
    return _written(input, chosen, axis, at_least_1d(src)[tuple(slice(n) for n in chosen.shape)])


def _written(input: Any, index: Any, axis: int, values: Any) -> Any:
    result = np.array(at_least_1d(input), order="C")
    result[_places(index, axis)] = values
    return result.reshape(input.shape)


@scatter.gradient("input", "g, 0 where src went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return scatter_value.of(g, index, dim=dim, value=0)


@scatter.gradient("src", "g[index]")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return gather.of(g, index, dim=dim)


@op(
    "input with value at index",
    torch="torch.scatter({input}, {dim}, {index}, {value})",
    order=("input", "dim", "index", "value"),
    aliases=("put", "one hot", "write"),
    grad_fn="ScatterBackward1",
    required=("dim", "value"),
)
def scatter_value(input: Any, index: Any, *, dim: int = 0, value: float = 1.0) -> Any:
    """Puts one number into the input, at the places along a dimension that the index says."""
    axis = _checked(input, dim, index)
    return np.array(input) if index.size == 0 else _written(input, at_least_1d(index), axis, value)


@scatter_value.gradient("input", "g, 0 where the value went")
def _(g: Any, index: Any, *, dim: int) -> Any:
    return scatter_value.of(g, index, dim=dim, value=0)


@op("input with src multiplied in at index", public=False)
def scatter_multiply(input: Any, index: Any, src: Any, *, dim: int = 0) -> Any:
    """Multiplies into the input, at places along a dimension; torch has no gradient for it."""
    axis = _checked(input, dim, index, src)
    result = np.array(at_least_1d(input))
    if index.size:
        chosen = at_least_1d(index)
        np.multiply.at(result, _places(chosen, axis), at_least_1d(src)[tuple(slice(n) for n in chosen.shape)])
    return result.reshape(input.shape)


@spelled("torch.scatter", "Tensor.scatter")
def scatter_given(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Any = None,
    *,
    value: Any = None,
    reduce: Literal["add", "multiply"] | None = None,
) -> Tensor:
    """`scatter` of a tensor or of a number, which `reduce` may add or multiply."""
    given = value if src is None else src
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if given is None:
        raise TypeError('scatter() missing 1 required positional arguments: "src"')
    if reduce is not None:
        if not isinstance(given, Tensor):
            given = Tensor(np.full(index.array.shape, given, input.array.dtype))
        return (scatter_add if reduce == "add" else scatter_multiply)(input, index, given, dim=dim)
    if isinstance(given, Tensor):
        return scatter(input, index, given, dim=dim)
    return scatter_value(input, index, dim=dim, value=given)


# ---------------------------------------------------------------- other names for picking


@op(
    "input[indices]",
    order=("input", "indices", "dim"),
    aliases=("gather", "pick", "argsort"),
    grad_fn="GatherBackward0",
    composite=True,
)
def take_along_dim(input: Any, indices: Any, *, dim: int | None = None) -> Any:
    """Picks elements along a dimension by what argsort or argmax gave; without one, of all elements in a row."""
    if dim is None:
        return gather(reshape(input, shape=(-1,)), reshape(indices, shape=(-1,)), dim=0)
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    if indices.array.dtype != np.int64:
        kind = scalar_type(indices.array.dtype)
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {kind}")
    axis = normal_dim(dim, input.ndim)
    sizes, chosen = list(input.array.shape), list(indices.array.shape)
    if not sizes:
        return gather(input, indices, dim=dim)
    indices = _inside(indices, sizes[axis])
    own, other = [*sizes], [*chosen]
    own[axis], other[axis] = chosen[axis], sizes[axis]
    places = expand(indices, size=broadcast(tuple(own), tuple(chosen)))
    return gather(expand(input, size=broadcast(tuple(other), tuple(sizes))), places, dim=dim)


def _inside(indices: Tensor, size: int) -> Tensor:
    """Places before the first and after the last go round here, though not in gather."""
    array = indices.array
    return Tensor(array % size) if size and np.any((array < 0) | (array >= size)) else indices


@take_along_dim.gradient("input", "g added at every place that was read")
def _(g: Any, input_shape: Sizes, indices: Any, *, dim: int | None) -> Any:
    if dim is None:
        zeros = np.zeros_like(g, shape=(math.prod(input_shape),))
        return scatter_add.of(zeros, np.reshape(indices, -1), g, dim=0).reshape(input_shape)
    axis = normal_dim(dim, len(input_shape))
    zeros = np.zeros_like(g, shape=(*g.shape[:axis], input_shape[axis], *g.shape[axis + 1 :]))
    return scatter_add.of(zeros, np.broadcast_to(indices, g.shape), g, dim=axis)


@op("input[index]", aliases=("pick", "flat index"))
def take(input: Any, index: Any) -> Any:
    """Picks elements by their number, as if all of the input stood in one row."""
    if index.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {scalar_type(index.dtype)}")
    if input.size == 0 and index.size:
        raise IndexError("take(): tried to take from an empty tensor")
    outside = (places := index.reshape(-1))[(places < -input.size) | (places >= input.size)]
    if outside.size:
        raise IndexError(f"out of range: tried to access index {outside.flat[0]} on a tensor of {input.size} elements.")
    return np.asarray(np.ravel(input)[index], order="C")


@take.gradient("input", "g added at every place that was read")
@op("g added at every place that was read", public=False, grad_fn="PutBackward0")
def take_backward(g: Any, index: Any, *, input_shape: Sizes) -> Any:
    """The gradient of take."""
    zeros = np.zeros(input_shape, g.dtype)
    return added_at(zeros.reshape(-1), (index,), g).reshape(input_shape)


@take_backward.gradient("g", "g[index]")
def _(g: Any, index: Any) -> Any:
    return take.of(g, index)
