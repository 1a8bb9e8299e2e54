"""What lies over the static layer: dragged nodes, the wire being drawn, the ghost, hover, the active node, packets."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from gui.canvas import geometry, pulses
from gui.canvas.faces import Wire
from gui.canvas.fences import paint_frame, paint_target
from gui.canvas.hints import paint_hint
from gui.canvas.look import CENTER, FULL, detail
from gui.canvas.nodes import paint_error, paint_face, paint_port, paint_ports, radius
from gui.canvas.scene import Scene
from gui.canvas.wires import paint_wire
from gui.theme import font

REACH = 280.0  # how far what hangs out of a node's body may reach


def paint_overlay(painter: QPainter, scene: Scene, zoom: float) -> None:
    """Paint in scene coordinates, over the layer. Costs the same in any size of graph."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    level = detail(zoom, len(scene.faces))
    _targets(painter, scene, zoom)
    _dragged(painter, scene, level)
    _hover(painter, scene)
    _wiring(painter, scene, zoom)
    _playing(painter, scene, level)
    preview = scene.preview
    if preview.ghost is not None:
        painter.setOpacity(0.75)
        paint_face(painter, preview.ghost, scene.look, level)
        painter.setOpacity(1.0)
    if preview.reason:
        _reason(painter, preview.cursor, preview.reason, True, scene, zoom)
    if preview.band is not None:
        theme = scene.look.theme
        painter.setPen(QPen(theme.color("focus"), 1 / zoom))
        painter.setBrush(theme.color("focus", 0.10))
        painter.drawRect(preview.band)
    paint_hint(painter, scene)


def _targets(painter: QPainter, scene: Scene, zoom: float) -> None:
    """The frames that what is dragged would join, and a frame that is made or resized."""
    preview, selection = scene.preview, scene.session.selection
    for id in preview.into:
        if id in scene.frames:
            paint_target(painter, scene.frames[id], scene.look, bool(preview.reason), zoom)
    if preview.fence is not None:
        paint_frame(painter, preview.fence, scene.look, FULL, preview.fence.id in selection)


def _dragged(painter: QPainter, scene: Scene, level: str) -> None:
    """What moves as a whole, as far as it is in sight: frames, wires and nodes, the lowest first."""
    preview, selection = scene.preview, scene.session.selection
    if not preview.moved and not preview.frames:
        return
    seen = painter.transform().inverted()[0].mapRect(QRectF(painter.viewport()))
    for fence in sorted((scene.frames[id] for id in preview.frames), key=attrgetter("depth")):
        moved_fence = replace(fence, rect=fence.rect.translated(preview.offset))
        paint_frame(painter, moved_fence, scene.look, level, fence.id in selection)
    wires: dict[object, Wire] = {}
    for id in preview.moved:
        wires |= {wire.key: wire for wire in scene.wires_at(id)}
    for wire in wires.values():
        both = [preview.offset if id in preview.moved else QPointF() for id in (wire.source, wire.key[0])]
        back = wire.back and replace(wire.back, y=wire.back.y + (both[0].y() if both[0] == both[1] else 0.0))
        moved_wire = replace(wire, start=wire.start + both[0], end=wire.end + both[1], back=back)
        if moved_wire.rect().intersects(seen):
            paint_wire(painter, moved_wire, scene.look, level, wire.key in selection)
    near = seen.adjusted(-REACH, -REACH, REACH, REACH)
    for id in sorted(preview.moved):
        shown = scene.faces[id]
        moved = replace(shown, position=shown.position + preview.offset)
        if moved.rect().intersects(near):
            paint_face(painter, moved, scene.look, level, id in selection)
            if level == FULL:
                paint_error(painter, moved, scene.look)


