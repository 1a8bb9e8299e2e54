"""Questions about tensors and dtypes that are answered in Python's values."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.dtypes import DType
from engine.autograd.shapes import Size
from engine.autograd.tensor import Tensor


def is_tensor(obj: Any) -> bool:
    """Is it a Tensor?"""
    return isinstance(obj, Tensor)


def typename(obj: Any) -> str:
    """The name of its type: "torch.FloatTensor" for a tensor of floats."""
    if isinstance(obj, Tensor):
        return obj.type()
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = (named.__module__ or "").removeprefix("engine.")
    return named.__qualname__ if module in ("", "builtins") else f"{module}.{named.__qualname__}"


def promote_types(type1: DType, type2: DType) -> DType:
    """The smallest dtype that holds both."""
    return dtypes.torch_dtype(dtypes.promoted((np.empty(1, type1.numpy), np.empty(1, type2.numpy))))


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype in which two tensors or numbers meet."""
    values = tuple(value.array if isinstance(value, Tensor) else value for value in (tensor1, tensor2))
    return dtypes.torch_dtype(dtypes.promoted(values))


def can_cast(from_: DType, to: DType) -> bool:
    """May an operation in place write numbers of one dtype into the other?"""
    return from_.rank <= to.rank


def broadcast_shapes(*shapes: Any) -> Size:
    """The size in which several sizes meet."""
    sizes = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    met = [1] * max(map(len, sizes), default=0)
    for i, shape in enumerate(sizes):
        for place in range(-1, -len(shape) - 1, -1):
            if shape[place] in (1, met[place]):
                continue
            if met[place] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[place]} at {place}! Mismatching argument at "
                    f"index {i} had {shape}; but expected shape should be broadcastable to {met}"
                )
            met[place] = shape[place]
    return Size(met)


class finfo:
    """The limits of a floating dtype."""

    def __init__(self, type: DType | None = None) -> None:
        kind = dtypes.default_dtype() if type is None else type
        if not kind.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        limits = np.finfo(kind.numpy)
        self.bits, self.dtype = 8 * kind.itemsize, kind.name
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = 10.0**-limits.precision

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type: DType) -> None:
        if type.numpy.kind not in "iu":
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(type.numpy)
        self.bits, self.dtype, self.max, self.min = 8 * type.itemsize, type.name, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
