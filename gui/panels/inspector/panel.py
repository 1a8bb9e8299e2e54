"""The inspector panel: which node it shows, and when it looks again."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.autograd.tensor import Tensor
from engine.document import commands, formulas
from engine.document.loops import Place
from engine.document.records import Node
from engine.op import OPS
from engine.run.advice import advice
from engine.run.reference import doc
from engine.run.result import Result
from gui.moment import moment
from gui.panels.inspector.empty import EmptyPage
from gui.panels.inspector.fields import Line
from gui.panels.inspector.form import Form
from gui.panels.inspector.frame import FramePage
from gui.panels.inspector.gradients import gradient
from gui.panels.inspector.output import Facts, Output
from gui.panels.inspector.parts import label, part
from gui.panels.inspector.words import wants, warning
from gui.session import Session
from gui.spoken import spoken
from gui.theme import DARK, Theme


class Inspector(QWidget):
    """Shows the selection of the session: nothing, one node, or several things."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme: Theme = DARK
        self.node: str | None = None
        self.form: Form | None = None
        self._graph = session.graph
        self._moment: tuple[int, int] = (0, -1)  # the log and the step whose gradient is shown
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Inspector"))
        self._pages = QStackedWidget()
        self._pages.setObjectName("inspector.pages")
        self._pages.addWidget(EmptyPage())
        self._pages.addWidget(self._node_page())
        self._pages.addWidget(self._several_page())
        self.frame_page = FramePage(session)
        self._pages.addWidget(self.frame_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages, 1)
        session.selection_changed.connect(self._selection_changed)
        session.opened.connect(self._selection_changed)
        session.changed.connect(self._document_changed)
        session.evaluated.connect(self._refresh_results)
        session.zeroed.connect(self._refresh_gradient)
        session.turns.changed.connect(self._turned)
        session.player.loaded.connect(self._refresh_results)
        session.player.moved.connect(self._player_moved)
        self._selection_changed()

    def sizeHint(self) -> QSize:
        return QSize(332, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.frame_page.set_theme(theme)
        if self.form is not None:
            self.form.set_theme(theme)

    def focus_value(self) -> None:
        """Put the keyboard where the node's numbers are edited: the table, else the first field, else the title."""
        if self.form is None:
            return
        if self.form.editor is not None:
            self._scroll.ensureWidgetVisible(self.form.editor)
            self.form.editor.focus_table()
            return
        field = next((field for field in self.form.fields if field.isVisible()), None)
        (field.editor if field is not None else self.title).setFocus(Qt.FocusReason.OtherFocusReason)

    # The pages ---------------------------------------------------------------------------------------------------

    def _several_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("inspector.several")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(12)
        self.count = label("inspector.count", "title")
        self.delete = QPushButton(self.tr("Delete"))
        self.delete.setObjectName("inspector.delete")
        self.delete.setAccessibleName(self.tr("Delete the selection"))
        self.delete.clicked.connect(self._delete)
        column.addWidget(self.count)
        column.addWidget(self.delete)
        column.addStretch(1)
        return page

    def _node_page(self) -> QWidget:
        content = QWidget()
        content.setObjectName("inspector.node")
        outer = QVBoxLayout(content)  # the text of the title stands over the other texts, its frame outside
        outer.setContentsMargins(8, 0, 8, 16)
        outer.setSpacing(8)
        column = QVBoxLayout()
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(8)
        self.title = Line()
        self.title.setObjectName("inspector.title")
        self.title.setAccessibleName(self.tr("Title"))
        self.title.setProperty("role", "heading")
        self.title.editingFinished.connect(self._rename)
        self.title.given_up.connect(self._show_title)
        self.kind = label("inspector.op", "mono")
        self.doc = label("inspector.doc", "meta")
        self.formula = label("inspector.formula", "formula")
        signature = QHBoxLayout()
        signature.setSpacing(12)
        signature.addWidget(self.kind)
        signature.addWidget(self.formula, 1)
        self.turn = label("inspector.turn", "meta")
        self.error = label("inspector.error", "error")
        self.advice = label("inspector.advice", "meta")
        self.warning = label("inspector.warning", "warning")
        for words in (self.doc, self.formula, self.error, self.advice, self.warning):
            words.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form_place = QVBoxLayout()
        self.value = Output("inspector.value", self.tr("Value, as torch prints it"))
        self.facts = Facts("inspector.fact")
        self.grad_sentence = label("inspector.grad.sentence", "meta")
        self.grad_sentence.setWordWrap(True)
        self.grad = Output("inspector.grad", self.tr("Gradient, as torch prints it"))
        self._params_part = part("inspector.params", self.tr("PARAMETERS"))
        self._value_part = part("inspector.value.part", self.tr("VALUE"), self.value, self.facts)
        self._grad_part = part("inspector.grad.part", self.tr("GRADIENT"), self.grad_sentence, self.grad)
        self._params_part.layout().addLayout(self._form_place)  # type: ignore[union-attr]  # a QVBoxLayout
        outer.addWidget(self.title)
        outer.addLayout(column)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, 0, 4)
        head.setSpacing(8)
        head.addLayout(signature)
        for words in (self.doc, self.turn, self.error, self.advice, self.warning):
            head.addWidget(words)
        column.addLayout(head)
        for each in (self._params_part, self._value_part, self._grad_part):
            column.addWidget(each)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("inspector.scroll")
        self._scroll.setAccessibleName(self.tr("Inspector"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        return self._scroll

    # What is shown -----------------------------------------------------------------------------------------------

    def _selection_changed(self) -> None:
        self._finish()
        self._graph = self.session.graph
        nodes, edges, frames = self.session.selected_nodes, self.session.selected_edges, self.session.selected_frames
        one = len(nodes) + len(edges) + len(frames) == 1
        self.frame_page.show_frame(frames[0] if one and frames else None)
        if one and nodes:
            self._show_node(nodes[0])
            return
        self.node = None
        self._drop_form()
        if one and frames:
            self._pages.setCurrentWidget(self.frame_page)
            return
        self._pages.setCurrentIndex(2 if nodes or edges or frames else 0)
        counts = [
            self.tr("{count} nodes").format(count=len(nodes)) if len(nodes) > 1 else self.tr("1 node"),
            self.tr("{count} frames").format(count=len(frames)) if len(frames) > 1 else self.tr("1 frame"),
            self.tr("{count} wires").format(count=len(edges)) if len(edges) > 1 else self.tr("1 wire"),
        ]
        parts = [text for text, some in zip(counts, (nodes, frames, edges), strict=True) if some]
        self.count.setText(self.tr("{what} selected").format(what=self.tr(" and ").join(parts)))

    def _show_node(self, node: str) -> None:
        record = self.session.graph.nodes[node]
        op = OPS.get(record.op)
        self.node = node
        self._drop_form()
        self._pages.setCurrentIndex(1)
        self._show_title()
        self.kind.setText(record.op)
        self.doc.setText(spoken(doc(op)) if op else self.tr("This version does not know this op."))
        self.formula.setText(op.formula if op else "")
        self.formula.setVisible(bool(op and op.ports and not op.statement))
        if op is not None:
            self.form = Form(op)
            self.form.set_theme(self.theme)
            self.form.committed.connect(self._commit)
            self._form_place.addWidget(self.form)
        self._refresh_params(record)
        self._refresh_results()
        self._scroll.verticalScrollBar().setValue(0)

    def _document_changed(self, _changes: object) -> None:
        if self.node is None:
            return
        record = self.session.graph.nodes.get(self.node)
        if record is None or (self.form is not None and record.op != self.form.op.name):
            return  # the selection follows
        if not (self.title.hasFocus() and self.title.isModified()):
            self._show_title()
        self._refresh_params(record)

    def _refresh_params(self, record: Node) -> None:
        wired = frozenset(self.session.graph.inputs(record.id))
        some = self.form is not None and self.form.show_node(record, wired)
        self._params_part.setVisible(some)

    def _show_title(self) -> None:
        record = self.session.graph.nodes.get(self.node or "")
        if record is not None:
            self.title.setText(record.title)
            self.title.setModified(False)
            self.title.setPlaceholderText(formulas.name(self.session.graph, record.id))

    def _place(self) -> Place:
        """The node, in the turn that is shown."""
        assert self.node is not None
        return self.node, self.session.turns.shown(self.node)

    def _result(self) -> Result | None:
        """What came of it there."""
        run, place = self.session.run, self._place()
        return run.at(*place) if run is not None and place[0] in run.results else None

    def _refresh_results(self) -> None:
        if self.node is None:
            return
        result = self._result()
        graph, run, place = self.session.graph, self.session.run, self._place()
        when = moment(*place, graph, run)
        self.turn.setText(self.tr("In {when}.").format(when=when))
        self.turn.setVisible(bool(when))
        self._show_error(result)
        self.warning.setText(warning(place, result, run, graph))
        self.warning.setVisible(bool(self.warning.text()))
        tensor = result.tensor if result else None
        self._value_part.setVisible(tensor is not None)
        if tensor is not None:
            self._show_tensor(tensor)
        self._refresh_gradient()

    def _show_tensor(self, tensor: Tensor) -> None:
        function = tensor.grad_fn
        self.value.show_text(repr(tensor))
        self.facts.show_facts(
            {
                "shape": str(tuple(tensor.shape)),
                "dtype": str(tensor.dtype),
                "requires_grad": str(tensor.requires_grad),
                "is_leaf": str(tensor.is_leaf),
                "grad_fn": function.name() if function is not None else "None",
            }
        )

    def _show_error(self, result: Result | None) -> None:
        """torch's words, and what to do about them; what a node waits for is no error."""
        assert self.node is not None
        player = self.session.player
        error = (result.error if result else None) or (player.state().failed.get(self.node) if player.log else None)
        todo = spoken(advice(error)) if error else wants(result, self.session.graph)
        self.error.setText(spoken(error) if error else "")
        self.error.setVisible(bool(error))
        self.advice.setText(todo)
        self.advice.setVisible(bool(todo))

    def _player_moved(self) -> None:
        player = self.session.player
        if self.node is not None and (id(player.log), player.done) != self._moment:
            self._show_error(self._result())
            self._refresh_gradient()

    def _turned(self, frame: str) -> None:
        """The loop shows another turn; what stands in it has other numbers there."""
        run = self.session.run
        if self.node is not None and run is not None and frame in run.around.get(self.node, ()):
            self._refresh_results()

    def _refresh_gradient(self) -> None:
        if self.node is None:
            return
        player = self.session.player
        self._moment = (id(player.log), player.done)
        result = self._result()
        tensor = result.tensor if result is not None else None
        self._grad_part.setVisible(tensor is not None)
        if result is None or tensor is None:
            return
        state = player.state() if player.log else None
        sentence, array = gradient(self._place(), tensor, state, handed=result.handed is not None)
        self.grad_sentence.setText(sentence)
        self.grad_sentence.setVisible(bool(sentence))
        self.grad.setVisible(array is not None)
        if array is not None:
            self.grad.show_text(repr(Tensor(array)))

    # Edits -------------------------------------------------------------------------------------------------------

    def _commit(self, values: object) -> None:
        if self.node is not None and self._graph is self.session.graph and self.node in self.session.graph.nodes:
            self.session.history.break_merge()  # each commit is a step of its own
            self.session.do(commands.set_params, self.node, values)

    def _rename(self) -> None:
        if not self.title.isModified():
            return
        self.title.setModified(False)
        if self.node is not None and self._graph is self.session.graph and self.node in self.session.graph.nodes:
            self.session.do(commands.rename, self.node, self.title.text().strip())

    def _delete(self) -> None:
        self.session.delete_selection()

    def _finish(self) -> None:
        """Commit what is being typed before something else is shown: nothing is lost."""
        self._rename()
        if self.form is not None:
            self.form.finish()

    def _drop_form(self) -> None:
        if self.form is not None:
            self.form.committed.disconnect(self._commit)
            self._form_place.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None
