"""Windows that slide over the last dimensions of an array: what convolutions and pooling are made of.

Sizes, strides, paddings come as one number for each of those dimensions, outermost first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from engine.autograd.shapes import Sizes


def each(value: Any, count: int, refusal: str) -> Sizes:
    """A setting for each of `count` dimensions, where one number stands for all."""
    if isinstance(value, (int, np.integer)):
        return (int(value),) * count
    sizes = tuple(int(n) for n in value)
    if len(sizes) == 1:
        return sizes * count
    if len(sizes) != count:
        raise RuntimeError(refusal)
    return sizes


def padded(array: Any, before: Sizes, after: Sizes, value: float = 0) -> Any:
    """The array with `value` around it; itself where nothing is to be added."""
    if not any(before) and not any(after):
        return array
    lead = array.ndim - len(before)
    sizes = [m + n + k for m, n, k in zip(before, array.shape[lead:], after, strict=True)]
    shape = (*array.shape[:lead], *sizes)
    result = np.full(shape, value, array.dtype) if value else np.zeros(shape, array.dtype)
    result[inner(before, array.shape[lead:])] = array
    return result


def inner(before: Sizes, sizes: Sequence[int]) -> tuple[Any, ...]:
    """The index of what was there before padding."""
    return (..., *(slice(m, m + n) for m, n in zip(before, sizes, strict=True)))


def windows(array: Any, kernel: Sizes, stride: Sizes, dilation: Sizes, places: Sizes) -> Any:
    """A new array (…, *kernel, *places): what stands under each element of the kernel at each of its places."""
    array = np.ascontiguousarray(array)
    lead = array.ndim - len(kernel)
    steps = array.strides[lead:]
    shape = (*array.shape[:lead], *kernel, *places)
    strides = (
        *array.strides[:lead],
        *[step * d for step, d in zip(steps, dilation, strict=True)],
        *[step * s for step, s in zip(steps, stride, strict=True)],
    )
    if stride[-1] > 1 or 0 in shape:
        return np.ndarray(shape, array.dtype, array, 0, strides).copy()
    row = np.dtype((np.void, array.itemsize * places[-1]))  # numpy copies a row quicker as a single element
    return np.ndarray(shape[:-1], row, array, 0, strides[:-1]).copy().view(array.dtype).reshape(shape)


def slots(kernel: Sizes, stride: Sizes, dilation: Sizes, places: Sizes) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """For each element of the kernel, row by row, the index of all that ever stands under it."""
    for slot in product(*map(range, kernel)):
        yield (
            slot,
            (
                ...,
                *(
                    slice(k * d, k * d + s * (n - 1) + 1, s)
                    for k, d, s, n in zip(slot, dilation, stride, places, strict=True)
                ),
            ),
        )


def overlapped(columns: Any, shape: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Any:
    """The reverse of `windows`: every window is added back where it came from, into zeros of `shape`."""
    places = columns.shape[columns.ndim - len(kernel) :]
    result = np.zeros(shape, columns.dtype)
    lead = (slice(None),) * (columns.ndim - 2 * len(kernel))
    if all(places):
        for slot, under in slots(kernel, stride, dilation, places):
            result[under] += columns[(*lead, *slot)]
    return result
