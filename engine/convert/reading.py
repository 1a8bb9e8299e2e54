"""What a script reads off a document before it writes a line: who reads whom, and what has to be left out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from engine.document.graph import Snapshot
from engine.document.loops import Loop, flat, loops_of, quiet
from engine.document.records import Edge, Node
from engine.op import OPS, Op


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot, with what a writer asks of it. Frames and nodes share one space of ids."""

    snapshot: Snapshot
    inputs: Mapping[str, Mapping[str, Edge]]
    readers: Mapping[str, tuple[Edge, ...]]
    left_out: Mapping[str, str]
    """Nodes and loops that cannot run, with the reason: a program would stop there, a document runs on without them."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Reading:
        inputs: dict[str, dict[str, Edge]] = {id: {} for id in snapshot.nodes}
        readers: dict[str, list[Edge]] = {id: [] for id in snapshot.nodes}
        for edge in snapshot.edges.values():
            inputs[edge.target][edge.port] = edge
            readers[edge.source].append(edge)
        left_out: dict[str, str] = {}
        for unit in snapshot.course():
            _check(unit, snapshot, inputs, left_out)
        return cls(snapshot, inputs, {id: tuple(edges) for id, edges in readers.items()}, left_out)

    def node(self, id: str) -> Node:
        return self.snapshot.nodes[id]

    def op(self, id: str) -> Op:
        return OPS[self.node(id).op]

    def quiet(self, unit: str | Loop) -> bool:
        """Whether it stands in a no_grad frame."""
        record = self.node(unit) if isinstance(unit, str) else self.snapshot.frames[unit.frame]
        return record.frame is not None and quiet(Node("", "", frame=record.frame), self.snapshot.frames)

    def loops(self, id: str) -> tuple[str, ...]:
        return loops_of(self.node(id), self.snapshot.frames)

    def only_reader(self, id: str) -> Edge | None:
        """The edge that alone reads a node."""
        edges = self.readers[id]
        return edges[0] if len(edges) == 1 else None

    def grouped(self, units: Iterable[str | Loop]) -> list[tuple[bool, list[str | Loop]]]:
        """The units of a level in stretches under no_grad and not, as few as the order allows.

        What is computed under no_grad makes no functions, so it may change places with what does; the functions are
        made in the order of the document all the same.
        """
        units = list(units)
        fenced = [self.quiet(unit) for unit in units]
        if len(set(fenced)) < 2:
            return [(fenced[0], units)] if units else []
        waits, followers = self._waits(units)
        ready = [at for at, quiet in enumerate(fenced) if quiet and not waits[at]]  # a heap: the first comes first
        loud = deque(at for at, quiet in enumerate(fenced) if not quiet)  # these keep their order
        groups: list[tuple[bool, list[str | Loop]]] = []
        while ready or loud:
            quiet = bool(ready) and (fenced[0] if not groups else not groups[-1][0])
            group: list[str | Loop] = []
            while ready if quiet else (loud and not waits[loud[0]]):
                at = heappop(ready) if quiet else loud.popleft()
                group.append(units[at])
                for follower in followers[at]:
                    waits[follower] -= 1
                    if fenced[follower] and not waits[follower]:
                        heappush(ready, follower)
            groups.append((quiet, group))
        return groups

    def _waits(self, units: list[str | Loop]) -> tuple[list[int], list[list[int]]]:
        """How many of the units each waits for, and which wait for it."""
        holder = {id: at for at, unit in enumerate(units) for id in _held(unit)}
        waits: list[int] = []
        followers: list[list[int]] = [[] for _ in units]
        for at, unit in enumerate(units):
            sources = {holder.get(edge.source, at) for id in _held(unit) for edge in self.inputs[id].values()} - {at}
            waits.append(len(sources))
            for source in sources:
                followers[source].append(at)
        return waits, followers


def _held(unit: str | Loop) -> list[str]:
    return [unit] if isinstance(unit, str) else flat((unit,))


def _check(
    unit: str | Loop, snapshot: Snapshot, inputs: Mapping[str, Mapping[str, Edge]], out: dict[str, str], loop: str = ""
) -> None:
    """Note in `out` what cannot run of a unit, given what was noted before it."""
    if isinstance(unit, str):
        reason = _stops(snapshot.nodes[unit], inputs[unit], out, bool(loop))
        if reason:
            out[unit] = reason
        return
    for inner in (*unit.head, *unit.body):
        _check(inner, snapshot, inputs, out, unit.frame)
    reason = _loop_stops(unit, snapshot, inputs, out)
    if reason:
        name = snapshot.frames[unit.frame].title or unit.frame
        out |= dict.fromkeys(flat((unit,)), f"waits for {name}")
        out[unit.frame] = reason


def _stops(node: Node, edges: Mapping[str, Edge], out: Mapping[str, str], looped: bool) -> str | None:
    op = OPS.get(node.op)
    if op is None:
        return f"unknown op: {node.op}"
    if op.control:
        return "belongs into a while frame"
    if op.statement and looped:
        return "cannot stand inside a loop"
    waits = next((edge.source for edge in edges.values() if edge.source in out), None)
    if waits is not None:
        return f"waits for {waits}"
    missing = [
        port.name
        for port in op.ports
        if not port.optional and port.name not in edges and (op.statement or node.params.get(port.name) is None)
    ]
    return f"needs {', '.join(missing)}" if missing else None


def _loop_stops(
    loop: Loop, snapshot: Snapshot, inputs: Mapping[str, Mapping[str, Edge]], out: Mapping[str, str]
) -> str | None:
    if not loop.repeats or not loop.carries:
        return "needs a repeat_while" if not loop.repeats else "needs a carry"
    needed = [(loop.repeats[0], "condition")]
    needed += [(carry, port) for carry in loop.carries for port in ("start", "next")]
    for id, port in needed:
        edge = inputs[id].get(port)
        if edge is None and (port != "start" or snapshot.nodes[id].params.get(port) is None):
            return f"{snapshot.nodes[id].name} needs {port}"
        if edge is not None and edge.source in out:
            return f"waits for {edge.source}"
    return None
