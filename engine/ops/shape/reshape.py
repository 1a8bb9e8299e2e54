"""The same elements in another shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.op import Shape, op, spelled


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
    return unsafe_view(clone_by_rows(input), shape=shape)


@reshape.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@op("view(input)", aliases=("reshape",), torch="{input}.view({shape})", view=True, required=("shape",))
def view(input: Any, *, shape: Shape = (-1,)) -> Any:
    """The same elements in a new shape, sharing their memory with the input."""
    sizes = shapes.resolve(shape, input.size)
    if not shapes.viewable(input, sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across "
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
    "flatten(input)",
    aliases=("ravel", "reshape", "vector", "merge dimensions"),
    grad_fn="ViewBackward0",
    composite=True,
)
def flatten(input: Any, *, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Makes one dimension of several: of all of them, or of those from start_dim to end_dim."""
    start, end = (shapes.normal_dim(dim, input.ndim) for dim in (start_dim, end_dim))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if input.ndim == 0:
        return reshape(input, shape=(1,))
    sizes = input.array.shape
    return reshape(input, shape=(*sizes[:start], math.prod(sizes[start : end + 1]), *sizes[end + 1 :]))


@flatten.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@spelled("torch.flatten", "Tensor.flatten")
def flatten_or_itself(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """`flatten`; a tensor with nothing to flatten is given back."""
    if input.ndim and shapes.normal_dim(start_dim, input.ndim) == shapes.normal_dim(end_dim, input.ndim):
        return input
    return flatten(input, start_dim=start_dim, end_dim=end_dim)


@spelled("torch.ravel", "Tensor.ravel")
def ravel(input: Any) -> Any:
    """All elements in one dimension."""
    return view(contiguous(input), shape=(-1,))


@op(
    "unflatten(input)",
    aliases=("reshape", "split dimension"),
    grad_fn="ViewBackward0",
    required=("dim", "sizes"),
    composite=True,
)
def unflatten(input: Any, *, dim: int = 0, sizes: Shape = (-1,)) -> Any:
    """Makes several dimensions of one. One of their sizes may be -1: it is worked out."""
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    axis = shapes.normal_dim(dim, input.ndim)
    whole = (input.array.shape or (1,))[axis]
    try:
        parts = shapes.resolve(sizes, whole)
    except RuntimeError as error:
        if "is invalid for input of size" not in str(error):
            raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {axis} ({whole}) in the "
            "input tensor"
        ) from None
    before = input.array.shape
    return view(input, shape=(*before[:axis], *parts, *before[axis + 1 :]))


@unflatten.gradient("input", "reshape(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


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


@op("squeeze(input)", public=False, grad_fn="SqueezeBackward2", view=True)
def squeeze_several(input: Any, *, dim: Shape = ()) -> Any:
    """Drops those of several dimensions that have size 1."""
    if len(dim) == 0:
        return input
    dims = shapes.normal_dims(dim, input.ndim) or ()
    return np.squeeze(input, tuple(axis for axis in dims if input.shape[axis] == 1))


@squeeze_several.gradient("input", "unsqueeze(g)")
def _(g: Any, input_shape: tuple[int, ...]) -> Any:
    return g.reshape(input_shape)


@spelled("torch.squeeze", "Tensor.squeeze")
def squeeze_given(input: Any, dim: int | tuple[int, ...] | None = None) -> Any:
    """`squeeze`: of all dimensions, of one, of several."""
    if isinstance(dim, (tuple, list)):
        return squeeze_several(input, dim=tuple(dim))
    return squeeze(input) if dim is None else squeeze(input, dim=dim)


@op(
    "expand(input)",
    torch="{input}.expand({size})",
    also=("torch.broadcast_to",),
    aliases=("broadcast", "repeat"),
    view=True,
    required=("size",),
)
def expand(input: Any, *, size: Shape = (2, 2)) -> Any:
    """Repeats dimensions of size 1 without copying, up to the given size (-1 keeps a size)."""
    sizes = shapes.expanded(input.shape, size, dtypes.scalar_type(input.dtype))
    return shapes.writeable_as(input, np.broadcast_to(input, sizes))


@expand.gradient("input", "sum of g over the repeats")
def _(g: Any) -> Any:
    return g  # the engine sums over what was broadcast


@spelled("Tensor.expand_as")
def expand_as(input: Any, other: Any) -> Any:
    """`expand` to the size of another tensor."""
    return expand(input, size=tuple(other.shape))


@spelled("Tensor.view_as")
def view_as(input: Any, other: Any) -> Any:
    """`view` in the shape of another tensor."""
    return view(input, shape=tuple(other.shape))


@spelled("Tensor.reshape_as")
def reshape_as(input: Any, other: Any) -> Any:
    """`reshape` to the shape of another tensor."""
    return reshape(input, shape=tuple(other.shape))


@op("clone(input)", torch="{input}.clone()", also=("torch.clone",), aliases=("copy", "duplicate"))
def clone(input: Any) -> Any:
    """A copy with its own memory, still joined to the history of the original."""
    return input.copy("C" if 0 in input.strides else "K")


@clone.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@op("clone(input)", public=False, grad_fn="CloneBackward0")
def clone_by_rows(input: Any) -> Any:
    """A copy whose elements stand row by row in memory."""
    return input.copy("C")


@clone_by_rows.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@spelled("Tensor.contiguous")
def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The elements row by row in memory: the tensor itself, if they are."""
    return input if input.is_contiguous() else clone_by_rows(input)


@op("g", public=False, grad_fn="CopyBackwards")
def copy_gradient(input: Any) -> Any:
    """The copy of a gradient that a leaf keeps."""
    return input.copy()


@copy_gradient.gradient("input", "g")
def _(g: Any) -> Any:
    return g
