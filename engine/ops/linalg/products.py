"""Products of vectors and matrices."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import Sizes, broadcast, normal_dim
from engine.op import Shape, op, spelled
from engine.ops.arithmetic.operators import mul
from engine.ops.shape.axes import t, transpose
from engine.ops.shape.reshape import contiguous, expand, reshape, squeeze, unsafe_view, unsqueeze


def refuse_bool(array: Any, kernel: str) -> None:
    """No product adds up truth values; `kernel` is what torch says is missing."""
    if array.dtype.kind == "b" and array.size:
        raise dtypes.not_implemented(kernel, array.dtype)


@op(
    "input @ other",
    torch="{input} @ {other}",
    also=("torch.linalg.matmul",),
    aliases=("@", "mm", "dot", "matrix product", "multiply", "linear"),
    composite=True,
)
def matmul(input: Any, other: Any) -> Any:
    """The matrix product. Vectors count as one row or one column; more dimensions are batches of matrices."""
    left, right = input.ndim, other.ndim
    if left == 2 and right == 2:
        return mm(input, other)
    if left == 0 or right == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {left}D and {right}D")
    if right == 1 and left == 1:
        return dot(input, other)
    if right == 1 and left == 2:
        return mv(input, other)
    if right == 2 and left == 1:
        return squeeze_at(mm(unsqueeze(input, dim=0), other), dim=0)
    if _folds(input, other):
        return _folded(input, other)
    if left == right == 3 and input.shape[0] != other.shape[0]:  # a batch of one that learns is better folded
        if input.shape[0] == 1 and input.requires_grad:
            return matmul(squeeze(input, dim=0), other)
        if other.shape[0] == 1 and other.requires_grad:
            return matmul(input, squeeze(other, dim=0))
    return _batched(input, other)


@matmul.gradient("input", "g @ otherᵀ")
def _(g: Any, other: Any) -> Any:
    return g @ np.swapaxes(other, -1, -2)


@matmul.gradient("other", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return np.swapaxes(input, -1, -2) @ g


def _folds(input: Any, other: Any) -> bool:
    """Is a batch against a single matrix or vector one big product? Where that needs no copy, and where it saves the
    backward pass a gradient for every matrix of the batch."""
    larger, smaller = (input, other) if input.ndim >= other.ndim else (other, input)
    if larger.ndim < 3 or smaller.ndim > 2:
        return False
    if smaller.requires_grad:
        return True
    if input.ndim == 2:
        return False
    array = larger.array if larger is input else np.swapaxes(larger.array, -1, -2)
    steps, sizes = array.strides, array.shape
    return array.size == 0 or all(steps[d] == steps[d + 1] * sizes[d + 1] for d in range(array.ndim - 2))


def _folded(input: Any, other: Any) -> Any:
    """The batch side is laid out as one tall matrix; when that is the right-hand side, both are transposed first and
    the result is transposed back."""
    if input.ndim > other.ndim:
        return _tall(input, other)
    turned = transpose(other, dim0=-1, dim1=-2)
    if input.ndim == 1:
        return _tall(turned, input)
    product = transpose(_tall(turned, t(input)), dim0=-1, dim1=-2)
    return contiguous(product)


def _tall(batch: Any, matrix: Any) -> Any:
    *sizes, inner = batch.shape
    rows = reshape(batch, shape=(math.prod(sizes), inner))
    product = mv(rows, matrix) if matrix.ndim == 1 else mm(rows, matrix)
    return unsafe_view(product, shape=(*sizes, *matrix.shape[1:]))


def _batched(input: Any, other: Any) -> Any:
    """Batches against batches: their leading dimensions are broadcast, then one bmm."""
    rows = input.shape[-2:-1] if input.ndim > 1 else ()
    columns = other.shape[-1:] if other.ndim > 1 else ()
    batch = broadcast(tuple(input.shape[:-2]), tuple(other.shape[:-2]))
    count = math.prod(batch)
    size = (*(rows or (1,)), input.shape[-1])
    left = reshape(expand(input, size=(*batch, *size)), shape=(count, *size))
    if columns:
        size = tuple(other.shape[-2:])
        right = reshape(expand(other, size=(*batch, *size)), shape=(count, *size))
        product = bmm(left, right)
    else:
        size = tuple(other.shape)
        right = unsqueeze(reshape(expand(other, size=(*batch, *size)), shape=(count, *size)), dim=2)
        product = squeeze(bmm(left, right), dim=-1)
    return unsafe_view(product, shape=(*batch, *rows, *columns))


@op("squeeze(input)", public=False, grad_fn="SqueezeBackward4")
def squeeze_at(input: Any, *, dim: int = 0) -> Any:
    """Drops a dimension of size 1 that a product needed and its caller did not ask for."""
    return np.squeeze(input, dim)


@squeeze_at.gradient("input", "unsqueeze(g)")
def _(g: Any, *, dim: int) -> Any:
    return np.expand_dims(g, dim)


def require_matching(mat1: Any, mat2: Any) -> None:
    """As many columns on the left as rows on the right."""
    if mat1.shape[1] != mat2.shape[0]:
        left, right = "x".join(map(str, mat1.shape)), "x".join(map(str, mat2.shape))
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({left} and {right})")


@op("input @ mat2", torch="torch.mm({input}, {mat2})", aliases=("@", "matrix product"))
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices: rows of the first against columns of the second."""
    if input.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    require_matching(input, mat2)
    dtypes.require_same(input, mat2, "expected m1 and m2 to have the same dtype, but got: {} != {}", dtypes.type_name)
    refuse_bool(input, "addmm_impl_cpu_")
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
    require_one_dtype("addmv", vec, input, vec)
    refuse_bool(input, "addmv_impl_cpu")
    return input @ vec


