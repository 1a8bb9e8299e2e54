"""`torch.linalg`: the norms so far."""

from __future__ import annotations

from typing import Any

import engine.ops.norm as _norm
from engine.autograd.tensor import Tensor


def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The `ord`-norm of all elements, or of those along `dim`."""
    return _norm.norm(x, p=ord, dim=dim, keepdim=keepdim)


def norm(A: Tensor, ord: float | None = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The vector norm; a matrix without `dim` and `ord` counts as one long vector."""
    if ord is not None and A.ndim > 1 and not isinstance(dim, int):
        raise NotImplementedError("linalg.norm of a matrix with ord: take vector_norm, or give one dim")
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim)
