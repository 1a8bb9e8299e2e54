"""Graph holds the records of a document, and ``apply`` is the only writer.

    graph = Graph()
    graph.apply(Change(None, Node("x", "ones")), Change(None, Node("sum1", "sum")))
    graph.refusal(Edge("x", "sum1", "input"))     # None: nothing speaks against it
    graph.apply(Change(None, Edge("x", "sum1", "input")))
    graph.order()                                 # ["x", "sum1"]

``apply`` keeps the structure legal. What a param may be is checked by the verbs and the files: what they write into
a Graph can always be saved and read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import networkx as nx

from engine.sentence import says

from .catalogue import find, ports
from .loops import Course, course, flat, has_loops
from .proposal import Proposal, misfit
from .reach import Reach
from .records import Change, Edge, EdgeKey, Frame, Identity, Node, Record, natural
from .standing import stray
from .walks import reached

Listener: TypeAlias = Callable[[tuple[Change, ...]], None]


class Graph:
    """The nodes, edges and frames of a document, always legal as a whole.

    Legal: every edge joins two nodes, goes into a port that the op has (an op that this version does not
    know has any port) and comes from a node that gives a value; an input port holds one edge at most;
    there is no cycle but the way back in a loop (loops.py); a frame that is named exists; nodes and frames have
    their ids in common.
    """

    def __init__(self, nodes: Iterable[Node] = (), edges: Iterable[Edge] = (), frames: Iterable[Frame] = ()) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: dict[EdgeKey, Edge] = {}
        self._frames: dict[str, Frame] = {}
        self._links: nx.MultiDiGraph[str] = nx.MultiDiGraph()  # keyed by input port
        self._members: dict[str, set[str]] = {}  # by frame: the nodes and frames that stand in it
        self._listeners: list[Listener] = []
        self._telling = False
        self._snapshot: Snapshot | None = None
        self._order = _Order()
        self.revision = 0
        self.apply(*(Change(None, record) for records in (nodes, edges, frames) for record in records))
        self.revision = 0

    # ---- reading ----

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by id: a live view, not a copy."""
        return MappingProxyType(self._nodes)

    @property
    def edges(self) -> Mapping[EdgeKey, Edge]:
        """The edges by (target, port): a live view, not a copy."""
        return MappingProxyType(self._edges)

    @property
    def frames(self) -> Mapping[str, Frame]:
        """The frames by id: a live view, not a copy."""
        return MappingProxyType(self._frames)

    def members(self, frame: str) -> frozenset[str]:
        """The ids of what stands in a frame itself, not in one inside it."""
        return frozenset(self._members.get(frame, ()))

    def inputs(self, id: str) -> dict[str, Edge]:
        """The edges into a node by port, in the order in which the op declares its ports."""
        found = {port for joined in self._links.pred[id].values() for port in joined}
        declared = [port for port in ports(self._nodes[id].op) if port in found]
        rest = sorted(found.difference(declared), key=natural)
        return {port: self._edges[id, port] for port in (*declared, *rest)}

    def consumers(self, id: str) -> list[Edge]:
        """The edges out of a node."""
        keys = [(target, port) for target, joined in self._links.succ[id].items() for port in joined]
        return [self._edges[key] for key in sorted(keys, key=edge_order)]

    def incident(self, ids: Iterable[str]) -> list[Edge]:
        """The edges into and out of these nodes, each once."""
        found: dict[EdgeKey, Edge] = {}
        for id in ids:
            for edge in (*self.inputs(id).values(), *self.consumers(id)):
                found[edge.key] = edge
        return list(found.values())

    def upstream(self, ids: Iterable[str]) -> set[str]:
        """All nodes that these depend on, without those given unless one depends on another."""
        return reached(ids, self._links.pred)

    def downstream(self, ids: Iterable[str]) -> set[str]:
        """All nodes that depend on these, without those given unless one depends on another."""
        return reached(ids, self._links.succ)

    def order(self) -> list[str]:
        """The ids, every node after its inputs and otherwise by id; those of a loop next to each other. Do not change
        the list."""
        return self._order.flat(self._nodes, self._edges, self._frames)

    def course(self) -> Course:
        """The nodes and the loops in the order in which they run. Without loops it is ``order``."""
        return self._order.of(self._nodes, self._edges, self._frames)

    def snapshot(self) -> Snapshot:
        """The records as they are now, for a reader on any thread."""
        if self._snapshot is None:
            self._snapshot = Snapshot(
                dict(self._nodes), dict(self._edges), dict(self._frames), self.revision, self._order
            )
        return self._snapshot

    def refusal(self, edge: Edge, given: Sequence[Change] = ()) -> str | None:
        """Why a user cannot draw this edge, as a sentence; None where nothing speaks against it.

        That the port is taken is no reason: the verb ``connect`` replaces the edge. ``given`` are changes to
        be made together with it, such as the node that it goes to.
        """
        proposal = self._proposal(given)
        ends = []
        for id in (edge.source, edge.target):
            node = proposal.node(id)
            if node is None:
                return says("There is no node {id}.", id=id)
            if find(node.op) is None:
                return says("{name} is an unknown op ({op}): it cannot be connected here.", name=node.name, op=node.op)
            ends.append(node)
        wrong = misfit(edge, *ends) or proposal.late(edge)
        return wrong or proposal.cycle((*proposal.edges(), *proposal.rejoined(), edge))

    def takers(self, source: str) -> Callable[[str, str], bool]:
        """Whether a wire from this node may go into a port of a target, as far as the order in which all runs goes."""
        if not has_loops(self._frames):
            barred = self.upstream([source]) | {source}
            return lambda target, port: target not in barred
        reach = Reach(self._nodes, self._edges, self._frames, source, upstream=True)
        return lambda target, port: reach.fits(source, target, port)

    def givers(self, target: str, port: str) -> Callable[[str], bool]:
        """As ``takers``, from the other end: whether a wire from a source may go into this port."""
        if not has_loops(self._frames):
            barred = self.downstream([target]) | {target}
            return lambda source: source not in barred
        reach = Reach(self._nodes, self._edges, self._frames, target, upstream=False)
        return lambda source: reach.fits(source, target, port)

    def objection(self, *changes: Change) -> str | None:
        """Why a user cannot make these changes, as a sentence: what ``apply`` would raise, or a node that cannot stand
        where it would; None where nothing speaks against them."""
        proposal = self._proposal(changes)
        return proposal.bad_record() or stray(proposal) or proposal.bad_course()

    # ---- writing ----

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener(changes)`` after each apply; returns the function that ends it."""
        self._listeners.append(listener)

        def unlisten() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unlisten

    def apply(self, *changes: Change) -> None:
        """Make all of these changes, or none; then tell the listeners once.

        Only the state after the last change has to be legal. Raises ValueError if it is not, or if a
        ``before`` is not what stands there.
        """
        if not changes:
            return
        if self._telling:
            raise RuntimeError("a listener of the graph cannot change it")
        proposal = self._proposal(changes)
        proposal.check()
        self._commit(proposal.pending)
        self.revision += 1
        self._snapshot = None
        self._telling = True
        try:
            for listener in tuple(self._listeners):
                listener(changes)
        finally:
            self._telling = False

    def _proposal(self, changes: Iterable[Change]) -> Proposal:
        return Proposal(self._nodes, self._edges, self._frames, self._links, self._members, changes)

    def _commit(self, pending: Mapping[Identity, Record | None]) -> None:
        """Write records that were checked. Nodes come first, and nodes that go, go last."""
        restructured = any(map(self._reorders, pending.items()))
        self._commit_members(pending)
        for record in pending.values():
            if isinstance(record, Node):
                if record.id not in self._nodes:
                    self._links.add_node(record.id)
                self._nodes[record.id] = record
        for which, record in pending.items():
            if which[0] == "edge":
                restructured |= self._commit_edge((which[1], which[2]), record)
            elif isinstance(record, Frame):
                self._frames[record.id] = record
            elif which[0] == "frame":
                self._frames.pop(which[1], None)
        for which, record in pending.items():
            if record is None and which[0] == "node" and which[1] in self._nodes:
                del self._nodes[which[1]]
                self._links.remove_node(which[1])
        if restructured:
            self._order = _Order()

    def _reorders(self, pending: tuple[Identity, Record | None]) -> bool:
        """Whether a node or a frame comes, goes, or is another part of the course than before."""
        (kind, *rest), record = pending
        before = self._nodes.get(rest[0]) if kind == "node" else self._frames.get(rest[0])
        if kind == "edge" or (before is None and record is None):
            return False
        if isinstance(before, Node) and isinstance(record, Node):
            return before.frame != record.frame or (before.op != record.op)
        if isinstance(before, Frame) and isinstance(record, Frame):
            return before.frame != record.frame or before.kind != record.kind
        return True

    def _commit_members(self, pending: Mapping[Identity, Record | None]) -> None:
        for which, record in pending.items():
            if which[0] == "edge":
                continue
            before = self._nodes.get(which[1]) if which[0] == "node" else self._frames.get(which[1])
            if before is not None and before.frame is not None:
                self._members.get(before.frame, set()).discard(before.id)
            if isinstance(record, (Node, Frame)) and record.frame is not None:
                self._members.setdefault(record.frame, set()).add(record.id)
            elif record is None and which[0] == "frame":
                self._members.pop(which[1], None)

    def _commit_edge(self, key: EdgeKey, record: Record | None) -> bool:
        before = self._edges.pop(key, None)
        if isinstance(record, Edge):
            self._edges[key] = record
        source = record.source if isinstance(record, Edge) else None
        if before is not None and before.source == source:
            return False
        if before is not None:
            self._links.remove_edge(before.source, before.target, key=before.port)
        if source is not None:
            self._links.add_edge(source, key[0], key=key[1])
        return True


class _Order:
    """The course of one structure, found by whoever asks first."""

    __slots__ = ("course", "ids")

    def __init__(self) -> None:
        self.course: Course | None = None
        self.ids: list[str] | None = None

    def of(self, nodes: Mapping[str, Node], edges: Mapping[EdgeKey, Edge], frames: Mapping[str, Frame]) -> Course:
        if self.course is None:
            self.course = course(nodes, edges, frames)
        return self.course

    def flat(self, nodes: Mapping[str, Node], edges: Mapping[EdgeKey, Edge], frames: Mapping[str, Frame]) -> list[str]:
        if self.ids is None:
            self.ids = flat(self.of(nodes, edges, frames))
        return self.ids


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The records of a graph at one revision. Nobody changes these dicts, so any thread may read them."""

    nodes: dict[str, Node]
    edges: dict[EdgeKey, Edge]
    frames: dict[str, Frame]
    revision: int
    _order: _Order

    def order(self) -> list[str]:
        """As ``Graph.order``."""
        return self._order.flat(self.nodes, self.edges, self.frames)

    def course(self) -> Course:
        """As ``Graph.course``."""
        return self._order.of(self.nodes, self.edges, self.frames)


def edge_order(key: EdgeKey) -> tuple[object, ...]:
    """Sort key of edges: by target, then port."""
    return (natural(key[0]), natural(key[1]))