def require_one_dtype(name: str, input: Any, mat: Any, vec: Any) -> None:
    """What is added to a matrix times a vector, and those, of one dtype."""
    if not (input.dtype == mat.dtype == vec.dtype):
        a, b, c = (dtypes.scalar_type(array.dtype) for array in (input, mat, vec))
        raise RuntimeError(f"{name} input tensors must have the same dtype, but got {a}, {b}, and {c}")


@mv.gradient("input", "outer(g, vec)")
def _(g: Any, vec: Any) -> Any:
    return np.outer(g, vec)


@mv.gradient("vec", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return input.T @ g


def _dotted(a: Any, b: Any) -> Any:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    dtypes.require_same(a, b, "dot : expected both vectors to have same dtype, but found {} and {}", dtypes.scalar_type)
    if len(a) != len(b):
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{len(a)}] and src [{len(b)}] to have the same "
            f"number of elements, but got {len(a)} and {len(b)} elements respectively"
        )
    refuse_bool(a, "dot")
    return np.dot(a, b)


@op("input · tensor", torch="torch.dot({input}, {tensor})", aliases=("@", "inner product", "scalar product"))
def dot(input: Any, tensor: Any) -> Any:
    """The dot product of two vectors: multiply element by element, then add up."""
    return _dotted(input, tensor)


@dot.gradient("input", "g × tensor")
def _(g: Any, tensor: Any) -> Any:
    return g * tensor


@dot.gradient("tensor", "g × input")
def _(g: Any, input: Any) -> Any:
    return g * input


@op("input · other", aliases=("inner product", "scalar product"))
def vdot(input: Any, other: Any) -> Any:
    """The dot product of two vectors. For real numbers it is the same as dot."""
    return _dotted(input, other)


@vdot.gradient("input", "g × other")
def _(g: Any, other: Any) -> Any:
    return g * other


@vdot.gradient("other", "g × input")
def _(g: Any, input: Any) -> Any:
    return g * input


