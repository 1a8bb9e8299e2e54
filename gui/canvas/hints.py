"""What one reads while hovering over a wire: which inputs brought its value a history; or what cut that off.

The way that the history came lights up back to its leaves; where there is none, what ended it does.
"""

from __future__ import annotations

from itertools import islice

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from engine.document import formulas
from engine.document.graph import Graph
from engine.run.history import History, history, sentence
from gui.canvas import geometry
from gui.canvas.faces import EdgeKey, Wire
from gui.canvas.fences import CORNER
from gui.canvas.look import Look, icon_ratio, round_pen
from gui.canvas.nodes import radius
from gui.canvas.scene import Scene
from gui.canvas.wires import ICONS
from gui.spoken import spoken
from gui.theme import font, icon_pixmap

MOST_LIT = 300  # wires: of a longer way the nearest part lights up
WIDEST = 340.0
GAP = 16.0
FARTHEST = 110.0  # px from the wire that one looks at to the words about it
ROOM = 30.0  # for the sign before the words


def hint(scene: Scene) -> tuple[EdgeKey, History] | None:
    """The wire under the mouse and the history of what it carries; None while there is nothing to say, or no time."""
    _, _, wire = scene.hover
    run, session = scene.session.run, scene.session
    edge = session.graph.edges.get(wire) if wire is not None else None
    if wire is None or run is None or not scene.preview.empty or session.player.playing:
        return None
    if edge is None or run.snapshot.edges.get(wire) != edge:
        return None  # drawn since the run: nothing has come along it
    of = history(run, edge, session.turns.shown(edge.target))
    return (wire, of) if of is not None else None


def words(of: History, graph: Graph) -> str:
    """The hint in the language of the window."""

    def called(id: str) -> str:
        if id in graph.frames:
            return graph.frames[id].title
        return formulas.name(graph, id) if id in graph.nodes else id

    return spoken(sentence(of, called))


def paint_hint(painter: QPainter, scene: Scene) -> None:
    """Paint in scene coordinates, over all else."""
    found = hint(scene)
    if found is None:
        return
    key, of = found
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _light(painter, scene, of)
    _label(painter, *_anchor(scene, scene.wires[key]), of, words(of, scene.session.graph), scene.look)
    painter.restore()


def _anchor(scene: Scene, wire: Wire) -> tuple[QPointF, QRectF]:
    """The middle of a wire; and what is free between the nodes at its ends, up to where both are passed."""
    middle = geometry.wire_path(wire.start, wire.end, wire.back).pointAtPercent(0.5)
    tops = [scene.faces[id].body().top() for id in (wire.source, wire.key[0]) if id in scene.faces]
    return middle, QRectF(QPointF(wire.start.x(), min([middle.y(), *tops])), QPointF(wire.end.x(), middle.y()))


def _light(painter: QPainter, scene: Scene, of: History) -> None:
    """The way of the history and the ports that it came in through; or the nodes and fences that ended it."""
    theme = scene.look.theme
    painter.setPen(round_pen(theme.color("focus", 0.35), 6))
    for key in islice(of.trail, MOST_LIT):
        if key in scene.wires:
            wire = scene.wires[key]
            painter.drawPath(geometry.wire_path(wire.start, wire.end, wire.back))
    painter.setPen(QPen(theme.color("focus"), 2))
    if of.node in scene.faces:
        for port, _ in of.ways:
            painter.drawEllipse(scene.port_point(of.node, "in", port), 9, 9)
    leaves = [leaf for _, each in of.ways for leaf in each] or [of.node] * of.carried
    for node in dict.fromkeys([*leaves, *(end.node for end in of.ends if not end.fence)]):
        if node in scene.faces:
            corner = radius(scene.faces[node]) + 3
            painter.drawRoundedRect(scene.faces[node].body().adjusted(-3, -3, 3, 3), corner, corner)
    for fence in dict.fromkeys(end.fence for end in of.ends):
        if fence in scene.frames:
            around = scene.frames[fence].rect.adjusted(-5, -15, 5, 5)  # with the name that stands on its border
            painter.drawRoundedRect(around, CORNER + 5, CORNER + 5)


def _label(painter: QPainter, at: QPointF, free: QRectF, of: History, text: str, look: Look) -> None:
    """The words in their box, as large at any zoom."""
    theme, to_screen, of_text = look.theme, painter.worldTransform(), font(12)
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    needs = QFontMetricsF(of_text).boundingRect(QRectF(0, 0, WIDEST, 400), flags, text)
    size = QSizeF(ROOM + needs.width() + 14, needs.height() + 14)
    rect = beside(size, to_screen.map(at), to_screen.mapRect(free), QRectF(painter.viewport()))
    painter.resetTransform()
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(rect, 8, 8)
    _sign(painter, QPointF(rect.left() + 16, rect.center().y()), of, look)
    painter.setPen(theme.color("text"))
    painter.setFont(of_text)
    painter.drawText(rect.adjusted(ROOM, 0, -10, 0), flags, text)


def beside(size: QSizeF, middle: QPointF, free: QRectF, window: QRectF) -> QRectF:
    """Where a box goes in px: right above the middle of its wire; above the nodes at both ends if there is not so much
    `free` between them; within the window."""
    rect = QRectF(QPointF(), size)
    rect.moveCenter(middle)
    rect.moveBottom(middle.y() - GAP)
    if free.width() < size.width() + 2 * GAP:
        rect.moveBottom(max(min(free.top() - 10, rect.bottom()), middle.y() - FARTHEST))
    if rect.top() < window.top() + 6:
        rect.moveTop(middle.y() + GAP)
    most = QPointF(window.right() - 6 - size.width(), window.bottom() - 6 - size.height())
    rect.moveTopLeft(QPointF(max(6.0, min(rect.left(), most.x())), max(6.0, min(rect.top(), most.y()))))
    return rect


def _sign(painter: QPainter, at: QPointF, of: History, look: Look) -> None:
    """What stands for it on the canvas: a piece of a solid wire or of a dashed one, or the icon of the stop."""
    theme = look.theme
    if of.stop is not None and of.stop in ICONS:
        painter.drawPixmap(at - QPointF(7, 7), icon_pixmap(ICONS[of.stop], theme.text, 14, icon_ratio(painter)))
        return
    pen = QPen(theme.color("edge" if of.carried else "edge_untracked"), 2)
    if not of.carried:
        pen.setDashPattern([2.5, 2])
    painter.setPen(pen)
    painter.drawLine(at - QPointF(9, 0), at + QPointF(9, 0))
