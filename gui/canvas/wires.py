"""Paint wires: solid with history, dashed without, in the colour of the gradient that came back."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.canvas import geometry
from gui.canvas.faces import Wire
from gui.canvas.look import FAR, FULL, MIDDLE, Look, icon_ratio, round_pen
from gui.theme import icon_pixmap


def wire_pen(wire: Wire, look: Look, selected: bool = False) -> QPen:
    """Solid if the value has history, dashed if not; in the gradient's colour once one has come back along it."""
    theme = look.theme
    if wire.gradient is not None:
        pen = QPen(look.grads.edge_color(wire.gradient, theme), look.grads.width(wire.gradient))
    elif wire.tracked:
        pen = QPen(theme.color("edge"), 2)
    else:
        pen = QPen(theme.color("edge_untracked"), 1.5)
        pen.setDashPattern([5, 4])
    if selected:
        pen.setColor(theme.color("focus"))
        pen.setWidthF(max(3.0, pen.widthF()))
    return pen


def paint_wire(painter: QPainter, wire: Wire, look: Look, level: str, selected: bool = False) -> None:
    """Paint one wire in scene coordinates."""
    pen = wire_pen(wire, look, selected)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if level == FAR:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(pen.color(), 0))
        painter.drawLine(wire.start, wire.end)
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = geometry.wire_path(wire.start, wire.end)
    if level == MIDDLE:
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
