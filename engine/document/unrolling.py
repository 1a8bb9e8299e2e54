"""Unrolling: a while loop laid out as plain nodes, turn after turn, the way that it ran."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

from engine.sentence import says

from .catalogue import find
from .columns import Columns
from .command import Command, Refused
from .graph import Graph
from .kinds import WHILE
from .legal import LONGEST_ID, LONGEST_TITLE
from .loops import Place, Turn, chain, course, flat, loops_of
from .numbers import seed_param
from .records import Change, Edge, EdgeKey, Frame, Node, natural
from .rolled import Counts, Rolled
from .standing import misplaced


def unroll(graph: Graph, frame: str, counts: Counts) -> Command:
    """Put a node for each place of the loop's last run in place of the loop; `counts` says how many turns there were.

    What the nodes compute and the gradients that they send are the same, bit for bit (but see `_Faithful`).
    """
    record = graph.frames.get(frame)
    if record is None or record.kind != WHILE:
        raise Refused(says("Select a while loop to unroll it."))
    around = loops_of(record, graph.frames)
    if around:
        outer = graph.frames[around[0]].name
        raise Refused(says("{loop} runs anew in each turn of {outer}: unroll {outer}.", loop=record.name, outer=outer))
    rolled = Rolled(graph, frame, counts)
    _refuse_what_differs(graph, rolled)
    laid = max((_laid_out(graph, rolled, prefix) for prefix in _prefixes(graph, rolled)), key=_Faithful(graph, rolled))
    return Command(says("Unroll {loop}", loop=record.name), _changes(graph, laid), select=tuple(laid.turns))


@dataclass(slots=True)
class _Laid:
    """The document with the loop laid out. `turns` are the ids of the nodes that came, in the order of the run."""

    nodes: dict[str, Node]
    edges: dict[EdgeKey, Edge]
    frames: dict[str, Frame]
    turns: list[str]


def _refuse_what_differs(graph: Graph, rolled: Rolled) -> None:
    for id in dict.fromkeys(id for id, _turn in rolled.places):
        node = graph.nodes[id]
        seed = seed_param(node)
        if seed is not None and node.params.get(seed) is None:
            raise Refused(says("{name} has no seed: laid out it would draw other numbers.", name=node.name))
        if wrong := misplaced(node, rolled.loops[id]):
            raise Refused(wrong)


def _laid_out(graph: Graph, rolled: Rolled, prefix: str) -> _Laid:
    """A node for each place, with ids that count on from one to the next."""
    columns = Columns(graph, rolled)
    fresh = _Counted(graph, prefix)
    ids = {place: fresh() for place in rolled.places}
    laid = _without(graph, rolled, columns)
    laid.turns.extend(ids.values())
    fences: dict[Place, str] = {}
    names = _names(graph, rolled)

    def fence(frame: str | None, turn: Turn) -> str | None:
        """What stands in place of a frame in one turn: a copy of it, or if it is a loop, of what that stands in."""
        if frame is None or frame == rolled.frame.id:
            return rolled.frame.frame
        record = graph.frames[frame]
        if record.kind == WHILE:
            return fence(record.frame, turn[:-1])
        if (frame, turn) not in fences:
            fences[frame, turn] = id = fresh()
            stack = loops_of(record, graph.frames)
            left, top, width, height = record.rect
            start, end = columns.x(left, stack, turn), columns.x(left + width, stack, turn)
            title = _titled(record.title, turn) if record.title else ""
            inside = fence(record.frame, turn)
            laid.frames[id] = replace(record, id=id, rect=(start, top, end - start, height), title=title, frame=inside)
        return fences[frame, turn]

    for place, new in ids.items():
        id, turn = place
        node = graph.nodes[id]
        position = columns.x(node.position[0], rolled.loops[id], turn), node.position[1]
        made = Node(new, "tensor", {"data": node.params["start"]}) if rolled.starts(place) else replace(node, id=new)
        title = _titled(names.get(id, node.name), turn, start=rolled.starts(place))
        laid.nodes[new] = replace(made, position=position, frame=fence(node.frame, turn), title=title)
        for port, read in rolled.inputs(place).items():
            laid.edges[new, port] = replace(graph.edges[id, port], source=ids.get(read, read[0]), target=new)
    for edge in rolled.outward:
        read = rolled.reads(edge, ())
        laid.edges[edge.key] = replace(edge, source=ids.get(read, read[0]))
    return laid


def _without(graph: Graph, rolled: Rolled, columns: Columns) -> _Laid:
    """The document without the loop, and with room for its turns where it was."""
    loop = rolled.frame.id
    gone = {id for id, frame in graph.frames.items() if rolled.frame in chain(id, graph.frames)}
    nodes: dict[str, Node] = {}
    for id, node in graph.nodes.items():
        if id not in rolled.loops:
            x, y = node.position
            nodes[id] = replace(node, position=(columns.beside(loop, x), y))
    frames: dict[str, Frame] = {}
    for id, frame in graph.frames.items():
        if id not in gone:
            left, top, width, height = frame.rect
            start = columns.beside(loop, left)
            frames[id] = replace(frame, rect=(start, top, columns.beside(loop, left + width) - start, height))
    loose = {edge.key for edge in graph.incident(rolled.loops)}
    edges = {key: edge for key, edge in graph.edges.items() if key not in loose}
    return _Laid(nodes, edges, frames, [])


def _names(graph: Graph, rolled: Rolled) -> dict[str, str]:
    """What has no title, and makes the next value of a carry that has one, is called by that."""
    found: dict[str, str] = {}
    for carry, stack in rolled.loops.items():
        edge = graph.edges.get((carry, "next"))
        title = graph.nodes[carry].title
        if edge is not None and title and rolled.loops.get(edge.source) == stack and not graph.nodes[edge.source].title:
            found.setdefault(edge.source, title)
    return found


def _titled(name: str, turn: Turn, start: bool = False) -> str:
    """As the learner counts: from one; what is there before the first turn is number nought."""
    shown = [index + 1 for index in turn[:-1]] + [turn[-1] + (not start)]
    mark = "".join(f"·{number}" for number in shown)
    return name[: LONGEST_TITLE - len(mark)] + mark


class _Counted:
    """Ids that stand in the order in which they were asked for."""

    def __init__(self, graph: Graph, prefix: str) -> None:
        self._graph = graph
        self._prefix = prefix[: LONGEST_ID - 8]
        self._last = 0

    def __call__(self) -> str:
        while True:
            self._last += 1
            id = f"{self._prefix}_{self._last}"
            if id not in self._graph.nodes and id not in self._graph.frames:
                return id


# The order in which functions were made decides in which order gradients are summed, and so their last bits; the order
# of the statements, which pass is first. It is the order of the document: by inputs, and otherwise by id. So the new
# ids are chosen such that the turns run where the loop ran. Where no id can do that (a turn waits for less than the
# loop did, and something with an id between reads the same tensor), a sum is made in another order.


def _prefixes(graph: Graph, rolled: Rolled) -> list[str]:
    """What the new ids may begin with: the loop's own id, or one that lets what ran before the loop run before them."""
    before = list(takewhile(lambda id: id not in rolled.loops, graph.order()))
    return list(dict.fromkeys([rolled.frame.id, *before[-1:], *sorted(before, key=natural)[-1:]]))


