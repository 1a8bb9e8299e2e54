"""Operations that a user writes: `class Exp(torch.autograd.Function)` with `forward` and `backward`.

The context that `forward` and `backward` share is the function of the history itself, as in torch.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.autograd.function import FREED, FREED_TEXT, Function, edge_of, next_number
from engine.autograd.inplace import rewrite, take_over
from engine.autograd.mode import is_grad_enabled, no_grad, set_grad_enabled
from engine.autograd.shapes import fits, sum_to
from engine.autograd.tensor import Tensor
from engine.autograd.versions import Counter, change, changed_text, counter_of
from engine.op import op_named

if TYPE_CHECKING:
    from engine.autograd.hooks import Hook, RemovableHandle


class Parcel:
    """The gradients of several outputs of one function on their way to it, by output."""

    __slots__ = ("by_output",)
    shape = ()

    def __init__(self, by_output: dict[int, Any]) -> None:
        self.by_output = by_output

    def __add__(self, other: Parcel) -> Parcel:
        both = dict(self.by_output)
        for k, g in other.by_output.items():
            both[k] = both[k] + g if k in both else g
        return Parcel(both)


class Outlet(Function):
    """One of several outputs of a function: brings the function its gradient, under the output's number.

    torch has one object for all outputs; what the user asks this one for, it asks the function."""

    __slots__ = ()
    op = None

    def pull(self, g: Any) -> Any:
        return (Parcel({self.output: g}),)

    pull_tensors = pull

    def __getattr__(self, name: str) -> Any:
        if name in Function.__slots__:  # one that is not set
            raise AttributeError(name)
        return getattr(self.next[0], name)

    @property
    def next_functions(self) -> tuple[tuple[Function | None, int], ...]:
        return self._source().next_functions

    def register_hook(self, hook: Hook) -> RemovableHandle:
        return self._source().register_hook(hook)

    def register_prehook(self, hook: Hook) -> RemovableHandle:
        return self._source().register_prehook(hook)

    def _source(self) -> Function:
        (source,) = self.next
        assert source is not None
        return source


class BackwardCFunction(Function):
    """The context of a user's function: what it saved, what it marked, and its place in the history."""

    op = None
    user: type[CustomFunction]

    def __init__(self) -> None:
        self.number = -1
        self.next = ()
        self.saved = self.meta = self.blocked = self.hooks = self.mark = self.grad = self.tag = None
        self.needs_input_grad: tuple[bool, ...] = ()
        self.materialize_grads = True
        self.dirty_tensors: tuple[Tensor, ...] = ()
        self.non_differentiable: tuple[Tensor, ...] = ()
        self.to_save: tuple[Any, ...] = ()
        self.of_inputs: list[int] = []
        self.inputs: list[tuple[tuple[int, ...], np.dtype[Any]]] = []
        self.outputs: list[tuple[tuple[int, ...], np.dtype[Any]] | None] = []
        self.count = 0

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    # ------------------------------------------------------------ for forward

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep these tensors, or None, for `backward`."""
        self.to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """These inputs were changed in place."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """These outputs pass no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Shall `backward` be given zeros, or None, where no gradient came?"""
        self.materialize_grads = value

    # ------------------------------------------------------------ for backward

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept."""
        if self.saved is FREED:
            raise RuntimeError(FREED_TEXT)
        return tuple(each if each is None else self._unpacked(*each) for each in self.saved or ())

    def _unpacked(self, tensor: Tensor | None, output: int, array: Any, counter: Counter, version: int) -> Any:
        if tensor is None:
            tensor = Tensor(array)
            tensor.grad_fn = self if self.count == 1 else _outlet(self, output)
            tensor._requires_grad = True
        if counter.version != version:
            made = tensor.grad_fn
            by = f", which is output {max(output, 0)} of {made.short_name()}," if made is not None else ""
            raise RuntimeError(changed_text(array, by, counter.version, version))
        return tensor

    def keep(self, outputs: tuple[Any, ...]) -> None:
        """Turn what was to be saved into what is saved: an output only as its numbers, or it would hold itself."""
        if self.to_save:
            self.saved = tuple(None if x is None else self._packed(x, outputs) for x in self.to_save)
        self.to_save = ()

    def _packed(self, x: Tensor, outputs: tuple[Any, ...]) -> Any:
        counter = counter_of(x)
        output = next((k for k, y in enumerate(outputs) if y is x), -1)
        return (x if output < 0 else None, output, x.array, counter, counter.version)

    # ------------------------------------------------------------ in a pass

    takes_nothing = True

    def received(self, g: Any) -> tuple[Any, ...]:
        came = g.by_output if isinstance(g, Parcel) else {0: g}
        return tuple(came.get(k) for k in range(len(self.outputs)))

    def joined(self, parts: tuple[Any, ...]) -> Any:
        if self.count == 1:
            return parts[0]
        return Parcel({k: d for k, d in enumerate(parts) if d is not None})

    def pull(self, g: Any) -> Any:
        grads = self._called(g, False)
        return [None if d is None else d.array for d in grads]

    def pull_tensors(self, g: Any) -> Any:
        return self._called(g, True)

    def _called(self, g: Any, create: bool) -> list[Any]:
        arguments = []
        for d, kind in zip(self.received(g), self.outputs, strict=True):
            if d is None:
                arguments.append(Tensor(np.zeros(*kind)) if self.materialize_grads and kind else None)
            else:
                arguments.append(d if isinstance(d, Tensor) else Tensor(np.asarray(d)))
        with set_grad_enabled(create):
            given = self._user_backward()(self, *arguments)
        given = given if isinstance(given, tuple) else (given,)
        while len(given) > self.count_of_inputs and given[-1] is None:
            given = given[:-1]
        name = type(self).__name__
        if len(given) != self.count_of_inputs:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients "
                f"(expected {self.count_of_inputs}, got {len(given)})"
            )
        for i, d in enumerate(given):
            if d is not None and i not in self.of_inputs:
                raise RuntimeError(
                    f"function {name} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if d is not None and not isinstance(d, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(d).__name__})")
        return [
            None if target is None or given[place] is None else self._fitted(i, given[place])
            for i, (place, target) in enumerate(zip(self.of_inputs, self.next, strict=True))
        ]

    def _user_backward(self) -> Callable[..., Any]:
        backward, vjp = self.user.backward, self.user.vjp
        if vjp is CustomFunction.vjp:
            return backward
        if backward is not CustomFunction.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return vjp

    def _fitted(self, index: int, d: Tensor) -> Tensor:
        shape, dtype = self.inputs[index]
        if d.array.shape != shape:
            if not fits(d.array.shape, shape):
                raise RuntimeError(
                    f"Function {type(self).__name__} returned an invalid gradient at index {index} - got "
                    f"{list(d.array.shape)} but expected shape compatible with {list(shape)}"
                )
            d = Tensor(sum_to(d.array, shape)) if d.grad_fn is None else d.sum_to_size(shape)
        return d if d.array.dtype == dtype else op_named("cast").apply(d, dtype=dtype.name)

    count_of_inputs = 0


