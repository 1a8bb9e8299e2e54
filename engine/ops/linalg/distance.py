"""How far points are from each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import broadcast
from engine.op import op, spelled
from engine.ops.shape.reshape import expand, reshape, view


@op(
    "distances(x1, x2)",
    torch="torch.cdist({x1}, {x2}, p={p})",
    aliases=("distance", "euclidean", "manhattan", "pairwise", "nearest neighbour"),
)
def cdist(x1: Any, x2: Any, *, p: float = 2.0) -> Any:
    """The distance of every point of one list to every point of another; p as for a norm. At distance 0 the slope is
    taken as 0."""
    _check(x1, x2, p)
    size = np.abs(_apart(x1, x2))
    if p == 0:
        return np.sum(size != 0, -1, dtype=size.dtype)
    if p == 1:
        return np.sum(size, -1)
    if p == 2:
        return np.sqrt(np.sum(size * size, -1))
    if math.isinf(p):
        return np.max(size, -1, initial=0)
    return np.sum(size**p, -1) ** (1 / p)


def _check(x1: Any, x2: Any, p: float) -> None:
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.dtype.kind != "f":
            kind = dtypes.scalar_type(x.dtype)
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {kind}")
        if x.dtype.itemsize < 4:
            raise dtypes.not_implemented("cdist", x.dtype)
    if not p >= 0:
        raise RuntimeError("cdist only supports non-negative p values")
    dtypes.require_same(x1, x2, "expected scalar type {} but found {}", dtypes.scalar_type)
    broadcast(x1.shape[:-2], x2.shape[:-2])


def _apart(x1: Any, x2: Any) -> Any:
    """Every point of one list less every point of the other."""
    return np.expand_dims(x1, -2) - np.expand_dims(x2, -3)


def _pulled(g: Any, x1: Any, x2: Any, output: Any, p: float) -> Any:
    """The gradient of every pair, at the point of x1; at that of x2 it is the opposite."""
    apart, g, length = _apart(x1, x2), np.expand_dims(g, -1), np.expand_dims(output, -1)
    if p == 0:
        return np.zeros_like(apart)
    if p == 1:
        return g * np.sign(apart)
    size = np.abs(apart)
    if math.isinf(p):
        return g * np.where(size == length, np.sign(apart), 0)
    flat = length == 0
    length = np.where(flat, 1, length)
    if p == 2:
        return g * np.where(flat, 0, apart / length)
    if p < 2:
        flat = np.logical_or(flat, size == 0)
    return g * np.where(flat, 0, np.sign(apart) * (np.where(flat, 1, size) / length) ** (p - 1))


@cdist.gradient("x1", "sum over x2 of g × (x1 - x2) / output")
def _(g: Any, x1: Any, x2: Any, output: Any, *, p: float) -> Any:
    return np.sum(_pulled(g, x1, x2, output, p), -2)


@cdist.gradient("x2", "sum over x1 of g × (x2 - x1) / output")
def _(g: Any, x1: Any, x2: Any, output: Any, *, p: float) -> Any:
    return -np.sum(_pulled(g, x1, x2, output, p), -3)


MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
LARGE = 25
"""Of more points torch finds euclidean distances by one matrix product."""


@spelled("torch.cdist")
def torch_cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str | None = MODES[0]) -> Any:
    """`cdist`, by a matrix product where that is asked for or quicker."""
    if compute_mode is not None and compute_mode not in MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    mode = MODES.index(compute_mode or MODES[0])
    if p != 2 or x1.ndim < 2 or x2.ndim < 2 or not x1.numel() or not x2.numel():
        return cdist(x1, x2, p=p)
    most = max(x1.shape[-2], x2.shape[-2])
    if mode == 2 or (mode == 0 and most <= LARGE):
        return cdist(x1, x2, p=p)
    _check(x1.array, x2.array, p)
    batch = broadcast(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    if math.prod(batch) != 1:
        x1, x2 = (
            reshape(expand(x, size=(*batch, *x.shape[-2:])), shape=(math.prod(batch), *x.shape[-2:])) for x in (x1, x2)
        )
    return view(euclidean_dist(x1, x2), shape=(*batch, x1.shape[-2], x2.shape[-2]))


@op("distances(x1, x2)", public=False)
def euclidean_dist(x1: Any, x2: Any) -> Any:
    """Euclidean distances by one product: |a - b|² is |a|² - 2 a · b + |b|²."""
    first, second = (np.sum(x * x, -1, keepdims=True) for x in (x1, x2))
    squares = first - 2 * (x1 @ np.swapaxes(x2, -1, -2)) + np.swapaxes(second, -1, -2)
    return np.sqrt(np.maximum(squares, 0))


def _share(g: Any, output: Any) -> Any:
    """g for a step of the length of the distance."""
    flat = output == 0
    return np.where(flat, 0, g / np.where(flat, 1, output))


@euclidean_dist.gradient("x1", "sum over x2 of g × (x1 - x2) / output")
def _(g: Any, x1: Any, x2: Any, output: Any) -> Any:
    share = _share(g, output)
    return x1 * np.sum(share, -1, keepdims=True) - share @ x2


@euclidean_dist.gradient("x2", "sum over x1 of g × (x2 - x1) / output")
def _(g: Any, x1: Any, x2: Any, output: Any) -> Any:
    share = np.swapaxes(_share(g, output), -1, -2)
    return x2 * np.sum(share, -1, keepdims=True) - share @ x1
