"""The cells of a table of numbers: how an array changes by one edit, and the model that shows a slice of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui import texts

Index = QModelIndex | QPersistentModelIndex


def resized(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array of another shape: what fits stays in its place, the rest is 0.

    With another number of dimensions the numbers keep their order instead, as if read in a row.
    """
    result = np.zeros(shape, array.dtype)
    if len(shape) == array.ndim:
        both = tuple(slice(0, min(old, new)) for old, new in zip(array.shape, shape, strict=True))
        result[both] = array[both]
    else:
        count = min(array.size, result.size)
        result.reshape(-1)[:count] = array.reshape(-1)[:count]
    return result


def placed(array: np.ndarray, value: bool | int | float, where: tuple[int, ...]) -> np.ndarray:
    """A copy with one number replaced; a float among integers makes all of them floats, as Python's lists do."""
    kind = np.result_type(array.dtype, np.array(value).dtype) if array.dtype.kind != "f" else array.dtype
    result = array.astype(kind)
    result[where] = value
    return result


def pasted(array: np.ndarray, block: np.ndarray, row: int, column: int) -> np.ndarray:
    """`block` put into a table of at most two dimensions from a cell on; the table grows where it must.

    A column pasted into a vector runs along it.
    """
    if array.ndim == 0 and block.size > 1:
        return block
    if array.ndim == 0:
        return placed(array, block.reshape(()).item(), ())
    kind = array.dtype if array.dtype.kind == "f" else np.result_type(array.dtype, block.dtype)
    if array.ndim == 1:
        flat = block.reshape(-1) if 1 in np.atleast_2d(block).shape else None
        if flat is None:
            return block
        result = resized(array.astype(kind), (max(array.size, column + flat.size),))
        result[column : column + flat.size] = flat
        return result
    block = np.atleast_2d(block)
    rows, columns = row + block.shape[0], column + block.shape[1]
    result = resized(array.astype(kind), (max(array.shape[0], rows), max(array.shape[1], columns)))
    result[row:rows, column:columns] = block
    return result


class ArrayModel(QAbstractTableModel):
    """The last two dimensions of an array at one slice of the others. A vector is one row, a scalar one cell."""

    def __init__(self) -> None:
        super().__init__()
        self.array = np.zeros(())
        self.at: tuple[int, ...] = ()  # indices of the leading dimensions
        self.refused = ""  # why the last text was
        self.edited: tuple[bool | int | float, tuple[int, ...]] | None = None

    def show(self, array: np.ndarray, at: tuple[int, ...]) -> None:
        """Take an array, and the slice of it that is shown."""
        if array.shape == self.array.shape and at == self.at and array.size:
            self.array = array
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self.array, self.at = array, at
        self.endResetModel()

    @property
    def page(self) -> np.ndarray:
        """What is shown, as rows and columns."""
        return np.atleast_2d(self.array[self.at])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else self.page.shape[0]

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default argument
        return 0 if parent.isValid() else self.page.shape[1]

    def place(self, row: int, column: int) -> tuple[int, ...]:
        """The indices of a cell in the whole array."""
        own = (row, column) if self.array.ndim >= 2 else (column,) if self.array.ndim else ()
        return (*self.at, *own)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        value = self.page[index.row(), index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(value, 6)
        if role in (Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return shown(value, 0)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"[{', '.join(map(str, self.place(index.row(), index.column())))}] {shown(value, 0)}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter  # as the cells
        return str(section) if role == Qt.ItemDataRole.DisplayRole else None

    def setData(self, index: Index, text: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        self.refused, self.edited = "", None
        if role != Qt.ItemDataRole.EditRole:
            return False
        try:
            value = texts.table(str(text))
            if value.size != 1:
                raise ValueError(self.tr("A cell holds one number."))
        except ValueError as refusal:
            self.refused = str(refusal)
        else:
            self.edited = (value.reshape(()).item(), self.place(index.row(), index.column()))
        self.dataChanged.emit(index, index)
        return self.edited is not None


def shown(value: object, digits: int) -> str:
    """A number of an array as text: the shortest that reads back as the same number, or `digits` of it."""
    if isinstance(value, np.bool_):
        return "True" if value else "False"
    if isinstance(value, np.floating):
        return f"{value:.{digits}g}" if digits else str(value).removesuffix(".0") + "." * str(value).endswith(".0")
    return str(value)


def same_numbers(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays of one shape hold the same numbers; nan equals nan."""
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
