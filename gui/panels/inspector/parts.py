"""What the pages of the inspector are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget


def label(name: str, role: str, text: str = "") -> QLabel:
    """Plain words in one of the style sheet's roles."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    return made


def part(name: str, caption: str, *widgets: QWidget) -> QWidget:
    """A part of a page: a hairline, a caption, and what belongs to it."""
    made = QWidget()
    made.setObjectName(name)
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(8)
    line = QFrame()
    line.setObjectName(f"{name}.line")
    line.setProperty("role", "line")
    column.addWidget(line)
    column.addSpacing(4)
    column.addWidget(label(f"{name}.caption", "caption", caption))
    for widget in widgets:
        column.addWidget(widget)
    return made
