"""What is where on the canvas: faces, wires and frames by id, with thin items of Qt's scene to find them by."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsScene

from engine.document.records import EdgeKey
from gui.canvas.faces import Face, Wire
from gui.canvas.frames import FrameFace, control_scale
from gui.canvas.items import FrameItem, NodeItem, WireItem

EXTENT = 100_000.0
BOUNDS = Qt.ItemSelectionMode.IntersectsItemBoundingRect
TOPMOST_FIRST = Qt.SortOrder.DescendingOrder


class Places(QGraphicsScene):
    """Holds what is shown. `zoom` is the view's: what is near is measured on the screen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(-EXTENT, -EXTENT, 2 * EXTENT, 2 * EXTENT, parent)
        self.faces: dict[str, Face] = {}
        self.wires: dict[EdgeKey, Wire] = {}
        self.frames: dict[str, FrameFace] = {}
        self.zoom = 1.0
        self._nodes: dict[str, NodeItem] = {}
        self._edges: dict[EdgeKey, WireItem] = {}
        self._fences: dict[str, FrameItem] = {}

    # Putting and taking; each returns the rectangles that must be painted anew -------------------------------------

    def put_node(self, face: Face) -> list[QRectF]:
        old = self.faces.get(face.id)
        self.faces[face.id] = face
        if face.id in self._nodes:
            self._nodes[face.id].follow(face)
        else:
            self._nodes[face.id] = NodeItem(face)
            self.addItem(self._nodes[face.id])
        return [face.rect()] if old is None else [old.rect(), face.rect()]

    def put_wire(self, wire: Wire) -> list[QRectF]:
        old = self.wires.get(wire.key)
        self.wires[wire.key] = wire
        if wire.key in self._edges:
            self._edges[wire.key].follow(wire)
        else:
            self._edges[wire.key] = WireItem(wire)
            self.addItem(self._edges[wire.key])
        return [wire.rect()] if old is None else [old.rect(), wire.rect()]

    def put_frame(self, face: FrameFace) -> list[QRectF]:
        """Nothing has to be painted anew where the frame looks as before."""
        old = self.frames.get(face.id)
        if old == face:
            return []
        self.frames[face.id] = face
        if face.id in self._fences:
            self._fences[face.id].follow(face)
        else:
            self._fences[face.id] = FrameItem(face)
            self.addItem(self._fences[face.id])
        return [face.bounds()] if old is None else [old.bounds(), face.bounds()]

    def drop_node(self, id: str) -> list[QRectF]:
        self.removeItem(self._nodes.pop(id))
        return [self.faces.pop(id).rect()]

    def drop_wire(self, key: EdgeKey) -> list[QRectF]:
        if key not in self.wires:
            return []
        self.removeItem(self._edges.pop(key))
        return [self.wires.pop(key).rect()]

    def drop_frame(self, id: str) -> list[QRectF]:
        self.removeItem(self._fences.pop(id))
        return [self.frames.pop(id).bounds()]

    def drop_all(self) -> None:
        """Item by item: clearing a scene leaves dead wrappers behind."""
        for key in list(self.wires):
            self.drop_wire(key)
        for id in list(self.faces):
            self.drop_node(id)
        for id in list(self.frames):
            self.drop_frame(id)

    # Finding -------------------------------------------------------------------------------------------------------

    def rect_of(self, ids: Iterable[str] | None = None) -> QRectF:
        """The rectangle around these nodes and frames, or all; empty if there are none."""
        rect = QRectF()
        for id in (*self.frames, *self.faces) if ids is None else ids:
            if id in self.faces:
                rect = rect.united(self.faces[id].rect())
            elif id in self.frames:
                rect = rect.united(self.frames[id].bounds())
        return rect

    def node_at(self, pos: QPointF) -> str | None:
        """The topmost node whose body (or inline number) is under a point."""
        for item in self.items(pos, BOUNDS, TOPMOST_FIRST):
            if isinstance(item, NodeItem):
                shown = self.faces[item.id]
                if shown.body().contains(pos) or shown.inline_at(pos):
                    return item.id
        return None

    def nodes_in(self, band: QRectF) -> list[str]:
        """The nodes that a rubber band touches."""
        found = self.items(band, BOUNDS)
        return [item.id for item in found if isinstance(item, NodeItem) and self.faces[item.id].body().intersects(band)]

    def frames_in(self, band: QRectF) -> list[str]:
        """The frames that a rubber band holds whole."""
        found = self.items(band, BOUNDS)
        return [item.id for item in found if isinstance(item, FrameItem) and band.contains(self.frames[item.id].rect)]

    def frame_at(self, pos: QPointF) -> tuple[str, str] | None:
        """The topmost frame of which something can be taken hold of at a point, and what; its inside is no part."""
        scale = control_scale(self.zoom)
        for item in self.items(pos, BOUNDS, TOPMOST_FIRST):
            if isinstance(item, FrameItem) and (part := self.frames[item.id].part_at(pos, scale)):
                return item.id, part
        return None

    def frame_under(self, pos: QPointF, without: Collection[str] = ()) -> str | None:
        """The innermost frame that a point stands in, `without` those that are being dragged."""
        for item in self.items(pos, BOUNDS, TOPMOST_FIRST):
            if isinstance(item, FrameItem) and item.id not in without and self.frames[item.id].rect.contains(pos):
                return item.id
        return None

    def wire_at(self, pos: QPointF) -> EdgeKey | None:
        for item in self.items(pos):
            if isinstance(item, WireItem):
                return item.key
        return None

    def port_at(self, pos: QPointF) -> tuple[str, str, str] | None:
        """(node, "in" | "out", port) under a point."""
        for item in self.items(pos, BOUNDS, TOPMOST_FIRST):
            if isinstance(item, NodeItem) and (found := self.faces[item.id].port_at(pos)):
                return item.id, *found
        return None

    def nearest_port(self, pos: QPointF, side: str, other_than: str) -> tuple[str, str, str] | None:
        """The port of one side nearest to a point, within a generous reach, so that wires snap."""
        reach = 22.0 / min(1.0, self.zoom)
        best: tuple[float, tuple[str, str, str]] | None = None
        area = QRectF(pos.x() - reach, pos.y() - reach, 2 * reach, 2 * reach)
        for item in self.items(area, BOUNDS):
            if not isinstance(item, NodeItem) or item.id == other_than:
                continue
            place = self.faces[item.id].layout
            ports = [port for port, _ in place.inputs] if side == "in" else [""] * (place.output is not None)
            for port in ports:
                away = (self.port_point(item.id, side, port) - pos).manhattanLength()
                if away <= reach and (best is None or away < best[0]):
                    best = away, (item.id, side, port)
        if best is None and side == "in" and (body := self.node_at(pos)) and body != other_than:
            free = self.faces[body].open_ports  # dropped on a body: its first open input, if there is just that
            ports = [port for port, _ in self.faces[body].layout.inputs if port in free]
            if ports:
                return body, "in", ports[0]
        return best[1] if best else None

    def port_point(self, node: str, side: str, port: str) -> QPointF:
        shown = self.faces[node]
        return shown.output_point() if side == "out" else shown.input_point(port)
