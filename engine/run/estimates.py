"""How large the largest array is that an op makes on the way to its result: told before it runs, from shapes.

Most ops make nothing larger than what their inputs are together when they are broadcast, and need no word here. The
others are declared like gradients: a function that asks by name for the shapes of inputs, and by keyword for params::

    @largest("outer")
    def _(input, vec2):
        return (*input, *vec2)

`input_values` (any input + `_values`) is the array itself. What such a function stumbles over, the op is going to
refuse.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from engine.autograd import Tensor
from engine.op import Op
from engine.ops.linalg.equation import parsed

Shape: TypeAlias = tuple[int, ...]

STUMBLES = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RuntimeError)

LARGEST: dict[str, Callable[..., Any]] = {}
"""By the name of an op."""


def largest(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the largest array of some ops: its shape."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            LARGEST[name] = function
        return function

    return declare


def largest_shape(op: Op, given: tuple[object, ...], params: Mapping[str, object]) -> Shape | None:
    """The shape of the largest array that `op` makes on the way, the result included.

    None where it is not larger than the inputs, or where the op is going to refuse them.
    """
    shapes = {
        port.name: tuple(value.shape) if isinstance(value, Tensor) else () if value is not None else None
        for port, value in zip(op.ports, given, strict=False)
    }
    settings = {param.name: params.get(param.name, param.default) for param in op.params}
    try:
        if op.name in LARGEST:
            arrays = (getattr(value, "array", value) for value in given)
            values = {f"{name}_values": array for name, array in zip(shapes, arrays, strict=False)}
            return _asked(LARGEST[op.name], shapes, values, settings)
        if any(param.name == "size" and param.kind == "shape" for param in op.params):
            return _made(settings["size"])
    except STUMBLES:
        return None
    many = [shape for shape in shapes.values() if shape is not None]
    return _broadcast(*many) if len(many) > 1 else None


_parameters = cache(inspect.signature)


def _asked(
    function: Callable[..., Any],
    shapes: Mapping[str, Shape | None],
    values: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Shape | None:
    """Call a declaration with what it names."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, parameter in _parameters(function).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += [shape for shape in shapes.values() if shape is not None]
        elif parameter.kind is parameter.KEYWORD_ONLY:
            keywords[name] = settings[name]
        else:
            positional.append(values[name] if name in values else shapes[name])
    made = function(*positional, **keywords)
    return made if made is None or all(isinstance(size, int) and size >= 0 for size in made) else None


def _made(sizes: Any) -> Shape | None:
    if not isinstance(sizes, list | tuple) or not all(isinstance(size, int) and size >= 0 for size in sizes):
        return None
    return tuple(sizes)


def _broadcast(*shapes: Shape) -> Shape | None:
    """As np.broadcast_shapes, which takes no shape of more elements than memory has addresses."""
    ndim = max(map(len, shapes), default=0)
    met: list[int] = []
    for sizes in zip(*((1,) * (ndim - len(shape)) + shape for shape in shapes), strict=True):
        others = set(sizes) - {1}
        if len(others) > 1:
            return None
        met.append(others.pop() if others else 1)
    return tuple(met)


def _each(value: Any, count: int) -> Shape:
    """A setting for each of `count` dimensions, where one number stands for all."""
    sizes = (value,) if isinstance(value, int) else tuple(value)
    return sizes * count if len(sizes) == 1 else sizes


# Out of nowhere ------------------------------------------------------------------------------------------------------


