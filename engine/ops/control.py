"""What a program does with the history itself: cut it, or run it backward."""

from __future__ import annotations

from typing import Any

from engine.op import op


@op("detach(input)", torch="{input}.detach()", aliases=("cut", "stop gradient", "constant"), composite=True)
def detach(input: Any) -> Any:
    """The same values without their history: no gradient passes this point. Shares memory with the input."""
    return input.detach()


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
