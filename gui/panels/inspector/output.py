"""What torch would print, and names beside values: the read-only parts of the inspector."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPlainTextEdit, QSizePolicy, QWidget

MOST_LINES = 9
DOCUMENT_MARGIN = 2
PADDING = 4  # as in the style sheet
SCROLL_BAR = 12


class Output(QPlainTextEdit):
    """Printed text in mono, as high as its lines up to a limit; it scrolls beyond, and can be copied."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setProperty("role", "output")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text = ""
        self.document().setDocumentMargin(DOCUMENT_MARGIN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Take a text; the same text again leaves selection and scroll position alone."""
        if text != self._text:
            self._text = text
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the text, with room for a scroll bar only where there is one."""
        self.ensurePolished()
        metrics = QFontMetricsF(self.font())
        room = self.width() - 2 * DOCUMENT_MARGIN - 2 * PADDING
        text = self._text if _width(self._text, metrics) <= room else broken(self._text)
        if text != self.toPlainText():
            self.setPlainText(text)
        lines = text.split("\n")
        bar = SCROLL_BAR if _width(text, metrics) > room else 0
        off, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(needed if len(lines) > MOST_LINES else off)
        self.setHorizontalScrollBarPolicy(needed if bar else off)
        shown = min(MOST_LINES, len(lines)) * self.fontMetrics().lineSpacing()
        self.setFixedHeight(shown + 2 * DOCUMENT_MARGIN + 2 * PADDING + bar)


def broken(text: str) -> str:
    """A printed tensor with what follows its numbers on a line of its own, as torch does where a line grows long."""
    return re.sub(r"([\])]), (\w+=)", r"\1,\n       \2", text, count=1)


def _width(text: str, metrics: QFontMetricsF) -> float:
    return max(metrics.horizontalAdvance(line) for line in text.split("\n"))


class Facts(QWidget):
    """Names at the left, values in mono at the right."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._name = name
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.values: dict[str, QLabel] = {}

    def show_facts(self, facts: Mapping[str, str]) -> None:
        for key, value in facts.items():
            if key not in self.values:
                self._add(key)
            self.values[key].setText(value)

    def _add(self, key: str) -> None:
        row = len(self.values)
        name, value = QLabel(key), QLabel()
        name.setObjectName(f"{self._name}.{key}.key")
        name.setProperty("role", "key")
        name.setFixedWidth(104)
        value.setObjectName(f"{self._name}.{key}")
        value.setAccessibleName(key)
        value.setProperty("role", "mono")
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        self.values[key] = value
