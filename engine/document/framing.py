"""Verbs on frames: put one down, put one around nodes, name it, and take it away from around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from engine.sentence import says

from .asking import contents, counted, frame_of, record_of, refuse, refuse_changes, refuse_illegal
from .command import Command, Refused
from .graph import Graph
from .kinds import KINDS, NO_GRAD, WHILE
from .legal import bad_rect, bad_title
from .loops import CARRY, REPEAT, chain, loops_of
from .naming import fresh_ids
from .placing import Point, Rect
from .records import Change, Edge, Frame, Node

COLUMN = 284.0
"""From one node to the next, as wide as a node and its wire are."""
WIDTH = 200.0
"""Of a node, with room to spare for most."""
INSET = (24.0, 52.0)
"""From the corner of a frame to that of the first node in it."""
SIZE = (480.0, 264.0)
LOOP_SIZE = (816.0, 264.0)


def add_frame(
    graph: Graph,
    kind: str,
    position: Point,
    *,
    size: Point | None = None,
    inside: str | None = None,
) -> Command:
    """Put an empty frame down by its top left corner. A loop comes with a carry and a repeat_while: it needs both."""
    width, height = size or (LOOP_SIZE if kind == WHILE else SIZE)
    fresh = fresh_ids(graph)
    frame = _new_frame(graph, fresh, kind, (*position, width, height), inside)
    changes = [Change(None, frame)]
    if kind == WHILE:
        x, y = position[0] + INSET[0], position[1] + INSET[1]
        last = x + max(COLUMN, width - COLUMN)
        changes += [
            Change(None, Node(fresh(CARRY), CARRY, {}, (x, y), frame.id)),
            Change(None, Node(fresh(REPEAT), REPEAT, {}, (last, y), frame.id)),
        ]
    refuse_changes(graph, changes)
    return Command(_adds(kind), tuple(changes), select=(frame.id,))


def wrap(graph: Graph, ids: Iterable[str], kind: str, rect: Rect) -> Command:
    """Put a new frame around nodes and frames, inside the frame that they have in common.

    ``rect`` is what goes around them. A loop gets a column on both sides for the carry and the repeat_while, where
    there is none among them.
    """
    chosen = _roots(graph, ids)
    if not chosen:
        raise Refused(says("Nothing is selected to put into a frame."))
    fresh = fresh_ids(graph)
    frame = _new_frame(graph, fresh, kind, rect, _common(graph, chosen))
    joined = [Change(record, replace(record, frame=frame.id)) for record in chosen]
    added: list[Change] = []
    if kind == WHILE:
        x, y, width, height = rect
        ops = {op for record in chosen for op in _ops(graph, record)}
        first = (x - COLUMN + INSET[0], y + INSET[1])
        last = (x + width - INSET[0] + COLUMN - WIDTH, y + INSET[1])
        if CARRY not in ops:
            added.append(Change(None, Node(fresh(CARRY), CARRY, {}, first, frame.id)))
            x, width = x - COLUMN, width + COLUMN
        if REPEAT not in ops:
            added.append(Change(None, Node(fresh(REPEAT), REPEAT, {}, last, frame.id)))
            width += COLUMN
        frame = replace(frame, rect=(x, y, width, height))
    changes = (Change(None, frame), *joined, *added)
    refuse_changes(graph, changes)
    return Command(_wraps(kind, counted(chosen)), changes, select=(frame.id,))


def _ops(graph: Graph, record: Node | Frame) -> set[str]:
    """The ops of what runs in the same loops as the record: itself, or what stands in it outside of its own loops."""
    if isinstance(record, Node):
        return {record.op}
    inside = (graph.nodes[id] for id in contents(graph, record.id) if id in graph.nodes)
    return {node.op for node in inside if loops_of(node, graph.frames) == loops_of(record, graph.frames)}


def rename_frame(graph: Graph, id: str, title: str) -> Command:
    """Give a frame a title; an empty one takes it away."""
    frame = frame_of(graph, id)
    refuse_illegal(bad_title(title))
    text = (
        says("Rename {name} to {title}", name=frame.name, title=title)
        if title
        else says("Remove the title of {name}", name=frame.name)
    )
    return Command(text, (Change(frame, replace(frame, title=title)),) if title != frame.title else ())


def dissolve(graph: Graph, id: str) -> Command:
    """Take a frame away from around what stands in it. What only a loop has goes with it, and one turn is left: who
    read a carry inside reads what started it, who read it outside reads what came next. A number that started it
    stays, as a tensor."""
    frame = frame_of(graph, id)
    own = {node.id: node for node in _own(graph, frame)} if frame.kind == WHILE else {}
    edges = {edge: _one_turn(graph, edge, frame, own) for edge in graph.incident(own)}
    read = {edge.source for edge in edges.values() if edge is not None}
    stays: dict[str, Node | Frame | None] = {each: record_of(graph, each) for each in graph.members(id)}
    stays |= {each: _left_by(node) if each in read else None for each, node in own.items()}
    freed = {
        each: record and replace(record, frame=frame.frame if record.frame == id else record.frame)
        for each, record in sorted(stays.items())
    }
    changes = (
        *(Change(before, after) for before, after in edges.items() if before != after),
        *(Change(record_of(graph, each), record) for each, record in freed.items()),
        Change(frame, None),
    )
    refuse_changes(graph, changes)
    text = says("Dissolve {frame}", frame=frame.name)
    return Command(text, changes, select=tuple(each for each, record in freed.items() if record is not None))


def _left_by(carry: Node) -> Node:
    """What a carry was in the first turn, where that is a number."""
    return replace(carry, op="tensor", params={"data": carry.params["start"]})


def _one_turn(graph: Graph, edge: Edge, frame: Frame, own: Mapping[str, Node]) -> Edge | None:
    """What is left of an edge of a carry of the loop: its reader reads on, from where the value comes in one turn."""
    if edge.target in own:
        return None
    after = graph.edges.get((edge.source, "next"))
    inside = frame.id in loops_of(graph.nodes[edge.target], graph.frames)
    source = edge.source if inside or after is None else after.source
    if source in own and (start := graph.edges.get((source, "start"))) is not None:
        source = start.source
    wanting = source in own and own[source].params.get("start") is None
    return None if wanting else replace(edge, source=source)


def _own(graph: Graph, frame: Frame) -> list[Node]:
    """The carries and repeat_while of a loop."""
    bound = (node for node in graph.nodes.values() if node.op in (CARRY, REPEAT))
    return [node for node in bound if loops_of(node, graph.frames)[-1:] == (frame.id,)]


def _new_frame(graph: Graph, fresh: Callable[[str], str], kind: str, rect: Rect, inside: str | None) -> Frame:
    if kind not in KINDS:
        refuse(says("There is no kind of frame {kind}.", kind=kind))
    if inside is not None:
        frame_of(graph, inside)
    refuse_illegal(bad_rect(rect))
    return Frame(fresh(kind), kind, "", rect, inside)


def _roots(graph: Graph, ids: Iterable[str]) -> list[Node | Frame]:
    """What was chosen, without what stands in something chosen."""
    chosen = {id: record_of(graph, id) for id in ids}
    return [
        record
        for record in chosen.values()
        if not any(frame.id in chosen for frame in chain(record.frame, graph.frames))
    ]


def _common(graph: Graph, records: Sequence[Node | Frame]) -> str | None:
    """The innermost frame that all of them stand in."""
    chains = [[frame.id for frame in chain(record.frame, graph.frames)] for record in records]
    common = [ids[0] for ids in zip(*chains, strict=False) if len(set(ids)) == 1]
    return common[-1] if common else None


def _adds(kind: str) -> str:
    if kind == WHILE:
        return says("Add a while loop")
    return says("Add a no_grad region") if kind == NO_GRAD else says("Add a comment")


def _wraps(kind: str, what: str) -> str:
    if kind == WHILE:
        return says("Put {what} into a while loop", what=what)
    return (
        says("Put {what} under no_grad", what=what) if kind == NO_GRAD else says("Put {what} into a comment", what=what)
    )
