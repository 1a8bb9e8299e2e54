"""What torch has as operations of their own for the gradients of losses: `mse_loss_backward` and its like.

Each takes the gradient that arrives, `grad`, and the inputs of the loss; it is linear in `grad`.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from engine.autograd.shapes import Sizes, add_up, broadcast
from engine.op import op
from engine.ops.activation.slopes import linear, sigmoid_of

Reduction = Literal["mean", "sum", "none"]


def reduced(loss: Any, reduction: str) -> Any:
    """The elements of a loss in one number, if so wished."""
    if reduction == "none":
        return loss
    total = add_up(loss)
    return total / total.dtype.type(loss.size) if reduction == "mean" else total


def share(g: Any, reduction: str, *sizes: Sizes) -> Any:
    """What of the gradient of a loss each of its elements gets; `sizes` are those of its inputs."""
    return g / (math.prod(np.broadcast_shapes(*sizes)) or 1) if reduction == "mean" else g


def weighted(values: Any, weight: Any) -> Any:
    """The values as they weigh; without a weight they weigh 1."""
    if weight is None:
        return values
    broadcast(tuple(values.shape), tuple(weight.shape))  # or refuse in torch's words
    return values * weight


@linear
@op("grad × 2 × (input - target) / N", public=False)
def mse_loss_backward(grad: Any, input: Any, target: Any, *, reduction: str) -> Any:
    """The gradient of mse_loss."""
    return share(grad, reduction, input.shape, target.shape) * (2 * (input - target))


@mse_loss_backward.gradient("input", "g × grad × 2 / N")
def _(g: Any, grad: Any, input_shape: Sizes, target_shape: Sizes, *, reduction: str) -> Any:
    return 2 * (g * share(grad, reduction, input_shape, target_shape))


@mse_loss_backward.gradient("target", "-g × grad × 2 / N")
def _(g: Any, grad: Any, input_shape: Sizes, target_shape: Sizes, *, reduction: str) -> Any:
    return -2 * (g * share(grad, reduction, input_shape, target_shape))


@linear
@op("grad × (input - target, kept within ±beta) / beta / N", public=False, grad_fn="SmoothL1LossBackwardBackward0")
def smooth_l1_loss_backward(grad: Any, input: Any, target: Any, *, reduction: str, beta: float) -> Any:
    """The gradient of smooth_l1_loss."""
    apart = input - target
    steep = np.clip(apart / beta, -1, 1) if beta else np.sign(apart)
    return share(grad, reduction, apart.shape) * steep


def _smooth_l1_curve(g: Any, grad: Any, input: Any, target: Any, reduction: str, beta: float) -> Any:
    inside = np.abs(input - target) < beta
    return np.where(inside, g * share(grad, reduction, input.shape, target.shape) / (beta or 1), 0)


@smooth_l1_loss_backward.gradient("input", "g × grad / beta / N if |input - target| < beta else 0")
def _(g: Any, grad: Any, input: Any, target: Any, *, reduction: str, beta: float) -> Any:
    return _smooth_l1_curve(g, grad, input, target, reduction, beta)


@smooth_l1_loss_backward.gradient("target", "-g × grad / beta / N if |input - target| < beta else 0")
def _(g: Any, grad: Any, input: Any, target: Any, *, reduction: str, beta: float) -> Any:
    return -_smooth_l1_curve(g, grad, input, target, reduction, beta)


@linear
@op("grad × (input - target, kept within ±delta) / N", public=False)
def huber_loss_backward(grad: Any, input: Any, target: Any, *, reduction: str, delta: float) -> Any:
    """The gradient of huber_loss."""
    apart = input - target
    return share(grad, reduction, apart.shape) * np.clip(apart, -delta, delta)


def _huber_curve(g: Any, grad: Any, input: Any, target: Any, reduction: str, delta: float) -> Any:
    inside = np.abs(input - target) < delta
    return np.where(inside, g * share(grad, reduction, input.shape, target.shape), 0)


@huber_loss_backward.gradient("input", "g × grad / N if |input - target| < delta else 0")
def _(g: Any, grad: Any, input: Any, target: Any, *, reduction: str, delta: float) -> Any:
    return _huber_curve(g, grad, input, target, reduction, delta)


@huber_loss_backward.gradient("target", "-g × grad / N if |input - target| < delta else 0")
def _(g: Any, grad: Any, input: Any, target: Any, *, reduction: str, delta: float) -> Any:
    return -_huber_curve(g, grad, input, target, reduction, delta)


@linear
@op("-grad × target × σ(-target × input) / N", public=False)
def soft_margin_loss_backward(grad: Any, input: Any, target: Any, *, reduction: str) -> Any:
    """The gradient of soft_margin_loss."""
    return -share(grad, reduction, input.shape, target.shape) * target * sigmoid_of(-target * input)


@soft_margin_loss_backward.gradient("input", "g × grad × target ^ 2 × σ'(target × input) / N")
def _(g: Any, grad: Any, input: Any, target: Any, *, reduction: str) -> Any:
    steep = sigmoid_of(target * input) * sigmoid_of(-target * input)
    return g * share(grad, reduction, input.shape, target.shape) * (target * target * steep)


SMALL = float(np.float32(1e-12))
"""What losses divide by at least; torch writes it as a float of 32 bits."""


@linear
@op("grad × weight × (input - target) / (input × (1 - input)) / N", public=False)
def binary_cross_entropy_backward(grad: Any, input: Any, target: Any, weight: Any = None, *, reduction: str) -> Any:
    """The gradient of binary_cross_entropy."""
    steep = (input - target) / np.maximum((1 - input) * input, SMALL)
    return weighted(share(grad, reduction, input.shape) * steep, weight)


@binary_cross_entropy_backward.gradient(
    "input", "g × grad × weight × (input × input - 2 × input × target + target) / (input × (1 - input)) ^ 2 / N"
)
def _(g: Any, grad: Any, input: Any, target: Any, weight: Any, *, reduction: str) -> Any:
    above, below = input + SMALL, 1 - input + SMALL
    curve = (input * input - 2 * input * target + target) / (above * above * below * below)
    return weighted(g * share(grad, reduction, input.shape) * curve, weight)


@binary_cross_entropy_backward.gradient("target", "-g × grad × weight / (input × (1 - input)) / N")
def _(g: Any, grad: Any, input: Any, weight: Any, *, reduction: str) -> Any:
    return weighted(-g * share(grad, reduction, input.shape) / (input * (1 - input)), weight)


def plain(target: Any, weight: Any, shape: Sizes, ignore_index: int) -> bool:
    """Has every row a class of its own, and do all weigh the same? Most often it is so."""
    if weight is not None or len(shape) != 2 or 0 <= ignore_index < shape[1] or not target.size:
        return False
    as_unsigned = target.view(f"u{target.itemsize}")  # so that a negative number is large
    return bool(np.maximum.reduce(as_unsigned) < shape[1])


def chosen(target: Any, weight: Any, shape: Sizes, ignore_index: int, dtype: Any) -> tuple[Any, Any, Any]:
    """The class of every example, 0 where it is ignored; which are not; and how much each weighs.

    IndexError for a class that scores of this shape do not have."""
    count = shape[0] if len(shape) == 1 else shape[1]
    target = np.asarray(target)
    kept = target != ignore_index
    wrong = target[kept & ((target < 0) | (target >= count))]
    if wrong.size:
        raise IndexError(f"Target {wrong[0]} is out of bounds.")
    index = np.where(kept, target, 0)
    weights = kept if weight is None else np.where(kept, weight[index], 0)
    return index, kept, weights.astype(dtype)


@op(
    "-weight[target] × input[target] / sum(weight[target])",
    public=False,
    grad_fn="NllLossBackward0",
    overloads={"spatial": "NllLoss2DBackward0"},
)
def nll_loss_forward(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int, reduction: str, spatial: bool = False
) -> Any:
    """The negative of the score that each example gives to its class."""
    if plain(target, weight, input.shape, ignore_index):
        found = input[np.arange(len(target)), target]
        if reduction == "none":
            return -found
        total = -add_up(found)
        return total / total.dtype.type(len(found)) if reduction == "mean" else total
    index, kept, weights = chosen(target, weight, input.shape, ignore_index, input.dtype)
    if input.ndim == 1:
        index, kept, weights = index.reshape(()), kept.reshape(()), weights.reshape(())
        found = input[index]
    else:
        found = np.take_along_axis(input, np.expand_dims(index, 1), 1)[:, 0]
    loss = np.where(kept, -found * weights, 0)
    if reduction == "none":
        return loss
    return add_up(loss) / add_up(weights) if reduction == "mean" else add_up(loss)


@nll_loss_forward.gradient("input", "-g × weight[target] / sum(weight[target]) at the target, 0 elsewhere")
@op(
    "-grad × weight[target] / sum(weight[target]) at the target, 0 elsewhere",
    public=False,
    overloads={"spatial": "NllLoss2DBackwardBackward0"},
    grad_fn="NllLossBackwardBackward0",
)
def nll_loss_backward(
    grad: Any,
    target: Any,
    weight: Any = None,
    *,
    input_shape: Sizes,
    ignore_index: int,
    reduction: str,
    spatial: bool = False,
) -> Any:
    """The gradient of nll_loss."""
    if plain(target, weight, input_shape, ignore_index):
        result = np.zeros(input_shape, grad.dtype)
        result[np.arange(len(target)), target] = -grad / (len(target) if reduction == "mean" else 1)
        return result
    index, kept, weights = chosen(target, weight, input_shape, ignore_index, grad.dtype)
    steep = np.where(kept, -(grad / add_up(weights) if reduction == "mean" else grad) * weights, 0)
    result = np.zeros(input_shape, grad.dtype)
    if len(input_shape) == 1:
        result[index] = steep
    else:
        np.put_along_axis(result, np.expand_dims(index, 1), np.expand_dims(steep, 1), 1)
    return result


@nll_loss_backward.gradient("grad", "-weight[target] × g[target] / sum(weight[target])")
def _(g: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str, spatial: bool) -> Any:
    settings = {"ignore_index": ignore_index, "reduction": reduction, "spatial": spatial}
    return nll_loss_forward.of(g, target, weight, **settings)
