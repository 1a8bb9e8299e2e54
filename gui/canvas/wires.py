"""Paint wires: solid with history, dashed without, in the colour of the gradient that came back.

A wire that goes to be cut bears the mark of what cuts it from the first; one along which a pass sent no gradient bears
the fainter mark of what has ended its history before.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QRadialGradient

from gui.canvas import geometry
from gui.canvas.faces import Wire
from gui.canvas.look import CENTER, FULL, Look, icon_ratio, round_pen
from gui.theme import font, icon_pixmap

CUTS = ("detach", "data")
"""The ops that take the history off what comes in."""
ICONS: Mapping[str, str] = {
    "detach": "scissors", "data": "unseen", "no_grad": "fence", "constant": "closed", "integer": "whole",
}  # fmt: skip
_REASONS: Mapping[str, str] = {
    "detached": "detach", "data": "data", "no_grad": "no_grad", "constant: requires_grad is False": "constant",
    "integer": "integer", "boolean": "integer",
}  # fmt: skip


DASHES = [5, 4]
MARK = 10.0  # the radius of a mark at 100 %
MOST_MARK = 3.5
TAG_AWAY = 30.0  # from the port, the word on a wire out of a loop


def stop(op: str, blocked: str) -> str:
    """The mark on a wire into a node of `op`, along which a pass sent no gradient if `blocked` says why: a key of
    `ICONS`, or nothing."""
    return op if op in CUTS else _REASONS.get(blocked, "")


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


def dashed(wire: Wire) -> bool:
    """Whether the value that it carries has no history."""
    return wire.known and not wire.tracked and wire.gradient is None


def wire_pen(wire: Wire, look: Look, selected: bool = False) -> QPen:
    """Solid if the value has history, dashed if not, faint while there is none; as wide as the gradient is large."""
    width = look.grads.width(wire.gradient) if wire.gradient is not None else 2.0 if wire.tracked else 1.5
    pen = QPen(wire_color(wire, look, selected), max(3.0, width) if selected else width)
    if dashed(wire):
        pen.setDashPattern(DASHES)
    return pen


def paint_wire(painter: QPainter, wire: Wire, look: Look, level: str, selected: bool = False) -> None:
    """Paint one wire in scene coordinates."""
    pen = wire_pen(wire, look, selected)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = geometry.wire_path(wire.start, wire.end, wire.back)
    if level != FULL:
        pen.setWidthF(1)
        pen.setCosmetic(True)
    elif wire.gradient is not None and not wire.later:
        halo = QColor(pen.color())
        halo.setAlphaF(0.22)
        painter.setPen(round_pen(halo, pen.widthF() + 5))
        painter.drawPath(path)
    if wire.later:
        _fade_in(pen, wire)
    painter.setPen(pen)
    painter.drawPath(path)
    if wire.later and level == FULL:
        _tag(painter, path.pointAtPercent(path.percentAtLength(TAG_AWAY)), look)
    if wire.back is not None and level == FULL:
        _arrow(painter, QPointF((wire.start.x() + wire.end.x()) / 2, wire.back.y), wire.end.x() > wire.start.x(), pen)
    if wire.stop:
        _mark(painter, wire, path.pointAtPercent(0.5), look)


def _fade_in(pen: QPen, wire: Wire) -> None:
    """Out of a loop, a wire begins where the loop ends: at its source, which shows another turn, it is faint."""
    along = QRadialGradient(wire.start, 2 * TAG_AWAY)
    faint = QColor(pen.color())
    faint.setAlphaF(0.2)
    along.setColorAt(0.4, faint)
    along.setColorAt(0.6, pen.color())
    pen.setBrush(along)


def _tag(painter: QPainter, middle: QPointF, look: Look) -> None:
    """A small word on a wire: it brings what there is at the end of the loop."""
    theme, text, of = look.theme, QCoreApplication.translate("Canvas", "end"), font(9, 600, mono=True)
    room = QRectF(0, 0, QFontMetricsF(of).horizontalAdvance(text) + 12, 15)
    room.moveCenter(middle)
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("canvas"))
    painter.drawRoundedRect(room, 7.5, 7.5)
    painter.setFont(of)
    painter.setPen(theme.color("text2"))
    painter.drawText(room, CENTER, text)


def _arrow(painter: QPainter, tip: QPointF, right: bool, pen: QPen) -> None:
    """Half way along its lane, a wire that goes back says so."""
    away, half = -9.0 if right else 9.0, 4.0 + pen.widthF() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pen.color())
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(away, -half), tip + QPointF(away, half)]))


def _mark(painter: QPainter, wire: Wire, middle: QPointF, look: Look) -> None:
    """What ends the history: in a ring where it is cut, without one where it had ended before."""
    theme, size = look.theme, mark_size(painter.worldTransform().m11())
    cut = wire.stop in CUTS and not wire.blocked
    painter.setPen(QPen(wire_color(wire, look), 1.5 * size) if cut else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("canvas"))
    painter.drawEllipse(middle, MARK * size, MARK * size)
    side = 14 * size
    icon = icon_pixmap(ICONS[wire.stop], theme.text if cut else theme.text2, 14, icon_ratio(painter) * round(size))
    painter.drawPixmap(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), icon, QRectF(icon.rect()))


def mark_size(zoom: float) -> float:
    """How much larger a mark is than at 100 %: far away it shrinks less than all else, so that it can be read."""
    return min(MOST_MARK, max(1.0, 0.85 / zoom))


def far_style(wire: Wire, look: Look, selected: bool) -> tuple[int, bool]:
    """From very far away: the colour of a wire, and whether it is dashed."""
    return wire_color(wire, look, selected).rgba(), dashed(wire)


def far_pen(style: tuple[int, bool]) -> QPen:
    """The pen for all wires of one style, a hair line at any zoom."""
    rgba, dashes = style
    pen = QPen(QColor.fromRgba(rgba), 0)
    if dashes:
        pen.setDashPattern([3, 3])
    return pen


def far_mark(wire: Wire, zoom: float) -> list[QLineF]:
    """From very far away: a cross where a wire is cut, a lozenge where it goes on as bare data."""
    middle, reach = (wire.start + wire.end) / 2, min(36.0, 4 / zoom)
    x, y = QPointF(reach, 0), QPointF(0, reach)
    if wire.stop == "detach":
        return [QLineF(middle - x - y, middle + x + y), QLineF(middle - x + y, middle + x - y)]
    if wire.stop == "data":
        corners = (middle - x, middle - y, middle + x, middle + y)
        return [QLineF(one, other) for one, other in zip(corners, (*corners[1:], corners[0]), strict=True)]
    return []
