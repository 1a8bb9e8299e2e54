"""The static layer: a pixmap of the viewport with the ground, the frames, the wires and the nodes.

It is kept as long as it is true. Panning scrolls it and paints the strips that came into view; an edit or a new value
paints the rectangles that changed; a zoom paints all of it.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QRegion, QTransform

from gui.canvas import geometry
from gui.canvas.faces import Face, Wire
from gui.canvas.fences import paint_blocks, paint_frame, paint_sentence
from gui.canvas.frames import FrameFace
from gui.canvas.items import FrameItem, NodeItem, WireItem
from gui.canvas.look import FAR, FULL, detail, dot_tile
from gui.canvas.nodes import far_color, paint_error, paint_face
from gui.canvas.scene import Scene
from gui.canvas.trays import far_lid
from gui.canvas.wires import far_mark, far_pen, far_style, paint_wire

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
        if self._pixmap.size() != wanted or self._pixmap.devicePixelRatio() != ratio:
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
        scene, look = self._scene, self._scene.look
        level = detail(zoom, len(scene.faces))
        if level == FAR:
            self._paint_far(painter, area)
            return
        selection = scene.session.selection
        near = area.adjusted(-REACH[0], -REACH[1], *REACH)
        frames, nodes, wires = self._found(near)
        for fence in frames:
            if fence.bounds().intersects(area):
                paint_frame(painter, fence, look, level, fence.id in selection)
        for wire in wires:
            if wire.rect().intersects(area):
                paint_wire(painter, wire, look, level, wire.key in selection)
        for face in nodes:
            if face.rect().intersects(area):
                paint_face(painter, face, look, level, face.id in selection)
        if level == FULL:
            for fence in frames:
                paint_sentence(painter, fence, look)
            for face in nodes:
                paint_error(painter, face, look)

    def _paint_far(self, painter: QPainter, area: QRectF) -> None:
        """Far away, all wires of one colour are one call, and so are all nodes of one colour."""
        look, selection = self._scene.look, self._scene.session.selection
        frames, nodes, wires = self._found(area)
        lines: dict[tuple[int, bool], list[QLineF]] = {}
        for wire in wires:
            style = far_style(wire, look, wire.key in selection)
            lines.setdefault(style, []).append(QLineF(wire.start, wire.end))
        bodies: dict[int, list[QRectF]] = {}
        for face in nodes:
            bodies.setdefault(far_color(face, look, face.id in selection).rgba(), []).append(face.body())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        paint_blocks(painter, frames, look, selection)
        for style, of_style in lines.items():
            painter.setPen(far_pen(style))
            painter.drawLines(of_style)
        painter.setPen(Qt.PenStyle.NoPen)
        for rgba, rects in bodies.items():
            painter.setBrush(QColor.fromRgba(rgba))
            painter.drawRects(rects)
        zoom = painter.worldTransform().m11()
        painter.setBrush(look.theme.color("text2"))
        painter.drawRects([far_lid(face, zoom) for face in nodes if face.closed])
        painter.setPen(QPen(look.theme.color("text"), 2 / zoom))
        painter.drawLines([line for wire in wires if wire.stop for line in far_mark(wire, zoom)])

    def _found(self, area: QRectF) -> tuple[list[FrameFace], list[Face], list[Wire]]:
        """What is in `area`, from the lowest to the topmost, without what is being dragged or has been lifted."""
        scene, hidden = self._scene, self._scene.preview.hidden
        lifted = scene.preview.lifted
        frames, nodes, wires = [], [], []
        for item in scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.AscendingOrder):
            if isinstance(item, NodeItem):
                if item.id not in lifted:
                    nodes.append(scene.faces[item.id])
            elif isinstance(item, WireItem):
                wire = scene.wires[item.key]
                if item.key != hidden and not self._rides(wire):
                    wires.append(wire)
            elif isinstance(item, FrameItem) and item.id not in lifted:
                frames.append(scene.frames[item.id])
        return frames, nodes, wires

    def _rides(self, wire: Wire) -> bool:
        moved = self._scene.preview.moved
        return bool(moved) and (wire.source in moved or wire.key[0] in moved)
