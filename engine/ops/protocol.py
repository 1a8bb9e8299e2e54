"""numpy's functions on tensors, so that a gradient function in plain numpy is recorded when it is given tensors.

`np.exp(t)` is the op `exp`; what has no gradient (comparisons, `isnan`, `zeros_like`) is computed on the arrays. The
tables below are all that a gradient function may use, next to Python's operators, `shape`, `ndim`, `reshape` and
reading by index. They are numpy's own protocols (NEP 13 and NEP 18); arrays never come here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd.recorded import recording
from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import OPS, op_named

UFUNCS = {
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "cos": "cos",
    "cosh": "cosh",
    "add": "add",
    "divide": "div",
    "exp": "exp",
    "exp2": "exp2",
    "expm1": "expm1",
    "hypot": "hypot",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "log2": "log2",
    "logaddexp": "logaddexp",
    "matmul": "matmul",
    "maximum": "maximum",
    "minimum": "minimum",
    "multiply": "mul",
    "negative": "neg",
    "power": "pow",
    "reciprocal": "reciprocal",
    "remainder": "remainder",
    "fmod": "fmod",
    "sin": "sin",
    "sinh": "sinh",
    "sqrt": "sqrt",
    "square": "square",
    "subtract": "sub",
    "tan": "tan",
    "tanh": "tanh",
}
"""ufunc -> op. Other ufuncs have no gradient: they are computed on the arrays."""


def plain(value: Any) -> Any:
    """The array of a tensor, anything else as it is; lists are gone through."""
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, (list, tuple)):
        return type(value)(plain(item) for item in value)
    return value


def tensor(value: Any, like: Tensor | None = None) -> Any:
    """An array as a constant tensor; numbers stay numbers."""
    return Tensor(value) if isinstance(value, (np.ndarray, np.generic)) else value


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """numpy found a tensor among the inputs of a ufunc."""
    if not recording.get():
        return _operator(ufunc, method, inputs)
    if method == "reduce" and ufunc is np.add:
        return _sum(inputs[0], *inputs[1:2], **{k: v for k, v in kwargs.items() if k in ("axis", "keepdims")})
    if method != "__call__" or kwargs.get("out") is not None:
        return NotImplemented
    name = UFUNCS.get(ufunc.__name__)
    if name is None:
        return Tensor(np.asarray(ufunc(*map(plain, inputs), **kwargs)))
    given = [tensor(x) for x in inputs]
    if name == "matmul":
        return op_named(name)(*given)
    if len(given) == 2 and name not in ARITHMETIC:
        given = [_beside(*given), _beside(*given[::-1])]
    return op_named(name)(*given)


SWAPPED = {
    "greater": "lt",
    "less": "gt",
    "greater_equal": "le",
    "less_equal": "ge",
    "equal": "eq",
    "not_equal": "ne",
}
SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@"}


def _operator(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...]) -> Any:
    """Outside such a pass only `np.float64(2) * x` is answered, as a number beside a tensor."""
    symbol = SYMBOLS.get(ufunc.__name__)
    number = (
        method == "__call__"
        and len(inputs) == 2
        and isinstance(inputs[0], (np.generic, np.ndarray))
        and not inputs[0].ndim
    )
    if number and symbol:
        return op_named(UFUNCS[ufunc.__name__])(inputs[0].item(), inputs[1])
    if number and ufunc.__name__ in SWAPPED:
        return op_named(SWAPPED[ufunc.__name__])(inputs[1], inputs[0].item())
    if symbol and isinstance(inputs[0], np.ndarray):
        raise TypeError(f"unsupported operand type(s) for {symbol}: 'numpy.ndarray' and 'Tensor'")
    return NotImplemented


ARITHMETIC = {"add", "mul", "sub", "div", "pow"}
"""The ops that take numbers on either side; to the others they are tensors."""


def _beside(value: Any, other: Any) -> Any:
    return value if isinstance(value, Tensor) else Tensor(np.asarray(value, other.array.dtype))


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _sum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **_: Any) -> Any:
    if axis == () and axis is not None:
        return a
    return OPS["sum"](a, dim=_axes(axis), keepdim=bool(keepdims))


def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **_: Any) -> Any:
    return OPS["mean"](a, dim=_axes(axis), keepdim=bool(keepdims))


def _where(condition: Any, x: Any, y: Any) -> Any:
    return op_named("where")(tensor(condition), tensor(x), tensor(y))


def _transpose(a: Any, axes: Any = None) -> Any:
    order = tuple(range(a.ndim))[::-1] if axes is None else tuple(int(axis) for axis in axes)
    return OPS["permute"](a, dims=order)


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    sources = [normal_dim(d, a.ndim) for d in np.atleast_1d(source).tolist()]
    places = [normal_dim(d, a.ndim) for d in np.atleast_1d(destination).tolist()]
    order = [d for d in range(a.ndim) if d not in sources]
    for place, moved in sorted(zip(places, sources, strict=True)):
        order.insert(place, moved)
    return OPS["permute"](a, dims=tuple(order))


def _expand_dims(a: Any, axis: Any) -> Any:
    axes = [axis] if not isinstance(axis, (tuple, list)) else list(axis)
    ndim = a.ndim + len(axes)
    for d in sorted(normal_dim(d, ndim) for d in axes):
        a = OPS["unsqueeze"](a, dim=d)
    return a


def _squeeze(a: Any, axis: Any = None) -> Any:
    if axis is None:
        return OPS["squeeze"](a)
    for d in sorted((normal_dim(d, a.ndim) for d in np.atleast_1d(axis).tolist()), reverse=True):
        a = OPS["squeeze"](a, dim=d)
    return a


def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return OPS["transpose"](a, dim0=axis1, dim1=axis2)


def _flip(m: Any, axis: Any = None) -> Any:
    dims = range(m.ndim) if axis is None else np.atleast_1d(axis).tolist()
    return OPS["flip"](m, dims=tuple(dims))


def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,)
    dims = () if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    return OPS["roll"](a, shifts=tuple(shifts), dims=tuple(dims))


def _concatenate(arrays: Any, axis: int = 0) -> Any:
    return op_named("cat")(*(tensor(a) for a in arrays), dim=axis)


def _stack(arrays: Any, axis: int = 0) -> Any:
    return op_named("stack")(*(tensor(a) for a in arrays), dim=axis)


def _outer(a: Any, b: Any) -> Any:
    return tensor(a).reshape(-1, 1) * tensor(b).reshape(1, -1)


def _einsum(subscripts: str, *operands: Any, optimize: Any = None) -> Any:
    return op_named("einsum")(*(tensor(x) for x in operands), equation=subscripts)


def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return op_named("clamp")(a, min=a_min, max=a_max)


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.broadcast_to: lambda array, shape: OPS["expand"](array, size=tuple(shape)),
    np.clip: _clip,
    np.concatenate: _concatenate,
    np.copy: lambda a, *rest: OPS["clone"](a),
    np.cumsum: lambda a, axis: op_named("cumsum")(a, dim=axis),
    np.cumprod: lambda a, axis: op_named("cumprod")(a, dim=axis),
    np.diagonal: lambda a, offset=0, axis1=0, axis2=1: op_named("diagonal")(a, offset=offset, dim1=axis1, dim2=axis2),
    np.dot: lambda a, b: op_named("matmul")(tensor(a), tensor(b)),
    np.einsum: _einsum,
    np.expand_dims: _expand_dims,
    np.flip: _flip,
    np.mean: _mean,
    np.moveaxis: _moveaxis,
    np.ndim: lambda a: a.ndim,
    np.outer: _outer,
    np.prod: lambda a, axis=None, keepdims=False: op_named("prod")(a, dim=axis, keepdim=keepdims),
    np.ravel: lambda a: a.reshape(-1),
    np.reshape: lambda a, shape: a.reshape(shape),
    np.roll: _roll,
    np.shape: lambda a: tuple(a.array.shape),
    np.size: lambda a, axis=None: np.size(a.array, axis),
    np.squeeze: _squeeze,
    np.stack: _stack,
    np.sum: _sum,
    np.swapaxes: _swapaxes,
    np.take_along_axis: lambda arr, indices, axis: op_named("gather")(arr, tensor(indices), dim=axis),
    np.transpose: _transpose,
    np.tril: lambda m, k=0: op_named("tril")(m, diagonal=k),
    np.triu: lambda m, k=0: op_named("triu")(m, diagonal=k),
    np.where: _where,
}
"""numpy's function -> the op. Others are computed on the arrays, and have no gradient."""

CONSTANT = {
    np.all, np.any, np.argmax, np.argmin, np.argsort, np.array_equal, np.count_nonzero, np.empty_like, np.full_like,
    np.isclose, np.max, np.min, np.nonzero, np.ones_like, np.result_type, np.sort, np.unravel_index, np.zeros_like,
    np.sign, np.may_share_memory,
}  # fmt: skip
"""What is computed on the arrays on purpose: through these no gradient goes."""


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """numpy found a tensor among the arguments of a function."""
    if not recording.get():
        return NotImplemented
    if function in FUNCTIONS:
        return FUNCTIONS[function](*args, **kwargs)
    if function in CONSTANT:
        return tensor(function(*map(plain, args), **{name: plain(value) for name, value in kwargs.items()}))
    return NotImplemented


def install() -> None:
    """Let numpy find the tensors."""
    Tensor.__array_ufunc__ = array_ufunc
    Tensor.__array_function__ = array_function  # type: ignore[attr-defined]
