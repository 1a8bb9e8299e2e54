"""The equation of an einsum, read: "ij,jk->ik"."""

from __future__ import annotations

import string
from collections import Counter
from dataclasses import dataclass

Label = str | int
"""The name of a dimension: a letter, or the place of one of those that "..." stands for."""

DOTS = "..."
LETTERS = string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Equation:
    """Where every named dimension stands once all operands have the same: first those of the result, then those that
    are added up."""

    inputs: list[list[Label]]
    """For every operand the names of its dimensions."""
    places: dict[Label, int]
    kept: int
    """How many dimensions the result has."""
    total: int


def parsed(equation: str, ndims: list[int]) -> Equation:
    """Read an equation for operands of so many dimensions; RuntimeError in torch's words for one that does not fit."""
    left, arrow, right = equation.partition("->")
    inputs = _operands(left, len(ndims))
    dots = 0
    for i, (labels, ndim) in enumerate(zip(inputs, ndims, strict=True)):
        named = len(labels) - labels.count(DOTS)
        if DOTS in labels:
            dots = max(dots, ndim - named)
            if named > ndim:
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({named}) is more than the number of "
                    f"dimensions ({ndim}) for operand {i}"
                )
        elif named != ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) does not match the number of dimensions "
                f"({ndim}) for operand {i} and no ellipsis was given"
            )
    seen = Counter(label for labels in inputs for label in labels if label != DOTS)
    if arrow:
        result = _result(right, len(left) + len(arrow), seen)
    else:
        result = [DOTS, *(label for label in LETTERS if seen[label] == 1)]
    rest = [DOTS, *(label for label in LETTERS if seen[label])]
    order = list(dict.fromkeys(_spelled_out([*result, *(label for label in rest if label not in result)], dots, dots)))
    kept = len(_spelled_out(result, dots, dots))
    return Equation(
        [_spelled_out(labels, ndim - len(labels) + 1, dots) for labels, ndim in zip(inputs, ndims, strict=True)],
        {label: place for place, label in enumerate(order)},
        kept,
        len(order),
    )


def _spelled_out(labels: list[str], covered: int, dots: int) -> list[Label]:
    """With a number for each dimension that "..." covers; they count from the right, as shapes are broadcast."""
    return [each for label in labels for each in (range(dots - covered, dots) if label == DOTS else (label,))]


def _operands(text: str, count: int) -> list[list[str]]:
    """The names between the commas."""
    inputs: list[list[str]] = [[]]
    place = 0
    while place < len(text):
        char, current = text[place], len(inputs) - 1
        if char == ".":
            if DOTS in inputs[-1]:
                raise RuntimeError(f"einsum(): found '.' for operand {current} for which an ellipsis was already found")
            if text[place : place + 3] != DOTS:
                raise RuntimeError(f"einsum(): found '.' for operand {current} that is not part of any ellipsis")
            inputs[-1].append(DOTS)
            place += 2
        elif char == ",":
            if len(inputs) == count:
                raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
            inputs.append([])
        elif char != " ":
            _require_letter(char, place)
            inputs[-1].append(char)
        place += 1
    if len(inputs) < count:
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    return inputs


def _result(text: str, start: int, seen: Counter[str]) -> list[str]:
    """The names after the arrow, which begin at `start`."""
    result: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char == ".":
            if DOTS in result:
                raise RuntimeError("einsum(): found '.' for output but an ellipsis (...) was already found")
            if text[place : place + 3] != DOTS:
                raise RuntimeError("einsum(): found '.' for output that is not part of any ellipsis (...)")
            result.append(DOTS)
            place += 2
        elif char != " ":
            _require_letter(char, start + place)
            if char in result:
                raise RuntimeError(f"einsum(): output subscript {char} appears more than once in the output")
            if not seen[char]:
                raise RuntimeError(
                    f"einsum(): output subscript {char} does not appear in the equation for any input operand"
                )
            result.append(char)
        place += 1
    return result


def _require_letter(char: str, place: int) -> None:
    if char not in LETTERS:
        raise RuntimeError(
            f"einsum(): invalid subscript given at index {place} in the equation string, subscripts must be in [a-zA-Z]"
        )