def _hover(painter: QPainter, scene: Scene) -> None:
    port, node, wire = scene.hover
    theme = scene.look.theme
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if port is not None and port[0] in scene.faces and not scene.preview.wiring:
        painter.setPen(QPen(theme.color("focus"), 2))
        painter.drawEllipse(scene.port_point(*port), 9, 9)
        if port[2]:
            _port_name(painter, scene, port)
    elif node in scene.faces and node not in scene.session.selection and scene.preview.empty:
        shown = scene.faces[node]
        painter.setPen(QPen(theme.color("muted"), 1))
        corner = radius(shown)
        painter.drawRoundedRect(shown.body().adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
    elif wire in scene.wires and scene.preview.empty:
        over = scene.wires[wire]
        painter.setPen(QPen(theme.color("focus", 0.45), 6))
        painter.drawPath(geometry.wire_path(over.start, over.end, over.back))


def _port_name(painter: QPainter, scene: Scene, port: tuple[str, str, str]) -> None:
    """The name of the input under the mouse, inside the node beside it."""
    theme, at = scene.look.theme, scene.port_point(*port)
    name_font = font(11, mono=True)
    rect = QRectF(at.x() + 14, at.y() - 10, QFontMetricsF(name_font).horizontalAdvance(port[2]) + 16, 20)
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(rect, 6, 6)
    painter.setPen(theme.color("text"))
    painter.setFont(name_font)
    painter.drawText(rect, CENTER, port[2])


def _wiring(painter: QPainter, scene: Scene, zoom: float) -> None:
    """The wire in hand, the ports that it may end at, and the reason why not, at the cursor."""
    preview, theme = scene.preview, scene.look.theme
    if preview.draft is None:
        return
    for node, side, port in preview.fitting:
        if node in scene.faces:
            at = scene.port_point(node, side, port)
            painter.setPen(QPen(theme.color("ok"), 2))
            painter.setBrush(theme.color("ok", 0.28))
            painter.drawEllipse(at, 9, 9)
    draft = preview.draft
    token = "error" if draft.refused else "warn" if draft.reason else "edge"
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.color(token), 2.5))
    start, end = (draft.start, draft.end) if draft.forward else (draft.end, draft.start)
    painter.drawPath(geometry.wire_path(start, end))
    paint_port(painter, draft.end, theme.color(token), theme.color("canvas"), True)
    if draft.reason:
        _reason(painter, draft.end, draft.reason, draft.refused, scene, zoom)


def _reason(painter: QPainter, at: QPointF, reason: str, refused: bool, scene: Scene, zoom: float) -> None:
    theme = scene.look.theme
    fill, ink = ("error", "error_text") if refused else ("warn", "warn_text")
    painter.save()
    painter.translate(at + QPointF(16, 18) / zoom)
    painter.scale(1 / zoom, 1 / zoom)
    reason_font = font(12)
    painter.setFont(reason_font)
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
    text = QFontMetricsF(reason_font).boundingRect(QRectF(0, 0, 320, 400), flags, reason)
    rect = QRectF(0, 0, text.width() + 22, text.height() + 14)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(fill))
    painter.drawRoundedRect(rect, 8, 8)
    painter.setPen(theme.color(ink))
    painter.drawText(rect.adjusted(11, 7, -9, -7), flags, reason)
    painter.restore()


def _playing(painter: QPainter, scene: Scene, level: str) -> None:
    player = scene.session.player
    step = player.current
    if step is None:
        return
    state = player.state()
    event = step.event
    edge = getattr(event, "edge", None)
    active = edge[0] if edge is not None else getattr(event, "node", None)
    if active in scene.faces:
        shown = scene.faces[active]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        token = "positive" if step.backward else "text2"
        painter.setPen(QPen(scene.look.theme.color(token), 2 if level == FULL else 4))
        corner = radius(shown) + 3
        painter.drawRoundedRect(shown.body().adjusted(-3, -3, 3, 3), corner, corner)
        if level == FULL:
            painter.save()
            painter.translate(shown.position)
            paint_ports(painter, shown, scene.look)
            painter.restore()
    under_way = step if player.phase > 0 else None
    shown_packets = pulses.packets(under_way, player.phase, state, scene.input_keys)
    pulses.paint_packets(painter, shown_packets, scene.wires, scene.look, level == FULL)
