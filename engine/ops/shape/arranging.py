"""The elements in another order, or several times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import shapes
from engine.autograd.shapes import Sizes
from engine.autograd.tensor import Tensor
from engine.op import Dims, Shape, op, op_named, spelled
from engine.ops.shape.axes import listed
from engine.ops.shape.reshape import clone_by_rows, expand, flatten, unsqueeze


@op("flip(input)", aliases=("reverse", "mirror"), required=("dims",))
def flip(input: Any, *, dims: Shape = (0,)) -> Any:
    """Reverses the order of the elements along dimensions: the last comes first."""
    axes = shapes.normal_dims(dims, input.ndim) if dims else ()
    return np.flip(input, axes or ()).copy("K")


@flip.gradient("input", "flip(g)")
def _(g: Any, *, dims: Shape) -> Any:
    return np.flip(g, dims) if g.ndim else g


@spelled("torch.fliplr", "Tensor.fliplr")
def fliplr(input: Tensor) -> Tensor:
    """The columns from right to left."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, dims=(1,))


@spelled("torch.flipud", "Tensor.flipud")
def flipud(input: Tensor) -> Tensor:
    """The rows from the last to the first."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, dims=(0,))


@op("roll(input)", aliases=("shift", "rotate", "cycle"), required=("shifts",))
def roll(input: Any, *, shifts: Dims = 1, dims: Dims = ()) -> Any:
    """Shifts the elements along dimensions; what falls off one end comes in at the other."""
    steps, axes = listed(shifts), listed(dims)
    if not steps:
        raise RuntimeError("`shifts` required")
    if input.size == 0:
        return input.copy()
    if not axes and len(steps) == 1:
        return np.asarray(np.roll(input, steps[0]), order="C")
    if len(steps) != len(axes):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}")
    return np.asarray(np.roll(input, steps, tuple(shapes.real_dim(dim, input.ndim) for dim in axes)), order="C")


@roll.gradient("input", "roll back(g)")
def _(g: Any, *, shifts: Dims, dims: Dims) -> Any:
    back = tuple(-step for step in listed(shifts))
    return np.roll(g, back, listed(dims)) if listed(dims) else np.roll(g, back[0])


@op("rot90(input)", aliases=("rotate", "turn"))
def rot90(input: Any, *, k: int = 1, dims: Shape = (0, 1)) -> Any:
    """Turns a matrix by k right angles, from the first of the dims towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    for name, dim in zip(("dim0", "dim1"), dims, strict=True):
        if not -input.ndim <= dim < input.ndim:
            raise RuntimeError(f"Rotation {name} out of range, {name} = {dim}")
    return np.rot90(input, k, dims).copy("K")


@rot90.gradient("input", "rot90 back(g)")
def _(g: Any, *, k: int, dims: Shape) -> Any:
    return rot90.of(g, k=-k, dims=dims)


@op("repeat(input)", torch="{input}.repeat({repeats})", aliases=("tile", "copy"), required=("repeats",))
def repeat(input: Any, *, repeats: Shape = (2, 2)) -> Any:
    """Lays copies of the tensor side by side, so many along each dimension."""
    if len(repeats) < input.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if min(repeats, default=0) < 0:
        sizes = [n * m for n, m in zip(repeats, _padded(input.shape, len(repeats)), strict=True)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {sizes}")
    return np.asarray(np.tile(input, repeats), order="C")


def _padded(sizes: Sizes, ndim: int) -> Sizes:
    return (1,) * (ndim - len(sizes)) + tuple(sizes)


@repeat.gradient("input", "sum of g over the copies")
def _summed(g: Any, input_shape: Sizes, *, repeats: Shape) -> Any:
    pairs = zip(repeats, _padded(input_shape, len(repeats)), strict=True)
    copies = g.reshape([n for pair in pairs for n in pair])
    return np.sum(copies, tuple(range(0, 2 * len(repeats), 2))).reshape(input_shape)


@op("tile(input)", aliases=("repeat", "copy"), grad_fn="RepeatBackward0", required=("dims",), composite=True)
def tile(input: Any, *, dims: Shape = (2,)) -> Any:
    """Lays copies of the tensor side by side; what dims leaves out, at the front, counts as 1."""
    return repeat(input, repeats=_padded(dims, max(input.ndim, len(dims))))


@tile.gradient("input", "sum of g over the copies")
def _(g: Any, input_shape: Sizes, *, dims: Shape) -> Any:
    return _summed(g, input_shape, repeats=_padded(dims, max(len(input_shape), len(dims))))


@op(
    "repeat_interleave(input)",
    aliases=("repeat", "duplicate", "stretch"),
    grad_fn="ViewBackward0",
    required=("repeats",),
    composite=True,
)
def repeat_interleave(input: Any, *, repeats: int = 2, dim: int | None = None) -> Any:
    """Repeats every element, or every slice along a dimension, next to itself."""
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    x = op_named("reshape")(input, shape=(-1,)) if dim is None else input
    axis = 0 if dim is None else shapes.normal_dim(dim, x.ndim)
    x = unsqueeze(x, dim=axis + 1)
    sizes = list(x.array.shape)
    sizes[axis + 1] = repeats
    return flatten(clone_by_rows(expand(x, size=tuple(sizes))), start_dim=axis, end_dim=axis + 1)


@repeat_interleave.gradient("input", "sum of g over the copies")
def _(g: Any, input_shape: Sizes, *, repeats: int, dim: int | None) -> Any:
    sizes = (math.prod(input_shape),) if dim is None else input_shape
    axis = 0 if dim is None else shapes.normal_dim(dim, len(sizes))
    copies = g.reshape((*sizes[: axis + 1], repeats, *sizes[axis + 1 :]))
    return np.sum(copies, axis + 1).reshape(input_shape)


@spelled("torch.repeat_interleave", "Tensor.repeat_interleave")
def repeat_interleave_given(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """`repeat_interleave`; a tensor of repeats says how often for each slice."""
    if repeats is None:  # repeat_interleave(repeats): the place of each, so often
        return Tensor(np.repeat(np.arange(input.array.size), input.array))
    if not isinstance(repeats, Tensor):
        return repeat_interleave(input, repeats=repeats, dim=dim)
    x = op_named("reshape")(input, shape=(-1,)) if dim is None else input
    axis = 0 if dim is None else shapes.real_dim(dim, x.ndim)
    size, counts = x.array.shape[axis], np.asarray(repeats.array)
    if counts.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if counts.size != 1 and counts.size != size:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({axis}) = {size}"
        )
    places = np.repeat(np.arange(size), np.broadcast_to(counts.reshape(-1), (size,)))
    return op_named("index_select")(x, Tensor(places), dim=axis)
