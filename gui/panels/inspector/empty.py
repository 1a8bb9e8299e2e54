"""The page of the inspector while nothing is selected: what one can do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panels.inspector.parts import label


class EmptyPage(QWidget):
    """Two sentences for who begins."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector.empty")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(8)
        column.addWidget(label("inspector.empty.title", "title", self.tr("Nothing selected")))
        advice_lines = (
            self.tr("Drag a node from the left onto the canvas, or press Tab to search for one."),
            self.tr("Select a node to edit it here; press B to run backward from it."),
        )
        for number, text in enumerate(advice_lines):
            line = label(f"inspector.empty.advice.{number}", "meta", text)
            line.setWordWrap(True)
            column.addWidget(line)
        column.addStretch(1)
