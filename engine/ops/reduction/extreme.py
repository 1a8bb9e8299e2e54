"""The largest and the smallest elements, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.arguments import not_a_tensor
from engine.autograd.shapes import normal_dims, spread
from engine.autograd.tensor import Tensor
from engine.op import Dims, Op, op, op_named, spelled
from engine.ops.reduction.ordering import put_back, ranked
from engine.ops.several import called, results

_UNSPECIFIED = "Expected reduction dim to be specified for input.numel() == 0."


def _whole(find: Any, input: Any, name: str) -> Any:
    """The extreme of all elements."""
    if input.size == 0:
        raise RuntimeError(f"{name}(): {_UNSPECIFIED} Specify the reduction dim with the 'dim' argument.")
    return find(input)


def _shared(g: Any, input: Any, output: Any) -> Any:
    """The gradient in equal parts for all elements that are what was found, be it nan."""
    reached = np.logical_or(input == output, np.logical_and(np.isnan(input), np.isnan(output)))
    share = np.where(reached, np.ones_like(input), 0)
    return g * (share / np.sum(share))


def _shared_along(g: Any, input: Any, output: Any, dim: Dims, keepdim: bool) -> Any:
    """The gradient in equal parts for all elements that are what was found along `dim`; nan is equal to nothing."""
    share = np.where(input == spread(output, input.shape, dim, keepdim), np.ones_like(input), 0)
    total = np.sum(share, axis=normal_dims(dim, input.ndim), keepdims=True)
    return spread(g, input.shape, dim, keepdim) * share / total


@op("max(input)", torch="torch.max({input})", aliases=("maximum", "largest", "greatest"), grad_fn="MaxBackward1")
def max(input: Any) -> Any:
    """The largest of all elements. Several that are equally large share the gradient."""
    return _whole(np.max, input, "max")


@max.gradient("input", "g shared by the largest")
def _(g: Any, input: Any, output: Any) -> Any:
    return _shared(g, input, output)


@op("min(input)", torch="torch.min({input})", aliases=("minimum", "smallest", "least"), grad_fn="MinBackward1")
def min(input: Any) -> Any:
    """The smallest of all elements. Several that are equally small share the gradient."""
    return _whole(np.min, input, "min")


@min.gradient("input", "g shared by the smallest")
def _(g: Any, input: Any, output: Any) -> Any:
    return _shared(g, input, output)


def _place(find: Any, input: Any, name: str, dim: int | None, keepdim: bool) -> Any:
    """Where the extreme stands, the first of several: along a dimension, or among all elements row by row."""
    if dim is not None:
        axis = ranked(input, dim, f"{name}()")
        return find(input, axis, keepdims=keepdim) if input.ndim else np.int64(0)
    if input.size == 0:
        raise IndexError(f"{name}(): {_UNSPECIFIED}")
    return find(input, keepdims=keepdim)


def _refuse_bool(input: Any, name: str) -> None:
    if input.dtype == np.bool_:
        raise RuntimeError(f"{name}(): does not support bool input")


@op("place of max(input)", aliases=("maximum", "largest", "where", "index", "prediction"))
def argmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest element stands, in all or along `dim`; the first of several. No gradient passes through a
    place."""
    _refuse_bool(input, "argmax")
    return _place(np.argmax, input, "argmax", dim, keepdim)


