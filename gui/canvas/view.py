"""The view: the only thing that paints.

A static layer (one pixmap of the viewport) holds the grid, wires and nodes; panning scrolls it and paints the new
strips, a changed node repaints its rectangle. Dragged nodes, the wire being drawn, packets and the legend are painted
over it, so a frame of an animation costs the same in a graph of ten nodes and of ten thousand.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from gui.canvas import geometry, painting
from gui.canvas.faces import Wire
from gui.canvas.items import NodeItem, WireItem
from gui.canvas.legend import paint_legend
from gui.canvas.overlay import paint_overlay
from gui.canvas.scene import Scene
from gui.session import Session
from gui.theme import Theme

ZOOM_RANGE = (0.05, 4.0)


class CanvasView(QGraphicsView):
    """The canvas. Wheel zooms at the cursor; middle button or Space with the left button pans; so does a touchpad."""

    zoom_changed = Signal(float)
    space_tapped = Signal()  # pressed and released, with no panning in between

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._scene = Scene(session, self)  # kept: a view does not keep its scene alive
        self.setScene(self._scene)
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Canvas"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)  # we say what to paint
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._layer = QPixmap()
        self._dirty: QRegion | None = None  # None: all of the layer
        self._pan_from: QPoint | None = None
        self._space = self._panned = False
        self.cursor_pos = QPoint()
        self.paint_errors = 0
        self._scene.repaint.connect(self._invalidate)
        self._scene.preview_changed.connect(self._overlay_changed)
        self.set_zoom(1.0)
        self.centerOn(0, 0)

    @property
    def canvas(self) -> Scene:
        return self._scene

    def dispose(self) -> None:
        """Called once, before the view goes."""
        self._scene.dispose()
        self._scene.repaint.disconnect(self._invalidate)
        self._scene.preview_changed.disconnect(self._overlay_changed)

    def set_theme(self, theme: Theme) -> None:
        self._scene.set_theme(theme)

    # Where we look -----------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    def set_zoom(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom so that the viewport point `at` (default: the middle) keeps showing the same place."""
        zoom = min(max(zoom, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        at = QPointF(self.viewport().rect().center()) if at is None else at
        under = self._to_scene(at)
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self._scene.zoom = zoom
        away = self._to_scene(at) - under
        self._scroll_by(-away.x() * zoom, -away.y() * zoom)
        self._invalidate(None)
        self.zoom_changed.emit(zoom)

    def _to_scene(self, at: QPointF) -> QPointF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(at)

    def _scroll_by(self, dx: float, dy: float) -> None:
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() + round(dx))
        vertical.setValue(vertical.value() + round(dy))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        self.set_zoom(self.zoom * factor, at)

    def zoom_in(self) -> None:
        self.zoom_by(1.25)

    def zoom_out(self) -> None:
        self.zoom_by(0.8)

    def fit_all(self) -> None:
        """Show all nodes, at 100 % at most."""
        self._fit(self._scene.nodes_rect())

    def fit_selection(self) -> None:
        """Show the selected nodes, or all if none are."""
        nodes = self.session.selected_nodes
        self._fit(self._scene.nodes_rect(nodes) if nodes else self._scene.nodes_rect())

    def _fit(self, rect: QRectF) -> None:
        if rect.isEmpty():
            self.set_zoom(1.0)
            self.centerOn(0, 0)
            return
        room = self.viewport().size()
        margin = 24
        zoom = min((room.width() - 2 * margin) / rect.width(), (room.height() - 2 * margin - 40) / rect.height(), 1.0)
        self.set_zoom(max(zoom, ZOOM_RANGE[0]))
        self.centerOn(rect.center())
        self._invalidate(None)

    def viewpoint(self) -> dict[str, object]:
        """The middle and the zoom, as files keep them."""
        middle = self._to_scene(QPointF(self.viewport().rect().center()))
        return {"center": [round(middle.x(), 1), round(middle.y(), 1)], "zoom": round(self.zoom, 4)}

    # Invalidation ------------------------------------------------------------------------------------------------

    def _invalidate(self, rects: list[QRectF] | None) -> None:
        if rects is None:
            self._dirty = None
        elif self._dirty is not None:
            if len(rects) > 200:
                self._dirty = None
            else:
                for rect in rects:
                    self._dirty = self._dirty.united(self._to_viewport(rect))
        self.viewport().update()

    def _to_viewport(self, rect: QRectF) -> QRect:
        return self.viewportTransform().mapRect(rect).toAlignedRect().adjusted(-2, -2, 2, 2)

    def _overlay_changed(self) -> None:
        preview = self._scene.preview
        if preview.moved:
            self._lift(preview.moved)
        self.viewport().update()

    def _lift(self, ids: frozenset[str]) -> None:
        """Take dragged nodes off the layer, once, at the start of a drag."""
        if ids != self._lifted:
            self._lifted = ids
            rects = [self._scene.faces[id].rect() for id in ids if id in self._scene.faces]
            for id in ids:
                rects += [wire.rect() for wire in self._scene.wires_at(id)]
            self._invalidate(rects)

    _lifted: frozenset[str] = frozenset()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Scroll the layer and mark the strips that came into view."""
        super().scrollContentsBy(dx, dy)
        if self._dirty is not None and not self._layer.isNull():
            size = self.viewport().size()
            if abs(dx) >= size.width() or abs(dy) >= size.height():
                self._dirty = None
            else:
                ratio = self._layer.devicePixelRatio()
                if float(dx * ratio).is_integer() and float(dy * ratio).is_integer():
                    self._layer.scroll(round(dx * ratio), round(dy * ratio), self._layer.rect())
                    self._dirty.translate(dx, dy)
                    whole = QRegion(self.viewport().rect())
                    self._dirty = self._dirty.united(whole.subtracted(whole.translated(dx, dy)))
                else:
                    self._dirty = None
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing what is in the middle."""
        before = event.oldSize()
        middle = self._to_scene(QRectF(QPointF(0, 0), before).center()) if before.isValid() else QPointF(0, 0)
        super().resizeEvent(event)
        self.centerOn(middle)
        self._dirty = None

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint_layer()
            painter.drawPixmap(0, 0, self._layer)
            painter.setTransform(self.viewportTransform())
            paint_overlay(painter, self._scene, self.zoom)
            painter.resetTransform()
            if self.session.player.count:
                paint_legend(painter, QRect(QPoint(0, 0), self.viewport().size()), self._scene.look)
        except Exception:
            self.paint_errors += 1
            raise
        finally:
            painter.end()

    def _paint_layer(self) -> None:
        size = self.viewport().size()
        ratio = self.devicePixelRatioF()
        wanted = QSize(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        if self._layer.size() != wanted:
            self._layer = QPixmap(wanted)
            self._layer.setDevicePixelRatio(ratio)
            self._dirty = None
        whole = QRegion(QRect(QPoint(0, 0), size))
        region = whole if self._dirty is None else self._dirty.intersected(whole)
        self._dirty = QRegion()
        if region.isEmpty():
            return
        if not self._scene.preview.moved:
            self._lifted = frozenset()
        painter = QPainter(self._layer)
        try:
            painter.setClipRegion(region)
            self._paint_ground(painter, region.boundingRect())
            painter.setTransform(self.viewportTransform())
            inverse, _ = self.viewportTransform().inverted()
            self._paint_graph(painter, inverse.mapRect(QRectF(region.boundingRect())))
        finally:
            painter.end()

    def _paint_ground(self, painter: QPainter, rect: QRect) -> None:
        theme = self._scene.look.theme
        painter.fillRect(rect, theme.color("canvas"))
        step = geometry.GRID * self.zoom
        while step < 16:
            step *= 2
        origin = self.viewportTransform().map(QPointF(0, 0))
        tile = painting.dot_tile(theme.dot, self.devicePixelRatioF())
        dots = QBrush(tile)
        dots.setTransform(QTransform.fromTranslate(origin.x(), origin.y()).scale(step / tile.width(), step / tile.width()))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(rect, dots)

    def _paint_graph(self, painter: QPainter, area: QRectF) -> None:
        """Paint the wires and nodes in `area` (scene coordinates), except those being dragged."""
        scene, look = self._scene, self._scene.look
        level = painting.detail(self.zoom)
        selection, preview = self.session.selection, scene.preview
        nodes: list[str] = []
        for item in scene.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect, Qt.SortOrder.AscendingOrder):
            if isinstance(item, NodeItem):
                if item.id not in preview.moved:
                    nodes.append(item.id)
            elif isinstance(item, WireItem):
                wire = scene.wires[item.key]
                if item.key != preview.hidden and not self._rides(wire):
                    painting.paint_wire(painter, wire, look, level, item.key in selection)
        near = area.adjusted(-260, -200, 260, 200)  # what hangs out of a body may reach in from outside
        if level != painting.FAR:
            known = set(nodes)
            for item in scene.items(near, Qt.ItemSelectionMode.IntersectsItemBoundingRect):
                if isinstance(item, NodeItem) and item.id not in known and item.id not in preview.moved:
                    nodes.append(item.id)
            for id in nodes:
                painting.paint_face(painter, scene.faces[id], look, level, id in selection)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        kinds: dict[int, list[QRectF]] = {}
        for id in nodes:
            shown = scene.faces[id]
            kinds.setdefault(painting.far_color(shown, look, id in selection).rgba(), []).append(shown.body())
        for rgba, rects in kinds.items():
            painter.setBrush(Qt.GlobalColor.transparent)
            painter.setBrush(painting.opaque(rgba))
            painter.drawRects(rects)

    def _rides(self, wire: Wire) -> bool:
        moved = self._scene.preview.moved
        return bool(moved) and (wire.source in moved or wire.key[0] in moved)

    # Mouse and keys that the scene has no part in ------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        touch = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if touch and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._scroll_by(-pixels.x(), -pixels.y())
        elif delta := (pixels.y() / 40 if touch else angle.y() / 120):
            self.zoom_by(math.exp(0.16 * delta), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._pan_from = event.position().toPoint()
            self._panned = True
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.cursor_pos = event.position().toPoint()
        if self._pan_from is not None:
            away = self.cursor_pos - self._pan_from
            self._pan_from = self.cursor_pos
            self._scroll_by(-away.x(), -away.y())
            return
        super().mouseMoveEvent(event)
        if not self._scene.busy and not self._space:
            self._show_cursor(self.mapToScene(self.cursor_pos))

    def _show_cursor(self, pos: QPointF) -> None:
        port = self._scene.port_at(pos)
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if port else Qt.CursorShape.ArrowCursor)
        node = None if port else self._scene.node_at(pos)
        wire = None if port or node else self._scene.wire_at(pos)
        hover = (port, node, wire)
        if hover != self._scene.hover:
            self._scene.hover = hover
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.ArrowCursor)
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            if not event.isAutoRepeat():
                self._space, self._panned = True, False
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self._space and not event.isAutoRepeat():
            self._space = False
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            if not self._panned:
                self.space_tapped.emit()
            return
        super().keyReleaseEvent(event)

    def cursor_scene(self) -> QPointF:
        """The scene point under the mouse, or the middle if the mouse is elsewhere."""
        inside = self.viewport().rect().contains(self.cursor_pos) and not self.cursor_pos.isNull()
        return self.mapToScene(self.cursor_pos if inside else self.viewport().rect().center())

    def face_on_screen(self, node: str) -> QRect:
        """The body of a node in viewport coordinates."""
        return self._to_viewport(self._scene.faces[node].body())


