"""The editor of a tensor's numbers: a table over a numpy array, its shape, and its slices where it has more than two
dimensions.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.document.params import quoted
from engine.document.records import Json
from gui import texts
from gui.choice import Choice
from gui.panels.inspector.cells import ArrayModel, pasted, placed, resized, same_numbers
from gui.panels.inspector.fields import CAPTION_WIDTH, TextField

ROW_HEIGHT = 26
MOST_ROWS = 8  # shown without scrolling
MOST_ELEMENTS = 1_000_000
MOST_SLICES = 1_000


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
        self._slices.setObjectName("inspector.slices")
        self._slice_row = QGridLayout(self._slices)
        self._slice_row.setContentsMargins(0, 0, 0, 0)
        self._slice_row.setHorizontalSpacing(8)
        self._slice_row.setColumnStretch(1, 1)
        self.choosers: list[Choice] = []
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
        if array.dtype == self.array.dtype and array.shape == self.array.shape and same_numbers(array, self.array):
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
            caption.setObjectName(f"inspector.slice.{dim}.key")
            caption.setProperty("role", "key")
            caption.setFixedWidth(CAPTION_WIDTH)
            chooser = Choice()
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
