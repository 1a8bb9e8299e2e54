"""Backward passes over a run: the engine's trace, told in the words of the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.autograd import Tensor, backward, trace
from engine.document.arrays import decode_number
from engine.document.loops import Place, Turn
from engine.document.records import Edge, EdgeKey
from engine.op import OPS
from engine.run.bulk import nothing_to_collect
from engine.run.inputs import ERRORS
from engine.run.log import (
    Accumulate,
    Blocked,
    Deliver,
    Event,
    Fail,
    Fire,
    Forward,
    Free,
    Log,
    Seed,
    Unbroadcast,
)
from engine.run.places import Places
from engine.run.result import Run
from engine.sentence import says


@dataclass(frozen=True, slots=True)
class Pass:
    """A request: run backward from `root`, with the value of `gradient` (a node, or a number) as v.

    `statement` is the `backward` node that asks for it; None if the learner did.
    """

    root: str
    gradient: str | float | None = None
    statement: str | None = None


def pass_of(run: Run, node: str) -> Pass | None:
    """The pass that `node` asks for: a `backward` node says from where, any other node is the root itself."""
    record = run.snapshot.nodes[node]
    op = OPS.get(record.op)
    if op is None or not op.statement:
        return Pass(node)
    edges = run.inputs[node]
    if "tensor" not in edges:
        return None
    if "gradient" in edges:
        return Pass(edges["tensor"].source, edges["gradient"].source, node)
    number = decode_number(record.params.get("gradient"))
    return Pass(edges["tensor"].source, number if isinstance(number, int | float) else None, node)


def written_passes(run: Run) -> list[Pass]:
    """The passes of the document's `backward` nodes, in order."""
    return [each for node in run.statements() if (each := pass_of(run, node)) is not None]


def obvious_passes(run: Run) -> list[Pass]:
    """Where the learner must mean, if the document does not say: the only scalar with history that nothing uses."""
    used = {edge.source for edges in run.inputs.values() for edge in edges.values()}
    ends = [
        id
        for id in run.order
        if id not in used and (tensor := run.tensor(id)) is not None and tensor.requires_grad and tensor.numel() == 1
    ]
    return [Pass(ends[0])] if len(ends) == 1 else []


def play(run: Run, passes: list[Pass]) -> Log:
    """Run `passes` for real (leaf gradients accumulate) and return the log of the whole run, forward first.

    The log of a pass that cannot go on ends with a Fail that carries torch's message; later passes do not run. If a
    statement asked for the pass, that Fail stands at the statement, after the one at the node where it happened.
    """
    with nothing_to_collect():
        places = Places(run)
        log: list[Event] = [Forward(id, turn) for id, turn in places.computed]
        for each in passes:
            log.extend(_backward(run, places, each))
            if isinstance(log[-1], Fail):
                break
        return tuple(log)


def take_back(run: Run, log: Log) -> None:
    """Undo what the passes of `log` added to the leaves' `.grad`: nobody wants them any more."""
    for event in reversed(log):
        if isinstance(event, Accumulate) and (leaf := run.tensor_at(event.node, event.turn)) is not None:
            leaf.grad = None if event.before is None else Tensor(event.before)


def _backward(run: Run, places: Places, request: Pass) -> Iterator[Event]:
    at = request.statement or request.root
    root = run.tensor(request.root)
    if root is None:
        yield Fail(at, _no_value(run, request.root))
        return
    gradient: Tensor | None = None
    if isinstance(request.gradient, str):
        gradient = run.tensor(request.gradient)
        if gradient is None:
            yield Fail(at, _no_value(run, request.gradient))
            return
    elif request.gradient is not None:
        gradient = Tensor(np.float64(request.gradient))
    entries: list[trace.Step] = []
    run.spent = True
    try:
        with np.errstate(all="ignore"):
            backward(root, gradient, trace=entries)
    except ERRORS as error:
        last: Event | None = None
        for last in _told(run, places, request, entries):
            yield last
        if not (isinstance(last, Fail) and last.node == at):
            yield Fail(at, str(error) or type(error).__name__)
        return
    yield from _told(run, places, request, entries)


def _no_value(run: Run, node: str) -> str:
    name = run.snapshot.nodes[node].name
    if run.results[node].idle:
        return says("{name} has no value: the loop ran no turn.", name=name)
    return says("{name} has no value", name=name)


