"""Elements by their rank: in order, the largest, the k-th."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.indexing.gathering import scatter_add
from engine.ops.several import called, results


def ranked(input: Any, dim: int, name: str) -> int:
    """The dimension, along which there must be something to find."""
    axis = normal_dim(dim, input.ndim)
    if input.ndim and input.shape[axis] == 0:
        raise IndexError(f"{name}: Expected reduction dim {axis} to have non-zero size.")
    return axis


def put_back(g: Any, input: Any, place: Any, dim: int, keepdim: bool = True) -> Any:
    """The gradient of picking: g at the places that were read, 0 elsewhere."""
    if input.ndim == 0:
        return g
    if not keepdim:
        g = np.expand_dims(g, normal_dim(dim, input.ndim))
    return scatter_add.of(np.zeros_like(g, shape=input.shape), place, g, dim=dim)


def _in_order(input: Any, axis: int, descending: bool) -> Any:
    """The places of the elements in order, equal ones as they stood; nan counts as the largest."""
    if not descending:
        return np.argsort(input, axis, kind="stable")
    turned = np.argsort(np.flip(input, axis), axis, kind="stable")
    return np.flip(input.shape[axis] - 1 - turned, axis)


@op("places of sort(input)", aliases=("order", "rank", "sort", "where", "index"))
def argsort(input: Any, *, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Where the elements along `dim` stand when they are put in order. No gradient passes through places."""
    axis = normal_dim(dim, input.ndim)
    return _in_order(input, axis, descending) if input.ndim else np.int64(0)


@op(
    "sort(input)",
    torch="torch.sort({input}, {dim}, {descending}).values",
    aliases=("order", "rank", "ascending", "descending"),
    grad_fn="SortBackward0",
    overloads={"stable": "SortBackward1"},
)
def sort(input: Any, *, dim: int = -1, descending: bool = False, stable: bool | None = None) -> Any:
    """The elements along `dim` in order, from the smallest to the largest. Each gradient goes back to where its
    element came from."""
    place = argsort.function(input, dim=dim, descending=descending)
    return np.take_along_axis(input, place, dim) if input.ndim else input[()]


@sort.gradient("input", "g back where each element came from")
def _(g: Any, input: Any, *, dim: int, descending: bool) -> Any:
    return put_back(g, input, argsort.of(input, dim=dim, descending=descending, stable=True), dim)


@op(
    "places of topk(input)",
    torch="torch.topk({input}, {k}, {dim}, {largest}, {sorted}).indices",
    aliases=("largest", "top", "best", "where", "index"),
    required=("k",),
)
def topk_indices(input: Any, *, k: int = 1, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """Where the `k` largest (or smallest) elements along `dim` stand. No gradient passes through places."""
    axis = normal_dim(dim, input.ndim)
    if not 0 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if input.dtype == np.bool_:
        raise RuntimeError("topk does not support bool dtypes on CPU")
    return np.take(_in_order(input, axis, largest), range(k), axis) if input.ndim else np.int64(0)


@op(
    "topk(input)",
    torch="torch.topk({input}, {k}, {dim}, {largest}, {sorted}).values",
    aliases=("largest", "top", "best", "beam"),
    required=("k",),
)
def topk(input: Any, *, k: int = 1, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` largest (or smallest) elements along `dim`, in order. Only these get a gradient."""
    place = topk_indices.function(input, k=k, dim=dim, largest=largest)
    return np.take_along_axis(input, place, dim) if input.ndim else input[()]


@topk.gradient("input", "g back where each element came from")
def _(g: Any, input: Any, *, k: int, dim: int, largest: bool) -> Any:
    return put_back(g, input, topk_indices.of(input, k=k, dim=dim, largest=largest, sorted=True), dim)


@op(
    "place of the k-th smallest",
    torch="torch.kthvalue({input}, {k}, {dim}, {keepdim}).indices",
    aliases=("rank", "k-th", "where", "index"),
    required=("k",),
)
def kthvalue_index(input: Any, *, k: int = 1, dim: int = -1, keepdim: bool = False) -> Any:
    """Where along `dim` the `k`-th smallest element stands. No gradient passes through a place."""
    axis = ranked(input, dim, "kthvalue()")
    if not 1 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    if input.dtype == np.bool_:
        raise NotImplementedError("\"kthvalue_cpu\" not implemented for 'Bool'")
    if input.ndim == 0:
        return np.int64(0)
    return np.take(_in_order(input, axis, False), [k - 1] if keepdim else k - 1, axis)


@op(
    "k-th smallest of input",
    torch="torch.kthvalue({input}, {k}, {dim}, {keepdim}).values",
    aliases=("rank", "k-th", "order"),
    required=("k",),
)
def kthvalue(input: Any, *, k: int = 1, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1. Only that element gets the gradient."""
    place = kthvalue_index.function(input, k=k, dim=dim, keepdim=True)
    if input.ndim == 0:
        return input[()]
    value = np.take_along_axis(input, place, dim)
    return value if keepdim else np.squeeze(value, dim)


@kthvalue.gradient("input", "g at the k-th smallest, 0 elsewhere")
def _(g: Any, input: Any, *, k: int, dim: int, keepdim: bool) -> Any:
    return put_back(g, input, kthvalue_index.of(input, k=k, dim=dim, keepdim=True), dim, keepdim)


@op(
    "unique(input)",
    aliases=("distinct", "different", "set", "without duplicates"),
    grad_fn="Unique2Backward0",
    overloads={"dim": "UniqueDimBackward0"},
)
def unique(input: Any, *, dim: int | None = None) -> Any:
    """Every different element once, in order; with `dim`, every different slice. torch has no gradient for it and
    refuses."""
    return np.unique(input, axis=None if dim is None else normal_dim(dim, input.ndim), equal_nan=False)


@unique.gradient("input", "none: torch refuses")
def _(g: Any, *, dim: int | None) -> Any:
    raise NotImplementedError(f"the derivative for '{'_unique2' if dim is None else 'unique_dim'}' is not implemented.")


_SORT, _TOPK, _KTHVALUE = (results(name, "values", "indices") for name in ("sort", "topk", "kthvalue"))


@spelled("torch.sort", "Tensor.sort")
@called("sort")
def _(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    values = sort(input, dim=dim, descending=descending, stable=stable)
    return _SORT(values, argsort(input, dim=dim, descending=descending))


@spelled("torch.msort", "Tensor.msort")
@called("msort")
def _(input: Tensor) -> Any:
    return sort(input, dim=0)


@spelled("torch.topk", "Tensor.topk")
@called("topk")
def _(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    values = topk(input, k=k, dim=dim, largest=largest, sorted=sorted)
    return _TOPK(values, topk_indices(input, k=k, dim=dim, largest=largest))


@spelled("torch.kthvalue", "Tensor.kthvalue")
@called("kthvalue")
def _(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    value = kthvalue(input, k=k, dim=dim, keepdim=keepdim)
    return _KTHVALUE(value, kthvalue_index(input, k=k, dim=dim, keepdim=keepdim))


@spelled("torch.unique", "Tensor.unique")
@called("unique")
def _(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    values = unique(input, dim=dim)
    if not (return_inverse or return_counts):
        return values
    axis = None if dim is None else normal_dim(dim, input.ndim)
    _, inverse, counts = np.unique(input.array, False, True, True, axis, equal_nan=False)
    return (values, *([Tensor(inverse)] if return_inverse else []), *([Tensor(counts)] if return_counts else []))
