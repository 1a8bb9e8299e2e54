"""Elements read and written by lists of places and by masks: `x[[0, 2]]`, `x[x > 0]`, `x.index_put(…)`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd.dtypes import scalar_type
from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import Numbers, op, spelled


@op("input[index]", grad_fn="IndexBackward0", public=False)
def index(input: Any, *, indices: Numbers = None) -> Any:
    """The elements at lists of places, or where a mask is True."""
    try:
        return np.asarray(input[indices], order="C")  # numpy would put the dimensions of the lists first in memory
    except IndexError as error:
        raise _refusal(input.shape, indices, error) from None


@index.gradient("input", "g added at every place that was read")
@op("g added at every place that was read", public=False, grad_fn="IndexPutImplBackward0")
def index_backward(g: Any, *, input_shape: Sizes, indices: Any) -> Any:
    """The gradient of index."""
    return added_at(np.zeros(input_shape, g.dtype), indices, g)


@index_backward.gradient("g", "g[index]")
def _(g: Any, *, indices: Any) -> Any:
    return index.of(g, indices=indices)


def added_at(result: Any, indices: Any, values: Any) -> Any:
    """Add values at places, also where one comes twice: into a fresh array, which is given back."""
    arrays = [part for part in indices if isinstance(part, np.ndarray)]
    if len(arrays) == 1 and arrays[0].dtype == np.bool_:  # a mask alone names no place twice
        result[indices] += values
        return result
    places = _flat_places(result.shape, indices)
    flat = result.reshape(-1)
    np.add.at(flat, places.reshape(-1), np.broadcast_to(values, places.shape).reshape(-1))  # quick in one dimension
    return flat.reshape(result.shape)


def _is_whole(part: Any) -> bool:
    return isinstance(part, slice) and part == slice(None)


def _flat_places(shape: Sizes, indices: Any) -> Any:
    """The places that an index reads, counted as if all stood in one row."""
    if all(isinstance(part, np.ndarray) and part.dtype != np.bool_ for part in indices) and len(indices) == len(shape):
        return np.ravel_multi_index(np.broadcast_arrays(*indices), shape, mode="wrap")
    *before, last = indices
    if isinstance(last, np.ndarray) and last.dtype != np.bool_ and all(_is_whole(part) for part in before):
        axis = len(before)
        outer, size, inner = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
        rows = np.arange(outer)[:, None] * size + last.reshape(-1) % max(size, 1)
        return (rows[:, :, None] * inner + np.arange(inner)).reshape(*shape[:axis], *last.shape, *shape[axis + 1 :])
    return np.arange(math.prod(shape)).reshape(shape)[indices]


@op("input with values at index", order=("input", "indices", "values", "accumulate"), public=False)
def index_put(input: Any, values: Any, *, indices: Numbers = None, accumulate: bool = False) -> Any:
    """Other values at lists of places, or where a mask is True; `accumulate` adds them."""
    places = arrays_of(indices)
    if values.dtype != input.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{scalar_type(input.dtype)} for the destination and {scalar_type(values.dtype)} for the source."
        )
    result = np.array(input)
    try:
        shape = result[places].shape
        if accumulate:
            return added_at(result, places, np.broadcast_to(values, shape))
        result[places] = values
    except IndexError as error:
        raise _refusal(input.shape, places, error) from None
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of "
            f"shape {list(shape)}"
        ) from None
    return result


@index_put.gradient("input", "g, 0 where other values went")
def _(g: Any, values_shape: Sizes, *, indices: Any, accumulate: bool) -> Any:
    if accumulate:
        return g
    return index_put.of(g, np.zeros_like(g, shape=()), indices=indices, accumulate=False)


@index_put.gradient("values", "g[index]")
def _(g: Any, *, indices: Any) -> Any:
    return index.of(g, indices=arrays_of(indices))


@spelled("torch.index_put", "Tensor.index_put")
def index_put_given(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Other values at the places that tensors list, dimension by dimension."""
    if not isinstance(indices, (tuple, list)):
        kind = type(indices).__name__
        raise TypeError(f"index_put(): argument 'indices' (position 1) must be tuple of Tensors, not {kind}")
    for i, each in enumerate(indices):
        if not isinstance(each, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(each).__name__}")
    return index_put(input, values, indices=tuple(indices), accumulate=accumulate)


def arrays_of(indices: Any) -> tuple[Any, ...]:
    """Tensors and lists of places as numpy reads them; None stands for a whole dimension."""
    parts = indices if isinstance(indices, (tuple, list)) else (indices,)
    return tuple(slice(None) if part is None else array_from(part) if is_array(part) else part for part in parts)


def is_array(part: Any) -> bool:
    return isinstance(part, (Tensor, np.ndarray, list, tuple, range))


def array_from(part: Any) -> Any:
    """Places, or a mask, as an array that numpy reads as torch does."""
    array = np.asarray(part.array if isinstance(part, Tensor) else _listed(part))
    if array.dtype == np.uint8:
        array = array != 0
    if array.dtype.kind == "U":
        raise TypeError("new(): invalid data type 'str'")
    if array.dtype.kind == "f" and not isinstance(part, Tensor):
        array = array.astype(np.int64)
    if array.dtype != np.bool_ and (array.dtype.kind != "i" or array.dtype.itemsize < 4):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return array


def _listed(part: Any) -> Any:
    return [_listed(item) for item in part] if isinstance(part, (list, tuple, range)) else _number(part)


def _number(item: Any) -> Any:
    return item.tolist() if isinstance(item, Tensor) else item


def _refusal(shape: Sizes, indices: Any, error: IndexError) -> IndexError:
    """Why numpy refused, in torch's words."""
    dim = 0
    arrays = [part for part in indices if isinstance(part, np.ndarray)]
    met = [(np.count_nonzero(part),) if part.dtype == np.bool_ else part.shape for part in arrays]
    try:
        np.broadcast_shapes(*met)
    except ValueError:
        text = ", ".join(str(list(each)) for each in met)
        return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {text}")
    for place, part in enumerate(indices):
        if not isinstance(part, np.ndarray):
            dim += part is not None
            continue
        sizes = shape[dim : dim + part.ndim] if part.dtype == np.bool_ else shape[dim : dim + 1]
        if len(sizes) < (part.ndim if part.dtype == np.bool_ else 1):
            return IndexError(f"too many indices for tensor of dimension {len(shape)}")
        if part.dtype == np.bool_:
            if sizes != part.shape:
                return IndexError(
                    f"The shape of the mask {list(part.shape)} at index {place} does not match the shape of the "
                    f"indexed tensor {list(shape)} at index {dim}"
                )
            dim += part.ndim
            continue
        outside = part[(part < -sizes[0]) | (part >= sizes[0])]
        if outside.size:
            return IndexError(f"index {outside.flat[0]} is out of bounds for dimension {dim} with size {sizes[0]}")
        dim += 1
    return error


@op("places where input is not 0", aliases=("where", "places", "find"))
def argwhere(input: Any) -> Any:
    """The places of all elements that are not 0, one a row."""
    return np.argwhere(input).astype(np.int64)


@spelled("torch.nonzero", "Tensor.nonzero")
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """`argwhere`, or with `as_tuple` the places dimension by dimension, as an index takes them."""
    if not as_tuple:
        return argwhere(input)
    return tuple(Tensor(places) for places in np.nonzero(np.atleast_1d(input.array)))
