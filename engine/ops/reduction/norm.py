"""How long a vector is, how large a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up, count, normal_dim, normal_dims, spread
from engine.autograd.tensor import Tensor
from engine.op import Dims, Dtype, op, op_named, spelled
from engine.ops.reduction.extreme import amax, amin
from engine.ops.reduction.sums import sum
from engine.ops.several import called
from engine.ops.shape.axes import permute
from engine.ops.shape.converting import cast
from engine.ops.shape.reshape import unsqueeze


@op("||input||", aliases=("length", "euclidean", "L2", "L1", "||x||"), grad_fn="LinalgVectorNormBackward0")
def norm(input: Any, *, p: float = 2.0, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """The p-norm of all elements, or of those along `dim`: with p = 2 the length of the vector. At the
    origin, where the length has a corner, the slope is taken as 0."""
    if dtype is None and p == 2 and dim is None and not keepdim and input.dtype.char in "fd" and input.size != 1:
        flat = input if input.ndim == 1 else input.reshape(-1)
        return np.sqrt(flat.dot(flat))  # the commonest case
    _check_floating(input, dtype, "linalg.vector_norm")
    if dtype is not None:
        input = input.astype(dtypes.numpy_dtype(dtype))
    dims = normal_dims(dim, input.ndim)
    if p < 0 or math.isinf(p):
        _refuse_empty(input.shape, p, dims)
    if p != 0 and count(input.shape, dims) == 1:
        return np.max(np.abs(input), axis=dims, keepdims=keepdim)  # of one number it is its size, without overflow
    if input.dtype == np.float16:
        return norm.function(input.astype(np.float32), p=p, dim=dim, keepdim=keepdim).astype(np.float16)
    if p == 2:
        return np.sqrt(add_up(input * input, dims, keepdim))
    size = np.abs(input)
    if p == 1:
        return add_up(size, dims, keepdim)
    if p == 0:
        return add_up((input != 0).astype(input.dtype), dims, keepdim)
    if math.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=dims, keepdims=keepdim)
    return add_up(size**p, dims, keepdim) ** input.dtype.type(1 / p)


def _check_floating(input: Any, dtype: Dtype, name: str) -> None:
    """Lengths are floats, and a wanted dtype may not be narrower than the input's."""
    if input.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {dtypes.scalar_type(input.dtype)}"
        )
    if dtype is None:
        return
    wanted = dtypes.numpy_dtype(dtype)
    if wanted.kind != "f":
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtypes.scalar_type(wanted)}")
    if wanted.itemsize < input.dtype.itemsize:
        raise RuntimeError(
            f"{name}: the dtype of the input ({dtypes.scalar_type(input.dtype)}) should be convertible without "
            f"narrowing to the specified dtype ({dtypes.scalar_type(wanted)})"
        )


def _refuse_empty(shape: tuple[int, ...], p: float, dims: tuple[int, ...] | None) -> None:
    """Negative and infinite norms have no value for nothing."""
    empty = next((d for d in (range(len(shape)) if dims is None else dims) if shape[d] == 0), None)
    if empty is None:
        return
    where, of = ("an empty tensor ", "") if dims is None else (f"the dimension {empty}", "this dimension is empty and ")
    raise RuntimeError(
        f"linalg.vector_norm cannot compute the {p:g} norm on {where}because {of}the operation "
        "does not have an identity"
    )


@norm.gradient("input", "g × input / output")
def _(g: Any, input: Any, output: Any, *, p: float, dim: Dims, keepdim: bool) -> Any:
    if p == 0:
        return None
    g = spread(g, input.shape, dim, keepdim)
    sign = np.where(np.isnan(input), 0, np.sign(input))
    if p == 1:
        return g * sign
    length = spread(output, input.shape, dim, keepdim)
    if p == 2:
        return g * np.where(length == 0, 0, input / length)
    size = np.abs(input)
    if math.isinf(p):
        reached = np.logical_or(size == length, np.logical_and(np.isnan(size), np.isnan(length)))
        share = np.where(reached, np.ones_like(input), 0)
        return g * sign * (share / np.sum(share, axis=normal_dims(dim, input.ndim), keepdims=True))
    if p < 1:
        return sign * np.where(input == 0, 0, size ** (p - 1)) * (g * length ** (1 - p))
    steep = input * size ** (p - 2) if p > 2 else sign * size ** (p - 1)
    return steep * np.where(length == 0, 0, g / length ** (p - 1))


