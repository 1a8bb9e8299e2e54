"""The page of a frame: its title, what its kind means and, of a loop, its turns and how many it may run."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from engine.document import commands
from engine.document.kinds import WHILE, find_kind
from engine.document.loops import REPEAT
from engine.document.records import Frame, Node
from engine.op import op_named
from gui.moment import turn_words
from gui.panels.inspector.fields import Line
from gui.panels.inspector.form import Form
from gui.panels.inspector.parts import label, part
from gui.session import Session
from gui.spoken import spoken
from gui.theme import DARK, Theme, icon


class FramePage(QWidget):
    """Shows one frame of the session's document."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.frame: str | None = None
        self.theme: Theme = DARK
        self._graph = session.graph
        self.setObjectName("inspector.frame")
        self.title = Line()
        self.title.setObjectName("inspector.frame.title")
        self.title.setAccessibleName(self.tr("Title"))
        self.title.setProperty("role", "heading")
        self.title.editingFinished.connect(self._rename)
        self.title.given_up.connect(self._show_title)
        self.kind = label("inspector.frame.kind", "mono")
        self.doc = label("inspector.frame.doc", "meta")
        self.error = label("inspector.frame.error", "error")
        self.note = label("inspector.frame.note", "meta")
        for words in (self.doc, self.error, self.note):
            words.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.back = self._button("back", "step-back", self.tr("The turn before"))
        self.on = self._button("on", "step-forward", self.tr("The next turn"))
        self.back.clicked.connect(self._back)
        self.on.clicked.connect(self._on)
        self.turn = label("inspector.frame.turn", "mono")
        self.form: Form | None = None
        self._form_place = QVBoxLayout()
        self._lay_out()
        session.turns.changed.connect(self._turned)
        session.evaluated.connect(self.refresh)
        session.changed.connect(self._document_changed)

    def _button(self, name: str, sign: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"inspector.frame.{name}")
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("role", "transport")
        button.setProperty("sign", sign)
        button.setFixedSize(36, 28)
        button.setIconSize(QSize(16, 16))
        return button

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("inspector.frame.content")
        outer = QVBoxLayout(content)
        outer.setContentsMargins(8, 0, 8, 16)
        outer.setSpacing(8)
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(8)
        steps = QWidget()
        steps.setObjectName("inspector.frame.steps")
        row = QHBoxLayout(steps)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for each in (self.back, self.turn, self.on):
            row.addWidget(each)
        row.addStretch(1)
        self._turns_part = part("inspector.frame.turns", self.tr("TURNS"), steps, self.note)
        self._turns_part.layout().addLayout(self._form_place)  # type: ignore[union-attr]  # a QVBoxLayout
        outer.addWidget(self.title)
        outer.addLayout(column)
        for widget in (self.kind, self.doc, self.error, self._turns_part):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("inspector.frame.scroll")
        scroll.setAccessibleName(self.tr("Inspector"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        if self.form is not None:
            self.form.set_theme(theme)
        for button in (self.back, self.on):
            button.setIcon(icon(button.property("sign"), theme))

    # What is shown -----------------------------------------------------------------------------------------------

    def show_frame(self, frame: str | None) -> None:
        """Show another frame, or none; what was being typed is committed first."""
        self.finish()
        self._drop_form()
        self.frame, self._graph = frame, self.session.graph
        self._show_title()
        self.refresh()

    def refresh(self) -> None:
        record = self._record()
        if record is None:
            return
        kind = find_kind(record.kind)
        self.kind.setText(record.kind)
        self.doc.setText(spoken(kind.doc) if kind else self.tr("This version does not know this kind of frame."))
        self._turns_part.setVisible(record.kind == WHILE)
        if record.kind != WHILE:
            self.error.hide()
            self._drop_form()
            return
        self._refresh_form()
        self._refresh_turn()

    def _refresh_form(self) -> None:
        """The fields of the node that says how long the loop goes on."""
        repeat = self._repeat()
        if repeat is None:
            self._drop_form()
            return
        if self.form is None:
            self.form = Form(op_named(REPEAT))
            self.form.set_theme(self.theme)
            self.form.committed.connect(self._commit)
            self._form_place.addWidget(self.form)
        self.form.show_node(repeat, frozenset(self.session.graph.inputs(repeat.id)))

    def _drop_form(self) -> None:
        if self.form is not None:
            self.form.committed.disconnect(self._commit)
            self._form_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _refresh_turn(self) -> None:
        turns, frame = self.session.turns, self.frame or ""
        count, now = turns.count(frame), turns.turn(frame)
        if count is None:
            self.turn.setText(self.tr("did not run"))
        elif now < count:
            self.turn.setText(turn_words(now, count))
        else:
            self.turn.setText(self.tr("after {count} turns").format(count=count))
        self.back.setEnabled(bool(count) and now > 0)
        self.on.setEnabled(now < (count or 0))
        loop = turns.loop(frame)
        stopped, note, tried = (loop.stopped, loop.note, loop.tried) if loop is not None else (None, None, False)
        error, note = (None, stopped) if tried else (stopped, note)  # what is not complete has not failed
        for words, text in ((self.error, error or ""), (self.note, note or "")):
            words.setText(spoken(text))
            words.setVisible(bool(text))

    def _show_title(self) -> None:
        record = self._record()
        if record is not None:
            self.title.setText(record.title)
            self.title.setModified(False)
            self.title.setPlaceholderText(record.name)

    def _record(self) -> Frame | None:
        return self.session.graph.frames.get(self.frame or "")

    def _repeat(self) -> Node | None:
        nodes = self.session.graph.nodes.values()
        return next((node for node in nodes if node.frame == self.frame and node.op == REPEAT), None)

    def _turned(self, frame: str) -> None:
        if frame == self.frame:
            self._refresh_turn()

    def _document_changed(self, _changes: object) -> None:
        if not (self.title.hasFocus() and self.title.isModified()):
            self._show_title()
        self.refresh()

    # What is asked for -------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Commit what is being typed."""
        self._rename()
        if self.form is not None:
            self.form.finish()

    def _back(self) -> None:
        if self.frame is not None:
            self.session.turns.step(self.frame, -1)

    def _on(self) -> None:
        if self.frame is not None:
            self.session.turns.step(self.frame, 1)

    def _commit(self, values: object) -> None:
        repeat = self._repeat() if self._graph is self.session.graph else None
        if repeat is not None:
            self.session.history.break_merge()  # each commit is a step of its own
            self.session.do(commands.set_params, repeat.id, values)

    def _rename(self) -> None:
        if not self.title.isModified():
            return
        self.title.setModified(False)
        if self._graph is self.session.graph and self._record() is not None:
            self.session.do(commands.rename_frame, self.frame, self.title.text().strip())
