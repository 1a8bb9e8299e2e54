"""The scene: keeps what is shown in step with the session, and runs the gestures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGraphicsSceneMouseEvent

from engine.document.formulas import NAME_DEPTH
from engine.document.graph import Graph
from engine.document.records import Change, Edge, Node
from engine.op import OPS
from engine.run.evaluate import Run
from engine.run.log import Accumulate, Deliver, Seed
from gui.canvas import gestures
from gui.canvas.faces import EdgeKey, Face, Wire, face
from gui.canvas.geometry import GRID, NODE_WIDTH, place_for_wire
from gui.canvas.gestures import Draft, Gesture, Pointer, Preview
from gui.canvas.look import Look
from gui.canvas.places import Places
from gui.scale import GradScale, InkScale
from gui.session import Session
from gui.theme import DARK, Theme

Hover = tuple[tuple[str, str, str] | None, str | None, EdgeKey | None]  # a port, a node or a wire under the mouse


class Scene(Places):
    """`repaint` names the parts of the picture that changed; None means all of it."""

    repaint = Signal(object)  # list[QRectF] | None
    preview_changed = Signal()
    wire_dropped = Signal(QPointF, str, str, str)  # where, node, "in" | "out", port
    value_wanted = Signal(str)  # a double-click on a node asks for its value editor
    inline_wanted = Signal(str, str)  # node, port: edit the inline number
    search_wanted = Signal(QPointF)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.look = Look(DARK)
        self.shows_gradients = False
        self.preview = Preview()
        self.hover: Hover = (None, None, None)
        self._gesture: Gesture | None = None
        self._selection: frozenset[str | EdgeKey] = frozenset()
        session.opened.connect(self._rebuild)
        session.changed.connect(self._follow_changes)
        session.evaluated.connect(self._follow_run)
        session.selection_changed.connect(self._follow_selection)
        session.player.loaded.connect(self._follow_log)
        session.player.moved.connect(self._follow_player)
        self._shown_step = 0
        self._shown_run: Run | None = None
        self._rebuild()

    def dispose(self) -> None:
        """Cut every connection; called once, before the scene goes."""
        self.cancel_gesture()
        for signal, slot in (
            (self.session.opened, self._rebuild),
            (self.session.changed, self._follow_changes),
            (self.session.evaluated, self._follow_run),
            (self.session.selection_changed, self._follow_selection),
            (self.session.player.loaded, self._follow_log),
            (self.session.player.moved, self._follow_player),
        ):
            signal.disconnect(slot)

    # Following the session ---------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.look = Look(theme, self.look.inks, self.look.grads)
        self.repaint.emit(None)

    def _rebuild(self) -> None:
        self.cancel_gesture()
        self.drop_all()
        self._shown_run = None
        self._refresh(self.session.graph.nodes)
        self.repaint.emit(None)

    def _follow_changes(self, changes: tuple[Change, ...]) -> None:
        self.cancel_gesture()  # an undo, say, in the middle of a drag: what the drag holds may be gone
        touched: set[str] = set()
        rects: list[QRectF] = []
        graph = self.session.graph
        for change in changes:
            before, after = change.before, change.after
            record = after or before
            if isinstance(record, Node):
                touched.add(record.id)
                if isinstance(before, Node) and isinstance(after, Node) and _renamed(before, after):
                    touched |= self._named_after(record.id)
                if after is None:
                    rects += self.drop_node(record.id)
            elif isinstance(record, Edge):
                touched |= {record.target, *self._named_after(record.target)}
                if isinstance(before, Edge) and (after is None):
                    rects += self.drop_wire(before.key)
        rects += self._refresh(id for id in touched if id in graph.nodes)
        self.repaint.emit(rects)

    def _named_after(self, id: str) -> set[str]:
        """The nodes whose formulas may spell out what `id` computes."""
        graph = self.session.graph
        named, front = set[str](), {id} & graph.nodes.keys()
        for _ in range(NAME_DEPTH + 1):
            front = {edge.target for each in front for edge in graph.consumers(each)}
            named |= front
        return named

    def _follow_run(self) -> None:
        """Show a new run: only nodes whose result is another object have anything new to show."""
        run, before = self.session.run, self._shown_run
        self._shown_run = run
        old_inks = self.look.inks
        self._rescale_inks()
        nodes = self.session.graph.nodes
        if run is None or before is None:
            rects = self._refresh(nodes)
        else:
            rects = self._refresh(
                id for id in run.results if id in nodes and before.results.get(id) is not run.results[id]
            )
        self.repaint.emit(rects if self.look.inks == old_inks else None)

    def _follow_log(self) -> None:
        gradients = [
            event.value if isinstance(event, Seed) else event.delta if isinstance(event, Accumulate) else event.grad
            for event in self.session.player.log
            if isinstance(event, Seed | Deliver | Accumulate)
        ]
        self.look = Look(self.look.theme, self.look.inks, GradScale.of(gradients))
        self.shows_gradients = bool(gradients)
        self._shown_step = self.session.player.done
        self._refresh(self.session.graph.nodes)
        self.repaint.emit(None)

    def _follow_player(self) -> None:
        player = self.session.player
        if player.done == self._shown_step:
            self.preview_changed.emit()  # only the packets moved
            return
        first, last = sorted((max(0, self._shown_step), player.done))
        self._shown_step = player.done
        touched: set[str] = set()
        for step in player.steps[first:last]:
            for event in player.log[step.start : step.stop]:
                touched.add(getattr(event, "node", ""))
                edge = getattr(event, "edge", None)
                if edge is not None:
                    touched.add(edge[0])
        self.repaint.emit(self._refresh(id for id in touched if id in self.session.graph.nodes))
        self.preview_changed.emit()

    def _follow_selection(self) -> None:
        changed = self._selection ^ self.session.selection
        self._selection = self.session.selection
        rects = [self.faces[key].rect() for key in changed if key in self.faces]
        rects += [self.wires[key].rect() for key in changed if key in self.wires]
        self.repaint.emit(rects)

    def _rescale_inks(self) -> None:
        run = self.session.run
        if run is None:
            return
        tensors = (result.tensor for result in islice(run.results.values(), 512))
        inks = InkScale.of([np.asarray(tensor.array) for tensor in tensors if tensor is not None])
        self.look = Look(self.look.theme, inks, self.look.grads)

    def _refresh(self, ids: Iterable[str]) -> list[QRectF]:
        """Make the faces of these nodes and the wires at them anew; return what must be painted."""
        graph, run = self.session.graph, self.session.run
        player = self.session.player
        state = player.state() if player.count else None
        rects: list[QRectF] = []
        moved: dict[EdgeKey, None] = {}  # in order: what is made first lies lowest
        for id in list(ids):
            node = graph.nodes[id]
            edges = graph.inputs(id)
            result = run.results.get(id) if run is not None and _same_op(run, node) else None
            new = face(graph, id, result, state)
            rects += self.put_node(new)
            moved.update(dict.fromkeys(edge.key for edge in (*edges.values(), *graph.consumers(id))))
        for key in moved:
            rects += self._refresh_wire(graph.edges[key])
        return rects

    def _refresh_wire(self, edge: Edge) -> list[QRectF]:
        if edge.source not in self.faces or edge.target not in self.faces:
            return []
        run, player = self.session.run, self.session.player
        state = player.state() if player.count else None
        tensor = run.tensor(edge.source) if run is not None else None
        wire = Wire(
            key=edge.key,
            source=edge.source,
            start=self.faces[edge.source].output_point(),
            end=self.faces[edge.target].input_point(edge.port),
            known=tensor is not None,
            tracked=tensor is not None and tensor.requires_grad,
            gradient=state.edges.get(edge.key) if state else None,
            blocked=state.blocked.get(edge.key, "") if state else "",
        )
        return self.put_wire(wire)

    def input_keys(self, node: str) -> list[EdgeKey]:
        return [edge.key for edge in self.session.graph.inputs(node).values()]

    # Gestures ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or self._gesture is not None:
            return
        press = Pointer(event.scenePos(), event.modifiers())
        port = self.port_at(press.pos)
        if port is not None:
            self._begin(gestures.draw_wire(self, press, *port))
        elif (node := self.node_at(press.pos)) is not None:
            self._begin(gestures.move_nodes(self, press, node))
        elif (key := self.wire_at(press.pos)) is not None:
            self._begin(gestures.select_wire(self, press, key))
        else:
            self._begin(gestures.rubber_band(self, press))

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self._feed(Pointer(event.scenePos(), event.modifiers()))

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._feed(Pointer(event.scenePos(), event.modifiers(), released=True))

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        pos = event.scenePos()
        node = self.node_at(pos)
        port = self.port_at(pos)
        if port is not None and port[1] == "in" and port[2] not in self.faces[port[0]].wired:
            self.inline_wanted.emit(port[0], port[2])
        elif node is not None and (inline := self.faces[node].inline_at(pos)):
            self.inline_wanted.emit(node, inline)
        elif node is not None:
            self.session.select([node])
            self.value_wanted.emit(node)
        elif self.wire_at(pos) is None:
            self.search_wanted.emit(pos)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            self.cancel_gesture()
            event.accept()
            return
        super().keyPressEvent(event)

    @property
    def busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    def _begin(self, gesture: Gesture) -> None:
        self._gesture = gesture
        next(gesture)

    def _feed(self, pointer: Pointer) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        if pointer.released:
            self._gesture = None  # what it edits now is its own doing, and no reason to close it
        try:
            gesture.send(pointer)
        except StopIteration:
            self._gesture = None

    def cancel_gesture(self) -> None:
        """Close the gesture under way; it takes away what it showed."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.close()

    def hidden_changed(self) -> None:
        """A wire was lifted off the static layer, or put back."""
        self.repaint.emit([self.wires[self.preview.hidden].rect()] if self.preview.hidden in self.wires else [])
        self.preview_changed.emit()

    def clear_preview(self) -> None:
        old, self.preview = self.preview, Preview()
        self.hover = (None, None, None)
        rects = [self.faces[id].rect() for id in old.moved if id in self.faces]
        for id in old.moved:
            rects += [wire.rect() for wire in self.wires_at(id)]
        if old.hidden in self.wires:
            rects.append(self.wires[old.hidden].rect())
        self.repaint.emit(rects)
        self.preview_changed.emit()

    def wires_at(self, id: str) -> list[Wire]:
        """All wires that begin or end at a node."""
        graph = self.session.graph
        if id not in graph.nodes:
            return []
        keys = [*self.input_keys(id), *(edge.key for edge in graph.consumers(id))]
        return [self.wires[key] for key in keys if key in self.wires]

    # The ghost of a node dragged in from the palette ---------------------------------------------------------------

    def show_ghost(self, op: str, center: QPointF) -> None:
        """Show the node that a drop here would make."""
        position = self.drop_position(op, center)
        self.preview.ghost = replace(_ghost(op), position=position)
        self.preview_changed.emit()

    def hide_ghost(self) -> None:
        if self.preview.ghost is not None:
            self.preview.ghost = None
            self.preview_changed.emit()

    def hold_wire(self, end: QPointF, node: str, side: str, port: str) -> None:
        """Keep a wire in the air from a port to `end`, until `clear_preview`."""
        start = self.port_point(node, side, port)
        self.preview = Preview(draft=Draft(start, end, forward=side == "out"), wiring=True)
        self.preview_changed.emit()

    def wired_position(self, op: str, end: QPointF, side: str) -> QPointF:
        """The snapped position of a new node that takes the end of a wire: at its first input, or at its output."""
        place = _ghost(op).layout
        port = place.inputs[0][0] if side == "out" and place.inputs else None
        return gestures.snapped(place_for_wire(end, place, port), free=False)

    def free_position(self, op: str, center: QPointF) -> QPointF:
        """Like `drop_position`, moved on until the node covers no other."""
        place = _ghost(op).layout
        position = self.drop_position(op, center)
        taken = [shown.rect() for shown in self.faces.values()]
        while any(place.bounds().translated(position).intersects(rect) for rect in taken):
            position += QPointF(2 * GRID, 3 * GRID)
        return position

    def drop_position(self, op: str, center: QPointF) -> QPointF:
        """The snapped position of a new node whose header is at `center`."""
        inputs = len(OPS[op].ports) if op in OPS else 1
        return gestures.snapped(center - QPointF(NODE_WIDTH / 2, 40.0 + 8 * inputs), free=False)


def _ghost(op: str) -> Face:
    """The face of a node that is not in the document yet."""
    return face(Graph([Node("ghost", op)]), "ghost", None, None)


def _renamed(before: Node, after: Node) -> bool:
    """Whether a node's formula or title may read differently."""
    return before.title != after.title or before.params != after.params


def _same_op(run: Run, node: Node) -> bool:
    before = run.snapshot.nodes.get(node.id)
    return before is not None and before.op == node.op
