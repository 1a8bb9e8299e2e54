"""Functions of two numbers that stand at the same place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import op
from engine.ops.arithmetic.operators import only_tensors, refuse_dtype

LN2 = math.log(2)


@op("angle of (other, input)", also=("torch.arctan2",), aliases=("angle", "direction", "arc tangent"), promote="float")
def atan2(input: Any, other: Any) -> Any:
    """The angle of the point whose height is the input and whose distance to the right is the other."""
    return np.arctan2(input, other)


@atan2.gradient("input", "g × other / (input × input + other × other)")
def _(g: Any, input: Any, other: Any) -> Any:
    return g * (other * _inverse_square(input, other))


@atan2.gradient("other", "-g × input / (input × input + other × other)")
def _(g: Any, input: Any, other: Any) -> Any:
    return g * (-input * _inverse_square(input, other))


def _inverse_square(input: Any, other: Any) -> Any:
    """1 / distance², and 0 at the origin, which has no direction."""
    return np.where((input == 0) & (other == 0), 0, 1 / (input * input + other * other))


@op("√(input² + other²)", aliases=("hypotenuse", "distance", "pythagoras", "length"), promote="common")
def hypot(input: Any, other: Any) -> Any:
    """The length of the hypotenuse over two legs."""
    refuse_dtype("hypot_cpu", input, "biu")
    return np.hypot(input, other)


@hypot.gradient("input", "g × input / output")
def _(g: Any, input: Any, output: Any) -> Any:
    return g * (input / output)


@hypot.gradient("other", "g × other / output")
def _(g: Any, other: Any, output: Any) -> Any:
    return g * (other / output)


@op("ln(exp(input) + exp(other))", aliases=("log sum exp", "add probabilities"), promote="common")
def logaddexp(input: Any, other: Any) -> Any:
    """Adds two numbers of which only the logarithms are known, without leaving the logarithms."""
    refuse_dtype("logaddexp_cpu", input, "biu")
    return np.logaddexp(input, other)


@logaddexp.gradient("input", "g / (1 + exp(other - input))")
def _(g: Any, input: Any, other: Any) -> Any:
    return g / (1 + np.exp(other - input))


@logaddexp.gradient("other", "g / (1 + exp(input - other))")
def _(g: Any, input: Any, other: Any) -> Any:
    return g / (1 + np.exp(input - other))


@op("log₂(2 ^ input + 2 ^ other)", aliases=("log sum exp", "base two"), promote="common")
def logaddexp2(input: Any, other: Any) -> Any:
    """Adds two numbers of which only the logarithms to base 2 are known."""
    refuse_dtype("logaddexp2_cpu", input, "biu")
    return np.logaddexp2(input, other)


@logaddexp2.gradient("input", "g / (1 + 2 ^ (other - input))")
def _(g: Any, input: Any, other: Any) -> Any:
    return g / (1 + np.exp2(other - input))


@logaddexp2.gradient("other", "g / (1 + 2 ^ (input - other))")
def _(g: Any, input: Any, other: Any) -> Any:
    return g / (1 + np.exp2(input - other))


@op(
    "input × ln(other)",
    torch="torch.xlogy({input}, {other})",
    also=("torch.special.xlogy",),
    aliases=("entropy", "x log y"),
    promote="float",
    overloads={"input": "XlogyBackward1", "other": "XlogyBackward2"},
)
def xlogy(input: Any, other: Any) -> Any:
    """The first times the logarithm of the second. Where the first is 0, so is the result, even at 0 × ln(0)."""
    return np.where((input == 0) & ~np.isnan(other), 0, input * np.log(other))


@xlogy.gradient("input", "g × ln(other)")
def _(g: Any, input: Any, other: Any) -> Any:
    return np.where((input == 0) & (other <= 0), 0, xlogy.of(g, other))


@xlogy.gradient("other", "g × input / other")
def _(g: Any, input: Any, other: Any) -> Any:
    return g * (input / other)


@op(
    "|input| with the sign of other",
    torch="torch.copysign({input}, {other})",
    aliases=("sign", "magnitude"),
    promote="float",
    overloads={"other": "CopysignBackward1"},
)
def copysign(input: Any, other: Any) -> Any:
    """The size of the first with the sign of the second."""
    return np.copysign(input, other)


@copysign.gradient("input", "g × output / input")
def _(g: Any, input: Any, output: Any) -> Any:
    return g * np.where(input == 0, 0, output / input)


@copysign.gradient("other", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op(
    "1 if input > 0, 0 if input < 0, else values",
    aliases=("step", "unit step", "threshold"),
    promote="common",
    grad_fn="NotImplemented",
)
def heaviside(input: Any, values: Any) -> Any:
    """The unit step: 0 before 0 and 1 after it; what it is at 0 is for you to say. torch has no gradient for it."""
    return np.where(input == 0, values, input > 0).astype(input.dtype)


@heaviside.check
def _(input: Any, values: Any) -> None:
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


@heaviside.gradient("input", "none: torch refuses")
def _(g: Any) -> Any:
    raise RuntimeError("derivative for aten::heaviside is not implemented")


@heaviside.gradient("values", "none: torch refuses")
def _(g: Any) -> Any:
    raise RuntimeError("derivative for aten::heaviside is not implemented")


for each in (atan2, hypot, logaddexp, logaddexp2, heaviside):
    only_tensors(each)
only_tensors(copysign, "input")
