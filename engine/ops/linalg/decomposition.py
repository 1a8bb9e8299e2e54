"""Matrices as products of simpler ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from engine.autograd.tensor import Tensor
from engine.op import op, spelled
from engine.ops.linalg.matrices import (
    LinAlgError,
    by_columns,
    computed,
    flipped,
    possible,
    require_matrices,
    require_square,
)
from engine.ops.linalg.solving import solve_triangular
from engine.ops.several import results
from engine.ops.shape.axes import transpose


def _once(function: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
    """One decomposition for all of its results, which are ops of their own, and for their gradients: the last is
    kept."""
    last: dict[Any, tuple[Any, ...]] = {}

    def recalled(A: Any, *settings: Any) -> tuple[Any, ...]:
        key = (A.tobytes(), A.shape, A.dtype, settings)
        if (found := last.get(key)) is None:
            last.clear()
            found = last[key] = function(A, *settings)
        return tuple(array.copy("K") for array in found)

    return recalled


# ------------------------------------------------------------ cholesky


@op(
    "cholesky(A)",
    torch="torch.linalg.cholesky({A}, upper={upper})",
    aliases=("triangular", "square root of a matrix", "positive definite"),
    grad_fn="LinalgCholeskyExBackward0",
)
def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangular matrix that gives A when multiplied with its own transpose; A must be symmetric and positive
    definite. Only one of its triangles is looked at."""
    require_square("linalg.cholesky", A)
    return _cholesky("linalg.cholesky", A, upper)


def _cholesky(name: str, A: Any, upper: bool) -> Any:
    def lower(matrix: Any) -> Any:
        result = np.linalg.cholesky(flipped(matrix) if upper else matrix)
        if np.isnan(result).any():
            raise np.linalg.LinAlgError
        return result

    def reason(matrix: Any) -> str:
        order = next(k for k in range(1, len(matrix) + 1) if not possible(lower, matrix[:k, :k]))
        return (
            "The factorization could not be completed because the input is not positive-definite (the leading minor "
            f"of order {order} is not positive-definite)."
        )

    result = computed(name, lower, A, reason)
    return by_columns(flipped(result) if upper else result)


@cholesky.gradient("A", "L⁻ᵀ @ symmetric part of tril(Lᵀ @ g) @ L⁻¹")
def _(g: Any, output: Any, *, upper: bool) -> Any:
    L, g = (flipped(output), flipped(g)) if upper else (output, g)
    inside = flipped(L) @ g
    below = np.tril(inside, -1)
    symmetric = (np.tril(inside) + flipped(below)) / 2
    half = solve_triangular.of(flipped(L), symmetric, upper=True, left=True, unitriangular=False)
    return solve_triangular.of(L, half, upper=False, left=False, unitriangular=False)


@op("cholesky(A)", public=False, grad_fn="CholeskyBackward0")
def old_cholesky(A: Any, *, upper: bool = False) -> Any:
    """`torch.cholesky`, which torch keeps beside `torch.linalg.cholesky`."""
    require_square("cholesky", A)
    return _cholesky("cholesky", A, upper)


@old_cholesky.gradient("A", "L⁻ᵀ @ symmetric part of tril(Lᵀ @ g) @ L⁻¹")
def _(g: Any, output: Any, *, upper: bool) -> Any:
    return cholesky.gradients["A"].function(g, output, upper=upper)


@spelled("torch.cholesky", "Tensor.cholesky")
def torch_cholesky(input: Any, upper: bool = False) -> Any:
    """The lower triangular matrix that gives the input when multiplied with its own transpose."""
    return old_cholesky(input, upper=upper)


# ------------------------------------------------------------ qr

Mode = Literal["reduced", "complete", "r"]


@_once
def _qr(A: Any, mode: str) -> tuple[Any, ...]:
    parts = (np.linalg.qr(A, "r"),) if mode == "r" else np.linalg.qr(A, mode)  # type: ignore[call-overload]
    return tuple(by_columns(part) for part in parts)


def _check_qr(A: Any, mode: str) -> None:
    require_matrices("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )


@op(
    "Q of qr(A)",
    torch="torch.linalg.qr({A}, mode={mode}).Q",
    aliases=("qr", "orthogonal"),
    grad_fn="LinalgQrBackward0",
)
def qr_q(A: Any, *, mode: Mode = "reduced") -> Any:
    """The orthogonal part of a matrix: its columns made to stand upright on each other, each of length 1."""
    _check_qr(A, mode)
    return np.zeros(0, A.dtype) if mode == "r" else _qr(A, mode)[0]


@op(
    "R of qr(A)",
    torch="torch.linalg.qr({A}, mode={mode}).R",
    aliases=("qr", "triangular"),
    grad_fn="LinalgQrBackward0",
)
def qr_r(A: Any, *, mode: Mode = "reduced") -> Any:
    """The upper triangular part of a matrix: how its columns are made of the orthogonal ones of Q."""
    _check_qr(A, mode)
    return _qr(A, mode)[-1]


def _differentiable_qr(A: Any, mode: str) -> tuple[Any, Any]:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to require gradients."
        )
    if mode == "complete" and A.shape[-2] > A.shape[-1]:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
    return qr_q.of(A, mode=mode), qr_r.of(A, mode=mode)


