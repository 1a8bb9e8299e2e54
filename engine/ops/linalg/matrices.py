"""What torch.linalg takes, batches of matrices of floats, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.op import spelled


class LinAlgError(RuntimeError):
    """A matrix without what is asked for: `torch.linalg.LinAlgError`."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"  # as torch shows it
spelled("torch.linalg.LinAlgError")(LinAlgError)


def flipped(A: Any) -> Any:
    """The transpose of every matrix of a batch."""
    return np.swapaxes(A, -1, -2)


def by_columns(A: Any) -> Any:
    """The same matrices, laid out in memory column by column, as torch's solvers leave them."""
    return flipped(np.ascontiguousarray(flipped(A)))


def require_matrices(name: str, A: Any, *, floats: bool = True) -> None:
    """At least two dimensions, of float32 or float64."""
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if floats:
        require_floats(name, A)


def require_floats(name: str, A: Any) -> None:
    """float32 or float64."""
    if A.dtype.kind != "f":
        scalar = dtypes.scalar_type(A.dtype)
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {scalar}")
    if A.dtype.itemsize < 4:
        if name in KERNELS:
            raise dtypes.not_implemented(KERNELS[name], A.dtype)
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {dtypes.scalar_type(A.dtype)}")


KERNELS = {
    "cholesky": "cholesky_cpu",
    "linalg.cholesky": "cholesky_cpu",
    "linalg.cond": "linalg_svd_cpu",
    "linalg.det": "lu_cpu",
    "linalg.eigh": "linalg_eigh_cpu",
    "linalg.qr": "geqrf_cpu",
    "linalg.solve": "lu_cpu",
    "linalg.solve_triangular": "triangular_solve_cpu",
    "linalg.svd": "linalg_svd_cpu",
}
"""What torch misses, in those that do not ask before."""


def require_square(name: str, A: Any, *, floats: bool = True) -> None:
    """As many rows as columns; as torch, this is asked before the dtype."""
    if A.ndim >= 2 and A.shape[-1] != A.shape[-2]:
        rows, columns = A.shape[-2:]
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {rows} by {columns} matrices")
    require_matrices(name, A, floats=floats)


def computed(name: str, function: Callable[..., Any], A: Any, reason: Callable[[Any], str]) -> Any:
    """`function(A)`, or torch's refusal of the first matrix for which numpy fails; `reason` says what ails it."""
    try:
        return function(A)
    except np.linalg.LinAlgError:
        batch = A.reshape(-1, *A.shape[-2:])
        i = next((i for i, matrix in enumerate(batch) if not possible(function, matrix)), 0)
        element = f"(Batch element {i}): " if A.ndim > 2 else ""
        raise LinAlgError(f"{name}: {element}{reason(batch[i])}") from None


def possible(function: Callable[..., Any], matrix: Any) -> bool:
    """Does numpy find a result?"""
    try:
        function(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def zero_pivot(matrix: Any) -> int:
    """Which element of the diagonal of its triangular form is zero, counted from 1; the smallest, where only rounding
    keeps it from that."""
    rest = matrix.copy()
    sizes = []
    for k in range(len(rest)):
        best = k + int(np.argmax(np.abs(rest[k:, k])))
        rest[[k, best]] = rest[[best, k]]
        pivot = rest[k, k]
        if pivot == 0:
            return k + 1
        sizes.append(abs(pivot))
        rest[k + 1 :] -= np.outer(rest[k + 1 :, k] / pivot, rest[k])
    return int(np.argmin(sizes)) + 1