@op("sum(x × y)", torch="torch.linalg.vecdot({x}, {y}, dim={dim})", aliases=("dot product",), composite=True)
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The dot products of many pairs of vectors, which lie along a dimension."""
    if not x.is_floating_point():
        scalar = dtypes.scalar_type(x.array.dtype)
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {scalar}")
    dtypes.require_same(
        x.array,
        y.array,
        "linalg.vecdot: Expected x and y to have the same dtype, but found x of type {} and y of type {} instead",
        dtypes.scalar_type,
    )
    if x.ndim == 1 and y.ndim == 1:
        return vdot(x, y)
    return mul(x, y).sum(dim)


@op("input @ mat2", torch="torch.bmm({input}, {mat2})", aliases=("@", "batch", "matrix product"))
def bmm(input: Any, mat2: Any) -> Any:
    """A batch of matrix products: the first matrix of each batch, the second of each, and so on."""
    require_batches(input, mat2)
    dtypes.require_same(input, mat2, "expected scalar type {} but found {}", dtypes.scalar_type)
    refuse_bool(input, "bmm")
    return input @ mat2


def require_batches(batch1: Any, batch2: Any) -> None:
    """Two batches of as many matrices, each of which can be multiplied."""
    if batch1.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if batch2.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if batch1.shape[0] != batch2.shape[0] or batch1.shape[2] != batch2.shape[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{batch1.shape[0]}, {batch1.shape[2]}] but got: [{batch2.shape[0]}, {batch2.shape[1]}]."
        )


@bmm.gradient("input", "g @ mat2ᵀ")
def _(g: Any, mat2: Any) -> Any:
    return g @ np.swapaxes(mat2, 1, 2)


@bmm.gradient("mat2", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return np.swapaxes(input, 1, 2) @ g


def require_vector(name: str, array: Any, argument: str) -> None:
    """A vector, or `name` refuses."""
    if array.ndim != 1:
        raise RuntimeError(f"{name}: Expected 1-D argument {argument}, but got {array.ndim}-D")


@op("outer(input, vec2)", also=("torch.ger",), aliases=("ger", "⊗", "all pairs", "outer product"), composite=True)
def outer(input: Any, vec2: Any) -> Any:
    """Every element of one vector times every element of another: one row for each of the first."""
    require_vector("outer", input, "self")
    require_vector("outer", vec2, "vec2")
    return mul(reshape(input, shape=(len(input), 1)), vec2)


@outer.gradient("input", "g @ vec2")
def _(g: Any, vec2: Any) -> Any:
    return g @ vec2


@outer.gradient("vec2", "gᵀ @ input")
def _(g: Any, input: Any) -> Any:
    return g.T @ input


@op("kron(input, other)", aliases=("kronecker product", "⊗", "blocks"), composite=True)
def kron(input: Any, other: Any) -> Any:
    """Every element of the first tensor times the whole second one, as blocks in the place of that element."""
    ndim = max(input.ndim, other.ndim)
    left = (1,) * (ndim - input.ndim) + tuple(input.shape)
    right = (1,) * (ndim - other.ndim) + tuple(other.shape)
    product = mul(
        unsafe_view(input, shape=tuple(n for size in left for n in (size, 1))),
        unsafe_view(other, shape=tuple(n for size in right for n in (1, size))),
    )
    return unsafe_view(product, shape=tuple(m * n for m, n in zip(left, right, strict=True)))


@op(
    "input × other",
    torch="torch.linalg.cross({input}, {other}, dim={dim})",
    aliases=("cross product", "vector product"),
    grad_fn="LinalgCrossBackward0",
)
def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector that stands upright on two vectors of length 3, which lie along a dimension."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = normal_dim(dim, input.ndim)
    sizes = (input.shape or (1,))[axis], (other.shape or (1,))[axis]
    if sizes != (3, 3):
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and {sizes[1]}")
    broadcast(input.shape, other.shape)
    dtypes.require_same(input, other, "expected scalar type {} but found {}", dtypes.scalar_type)
    refuse_bool(input, "cross")
    return np.ascontiguousarray(np.cross(input, other, axis=axis))


@cross.gradient("input", "cross(other, g)")
def _(g: Any, other: Any, *, dim: int) -> Any:
    return cross.of(other, g, dim=dim)


@cross.gradient("other", "cross(g, input)")
def _(g: Any, input: Any, *, dim: int) -> Any:
    return cross.of(g, input, dim=dim)


@spelled("torch.cross", "Tensor.cross")
def cross_anywhere(input: Any, other: Any, dim: int | None = None) -> Any:
    """`torch.cross`, which without a `dim` takes the first dimension of size 3."""
    if dim is None:
        warnings.warn(_CROSS, UserWarning, stacklevel=2)
        dim = next((d for d, size in enumerate(input.shape) if size == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return cross(input, other, dim=dim)


_CROSS = (
    "Using torch.cross without specifying the dim arg is deprecated.\n"
    "Please either pass the dim explicitly or simply use torch.linalg.cross.\n"
    "The default value of dim will change to agree with that of linalg.cross in a future release."
)


@op("sum of the diagonal", aliases=("diagonal", "tr"))
def trace(input: Any) -> Any:
    """The sum of the elements on the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    refuse_bool(input, "trace")
    return np.trace(input, dtype=np.int64 if input.dtype.kind in "iu" else None)


@op("g on the diagonal, 0 elsewhere", public=False)
def trace_backward(g: Any, *, shape: Shape) -> Any:
    """The gradient of trace."""
    result = np.zeros(shape, g.dtype)
    np.fill_diagonal(result, g)
    return result


@trace.gradient("input", "g on the diagonal, 0 elsewhere")
def _(g: Any, input_shape: Sizes) -> Any:
    return trace_backward.of(g, shape=input_shape)


@trace_backward.gradient("g", "trace(g)")
def _(g: Any) -> Any:
    return trace.of(g)
