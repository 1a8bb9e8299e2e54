"""How alike two vectors are, and how far apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import broadcast
from engine.op import Dims, Dtype, op
from engine.ops.arithmetic.by_number import add_number
from engine.ops.arithmetic.operators import div, mul, sub
from engine.ops.reduction.norm import norm
from engine.ops.reduction.sums import sum
from engine.ops.shape.converting import converted
from engine.ops.shape.reshape import clone, expand


@op(
    "x1 · x2 / (||x1|| × ||x2||)",
    also=("torch.nn.functional.cosine_similarity",),
    aliases=("angle", "cosine", "alike", "embedding", "dot product"),
    grad_fn="SumBackward1",
    composite=True,
)
def cosine_similarity(x1: Any, x2: Any, *, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between two vectors along a dimension: 1 in the same direction, -1 in the opposite."""
    wanted = dtypes.promoted((x1.array, x2.array))
    if wanted.kind != "f":
        kind = dtypes.scalar_type(wanted)
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {kind}")
    size = broadcast(tuple(x1.shape), tuple(x2.shape))
    parts = [
        part if tuple(part.shape) == size else expand(part, size=size)
        for part in (converted(x1, dtypes.torch_dtype(wanted)), converted(x2, dtypes.torch_dtype(wanted)))
    ]
    lengths = [clone(norm(part, p=2.0, dim=dim, keepdim=True)) for part in parts]
    for length in lengths:
        length.array = np.maximum(length.array, length.array.dtype.type(eps))  # as torch does, unseen by the gradient
    return sum(mul(*(div(part, length) for part, length in zip(parts, lengths, strict=True))), dim=dim)


@op("||input||", public=False, grad_fn="NormBackward1")
def norm_along(input: Any, *, p: float = 2.0, dim: Dims = None, keepdim: bool = False, dtype: Dtype = None) -> Any:
    """The norm as torch's distances take it."""
    return norm.function(input, p=p, dim=dim, keepdim=keepdim, dtype=dtype)


norm_along.gradient("input", norm.gradients["input"].formula)(norm.gradients["input"].function)


@op(
    "||x1 - x2 + eps||",
    also=("torch.nn.functional.pairwise_distance",),
    aliases=("distance", "euclidean", "metric"),
    grad_fn="NormBackward1",
    composite=True,
)
def pairwise_distance(x1: Any, x2: Any, *, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """How far every row of the first is from the same row of the second; eps keeps the slope finite at 0."""
    apart = add_number(sub(x1, x2), number=eps)
    return norm_along(apart, p=p, dim=max(x1.ndim, x2.ndim) - 1, keepdim=keepdim)