def _vector_norm(x: Tensor, p: Any, dim: Any, keepdim: bool, dtype: Any) -> Tensor:
    return norm(x, p=float(p), dim=dim, keepdim=keepdim, dtype=dtype)


@spelled("torch.linalg.vector_norm")
@called("linalg_vector_norm")
def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The `ord`-norm of all elements, or of those along `dim`."""
    return _vector_norm(x, ord, dim, keepdim, dtype)


@spelled("torch.linalg.matrix_norm")
@called("linalg_matrix_norm")
def matrix_norm(
    A: Tensor, ord: float | str = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The size of matrices: "fro" as one long vector; 2 and "nuc" of the singular values, 1 and inf of the sums along
    columns and rows."""
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(
            f"linalg.matrix_norm: Order {ord if isinstance(ord, str) else format(ord, 'g')} not supported."
        )
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    _check_floating(A.array, dtype, "linalg.matrix_norm")
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    row, column = (normal_dim(d, A.ndim) for d in dims)
    if row == column:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({row}, {column})")
    if ord == "fro":
        return _vector_norm(A, 2, (row, column), keepdim, dtype)
    if ord in ("nuc", 2, -2):
        return _of_singular_values(A, ord, row, column, keepdim, dtype)
    if math.isinf(ord):  # type: ignore[arg-type]
        row, column = column, row
    sums = _vector_norm(A, 1, row, keepdim, dtype)
    if not keepdim and row < column:
        column -= 1
    return _extreme(sums, ord, column, keepdim)


def _extreme(sizes: Tensor, ord: Any, dim: int, keepdim: bool) -> Tensor:
    """The largest, for a negative `ord` the smallest. Of nothing the largest is 0."""
    if ord < 0:
        return amin(sizes, dim=dim, keepdim=keepdim)
    return amax(sizes, dim=dim, keepdim=keepdim) if sizes.shape[dim] else sum(sizes.detach(), dim=dim, keepdim=keepdim)


def _of_singular_values(A: Tensor, ord: Any, row: int, column: int, keepdim: bool, dtype: Any) -> Tensor:
    if dtype is not None and dtypes.numpy_dtype(dtype) != A.array.dtype:
        A = cast(A, dtype=dtype)
    order = [*(d for d in range(A.ndim) if d not in (row, column)), row, column]
    values = op_named("svdvals")(permute(A, dims=tuple(order)))
    result = sum(values, dim=-1, keepdim=keepdim) if ord == "nuc" else _extreme(values, ord, -1, keepdim)
    if not keepdim:
        return result
    return permute(unsqueeze(result, dim=-1), dims=tuple(np.argsort(order).tolist()))


@spelled("torch.linalg.norm")
@called("linalg_norm")
def linalg_norm(
    A: Tensor, ord: float | str | None = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The vector norm, or with an `ord` for two dimensions the matrix norm; without `ord` all is one long vector."""
    dims = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {' '.join(map(str, dims))}"
        )
    if dims is None and ord is not None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    if isinstance(ord, str) or (ord is not None and (A.ndim == 2 if dims is None else len(dims) == 2)):
        return matrix_norm(A, ord, (0, 1) if dims is None else dims, keepdim, dtype=dtype)
    return _vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype)


@spelled("torch.norm", "Tensor.norm")
@called("norm")
def torch_norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Any = None,
    keepdim: bool = False,
    out: None = None,
    dtype: Any = None,
) -> Tensor:
    """The older spelling of both: a name for `p` asks for the matrix norm, unless it is the vector norm too."""
    if p == "fro" and dim is None and dtype is None and not keepdim:
        return norm.apply(input)
    if not isinstance(input, Tensor) or not isinstance(p, str):
        return _vector_norm(input, 2 if p is None else p, dim, keepdim, dtype)
    if p == "fro" and (dim is None or isinstance(dim, int) or len(dim) <= 2):
        return _vector_norm(input, 2, dim, keepdim, dtype)
    return matrix_norm(input, p, tuple(range(input.ndim)) if dim is None else dim, keepdim, dtype=dtype)
