"""Paint faces and wires, at three levels of detail. The only place of the canvas that holds pens and brushes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPixmap

from gui.canvas import geometry
from gui.canvas.faces import Block, Face, Wire, error_rect
from gui.scale import GradScale, InkScale, short_number
from gui.theme import Theme, font, icon_pixmap, text_on

FULL, MIDDLE, FAR = "full", "middle", "far"
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter


def round_pen(color: QColor, width: float) -> QPen:
    """A pen with round ends and corners."""
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


@lru_cache(maxsize=8)
def dot_tile(color: str, ratio: float) -> QPixmap:
    """One square of the ground, 24 px wide at the device pixel ratio, with a quarter of a dot in each corner."""
    tile = QPixmap(round(geometry.GRID * ratio), round(geometry.GRID * ratio))
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


def detail(zoom: float) -> str:
    """The level of detail at a zoom: everything, shapes with a title, or mere blocks."""
    return FULL if zoom >= 0.5 else MIDDLE if zoom >= 0.22 else FAR


@dataclass(frozen=True, slots=True)
class Look:
    """What painting needs besides the faces."""

    theme: Theme
    inks: InkScale = InkScale()
    grads: GradScale = GradScale()


# Nodes ---------------------------------------------------------------------------------------------------------------


def paint_face(painter: QPainter, face: Face, look: Look, level: str, selected: bool = False) -> None:
    """Paint one node in scene coordinates."""
    painter.save()
    painter.translate(face.position)
    try:
        if level == FULL:
            _paint_full(painter, face, look, selected)
        else:
            _paint_middle(painter, face, look, selected)
    finally:
        painter.restore()


def radius(face: Face) -> float:
    """Leaves are pills, ops are boxes: the silhouette tells them apart."""
    return 20.0 if face.kind == "leaf" else 10.0


def _paint_full(painter: QPainter, face: Face, look: Look, selected: bool) -> None:
    theme, place = look.theme, face.layout
    width, height, corner = place.width, place.height, radius(face)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _shadow(painter, QRectF(0, 0, width, height), corner, theme)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("node"))
    painter.drawRoundedRect(QRectF(0, 0, width, height), corner, corner)
    painter.setBrush(theme.color("header"))
    painter.drawPath(_top(width, geometry.HEADER, corner))
    painter.setBrush(theme.color("nan") if face.category == "" else QColor(theme.category(face.category)))
    painter.drawPath(_side(height, corner))
    _outline(painter, face, theme, selected)
    _header(painter, face, look)
    if face.kind == "statement":
        _statement(painter, face, look)
    else:
        _body(painter, face, look)
    _inline(painter, face, look)
    _ports(painter, face, look)
    _below(painter, face, look)


def _outline(painter: QPainter, face: Face, theme: Theme, selected: bool) -> None:
    rect, corner = face.layout.body(), radius(face)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if selected:
        painter.setPen(QPen(theme.color("selection"), 2))
        painter.drawRoundedRect(rect.adjusted(-1, -1, 1, 1), corner + 1, corner + 1)
    elif face.error:
        painter.setPen(QPen(theme.color("error"), 2))
        painter.drawRoundedRect(rect, corner, corner)
    else:
        pen = QPen(theme.color("border"), 1)
        if face.kind == "statement":
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)


def _header(painter: QPainter, face: Face, look: Look) -> None:
    theme, width = look.theme, face.layout.width
    left = geometry.PAD + (2 if face.kind == "leaf" else 0)
    right = geometry.PAD + (2 if face.kind == "leaf" else -2)
    chip_font = font(11, mono=True)
    chip_width = QFontMetricsF(chip_font).horizontalAdvance(face.chip) if face.chip else 0.0
    painter.setFont(chip_font)
    painter.setPen(theme.color("muted"))
    painter.drawText(QRectF(0, 0, width - right, geometry.HEADER), RIGHT, face.chip)
    room = width - left - right - chip_width - 8
    painter.setPen(theme.color("text"))
    title_font = font(13, 600)
    painter.setFont(title_font)
    text = elided(title_font, face.title, room)
    painter.drawText(QRectF(left, 0, room, geometry.HEADER), LEFT, text)


def elided(of: QFont, text: str, room: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `room`."""
    if len(text) * of.pixelSize() < room:  # surely fits: no glyph of ours is wider than it is high
        return text
    return QFontMetricsF(of).elidedText(text, Qt.TextElideMode.ElideRight, room)


