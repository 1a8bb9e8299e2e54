"""What all painting shares: the look (theme and scales), the levels of detail, a few pens."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from gui.canvas.geometry import GRID, NEAR
from gui.scale import GradScale, InkScale
from gui.theme import Theme

FULL, MIDDLE, FAR = "full", "middle", "far"
FEW = 100  # nodes that can be painted with their titles however small they are
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter


def round_pen(color: QColor, width: float) -> QPen:
    """A pen with round ends and corners."""
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


@lru_cache(maxsize=8)
def dot_tile(color: str, ratio: float) -> QPixmap:
    """One square of the ground, 24 px wide at the device pixel ratio, with a quarter of a dot in each corner."""
    tile = QPixmap(round(GRID * ratio), round(GRID * ratio))
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    for x in (0, tile.width()):
        for y in (0, tile.height()):
            painter.drawEllipse(QPointF(x, y), ratio, ratio)
    painter.end()
    return tile


def detail(zoom: float, nodes: int) -> str:
    """The level of detail at a zoom: everything, shapes with a title, or (of many nodes) mere blocks."""
    if zoom >= NEAR:
        return FULL
    return MIDDLE if zoom >= 0.22 or nodes <= FEW else FAR


@dataclass(frozen=True, slots=True)
class Look:
    """What painting needs besides the faces."""

    theme: Theme
    inks: InkScale = field(default_factory=InkScale)
    grads: GradScale = field(default_factory=GradScale)


def elided(of: QFont, text: str, room: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `room`."""
    if len(text) * of.pixelSize() < room:  # surely fits: no glyph of ours is wider than it is high
        return text
    return QFontMetricsF(of).elidedText(text, Qt.TextElideMode.ElideRight, room)


def icon_ratio(painter: QPainter) -> float:
    """Device pixels per scene unit, so that icons stay sharp; in quarter steps, so that few are cached."""
    return max(1.0, math.ceil(painter.worldTransform().m11() * painter.device().devicePixelRatioF() * 4) / 4)
