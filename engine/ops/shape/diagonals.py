"""Diagonals of matrices, and what lies on either side of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes, normal_dim, real_dim, writeable_as
from engine.op import op, spelled
from engine.ops.shape.reshape import reshape


def _dims(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    """The two dimensions of the matrix."""
    first, second = normal_dim(dim1, ndim), normal_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


def _view(array: Any, offset: int, dim1: int, dim2: int) -> Any:
    """The diagonal over the same memory."""
    first, second = _dims(dim1, dim2, array.ndim)
    return writeable_as(array, np.diagonal(array, offset, first, second))


@op("diagonal(input)", aliases=("diag",), view=True)
def diagonal(input: Any, *, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements on a diagonal of a matrix; offset picks one above (positive) or below it."""
    return _view(input, offset, dim1, dim2)


@diagonal.gradient("input", "g on the diagonal, 0 elsewhere")
@op("g on the diagonal, 0 elsewhere", public=False)
def diagonal_backward(g: Any, *, input_shape: Sizes, offset: int, dim1: int, dim2: int) -> Any:
    """The gradient of diagonal."""
    result = np.zeros(input_shape, g.dtype)
    _view(result, offset, dim1, dim2)[...] = g
    return result


@diagonal_backward.gradient("g", "diagonal(g)")
def _(g: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    return diagonal.of(g, offset=offset, dim1=dim1, dim2=dim2)


@op("diagonal(input)", public=False, grad_fn="DiagonalBackward0_copy")
def diagonal_copy(input: Any, *, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements on a diagonal, in memory of their own."""
    return _view(input, offset, dim1, dim2).copy()


@diagonal_copy.gradient("input", "g on the diagonal, 0 elsewhere")
def _(g: Any, *, input_shape: Sizes, offset: int, dim1: int, dim2: int) -> Any:
    return diagonal_backward.of(g, input_shape=input_shape, offset=offset, dim1=dim1, dim2=dim2)


@op("matrix with input on the diagonal", aliases=("diagonal matrix",))
def diag_embed(input: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Makes a matrix of each vector: its elements on a diagonal, 0 elsewhere."""
    first, second = _dims(dim1, dim2, input.ndim + 1)
    real_dim(-1, input.ndim)
    size = input.shape[-1] + abs(offset)
    sizes = list(input.shape[:-1])
    for dim in sorted((first, second)):
        sizes.insert(dim, size)
    result = np.zeros(sizes, input.dtype)
    _view(result, offset, first, second)[...] = input
    return result


@diag_embed.gradient("input", "diagonal(g)")
def _(g: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    return diagonal.of(g, offset=offset, dim1=dim1, dim2=dim2)


@op(
    "diag(input)",
    aliases=("diagonal", "diagonal matrix"),
    grad_fn="DiagEmbedBackward0",
    composite=True,
)
def diag(input: Any, *, diagonal: int = 0) -> Any:
    """Makes a diagonal matrix of a vector; of a matrix it takes the diagonal."""
    if input.ndim == 1:
        return diag_embed(input, offset=diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return diagonal_copy(input, offset=diagonal)


@diag.gradient("input", "diag(g)")
def _(g: Any, *, input_shape: Sizes, diagonal: int) -> Any:
    if len(input_shape) == 1:
        return _view(g, diagonal, 0, 1)
    return diagonal_backward.of(g, input_shape=input_shape, offset=diagonal, dim1=0, dim2=1)


@spelled("torch.diagflat", "Tensor.diagflat")
def diagflat(input: Any, offset: int = 0) -> Any:
    """A matrix with all elements of the input on a diagonal."""
    return diag_embed(reshape(input, shape=(-1,)), offset=offset)


def _matrix(input: Any, name: str) -> Any:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


@op("tril(input)", aliases=("lower triangle", "causal mask"))
def tril(input: Any, *, diagonal: int = 0) -> Any:
    """The lower triangle of a matrix: zeros above the diagonal."""
    return np.tril(_matrix(input, "tril"), diagonal)


@tril.gradient("input", "tril(g)")
def _(g: Any, *, diagonal: int) -> Any:
    return np.tril(g, diagonal)


@op("triu(input)", aliases=("upper triangle", "causal mask"))
def triu(input: Any, *, diagonal: int = 0) -> Any:
    """The upper triangle of a matrix: zeros below the diagonal."""
    return np.triu(_matrix(input, "triu"), diagonal)


@triu.gradient("input", "triu(g)")
def _(g: Any, *, diagonal: int) -> Any:
    return np.triu(g, diagonal)
