"""Sums over named dimensions: einsum, tensordot, inner."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Dims, op, spelled
from engine.ops.arithmetic.operators import mul
from engine.ops.linalg.equation import Equation, Label, parsed
from engine.ops.linalg.products import bmm, dot, mm
from engine.ops.reduction.sums import sum
from engine.ops.shape.axes import movedim, permute
from engine.ops.shape.diagonals import diagonal
from engine.ops.shape.reshape import flatten_or_itself, reshape, squeeze, unsqueeze, view


@op(
    "einsum(operands)",
    torch="torch.einsum({equation}, {operands})",
    aliases=("einstein", "contraction", "matrix product", "transpose", "trace", "sum of products"),
    grad_fn="ViewBackward0",
    composite=True,
)
def einsum(*operands: Any, equation: str = "ij,jk->ik") -> Any:
    """Names the dimensions of tensors, multiplies where names agree and adds up over those that the result does not
    have: "ij,jk->ik" is the matrix product, "ij->ji" the transpose, "ii" the trace."""
    terms = parsed(equation, [x.ndim for x in operands])
    aligned, shared = _aligned(operands, terms)
    kept, total = terms.kept, terms.total
    result = aligned[0]
    for other in aligned[1:]:
        result = _contracted(result, other, kept, shared)
    if total == kept:
        return result
    if len(operands) > 1:  # what was to be added up has size 1 by now
        return view(result, shape=tuple(result.shape[:kept]))
    return sum(result, dim=tuple(range(kept, total)))


def _aligned(operands: Sequence[Any], terms: Equation) -> tuple[list[Any], Counter[int]]:
    """All operands with the same dimensions in the same order, 1 where they lack one; and in how many of them each
    dimension is longer than 1."""
    sizes: dict[Label, int] = {}
    shared: Counter[int] = Counter()
    results = []
    for i, (x, labels) in enumerate(zip(operands, terms.inputs, strict=True)):
        order = [-1] * terms.total
        dim = 0
        for label in labels:
            place, size = terms.places[label], x.shape[dim]
            if order[place] == -1:
                _refuse_other_size(sizes, label, size, i, dim)
                shared[place] += size != 1
                order[place] = dim
                dim += 1
            elif x.shape[order[place]] != size:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {i} but the sizes don't match, "
                    f"{size} != {x.shape[order[place]]}"
                )
            else:  # a name that is repeated walks along the diagonal
                along = order[place]
                x = movedim(diagonal(x, offset=0, dim1=along, dim2=dim), source=-1, destination=along)
        for place in (place for place, known in enumerate(order) if known == -1):
            x = unsqueeze(x, dim=dim)
            order[place] = dim
            dim += 1
        results.append(permute(x, dims=tuple(order)))
    return results, shared


def _refuse_other_size(sizes: dict[Label, int], label: Label, size: int, operand: int, dim: int) -> None:
    if size == 1 or sizes.setdefault(label, size) == size:
        return
    if isinstance(label, int):
        raise RuntimeError(
            f"einsum(): dimension {dim} covered by ellipsis in operand {operand}has size {size} which does not "
            f"broadcast with previously seen ellipsis with size {sizes[label]} for the respective dimension"
        )
    raise RuntimeError(
        f"einsum(): subscript {label} has size {size} for operand {operand} which does not broadcast with previously "
        f"seen size {sizes[label]}"
    )


def _contracted(a: Any, b: Any, kept: int, shared: Counter[int]) -> Any:
    """Two operands made one, added up over what neither the result nor a later operand has."""
    both: list[int] = []
    left: list[int] = []
    right: list[int] = []
    for dim in range(kept, a.ndim):
        if a.shape[dim] != 1 and b.shape[dim] != 1:
            shared[dim] -= 1
            if shared[dim] == 1:
                both.append(dim)
                shared[dim] = 0
        elif shared[dim] == 1 and (a.shape[dim] != 1 or b.shape[dim] != 1):
            (left if a.shape[dim] != 1 else right).append(dim)
            shared[dim] = 0
    if left:
        a = sum(a, dim=tuple(left), keepdim=True)
    if right:
        b = sum(b, dim=tuple(right), keepdim=True)
    return _pair(a, b, both) if both else mul(a, b)


def _pair(left: Any, right: Any, summed: list[int]) -> Any:
    """The products of two tensors of the same dimensions, added up along some of them, as one bmm: dimensions of both
    are its batches, of the left one its rows, of the right one its columns."""
    batch: list[int] = []
    rows: list[int] = []
    columns: list[int] = []
    for dim in range(left.ndim):
        if dim not in summed:
            alone = columns if left.shape[dim] == 1 else rows if right.shape[dim] == 1 else batch
            alone.append(dim)
    count, height, width, inner = (
        math.prod(x.shape[dim] for dim in dims)
        for x, dims in ((left, batch), (left, rows), (right, columns), (left, summed))
    )
    order = [*batch, *rows, *summed, *columns]
    turned_left = permute(left, dims=tuple(order))
    turned_right = permute(right, dims=(*batch, *summed, *columns, *rows))
    product = bmm(
        reshape(turned_left, shape=(count, height, inner)), reshape(turned_right, shape=(count, inner, width))
    )
    sizes = (
        *(left.shape[dim] for dim in (*batch, *rows)),
        *(1 for _ in summed),
        *(right.shape[dim] for dim in columns),
    )
    back = sorted(range(len(order)), key=order.__getitem__)
    return permute(view(product, shape=sizes), dims=tuple(back))


@spelled("torch.einsum")
def torch_einsum(*args: Any) -> Any:
    """`einsum("ij,jk", x, y)`, `einsum("ij,jk", [x, y])`, or with lists of numbers for names:
    `einsum(x, [0, 1], y, [1, 2], [0, 2])`."""
    if args and not isinstance(args[0], (str, Tensor)):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(args[0]).__name__}")
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], Tensor):
        equation, *operands = _numbered(args)
    else:
        equation, *operands = args
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    return einsum(*operands, equation=equation)


def _numbered(args: tuple[Any, ...]) -> list[Any]:
    """Lists of numbers as an equation."""

    def named(labels: Sequence[Any]) -> str:
        return "".join("..." if label is Ellipsis else _letter(label) for label in labels)

    lists = [named(labels) for labels in args[1::2]]
    equation = ",".join(lists)
    if len(args) % 2:
        equation += "->" + named(args[-1])
    return [equation, *args[: 2 * len(lists) : 2]]


def _letter(number: int) -> str:
    if 0 <= number < 26:
        return chr(ord("A") + number)
    if 26 <= number < 52:
        return chr(ord("a") + number - 26)
    raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")


def _contraction(a: Any, b: Any, dims_a: Sequence[int], dims_b: Sequence[int]) -> Any:
    """The products of two tensors, added up along pairs of dimensions, as one matrix product."""
    if len(dims_a) != len(dims_b):
        raise RuntimeError("both dimension lists should have same length")
    if a.array.dtype != b.array.dtype:
        raise RuntimeError("both inputs should have same dtype")
    first = [normal_dim(dim, a.ndim) for dim in dims_a]
    second = [normal_dim(dim, b.ndim) for dim in dims_b]
    left, right, inner = a, b, 1
    for m, n in zip(dims_a, dims_b, strict=True):
        if b.shape[n] == 1:
            left = sum(left, dim=m, keepdim=True, dtype=a.dtype.name)
        elif a.shape[m] == 1:
            right = sum(right, dim=n, keepdim=True, dtype=b.dtype.name)
        elif a.shape[m] != b.shape[n]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[m]} in dim {m} and second has size "
                f"{b.shape[n]} in dim {n}"
            )
        else:
            inner *= a.shape[m]
    for dims in (first, second):
        twice = next((dim for dim in dims if dims.count(dim) > 1), None)
        if twice is not None:
            raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    rows = [dim for dim in range(a.ndim) if dim not in first]
    columns = [dim for dim in range(b.ndim) if dim not in second]
    above, below = [a.shape[dim] for dim in rows], [b.shape[dim] for dim in columns]
    left, right = permute(left, dims=(*rows, *first)), permute(right, dims=(*second, *columns))
    height, width = math.prod(above), math.prod(below)
    if height != 1 or width != 1:
        product = mm(reshape(left, shape=(height, inner)), reshape(right, shape=(inner, width)))
    elif left.is_contiguous() and right.is_contiguous():
        product = dot(flatten_or_itself(left), flatten_or_itself(right))
    else:
        product = sum(mul(squeeze(left), squeeze(right)), dtype=a.dtype.name)
    return reshape(product, shape=(*above, *below))


@op(
    "tensordot(a, b)",
    torch="torch.tensordot({a}, {b}, dims={dims})",
    aliases=("contraction", "matrix product"),
    grad_fn="ViewBackward0",
    composite=True,
)
def tensordot(a: Any, b: Any, *, dims: Dims = 2) -> Any:
    """Multiplies two tensors and adds up along dimensions: the last `dims` of the first against the first `dims` of
    the second, or those that two lists name."""
    given: Any = dims.tolist() if isinstance(dims, Tensor) else dims
    if isinstance(given, (tuple, list)) and len(given) == 2:
        first, second = ((each,) if isinstance(each, int) else each for each in given)
        return _contraction(a, b, first, second)
    if isinstance(given, (tuple, list)) and len(given) == 1:
        (given,) = given
    if not isinstance(given, int):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={given}"
        )
    if given < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={given}")
    if given > min(a.ndim, b.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={given}")
    return _contraction(a, b, range(-given, 0), range(given))


@op("inner(input, other)", aliases=("dot product", "scalar product"), grad_fn="ViewBackward0", composite=True)
def inner(input: Any, other: Any) -> Any:
    """The dot products of every row of one tensor with every row of another. Numbers are just multiplied."""
    if input.ndim == 0 or other.ndim == 0:
        return mul(input, other)
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input.shape)} and {list(other.shape)}"
        )
    return _contraction(input, other, (-1,), (-1,))
