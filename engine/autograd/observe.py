"""The loop of a backward pass that is watched: the steps of `sweep`, written into a trace or kept for the
caller."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import trace as steps
from engine.autograd.function import FREED, FREED_TEXT, AccumulateGrad, Function
from engine.autograd.sweep import Root, accumulate, collect, fitted, start

ndarray = np.ndarray


def observe(
    roots: list[Root],
    retain: bool,
    trace: list[steps.Step] | None,
    found: dict[Function, Any] | None,
) -> None:
    """The same pass, written into `trace`; with `found`, gradients are put there and not into leaves."""
    order, ends = collect(roots)
    needed = None if found is None else _leading_to(order, found)
    note: Any = [].append if trace is None else trace.append
    expected: dict[Function, int] = {}
    arrived: dict[Function, int] = {}
    for f in order:
        for target in f.next:
            if target is not None:
                expected[target] = expected.get(target, 0) + 1
    try:
        for function, seed in roots:
            note(steps.Seed(function, seed))
        for leaf in start(roots):
            if leaf.pending == 0:
                _end(leaf, note, found)
        for f in order:
            g = f.grad
            f.grad = None
            if found is not None and f in found:
                found[f] = g
            if needed is not None and f not in needed:
                continue
            if f.watchers is not None:
                for watcher in f.watchers:
                    watcher(g)
            note(steps.Fire(f, g))
            try:
                if f.saved is FREED:
                    raise RuntimeError(FREED_TEXT)
                grads = list(f.pull(g))
                plain = list(grads)
                if f.meta is not None:
                    grads = fitted(f, grads)
            except Exception as error:
                note(steps.Fail(f, str(error)))
                raise
            for index, (target, d) in enumerate(zip(f.next, grads, strict=True)):
                if target is None:
                    if f.blocked is not None and (reason := f.blocked[index]) is not None:
                        note(steps.Blocked(f, index, reason))
                    continue
                if plain[index].shape != d.shape:
                    note(steps.Unbroadcast(f, index, plain[index].shape, d.shape))
                arrived[target] = arrived.get(target, 0) + 1
                note(steps.Deliver(f, index, target, d, arrived[target], expected[target]))
                target.grad = d if target.grad is None else target.grad + d
                if target.__class__ is AccumulateGrad:
                    target.pending -= 1
                    if target.pending == 0:
                        target.owned = False
                        _end(target, note, found)
            if f.saved is not None and not retain:
                f.saved = FREED
                note(steps.Free(f))
    finally:
        for f in (*order, *ends):
            f.grad = None


def _end(end: AccumulateGrad, note: Any, found: dict[Function, Any] | None) -> None:
    """A leaf has all of its gradient: give it to who asked, or add it to `.grad` and leave the log intact."""
    g = end.grad
    if found is not None:
        if end in found:
            found[end] = g
        end.grad = None
        return
    total = end.variable._grad
    before = None if total is None else total.array
    if before.__class__ is ndarray:
        before.flags.writeable = False  # the log refers to it: from now on it is replaced, never changed
    accumulate(end)
    after = end.variable._grad.array  # type: ignore[union-attr]
    if after.__class__ is ndarray:
        after.flags.writeable = False
    note(steps.Accumulate(end, end.variable, before, g, after))


def _leading_to(order: list[Function], found: dict[Function, Any]) -> set[Function]:
    """The Functions through which a wanted gradient passes."""
    leading: set[Function] = set()
    for f in reversed(order):
        if any(target in found or target in leading for target in f.next if target is not None):
            leading.add(f)
    return leading
