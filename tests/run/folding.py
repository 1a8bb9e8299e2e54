"""What a log has brought about, found the plain way: event by event. What `Replay` is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.document.loops import Place, Turn
from engine.document.records import EdgeKey
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
from engine.run.replay import MOST_PARTS, Arrived, State, Tray
from tests.run.graphs import exact


class Fold:
    """The state as plain dicts, which `apply` takes one event further."""

    def __init__(self, log: Log) -> None:
        self.computed: set[Place] = set()
        self.gradients: dict[str, Arrived] = {}
        self.gradients_at: dict[Place, Arrived] = {}
        self.edges: dict[EdgeKey, np.ndarray] = {}
        self.edges_at: dict[tuple[EdgeKey, Turn], np.ndarray] = {}
        self.parked: dict[EdgeKey, tuple[Place, np.ndarray]] = {}
        self.blocked: dict[EdgeKey, str] = {}
        self.blocked_at: dict[tuple[EdgeKey, Turn], str] = {}
        self.trays: dict[str, Tray] = {}
        self.leaves: set[str] = set()
        self.fired: set[str] = set()
        self.freed: set[str] = set()
        self.failed: dict[str, str] = {}
        self.active: tuple[str | None, Turn] = (None, ())
        self._sent: set[tuple[EdgeKey, Turn]] = set()
        found: set[Place] = set()
        for event in log:
            if isinstance(event, Accumulate) and (event.node, event.turn) not in found:
                found.add((event.node, event.turn))
                self.leaves.add(event.node)
                if event.before is not None:
                    self.trays[event.node] = Tray(None, None, event.before)

    def apply(self, event: Event) -> None:
        match event:
            case Forward(node=node, turn=turn):
                self.computed.add((node, turn))
                self.active = (node, turn)
            case Seed(node=node, value=value, edge=edge, turn=turn):
                self._arrive((node, turn), Arrived(value, 1, 1, (value,)))
                self._sent.clear()
                if edge is not None:
                    self.edges[edge] = value
                self.active = (node, turn)
            case Fire(node=node, grad=grad, turn=turn):
                self.fired.add(node)
                arrived = self._at((node, turn))
                count = arrived.count if arrived else 1
                self._arrive((node, turn), Arrived(grad, count, count, arrived.parts if arrived else (grad,)))
                self._take_in((node, turn))
                self.active = (node, turn)
            case Deliver():
                self._deliver(event)
            case Blocked(edge=edge, reason=reason, turn=turn):
                self.blocked[edge] = self.blocked_at[edge, turn] = reason
                self.active = (edge[0], turn)
            case Accumulate(node=node, before=old, delta=delta, after=after, turn=turn):
                self.trays[node] = Tray(old, delta, after)
                self._take_in((node, turn))
                self.active = (node, turn)
            case Free(node=node):
                self.freed.add(node)
            case Fail(node=node, message=message, turn=turn):
                self.failed[node] = message
                self.active = (node, turn)
            case Unbroadcast():
                pass

    def _deliver(self, event: Deliver) -> None:
        edge, turn, place = event.edge, event.edge_turn, (event.node, event.turn)
        self._take_in((edge[0], turn))
        along = self.edges_at[edge, turn] + event.grad if (edge, turn) in self._sent else event.grad
        self.edges[edge] = self.edges_at[edge, turn] = along
        self._sent.add((edge, turn))
        before = self._at(place) if event.kth > 1 else None
        total = before.total + event.grad if before else event.grad
        parts = (*(before.parts if before else ()), event.grad)[-MOST_PARTS:]
        self._arrive(place, Arrived(total, event.kth, event.of_n, parts))
        receiver, waiting = self.parked.get(edge, (None, None))
        together = event.grad if waiting is None or receiver != place else waiting + event.grad
        self.parked[edge] = (place, together)
        self.active = (edge[0], turn)

    def _at(self, place: Place) -> Arrived | None:
        return self.gradients_at.get(place)

    def _arrive(self, place: Place, arrived: Arrived) -> None:
        self.gradients[place[0]] = self.gradients_at[place] = arrived

    def _take_in(self, place: Place) -> None:
        self.parked = {edge: parked for edge, parked in self.parked.items() if parked[0] != place}


def alike(state: State, fold: Fold) -> bool:
    """Whether a state answers every question as the fold does."""
    plain: Mapping[str, Any] = {
        "computed": {node for node, _ in fold.computed},
        "gradients": fold.gradients,
        "edges": fold.edges,
        "parked": {edge: waiting for edge, (_, waiting) in fold.parked.items()},
        "blocked": fold.blocked,
        "leaves": fold.leaves,
        "trays": fold.trays,
        "fired": fold.fired,
        "freed": fold.freed,
        "failed": fold.failed,
    }
    return (
        all(exact(getattr(state, name)) == exact(value) for name, value in plain.items())
        and (state.active, state.turn) == fold.active
        and all(state.receiver(edge) == place[0] for edge, (place, _) in fold.parked.items())
        and all(state.has_computed(*place) for place in fold.computed)
        and all(exact(state.at(*place)) == exact(arrived) for place, arrived in fold.gradients_at.items())
        and all(exact(state.edge_at(*key)) == exact(along) for key, along in fold.edges_at.items())
        and all(state.blocked_at(*key) == reason for key, reason in fold.blocked_at.items())
    )
