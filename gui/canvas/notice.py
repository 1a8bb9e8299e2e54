"""A sentence over the canvas that goes away by itself: what was refused, or what has happened."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

STAYS_MS = 6000


class Notice(QLabel):
    """Stands at the lower middle of its parent; a click takes it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("canvas.notice")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def refuse(self, sentence: str) -> None:
        """Say why something cannot be."""
        self._say(sentence, "refusal")

    def tell(self, sentence: str) -> None:
        """Say what has happened."""
        self._say(sentence, "news")

    def _say(self, sentence: str, role: str) -> None:
        self.setProperty("role", role)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setText(sentence)
        self.setAccessibleName(sentence)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def _place(self) -> None:
        parent = self.parentWidget()
        width = min(460, parent.width() - 40)
        self.setFixedWidth(min(width, self.fontMetrics().horizontalAdvance(self.text()) + 48))
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - 68)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
