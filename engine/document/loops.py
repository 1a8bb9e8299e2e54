"""Loops: what stands in which ``while`` frame, and in which order a document with loops runs.

A frame inside another narrows it down: a node's loops are the ``while`` frames around it, outermost first. Other frames
are transparent here. From outside a loop is one thing, as if it were one node: an edge between two nodes is an edge
between the two things that hold them on the innermost level that they share. A document is legal if on every level
these edges close no cycle; the one edge that is none of them goes back, into a carry's ``next``.

Everything here is a function of the records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

from .kinds import NO_GRAD, WHILE
from .records import Edge, EdgeKey, Frame, Node, natural
from .walks import reached

CARRY = "carry"
REPEAT = "repeat_while"

Frames: TypeAlias = Mapping[str, Frame]
Loops: TypeAlias = tuple[str, ...]
"""The ids of the while frames around something, outermost first."""
Turn: TypeAlias = tuple[int, ...]
"""One number for each loop around something, outermost first, from 0; () outside."""
Place: TypeAlias = tuple[str, Turn]
"""A node, in one turn of the loops around it."""
Link: TypeAlias = tuple[str, str]
"""An edge between two things on one level: nodes, or loops by their frames' ids."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A while frame as it runs. ``head`` is what the condition needs and runs once more than ``body``, which is the
    rest; both in their order, loops inside among them. ``carries`` and ``repeats`` are the ids of its own, by id; the
    first of ``repeats`` is the one that counts."""

    frame: str
    carries: tuple[str, ...]
    repeats: tuple[str, ...]
    head: tuple[str | Loop, ...]
    body: tuple[str | Loop, ...]


Course: TypeAlias = tuple[str | Loop, ...]
"""A document in the order in which it runs: the ids of nodes, and loops in their places."""


def chain(frame: str | None, frames: Frames) -> tuple[Frame, ...]:
    """This frame and all that it stands in, outermost first. Ends where a frame stands inside itself."""
    found: dict[str, Frame] = {}
    while frame is not None and frame in frames and frame not in found:
        found[frame] = frames[frame]
        frame = frames[frame].frame
    return tuple(reversed(found.values()))


def loops_of(record: Node | Frame, frames: Frames) -> Loops:
    """The loops that a node or a frame stands in."""
    return tuple(frame.id for frame in chain(record.frame, frames) if frame.kind == WHILE)


def quiet(node: Node, frames: Frames) -> bool:
    """Whether the node is evaluated under no_grad: it stands in such a frame, however deep."""
    return node.frame is not None and any(frame.kind == NO_GRAD for frame in chain(node.frame, frames))


def has_loops(frames: Frames) -> bool:
    """Whether there is a loop at all: if not, every edge joins its two ends, and nothing else has to be asked."""
    return any(frame.kind == WHILE for frame in frames.values())


def looped(nodes: Iterable[Node], frames: Frames) -> dict[str, Loops]:
    """The loops of every node."""
    found: dict[str | None, Loops] = {None: ()}
    for node in nodes:
        if node.frame not in found:
            found[node.frame] = loops_of(node, frames)
    return {node.id: found[node.frame] for node in nodes}


def shared(one: Loops, other: Loops) -> int:
    """How many loops two nodes are in together."""
    if one == other:
        return len(one)
    pairs = zip(one, other, strict=False)
    return next((depth for depth, (mine, yours) in enumerate(pairs) if mine != yours), min(len(one), len(other)))


def lift(edge: Edge, giver: Loops, taker: Loops, carry: bool) -> Link | None:
    """As ``lifted``, by the loops of the two ends; ``carry`` says whether the edge goes into one."""
    depth = shared(giver, taker)
    if carry and edge.port == "next" and taker and depth == len(taker):
        return None
    return (
        giver[depth] if depth < len(giver) else edge.source,
        taker[depth] if depth < len(taker) else edge.target,
    )


def lifted(edge: Edge, nodes: Mapping[str, Node], frames: Frames) -> Link | None:
    """What an edge joins on the innermost level that its ends share; None if it goes back, from turn to turn."""
    target = nodes[edge.target]
    return lift(edge, loops_of(nodes[edge.source], frames), loops_of(target, frames), target.op == CARRY)


def links(nodes: Mapping[str, Node], edges: Iterable[Edge], frames: Frames) -> nx.DiGraph[str]:
    """What waits for what: nodes, and loops as one thing each. The levels lie in it side by side, joined by nothing."""
    waits: nx.DiGraph[str] = nx.DiGraph()
    waits.add_nodes_from(nodes)
    ends = (edge for edge in edges if edge.source in nodes and edge.target in nodes)
    if not has_loops(frames):
        waits.add_edges_from((edge.source, edge.target) for edge in ends)
        return waits
    loops = looped(nodes.values(), frames)
    waits.add_nodes_from(frame.id for frame in frames.values() if frame.kind == WHILE)
    lifts = (lift(edge, loops[edge.source], loops[edge.target], nodes[edge.target].op == CARRY) for edge in ends)
    waits.add_edges_from(link for link in lifts if link is not None)
    return waits


def course(nodes: Mapping[str, Node], edges: Mapping[EdgeKey, Edge], frames: Frames) -> Course:
    """Everything in the order in which it runs: after its inputs, and otherwise by id, on every level.

    Raises NetworkXUnfeasible if there is a cycle.
    """
    waits = links(nodes, edges.values(), frames)
    if not has_loops(frames):
        return tuple(nx.lexicographical_topological_sort(waits, key=natural))
    loops = looped(nodes.values(), frames)
    levels: dict[str | None, list[str]] = {None: []}
    for id in nx.lexicographical_topological_sort(waits, key=natural):
        around = loops[id] if id in loops else loops_of(frames[id], frames)
        levels.setdefault(around[-1] if around else None, []).append(id)

    def made(id: str) -> str | Loop:
        return id if id in nodes else loop(id)

    def loop(frame: str) -> Loop:
        order = levels.get(frame, [])
        carries = sorted((id for id in order if id in nodes and nodes[id].op == CARRY), key=natural)
        repeats = sorted((id for id in order if id in nodes and nodes[id].op == REPEAT), key=natural)
        needed = reached(repeats[:1], waits.pred)
        rest = [id for id in order if id not in nodes or nodes[id].op not in (CARRY, REPEAT)]
        return Loop(
            frame,
            tuple(carries),
            tuple(repeats),
            tuple(made(id) for id in rest if id in needed),
            tuple(made(id) for id in rest if id not in needed),
        )

    return tuple(made(id) for id in levels[None])


def flat(course: Course) -> list[str]:
    """The ids of the nodes alone, in the order of the course."""
    ids: list[str] = []
    ahead = [iter(course)]
    while ahead:
        for unit in ahead[-1]:
            if isinstance(unit, str):
                ids.append(unit)
            else:
                ids += unit.carries
                ahead.append(iter((*unit.head, *unit.repeats, *unit.body)))
                break
        else:
            ahead.pop()
    return ids
