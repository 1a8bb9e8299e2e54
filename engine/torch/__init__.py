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
from engine.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from engine.autograd.rng import Generator, manual_seed
from engine.autograd.shapes import Size
from engine.autograd.tensor import Tensor
from engine.op import OPS as _OPS
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
FUNCTIONS["arange"] = lambda *bounds, **params: _OPS["arange"].apply(**{**_bounds(bounds), **params})
FUNCTIONS["multiply"] = FUNCTIONS["mul"]
FUNCTIONS["divide"] = FUNCTIONS["true_divide"] = FUNCTIONS["div"]
FUNCTIONS["subtract"] = FUNCTIONS["sub"]
FUNCTIONS["negative"] = FUNCTIONS["neg"]
FUNCTIONS["absolute"] = FUNCTIONS["abs"]
"""By torch's name for it: every op that is a function there."""

_OTHER_NAMES = {"float": _dtypes.float32, "int": _dtypes.int32, "bool": _dtypes.bool_}


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


def _bounds(bounds: tuple[float, ...]) -> dict[str, float]:
    """`arange(end)`, `arange(start, end)`, `arange(start, end, step)`."""
    if len(bounds) == 1:
        return {"start": 0, "end": bounds[0]}
    return dict(zip(("start", "end", "step"), bounds, strict=False))


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