@largest("arange")
def _(*, start: Any, end: Any, step: Any) -> Shape | None:
    if all(isinstance(number, int) for number in (start, end, step)):
        return (max(0, -int((start - end) // step)),)
    count = (end - start) / step
    return (max(0, math.ceil(count)),) if math.isfinite(count) else None


@largest("linspace", "logspace")
def _(*, steps: int) -> Shape:
    return (steps,)


@largest("eye")
def _(*, n: int, m: int | None) -> Shape | None:
    return (n, n if m is None else m) if n else None


@largest("randperm")
def _(*, n: int) -> Shape:
    return (n,)


@largest("tril_indices", "triu_indices")
def _(*, row: int, col: int) -> Shape:
    return (2, row * col)


# Repeated, joined, padded --------------------------------------------------------------------------------------------


@largest("expand")
def _(input: Shape, *, size: Any) -> Shape | None:
    """The sizes, with what stands in the input in place of -1. It costs no memory, but whatever reads it does."""
    old = (1,) * (len(size) - len(input)) + input
    return tuple(kept if size == -1 else size for size, kept in zip(size, old, strict=True))


@largest("as_strided")
def _(*, size: Any) -> Shape | None:
    return _made(size)


@largest("unfold")
def _(input: Shape, *, dimension: int, size: int, step: int) -> Shape:
    places = list(input)
    places[dimension] = (input[dimension] - size) // step + 1
    return (*places, size)


@largest("repeat")
def _(input: Shape, *, repeats: Any) -> Shape:
    return _times(input, tuple(repeats))


@largest("tile")
def _(input: Shape, *, dims: Any) -> Shape:
    return _times(input, tuple(dims))


@largest("kron")
def _times(input: Shape, other: Shape) -> Shape:
    ndim = max(len(input), len(other))
    one, two = ((1,) * (ndim - len(shape)) + shape for shape in (input, other))
    return tuple(m * n for m, n in zip(one, two, strict=True))


@largest("repeat_interleave")
def _(input: Shape, *, repeats: int) -> Shape:
    return (*input, repeats)


@largest("pad")
def _(input: Shape, *, pad: Any) -> Shape:
    around = [before + after for before, after in zip(pad[::2], pad[1::2], strict=True)][::-1]
    return tuple(n + more for n, more in zip(input, [0] * (len(input) - len(around)) + around, strict=True))


@largest("cat", "stack", "hstack", "vstack", "dstack", "column_stack")
def _(*tensors: Shape) -> Shape:
    return (sum(map(math.prod, tensors)),)


@largest("block_diag")
def _(*tensors: Shape) -> Shape:
    pairs = [(1, 1, *shape)[-2:] for shape in tensors]
    return sum(rows for rows, _ in pairs), sum(columns for _, columns in pairs)


@largest("diag")
def _(input: Shape, *, diagonal: int) -> Shape | None:
    return (input[0] + abs(diagonal),) * 2 if len(input) == 1 else None


@largest("diag_embed")
def _(input: Shape, *, offset: int) -> Shape:
    return (*input[:-1], *(input[-1] + abs(offset),) * 2)


@largest("argwhere")
def _(input: Shape) -> Shape:
    return math.prod(input), len(input)


@largest("multinomial")
def _(input: Shape, *, num_samples: int) -> Shape:
    return (*input[:-1], num_samples)


@largest("index_select")
def _(input: Shape, index: Shape, *, dim: int) -> Shape:
    sizes = list(input)
    sizes[dim] = math.prod(index)
    return tuple(sizes)


@largest("gather", "scatter", "scatter_add", "scatter_value", "take", "index_add", "index_copy", "index_fill")
def _(input: Shape) -> None:
    """Nothing larger than the inputs: these do not broadcast."""


# Products ------------------------------------------------------------------------------------------------------------


@largest("matmul")
def _product(input: Shape, other: Shape) -> Shape | None:
    """Rows by columns, once for each of the batches in which the leading dimensions meet.

    Two batches are each laid out in full before they are multiplied.
    """
    if not input or not other:
        return None
    batch = _broadcast(input[:-2], other[:-2])
    if batch is None:
        return None
    columns = other[-1:] if len(other) > 1 else ()
    made = [(*batch, *input[-2:-1], *columns)]
    if len(input) > 2 and len(other) > 2:
        made += [(*batch, *input[-2:]), (*batch, *other[-2:])]
    return max(made, key=math.prod)


@largest("mm", "bmm")
def _(input: Shape, mat2: Shape) -> Shape | None:
    return _product(input, mat2)


@largest("mv", "dot", "vdot")
def _(input: Shape) -> None:
    """A number for each row, at most."""


@largest("addmm")
def _(mat1: Shape, mat2: Shape) -> Shape | None:
    return _product(mat1, mat2)


@largest("baddbmm", "addbmm")
def _(batch1: Shape, batch2: Shape) -> Shape | None:
    return _product(batch1, batch2)


@largest("linear")
def _(input: Shape, weight: Shape) -> Shape:
    return (*input[:-1], *weight[:-1])


@largest("bilinear")
def _(input1: Shape, weight: Shape) -> Shape:
    return (*input1[:-1], *weight[1:])


@largest("outer")
def _(input: Shape, vec2: Shape) -> Shape:
    return (*input, *vec2)


@largest("addr")
def _(vec1: Shape, vec2: Shape) -> Shape:
    return (*vec1, *vec2)


@largest("inner")
def _(input: Shape, other: Shape) -> Shape:
    return (*input[:-1], *other[:-1])


@largest("tensordot")
def _(a: Shape, b: Shape, *, dims: Any) -> Shape | None:
    return (*a[: len(a) - dims], *b[dims:]) if isinstance(dims, int) else None


@largest("einsum")
def _(*operands: Shape, equation: str) -> Shape:
    """Operand by operand: what the result or a later operand still asks for stays."""
    terms = parsed(equation, [*map(len, operands)])
    sizes: dict[int, int] = {}
    made: list[Shape] = []
    for i, (shape, labels) in enumerate(zip(operands, terms.inputs, strict=True)):
        for label, size in zip(labels, shape, strict=True):
            sizes[terms.places[label]] = max(size, sizes.get(terms.places[label], 1))
        later = {terms.places[label] for rest in terms.inputs[i + 1 :] for label in rest}
        made.append(tuple(size for place, size in sizes.items() if place < terms.kept or place in later))
    return max(made, key=math.prod)


@largest("multi_dot")
def _(*tensors: Shape) -> Shape:
    return (*tensors[0][:-1], *tensors[-1][1:])


@largest("cdist")
def _(x1: Shape, x2: Shape) -> Shape | None:
    """The difference of each point from each."""
    batch = _broadcast(x1[:-2], x2[:-2])
    return None if batch is None else (*batch, x1[-2], *x2[-2:])


@largest("scaled_dot_product_attention")
def _(query: Shape, key: Shape) -> Shape:
    """How much each query looks at each key."""
    return (*query[:-1], key[-2])


@largest("qr_q", "qr_r", "svd_u", "svd_vh")
def _(A: Shape) -> Shape:
    return (*A[:-2], max(A[-2:]), max(A[-2:]))


@largest("embedding")
def _(input: Shape, weight: Shape) -> Shape:
    return (*input, weight[-1])


@largest("one_hot")
def _(input: Shape, input_values: Any, *, num_classes: int) -> Shape | None:
    """The number of classes is the largest number, if nobody says it."""
    if num_classes < 0:
        num_classes = int(input_values.max(initial=0)) + 1
    return (*input, num_classes)


# Windows -------------------------------------------------------------------------------------------------------------


@largest("conv1d", "conv2d", "conv3d")
def _(input: Shape, weight: Shape, *, stride: Any, padding: Any, dilation: Any) -> Shape:
    """All that ever stands under the kernel, laid out side by side."""
    kernel, count = weight[2:], len(weight) - 2
    lead, image = input[: len(input) - count], input[len(input) - count :]
    settings = (_each(setting, count) for setting in (stride, padding, dilation))
    places = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(image, kernel, *settings, strict=True))
    return (*lead, *kernel, *places)


@largest("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _(input: Shape, weight: Shape, *, stride: Any, dilation: Any, groups: int) -> Shape:
    """What every element lays down, before it is added up, or the image that it is added into."""
    kernel, count = weight[2:], len(weight) - 2
    lead, image = input[: len(input) - count - 1], input[len(input) - count :]
    settings = (_each(setting, count) for setting in (stride, dilation))
    sizes = (s * (n - 1) + d * (k - 1) + 2 * s for n, k, s, d in zip(image, kernel, *settings, strict=True))
    channels = weight[1] * groups
    return max((*lead, channels, *kernel, *image), (*lead, channels, *sizes), key=math.prod)


@largest("adaptive_avg_pool1d", "adaptive_max_pool1d")
def _(input: Shape, *, output_size: Any) -> Shape:
    return (*input[:-1], *_each(output_size, 1))


@largest("adaptive_avg_pool2d", "adaptive_max_pool2d")
def _(input: Shape, *, output_size: Any) -> Shape:
    return (*input[:-2], *_each(output_size, 2))


@largest("interpolate")
def _(input: Shape, *, size: Any, scale_factor: Any) -> Shape:
    image = input[2:]
    if size is not None:
        return (*input[:2], *_each(size, len(image)))
    return (*input[:2], *(math.floor(n * scale_factor) for n in image))


@largest("im2col")
def _(input: Shape, *, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Shape:
    kernel, settings = _each(kernel_size, 2), [_each(setting, 2) for setting in (stride, padding, dilation)]
    along = zip(input[-2:], kernel, *settings, strict=True)
    return (*input[:-2], *kernel, *((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in along))


@largest("col2im")
def _(input: Shape, *, output_size: Any, padding: Any) -> Shape:
    around = zip(_each(output_size, 2), _each(padding, 2), strict=True)
    return (*input[:-1], *(n + 2 * p for n, p in around))


@largest("max_pool1d", "avg_pool1d", "max_pool2d", "max_pool2d_indices", "avg_pool2d")
def _(input: Shape, *, padding: Any, kernel_size: Any) -> Shape:
    """The image with its border."""
    count = len(kernel_size) if not isinstance(kernel_size, int) and len(kernel_size) > 1 else 2
    around = _each(padding, count)
    return (*input[:-count], *(n + 2 * p for n, p in zip(input[-count:], around, strict=True)))
