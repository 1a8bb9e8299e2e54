"""The mouse over time: each gesture is a generator.

    press ─> the scene starts a gesture ─> it yields for each move ─> release ends it with a verb

Reading order is time order, and what a gesture has shown is taken away in its `finally`, so Escape (which closes the
generator) leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from engine.document import commands
from engine.document.records import Edge, EdgeKey
from engine.run.trial import misfit
from gui.canvas.cargo import Cargo
from gui.canvas.geometry import GRID
from gui.canvas.preview import Draft
from gui.spoken import spoken

if TYPE_CHECKING:
    from gui.canvas.scene import Scene


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is, in scene coordinates, and what is held."""

    pos: QPointF
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    released: bool = False

    @property
    def shift(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)

    @property
    def ctrl(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.modifiers & Qt.KeyboardModifier.AltModifier)


Gesture = Generator[None, Pointer, None]


def snapped(position: QPointF, free: bool) -> QPointF:
    """On the half grid, unless `free` (Alt is held)."""
    if free:
        return position
    step = GRID / 2
    return QPointF(round(position.x() / step) * step, round(position.y() / step) * step)


def move_nodes(scene: Scene, press: Pointer, node: str) -> Gesture:
    """Press on a node: select it, then drag the selection, into frames and out of them. One drag is one undo step; a
    click that did not move may still have changed the selection."""
    session = scene.session
    was_selected = node in session.selection
    select(scene, press, node)
    anchor = QPointF(*session.graph.nodes[node].position)
    cargo = Cargo(scene, session.selected_nodes, session.selected_frames)
    pointer = press
    try:
        while not pointer.released:
            pointer = yield
            away = pointer.pos - press.pos
            if not scene.preview.lifted and away.manhattanLength() * scene.zoom < 4:
                continue
            cargo.show(snapped(anchor + away, pointer.alt) - anchor, pointer.pos)
        if scene.preview.lifted:
            cargo.drop()
        elif was_selected and not press.ctrl and not press.shift:
            session.select([node])
    finally:
        scene.clear_preview()


def select(scene: Scene, press: Pointer, id: str) -> None:
    """What a press on a node or a frame does to the selection: Ctrl toggles, Shift adds, else what is selected stays
    so, to be dragged together."""
    session = scene.session
    if press.ctrl:
        session.select(session.selection ^ {id})
    elif press.shift:
        session.select(session.selection | {id})
    elif id not in session.selection:
        session.select([id])


def rubber_band(scene: Scene, press: Pointer) -> Gesture:
    """Drag on empty canvas: select what the band touches; Shift adds, Ctrl toggles. A click clears the selection."""
    session = scene.session
    before = session.selection
    pointer = press
    try:
        while not pointer.released:
            pointer = yield
            band = QRectF(press.pos, pointer.pos).normalized()
            scene.preview.band = band
            touched = frozenset((*scene.nodes_in(band), *scene.frames_in(band)))
            if pointer.ctrl:
                session.select(before ^ touched)
            elif pointer.shift:
                session.select(before | touched)
            else:
                session.select(touched)
            scene.preview_changed.emit()
        if scene.preview.band is None and not (press.ctrl or press.shift):
            session.select(())
    except GeneratorExit:
        session.select(before)
        raise
    finally:
        scene.clear_preview()


def select_wire(scene: Scene, press: Pointer, key: EdgeKey) -> Gesture:
    """Click a wire: select it."""
    session = scene.session
    if press.ctrl:
        session.select(session.selection ^ {key})
    elif press.shift:
        session.select(session.selection | {key})
    else:
        session.select([key])
    yield


def draw_wire(scene: Scene, press: Pointer, node: str, side: str, port: str) -> Gesture:
    """Drag from a port to a port. From an occupied input the wire's end comes along and can be put elsewhere."""
    graph = scene.session.graph
    lifted: Edge | None = None
    if side == "in" and (lifted := graph.edges.get((node, port))) is not None:
        scene.preview.hidden = lifted.key
        node, side, port = lifted.source, "out", ""
    start = scene.port_point(node, side, port)
    forward = side == "out"
    draft = Draft(start, press.pos, forward)
    scene.preview.draft = draft
    scene.preview.wiring = True
    scene.preview.fitting = _fitting(scene, node, side, port)
    scene.hidden_changed()
    pointer = press
    target: tuple[str, str, str] | None = None
    try:
        while not pointer.released:
            pointer = yield
            target = scene.nearest_port(pointer.pos, "in" if forward else "out", node)
            draft.end = scene.port_point(*target) if target else pointer.pos
            draft.reason, draft.refused = _verdict(scene, node, port, target, forward)
            scene.preview_changed.emit()
        in_the_open = not _finish_wire(scene, pointer, node, port, target, forward, lifted, press)
    finally:
        scene.clear_preview()
    if in_the_open:
        scene.wire_dropped.emit(pointer.pos, node, side, port)


def _finish_wire(
    scene: Scene,
    pointer: Pointer,
    node: str,
    port: str,
    target: tuple[str, str, str] | None,
    forward: bool,
    lifted: Edge | None,
    press: Pointer,
) -> bool:
    """Do what the release asks for; false if a new wire was dropped where there is nothing."""
    session = scene.session
    moved = (pointer.pos - press.pos).manhattanLength() * scene.zoom >= 6
    if target is not None:
        edge = _edge(node, port, target, forward)
        if lifted is not None and edge.key == lifted.key:
            return True
        if lifted is not None:
            session.do(commands.reconnect, lifted.key, edge.target, edge.port)
        else:
            session.do(commands.connect, edge.source, edge.target, edge.port)
    elif lifted is not None:
        if moved:
            session.do(commands.disconnect, lifted.target, lifted.port)
    else:
        return not moved
    return True


def _edge(node: str, port: str, target: tuple[str, str, str], forward: bool) -> Edge:
    return Edge(node, target[0], target[2]) if forward else Edge(target[0], node, port)


def _verdict(
    scene: Scene, node: str, port: str, target: tuple[str, str, str] | None, forward: bool
) -> tuple[str, bool]:
    """What to say at the cursor: a refusal, or the error that this wire would bring (which may still be drawn)."""
    if target is None:
        return "", False
    edge = _edge(node, port, target, forward)
    refusal = scene.session.graph.refusal(edge)
    if refusal:
        return spoken(refusal), True
    run = scene.session.run
    return (misfit(run, edge) or "") if run is not None else "", False


def _fitting(scene: Scene, node: str, side: str, port: str) -> frozenset[tuple[str, str, str]]:
    """All ports that a wire from this one may end at (ask once, at the press: O(nodes + edges))."""
    graph = scene.session.graph
    if side == "out":
        takes = graph.takers(node)
        return frozenset(
            (id, "in", each) for id, face in scene.faces.items() for each, _ in face.layout.inputs if takes(id, each)
        )
    gives = graph.givers(node, port)
    return frozenset(
        (id, "out", "") for id, face in scene.faces.items() if face.layout.output is not None and gives(id)
    )