def _rule(painter: QPainter, strip: QRectF) -> None:
    """A hair line along the top of the strip."""
    painter.fillRect(QRectF(strip.left(), strip.top(), strip.width(), 1), painter.pen().color())


def _statement(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    for port, y in place.inputs:
        painter.setFont(font(11, mono=True))
        painter.setPen(theme.color("text2" if port in face.wired else "muted"))
        painter.drawText(QRectF(geometry.PAD + 4, y - 10, place.width - 2 * geometry.PAD, 20), LEFT, port)
    strip = QRectF(geometry.PAD, place.strip_top, place.width - 2 * geometry.PAD, geometry.STRIP)
    painter.setPen(theme.color("border"))
    _rule(painter, strip)
    painter.drawPixmap(
        QPointF(strip.left(), strip.top() + 6), icon_pixmap("backward", theme.positive, 16, _ratio(painter))
    )
    painter.setFont(font(11))
    painter.setPen(theme.color("text2"))
    text = face.hint or QCoreApplication.translate("Canvas", "press B")
    painter.drawText(strip.adjusted(22, 0, 0, 0), LEFT, text)


def _body(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    caption = QRectF(place.values.left(), geometry.HEADER + 3, place.width, geometry.CAPTION - 4)
    painter.setFont(font(10))
    painter.setPen(theme.color("muted"))
    if face.hint:
        painter.drawText(QRectF(0, geometry.HEADER, place.width, place.strip_top - geometry.HEADER), CENTER, face.hint)
    else:
        tr = QCoreApplication.translate
        painter.drawText(caption, LEFT, tr("Canvas", "value"))
        if face.shape_of_gradient is not None or face.gradient is not None:
            painter.drawText(caption.translated(place.gradients.left() - place.values.left(), 0), LEFT, tr("Canvas", "grad"))
    if face.counter:
        _pill(painter, QRectF(place.width - geometry.PAD - 30, geometry.HEADER + 3, 30, 16), face.counter, look)
    if face.value is not None:
        _block(painter, face.value, place.values, look, gradient=False)
    if face.gradient is not None:
        _block(painter, face.gradient, place.gradients, look, gradient=True)
    elif face.shape_of_gradient is not None:
        _empty_block(painter, face.shape_of_gradient, place.gradients, look)
    strip = QRectF(geometry.PAD, place.strip_top, place.width - 2 * geometry.PAD, geometry.STRIP)
    if face.tray and face.tray_full:
        inner = strip.adjusted(0, 3, 0, -5)
        painter.setPen(QPen(theme.color("positive", 0.7), 1))
        painter.setBrush(theme.color("chip_positive"))
        painter.drawRoundedRect(inner, 6, 6)
        strip = strip.adjusted(8, -1, -6, -1)
    else:
        painter.setPen(theme.color("border"))
        _rule(painter, strip)
    strip_font = font(11, mono=True)
    painter.setFont(strip_font)
    painter.setPen(theme.color("chip_positive_text" if face.tray_full and face.tray else "text2"))
    text = elided(strip_font, face.strip, strip.width())
    painter.drawText(strip, LEFT, text)


def _block(painter: QPainter, block: Block, room: QRectF, look: Look, gradient: bool) -> None:
    width, height = block.size
    rect = QRectF(room.left(), room.top(), min(width, room.width()), height)
    if block.kind == "scalar":
        _cell(painter, rect, block.array.item(), look, gradient, 15)
    elif block.kind == "cells":
        rows = np.atleast_2d(block.array)
        for i, row in enumerate(rows):
            for j, value in enumerate(row.tolist()):
                cell = _cell_rect(rect, i, j)
                _cell(painter, cell, value, look, gradient, 11)
    elif block.kind == "bars":
        _bars(painter, rect, block.array, look, gradient)
    else:
        painter.drawImage(rect, _heat(block.array, look, gradient))
        painter.setPen(look.theme.color("border"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)


def _cell_rect(rect: QRectF, row: int, column: int) -> QRectF:
    return QRectF(
        rect.left() + column * (geometry.CELL_WIDTH + geometry.CELL_GAP),
        rect.top() + row * (geometry.CELL_HEIGHT + geometry.CELL_GAP),
        geometry.CELL_WIDTH,
        geometry.CELL_HEIGHT,
    )


def _cell(painter: QPainter, rect: QRectF, value: float | bool, look: Look, gradient: bool, px: int) -> None:
    number = float(value)
    color = look.grads.color(number, look.theme) if gradient else look.inks.color(number, look.theme)
    painter.setPen(Qt.PenStyle.NoPen)
    if gradient and number == 0.0:  # sent, and zero: hollow, unlike "nothing arrived"
        painter.setPen(QPen(look.theme.color("muted"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        color = look.theme.color("node")
    else:
        painter.setBrush(color)
        painter.drawRoundedRect(rect, 3, 3)
        if not math.isfinite(number):
            painter.setBrush(QBrush(look.theme.color("node", 0.35), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(rect, 3, 3)
    painter.setFont(font(px, 600, mono=True))
    painter.setPen(text_on(color))
    painter.drawText(rect, CENTER, short_number(value, signed=gradient))


def _empty_block(painter: QPainter, block: Block, room: QRectF, look: Look) -> None:
    """Dashed cells where a gradient will stand: nothing has arrived yet, which is not the same as zero."""
    pen = QPen(look.theme.color("border"), 1)
    pen.setDashPattern([3, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width, height = block.size
    rect = QRectF(room.left(), room.top(), min(width, room.width()), height)
    if block.kind == "cells":
        shape = np.atleast_2d(block.array).shape
        cells = [_cell_rect(rect, i, j) for i in range(shape[0]) for j in range(shape[1])]
    else:
        cells = [rect]
    for cell in cells:
        painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def _bars(painter: QPainter, rect: QRectF, values: np.ndarray, look: Look, gradient: bool) -> None:
    """A long vector as a sparkline of bars from the zero line."""
    finite = np.where(np.isfinite(values), values, 0.0)
    top, bottom = max(0.0, float(finite.max(initial=0.0))), min(0.0, float(finite.min(initial=0.0)))
    span = (top - bottom) or 1.0
    step = rect.width() / max(1, values.size)
    zero = rect.top() + rect.height() * top / span
    painter.setPen(Qt.PenStyle.NoPen)
    for index, value in enumerate(finite.tolist()):
        color = look.grads.color(value, look.theme) if gradient else look.theme.color("text2")
        painter.setBrush(color)
        y = rect.top() + rect.height() * (top - value) / span
        painter.drawRect(QRectF(rect.left() + index * step, min(y, zero), max(1.0, step - 1), max(1.0, abs(zero - y))))
    painter.setPen(look.theme.color("border"))
    painter.drawLine(QPointF(rect.left(), zero), QPointF(rect.right(), zero))


def _heat(values: np.ndarray, look: Look, gradient: bool) -> QImage:
    """A matrix as an image of one pixel per element."""
    paint = look.grads.color if gradient else look.inks.color
    rows, columns = values.shape
    image = QImage(columns, rows, QImage.Format.Format_RGB32)
    for i in range(rows):
        for j in range(columns):
            image.setPixelColor(j, i, paint(float(values[i, j]), look.theme))
    return image


def _inline(painter: QPainter, face: Face, look: Look) -> None:
    theme = look.theme
    for port, text, width in face.inline:
        rect = face.layout.inline_rect(port, width)
        pen = QPen(theme.color("edge_untracked"), 1.5)
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.drawLine(QPointF(rect.right(), rect.center().y()), QPointF(0, rect.center().y()))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("node"))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        painter.setPen(theme.color("text"))
        painter.setFont(font(11, 600, mono=True))
        painter.drawText(rect, CENTER, text)


def _ports(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    points = [(place.input_point(port), port not in face.open_ports) for port, _ in place.inputs]
    if place.output is not None:
        points.append((place.output_point(), True))
    for point, filled in points:
        paint_port(painter, point, theme.color("edge"), theme.color("canvas"), filled)


def paint_port(painter: QPainter, point: QPointF, color: QColor, ground: QColor, filled: bool) -> None:
    """A port: a dot with a ring of the ground around it; hollow while nothing is there."""
    painter.setPen(QPen(ground, 2))
    painter.setBrush(color)
    painter.drawEllipse(point, geometry.PORT_RADIUS, geometry.PORT_RADIUS)
    if not filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(point, 2.5, 2.5)


def _below(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    footer_font = font(10, mono=True)
    painter.setFont(footer_font)
    painter.setPen(theme.color("muted"))
    text = elided(footer_font, face.footer, place.width - 12)
    painter.drawText(QRectF(geometry.PAD, place.height + 3, place.width, geometry.FOOTER - 4), LEFT, text)
    if face.error:
        rect = error_rect(face.error, place.width).translated(0, place.height + geometry.FOOTER + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("error"))
        painter.drawRoundedRect(rect, 8, 8)
        painter.drawPixmap(rect.topLeft() + QPointF(9, 7), icon_pixmap("error", theme.error_text, 16, _ratio(painter)))
        painter.setFont(font(11))
        painter.setPen(theme.color("error_text"))
        painter.drawText(rect.adjusted(31, 7, -9, -7), int(LEFT | Qt.TextFlag.TextWordWrap), face.error)


def _paint_middle(painter: QPainter, face: Face, look: Look, selected: bool) -> None:
    theme, place = look.theme, face.layout
    body = place.body()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("node"))
    painter.drawRoundedRect(body, radius(face), radius(face))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.category(face.category)))
    painter.drawPath(_side(place.height, radius(face)))
    for block, room, gradient in ((face.value, place.values, False), (face.gradient, place.gradients, True)):
        if block is not None and block.array.size:
            painter.setBrush(block_color(block, look, gradient))
            painter.drawRoundedRect(QRectF(room.left(), room.top(), min(block.size[0], room.width()), block.size[1]), 3, 3)
    painter.setPen(theme.color("text"))
    title_font = font(20, 600)
    painter.setFont(title_font)
    text = elided(title_font, face.title, place.width - 2 * geometry.PAD)
    painter.drawText(QRectF(geometry.PAD, 4, place.width, geometry.HEADER + 6), LEFT, text)
    if selected or face.error:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("selection" if selected else "error"), 3))
        painter.drawRoundedRect(body, radius(face), radius(face))


def block_color(block: Block, look: Look, gradient: bool) -> QColor:
    """One colour for a whole array: its element of largest magnitude."""
    flat = block.array.reshape(-1)
    value = float(flat[int(np.argmax(np.abs(flat)))]) if flat.size else 0.0
    return look.grads.color(value, look.theme) if gradient else look.inks.color(value, look.theme)


def far_color(face: Face, look: Look, selected: bool) -> QColor:
    """The one colour that a node has from far away: error, selection, gradient, or its ground."""
    if selected or face.error:
        return look.theme.color("selection" if selected else "error")
    if face.gradient is not None:
        return block_color(face.gradient, look, True)
    return look.theme.color("border")


# Wires ---------------------------------------------------------------------------------------------------------------


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
        painter.drawPixmap(middle - QPointF(7, 7), icon_pixmap("scissors", look.theme.muted, 14, _ratio(painter)))


def _pill(painter: QPainter, rect: QRectF, text: str, look: Look) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.color("chip_positive"))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setPen(look.theme.color("chip_positive_text"))
    painter.setFont(font(10, 600, mono=True))
    painter.drawText(rect, CENTER, text)


def _shadow(painter: QPainter, rect: QRectF, corner: float, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    strength = 0.14 if theme.dark else 0.06
    for spread in (5.0, 2.0):
        painter.setBrush(theme.color("shadow", strength))
        painter.drawRoundedRect(
            rect.adjusted(-spread, -spread + 3, spread, spread + 3), corner + spread, corner + spread
        )


@lru_cache(maxsize=256)
def _top(width: float, height: float, corner: float) -> QPainterPath:
    """The header: the top of a rounded rectangle."""
    whole, cut = QPainterPath(), QPainterPath()
    whole.addRoundedRect(QRectF(0, 0, width, height + 2 * corner), corner, corner)
    cut.addRect(QRectF(0, 0, width, height))
    return whole.intersected(cut)


@lru_cache(maxsize=256)
def _side(height: float, corner: float) -> QPainterPath:
    """The category strip: the left 4 px of a rounded rectangle."""
    whole, cut = QPainterPath(), QPainterPath()
    whole.addRoundedRect(QRectF(0, 0, 80, height), corner, corner)
    cut.addRect(QRectF(0, 0, 4, height))
    return whole.intersected(cut)


def _ratio(painter: QPainter) -> float:
    """Device pixels per scene unit, so that icons stay sharp; in quarter steps, so that few are cached."""
    return max(1.0, math.ceil(painter.worldTransform().m11() * painter.device().devicePixelRatioF() * 4) / 4)




def opaque(rgba: int) -> QColor:
    """The colour of a `QColor.rgba()` number."""
    return QColor.fromRgba(rgba)
