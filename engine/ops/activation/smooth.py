"""The bends between the layers of a network."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from engine.autograd import rng
from engine.autograd.shapes import normal_dim
from engine.autograd.tensor import Tensor
from engine.op import Seed, op
from engine.ops.activation import slopes
from engine.ops.activation.slopes import either, floating
from engine.ops.arithmetic.operators import add, div, sub
from engine.ops.functions.erf import erf_values
from engine.ops.functions.powers import abs as absolute
from engine.ops.shape.reshape import reshape


@op(
    "tanh(input)",
    also=("torch.nn.functional.tanh",),
    aliases=("hyperbolic tangent", "activation", "squash"),
    promote="float",
    kernel=np.tanh,
)
def tanh(input: Any) -> Any:
    """Squashes every element into (-1, 1). Far from 0 its slope vanishes."""
    return np.tanh(input)


tanh.gradient("input", "g × (1 - output × output)")(slopes.tanh_backward)


@op(
    "σ(input)",
    also=("torch.nn.functional.sigmoid", "torch.special.expit"),
    aliases=("logistic", "σ", "activation", "squash", "expit"),
    promote="float",
)
def sigmoid(input: Any) -> Any:
    """Squashes every element into (0, 1). Its slope is never more than a quarter."""
    return 1 / (1 + np.exp(-input))  # for large negative inputs exp is inf and the result 0, as it should be


sigmoid.gradient("input", "g × output × (1 - output)")(slopes.sigmoid_backward)


@op(
    "max(0, input)",
    torch="torch.relu({input})",
    also=("torch.nn.functional.relu",),
    aliases=("rectifier", "ramp", "activation", "max(0, x)"),
)
def relu(input: Any) -> Any:
    """Keeps what is positive and turns the rest into 0. Where it gives 0 it lets no gradient through."""
    if input.dtype == np.bool_:
        raise RuntimeError("Boolean inputs not supported for relu")
    floor = np.zeros(input.shape, input.dtype) if input.size > 1000 else 0  # numpy takes twice as long with a number
    return np.maximum(floor, input)  # in this order -0 stays -0, as in torch


@relu.gradient("input", "0 if output <= 0 else g")
def _(g: Any, output: Any) -> Any:
    return slopes.threshold_backward.of(g, output, threshold=0)


@op(
    "input if input > 0 else negative_slope × input",
    torch="torch.nn.functional.leaky_relu({input}, {negative_slope})",
    aliases=("rectifier", "activation", "leak"),
)
def leaky_relu(input: Any, *, negative_slope: float = 0.01) -> Any:
    """Like relu, but lets a little of the negative side through."""
    return either(floating(input, "leaky_relu_cpu") > 0, input, negative_slope * input)


leaky_relu.gradient("input", "g if input > 0 else negative_slope × g")(slopes.leaky_relu_backward)


@op(
    "input if input > 0 else weight × input",
    also=("torch.nn.functional.prelu",),
    aliases=("rectifier", "activation", "learned slope"),
    composite=True,
)
def prelu(input: Any, weight: Any) -> Any:
    """Like leaky_relu, with a slope that is learned: one for all, or one for each channel (dimension 1)."""
    if input.dtype is not weight.dtype:
        kinds = input.dtype.type_name, weight.dtype.type_name
        raise RuntimeError(f"prelu: Type promoting not supported. Got {kinds[0]} and {kinds[1]}")
    if weight.numel() != 1:
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if input.ndim > 1 else 1
        if channels != weight.numel():
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} "
                f"and channel size = {channels}."
            )
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if input.ndim != weight.ndim:
        weight = reshape(weight, shape=[weight.numel() if d == 1 else 1 for d in range(input.ndim)])
    return prelu_kernel(input, weight)


@prelu.gradient("input", "g if input > 0 else weight × g")
def _(g: Any, input: Any, weight: Any) -> Any:
    return np.where(input > 0, g, weight * g)


@prelu.gradient("weight", "0 if input > 0 else g × input")
def _(g: Any, input: Any) -> Any:
    return np.where(input > 0, 0, g * input)


@op("input if input > 0 else weight × input", public=False)
def prelu_kernel(input: Any, weight: Any) -> Any:
    """prelu, once the slopes have the input's dimensions."""
    return either(floating(input, "prelu_cpu") > 0, input, weight * input)


