"""Fields: a caption, an editor, and beneath it the sentence that says why a text was refused.

A field commits a value when one presses Enter or leaves it. What it cannot read it keeps while one is in it, and
puts the old text back when one leaves; Escape does so at once. A value that arrives from elsewhere never touches a
text that is being typed.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from engine.document.records import Json
from gui.choice import Choice
from gui.texts import written
from gui.theme import DARK, Theme

CAPTION_WIDTH = 104
LONGEST = 15  # letters that surely fit into it


class Field(QWidget):
    """One param or one port's number, by name."""

    committed = Signal(str, object)

    def __init__(self, name: str, editor: QWidget, caption: str = "") -> None:
        super().__init__()
        self.name = name
        self.editor = editor
        self.setObjectName(f"inspector.field.{name}")
        editor.setObjectName(f"inspector.{name}")
        editor.setAccessibleName(caption or name)
        key = QLabel(caption or _in_lines(name))
        key.setObjectName(f"inspector.{name}.key")
        key.setProperty("role", "key")
        key.setFixedWidth(CAPTION_WIDTH)
        key.setBuddy(editor)
        self.complaint = QLabel()
        self.complaint.setObjectName(f"inspector.{name}.complaint")
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(key, 0, 0)
        grid.addWidget(editor, 0, 1)
        grid.addWidget(self.complaint, 1, 1)
        grid.setColumnStretch(1, 1)

    def show_value(self, value: Json) -> None:
        """Take the value of the document."""
        raise NotImplementedError

    def finish(self) -> None:
        """Commit what is being typed: the field is about to go."""

    def set_theme(self, theme: Theme) -> None:
        """Only what paints itself needs the theme."""

    def complain(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))


def _in_lines(name: str) -> str:
    """The name of a param, on two lines where it is too long for one."""
    if len(name) <= LONGEST:
        return name
    at = name.rfind("_", 0, LONGEST) + 1
    return f"{name[:at]}\n{name[at:]}" if at else name


class TextField(Field):
    """A line of text that `parse` turns into a value, or refuses with a ValueError."""

    def __init__(self, name: str, parse: Callable[[str], Json], caption: str = "", placeholder: str = "") -> None:
        self.line = Line()
        super().__init__(name, self.line, caption)
        self._parse = parse
        self._shown: Json = None
        self.line.setPlaceholderText(placeholder)
        self.line.setProperty("role", "mono")
        self.line.returnPressed.connect(self._entered)
        self.line.left.connect(self._left)
        self.line.textEdited.connect(self._typing)
        self.line.given_up.connect(self._put_back)

    def show_value(self, value: Json) -> None:
        self._shown = value
        if not (self.line.hasFocus() and self.line.isModified()):
            self._put_text(written(value))

    def finish(self) -> None:
        if self.line.isModified():
            self._commit(leaving=True)

    def _entered(self) -> None:
        if self.line.isModified():
            self._commit(leaving=False)

    def _left(self) -> None:
        if self.line.isModified():
            self._commit(leaving=True)

    def _commit(self, leaving: bool) -> None:
        try:
            value = self._parse(self.line.text())
        except ValueError as refusal:
            self.complain(str(refusal))
            if leaving:
                self._put_text(written(self._shown))
            else:
                self._mark(wrong=True)
                self.line.selectAll()
            return
        self.complain("")
        self._mark(wrong=False)
        if written(value) == written(self._shown):
            self._put_text(written(self._shown))
            return
        self._shown = value
        self._put_text(written(value))
        self.committed.emit(self.name, value)

    def _typing(self, _text: str) -> None:
        self.complain("")
        self._mark(wrong=False)

    def _put_back(self) -> None:
        self.complain("")
        self._put_text(written(self._shown))

    def _put_text(self, text: str) -> None:
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)
        self.line.setModified(False)
        self._mark(wrong=False)

    def _mark(self, wrong: bool) -> None:
        if bool(self.line.property("wrong")) != wrong:
            self.line.setProperty("wrong", wrong)
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)


class SwitchField(Field):
    """On or off."""

    def __init__(self, name: str) -> None:
        self.switch = Switch()
        super().__init__(name, self.switch)
        self.switch.clicked.connect(self._clicked)

    def show_value(self, value: Json) -> None:
        self.switch.setChecked(bool(value))

    def set_theme(self, theme: Theme) -> None:
        self.switch.theme = theme
        self.switch.update()

    def _clicked(self, on: bool) -> None:
        self.committed.emit(self.name, on)


class ChoiceField(Field):
    """One of several values, each with the text that stands for it."""

    def __init__(self, name: str, choices: list[tuple[str, Json]]) -> None:
        self.box = Choice()
        super().__init__(name, self.box)
        self._choices = choices
        for text, _value in choices:
            self.box.addItem(text)
        self.box.activated.connect(self._chosen)

    def show_value(self, value: Json) -> None:
        row = next((row for row, (_text, choice) in enumerate(self._choices) if choice == value), -1)
        self.box.setCurrentIndex(row)

    def _chosen(self, row: int) -> None:
        self.committed.emit(self.name, self._choices[row][1])


class Switch(QCheckBox):
    """A check box that looks like a switch: the position of the knob tells its state, not only the colour."""

    def __init__(self) -> None:
        super().__init__()
        self.theme: Theme = DARK
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(40, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        del pos
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, on = self.theme, self.isChecked()
            track = QRectF(3, self.height() / 2 - 9, 34, 18)
            painter.setPen(QPen(theme.color("accent" if on else "edge_untracked"), 1))
            painter.setBrush(theme.color("accent" if on else "raised"))
            painter.drawRoundedRect(track, 9, 9)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_text" if on else "text2"))
            painter.drawEllipse(QPointF(track.right() - 9 if on else track.left() + 9, track.center().y()), 6, 6)
            if self.hasFocus():
                painter.setPen(QPen(theme.color("focus"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), 11, 11)
        finally:
            painter.end()


class Line(QLineEdit):
    """A line that tells when Escape takes back what was typed, and when one leaves it for good.

    (Qt's editingFinished stays silent when one leaves a text that Enter has already announced.)
    """

    given_up = Signal()
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.given_up.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
