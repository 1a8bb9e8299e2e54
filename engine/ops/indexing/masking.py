"""Elements picked and placed where a mask is True."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.dtypes import scalar_type
from engine.autograd.shapes import Sizes, broadcast
from engine.op import op


@op("input[mask]", aliases=("filter", "where", "condition", "[]"), required=())
def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is True, in one dimension."""
    if mask.dtype != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = broadcast(mask.shape, input.shape)
    return np.broadcast_to(input, shape)[np.broadcast_to(mask, shape)]


@masked_select.gradient("input", "g where the mask is True, 0 elsewhere")
def _(g: Any, input_shape: Sizes, mask: Any) -> Any:
    return masked_scatter.of(np.zeros_like(g, shape=broadcast(input_shape, mask.shape)), mask, g)


@op("input with source where mask", aliases=("fill", "where", "put"))
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """Puts the elements of the source, one after another, where the mask is True."""
    if mask.dtype != np.bool_:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {scalar_type(mask.dtype)}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{scalar_type(input.dtype)} and {scalar_type(source.dtype)}"
        )
    shape = broadcast(input.shape, mask.shape)
    result = np.array(np.broadcast_to(input, shape), order="C")
    chosen = np.broadcast_to(mask, shape)
    count = np.count_nonzero(chosen)
    if source.size < count:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    result[chosen] = np.ravel(source)[:count]
    return result


@masked_scatter.gradient("input", "g, 0 where the mask is True")
def _(g: Any, mask: Any) -> Any:
    return np.where(mask, 0, g)


@masked_scatter.gradient("source", "g[mask]")
@op("g[mask], then 0", public=False, grad_fn="MaskedScatterBackwardBackward0")
def masked_scatter_backward(g: Any, mask: Any, *, source_shape: Sizes) -> Any:
    """The gradient of what masked_scatter puts somewhere: 0 for what it did not use."""
    picked = g[np.broadcast_to(mask, g.shape)]
    result = np.zeros(source_shape, g.dtype)
    result.reshape(-1)[: picked.size] = picked
    return result


@masked_scatter_backward.gradient("g", "g where the mask is True, 0 elsewhere")
def _(g: Any, g_shape: Sizes, mask: Any) -> Any:
    return masked_scatter.of(np.zeros_like(g, shape=g_shape), mask, g)
