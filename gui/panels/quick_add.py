"""Quick-add: a small search that floats over the canvas, for whoever would rather type than drag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget
from shiboken6 import isValid

from engine.document.search import search
from engine.op import Op
from gui.rows import Heading, Index, OpPainter, OpRows
from gui.theme import DARK, Theme, icon

WIDTH = 380
SHADOW = 12  # the soft border outside the frame
MOST_ROWS = 7


class QuickAdd(QWidget):
    """A child of the window, not a window of its own: it looks and behaves alike under every window manager."""

    chosen = Signal(str)  # op or frame
    looked_at = Signal(str)  # op or frame: it is chosen unless one goes on
    dismissed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("quick_add")
        self.setAccessibleName(self.tr("Add a node"))
        self.theme: Theme = DARK
        self._accepts: Callable[[Op], bool] | None = None
        self._return_to: QWidget | None = None
        self.search = QLineEdit()
        self.search.setObjectName("quick_add.search")
        self.search.setAccessibleName(self.tr("Search the nodes"))
        self.search.setPlaceholderText(self.tr("Add a node…"))
        self._glass = self.search.addAction(icon("search", DARK, "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._rows = OpRows("quick_add.item")
        self._painter = OpPainter(docs=True)
        self.list = QListView()
        self.list.setObjectName("quick_add.list")
        self.list.setAccessibleName(self.tr("Nodes that fit"))
        self.list.setModel(self._rows)
        self.list.setItemDelegate(self._painter)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # one keeps typing
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel()
        self.nothing.setObjectName("quick_add.nothing")
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setProperty("role", "meta")
        self.nothing.setWordWrap(True)
        self.nothing.setContentsMargins(8, 4, 8, 8)
        frame = self._frame = QFrame()
        frame.setObjectName("quick_add.frame")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(8, 8, 8, 8)
        inner.setSpacing(8)
        for widget in (self.search, self.list, self.nothing):
            inner.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SHADOW, SHADOW, SHADOW, SHADOW)
        outer.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        outer.addWidget(frame)
        self.search.textChanged.connect(self._show_matches)
        self.search.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        parent.installEventFilter(self)
        _app().focusChanged.connect(self._focus_moved)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.theme = self._painter.theme = theme
        self._glass.setIcon(icon("search", theme, "muted"))
        self.update()

    def ask(self, global_pos: QPoint, accepts: Callable[[Op], bool] | None = None) -> None:
        """Open at a point of the screen, for the ops that `accepts` admits."""
        self._accepts = accepts
        if not self.isVisible():
            self._return_to = QApplication.focusWidget()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._show_matches("")
        self._fit()
        self.move(self._window().mapFromGlobal(global_pos) - QPoint(SHADOW, SHADOW))
        self.show()
        self._fit()  # the style sheet has come now, and with it other sizes
        self.raise_()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)
        _app().installEventFilter(self)

    def dismiss(self) -> None:
        """Close without a choice."""
        if self.isVisible():
            self._close()
            self.dismissed.emit()

    def shown(self) -> list[str]:
        """The names of the ops and frames in the list, best first."""
        return [row.name for row in self._rows.rows if not isinstance(row, Heading)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if self.isVisible():
            if watched is self.parent() and event.type() == QEvent.Type.Resize:
                self._fit()
            elif event.type() == QEvent.Type.MouseButtonPress and self._is_elsewhere(watched):
                self.dismiss()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stay_inside()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        body = QRectF(self.rect()).adjusted(SHADOW, SHADOW, -SHADOW, -SHADOW)
        painter.setBrush(self.theme.color("shadow", 0.055 if self.theme.dark else 0.022))
        for reach in (1, 2, 3, 4, 5, 6.5, 8, 9):
            painter.drawRoundedRect(body.adjusted(-reach, -reach + 3, reach, reach + 3), 10 + reach, 10 + reach)
        painter.end()

    def _key(self, event: QKeyEvent) -> bool:
        row, last = self.list.currentIndex().row(), self._rows.rowCount() - 1
        match event.key():
            case Qt.Key.Key_Down if last >= 0:
                self._select(0 if row == last else row + 1)
            case Qt.Key.Key_Up if last >= 0:
                self._select(last if row <= 0 else row - 1)
            case Qt.Key.Key_PageDown if last >= 0:
                self._select(min(last, row + MOST_ROWS - 1))
            case Qt.Key.Key_PageUp if last >= 0:
                self._select(max(0, row - MOST_ROWS + 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(self.list.currentIndex())
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                pass  # there is nowhere else to go
            case _:
                return False
        return True

    def _show_matches(self, text: str) -> None:
        found = search(text, accepts=self._accepts)
        self._rows.show(found, grouped=False)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.nothing.setText(
            self.tr("No node matches “{text}”.").format(text=text.strip())
            if text.strip()
            else self.tr("No node can be joined here.")
        )
        if found:
            self._select(0)
        if self.isVisible():
            self._fit()

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self._rows.index(row))

    def _current_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        entry = self._rows.entry_at(now)
        if entry is not None:
            self.looked_at.emit(entry.name)

    def _choose(self, index: Index) -> None:
        entry = self._rows.entry_at(index)
        if entry is not None:
            self._close()
            self.chosen.emit(entry.name)

    def _close(self) -> None:
        back, self._return_to = self._return_to, None
        had_focus = self.search.hasFocus()
        _app().removeEventFilter(self)
        self.hide()
        self._accepts = None
        if had_focus and back is not None and isValid(back) and back.isVisible():
            back.setFocus(Qt.FocusReason.PopupFocusReason)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Whoever clicks elsewhere is done here; a window that loses the focus to another keeps it."""
        if self.isVisible() and now is not None and now is not self and not self.isAncestorOf(now):
            self.dismiss()

    def _is_elsewhere(self, watched: QObject) -> bool:
        """Whether it is another widget of this window. (Not each of them takes the keyboard when it is clicked.)"""
        return (
            isinstance(watched, QWidget)
            and watched is not self
            and watched.window() is self.window()
            and not self.isAncestorOf(watched)
        )

    def _fit(self) -> None:
        """As wide and as high as its rows want, and as the window has room for."""
        window = self._window()
        width = min(WIDTH, window.width() - 2 * SHADOW)
        self._frame.setFixedWidth(width)
        self.nothing.setFixedWidth(width - 18)
        rows = [self.list.sizeHintForRow(row) for row in range(min(MOST_ROWS, self._rows.rowCount()))]
        around = 2 * SHADOW + 24 + self.search.sizeHint().height() + 4
        self.list.setFixedHeight(max(1, min(sum(rows), window.height() - around)))
        self.layout().activate()  # type: ignore[union-attr]  # set in __init__
        self.adjustSize()
        self._stay_inside()

    def _stay_inside(self) -> None:
        room = self._window().rect()
        x = max(room.left(), min(self.x(), room.right() + 1 - self.width()))
        y = max(room.top(), min(self.y(), room.bottom() + 1 - self.height()))
        self.move(x, y)

    def _window(self) -> QWidget:
        parent = self.parentWidget()
        assert parent is not None
        return parent


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
