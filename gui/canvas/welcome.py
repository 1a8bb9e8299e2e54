"""What an empty canvas says: how to begin, and some examples to open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

EXAMPLES = ("blitz_mean", "blitz_vjp", "blitz_while", "three_stops", "newton_sqrt", "rnn_unrolled")
COLUMNS = 3


class Welcome(QWidget):
    """Stands in the middle of its parent; only its buttons take the mouse."""

    chosen = Signal(str)  # the name of an example

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._inside: dict[QPushButton, QVBoxLayout] = {}
        self.setObjectName("welcome")
        self.setAccessibleName(self.tr("An empty canvas"))
        heading = QLabel(self.tr("An empty canvas"))
        heading.setObjectName("welcome.heading")
        heading.setProperty("role", "lesson")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        advice = QLabel(
            self.tr("Drag a node in from the left, or press Tab and type its name.\nOr begin with an example:")
        )
        advice.setObjectName("welcome.advice")
        advice.setProperty("role", "advice")
        advice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        names = {
            "blitz_mean": (self.tr("Mean of y · y · 3"), self.tr("The first gradient: 4.5")),
            "blitz_vjp": (self.tr("Vector–Jacobian product"), self.tr("backward with a vector v")),
            "blitz_while": (self.tr("While"), self.tr("Each run makes its own graph")),
            "three_stops": (self.tr("Three stops"), self.tr("detach, no_grad, requires_grad")),
            "newton_sqrt": (self.tr("Newton’s square root"), self.tr("A gradient through the loop")),
            "rnn_unrolled": (self.tr("Recurrent network"), self.tr("One weight, eight gradients")),
        }
        cards = QGridLayout()
        cards.setSpacing(12)
        self._buttons: dict[QPushButton, str] = {}
        for place, name in enumerate(EXAMPLES):
            title, line = names[name]
            button = QPushButton()
            button.setObjectName(f"welcome.{name}")
            button.setAccessibleName(title)
            button.setProperty("role", "card")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(self._clicked)
            inside = QVBoxLayout(button)
            inside.setContentsMargins(14, 10, 14, 10)
            inside.setSpacing(2)
            self._inside[button] = inside
            for text, role in ((title, "card-title"), (line, "small")):
                label = QLabel(text)
                label.setObjectName(f"welcome.{name}.{role}")
                label.setProperty("role", role)
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                inside.addWidget(label)
            self._buttons[button] = name
            cards.addWidget(button, *divmod(place, COLUMNS))
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(advice)
        column.addSpacing(8)
        column.addLayout(cards)
        parent.installEventFilter(self)
        self.place()

    def _clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.chosen.emit(self._buttons[button])

    def place(self) -> None:
        """Into the middle; the cards are as wide as their words (in the font of the theme)."""
        for button, inside in self._inside.items():
            inside.activate()
            button.setMinimumSize(inside.sizeHint())
        self.adjustSize()
        room = self._ground.size()
        self.move((room.width() - self.width()) // 2, max(8, (room.height() - self.height()) // 2 - 20))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False
