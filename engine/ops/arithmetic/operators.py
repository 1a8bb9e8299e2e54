"""Arithmetic on elements: every element of the result comes from one element of each input."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.arguments import not_a_tensor
from engine.op import Op, op
from engine.ops.functions.powers import reciprocal


def only_tensors(op: Op, *ports: str) -> None:
    """torch takes no number in these ports, not even beside a tensor; without names, in none."""
    for i, port in enumerate(op.ports):
        if not ports or port.name in ports:
            op.overload(port.name)(_refusal(op, i))


def _refusal(op: Op, i: int) -> Callable[..., Any]:
    def refuse(*inputs: Any) -> Any:
        raise not_a_tensor(op, i, inputs[i])

    return refuse


def refuse_dtype(kernel: str, array: Any, kinds: str) -> None:
    """What torch has no kernel for."""
    if array.dtype.kind in kinds:
        raise dtypes.not_implemented(kernel, array.dtype)


@op(
    "input + other",
    torch="{input} + {other}",
    aliases=("+", "plus", "sum of two"),
    promote="common",
    kernel=operator.add,
)
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
def refuse_bool(input: Any, other: Any) -> None:
    """Neither side of a difference is of bools."""
    bools = [np.asarray(value).dtype == np.bool_ for value in (input, other)]
    if any(bools) and not all(bools):
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
    also=("torch.multiply",),
    aliases=("*", "×", "·", "times", "multiply", "product", "hadamard"),
    promote="common",
    kernel=operator.mul,
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
    kernel=operator.truediv,
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
    if exponent.ndim == 0 and not getattr(exponent, "requires_grad", False):
        if exponent == 2 and not hasattr(input, "requires_grad"):
            return g * (input + input)
        if exponent == 0:
            return np.zeros_like(g + input)
        return g * (exponent * input ** (exponent - 1))
    return np.where(exponent == 0, 0, g * (exponent * input ** (exponent - 1)))


@pow.gradient("exponent", "g × output × ln(input)")
def _(g: Any, input: Any, exponent: Any, output: Any) -> Any:
    flat = (input == 0) & (exponent >= 0)  # 0 ^ x stays 0: its slope is 0, not 0 × -inf
    return g * np.where(flat, 0, output * np.log(input))


@op(
    "input + weight × (end - input)",
    torch="torch.lerp({input}, {end}, {weight})",
    aliases=("interpolate", "blend", "mix", "moving average"),
    promote="common",
    grad_fn="LerpBackward1",
    overloads={"weight": "LerpBackward0"},
)
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """Goes from the input towards the end by a fraction of the way: 0 stays, 1 arrives."""
    way = end - input
    return np.where(np.abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))  # each exact at its end


@lerp.check
def _(input: Any, end: Any, weight: Any) -> None:
    for name, value in (("end", end), ("weight", weight)):
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype != input.dtype:
            wanted, found = (dtypes.type_name(v.dtype) for v in (input, value))
            raise RuntimeError(f"expected dtype {wanted} for `{name}` but got dtype {found}")
    refuse_dtype(f"lerp_kernel_{'scalar' if isinstance(weight, (int, float)) else 'tensor'}", input, "biu")


@lerp.gradient("input", "g × (1 - weight)")
def _(g: Any, weight: Any) -> Any:
    return g * (1 - weight)


@lerp.gradient("end", "g × weight")
def _(g: Any, weight: Any) -> Any:
    return g * weight


@lerp.gradient("weight", "g × (end - input)")
def _(g: Any, input: Any, end: Any) -> Any:
    return g * (end - input)


only_tensors(lerp, "input", "end")


@op("input + value × tensor1 × tensor2", aliases=("add product", "multiply and add"), promote="common")
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """Adds the product of two tensors, times a number, to the first."""
    refuse_dtype("addcmul_cpu_out", input, "b")
    return input + np.asarray(value).astype(input.dtype) * tensor1 * tensor2


@addcmul.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@addcmul.gradient("tensor1", "g × value × tensor2")
def _(g: Any, tensor2: Any, *, value: float) -> Any:
    return g * (value * tensor2)


@addcmul.gradient("tensor2", "g × value × tensor1")
def _(g: Any, tensor1: Any, *, value: float) -> Any:
    return g * (value * tensor1)


@op("input + value × tensor1 / tensor2", aliases=("add quotient", "divide and add"), promote="common")
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """Adds the quotient of two tensors, times a number, to the first."""
    return input + value * (tensor1 / tensor2)


@addcdiv.check
def _(input: Any, tensor1: Any, tensor2: Any) -> None:
    if tensor1.dtype.kind in "iub" and tensor2.dtype.kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )


@addcdiv.gradient("input", "g")
def _(g: Any) -> Any:
    return g


@addcdiv.gradient("tensor1", "g × value / tensor2")
def _(g: Any, tensor2: Any, *, value: float) -> Any:
    return g * (value / tensor2)


@addcdiv.gradient("tensor2", "-g × value × tensor1 / (tensor2 × tensor2)")
def _(g: Any, tensor1: Any, tensor2: Any, *, value: float) -> Any:
    return -g * (value * (tensor1 / tensor2) / tensor2)


for each in (addcmul, addcdiv):
    only_tensors(each)
