"""How often a memory was changed in place, and whether a function still holds what it saved.

torch keeps a version beside every saved tensor. Here the numbers of the functions are a clock: a change takes the next
number, and what a function saved has changed since if the newest change of that memory has a greater number than the
function. So saving costs nothing, and a pass looks only where anything was ever changed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from engine.autograd import dtypes
from engine.autograd.function import FREED, AccumulateGrad, Function, next_number

if TYPE_CHECKING:
    from engine.autograd.tensor import Tensor

ndarray = np.ndarray


class Counter:
    """The version of a tensor and of all that share it: views, `detach()`. `.data` has one of its own."""

    __slots__ = ("apart", "changes", "forgotten", "owners")

    def __init__(self, apart: bool = False) -> None:
        self.apart = apart
        self.changes: list[int] = []
        """When it was changed, on the clock of the functions; the newest few thousand times."""
        self.forgotten = 0
        """How many changes were before those."""
        self.owners: list[ref[Tensor]] = []
        """The tensors that count with it; their views are not among them."""

    @property
    def version(self) -> int:
        """How often it was changed."""
        return self.forgotten + len(self.changes)

    def share(self, tensor: Tensor) -> None:
        """Let a tensor count with it."""
        tensor._counter = self
        self.owners.append(ref(tensor, self.owners.remove))
        if self.apart:
            set_apart(tensor)

    def changed(self, number: int) -> None:
        """Note a change at this time."""
        changes = self.changes
        changes.append(number)
        if len(changes) > MOST_CHANGES:
            self.forgotten += MOST_CHANGES // 2
            del changes[: MOST_CHANGES // 2]


MOST_CHANGES = 4096

LATEST = [-1]
"""The time of the latest change of any memory: what a younger function saved is as it was."""

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
    return owner._counter.version if hasattr(owner, "_counter") else 0


def is_apart(tensor: Tensor) -> bool:
    """Is it a `.data` (`origin` says so), which counts for itself whatever happens to the memory that it shares?"""
    return tensor.origin_or_none() == "data" or (hasattr(tensor, "_counter") and tensor._counter.apart)


def set_apart(tensor: Tensor) -> None:
    """A function saves, or may save, the array of what counts apart: remember it as such. Most `.data` never come to
    this."""
    array = tensor.array
    key = id(array)
    if array.__class__ is ndarray and key not in _APART:
        _APART[key] = ref(array, lambda _: _APART.pop(key, None))


_APART: dict[int, ref[Any]] = {}
"""By its id, an array that counts apart: a weak reference to it."""


def change(tensor: Tensor, number: int | None = None) -> None:
    """Note that a tensor's memory changes now, by the function of this number; its views need new histories."""
    owner = tensor.base_or_self()
    counter = getattr(owner, "_counter", None)
    if counter is None or tensor.origin_or_none() == "inference":
        if not tensor.is_tracked():
            return
        counter = counter_of(tensor)
    if number is None:
        number = next_number()
    counter.changed(number)
    if number > LATEST[0]:
        LATEST[0] = number
    _note(tensor.array if counter.apart else owner_of(tensor.array), counter)
    if owner is not tensor:
        _note(owner.array if counter.apart else owner_of(owner.array), counter)
    for each in counter.owners:
        if (owning := each()) is not None and hasattr(owning, "_views"):
            owning.outdate_views()


def _note(array: Any, counter: Counter) -> None:
    key = id(array)
    known = CHANGED.get(key)
    if known is None or known[1] is not counter:
        CHANGED[key] = (ref(array, lambda _: CHANGED.pop(key, None)), counter)
    if key in _STOOD:
        _, scalar = _STOOD.pop(key)
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
    return changed_text(array, made_by, counter.version, counter.forgotten + when(counter.changes, f.number))


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
