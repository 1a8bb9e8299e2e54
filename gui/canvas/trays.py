"""A leaf's tray at the foot of its node: what a pass adds up in `.grad`. Under a lid where nothing may come in."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gui.canvas import geometry
from gui.canvas.faces import Face
from gui.canvas.look import round_pen
from gui.theme import Theme


def strip_of(face: Face) -> QRectF:
    """The line at the foot of a node."""
    place = face.layout
    return QRectF(geometry.PAD, place.strip_top, place.width - 2 * geometry.PAD, geometry.STRIP)


def paint_tray(painter: QPainter, face: Face, strip: QRectF, theme: Theme) -> None:
    """A leaf's .grad: open at the top, filled once something is in it; under a lid where nothing may come in."""
    room, sign = strip.adjusted(0.5, 4.5, -0.5, -5.5), face.tray_sign
    tray = _bowl(room.width(), room.height()).translated(room.topLeft())
    if sign or face.closed:
        painter.fillPath(tray, theme.color(f"chip_{sign}" if sign else "header"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color(sign, 0.7) if sign else theme.color("edge_untracked"), 1))
    painter.drawPath(tray)
    if face.closed:
        painter.setPen(round_pen(theme.color("text2"), 2.5))
        painter.drawLine(room.topLeft() - QPointF(2, 0), room.topRight() + QPointF(2, 0))
        knob = QPointF(room.center().x(), room.top() - 4)
        painter.drawLine(knob - QPointF(7, 0), knob + QPointF(7, 0))


def paint_far_tray(painter: QPainter, face: Face, theme: Theme) -> None:
    """An outline while a leaf's tray is open, or in the colour of what is in it; a solid block under a lid."""
    room = strip_of(face).adjusted(0, 5, 0, -5)
    tray = _bowl(room.width(), room.height()).translated(room.topLeft())
    pen = QPen(theme.color(face.tray_sign or "edge_untracked"), 1)
    pen.setCosmetic(True)
    painter.setPen(pen)
    filled = theme.color("edge_untracked" if face.closed else face.tray_sign or "node")
    painter.setBrush(filled)
    painter.drawPath(tray)
    if face.closed:
        painter.setPen(round_pen(theme.color("text"), 5))
        painter.drawLine(room.topLeft() - QPointF(3, 2), room.topRight() + QPointF(3, -2))


def far_lid(face: Face, zoom: float) -> QRectF:
    """From very far away a leaf that asks for no gradient has a bar at its foot."""
    room = strip_of(face).translated(face.position)
    room.setHeight(min(room.height(), max(room.height() - 8, 3 / zoom)))
    return room


@lru_cache(maxsize=256)
def _bowl(width: float, height: float) -> QPainterPath:
    """A tray: a rectangle without its top side, round at the bottom."""
    corner, path = 6.0, QPainterPath(QPointF(0, 0))
    path.lineTo(0, height - corner)
    path.quadTo(0, height, corner, height)
    path.lineTo(width - corner, height)
    path.quadTo(width, height, width, height - corner)
    path.lineTo(width, 0)
    return path
