"""The order of a backward pass, and the plain loop over it.

The Functions that a pass reaches are collected without recursion and sorted once by descending number: this is
the order of torch's priority queue. An AccumulateGrad comes as soon as its last delivery has come, which is right
after its oldest consumer.
"""

from __future__ import annotations

from operator import attrgetter
from sys import getrefcount
from typing import Any

import numpy as np

from engine.autograd.function import FREED, FREED_TEXT, AccumulateGrad, Function
from engine.autograd.hooks import accumulated, arrived, at_tensor, ran
from engine.autograd.shapes import fits, sum_to
from engine.autograd.tensor import Tensor
from engine.autograd.versions import LATEST, check_versions

ndarray = np.ndarray
Root = tuple[Function, Any]
Gradients = list[Any] | tuple[Any, ...]
_newest_first = attrgetter("number")


def collect(roots: list[Root]) -> tuple[list[Function], list[AccumulateGrad]]:
    """The Functions that a pass from these roots reaches, newest first; the ends of its paths."""
    run = object()
    order: list[Function] = []
    ends: list[AccumulateGrad] = []
    for function, _ in roots:
        if function.mark is not run:
            function.mark = run
            function.grad = None
            if function.__class__ is AccumulateGrad:
                function.pending = 0
                ends.append(function)
            else:
                order.append(function)
    add = order.append
    for function in order:  # which grows
        for target in function.next:
            if target is None:
                continue
            if target.mark is not run:
                target.mark = run
                target.grad = None
                if target.__class__ is AccumulateGrad:
                    target.pending = 1
                    ends.append(target)
                else:
                    add(target)
            elif target.__class__ is AccumulateGrad:
                target.pending += 1
    order.sort(key=_newest_first, reverse=True)
    return order, ends


def start(roots: list[Root]) -> list[AccumulateGrad]:
    """Lay the first gradients down; the roots that are leaves."""
    leaves: list[AccumulateGrad] = []
    for function, seed in roots:
        if function.grad is None:
            function.grad, function.owned = seed, False
        else:
            function.grad, function.owned = function.grad + seed, True
        if function.__class__ is AccumulateGrad and function not in leaves:
            leaves.append(function)
    return leaves


def sweep(roots: list[Root], retain: bool) -> None:
    order, _ = collect(roots)
    latest = LATEST
    try:
        for leaf in start(roots):
            if leaf.pending == 0:
                accumulate(leaf)
        for f in order:
            g = f.grad
            f.grad = None
            hooks = f.hooks
            if hooks is not None:
                g = arrived(f, g, False)
            if g is None and not f.takes_nothing:
                if hooks is not None:
                    ran(f, [None] * len(f.next), None, False)
                nothing(f)
                continue
            saved = f.saved
            if saved is FREED:
                raise RuntimeError(FREED_TEXT)
            if f.number <= latest[0]:
                check_versions(f)
            grads = f.pull(g)
            if f.meta is not None:
                grads = fitted(f, grads)
            if hooks is not None:
                grads = ran(f, grads, g, False)
            if saved is not None and not retain:
                f.saved = FREED
            for target, d in zip(f.next, grads):  # noqa: B905  # strict costs more than the rest of the line
                if target is None:
                    continue
                before = target.grad
                if before is None:
                    target.grad = d
                    target.owned = False
                elif d is None:
                    pass
                elif target.owned and before.__class__ is ndarray:
                    np.add(before, d, out=before)
                else:
                    target.grad = before + d
                    target.owned = True
                if target.__class__ is AccumulateGrad:
                    if before is None:  # a fresh array may become the leaf's .grad as it is
                        target.owned = d is not g and d.__class__ is ndarray and (d.base is None or _alone(d, g))
                    target.pending -= 1
                    if target.pending == 0:
                        accumulate(target)
    except BaseException:
        for f in order:
            f.grad = None
            for target in f.next:
                if target is not None:
                    target.grad = None
        raise


def _alone(view: Any, g: Any) -> bool:
    """Is a view all that is left of the array behind it? Then nobody else can see it change. The gradient g that it was
    made of may be a view of the same, if only the pass still has that."""
    base = view.base
    if base.__class__ is not ndarray or base.nbytes != view.nbytes:
        return False
    return getrefcount(base) == (4 if g.base is base and getrefcount(g) == 3 else 3)


def nothing(f: Function) -> None:
    """No gradient came to `f` (a custom function may give none): none goes on from it."""
    for target in f.next:
        if isinstance(target, AccumulateGrad):
            target.pending -= 1
            if target.pending == 0:
                accumulate(target)


def fitted(f: Function, grads: Gradients) -> Gradients:
    """Gradients in the shapes and dtypes of the inputs that they are for."""
    _, sizes, kinds = f.meta  # type: ignore[misc]  # only called where there is meta
    if kinds is None:
        for d, size in zip(grads, sizes):  # noqa: B905  # most often all fit
            if d is not None and d.shape != size:
                break
        else:
            return grads
    result = []
    for i, d in enumerate(grads):
        if d is not None:
            if d.shape != sizes[i]:
                d = _unbroadcast(f, i, d, sizes[i])
            if kinds is not None and kinds[i] is not None and d.dtype != kinds[i]:
                d = d.astype(kinds[i])
        result.append(d)
    return result


def _unbroadcast(f: Function, index: int, d: Any, shape: tuple[int, ...]) -> Any:
    if not fits(d.shape, shape):
        raise RuntimeError(
            f"Function {f.name()} returned an invalid gradient at index {f.edge_number(index)} - "
            f"got {list(d.shape)} but expected shape compatible with {list(shape)}"
        )
    return sum_to(d, shape)


def copied(array: Any) -> Any:
    """An array, or a numpy scalar, that nobody else has; `positive` reads what was just computed faster than memcpy."""
    return np.positive(array, order="C")


def accumulate(end: AccumulateGrad) -> None:
    """Add what has arrived to the leaf's `.grad`, in place where there is one already."""
    g, leaf = end.grad, end.variable
    end.grad = None
    if g is None or not leaf._requires_grad:
        if end.hooks is not None:
            at_tensor(end, g, False)
        return
    if end.hooks is not None:
        end.owned = False
        g = arrived(end, g, False)
    total = leaf._grad
    if total is None:
        leaf._grad = Tensor(g if end.owned else copied(g))
    elif total.grad_fn is None and total.array.__class__ is ndarray and total.array.flags.writeable:
        np.add(total.array, g, out=total.array)
    else:
        total.array = total.array + g
    if end.hooks is not None:
        accumulated(end, g, False)
