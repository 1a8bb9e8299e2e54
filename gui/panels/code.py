"""The code panel: the document as a script for torch, kept up with it. The lines of what is selected are marked, and
of what the player's step is about; a click on a line selects what it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QRectF, QRegularExpression, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from engine.convert.script import Line, script
from engine.document.asking import contents
from engine.document.records import Change, Frame, Node
from engine.run.log import at_work
from gui.session import Session
from gui.theme import DARK, Theme, icon

LONGEST = 400
"""A line is shown up to here; the whole of it is copied."""
MARGIN = 6
BAR = 3.0


class Code(QWidget):
    """Shows the script of the session's document while somebody looks."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.theme: Theme = DARK
        self.lines: tuple[Line, ...] = ()
        self._stale = True
        self._at = ""
        self.setObjectName("code")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Code"))
        self.text = _Text()
        self.text.setAccessibleName(self.tr("The document as a script for torch"))
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setObjectName("code.copy")
        self.copy.setAccessibleName(self.tr("Copy the code"))
        self.copy.clicked.connect(self.copy_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.text, 1)
        column.addWidget(self.copy)
        session.changed.connect(self._changed)
        session.opened.connect(self._opened)
        session.selection_changed.connect(self._mark)
        session.player.moved.connect(self._follow)
        self.text.line_chosen.connect(self._choose)

    def sizeHint(self) -> QSize:
        return QSize(332, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.copy.setIcon(icon("copy", theme, "text2"))
        self.text.set_theme(theme)
        self._mark()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._write()
        self._mark()

    def copy_all(self) -> None:
        """Put the whole script on the clipboard."""
        self._write()
        QGuiApplication.clipboard().setText("".join(f"{line.text}\n" for line in self.lines))
        self.copy.setText(self.tr("Copied"))

    def _opened(self) -> None:
        self._stale = True
        self._write()

    def _changed(self, changes: tuple[Change, ...]) -> None:
        if any(map(_is_read, changes)):
            self._stale = True
            self._write()

    def _write(self) -> None:
        """Write the script anew if the document is another, and somebody looks."""
        if self._stale and self.isVisible():
            self._stale = False
            self.lines = script(self.session.graph.snapshot()).lines
            self.copy.setText(self.tr("Copy"))
            self.text.show_lines([line.text for line in self.lines])
            self._mark()

    def _mark(self) -> None:
        """Mark the lines of what is selected, of a frame all that stands in it; and those of the step."""
        if self.isVisible():
            graph = self.session.graph
            chosen = {id if isinstance(id, str) else id[0] for id in self.session.selection}
            for frame in chosen & graph.frames.keys():
                chosen.update(contents(graph, frame))
            self._at = self._at_work()
            self.text.mark(self._lines_of(chosen), self._lines_of({self._at}))

    def _follow(self) -> None:
        if self._at_work() != self._at:
            self._mark()

    def _at_work(self) -> str:
        """The node that the player's step is about."""
        step = self.session.player.current
        return at_work(step.event)[0] if step is not None else ""

    def _lines_of(self, ids: set[str]) -> list[int]:
        return [at for at, line in enumerate(self.lines) if not ids.isdisjoint(line.ids)]

    def _choose(self, at: int) -> None:
        if at < len(self.lines) and self.lines[at].ids:
            self.session.select(self.lines[at].ids)


class _Text(QPlainTextEdit):
    """Lines of code; the marked ones stand on a lighter ground, those of a step have a bar before them."""

    line_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("code.text")
        self.setProperty("role", "output")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(MARGIN)
        self._pens = _Pens(self.document())
        self._marked: list[int] = []
        self._step: list[int] = []

    def set_theme(self, theme: Theme) -> None:
        self._pens.set_theme(theme)
        self._ground, self._bar = theme.color("hover"), theme.color("selection")

    def show_lines(self, lines: Iterable[str]) -> None:
        """Take another text and stay where one was reading."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        place = across.value(), down.value()
        self.setPlainText("\n".join(line if len(line) <= LONGEST else f"{line[:LONGEST]}…" for line in lines))
        across.setValue(place[0])
        down.setValue(place[1])

    def mark(self, lines: list[int], step: list[int]) -> None:
        """Mark these lines, and those of a step; have the first that is new in sight."""
        grounds = []
        for at in sorted({*lines, *step}):
            ground = QTextEdit.ExtraSelection()
            ground.cursor = QTextCursor(self.document().findBlockByNumber(at))
            ground.format.setBackground(self._ground)
            ground.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            grounds.append(ground)
        self.setExtraSelections(grounds)
        found = next((new[0] for new, old in ((step, self._step), (lines, self._marked)) if new and new != old), None)
        if found is not None and not self.textCursor().hasSelection():
            self.setTextCursor(QTextCursor(self.document().findBlockByNumber(found)))
        self._marked, self._step = lines, step
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for at in self._step:
            block = self.document().findBlockByNumber(at)
            if block.isVisible():
                line = self.blockBoundingGeometry(block).translated(self.contentOffset())
                painter.fillRect(QRectF(0, line.top(), BAR, line.height()), self._bar)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.cursorForPosition(event.position().toPoint()).blockNumber())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.line_chosen.emit(self.textCursor().blockNumber())
        else:
            super().keyPressEvent(event)


class _Pens(QSyntaxHighlighter):
    """Python's own words stand out, comments stand back. Hue is for gradients: the code has none."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._word, self._comment = QTextCharFormat(), QTextCharFormat()
        self._words = QRegularExpression(r"\b(import|as|while|with|if|not|break|pass|True|False|None)\b")

    def set_theme(self, theme: Theme) -> None:
        self._word.setForeground(theme.color("text2"))
        self._word.setFontWeight(700)
        self._comment.setForeground(theme.color("muted"))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if text.lstrip().startswith("#"):
            self.setFormat(0, len(text), self._comment)
            return
        found = self._words.globalMatch(text)
        while found.hasNext():
            match = found.next()
            self.setFormat(match.capturedStart(), match.capturedLength(), self._word)


def _is_read(change: Change) -> bool:
    """Whether the script may say something else after a change; where things stand it does not say."""
    before, after = change.before, change.after
    if isinstance(before, Node) and isinstance(after, Node):
        return replace(before, position=after.position) != after
    if isinstance(before, Frame) and isinstance(after, Frame):
        return replace(before, rect=after.rect) != after
    return True
