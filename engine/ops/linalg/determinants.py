"""Determinants: how much larger a matrix makes a volume."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes
from engine.op import op, op_named, spelled
from engine.ops.linalg.matrices import flipped, require_square
from engine.ops.linalg.solving import inv
from engine.ops.several import results


@op(
    "det(A)",
    torch="torch.linalg.det({A})",
    also=("torch.det",),
    aliases=("determinant", "|A|", "volume"),
    grad_fn="LinalgDetBackward0",
)
def det(A: Any) -> Any:
    """The determinant of a square matrix: how many times larger it makes a volume; 0 if it flattens it."""
    require_square("linalg.det", A)
    return np.linalg.det(A)


def _each(g: Any) -> Any:
    """One number for each matrix, as a matrix."""
    return np.expand_dims(g, (-2, -1))


@det.gradient("A", "g × cofactors(A)")
def _(g: Any, A: Any) -> Any:
    return _each(g) * cofactors.of(A)


def _turned(A: Any) -> tuple[Any, Any, Any]:
    """The singular value decomposition, with the sign that its turns have."""
    if not np.isfinite(A).all():
        A = np.full_like(A, math.nan)
        return A, A[..., 0], A
    U, S, Vh = np.linalg.svd(A)
    return U * _each(np.linalg.det(U) * np.linalg.det(Vh)), S, Vh


@op("cofactors(A)", public=False)
def cofactors(A: Any) -> Any:
    """The slope of the determinant along each element: det(A) times the transposed inverse, but also where there is no
    inverse."""
    U, S, Vh = _turned(A)
    own = np.eye(S.shape[-1], dtype=bool)
    without_one = np.where(own, 1, S[..., None, :]).prod(-1)
    return (U * without_one[..., None, :]) @ Vh


@cofactors.gradient("A", "det(A) × (sum(g × A⁻ᵀ) × A⁻ᵀ - A⁻ᵀ @ gᵀ @ A⁻ᵀ)")
def _(g: Any, A: Any) -> Any:
    size = det.of(A)
    if np.any(size == 0):
        return cofactors_backward.of(g, A)
    turned = flipped(inv.of(A))
    return _each(size) * (np.sum(g * turned, (-2, -1), keepdims=True) * turned - turned @ flipped(g) @ turned)


@op("sum of g × minors without two rows and columns", public=False)
def cofactors_backward(g: Any, A: Any) -> Any:
    """The gradient of the cofactors of a matrix that has no inverse."""
    U, S, Vh = _turned(A)
    own = np.eye(S.shape[-1], dtype=bool)
    without_two = np.where(own, 0, np.where(own[:, None] | own[None], 1, S[..., None, None, :]).prod(-1))
    inside = flipped(U) @ g @ flipped(Vh)
    straight = without_two @ np.diagonal(inside, 0, -2, -1)[..., None]
    return U @ (np.where(own, straight, 0) - flipped(without_two * inside)) @ Vh


@cofactors_backward.gradient("g", "the same of g")
def _(g: Any, A: Any) -> Any:
    return cofactors_backward.of(g, A)


@op("sign of det(A)", torch="torch.linalg.slogdet({A}).sign", aliases=("slogdet",), grad_fn="LinalgSlogdetBackward0")
def slogdet_sign(A: Any) -> Any:
    """Whether the determinant is above or below 0: 1 or -1, and 0 if it is 0."""
    require_square("linalg.slogdet", A)
    return np.linalg.slogdet(A)[0]


@slogdet_sign.gradient("A", "0")
def _(g: Any, A_shape: Sizes) -> Any:
    return np.broadcast_to(_each(g) * 0, A_shape)


@op(
    "ln |det(A)|",
    torch="torch.linalg.slogdet({A}).logabsdet",
    aliases=("slogdet", "log determinant"),
    grad_fn="LinalgSlogdetBackward0",
)
def logabsdet(A: Any) -> Any:
    """The logarithm of the size of the determinant, also where that itself would be too large or too small a number."""
    require_square("linalg.slogdet", A)
    return np.linalg.slogdet(A)[1]


@logabsdet.gradient("A", "g × A⁻ᵀ")
def _(g: Any, A: Any) -> Any:
    return _each(g) * flipped(inverse_or_inf.of(A))


@op("A⁻¹", public=False, grad_fn="LinalgInvExBackward0")
def inverse_or_inf(A: Any) -> Any:
    """The inverse, and infinity where there is none."""
    try:
        return np.linalg.inv(A)
    except np.linalg.LinAlgError:
        one_by_one = [inverse_or_inf.function(a) for a in A] if A.ndim > 2 else []
        return np.stack(one_by_one) if one_by_one else np.full_like(A, math.inf)


@inverse_or_inf.gradient("A", "-outputᵀ @ g @ outputᵀ")
def _(g: Any, output: Any) -> Any:
    turned = flipped(output)
    return -turned @ g @ turned


_linalg_slogdet = results("linalg_slogdet", "sign", "logabsdet")
_slogdet = results("slogdet", "sign", "logabsdet")


@spelled("torch.linalg.slogdet")
def linalg_slogdet(A: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return _linalg_slogdet(slogdet_sign(A), logabsdet(A))


@spelled("torch.slogdet", "Tensor.slogdet")
def slogdet(input: Any) -> Any:
    """The sign of the determinant, and the logarithm of its size."""
    return _slogdet(slogdet_sign(input), logabsdet(input))


@op("ln det(A)", aliases=("log determinant",), grad_fn="WhereBackward0", composite=True)
def logdet(A: Any) -> Any:
    """The logarithm of the determinant; nan where that is negative."""
    require_square("logdet", A.array)
    return op_named("where")(slogdet_sign(A) == -1, math.nan, logabsdet(A))


@logdet.gradient("A", "g × A⁻ᵀ")
def _(g: Any, A: Any) -> Any:
    return _each(g) * flipped(inverse_or_inf.of(A))
