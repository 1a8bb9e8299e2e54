"""What can be said of a matrix without an inverse: the best solution, the rank; and how near others are to that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import broadcast
from engine.autograd.tensor import Tensor
from engine.op import SPELLED, op, op_named, spelled
from engine.ops.arithmetic.operators import div
from engine.ops.indexing.slices import slice_
from engine.ops.linalg.decomposition import eigh_of, svd_of, svdvals
from engine.ops.linalg.matrices import flipped, require_square
from engine.ops.several import results
from engine.ops.shape.reshape import squeeze


def _limit(A: Any, sizes: Any, atol: Any, rtol: Any) -> Any:
    """Singular values up to this count as 0; without limits, what rounding may have made of 0."""
    if rtol is None:
        rounding = float(np.finfo(A.dtype).eps) * max(A.shape[-2:])
        rtol = rounding if atol is None else np.where(atol > 0, 0, rounding)
    largest = np.max(sizes, -1, keepdims=True, initial=0)
    return np.maximum(0.0 if atol is None else atol, rtol * largest).astype(A.dtype)


def _exact(A: Any) -> bool:
    """Is it float32 or float64?"""
    return A.dtype.kind == "f" and A.dtype.itemsize >= 4


def _require_exact(A: Any) -> None:
    if not _exact(A):
        raise RuntimeError("This function doesn't handle types other than float and double")


@op(
    "A⁺",
    torch="torch.linalg.pinv({A}, atol={atol}, rtol={rtol}, hermitian={hermitian})",
    aliases=("pseudoinverse", "Moore-Penrose", "least squares", "⁺"),
    grad_fn="LinalgPinvBackward0",
)
def pinv(A: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Any:
    """The nearest thing to an inverse that every matrix has; multiplied with B it gives the best solution of A @ X = B.
    Singular values up to atol, or rtol times the largest, count as 0."""
    if A.ndim < 2 or not _exact(A):
        kind = f"{dtypes.scalar_type(A.dtype)}{{{list(A.shape)}}}"
        raise RuntimeError(
            f"linalg.pinv({kind}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble "
            "types"
        )
    if hermitian:
        require_square("linalg.pinv", A)
        values, U = eigh_of(A, "L")
        Vh = flipped(U)
    else:
        U, values, Vh = svd_of(A, False)
    sizes = np.abs(values)
    counts = sizes > _limit(A, sizes, atol, rtol)
    inverse = np.where(counts, 1 / np.where(counts, values, 1), 0)
    return (flipped(Vh) * inverse[..., None, :]) @ flipped(U)


@pinv.gradient("A", "-outputᵀ @ g @ outputᵀ, and how the rank's two spaces turn")
def _(g: Any, A: Any, output: Any) -> Any:
    turned, pulled = flipped(output), flipped(g)
    if A.shape[-2] <= A.shape[-1]:
        inner = pulled @ output
        outer = inner @ turned
        return outer - flipped(output @ inner) - (A @ output) @ outer + (turned @ output) @ (pulled - inner @ A)
    inner = output @ pulled
    outer = turned @ inner
    return outer - flipped(inner @ output) + (pulled - A @ inner) @ output @ turned - (outer @ output) @ A


@spelled("torch.linalg.pinv")
def linalg_pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """`pinv(A, atol=, rtol=)`, or `pinv(A, rcond)`."""
    rtol = rtol if rcond is None else rcond
    return pinv(A, atol=_each(atol), rtol=_each(rtol), hermitian=hermitian)


def _each(limit: Any) -> Any:
    """A limit for all matrices, or from a tensor one for each."""
    return np.expand_dims(limit.array, -1) if isinstance(limit, Tensor) else limit


@spelled("torch.pinverse", "Tensor.pinverse")
def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The older spelling of `torch.linalg.pinv`."""
    return pinv(input, rtol=rcond)


@op(
    "lstsq(A, B)",
    torch="torch.linalg.lstsq({A}, {B}, rcond={rcond}).solution",
    aliases=("least squares", "regression", "fit", "linear system"),
    grad_fn="LinalgLstsqBackward0",
)
def lstsq(A: Any, B: Any, *, rcond: float | None = None) -> Any:
    """The X for which A @ X comes nearest to B: the best fit, where there are more equations than unknowns."""
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError("torch.linalg.lstsq: other must have at least 1 dimension.")
    dtypes.require_same(
        A,
        B,
        "torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype {} and other's "
        "dtype {}",
        dtypes.scalar_type,
    )
    if A.ndim - B.ndim not in (0, 1):
        raise RuntimeError(
            "torch.linalg.lstsq: input.dim() must be greater or equal to other.dim() and "
            "(input.dim() - other.dim()) <= 1"
        )
    vector = B.ndim < A.ndim
    if vector and B.shape != A.shape[:-1] and B.ndim > 1:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    right = np.expand_dims(B, -1) if vector else B
    if A.shape[-2] != right.shape[-2]:
        place = "input.size(-2) should match other.size(-1)" if vector else "input.size(-2) should match other.size(-2)"
        raise RuntimeError(f"torch.linalg.lstsq: {place}")
    broadcast(A.shape[:-2], right.shape[:-2])
    _require_exact(A)
    result = pinv.function(A, rtol=rcond) @ right
    return np.squeeze(result, -1) if vector else result


def _columns(A: Any, *vectors: Any) -> tuple[Any, ...]:
    """Vectors as matrices of one column."""
    return tuple(np.expand_dims(v, -1) if v.ndim < A.ndim else v for v in vectors)


