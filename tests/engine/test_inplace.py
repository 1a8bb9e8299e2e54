"""What changes in place mean to the engine: shared memory, the loops of a pass, the trace, what stays alive."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.autograd import backward
from engine.autograd.trace import Blocked, Deliver, Fire, Step
from engine.autograd.versions import CHANGED
from engine.op import OPS, PARTS, Op
from engine.torch import Tensor
from tests.engine.tries import tries

Program = Callable[[Tensor], Tensor]


def _copied(x: Tensor) -> Tensor:
    y = x * 1
    y[0] = y[1] * 2
    return (y * y).sum()


def _view_of_a_permuted_base(x: Tensor) -> Tensor:
    y = x.t().contiguous().t() * x
    y.t()[1].exp_()
    return y.sin().sum()


def _views_of_a_view(x: Tensor) -> Tensor:
    y = x.sin()
    row = y[1]
    row[:1].mul_(3)
    y.add_(row.clone())
    return (y * row).sum()


def _of_other_tensors(x: Tensor) -> Tensor:
    b = torch.zeros(3, 2, dtype=torch.float64)
    b[:2] = x
    b[2] = x.sum(0)
    b.view(-1)[::2] *= 2
    return (b * b).sum()


def _hooked(x: Tensor) -> Tensor:
    y = x * 2
    y.register_hook(lambda g: g * 3)
    y.grad_fn.register_prehook(lambda grads: (grads[0] + 1,))  # type: ignore[union-attr]
    y.mul_(x)
    return y.sum()


def _cut_off(x: Tensor) -> Tensor:
    y = x * 1
    y[0].mul_(3)
    return (y.relu() * x.abs()).sum()


PROGRAMS = [_copied, _view_of_a_permuted_base, _views_of_a_view, _of_other_tensors, _cut_off, _hooked]


def _passed(program: Program, steps: list[Step] | None = None, **options: Any) -> Any:
    x = torch.tensor([[0.5, 1.5], [-1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    backward(program(x), trace=steps, **options)
    assert x.grad is not None
    return x.grad.array


@pytest.mark.parametrize("program", PROGRAMS)
def test_all_ways_of_a_pass_agree(program: Program) -> None:
    plain = _passed(program)
    np.testing.assert_array_equal(_passed(program, []), plain)
    with pytest.warns(UserWarning, match="reference cycle"):
        recorded = _passed(program, create_graph=True)
    np.testing.assert_allclose(recorded, plain, rtol=1e-12)
    x = torch.tensor([[0.5, 1.5], [-1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(program(x), x)
    assert found is not None
    np.testing.assert_array_equal(found.array, plain)


@pytest.mark.parametrize("program", PROGRAMS[:-1])
def test_the_gradients_are_right(program: Program) -> None:
    x = torch.tensor([[0.5, 1.5], [-1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(program, x)
    assert torch.autograd.gradgradcheck(program, x)


@pytest.mark.parametrize("program", PROGRAMS[:-1])
def test_in_the_trace_what_arrives_is_what_a_function_runs_with(program: Program) -> None:
    steps: list[Step] = []
    _passed(program, steps)
    arrived: dict[Any, Any] = {}
    for step in steps:
        if isinstance(step, Deliver):
            before = arrived.get(step.target)
            arrived[step.target] = step.grad if before is None else before + step.grad
        elif isinstance(step, Fire) and step.function in arrived:
            np.testing.assert_array_equal(step.grad, arrived[step.function])


def test_the_trace_says_that_nothing_goes_to_a_view_without_history() -> None:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        view = x[0]
    steps: list[Step] = []
    backward((view * 3).exp() * view, trace=steps)
    assert [step.reason for step in steps if isinstance(step, Blocked) and step.reason == "no_grad"] == ["no_grad"] * 2
    assert x.grad is None
    assert view.grad is None


@pytest.mark.parametrize("look", [lambda x: x.view(1), lambda x: x[None], lambda x: x.expand(2), lambda x: x.squeeze(),
                                  lambda x: x.detach(), lambda x: x.data, lambda x: x[...]])  # fmt: skip
def test_a_number_that_was_computed_shares_its_memory_with_its_views(look: Callable[[Tensor], Tensor]) -> None:
    x = torch.tensor(2.0) * 3
    view = look(x)
    x.fill_(8)
    assert view.flatten()[0].item() == 8


def test_a_number_that_became_an_array_is_still_known_where_it_was_saved() -> None:
    x = torch.tensor(2.0, requires_grad=True) * 3
    y = x * x
    x.view(1).add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_numbers_that_several_gradients_had_in_common_change_apart() -> None:
    a, b = torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    (a + b).backward()
    assert a.grad is not None
    assert b.grad is not None
    product = a.grad * torch.tensor(3.0, requires_grad=True)
    b.grad.zero_()
    product.backward()
    assert a.grad.item() == 1


def test_data_is_not_held_against_what_was_saved() -> None:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2)
    y = (x * w.data).sum()
    w.add_(1)
    y.backward()


def _computed(op: Op) -> list[tuple[list[Any], Any]]:
    found = []
    for arrays, params in tries(op):
        inputs = [Tensor(np.array(a)) if isinstance(a, (np.ndarray, np.generic)) else a for a in arrays]
        with contextlib.suppress(NotImplementedError, RuntimeError):  # of floats bit by bit, or as places
            found.append((inputs, op(*inputs, **params)))
    return found


HIDDEN = {"unsafe_view", "squeeze_at"}
"""These show memory that nobody else can see."""

ALONE = [
    op
    for op in (*OPS.values(), *PARTS.values())
    if op.ports and op.name not in HIDDEN and not (op.view or op.composite or op.statement)
]


@pytest.mark.parametrize("op", ALONE, ids=lambda op: op.name)
def test_what_is_not_a_view_has_memory_of_its_own(op: Op) -> None:
    for inputs, output in _computed(op):
        for x in inputs:
            if isinstance(x, Tensor) and isinstance(output, Tensor):
                assert not np.shares_memory(x.array, output.array)


def test_views_do_not_keep_each_other_alive() -> None:
    base = torch.ones(3, requires_grad=True) * 1
    view = base[1:]
    view.mul_(2)
    known = weakref.ref(view), weakref.ref(base)
    gc.disable()
    try:
        del view
        assert known[0]() is None
        del base
        assert known[1]() is None
    finally:
        gc.enable()


def test_nothing_stays_behind_of_arrays_that_are_gone() -> None:
    before = len(CHANGED)
    for _ in range(10):
        x = torch.ones(4)
        x[:2].add_(1)
        x.data.mul_(2)
    del x
    gc.collect()
    assert len(CHANGED) <= before


def test_an_outdated_view_is_a_tensor_like_others() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    view = x[:1]
    x.add_(1)
    assert isinstance(view, Tensor)
    assert type(view).__name__ == "Tensor"
    assert view.view(1)._base is x
    assert type(view) is Tensor