class CustomFunction:
    """`torch.autograd.Function`: subclass it with static methods `forward` and `backward`, and call `apply`."""

    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """`forward(ctx, *inputs)`, or `forward(*inputs)` with `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Put into ctx what `backward` needs."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of every input of `forward`; None where there is none."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name that `backward` may have."""
        return CustomFunction.backward(ctx, *grad_outputs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Compute `forward` and record it as one function."""
        ctx = _context_class(cls)()  # type: ignore[arg-type]  # a class has a hash
        ctx.needs_input_grad = tuple(isinstance(x, Tensor) and x._requires_grad for x in args)
        ctx.count_of_inputs = len(args)
        with no_grad():
            if cls.setup_context is not CustomFunction.setup_context:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args, **kwargs)
        several = isinstance(result, tuple)
        outputs = result if several else (result,)
        recorded = is_grad_enabled() and any(ctx.needs_input_grad)
        made = _finished(ctx, args, outputs, recorded)
        return tuple(made) if several else made[0]


CustomFunction.__name__ = CustomFunction.__qualname__ = "Function"
CustomFunction.__module__ = "torch.autograd.function"


def _finished(ctx: BackwardCFunction, args: tuple[Any, ...], outputs: tuple[Any, ...], recorded: bool) -> list[Any]:
    """The outputs with the context as their history."""
    for x in ctx.dirty_tensors:
        if not any(y is x for y in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs "
                "that are modified inplace must all be outputs of the Function."
            )
        change(x)
    for x in ctx.to_save:
        if x is not None and not isinstance(x, Tensor):
            place = next(i for i, each in enumerate(ctx.to_save) if each is x)
            raise TypeError(
                f"save_for_backward can only save variables, but argument {place} is of type {type(x).__name__}"
            )
    tensors = [x for x in args if isinstance(x, Tensor)]
    ctx.of_inputs = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
    ctx.inputs = [(x.array.shape, x.array.dtype) for x in tensors]
    made = [_as_output(ctx, y, tensors) for y in outputs]
    ctx.outputs = [(y.array.shape, y.array.dtype) if isinstance(y, Tensor) else None for y in made]
    if not recorded:
        ctx.keep(())
        return made
    ctx.next = tuple(edge_of(x) if x._requires_grad else None for x in tensors)
    ctx.count = len(made)
    ctx.number = next_number()
    ctx.keep(outputs)
    with_history = [
        isinstance(y, Tensor)
        and y.array.dtype.kind == "f"
        and not any(given is each for each in ctx.non_differentiable)
        for given, y in zip(outputs, made, strict=True)
    ]
    for number, y in enumerate(made):
        if with_history[number]:
            _record(ctx, y, number, sum(with_history) > 1)
    return made


def _as_output(ctx: BackwardCFunction, y: Any, inputs: list[Tensor]) -> Any:
    """An input that comes out as it went in is a view of that, unless it was changed."""
    if not any(y is x for x in inputs) or any(y is x for x in ctx.dirty_tensors):
        return y
    if any(y is x for x in ctx.non_differentiable):
        return y.detach()
    with no_grad():
        return op_named("alias").apply(y)


def _record(ctx: BackwardCFunction, y: Tensor, number: int, several: bool) -> None:
    """Give an output its history."""
    f = ctx if ctx.count == 1 else _outlet(ctx, number)
    if any(y is x for x in ctx.dirty_tensors):
        if y._requires_grad and y.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        if y._is_view() and ctx.count > 1:
            raise RuntimeError(_DIRTY_VIEW)
        take_over(y, f)
    else:
        if y._is_view():
            y._note = "several" if several else "custom"
        rewrite(y, f)
    if ctx.count > 1:
        y._number = number


_DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more "
    "than one Tensor. This is not supported by the current autograd engine. You should either make sure the input is "
    "not a view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it "
    "into two functions: one doing the inplace that returns a single Tensor and a second one that does the other "
    "operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change."
)


def _outlet(ctx: BackwardCFunction, number: int) -> Outlet:
    outlet: Outlet = object.__new__(type(type(ctx).__name__, (Outlet,), {"__slots__": ()}))
    outlet.next, outlet.output, outlet.number = (ctx,), number, next_number()
    outlet.saved = outlet.meta = outlet.blocked = outlet.hooks = outlet.mark = outlet.grad = outlet.tag = None
    return outlet


@functools.cache
def _context_class(user: Any) -> type[BackwardCFunction]:
    name = f"{user.__name__}Backward"
    return type(name, (BackwardCFunction,), {"user": user, "__module__": "torch.autograd.function"})


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a `backward` that cannot be differentiated itself: what it computes has no history."""

    @functools.wraps(backward)
    def plain(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            return backward(ctx, *grads)

    return plain
