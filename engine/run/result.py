"""What came of a document: of every node a Result, of every loop one LoopRun for each time that it ran, all in a Run.

A node inside loops has a value in every turn. A *place* is a node and a turn, one number for each of its loops,
outermost first; an edge leads from place to place. A carry holds what it was handed: its tensor is the very one of
another place, its *maker*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from engine.autograd import Tensor
from engine.document.graph import Snapshot
from engine.document.loops import CARRY, Loop, Place, Turn, shared
from engine.document.records import Edge, EdgeKey
from engine.sentence import says


class Cancelled(Exception):
    """The evaluation was asked to stop between two ops."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one node: its tensor, or a sentence that says why there is none."""

    tensor: Tensor | None = None
    error: str | None = None
    missing: tuple[str, ...] = ()  # ports with neither an edge nor a number
    waits_for: str | None = None  # an input node that has no value, or a loop that came to no end
    not_finite: str = ""  # "nan" or "inf", if its value holds one
    origin: bool = False  # it does, and nothing that went in did: it arises here
    handed: Place | None = None  # a carry: where the tensor was made that it holds
    idle: bool = False  # the loop ran no turn
    turn: int | None = None  # of its innermost loop, in which it has this value


@dataclass(slots=True)
class LoopRun:
    """One run of one loop: a row of tensors for each turn, a column (`slots`) for each node.

    The condition is looked at before every turn, so the last row of a loop that came to its end is that of a condition
    which was false: only what the condition needs has a value there, and the carries.
    """

    loop: Loop
    outer: Turn  # of what is around
    slots: dict[str, int]  # the nodes in it, and those that it reads
    early: frozenset[str]  # nodes and loops inside that run before the condition is looked at, carries included
    faults: dict[str, Result] = field(default_factory=dict)  # nodes that cannot run in any turn, and why
    rows: list[list[Tensor | None]] = field(default_factory=list)
    count: int = 0  # turns that ran to their end
    ended: bool = False  # by its condition
    closing: bool = False  # the last row is that of a condition after which no turn came
    stopped: str | None = None  # why it came to no end, in a sentence
    tried: bool = False  # it is not complete yet, or waits: `stopped` says for what, and there is one turn, on trial
    note: str | None = None  # what is worth saying about how it ended
    failed: dict[str, tuple[int, str]] = field(default_factory=dict)  # node -> the turn in which it did, and why

    def last(self, id: str) -> int:
        """The last row in which a node or a loop inside has been run; -1 if it has not been at all."""
        return len(self.rows) - (2 if self.closing and id not in self.early else 1)


