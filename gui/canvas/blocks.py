"""Arrays in small space: how a tensor is shown on a node, by its shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gui.canvas.geometry import CELL_GAP, CELL_HEIGHT, CELL_WIDTH


@dataclass(frozen=True, slots=True)
class Block:
    """An array in small space: `cells` with numbers, `bars` for a long vector, a `heat` map, or one `scalar`."""

    kind: str
    array: np.ndarray  # 0-d, 1-d or 2-d, as shown (pooled if larger)

    @property
    def size(self) -> tuple[float, float]:
        if self.kind == "scalar":
            return 72.0, 28.0
        if self.kind == "cells":
            rows, columns = self.array.shape if self.array.ndim == 2 else (1, self.array.shape[0])
            return (
                columns * (CELL_WIDTH + CELL_GAP) - CELL_GAP,
                rows * (CELL_HEIGHT + CELL_GAP) - CELL_GAP,
            )
        return (96.0, 36.0) if self.kind == "bars" else (96.0, 64.0)


def block(array: np.ndarray) -> Block:
    """Choose how an array is shown by its shape; big ones are pooled by the element of largest magnitude."""
    array = np.asarray(array)
    if array.dtype.kind == "f" and array.dtype != np.float64:
        array = array.astype(np.float64)
    if array.ndim == 0:
        return Block("scalar", array)
    while array.ndim > 2:
        array = array[0] if array.shape[0] else np.zeros(array.shape[1:])
    if array.size == 0:
        return Block("bars", np.zeros(0))
    if array.ndim <= 2 and max(array.shape) <= 4:
        return Block("cells", array)
    if array.ndim == 1:
        return Block("bars", pool(array[None, :], 1, 48)[0])
    return Block("heat", pool(array, 32, 48))


def pool(array: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Shrink a matrix to at most rows × columns, keeping of each tile the element of largest magnitude."""
    array = np.asarray(array, dtype=np.float64)
    for axis, most in ((0, rows), (1, columns)):
        size = array.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most + 1).astype(int)[:-1]
            high, low = np.maximum.reduceat(array, starts, axis), np.minimum.reduceat(array, starts, axis)
            array = np.where(np.abs(high) >= np.abs(low), high, low)
    return array
