"""Paint frames: a loop is a solid box with a header, no_grad a dashed fence with its name on it, a comment a tint."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.document.kinds import COMMENT, NO_GRAD, WHILE
from gui.canvas.frames import CONTROL, HEADER, STEP, FrameFace, control_scale
from gui.canvas.geometry import PAD
from gui.canvas.look import CENTER, FULL, LEFT, Look, elided, icon_ratio
from gui.theme import Theme, font, icon_pixmap

CORNER = 14.0
ICONS = {WHILE: "loop", NO_GRAD: "fence", COMMENT: "comment"}
TINTS = {WHILE: 0.05, NO_GRAD: 0.1, COMMENT: 0.07}


def paint_frame(painter: QPainter, face: FrameFace, look: Look, level: str, selected: bool = False) -> None:
    """Paint one frame in scene coordinates, beneath all that stands in it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(tint(face.kind, look.theme))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(face.rect, CORNER, CORNER)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_border(face, look.theme, selected))
    painter.drawRoundedRect(face.rect, CORNER, CORNER)
    if level != FULL:
        _far_title(painter, face, look)
    elif face.kind == NO_GRAD:
        _label(painter, face, look)
    else:
        _header(painter, face, look)


def paint_blocks(painter: QPainter, faces: Iterable[FrameFace], look: Look, selection: frozenset[object]) -> None:
    """From far away: all frames of one kind in one call."""
    kinds: dict[tuple[str, bool], list[QRectF]] = {}
    for face in faces:
        kinds.setdefault((face.kind, face.id in selection), []).append(face.rect)
    for (kind, selected), rects in kinds.items():
        pen = QPen(look.theme.color("selection" if selected else "edge_untracked"), 0)
        painter.setPen(pen if selected or kind != COMMENT else Qt.PenStyle.NoPen)
        painter.setBrush(tint(kind, look.theme))
        painter.drawRects(rects)


def paint_target(painter: QPainter, face: FrameFace, look: Look, refused: bool, zoom: float) -> None:
    """The frame that what is dragged would join."""
    token = "error" if refused else "focus"
    painter.setPen(QPen(look.theme.color(token), 2 / min(1.0, zoom)))
    painter.setBrush(look.theme.color(token, 0.07))
    painter.drawRoundedRect(face.rect, CORNER, CORNER)


def paint_sentence(painter: QPainter, face: FrameFace, look: Look) -> None:
    """The chip below a loop that could not run, needs something, or ended in an unusual way. Painted over all nodes."""
    if not face.sentence:
        return
    fill, ink = ("error", "error_text") if face.error else ("node", "text2") if face.needs else ("warn", "warn_text")
    theme, rect = look.theme, face.chip_rect()
    painter.setPen(QPen(theme.color("border" if face.needs and not face.error else fill), 1))
    painter.setBrush(theme.color(fill))
    painter.drawRoundedRect(rect, 8, 8)
    icon = icon_pixmap("error" if face.error else "loop", getattr(theme, ink), 16, icon_ratio(painter))
    painter.drawPixmap(rect.topLeft() + QPointF(9, 7), icon)
    painter.setPen(theme.color(ink))
    painter.setFont(font(11, 600))
    painter.drawText(rect.adjusted(31, 7, -8, -7), int(LEFT | Qt.TextFlag.TextWordWrap), face.sentence)


def tint(kind: str, theme: Theme) -> QColor:
    """The ground inside a frame: a veil, so that frames in frames grow denser."""
    return theme.color("edge_untracked", TINTS.get(kind, TINTS[WHILE]) * (1.6 if theme.dark else 1.2))


def _border(face: FrameFace, theme: Theme, selected: bool) -> QPen:
    marked = selected or bool(face.error)
    token = "selection" if selected else "error" if face.error else "edge_untracked"
    pen = QPen(theme.color(token), 2 if marked else 1.5)
    if face.kind == NO_GRAD:
        pen.setWidthF(2 if marked else 1)
        pen.setDashPattern([3, 2.5] if marked else [6, 5])
    elif face.kind == COMMENT and not marked:
        pen = QPen(theme.color("border"), 1)
    return pen


