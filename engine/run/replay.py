"""What has happened after n events of a log. It is a function of the log, so stepping back costs nothing.

A step is what one press of the step key shows: one value computed, one gradient sent along one edge, one leaf's
`.grad` changed. `steps(log)` cuts the log into them; `Replay(log).state(n)` is what the first n events have brought
about. A Replay reads the log once and keeps, of everything that can be asked, the events at which it changed; a State
finds the last of them before its own end. So any moment of a long log is at hand at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from engine.document.loops import Place, Turn
from engine.document.records import EdgeKey
from engine.run.bulk import nothing_to_collect
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
from engine.run.tracks import GONE, PerTurn, Shown, Since, Tracks, write

_SHOWN = frozenset((Forward, Seed, Deliver, Blocked, Accumulate, Fail))
_BEGINS = frozenset((Forward, Seed, Fire))


@dataclass(slots=True)
class Step:
    """`log[start:stop]`, with the one event of it that is shown; `level` counts rounds of the pass."""

    start: int
    stop: int
    event: Event
    level: int

    @property
    def backward(self) -> bool:
        return not isinstance(self.event, Forward)

    @property
    def turn(self) -> Turn:
        """The turn of the loops around what is shown."""
        return self.event.turn


def steps(log: Log) -> tuple[Step, ...]:
    """Cut `log` into steps. What prepares a shown event belongs to its step; what clears up after it, too."""
    cuts: list[Step] = []
    start = level = 0
    for index, event in enumerate(log):
        kind = event.__class__
        if kind in _BEGINS:
            level += 1
        if kind in _SHOWN:
            cuts.append(Step(start, index + 1, event, level))
            start = index + 1
        elif kind is Free and cuts and start == index:
            cuts[-1].stop = start = index + 1
    if cuts:
        cuts[-1].stop = len(log)
    return tuple(cuts)


MOST_PARTS = 6
"""So many of the gradients that add up to one are kept apart: the last."""


@dataclass(slots=True)
class Arrived:
    """The gradient of a node so far: the sum of `count` of the `of_n` that it waits for."""

    total: np.ndarray
    count: int
    of_n: int
    parts: tuple[np.ndarray, ...] = ()  # the last of them

    @property
    def waiting(self) -> bool:
        return self.count < self.of_n


@dataclass(frozen=True, slots=True)
class Tray:
    """A leaf's `.grad` as it was last changed: `before + delta = after`. Without `delta`: as earlier passes left it."""

    before: np.ndarray | None
    delta: np.ndarray | None
    after: np.ndarray


