"""A sentence over the canvas that goes away by itself: what was refused, or what has happened."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

STAYS_MS = 6000


class Notice(QLabel):
    """Stands at the lower middle of its parent; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setObjectName("canvas.notice")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._under: QRect | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STAYS_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def refuse(self, sentence: str, under: QRect | None = None) -> None:
        """Say why something cannot be; right under the place where one looks, if that is given."""
        self._say(sentence, "refusal", under)

    def tell(self, sentence: str) -> None:
        """Say what has happened."""
        self._say(sentence, "news")

    def _say(self, sentence: str, role: str, under: QRect | None = None) -> None:
        self._under = under
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
        room = self._ground.size()
        width = min(460, room.width() - 40)
        self.setFixedWidth(min(width, self.fontMetrics().horizontalAdvance(self.text()) + 48))
        self.adjustSize()
        x, y = (room.width() - self.width()) // 2, room.height() - self.height() - 68
        if self._under is not None:
            x, y = self._under.center().x() - self.width() // 2, self._under.bottom() + 8
        most_x, most_y = room.width() - self.width() - 4, room.height() - self.height() - 4
        self.move(max(4, min(x, most_x)), max(4, min(y, most_y)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
