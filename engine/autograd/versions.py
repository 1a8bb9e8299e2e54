"""How often a memory was changed in place, and whether a function still holds what it saved.

torch keeps a version beside every saved tensor. Here the numbers of the functions are a clock: a change takes the next
number, and what a function saved has changed since if the newest change of that memory has a greater number than the
function. So saving costs nothing, and a pass looks only where anything was ever changed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any
from weakref import KeyedRef, ref

import numpy as np

from engine.autograd import dtypes
from engine.autograd.function import FREED, AccumulateGrad, Function, next_number

if TYPE_CHECKING:
    from engine.autograd.tensor import Tensor

ndarray = np.ndarray


class Counter:
    """The version of a tensor and of all that share it: views, `detach()`. `.data` has one of its own."""

    __slots__ = ("apart", "changes", "owners")

    def __init__(self, apart: bool = False) -> None:
        self.apart = apart
        self.changes: list[int] = []
        """When it was changed, on the clock of the functions."""
        self.owners: list[ref[Tensor]] = []
        """The tensors that count with it; their views are not among them."""

    def share(self, tensor: Tensor) -> None:
        """Let a tensor count with it."""
        tensor._counter = self
        self.owners.append(ref(tensor, self.owners.remove))


CHANGED: dict[int, tuple[Any, Counter]] = {}
"""By the id of an array that was changed (of the array that owns the memory; of itself for `.data`): its counter, next
to what keeps the id true, a weak reference to the array, or the numpy scalar itself."""

MOST_SCALARS = 4096


def counter_of(tensor: Tensor) -> Counter:
    """The counter of a tensor; a view's is its base's."""
    owner = tensor.base_or_self()
    if not hasattr(owner, "_counter"):
        Counter(apart=is_apart(owner)).share(owner)
    return owner._counter


def version_of(tensor: Tensor) -> int:
    """How often it was changed in place."""
    owner = tensor.base_or_self()
    return len(owner._counter.changes) if hasattr(owner, "_counter") else 0


def set_apart(data: Tensor) -> None:
    """Let `.data` count for itself, whatever happens to the memory that it shares; it has no counter until it is
    changed."""
    key = id(data.array)
    _APART[key] = KeyedRef(data.array, _forget, key)


def is_apart(tensor: Tensor) -> bool:
    """Is it a `.data`?"""
    return id(tensor.array) in _APART


_APART: dict[int, KeyedRef[int, Any]] = {}
"""By its id, an array that is some `.data`: a weak reference to it."""


def _forget(gone: KeyedRef[int, Any]) -> None:
    _APART.pop(gone.key, None)


def change(tensor: Tensor, number: int | None = None) -> None:
    """Note that a tensor's memory changes now, by the function of this number; its views need new histories."""
    if not tensor.is_tracked():
        return
    counter = counter_of(tensor)
    counter.changes.append(next_number() if number is None else number)
    for array in (tensor.array, tensor.base_or_self().array):
        _note(array if counter.apart else owner_of(array), counter)
    for each in counter.owners:
        if (owner := each()) is not None:
            owner.outdate_views()


def _note(array: Any, counter: Counter) -> None:
    key = id(array)
    known = CHANGED.get(key)
    if known is None or known[1] is not counter:
        CHANGED[key] = (ref(array, lambda _: CHANGED.pop(key, None)), counter)
    stood = _STOOD.pop(key, None)
    if stood is not None:
        _, scalar = stood
        if len(_scalars) >= MOST_SCALARS:
            CHANGED.pop(_scalars.pop(0), None)
        CHANGED[id(scalar)] = (scalar, counter)
        _scalars.append(id(scalar))


_scalars: list[int] = []
_STOOD: dict[int, tuple[Any, Any]] = {}
"""By the id of an array that took a numpy scalar's place: a weak reference to it, and the scalar, which functions may
have saved."""


def stands_for(scalar: Any) -> Any:
    """An array in the place of a numpy scalar, which nobody could share or change."""
    array = np.array(scalar)
    key = id(array)
    _STOOD[key] = (ref(array, lambda _: _STOOD.pop(key, None)), scalar)
    return array


def owner_of(array: Any) -> Any:
    """The array that owns the memory of a view; numpy's as_strided puts something else between the two."""
    base = array.base
    while base is not None:
        if isinstance(base, ndarray):
            array = base
        base = getattr(base, "base", None)
    return array


def check_versions(f: Function) -> None:
    """RuntimeError, in torch's words, if something that `f` saved has been changed since."""
    if f.saved is None or f.saved is FREED:
        return
    for place, array in enumerate(f.saved):
        if array is None or not isinstance(array, (ndarray, np.generic)):
            continue
        known = CHANGED.get(id(array))
        if known is None and array.__class__ is ndarray and id(array) not in _APART:
            known = CHANGED.get(id(owner_of(array)))
        if known is not None and known[1].changes:
            last, is_output = known[1].changes[-1], place == len(f.next)
            if last > f.number or (last == f.number and not is_output):  # f may be what changed it
                raise RuntimeError(_refusal(f, place, array, known[1]))


def _refusal(f: Function, place: int, array: Any, counter: Counter) -> str:
    when = bisect_right if place == len(f.next) else bisect_left
    made_by = _made_by(f, place, array, counter)
    return changed_text(array, made_by, len(counter.changes), when(counter.changes, f.number))


def changed_text(array: Any, made_by: str, version: int, expected: int) -> str:
    """What torch says of something saved that has been changed since."""
    from engine.autograd.anomaly import is_anomaly_enabled

    kind = f"[torch.{dtypes.scalar_type(array.dtype)}Tensor {list(array.shape)}]"
    hint = (
        "the backtrace further above shows the operation that failed to compute its gradient. The variable in question "
        "was changed in there or anywhere later. Good luck!"
        if is_anomaly_enabled()
        else "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{kind}{made_by} is at version {version}; expected version {expected} instead. Hint: {hint}"
    )


def _made_by(f: Function, place: int, array: Any, counter: Counter) -> str:
    """What the tensor that `f` saved has as its history by now, in words."""
    maker, output = f if place == len(f.next) else f.next[place], 0
    if maker is not f:
        owners = [owner for each in counter.owners if (owner := each()) is not None]
        saved = [
            x
            for owner in owners
            for x in (owner, *owner.views())
            if x.array is array or (x.array.shape == () and isinstance(array, np.generic))
        ]
        if saved:
            maker, output = saved[0].grad_fn, saved[0].output_nr
        elif any(owner._requires_grad for owner in owners):
            return ", which is output 0 of AsStrided,"  # of a view that is gone
    if maker is None or isinstance(maker, AccumulateGrad):
        return ""
    return f", which is output {output} of {maker.short_name()},"
