"""Methods that change a tensor in place: `x.add_(y)`, `x += y`, `x[0] = 1`, `x.copy_(y)`, `x.zero_()`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes, rng
from engine.autograd.apply import NUMBERS
from engine.autograd.inplace import constant_history, in_place, reshape_in_place
from engine.autograd.mode import is_grad_enabled
from engine.autograd.shapes import broadcast
from engine.autograd.tensor import Tensor
from engine.op import op, op_named
from engine.ops.indexing.places import index_put
from engine.ops.indexing.slices import viewed
from engine.ops.shape.reshape import view
from engine.ops.source.constants import C_NAMES

METHODS = (
    "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr",
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan", "atan2",
    "atanh", "baddbmm", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "ceil", "clamp", "clamp_max",
    "clamp_min", "clip", "copysign", "cos", "cosh", "cumprod", "cumsum", "deg2rad", "div", "divide", "erf",
    "erfc", "exp", "exp2", "expm1", "fix", "float_power", "floor", "floor_divide", "fmod", "frac", "heaviside",
    "hypot", "index_add", "index_copy", "index_fill", "index_put", "lerp", "log", "log10", "log1p", "log2",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "masked_fill", "masked_scatter", "mul",
    "multiply", "nan_to_num", "neg", "negative", "pow", "rad2deg", "reciprocal", "relu", "remainder", "round",
    "rsqrt", "scatter", "scatter_add", "sigmoid", "sign", "sin", "sinc", "sinh", "sqrt", "square", "sub",
    "subtract", "tan", "tanh", "tril", "triu", "true_divide", "trunc", "xlogy",
)  # fmt: skip
"""Those that have an in-place form in torch, under the name with `_` at its end."""

COMPARISONS = {"eq": "eq", "not_equal": "ne", "less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge"}
"""torch's other names for those that compare."""

RESHAPED = ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze")
"""Those that change only how the memory is read."""

OPERATORS = {
    "add": "__iadd__",
    "sub": "__isub__",
    "mul": "__imul__",
    "div": "__itruediv__",
    "pow": "__ipow__",
    "remainder": "__imod__",
    "floor_divide": "__ifloordiv__",
    "bitwise_and": "__iand__",
    "bitwise_or": "__ior__",
    "bitwise_xor": "__ixor__",
}


@op("src", public=False, grad_fn="CopyBackwards")
def copy_into(input: Any, src: Any) -> Any:
    """The numbers of another tensor in the shape and dtype of the first."""
    return np.broadcast_to(src, input.shape).astype(input.dtype)


@copy_into.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@copy_into.gradient("src", "g")
def _(g: Any) -> Any:
    return g


@op("value", public=False, grad_fn="FillBackward2")
def filled(input: Any, *, value: Any = 0) -> Any:
    """One number everywhere."""
    return np.full_like(input, value)


@filled.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op("value", public=False, grad_fn="FillBackward3")
def filled_with(input: Any, value: Any) -> Any:
    """The number of a tensor everywhere."""
    if value.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    return np.full_like(input, value)


@filled_with.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@filled_with.gradient("value", "sum(g)")
def _(g: Any) -> Any:
    return np.sum(g)


@op("0", public=False, grad_fn="ZeroBackward0")
def zeroed(input: Any) -> Any:
    """0 everywhere."""
    return np.zeros_like(input)


