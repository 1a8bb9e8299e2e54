"""The history of a tensor: one Function for each application of an op (torch's `grad_fn`).

Every declared op becomes a slotted subclass whose `__name__` is what torch prints (`MulBackward0`); ops that
torch records under several names become several classes over the same gradient functions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ref

from engine.op import Op

if TYPE_CHECKING:
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

    __slots__ = ("blocked", "grad", "mark", "meta", "next", "number", "owned", "saved", "tag", "watchers")

    op: ClassVar[Op]
    scalars: ClassVar[frozenset[int]] = frozenset()
    """Ports that torch does not count as edges because they hold Python numbers."""
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
    watchers: list[Callable[[Any], Any]] | None
    """Called with the gradient when it is complete, before the Function runs."""
    tag: Any
    """For whoever evaluates: where this Function belongs."""

    def name(self) -> str:
        """The printed name."""
        return type(self).__name__

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Function | None, int], ...]:
        """(Function, output number) for each input, as torch gives it."""
        return tuple((f, 0) for i, f in enumerate(self.next) if i not in self.scalars)

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
        self.saved = self.meta = self.blocked = self.mark = self.grad = self.watchers = self.tag = None
        self.owned = False
        self.pending = 0

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"


def edge_of(tensor: Tensor) -> Function:
    """Where the gradient of a tensor that requires one goes."""
    if tensor.grad_fn is not None:
        return tensor.grad_fn
    known = tensor._accumulate
    accumulate = None if known is None else known()
    if accumulate is None:
        accumulate = AccumulateGrad(tensor)
        tensor._accumulate = ref(accumulate)  # weak: the leaf must not keep its graph alive, nor itself
    return accumulate


def renumber(functions: list[Function]) -> None:
    """Make these the newest Functions, in this order: as if they had just been made."""
    for function in functions:
        function.number = next_number()
