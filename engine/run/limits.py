"""How large a result may be: a cheap estimate before an op runs, so that none asks for memory that is not there."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.autograd import Tensor
from engine.document.arrays import MOST_ELEMENTS
from engine.op import Op
from engine.sentence import says

MOST_IN_RESULT = 4 * MOST_ELEMENTS
"""What an op may make of its inputs; a tensor that comes from nowhere has at most MOST_ELEMENTS, as in a file."""

_PRODUCTS = ("matmul", "mm", "mv", "dot", "bmm")


def too_large(op: Op, given: tuple[object, ...], params: Mapping[str, object]) -> str | None:
    """Why `op` must not run on these inputs, as a sentence; None if it may."""
    shape = largest_shape(op, given, params)
    limit = MOST_IN_RESULT if op.ports else MOST_ELEMENTS
    if shape is None or (math.prod(shape) <= limit and max(shape, default=0) <= limit):
        return None
    if math.prod(shape) <= limit:  # nothing at all, but numpy cannot count so far
        return says("would have a size of {size}; the limit is {limit:,}", size=_words(max(shape)), limit=limit)
    total = f" = {_words(math.prod(shape))}" if len(shape) > 1 else ""
    sizes = " × ".join(map(_words, shape)) + total
    return says("would need {sizes} numbers; the limit is {limit:,}", sizes=sizes, limit=limit)


def largest_shape(op: Op, given: tuple[object, ...], params: Mapping[str, object]) -> tuple[int, ...] | None:
    """The shape of the largest array that `op` makes on the way, the result included.

    None where it is not larger than the inputs, or where the op is going to refuse them.
    """
    if not op.ports:
        return _source(op, params)
    shapes = [tuple(value.shape) for value in given if isinstance(value, Tensor)]
    if "size" in (param.name for param in op.params):
        return _expanded(shapes, _sizes(op, params))
    if op.name in _PRODUCTS:
        return _product(*shapes) if len(shapes) == 2 else None
    return _broadcast(*shapes) if op.promote is not None else None


def _source(op: Op, params: Mapping[str, object]) -> tuple[int, ...] | None:
    names = {param.name for param in op.params}
    if "size" in names:
        return _sizes(op, params)
    if "n" in names:
        n = _setting(op, params, "n")
        return (n, n) if isinstance(n, int) and n > 0 else None
    if {"start", "end", "step"} <= names:
        return _counted(*(_setting(op, params, name) for name in ("start", "end", "step")))
    return None


def _counted(start: object, end: object, step: object) -> tuple[int, ...] | None:
    numbers = [number for number in (start, end, step) if isinstance(number, int | float)]
    if len(numbers) < 3 or not all(map(math.isfinite, numbers)) or not numbers[2]:
        return None
    first, last, by = numbers
    if all(isinstance(number, int) for number in numbers):
        return (max(0, -int((first - last) // by)),)
    count = (last - first) / by
    return (max(0, math.ceil(count)),) if math.isfinite(count) else None


def _sizes(op: Op, params: Mapping[str, object]) -> tuple[int, ...] | None:
    sizes = _setting(op, params, "size")
    if not isinstance(sizes, list | tuple) or not all(isinstance(size, int) for size in sizes):
        return None
    return tuple(sizes)


def _setting(op: Op, params: Mapping[str, object], name: str) -> object:
    return params[name] if name in params else next(param.default for param in op.params if param.name == name)


def _expanded(shapes: list[tuple[int, ...]], sizes: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The sizes, with what stands in the input in place of -1. It costs no memory, but whatever reads it does."""
    if len(shapes) != 1 or sizes is None or len(sizes) < len(shapes[0]):
        return None
    old = (1,) * (len(sizes) - len(shapes[0])) + shapes[0]
    return tuple(kept if size == -1 else size for size, kept in zip(sizes, old, strict=True))


def _product(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...] | None:
    """Rows by columns, once for each of the batches in which the leading dimensions meet.

    Two batches are each laid out in full before they are multiplied.
    """
    if not left or not right:
        return None
    batch = _broadcast(left[:-2], right[:-2])
    if batch is None:
        return None
    rows = left[-2:-1]
    columns = right[-1:] if len(right) > 1 else ()
    made = [(*batch, *rows, *columns)]
    if len(left) > 2 and len(right) > 2:
        made += [(*batch, *left[-2:]), (*batch, *right[-2:])]
    return max(made, key=math.prod)


def _broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """As np.broadcast_shapes, which takes no shape of more elements than memory has addresses."""
    ndim = max(map(len, shapes), default=0)
    met: list[int] = []
    for sizes in zip(*((1,) * (ndim - len(shape)) + shape for shape in shapes), strict=True):
        others = set(sizes) - {1}
        if len(others) > 1:
            return None
        met.append(others.pop() if others else 1)
    return tuple(met)


def _words(count: int) -> str:
    """4,000,000 in full; what nobody would count in full as 4e12."""
    if count < 10**10:
        return f"{count:,}"
    digits, _, power = f"{float(count):.3g}".partition("e") if count < 10**300 else ("more than 1", "", "300")
    return f"{digits}e{int(power)}" if power else f"{count:,}"
