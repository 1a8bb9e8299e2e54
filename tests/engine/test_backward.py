"""The backward pass: what it adds where, in which order, what it frees, and what it says when it cannot go
on."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.autograd import backward
from engine.autograd.function import AccumulateGrad, Function, renumber
from engine.autograd.trace import (
    Accumulate,
    Blocked,
    Deliver,
    Fail,
    Fire,
    Free,
    Seed,
    Step,
    Unbroadcast,
)
from engine.torch import Tensor

SECOND = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to "
    "access "
    "saved tensors after calling backward."
)


def scalar(value: float) -> Tensor:
    return torch.tensor(value, requires_grad=True)


def grad_of(tensor: Tensor) -> Any:
    assert tensor.grad is not None
    return tensor.grad.tolist()


def traced(root: Tensor, gradient: Tensor | None = None) -> list[Step]:
    steps: list[Step] = []
    backward(root, gradient, trace=steps)
    return steps


def test_gradients_add_up_over_passes_in_the_same_tensor() -> None:
    x = scalar(3.0)
    (x * x).backward()
    first = x.grad
    (x * x).backward()
    assert x.grad is first
    assert grad_of(x) == 12


def test_zeroing_and_dropping_the_gradient() -> None:
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward()
    assert x.grad is not None
    x.grad.zero_()
    assert grad_of(x) == [0, 0]
    x.grad = None
    (x * x).sum().backward()
    assert grad_of(x) == [2, 2]


def test_inner_gradients_never_leak_into_a_second_pass() -> None:
    a = scalar(2.0)
    c = a * a * 1
    c.backward(retain_graph=True)
    c.backward()
    assert grad_of(a) == 8


def test_a_second_pass_fails_only_where_something_was_saved() -> None:
    a = torch.ones(3, requires_grad=True)
    plain = (a + 1).sum()
    plain.backward()
    plain.backward()
    assert grad_of(a) == [2, 2, 2]
    product = (a * a).sum()
    product.backward()
    with pytest.raises(RuntimeError) as raised:
        product.backward()
    assert str(raised.value) == SECOND
    with pytest.raises(RuntimeError, match="second time"):
        _ = product.grad_fn.next_functions[0][0].kept  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        (None, RuntimeError, "grad can be implicitly created only for scalar outputs"),
        (torch.ones(2), RuntimeError,
         "Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of "
         "torch.Size([3])."),
        (torch.tensor(1.0), RuntimeError,
         "Mismatch in shape: grad_output[0] has a shape of torch.Size([]) and output[0] has a shape of "
         "torch.Size([3])."),
        ([1.0, 1.0, 1.0], TypeError, "gradients can be either Tensors or None, but got float"),
        (1.0, TypeError, "'float' object is not iterable"),
    ],
)  # fmt: skip
def test_a_wrong_first_gradient_is_refused(gradient: Any, error: type[Exception], message: str) -> None:
    y = torch.ones(3, requires_grad=True) * 2
    with pytest.raises(error) as raised:
        backward([y] if isinstance(gradient, list) and len(gradient) == 1 else y, gradient[:1]) if isinstance(
            gradient, list
        ) else y.backward(gradient)
    assert str(raised.value) == message


def test_a_tensor_without_history_cannot_start_a_pass() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.ones(2).backward()
    assert str(raised.value) == "element 0 of tensors does not require grad and does not have a grad_fn"


def test_one_element_of_any_shape_and_any_dtype_of_gradient_will_do() -> None:
    x = torch.ones(1, 1, requires_grad=True)
    (x * 3).backward()
    (x * 3).backward(torch.tensor([[2]]))
    assert grad_of(x) == [[9]]


def test_a_leaf_is_a_root_too_and_keeps_its_own_gradient() -> None:
    x = torch.ones(2, requires_grad=True)
    g = torch.tensor([1.0, 2.0])
    x.backward(g)
    assert grad_of(x) == [1, 2]
    assert x.grad is not g
    assert not np.shares_memory(x.grad.array, g.array)  # type: ignore[union-attr]


def test_no_two_gradients_share_memory() -> None:
    a, b = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    c = a + b
    c.retain_grad()
    g = torch.ones(3)
    c.backward(g)
    arrays = [t.array for t in (a.grad, b.grad, c.grad, g)]  # type: ignore[union-attr]
    assert not any(np.shares_memory(p, q) for i, p in enumerate(arrays) for q in arrays[:i])


def test_the_gradient_of_a_sum_is_an_array_of_its_own() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    x.sum().backward()
    assert x.grad is not None
    assert x.grad.array.flags.writeable
    assert x.grad.array.strides == (8, 4)


def names(steps: list[Step]) -> list[str]:
    return [step.function.name().rpartition("::")[2] for step in steps if isinstance(step, (Fire, Accumulate))]


def test_functions_fire_newest_first_and_a_leaf_right_after_its_oldest_consumer() -> None:
    a, b = scalar(1.0), scalar(2.0)
    y = a * 2
    e = b.exp()
    z = e.sin()
    out = y + z
    assert names(traced(out)) == [
        "AddBackward0", "SinBackward0", "ExpBackward0", "AccumulateGrad", "MulBackward0", "AccumulateGrad",
    ]  # fmt: skip


def test_renumbering_changes_the_order() -> None:
    a, b = scalar(1.0), scalar(2.0)
    first, second = a.sin(), b.cos()
    out = first + second
    functions: list[Function] = [second.grad_fn, first.grad_fn, out.grad_fn]  # type: ignore[list-item]
    renumber(functions)
    fired = [step.function for step in traced(out) if isinstance(step, Fire)]
    assert fired == functions[::-1]


def test_the_trace_tells_every_step_of_the_tutorial() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    y = x + 2
    z = y * y * 3
    steps = traced(z.mean())
    assert [type(step).__name__ for step in steps] == [
        "Seed", "Fire", "Deliver", "Fire", "Deliver", "Free", "Fire", "Deliver", "Deliver", "Free",
        "Fire", "Deliver", "Accumulate",
    ]  # fmt: skip
    seed, end = steps[0], steps[-1]
    assert isinstance(seed, Seed)
    assert seed.value == 1
    assert isinstance(end, Accumulate)
    assert end.leaf is x
    assert end.before is None
    assert end.after.tolist() == [[4.5, 4.5], [4.5, 4.5]]
    twice = [s for s in steps if isinstance(s, Deliver) and s.target is y.grad_fn]
    assert [(s.index, s.kth, s.of_n, s.grad[0, 0]) for s in twice] == [(0, 1, 2, 2.25), (1, 2, 2, 2.25)]
    assert [s.function for s in steps if isinstance(s, Free)] == [z.grad_fn, z.grad_fn.next[0]]  # type: ignore[union-attr]


def test_the_trace_shows_unbroadcasting_before_the_delivery() -> None:
    x, b = torch.ones(3, 2, requires_grad=True), torch.ones(2, requires_grad=True)
    steps = traced((x + b).sum())
    at = next(i for i, step in enumerate(steps) if isinstance(step, Unbroadcast))
    change, delivery = steps[at], steps[at + 1]
    assert isinstance(change, Unbroadcast)
    assert (change.index, change.from_shape, change.to_shape) == (1, (3, 2), (2,))
    assert isinstance(delivery, Deliver)
    assert delivery.grad.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x: torch.ones(2), "constant: requires_grad is False"),
        (lambda x: torch.tensor([1, 2]), "integer"),
        (lambda x: x.detach(), "detached"),
        (lambda x: torch.no_grad()(lambda: x * 2)(), "no_grad"),
        (lambda x: x > 0, "boolean"),
    ],
)
def test_the_trace_says_where_no_gradient_goes_and_why(make: Any, reason: str) -> None:
    x = torch.ones(2, requires_grad=True)
    for y, index in ((x * make(x), 1), (make(x) * x, 0)):
        blocked = [step for step in traced(y.sum()) if isinstance(step, Blocked)]
        assert [(step.function, step.index, step.reason) for step in blocked] == [(y.grad_fn, index, reason)]
    assert not any(isinstance(step, Blocked) for step in traced((x * 2).sum()))


def test_a_failing_pass_ends_its_trace_with_the_function_at_fault() -> None:
    x = scalar(2.0)
    inner = x * x
    (inner + 1).backward()
    steps: list[Step] = []
    with pytest.raises(RuntimeError, match="second time"):
        backward(inner * 3, trace=steps)
    last = steps[-1]
    assert isinstance(last, Fail)
    assert last.function is inner.grad_fn
    assert last.message == SECOND


def test_a_failed_pass_leaves_nothing_behind() -> None:
    x = scalar(2.0)
    inner = x * x
    inner.backward()
    y = inner + x
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    x.grad = None
    (x * 5).backward()
    assert grad_of(x) == 5


def test_what_a_trace_holds_does_not_change_afterwards() -> None:
    x = torch.ones(2, requires_grad=True)
    log: list[Accumulate] = []
    for _ in range(3):
        log += [step for step in traced((x * 2).sum()) if isinstance(step, Accumulate)]
    assert x.grad is not None
    (x * 2).sum().backward()
    x.grad.zero_()
    assert [step.after.tolist() for step in log] == [[2, 2], [4, 4], [6, 6]]
    assert [None if step.before is None else step.before.tolist() for step in log] == [None, [2, 2], [4, 4]]


def random_graph(seed: int) -> tuple[list[Tensor], Tensor]:
    rng = np.random.default_rng(seed)
    leaves = [Tensor(rng.standard_normal(shape), True) for shape in ((), (3,), (2, 1), (2, 3))]
    pool = list(leaves)
    for _ in range(25):
        a, b = (pool[i] for i in rng.integers(0, len(pool), 2))
        made: Tensor = [
            lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a.tanh(), lambda a, b: a - b, lambda a, b:
            a.sin() * 2
        ][rng.integers(5)](a, b)  # fmt: skip
        pool.append(made)
    total = pool[-1].sum()
    for tensor in pool[4:-1]:
        total = total + tensor.mean()
    return leaves, total


@pytest.mark.parametrize("seed", range(20))
def test_both_loops_give_the_same_bits(seed: int) -> None:
    plain, root = random_graph(seed)
    root.backward()
    watched, root = random_graph(seed)
    steps = traced(root)
    asked, root = random_graph(seed)
    results = torch.autograd.grad(root, asked, allow_unused=True)
    for a, b, c in zip(plain, watched, results, strict=True):
        if a.grad is None:
            assert b.grad is None
            assert c is None
        else:
            assert a.grad.array.tobytes() == b.grad.array.tobytes() == c.array.tobytes()  # type: ignore[union-attr]
    fired = [step.function.number for step in steps if isinstance(step, Fire)]
    assert fired == sorted(fired, reverse=True)


def test_grad_leaves_every_grad_alone_and_runs_only_what_it_needs() -> None:
    a, b = scalar(2.0), scalar(3.0)
    y = a * a
    out = y + b.exp()
    assert torch.autograd.grad(out, y, retain_graph=True)[0].item() == 1  # type: ignore[union-attr]
    assert torch.autograd.grad(out, a)[0].item() == 4  # type: ignore[union-attr]
    assert a.grad is None
    assert b.grad is None
    with pytest.raises(RuntimeError) as raised:
        torch.autograd.grad(a * 2, [a, b])
    assert str(raised.value) == (
        "The differentiated Tensor at index 1 appears to not have been used in the graph. Set "
        "allow_unused=True if "
        "this is the desired behavior."
    )
    assert torch.autograd.grad(a * 2, [a, b], materialize_grads=True)[1].item() == 0  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="One of the differentiated Tensors does not require grad"):
        torch.autograd.grad(a * 2, torch.ones(1))


def test_history_is_linked_as_in_torch() -> None:
    x = scalar(2.0)
    y = x * x
    (first, number), (second, _) = y.grad_fn.next_functions  # type: ignore[union-attr]
    assert first is second
    assert isinstance(first, AccumulateGrad)
    assert first.variable is x
    assert first.name() == "torch::autograd::AccumulateGrad"
    assert number == 0


def test_only_what_a_derivative_needs_is_kept() -> None:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2)
    assert list((x * w).grad_fn.kept) == ["other"]  # type: ignore[union-attr]
    assert list((w * x).grad_fn.kept) == ["input"]  # type: ignore[union-attr]
    assert list(x.exp().grad_fn.kept) == ["output"]  # type: ignore[union-attr]
    assert not (x + w).grad_fn.kept  # type: ignore[union-attr]
    assert not x.sum().grad_fn.kept  # type: ignore[union-attr]


def test_a_chain_of_200_000_ops_is_built_run_and_dropped_without_recursion() -> None:
    limit = sys.getrecursionlimit()
    x = torch.ones(2, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1
        y = y * 1.0
    y.sum().backward(retain_graph=True)
    assert grad_of(x) == [1, 1]
    traced(y.sum())
    assert sys.getrecursionlimit() == limit
    first = weakref.ref(x)
    del x, y
    gc.collect()
    assert first() is None


def test_a_dropped_leaf_is_gone_at_once() -> None:
    gc.disable()
    try:
        x = torch.ones(2, requires_grad=True)
        (x * 2).sum().backward()
        gone = weakref.ref(x)
        del x
        assert gone() is None
    finally:
        gc.enable()


def test_a_pass_over_infinities_is_quiet() -> None:
    x = torch.tensor([0.0], requires_grad=True)
    x.sqrt().backward()
    assert grad_of(x) == [float("inf")]
