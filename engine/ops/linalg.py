"""Products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import broadcast
from engine.op import op
from engine.ops.shape import clone, expand, reshape, transpose, unsafe_view, unsqueeze


@op(
    "input @ other",
    torch="{input} @ {other}",
    aliases=("@", "mm", "dot", "matrix product", "multiply", "linear"),
    composite=True,
)
def matmul(input: Any, other: Any) -> Any:
    """The matrix product. Vectors count as one row or one column; more dimensions are batches of matrices."""
    left, right = input.ndim, other.ndim
    if left == 0 or right == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {left}D and {right}D")
    if right == 1:
        if left == 1:
            return dot(input, other)
        if left == 2:
            return mv(input, other)
    elif right == 2 and left == 2:
        return mm(input, other)
    elif right == 2 and left == 1:
        return squeeze_at(mm(unsqueeze(input, dim=0), other), dim=0)
    return _folded(input, other) if right <= 2 or left <= 2 else _batched(input, other)


@matmul.gradient("input", "g @ otherᵀ")
def _(g: Any, other: Any) -> Any:
    return g @ np.swapaxes(other, -1, -2)


@matmul.gradient("other", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return np.swapaxes(input, -1, -2) @ g


def _folded(input: Any, other: Any) -> Any:
    """A batch against a single matrix or vector is one big product, never a loop.

    As torch does it: the batch side is laid out as one tall matrix; when that is the right-hand side, both
    are transposed first and the result is transposed back.
    """
    if input.ndim > other.ndim:
        return _tall(input, other)
    turned = transpose(other, dim0=-1, dim1=-2)
    if input.ndim == 1:
        return _tall(turned, input)
    product = transpose(_tall(turned, transpose(input, dim0=-1, dim1=-2)), dim0=-1, dim1=-2)
    return product if product.is_contiguous() else clone(product)


def _tall(batch: Any, matrix: Any) -> Any:
    *sizes, inner = batch.shape
    rows = reshape(batch, shape=(int(np.prod(sizes)), inner))
    product = mv(rows, matrix) if matrix.ndim == 1 else mm(rows, matrix)
    return unsafe_view(product, shape=(*sizes, *matrix.shape[1:]))


def _batched(input: Any, other: Any) -> Any:
    """Batches against batches: their leading dimensions are broadcast, then one bmm."""
    batch = broadcast(tuple(input.shape[:-2]), tuple(other.shape[:-2]))
    count = int(np.prod(batch))
    left = reshape(expand(input, size=(*batch, *input.shape[-2:])), shape=(count, *input.shape[-2:]))
    right = reshape(expand(other, size=(*batch, *other.shape[-2:])), shape=(count, *other.shape[-2:]))
    return unsafe_view(bmm(left, right), shape=(*batch, input.shape[-2], other.shape[-1]))


@op("input @ mat2", torch="torch.mm({input}, {mat2})", aliases=("@", "matrix product"))
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices: rows of the first against columns of the second."""
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    if input.shape[1] != mat2.shape[0]:
        left, right = "x".join(map(str, input.shape)), "x".join(map(str, mat2.shape))
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({left} and {right})")
    dtypes.require_same(input, mat2, "expected m1 and m2 to have the same dtype, but got: {} != {}", dtypes.type_name)
    return input @ mat2


@mm.gradient("input", "g @ mat2ᵀ")
def _(g: Any, mat2: Any) -> Any:
    return g @ mat2.T


@mm.gradient("mat2", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return input.T @ g


@op("input @ vec", torch="torch.mv({input}, {vec})", aliases=("@", "matrix times vector"))
def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector: the dot product of every row with it."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input.ndim}, {vec.ndim}")
    if input.shape[1] != vec.shape[0]:
        rows, columns = input.shape
        raise RuntimeError(f"size mismatch, got input ({rows}), mat ({rows}x{columns}), vec ({vec.shape[0]})")
    dtypes.require_same(input, vec, "expected scalar type {} but found {}", dtypes.scalar_type)
    return input @ vec


@mv.gradient("input", "outer(g, vec)")
def _(g: Any, vec: Any) -> Any:
    return np.outer(g, vec)


@mv.gradient("vec", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return input.T @ g


@op("input · tensor", torch="torch.dot({input}, {tensor})", aliases=("@", "inner product", "scalar product"))
def dot(input: Any, tensor: Any) -> Any:
    """The dot product of two vectors: multiply element by element, then add up."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    if len(input) != len(tensor):
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{len(input)}] and src [{len(tensor)}] to have the "
            "same "
            f"number of elements, but got {len(input)} and {len(tensor)} elements respectively"
        )
    dtypes.require_same(
        input,
        tensor,
        "dot : expected both vectors to have same dtype, but found {} and {}",
        dtypes.scalar_type,
    )
    return np.dot(input, tensor)


@dot.gradient("input", "g × tensor")
def _(g: Any, tensor: Any) -> Any:
    return g * tensor


@dot.gradient("tensor", "g × input")
def _(g: Any, input: Any) -> Any:
    return g * input


@op("input @ mat2", torch="torch.bmm({input}, {mat2})", aliases=("@", "batch", "matrix product"))
def bmm(input: Any, mat2: Any) -> Any:
    """A batch of matrix products: the first matrix of each batch, the second of each, and so on."""
    if input.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if mat2.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if input.shape[0] != mat2.shape[0] or input.shape[2] != mat2.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{input.shape[0]}, {input.shape[2]}] but got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    dtypes.require_same(input, mat2, "expected scalar type {} but found {}", dtypes.scalar_type)
    return input @ mat2


@bmm.gradient("input", "g @ mat2ᵀ")
def _(g: Any, mat2: Any) -> Any:
    return g @ np.swapaxes(mat2, 1, 2)


@bmm.gradient("mat2", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return np.swapaxes(input, 1, 2) @ g


@op("squeeze(input)", public=False, grad_fn="SqueezeBackward4", view=True)
def squeeze_at(input: Any, *, dim: int = 0) -> Any:
    """Drops a dimension of size 1 that a product needed and its caller did not ask for."""
    return np.squeeze(input, dim)


@squeeze_at.gradient("input", "unsqueeze(g)")
def _(g: Any, *, dim: int) -> Any:
    return np.expand_dims(g, dim)
