"""The inspector panel: which node it shows, and when it looks again."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.autograd.tensor import Tensor
from engine.document import commands, formulas
from engine.document.records import Node
from engine.op import OPS
from engine.run.advice import advice
from engine.run.evaluate import Result, origin
from engine.run.reference import doc
from gui.panels.inspector.fields import Line
from gui.panels.inspector.form import Form
from gui.panels.inspector.gradients import gradient
from gui.panels.inspector.output import Facts, Output
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
        self._moment: tuple[int, int] = (0, -1)  # log and step whose gradient is shown
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Inspector"))
        self._pages = QStackedWidget()
        self._pages.setObjectName("inspector.pages")
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._node_page())
        self._pages.addWidget(self._several_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages, 1)
        session.selection_changed.connect(self._selection_changed)
        session.opened.connect(self._selection_changed)
        session.changed.connect(self._document_changed)
        session.evaluated.connect(self._refresh_results)
        session.zeroed.connect(self._refresh_gradient)
        session.player.loaded.connect(self._refresh_results)
        session.player.moved.connect(self._player_moved)
        self._selection_changed()

    def sizeHint(self) -> QSize:
        return QSize(332, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, 160)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
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

    def _empty_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("inspector.empty")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(8)
        column.addWidget(_label("inspector.empty.title", "title", self.tr("Nothing selected")))
        advice_lines = (
            self.tr("Drag a node from the left onto the canvas, or press Tab to search for one."),
            self.tr("Select a node to edit it here; press B to run backward from it."),
        )
        for number, text in enumerate(advice_lines):
            line = _label(f"inspector.empty.advice.{number}", "meta", text)
            line.setWordWrap(True)
            column.addWidget(line)
        column.addStretch(1)
        return page

    def _several_page(self) -> QWidget:
        page = QWidget()
        page.setObjectName("inspector.several")
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(12)
        self.count = _label("inspector.count", "title")
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
        self.kind = _label("inspector.op", "mono")
        self.doc = _label("inspector.doc", "meta")
        self.formula = _label("inspector.formula", "formula")
        signature = QHBoxLayout()
        signature.setSpacing(12)
        signature.addWidget(self.kind)
        signature.addWidget(self.formula, 1)
        self.error = _label("inspector.error", "error")
        self.advice = _label("inspector.advice", "meta")
        self.warning = _label("inspector.warning", "warning")
        for words in (self.doc, self.formula, self.error, self.advice, self.warning):
            words.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._form_place = QVBoxLayout()
        self.value = Output("inspector.value", self.tr("Value, as torch prints it"))
        self.facts = Facts("inspector.fact")
        self.grad_sentence = _label("inspector.grad.sentence", "meta")
        self.grad_sentence.setWordWrap(True)
        self.grad = Output("inspector.grad", self.tr("Gradient, as torch prints it"))
        self._params_part = _part("inspector.params", self.tr("PARAMETERS"))
        self._value_part = _part("inspector.value.part", self.tr("VALUE"), self.value, self.facts)
        self._grad_part = _part("inspector.grad.part", self.tr("GRADIENT"), self.grad_sentence, self.grad)
        self._params_part.layout().addLayout(self._form_place)  # type: ignore[union-attr]  # a QVBoxLayout
        outer.addWidget(self.title)
        outer.addLayout(column)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, 0, 4)
        head.setSpacing(8)
        head.addLayout(signature)
        for words in (self.doc, self.error, self.advice, self.warning):
            head.addWidget(words)
        column.addLayout(head)
        for part in (self._params_part, self._value_part, self._grad_part):
            column.addWidget(part)
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
        nodes, edges = self.session.selected_nodes, self.session.selected_edges
        if len(nodes) == 1 and not edges:
            self._show_node(nodes[0])
            return
        self.node = None
        self._drop_form()
        self._pages.setCurrentIndex(2 if nodes or edges else 0)
        counts = [
            self.tr("{count} nodes").format(count=len(nodes)) if len(nodes) > 1 else self.tr("1 node"),
            self.tr("{count} wires").format(count=len(edges)) if len(edges) > 1 else self.tr("1 wire"),
        ]
        parts = [text for text, some in zip(counts, (nodes, edges), strict=True) if some]
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

    def _refresh_results(self) -> None:
        if self.node is None:
            return
        run = self.session.run
        result = run.results.get(self.node) if run else None
        self._show_error(result)
        warning = self._warning(result) if result and not result.error else ""
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))
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
        todo = spoken(advice(error)) if error else ""
        if not error and result is not None and result.missing:
            todo = self.tr("Needs: {ports}.").format(ports=", ".join(result.missing))
        elif not error and result is not None and result.waits_for is not None:
            waited = self.session.graph.nodes.get(result.waits_for)
            todo = self.tr("Waits for {node}, which has no value.").format(
                node=waited.name if waited else result.waits_for
            )
        self.error.setText(spoken(error) if error else "")
        self.error.setVisible(bool(error))
        self.advice.setText(todo)
        self.advice.setVisible(bool(todo))

    def _warning(self, result: Result) -> str:
        """Where numbers come from that are none."""
        run = self.session.run
        if not result.not_finite or run is None or self.node is None:
            return ""
        name = "NaN" if result.not_finite == "nan" else "Inf"
        if not result.origin:
            there = origin(run, self.node)
            if there is None:
                return self.tr("There is {name} among these numbers.").format(name=name)
            known = there in self.session.graph.nodes
            source = formulas.name(self.session.graph, there) if known else there
            return self.tr("There is {name} among these numbers; it began at {node}.").format(name=name, node=source)
        if run.inputs[self.node]:
            return self.tr("{name} begins here: all that the wires bring is finite.").format(name=name)
        return self.tr("There is {name} among the numbers that begin here.").format(name=name)

    def _player_moved(self) -> None:
        player = self.session.player
        if self.node is not None and (id(player.log), player.done) != self._moment:
            run = self.session.run
            self._show_error(run.results.get(self.node) if run else None)
            self._refresh_gradient()

    def _refresh_gradient(self) -> None:
        if self.node is None:
            return
        player = self.session.player
        self._moment = (id(player.log), player.done)
        tensor = self.session.run.tensor(self.node) if self.session.run else None
        self._grad_part.setVisible(tensor is not None)
        if tensor is None:
            return
        sentence, array = gradient(self.node, tensor, player.state() if player.log else None)
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
        """Commit what is being typed before another node is shown: nothing is lost."""
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


def _label(name: str, role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _part(name: str, caption: str, *widgets: QWidget) -> QWidget:
    """A part of the page: a hairline, a caption, and what belongs to it."""
    part = QWidget()
    part.setObjectName(name)
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 8, 0, 0)
    column.setSpacing(8)
    line = QFrame()
    line.setObjectName(f"{name}.line")
    line.setProperty("role", "line")
    column.addWidget(line)
    column.addSpacing(4)
    column.addWidget(_label(f"{name}.caption", "caption", caption))
    for widget in widgets:
        column.addWidget(widget)
    return part