class _Faithful:
    """How well a document with the loop laid out keeps the order, to compare: of the statements, then of what reads
    the same tensor and so sends it a part of its gradient."""

    def __init__(self, graph: Graph, rolled: Rolled) -> None:
        self._before = [id for id in graph.order() if id not in rolled.loops]
        self._at = next(place for place, id in enumerate(graph.order()) if id in rolled.loops)

    def __call__(self, laid: _Laid) -> tuple[bool, int]:
        wanted = _ranks([*self._before[: self._at], *laid.turns, *self._before[self._at :]])
        runs = _ranks(flat(course(laid.nodes, laid.edges, laid.frames)))
        readers: dict[str, list[str]] = {}
        for edge in laid.edges.values():
            readers.setdefault(edge.source, []).append(edge.target)
        statements = [id for id, node in laid.nodes.items() if (op := find(node.op)) is not None and op.statement]
        first, *kept = (
            sorted(ids, key=wanted.__getitem__) == sorted(ids, key=runs.__getitem__)
            for ids in (statements, *readers.values())
        )
        return first, sum(kept)


def _ranks(ids: list[str]) -> dict[str, int]:
    return {id: place for place, id in enumerate(ids)}


def _changes(graph: Graph, laid: _Laid) -> tuple[Change, ...]:
    return tuple(
        Change(before.get(key), after.get(key))
        for before, after in ((graph.edges, laid.edges), (graph.nodes, laid.nodes), (graph.frames, laid.frames))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    )
