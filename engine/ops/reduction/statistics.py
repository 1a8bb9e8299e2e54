"""How elements are spread, and which stands in their middle."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, Literal

import numpy as np

from engine.autograd.shapes import add_up, count, normal_dim, normal_dims, spread
from engine.autograd.tensor import Tensor
from engine.op import Dims, Op, Range, op, op_named, spelled
from engine.ops.linalg.products import squeeze_at
from engine.ops.reduction.ordering import put_back, ranked, sort
from engine.ops.reduction.sums import mean
from engine.ops.several import called, results
from engine.ops.shape.axes import transpose
from engine.ops.shape.reshape import reshape, unsqueeze


@op("var(input)", aliases=("variance", "spread", "σ²", "statistics"))
def var(input: Any, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance: the mean squared distance from the mean. `correction` is taken from the number of elements
    that the squares are divided by, 1 for a sample of something larger."""
    return _variance(input, "std and var", dim, correction, keepdim)


def _variance(input: Any, name: str, dim: Dims, correction: float, keepdim: bool) -> Any:
    if input.dtype.kind != "f":
        raise RuntimeError(f"{name} only support floating point and complex dtypes")
    dims = normal_dims(dim, input.ndim)
    number = count(input.shape, dims)
    wide = input.astype(np.float32) if input.dtype == np.float16 else input
    away = wide - add_up(wide, dims, True) / wide.dtype.type(number)
    free = wide.dtype.type(max(0, number - correction))
    return (add_up(away * away, dims, keepdim) / free).astype(input.dtype)


