"""Tensors from what is not one yet: arrays of numpy, numbers, lists, by torch's old type names also sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.tensor import Tensor


def from_numpy(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over the memory of a numpy array, in its dtype."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtypes.torch_dtype(array.dtype)
    return Tensor(array)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of this data; it shares the memory where that is a tensor or an array of the same dtype."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.array.dtype == dtypes.numpy_dtype(dtype) else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtypes.numpy_dtype(dtype)):
        return from_numpy(data)
    return Tensor(dtypes.array_of(data, dtype))


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """`as_tensor`, with a flag for the gradient."""
    made = as_tensor(obj, dtype)
    return made.requires_grad_() if requires_grad else made


def scalar_tensor(s: float, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor without dimensions, of the default dtype."""
    return Tensor(np.asarray(s, dtypes.numpy_dtype(dtype)), requires_grad)


def _typed(kind: dtypes.DType) -> Callable[..., Tensor]:
    def constructor(*data: Any) -> Tensor:
        if data and all(isinstance(size, int) for size in data):
            return Tensor(np.zeros(data, kind.numpy))
        (values,) = data or ([],)
        if isinstance(values, (float, bool)) or values is None:
            raise TypeError(f"new(): data must be a sequence (got {type(values).__name__})")
        return Tensor(np.asarray(dtypes.array_of(values)).astype(kind.numpy))

    constructor.__name__ = constructor.__qualname__ = f"{kind.scalar_type}Tensor"
    constructor.__doc__ = f"A tensor of {kind.name} from nested lists, or of sizes, with elements nobody has chosen."
    return constructor


TYPED: dict[str, Callable[..., Tensor]] = {f"{kind.scalar_type}Tensor": _typed(kind) for kind in dtypes.DTYPES.values()}
"""`FloatTensor`, `LongTensor` and their like."""
