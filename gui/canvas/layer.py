"""The static layer: a pixmap of the viewport with the ground, the wires and the nodes.

It is kept as long as it is true. Panning scrolls it and paints the strips that came into view; an edit or a new value
paints the rectangles that changed; a zoom paints all of it.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPixmap, QRegion, QTransform

from gui.canvas import geometry
from gui.canvas.faces import Wire
from gui.canvas.items import NodeItem, WireItem
from gui.canvas.look import FAR, detail, dot_tile, opaque
from gui.canvas.nodes import far_color, paint_face
from gui.canvas.scene import Scene
from gui.canvas.wires import paint_wire

MANY = 200  # rectangles: from here on it is cheaper to paint everything
REACH = (280.0, 240.0)  # how far what hangs out of a node's body (an error's text) may reach


class StaticLayer:
    """What the view shows beneath everything that moves."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._pixmap = QPixmap()
        self._dirty: QRegion | None = None  # in viewport coordinates; None: all of it

    def spoil(self, rects: list[QRectF] | None, transform: QTransform) -> None:
        """These scene rectangles no longer look like that; None: nothing does."""
        if rects is None or len(rects) > MANY:
            self._dirty = None
        elif self._dirty is not None:
            for rect in rects:
                self._dirty = self._dirty.united(transform.mapRect(rect).toAlignedRect().adjusted(-2, -2, 2, 2))

    def scroll(self, dx: int, dy: int) -> None:
        """The viewport's contents moved by whole px."""
        if self._dirty is None or self._pixmap.isNull():
            return
        ratio = self._pixmap.devicePixelRatio()
        whole = QRegion(QRect(QPoint(0, 0), self._pixmap.deviceIndependentSize().toSize()))
        seen = whole.intersected(whole.translated(dx, dy))
        if seen.isEmpty() or not (float(dx * ratio).is_integer() and float(dy * ratio).is_integer()):
            self._dirty = None
            return
        self._pixmap.scroll(round(dx * ratio), round(dy * ratio), self._pixmap.rect())
        self._dirty = self._dirty.translated(dx, dy).united(whole.subtracted(seen))

    def refreshed(self, size: QSize, ratio: float, transform: QTransform) -> QPixmap:
        """The layer for a viewport of `size` px at the device pixel ratio, with what was spoilt painted anew."""
        wanted = QSize(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        if self._pixmap.size() != wanted:
            self._pixmap = QPixmap(wanted)
            self._pixmap.setDevicePixelRatio(ratio)
            self._dirty = None
        whole = QRegion(QRect(QPoint(0, 0), size))
        region = whole if self._dirty is None else self._dirty.intersected(whole)
        self._dirty = QRegion()
        if region.isEmpty():
            return self._pixmap
        painter = QPainter(self._pixmap)
        try:
            painter.setClipRegion(region)
            self._paint_ground(painter, region.boundingRect(), transform, ratio)
            painter.setTransform(transform)
            inverse, _ = transform.inverted()
            self._paint_graph(painter, inverse.mapRect(QRectF(region.boundingRect())), transform.m11())
        finally:
            painter.end()
        return self._pixmap

    def _paint_ground(self, painter: QPainter, rect: QRect, transform: QTransform, ratio: float) -> None:
        theme = self._scene.look.theme
        painter.fillRect(rect, theme.color("canvas"))
        step = geometry.GRID * transform.m11()
        while step < 16:
            step *= 2
        tile = dot_tile(theme.dot, ratio)
        scale = step / tile.width()
        dots = QBrush(tile)
        dots.setTransform(QTransform.fromTranslate(transform.dx(), transform.dy()).scale(scale, scale))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(rect, dots)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)  # a heat map shows its elements

    def _paint_graph(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        """Paint the wires and nodes in `area` (scene coordinates), except those being dragged."""
        scene, look, level = self._scene, self._scene.look, detail(zoom)
        selection, preview = scene.session.selection, scene.preview
        near = area if level == FAR else area.adjusted(-REACH[0], -REACH[1], *REACH)
        nodes: list[str] = []
        for item in scene.items(near, Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.AscendingOrder):
            if isinstance(item, NodeItem):
                if item.id not in preview.moved and scene.faces[item.id].rect().intersects(area):
                    nodes.append(item.id)
            elif isinstance(item, WireItem):
                wire = scene.wires[item.key]
                if item.key != preview.hidden and not self._rides(wire) and wire.rect().intersects(area):
                    paint_wire(painter, wire, look, level, item.key in selection)
        if level == FAR:
            self._paint_far(painter, nodes)
            return
        for id in nodes:
            paint_face(painter, scene.faces[id], look, level, id in selection)

    def _paint_far(self, painter: QPainter, nodes: list[str]) -> None:
        """Far away, all nodes of one colour are one call."""
        scene, selection = self._scene, self._scene.session.selection
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        kinds: dict[int, list[QRectF]] = {}
        for id in nodes:
            shown = scene.faces[id]
            kinds.setdefault(far_color(shown, scene.look, id in selection).rgba(), []).append(shown.body())
        for rgba, bodies in kinds.items():
            painter.setBrush(opaque(rgba))
            painter.drawRects(bodies)

    def _rides(self, wire: Wire) -> bool:
        moved = self._scene.preview.moved
        return bool(moved) and (wire.source in moved or wire.key[0] in moved)