@op("place of min(input)", aliases=("minimum", "smallest", "where", "index"))
def argmin(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest element stands, in all or along `dim`; the first of several. No gradient passes through a
    place."""
    _refuse_bool(input, "argmin")
    return _place(np.argmin, input, "argmin", dim, keepdim)


def _along(find: Any, input: Any, name: str, dim: int, keepdim: bool) -> Any:
    axis = ranked(input, dim, f"{name}()")
    return find(input, axis, keepdims=keepdim) if input.ndim else input[()]


@op(
    "max(input)",
    torch="torch.max({input}, {dim}, {keepdim}).values",
    aliases=("maximum", "largest", "greatest", "pooling"),
    grad_fn="MaxBackward0",
)
def max_dim(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """The largest elements along `dim`. Only the first of several that are equally large gets the gradient."""
    return _along(np.max, input, "max", dim, keepdim)


@max_dim.gradient("input", "g at the largest, 0 elsewhere")
def _(g: Any, input: Any, *, dim: int, keepdim: bool) -> Any:
    return put_back(g, input, argmax.of(input, dim=dim, keepdim=True), dim, keepdim)


@op(
    "min(input)",
    torch="torch.min({input}, {dim}, {keepdim}).values",
    aliases=("minimum", "smallest", "least", "pooling"),
    grad_fn="MinBackward0",
)
def min_dim(input: Any, *, dim: int = -1, keepdim: bool = False) -> Any:
    """The smallest elements along `dim`. Only the first of several that are equally small gets the gradient."""
    return _along(np.min, input, "min", dim, keepdim)


@min_dim.gradient("input", "g at the smallest, 0 elsewhere")
def _(g: Any, input: Any, *, dim: int, keepdim: bool) -> Any:
    return put_back(g, input, argmin.of(input, dim=dim, keepdim=True), dim, keepdim)


def _all_along(find: Any, input: Any, name: str, dim: Dims, keepdim: bool) -> Any:
    dims = normal_dims(dim, input.ndim)
    if input.size == 0:
        if not (isinstance(dim, int) or dim):
            return _whole(find, input, name)
        for given in (dim,) if isinstance(dim, int) else dim:
            if input.shape[given] == 0:
                raise IndexError(f"{name}(): Expected reduction dim {given} to have non-zero size.")
    return find(input, dims, keepdims=keepdim)


@op("amax(input)", aliases=("maximum", "largest", "greatest"))
def amax(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """The largest elements along one or several dimensions. Those that are equally large share the gradient."""
    return _all_along(np.max, input, "amax", dim, keepdim)


@amax.gradient("input", "g shared by the largest")
def _(g: Any, input: Any, output: Any, *, dim: Dims, keepdim: bool) -> Any:
    return _shared_along(g, input, output, dim, keepdim)


@op("amin(input)", aliases=("minimum", "smallest", "least"))
def amin(input: Any, *, dim: Dims = None, keepdim: bool = False) -> Any:
    """The smallest elements along one or several dimensions. Those that are equally small share the gradient."""
    return _all_along(np.min, input, "amin", dim, keepdim)


@amin.gradient("input", "g shared by the smallest")
def _(g: Any, input: Any, output: Any, *, dim: Dims, keepdim: bool) -> Any:
    return _shared_along(g, input, output, dim, keepdim)


def _both(find: Any, input: Any, dim: int | None, keepdim: bool) -> Any:
    """An extreme, asked for together with the other."""
    if dim is not None:
        ranked(input, dim, "aminmax")
    elif input.size == 0:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    return find(input, normal_dims(dim, input.ndim), keepdims=keepdim)


@op("min(input)", public=False, grad_fn="AminmaxBackward0")
def min_of_aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest elements, asked for together with the largest."""
    return _both(np.min, input, dim, keepdim)


@op("max(input)", public=False, grad_fn="AminmaxBackward0")
def max_of_aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The largest elements, asked for together with the smallest."""
    return _both(np.max, input, dim, keepdim)


for _one in (min_of_aminmax, max_of_aminmax):
    _one.gradient("input", "g shared by what was found")(amax.gradients["input"].function)

_AMINMAX = results("aminmax", "min", "max")


@spelled("torch.aminmax", "Tensor.aminmax")
@called("aminmax")
def _(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    return _AMINMAX(min_of_aminmax(input, dim=dim, keepdim=keepdim), max_of_aminmax(input, dim=dim, keepdim=keepdim))


def _spelled(name: str, whole: Op, along: Op, place: Op, binary: str) -> None:
    """torch's three calls: of all elements, along a dimension, of two tensors."""
    pair = results(name, "values", "indices")

    @spelled(f"torch.{name}", f"Tensor.{name}")
    @called(name)
    def extreme(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
        if not isinstance(input, Tensor):
            raise not_a_tensor(whole, 0, input)
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return op_named(binary)(input, other)
        if dim is None:
            return whole(input)
        values = along(input, dim=dim, keepdim=keepdim)
        counted = Tensor(input.array.astype(np.uint8)) if input.array.dtype == np.bool_ else input
        return pair(values, place(counted, dim=dim, keepdim=keepdim))


_spelled("max", max, max_dim, argmax, "maximum")
_spelled("min", min, min_dim, argmin, "minimum")


def _into(name: str, along: Op) -> None:
    """torch's call, with a tensor to put the result into."""

    @spelled(f"torch.{name}", f"Tensor.{name}")
    @called(name)
    def extremes(input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
        if out is not None and out.array.dtype != input.array.dtype:
            raise RuntimeError(
                "Expected the dtype for input and out to match, but got "
                f"{dtypes.scalar_type(input.array.dtype)} for input's dtype and "
                f"{dtypes.scalar_type(out.array.dtype)} for out's dtype."
            )
        result = along(input, dim=dim, keepdim=keepdim)
        return result if out is None else out.copy_(result)


_into("amax", amax)
_into("amin", amin)