def _of_columns(Q: Any, R: Any, inside: Any, g: Any = 0) -> Any:
    """The gradient of as many columns as Q has, from what arrives inside (its upper triangle counts) and at Q."""
    upper = np.triu(inside)
    symmetric = upper + flipped(np.triu(inside, 1))
    return solve_triangular.of(flipped(R), g + Q @ symmetric, upper=False, left=False, unitriangular=False)


@qr_q.gradient("A", "(g - Q @ symmetric part of Qᵀ @ g) @ R⁻ᵀ")
def _(g: Any, A: Any, *, mode: str) -> Any:
    Q, R = _differentiable_qr(A, mode)
    size = Q.shape[-1]
    first = _of_columns(Q, R[..., :size], -(flipped(Q) @ g), g)
    return first if A.shape[-1] == size else np.concatenate([first, np.zeros_like(A[..., size:])], -1)


@qr_r.gradient("A", "Q @ symmetric part of g @ Rᵀ @ R⁻ᵀ")
def _(g: Any, A: Any, *, mode: str) -> Any:
    Q, R = _differentiable_qr(A, mode)
    size = Q.shape[-1]
    if A.shape[-1] == size:
        return _of_columns(Q, R, g @ flipped(R))
    first, rest = g[..., :size], g[..., size:]
    at_q = A[..., size:] @ flipped(rest)
    square = R[..., :size]
    inside = first @ flipped(square) - flipped(Q) @ at_q
    return np.concatenate([_of_columns(Q, square, inside, at_q), Q @ rest], -1)


_linalg_qr, _torch_qr = results("linalg_qr", "Q", "R"), results("qr", "Q", "R")


@spelled("torch.linalg.qr")
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """A as an orthogonal matrix times an upper triangular one."""
    return _linalg_qr(qr_q(A, mode=mode), qr_r(A, mode=mode))


@spelled("torch.qr", "Tensor.qr")
def torch_qr(input: Any, some: bool = True) -> Any:
    """The older spelling of `torch.linalg.qr`."""
    mode = "reduced" if some else "complete"
    return _torch_qr(qr_q(input, mode=mode), qr_r(input, mode=mode))


# ------------------------------------------------------------ singular values


@_once
def svd_of(A: Any, full: bool) -> tuple[Any, ...]:
    if not np.isfinite(A).all():
        raise LinAlgError(
            "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
        )
    U, S, Vh = computed("linalg.svd", lambda matrix: np.linalg.svd(matrix, full), A, lambda _: _ILL.format("singular "))
    return by_columns(U), S, by_columns(Vh)


_ILL = (
    "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated {}values "
    "(error code: 1)."
)


@op(
    "U of svd(A)",
    torch="torch.linalg.svd({A}, full_matrices={full_matrices}).U",
    aliases=("svd", "left singular vectors"),
    grad_fn="LinalgSvdBackward0",
)
def svd_u(A: Any, *, full_matrices: bool = True) -> Any:
    """The directions into which a matrix sends the right singular vectors, the most stretched one first."""
    require_matrices("linalg.svd", A)
    return svd_of(A, full_matrices)[0]


@op(
    "singular values of A",
    torch="torch.linalg.svdvals({A})",
    aliases=("svd", "singular values", "S", "stretch"),
    grad_fn="LinalgSvdBackward0",
)
def svdvals(A: Any) -> Any:
    """The singular values of a matrix, largest first: by how much it stretches."""
    require_matrices("linalg.svd", A)
    return svd_of(A, False)[1]


@op(
    "Vᵀ of svd(A)",
    torch="torch.linalg.svd({A}, full_matrices={full_matrices}).Vh",
    aliases=("svd", "right singular vectors", "principal components"),
    grad_fn="LinalgSvdBackward0",
)
def svd_vh(A: Any, *, full_matrices: bool = True) -> Any:
    """The directions that a matrix keeps at right angles, one a row, the most stretched one first."""
    require_matrices("linalg.svd", A)
    return svd_of(A, full_matrices)[2]


def _parts(A: Any) -> tuple[Any, Any, Any]:
    """U, S and Vᵀ without what full matrices add to them: that has no gradient."""
    return svd_u.of(A, full_matrices=False), svdvals.of(A), svd_vh.of(A, full_matrices=False)


def _over_gaps(array: Any, values: Any) -> Any:
    """Every element divided by the gap between the values of its column and its row; the diagonal as it is."""
    gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    return array / np.where(np.eye(values.shape[-1], dtype=bool), 1, gaps)


def _skew(array: Any) -> Any:
    return array - flipped(array)


