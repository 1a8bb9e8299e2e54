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
    if input.dtype == np.float16:
        return (add_up(input.astype(np.float32), dims, keepdim) / np.float32(count(input.shape, dims))).astype(
            np.float16
        )
    return add_up(input, dims, keepdim) / input.dtype.type(count(input.shape, dims))


@mean.gradient("input", "g / N")
def _(g: Any, input_shape: tuple[int, ...], *, dim: Dims, keepdim: bool) -> Any:
    return spread(g / g.dtype.type(count(input_shape, normal_dims(dim, len(input_shape)))), input_shape, dim, keepdim)


@op("all(input)", aliases=("every", "∀", "and", "reduce"))
def all_(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """Is every element true (not 0), or every one of those along `dim`? No gradient passes through it."""
    return _asked(np.all, input, dim, keepdim)


@op("any(input)", aliases=("some", "exists", "∃", "or", "reduce"))
def any_(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """Is an element true (not 0), or one of those along `dim`? No gradient passes through it."""
    return _asked(np.any, input, dim, keepdim)


def _asked(question: Any, input: Any, dim: Dims, keepdim: bool) -> Any:
    """The answer as torch gives it: of an empty `dim` element by element, of bytes as bytes."""
    kept = dim is not None and not isinstance(dim, int) and not dim
    answer = input != 0 if kept else question(input, axis=normal_dims(dim, input.ndim), keepdims=keepdim)
    return answer.astype(np.uint8) if input.dtype == np.uint8 else answer
