"""The legend: what a colour means in the pass that is shown. The scale is fixed for the whole pass."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen

from gui.canvas.look import CENTER, LEFT, Look
from gui.scale import short_number
from gui.theme import font

WIDTH, HEIGHT, MARGIN = 384.0, 40.0, 16.0
BAR, BAR_WIDTH, BAR_HEIGHT = 66.0, 200.0, 10.0


def height_of(viewport: QSize) -> float:
    """How much of the foot of a viewport the legend takes; nothing of one that is too small for it."""
    return HEIGHT + 2 * MARGIN if viewport.width() >= WIDTH + 2 * MARGIN and viewport.height() >= 160 else 0.0


def paint_legend(painter: QPainter, viewport: QSize, look: Look) -> None:
    """Paint it at the lower left of the viewport: orange is negative, blue positive, grey zero."""
    if not height_of(viewport):
        return
    theme, scale = look.theme, look.grads
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.save()
    painter.translate(MARGIN, viewport.height() - HEIGHT - MARGIN)
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("dock", 0.94))
    painter.drawRoundedRect(QRectF(0.5, 0.5, WIDTH - 1, HEIGHT - 1), 8, 8)
    painter.setFont(font(11))
    painter.setPen(theme.color("text2"))
    painter.drawText(QRectF(14, 0, 40, HEIGHT), LEFT, QCoreApplication.translate("Canvas", "grad"))
    painter.setPen(Qt.PenStyle.NoPen)
    cells = 42
    for index in range(cells):
        place = (index + 0.5) / cells * 2 - 1  # -1 … 1 along the bar
        magnitude = scale.high * 10 ** (scale.decades * (abs(place) - 1))
        painter.setBrush(scale.color(magnitude if place > 0 else -magnitude, theme))
        painter.drawRect(QRectF(BAR + index * BAR_WIDTH / cells, 10, BAR_WIDTH / cells - 0.8, BAR_HEIGHT))
    painter.setFont(font(9, mono=True))
    painter.setPen(theme.color("text2"))
    high = short_number(scale.high)
    for place, text in ((0.0, f"-{high}"), (0.5, "0"), (1.0, f"+{high}")):
        at = QPointF(BAR + place * BAR_WIDTH, 29)
        painter.drawText(QRectF(at.x() - 40, at.y() - 7, 80, 14), CENTER, text)
    painter.setFont(font(11, mono=True))
    text = QCoreApplication.translate("Canvas", "log · {decades} dec").format(decades=scale.decades)
    painter.drawText(QRectF(BAR + BAR_WIDTH + 26, 0, 100, HEIGHT), LEFT, text)
    painter.restore()
