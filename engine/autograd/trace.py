"""What a backward pass really did, step by step, in the order in which it did it.

`backward(…, trace=list)` appends these. Arrays are references: nobody may change them afterwards, and the
engine does not. Where nobody asked for a trace, none of this runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.autograd.function import Function
    from engine.autograd.tensor import Tensor


@dataclass(slots=True)
class Seed:
    """The pass began at this function with this gradient."""

    function: Function
    value: Any


@dataclass(slots=True)
class Fire:
    """All gradients had arrived at a function; it ran with their sum."""

    function: Function
    grad: Any


@dataclass(slots=True)
class Unbroadcast:
    """A gradient was added up over what broadcasting had repeated, before it was delivered."""

    function: Function
    index: int
    from_shape: tuple[int, ...]
    to_shape: tuple[int, ...]


@dataclass(slots=True)
class Deliver:
    """A function sent a gradient along its input `index`: the `kth` of `of_n` that the target waits for.

    grad is the sum of what arrives so far only for the receiver; here it is this one delivery.
    """

    function: Function
    index: int
    target: Function
    grad: Any
    kth: int
    of_n: int


@dataclass(slots=True)
class Blocked:
    """A function had an input tensor that no gradient goes to; reason says why, in words."""

    function: Function
    index: int
    reason: str


@dataclass(slots=True)
class Accumulate:
    """A leaf's `.grad` went from before (None at first) to after."""

    function: Function
    leaf: Tensor
    before: Any
    delta: Any
    after: Any


@dataclass(slots=True)
class Free:
    """A function let go of what it had saved."""

    function: Function


@dataclass(slots=True)
class Fail:
    """The pass stopped at this function, with this message."""

    function: Function
    message: str


Step = Seed | Fire | Unbroadcast | Deliver | Blocked | Accumulate | Free | Fail


def backward(root: Tensor, gradient: Tensor | None, steps: list[Step], *, retain_graph: bool = False) -> None:
    """A backward pass from `root` that is written into `steps`; where it raises, what happened so far is
    there."""
    from engine.autograd.backward import backward as run

    run(root, gradient, retain_graph=retain_graph, trace=steps)
