"""Arithmetic with settings, as torch's functions take them: `torch.add(x, y, alpha=2)`."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.apply import NUMBERS
from engine.autograd.tensor import Tensor
from engine.op import Op, op, spelled
from engine.ops.arithmetic.division import div_rounded
from engine.ops.arithmetic.operators import add, div, only_tensors, pow, refuse_bool, sub
from engine.ops.several import called


def _beside(op: Op, number: Any, other: Any) -> Any:
    """A call never is the operator with a number before it: `torch.sub(2, x)` is not `2 - x`."""
    if not isinstance(number, NUMBERS) or not isinstance(other, (Tensor, *NUMBERS)):
        return number
    given = other.array if isinstance(other, Tensor) else other
    for check in op.checks:
        check(number, given)
    return Tensor(np.asarray(number, dtypes.promoted((number, given))))


@spelled("torch.float_power", "Tensor.float_power")
@called("float_power")
def float_power(input: Any, exponent: Any) -> Tensor:
    """A power of doubles, whatever the inputs are."""
    doubles = [x.to(dtypes.float64) if isinstance(x, Tensor) else float(x) for x in (input, exponent)]
    return pow(*doubles)


def _times(alpha: float, input: Any) -> Any:
    """alpha × input, in the dtype of the input."""
    if isinstance(alpha, float) and input.dtype.kind in "iub":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, bool) and input.dtype != np.bool_:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    return np.asarray(alpha).astype(input.dtype) * input


@op("input + alpha × other", public=False, grad_fn="AddBackward0", promote="common")
def add_scaled(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Adds alpha times the second tensor to the first."""
    return input + _times(alpha, other)


@add_scaled.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@add_scaled.gradient("other", "alpha × g")
def _(g: Any, *, alpha: float) -> Any:
    return alpha * g


@op("input - alpha × other", public=False, grad_fn="SubBackward0", promote="common")
def sub_scaled(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Takes alpha times the second tensor from the first."""
    return sub.of(input, _times(alpha, other))


@sub_scaled.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@sub_scaled.gradient("other", "-alpha × g")
def _(g: Any, *, alpha: float) -> Any:
    return -alpha * g


sub_scaled.check(refuse_bool)


@op("other - alpha × input", public=False, promote="common", overloads={"other": "RsubBackward1"})
def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Takes alpha times the first tensor from the second."""
    return sub.of(other, _times(alpha, input))


@rsub.gradient("input", "-alpha × g")
def _(g: Any, *, alpha: float) -> Any:
    return -alpha * g


@rsub.gradient("other", "g")
def _(g: Any) -> Any:
    return g


rsub.check(refuse_bool)
only_tensors(rsub, "input")


@spelled("torch.add", "Tensor.add")
@called("add")
def torch_add(input: Any, other: Any = None, *, alpha: int | float = 1) -> Tensor:
    """input + alpha × other."""
    input = _beside(add, input, other)
    return add(input, other) if alpha.__class__ is int and alpha == 1 else add_scaled(input, other, alpha=alpha)


@spelled("torch.sub", "torch.subtract", "Tensor.sub", "Tensor.subtract")
@called("sub")
def torch_sub(input: Any, other: Any = None, *, alpha: int | float = 1) -> Tensor:
    """input - alpha × other."""
    input = _beside(sub, input, other)
    return sub(input, other) if alpha.__class__ is int and alpha == 1 else sub_scaled(input, other, alpha=alpha)


@spelled("torch.rsub")
@called("rsub")
def torch_rsub(input: Any, other: Any = None, *, alpha: float = 1) -> Tensor:
    """other - alpha × input."""
    return rsub(input, other, alpha=alpha)


@spelled("torch.div", "torch.divide", "Tensor.div", "Tensor.divide")
@called("div")
def torch_div(input: Any, other: Any = None, *, rounding_mode: str | None = None) -> Tensor:
    """input / other, rounded if it is said how."""
    input = _beside(div, input, other)
    if rounding_mode is None:
        return div(input, other)
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found " + f"'{rounding_mode}'"
        )
    return div_rounded(input, other, rounding_mode=rounding_mode)


@spelled("torch.true_divide", "Tensor.true_divide")
@called("true_divide")
def true_divide(input: Any, other: Any = None) -> Tensor:
    """input / other."""
    return div(_beside(div, input, other), other)
