"""A small field over the canvas in which an inline number is typed."""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def parse_number(text: str) -> int | float | str | None:
    """An int, a float, ``"nan"``/``"inf"``/``"-inf"``; None for an empty text. Raises ValueError for anything else."""
    text = text.strip().lower().replace("−", "-").removeprefix("+")
    if not text:
        return None
    if text in ("nan", "inf", "-inf"):
        return text
    if re.fullmatch(r"-?\d{1,18}", text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is not a number")
    return float(text)


class NumberEditor(QLineEdit):
    """Enter or leaving commits, Escape cancels. `committed` carries the node, the port and the number (None: empty).

    A text that is no number stays in the field, with a sentence; leaving the field then changes nothing.
    """

    committed = Signal(str, str, object)
    refused = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
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

    def _commit(self) -> None:
        if not self.isVisible():
            return
        try:
            value = parse_number(self.text())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self._leave()
        self.committed.emit(self._node, self._port, value)

    def _leave(self) -> None:
        self.hide()
        self.parentWidget().setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._commit()
        self.hide()
