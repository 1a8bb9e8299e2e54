"""What moves: the packets of the step under way, as a pure function of the steps and the position.

Forward packets are circles in ink, backward packets carry their number in a pill. A delivered gradient stays parked
on its wire, ticked, until the node it waits at has all of them and fires.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from engine.document.loops import Turn
from engine.document.records import EdgeKey
from engine.run.log import Blocked, Deliver, Forward, Seed
from engine.run.replay import State, Step
from gui.canvas.faces import Wire
from gui.canvas.geometry import wire_points
from gui.canvas.look import Look, round_pen
from gui.scale import summary
from gui.theme import font, text_on

# Shares of one backward step: focus on the node, read what arrived, take the local derivative; then travel, deposit.
TRAVEL_FROM, TRAVEL_TO = 0.5, 0.89
CHIP_HEIGHT = 22.0
CLEARANCE = 22.0  # a port, and a little of the chip


@dataclass(frozen=True, slots=True)
class Packet:
    """One thing on a wire. `share` runs from the wire's source (0) to its target (1)."""

    edge: EdgeKey
    share: float
    kind: str  # "forward" | "backward" | "parked" | "blocked"
    gradient: np.ndarray | None = None
    opacity: float = 1.0


def ease(share: float) -> float:
    """In-out cubic, 0..1."""
    share = min(1.0, max(0.0, share))
    return 4 * share**3 if share < 0.5 else 1 - (2 - 2 * share) ** 3 / 2


def packets(
    step: Step | None, phase: float, state: State, inputs: Callable[[str, Turn], list[EdgeKey]]
) -> tuple[Packet, ...]:
    """All packets at `phase` (0..1) of `step`, the step under way (None: at rest), `state` being what is done.

    `inputs` says along which edges a node gets its values in a turn of the loops around it.
    """
    shown = [Packet(edge, 0.5, "parked", grad) for edge, grad in state.parked.items()]  # ticked, above its wire
    if step is None or phase <= 0:
        return tuple(shown)
    event = step.event
    if phase > 0.1:  # a node that fires takes in what was parked for it
        shown = [packet for packet in shown if not _taken_in(step, packet, state)]
    if isinstance(event, Forward):
        shown += [Packet(edge, ease(phase), "forward") for edge in inputs(event.node, event.turn)]
    elif isinstance(event, Deliver):
        travel = ease((phase - TRAVEL_FROM) / (TRAVEL_TO - TRAVEL_FROM))
        if phase > TRAVEL_FROM - 0.1:
            shown.append(Packet(event.edge, 1.0 - travel, "backward", event.grad, min(1.0, (1.0 - phase) / 0.08)))
    elif isinstance(event, Seed) and event.edge is not None:
        statement = event.edge[0]
        if (statement, "gradient") in inputs(statement, ()):  # v comes to the statement first, then goes to the root
            half = 2 * phase
            if half < 1:
                shown.append(Packet((statement, "gradient"), ease(half), "forward", event.value))
            else:
                shown.append(Packet(event.edge, 1.0 - ease(half - 1), "backward", event.value))
        else:
            shown.append(Packet(event.edge, 1.0 - ease(phase), "backward", event.value))
    elif isinstance(event, Blocked):
        shown.append(Packet(event.edge, 1.0 - 0.35 * ease(phase), "blocked", None, 1.0 - phase))
    return tuple(shown)


def _taken_in(step: Step, packet: Packet, state: State) -> bool:
    receiver = state.receiver(packet.edge)
    return isinstance(step.event, Deliver | Blocked) and step.event.edge[0] == receiver


def place(packet: Packet, wire: Wire) -> QPointF:
    """Where a packet is, in scene coordinates; outside the nodes at both ends, where the wire is long enough."""
    room = abs(wire.end.x() - wire.start.x()) if wire.back is None else wire.rect().width()
    margin = min(0.42, CLEARANCE / max(1.0, room))
    share = margin + (1 - 2 * margin) * packet.share
    x, y = wire_points(wire.start, wire.end, np.array([share]), wire.back)[0]
    return QPointF(x, y - (CHIP_HEIGHT if packet.kind == "parked" else 0.0))


