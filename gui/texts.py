"""What one types into a field, as a value; a ValueError is the sentence that says why it is none."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QCoreApplication

from engine.document.records import Json

MOST_PASTED = 1_000_000


def number(text: str) -> Json:
    """`2` is an integer, `2.` and `1e-3` are floats, `nan` and `-inf` stand for themselves."""
    text = text.strip().replace("−", "-").casefold()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        raise ValueError(
            QCoreApplication.translate("Inspector", "“{text}” is not a number.").format(text=_short(text))
        ) from None
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def integer(text: str) -> Json:
    """A whole number."""
    try:
        return int(text.strip().replace("−", "-"))
    except ValueError:
        raise ValueError(
            QCoreApplication.translate("Inspector", "“{text}” is not a whole number.").format(text=_short(text))
        ) from None


def shape(text: str) -> Json:
    """Sizes in any of the ways people write them: `2, 3`, `2 3`, `2×3`, `(2, 3)`, `[2, 3]`; `()` for a scalar."""
    return _integers(text, QCoreApplication.translate("Inspector", "“{text}” is not a size; write sizes as 2, 3."))


def _integers(text: str, refusal: str) -> list[Json]:
    inner = text.strip().removeprefix("torch.Size").strip().strip("()[]").strip().replace("−", "-")
    inner = inner.removesuffix(",")  # as Python writes (3,)
    parts = re.split(r"\s*[,;x×*]\s*|\s+", inner.strip()) if inner else []
    sizes: list[Json] = []
    for part in parts:
        try:
            sizes.append(int(part))
        except ValueError:
            raise ValueError(refusal.format(text=_short(part or text))) from None
    return sizes


def dims(text: str) -> Json:
    """Nothing for all dimensions, one dimension, or several; `()` for none."""
    found = _integers(
        text, QCoreApplication.translate("Inspector", "“{text}” is not a dimension; write dimensions as 0, 1.")
    )
    if not found:
        return [] if text.strip() else None
    return found[0] if len(found) == 1 else found


def seed(text: str) -> Json:
    """A whole number, or nothing: other numbers at each run."""
    return integer(text) if text.strip() else None


def optional_number(text: str) -> Json:
    """A number, or nothing."""
    return number(text) if text.strip() else None


def words(text: str) -> Json:
    """Text is text."""
    return text


PARSERS: Mapping[str, Callable[[str], Json]] = {
    "float": number,
    "int": integer,
    "shape": shape,
    "dims": dims,
    "seed": seed,
    "text": words,
}


def written(value: Json) -> str:
    """A value as it stands in a field; the parsers read it back."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) if value else "()"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def table(text: str) -> np.ndarray:
    """Numbers pasted from a spreadsheet, a CSV file, or what numpy and torch print.

    Nested brackets give any number of dimensions; lines and columns give two, one line gives one, one number none.
    """
    if len(text) > 40 * MOST_PASTED:
        raise ValueError(QCoreApplication.translate("Inspector", "That is too much to paste."))
    inner = text.strip().replace("−", "-")
    printed = re.match(r"(?:\w+\.)?(?:array|tensor|Tensor)\((.*?)(?:,\s*\w+\s*=[^\[\]]*)?\)\s*$", inner, re.DOTALL)
    inner = printed[1].strip() if printed else inner
    if inner.startswith("["):
        return _nested(inner)
    lines = [line for line in inner.splitlines() if line.strip()]
    if not lines:
        raise ValueError(QCoreApplication.translate("Inspector", "There are no numbers to paste."))
    rows = [[_cell(cell) for cell in _cells(line)] for line in lines]
    if len({len(row) for row in rows}) > 1:
        raise ValueError(QCoreApplication.translate("Inspector", "The rows to paste differ in length."))
    array = _array(rows)
    return array.reshape(()) if array.size == 1 else array[0] if len(rows) == 1 else array


def _cells(line: str) -> list[str]:
    if "\t" in line:
        return [cell.strip() or "0" for cell in line.split("\t")]
    return [cell for cell in re.split(r"[\s,;]+", line.strip()) if cell]


def _nested(text: str) -> np.ndarray:
    """Brackets within brackets, with commas or without. Read by a stack: nothing is evaluated."""
    root: list[object] = []
    stack = [root]
    for token in re.findall(r"[\[\]]|[^\s,\[\]]+", text):
        if token == "[":
            deeper: list[object] = []
            stack[-1].append(deeper)
            stack.append(deeper)
        elif token == "]":
            stack.pop()
            if not stack:
                break
        else:
            stack[-1].append(_cell(token))
    if len(stack) != 1 or len(root) != 1:
        raise ValueError(QCoreApplication.translate("Inspector", "The brackets do not match."))
    return _array(root[0])


def _cell(text: str) -> bool | int | float:
    truth = {"true": True, "false": False}.get(text.casefold())
    if truth is not None:
        return truth
    value = number(text)
    return float(value) if isinstance(value, str) else value  # type: ignore[return-value]  # number gives no list


def _array(nested: object) -> np.ndarray:
    try:
        array = np.array(nested)
    except (ValueError, OverflowError):
        raise ValueError(QCoreApplication.translate("Inspector", "The rows to paste differ in length.")) from None
    if array.dtype.kind not in "bif":
        raise ValueError(QCoreApplication.translate("Inspector", "These numbers are too large."))
    return array


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"
