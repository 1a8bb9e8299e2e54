"""What is being dragged: nodes, and frames with all that stands in them, into other frames and out of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF

from engine.document import commands
from engine.document.commands import Refused
from engine.document.loops import chain
from gui.canvas.shown import Shown
from gui.spoken import spoken


class Cargo:
    """A node joins the frame that its middle is put on, and leaves the one that it is taken out of, as the fences stood
    when the drag began; a frame likewise."""

    def __init__(self, scene: Shown, nodes: Iterable[str], frames: Iterable[str]) -> None:
        graph = scene.session.graph
        self._scene = scene
        chosen = frozenset(frames)
        self._whole = [id for id in chosen if not _around(scene, id) & chosen]  # a frame takes along what is in it
        inside = [scene.within(id) for id in self._whole]
        self._moved = frozenset(nodes).union(*(nodes for nodes, _ in inside))
        self._fences = frozenset().union(*(frames for _, frames in inside))
        self._own = [id for id in self._moved if graph.nodes[id].frame not in self._fences]
        fences = [face for face in scene.frames.values() if face.id not in self._fences]
        self._targets = [(face.id, face.rect) for face in sorted(fences, key=lambda face: -face.depth)]
        self._into: dict[str, str | None] = {}

    def show(self, offset: QPointF, cursor: QPointF) -> None:
        """Show it moved, the frames that it would join, and why it may not."""
        preview = self._scene.preview
        preview.moved, preview.frames, preview.offset, preview.cursor = self._moved, self._fences, offset, cursor
        into = self._joining(offset)
        if into != self._into:
            self._into = into
            preview.into = frozenset(id for id in into.values() if id is not None)
            preview.reason = self._refusal(offset)
        self._scene.preview_changed.emit()

    def drop(self) -> None:
        """Move it there, as one step; what is refused stays where it was."""
        offset = self._scene.preview.offset
        if not offset.isNull():
            self._scene.session.do(commands.move, self._places(offset), into=self._into)

    def _places(self, offset: QPointF) -> dict[str, tuple[float, float]]:
        graph = self._scene.session.graph
        corners = {id: graph.nodes[id].position for id in self._own}
        corners |= {id: graph.frames[id].rect[:2] for id in self._whole}
        return {id: (x + offset.x(), y + offset.y()) for id, (x, y) in corners.items()}

    def _refusal(self, offset: QPointF) -> str:
        if not self._into:
            return ""
        try:
            commands.move(self._scene.session.graph, self._places(offset), into=self._into)
        except Refused as refusal:
            return spoken(refusal.sentence)
        return ""

    def _joining(self, offset: QPointF) -> dict[str, str | None]:
        """Whatever would stand in another frame than it does, and in which."""
        graph, scene = self._scene.session.graph, self._scene
        if not self._targets:
            return {}
        middles = [(id, graph.nodes[id].frame, scene.faces[id].body()) for id in self._own]
        middles += [(id, graph.frames[id].frame, scene.frames[id].rect) for id in self._whole]
        found = ((id, frame, self._under(rect.center() + offset)) for id, frame, rect in middles)
        return {id: under for id, frame, under in found if under != frame}

    def _under(self, middle: QPointF) -> str | None:
        return next((id for id, rect in self._targets if rect.contains(middle)), None)


def _around(scene: Shown, frame: str) -> frozenset[str]:
    frames = scene.session.graph.frames
    return frozenset(each.id for each in chain(frames[frame].frame, frames))
