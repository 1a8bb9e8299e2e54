"""The view: the only thing that paints.

A static layer (one pixmap of the viewport) holds the grid, wires and nodes; panning scrolls it and paints the new
strips, a changed node repaints its rectangle. Dragged nodes, the wire being drawn, packets and the legend are painted
over it, so a frame of an animation costs the same in a graph of ten nodes and of ten thousand.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from engine.document.records import Json
from gui.canvas.layer import StaticLayer
from gui.canvas.legend import height_of, paint_legend
from gui.canvas.overlay import paint_overlay
from gui.canvas.scene import Scene
from gui.session import Session
from gui.theme import Theme, icon_pixmap

ZOOM_RANGE = (0.05, 4.0)
CURSORS = {  # over the parts of a frame
    "turn": Qt.CursorShape.SizeHorCursor,
    "back": Qt.CursorShape.PointingHandCursor,
    "on": Qt.CursorShape.PointingHandCursor,
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor,
    "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor,
    "bottom left": Qt.CursorShape.SizeBDiagCursor,
}


class CanvasView(QGraphicsView):
    """The canvas. Wheel zooms at the cursor; middle button or Space with the left button pans; so does a touchpad."""

    zoom_changed = Signal(float)
    menu_wanted = Signal(QPoint)  # a right-click, in viewport coordinates
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
        self._layer = StaticLayer(self._scene)
        self._lifted: frozenset[str] = frozenset()  # the nodes and frames that were taken off the layer
        self._fitted: tuple[QPointF, float, QRectF] | None = None  # middle, zoom and what was fitted
        self._pan_from: QPoint | None = None
        self._pan_button = Qt.MouseButton.NoButton
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
        self._fit(self._scene.rect_of())

    def fit_selection(self) -> None:
        """Show the selected nodes and frames, or all if none are."""
        chosen = [*self.session.selected_nodes, *self.session.selected_frames]
        self._fit(self._scene.rect_of(chosen or None))

    def _fit(self, rect: QRectF) -> None:
        if rect.isEmpty():
            self._fitted = None
            self.set_zoom(1.0)
            self.centerOn(0, 0)
            return
        size, margin = self.viewport().size(), 24.0
        foot = height_of(size)  # also before there is a legend: it is not to cover anything when it comes
        zoom = min((size.width() - 2 * margin) / rect.width(), (size.height() - 2 * margin - foot) / rect.height(), 1.0)
        self.set_zoom(max(zoom, ZOOM_RANGE[0]))
        covered = (size.height() + rect.height() * self.zoom) / 2 - (size.height() - foot)
        up = max(0.0, covered) / self.zoom if self._scene.shows_gradients else 0.0
        self.centerOn(rect.center() + QPointF(0, up))
        self._invalidate(None)
        self._fitted = self._to_scene(QPointF(self.viewport().rect().center())), self.zoom, rect

    def reveal(self, node: str) -> None:
        """Pan so that a node can be seen, if it cannot."""
        rect = self._scene.faces[node].rect()
        if not self._to_scene_rect().contains(rect):
            self.centerOn(rect.center())

    def _to_scene_rect(self) -> QRectF:
        inverse, _ = self.viewportTransform().inverted()
        return inverse.mapRect(QRectF(self.viewport().rect()))

    def look_at(self, viewpoint: Mapping[str, Json]) -> bool:
        """Show what a file's `view` says; false if nothing of the graph would be seen."""
        center, zoom = viewpoint.get("center"), viewpoint.get("zoom")
        if not isinstance(center, Sequence) or not isinstance(zoom, int | float):
            return False
        x, y = (float(value) for value in center if isinstance(value, int | float))
        self.set_zoom(float(zoom))
        self.centerOn(x, y)
        return self._to_scene_rect().intersects(self._scene.rect_of())

    def viewpoint(self) -> dict[str, Json]:
        """The middle and the zoom, as files keep them."""
        middle = self._to_scene(QPointF(self.viewport().rect().center()))
        return {"center": [round(middle.x(), 1), round(middle.y(), 1)], "zoom": round(self.zoom, 4)}

    # Invalidation ------------------------------------------------------------------------------------------------

    def _invalidate(self, rects: list[QRectF] | None) -> None:
        self._layer.spoil(rects, self.viewportTransform())
        self.viewport().update()

    def _to_viewport(self, rect: QRectF) -> QRect:
        return self.viewportTransform().mapRect(rect).toAlignedRect()

    def _overlay_changed(self) -> None:
        """Take nodes and frames off the layer when they begin to be dragged; all else is painted over it anyway."""
        scene = self._scene
        if scene.preview.lifted != self._lifted:
            self._lifted = scene.preview.lifted
            self._invalidate(scene.rects_of(self._lifted))
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._layer.scroll(dx, dy)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing what is in the middle; what was fitted and not moved since is fitted again."""
        before = event.oldSize()
        middle = self._to_scene(QPointF(QRect(QPoint(0, 0), before).center())) if before.isValid() else QPointF(0, 0)
        super().resizeEvent(event)
        if self._fitted is not None:
            center, zoom, rect = self._fitted
            still = zoom == self.zoom and (middle - center).manhattanLength() * zoom < 3
            if still or not before.isValid():
                self._fit(rect)
                return
        self.centerOn(middle)

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            layer = self._layer.refreshed(self.viewport().size(), self.devicePixelRatioF(), self.viewportTransform())
            painter.drawPixmap(0, 0, layer)
            painter.setTransform(self.viewportTransform())
            paint_overlay(painter, self._scene, self.zoom)
            painter.resetTransform()
            if self._scene.shows_gradients:
                paint_legend(painter, self.viewport().size(), self._scene.look)
        except Exception:  # raised again it would come back at each repaint; it is reported, and a glyph is drawn
            self.paint_errors += 1
            sys.excepthook(*sys.exc_info())
            painter.resetTransform()
            theme = self._scene.look.theme
            painter.drawPixmap(QPointF(16, 16), icon_pixmap("error", theme.error, 32, self.devicePixelRatioF()))
        finally:
            painter.end()

    # Mouse and keys that the scene has no part in ------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels, angle = event.pixelDelta(), event.angleDelta()
        touch = not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase
        if touch and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._scroll_by(-pixels.x(), -pixels.y())
        elif delta := (pixels.y() / 40 if touch else angle.y() / 120):
            self.zoom_by(math.exp(0.16 * delta), event.position())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self._scene.busy:
            self.menu_wanted.emit(event.pos())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self._space):
            self._pan_from, self._pan_button = event.position().toPoint(), event.button()
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
        node = None if port else self._scene.node_at(pos)
        wire = None if port or node else self._scene.wire_at(pos)
        held = None if port or node or wire else self._scene.frame_at(pos)
        shape = Qt.CursorShape.CrossCursor if port else CURSORS.get(held[1] if held else "", Qt.CursorShape.ArrowCursor)
        self.viewport().setCursor(shape)
        hover = (port, node, wire)
        if hover != self._scene.hover:
            self._scene.hover = hover
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() == self._pan_button:
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

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space, self._pan_from = False, None  # whoever gets the focus also gets the release of the key
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        super().focusOutEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self._scene.hover != (None, None, None):
            self._scene.hover = (None, None, None)
            self.viewport().update()
        super().leaveEvent(event)

    def cursor_scene(self) -> QPointF:
        """The scene point under the mouse, or the middle if the mouse is elsewhere."""
        inside = self.viewport().rect().contains(self.cursor_pos) and not self.cursor_pos.isNull()
        return self.mapToScene(self.cursor_pos if inside else self.viewport().rect().center())

    def face_on_screen(self, node: str) -> QRect:
        """The body of a node in viewport coordinates."""
        return self._to_viewport(self._scene.faces[node].body())
