"""Products with something added: the linear layer and its kin."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import expanded, real_dim
from engine.op import op
from engine.ops.arithmetic.operators import add
from engine.ops.linalg.products import (
    matmul,
    mm,
    refuse_bool,
    require_batches,
    require_matching,
    require_one_dtype,
    require_vector,
)
from engine.ops.shape.axes import t
from engine.ops.shape.reshape import reshape, view


@op(
    "input @ weightᵀ + bias",
    torch="torch.nn.functional.linear({input}, {weight}, {bias})",
    aliases=("dense", "fully connected", "affine", "layer", "addmm"),
    grad_fn="AddmmBackward0",
    composite=True,
)
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """A linear layer: every row of the input times every row of the weight, and one bias for each result."""
    ndim = input.ndim
    if ndim == 2 and weight.ndim == 2:
        return mm_turned(input, t(weight)) if bias is None else addmm_turned(bias, input, t(weight))
    if ndim == 0 or weight.ndim == 0:
        raise RuntimeError(f"both arguments to linear need to be at least 1D, but they are {ndim}D and {weight.ndim}D")
    if bias is None:
        return matmul(input, t(weight))
    if ndim == 2:
        return addmm_turned(bias, input, t(weight))
    if bias.ndim == 1 and input.is_contiguous():
        *sizes, inner = input.shape
        rows = reshape(input, shape=(math.prod(sizes), inner))
        product = addmm_turned(bias, rows, t(weight))
        return view(product, shape=(*sizes, product.shape[1]))
    return add(matmul(input, t(weight)), bias)


@linear.gradient("input", "g @ weight")
def _(g: Any, weight: Any) -> Any:
    return g @ weight


@linear.gradient("weight", "gᵀ @ input")
def _(g: Any, input: Any) -> Any:
    return np.swapaxes(g, -1, -2) @ input


@linear.gradient("bias", "sum of g over the rows")
def _(g: Any) -> Any:
    return np.sum(g, 0)


def _scaled(array: Any, factor: float) -> Any:
    return array if factor == 1 else array * factor


def _added(input: Any, product: Any, beta: float, alpha: float) -> Any:
    """`beta × input + alpha × product`, in the memory of the product, which is new."""
    if product.dtype.kind != "f":
        whole = bool if product.dtype.kind == "b" else int
        beta, alpha = whole(beta), whole(alpha)
    if input.shape != product.shape:
        expanded(input.shape, product.shape, dtypes.scalar_type(input.dtype))
    if alpha != 1:
        product *= alpha
    if beta != 0:  # at 0 what is in the input does not matter, not even nan
        product += _scaled(input, beta)
    return product


def _multiplied(input: Any, mat1: Any, mat2: Any) -> Any:
    """The product of `addmm`, refused as torch refuses it."""
    if not (input.dtype is mat2.dtype is mat1.dtype or input.dtype == mat2.dtype == mat1.dtype):
        dtypes.require_same(
            input, mat2, "self and mat2 must have the same dtype, but got {} and {}", dtypes.scalar_type
        )
        dtypes.require_same(mat1, mat2, "mat1 and mat2 must have the same dtype, but got {} and {}", dtypes.scalar_type)
    if mat1.ndim != 2 or mat2.ndim != 2:
        name, matrix = ("mat1", mat1) if mat1.ndim != 2 else ("mat2", mat2)
        raise RuntimeError(f"{name} must be a matrix, got {matrix.ndim}-D tensor")
    require_matching(mat1, mat2)
    refuse_bool(mat1, "addmm_impl_cpu_")
    return mat1 @ mat2


@op(
    "beta × input + alpha × mat1 @ mat2",
    torch="torch.addmm({input}, {mat1}, {mat2}, beta={beta}, alpha={alpha})",
    aliases=("matrix product", "linear", "affine", "gemm"),
)
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """A matrix product with something added to it; beta and alpha say how much of each."""
    return _added(input, _multiplied(input, mat1, mat2), beta, alpha)


@addmm.gradient("input", "beta × g")
def _(g: Any, *, beta: float) -> Any:
    return _scaled(g, beta)


@addmm.gradient("mat1", "alpha × g @ mat2ᵀ")
def _(g: Any, mat2: Any, *, alpha: float) -> Any:
    return _scaled(g @ mat2.T, alpha)


@addmm.gradient("mat2", "alpha × mat1ᵀ @ g")
def _(g: Any, mat1: Any, *, alpha: float) -> Any:
    return _scaled(mat1.T @ g, alpha)


@op("input + mat1 @ mat2", public=False, grad_fn="AddmmBackward0")
def addmm_turned(input: Any, mat1: Any, mat2: Any) -> Any:
    """The addmm inside a linear layer. Its mat2 is a weight lying on its side, and the gradient is made lying the same
    way: so the weight, turned back, gets its own in the order in which its numbers stand in memory."""
    product = _multiplied(input, mat1, mat2)
    if input.shape != product.shape:
        expanded(input.shape, product.shape, dtypes.scalar_type(input.dtype))
    product += input
    return product


@addmm_turned.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@addmm_turned.gradient("mat1", "g @ mat2ᵀ")
def _(g: Any, mat2: Any) -> Any:
    return g @ mat2.T


@addmm_turned.gradient("mat2", "mat1ᵀ @ g")
def _(g: Any, mat1: Any) -> Any:
    return (g.T @ mat1).T


@op("input @ mat2", public=False, grad_fn="MmBackward0")
def mm_turned(input: Any, mat2: Any) -> Any:
    """The mm inside a linear layer without bias, whose gradients lie as those of addmm_turned."""
    return mm.function(input, mat2)


@mm_turned.gradient("input", "g @ mat2ᵀ")
def _(g: Any, mat2: Any) -> Any:
    return g @ mat2.T


@mm_turned.gradient("mat2", "inputᵀ @ g")
def _(g: Any, input: Any) -> Any:
    return (g.T @ input).T


@op(
    "beta × input + alpha × mat @ vec",
    torch="torch.addmv({input}, {mat}, {vec}, beta={beta}, alpha={alpha})",
    aliases=("matrix times vector", "affine", "gemv"),
)
def addmv(input: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """A matrix times a vector, with something added to it; beta and alpha say how much of each."""
    if mat.ndim != 2 or vec.ndim != 1 or input.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}")
    rows, columns = mat.shape
    if columns != len(vec) or input.size not in (1, rows):
        raise RuntimeError(f"size mismatch, got input ({input.size}), mat ({rows}x{columns}), vec ({len(vec)})")
    require_one_dtype("addmv", input, mat, vec)
    refuse_bool(mat, "addmv_impl_cpu")
    return _added(input, mat @ vec, beta, alpha)


@addmv.gradient("input", "beta × g")
def _(g: Any, *, beta: float) -> Any:
    return _scaled(g, beta)


@addmv.gradient("mat", "alpha × outer(g, vec)")
def _(g: Any, vec: Any, *, alpha: float) -> Any:
    return _scaled(np.outer(g, vec), alpha)


@addmv.gradient("vec", "alpha × matᵀ @ g")
def _(g: Any, mat: Any, *, alpha: float) -> Any:
    return _scaled(mat.T @ g, alpha)


@op(
    "beta × input + alpha × outer(vec1, vec2)",
    torch="torch.addr({input}, {vec1}, {vec2}, beta={beta}, alpha={alpha})",
    aliases=("outer product", "rank one update", "ger"),
)
def addr(input: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """Every element of one vector times every element of another, with something added to it."""
    require_vector("addr", vec1, "vec1")
    require_vector("addr", vec2, "vec2")
    for other in (input, vec2):
        dtypes.require_same(vec1, other, "expected scalar type {} but found {}", dtypes.scalar_type)
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if vec1.dtype.kind != "f" and isinstance(factor, float):
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    return _added(input, np.outer(vec1, vec2), beta, alpha)


@addr.gradient("input", "beta × g")
def _(g: Any, *, beta: float) -> Any:
    return _scaled(g, beta)


@addr.gradient("vec1", "alpha × g @ vec2")
def _(g: Any, vec2: Any, *, alpha: float) -> Any:
    return _scaled(g @ vec2, alpha)


@addr.gradient("vec2", "alpha × gᵀ @ vec1")
def _(g: Any, vec1: Any, *, alpha: float) -> Any:
    return _scaled(g.T @ vec1, alpha)


@op(
    "beta × input + alpha × batch1 @ batch2",
    torch="torch.baddbmm({input}, {batch1}, {batch2}, beta={beta}, alpha={alpha})",
    aliases=("batch", "matrix product", "bmm"),
)
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """A batch of matrix products with something added to it; beta and alpha say how much of each."""
    _require_room(input, (batch1, 0), (batch1, 1), (batch2, 2))
    require_batches(batch1, batch2)
    _require_one_dtype(input, batch1, batch2)
    refuse_bool(batch1, "baddbmm")
    return _added(input, batch1 @ batch2, beta, alpha)


def _require_room(input: Any, *places: tuple[Any, int]) -> None:
    """Can the input be expanded to the result, whose sizes are those of other arrays? torch asks that first."""
    sizes = tuple(array.shape[real_dim(dim, array.ndim)] for array, dim in places)
    expanded(input.shape, sizes, dtypes.scalar_type(input.dtype))


def _require_one_dtype(input: Any, batch1: Any, batch2: Any) -> None:
    if not (input.dtype == batch1.dtype == batch2.dtype):
        a, b, c = (dtypes.type_name(array.dtype) for array in (input, batch1, batch2))
        raise RuntimeError(f"Input dtypes must be the same, got: input {a}, batch1: {b}, batch2: {c}")


@baddbmm.gradient("input", "beta × g")
def _(g: Any, *, beta: float) -> Any:
    return _scaled(g, beta)


@baddbmm.gradient("batch1", "alpha × g @ batch2ᵀ")
def _(g: Any, batch2: Any, *, alpha: float) -> Any:
    return _scaled(g @ np.swapaxes(batch2, 1, 2), alpha)


@baddbmm.gradient("batch2", "alpha × batch1ᵀ @ g")
def _(g: Any, batch1: Any, *, alpha: float) -> Any:
    return _scaled(np.swapaxes(batch1, 1, 2) @ g, alpha)


@op(
    "beta × input + alpha × sum of batch1 @ batch2",
    torch="torch.addbmm({input}, {batch1}, {batch2}, beta={beta}, alpha={alpha})",
    aliases=("batch", "matrix product", "bmm"),
)
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """A batch of matrix products, all added up, with something added to that."""
    _require_room(input, (batch1, 1), (batch2, 2))
    for name, batch in (("batch1", batch1), ("batch2", batch2)):
        if batch.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    (count, rows, inner), (other, height, columns) = batch1.shape, batch2.shape
    if count != other:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {count} and {other}")
    if inner != height:
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({rows}x{inner} and {height}x{columns})")
    _require_one_dtype(input, batch1, batch2)
    refuse_bool(batch1, "addmm_impl_cpu_")
    side_by_side = np.moveaxis(batch1, 0, 1).reshape(rows, count * inner)  # one product adds up over all batches
    return _added(input, side_by_side @ batch2.reshape(count * inner, columns), beta, alpha)


@addbmm.gradient("input", "beta × g")
def _(g: Any, *, beta: float) -> Any:
    return _scaled(g, beta)


@addbmm.gradient("batch1", "alpha × g @ batch2ᵀ")
def _(g: Any, batch2: Any, *, alpha: float) -> Any:
    return _scaled(g @ np.swapaxes(batch2, 1, 2), alpha)


@addbmm.gradient("batch2", "alpha × batch1ᵀ @ g")
def _(g: Any, batch1: Any, *, alpha: float) -> Any:
    return _scaled(np.swapaxes(batch1, 1, 2) @ g, alpha)


@op(
    "input1 @ weight @ input2 + bias",
    torch="torch.nn.functional.bilinear({input1}, {input2}, {weight}, {bias})",
    aliases=("two inputs", "quadratic form"),
    grad_fn="AddBackward0",
    composite=True,
)
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """A layer of two inputs: each result weighs every product of an element of one and an element of the other."""
    _check_bilinear(input1, input2, weight, bias)
    left, right = (reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1])) for x in (input1, input2))
    output = reshape(trilinear(left, weight, right), shape=(*input1.shape[:-1], weight.shape[0]))
    return output if bias is None else add(output, bias)


def _check_bilinear(input1: Any, input2: Any, weight: Any, bias: Any) -> None:
    given = {"input1": input1, "input2": input2, "weight": weight, "bias": bias}
    kinds = {name: dtypes.type_name(x.array.dtype) for name, x in given.items() if x is not None}
    if len(set(kinds.values())) > 1:
        found = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {found}")
    if input1.ndim != input2.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}")
    if weight.ndim != 3 or input1.ndim == 0:
        raise RuntimeError(
            f"bilinear(): expected a 3-D weight and inputs of at least 1-D, got {weight.ndim}-D and {input1.ndim}-D"
        )
    for dim, (m, n) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if m != n:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {dim}: got {m} and {n}")
    for name, x, size in (("input1", input1, weight.shape[1]), ("input2", input2, weight.shape[2])):
        if x.shape[-1] != size:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {x.shape[-1]} but expected {size}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )


@op("input1 @ weight @ input2", public=False)
def trilinear(input1: Any, weight: Any, input2: Any) -> Any:
    """Rows of two inputs with a matrix of weights between them: one matrix for each result."""
    refuse_bool(input1, "bmm")
    return np.ascontiguousarray(np.sum((input1 @ weight) * input2, -1, dtype=input1.dtype).T)


def _each(g: Any) -> Any:
    """g with a matrix of one column for each result."""
    return np.expand_dims(g.T, -1)


@trilinear.gradient("input1", "sum over the results of g × (input2 @ weightᵀ)")
def _(g: Any, weight: Any, input2: Any) -> Any:
    return np.sum(_each(g) * (input2 @ np.swapaxes(weight, 1, 2)), 0)


@trilinear.gradient("weight", "input1ᵀ @ (g × input2)")
def _(g: Any, input1: Any, input2: Any) -> Any:
    return input1.T @ (_each(g) * input2)


@trilinear.gradient("input2", "sum over the results of g × (input1 @ weight)")
def _(g: Any, input1: Any, weight: Any) -> Any:
    return np.sum(_each(g) * (input1 @ weight), 0)
