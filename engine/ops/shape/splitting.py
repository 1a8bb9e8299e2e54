"""A tensor taken apart along a dimension. On the canvas each part is a node of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from engine.autograd.mode import is_grad_enabled
from engine.autograd.shapes import Sizes, normal_dim, real_dim
from engine.autograd.tensor import Tensor
from engine.op import Shape, op, spelled
from engine.ops.indexing.slices import slice_

Parts = tuple[Tensor, ...]


def _numbered(parts: list[Tensor]) -> Parts:
    """The outputs of what is one function in torch; such views may not be changed in place."""
    for i, part in enumerate(parts):
        if is_grad_enabled() and part._is_view() and getattr(part, "_note", None) != "inference":
            part._note = "several"
        if part.grad_fn is not None:
            part._number = part.grad_fn.output = i
    return tuple(parts)


def _bounds(sizes: Sequence[int], index: int) -> tuple[int, int]:
    start = sum(sizes[:index])
    return start, start + sizes[index]


def _part(index: int, count: int) -> int:
    if not -count <= index < count:
        raise IndexError(f"there are only {count} parts, and none at index {index}")
    return index % count


# ---------------------------------------------------------------- split


def _even(size: int, split_size: int) -> list[int]:
    """The sizes of parts that are as large as wanted, but for the last."""
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    if split_size == 0:
        if size:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}")
        return [0]
    count = max(-(-size // split_size), 1)
    return [split_size] * (count - 1) + [size - split_size * (count - 1)]


def _size(input: Any, dim: int, name: str = "split") -> int:
    if input.ndim == 0:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    return int(input.shape[normal_dim(dim, input.ndim)])


def _range(array: Any, dim: int, start: int, end: int) -> Any:
    return array[(slice(None),) * normal_dim(dim, array.ndim) + (slice(start, end),)]


@op(
    "part of input",
    torch="torch.split({input}, {split_size}, {dim})[{index}]",
    aliases=("chunk", "part", "slice"),
    view=True,
    required=("split_size",),
)
def split(input: Any, *, split_size: int = 1, dim: int = 0, index: int = 0) -> Any:
    """One of the parts, each split_size long, into which a dimension is cut; the last may be shorter."""
    sizes = _even(_size(input, dim), split_size)
    return _range(input, dim, *_bounds(sizes, _part(index, len(sizes))))


@split.gradient("input", "g at the part, 0 elsewhere")
def _(g: Any, input_shape: Sizes, *, split_size: int, dim: int, index: int) -> Any:
    axis = normal_dim(dim, len(input_shape))
    sizes = _even(input_shape[axis], split_size)
    return _placed(g, input_shape, axis, *_bounds(sizes, index % len(sizes)))


def _placed(g: Any, input_shape: Sizes, axis: int, start: int, end: int) -> Any:
    before, after = [
        np.zeros_like(g, shape=(*input_shape[:axis], n, *input_shape[axis + 1 :]))
        for n in (start, input_shape[axis] - end)
    ]
    return np.concatenate([before, g, after], axis)


@op("part of input", public=False, view=True)
def split_with_sizes(input: Any, *, split_sizes: Shape = (), dim: int = 0, index: int = 0) -> Any:
    """One of the parts, of given sizes, into which a dimension is cut."""
    return _range(input, dim, *_bounds(split_sizes, index))


@split_with_sizes.gradient("input", "g at the part, 0 elsewhere")
def _(g: Any, input_shape: Sizes, *, split_sizes: Shape, dim: int, index: int) -> Any:
    return _placed(g, input_shape, normal_dim(dim, len(input_shape)), *_bounds(split_sizes, index))


@spelled("torch.split", "Tensor.split")
def split_all(tensor: Tensor, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> Parts:
    """All parts: of one size, or of the sizes that a list gives."""
    wanted = split_size if split_size_or_sections is None else split_size_or_sections
    if isinstance(wanted, (tuple, list)):
        return split_by_sizes(tensor, wanted, dim)
    count = len(_even(_size(tensor, dim), int(wanted)))
    return _numbered([split(tensor, split_size=int(wanted), dim=dim, index=i) for i in range(count)])


@spelled("torch.split_with_sizes", "Tensor.split_with_sizes")
def split_by_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Parts:
    """The parts of given sizes."""
    size, sizes = _size(input, dim), tuple(int(n) for n in split_sizes)
    if min(sizes, default=0) < 0:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(sizes)}"
        )
    if sum(sizes) != size:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {dim}), "
            f"but got split_sizes={list(sizes)}"
        )
    parts = [split_with_sizes(input, split_sizes=sizes, dim=dim, index=i) for i in range(len(sizes))]
    return _numbered(parts)


@op(
    "part of input",
    torch="torch.chunk({input}, {chunks}, {dim})[{index}]",
    aliases=("split", "part", "piece"),
    grad_fn="SplitBackward0",
    view=True,
    required=("chunks",),
)
def chunk(input: Any, *, chunks: int = 2, dim: int = 0, index: int = 0) -> Any:
    """One of the parts, as many as `chunks` if that goes, into which a dimension is cut."""
    return _range(input, dim, *_bounds(sizes := _chunks(input, chunks, dim), _part(index, len(sizes))))


def _chunks(input: Any, chunks: int, dim: int) -> list[int]:
    size = _size(input, dim, "chunk")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return _about_equal(size, chunks)


def _about_equal(size: int, chunks: int) -> list[int]:
    return _even(size, -(-size // chunks)) if size else [0] * chunks


@chunk.gradient("input", "g at the part, 0 elsewhere")
def _(g: Any, input_shape: Sizes, *, chunks: int, dim: int, index: int) -> Any:
    axis = normal_dim(dim, len(input_shape))
    sizes = _about_equal(input_shape[axis], chunks)
    return _placed(g, input_shape, axis, *_bounds(sizes, index % len(sizes)))


@spelled("torch.chunk", "Tensor.chunk")
def chunk_all(input: Tensor, chunks: int, dim: int = 0) -> Parts:
    """All parts: as many as `chunks`, or fewer, each but the last of one size."""
    sizes = _chunks(input, chunks, dim)
    return split_all(input, sizes[0], dim) if sizes[0] else split_by_sizes(input, sizes, dim)


# ---------------------------------------------------------------- unbind


@op("input[index]", torch="torch.unbind({input}, {dim})[{index}]", aliases=("row", "select", "unpack"), view=True)
def unbind(input: Any, *, dim: int = 0, index: int = 0) -> Any:
    """One slice along a dimension, taken when the tensor is unpacked into all of them."""
    count = input.shape[_unbound(input, dim)]
    return input[(slice(None),) * normal_dim(dim, input.ndim) + (_part(index, count), ...)]


def _unbound(input: Any, dim: int) -> int:
    return real_dim(normal_dim(dim, input.ndim), input.ndim)


@unbind.gradient("input", "g at the index, 0 elsewhere")
def _(g: Any, input_shape: Sizes, *, dim: int, index: int) -> Any:
    axis = normal_dim(dim, len(input_shape))
    return np.stack([g if i == index % input_shape[axis] else np.zeros_like(g) for i in range(input_shape[axis])], axis)


@spelled("torch.unbind", "Tensor.unbind")
def unbind_all(input: Tensor, dim: int = 0) -> Parts:
    """All slices along a dimension."""
    axis = _unbound(input, dim)
    return _numbered([unbind(input, dim=axis, index=i) for i in range(input.array.shape[axis])])


def iterate(x: Tensor) -> Iterator[Tensor]:
    """`for row in x`, and `a, b = x`."""
    if x.ndim == 0:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind_all(x))


# ---------------------------------------------------------------- parts that are slices


@spelled("torch.tensor_split", "Tensor.tensor_split")
def tensor_split(
    input: Tensor, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None, sections: Any = None
) -> Parts:
    """Parts as equal as they can be, or cut at given places; each is a slice."""
    if input.ndim == 0:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = normal_dim(dim, input.ndim)
    size = input.array.shape[axis]
    wanted = next((each for each in (indices_or_sections, indices, sections) if each is not None), None)
    if isinstance(wanted, Tensor):
        wanted = wanted.tolist()
    if isinstance(wanted, (tuple, list)):
        cuts = [int(cut) for cut in wanted]
    else:
        if wanted is None or wanted <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {wanted}")
        small, rest = divmod(size, wanted)
        cuts = np.cumsum([small + (i < rest) for i in range(wanted)])[:-1].tolist()
    return tuple(
        slice_(input, dim=axis, start=start, end=end) for start, end in zip([0, *cuts], [*cuts, size], strict=True)
    )


def _split_along(name: str, least: int, pick: Callable[[int], int]) -> Callable[..., Parts]:
    """hsplit, vsplit, dsplit: tensor_split along a fixed dimension, into equal parts."""

    def function(input: Tensor, indices_or_sections: Any) -> Parts:
        if input.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} "
                "dimensions!"
            )
        dim = pick(input.ndim)
        size = input.array.shape[dim]
        if isinstance(indices_or_sections, int) and (indices_or_sections <= 0 or size % indices_or_sections):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {size} is not "
                f"divisible by the split_size {indices_or_sections}!"
            )
        return tensor_split(input, indices_or_sections, dim)

    return function


for _name, _least, _pick in (
    ("hsplit", 1, lambda ndim: 0 if ndim == 1 else 1),
    ("vsplit", 2, lambda ndim: 0),
    ("dsplit", 3, lambda ndim: 2),
):
    spelled(f"torch.{_name}", f"Tensor.{_name}")(_split_along(_name, _least, _pick))
