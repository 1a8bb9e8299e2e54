"""How large a result may be: a cheap estimate before an op runs, so that none asks for memory that is not there."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.document.arrays import MOST_ELEMENTS
from engine.op import Op
from engine.run.estimates import largest_shape
from engine.sentence import says

MOST_IN_RESULT = 4 * MOST_ELEMENTS
"""What an op may make of its inputs; a tensor that comes from nowhere has at most MOST_ELEMENTS, as in a file."""


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


def _words(count: int) -> str:
    """4,000,000 in full; what nobody would count in full as 4e12."""
    if count < 10**10:
        return f"{count:,}"
    digits, _, power = f"{float(count):.3g}".partition("e") if count < 10**300 else ("more than 1", "", "300")
    return f"{digits}e{int(power)}" if power else f"{count:,}"
