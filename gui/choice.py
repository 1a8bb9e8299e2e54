"""A box to choose from, whose list opens whole and inside the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox

MOST_ROWS = 12


class Choice(QComboBox):
    """The wheel passes over it: scrolling a panel must not edit what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaxVisibleItems(MOST_ROWS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def showPopup(self) -> None:
        """Qt keeps the list on the screen; here it keeps to the window too, above the box if below is no room."""
        super().showPopup()
        popup, window = self.view().window(), self.window()
        missing = self._height_of_rows() - self.view().viewport().height()
        height = popup.height() + max(0, missing)
        top, bottom = (self.mapToGlobal(QPoint(0, y)).y() for y in (0, self.height()))
        ceiling, floor = (window.mapToGlobal(QPoint(0, y)).y() for y in (0, window.height()))
        y = bottom if bottom + height <= floor else max(ceiling, top - height)
        popup.setGeometry(popup.x(), y, popup.width(), height)
        self.view().scrollTo(self.view().currentIndex())

    def _height_of_rows(self) -> int:
        return sum(self.view().sizeHintForRow(row) for row in range(min(self.count(), self.maxVisibleItems())))
