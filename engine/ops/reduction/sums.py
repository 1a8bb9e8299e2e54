"""Many elements into one: over the whole tensor or along the dimensions of `dim`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up, count, normal_dim, normal_dims, spread
from engine.autograd.tensor import Tensor
from engine.op import Dims, Dtype, op


@op(
    "sum(input)",
    order=("input", "dim", "keepdim"),
    aliases=("Σ", "total", "add up", "reduce"),
    grad_fn="SumBackward0",
    overloads={"dim": "SumBackward1"},
)
def sum(input: Any, *, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """Adds up all elements, or those along `dim`. Every element gets the whole gradient."""
    if dtype is None:
        return add_up(_counting(input), normal_dims(dim, input.ndim), keepdim)
    wanted = dtypes.numpy_dtype(dtype)
    return add_up(input.astype(wanted), normal_dims(dim, input.ndim), keepdim).astype(wanted)


def _counting(array: Any) -> Any:
    """Integers as torch adds them up: in int64."""
    return array.astype(np.int64) if array.dtype.kind in "biu" else array


@sum.gradient("input", "g")
def _(g: Any, input_shape: tuple[int, ...], *, dim: Dims, keepdim: bool) -> Any:
    return spread(g, input_shape, dim, keepdim)


@op(
    "mean(input)",
    order=("input", "dim", "keepdim"),
    aliases=("average", "μ", "reduce"),
    grad_fn="MeanBackward0",
    overloads={"dim": "MeanBackward1"},
)
def mean(input: Any, *, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """The average of all elements, or of those along `dim`. The gradient is shared out in equal parts."""
    wanted = input.dtype if dtype is None else dtypes.numpy_dtype(dtype)
    if wanted.kind != "f":
        raise RuntimeError(
            f"mean(): could not infer output dtype. {'Input' if dtype is None else 'Optional'} dtype must be either a "
            f"floating point or complex dtype. Got: {dtypes.scalar_type(wanted)}"
        )
    dims = normal_dims(dim, input.ndim)
    wide = np.dtype(np.float32) if wanted == np.float16 else wanted
    if input.dtype != wide:
        input = input.astype(wide)
    average = add_up(input, dims, keepdim) / wide.type(count(input.shape, dims))
    return average if wide is wanted else average.astype(wanted)


@mean.gradient("input", "g / N")
def _(g: Any, input_shape: tuple[int, ...], *, dim: Dims, keepdim: bool) -> Any:
    return spread(g / count(input_shape, normal_dims(dim, len(input_shape))), input_shape, dim, keepdim)


@op(
    "prod(input)",
    order=("input", "dim", "keepdim"),
    aliases=("product", "Π", "∏", "multiply", "reduce"),
    grad_fn="ProdBackward0",
    overloads={"dim": "ProdBackward1"},
)
def prod(input: Any, *, dim: int | None = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """Multiplies all elements, or those along `dim`. Each element's gradient is the product of all others."""
    array = _counting(input) if dtype is None else input.astype(dtypes.numpy_dtype(dtype))
    wide = array.astype(np.float32) if array.dtype == np.float16 else array
    axis = None if dim is None else normal_dim(dim, input.ndim)
    if axis is None or input.ndim == 0:
        return np.prod(wide, dtype=wide.dtype).astype(array.dtype)
    return np.prod(wide, axis, wide.dtype, keepdims=keepdim).astype(array.dtype)


@prod.gradient("input", "g × product of the others")
def _(g: Any, input: Any, *, dim: int | None, keepdim: bool) -> Any:
    if input.ndim == 0:
        return g
    if dim is None:
        return g * _others(input.reshape(-1), 0).reshape(input.shape)
    return spread(g, input.shape, dim, keepdim) * _others(input, normal_dim(dim, input.ndim))


def _others(array: Any, axis: int) -> Any:
    """The product of all others along `axis`: of those before times of those after. No division, so zeros are exact."""
    last = np.moveaxis(array, axis, -1)
    one = np.ones_like(last[..., :1])
    before = np.cumprod(np.concatenate((one, last[..., :-1]), -1), -1)
    after = np.cumprod(np.concatenate((one, np.flip(last, -1)[..., :-1]), -1), -1)
    return np.moveaxis(before * np.flip(after, -1), -1, axis)


@op(
    "sum(input without nan)",
    order=("input", "dim", "keepdim"),
    aliases=("sum", "missing", "nan", "reduce"),
    grad_fn="NansumBackward0",
)
def nansum(input: Any, *, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """Adds up the elements that are numbers: nan counts as 0 and gets no gradient."""
    return sum.function(np.where(np.isnan(input), 0, input), dim=dim, keepdim=keepdim, dtype=dtype)


@nansum.gradient("input", "0 if nan else g")
def _(g: Any, input: Any, *, dim: Dims, keepdim: bool) -> Any:
    return np.where(np.isnan(input), 0, spread(g, input.shape, dim, keepdim))


@op(
    "mean(input without nan)",
    order=("input", "dim", "keepdim"),
    aliases=("average", "missing", "nan", "reduce"),
    composite=True,
)
def nanmean(input: Any, *, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """The average of the elements that are numbers: nan is left out."""
    if input.array.dtype.kind != "f":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype.scalar_type}"
        )
    if dtype is not None and dtypes.numpy_dtype(dtype).kind != "f":
        raise RuntimeError(
            "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.scalar_type(dtypes.numpy_dtype(dtype))}"
        )
    numbers = Tensor(np.asarray(add_up(~np.isnan(input.array), normal_dims(dim, input.ndim), keepdim)))
    return nansum(input, dim=dim, keepdim=keepdim, dtype=dtype) / numbers


@nanmean.gradient("input", "0 if nan else g / how many are numbers")
def _(g: Any, input: Any) -> Any:
    missing = np.isnan(input)
    return np.where(missing, 0, g / np.sum(np.where(missing, 0, 1)))


@op(
    "ln(sum(exp(input)))",
    order=("input", "dim", "keepdim"),
    also=("torch.special.logsumexp",),
    aliases=("log sum exp", "LSE", "smooth maximum", "softmax", "reduce"),
    promote="float",
    required=("dim",),
)
def logsumexp(input: Any, *, dim: Dims = -1, keepdim: bool = False) -> Any:
    """The logarithm of the sum of e to the power of the elements: a smooth maximum. Its gradient is the softmax."""
    dims = normal_dims(dim, input.ndim)
    wide = input.astype(np.float32) if input.dtype == np.float16 else input
    top = np.max(wide, axis=dims, keepdims=True, initial=-math.inf)
    top = np.where(np.isfinite(top), top, 0)  # so that no exponential overflows
    result = np.log(add_up(np.exp(wide - top), dims, True)) + top
    return (result if keepdim else np.squeeze(result, dims)).astype(input.dtype)[()]


@logsumexp.gradient("input", "g × exp(input - output)")
def _(g: Any, input: Any, output: Any, *, dim: Dims, keepdim: bool) -> Any:
    return spread(g, input.shape, dim, keepdim) * np.exp(input - spread(output, input.shape, dim, keepdim))


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


@op("number of input ≠ 0", aliases=("how many", "nonzero", "count", "reduce"))
def count_nonzero(input: Any, *, dim: Dims = None) -> Any:
    """How many elements are not 0, in all or along `dim`? No gradient passes through it."""
    return add_up(input != 0, normal_dims(dim, input.ndim)).astype(np.int64)