def _variance_gradient(g: Any, input: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    dims = normal_dims(dim, input.ndim)
    free = count(input.shape, dims) - correction
    away = input - np.mean(input, axis=dims, keepdims=True)
    g = spread(g, input.shape, dim, keepdim)
    if free <= 0 and (dim is None or input.ndim == 0):
        return g * np.where(away == 0, math.nan, np.full_like(away, math.inf))
    return g * away * (2 / free if free else math.inf)


@var.gradient("input", "2 × g × (input - mean(input)) / (N - correction)")
def _(g: Any, input: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    return _variance_gradient(g, input, dim, correction, keepdim)


@op("std(input)", aliases=("standard deviation", "spread", "σ", "statistics"))
def std(input: Any, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The standard deviation: the root of the variance. Where all elements are equal the slope is taken as 0."""
    return np.sqrt(_variance(input, "std and var", dim, correction, keepdim))


def _deviation_gradient(g: Any, input: Any, output: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    half = g / np.where(output == 0, math.inf, output + output)
    return _variance_gradient(half, input, dim, correction, keepdim)


@std.gradient("input", "g × (input - mean(input)) / (N - correction) / output")
def _(g: Any, input: Any, output: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    return _deviation_gradient(g, input, output, dim, correction, keepdim)


@op("var(input)", public=False, grad_fn="VarMeanBackward0")
def var_of_var_mean(input: Any, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance, asked for together with the mean."""
    return _variance(input, "var_mean", dim, correction, keepdim)


@var_of_var_mean.gradient("input", "2 × g × (input - mean(input)) / (N - correction)")
def _(g: Any, input: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    return _variance_gradient(g, input, dim, correction, keepdim)


@op("std(input)", public=False, grad_fn="StdMeanBackward0")
def std_of_std_mean(input: Any, *, dim: Dims = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The standard deviation, asked for together with the mean."""
    return np.sqrt(_variance(input, "std_mean", dim, correction, keepdim))


@std_of_std_mean.gradient("input", "g × (input - mean(input)) / (N - correction) / output")
def _(g: Any, input: Any, output: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    return _deviation_gradient(g, input, output, dim, correction, keepdim)


@op("mean(input)", public=False, grad_fn="VarMeanBackward0")
def mean_of_var_mean(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """The mean, asked for together with the variance."""
    return mean.function(input, dim=dim, keepdim=keepdim)


@op("mean(input)", public=False, grad_fn="StdMeanBackward0")
def mean_of_std_mean(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """The mean, asked for together with the standard deviation."""
    return mean.function(input, dim=dim, keepdim=keepdim)


for _mean in (mean_of_var_mean, mean_of_std_mean):
    _mean.gradient("input", "g / N")(mean.gradients["input"].function)


def _spelled(name: str, measure: Op, centre: Op | None = None) -> None:
    """torch's calls of `measure`: by `correction`, or in the older way by `unbiased`."""

    @spelled(f"torch.{name}", *([] if centre else [f"Tensor.{name}"]))
    @called(name)
    def measured(
        input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            if correction is not None:
                raise TypeError(f"{name}() received an invalid combination of arguments: unbiased and correction")
            correction = int(unbiased)
        correction = 1 if correction is None else correction
        result = measure(input, dim=dim, correction=correction, keepdim=keepdim)
        if result.numel() * correction >= input.numel():
            warnings.warn(
                f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
                "(input numel divided by output numel).",
                UserWarning,
                stacklevel=3,
            )
        return (result, centre(input, dim=dim, keepdim=keepdim)) if centre else result


_spelled("var", var)
_spelled("std", std)
_spelled("var_mean", var_of_var_mean, mean_of_var_mean)
_spelled("std_mean", std_of_std_mean, mean_of_std_mean)


@op("median(input)", aliases=("middle", "statistics"))
def median(input: Any) -> Any:
    """The element in the middle when all are put in order, the lower one of two. Equal ones share the gradient."""
    flat = input.reshape(-1)
    _refuse_bool(input, "median_cpu")
    if flat.size == 0:
        return np.full((), math.nan if input.dtype.kind == "f" else np.iinfo(input.dtype).min, input.dtype)[()]
    return (
        flat[np.argmax(np.isnan(flat))]
        if np.isnan(flat).any()
        else np.partition(flat, _middle(flat.size))[_middle(flat.size)]
    )


def _middle(number: int) -> int:
    return (number - 1) // 2


def _refuse_bool(input: Any, name: str) -> None:
    if input.dtype == np.bool_:
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


@median.gradient("input", "g shared by the elements in the middle")
def _(g: Any, input: Any, output: Any) -> Any:
    reached = np.logical_or(input == output, np.logical_and(np.isnan(input), np.isnan(output)))
    share = np.where(reached, np.ones_like(input), 0)
    return g * (share / np.sum(share))


@op(
    "place of median(input)",
    torch="torch.median({input}, {dim}, {keepdim}).indices",
    aliases=("middle", "where", "index", "statistics"),
)
def median_index(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """Where along `dim` the median stands. No gradient passes through a place."""
    _refuse_bool(input, "median_out")
    axis = ranked(input, dim, "median()")
    if input.ndim == 0:
        return np.int64(0)
    order = np.argsort(input, axis, kind="stable")
    middle = np.take(order, [_middle(input.shape[axis])], axis)
    missing = np.isnan(input)
    place = np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), middle)
    return place if keepdim else np.squeeze(place, axis)


@op(
    "median(input)",
    torch="torch.median({input}, {dim}, {keepdim}).values",
    aliases=("middle", "statistics"),
    grad_fn="MedianBackward1",
)
def median_dim(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """The median along `dim`, the lower one of two in the middle. Only that element gets the gradient."""
    return _picked(input, median_index.function(input, dim=dim, keepdim=True), dim, keepdim)


def _picked(input: Any, place: Any, dim: int, keepdim: bool) -> Any:
    if input.ndim == 0:
        return input[()]
    values = np.take_along_axis(input, place, dim)
    return values if keepdim else np.squeeze(values, dim)


@median_dim.gradient("input", "g at the median, 0 elsewhere")
def _(g: Any, input: Any, *, dim: int, keepdim: bool) -> Any:
    return put_back(g, input, median_index.of(input, dim=dim, keepdim=True), dim, keepdim)


@op(
    "place of mode(input)",
    torch="torch.mode({input}, {dim}, {keepdim}).indices",
    aliases=("most frequent", "where", "index", "statistics"),
)
def mode_index(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """Where along `dim` the most frequent element stands last. No gradient passes through a place."""
    axis = ranked(input, dim, "mode()")
    if input.ndim == 0:
        return np.int64(0)
    place = np.apply_along_axis(_most_frequent, axis, input)
    return np.expand_dims(place, axis) if keepdim else place[()]


def _most_frequent(row: Any) -> Any:
    value, number = np.unique(row, return_counts=True)
    return np.flatnonzero(row == value[number.argmax()])[-1] if len(value) else 0


@op("mode(input)", torch="torch.mode({input}, {dim}, {keepdim}).values", aliases=("most frequent", "statistics"))
def mode(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along `dim`, the smallest of several. Only that element gets the gradient."""
    return _picked(input, mode_index.function(input, dim=dim, keepdim=True), dim, keepdim)


@mode.gradient("input", "g at the most frequent, 0 elsewhere")
def _(g: Any, input: Any, *, dim: int, keepdim: bool) -> Any:
    return put_back(g, input, mode_index.of(input, dim=dim, keepdim=True), dim, keepdim)


_MEDIAN, _MODE = results("median", "values", "indices"), results("mode", "values", "indices")


@spelled("torch.median", "Tensor.median")
@called("median")
def _(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None:
        return median(input)
    place = median_index(input, dim=dim, keepdim=keepdim)
    return _MEDIAN(median_dim(input, dim=dim, keepdim=keepdim), place)


@spelled("torch.mode", "Tensor.mode")
@called("mode")
def _(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    return _MODE(mode(input, dim=dim, keepdim=keepdim), mode_index(input, dim=dim, keepdim=keepdim))


@op(
    "quantile(input)",
    torch="torch.quantile({input}, {q}, {dim}, {keepdim}, interpolation={interpolation})",
    aliases=("percentile", "quartile", "median", "statistics"),
    required=("q",),
    composite=True,
)
def quantile(
    input: Any,
    *,
    q: Annotated[float, Range(0, 1)] = 0.5,
    dim: int | None = None,
    keepdim: bool = False,
    interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
) -> Any:
    """The number below which the share `q` of the elements lies: 0.5 is the middle."""
    if not 0 <= q <= 1:
        raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
    return _quantiles(input, np.asarray(q), dim, keepdim, interpolation)


def _quantiles(input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Tensor:
    """One quantile, or for several `q` one after the other along a new first dimension."""
    if input.numel() == 0:
        raise RuntimeError("quantile() input tensor must be non-empty")
    if input.array.dtype.name not in ("float32", "float64"):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if dim is None:
        rows = input if input.ndim == 1 else reshape(input, shape=(-1,))
        sizes = [1] * input.ndim if keepdim else []
    else:
        axis = normal_dim(dim, input.ndim)
        rows = input if axis == input.ndim - 1 else transpose(unsqueeze(input, dim=-1), dim0=axis, dim1=-1)
        sizes = [1 if d == axis else n for d, n in enumerate(input.shape) if keepdim or d != axis]
    in_order = sort(rows, dim=-1)
    value = _between(reshape(in_order, shape=(*sizes, in_order.shape[-1])), q.reshape(-1), interpolation)
    if q.ndim:
        value = transpose(unsqueeze(value, dim=0), dim0=0, dim1=-1)
    return squeeze_at(value, dim=-1)


def _between(in_order: Tensor, q: Any, interpolation: str) -> Tensor:
    """The values at the shares `q` of rows that are in order; nan where there is a nan, which stands last."""
    last = in_order.shape[-1] - 1
    rank = np.where(np.isnan(in_order.array[..., -1:]), last, q.astype(in_order.array.dtype) * last)
    if interpolation in ("lower", "higher", "nearest"):
        rank = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](rank)
    gather, low = op_named("gather"), np.floor(rank)
    value = gather(in_order, Tensor(low.astype(np.int64)), dim=-1)
    if interpolation in ("linear", "midpoint"):
        above = gather(in_order, Tensor(np.ceil(rank).astype(np.int64)), dim=-1)
        weight = np.full_like(rank, 0.5) if interpolation == "midpoint" else rank - low
        value = op_named("lerp")(value, above, Tensor(weight))
    return value


@spelled("torch.quantile", "Tensor.quantile")
@called("quantile")
def _(input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    if not isinstance(q, Tensor):
        return quantile(input, q=q, dim=dim, keepdim=keepdim, interpolation=interpolation)
    if q.ndim > 1:
        raise RuntimeError("quantile() q must be a scalar or 1D tensor")
    if q.array.dtype != input.array.dtype and input.is_floating_point():
        raise RuntimeError("quantile() q tensor must be same dtype as the input tensor")
    if not np.all((q.array >= 0) & (q.array <= 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    return _quantiles(input, q.array, dim, keepdim, interpolation)
