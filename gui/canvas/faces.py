"""What a node and a wire show: plain data made from the document, the run and the player's state.

Nothing here paints or asks for a colour; `nodes` and `wires` do, from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from engine.autograd import Tensor
from engine.document.graph import Graph
from engine.document.loops import CARRY, Turn, quiet
from engine.document.records import Edge, EdgeKey, Node
from engine.op import OPS
from engine.run.evaluate import Result
from engine.run.replay import State, Tray
from gui.canvas import captions, geometry
from gui.canvas.blocks import Block, block
from gui.canvas.geometry import Lane, Layout, layout
from gui.theme import font

ERROR_WIDTH = 240.0


@dataclass(frozen=True, slots=True)
class Face:
    """Everything that one node shows."""

    id: str
    position: QPointF
    layout: Layout
    title: str
    icon: str  # beside the title
    chip: str  # shape and dtype
    category: str
    kind: str  # "leaf" | "op" | "statement"
    value: Block | None
    gradient: Block | None
    shape_of_gradient: Block | None  # the empty cells that wait for it
    counter: str
    strip: str
    tray: bool  # the strip is a leaf's .grad tray
    handed: bool  # a carry: the tensor, and its tray if it has one, is that of another place
    closed: bool  # the tray of a leaf that asks for no gradient
    tray_sign: str  # "positive" or "negative" once something is in it
    part: str  # which part of a tensor of many dimensions is shown
    footer: str
    error: str
    hint: str
    inline: tuple[tuple[str, str, float], ...]  # port, text, width
    open_ports: frozenset[str]  # inputs with neither edge nor number
    optional: frozenset[str]  # those of them that may stay so
    named: tuple[str, ...]  # those of them whose names stand beside them
    not_finite: str  # the words of the chip: "NaN"
    origin: bool  # it arises here
    wired: frozenset[str]

    def rect(self) -> QRectF:
        return self.layout.bounds().translated(self.position)

    def body(self) -> QRectF:
        return self.layout.body().translated(self.position)

    def input_point(self, port: str) -> QPointF:
        return self.position + self.layout.input_point(port)

    def output_point(self) -> QPointF:
        return self.position + self.layout.output_point()

    def port_at(self, point: QPointF) -> tuple[str, str] | None:
        """("in" | "out", port) under a scene point, within the 24 px that a port can be hit in."""
        local = point - self.position
        if self.layout.output is not None:
            away = local - self.layout.output_point()
            if abs(away.x()) <= geometry.PORT_REACH and abs(away.y()) <= geometry.PORT_REACH:
                return "out", ""
        reach = min(geometry.PORT_REACH, geometry.PORT_SPACING / 2)
        for port, y in self.layout.inputs:
            if abs(local.x()) <= geometry.PORT_REACH and abs(local.y() - y) <= reach:
                return "in", port
        return None

    def inline_at(self, point: QPointF) -> str | None:
        """The port whose inline number stands under a scene point."""
        local = point - self.position
        for port, _, width in self.inline:
            if self.layout.inline_rect(port, width).contains(local):
                return port
        return None


@dataclass(frozen=True, slots=True)
class Wire:
    """Everything that one edge shows."""

    key: EdgeKey
    source: str
    start: QPointF
    end: QPointF
    known: bool  # there is a value on it
    tracked: bool  # the value that it carries has history
    gradient: np.ndarray | None
    blocked: str
    stop: str = ""  # what ends the history here, or ended it before: a key of `wires.ICONS`
    back: Lane | None = None  # of a wire into the next turn: where it goes back
    later: bool = False  # it carries what its source was at the end of a loop, not what that shows

    def rect(self) -> QRectF:
        reach = 40 if self.stop else 8  # the mark of a stop is large when seen from far away
        return geometry.wire_bounds(self.start, self.end, self.back).adjusted(-reach, -reach, reach, reach)


# Nodes ---------------------------------------------------------------------------------------------------------------


def face(graph: Graph, id: str, result: Result | None, state: State | None, turn: Turn = ()) -> Face:
    """The face of a node in a `turn` of the loops around it, in which `result` came of it. With `state` (the player
    has a log) it shows only what has happened by then."""
    node, edges = graph.nodes[id], graph.inputs(id)
    op = OPS.get(node.op)
    ports = captions.ports(op, edges) if op else tuple(edges)
    inline = _inline_numbers(node, ports, edges)
    tensor = result.tensor if result else None
    happened = state is None or not edges or state.has_computed(id, turn)
    value = block(np.asarray(tensor.array)) if tensor is not None else None
    arrived = state.at(id, turn) if state else None
    gradient = block(arrived.total) if arrived else None
    error = (result.error if result else None) or (state.failed.get(node.id, "") if state else "")
    handed = tensor is not None and node.op == CARRY
    tray = tensor is not None and tensor.requires_grad and tensor.is_leaf and not handed
    kept = state.tray_at(id, turn) if state and id in state.leaves else held(tensor)
    statement = op is not None and op.statement
    grid = value.size if value is not None else (0.0, 24.0)
    if statement:
        grid = (0.0, 0.0)
    bad = captions.not_finite(result) if happened and not error else ""
    below, right = geometry.FOOTER + (24.0 if bad else 0.0), 0.0
    if error:
        error = captions.with_advice(error)
        below += error_rect(error).height() + 6
        right = max(0.0, ERROR_WIDTH - geometry.NODE_WIDTH)
    history = tensor is not None and tensor.requires_grad
    open_ports = frozenset(port for port in ports if port not in edges and node.params.get(port) is None)
    named = captions.named_ports(op, open_ports) if op else ()
    metrics = QFontMetricsF(font(10, mono=True))
    beside = [width for _, _, width in inline] + [metrics.horizontalAdvance(port) for port in named]
    place = layout(
        ports,
        not statement,
        grid,
        2 if history or gradient is not None else 1,
        below,
        max((width + geometry.INLINE_GAP for width in beside), default=0.0),
        right,
    )
    adding = bool(arrived and arrived.of_n > 1) and _waits(graph, id, turn, state)  # what is to go into the tray
    strip = captions.strip(graph, node, tensor, arrived, kept, tray and not adding)
    if handed and not (arrived and arrived.of_n > 1):
        strip = captions.handed(graph, node, turn)
    missing = tuple(result.missing) if result else ()
    return Face(
        id=node.id,
        position=QPointF(*node.position),
        layout=place,
        title=captions.heading(graph, node, partial(_fits, place)),
        icon=captions.icon(op),
        chip=captions.chip(tensor),
        category=op.category if op else "",
        kind="statement" if statement else ("op" if ports else "leaf"),
        value=value if happened else None,
        gradient=gradient,
        shape_of_gradient=value if history else None,
        counter=f"{arrived.count}/{arrived.of_n}" if arrived and arrived.of_n > 1 else "",
        strip=strip,
        tray=tray,
        handed=handed,
        closed=captions.closed(op, tensor),
        tray_sign=("negative" if float(np.sum(kept.after)) < 0 else "positive") if tray and kept else "",
        part=captions.part(tensor),
        footer=captions.footer(op, tensor, quiet(node, graph.frames)),
        error=error,
        hint=captions.hint(op, missing, result),
        inline=inline,
        open_ports=open_ports,
        optional=open_ports & {port.name for port in op.ports if port.optional} if op else frozenset(),
        named=named,
        not_finite=bad,
        origin=result is not None and result.origin,
        wired=frozenset(edges),
    )


def _waits(graph: Graph, id: str, turn: Turn, state: State | None) -> bool:
    """Whether gradients have come to a node that it has not taken in yet."""
    return state is not None and any(state.parked_for(edge.key, (id, turn)) for edge in graph.consumers(id))


def _fits(place: Layout, title: str) -> bool:
    """Whether a title fits into the header of a node, beside its icon."""
    room = place.width - 2 * geometry.PAD - geometry.ICON_GAPS
    return QFontMetricsF(font(13, 600)).horizontalAdvance(title) <= room


def held(tensor: Tensor | None) -> Tray | None:
    """What earlier passes left in a leaf's `.grad`."""
    if tensor is None or not tensor.is_leaf or tensor.grad is None:
        return None
    return Tray(None, None, np.asarray(tensor.grad.array))


