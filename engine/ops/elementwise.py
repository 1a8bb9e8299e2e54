"""Arithmetic on elements: every element of the result comes from one element of each input."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from engine.op import op


@op("input + other", torch="{input} + {other}", aliases=("+", "plus", "sum of two"), promote="common")
def add(input: Any, other: Any) -> Any:
    """Adds two tensors element by element. Its gradient is passed on unchanged to both."""
    return input + other


@add.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@add.gradient("other", "g")
def _(g: Any) -> Any:
    return g


@op(
    "input - other",
    torch="{input} - {other}",
    aliases=("-", "−", "minus", "subtract", "difference"),
    promote="common",
    overloads={"input": "RsubBackward1"},
)
def sub(input: Any, other: Any) -> Any:
    """Takes the second tensor from the first, element by element."""
    if input.dtype == np.bool_:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return input - other


@sub.check
def _(input: Any, other: Any) -> None:
    bools = [np.asarray(value).dtype == np.bool_ for value in (input, other)]
    if builtins.any(bools) and not builtins.all(bools):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead."
        )


@sub.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@sub.gradient("other", "-g")
def _(g: Any) -> Any:
    return -g


@op(
    "input × other",
    torch="{input} * {other}",
    aliases=("*", "×", "·", "times", "multiply", "product", "hadamard"),
    promote="common",
)
def mul(input: Any, other: Any) -> Any:
    """Multiplies two tensors element by element. Each side's gradient is scaled by the other side."""
    return input * other


@mul.gradient("input", "g × other")
def _(g: Any, other: Any) -> Any:
    return g * other


@mul.gradient("other", "g × input")
def _(g: Any, input: Any) -> Any:
    return g * input


@op(
    "input / other",
    torch="{input} / {other}",
    aliases=("/", "÷", "divide", "quotient", "ratio", "over"),
    promote="float",
)
def div(input: Any, other: Any) -> Any:
    """Divides the first tensor by the second, element by element."""
    return input / other


@div.gradient("input", "g / other")
def _(g: Any, other: Any) -> Any:
    return g / other


@div.gradient("other", "-g × (input / other) / other")
def _(g: Any, input: Any, other: Any) -> Any:
    return -g * ((input / other) / other)  # two divisions: other² could overflow


@div.overload("input")
def _(input: Any, other: Any) -> Any:
    return mul(reciprocal(other), input)


@op("1 / input", aliases=("inverse", "1/x", "one over"), promote="float")
def reciprocal(input: Any) -> Any:
    """One divided by each element."""
    return input.dtype.type(1) / input


@reciprocal.gradient("input", "-g × output × output")
def _(g: Any, output: Any) -> Any:
    return -g * output * output


@op("-input", torch="-{input}", aliases=("-", "negate", "negative", "minus"))
def neg(input: Any) -> Any:
    """Turns the sign of every element."""
    if input.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
            "mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return -input


@neg.gradient("input", "-g")
def _(g: Any) -> Any:
    return -g


@op(
    "input ^ exponent",
    torch="{input} ** {exponent}",
    aliases=("**", "^", "power", "square", "cube", "exponent"),
    promote="common",
    grad_fn="PowBackward1",
    overloads={"exponent": "PowBackward0", "input": "PowBackward2"},
)
def pow(input: Any, exponent: Any) -> Any:
    """Raises each element of the input to the power of the exponent."""
    if input.dtype.kind == "f":
        return input * input if exponent.ndim == 0 and exponent == 2 else input**exponent
    if input.dtype == np.bool_:
        return _bool_pow(input, exponent)
    negative = exponent < 0
    if not negative.any():
        return input**exponent
    sign = np.where((input == -1) & (exponent % 2 == 1), -1, np.abs(input) == 1)  # all others round to 0
    return np.where(negative, sign, input ** np.where(negative, 0, exponent)).astype(input.dtype)


def _bool_pow(input: Any, exponent: Any) -> Any:
    if exponent.ndim:
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")
    return input | ~exponent


@pow.check
def _(input: Any, exponent: Any) -> None:
    numeric = not isinstance(exponent, (np.ndarray, np.generic))
    bases, powers = (np.asarray(value).dtype for value in (input, exponent))
    if bases == powers == np.bool_ and not numeric:
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")
    if numeric and powers.kind == "i" and exponent < 0 and bases.kind in "iub":
        raise RuntimeError("Integers to negative integer powers are not allowed.")


@pow.gradient("input", "g × exponent × input ^ (exponent - 1)")
def _(g: Any, input: Any, exponent: Any) -> Any:
    if exponent.ndim == 0:
        if exponent == 2:
            return g * (input + input)
        if exponent == 0:
            return np.zeros_like(g + input)
        return g * (exponent * input ** (exponent - 1))
    return np.where(exponent == 0, 0, g * (exponent * input ** (exponent - 1)))


@pow.gradient("exponent", "g × output × ln(input)")
def _(g: Any, input: Any, exponent: Any, output: Any) -> Any:
    flat = (input == 0) & (exponent >= 0)  # 0 ^ x stays 0: its slope is 0, not 0 × -inf
    return np.where(flat, 0, g * (output * np.log(input)))


@op("√input", aliases=("root", "square root", "√"), promote="float")
def sqrt(input: Any) -> Any:
    """The square root of every element. At 0 the slope is infinite."""
    return np.sqrt(input)


@sqrt.gradient("input", "g / (2 × output)")
def _(g: Any, output: Any) -> Any:
    return g / (output + output)


@op("exp(input)", aliases=("e^x", "exponential"), promote="float")
def exp(input: Any) -> Any:
    """Raises e to the power of every element. The result is its own slope."""
    return np.exp(input)


@exp.gradient("input", "g × output")
def _(g: Any, output: Any) -> Any:
    return g * output


@op("ln(input)", aliases=("ln", "logarithm", "natural log"), promote="float")
def log(input: Any) -> Any:
    """The natural logarithm of every element."""
    return np.log(input)


@log.gradient("input", "g / input")
def _(g: Any, input: Any) -> Any:
    return g / input


def sign(array: Any) -> Any:
    """1, 0 or -1, and 0 at nan, where torch lets no gradient through."""
    return np.subtract(array > 0, array < 0, dtype=array.dtype)


@op("|input|", aliases=("absolute", "magnitude", "|x|"))
def abs(input: Any) -> Any:
    """The size of every element without its sign. At 0 the slope is taken as 0."""
    if input.dtype == np.bool_:
        raise NotImplementedError("\"abs_cpu\" not implemented for 'Bool'")
    return np.abs(input)


@abs.gradient("input", "g × sign(input)")
def _(g: Any, input: Any) -> Any:
    return g * sign(input)


@op("sin(input)", aliases=("sine", "wave"), promote="float")
def sin(input: Any) -> Any:
    """The sine of every element, as an angle in radians."""
    return np.sin(input)


@sin.gradient("input", "g × cos(input)")
def _(g: Any, input: Any) -> Any:
    return g * np.cos(input)


@op("cos(input)", aliases=("cosine", "wave"), promote="float")
def cos(input: Any) -> Any:
    """The cosine of every element, as an angle in radians."""
    return np.cos(input)


@cos.gradient("input", "-g × sin(input)")
def _(g: Any, input: Any) -> Any:
    return g * -np.sin(input)
