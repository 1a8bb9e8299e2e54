"""Many elements into one: over the whole tensor or along the dimensions of `dim`."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up, count, normal_dims, spread
from engine.op import Dims, op


@op(
    "sum(input)",
    aliases=("Σ", "total", "add up", "reduce"),
    grad_fn="SumBackward0",
    overloads={"dim": "SumBackward1"},
)
def sum(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """Adds up all elements, or those along `dim`. Every element gets the whole gradient."""
    if input.dtype.kind in "biu":
        input = input.astype(np.int64)
    return add_up(input, normal_dims(dim, input.ndim), keepdim)


@sum.gradient("input", "g")
def _(g: Any, input_shape: tuple[int, ...], *, dim: Dims, keepdim: bool) -> Any:
    return spread(g, input_shape, dim, keepdim)


@op(
    "mean(input)",
    aliases=("average", "μ", "reduce"),
    grad_fn="MeanBackward0",
    overloads={"dim": "MeanBackward1"},
)
def mean(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """The average of all elements, or of those along `dim`. The gradient is shared out in equal parts."""
    if input.dtype.kind != "f":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
            "dtype. "
            f"Got: {dtypes.scalar_type(input.dtype)}"
        )
    dims = normal_dims(dim, input.ndim)
    return add_up(input, dims, keepdim) / input.dtype.type(count(input.shape, dims))


@mean.gradient("input", "g / N")
def _(g: Any, input_shape: tuple[int, ...], *, dim: Dims, keepdim: bool) -> Any:
    return spread(g / g.dtype.type(count(input_shape, normal_dims(dim, len(input_shape)))), input_shape, dim, keepdim)
