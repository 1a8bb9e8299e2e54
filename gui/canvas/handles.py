"""What the mouse does with a frame: drag it by its header, resize it by its border, scrub its turns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from engine.document import commands
from engine.document.commands import Refused
from gui.canvas.cargo import Cargo
from gui.canvas.frames import as_record, resized
from gui.canvas.gestures import Gesture, Pointer, select, snapped
from gui.spoken import spoken

if TYPE_CHECKING:
    from gui.canvas.scene import Scene

PX_A_TURN = 6.0  # how far one scrubs for a turn
LONG = 200  # turns: of a longer loop, scrubbing goes through all in as many px


def take_hold(scene: Scene, press: Pointer, id: str, part: str) -> Gesture:
    """The gesture that begins at a part of a frame."""
    if part in ("back", "on"):
        return step_turn(scene, id, -1 if part == "back" else 1)
    if part == "turn":
        return scrub_turn(scene, press, id)
    return drag_frame(scene, press, id) if part == "header" else resize_frame(scene, press, id, part)


def drag_frame(scene: Scene, press: Pointer, id: str) -> Gesture:
    """Drag a frame and all that stands in it, into another frame or out of one. A click selects it."""
    session = scene.session
    was_selected = id in session.selection
    select(scene, press, id)
    corner = scene.frames[id].rect.topLeft()
    cargo = Cargo(scene, session.selected_nodes, session.selected_frames)
    pointer = press
    try:
        while not pointer.released:
            pointer = yield
            away = pointer.pos - press.pos
            if not scene.preview.lifted and away.manhattanLength() * scene.zoom < 4:
                continue
            cargo.show(snapped(corner + away, pointer.alt) - corner, pointer.pos)
        if scene.preview.lifted:
            cargo.drop()
        elif was_selected and not press.ctrl and not press.shift:
            session.select([id])
    finally:
        scene.clear_preview()


def resize_frame(scene: Scene, press: Pointer, id: str, edges: str) -> Gesture:
    """Drag the border of a frame, never to less than its contents. What it comes to hold, joins."""
    session = scene.session
    select(scene, press, id)
    shown, least = scene.frames[id], scene.least_rect(id)
    pointer, joining = press, frozenset[str]()
    try:
        while not pointer.released:
            pointer = yield
            rect = _snapped_rect(resized(shown.rect, edges, pointer.pos - press.pos, least), edges, pointer.alt)
            rect = rect.united(least) if not least.isNull() else rect
            scene.preview.fence, scene.preview.cursor = replace(shown, rect=rect), pointer.pos
            covered = _covered(scene, id, rect)
            if covered != joining:
                joining = covered
                scene.preview.reason = _refusal(scene, id, rect, joining)
            scene.preview_changed.emit()
        fence = scene.preview.fence
        if fence is not None and fence.rect != shown.rect:
            session.do(commands.set_rect, id, as_record(fence.rect), sorted(joining))
    finally:
        scene.clear_preview()


def scrub_turn(scene: Scene, press: Pointer, id: str) -> Gesture:
    """Drag along the stepper: through the turns of a loop."""
    turns = scene.session.turns
    first, count = turns.turn(id), turns.count(id) or 0
    step = PX_A_TURN * min(1.0, LONG / max(1, count))
    pointer = press
    while not pointer.released:
        pointer = yield
        wanted = first + round((pointer.pos.x() - press.pos.x()) * scene.zoom / step)
        if (turn := min(max(0, wanted), count)) != turns.turn(id):
            turns.look(id, turn)


def step_turn(scene: Scene, id: str, by: int) -> Gesture:
    """Click an arrow of the stepper: the turn before, or the next one."""
    scene.session.turns.step(id, by)
    yield


def _snapped_rect(rect: QRectF, edges: str, free: bool) -> QRectF:
    """The edges that are dragged, on the half grid."""
    first, last = snapped(rect.topLeft(), free), snapped(rect.bottomRight(), free)
    left = first.x() if "left" in edges else rect.left()
    top = first.y() if "top" in edges else rect.top()
    right = last.x() if "right" in edges else rect.right()
    bottom = last.y() if "bottom" in edges else rect.bottom()
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _covered(scene: Scene, id: str, rect: QRectF) -> frozenset[str]:
    """What stands beside a frame, in the same frame as it, and would be covered: nodes by their middles, frames
    whole."""
    graph = scene.session.graph
    outer = graph.frames[id].frame
    nodes = (node for node in scene.nodes_in(rect) if rect.contains(scene.faces[node].body().center()))
    frames = (frame for frame in scene.frames_in(rect) if frame != id)
    return frozenset(
        (
            *(node for node in nodes if graph.nodes[node].frame == outer),
            *(frame for frame in frames if graph.frames[frame].frame == outer),
        )
    )


def _refusal(scene: Scene, id: str, rect: QRectF, joining: frozenset[str]) -> str:
    try:
        commands.set_rect(scene.session.graph, id, as_record(rect), sorted(joining))
    except Refused as refusal:
        return spoken(refusal.sentence)
    return ""