prelu_kernel.gradient("input", "g if input > 0 else weight × g")(prelu.gradients["input"].function)
prelu_kernel.gradient("weight", "0 if input > 0 else g × input")(prelu.gradients["weight"].function)


@op(
    "input if input > 0 else (lower + upper) / 2 × input",
    torch="torch.nn.functional.rrelu({input}, {lower}, {upper}, {training})",
    also=("torch.rrelu",),
    order=("input", "lower", "upper", "training"),
    aliases=("rectifier", "activation", "random slope"),
    grad_fn="RreluWithNoiseBackward0",
    composite=True,
)
def rrelu(input: Any, *, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, seed: Seed = None) -> Any:
    """Like leaky_relu; in training the slope of every element is drawn between two bounds, else it is their middle."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    x = floating(input.array, "rrelu_with_noise_out_cpu")
    noise = np.full(x.shape, (lower + upper) / 2, x.dtype)
    if training:
        noise[x <= 0] = rng.generator(seed).uniform(
            (int(np.count_nonzero(x <= 0)),), np.dtype(np.float64), lower, upper
        )
    noise[x > 0] = 1
    return rrelu_with_noise(input, Tensor(noise))


@rrelu.gradient("input", "g if input > 0 else (lower + upper) / 2 × g")
def _(g: Any, input: Any, *, lower: float, upper: float) -> Any:
    return np.where(input > 0, g, (lower + upper) / 2 * g)


@op("input × noise", public=False)
def rrelu_with_noise(input: Any, noise: Any) -> Any:
    """Every element times the slope that was drawn for it."""
    return input * noise


@rrelu_with_noise.gradient("input", "g × noise")
def _(g: Any, noise: Any) -> Any:
    return g * noise


def _elu(input: Any, alpha: float, scale: float, input_scale: float) -> Any:
    """elu and its kin; nothing overflows on the side that is not taken."""
    below = np.expm1(np.minimum(floating(input, "elu_cpu"), 0) * input_scale)
    return either(input > 0, scale * input, scale * alpha * below)


@op(
    "input if input > 0 else alpha × (exp(input) - 1)",
    torch="torch.nn.functional.elu({input}, {alpha})",
    aliases=("exponential linear", "activation", "rectifier"),
)
def elu(input: Any, *, alpha: float = 1.0) -> Any:
    """Like relu, but bends smoothly down to -alpha on the negative side."""
    return _elu(input, alpha, 1, 1)


@elu.gradient("input", "g if input > 0 else g × alpha × exp(input)")
def _(g: Any, input: Any, *, alpha: float) -> Any:
    return slopes.elu_backward.of(g, input, alpha=alpha, scale=1, input_scale=1)


@op(
    "input if input > 0 else alpha × (exp(input / alpha) - 1)",
    also=("torch.nn.functional.celu",),
    aliases=("exponential linear", "activation", "rectifier"),
)
def celu(input: Any, *, alpha: float = 1.0) -> Any:
    """Like elu, with a slope that has no jump at 0 whatever alpha is."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu(input, alpha, 1, 1 / alpha)


@celu.gradient("input", "g if input > 0 else g × exp(input / alpha)")
def _(g: Any, input: Any, *, alpha: float) -> Any:
    return slopes.elu_backward.of(g, input, alpha=alpha, scale=1, input_scale=1 / alpha)


SELU = {"alpha": 1.6732632423543772, "scale": 1.0507009873554805, "input_scale": 1.0}


@op(
    "1.0507 × (input if input > 0 else 1.6733 × (exp(input) - 1))",
    also=("torch.nn.functional.selu",),
    aliases=("self normalizing", "activation", "rectifier"),
    grad_fn="EluBackward0",
)
def selu(input: Any) -> Any:
    """An elu with the two constants that keep mean 0 and variance 1 from layer to layer."""
    return _elu(input, **SELU)


@selu.gradient("input", "1.0507 × (g if input > 0 else 1.6733 × g × exp(input))")
def _(g: Any, input: Any) -> Any:
    return slopes.elu_backward.of(g, input, **SELU)