@lstsq.gradient("A", "through the pseudoinverse of A: g @ Bᵀ")
def _(g: Any, A: Any, B: Any, *, rcond: float | None) -> Any:
    g, B = _columns(A, g, B)
    inverse = pinv.of(A, atol=None, rtol=rcond, hermitian=False)
    return pinv.gradients["A"].function(g @ flipped(B), A, inverse)


@lstsq.gradient("B", "pseudoinverse of Aᵀ @ g")
def _(g: Any, A: Any, *, rcond: float | None) -> Any:
    (column,) = _columns(A, g)
    result = flipped(pinv.of(A, atol=None, rtol=rcond, hermitian=False)) @ column
    return result if g.ndim == A.ndim else np.squeeze(result, -1)


@op("sum((A @ lstsq(A, B) - B)²)", public=False, grad_fn="LinalgLstsqBackward0")
def lstsq_residuals(A: Any, B: Any, *, rcond: float | None = None, unique: bool = True) -> Any:
    """How far the best fit is off, one number for each column; no numbers where other fits are as good."""
    return np.sum(_off(A, B, rcond) ** 2, -2) if unique else np.zeros(0, A.dtype)


def _off(A: Any, B: Any, rcond: float | None) -> Any:
    X, B = _columns(A, lstsq.of(A, B, rcond=rcond), B)
    return A @ X - B


@lstsq_residuals.gradient("A", "2 × g × (A @ lstsq(A, B) - B) @ lstsq(A, B)ᵀ")
def _(g: Any, A: Any, B: Any, *, rcond: float | None, unique: bool) -> Any:
    if not unique:
        return np.zeros_like(A)
    (X,) = _columns(A, lstsq.of(A, B, rcond=rcond))
    return 2 * np.expand_dims(g, -2) * _off(A, B, rcond) @ flipped(X)


@lstsq_residuals.gradient("B", "-2 × g × (A @ lstsq(A, B) - B)")
def _(g: Any, A: Any, B: Any, *, rcond: float | None, unique: bool) -> Any:
    if not unique:
        return np.zeros_like(B)
    result = -2 * np.expand_dims(g, -2) * _off(A, B, rcond)
    return result if B.ndim == A.ndim else np.squeeze(result, -1)


_linalg_lstsq = results("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


@spelled("torch.linalg.lstsq")
def linalg_lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The best fit, how far it is off (with a driver other than "gelsy", where the fit is unique), the rank of A, and
    with the drivers "gelsd" and "gelss" its singular values."""
    driver = driver or "gelsy"
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    solution = lstsq(A, B, rcond=rcond)
    rank = matrix_rank(A, rtol=rcond)
    rows, columns = A.array.shape[-2:]
    unique = rows > columns and driver != "gelsy" and bool(np.all(rank.array == columns))
    residuals = lstsq_residuals(A, B, rcond=rcond, unique=unique)
    nothing = np.zeros(0, A.array.dtype)
    values = svdvals(A.detach()) if driver in ("gelsd", "gelss") else Tensor(nothing)
    if driver == "gels":
        rank = Tensor(nothing.astype(np.int64))
    return _linalg_lstsq(solution, residuals, rank, values)


@op(
    "rank of A",
    torch="torch.linalg.matrix_rank({A}, atol={atol}, rtol={rtol}, hermitian={hermitian})",
    aliases=("rank", "independent"),
)
def matrix_rank(A: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Any:
    """How many rows of a matrix say something that the others do not: the number of singular values above 0."""
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    _require_exact(A)
    sizes = np.abs(eigh_of(A, "L")[0]) if hermitian else svd_of(A, False)[1]
    return np.sum(sizes > _limit(A, sizes, atol, rtol), -1)


@spelled("torch.linalg.matrix_rank")
def linalg_matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """`matrix_rank(A, atol=, rtol=)`, or `matrix_rank(A, tol)`."""
    if tol is not None:
        atol, rtol = tol, 0.0
    return matrix_rank(A, atol=_each(atol), rtol=_each(rtol), hermitian=hermitian)


@op(
    "largest / smallest singular value of A",
    torch="torch.linalg.cond({A})",
    aliases=("condition number", "well conditioned"),
    grad_fn="SqueezeBackward1",
    composite=True,
)
def cond(A: Any) -> Any:
    """The condition number of a matrix: by how much it can make errors grow. 1 is best; inf has no inverse."""
    _check_cond(A)
    if A.array.size == 0:
        return Tensor(np.zeros(A.array.shape[:-2], A.array.dtype))
    values = svdvals(A)
    return squeeze(div(_end(values, 0), _end(values, -1)), dim=-1)


def _check_cond(A: Any) -> None:
    if A.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")


def _end(values: Any, place: int) -> Any:
    start = place % values.shape[-1]
    return slice_(values, dim=values.ndim - 1, start=start, end=start + 1)


@spelled("torch.linalg.cond")
def linalg_cond(A: Any, p: Any = None) -> Any:
    """The condition number in a norm: by default that of the singular values."""
    if p is None or p == 2 or A.array.size == 0:
        return cond(A)
    _check_cond(A)
    if p == -2:
        values = svdvals(A)
        return squeeze(div(_end(values, -1), _end(values, 0)), dim=-1)
    if p != "nuc":
        require_square(f"linalg.cond(ord={p})", A.array, floats=False)
    size = SPELLED["torch.linalg.matrix_norm"]
    if p == "nuc":
        values = svdvals(A)
        return values.sum(-1) * values.reciprocal().sum(-1)
    if p not in ("fro", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    return size(A, p) * size(op_named("inverse_or_inf")(A), p)
