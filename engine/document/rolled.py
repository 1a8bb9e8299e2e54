"""A loop as it ran: which places it came by, and what each of them read.

A `Place` is a node in one turn of the loops around it. A carry is none, it is only a name for what is handed on, but
for the number that it may start with. What nothing but the condition reads is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from engine.sentence import says

from .command import Refused
from .graph import Graph
from .loops import CARRY, REPEAT, Loop, Loops, Place, Turn, looped, shared
from .records import Edge

Counts: TypeAlias = Callable[[str, Turn], int | None]
"""How many turns a loop ran, by the id of its frame and the turn of what is around it; None if it did not run."""

MOST = 2_000


class Rolled:
    """A loop as it ran: the places that have to be laid out, in the order of the run, and what each of them reads."""

    def __init__(self, graph: Graph, frame: str, counts: Counts) -> None:
        self._graph = graph
        self.frame = graph.frames[frame]
        self.loops = {
            id: stack for id, stack in looped(graph.nodes.values(), graph.frames).items() if stack[:1] == (frame,)
        }
        self._counts = counts
        self._parts: dict[str, Loop] = {}
        self._rank: dict[str, int] = {}  # of a node or a loop among the others of its level
        self._again: set[str] = set()  # what is there once more than there are turns: carries and heads
        (loop,) = (unit for unit in graph.snapshot().course() if isinstance(unit, Loop) and unit.frame == frame)
        self._read_off(loop)
        self.outward = [
            edge for edge in graph.edges.values() if edge.source in self.loops and edge.target not in self.loops
        ]
        self._wanted = self._for_more_than_the_condition()
        self.places = self._needed()

    def _read_off(self, loop: Loop) -> None:
        self._parts[loop.frame] = loop
        self._again.update(loop.carries)
        for rank, unit in enumerate((*loop.head, *loop.body)):
            name = unit if isinstance(unit, str) else unit.frame
            self._rank[name] = rank
            if rank < len(loop.head):
                self._again.add(name)
            if isinstance(unit, Loop):
                self._read_off(unit)

    def count(self, frame: str, outer: Turn) -> int:
        count = self._counts(frame, outer)
        if count is None:
            raise Refused(says("{loop} has not come to its end: there are no turns to lay out.", loop=self.name(frame)))
        return count

    def name(self, id: str) -> str:
        return self._graph.frames[id].name if id in self._graph.frames else self._graph.nodes[id].name

    def reads(self, edge: Edge, turn: Turn) -> Place:
        """The place that an edge reads when its target is at `turn`: through the carries, back to what made the value.

        Outside the loop that is the node itself, at no turn. A carry stands for the number that it starts with.
        """
        place = self._given(edge.source, self.loops.get(edge.target, ()), turn)
        while self.starts(place):
            carry, (*around, index) = place
            port = "next" if index else "start"
            into = self._graph.edges.get((carry, port))
            if into is None:
                if port == "start" and self._graph.nodes[carry].params.get(port) is not None:
                    return place
                raise Refused(says("{carry} needs: {port}", carry=self.name(carry), port=port))
            stack = self.loops[carry] if index else self.loops[carry][:-1]
            place = self._given(into.source, stack, (*around, index - 1) if index else tuple(around))
        return place

    def _given(self, source: str, reader: Loops, turn: Turn) -> Place:
        """A node as it is seen from inside some loops: one in another loop is read as it was when that ended."""
        stack = self.loops.get(source, ())
        at = turn[: shared(stack, reader)]
        for depth in range(len(at), len(stack)):
            count = self.count(stack[depth], at)
            unit = stack[depth + 1] if depth + 1 < len(stack) else source
            last = count if unit in self._again else count - 1
            if last < 0:
                raise Refused(says("{name} has no value: the loop ran no turn.", name=self.name(source)))
            at = (*at, last)
        return source, at

    def starts(self, place: Place) -> bool:
        """Whether the place is the number that a carry starts with."""
        return place[0] in self.loops and self._graph.nodes[place[0]].op == CARRY

    def inputs(self, place: Place) -> dict[str, Place]:
        """What the node reads at its ports in this turn."""
        id, turn = place
        if self.starts(place):
            return {}
        return {port: self.reads(edge, turn) for port, edge in self._graph.inputs(id).items()}

    def _for_more_than_the_condition(self) -> set[str]:
        """The nodes that a reader outside depends on, or something that nothing reads at all."""
        nodes = self._graph.nodes
        ends = {id for id in self.loops if nodes[id].op != REPEAT and not self._graph.consumers(id)}
        ends.update(edge.source for edge in self.outward)
        return ends | self._graph.upstream(ends)

    def _needed(self) -> list[Place]:
        """The bodies of all turns, and whatever they and the readers outside need, heads for example."""
        found: set[Place] = set()
        for root in self._roots():
            front = [root]
            while front:
                place = front.pop()
                if place[0] not in self.loops or place in found:
                    continue
                found.add(place)
                if len(found) > MOST:
                    raise Refused(
                        says(
                            "Unrolled, {loop} would be {count} nodes; at most {most} can be laid out.",
                            loop=self.frame.name,
                            count=self._size(self._parts[self.frame.id], ()),
                            most=MOST,
                        )
                    )
                front.extend(self.inputs(place).values())
        return sorted(found, key=self._moment)

    def _roots(self) -> Iterator[Place]:
        for edge in self.outward:
            yield self.reads(edge, ())
        yield from self._bodies(self._parts[self.frame.id], ())

    def _bodies(self, loop: Loop, outer: Turn) -> Iterator[Place]:
        for index in range(self.count(loop.frame, outer)):
            for unit in loop.body:
                if isinstance(unit, str):
                    if unit in self._wanted:
                        yield unit, (*outer, index)
                else:
                    yield from self._bodies(unit, (*outer, index))

    def _size(self, loop: Loop, outer: Turn) -> int:
        """How many nodes all turns have together."""
        count = self.count(loop.frame, outer)
        units = (*loop.head, *loop.body)
        own = sum(unit in self._wanted for unit in units if isinstance(unit, str))
        inner = (self._size(unit, (*outer, i)) for unit in units if isinstance(unit, Loop) for i in range(count))
        return count * own + sum(inner)

    def _moment(self, place: Place) -> tuple[int, ...]:
        """When the run came by a place. What a carry starts with comes before anything else of its loop."""
        id, turn = place
        units = (*self.loops[id][1:], id)
        return tuple(
            part for index, unit in zip(turn, units, strict=True) for part in (index, self._rank.get(unit, -1))
        )
