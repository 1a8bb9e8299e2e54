"""Many matrix products one after the other."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.op import op, spelled
from engine.ops.linalg.matrices import require_square
from engine.ops.linalg.products import matmul, mm
from engine.ops.linalg.solving import inv
from engine.ops.shape.reshape import clone, unsqueeze, view


@op(
    "A ^ n",
    torch="torch.linalg.matrix_power({A}, {n})",
    also=("torch.matrix_power",),
    aliases=("power", "repeated product"),
    required=("n",),
    grad_fn="MmBackward0",
    composite=True,
)
def matrix_power(A: Any, *, n: int = 2) -> Any:
    """A square matrix multiplied with itself n times; below 0 its inverse is, and 0 gives the identity."""
    require_square("linalg.matrix_power", A.array, floats=False)
    if n == 0:
        return identity_like(clone(A))
    if n == 1:
        return clone(A)
    base = inv(A) if n < 0 else A
    n = abs(n)
    if n == 1:
        return base
    if n == 3:
        return matmul(matmul(base, base), base)
    result = None
    while n:  # squares, and of them those that the binary digits of n name
        n, digit = divmod(n, 2)
        if digit:
            result = base if result is None else matmul(result, base)
        if n:
            base = matmul(base, base)
    return result


@op("identity", public=False, grad_fn="CopyBackwards")
def identity_like(A: Any) -> Any:
    """Ones on the diagonal of every matrix, whatever was there before."""
    return np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape).copy()


@identity_like.gradient("A", "0 × g")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op(
    "tensors @ one after the other",
    torch="torch.linalg.multi_dot({tensors})",
    aliases=("matrix chain", "product of many"),
    grad_fn="ViewBackward0",
    composite=True,
)
def multi_dot(*tensors: Any) -> Any:
    """The product of many matrices, multiplied in the order that takes the least work. The first and the last may be
    vectors."""
    _check_chain(tensors)
    chain = list(tensors)
    if chain[0].ndim == 1:
        chain[0] = unsqueeze(chain[0], dim=0)
    if chain[-1].ndim == 1:
        chain[-1] = unsqueeze(chain[-1], dim=-1)
    for i in range(1, len(chain)):
        if chain[i - 1].shape[-1] != chain[i].shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(tensors[i - 1].shape)} and "
                f"{list(tensors[i].shape)} cannot be multiplied"
            )
    above = tensors[0].shape[:1] if tensors[0].ndim == 2 else ()
    below = tensors[-1].shape[1:]
    return view(_multiplied(chain), shape=(*above, *below))


def _check_chain(tensors: Sequence[Any]) -> None:
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    for place, x in (("first", tensors[0]), ("last", tensors[-1])):
        if x.ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {place} tensor must be 1D or 2D but got {x.ndim}D")
    kind = tensors[0].array.dtype
    for i, x in enumerate(tensors):
        if 0 < i < count - 1 and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
        if x.array.dtype != kind:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {dtypes.type_name(kind)} and "
                f"tensor {i} {dtypes.type_name(x.array.dtype)}"
            )


def _multiplied(chain: Sequence[Any]) -> Any:
    """The product in the cheapest order."""
    sizes = [chain[0].shape[0], *(x.shape[1] for x in chain)]
    rank = -1 if len(chain) == 3 else 1  # of orders that cost the same torch takes the last of two, the first of more

    @cache
    def cheapest(first: int, last: int) -> tuple[int, int]:
        """How many multiplications it takes, and after which matrix the last product splits the chain."""
        if first == last:
            return 0, first
        return min(
            (
                cheapest(first, k)[0] + cheapest(k + 1, last)[0] + sizes[first] * sizes[k + 1] * sizes[last + 1],
                rank * k,
            )
            for k in range(first, last)
        )

    def product(first: int, last: int) -> Any:
        if first == last:
            return chain[first]
        split = abs(cheapest(first, last)[1])
        return mm(product(first, split), product(split + 1, last))

    return product(0, len(chain) - 1)


@spelled("torch.chain_matmul")
def chain_matmul(*matrices: Any) -> Any:
    """The older spelling of `torch.linalg.multi_dot`, for matrices only."""
    warnings.warn(_CHAIN, UserWarning, stacklevel=2)
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for x in matrices:
        if x.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {x.ndim}, expected 2 instead.")
    return clone(matrices[0]) if len(matrices) == 1 else multi_dot(*matrices)


_CHAIN = (
    "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
    "instead, which accepts a list of two or more tensors rather than multiple parameters."
)
