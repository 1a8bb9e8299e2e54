"""Functions of one number, taken of every element: roots, powers of e, logarithms, signs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.op import op, spelled
from engine.ops.functions.erf import erf_values, erfc_values

LN2, LN10 = math.log(2), math.log(10)


@op("-input", torch="-{input}", also=("torch.negative",), aliases=("-", "negate", "negative", "minus"))
def neg(input: Any) -> Any:
    """Turns the sign of every element."""
    if input.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return -input


@neg.gradient("input", "-g")
def _(g: Any) -> Any:
    return -g


@spelled("torch.positive", "Tensor.positive")
def positive(input: Any) -> Any:
    """`+x`: the tensor itself."""
    if input.array.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@op("1 / input", aliases=("inverse", "1/x", "one over"), promote="float")
def reciprocal(input: Any) -> Any:
    """One divided by each element."""
    return 1 / input


@reciprocal.gradient("input", "-g × output × output")
def _(g: Any, output: Any) -> Any:
    return -g * output * output


@op("√input", aliases=("root", "square root", "√"), promote="float")
def sqrt(input: Any) -> Any:
    """The square root of every element. At 0 the slope is infinite."""
    return np.sqrt(input)


@sqrt.gradient("input", "g / (2 × output)")
def _(g: Any, output: Any) -> Any:
    return g / (output + output)


@op("1 / √input", aliases=("inverse square root", "1/√x"), promote="float")
def rsqrt(input: Any) -> Any:
    """One divided by the square root of every element."""
    return 1 / np.sqrt(input)


@rsqrt.gradient("input", "-g × output ^ 3 / 2")
def _(g: Any, output: Any) -> Any:
    return g * (-0.5 * output**3)


@op("input × input", grad_fn="PowBackward0", aliases=("x²", "squared", "power"))
def square(input: Any) -> Any:
    """Every element times itself."""
    return input * input if input.dtype != np.bool_ else input.astype(np.int64)


@square.gradient("input", "g × 2 × input")
def _(g: Any, input: Any) -> Any:
    return g * (input + input)


@op("exp(input)", aliases=("e^x", "exponential"), promote="float")
def exp(input: Any) -> Any:
    """Raises e to the power of every element. The result is its own slope."""
    return np.exp(input)


@exp.gradient("input", "g × output")
def _(g: Any, output: Any) -> Any:
    return g * output


@op("2 ^ input", also=("torch.special.exp2",), aliases=("2^x", "power of two"), promote="float")
def exp2(input: Any) -> Any:
    """Raises 2 to the power of every element."""
    return np.exp2(input)


@exp2.gradient("input", "g × output × ln(2)")
def _(g: Any, output: Any) -> Any:
    return g * (output * LN2)


@op("exp(input) - 1", also=("torch.special.expm1",), aliases=("exponential", "e^x - 1"), promote="float")
def expm1(input: Any) -> Any:
    """Raises e to the power of every element and takes 1 away; exact also for tiny elements."""
    return np.expm1(input)


@expm1.gradient("input", "g × (output + 1)")
def _(g: Any, output: Any) -> Any:
    return g * (output + 1)


@op("ln(input)", aliases=("ln", "logarithm", "natural log"), promote="float")
def log(input: Any) -> Any:
    """The natural logarithm of every element."""
    return np.log(input)


@log.gradient("input", "g / input")
def _(g: Any, input: Any) -> Any:
    return g / input


@op("log₂(input)", aliases=("logarithm", "bits"), promote="float")
def log2(input: Any) -> Any:
    """To what power 2 must be raised to give the element."""
    return np.log2(input)


@log2.gradient("input", "g / (input × ln(2))")
def _(g: Any, input: Any) -> Any:
    return g / (input * LN2)


@op("log₁₀(input)", aliases=("logarithm", "decimal", "decibel"), promote="float")
def log10(input: Any) -> Any:
    """To what power 10 must be raised to give the element."""
    return np.log10(input)


@log10.gradient("input", "g / (input × ln(10))")
def _(g: Any, input: Any) -> Any:
    return g / (input * LN10)


@op(
    "ln(1 + input)",
    also=("torch.special.log1p",),
    grad_fn="Log1PBackward0",
    aliases=("logarithm", "ln(1 + x)"),
    promote="float",
)
def log1p(input: Any) -> Any:
    """The natural logarithm of 1 plus every element; exact also for tiny elements."""
    return np.log1p(input)


@log1p.gradient("input", "g / (input + 1)")
def _(g: Any, input: Any) -> Any:
    return g / (input + 1)


@op("sign of input", aliases=("signum", "direction"))
def sign(input: Any) -> Any:
    """What is positive becomes 1, what is negative -1, and 0 stays 0. It is flat, so its slope is 0."""
    if input.dtype == np.bool_:
        return input.copy()
    return np.subtract(input > 0, input < 0, dtype=input.dtype)  # 0 at nan, where torch lets no gradient through


@sign.gradient("input", "0")
def _(g: Any) -> Any:
    return np.zeros_like(g)


@op("|input|", also=("torch.absolute",), aliases=("absolute", "magnitude", "|x|"))
def abs(input: Any) -> Any:
    """The size of every element without its sign. At 0 the slope is taken as 0."""
    if input.dtype == np.bool_:
        raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool'")
    return np.abs(input)


@abs.gradient("input", "g × sign(input)")
def _(g: Any, input: Any) -> Any:
    return g * sign.of(input)


@op(
    "erf(input)",
    also=("torch.special.erf",),
    aliases=("error function", "gauss", "normal distribution"),
    promote="float",
)
def erf(input: Any) -> Any:
    """The error function: an S-shaped curve from -1 to 1, the area under the bell curve."""
    return erf_values(input)


@erf.gradient("input", "g × 2 / sqrt(π) × exp(-input × input)")
def _(g: Any, input: Any) -> Any:
    return g * (2 / math.sqrt(math.pi) * np.exp(-input * input))


@op("1 - erf(input)", also=("torch.special.erfc",), aliases=("error function", "tail"), promote="float")
def erfc(input: Any) -> Any:
    """What the error function lacks to 1; exact also where that is tiny."""
    return erfc_values(input)


@erfc.gradient("input", "-g × 2 / sqrt(π) × exp(-input × input)")
def _(g: Any, input: Any) -> Any:
    return g * (-2 / math.sqrt(math.pi) * np.exp(-input * input))


@op("ln(input / (1 - input))", also=("torch.special.logit",), aliases=("log odds", "inverse sigmoid"), promote="float")
def logit(input: Any, *, eps: float | None = None) -> Any:
    """The log odds of a probability: what sigmoid turns back into it. With eps, it is first kept from 0 and 1."""
    if eps is not None:
        input = np.where(input < eps, eps, np.where(input > 1 - eps, 1 - eps, input))
    return np.log(input / (1 - input))


@logit.gradient("input", "g / (input × (1 - input))")
def _(g: Any, input: Any, *, eps: float | None) -> Any:
    low, outside = (0, math.nan) if eps is None else (eps, 0)
    return np.where((input < low) | (input > 1 - low), outside, g / (input * (1 - input)))