def _told(run: Run, places: Places, request: Pass, entries: list[trace.Step]) -> Iterator[Event]:
    """Translate trace entries; what happens inside one node (between the functions of one op) is left out."""
    last_free = {places.place(entry.function): i for i, entry in enumerate(entries) if isinstance(entry, trace.Free)}
    arrivals = _Arrivals(run, places, request, entries)
    for i, entry in enumerate(entries):
        place = places.place(entry.function)
        if place is None:
            continue
        node, turn = place
        match entry:
            case trace.Deliver():
                yield from arrivals.delivered(i, entry, turn)
            case trace.Fire(function=function, grad=grad):
                if places.is_last(function, place):
                    yield Fire(node, grad, turn)
            case trace.Free():
                if last_free[place] == i:
                    yield Free(node, turn)
            case trace.Blocked(index=index, reason=reason):
                if (key := places.blocked_edge(place, index)) is not None:
                    yield Blocked(key, reason, turn)
            case trace.Unbroadcast(function=function, index=index, from_shape=wide, to_shape=narrow):
                if (edge := places.edge(function, index)) is not None:
                    yield Unbroadcast(edge.key, wide, narrow, turn)
            case trace.Accumulate(before=before, delta=delta, after=after):
                yield Accumulate(node, before, delta, after, turn)
            case trace.Seed(value=value):
                yield Seed(
                    request.root, value, (request.statement, "tensor") if request.statement else None, arrivals.root[1]
                )
                yield from arrivals.seeded(value)
            case trace.Fail(message=message):
                yield Fail(node, message, turn)


class _Arrivals:
    """How gradients come to their places in one pass.

    To the engine a carry does not exist: what reads it sends its gradient to the function that made the tensor. On the
    canvas the gradient comes to the carry, which hands the sum on along the edge that it took its value from, as soon
    as all has come.
    """

    def __init__(self, run: Run, places: Places, request: Pass, entries: list[trace.Step]) -> None:
        self._places = places
        self.root: Place = (request.root, run.clamped(request.root) or ())
        self._ways: dict[int, tuple[EdgeKey, Place]] = {}  # of the deliveries in the trace, by number
        self._hops: dict[Place, tuple[Edge, Place]] = {}  # from carries, and along which edges
        self._handed: set[Place] = set()  # places that a carry hands something to
        self._expected: dict[Place, int] = {}
        self._come: dict[Place, int] = {}
        self._sums: dict[Place, Any] = {}
        for i, entry in enumerate(entries):
            if isinstance(entry, trace.Deliver):
                self._find(i, entry)
        if run.loops:
            self._count()

    def _find(self, i: int, entry: trace.Deliver) -> None:
        """Along which edge a gradient comes to which place: to the maker of what the edge brings, or to the carry that
        holds it."""
        places = self._places
        receiver, edge = places.place(entry.target), places.edge(entry.function, entry.index)
        if receiver is not None and edge is not None:
            carried = places.is_carry(edge.source)
            self._ways[i] = (edge.key, places.read(edge, entry.function.tag[1]) if carried else receiver)

    def _count(self) -> None:
        """Find how many gradients will come to each place: on the way through carries, one for each hop."""
        expected, places = self._expected, self._places
        if places.is_carry(self.root[0]):
            expected[self.root] = 1
        for _, place in self._ways.values():
            expected[place] = expected.get(place, 0) + 1
        ahead = [place for place in expected if places.is_carry(place[0])]
        for place in ahead:  # which grows
            hop = places.hop(place)
            if hop is None:
                continue
            self._hops[place] = hop
            source = hop[1]
            self._handed.add(source)
            if source not in expected and places.is_carry(source[0]):
                ahead.append(source)
            expected[source] = expected.get(source, 0) + 1

    def seeded(self, value: Any) -> Iterator[Event]:
        """The pass begins at a carry: it hands the seed on."""
        if self.root in self._hops:
            edge, source = self._hops[self.root]
            yield from self._comes(source, edge.key, value, self.root[1])

    def delivered(self, i: int, entry: trace.Deliver, turn: Turn) -> Iterable[Event]:
        """What the engine delivers at once, hop by hop."""
        way = self._ways.get(i)
        if way is None:
            return ()
        edge, place = way
        if place in self._hops or place in self._handed:
            return self._comes(place, edge, entry.grad, turn)
        return (Deliver(place[0], edge, entry.grad, entry.kth, entry.of_n, place[1], turn),)

    def _comes(self, place: Place, edge: EdgeKey, grad: Any, turn: Turn) -> Iterator[Event]:
        """A gradient comes to a place; a carry that now has all hands the sum on, maybe to another carry."""
        while True:
            kth = self._come[place] = self._come.get(place, 0) + 1
            of_n = self._expected[place]
            yield Deliver(place[0], edge, grad, kth, of_n, place[1], turn)
            hop = self._hops.get(place)
            if hop is None:
                return
            before = self._sums.pop(place, None)
            grad = grad if before is None else before + grad
            if kth < of_n:
                self._sums[place] = grad
                return
            edge, turn, place = hop[0].key, place[1], hop[1]
