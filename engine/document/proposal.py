"""Proposal: whether a graph would be legal after some changes, and if not, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain as chained

from engine.sentence import says

from .catalogue import find, ports
from .legal import MOST_NESTED, bad_id, bad_position, bad_rect, bad_title
from .loops import CARRY, Loops, chain, shared
from .proposed import Proposed
from .records import Edge, Frame, Identity, Node, Record
from .walks import cycle


class Proposal(Proposed):
    """What it costs to check depends on the changes, not on the size of the graph, but for the search for a cycle."""

    def check(self) -> None:
        """Raise ValueError unless the graph is legal with the pending records in it."""
        for which, record in self.pending.items():
            if wrong := self._bad_record(which, record):
                raise ValueError(f"{' '.join(which)}: {wrong}")
        if wrong := self.bad_course():
            raise ValueError(wrong)

    def bad_record(self) -> str | None:
        """What is wrong with one of the pending records, in itself or by what it refers to."""
        wrong = (self._bad_record(which, record) for which, record in self.pending.items())
        return next(filter(None, wrong), None)

    def bad_course(self) -> str | None:
        """What is wrong with the order in which all would run, now that every record is right."""
        rejoined = self.rejoined()
        wrong = (self.late(edge) for edge in rejoined)
        return next(filter(None, wrong), None) or self.cycle((*self.edges(), *rejoined))

    def _bad_record(self, which: Identity, record: Record | None) -> str | None:
        if isinstance(record, Node):
            wrong = bad_id(record.id) or bad_position(record.position) or bad_title(record.title)
            return wrong or self._bad_twin(record) or self._bad_frame(record.frame) or self._bad_op(record)
        if isinstance(record, Edge):
            return self._bad_edge(record)
        if isinstance(record, Frame):
            wrong = bad_id(record.id) or bad_rect(record.rect) or bad_title(record.title)
            return wrong or self._bad_twin(record) or self._bad_frame(record.frame) or self._nested(record)
        if which[0] == "node":
            return self._bad_removal(which[1])
        return self._frame_in_use(which[1]) if which[0] == "frame" else None

    def _bad_edge(self, edge: Edge) -> str | None:
        source, target = self.node(edge.source), self.node(edge.target)
        if source is None or target is None:
            return says("there is no node {node}", node=edge.target if source else edge.source)
        return bad_id(edge.port) or misfit(edge, source, target) or self.late(edge)

    def late(self, edge: Edge) -> str | None:
        """As the function ``late``."""
        source, target = self.node(edge.source), self.node(edge.target)
        if source is None or target is None:
            return None
        return late(edge, source, target, self.loops(source), self.loops(target))

    def _bad_op(self, node: Node) -> str | None:
        """An op that is exchanged for another must fit the edges that stay."""
        before = self._nodes.get(node.id)
        if before is None or before.op == node.op:
            return None
        wrong = (self._bad_edge(edge) for edge in self.edges_of(node.id))
        return next(filter(None, wrong), None)

    def _bad_removal(self, id: str) -> str | None:
        if id not in self._nodes:
            return None
        for edge in self.edges_of(id):
            if id in (edge.source, edge.target):
                return says("the edge into {target}.{port} is still there", target=edge.target, port=edge.port)
        return None

    def _bad_twin(self, record: Node | Frame) -> str | None:
        """Nodes and frames have their ids in common."""
        if isinstance(record, Node) and record.id in self.frames:
            return says("There is a frame {id}: a node needs another id.", id=record.id)
        if isinstance(record, Frame) and self.node(record.id) is not None:
            return says("There is a node {id}: a frame needs another id.", id=record.id)
        return None

    def _bad_frame(self, id: str | None) -> str | None:
        return None if id is None or id in self.frames else says("there is no frame {id}", id=id)

    def _nested(self, frame: Frame) -> str | None:
        """A frame cannot stand inside itself, nor too deep."""
        depth = 1
        outer: Frame | None = frame
        while outer is not None and outer.frame is not None and depth <= MOST_NESTED:
            if outer.frame == frame.id:
                return says("{frame} cannot stand inside itself.", frame=frame.name)
            depth, outer = depth + 1, self.frames.get(outer.frame)
        before = self._frames.get(frame.id)
        if before is not None and before.frame != frame.frame:
            inside = (chain(each.id, self.frames) for each in self.contents(frame.id) if isinstance(each, Frame))
            depth = max(depth, *map(len, inside), 0)
        return (
            says("Frames stand in each other {most} deep at most.", most=MOST_NESTED) if depth > MOST_NESTED else None
        )

    def _frame_in_use(self, id: str) -> str | None:
        for record in self.members(id):
            kind = "node" if isinstance(record, Node) else "frame"
            return says("{kind} {other} still stands in it", kind=kind, other=record.id)
        return None

    # ---- cycles ----

    def cycle(self, added: Iterable[Edge]) -> str | None:
        """Whether the added edges close a cycle: a sentence that names the two nodes, or None.

        Looks only at what lies downstream of the added edges, each thing once: O(V + E) at worst.
        """
        new: dict[str, list[Edge]] = {}
        for edge in added:
            if edge.source == edge.target:
                return self._says_cycle(edge.source, edge.target)
            new.setdefault(edge.source, []).append(edge)

        def targets(id: str) -> list[str]:
            return [*(edge.target for edge in new.get(id, ())), *(target for target, _ in self.leaving(id))]

        def leads(id: str) -> list[tuple[str, Edge]]:
            """What waits for a node or for a loop with all that it holds, and by which edge."""
            givers = [each.id for each in self.contents(id)] if id in self.frames else [id]
            edges = (
                edge for each in givers for edge in (*new.get(each, ()), *map(self._edges.get, self.leaving(each)))
            )
            links = ((self.lifted(edge), edge) for edge in edges if edge is not None)
            return [(link[1], edge) for link, edge in links if link is not None and link[0] == id]

        def lifted_targets(id: str) -> list[str]:
            return [target for target, _ in leads(id)]

        done: set[str] = set()
        starts = [self.lifted(edge) if self.looped else (edge.source, edge.target) for edge in chained(*new.values())]
        for start in dict.fromkeys(link[1] for link in starts if link is not None):
            closed = cycle(start, lifted_targets if self.looped else targets, done)
            if closed is not None:
                return self._says_round(closed, leads) or self._says_cycle(closed[-1], closed[0])
        return None

    def _says_round(self, closed: list[str], leads: Callable[[str], list[tuple[str, Edge]]]) -> str | None:
        """The sentence about a cycle that goes through a loop, which something outside waits for the end of."""
        found = next((i for i, id in enumerate(closed) if id in self.frames), None)
        if found is None:
            return None
        loop, outside = closed[found], closed[found - 1]
        inside = next(edge.target for target, edge in leads(outside) if target == loop)
        return says(
            "That would make a cycle: {outside} waits for the end of {loop}, and {inside} in it needs {outside}.",
            outside=self._name(outside),
            loop=self._name(loop),
            inside=self._name(inside),
        )

    def _says_cycle(self, source: str, target: str) -> str:
        names = {"source": self._name(source), "target": self._name(target)}
        node = self.node(target)
        if node is not None and self.loops(node):
            return says(
                "That would make a cycle: {source} already depends on {target}. Only the wire into a carry's next goes "
                "back.",
                **names,
            )
        return says("That would make a cycle: {source} already depends on {target}.", **names)

    def _name(self, id: str) -> str:
        record = self.node(id) or self.frames.get(id)
        return record.name if record is not None else id


def misfit(edge: Edge, source: Node, target: Node) -> str | None:
    """Why the ends of an edge do not fit it, whatever else is in the graph."""
    if source.id == target.id:
        return says("{name} cannot be its own input.", name=target.name)
    giver, taker = find(source.op), find(target.op)
    if giver is not None and giver.statement:
        return says("{name} is a statement: it has no value to pass on.", name=source.name)
    if taker is None or edge.port in ports(target.op):
        return None
    if not taker.ports:
        return says("{name} has no inputs: {op} makes its own values.", name=target.name, op=target.op)
    return says(
        "{name} has no input {port}: {op} has {ports}.",
        name=target.name,
        port=edge.port,
        op=target.op,
        ports=", ".join(ports(target.op)),
    )


def late(edge: Edge, source: Node, target: Node, giver: Loops, taker: Loops) -> str | None:
    """What is wrong if a carry is set, before its loop begins, by what runs inside. ``giver`` and ``taker`` are
    the loops of the two ends."""
    if target.op != CARRY or edge.port != "start" or not taker or shared(giver, taker) < len(taker):
        return None
    return says(
        "{name} is set before the loop begins: its start cannot come from {source}, which runs inside it.",
        name=target.name,
        source=source.name,
    )