@zeroed.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Takes over the numbers of another tensor; its gradient goes there."""
    if isinstance(src, NUMBERS):
        src = Tensor(_fitting(src, self))
    if not isinstance(src, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(src).__name__}")
    shape = broadcast(self.array.shape, src.array.shape)
    if shape != self.array.shape:
        raise RuntimeError(
            f"output with shape {list(self.array.shape)} doesn't match the broadcast shape {list(shape)}"
        )
    return in_place(copy_into.apply, self, src)


def _fitting(number: Any, x: Tensor) -> Any:
    """A number in the dtype of a tensor, which must be able to hold it."""
    wanted = x.array.dtype
    if isinstance(number, int):
        dtypes.wrapped(number, np.dtype(np.int64))
    name = C_NAMES.get(wanted.name, wanted.name)
    if wanted == np.float32 and math.isfinite(number) and math.fabs(number) > np.finfo(wanted).max:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    with np.errstate(over="ignore"):
        return wanted.type(dtypes.fitting(number, wanted, name))


def fill_(self: Tensor, value: Any) -> Tensor:
    """Puts one number everywhere."""
    if isinstance(value, Tensor):
        return in_place(filled_with.apply, self, value, may_overlap=True)
    if not isinstance(value, NUMBERS):
        raise TypeError(f"fill_(): argument 'value' (position 1) must be Number, not {type(value).__name__}")
    return in_place(filled.apply, self, value=_fitting(value, self))


def zero_(self: Tensor) -> Tensor:
    """Puts 0 everywhere, as between two passes: `x.grad.zero_()`."""
    return in_place(zeroed.apply, self)


def setitem(self: Tensor, place: Any, value: Any) -> None:
    """`x[place] = value`: a copy into the view that `x[place]` is, or into what lists and masks pick of that."""
    if isinstance(value, NUMBERS):
        value = Tensor(_fitting(value, self))
    elif not isinstance(value, Tensor):
        raise TypeError(f"can't assign a {type(value).__name__} to a torch.{self.dtype.scalar_type}Tensor")
    if place is False:
        return
    part, indices = viewed(self, None if place is True else place)
    if indices is not None:
        in_place(index_put.apply, part, _without_leading_ones(value), indices=indices)
    elif value.array.shape == part.array.shape:
        copy_(part, value)
    elif value.ndim == 0:
        fill_(part, value)
    else:
        copy_(part, _without_leading_ones(value).expand(part.array.shape))


def _without_leading_ones(x: Tensor) -> Tensor:
    sizes = x.array.shape
    ones = next((d for d, size in enumerate(sizes) if size != 1), len(sizes))
    return view(x, shape=sizes[ones:]) if ones else x


def _random(name: str, draw: Callable[..., Any], version: int = 0) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        values = draw(generator or rng.generator(), self.array.shape, self.array.dtype, *args, **kwargs)
        drawn = _without_gradient(f"{name.title().replace('_', '')}Backward{version}", lambda *_: Tensor(values))
        return in_place(drawn, self, *[each for each in args if isinstance(each, Tensor)])

    method.__name__ = method.__qualname__ = name
    return method


def _uniform(stream: Any, shape: Any, dtype: Any, a: float = 0.0, b: float = 1.0, **names: float) -> Any:
    a, b = names.get("from", a), names.get("to", b)
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a:g} > to={b:g}")
    return stream.uniform(shape, dtype, a, b)


def _normal(stream: Any, shape: Any, dtype: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    return stream.normal(shape, dtype, mean, std)


def _exponential(stream: Any, shape: Any, dtype: Any, lambd: float = 1.0) -> Any:
    if lambd <= 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    return stream.exponential(shape, dtype, lambd)


def _bernoulli(stream: Any, shape: Any, dtype: Any, p: Any = 0.5) -> Any:
    if isinstance(p, Tensor):
        return stream.bernoulli(np.broadcast_to(p.array, shape)).astype(dtype)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return stream.bernoulli(p, shape).astype(dtype)


def _without_gradient(name: str, compute: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A computation whose result has a history for its name alone: 0 comes of every gradient."""

    def computed(*given: Any) -> Tensor:
        result = compute(*given)
        tensors = [x for x in given if isinstance(x, Tensor)]
        if is_grad_enabled() and any(x.requires_grad for x in tensors):
            result.grad_fn = constant_history(name, tensors)
        return result

    return computed


def _method(name: str, change: Callable[..., Tensor], compute: Callable[..., Tensor]) -> None:
    """Give Tensor the in-place form of a method: `change` puts what `compute` gives into its memory."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return change(compute, self, *args, **kwargs)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, in place."
    setattr(Tensor, f"{name}_", method)


def _comparing(name: str) -> Callable[[Tensor, Any], Tensor]:
    compute = op_named(name).apply

    def compared(self: Tensor, other: Any) -> Tensor:
        history = f"{name.capitalize()}Backward{int(isinstance(other, Tensor))}"
        return _without_gradient(history, compute)(self, other)

    return compared


def _operator(name: str) -> Callable[[Any, Any], Any]:
    compute = op_named(name).apply

    def change(self: Tensor, other: Any) -> Any:
        return in_place(compute, self, other) if isinstance(other, (Tensor, *NUMBERS)) else NotImplemented

    return change


def install() -> None:
    """Give Tensor its methods that end with `_`, the operators of assignment, and `x[i] = v`."""
    for name in METHODS:
        _method(name, in_place, getattr(Tensor, name))
    for other, name in COMPARISONS.items():
        for each in {other, name}:
            _method(each, in_place, _comparing(name))
    for name in RESHAPED:
        _method(name, reshape_in_place, getattr(Tensor, name))
    for name, operator in OPERATORS.items():
        setattr(Tensor, operator, _operator(name))
    for name, method in {"copy_": copy_, "fill_": fill_, "zero_": zero_, "__setitem__": setitem}.items():
        setattr(Tensor, name, method)
    Tensor.uniform_ = _random("uniform_", _uniform)  # type: ignore[attr-defined]
    Tensor.normal_ = _random("normal_", _normal)  # type: ignore[attr-defined]
    Tensor.exponential_ = _random("exponential_", _exponential)  # type: ignore[attr-defined]
    Tensor.bernoulli_ = _random("bernoulli_", _bernoulli, 2)  # type: ignore[attr-defined]
