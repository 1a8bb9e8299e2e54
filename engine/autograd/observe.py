"""The loop of a backward pass that is watched: the steps of `sweep`, written into a trace or kept for the
caller."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from engine.autograd import anomaly
from engine.autograd import trace as steps
from engine.autograd.function import FREED, FREED_TEXT, AccumulateGrad, Function
from engine.autograd.hooks import accumulated, arrived, at_tensor, ran
from engine.autograd.recorded import copy_recorded, pull_recorded
from engine.autograd.sweep import Gradients, Root, accumulate, collect, fitted, start
from engine.autograd.tensor import Tensor
from engine.autograd.versions import LATEST, check_versions

ndarray = np.ndarray


def observe(
    roots: list[Root],
    retain: bool,
    trace: list[steps.Step] | None,
    found: dict[Function, Any] | None = None,
    create: bool = False,
    ends: set[Function] | None = None,
) -> None:
    """The same pass, written into `trace`.

    With `found`, gradients are put there and not into leaves; with `ends`, only these leaves and functions are gone
    to. With `create` the gradients are tensors, and the pass is recorded itself."""
    order, leaves = collect(roots)
    needed = (
        _leading_to(order, ends or found or ()) | (ends or set()) if found is not None or ends is not None else None
    )
    goals: Container[Function] = ends or found or ()
    note: Any = [].append if trace is None else trace.append
    expected: dict[Function, int] = {}
    come: dict[Function, int] = {}
    for f in order:
        for target in f.next:
            if target is not None:
                expected[target] = expected.get(target, 0) + 1
    try:
        for function, seed in roots:
            note(steps.Seed(function, seed))
        alone = roots[0][0] if len(roots) == 1 else None
        for leaf in start(roots):
            if leaf.pending == 0:
                _end(leaf, note, found, ends)
        for f in order:
            g = f.grad
            f.grad = None
            if found is not None and f in found:
                found[f] = g
            if needed is not None and f not in needed:
                if f.hooks is not None and (f in goals or f is alone):
                    g = at_tensor(f, g, create)
                if found is not None and f in found:
                    found[f] = g
                continue
            if f.hooks is not None:
                g = arrived(f, g, create)
            if g is None and not f.takes_nothing:
                if f.hooks is not None:
                    ran(f, [None] * len(f.next), None, create)
                _nothing(f, note, found, ends)
                continue
            note(steps.Fire(f, g))
            try:
                if f.saved is FREED:
                    raise RuntimeError(FREED_TEXT)
                if f.number <= LATEST[0]:
                    check_versions(f)
                grads: Gradients
                if create:
                    grads = plain = pull_recorded(f, g)
                else:
                    plain = list(f.pull(g))
                    grads = plain if f.meta is None else fitted(f, plain)
                if needed is not None:
                    grads = [
                        d if target in needed or target in goals else None
                        for target, d in zip(f.next, grads, strict=True)
                    ]
                if anomaly.is_anomaly_enabled():
                    anomaly.check(f, grads)
                if f.hooks is not None:
                    grads = list(ran(f, grads, g, create))
            except Exception as error:
                note(steps.Fail(f, str(error)))
                if anomaly.is_anomaly_enabled():
                    anomaly.tell(f)
                raise
            for index, (target, d) in enumerate(zip(f.next, grads, strict=True)):
                if target is None:
                    if f.blocked is not None and (reason := f.blocked[index]) is not None:
                        note(steps.Blocked(f, index, reason))
                    continue
                came: Any = plain[index]
                if d is not None and came is not None and came.shape != d.shape:
                    note(steps.Unbroadcast(f, index, came.shape, d.shape))
                if d is not None:
                    come[target] = come.get(target, 0) + 1
                    note(steps.Deliver(f, index, target, d, come[target], expected[target]))
                    target.grad = d if target.grad is None else target.grad + d
                if target.__class__ is AccumulateGrad and (needed is None or target in goals):
                    target.pending -= 1
                    if target.pending == 0:
                        target.owned = False
                        _end(target, note, found, ends)
            if f.saved is not None and not retain:
                f.saved = FREED
                note(steps.Free(f))
    finally:
        for f in (*order, *leaves):
            f.grad = None


def _end(end: AccumulateGrad, note: Any, found: dict[Function, Any] | None, ends: set[Function] | None) -> None:
    """A leaf has all of its gradient: give it to who asked, or add it to `.grad` and leave the log intact."""
    g = end.grad
    if g is None:
        if found is None and end.hooks is not None and (ends is None or end in ends):
            at_tensor(end, g, False)
        return
    if found is not None or (ends is not None and end not in ends):
        if end.hooks is not None:
            g = at_tensor(end, g, isinstance(g, Tensor))
        if found is not None and end in found:
            found[end] = g
        end.grad = None
        return
    if isinstance(g, Tensor):
        end.grad = None
        keep_recorded(end, g)
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


def keep_recorded(end: AccumulateGrad, g: Tensor) -> None:
    """Add a gradient with a history to the leaf's `.grad`, which becomes another tensor."""
    leaf = end.variable
    if not leaf._requires_grad:
        return
    if end.hooks is not None:
        g = arrived(end, g, True)
    leaf._grad = copy_recorded(g) if leaf._grad is None else leaf._grad + g
    if end.hooks is not None:
        accumulated(end, g, True)


def _nothing(f: Function, note: Any, found: dict[Function, Any] | None, ends: set[Function] | None) -> None:
    """No gradient came to `f`: none goes on from it."""
    for target in f.next:
        if isinstance(target, AccumulateGrad):
            target.pending -= 1
            if target.pending == 0:
                _end(target, note, found, ends)


def _leading_to(order: list[Function], found: Container[Function]) -> set[Function]:
    """The Functions through which a wanted gradient passes."""
    leading: set[Function] = set()
    for f in reversed(order):
        if any(target in found or target in leading for target in f.next if target is not None):
            leading.add(f)
    return leading