def paint_packets(
    painter: QPainter, shown: tuple[Packet, ...], wires: Mapping[EdgeKey, Wire], look: Look, chips: bool
) -> None:
    """Paint packets in scene coordinates; far away (`chips` False) as diamonds without numbers."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    taken: list[QRectF] = []
    there = [(packet, wires[packet.edge]) for packet in shown if packet.edge in wires]
    # What moves keeps to its wire; what is parked makes way upwards, the highest wire last.
    for packet, wire in sorted(there, key=lambda pair: (pair[0].kind == "parked", -pair[1].end.y())):
        center = place(packet, wire)
        if packet.kind == "backward":
            _trail(painter, packet, wire, look)
        painter.setOpacity(max(0.0, min(1.0, packet.opacity)))
        if packet.kind == "forward" and (packet.gradient is None or not chips):
            _dot(painter, center, look.theme.color("edge"), look)
        elif packet.kind == "blocked" or packet.gradient is None:
            _diamond(painter, center, look.theme.color("edge_untracked"), look)
        elif not chips:
            _diamond(painter, center, look.grads.edge_color(packet.gradient, look.theme), look)
        else:
            rect = chip_rect(packet.gradient, center)
            while any(rect.intersects(other) for other in taken):
                rect.translate(0, -CHIP_HEIGHT - 4)
            taken.append(rect)
            paint_chip(painter, rect, packet, look)
    painter.setOpacity(1.0)


def _trail(painter: QPainter, packet: Packet, wire: Wire, look: Look) -> None:
    """The stretch of wire that the gradient has already come along."""
    if packet.gradient is None or packet.share >= 1:
        return
    many = 24 if wire.back is None else 96
    points = wire_points(wire.start, wire.end, np.linspace(packet.share, 1.0, many), wire.back)
    painter.setPen(round_pen(look.grads.edge_color(packet.gradient, look.theme), look.grads.width(packet.gradient)))
    painter.drawPolyline([QPointF(x, y) for x, y in points])


def chip_rect(gradient: np.ndarray, center: QPointF) -> QRectF:
    of = summary(gradient)
    width = max(66.0, 30 + 7.0 * len(of.label)) if of.label else 38 + 11.0 * len(of.samples)
    return QRectF(center.x() - width / 2, center.y() - CHIP_HEIGHT / 2, width, CHIP_HEIGHT)


def paint_chip(painter: QPainter, rect: QRectF, packet: Packet, look: Look) -> None:
    """A pill in the colours of its sign: an arrow (or a tick), then the number or a strip of five cells."""
    if packet.gradient is None:
        return
    theme, of = look.theme, summary(packet.gradient)
    sign = "negative" if of.sign < 0 else "positive"
    painter.setPen(QPen(theme.color(sign), 1.2))
    painter.setBrush(theme.color(f"chip_{sign}"))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    ink = theme.color(f"chip_{sign}_text")
    left, middle = rect.left() + 13, rect.center().y()
    if packet.kind == "parked":
        painter.setPen(round_pen(ink, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tick = ((-3.0, 0.0), (-0.5, 3.0), (4.0, -3.5))
        painter.drawPolyline([QPointF(left + x, middle + y) for x, y in tick])
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        tip = 3.0 if packet.kind == "forward" else -3.0  # the way it goes
        corners = ((tip, 0.0), (-tip, -4.0), (-tip, 4.0))
        painter.drawPolygon(QPolygonF([QPointF(left + x, middle + y) for x, y in corners]))
    if of.label:
        painter.setPen(ink)
        painter.setFont(font(11, 600, mono=True))
        painter.drawText(rect.adjusted(22, 0, -8, 0), Qt.AlignmentFlag.AlignCenter, of.label)
        return
    for index, value in enumerate(of.samples):
        cell = QRectF(rect.left() + 23 + 11 * index, middle - 6, 10, 12)
        color = look.grads.color(value, theme)
        painter.setPen(QPen(text_on(color), 0.5) if value == 0 else Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(cell, 2, 2)


def _dot(painter: QPainter, center: QPointF, color: QColor, look: Look) -> None:
    painter.setPen(QPen(look.theme.color("canvas"), 2))
    painter.setBrush(color)
    painter.drawEllipse(center, 6.5, 6.5)


def _diamond(painter: QPainter, center: QPointF, color: QColor, look: Look) -> None:
    painter.setPen(QPen(look.theme.color("canvas"), 1.5))
    painter.setBrush(color)
    painter.drawPolygon(
        QPolygonF([center + QPointF(x, y) for x, y in ((0.0, -8.0), (8.0, 0.0), (0.0, 8.0), (-8.0, 0.0))])
    )
