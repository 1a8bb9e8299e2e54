"""Running totals: each element and all before it along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Dtype, op, spelled
from engine.ops.arithmetic.operators import refuse_dtype
from engine.ops.reduction.ordering import put_back
from engine.ops.several import called, results


def _accumulated(ufunc: np.ufunc, input: Any, dim: int, dtype: Dtype) -> Any:
    """A running total as torch counts: integers in int64, halves in between as floats."""
    axis = normal_dim(dim, input.ndim)
    counting = np.dtype(np.int64) if input.dtype.kind in "biu" else input.dtype
    wanted = counting if dtype is None else dtypes.numpy_dtype(dtype)
    if wanted == np.bool_:
        raise dtypes.not_implemented(f"{'cumsum' if ufunc is np.add else 'cumprod'}_out_cpu", wanted)
    array = input.astype(wanted)
    if input.ndim == 0:
        return array
    return ufunc.accumulate(array, axis, np.float32 if wanted == np.float16 else wanted).astype(wanted)


def _from_the_end(array: Any, dim: int) -> Any:
    """The running sum that starts at the last element."""
    return np.flip(np.cumsum(np.flip(array, dim), dim), dim)


@op(
    "running sum(input)",
    order=("input", "dim"),
    aliases=("cumulative sum", "running total", "prefix sum", "integral"),
    required=("dim",),
)
def cumsum(input: Any, *, dim: int = 0, dtype: Dtype = None) -> Any:
    """Running sums along `dim`: every element plus all before it."""
    return _accumulated(np.add, input, dim, dtype)


@cumsum.gradient("input", "sum of g from each place on")
def _(g: Any, *, dim: int) -> Any:
    return g if g.ndim == 0 else _from_the_end(g, dim)


@op(
    "running product(input)",
    order=("input", "dim"),
    aliases=("cumulative product", "prefix product"),
    required=("dim",),
)
def cumprod(input: Any, *, dim: int = 0, dtype: Dtype = None) -> Any:
    """Running products along `dim`: every element times all before it."""
    return _accumulated(np.multiply, input, dim, dtype)


@cumprod.gradient("input", "sum of g × output from each place on, without the element itself")
def _(g: Any, input: Any, output: Any, *, dim: int) -> Any:
    if input.ndim == 0 or input.shape[dim] == 1:
        return g
    zero = input == 0
    if not np.any(zero):
        return _from_the_end(g * output, dim) / input
    if isinstance(input, Tensor):
        return _each_left_out(g, input, dim)
    first = zero & (np.cumsum(zero, dim) == 1)  # products from here on are 0 but for this element
    without = np.cumprod(np.where(first, 1, input), dim)
    before = _from_the_end(g * output, dim) / np.where(zero, 1, input)
    return np.where(first, _from_the_end(g * without, dim), before)


def _each_left_out(g: Any, input: Any, dim: int) -> Any:
    """The same in n² steps: the running products anew, for each element without it. It can be differentiated again."""
    factors, weights = np.moveaxis(input, dim, -1), np.moveaxis(g, dim, -1)
    places = np.arange(factors.shape[-1])
    products = np.cumprod(np.where(places[:, None] == places, 1, np.expand_dims(factors, -2)), -1)
    after = np.where(places[:, None] <= places, products, 0)
    return np.moveaxis(np.sum(after * np.expand_dims(weights, -2), -1), -1, dim)


@op(
    "running ln(sum(exp(input)))",
    aliases=("cumulative log sum exp", "LSE", "running total"),
    required=("dim",),
)
def logcumsumexp(input: Any, *, dim: int = 0) -> Any:
    """Running sums of e to the power of the elements along `dim`, as logarithms; none of them overflows."""
    refuse_dtype("logcumsumexp_out_cpu", input, "biu")
    axis = normal_dim(dim, input.ndim)
    return np.logaddexp.accumulate(input, axis) if input.ndim else input[()]


@logcumsumexp.gradient("input", "sum of g × exp(input - output) from each place on")
def _(g: Any, input: Any, output: Any, *, dim: int) -> Any:
    if g.ndim == 0:
        return g
    # in logarithms, which do not overflow: first what is positive in g, then what is negative
    return _from_positive(g, input, output, dim) - _from_positive(-g, input, output, dim)


def _from_positive(g: Any, input: Any, output: Any, dim: int) -> Any:
    lowest = float(np.finfo(g.dtype.type).min)
    logs = np.where(g > 0, np.log(np.where(g > 0, g, 1)), lowest)
    return np.exp(np.flip(logcumsumexp.of(np.flip(logs - output, dim), dim=dim), dim) + input)


def _places(accumulate: Any, input: Any, dim: int) -> Any:
    """Where each running extreme stands, the last of several."""
    axis = normal_dim(dim, input.ndim)
    if input.ndim == 0:
        return np.int64(0)
    reached = (input == accumulate(input, axis)) | np.isnan(input)
    places = np.arange(input.shape[axis]).reshape([-1 if d == axis else 1 for d in range(input.ndim)])
    return np.maximum.accumulate(np.where(reached, places, 0), axis)


def _extremes(accumulate: Any, input: Any, dim: int) -> Any:
    axis = normal_dim(dim, input.ndim)
    return accumulate(input, axis) if input.ndim else input[()]


@op(
    "places of running max(input)",
    torch="torch.cummax({input}, {dim}).indices",
    aliases=("cumulative maximum", "largest so far", "where", "index"),
    required=("dim",),
)
def cummax_indices(input: Any, *, dim: int = 0) -> Any:
    """Where the largest element so far stands, along `dim`; the last of several. No gradient passes through places."""
    return _places(np.maximum.accumulate, input, dim)


@op(
    "running max(input)",
    torch="torch.cummax({input}, {dim}).values",
    aliases=("cumulative maximum", "largest so far", "record"),
    required=("dim",),
)
def cummax(input: Any, *, dim: int = 0) -> Any:
    """The largest element so far, along `dim`. Of several that are equally large the last gets the gradient."""
    return _extremes(np.maximum.accumulate, input, dim)


@cummax.gradient("input", "g added up where each largest stands")
def _(g: Any, input: Any, *, dim: int) -> Any:
    return put_back(g, input, cummax_indices.of(input, dim=dim), dim)


@op(
    "places of running min(input)",
    torch="torch.cummin({input}, {dim}).indices",
    aliases=("cumulative minimum", "smallest so far", "where", "index"),
    required=("dim",),
)
def cummin_indices(input: Any, *, dim: int = 0) -> Any:
    """Where the smallest element so far stands, along `dim`; the last of several. No gradient passes through places."""
    return _places(np.minimum.accumulate, input, dim)


@op(
    "running min(input)",
    torch="torch.cummin({input}, {dim}).values",
    aliases=("cumulative minimum", "smallest so far", "record"),
    required=("dim",),
)
def cummin(input: Any, *, dim: int = 0) -> Any:
    """The smallest element so far, along `dim`. Of several that are equally small the last gets the gradient."""
    return _extremes(np.minimum.accumulate, input, dim)


@cummin.gradient("input", "g added up where each smallest stands")
def _(g: Any, input: Any, *, dim: int) -> Any:
    return put_back(g, input, cummin_indices.of(input, dim=dim), dim)


_CUMMAX, _CUMMIN = results("cummax", "values", "indices"), results("cummin", "values", "indices")


@spelled("torch.cummax", "Tensor.cummax")
@called("cummax")
def _(input: Tensor, dim: int) -> Any:
    return _CUMMAX(cummax(input, dim=dim), cummax_indices(input, dim=dim))


@spelled("torch.cummin", "Tensor.cummin")
@called("cummin")
def _(input: Tensor, dim: int) -> Any:
    return _CUMMIN(cummin(input, dim=dim), cummin_indices(input, dim=dim))