@svd_u.gradient("A", "U @ (turn of Uᵀ @ g over the gaps between S²) @ diag(S) @ Vᵀ")
def _(g: Any, A: Any) -> Any:
    U, S, Vh = _parts(A)
    row = np.expand_dims(S, -2)
    g = g[..., : S.shape[-1]]
    result = U @ (_over_gaps(_skew(flipped(U) @ g), S * S) * row)
    if A.shape[-2] > A.shape[-1]:
        result = result + (g - U @ (flipped(U) @ g)) / row
    return result @ Vh


@svdvals.gradient("A", "U @ diag(g) @ Vᵀ")
def _(g: Any, A: Any) -> Any:
    return (svd_u.of(A, full_matrices=False) * np.expand_dims(g, -2)) @ svd_vh.of(A, full_matrices=False)


@svd_vh.gradient("A", "U @ diag(S) @ (turn of Vᵀ @ gᵀ over the gaps between S²) @ Vᵀ")
def _(g: Any, A: Any) -> Any:
    U, S, Vh = _parts(A)
    column = np.expand_dims(S, -1)
    g = g[..., : S.shape[-1], :]
    result = column * _over_gaps(_skew(Vh @ flipped(g)), S * S) @ Vh
    if A.shape[-1] > A.shape[-2]:
        result = result + (g - (g @ flipped(Vh)) @ Vh) / column
    return U @ result


_linalg_svd, _torch_svd = results("linalg_svd", "U", "S", "Vh"), results("svd", "U", "S", "V")


@spelled("torch.linalg.svd")
def linalg_svd(A: Any, full_matrices: bool = True, *, driver: None = None) -> Any:
    """A as a turn, a stretch, and another turn."""
    parts = (svd_u(A, full_matrices=full_matrices), svdvals(A), svd_vh(A, full_matrices=full_matrices))
    return _linalg_svd(*parts)


@spelled("torch.svd", "Tensor.svd")
def torch_svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """The older spelling, which gives V as it is."""
    if not compute_uv:
        rows, columns = input.shape[-2:]
        sizes = [(*input.shape[:-2], size, size) for size in (rows, columns)]
        U, V = (Tensor(np.zeros(size, input.array.dtype)) for size in sizes)
        return _torch_svd(U, svdvals(input), V)
    U, S, Vh = linalg_svd(input, not some)
    return _torch_svd(U, S, transpose(Vh, dim0=-2, dim1=-1))


# ------------------------------------------------------------ eigenvalues

Triangle = Literal["L", "U"]


@_once
def eigh_of(A: Any, UPLO: Any) -> tuple[Any, ...]:
    values, vectors = computed(
        "linalg.eigh", lambda matrix: np.linalg.eigh(matrix, UPLO), A, lambda _: _ILL.format("eigen")
    )
    return values, by_columns(vectors)


def _check_eigh(A: Any, UPLO: str) -> None:
    require_square("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


@op(
    "eigenvalues of A",
    torch="torch.linalg.eigvalsh({A}, UPLO={UPLO})",
    aliases=("eigh", "eigenvalue", "λ", "spectrum"),
    grad_fn="LinalgEighBackward0",
)
def eigvalsh(A: Any, *, UPLO: Triangle = "L") -> Any:
    """The eigenvalues of a symmetric matrix, smallest first: by how much it stretches the directions that it keeps.
    Only one of its triangles is looked at."""
    _check_eigh(A, UPLO)
    return eigh_of(A, UPLO.upper())[0]


@op(
    "eigenvectors of A",
    torch="torch.linalg.eigh({A}, UPLO={UPLO}).eigenvectors",
    aliases=("eigh", "eigenvector", "principal axes"),
    grad_fn="LinalgEighBackward0",
)
def eigh_vectors(A: Any, *, UPLO: Triangle = "L") -> Any:
    """The directions that a symmetric matrix keeps, one a column, in the order of their eigenvalues."""
    _check_eigh(A, UPLO)
    return eigh_of(A, UPLO.upper())[1]


@eigvalsh.gradient("A", "V @ diag(g) @ Vᵀ")
def _(g: Any, A: Any, *, UPLO: str) -> Any:
    V = eigh_vectors.of(A, UPLO=UPLO)
    return (V * np.expand_dims(g, -2)) @ flipped(V)


@eigh_vectors.gradient("A", "V @ (turn of Vᵀ @ g over the gaps between the eigenvalues) @ Vᵀ")
def _(g: Any, A: Any, output: Any, *, UPLO: str) -> Any:
    turn = _skew(flipped(output) @ g) / 2
    return output @ _over_gaps(turn, eigvalsh.of(A, UPLO=UPLO)) @ flipped(output)


_linalg_eigh = results("linalg_eigh", "eigenvalues", "eigenvectors")


@spelled("torch.linalg.eigh")
def eigh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues and eigenvectors of a symmetric matrix."""
    return _linalg_eigh(eigvalsh(A, UPLO=UPLO), eigh_vectors(A, UPLO=UPLO))
