"""Questions about tensors that are answered in Python's values; no node of a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes, shapes
from engine.autograd.tensor import Tensor
from engine.op import spelled


@spelled("torch.numel")
def numel(input: Tensor) -> int:
    """How many elements a tensor has."""
    return input.numel()


@spelled("torch.is_floating_point")
def is_floating_point(input: Tensor) -> bool:
    """Is its dtype one of the floats?"""
    return input.is_floating_point()


@spelled("torch.equal", "Tensor.equal")
def equal(input: Tensor, other: Tensor) -> bool:
    """Do two tensors have the same size and the same elements?"""
    _require_tensor("equal", other)
    return bool(np.array_equal(input.array, other.array))


@spelled("torch.allclose", "Tensor.allclose")
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Are all elements within atol + rtol·|other| of each other?"""
    _require_tensor("allclose", other)
    dtypes.require_same(input.array, other.array, "{} did not match {}", dtypes.scalar_type)
    shapes.broadcast(input.array.shape, other.array.shape)
    return bool(np.allclose(input.array, other.array, rtol, atol, equal_nan))


def _require_tensor(function: str, other: Any) -> None:
    if not isinstance(other, Tensor):
        raise TypeError(f"{function}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
