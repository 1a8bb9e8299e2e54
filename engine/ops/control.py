"""What a program does with the history itself: cut it, or run it backward; and its own flow: a loop."""

from __future__ import annotations

from typing import Annotated, Any

from engine.op import Range, op


@op("detach(input)", torch="{input}.detach()", aliases=("cut", "stop gradient", "constant"), composite=True)
def detach(input: Any) -> Any:
    """The same values without their history: no gradient passes this point. Shares memory with the input."""
    return input.detach()


@op("input.data", torch="{input}.data", aliases=("raw values", "untracked"), composite=True)
def data(input: Any) -> Any:
    """The same values, unseen by autograd: no history comes along, and unlike with detach a change made through it in
    place goes unnoticed. Shares memory with the input."""
    return input.data


@op("start, then next", aliases=("loop variable", "state"), control=True, composite=True, wired=("next",))
def carry(start: Any, next: Any) -> None:
    """A variable of a loop: in the first turn it is `start`, in every later turn what `next` was in the turn before.
    After the loop it is what it was when the condition ended it."""


@op(
    "while condition",
    torch="while {condition}:",
    aliases=("while", "loop", "condition", "repeat"),
    control=True,
    statement=True,
    composite=True,
)
def repeat_while(condition: Any, *, most: Annotated[int, Range(1, 1_000_000)] = 10_000) -> None:
    """Says how long a loop goes on: another turn while the condition is true, `most` turns at most. The condition is
    looked at before every turn, the first one too."""


@op(
    "backward from tensor",
    torch="{tensor}.backward({gradient})",
    aliases=("grad", "gradient", "backpropagate", "chain rule"),
    statement=True,
    composite=True,
)
def backward(tensor: Any, gradient: Any = None) -> Any:
    """Runs the chain rule from this tensor back to every leaf that requires a gradient, and adds what
    arrives to
    its `.grad`. A tensor with more than one element needs a `gradient` of its own shape to start with."""
    tensor.backward(gradient)
