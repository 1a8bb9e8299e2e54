"""The log of a run in the words of the document: which node, which edge, which numbers.

The engine's trace speaks of functions; here each entry names the node and the edge that stand for them on the
canvas. Arrays are references to what the pass really used, never copies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EdgeKey = tuple[str, str]  # (target node, input port): an input port holds at most one edge


@dataclass(frozen=True, slots=True)
class Forward:
    """`node` computed its value."""

    node: str


@dataclass(frozen=True, slots=True)
class Seed:
    """The pass starts: `value` is the gradient of the root with respect to itself, or the given vector v.

    It comes along `edge` from a `backward` node, if one asked for the pass.
    """

    node: str
    value: np.ndarray
    edge: EdgeKey | None = None


@dataclass(frozen=True, slots=True)
class Fire:
    """All gradients of `node` have arrived: its function runs on their sum `grad`."""

    node: str
    grad: np.ndarray


@dataclass(frozen=True, slots=True)
class Unbroadcast:
    """The gradient for `edge` is summed from `from_shape` to the shape of the value the edge carried."""

    edge: EdgeKey
    from_shape: tuple[int, ...]
    to_shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deliver:
    """`grad` goes back along `edge` to `node`: the `kth` of `of_n` gradients that `node` waits for."""

    node: str
    edge: EdgeKey
    grad: np.ndarray
    kth: int
    of_n: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """No gradient goes along `edge`; `reason` says why in words."""

    edge: EdgeKey
    reason: str


@dataclass(frozen=True, slots=True)
class Accumulate:
    """The leaf `node` adds `delta` to its `.grad`: `before` (None at first) becomes `after`."""

    node: str
    before: np.ndarray | None
    delta: np.ndarray
    after: np.ndarray


@dataclass(frozen=True, slots=True)
class Free:
    """The function of `node` let go of what it had saved for backward."""

    node: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The pass stopped at `node` with `message` (torch's words). The statement that asked for it fails along."""

    node: str
    message: str


Event = Forward | Seed | Fire | Unbroadcast | Deliver | Blocked | Accumulate | Free | Fail
Log = tuple[Event, ...]


def failure(log: Log) -> Fail | None:
    """The event that ended the log early, if one did."""
    return log[-1] if log and isinstance(log[-1], Fail) else None
