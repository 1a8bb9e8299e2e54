"""Proposed: a graph as it would be after some changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import networkx as nx

from .loops import CARRY, Link, Loops, has_loops, lift, loops_of
from .records import Change, Edge, EdgeKey, Frame, Identity, Node, Record


class Proposed:
    """The tables of a graph with some changes laid over them; writes nothing.

    ``pending`` is the last record of every identity that the changes touch, None where it goes. What it costs
    depends on the changes, not on the size of the graph.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        edges: Mapping[EdgeKey, Edge],
        frames: Mapping[str, Frame],
        links: nx.MultiDiGraph[str],
        members: Mapping[str, Collection[str]],
        changes: Iterable[Change],
    ) -> None:
        """``members`` are the ids of what stands in a frame. Raises ValueError if the ``before`` of a change is not
        what stands there."""
        self._nodes = nodes
        self._edges = edges
        self._frames = frames
        self._links = links
        self._members = members
        self._loops: dict[str | None, Loops] = {None: ()}  # by the frame that something stands in
        self.pending: dict[Identity, Record | None] = {}
        for change in changes:
            which = change.identity
            current = self.pending[which] if which in self.pending else self._standing(which)
            if current is not change.before and current != change.before:
                there = "nothing" if current is None else "another record"
                raise ValueError(f"{' '.join(which)}: {there} stands there")
            self.pending[which] = change.after

    def _standing(self, which: Identity) -> Record | None:
        kind, *rest = which
        if kind == "edge":
            return self._edges.get((rest[0], rest[1]))
        return self._nodes.get(rest[0]) if kind == "node" else self._frames.get(rest[0])

    def edges(self) -> list[Edge]:
        """The edges that are new or replaced."""
        return [record for record in self.pending.values() if isinstance(record, Edge)]

    def node(self, id: str) -> Node | None:
        """The node as it would be, None if there would be none."""
        record = self.pending.get(("node", id), self._nodes.get(id))
        return record if isinstance(record, Node) else None

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """The frames as they would be."""
        if all(which[0] != "frame" for which in self.pending):
            return self._frames
        frames = {**self._frames, **{which[1]: record for which, record in self.pending.items() if which[0] == "frame"}}
        return {id: frame for id, frame in frames.items() if isinstance(frame, Frame)}

    def loops(self, record: Node | Frame) -> Loops:
        """The loops that the node or the frame would stand in."""
        if record.frame not in self._loops:
            self._loops[record.frame] = loops_of(record, self.frames)
        return self._loops[record.frame]

    def members(self, frame: str) -> list[Node | Frame]:
        """What would stand in the frame itself, not in one inside it."""
        ids = dict.fromkeys((*self._members.get(frame, ()), *self._joining.get(frame, ())))
        found = (self.node(id) or self.frames.get(id) for id in ids)
        return [record for record in found if record is not None and record.frame == frame]

    @cached_property
    def _joining(self) -> Mapping[str, list[str]]:
        joining: dict[str, list[str]] = {}
        for record in self.pending.values():
            if isinstance(record, (Node, Frame)) and record.frame is not None:
                joining.setdefault(record.frame, []).append(record.id)
        return joining

    def contents(self, frame: str) -> list[Node | Frame]:
        """What would stand in the frame, however deep; for a frame inside itself, each once."""
        found: dict[str, Node | Frame] = {}
        ahead = [frame]
        while ahead:
            new = [record for record in self.members(ahead.pop()) if record.id not in found]
            found.update((record.id, record) for record in new)
            ahead.extend(record.id for record in new if isinstance(record, Frame))
        return list(found.values())

    def reframed(self) -> list[Node]:
        """The nodes that are new, have another op, or stand in other loops than before."""
        found: dict[str, Node] = {}
        for record in self.pending.values():
            if isinstance(record, Node):
                found[record.id] = record
            elif isinstance(record, Frame):
                before = self._frames.get(record.id)
                if before is not None and (before.frame, before.kind) != (record.frame, record.kind):
                    found.update((each.id, each) for each in self.contents(record.id) if isinstance(each, Node))
        return [node for node in found.values() if self._reframed(self._nodes.get(node.id), node)]

    def _reframed(self, before: Node | None, after: Node) -> bool:
        if before is None or before.op != after.op:
            return True
        return self.looped and loops_of(before, self._frames) != self.loops(after)

    def rejoined(self) -> list[Edge]:
        """The edges that stay and may join other things than before: an end has moved into a loop, or out of one."""
        if not self.looped:
            return []
        edges = {
            edge.key: edge for node in self.reframed() if node.id in self._nodes for edge in self.edges_of(node.id)
        }
        return list(edges.values())

    @cached_property
    def looped(self) -> bool:
        """Whether there is a loop, or was."""
        return has_loops(self._frames) or has_loops(self.frames)

    def edges_of(self, id: str) -> list[Edge]:
        """The edges that join the node before the change and still stand after it."""
        keys = [(id, port) for joined in self._links.pred[id].values() for port in joined]
        keys += [(target, port) for target, joined in self._links.succ[id].items() for port in joined]
        kept = (self.pending.get(("edge", *key), self._edges[key]) for key in keys)
        return [edge for edge in kept if isinstance(edge, Edge)]

    def leaving(self, id: str) -> list[EdgeKey]:
        """The edges out of a node that no change touches."""
        if id not in self._links:
            return []
        keys = [(target, port) for target, joined in self._links.succ[id].items() for port in joined]
        return [key for key in keys if ("edge", *key) not in self.pending] if self.pending else keys

    def lifted(self, edge: Edge) -> Link | None:
        """As ``loops.lifted``; None as well for an edge that has lost an end."""
        source, target = self.node(edge.source), self.node(edge.target)
        if source is None or target is None:
            return None
        return lift(edge, self.loops(source), self.loops(target), target.op == CARRY)
