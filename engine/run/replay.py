"""What has happened after n steps of a log: a fold over its first events, so stepping back costs nothing.

A step is what one press of the step key shows: one value computed, one gradient sent along one edge, one leaf's
`.grad` changed. `steps(log)` cuts the log into them; `fold(log, end)` gives the state.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from engine.run.log import (
    Accumulate,
    Blocked,
    Deliver,
    EdgeKey,
    Event,
    Fail,
    Fire,
    Forward,
    Free,
    Log,
    Seed,
    Unbroadcast,
)

_SHOWN = (Forward, Seed, Deliver, Blocked, Accumulate, Fail)


@dataclass(frozen=True, slots=True)
class Step:
    """`log[start:stop]`, with the one event of it that is shown; `level` counts rounds of the pass."""

    start: int
    stop: int
    event: Event
    level: int

    @property
    def backward(self) -> bool:
        return not isinstance(self.event, Forward)


def steps(log: Log) -> tuple[Step, ...]:
    """Cut `log` into steps. What prepares a shown event belongs to its step; what clears up after it, too."""
    cuts: list[Step] = []
    start = level = 0
    for index, event in enumerate(log):
        if isinstance(event, Forward | Seed | Fire):
            level += 1
        if isinstance(event, _SHOWN):
            cuts.append(Step(start, index + 1, event, level))
            start = index + 1
        elif isinstance(event, Free) and cuts and start == index:
            cuts[-1] = replace(cuts[-1], stop=index + 1)
            start = index + 1
    if cuts:
        cuts[-1] = replace(cuts[-1], stop=len(log))
    return tuple(cuts)


@dataclass(slots=True)
class Arrived:
    """The gradient of a node so far: the sum of `count` of the `of_n` that it waits for."""

    total: np.ndarray
    count: int
    of_n: int
    parts: tuple[np.ndarray, ...] = ()

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

    Trays keep over the passes of a log; a node or an edge shows what the newest pass that came there brought.
    """

    computed: set[str] = field(default_factory=set)
    gradients: dict[str, Arrived] = field(default_factory=dict)
    edges: dict[EdgeKey, np.ndarray] = field(default_factory=dict)
    parked: dict[EdgeKey, np.ndarray] = field(default_factory=dict)  # delivered to a node that still waits
    blocked: dict[EdgeKey, str] = field(default_factory=dict)
    leaves: set[str] = field(default_factory=set)  # those that the whole log adds to
    trays: dict[str, Tray] = field(default_factory=dict)
    fired: set[str] = field(default_factory=set)
    freed: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    active: str | None = None
    _receivers: dict[EdgeKey, str] = field(default_factory=dict)
    _sent: set[EdgeKey] = field(default_factory=set)  # edges that a gradient of this pass went along

    def apply(self, event: Event) -> None:
        """Take one event further."""
        match event:
            case Forward(node=node):
                self.computed.add(node)
                self.active = node
            case Seed(node=node, value=value, edge=edge):
                self.gradients[node] = Arrived(value, 1, 1, (value,))
                self._sent.clear()
                if edge is not None:
                    self.edges[edge] = value
                self.active = node
            case Fire(node=node, grad=grad):
                self.fired.add(node)
                arrived = self.gradients.get(node)
                count = arrived.count if arrived else 1
                self.gradients[node] = Arrived(grad, count, count, arrived.parts if arrived else (grad,))
                self._take_in(node)
                self.active = node
            case Deliver(node=node, edge=edge, grad=grad, kth=kth, of_n=of_n):
                self.edges[edge] = self.edges[edge] + grad if edge in self._sent else grad
                self._sent.add(edge)
                before = self.gradients.get(node)
                parts = (*before.parts, grad) if before and kth > 1 else (grad,)
                total = before.total + grad if before and kth > 1 else grad
                self.gradients[node] = Arrived(total, kth, of_n, parts)
                self.parked[edge] = self.edges[edge]
                self._receivers[edge] = node
                self.active = edge[0]
            case Blocked(edge=edge, reason=reason):
                self.blocked[edge] = reason
                self.active = edge[0]
            case Accumulate(node=node, before=old, delta=delta, after=after):
                self.trays[node] = Tray(old, delta, after)
                self._take_in(node)
                self.active = node
            case Free(node=node):
                self.freed.add(node)
            case Fail(node=node, message=message):
                self.failed[node] = message
                self.active = node
            case Unbroadcast():
                pass  # shown while its packet travels; it leaves nothing behind

    def receiver(self, edge: EdgeKey) -> str | None:
        """The node that the gradient parked on `edge` waits for."""
        return self._receivers.get(edge)

    def _take_in(self, node: str) -> None:
        for edge in [edge for edge in self.parked if self._receivers[edge] == node]:
            del self.parked[edge]


def fold(log: Log, end: int) -> State:
    """The state after the first `end` events."""
    state = State()
    for event in log:  # what earlier passes left in the trays: the first `before` of each leaf
        if isinstance(event, Accumulate) and event.node not in state.leaves:
            state.leaves.add(event.node)
            if event.before is not None:
                state.trays[event.node] = Tray(None, None, event.before)
    for event in log[:end]:
        state.apply(event)
    return state
