"""The editor of a tensor's numbers: a table over a numpy array, its shape, and its slices where it has more than two
dimensions.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.document.params import quoted
from engine.document.records import Json
from gui.panels.inspector import texts
from gui.panels.inspector.fields import CAPTION_WIDTH, TextField

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 26
MOST_ROWS = 8  # shown without scrolling
MOST_ELEMENTS = 1_000_000
MOST_SLICES = 1_000


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

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
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
        return (
            f"{value:.{digits}g}"
            if digits
            else str(value).removesuffix(".0") + "." * str(value).endswith(".0")
        )
    return str(value)


class ArrayEditor(QWidget):
    """Shape, slices and table. `changed` carries the whole new array, `refused` a sentence."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector.data")
        self.array = np.zeros(())
        self.model = ArrayModel()
        self.table = _Table()
        self.table.setModel(self.model)
        self.shape = TextField("shape", self._read_shape, self.tr("shape"), self.tr("() is a scalar"))
        self.shape.setObjectName("inspector.field.shape")
        self._slices = QWidget()
        self._slice_row = QGridLayout(self._slices)
        self._slice_row.setContentsMargins(0, 0, 0, 0)
        self._slice_row.setHorizontalSpacing(8)
        self._slice_row.setColumnStretch(1, 1)
        self.choosers: list[QComboBox] = []
        self.complaint = QLabel()
        self.complaint.setObjectName("inspector.data.complaint")
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.shape, self._slices, self.table, self.complaint):
            column.addWidget(widget)
        self.shape.committed.connect(self._shape_committed)
        self.model.dataChanged.connect(self._cell_edited)
        self.table.pasted.connect(self._paste)
        self.table.cleared.connect(self._clear)
        self._show_slices()

    def show_array(self, array: np.ndarray) -> None:
        """Take the numbers of the document. A cell or a shape that is being edited stays as it is."""
        if array.dtype == self.array.dtype and array.shape == self.array.shape and _same(array, self.array):
            return
        leading = array.shape[:-2]
        same_slices = leading == self.array.shape[:-2]
        self.array = array
        at = self.model.at if same_slices else (0,) * len(leading)
        if 0 in leading:
            self.model.show(np.zeros((0, 0)), ())
        else:
            self.model.show(array, at)
        self.shape.show_value(list(array.shape))
        if not same_slices:
            self._show_slices()
        self._fit()

    def focus_table(self) -> None:
        """Put the keyboard on the first cell."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, 0))

    def finish(self) -> None:
        """Commit what is being typed."""
        self.shape.finish()
        if self.table.state() == QAbstractItemView.State.EditingState:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)  # which takes it from the cell's editor

    def _read_shape(self, text: str) -> Json:
        sizes = texts.shape(text)
        assert isinstance(sizes, list)
        for size in sizes:
            if not isinstance(size, int) or size < 0:
                raise ValueError(self.tr("A size cannot be negative: {size}.").format(size=quoted(size)))
        if len(sizes) > 8 or math.prod(size for size in sizes if isinstance(size, int)) > MOST_ELEMENTS:
            raise ValueError(self.tr("That is more than a million numbers to type; use zeros or randn."))
        return sizes

    def _shape_committed(self, _name: str, sizes: Json) -> None:
        assert isinstance(sizes, list)
        self._commit(resized(self.array, tuple(int(size) for size in sizes if isinstance(size, int))))

    def _cell_edited(self, _top: QModelIndex, _bottom: QModelIndex) -> None:
        self._complain(self.model.refused)
        edited, self.model.edited, self.model.refused = self.model.edited, None, ""
        if edited is not None:
            value, where = edited
            self._commit(placed(self.array, value, where))

    def _paste(self, text: str) -> None:
        try:
            block = texts.table(text)
        except ValueError as refusal:
            self._complain(str(refusal))
            return
        at = self.table.currentIndex()
        row, column = max(0, at.row()), max(0, at.column())
        if self.array.ndim <= 2 and block.ndim <= 2 and not (block.ndim == 2 and text.lstrip()[:1] in "[ta"):
            self._commit(pasted(self.array, block, row, column))
        elif block.ndim > 2 or self.array.ndim <= 2:
            self._commit(block)  # a whole array, as numpy or torch printed it
        else:
            page = pasted(self.array[self.model.at], block, row, column)
            if page.shape != self.array.shape[-2:]:
                self._complain(self.tr("The rows to paste do not fit into this slice."))
                return
            whole = self.array.astype(page.dtype)
            whole[self.model.at] = page
            self._commit(whole)

    def _clear(self) -> None:
        array = self.array.copy()
        for index in self.table.selectedIndexes():
            array[self.model.place(index.row(), index.column())] = 0
        self._commit(array)

    def _commit(self, array: np.ndarray) -> None:
        self._complain("")
        if array.size > MOST_ELEMENTS:
            self._complain(self.tr("That is more than a million numbers."))
            return
        self.show_array(array)
        self.changed.emit(array)

    def _complain(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))

    def _show_slices(self) -> None:
        for old in self._slices.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._slice_row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.choosers = []
        leading: tuple[int, ...] = self.array.shape[:-2]
        for dim, size in enumerate(leading):
            caption = QLabel(self.tr("slice of dim {dim}").format(dim=dim))
            caption.setProperty("role", "key")
            caption.setFixedWidth(CAPTION_WIDTH)
            chooser = QComboBox()
            chooser.setObjectName(f"inspector.slice.{dim}")
            chooser.setAccessibleName(caption.text())
            for place in range(min(size, MOST_SLICES)):
                chooser.addItem(str(place))
            chooser.activated.connect(self._slice_chosen)
            self._slice_row.addWidget(caption, dim, 0)
            self._slice_row.addWidget(chooser, dim, 1)
            self.choosers.append(chooser)
        self._slices.setVisible(bool(self.choosers))

    def _slice_chosen(self, _row: int) -> None:
        self.model.show(self.array, tuple(chooser.currentIndex() for chooser in self.choosers))
        self._fit()

    def _fit(self) -> None:
        """As high as its rows, up to a limit; the columns share the width while there is enough of it."""
        rows, columns = self.model.rowCount(), self.model.columnCount()
        header = self.table.horizontalHeader()
        self.table.setVisible(rows > 0 and columns > 0)
        few = columns <= 5
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch if few else QHeaderView.ResizeMode.Fixed)
        if not few:
            header.setDefaultSectionSize(64)
        height = min(rows, MOST_ROWS) * ROW_HEIGHT + 22 + 4 + (0 if few else 12)
        self.table.setFixedHeight(height)


class _Table(QTableView):
    """A table with the keys of a spreadsheet."""

    pasted = Signal(str)
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector.table")
        self.setAccessibleName(self.tr("Numbers of the tensor"))
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setCornerButtonEnabled(False)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setMinimumWidth(28)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setFixedHeight(22)
        self.horizontalHeader().setMinimumSectionSize(44)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().setHighlightSections(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QGuiApplication.clipboard().text())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.cleared.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.state() != QAbstractItemView.State.EditingState and self.currentIndex().isValid():
                self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: object) -> None:
        """Enter goes one cell down, as in a spreadsheet."""
        super().closeEditor(editor, hint)  # type: ignore[arg-type]
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            at = self.currentIndex()
            below = at.sibling(at.row() + 1, at.column())
            if below.isValid():
                self.selectionModel().setCurrentIndex(below, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _copy(self) -> None:
        """The selected cells as lines and tabs."""
        chosen = self.selectedIndexes()
        if not chosen:
            return
        rows: dict[int, dict[int, str]] = {}
        for index in chosen:
            rows.setdefault(index.row(), {})[index.column()] = str(index.data(Qt.ItemDataRole.EditRole))
        lines = ["\t".join(row[column] for column in sorted(row)) for _at, row in sorted(rows.items())]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