def _inline_numbers(
    node: Node, ports: tuple[str, ...], edges: Mapping[str, Edge]
) -> tuple[tuple[str, str, float], ...]:
    shown = []
    metrics = QFontMetricsF(font(11, 500, mono=True))
    for port in ports:
        if port not in edges and node.params.get(port) is not None:
            text = str(node.params[port])
            text = text if len(text) <= 9 else text[:8] + "…"
            shown.append((port, text, max(30.0, metrics.horizontalAdvance(text) + 16)))
    return tuple(shown)


def error_texts(error: str) -> tuple[QRectF, QRectF]:
    """Where the words of an error and what to do about it stand in their chip, wrapped."""
    words, _, todo = error.partition("\n")
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
    room = QRectF(31, 7, ERROR_WIDTH - 40, 4000)
    first = QFontMetricsF(font(11, 600)).boundingRect(room, flags, words)
    first.setWidth(room.width())
    if not todo:
        return first, QRectF()
    second = QFontMetricsF(font(11)).boundingRect(room.translated(0, first.height() + 5), flags, todo)
    second.setWidth(room.width())
    return first, second


def error_rect(error: str) -> QRectF:
    """The size of the filled chip that carries an error."""
    words, todo = error_texts(error)
    return QRectF(0, 0, ERROR_WIDTH, max(words.bottom(), todo.bottom()) + 8)