@dataclass(slots=True)
class Run:
    """One evaluation of a snapshot. `order` is the order in which the nodes were evaluated.

    `results` are the values at the end: of nodes in a loop, those that were last. `spent` says that a backward pass
    has used functions of this run: another pass needs a fresh run, which makes its own, as a second run of a program
    does ("define by run").
    """

    snapshot: Snapshot
    order: tuple[str, ...]
    results: dict[str, Result]
    inputs: dict[str, dict[str, Edge]]
    around: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the loops of nodes and loops inside loops
    quiet: frozenset[str] = frozenset()  # nodes under no_grad
    loops: dict[Place, LoopRun] = field(default_factory=dict)  # by frame, and the turn of what is around it
    spent: bool = field(default=False)
    _seen: dict[Place, Result] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        return self.snapshot.revision

    def tensor(self, node: str) -> Tensor | None:
        result = self.results.get(node)
        return result.tensor if result else None

    def statements(self) -> list[str]:
        """The ids of the `backward` nodes, in order."""
        nodes = self.snapshot.nodes
        return [id for id in self.order if nodes[id].op == "backward" and id not in self.around]

    def leaves(self) -> Iterator[Tensor]:
        """The leaves of every turn, each once."""
        tensors = [tensor for id in self.order if id not in self.around and (tensor := self.tensor(id)) is not None]
        for loop in self.loops.values():
            sources = [
                loop.slots[id] for id in loop.slots if id in self.inputs and id in self.around and not self.inputs[id]
            ]
            tensors += [tensor for row in loop.rows for slot in sources if (tensor := row[slot]) is not None]
        yield from (tensor for tensor in {id(each): each for each in tensors}.values() if tensor.is_leaf)

    # Turns ---------------------------------------------------------------------------------------------------------

    def turns(self, frame: str, outer: Turn = ()) -> int | None:
        """How many turns a loop ran (in that turn of what is around it); None if it did not run."""
        turn = self.clamped(frame, outer)
        loop = self.loops.get((frame, turn)) if turn is not None else None
        return loop.count if loop is not None and (loop.ended or loop.count) else None

    def clamped(self, id: str, turn: Turn = ()) -> Turn | None:
        """The turn in which a node, or a loop inside others, has a value, nearest to `turn`: the last one where that
        says nothing. None if it ran in no turn."""
        whole: Turn = ()
        for depth, frame in enumerate(self.around.get(id, ())):
            loop = self.loops.get((frame, whole))
            last = -1 if loop is None else loop.last(id)
            if last < 0:
                return None
            whole = (*whole, last if depth >= len(turn) else max(0, min(turn[depth], last)))
        return whole

    def tensor_at(self, node: str, turn: Turn) -> Tensor | None:
        """The value of a node in just this turn."""
        stack = self.around.get(node)
        if stack is None:
            return self.tensor(node)
        loop = self.loops[stack[-1], turn[:-1]]
        return loop.rows[turn[-1]][loop.slots[node]] if node in loop.slots else None

    def at(self, node: str, turn: Turn = ()) -> Result:
        """What came of a node in a turn, or in the nearest that there was; by default in the last."""
        if node not in self.around:
            return self.results[node]
        whole = self.clamped(node, turn)
        if whole is None:
            return self.results[node]
        seen = self._seen.get((node, whole))
        if seen is None:
            seen = self._seen[node, whole] = self._looked_at(node, whole)
        return seen

    def at_exit(self, node: str) -> Result:
        """What a node in a loop is to those outside: its value in the last turn, if the loops around it have ended."""
        turn: Turn = ()
        whole = self.clamped(node)
        for frame in self.around[node]:
            loop = self.loops.get((frame, turn))
            if loop is None or (loop.ended and whole is None):
                return Result(idle=True)
            if not loop.ended:
                found = self.at(node) if whole is not None else Result(waits_for=frame)
                return found if found.tensor is None else Result(waits_for=frame)
            assert whole is not None
            turn = whole[: len(turn) + 1]
        return self.at(node)

    def keep_seen(self, previous: Run, inside: set[str]) -> None:
        """Take over what was looked at in loops that are reused: the same results are the same objects."""
        kept = {place: seen for place, seen in previous._seen.items() if place[0] in inside}
        self._seen.update(kept)

    def _looked_at(self, node: str, turn: Turn) -> Result:
        loop = self.loops[self.around[node][-1], turn[:-1]]
        now = turn[-1]
        if node in loop.faults:
            return replace(loop.faults[node], turn=now)
        if node in loop.failed and now >= loop.failed[node][0]:
            then, message = loop.failed[node]
            return Result(error=says("{message} (in turn {turn})", message=message, turn=then + 1), turn=now)
        if node in loop.loop.repeats:
            return Result(error=loop.stopped if now == len(loop.rows) - 1 else None, turn=now)
        tensor = self.tensor_at(node, turn)
        if tensor is None:
            sources = (self.read(edge, turn) for edge in self.ports(node, turn).values())
            idle = (place[0] for place in sources if self.tensor_at_or_none(place) is None)
            return Result(waits_for=next(idle, self.around[node][-1]), turn=now)
        bad = not_finite(tensor.array)
        maker = self.maker((node, turn))[0] if self.snapshot.nodes[node].op == CARRY else None
        return Result(tensor, not_finite=bad, origin=bool(bad) and not self._bad(node, turn), handed=maker, turn=now)

    def tensor_at_or_none(self, place: tuple[str, Turn | None]) -> Tensor | None:
        """As `tensor_at`, for a place that may never have been."""
        return self.tensor_at(place[0], place[1]) if place[1] is not None else None

    # From place to place -------------------------------------------------------------------------------------------

    def ports(self, node: str, turn: Turn) -> dict[str, Edge]:
        """The edges that a node reads in a turn: a carry reads `start`, then `next`."""
        edges = self.inputs[node]
        if self.snapshot.nodes[node].op != CARRY or node not in self.around:
            return edges
        port = "next" if turn[-1] else "start"
        return {port: edges[port]} if port in edges else {}

    def goes_back(self, edge: Edge) -> bool:
        """Whether an edge leads from one turn of a loop into the next."""
        if edge.port != "next" or self.snapshot.nodes[edge.target].op != CARRY:
            return False
        taker = self.around.get(edge.target, ())
        return bool(taker) and shared(self.around.get(edge.source, ()), taker) == len(taker)

    def read(self, edge: Edge, turn: Turn) -> tuple[str, Turn | None]:
        """The place that an edge reads when its target is at `turn`: of a loop that is over its last turn. None where
        it ran none, and on the way back from before the first."""
        giver, taker = self.around.get(edge.source, ()), self.around.get(edge.target, ())
        depth = shared(giver, taker)
        common = turn[:depth]
        if self.goes_back(edge):
            if not common[-1]:
                return edge.source, None
            common = (*common[:-1], common[-1] - 1)
        return edge.source, common if depth == len(giver) else self.clamped(edge.source, common)

    def maker(self, place: Place) -> tuple[Place, list[tuple[EdgeKey, Turn]]]:
        """Where the tensor at a place was made: through carries, with the hops on the way back to it."""
        hops: list[tuple[EdgeKey, Turn]] = []
        while (hop := self.hop(place)) is not None:
            edge, source = hop
            hops.append((edge.key, place[1]))
            place = source
        return place, hops

    def hop(self, place: Place) -> tuple[Edge, Place] | None:
        """The edge along which a carry was handed its tensor, and from where; None for anything else."""
        node, turn = place
        if self.snapshot.nodes[node].op != CARRY or node not in self.around:
            return None
        for edge in self.ports(node, turn).values():
            source, then = self.read(edge, turn)
            if then is not None:
                return edge, (source, then)
        return None

    # Numbers that are not finite -----------------------------------------------------------------------------------

    def _bad(self, node: str, turn: Turn) -> list[Place]:
        """The places that `node` reads numbers from which are not finite."""
        places = [self.read(edge, turn) for edge in self.ports(node, turn).values()]
        found: list[Place] = []
        for source, then in places:
            tensor = self.tensor_at_or_none((source, then))
            if then is not None and tensor is not None and not_finite(tensor.array):
                found.append((source, then))
        return found

    def origin(self, node: str, turn: Turn = ()) -> Place | None:
        """The nearest place from which a number that is not finite came to `node`; None if it came from none."""
        begin = self.clamped(node, turn)
        if begin is None or not self.at(node, begin).not_finite:
            return None
        front: list[Place] = [(node, begin)]
        seen = set(front)
        while front:
            further: list[Place] = []
            for place in front:
                before = self._bad(*place)
                if not before:
                    return place
                further += before
            front = [place for place in dict.fromkeys(further) if place not in seen]
            seen.update(front)
        return None


def not_finite(array: np.ndarray) -> str:
    """ "nan" or "inf" if one of the numbers is that (nan before inf), else nothing."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    return "nan" if np.isnan(array).any() else "inf"
