"""The Help: what an op is, its formula and gradients, how torch writes it. `engine.run.reference` says it all."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.document.kinds import KINDS
from engine.document.search import Entry
from engine.op import OPS
from engine.run.reference import Section, doc, sections, title
from engine.sentence import Sentence
from gui.rows import entry_icon
from gui.spoken import spoken
from gui.theme import DARK, Theme, icon_pixmap

KEY_WIDTH = 96
ICON = 20
LONGEST, LONGEST_BESIDE, LONGEST_KEY, LONGEST_TITLE = 34, 22, 13, 26  # characters that surely fit


class Help(QWidget):
    """Shows one op, or one kind of frame. It is made when somebody looks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self.op: Entry | None = None
        self._made: tuple[Entry | None, Theme] | None = None
        self.setObjectName("help")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Help"))
        self._scroll = QScrollArea()
        self._scroll.setObjectName("help.scroll")
        self._scroll.setAccessibleName(self.tr("Help"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)

    def sizeHint(self) -> QSize:
        return QSize(332, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._make()

    def show_op(self, name: str) -> None:
        """Show the op or the frame of that name; one that is not known leaves what is shown."""
        found = OPS.get(name) or KINDS.get(name)
        if found is not None and found is not self.op:
            self.op = found
            self._make()

    def text(self) -> str:
        """All that is to be read, line by line."""
        return "\n".join(label.text() for label in self.page.findChildren(QLabel))

    @property
    def page(self) -> QWidget:
        """What is shown."""
        return self._scroll.widget() or self

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make()

    def _make(self) -> None:
        if not self.isVisible() or self._made == (self.op, self.theme):
            return
        self._made = self.op, self.theme
        page = QWidget()
        page.setObjectName("help.page")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(8)
        if self.op is None:
            column.addWidget(_label("help.title", "title", self.tr("No operation yet")))
            column.addWidget(_wrapped("help.doc", "meta", self.tr("Select a node, or click one in the list.")))
        else:
            column.addLayout(self._head(self.op))
            column.addWidget(_wrapped("help.doc", "sentence", spoken(doc(self.op))))
            column.addSpacing(4)
            for place, section in enumerate(sections(self.op)):
                column.addWidget(_part(f"help.{place}", section))
        column.addStretch(1)
        self._scroll.setWidget(page)  # which deletes the page that was there

    def _head(self, op: Entry) -> QGridLayout:
        mark = _label("help.icon", "")
        mark.setPixmap(icon_pixmap(entry_icon(op), self.theme.category(op.category), ICON, self.devicePixelRatioF()))
        head = QGridLayout()
        head.setHorizontalSpacing(8)
        head.setVerticalSpacing(2)
        head.setColumnStretch(1, 1)
        head.addWidget(mark, 0, 0)
        head.addWidget(_label("help.title", "title", broken(op.name, LONGEST_TITLE)), 0, 1)
        head.addWidget(_label("help.category", "small", spoken(title(op.category))), 1, 1)
        return head


def _part(name: str, section: Section) -> QWidget:
    """A section: its caption, and its lines, in a box where they are code."""
    part = QWidget()
    part.setObjectName(name)
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 6, 0, 0)
    column.setSpacing(6)
    column.addWidget(_label(f"{name}.caption", "caption", spoken(section.title).upper()))
    box = QFrame()
    box.setObjectName(f"{name}.box")
    box.setProperty("role", "code" if section.code else "plain")
    grid = QGridLayout(box)
    grid.setContentsMargins(*((10, 8, 10, 8) if section.code else (0, 0, 0, 0)))
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for row, (about, said) in enumerate(section.lines):
        role = "meta" if isinstance(said, Sentence) or not (section.code or about) else "formula"
        line = _wrapped(f"{name}.{row}", role, broken(spoken(said), LONGEST_BESIDE if about else LONGEST))
        if about:
            key = _wrapped(f"{name}.{row}.key", "about", broken(spoken(about), LONGEST_KEY))
            key.setMaximumWidth(KEY_WIDTH)
            grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(line, row, 1 if about else 0, 1, 1 if about else 2)
    column.addWidget(box)
    return part


def broken(text: str, longest: int = LONGEST) -> str:
    """Code with breaks inside of what is too long to stand on a line: labels break at spaces only."""
    return " ".join(map(partial(_broken_word, longest=longest), text.split(" ")))


def _broken_word(word: str, longest: int) -> str:
    if len(word) <= longest:
        return word
    at = max(word.rfind(sign, 0, longest) for sign in ".(,") + 1 or word.rfind("_", 0, longest) + 1 or longest
    return f"{word[:at]}\n{_broken_word(word[at:], longest)}"


def _label(name: str, role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _wrapped(name: str, role: str, text: str) -> QLabel:
    label = _label(name, role, text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
