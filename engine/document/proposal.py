"""Proposal: a graph as it would be after some changes, and whether that is legal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from engine.sentence import says

from .catalogue import find, ports
from .legal import bad_id, bad_position, bad_rect, bad_title
from .records import Change, Edge, EdgeKey, Frame, Identity, Node, Record
from .walks import back_edge


class Proposal:
    """Looks at the tables of a graph with some changes laid over them; writes nothing.

    ``pending`` is the last record of every identity that the changes touch, None where it goes. What it costs
    depends on the changes, not on the size of the graph, but for the search for a cycle.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        edges: Mapping[EdgeKey, Edge],
        frames: Mapping[str, Frame],
        links: nx.MultiDiGraph[str],
        changes: Iterable[Change],
    ) -> None:
        """Raises ValueError if the ``before`` of a change is not what stands there."""
        self._nodes = nodes
        self._edges = edges
        self._frames = frames
        self._links = links
        self.pending: dict[Identity, Record | None] = {}
        for change in changes:
            which = change.identity
            current = self.pending[which] if which in self.pending else self._standing(which)
            if current is not change.before and current != change.before:
                there = "nothing" if current is None else "another record"
                raise ValueError(f"{' '.join(which)}: {there} stands there")
            self.pending[which] = change.after

    def edges(self) -> list[Edge]:
        """The edges that are new or replaced."""
        return [record for record in self.pending.values() if isinstance(record, Edge)]

    def _standing(self, which: Identity) -> Record | None:
        kind, *rest = which
        if kind == "edge":
            return self._edges.get((rest[0], rest[1]))
        return self._nodes.get(rest[0]) if kind == "node" else self._frames.get(rest[0])

    def check(self) -> None:
        """Raise ValueError unless the graph is legal with the pending records in it."""
        for which, record in self.pending.items():
            wrong = None
            if isinstance(record, Node):
                wrong = bad_id(record.id) or bad_position(record.position) or bad_title(record.title)
                wrong = wrong or self._bad_frame(record.frame) or self._bad_op(record)
            elif isinstance(record, Edge):
                wrong = self._bad_edge(record)
            elif isinstance(record, Frame):
                wrong = bad_id(record.id) or bad_rect(record.rect) or bad_title(record.title)
                wrong = wrong or self._bad_frame(record.frame) or self._nested(record)
            elif which[0] == "node":
                wrong = self._bad_removal(which[1])
            elif which[0] == "frame":
                wrong = self._frame_in_use(which[1])
            if wrong:
                raise ValueError(f"{' '.join(which)}: {wrong}")
        cycle = self.cycle(self.edges())
        if cycle:
            raise ValueError(cycle)

    def node(self, id: str) -> Node | None:
        """The node as it would be, None if there would be none."""
        record = self.pending.get(("node", id), self._nodes.get(id))
        return record if isinstance(record, Node) else None

    def _edges_of(self, id: str) -> list[Edge]:
        """The edges that join the node before the change and still stand after it."""
        keys = [(id, port) for joined in self._links.pred[id].values() for port in joined]
        keys += [(target, port) for target, joined in self._links.succ[id].items() for port in joined]
        kept = (self.pending.get(("edge", *key), self._edges[key]) for key in keys)
        return [edge for edge in kept if isinstance(edge, Edge)]

    def _bad_edge(self, edge: Edge) -> str | None:
        source, target = self.node(edge.source), self.node(edge.target)
        if source is None or target is None:
            return says("there is no node {node}", node=edge.target if source else edge.source)
        return bad_id(edge.port) or misfit(edge, source, target)

    def _bad_op(self, node: Node) -> str | None:
        """An op that is exchanged for another must fit the edges that stay."""
        before = self._nodes.get(node.id)
        if before is None or before.op == node.op:
            return None
        wrong = (self._bad_edge(edge) for edge in self._edges_of(node.id))
        return next(filter(None, wrong), None)

    def _bad_removal(self, id: str) -> str | None:
        if id not in self._nodes:
            return None
        for edge in self._edges_of(id):
            if id in (edge.source, edge.target):
                return says("the edge into {target}.{port} is still there", target=edge.target, port=edge.port)
        return None

    def _bad_frame(self, id: str | None) -> str | None:
        if id is None or self.pending.get(("frame", id), self._frames.get(id)) is not None:
            return None
        return says("there is no frame {id}", id=id)

    def _nested(self, frame: Frame) -> str | None:
        """A frame cannot stand inside itself."""
        seen = {frame.id}
        outer: Record | None = frame
        while isinstance(outer, Frame) and outer.frame is not None:
            if outer.frame in seen:
                return says("a frame cannot stand inside itself")
            seen.add(outer.frame)
            outer = self.pending.get(("frame", outer.frame), self._frames.get(outer.frame))
        return None

    def _frame_in_use(self, id: str) -> str | None:
        for kind, table in (("node", self._nodes), ("frame", self._frames)):
            for other in table:
                record = self.pending.get((kind, other), table[other])
                if isinstance(record, (Node, Frame)) and record.frame == id:
                    return says("{kind} {other} still stands in it", kind=kind, other=other)
        return None

    def cycle(self, added: Iterable[Edge]) -> str | None:
        """Whether the added edges close a cycle: a sentence that names the two nodes, or None.

        Looks only at what lies downstream of the added edges, each node once: O(V + E) at worst.
        """
        new: dict[str, list[str]] = {}
        for edge in added:
            if edge.source == edge.target:
                return self._says_cycle(edge.source, edge.target)
            new.setdefault(edge.source, []).append(edge.target)

        def successors(id: str) -> list[str]:
            found = list(new.get(id, ()))
            if id in self._links:
                for target, joined in self._links.succ[id].items():
                    if any(("edge", target, port) not in self.pending for port in joined):
                        found.append(target)
            return found

        done: set[str] = set()
        for start in dict.fromkeys(target for targets in new.values() for target in targets):
            closed = back_edge(start, successors, done)
            if closed is not None:
                return self._says_cycle(*closed)
        return None

    def _says_cycle(self, source: str, target: str) -> str:
        names = [node.name if (node := self.node(id)) else id for id in (source, target)]
        return says("That would make a cycle: {source} already depends on {target}.", source=names[0], target=names[1])


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
