"""The scene: runs the gestures on what is shown, and shows what they are about to do."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGraphicsSceneMouseEvent

from engine.document import commands
from engine.document.commands import Refused
from engine.document.framing import LOOP_SIZE, SIZE
from engine.document.graph import Graph
from engine.document.kinds import COMMENT, KINDS, WHILE
from engine.document.records import Change, EdgeKey, Node
from engine.op import OPS
from gui.canvas import gestures, handles
from gui.canvas.faces import Face, face
from gui.canvas.frames import FrameFace
from gui.canvas.geometry import GRID, NODE_WIDTH, place_for_wire
from gui.canvas.gestures import Gesture, Pointer
from gui.canvas.preview import Draft, Preview
from gui.canvas.shown import Shown
from gui.session import Session
from gui.spoken import spoken

Hover = tuple[tuple[str, str, str] | None, str | None, EdgeKey | None]  # a port, a node or a wire under the mouse


class Scene(Shown):
    """One gesture is under way at most; it is closed when the document changes under it."""

    wire_dropped = Signal(QPointF, str, str, str)  # where, node, "in" | "out", port
    value_wanted = Signal(str)  # a double-click on a node asks for its value editor
    inline_wanted = Signal(str, str)  # node, port: edit the inline number
    search_wanted = Signal(QPointF)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, parent)
        self.hover: Hover = (None, None, None)
        self._gesture: Gesture | None = None
        self._rebuild()

    def dispose(self) -> None:
        self.cancel_gesture()
        super().dispose()

    def _rebuild(self) -> None:
        self.cancel_gesture()
        super()._rebuild()

    def _follow_changes(self, changes: tuple[Change, ...]) -> None:
        self.cancel_gesture()  # an undo, say, in the middle of a drag: what the drag holds may be gone
        super()._follow_changes(changes)

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
        elif (held := self.frame_at(press.pos)) is not None:
            self._begin(handles.take_hold(self, press, *held))
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
            if self._may_hold_a_number(port[0], port[2]):
                self.inline_wanted.emit(port[0], port[2])
        elif node is not None and (inline := self.faces[node].inline_at(pos)):
            self.inline_wanted.emit(node, inline)
        elif node is not None:
            self.session.select([node])
            self.value_wanted.emit(node)
        elif self.wire_at(pos) is not None:
            return
        elif (held := self.frame_at(pos)) is not None:  # two fast clicks on the stepper are two steps
            self._begin(handles.take_hold(self, Pointer(pos, event.modifiers()), *held))
        else:
            self.search_wanted.emit(pos)

    def _may_hold_a_number(self, id: str, port: str) -> bool:
        """A port that takes wires only takes no number; one that a file brought there can go."""
        node = self.session.graph.nodes[id]
        ports = op.ports if (op := OPS.get(node.op)) is not None else ()
        return node.params.get(port) is not None or not any(each.name == port and each.wired for each in ports)

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
        rects = self.rects_of(old.lifted)
        if old.hidden in self.wires:
            rects.append(self.wires[old.hidden].rect())
        self.repaint.emit(rects)
        self.preview_changed.emit()

    # The ghost of a node or a frame dragged in from the palette -----------------------------------------------------

    def show_ghost(self, name: str, center: QPointF) -> None:
        """Show the node or the frame that a drop here would make, what it would join, and why it may not."""
        position, preview = self.drop_position(name, center), self.preview
        under = self.frame_under(self.middle(name, position))
        into = frozenset() if under is None else frozenset({under})
        if (preview.ghost is None and preview.fence is None) or preview.into != into:
            preview.into, preview.reason = into, self._refusal(name, position, under)
        if name in KINDS:
            preview.fence = FrameFace("", name, "" if name == COMMENT else name, QRectF(position, _size(name)), 0)
        else:
            preview.ghost = replace(_ghost(name), position=position)
        preview.cursor = center
        self.preview_changed.emit()

    def hide_ghost(self) -> None:
        if self.preview.ghost is not None or self.preview.fence is not None:
            self.preview = Preview()
            self.preview_changed.emit()

    def _refusal(self, name: str, position: QPointF, under: str | None) -> str:
        verb = commands.add_frame if name in KINDS else commands.add_node
        try:
            verb(self.session.graph, name, (position.x(), position.y()), inside=under)
        except Refused as refusal:
            return spoken(refusal.sentence)
        return ""

    def hold_wire(self, end: QPointF, node: str, side: str, port: str) -> None:
        """Keep a wire in the air from a port to `end`, until `clear_preview`."""
        start = self.port_point(node, side, port)
        self.preview = Preview(draft=Draft(start, end, forward=side == "out"), wiring=True)
        self.preview_changed.emit()

    # Where something new comes to stand -----------------------------------------------------------------------------

    def wired_position(self, op: str, end: QPointF, side: str) -> QPointF:
        """The snapped position of a new node that takes the end of a wire: at its first input, or at its output."""
        place = _ghost(op).layout
        port = place.inputs[0][0] if side == "out" and place.inputs else None
        return gestures.snapped(place_for_wire(end, place, port), free=False)

    def free_position(self, name: str, center: QPointF) -> QPointF:
        """Like `drop_position`, moved on until it covers no node."""
        room = QRectF(QPointF(), _size(name)) if name in KINDS else _ghost(name).layout.bounds()
        position = self.drop_position(name, center)
        taken = [shown.rect() for shown in self.faces.values()]
        while any(room.translated(position).intersects(rect) for rect in taken):
            position += QPointF(2 * GRID, 3 * GRID)
        return position

    def drop_position(self, name: str, center: QPointF) -> QPointF:
        """The snapped position of a new node whose header is at `center`, or of a frame around it."""
        if name in KINDS:
            return gestures.snapped(center - QRectF(QPointF(), _size(name)).center(), free=False)
        inputs = len(OPS[name].ports) if name in OPS else 1
        return gestures.snapped(center - QPointF(NODE_WIDTH / 2, 40.0 + 8 * inputs), free=False)

    def middle(self, name: str, position: QPointF) -> QPointF:
        """The middle of a new node or frame: it stands in the frame that this lies in."""
        room = QRectF(QPointF(), _size(name)) if name in KINDS else _ghost(name).layout.body()
        return room.translated(position).center()


def _size(kind: str) -> QSizeF:
    """Of a new frame."""
    return QSizeF(*(LOOP_SIZE if kind == WHILE else SIZE))


def _ghost(op: str) -> Face:
    """The face of a node that is not in the document yet."""
    return face(Graph([Node("ghost", op)]), "ghost", None, None)
