"""Systems of equations: solutions, inverses, determinants."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import broadcast
from engine.op import op
from engine.ops.linalg.matrices import (
    LinAlgError,
    by_columns,
    computed,
    flipped,
    require_floats,
    require_square,
    zero_pivot,
)


@op(
    "A⁻¹",
    torch="torch.linalg.inv({A})",
    also=("torch.inverse",),
    aliases=("inverse", "⁻¹"),
    grad_fn="LinalgInvExBackward0",
)
def inv(A: Any) -> Any:
    """The matrix that undoes a square matrix: multiplied with it, it gives the identity."""
    require_square("linalg.inv", A)
    return by_columns(computed("linalg.inv", np.linalg.inv, A, _no_inverse))


def _no_inverse(matrix: Any) -> str:
    return (
        f"The diagonal element {zero_pivot(matrix)} is zero, the inversion could not be completed because the input "
        "matrix is singular."
    )


@inv.gradient("A", "-outputᵀ @ g @ outputᵀ")
def _(g: Any, output: Any) -> Any:
    turned = flipped(output)
    return -turned @ g @ turned


def _is_vector(A: Any, B: Any) -> bool:
    """Is the right-hand side of A X = B one vector for each matrix, and not a matrix?"""
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])


@op(
    "solve(A, B)",
    torch="torch.linalg.solve({A}, {B}, left={left})",
    aliases=("linear system", "equations", "A⁻¹B", "divide"),
    grad_fn="LinalgSolveExBackward0",
)
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The X for which A @ X is B (or X @ A, if not left): more exact than with the inverse."""
    require_floats("linalg.solve", A)
    _require_one_dtype("linalg.solve", A, B)
    require_square("linalg.solve", A)
    vector = _is_vector(A, B)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    right = np.expand_dims(B, -1) if vector else B
    _require_equation("linalg.solve", A, right, left)
    if not left:
        return flipped(_solved(flipped(A), flipped(right)))
    result = _solved(A, right)
    return np.squeeze(result, -1) if vector else result


def _require_equation(name: str, A: Any, B: Any, left: bool) -> None:
    if B.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor B must have at least 2 dimensions.")
    if A.shape[-2] != B.shape[-2 if left else -1]:
        found = f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(f"{name}: Incompatible shapes of A and B for the equation {equation} {found}")
    broadcast(B.shape[:-2], A.shape[:-2])


def _require_one_dtype(name: str, A: Any, B: Any) -> None:
    dtypes.require_same(
        A, B, f"{name}: Expected A and B to have the same dtype, but found A of type {{}} and B of type {{}} instead",
        dtypes.scalar_type,
    )  # fmt: skip


def _solved(A: Any, B: Any) -> Any:
    try:
        return by_columns(np.linalg.solve(A, B))
    except np.linalg.LinAlgError:
        computed("torch.linalg.solve", np.linalg.inv, A, lambda _: _SINGULAR)
        raise LinAlgError(f"torch.linalg.solve: {_SINGULAR}") from None


_SINGULAR = "The solver failed because the input matrix is singular."


@solve.gradient("A", "-solve(Aᵀ, g) @ outputᵀ")
def _(g: Any, A: Any, output: Any, *, left: bool) -> Any:
    pulled = solve.of(flipped(A), g, left=left)
    if output.ndim < A.ndim:
        return -np.expand_dims(pulled, -1) * np.expand_dims(output, -2)
    return -(pulled @ flipped(output)) if left else -(flipped(output) @ pulled)


@solve.gradient("B", "solve(Aᵀ, g)")
def _(g: Any, A: Any, *, left: bool) -> Any:
    return solve.of(flipped(A), g, left=left)


@op(
    "solve(A, B)",
    torch="torch.linalg.solve_triangular({A}, {B}, upper={upper}, left={left}, unitriangular={unitriangular})",
    aliases=("linear system", "equations", "substitution"),
    required=("upper",),
    grad_fn="LinalgSolveTriangularBackward0",
)
def solve_triangular(A: Any, B: Any, *, upper: bool = True, left: bool = True, unitriangular: bool = False) -> Any:
    """The X for which A @ X is B, where A has numbers on one side of its diagonal only; the other side is not looked
    at. With unitriangular the diagonal counts as ones."""
    require_square("linalg.solve_triangular", A)
    _require_one_dtype("linalg.solve_triangular", A, B)
    _require_equation("linalg.solve_triangular", A, B, left)
    if left:
        return by_columns(_substituted(A, B, upper, unitriangular))
    return flipped(_substituted(flipped(A), flipped(B), not upper, unitriangular))


def _substituted(A: Any, B: Any, upper: bool, ones: bool) -> Any:
    """Unknown after unknown; one that would need division by 0 becomes inf or nan, as in torch."""
    batch = broadcast(A.shape[:-2], B.shape[:-2])
    A, X = np.broadcast_to(A, (*batch, *A.shape[-2:])), np.broadcast_to(B, (*batch, *B.shape[-2:])).copy()
    size = A.shape[-1]
    for i in reversed(range(size)) if upper else range(size):
        if not ones:
            X[..., i, :] /= A[..., i, i, None]
        rest = slice(None, i) if upper else slice(i + 1, None)
        X[..., rest, :] -= A[..., rest, i, None] * X[..., i, None, :]
    return X


@solve_triangular.gradient("A", "-solve(Aᵀ, g) @ outputᵀ")
def _(g: Any, A: Any, output: Any, *, upper: bool, left: bool, unitriangular: bool) -> Any:
    pulled = solve_triangular.of(flipped(A), g, upper=not upper, left=left, unitriangular=unitriangular)
    full = -(pulled @ flipped(output)) if left else -(flipped(output) @ pulled)
    diagonal = int(unitriangular)
    return np.triu(full, diagonal) if upper else np.tril(full, -diagonal)


@solve_triangular.gradient("B", "solve(Aᵀ, g)")
def _(g: Any, A: Any, *, upper: bool, left: bool, unitriangular: bool) -> Any:
    return solve_triangular.of(flipped(A), g, upper=not upper, left=left, unitriangular=unitriangular)