@op(
    "input × Φ(input)",
    torch="torch.nn.functional.gelu({input}, approximate={approximate})",
    aliases=("gaussian", "transformer", "activation", "smooth relu"),
)
def gelu(input: Any, *, approximate: Literal["none", "tanh"] = "none") -> Any:
    """Weighs every element by the share of the normal distribution below it: a smooth relu."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    floating(input, "GeluKernelImpl")
    if approximate == "tanh":
        return 0.5 * input * (1 + np.tanh(slopes.BEND * (input + slopes.CUBIC * input * input * input)))
    return input * (0.5 * (1 + erf_values(input * math.sqrt(0.5))))


gelu.gradient("input", "g × (Φ(input) + input × φ(input))")(slopes.gelu_backward)


@op(
    "input × σ(input)",
    torch="torch.nn.functional.silu({input})",
    aliases=("swish", "activation", "smooth relu"),
)
def silu(input: Any) -> Any:
    """Weighs every element by its own sigmoid: a smooth relu that dips a little below 0."""
    return floating(input, "silu_cpu") / (1 + np.exp(-input))


@silu.gradient("input", "g × σ(input) × (1 + input × (1 - σ(input)))")
def _(g: Any, input: Any) -> Any:
    s = sigmoid.of(input)
    return g * (s * (1 + input * (1 - s)))


def _tanh_of_softplus(x: Any) -> Any:
    """tanh(ln(1 + exp(x))) in one exponential; from 20 on it is 1."""
    e = np.exp(np.minimum(x, 20))
    return e * (e + 2) / (e * (e + 2) + 2)


@op(
    "input × tanh(softplus(input))",
    torch="torch.nn.functional.mish({input})",
    aliases=("activation", "smooth relu"),
)
def mish(input: Any) -> Any:
    """A smooth relu that dips a little below 0, like silu."""
    return floating(input, "mish_cpu") * _tanh_of_softplus(input)


@mish.gradient("input", "g × (t + input × σ(input) × (1 - t × t)) with t = tanh(softplus(input))")
def _(g: Any, input: Any) -> Any:
    t = _tanh_of_softplus(input)
    return g * (t + input * sigmoid.of(input) * (1 - t * t))


@op(
    "ln(1 + exp(beta × input)) / beta",
    torch="torch.nn.functional.softplus({input}, {beta}, {threshold})",
    aliases=("smooth relu", "activation", "log(1 + exp(x))"),
)
def softplus(input: Any, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """A smooth relu that is positive everywhere. Beyond the threshold it is the input itself."""
    x = floating(input, "softplus_cpu") * beta
    return either(x > threshold, input, (np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))) / beta)


softplus.gradient("input", "g if beta × input > threshold else g × σ(beta × input)")(slopes.softplus_backward)


@op(
    "ln(σ(input))",
    torch="torch.nn.functional.logsigmoid({input})",
    aliases=("log probability", "activation"),
    grad_fn="LogSigmoidBackward0",
)
def logsigmoid(input: Any) -> Any:
    """The logarithm of the sigmoid, computed so that it stays finite far below 0."""
    return np.minimum(floating(input, "log_sigmoid_cpu"), 0) - np.log1p(np.exp(-np.abs(input)))


logsigmoid.gradient("input", "g × σ(-input)")(slopes.log_sigmoid_backward)


@op(
    "input / (1 + |input|)",
    torch="torch.nn.functional.softsign({input})",
    aliases=("squash", "activation"),
    composite=True,
)
def softsign(input: Any) -> Any:
    """Squashes every element into (-1, 1), more slowly than tanh."""
    return div(input, add(absolute(input), 1))


@softsign.gradient("input", "g / (1 + abs(input)) ^ 2")
def _(g: Any, input: Any) -> Any:
    return g / (1 + np.abs(input)) ** 2


@op(
    "input - tanh(input)",
    torch="torch.nn.functional.tanhshrink({input})",
    aliases=("shrinkage", "activation"),
    composite=True,
)
def tanhshrink(input: Any) -> Any:
    """What tanh leaves of every element: next to nothing around 0."""
    return sub(input, tanh(input))


@tanhshrink.gradient("input", "g × tanh(input) ^ 2")
def _(g: Any, input: Any) -> Any:
    return g * np.tanh(input) ** 2


@op(
    "first half of input × σ(second half)",
    torch="torch.nn.functional.glu({input}, {dim})",
    aliases=("gate", "gated", "activation"),
)
def glu(input: Any, *, dim: int = -1) -> Any:
    """Halves the input along a dimension; one half says how much of the other passes."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    axis = normal_dim(dim, input.ndim)
    if input.shape[axis] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {input.shape[axis]}")
    first, second = slopes.halves(floating(input, "glu_cpu"), dim)
    return first * sigmoid.function(second)


glu.gradient("input", "(g × σ(second), g × first × σ'(second))")(slopes.glu_backward)
