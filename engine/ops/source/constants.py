"""The same numbers every time: your own, ones, zeros, the identity."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.tensor import Tensor
from engine.op import Dtype, Numbers, Shape, op, spelled
from engine.ops.calling import call, make, refuse_missing
from engine.ops.source.arguments import number, require_int


@op(
    "data",
    torch="torch.tensor({data})",
    aliases=("constant", "number", "value", "matrix", "vector", "scalar"),
    required=("data",),
)
def tensor(*, data: Numbers = 0.0, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor with numbers that you write yourself."""
    return dtypes.array_of(data, dtype)


@cache
def _any_tensor() -> Callable[..., Tensor]:
    return call(tensor)


@spelled("torch.tensor")
def tensor_of(*data: Any, **params: Any) -> Tensor:
    """The function of torch that programs call most: as it is mostly called, it takes the shortest way."""
    if len(data) == 1 and (not params or (len(params) == 1 and params.get("requires_grad") is True)):
        return Tensor(dtypes.array_of(data[0]), bool(params))
    return _any_tensor()(*data, **params)


@op("1", aliases=("one", "fill"), required=("size",))
def ones(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is one."""
    return np.ones(size, dtypes.numpy_dtype(dtype))


@op("0", aliases=("zero",), required=("size",))
def zeros(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size in which every element is zero."""
    return np.zeros(size, dtypes.numpy_dtype(dtype))


@op("0", aliases=("uninitialized", "nothing"), required=("size",))
def empty(*, size: Shape = (2, 2), dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """A tensor of the given size whose elements nobody has chosen yet. Here they are zeros."""
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


@spelled("torch.full")
def full_of(size: Any = None, fill_value: Any = None, **params: Any) -> Tensor:
    """`full(size, fill_value)`."""
    given = {name: value for name, value in (("size", size), ("fill_value", fill_value)) if value is not None}
    refuse_missing("full", ("size", "fill_value"), given)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    return make(full, {"size": size, "fill_value": number("full", "fill_value", 2, fill_value), **params})


@op("I", torch="torch.eye({n})", aliases=("identity", "diagonal"), required=("n",))
def eye(*, n: int = 3, m: int | None = None, dtype: Dtype = None, requires_grad: bool = False) -> Any:
    """The identity matrix: ones on the diagonal, zeros elsewhere. Without m it has as many columns as rows."""
    for name, size in (("n", n), ("m", m)):
        if size is not None and size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return np.eye(n, m, dtype=dtypes.numpy_dtype(dtype))


@spelled("torch.eye")
def eye_of(n: int, m: int | None = None, **params: Any) -> Tensor:
    """`eye(n)` or `eye(n, m)`."""
    require_int("eye", "n", 1, n)
    return make(eye, {"n": n, "m": m, **params})


@op("rows and columns of a triangle", aliases=("lower", "triangle", "mask"), required=("row", "col", "offset"))
def tril_indices(*, row: int = 3, col: int = 3, offset: int = 0, dtype: Dtype = "int64") -> Any:
    """Where the lower triangle of a matrix is: the rows, and under them the columns."""
    return _triangle(np.tril_indices, row, col, offset).astype(dtypes.numpy_dtype(dtype))


@op("rows and columns of a triangle", aliases=("upper", "triangle", "mask"), required=("row", "col", "offset"))
def triu_indices(*, row: int = 3, col: int = 3, offset: int = 0, dtype: Dtype = "int64") -> Any:
    """Where the upper triangle of a matrix is: the rows, and under them the columns."""
    return _triangle(np.triu_indices, row, col, offset).astype(dtypes.numpy_dtype(dtype))


def _triangle(places: Any, row: int, col: int, offset: int) -> Any:
    for name, size in (("row", row), ("col", col)):
        if size < 0:
            raise RuntimeError(f"{name} must be non-negative, got{size}")  # torch's own spacing
    return np.stack(places(row, offset, col))


@spelled("torch.tril_indices")
def lower_triangle(row: int, col: int, offset: int = 0, **params: Any) -> Tensor:
    """`tril_indices(row, col, offset=0)`."""
    return make(tril_indices, {"row": row, "col": col, "offset": offset, **params})


@spelled("torch.triu_indices")
def upper_triangle(row: int, col: int, offset: int = 0, **params: Any) -> Tensor:
    """`triu_indices(row, col, offset=0)`."""
    return make(triu_indices, {"row": row, "col": col, "offset": offset, **params})
