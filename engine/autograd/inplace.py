"""Operations that change a tensor in place, and the history that this rewrites.

`x.add_(y)` is the op `add`, computed and recorded as ever, whose result then goes into the memory of x; x takes over
its history. Where x is a view, its base takes it over: the base's `grad_fn` becomes CopySlices, which puts the gradient
of the changed part through the op. The views of the base are outdated then: each gets a new `grad_fn`,
AsStridedBackward0, when it is asked for one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import ref

import numpy as np

from engine.autograd import dtypes
from engine.autograd.function import Function, edge_of, next_number
from engine.autograd.hooks import hooks_of
from engine.autograd.mode import is_grad_enabled, is_inference_mode_enabled, set_grad_enabled
from engine.autograd.recorded import pull_recorded
from engine.autograd.sweep import fitted
from engine.autograd.tensor import Tensor, written_history
from engine.autograd.versions import LATEST, change, check_versions
from engine.op import op_named

_AMBIGUOUS = (
    " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving "
    "both the view and the inplace either both inside the {mode} block (if you don't want the inplace to be tracked) "
    "or both outside (if you want the inplace to be tracked)."
)
_WHY = {
    "no_grad": _AMBIGUOUS.format(mode="no_grad"),
    "inference": _AMBIGUOUS.format(mode="inference_mode"),
    "several": " This view is the output of a function that returns multiple views. Such functions do not allow the "
    "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.",
    "custom": " This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom Function, "
    "leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the "
    "custom Function.",
}
"""By the note on a view."""
_INFERENCE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)


OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def in_place(compute: Callable[..., Tensor], x: Tensor, *args: Any, may_overlap: bool = False, **kwargs: Any) -> Tensor:
    """`compute(x, …)` into the memory of x, with its history. RuntimeError, before anything changes, where torch
    refuses."""
    others = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
    recorded = is_grad_enabled() and (x._requires_grad or any(other._requires_grad for other in others))
    refuse(x, recorded)
    recorded = recorded and x.is_floating_point()
    array = x.memory()
    for other in () if may_overlap else others:
        _refuse_overlap(array, other.array)
    before = _twin(x, recorded)
    result = compute(before, *args, **kwargs)
    _refuse_result(x, result.array)
    f = result.grad_fn if recorded else None
    if f is None:
        change(x)
    else:
        _keep(f, before.array, array, result.array)
        change(x, f.number)
    array[...] = result.array
    if f is not None:
        take_over(x, f)
    return x


def reshape_in_place(compute: Callable[..., Tensor], x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """`x.t_()`: the same memory, read in another order or shape."""
    recorded = is_grad_enabled() and x._requires_grad
    refuse(x, recorded)
    twin = _twin(x, recorded)
    twin.array = x.memory()
    result = compute(twin, *args, **kwargs)
    f = result.grad_fn
    change(x)
    x.array = result.array
    if f is not None:
        f.__class__ = _other_overload(f.__class__)  # type: ignore[arg-type]  # a class has a hash
        rewrite(x, f)
    return x


@cache
def _other_overload(kind: Any) -> type[Function]:
    """The class of a function that changed its input in place, which torch numbers after all that leave it as it is."""
    name, number = kind.__name__[:-1], int(kind.__name__[-1])
    count = 3 if name == "SqueezeBackward" else 1
    return type(f"{name}{number + count}", (kind,), {"__slots__": ()})


def refuse(x: Tensor, recorded: bool) -> None:
    """Why x may not be changed here."""
    if not x.is_tracked() and not is_inference_mode_enabled():
        raise RuntimeError(_INFERENCE)
    if not recorded:
        return
    base = x._base
    if base is not None:
        if hasattr(x, "_note"):
            raise RuntimeError(_refusal(x, written_history(x), "is being"))
        if x._requires_grad and base.is_leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if x._requires_grad and written_history(x) is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _refusal(view: Tensor, f: Function | None, how: str) -> str:
    """What torch says of a view that has a note."""
    note = view._note
    mode = "inference" if note == "inference" else "no_grad"
    without = f is None or note in ("no_grad", "inference")
    what = "A view was" if f is None else f"Output {view.output_nr} of {f.short_name()} is a view"
    if without:
        what += f" created in {mode} mode" if f is None else f" of a view which was created in {mode} mode"
    ending = "" if not without else " in normal mode" if note == "inference" else " with grad mode enabled"
    return f"{what} and {how} modified inplace{ending}.{_WHY[note]}"


def _refuse_overlap(a: Any, b: Any) -> None:
    """Two different parts of one memory: what is read would change while it is read. Torch sees it where both are
    dense."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or not np.may_share_memory(a, b):
        return
    same = a.shape == b.shape and _address(a) == _address(b) and _walks(a) == _walks(b)
    if not same and a.size and b.size and _is_dense(a) and _is_dense(b):
        raise RuntimeError(OVERLAP)


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _walks(array: Any) -> list[tuple[int, int]]:
    """The steps through memory, and how many of each."""
    return [(step, n) for step, n in zip(array.strides, array.shape, strict=True) if n != 1]


def _is_dense(array: Any) -> bool:
    """Does it fill its part of the memory, each place once?"""
    expected = array.itemsize
    for step, n in sorted(_walks(array)):
        if step != expected:
            return False
        expected *= n
    return True


def _refuse_result(x: Tensor, values: Any) -> None:
    array = x.array
    if values.shape != array.shape:
        raise RuntimeError(
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(values.shape)}"
        )
    kind, own = dtypes.torch_dtype(values.dtype), x.dtype
    if kind.rank > own.rank:
        raise RuntimeError(f"result type {kind.scalar_type} can't be cast to the desired output type {own.scalar_type}")
    refuse_repeated(array)