@dataclass(slots=True)
class State:
    """Everything that the first events of a log have brought about.

    What is asked by node or edge alone is the newest: of a node in a loop, what came in the last turn that the log has
    come to; `at`, `edge_at` and `blocked_at` answer for any turn. Trays keep over the passes of a log; a node or an
    edge shows what the newest pass that came there brought.
    """

    computed: Set[str] = frozenset()
    gradients: Mapping[str, Arrived] = field(default_factory=dict)
    edges: Mapping[EdgeKey, np.ndarray] = field(default_factory=dict)
    parked: Mapping[EdgeKey, np.ndarray] = field(default_factory=dict)  # delivered to a node that still waits
    blocked: Mapping[EdgeKey, str] = field(default_factory=dict)
    leaves: Set[str] = frozenset()  # those that the whole log adds to
    trays: Mapping[str, Tray] = field(default_factory=dict)
    fired: Set[str] = frozenset()
    freed: Set[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    active: str | None = None
    turn: Turn = ()  # of the active node
    _waits: Mapping[EdgeKey, Place] = field(default_factory=dict)
    _places: Mapping[Place, Arrived] = field(default_factory=dict)
    _sent: Mapping[tuple[EdgeKey, Turn], np.ndarray] = field(default_factory=dict)
    _refused: Mapping[tuple[EdgeKey, Turn], str] = field(default_factory=dict)
    _computed: Set[Place] = frozenset()
    _trays: Mapping[Place, Tray] = field(default_factory=dict)

    def receiver(self, edge: EdgeKey) -> str | None:
        """The node that the gradient parked on `edge` waits for."""
        place = self._waits.get(edge)
        return place[0] if place is not None else None

    def parked_for(self, edge: EdgeKey, place: tuple[str, Turn | None]) -> bool:
        """Whether a gradient on `edge` waits for a node in that turn."""
        return self._waits.get(edge) == place and edge in self.parked

    def at(self, node: str, turn: Turn = ()) -> Arrived | None:
        """The gradient of a node in one turn of its loops."""
        return self._places.get((node, turn)) if turn else self.gradients.get(node)

    def edge_at(self, edge: EdgeKey, turn: Turn = ()) -> np.ndarray | None:
        """The gradient that went along an edge when its target was in that turn."""
        return self._sent.get((edge, turn)) if turn else self.edges.get(edge)

    def blocked_at(self, edge: EdgeKey, turn: Turn = ()) -> str:
        """Why no gradient went along an edge when its target was in that turn; nothing if one may have."""
        refused = self._refused.get((edge, turn)) if turn else self.blocked.get(edge)
        return refused or ""

    def has_computed(self, node: str, turn: Turn = ()) -> bool:
        return (node, turn) in self._computed if turn else node in self.computed

    def tray_at(self, node: str, turn: Turn = ()) -> Tray | None:
        """The tray of a leaf that is made anew in every turn."""
        return self._trays.get((node, turn)) if turn else self.trays.get(node)


class Replay:
    """A log that was read once: any moment of it is at hand."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._computed: dict[str, int] = {}
        self._computed_at: dict[Place, int] = {}
        self._fired: dict[str, int] = {}
        self._freed: dict[str, int] = {}
        self._gradients: Tracks[str] = {}
        self._edges: Tracks[EdgeKey] = {}
        self._parked: Tracks[EdgeKey] = {}
        self._blocked: Tracks[EdgeKey] = {}
        self._trays: Tracks[str] = {}
        self._trays_at: Tracks[Place] = {}
        self._failed: Tracks[str] = {}
        self._per_node: dict[str, Tracks[Turn]] = {}
        self._per_edge: dict[EdgeKey, Tracks[Turn]] = {}
        self._per_refusal: dict[EdgeKey, Tracks[Turn]] = {}
        self._waits: Tracks[EdgeKey] = {}  # for whom the gradient on an edge waits
        # while the log is read: what has come to each place, and on which edges something waits for it
        self._arrived: dict[Place, Arrived] = {}
        self._waiting: dict[Place, set[EdgeKey]] = {}
        self._pass: dict[tuple[EdgeKey, Turn], np.ndarray] = {}
        self.leaves: frozenset[str] = frozenset(self._found())
        with nothing_to_collect():
            self.steps = steps(log)
            for index, event in enumerate(log):
                self._read(index, event)

    def state(self, end: int) -> State:
        """What the first `end` events have brought about."""
        end = min(max(end, 0), len(self.log))
        active, turn = self._active(end)
        return State(
            computed=Since(self._computed, end),
            gradients=Shown(self._gradients, end),
            edges=Shown(self._edges, end),
            parked=Shown(self._parked, end),
            blocked=Shown(self._blocked, end),
            leaves=self.leaves,
            trays=Shown(self._trays, end),
            fired=Since(self._fired, end),
            freed=Since(self._freed, end),
            failed=Shown(self._failed, end),
            active=active,
            turn=turn,
            _waits=Shown(self._waits, end),
            _places=PerTurn(self._gradients, end, self._turn, self._per_node),
            _sent=PerTurn(self._edges, end, self._edge_turn, self._per_edge),
            _refused=PerTurn(self._blocked, end, self._turn, self._per_refusal),
            _computed=Since(self._computed_at, end),
            _trays=Shown(self._trays_at, end),
        )

    def _turn(self, index: int) -> Turn:
        return self.log[index].turn

    def _edge_turn(self, index: int) -> Turn:
        event = self.log[index]
        return event.edge_turn if isinstance(event, Deliver) else ()

    def _found(self) -> Iterator[str]:
        """The leaves; what earlier passes left in their trays is there from the start: the first `before` of each."""
        seen: set[Place] = set()
        for event in self.log:
            if isinstance(event, Accumulate) and (place := (event.node, event.turn)) not in seen:
                seen.add(place)
                if event.before is not None:
                    self._write_tray(-1, event, Tray(None, None, event.before))
                yield event.node

    def _active(self, end: int) -> tuple[str | None, Turn]:
        """Who did the last thing that is shown."""
        for index in range(end - 1, -1, -1):
            event = self.log[index]
            if isinstance(event, Deliver):
                return event.edge[0], event.edge_turn
            if isinstance(event, Blocked):
                return event.edge[0], event.turn
            if not isinstance(event, Free | Unbroadcast):
                return event.node, event.turn
        return None, ()

    def _read(self, index: int, event: Event) -> None:
        match event:
            case Forward(node=node, turn=turn):
                self._computed.setdefault(node, index)
                if turn:
                    self._computed_at.setdefault((node, turn), index)
            case Deliver():
                self._deliver(index, event)
            case Fire(node=node, grad=grad, turn=turn):
                self._fired.setdefault(node, index)
                arrived = self._arrived.get((node, turn))
                count = arrived.count if arrived else 1
                self._arrive(index, (node, turn), Arrived(grad, count, count, arrived.parts if arrived else (grad,)))
                self._take_in(index, (node, turn))
            case Free(node=node):
                self._freed.setdefault(node, index)
            case Blocked(edge=edge, reason=reason):
                write(self._blocked, edge, index, reason)
            case Accumulate(node=node, before=old, delta=delta, after=after, turn=turn):
                self._write_tray(index, event, Tray(old, delta, after))
                self._take_in(index, (node, turn))
            case Seed(node=node, value=value, edge=edge, turn=turn):
                self._pass.clear()
                self._arrive(index, (node, turn), Arrived(value, 1, 1, (value,)))
                if edge is not None:
                    write(self._edges, edge, index, value)
            case Fail(node=node, message=message):
                write(self._failed, node, index, message)
            case Unbroadcast():
                pass  # shown while its packet travels; it leaves nothing behind

    def _deliver(self, index: int, event: Deliver) -> None:
        edge, place = event.edge, (event.node, event.turn)
        self._take_in(index, (edge[0], event.edge_turn))  # a carry hands on what it was given
        sent = self._pass.get((edge, event.edge_turn))
        along = self._pass[edge, event.edge_turn] = event.grad if sent is None else sent + event.grad
        write(self._edges, edge, index, along)
        before = self._arrived.get(place) if event.kth > 1 else None
        parts = (*before.parts, event.grad)[-MOST_PARTS:] if before else (event.grad,)
        total = before.total + event.grad if before else event.grad
        self._arrive(index, place, Arrived(total, event.kth, event.of_n, parts))
        waiting = self._waiting.setdefault(place, set())
        parked = self._parked[edge][1][-1] if edge in waiting else None
        write(self._parked, edge, index, event.grad if parked is None else parked + event.grad)
        waiting.add(edge)
        write(self._waits, edge, index, place)

    def _arrive(self, index: int, place: Place, arrived: Arrived) -> None:
        write(self._gradients, place[0], index, arrived)
        self._arrived[place] = arrived

    def _write_tray(self, index: int, event: Accumulate, tray: Tray) -> None:
        write(self._trays, event.node, index, tray)
        if event.turn:
            write(self._trays_at, (event.node, event.turn), index, tray)

    def _take_in(self, index: int, place: Place) -> None:
        """A node takes in what was parked for it: nothing waits on its wires any more."""
        for edge in self._waiting.pop(place, ()):
            if self._waits[edge][1][-1] == place:
                write(self._parked, edge, index, GONE)


def fold(log: Log, end: int) -> State:
    """The state after the first `end` events. Who wants more than one keeps the Replay."""
    return Replay(log).state(end)
