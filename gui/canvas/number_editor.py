"""A small field over the canvas in which an inline number is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui import texts


class NumberEditor(QLineEdit):
    """Enter or leaving commits, Escape cancels. `committed` carries the node, the port and the number (None: empty).

    A text that is no number stays in the field, with a sentence; leaving the field then changes nothing.
    """

    committed = Signal(str, str, object)
    refused = Signal(str)
    closed = Signal()  # with a number, or given up

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setObjectName("canvas.number")
        self.setAccessibleName(self.tr("Number at the port"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._node, self._port = "", ""
        self.hide()
        self.returnPressed.connect(self._commit)

    def edit(self, node: str, port: str, text: str, place: QRect) -> None:
        """Open over `place` (viewport coordinates) with `text` selected."""
        self._node, self._port = node, port
        self.setText(text)
        self.setGeometry(place)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    @property
    def place(self) -> tuple[str, str]:
        """The node and the port that it is open at."""
        return self._node, self._port

    def _commit(self) -> None:
        if not self.isVisible():
            return
        try:
            value = texts.number(self.text()) if self.text().strip() else None
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self._leave()
        self.committed.emit(self._node, self._port, value)

    def _leave(self) -> None:
        focused = self.hasFocus()  # not if one left for another field, which then keeps it
        self.hide()
        if focused:
            self._ground.setFocus()
        self.closed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_tab(event):
            event.accept()  # Tab ends the typing; the canvas would open its search
            return True
        if event.type() == QEvent.Type.KeyPress and _is_tab(event):
            self._commit()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._commit()
        self.hide()


def _is_tab(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
