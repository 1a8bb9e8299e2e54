"""Numbers into probabilities."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd.shapes import add_up, normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Op, op, spelled
from engine.ops.activation import slopes
from engine.ops.activation.slopes import floating
from engine.ops.functions.powers import neg
from engine.ops.shape.converting import converted

_largest: Any = np.maximum.reduce


def _scores(input: Any, dim: int, kernel: str) -> tuple[Any, Any]:
    """Every element less the largest along `dim`, so that no exponential overflows; and the sum of those."""
    axis = normal_dim(dim, input.ndim)
    wide = input
    if input.dtype.char not in "fd":
        last = "_lastdim" if axis == input.ndim - 1 else ""
        wide = floating(input, f"{kernel}{last}_kernel_impl").astype(np.float32)
    if input.ndim == 0:
        return wide - wide, wide.dtype.type(1)
    scores = wide - _largest(wide, axis, None, None, True, -math.inf)
    return scores, add_up(np.exp(scores), (axis,), True)


@op(
    "exp(input) / sum(exp(input))",
    aliases=("probabilities", "normalized exponential", "attention", "activation"),
    required=("dim",),
)
def softmax(input: Any, *, dim: int = -1) -> Any:
    """Turns numbers along a dimension into probabilities: positive, with the sum 1, larger ones for larger numbers."""
    scores, total = _scores(input, dim, "softmax")
    return (np.exp(scores) / total).astype(input.dtype, copy=False)


softmax.gradient("input", "output × (g - sum(g × output))")(slopes.softmax_backward_data)


@op(
    "input - ln(sum(exp(input)))",
    aliases=("log probabilities", "logits", "activation"),
    required=("dim",),
)
def log_softmax(input: Any, *, dim: int = -1) -> Any:
    """The logarithm of softmax, computed so that small probabilities keep their digits."""
    scores, total = _scores(input, dim, "log_softmax")
    return (scores - np.log(total)).astype(input.dtype, copy=False)


log_softmax.gradient("input", "g - exp(output) × sum(g)")(slopes.log_softmax_backward_data)


@op(
    "softmax(-input)",
    torch="torch.nn.functional.softmin({input}, {dim})",
    aliases=("probabilities", "smallest", "activation"),
    composite=True,
)
def softmin(input: Any, *, dim: int = -1) -> Any:
    """Turns numbers along a dimension into probabilities, larger ones for smaller numbers."""
    return softmax(neg(input), dim=dim)


@softmin.gradient("input", "-output × (g - sum(g × output))")
def _(g: Any, output: Any, *, dim: int) -> Any:
    return -slopes.softmax_backward_data.of(g, output, dim=dim)


def _in_dtype(declared: Op) -> Callable[..., Tensor]:
    """With torch's `dtype`: the input is cast before."""

    def method(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
        return declared(input if dtype is None else converted(input, dtype), dim=dim)

    method.__name__ = method.__qualname__ = declared.name
    return method


def _of_old(declared: Op) -> Callable[..., Tensor]:
    """As `torch.nn.functional` has it: it chooses a dimension if it must, and says that it should not have to."""

    def function(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
        if dim is None:
            warnings.warn(
                f"Implicit dimension choice for {declared.name} has been deprecated. Change the call to include dim=X "
                "as an argument.",
                stacklevel=2,
            )
            dim = 0 if input.ndim in (0, 1, 3) else 1
        return declared(input if dtype is None else converted(input, dtype), dim=dim)

    function.__name__ = function.__qualname__ = declared.name
    return function


for _op in (softmax, log_softmax):
    spelled(f"torch.{_op.name}", f"Tensor.{_op.name}", f"torch.special.{_op.name}")(_in_dtype(_op))
for _op in (softmax, log_softmax, softmin):
    spelled(f"torch.nn.functional.{_op.name}")(_of_old(_op))
