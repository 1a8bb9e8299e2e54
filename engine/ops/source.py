"""Tensors that come from nowhere: the values a graph starts with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes, rng
from engine.op import Dtype, Numbers, Seed, Shape, op


@op(
    "data",
    torch="torch.tensor({data})",
    aliases=("constant", "number", "value", "matrix", "vector", "scalar"),
    required=("data",),
)
def tensor(*, data: Numbers = 0.0, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor with numbers that you write yourself."""
    return dtypes.array_of(data, dtype)


@op("1", aliases=("one", "fill"), required=("size",))
def ones(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is one."""
    return np.ones(size, dtypes.numpy_dtype(dtype))


@op("0", aliases=("zero", "empty"), required=("size",))
def zeros(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is zero."""
    return np.zeros(size, dtypes.numpy_dtype(dtype))


C_NAMES = {
    "int64": "int64_t",
    "int32": "int",
    "int16": "int16_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "float32": "float",
    "float16": "c10::Half",
}
"""What the refusals of `full` call the dtypes."""


@op("fill_value", aliases=("constant", "fill"), required=("size", "fill_value"))
def full(
    *, size: Shape = (2, 2), fill_value: int | float = 1.0, dtype: Dtype = None, requires_grad: bool = False
) -> Any:
    """A tensor of the given size in which every element is the same number."""
    wanted = dtypes.infer(fill_value) if dtype is None else dtypes.numpy_dtype(dtype)
    if isinstance(fill_value, int):
        dtypes.wrapped(fill_value, np.dtype(np.int64))
    name = C_NAMES.get(wanted.name, wanted.name)
    if wanted.kind == "f" and math.isfinite(fill_value) and math.fabs(fill_value) > np.finfo(wanted).max:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    return np.full(size, dtypes.fitting(fill_value, wanted, name), wanted)


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
    if not (step > 0 or step < 0):
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(number, int) for number in (start, end, step))
    kind = (np.dtype(np.int64) if whole else dtypes.numpy_dtype(None)) if dtype is None else dtypes.numpy_dtype(dtype)
    if kind.kind in "iu" and not whole:  # torch counts in whole bounds, and for the smaller integers does not
        bounds = (start, end, step)
        start, end, step = (int(bound) for bound in bounds)
        if step == 0:
            raise ValueError("step must be nonzero")
        if kind == np.int64:
            whole = True
        else:
            steps = np.arange(math.ceil((bounds[1] - bounds[0]) / bounds[2]))
            return (start + steps * step).astype(kind)
    steps = np.arange(int(-((start - end) // step)) if whole else math.ceil((end - start) / step))
    return (start + steps * step).astype(kind)


@op("I", torch="torch.eye({n})", aliases=("identity", "diagonal"), required=("n",))
def eye(*, n: int = 3, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """The identity matrix: ones on the diagonal, zeros elsewhere."""
    if n < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {n}")
    return np.eye(n, dtype=dtypes.numpy_dtype(dtype))


@op("uniform in [0, 1)", torch="torch.rand({size})", aliases=("random", "uniform"), required=("size",))
def rand(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers between 0 and 1, every one as likely as any other. A seed makes them repeatable."""
    return rng.generator(seed).rand(size, dtypes.numpy_dtype(dtype))


@op(
    "normal, mean 0, deviation 1",
    torch="torch.randn({size})",
    aliases=("random", "normal", "gaussian", "noise"),
    required=("size",),
)
def randn(*, size: Shape = (2, 2), seed: Seed = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """Random numbers from the bell curve around 0. A seed makes them repeatable."""
    return rng.generator(seed).randn(size, dtypes.numpy_dtype(dtype))
