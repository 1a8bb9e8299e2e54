"""Hooks: what the user wants called when a backward pass comes by, in torch's order.

Where a gradient is complete: the tensor's hooks, then `retain_grad`, then the function's prehooks; the function runs;
its hooks. At a leaf: the tensor's hooks, prehooks, the sum, post-accumulate hooks, hooks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self
from weakref import ref

import numpy as np

from engine.autograd.function import edge_of
from engine.autograd.mode import set_grad_enabled

if TYPE_CHECKING:
    from engine.autograd.function import AccumulateGrad, Function
    from engine.autograd.tensor import Tensor

Hook = Callable[..., Any]
_next_id = itertools.count().__next__


class RemovableHandle:
    """Takes a hook back: `handle.remove()`, or the end of a `with` block."""

    def __init__(self, *homes: dict[int, Any]) -> None:
        self.id = _next_id()
        self._homes = homes

    def remove(self) -> None:
        """The hook is not called any more."""
        for home in self._homes:
            home.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one function, or of one leaf."""

    __slots__ = ("accumulated", "after", "before", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, Hook] = {}
        self.retained: list[ref[Tensor]] = []
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}
        self.accumulated: dict[int, Hook] = {}

    def retains(self, tensor: Tensor) -> bool:
        """Does this tensor keep its gradient?"""
        return any(each() is tensor for each in self.retained)

    def drop(self, tensor: Tensor) -> None:
        """This tensor does not keep the gradient of this function any more."""
        self.retained = [each for each in self.retained if each() is not tensor]


def hooks_of(function: Function) -> Hooks:
    """The hooks of a function, made when the first one comes."""
    if function.hooks is None:
        function.hooks = Hooks()
    return function.hooks


def add(home: dict[int, Hook], hook: Hook) -> RemovableHandle:
    """Put a hook behind the others."""
    handle = RemovableHandle(home)
    home[handle.id] = hook
    return handle


def arrived(function: Function, g: Any, create: bool) -> Any:
    """The complete gradient of a function after its tensor's hooks, `retain_grad` and its prehooks."""
    hooks = function.hooks
    assert hooks is not None
    g = at_tensor(function, g, create)
    if not hooks.before:
        return g
    parts = tuple(tensor(d) for d in function.received(g))
    with set_grad_enabled(create):
        for hook in tuple(hooks.before.values()):
            parts = _replaced(hook, parts, hook(parts))
    return function.joined(tuple(d if create or d is None else d.array for d in parts))


def at_tensor(function: Function, g: Any, create: bool) -> Any:
    """The complete gradient of a tensor after its hooks, once it is kept where `retain_grad` was called."""
    hooks = function.hooks
    assert hooks is not None
    with set_grad_enabled(create):
        for hook in tuple(hooks.tensor.values()):
            g = _changed(hook, g, hook(tensor(g)))
        for each in hooks.retained:
            if (owner := each()) is not None and g is not None:
                _retain(owner, g)
    return g


def ran(function: Function, grads: Sequence[Any], g: Any, create: bool) -> list[Any]:
    """The gradients that a function gave, after its hooks."""
    hooks = function.hooks
    assert hooks is not None
    if not hooks.after:
        return list(grads)
    places = [i for i in range(len(grads)) if function._is_edge(i)]
    given = tuple(tensor(grads[i]) for i in places)
    came = tuple(tensor(d) for d in function.received(g))
    with set_grad_enabled(create):
        for hook in tuple(hooks.after.values()):
            given = _replaced(hook, given, hook(given, came))
    results: list[Any] = [None] * len(grads)
    for i, d in zip(places, given, strict=True):
        results[i] = d if create or d is None else d.array
    return results


def accumulated(end: AccumulateGrad, g: Any, create: bool) -> None:
    """A leaf has its sum: tell who wants to know."""
    hooks = end.hooks
    assert hooks is not None
    with set_grad_enabled(create):
        for hook in tuple(hooks.accumulated.values()):
            answer = hook(end.variable)
            _changed(hook, g, answer)
            if answer is not None:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        for hook in tuple(hooks.after.values()):
            hook((), (tensor(g),))


def tensor(g: Any) -> Any:
    """A gradient as the user sees it."""
    from engine.autograd.tensor import Tensor

    return g if g is None or isinstance(g, Tensor) else Tensor(np.asarray(g))


def _changed(hook: Hook, g: Any, answer: Any) -> Any:
    """What a hook put in the gradient's place, if anything: a tensor of the same size and type."""
    from engine.autograd.tensor import Tensor

    if answer is None:
        return g
    if g is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(answer, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
    before, name = tensor(g), _name_of(hook)
    if answer.array.dtype != before.array.dtype:
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {before.type()} got {answer.type()})")
    if answer.array.shape != before.array.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return answer if isinstance(g, Tensor) else answer.array


def _replaced(hook: Hook, before: tuple[Any, ...], answer: Any) -> tuple[Any, ...]:
    """What a hook put in the place of several gradients, if anything."""
    if answer is None:
        return before
    if not isinstance(answer, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(answer).__name__}'")
    if len(answer) != len(before):
        raise RuntimeError(
            f"hook '{_name_of(hook)}' has returned an incorrect number of values (got {len(answer)}, but expected "
            f"{len(before)})"
        )
    for g, after in zip(before, answer, strict=True):
        _changed(hook, g, after)
    return answer


def _name_of(hook: Hook) -> str:
    return getattr(hook, "__name__", "<unknown>")


def _retain(owner: Tensor, g: Any) -> None:
    from engine.autograd.tensor import Tensor

    before = owner._kept_grad()
    if isinstance(g, Tensor):
        owner._grad = g.clone() if before is None else before + g
    else:
        owner._grad = Tensor(np.array(g) if before is None else before.array + g)


def multi_grad_hook(tensors: Sequence[Tensor], fn: Hook, *, mode: str = "all") -> RemovableHandle:
    """`torch.autograd.graph.register_multi_grad_hook`: called in a pass with all gradients that come once they have
    come (None for the others), or with the first."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if mode == "any":
        tensors = [each for each in tensors if each.requires_grad]
    ends = [edge_of(each) if each.requires_grad else None for each in tensors]
    assert all(ends), "Expected gradient function to be set"
    come: dict[int, Any] = {}
    run: list[Any] = [None]

    def one(place: int) -> Hook:
        def arrive(g: Tensor) -> None:
            now = ends[place].mark  # type: ignore[union-attr]
            if run[0] is not now:
                run[0] = now
                come.clear()
            come[place] = g
            if mode == "any":
                if len(come) == 1:
                    fn(g)
            elif len(come) == sum(end.mark is now for end in ends):  # type: ignore[union-attr]
                fn([come.get(i) for i in range(len(ends))])

        return arrive

    handles = [each.register_hook(one(i)) for i, each in enumerate(tensors)]
    together = RemovableHandle(*(home for handle in handles for home in handle._homes))
    for handle in handles:
        for home in handle._homes:
            home[together.id] = home.pop(handle.id)
    return together
