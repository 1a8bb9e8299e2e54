"""What torch has as operations of their own for the gradients of activations: `tanh_backward` and its like.

Each takes the gradient that arrives, `grad`, and what the activation kept; it is linear in `grad`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up, normal_dim
from engine.op import Op, op, op_named
from engine.ops.functions.erf import erf_values


def linear(slope: Op) -> Op:
    """The gradient at `grad` goes through the same slope."""
    slope.gradient("grad", slope.formula.replace("grad", "g"))(slope)
    return slope


def in_pieces(slope: Op) -> Op:
    """A slope that only jumps: nothing passes through what it is taken at."""
    slope.gradient(slope.ports[1].name, "0")(lambda g: np.zeros_like(g))
    return linear(slope)


def floating(array: Any, kernel: str) -> Any:
    """The array, if its elements are floats."""
    if array.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtypes.scalar_type(array.dtype)}'")
    return array


_BITS = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}


def only_where(mask: Any, array: Any) -> Any:
    """The numbers where the mask is true, 0 elsewhere: their bits × 1 or 0. numpy's `where` takes ten times as long,
    and an infinite float × 0 would be nan."""
    bits = _BITS[array.dtype.itemsize]
    return (array.view(bits) * mask).view(array.dtype)


def either(mask: Any, x: Any, y: Any) -> Any:
    """x where the mask is true, y elsewhere, both of one dtype: the bits of y, and where they differ those of x."""
    bits = _BITS[x.dtype.itemsize]
    x_bits, y_bits = x.view(bits), y.view(bits)
    return (y_bits ^ (x_bits ^ y_bits) * mask).view(x.dtype)


def sigmoid_of(x: Any) -> Any:
    """σ of arrays, or of tensors."""
    return op_named("sigmoid").of(x)


@linear
@op("grad × (1 - result × result)", public=False)
def tanh_backward(grad: Any, result: Any) -> Any:
    """The gradient of tanh."""
    return grad * (1 - result * result)


@tanh_backward.gradient("result", "-2 × g × grad × result")
def _(g: Any, grad: Any, result: Any) -> Any:
    return -2 * g * grad * result


@linear
@op("grad × result × (1 - result)", public=False)
def sigmoid_backward(grad: Any, result: Any) -> Any:
    """The gradient of sigmoid."""
    return grad * result * (1 - result)


@sigmoid_backward.gradient("result", "g × grad × (1 - 2 × result)")
def _(g: Any, grad: Any, result: Any) -> Any:
    return g * grad * (1 - 2 * result)


@in_pieces
@op("0 if input <= threshold else grad", public=False)
def threshold_backward(grad: Any, input: Any, *, threshold: float) -> Any:
    """The gradient of threshold and relu."""
    return only_where(~(input <= threshold), grad)


@in_pieces
@op("grad if input > 0 else negative_slope × grad", public=False)
def leaky_relu_backward(grad: Any, input: Any, *, negative_slope: float) -> Any:
    """The gradient of leaky_relu."""
    return either(input > 0, grad, negative_slope * grad)


@in_pieces
@op("grad if min_val < input < max_val else 0", public=False)
def hardtanh_backward(grad: Any, input: Any, *, min_val: float, max_val: float) -> Any:
    """The gradient of hardtanh and relu6."""
    return only_where(~((input <= min_val) | (input >= max_val)), grad)


@in_pieces
@op("grad / 6 if -3 < input < 3 else 0", public=False)
def hardsigmoid_backward(grad: Any, input: Any) -> Any:
    """The gradient of hardsigmoid."""
    return only_where((input > -3) & (input < 3), grad / 6)


@linear
@op("0 if input <= -3 else grad × (input / 3 + 0.5) if input < 3 else grad", public=False)
def hardswish_backward(grad: Any, input: Any) -> Any:
    """The gradient of hardswish."""
    return only_where(~(input <= -3), either(input < 3, grad * (input / 3 + 0.5), grad))


@hardswish_backward.gradient("input", "g × grad / 3 if -3 < input < 3 else 0")
def _(g: Any, grad: Any, input: Any) -> Any:
    return np.where((input > -3) & (input < 3), g * grad / 3, 0)


@in_pieces
@op("0 if -lambd <= input <= lambd else grad", public=False)
def hardshrink_backward(grad: Any, input: Any, *, lambd: float) -> Any:
    """The gradient of hardshrink."""
    return only_where(~(np.abs(input) <= lambd), grad)


@in_pieces
@op("0 if -lambd <= input <= lambd else grad", public=False)
def softshrink_backward(grad: Any, input: Any, *, lambd: float) -> Any:
    """The gradient of softshrink."""
    return only_where(~(np.abs(input) <= lambd), grad)


@linear
@op("grad × scale × (alpha × input_scale × exp(min(0, input) × input_scale) if input <= 0 else 1)", public=False)
def elu_backward(grad: Any, input: Any, *, alpha: float, scale: float, input_scale: float) -> Any:
    """The gradient of elu, selu and celu."""
    below = np.minimum(input, 0)  # so that nothing overflows on the other side
    return either(input <= 0, grad * (scale * alpha * input_scale * np.exp(below * input_scale)), grad * scale)


@elu_backward.gradient(
    "input", "g × grad × scale × alpha × input_scale ^ 2 × exp(input × input_scale) if input < 0 else 0"
)
def _(g: Any, grad: Any, input: Any, *, alpha: float, scale: float, input_scale: float) -> Any:
    below = np.where(input < 0, input, 0)
    curve = scale * alpha * input_scale**2 * np.exp(below * input_scale)
    return np.where(input < 0, g * grad * curve, 0)


@linear
@op("grad if beta × input > threshold else grad × σ(beta × input)", public=False)
def softplus_backward(grad: Any, input: Any, *, beta: float, threshold: float) -> Any:
    """The gradient of softplus."""
    return either(input * beta > threshold, grad, grad * sigmoid_of(input * beta))


@softplus_backward.gradient("input", "0 if beta × input > threshold else g × grad × beta × σ'(beta × input)")
def _(g: Any, grad: Any, input: Any, *, beta: float, threshold: float) -> Any:
    s = sigmoid_of(input * beta)
    return np.where(input * beta > threshold, 0, g * grad * (beta * (s * (1 - s))))


@linear
@op("grad × σ(-input)", public=False)
def log_sigmoid_backward(grad: Any, input: Any) -> Any:
    """The gradient of logsigmoid."""
    return grad * sigmoid_of(-input)


@log_sigmoid_backward.gradient("input", "-g × grad × σ(input) × (1 - σ(input))")
def _(g: Any, grad: Any, input: Any) -> Any:
    return -g * grad * (sigmoid_of(input) * sigmoid_of(-input))


BEND = math.sqrt(2 / math.pi)
CUBIC = 0.044715
"""tanh(BEND × (x + CUBIC × x³)) is close to erf(x / √2)."""


@linear
@op("grad × gelu'(input)", public=False)
def gelu_backward(grad: Any, input: Any, *, approximate: str) -> Any:
    """The gradient of gelu."""
    if approximate == "tanh":
        t = np.tanh(BEND * (input + CUBIC * input**3))
        inner = BEND * (1 + 3 * CUBIC * input * input)
        return grad * (0.5 * (1 + t) + 0.5 * input * (1 - t * t) * inner)
    below = 0.5 * (1 + erf_values(input * math.sqrt(0.5)))
    return grad * (below + input * (np.exp(-0.5 * input * input) / math.sqrt(2 * math.pi)))


@gelu_backward.gradient("input", "g × grad × gelu''(input)")
def _(g: Any, grad: Any, input: Any, *, approximate: str) -> Any:
    if approximate == "tanh":
        t = np.tanh(BEND * (input + CUBIC * input * input * input))
        inner = BEND * (1 + 3 * CUBIC * input * input)
        curve = (1 - t * t) * (inner + 0.5 * input * (6 * BEND * CUBIC * input - 2 * t * inner * inner))
        return g * grad * curve
    return g * grad * ((2 - input * input) * (np.exp(-0.5 * input * input) / math.sqrt(2 * math.pi)))


def halves(x: Any, dim: int) -> tuple[Any, Any]:
    """The first and the second half along a dimension."""
    before, half = (slice(None),) * normal_dim(dim, x.ndim), x.shape[dim] // 2
    return x[(*before, slice(None, half))], x[(*before, slice(half, None))]


@op("(grad × σ(second), grad × first × σ'(second))", public=False)
def glu_backward(grad: Any, input: Any, *, dim: int) -> Any:
    """The gradient of glu, for both halves of its input."""
    first, second = halves(input, dim)
    s = sigmoid_of(second)
    return np.concatenate([grad * s, grad * first * (s * (1 - s))], dim)


@glu_backward.gradient("grad", "g₁ × σ(second) + g₂ × first × σ'(second)")
def _(g: Any, input: Any, *, dim: int) -> Any:
    (g1, g2), (first, second) = halves(g, dim), halves(input, dim)
    s = sigmoid_of(second)
    return g1 * s + g2 * first * (s * (1 - s))


@glu_backward.gradient("input", "(g₂ × grad × σ'(second), g₁ × grad × σ'(second) + g₂ × grad × first × σ''(second))")
def _(g: Any, grad: Any, input: Any, *, dim: int) -> Any:
    (g1, g2), (first, second) = halves(g, dim), halves(input, dim)
    s = sigmoid_of(second)
    steep = grad * (s * (1 - s))
    return np.concatenate([g2 * steep, steep * (g1 + g2 * first * (1 - 2 * s))], dim)


def sum_along(x: Any, dim: int) -> Any:
    """The sum along a dimension, which stays; of arrays or of tensors."""
    if x.ndim == 0:
        return x
    return add_up(x, (normal_dim(dim, x.ndim),), True) if isinstance(x, np.ndarray) else np.sum(x, dim, keepdims=True)


@linear
@op("result × (grad - sum(grad × result))", public=False)
def softmax_backward_data(grad: Any, result: Any, *, dim: int) -> Any:
    """The gradient of softmax."""
    return result * (grad - sum_along(grad * result, dim))


@softmax_backward_data.gradient("result", "g × (grad - sum(grad × result)) - grad × sum(g × result)")
def _(g: Any, grad: Any, result: Any, *, dim: int) -> Any:
    return g * (grad - sum_along(grad * result, dim)) - grad * sum_along(g * result, dim)


@op("grad - exp(result) × sum(grad)", public=False)
def log_softmax_backward_data(grad: Any, result: Any, *, dim: int) -> Any:
    """The gradient of log_softmax."""
    return grad - np.exp(result) * sum_along(grad, dim)


@log_softmax_backward_data.gradient("grad", "g - sum(g × exp(result))")
def _(g: Any, result: Any, *, dim: int) -> Any:
    return g - sum_along(g * np.exp(result), dim)


@log_softmax_backward_data.gradient("result", "-g × exp(result) × sum(grad)")
def _(g: Any, grad: Any, result: Any, *, dim: int) -> Any:
    return -g * np.exp(result) * sum_along(grad, dim)
