"""What a script reads off a document before it writes a line: who reads whom, and what has to be left out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby
from typing import TypeAlias

import networkx as nx

from engine.document.graph import Snapshot
from engine.document.loops import Loop, flat, loops_of, quiet
from engine.document.records import Edge, Node
from engine.op import OPS, Op

MOST_BLOCKS = 20
"""So many blocks may stand in each other in Python."""


Unit: TypeAlias = str | Loop
"""What a level is made of: the ids of nodes, and loops."""
Stretch: TypeAlias = tuple[bool, list[Unit]]
"""Units in a row, and whether they stand under no_grad."""


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

    def quiet(self, unit: Unit) -> bool:
        """Whether it stands in a no_grad frame."""
        record = self.node(unit) if isinstance(unit, str) else self.snapshot.frames[unit.frame]
        return record.frame is not None and quiet(Node("", "", frame=record.frame), self.snapshot.frames)

    def loops(self, id: str) -> tuple[str, ...]:
        return loops_of(self.node(id), self.snapshot.frames)

    def only_reader(self, id: str) -> Edge | None:
        """The edge that alone reads a node."""
        edges = self.readers[id]
        return edges[0] if len(edges) == 1 else None

    def grouped(self, units: Iterable[Unit]) -> list[Stretch]:
        """The units of a level in stretches under no_grad and not, as few as the order allows; in them a leaf stands
        next to what reads it.

        What is computed under no_grad makes no functions, so it may change places with what does; the functions are
        made in the order of the document all the same.
        """
        return self._beside_readers(self._stretches(list(units)))

    def _stretches(self, units: list[Unit]) -> list[Stretch]:
        fenced = [self.quiet(unit) for unit in units]
        if len(set(fenced)) < 2:
            return [(fenced[0], units)] if units else []
        waits, followers = self._waits(units)
        ready = [at for at, quiet in enumerate(fenced) if quiet and not waits[at]]  # a heap: the first comes first
        loud = deque(at for at, quiet in enumerate(fenced) if not quiet)  # these keep their order
        groups: list[Stretch] = []
        while ready or loud:
            quiet = bool(ready) and (fenced[0] if not groups else not groups[-1][0])
            group: list[Unit] = []
            while ready if quiet else (loud and not waits[loud[0]]):
                at = heappop(ready) if quiet else loud.popleft()
                group.append(units[at])
                for follower in followers[at]:
                    waits[follower] -= 1
                    if fenced[follower] and not waits[follower]:
                        heappush(ready, follower)
            groups.append((quiet, group))
        return groups

    def _beside_readers(self, stretches: list[Stretch]) -> list[Stretch]:
        """Every leaf just before the first that reads it, or as close as the stretches let it. It makes no function, so
        it may wait; what only a pass reads waits to the end, where the passes are."""
        units = [unit for _, stretch in stretches for unit in stretch]
        quiet = [fenced for fenced, stretch in stretches for _ in stretch]
        begin: list[int] = []  # where the stretch of a unit begins
        for _, stretch in stretches:
            begin += [len(begin)] * len(stretch)
        end = len(units)
        first: dict[str, int] = {}
        for at, unit in enumerate(units):
            for id in _held(unit):
                op = OPS.get(self.node(id).op)
                reader = end if unit == id and op is not None and op.statement else at
                for edge in self.inputs[id].values():
                    first[edge.source] = min(reader, first.get(edge.source, end))

        def place(at: int) -> tuple[int, int]:
            unit = units[at]
            if not isinstance(unit, str) or self.inputs[unit] or unit not in first:
                return at, 1
            reader = first[unit]
            beside = reader == end or quiet[reader] is quiet[at]
            return (reader, 0) if beside else (begin[reader], -1)

        order = sorted(range(end), key=place)
        return [(fenced, [units[at] for at in group]) for fenced, group in groupby(order, key=quiet.__getitem__)]

    def islands(self) -> list[list[Unit]]:
        """The units of the document, those next to each other that wires or frames join. Two islands share no tensor,
        so no sum of gradients depends on their order."""
        nodes, frames = self.snapshot.nodes, self.snapshot.frames
        joined: nx.Graph[str] = nx.Graph()
        joined.add_nodes_from((*nodes, *frames))
        joined.add_edges_from((edge.source, edge.target) for edge in self.snapshot.edges.values())
        joined.add_edges_from((node.id, node.frame) for node in nodes.values() if node.frame)
        joined.add_edges_from((frame.id, frame.frame) for frame in frames.values() if frame.frame)
        home = {id: island for island, ids in enumerate(nx.connected_components(joined)) for id in ids}
        found: dict[int, list[Unit]] = {}
        for unit in self.snapshot.course():
            found.setdefault(home[unit if isinstance(unit, str) else unit.frame], []).append(unit)
        return list(found.values())

    def _waits(self, units: list[Unit]) -> tuple[list[int], list[list[int]]]:
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


def _held(unit: Unit) -> list[str]:
    return [unit] if isinstance(unit, str) else flat((unit,))


def _check(unit: Unit, snapshot: Snapshot, inputs: Mapping[str, Mapping[str, Edge]], out: dict[str, str]) -> None:
    """Note in `out` what cannot run of a unit, given what was noted before it."""
    if isinstance(unit, str):
        node = snapshot.nodes[unit]
        looped = bool(loops_of(node, snapshot.frames))
        reason = _too_deep(node.frame, snapshot) or _stops(node, inputs[unit], out, looped)
        if reason:
            out[unit] = reason
        return
    for inner in (*unit.head, *unit.body):
        _check(inner, snapshot, inputs, out)
    name = snapshot.frames[unit.frame].name
    for id in unit.repeats[1:]:
        out[id] = f"{name} has its repeat_while already: {snapshot.nodes[unit.repeats[0]].name}"
    reason = _too_deep(unit.frame, snapshot) or _loop_stops(unit, snapshot, inputs, out)
    if reason:
        out |= dict.fromkeys(flat((unit,)), f"waits for {name}")
        out[unit.frame] = reason


def _too_deep(frame: str | None, snapshot: Snapshot) -> str | None:
    """Why what stands in this frame cannot be written: it would be too many whiles, and a with, in each other."""
    inside = Node("", "", frame=frame)
    blocks = len(loops_of(inside, snapshot.frames)) + quiet(inside, snapshot.frames)
    return f"blocks stand in each other {MOST_BLOCKS} deep at most in Python" if blocks > MOST_BLOCKS else None


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
        if not port.optional and port.name not in edges and (port.wired or node.params.get(port.name) is None)
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
