"""How torch prints a tensor, byte for byte."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes

PRECISION = 4
THRESHOLD: float = 1000
"""A tensor with more elements is summarised."""
EDGE = 3
LINE = 80
INDENT = len("tensor(")
SCIENTIFIC: bool | None = None
"""Whether to print floats as 1.0000e+00; None decides by the numbers."""

_PROFILES = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors are printed from now on (`torch.set_printoptions`)."""
    global PRECISION, THRESHOLD, EDGE, LINE, SCIENTIFIC
    if profile is not None:
        PRECISION, THRESHOLD, EDGE, LINE = _PROFILES[profile]
    PRECISION = PRECISION if precision is None else precision
    THRESHOLD = THRESHOLD if threshold is None else threshold
    EDGE = EDGE if edgeitems is None else edgeitems
    LINE = LINE if linewidth is None else linewidth
    SCIENTIFIC = sci_mode


class _Column:
    """The common format of all numbers of one tensor: integers, fixed point or scientific, and the width."""

    def __init__(self, shown: Any) -> None:
        self.floating = shown.dtype.kind == "f"
        self.whole, self.scientific, self.width = True, False, 1
        if not self.floating:
            self.width = max([1, *(len(str(value)) for value in shown.ravel().tolist())])
            return
        finite = shown[np.isfinite(shown) & (shown != 0)]
        if finite.size == 0:
            return
        size = np.abs(finite.astype(np.float64))
        low, high = size.min(), size.max()
        self.whole = bool((finite == np.ceil(finite)).all())
        self.scientific = bool(high / low > 1000 or high > 1e8 or low < 1e-4) if SCIENTIFIC is None else SCIENTIFIC
        self.width = max([1, *(len(self._cell(value, "." * self.whole)) for value in finite.tolist())])

    def _cell(self, value: float, point: str) -> str:
        if self.scientific:
            return f"{value:.{PRECISION}e}"
        return f"{value:.0f}{point}" if self.whole else f"{value:.{PRECISION}f}"

    def cell(self, value: Any) -> str:
        """One number, padded to the width; nan and inf have no point."""
        if not self.floating:
            return str(value).rjust(self.width)
        point = "" if math.isinf(value) or math.isnan(value) else "."
        return self._cell(value, point).rjust(self.width)


def _corners(array: Any) -> Any:
    """The elements that a summary shows."""
    for axis in range(array.ndim):
        if array.shape[axis] > 2 * EDGE:
            keep = [*range(EDGE), *range(array.shape[axis] - EDGE, array.shape[axis])]
            array = array.take(keep, axis)
    return array


def _body(array: Any, indent: int, summarised: bool, column: _Column) -> str:
    if array.ndim == 0:
        return column.cell(array.item())
    cut = summarised and len(array) > 2 * EDGE
    if array.ndim == 1:
        if cut:
            cells = [
                *(column.cell(value) for value in array[:EDGE].tolist()),
                " ...",
                *(column.cell(value) for value in array[-EDGE:].tolist()),
            ]
        else:
            cells = [column.cell(value) for value in array.tolist()]
        a_line = max(1, (LINE - indent) // (column.width + 2))
        lines = [", ".join(cells[i : i + a_line]) for i in range(0, len(cells), a_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    if cut:
        rows = [
            *(_body(row, indent + 1, summarised, column) for row in array[:EDGE]),
            "...",
            *(_body(row, indent + 1, summarised, column) for row in array[-EDGE:]),
        ]
    else:
        rows = [_body(row, indent + 1, summarised, column) for row in array]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def tensor_text(array: Any, requires_grad: bool, grad_fn: str | None) -> str:
    """`tensor(…)` with the suffixes that torch adds: size, dtype, grad_fn or requires_grad."""
    array = np.asarray(array)
    default = dtypes.numpy_dtype(None)
    notes = []
    if array.size == 0:
        if array.ndim != 1:
            notes.append(f"size={tuple(array.shape)}")
        if array.dtype != default:
            notes.append(f"dtype={dtypes.torch_dtype(array.dtype)}")
        body = "[]"
    else:
        if array.dtype not in (default, np.dtype(np.int64), np.dtype(np.bool_)):
            notes.append(f"dtype={dtypes.torch_dtype(array.dtype)}")
        summarised = array.size > THRESHOLD
        body = _body(array, INDENT, summarised, _Column(_corners(array) if summarised else array))
    if grad_fn is not None:
        notes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        notes.append("requires_grad=True")
    text = "tensor(" + body
    used = len(text) - text.rfind("\n") + 1
    for note in notes:
        if used + len(note) + 2 > LINE:
            text += ",\n" + " " * INDENT + note
            used = INDENT + len(note)
        else:
            text += ", " + note
            used += len(note) + 2
    return text + ")"
