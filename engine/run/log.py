"""The log of a run in the words of the document: which node, which edge, which numbers.

The engine's trace speaks of functions; here each entry names the node and the edge that stand for them on the
canvas. Arrays are references to what the pass really used, never copies. Nobody changes an event; it is not frozen
because a long loop has a hundred thousand of them, and freezing costs more than making.

`turn` says in which turn of the loops around it the `node` of an event stands (where there is no node: that to which
the edge goes): one number for each loop, outermost first, from 0; () outside. Around a loop, gradients are handed
from turn to turn by its carries: each hop through a carry is a delivery of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.document.loops import Place, Turn
from engine.document.records import EdgeKey


@dataclass(slots=True)
class Forward:
    """`node` computed its value."""

    node: str
    turn: Turn = ()


@dataclass(slots=True)
class Seed:
    """The pass starts: `value` is the gradient of the root with respect to itself, or the given vector v.

    It comes along `edge` from a `backward` node, if one asked for the pass.
    """

    node: str
    value: np.ndarray
    edge: EdgeKey | None = None
    turn: Turn = ()


@dataclass(slots=True)
class Fire:
    """All gradients of `node` have arrived: its function runs on their sum `grad`."""

    node: str
    grad: np.ndarray
    turn: Turn = ()


@dataclass(slots=True)
class Unbroadcast:
    """The gradient for `edge` is summed from `from_shape` to the shape of the value the edge carried."""

    edge: EdgeKey
    from_shape: tuple[int, ...]
    to_shape: tuple[int, ...]
    turn: Turn = ()


@dataclass(slots=True)
class Deliver:
    """`grad` goes back along `edge` to `node`: the `kth` of `of_n` gradients that `node` waits for."""

    node: str
    edge: EdgeKey
    grad: np.ndarray
    kth: int
    of_n: int
    turn: Turn = ()
    edge_turn: Turn = ()  # of the node that sends: edge[0]


@dataclass(slots=True)
class Blocked:
    """No gradient goes along `edge`; `reason` says why in words."""

    edge: EdgeKey
    reason: str
    turn: Turn = ()


@dataclass(slots=True)
class Accumulate:
    """The leaf `node` adds `delta` to its `.grad`: `before` (None at first) becomes `after`."""

    node: str
    before: np.ndarray | None
    delta: np.ndarray
    after: np.ndarray
    turn: Turn = ()


@dataclass(slots=True)
class Free:
    """The function of `node` let go of what it had saved for backward."""

    node: str
    turn: Turn = ()


@dataclass(slots=True)
class Fail:
    """The pass stopped at `node` with `message` (torch's words). The statement that asked for it fails along."""

    node: str
    message: str
    turn: Turn = ()


Event = Forward | Seed | Fire | Unbroadcast | Deliver | Blocked | Accumulate | Free | Fail
Log = tuple[Event, ...]


def failure(log: Log) -> Fail | None:
    """The event that ended the log early, if one did."""
    return log[-1] if log and isinstance(log[-1], Fail) else None


def at_work(event: Event) -> Place:
    """The node that is at work in an event, and in which turn: that which sends, of a delivery."""
    match event:
        case Deliver(edge=edge, edge_turn=turn) | Blocked(edge=edge, turn=turn) | Unbroadcast(edge=edge, turn=turn):
            return edge[0], turn
    return event.node, event.turn
