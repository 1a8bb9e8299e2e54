"""The torch-shaped face: `from engine import torch`, and tutorial code runs as it stands.

Names, argument order, keywords, defaults, printed output and error texts are torch's. The functions are the
declared ops.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np

import engine.ops as _ops
from engine.autograd import dtypes as _dtypes
from engine.autograd.apply import NUMBERS as _NUMBERS
from engine.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from engine.autograd.rng import Generator, manual_seed
from engine.autograd.shapes import Size
from engine.autograd.tensor import Tensor
from engine.op import OPS as _OPS
from engine.op import Op as _Op
from engine.ops.methods import call as _call
from engine.torch import autograd, linalg, nn

dtype = _dtypes.DType
float16 = half = _dtypes.float16
float32 = _dtypes.float32
float64 = double = _dtypes.float64
uint8 = _dtypes.uint8
int8 = _dtypes.int8
int16 = short = _dtypes.int16
int32 = _dtypes.int32
int64 = long = _dtypes.int64
get_default_dtype = _dtypes.default_dtype
set_default_dtype = _dtypes.set_default_dtype

inf, nan, pi, e = float("inf"), float("nan"), np.pi, np.e

__version__ = "2.13.0"
"""The torch whose behaviour this is."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    op.name: _call(op) for op in _OPS.values() if not op.statement and op.name not in ("view", "expand")
}
FUNCTIONS["multiply"] = FUNCTIONS["mul"]
FUNCTIONS["negative"] = FUNCTIONS["neg"]
FUNCTIONS["absolute"] = FUNCTIONS["abs"]
"""By torch's name for it: every op that is a function there."""

_OTHER_NAMES = {"float": _dtypes.float32, "int": _dtypes.int32, "bool": _dtypes.bool_}


def arange(*bounds: float, **params: Any) -> Tensor:
    """`arange(end)`, `arange(start, end)`, `arange(start, end, step)`."""
    names = ("end",) if len(bounds) == 1 and "end" not in params else ("start", "end", "step")
    if len(bounds) > 3 or not (bounds or params):
        given = ", ".join(type(bound).__name__ for bound in bounds)
        raise TypeError(
            f"arange() received an invalid combination of arguments - got ({given}), but expected (Number start, "
            "Number end, Number step)"
        )
    params |= dict(zip(names, bounds, strict=False))
    if "end" not in params:
        raise TypeError('arange() missing 1 required positional arguments: "end"')
    return _OPS["arange"].apply(**params)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones on the diagonal of n rows and m columns (as many as rows), zeros elsewhere."""
    if not isinstance(n, int):
        raise TypeError(f"eye(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    if m is None:
        return _OPS["eye"].apply(n=n, dtype=dtype, requires_grad=requires_grad)
    for name, size in (("n", n), ("m", m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return Tensor(np.eye(n, m, dtype=_dtypes.numpy_dtype(dtype)), requires_grad)


def _function(op: _Op) -> Callable[..., Any]:
    """A call never is the operator with a number before it: `torch.sub(2, x)` is not `2 - x`."""
    calling = _call(op)

    def function(input: Any, other: Any, **params: Any) -> Any:
        if isinstance(input, _NUMBERS) and isinstance(other, Tensor):
            for check in op.checks:
                check(input, other.array)
            input = Tensor(np.asarray(input, _dtypes.promoted((input, other.array))))
        return calling(input, other, **params)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    return function


FUNCTIONS |= {"arange": arange, "eye": eye}
for _name, _others in {"sub": ("subtract",), "div": ("divide", "true_divide")}.items():
    FUNCTIONS |= dict.fromkeys((_name, *_others), _function(_OPS[_name]))


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over the memory of a numpy array, in its dtype."""
    _dtypes.torch_dtype(array.dtype)
    return Tensor(array)


def is_tensor(value: Any) -> bool:
    """Is it a Tensor?"""
    return isinstance(value, Tensor)


def equal(input: Tensor, other: Tensor) -> bool:
    """Do two tensors have the same size and the same elements?"""
    return bool(np.array_equal(input.array, other.array))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Are all elements within atol + rtol·|other| of each other?"""
    return bool(np.allclose(input.array, other.array, rtol, atol, equal_nan))


def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the size and dtype of another tensor."""
    return Tensor(np.ones(input.array.shape, _like(input, dtype)), requires_grad)


def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the size and dtype of another tensor."""
    return Tensor(np.zeros(input.array.shape, _like(input, dtype)), requires_grad)


def _like(input: Tensor, dtype: Any) -> np.dtype[Any]:
    return input.array.dtype if dtype is None else _dtypes.numpy_dtype(dtype)


def numel(input: Tensor) -> int:
    """How many elements a tensor has."""
    return input.numel()


def __getattr__(name: str) -> Any:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    known = [*FUNCTIONS, *(other for other in globals() if not other.startswith("_"))]
    near = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"; the nearest name here is torch.{near[0]}" if near else ""
    raise AttributeError(f"torch.{name} does not exist in this engine{hint}")


def __dir__() -> list[str]:
    return sorted({*FUNCTIONS, *_OTHER_NAMES, *(name for name in globals() if not name.startswith("_"))})


__all__ = [
    "Generator",
    "Size",
    "Tensor",
    "autograd",
    "enable_grad",
    "is_grad_enabled",
    "linalg",
    "manual_seed",
    "nn",
    "no_grad",
    "set_grad_enabled",
]
assert _ops.CATEGORIES
