"""How long a vector is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up, count, normal_dims, spread
from engine.op import Dims, op
from engine.ops.elementwise import sign


@op("‖ input ‖", aliases=("length", "euclidean", "L2", "L1", "‖x‖"), grad_fn="LinalgVectorNormBackward0")
def norm(input: Any, *, p: float = 2.0, dim: Dims = None, keepdim: bool = False) -> Any:
    """The p-norm of all elements, or of those along `dim`: with p = 2 the length of the vector. At the
    origin, where the length has a corner, the slope is taken as 0."""
    if input.dtype.kind != "f":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {dtypes.scalar_type(input.dtype)}"
        )
    if p == 2 and dim is None and not keepdim and input.dtype != np.float16 and input.size != 1:
        flat = input.reshape(-1)
        return np.sqrt(np.dot(flat, flat))
    dims = normal_dims(dim, input.ndim)
    if p < 0 or math.isinf(p):
        _refuse_empty(input.shape, p, dims)
    if p != 0 and count(input.shape, dims) == 1:
        return np.max(np.abs(input), axis=dims, keepdims=keepdim)  # of one number it is its size, without overflow
    if input.dtype == np.float16:
        return norm.function(input.astype(np.float32), p=p, dim=dim, keepdim=keepdim).astype(np.float16)
    if p == 2:
        return np.sqrt(add_up(input * input, dims, keepdim))
    size = np.abs(input)
    if p == 1:
        return add_up(size, dims, keepdim)
    if p == 0:
        return add_up((input != 0).astype(input.dtype), dims, keepdim)
    if math.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=dims, keepdims=keepdim)
    return add_up(size**p, dims, keepdim) ** input.dtype.type(1 / p)


def _refuse_empty(shape: tuple[int, ...], p: float, dims: tuple[int, ...] | None) -> None:
    """Negative and infinite norms have no value for nothing."""
    empty = next((d for d in (range(len(shape)) if dims is None else dims) if shape[d] == 0), None)
    if empty is None:
        return
    where, of = ("an empty tensor ", "") if dims is None else (f"the dimension {empty}", "this dimension is empty and ")
    raise RuntimeError(
        f"linalg.vector_norm cannot compute the {p:g} norm on {where}because {of}the operation "
        "does not have an identity"
    )


@norm.gradient("input", "g × input / output")
def _(g: Any, input: Any, output: Any, *, p: float, dim: Dims, keepdim: bool) -> Any:
    g = spread(g, input.shape, dim, keepdim)
    length = spread(output, input.shape, dim, keepdim)
    if p == 0:
        return np.zeros_like(input)
    if p == 2:
        return np.where(length == 0, 0, g * (input / length))
    if p == 1:
        return g * sign(input)
    size = np.abs(input)
    if math.isinf(p):
        reached = (size == length) | (np.isnan(size) & np.isnan(length))
        ties = add_up(reached, normal_dims(dim, input.ndim), True)
        return g * sign(input) * (reached / ties).astype(input.dtype)
    slope = sign(input) * size ** (p - 1) * length ** (1 - p)
    return np.where((length == 0) | ((input == 0) & (p < 2)), 0, g * slope)
