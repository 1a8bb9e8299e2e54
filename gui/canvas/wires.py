"""Paint wires: solid with history, dashed without, in the colour of the gradient that came back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas import geometry
from gui.canvas.faces import Wire
from gui.canvas.look import FULL, Look, icon_ratio, round_pen
from gui.theme import icon_pixmap


def wire_color(wire: Wire, look: Look, selected: bool = False) -> QColor:
    """The colour of the gradient once one has come back along it; before, that of its history."""
    theme = look.theme
    if selected:
        return theme.color("focus")
    if wire.gradient is not None:
        return look.grads.edge_color(wire.gradient, theme)
    if not wire.known:
        return theme.color("border")
    return theme.color("edge" if wire.tracked else "edge_untracked")


def wire_pen(wire: Wire, look: Look, selected: bool = False) -> QPen:
    """Solid if the value has history, dashed if not, faint while there is none; as wide as the gradient is large."""
    tracked = wire.tracked or wire.gradient is not None
    width = look.grads.width(wire.gradient) if wire.gradient is not None else 2.0 if tracked else 1.5
    pen = QPen(wire_color(wire, look, selected), max(3.0, width) if selected else width)
    if not tracked and wire.known:
        pen.setDashPattern([5, 4])
    return pen


def paint_wire(painter: QPainter, wire: Wire, look: Look, level: str, selected: bool = False) -> None:
    """Paint one wire in scene coordinates."""
    pen = wire_pen(wire, look, selected)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = geometry.wire_path(wire.start, wire.end)
    if level != FULL:
        pen = QPen(pen.color(), 1)
        pen.setCosmetic(True)
    elif wire.gradient is not None:
        halo = QColor(pen.color())
        halo.setAlphaF(0.22)
        painter.setPen(round_pen(halo, pen.widthF() + 5))
        painter.drawPath(path)
    painter.setPen(pen)
    painter.drawPath(path)
    if wire.blocked and level == FULL:
        middle = path.pointAtPercent(0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.theme.color("canvas"))
        painter.drawEllipse(middle, 9, 9)
        painter.drawPixmap(middle - QPointF(7, 7), icon_pixmap("scissors", look.theme.muted, 14, icon_ratio(painter)))