def refuse_repeated(array: Any) -> None:
    """What shows one element in many places cannot be written to."""
    if array.size and any(n > 1 and step == 0 for n, step in zip(array.shape, array.strides, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            "location. Please clone() the tensor before performing the operation."
        )


def _twin(x: Tensor, recorded: bool) -> Tensor:
    """The tensor as it was: the same numbers, the same history, where that is asked for."""
    twin = Tensor(x.array)
    if recorded:
        twin.grad_fn, twin._requires_grad = x.grad_fn, x._requires_grad
    return twin


def _keep(f: Function, before: Any, memory: Any, result: Any) -> None:
    """Of the numbers as they were the function keeps a copy, of the new ones the memory itself."""
    if isinstance(f.saved, tuple):
        first, *others, last = f.saved
        f.saved = (np.array(first) if first is before else first, *others, memory if last is result else last)


def take_over(x: Tensor, f: Function) -> None:
    """Give the function that changed x to it as its history, or to its base."""
    base = x._base
    if base is None:
        rewrite(x, f)
    else:
        rewrite(base, CopySlices(base, x, f))
        base.outdate_views()
        assert x.grad_fn is not None  # asked for, so that it is written


def rewrite(x: Tensor, f: Function) -> None:
    """Another history for a tensor: what it retains is kept from there, the hooks stay where they were."""
    before = written_history(x)
    x.__class__ = Tensor
    x.grad_fn, x._requires_grad = f, True
    if before is not None and before.hooks is not None and before.hooks.retains(x):
        before.hooks.drop(x)
        hooks_of(f).retained.append(ref(x))
    x.pass_on_requirement()


def renewed(view: Tensor, before: Function | None) -> Function | None:
    """The history of a view whose memory has been changed: that of its base, from now on."""
    base = view._base
    assert base is not None
    if before is None and not base._requires_grad:
        return None
    if hasattr(view, "_note"):
        raise RuntimeError(_refusal(view, before, "its base or another view of its base has been"))
    twin = Tensor(requires_grad=True)
    twin.array = base.memory()
    with set_grad_enabled(True):
        f = op_named("strided").apply(twin, **geometry(view, base)).grad_fn
    f.next = (edge_of(base) if base._requires_grad else None,)
    rewrite(view, f)
    return f


def geometry(view: Tensor, base: Tensor) -> dict[str, Any]:
    """Where a view lies in the memory of its base, and how that lies, in elements."""
    a, b = view.memory(), base.memory()
    start = _address(a) - _address(b) if np.may_share_memory(a, b) else 0  # else `.data` was set: they have parted
    return {
        "size": a.shape,
        "stride": tuple(step // a.itemsize for step in a.strides),
        "storage_offset": start // a.itemsize,
        "layout": (tuple(step // b.itemsize for step in b.strides), 0),
    }


class Overwritten(Function):
    """Whatever the tensor was, nothing of it is left: no gradient goes on, but 0."""

    __slots__ = ()
    op = None

    def _is_edge(self, place: int) -> bool:
        return True

    @property
    def kept(self) -> dict[str, Any]:
        return {}

    def pull(self, g: Any) -> Any:
        return [None if target is None else np.zeros_like(g) for target in self.next]

    def pull_tensors(self, g: Tensor) -> Any:
        return [None if target is None else Tensor(np.zeros_like(g.array)) for target in self.next]


@cache
def _overwritten(name: str) -> type[Overwritten]:
    return type(name, (Overwritten,), {"__slots__": ()})


def constant_history(name: str, inputs: list[Tensor]) -> Function:
    """The history of a result that depends on none of its inputs, or only in steps."""
    f = object.__new__(_overwritten(name))
    f.next = tuple([edge_of(x) if x._requires_grad else None for x in inputs])
    f.number = next_number()
    f.saved = f.meta = f.blocked = f.mark = f.hooks = f.tag = None
    return f


class CopySlices(Function):
    """A part of a base was changed in place by `function`: the rest passes its gradient on as it is."""

    __slots__ = ("function", "place")
    op = None

    def __init__(self, base: Tensor, view: Tensor, function: Function) -> None:
        self.function = function
        self.place = geometry(view, base)
        self.number = next_number()
        self.next = (edge_of(base) if base._requires_grad else None, *function.next[1:])
        self.saved = (None,)  # freed with what the function saved
        self.meta = self.hooks = self.mark = self.grad = self.tag = None
        self.blocked = function.blocked

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    @property
    def kept(self) -> dict[str, Any]:
        return self.function.kept

    def _is_edge(self, place: int) -> bool:
        return place == 0 or self.function._is_edge(place)

    def pull(self, g: Any) -> Any:
        if self.function.number <= LATEST[0]:
            check_versions(self.function)
        g = np.asarray(g)
        grads = self.function.pull(op_named("strided").function(g, **self.place).copy())
        if self.function.meta is not None:
            grads = fitted(self.function, grads)
        first, *others = grads
        return [self._with(g, first), *others]

    def pull_tensors(self, g: Tensor) -> list[Any]:
        copy_into = op_named("copy_into").apply
        result = in_place(copy_into, Tensor(self._with(np.asarray(g.array), None)), g)
        part = op_named("strided").apply(result, **self.place)
        first, *others = pull_recorded(self.function, part.clone())
        in_place(copy_into, part, Tensor(np.zeros_like(part.array)) if first is None else first)
        return [result, *others]

    def _with(self, g: Any, part: Any) -> Any:
        """The gradient of the base: with that of the part, or with 0, in its place."""
        part = np.zeros(self.place["size"], g.dtype) if part is None else part
        return op_named("strided_scatter").function(g, part, **self.place)
