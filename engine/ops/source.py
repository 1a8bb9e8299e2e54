"""Tensors that come from nowhere: the values a graph starts with."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes, rng
from engine.op import Dtype, Numbers, Seed, Shape, op


@op(
    "data",
    torch="torch.tensor({data})",
    aliases=("constant", "number", "value", "matrix", "vector", "scalar"),
)
def tensor(*, data: Numbers = 0.0, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor with numbers that you write yourself."""
    return dtypes.array_of(data, dtype)


@op("1", aliases=("one", "fill"))
def ones(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is one."""
    return np.ones(size, dtypes.numpy_dtype(dtype))


@op("0", aliases=("zero", "empty"))
def zeros(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is zero."""
    return np.zeros(size, dtypes.numpy_dtype(dtype))


@op("fill_value", aliases=("constant", "fill"))
def full(
    *, size: Shape = (2, 2), fill_value: int | float = 1.0, dtype: Dtype = None, requires_grad: bool = False
) -> Any:
    """A tensor of the given size in which every element is the same number."""
    return np.full(size, fill_value, dtypes.infer(fill_value) if dtype is None else dtypes.numpy_dtype(dtype))


@op("start … end", torch="torch.arange({start}, {end}, {step})", aliases=("range", "count", "sequence"))
def arange(
    *,
    start: int | float = 0,
    end: int | float = 5,
    step: int | float = 1,
    dtype: Dtype = None,
    requires_grad: bool = False,
) -> Any:
    """Evenly spaced numbers from start up to, but without, end."""
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(number, int) for number in (start, end, step))
    kind = (np.dtype(np.int64) if whole else dtypes.numpy_dtype(None)) if dtype is None else dtypes.numpy_dtype(dtype)
    count = -((start - end) // step) if whole else int(np.ceil((end - start) / step))
    return (start + np.arange(count) * step).astype(kind)


@op("I", torch="torch.eye({n})", aliases=("identity", "diagonal"))
def eye(*, n: int = 3, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """The identity matrix: ones on the diagonal, zeros elsewhere."""
    return np.eye(n, dtype=dtypes.numpy_dtype(dtype))


@op("uniform in [0, 1)", torch="torch.rand({size})", aliases=("random", "uniform"))
def rand(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers between 0 and 1, every one as likely as any other. A seed makes them repeatable."""
    return rng.generator(seed).rand(size, dtypes.numpy_dtype(dtype))


@op(
    "normal, mean 0, deviation 1",
    torch="torch.randn({size})",
    aliases=("random", "normal", "gaussian", "noise"),
)
def randn(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers from the bell curve around 0. A seed makes them repeatable."""
    return rng.generator(seed).randn(size, dtypes.numpy_dtype(dtype))
