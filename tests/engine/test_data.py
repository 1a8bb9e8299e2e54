"""What counts with `.data`, and what apart from it: recorded from torch 2.13.0."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import torch
from engine.autograd.tensor import Tensor

MADE: dict[str, Callable[[Tensor], Tensor]] = {
    "data": lambda x: x.data,
    "data with a gradient": lambda x: x.data.requires_grad_(),
    "a view of data": lambda x: x.data[0:3],
    "a view of data with a gradient": lambda x: x.data.requires_grad_()[0:3],
    "data detached": lambda x: x.data.detach(),
    "data of data": lambda x: x.data.data,
    "a parameter over data": lambda x: torch.nn.Parameter(x.data),
    "data of a view": lambda x: x[0:3].data,
    "detached": lambda x: x.detach(),
    "data of detached": lambda x: x.detach().data,
}
CHANGED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "x": lambda x, made: x.add_(1),
    "it": lambda x, made: made.add_(1),
    "another data": lambda x, made: x.data.add_(1),
}
REFUSED = {(made, "it") for made in MADE} | {("detached", "x")}


@pytest.mark.parametrize("changed", CHANGED)
@pytest.mark.parametrize("made", MADE)
def test_a_change_is_held_against_what_was_saved_only_where_the_two_count_together(made: str, changed: str) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    saved = MADE[made](x)
    y = (w * saved).sum()
    with torch.no_grad():
        CHANGED[changed](x, saved)
    if (made, changed) in REFUSED:
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()
    else:
        y.backward()
        assert w.grad is not None
        assert w.grad.tolist() == [2.0, 3.0, 4.0]


def test_ten_thousand_changes_are_counted_and_not_all_remembered() -> None:
    x = torch.zeros(1)
    for _ in range(10_000):
        x.add_(1)
    assert x._version == 10_000
    assert len(x._counter.changes) <= 4096
