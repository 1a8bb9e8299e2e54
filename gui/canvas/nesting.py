"""What stands in which frame, and how much room that takes: asked of the document, answered in places."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QRectF

from engine.document.kinds import WHILE
from engine.document.loops import CARRY, Turn, chain, lifted
from engine.document.records import Edge, EdgeKey
from gui.canvas.faces import Wire
from gui.canvas.frames import around, lane, own
from gui.canvas.geometry import FOOTER, Lane
from gui.canvas.places import Places
from gui.session import Session


class Nested(Places):
    """Places of the session's document."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session

    def contents(self, frame: str, without: Iterable[str] = ()) -> QRectF:
        """The rectangle around what stands in a frame; null if nothing does."""
        rect = QRectF()
        for id in self.session.graph.members(frame).difference(without):
            if id in self.faces:
                place = self.faces[id].layout
                room = self.faces[id].body().adjusted(-place.left, 0, 0, min(place.below, 2 * FOOTER))
                rect = rect.united(room)
            elif id in self.frames:
                rect = rect.united(self.frames[id].rect)
        return rect

    def least_rect(self, frame: str) -> QRectF:
        """The least rectangle that a frame can have; null if nothing stands in it."""
        contents, record = self.contents(frame), self.session.graph.frames[frame]
        lanes = len(own(self.session.graph, frame, CARRY)) if record.kind == WHILE else 0
        return contents if contents.isNull() else around(contents, lanes)

    def within(self, frame: str) -> tuple[set[str], set[str]]:
        """All nodes and all frames that stand in a frame, however deep, itself among them."""
        graph = self.session.graph
        nodes: set[str] = set()
        frames, ahead = {frame}, [frame]
        while ahead:
            members = graph.members(ahead.pop())
            inner = {id for id in members if id in graph.frames}
            nodes |= members - inner
            frames |= inner
            ahead += inner
        return nodes, frames

    def lane_of(self, edge: Edge) -> Lane | None:
        """Where a wire goes back to the next turn: each carry has a lane, one higher up goes around those below it."""
        graph = self.session.graph
        target = graph.nodes[edge.target]
        if edge.port != "next" or target.frame is None or lifted(edge, graph.nodes, graph.frames) is not None:
            return None
        loop = next(frame.id for frame in reversed(chain(target.frame, graph.frames)) if frame.kind == WHILE)
        place = (target.position[1], edge.target)
        lower = [id for id in own(graph, loop, CARRY) if (graph.nodes[id].position[1], id) > place]
        beside = max((self.faces[id].layout.left for id in lower if id in self.faces), default=0.0)
        return lane(self.contents(loop), len(lower), beside)

    def input_keys(self, node: str, turn: Turn = ()) -> list[EdgeKey]:
        """The wires that bring a node its values in a turn: a carry takes its start in the first, then its next."""
        graph = self.session.graph
        edges = graph.inputs(node)
        if turn and graph.nodes[node].op == CARRY:
            port = "next" if turn[-1] else "start"
            return [edges[port].key] if port in edges else []
        return [edge.key for edge in edges.values()]

    def wires_at(self, id: str) -> list[Wire]:
        """All wires that begin or end at a node."""
        graph = self.session.graph
        if id not in graph.nodes:
            return []
        keys = [*self.input_keys(id), *(edge.key for edge in graph.consumers(id))]
        return [self.wires[key] for key in keys if key in self.wires]

    def rects_of(self, ids: Iterable[str]) -> list[QRectF]:
        """What must be painted where these nodes, their wires and these frames come or go."""
        rects: list[QRectF] = []
        for id in ids:
            if id in self.faces:
                rects += [self.faces[id].rect(), *(wire.rect() for wire in self.wires_at(id))]
            elif id in self.frames:
                rects.append(self.frames[id].bounds())
        return rects
