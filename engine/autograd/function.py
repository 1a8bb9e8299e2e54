"""The history of a tensor: one Function for each application of an op (torch's `grad_fn`).

Every declared op becomes a slotted subclass whose `__name__` is what torch prints (`MulBackward0`); ops that
torch records under several names become several classes over the same gradient functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ref

if TYPE_CHECKING:
    from engine.autograd.hooks import Hook, Hooks, RemovableHandle
    from engine.autograd.tensor import Tensor

Pull = Callable[["Function", Any], "tuple[Any, ...] | list[Any]"]

FREED: Any = type("Freed", (), {"__slots__": (), "__repr__": lambda self: "<freed>"})()
"""Stands where saved values stood once a backward pass has let go of them."""

FREED_TEXT = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to "
    "access "
    "saved tensors after calling backward."
)

next_number = itertools.count().__next__
"""Functions are numbered as they are made; a backward pass takes the newest first."""


class Function:
    """One application of an op, linked to the Functions that made its inputs.

    next has an entry for each port: a Function, or None where no gradient goes. The fields are set by
    engine.autograd.apply without a constructor; `grad`, `owned` belong to the backward pass that is running.
    """

    __slots__ = (
        "blocked",
        "grad",
        "hooks",
        "mark",
        "meta",
        "next",
        "notes",
        "number",
        "output",
        "owned",
        "saved",
        "tag",
    )

    op: ClassVar[Any]
    scalars: ClassVar[frozenset[int]] = frozenset()
    """Ports that hold Python numbers."""
    pull: ClassVar[Pull]
    """`pull(g)`: the gradient of every port, None where `next` has None."""

    number: int
    next: tuple[Function | None, ...]
    saved: Any
    """(*inputs, output) with None for what is not needed; None if nothing is; FREED after a pass."""
    meta: tuple[dict[str, Any], tuple[Any, ...], tuple[Any, ...] | None] | None
    """(params, shapes of the inputs, their dtypes or None where all are as the result); None if nothing of
    this can matter."""
    blocked: tuple[str | None, ...] | None
    """For each port why a tensor there gets no gradient; None where nothing is blocked."""
    mark: Any
    """The last backward pass that reached this Function."""
    grad: Any
    owned: bool
    hooks: Hooks | None
    """What the user wants called when a pass comes here."""
    output: int
    """Which of several outputs of what is one function in torch this is the history of; unset where there is one."""
    tag: Any
    """For whoever evaluates: where this Function belongs."""

    def name(self) -> str:
        """The printed name."""
        name = type(self).__name__
        return f"torch::autograd::{name}" if name == "NotImplemented" else name

    takes_nothing: ClassVar[bool] = False
    """Does it run also where no gradient has come to it?"""

    def received(self, g: Any) -> tuple[Any, ...]:
        """The gradients of its outputs."""
        return (g,)

    def joined(self, parts: tuple[Any, ...]) -> Any:
        """The gradients of its outputs as `pull` takes them."""
        return parts[0]

    def short_name(self) -> str:
        """The name without what says that it goes backward."""
        return self.name().rpartition("Backward")[0] or self.name()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Function | None, int], ...]:
        """(Function, output number) for each input, as torch gives it."""
        return tuple((f, getattr(f, "output", 0)) for i, f in enumerate(self.next) if self._is_edge(i))

    def _is_edge(self, place: int) -> bool:
        """Does torch count this port, which holds a tensor that a gradient could go to?"""
        if self.op is None:
            return True
        ports = self.op.ports
        return place not in self.scalars and (self.op.variadic or ports[place].name in self.op.gradients)

    def edge_number(self, place: int) -> int:
        """The place of a port among those that torch counts."""
        return sum(self._is_edge(i) for i in range(place))

    def register_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this function has run; it may return other grad_inputs."""
        from engine.autograd import hooks

        return hooks.add(hooks.hooks_of(self).after, hook)

    def register_prehook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(grad_outputs)` before this function runs; it may return others."""
        from engine.autograd import hooks

        return hooks.add(hooks.hooks_of(self).before, hook)

    @property
    def metadata(self) -> dict[Any, Any]:
        """Notes that the user leaves here."""
        if not hasattr(self, "notes"):
            self.notes: dict[Any, Any] = {}
        return self.notes

    @property
    def requires_grad(self) -> bool:
        """It is part of a history."""
        return True

    def _sequence_nr(self) -> int:
        """The number that orders the functions of a pass."""
        return self.number

    def __getattr__(self, name: str) -> Any:
        """`_saved_self`, `_saved_other`, `_saved_result`: what the function keeps, as torch names it."""
        if name.startswith("_saved_"):
            return self._saved(name.removeprefix("_saved_"))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _saved(self, name: str) -> Any:
        from engine.autograd.recorded import tensor_of

        if self.saved is FREED:
            raise RuntimeError(FREED_TEXT)
        ports = [port.name for port in self.op.ports]
        wanted = {"result": "output", "self": ports[0] if ports else "input"}.get(name, name)
        places = [*ports, "output"]
        if wanted not in places:
            if self.meta is not None and wanted in self.meta[0]:
                return self.meta[0][wanted]
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '_saved_{name}'")
        place = places.index(wanted)
        array = None if self.saved is None else self.saved[place]
        if array is None:
            return None
        if place in self.scalars:
            return array.item() if hasattr(array, "item") else array
        return tensor_of(array, self if place == len(self.next) else self.next[place])

    @property
    def kept(self) -> dict[str, Any]:
        """What this Function remembers for its gradient: arrays by port name, and `output`."""
        if self.saved is FREED:
            raise RuntimeError(FREED_TEXT)
        if self.saved is None:
            return {}
        names = (*(port.name for port in self.op.ports), "output")
        return {name: array for name, array in zip(names, self.saved, strict=True) if array is not None}


class AccumulateGrad(Function):
    """The end of a path: adds what arrives to the `.grad` of a leaf, as soon as all has arrived."""

    __slots__ = ("__weakref__", "pending", "variable")

    variable: Tensor
    pending: int
    """How many deliveries of the running pass are still to come."""

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable
        self.number = (1 << 64) - 1  # in torch it outranks every other Function
        self.next = ()
        self.saved = self.meta = self.blocked = self.mark = self.grad = self.tag = None
        self.hooks = getattr(variable, "_hooks", None)
        self.owned = False
        self.pending = 0

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"


def edge_of(tensor: Tensor) -> Function | None:
    """Where the gradient of a tensor that requires one goes: None for a view that was made without history."""
    if tensor.grad_fn is not None:
        return tensor.grad_fn
    try:
        known = tensor._accumulate
    except AttributeError:  # not every result has the slot set
        if tensor._base is not None:
            return None
        known = None
    accumulate = None if known is None else known()
    if accumulate is None:
        accumulate = AccumulateGrad(tensor)
        tensor._accumulate = ref(accumulate)  # weak: the leaf must not keep its graph alive, nor itself
    return accumulate


def renumber(functions: list[Function]) -> None:
    """Make these the newest Functions, in this order: as if they had just been made."""
    for function in functions:
        function.number = next_number()
