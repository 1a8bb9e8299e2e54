"""The same elements in another shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.op import Shape, op


@op(
    "reshape(input)",
    aliases=("view", "resize", "flatten"),
    grad_fn="ViewBackward0",
    composite=True,
    required=("shape",),
)
def reshape(input: Any, *, shape: Shape = (-1,)) -> Any:
    """The same elements, read row by row, in a new shape. One size may be -1: it is worked out."""
    sizes = shapes.resolve(shape, input.array.size)
    if shapes.viewable(input.array, sizes):
        return view(input, shape=shape) if input.is_contiguous() else reshape_alias(input, shape=sizes)
    return unsafe_view(clone(input), shape=shape)


@reshape.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op("view(input)", aliases=("reshape",), torch="{input}.view({shape})", view=True, required=("shape",))
def view(input: Any, *, shape: Shape = (-1,)) -> Any:
    """The same elements in a new shape, sharing their memory with the input."""
    sizes = shapes.resolve(shape, input.size)
    if not shapes.viewable(input, sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans "
            "across "
            "two contiguous subspaces). Use .reshape(...) instead."
        )
    return np.reshape(input, sizes)


@view.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op("view(input)", public=False)
def unsafe_view(input: Any, *, shape: Shape = (-1,)) -> Any:
    """A new shape for elements that nobody else can see."""
    return np.reshape(input, shapes.resolve(shape, input.size))


@unsafe_view.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op("view(input)", public=False, view=True)
def reshape_alias(input: Any, *, shape: Shape = (-1,)) -> Any:
    """A view of elements that do not stand row by row: what reshape can still share."""
    return np.reshape(input, shape)


@reshape_alias.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op(
    "inputᵀ",
    torch="torch.transpose({input}, {dim0}, {dim1})",
    aliases=("swap", "ᵀ", "flip axes"),
    view=True,
    required=("dim0", "dim1"),
)
def transpose(input: Any, *, dim0: int = 0, dim1: int = 1) -> Any:
    """Swaps two dimensions: rows become columns."""
    if input.ndim == 0:
        shapes.normal_dim(dim0, 0), shapes.normal_dim(dim1, 0)
        return input
    return np.swapaxes(input, shapes.normal_dim(dim0, input.ndim), shapes.normal_dim(dim1, input.ndim))


@transpose.gradient("input", "gᵀ")
def _(g: Any, *, dim0: int, dim1: int) -> Any:
    return g if g.ndim == 0 else np.swapaxes(g, dim0, dim1)


@op("inputᵀ", torch="{input}.t()", aliases=("transpose", "ᵀ"), grad_fn="TBackward0", view=True)
def t(input: Any) -> Any:
    """The transpose of a matrix: rows become columns. A vector stays as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input.T


@t.gradient("input", "gᵀ")
def _(g: Any) -> Any:
    return g.T


@op("permute(input)", aliases=("transpose", "reorder"), view=True, required=("dims",))
def permute(input: Any, *, dims: Shape = (1, 0)) -> Any:
    """Puts the dimensions into a new order."""
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
            "desired "
            f"ordering of dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(dims)}"
        )
    order = [shapes.normal_dim(dim, input.ndim) for dim in dims]
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return np.transpose(input, order)


@permute.gradient("input", "permute back(g)")
def _(g: Any, *, dims: Shape) -> Any:
    return np.transpose(g, np.argsort([dim % len(dims) for dim in dims]))


@op("unsqueeze(input)", aliases=("add dimension", "newaxis", "expand_dims"), view=True, required=("dim",))
def unsqueeze(input: Any, *, dim: int = 0) -> Any:
    """Puts in a new dimension of size 1."""
    return np.expand_dims(input, shapes.normal_dim(dim, input.ndim + 1))


@unsqueeze.gradient("input", "squeeze(g)")
def _(g: Any, *, dim: int) -> Any:
    return np.squeeze(g, dim)


@op(
    "squeeze(input)",
    aliases=("drop dimension",),
    grad_fn="SqueezeBackward0",
    overloads={"dim": "SqueezeBackward1"},
    view=True,
)
def squeeze(input: Any, *, dim: int | None = None) -> Any:
    """Drops the dimensions of size 1, or only the one that `dim` names."""
    if dim is None:
        return np.squeeze(input)
    axis = shapes.normal_dim(dim, input.ndim)
    return np.squeeze(input, axis) if input.ndim and input.shape[axis] == 1 else input


@squeeze.gradient("input", "unsqueeze(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op(
    "expand(input)",
    torch="{input}.expand({size})",
    aliases=("broadcast", "repeat"),
    view=True,
    required=("size",),
)
def expand(input: Any, *, size: Shape = (2, 2)) -> Any:
    """Repeats dimensions of size 1 without copying, up to the given size (-1 keeps a size)."""
    return np.broadcast_to(input, shapes.expanded(input.shape, size, dtypes.scalar_type(input.dtype)))


@expand.gradient("input", "sum of g over the repeats")
def _(g: Any) -> Any:
    return g  # the engine sums over what was broadcast


@op("clone(input)", torch="{input}.clone()", aliases=("copy", "duplicate"))
def clone(input: Any) -> Any:
    """A copy with its own memory, still joined to the history of the original."""
    return input.copy()


@clone.gradient("input", "g")
def _(g: Any) -> Any:
    return g
