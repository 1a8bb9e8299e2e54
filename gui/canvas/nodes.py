"""Paint nodes, at three levels of detail."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from gui.canvas import geometry
from gui.canvas.faces import Face, error_rect, error_texts
from gui.canvas.look import CENTER, FULL, LEFT, RIGHT, Look, elided, icon_ratio
from gui.canvas.tensors import block_color, paint_block, paint_empty
from gui.canvas.trays import paint_far_tray, paint_tray, strip_of
from gui.theme import Theme, font, icon_pixmap

ICON = 16


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
    _port_names(painter, face, look)
    paint_ports(painter, face, look)
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
    if face.icon:
        at = QPointF(left, (geometry.HEADER - ICON) / 2)
        painter.drawPixmap(at, icon_pixmap(face.icon, theme.text, ICON, icon_ratio(painter)))
        left, room = left + ICON + 6, room - ICON - 6
    painter.setPen(theme.color("text"))
    title_font = font(13, 600)
    painter.setFont(title_font)
    text = elided(title_font, face.title, room)
    painter.drawText(QRectF(left, 0, room, geometry.HEADER), LEFT, text)


def _rule(painter: QPainter, strip: QRectF) -> None:
    """A hair line along the top of the strip."""
    painter.fillRect(QRectF(strip.left(), strip.top(), strip.width(), 1), painter.pen().color())


def _statement(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    for port, y in place.inputs:
        painter.setFont(font(11, mono=True))
        painter.setPen(theme.color("text2" if port in face.wired else "muted"))
        painter.drawText(QRectF(geometry.PAD + 4, y - 10, place.width - 2 * geometry.PAD, 20), LEFT, port)
    strip = strip_of(face)
    painter.setPen(theme.color("border"))
    _rule(painter, strip)
    if not face.icon:
        pixmap = icon_pixmap("backward", theme.positive, 16, icon_ratio(painter))
        painter.drawPixmap(QPointF(strip.left(), strip.top() + 6), pixmap)
        strip.setLeft(strip.left() + 22)
    painter.setFont(font(11))
    painter.setPen(theme.color("text2"))
    painter.drawText(strip, LEFT, face.hint or face.strip)


def _body(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    caption = QRectF(place.values.left(), geometry.HEADER + 3, place.width, geometry.CAPTION - 4)
    painter.setFont(font(10))
    painter.setPen(theme.color("muted"))
    if face.hint:
        painter.drawText(QRectF(0, geometry.HEADER, place.width, place.strip_top - geometry.HEADER), CENTER, face.hint)
    elif not face.error or face.value is not None:
        painter.drawText(caption, LEFT, QCoreApplication.translate("Canvas", "value") + face.part)
        if face.shape_of_gradient is not None or face.gradient is not None:
            beside = caption.translated(place.gradients.left() - place.values.left(), 0)
            painter.drawText(beside, LEFT, QCoreApplication.translate("Canvas", "grad"))
    if face.counter:
        _pill(painter, QRectF(place.width - geometry.PAD - 30, geometry.HEADER + 3, 30, 16), face.counter, look)
    if face.value is not None:
        paint_block(painter, face.value, place.values, look, gradient=False)
    if face.gradient is not None:
        paint_block(painter, face.gradient, place.gradients, look, gradient=True)
    elif face.shape_of_gradient is not None:
        paint_empty(painter, face.shape_of_gradient, place.gradients, look)
    strip, full = strip_of(face), face.tray_sign
    if face.tray or face.closed:
        paint_tray(painter, face, strip, theme)
        strip = strip.adjusted(8, -1, -6, -1)
    elif face.strip:
        painter.setPen(theme.color("border"))
        _rule(painter, strip)
    strip_font = font(11, mono=True)
    painter.setFont(strip_font)
    painter.setPen(theme.color(f"chip_{full}_text" if full else "text2"))
    text = elided(strip_font, face.strip, strip.width())
    painter.drawText(strip, LEFT, text)


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


def _port_names(painter: QPainter, face: Face, look: Look) -> None:
    """Beside the open inputs of an op that has many; what may stay open is written fainter."""
    painter.setFont(font(10, mono=True))
    for port in face.named:
        at = face.layout.input_point(port)
        painter.setPen(look.theme.color("edge_untracked" if port in face.optional else "text2"))
        rect = QRectF(at.x() - geometry.INLINE_GAP - 200, at.y() - 10, 200, 20)
        painter.drawText(rect, RIGHT, port)


def paint_ports(painter: QPainter, face: Face, look: Look) -> None:
    """The dots of a node, in its own coordinates."""
    theme, place = look.theme, face.layout
    for port, _ in place.inputs:
        color, point = theme.color("edge"), place.input_point(port)
        if port in face.optional:
            paint_port(painter, point, theme.color("edge_untracked"), theme.color("canvas"), False, 0.8)
        else:
            paint_port(painter, point, color, theme.color("canvas"), port not in face.open_ports)
    if place.output is not None:
        paint_port(painter, place.output_point(), theme.color("edge"), theme.color("canvas"), True)


def paint_port(
    painter: QPainter, point: QPointF, color: QColor, ground: QColor, filled: bool, size: float = 1.0
) -> None:
    """A port: a dot with a ring of the ground around it; hollow while nothing is there, small if nothing has to be."""
    painter.setPen(QPen(ground, 2))
    painter.setBrush(color)
    painter.drawEllipse(point, geometry.PORT_RADIUS * size, geometry.PORT_RADIUS * size)
    if not filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(point, 2.5 * size, 2.5 * size)


def _below(painter: QPainter, face: Face, look: Look) -> None:
    theme, place = look.theme, face.layout
    footer_font = font(10, mono=True)
    painter.setFont(footer_font)
    painter.setPen(theme.color("muted"))
    text = elided(footer_font, face.footer, place.width - 12)
    painter.drawText(QRectF(geometry.PAD, place.height + 3, place.width, geometry.FOOTER - 4), LEFT, text)
    if face.not_finite:
        _not_finite(painter, face, look)


def _not_finite(painter: QPainter, face: Face, look: Look) -> None:
    """The chip that says NaN or Inf: filled where it arises, outlined where it came in."""
    theme, place, of = look.theme, face.layout, font(10, 600)
    width = 8 + 12 + QFontMetricsF(of).horizontalAdvance(face.not_finite) + 10
    rect = QRectF(geometry.PAD - 4, place.height + geometry.FOOTER + 1, width, 18)
    painter.setPen(QPen(theme.color("nan"), 1))
    painter.setBrush(theme.color("warn" if face.origin else "node"))
    painter.drawRoundedRect(rect, 9, 9)
    patch = QRectF(rect.left() + 6, rect.center().y() - 5, 10, 10)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("nan"))
    painter.drawRoundedRect(patch, 2, 2)
    painter.setBrush(QBrush(theme.color("node", 0.6), Qt.BrushStyle.BDiagPattern))
    painter.drawRoundedRect(patch, 2, 2)
    painter.setFont(of)
    painter.setPen(theme.color("warn_text" if face.origin else "text"))
    painter.drawText(rect.adjusted(20, 0, 0, 0), LEFT, face.not_finite)


def paint_error(painter: QPainter, face: Face, look: Look) -> None:
    """The filled chip under a node that failed: torch's words, then what to do. Painted over all nodes."""
    if not face.error:
        return
    theme = look.theme
    words, _, todo = face.error.partition("\n")
    words_at, todo_at = error_texts(face.error)
    corner = face.position + QPointF(0, face.layout.height + geometry.FOOTER + 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("error"))
    painter.drawRoundedRect(error_rect(face.error).translated(corner), 8, 8)
    octagon = icon_pixmap("error", theme.error_text, 16, icon_ratio(painter))
    painter.drawPixmap(corner + QPointF(9, 7), octagon)
    painter.setPen(theme.color("error_text"))
    for text, inner, weight in ((words, words_at, 600), (todo, todo_at, 400)):
        painter.setFont(font(11, weight))
        painter.drawText(inner.translated(corner), int(LEFT | Qt.TextFlag.TextWordWrap), text)


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
            width, height = block.size
            painter.drawRoundedRect(QRectF(room.left(), room.top(), min(width, room.width()), height), 3, 3)
    if face.tray or face.closed:
        paint_far_tray(painter, face, theme)
    painter.setPen(theme.color("text"))
    title_font = font(20, 600)
    painter.setFont(title_font)
    text = elided(title_font, face.title, place.width - 2 * geometry.PAD)
    painter.drawText(QRectF(geometry.PAD, 4, place.width, geometry.HEADER + 6), LEFT, text)
    if selected or face.error:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("selection" if selected else "error"), 3))
        painter.drawRoundedRect(body, radius(face), radius(face))


def far_color(face: Face, look: Look, selected: bool) -> QColor:
    """The one colour that a node has from far away: error, selection, gradient, or its ground."""
    if selected or face.error:
        return look.theme.color("selection" if selected else "error")
    if face.gradient is not None:
        return block_color(face.gradient, look, True)
    return look.theme.color("border")


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
