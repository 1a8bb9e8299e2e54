"""What one reads while hovering over a wire: which inputs brought its value a history; or what cut that off.

The way that the history came lights up back to its leaves; where there is none, what ended it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from engine.document import formulas
from engine.document.graph import Graph
from engine.document.records import EdgeKey
from engine.run.history import History, history, sentence
from gui.canvas import geometry
from gui.canvas.faces import Wire
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
    _label(painter, scene, scene.wires[key], of)
    painter.restore()


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


def _label(painter: QPainter, scene: Scene, wire: Wire, of: History) -> None:
    """The words in their box, as large at any zoom."""
    theme, to_screen, of_text = scene.look.theme, painter.worldTransform(), font(12)
    to_scene, text = to_screen.inverted()[0], words(of, scene.session.graph)

    def covered(box: QRectF) -> int:
        return len(scene.nodes_in(to_scene.mapRect(box)))

    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    needs = QFontMetricsF(of_text).boundingRect(QRectF(0, 0, WIDEST, 400), flags, text)
    size = QSizeF(ROOM + needs.width() + 14, needs.height() + 14)
    around = to_screen.mapRect(_ends(scene, wire))
    tops = places(size.height(), to_screen.map(_middle(wire)), around, wire.back is not None)
    rect = beside(size, to_screen.map(_middle(wire)), tops, QRectF(painter.viewport()), covered)
    painter.resetTransform()
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(rect, 8, 8)
    _sign(painter, QPointF(rect.left() + 16, rect.center().y()), of, scene.look)
    painter.setPen(theme.color("text"))
    painter.setFont(of_text)
    painter.drawText(rect.adjusted(ROOM, 0, -10, 0), flags, text)


def _middle(wire: Wire) -> QPointF:
    """Of a wire; of one that goes back, that of its lane."""
    if wire.back is not None:
        return QPointF((wire.start.x() + wire.end.x()) / 2, wire.back.y)
    return geometry.wire_path(wire.start, wire.end).pointAtPercent(0.5)


def _ends(scene: Scene, wire: Wire) -> QRectF:
    """What holds both nodes of a wire."""
    rect = QRectF(wire.start, wire.end).normalized()
    for id in (wire.source, wire.key[0]):
        rect = rect.united(scene.faces[id].body()) if id in scene.faces else rect
    return rect


def places(height: float, middle: QPointF, ends: QRectF, back: bool) -> list[float]:
    """Where the top of a box may lie, in px, the best place first: right above the middle of its wire, right below, or
    past the nodes at its `ends`, if these are near. Of a wire that goes back: under its lane, where no nodes stand."""
    above, below = middle.y() - GAP - height, middle.y() + GAP
    if back:
        return [below, above]
    over = max(min(ends.top() - 10 - height, above), middle.y() - FARTHEST - height)
    under = min(max(ends.bottom() + 10, below), middle.y() + FARTHEST)
    return [above, below, over, under]


def beside(
    size: QSizeF, middle: QPointF, tops: Sequence[float], window: QRectF, covered: Callable[[QRectF], int]
) -> QRectF:
    """Where a box goes: at the one of these places that leaves the wire free and has the fewest nodes `covered`; within
    the window."""
    most = QPointF(window.right() - 6 - size.width(), window.bottom() - 6 - size.height())
    left = max(6.0, min(middle.x() - size.width() / 2, most.x()))
    boxes = [QRectF(QPointF(left, max(6.0, min(top, most.y()))), size) for top in tops]
    return min(boxes, key=lambda box: (box.contains(middle), covered(box)))


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
