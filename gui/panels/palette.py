"""The palette: every op and every kind of frame, in categories that open and close, searched and dragged onto the
canvas.

The drag is our own (no QDrag): the view keeps the mouse from press to release and tells where it is; whoever shows
the node under the cursor listens.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from engine.document.search import Entry, entries, search
from engine.ops import CATEGORIES
from gui.rows import Heading, Index, OpPainter, OpRows
from gui.session import Session
from gui.theme import DARK, Theme, icon

OPEN_AT_FIRST = frozenset({"source", "control", "arithmetic"})


class Palette(QWidget):
    """See the module's text. A drag ends in exactly one of `drag_dropped` and `drag_cancelled`."""

    picked = Signal(str)  # op or frame: put it where one looks
    drag_started = Signal(str)  # op or frame
    drag_moved = Signal(QPoint)  # global position
    drag_dropped = Signal(QPoint)
    drag_cancelled = Signal()
    looked_at = Signal(str)  # op: a click on it, the arrows, or the search has come to it
    folded = Signal()  # other categories are closed than before
    dismissed = Signal()  # Escape, and there is nothing left to clear: the keyboard may go back to the canvas

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Nodes"))
        caption = QLabel(self.tr("NODES"))
        caption.setObjectName("palette.caption")
        caption.setProperty("role", "caption")
        self.search = QLineEdit()
        self.search.setObjectName("palette.search")
        self.search.setAccessibleName(self.tr("Search the nodes"))
        self.search.setPlaceholderText(self.tr("Search…"))
        self.search.setClearButtonEnabled(False)
        self._glass = self.search.addAction(icon("search", DARK, "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._rows = OpRows("palette.item")
        self._painter = OpPainter(docs=False)
        self.list = _OpList(self._rows)
        self.list.setItemDelegate(self._painter)
        self._rows.closed = frozenset(CATEGORIES) - OPEN_AT_FIRST
        self._nothing = QLabel(self.tr("No node is called that."))
        self._nothing.setObjectName("palette.nothing")
        self._nothing.setProperty("role", "meta")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(16, 4, 16, 4)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.setSpacing(8)
        head.addWidget(caption)
        head.addWidget(self.search)
        column.addLayout(head)
        column.addSpacing(8)
        column.addWidget(self._nothing)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._search_changed)
        self.search.returnPressed.connect(self._pick_current)
        self.list.picked.connect(self._pick)
        self.list.tapped.connect(self._tapped)
        self.list.fold_wanted.connect(self._fold)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.drag_started.connect(self.drag_started)
        self.list.drag_moved.connect(self.drag_moved)
        self.list.drag_dropped.connect(self.drag_dropped)
        self.list.drag_cancelled.connect(self.drag_cancelled)
        self._search_changed("")

    def sizeHint(self) -> QSize:
        return QSize(232, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 120)

    def set_theme(self, theme: Theme) -> None:
        self._painter.theme = theme
        self._glass.setIcon(icon("search", theme, "muted"))
        self.list.viewport().update()

    def row_rect(self, name: str) -> QRect:
        """Where the row of an op or a frame is, in the coordinates of `viewport()`; opens its category and scrolls to
        it. Null if the search hides it."""
        category = next((each.category for each in entries() if each.name == name), "")
        if self._rows.grouped and category in self._rows.closed:
            self.toggle(category)
        index = self._rows.index_of(name)
        if not index.isValid():
            return QRect()
        self.list.scrollTo(index)
        return self.list.visualRect(index)

    def heading_rect(self, category: str) -> QRect:
        """Where the name of a category is, likewise."""
        index = self._rows.heading_index(category)
        self.list.scrollTo(index)
        return self.list.visualRect(index)

    @property
    def closed(self) -> frozenset[str]:
        """The categories whose ops are not shown."""
        return self._rows.closed

    @closed.setter
    def closed(self, categories: frozenset[str]) -> None:
        self._rows.closed = categories
        self._search_changed(self.search.text())

    def toggle(self, category: str) -> None:
        """Open a category, or close it."""
        self._rows.toggle(category)
        self.folded.emit()

    def viewport(self) -> QWidget:
        """The widget that rows are painted on and that takes the mouse."""
        return self.list.viewport()

    def shown(self) -> list[str]:
        """The names of the ops and frames in the list, from the top."""
        return [row.name for row in self._rows.rows if not isinstance(row, Heading)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.search.text():
                self.search.clear()
            else:
                self.dismissed.emit()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            if event.key() == Qt.Key.Key_Down:
                self.list.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def _search_changed(self, text: str) -> None:
        found = search(text)
        self._painter.grouped = not text.strip()
        self._rows.show(found, grouped=self._painter.grouped)
        self._nothing.setVisible(not found)
        if text.strip() and found:
            self.list.setCurrentIndex(self._rows.index(0))

    def _pick_current(self) -> None:
        if self.search.text().strip() and self._rows.rowCount():
            self._pick(self.list.currentIndex())

    def _pick(self, index: Index) -> None:
        entry, heading = self._rows.entry_at(index), self._rows.heading_at(index)
        if heading is not None:
            self.toggle(heading.category)
        elif entry is not None:
            self.list.clearSelection()  # the current row stays, for the arrows and for Enter
            self.picked.emit(entry.name)

    def _tapped(self, index: Index) -> None:
        entry, heading = self._rows.entry_at(index), self._rows.heading_at(index)
        if heading is not None:
            self.toggle(heading.category)
        elif entry is not None:
            self.looked_at.emit(entry.name)

    def _fold(self, index: Index, wanted: bool) -> None:
        """As in a tree: → opens a category, ← closes it, and ← on an op goes up to its category."""
        entry, heading = self._rows.entry_at(index), self._rows.heading_at(index)
        if heading is not None and heading.open != wanted:
            self.toggle(heading.category)
        elif entry is not None and not wanted and self._rows.grouped:
            self.list.setCurrentIndex(self._rows.heading_index(entry.category))

    def _current_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        entry = self._rows.entry_at(now)
        if entry is not None:
            self.looked_at.emit(entry.name)


class _OpList(QListView):
    """The list, and the drag that starts on one of its rows.

    Qt sends every mouse event to the widget that was pressed until the button is released (its implicit grab), so
    nothing has to be grabbed here, and nothing can stay grabbed. The mouse neither selects a row nor takes the
    keyboard from the canvas; the Tab key brings it here, and then the arrows select.
    """

    picked = Signal(object)  # index
    tapped = Signal(object)
    fold_wanted = Signal(object, bool)  # index, whether it is to be open
    drag_started = Signal(str)
    drag_moved = Signal(QPoint)
    drag_dropped = Signal(QPoint)
    drag_cancelled = Signal()

    def __init__(self, rows: OpRows) -> None:
        super().__init__()
        self._rows = rows
        self._pressed: tuple[Entry | Heading, QPoint] | None = None  # with the global position of the press
        self._dragging = False
        self.setModel(rows)
        self.setObjectName("palette.list")
        self.setAccessibleName(self.tr("Nodes by category"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setObjectName("palette.viewport")
        self.viewport().setAccessibleName(self.accessibleName())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            if event.button() == Qt.MouseButton.RightButton:
                self._cancel()
            return
        index = self.indexAt(event.position().toPoint())
        row = self._rows.entry_at(index) or self._rows.heading_at(index)
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self._pressed = (row, event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        at = event.globalPosition().toPoint()
        row, start = self._pressed
        away = (at - start).manhattanLength() >= QApplication.startDragDistance()
        if isinstance(row, Heading):
            if away:
                self._pressed = None
        elif away and not self._dragging:
            self._dragging = True
            self.clearSelection()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            _app().installEventFilter(self)  # the keyboard is elsewhere
            self.drag_started.emit(row.name)
        if self._dragging:
            self.drag_moved.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pressed, dragging = self._pressed, self._dragging
        self._end()
        if dragging:
            self.drag_dropped.emit(event.globalPosition().toPoint())
        elif pressed is not None:
            self.tapped.emit(self.indexAt(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.picked.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.picked.emit(self.currentIndex())
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.fold_wanted.emit(self.currentIndex(), event.key() == Qt.Key.Key_Right)
        elif event.key() == Qt.Key.Key_Escape or (event.text() and event.text().isprintable()):
            event.ignore()  # Escape is the palette's, letters are the window's: the search is for typing
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, _text: str) -> None:
        """Nothing: a letter is a shortcut, never the beginning of a name."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """While one drags: Escape cancels wherever the keyboard is, and so does a window that goes away."""
        kind = event.type()
        if kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                if kind == QEvent.Type.KeyPress:
                    self._cancel()
                event.accept()
                return True
        elif kind == QEvent.Type.ApplicationDeactivate:
            self._cancel()
        return False

    def _cancel(self) -> None:
        self._end()
        self.drag_cancelled.emit()

    def _end(self) -> None:
        self._pressed, self._dragging = None, False
        _app().removeEventFilter(self)
        self.viewport().unsetCursor()


def _app() -> QCoreApplication:
    app = QCoreApplication.instance()
    assert app is not None
    return app