def _header(painter: QPainter, face: FrameFace, look: Look) -> None:
    theme, left = look.theme, face.rect.left() + PAD
    middle = face.rect.top() + HEADER / 2
    color = theme.control if face.kind == WHILE else theme.muted
    icon = icon_pixmap(ICONS.get(face.kind, "comment"), color, 15, icon_ratio(painter))
    painter.drawPixmap(QPointF(left, middle - 7.5), icon)
    of = font(12, 600, mono=face.kind == WHILE)
    painter.setFont(of)
    painter.setPen(theme.color("text2" if face.kind == COMMENT else "text"))
    room = QRectF(left + 22, face.rect.top(), _controls(painter, face, theme, 1.0) - left - 32, HEADER)
    painter.drawText(room, LEFT, elided(of, face.title, room.width()))
    if face.kind == WHILE:
        line = theme.color("edge_untracked", 0.35)
        painter.fillRect(QRectF(face.rect.left() + 1, face.rect.top() + HEADER, face.rect.width() - 2, 1), line)


def _controls(painter: QPainter, face: FrameFace, theme: Theme, scale: float) -> float:
    """Paint the stepper and the pill of a loop, as far as there is room for them; return where they begin."""
    begin = face.rect.right()
    for rect, paint in ((face.pill_rect(scale), _pill), (face.stepper_rect(scale), _stepper)):
        if rect:
            painter.save()
            painter.translate(rect.topLeft())
            painter.scale(scale, scale)
            paint(painter, face, QRectF(0, 0, rect.width() / scale, CONTROL), theme)
            painter.restore()
            begin = rect.left()
    return begin


def _stepper(painter: QPainter, face: FrameFace, rect: QRectF, theme: Theme) -> None:
    first, last = face.shown <= 0, face.turns is None or face.shown >= face.turns
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("node"))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 9, 9)
    painter.setFont(font(11, mono=True))
    painter.setPen(theme.color("muted" if last else "text"))
    painter.drawText(rect, CENTER, face.turn_text())
    painter.setPen(Qt.PenStyle.NoPen)
    y = rect.center().y()
    for x, to, end in ((rect.left() + STEP / 2, -1, first), (rect.right() - STEP / 2, 1, last)):
        painter.setBrush(theme.color("muted" if end else "text2", 0.45 if end else 1.0))
        tip = [QPointF(x + 3.5 * to, y), QPointF(x - 2.5 * to, y - 4), QPointF(x - 2.5 * to, y + 4)]
        painter.drawPolygon(QPolygonF(tip))


def _pill(painter: QPainter, face: FrameFace, rect: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("control", 0.16))
    painter.drawRoundedRect(rect, 9, 9)
    painter.setPen(theme.color("control" if theme.dark else "text"))
    painter.setFont(font(11, 600, mono=True))
    painter.drawText(rect, CENTER, f"×{face.turns}")


def _label(painter: QPainter, face: FrameFace, look: Look) -> None:
    """The name of a fence, standing on it."""
    theme, rect = look.theme, face.label_rect()
    painter.setPen(QPen(theme.color("edge_untracked"), 1))
    painter.setBrush(theme.color("canvas"))
    painter.drawRoundedRect(rect, 11, 11)
    icon = icon_pixmap(ICONS[NO_GRAD], theme.control, 14, icon_ratio(painter))
    painter.drawPixmap(QPointF(rect.left() + 8, rect.center().y() - 7), icon)
    of = font(11, 600, mono=True)
    painter.setFont(of)
    painter.setPen(theme.color("text2"))
    room = rect.adjusted(26, 0, -6, 0)
    painter.drawText(room, LEFT, elided(of, face.title, room.width() + 4))


def _far_title(painter: QPainter, face: FrameFace, look: Look) -> None:
    """Half way off, all is written larger, so that it can still be read."""
    of, room = font(20, 600), face.header_rect().adjusted(PAD, 2, 0, 6)
    room.setRight(_controls(painter, face, look.theme, control_scale(painter.worldTransform().m11())) - PAD)
    painter.setFont(of)
    painter.setPen(look.theme.color("text2"))
    painter.drawText(room, LEFT, elided(of, face.title, room.width()))
