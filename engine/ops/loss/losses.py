"""How wrong a prediction is, in one number: what training makes small."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import Size, Sizes
from engine.op import op
from engine.ops.activation.slopes import either, floating, log_softmax_backward_data
from engine.ops.activation.smooth import logsigmoid, sigmoid, softplus
from engine.ops.activation.softmax import log_softmax
from engine.ops.arithmetic.by_number import add_number, mul_number
from engine.ops.arithmetic.choosing import masked_fill
from engine.ops.arithmetic.operators import add, div, mul, pow, sub
from engine.ops.arithmetic.pairs import xlogy
from engine.ops.functions.powers import abs as absolute
from engine.ops.functions.powers import exp, log
from engine.ops.loss import slopes as loss_slopes
from engine.ops.loss.classes import check_images, check_rows, class_dim, of_probabilities, smooth
from engine.ops.loss.slopes import Reduction, reduced, share, weighted
from engine.ops.reduction.sums import mean, sum
from engine.ops.shape.reshape import clone, unsqueeze, view

TARGET = ("criterion", "error", "objective", "train")


def check_reduction(reduction: str, text: str = "{} is not a valid value for reduction") -> None:
    """ValueError for what is no way to put the elements of a loss together."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(text.format(reduction))


def together(loss: Any, reduction: str) -> Any:
    """The elements of a loss, which are tensors, in one number, if so wished."""
    check_reduction(reduction)
    return {"mean": mean, "sum": sum}[reduction](loss) if reduction != "none" else loss


@op(
    "mean((input - target) ^ 2)",
    torch="torch.nn.functional.mse_loss({input}, {target}, reduction={reduction})",
    aliases=(*TARGET, "mean squared error", "L2", "regression", "least squares"),
    promote="common",
)
def mse_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """The mean squared error: the average of the squared differences between prediction and target."""
    check_reduction(reduction)
    apart = floating(input, "mse_cpu") - target
    return reduced(apart * apart, reduction)


mse_loss.gradient("input", "g × 2 × (input - target) / N")(loss_slopes.mse_loss_backward)


@mse_loss.gradient("target", "-g × 2 × (input - target) / N")
def _(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    return loss_slopes.mse_loss_backward.of(g, target, input, reduction=reduction)


@op(
    "mean(|input - target|)",
    torch="torch.nn.functional.l1_loss({input}, {target}, reduction={reduction})",
    aliases=(*TARGET, "mean absolute error", "MAE", "L1", "regression"),
    composite=True,
)
def l1_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """The mean absolute error: outliers weigh less than with squares."""
    check_reduction(reduction)
    return together(absolute(sub(input, target)), reduction)


@l1_loss.gradient("input", "g × sign(input - target) / N")
def _(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    return share(g, reduction, input.shape, target.shape) * np.sign(input - target)


@l1_loss.gradient("target", "-g × sign(input - target) / N")
def _(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    return -share(g, reduction, input.shape, target.shape) * np.sign(input - target)


@op(
    "mean(d ^ 2 / (2 × beta) if |d| < beta else |d| - beta / 2) with d = input - target",
    torch="torch.nn.functional.smooth_l1_loss({input}, {target}, reduction={reduction}, beta={beta})",
    aliases=(*TARGET, "huber", "regression", "robust"),
    promote="common",
    grad_fn="SmoothL1LossBackward0",
)
def smooth_l1_loss(input: Any, target: Any, *, reduction: Reduction = "mean", beta: float = 1.0) -> Any:
    """Squares small differences and takes large ones as they are: smooth at 0, and calm about outliers."""
    check_reduction(reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    size = np.abs(floating(input, "smooth_l1_cpu") - target)
    return reduced(either(size < beta, 0.5 * size * size / (beta or 1), size - 0.5 * beta), reduction)


smooth_l1_loss.gradient("input", "g × (input - target, kept within ±beta) / beta / N")(
    loss_slopes.smooth_l1_loss_backward
)


@smooth_l1_loss.gradient("target", "-g × (input - target, kept within ±beta) / beta / N")
def _(g: Any, input: Any, target: Any, *, reduction: str, beta: float) -> Any:
    return loss_slopes.smooth_l1_loss_backward.of(g, target, input, reduction=reduction, beta=beta)


@op(
    "mean(d ^ 2 / 2 if |d| < delta else delta × (|d| - delta / 2)) with d = input - target",
    torch="torch.nn.functional.huber_loss({input}, {target}, {reduction}, {delta})",
    aliases=(*TARGET, "smooth l1", "regression", "robust"),
    promote="common",
)
def huber_loss(input: Any, target: Any, *, reduction: Reduction = "mean", delta: float = 1.0) -> Any:
    """Squares differences up to delta; beyond, the loss goes on straight."""
    check_reduction(reduction)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    size = np.abs(floating(input, "huber_cpu") - target)
    return reduced(either(size < delta, 0.5 * size * size, delta * (size - 0.5 * delta)), reduction)


huber_loss.gradient("input", "g × (input - target, kept within ±delta) / N")(loss_slopes.huber_loss_backward)


@huber_loss.gradient("target", "-g × (input - target, kept within ±delta) / N")
def _(g: Any, input: Any, target: Any, *, reduction: str, delta: float) -> Any:
    return loss_slopes.huber_loss_backward.of(g, target, input, reduction=reduction, delta=delta)


@op(
    "mean(ln(1 + exp(-target × input)))",
    torch="torch.nn.functional.soft_margin_loss({input}, {target}, reduction={reduction})",
    aliases=(*TARGET, "logistic", "classification"),
    promote="common",
)
def soft_margin_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """The logistic loss for two classes that are called 1 and -1."""
    check_reduction(reduction)
    input = floating(input, "exp_cpu")
    return reduced(softplus.function(-target * input, beta=1, threshold=math.inf), reduction)


soft_margin_loss.gradient("input", "-g × target × σ(-target × input) / N")(loss_slopes.soft_margin_loss_backward)


@op(
    "-mean(target × ln(input) + (1 - target) × ln(1 - input))",
    torch="torch.nn.functional.binary_cross_entropy({input}, {target}, {weight}, reduction={reduction})",
    aliases=(*TARGET, "BCE", "log loss", "classification", "probability"),
)
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean") -> Any:
    """How surprising two-class targets (1 or 0) are to predicted probabilities."""
    check_reduction(reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({Size(target.shape)}) that is different to the input size ({Size(input.shape)}) is "
            "deprecated. Please ensure they have the same size."
        )
    floating(input, "binary_cross_entropy")
    if input.dtype != target.dtype:
        kinds = dtypes.scalar_type(target.dtype), dtypes.scalar_type(input.dtype)
        raise RuntimeError(f"Found dtype {kinds[0]} but expected {kinds[1]}")
    for name, values in (("input", input), ("target", target)):
        if not np.all((values >= 0) & (values <= 1)):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    ones, zeros = (np.maximum(values, -100) for values in (np.log(input), np.log1p(-input)))
    return reduced(weighted((target - 1) * zeros - target * ones, weight), reduction)


binary_cross_entropy.gradient("input", "g × weight × (input - target) / (input × (1 - input)) / N")(
    loss_slopes.binary_cross_entropy_backward
)


@binary_cross_entropy.gradient("target", "g × weight × (ln(1 - input) - ln(input)) / N")
def _(g: Any, input: Any, weight: Any, *, reduction: str) -> Any:
    apart = np.clip(np.log(1 - input), -100, None) - np.clip(np.log(input), -100, None)
    return weighted(share(g, reduction, input.shape) * apart, weight)


@op(
    "mean((1 - target) × input + ln(1 + exp(-input)))",
    torch="torch.nn.functional.binary_cross_entropy_with_logits({input}, {target}, {weight}, reduction={reduction}, "
    "pos_weight={pos_weight})",
    aliases=(*TARGET, "BCE", "logits", "logistic", "classification", "sigmoid"),
)
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, *, reduction: Reduction = "mean"
) -> Any:
    """A sigmoid and binary cross entropy in one, which stays exact however sure the prediction is."""
    check_reduction(reduction)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({Size(target.shape)}) must be the same as input size ({Size(input.shape)})")
    floating(input, "log_sigmoid_cpu")
    sure = logsigmoid.function(input)
    positive = sure if pos_weight is None else (1 + (pos_weight - 1) * target) * sure
    return reduced(weighted((1 - target) * input - positive, weight), reduction)


@binary_cross_entropy_with_logits.gradient("input", "g × weight × (σ(input) - target) / N")
def _(g: Any, input: Any, target: Any, weight: Any, pos_weight: Any, *, reduction: str) -> Any:
    s = sigmoid.of(input)
    if pos_weight is None:
        steep = s - target
    else:
        positive = pos_weight * target
        steep = (positive + 1 - target) * s - positive
    return weighted(share(g, reduction, input.shape) * steep, weight)


@binary_cross_entropy_with_logits.gradient("target", "-g × weight × input / N")
def _(g: Any, input: Any, weight: Any, pos_weight: Any, *, reduction: str) -> Any:
    apart = logsigmoid.of(-input) - weighted(logsigmoid.of(input), pos_weight)
    return weighted(share(g, reduction, input.shape) * apart, weight)


@op(
    "-mean(weight[target] × input[target])",
    torch="torch.nn.functional.nll_loss({input}, {target}, {weight}, ignore_index={ignore_index}, "
    "reduction={reduction})",
    aliases=(*TARGET, "negative log likelihood", "classification", "log softmax"),
    grad_fn="NllLossBackward0",
    composite=True,
)
def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: Reduction = "mean"
) -> Any:
    """The negative of the log-probability that the prediction gives to the right class; dimension 1 has the classes."""
    check_reduction(reduction)
    settings = {"ignore_index": ignore_index, "reduction": reduction}
    scores, classes = input.array.shape, target.array.shape
    if not scores:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(scores) > 1 and scores[:1] != classes[:1]:
        batch = classes[0] if classes else 0
        raise ValueError(f"Expected input batch_size ({scores[0]}) to match target batch_size ({batch}).")
    if len(scores) <= 2:
        check_rows(input, target, weight)
        return loss_slopes.nll_loss_forward(input, target, weight, **settings)
    if len(scores) == 4:
        check_images(input, target, weight)
        return loss_slopes.nll_loss_forward(input, target, weight, spatial=True, **settings)
    sizes = (scores[0], *scores[2:])
    if classes[1:] != scores[2:]:
        raise RuntimeError(f"Expected target size {list(sizes)}, got {list(target.shape)}")
    rest = (1, -1) if input.numel() else (0, 0)
    images = view(input.contiguous(), shape=(*scores[:2], *rest))
    targets = view(target.contiguous(), shape=(scores[0], *rest))
    check_images(images, targets, weight)
    loss = loss_slopes.nll_loss_forward(images, targets, weight, spatial=True, **settings)
    return view(loss, shape=sizes) if reduction == "none" else loss


@nll_loss.gradient("input", "-g × weight[target] / sum(weight[target]) at the target, 0 elsewhere")
def _(g: Any, input_shape: Sizes, target: Any, weight: Any, *, ignore_index: int, reduction: str) -> Any:
    settings = {"ignore_index": ignore_index, "reduction": reduction, "spatial": False}
    return loss_slopes.nll_loss_backward.of(g, target, weight, input_shape=input_shape, **settings)


@op(
    "-mean(log_softmax(input)[target])",
    torch="torch.nn.functional.cross_entropy({input}, {target}, {weight}, ignore_index={ignore_index}, "
    "reduction={reduction}, label_smoothing={label_smoothing})",
    aliases=(*TARGET, "classification", "softmax", "logits", "log loss"),
    grad_fn="NllLossBackward0",
    composite=True,
)
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """How surprising the right classes are to the softmax of the prediction. The target holds the number of the right
    class for each example, or a probability for every class."""
    check_reduction(reduction)
    soft = input.array.shape == target.array.shape
    if soft and target.array.dtype.kind != "f":
        kind = target.dtype.scalar_type
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {kind}")
    if soft and ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if soft:
        return of_probabilities(input, target, weight, reduction, label_smoothing)
    scores = log_softmax(input, dim=class_dim(input.ndim))
    loss = nll_loss.function(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing <= 0:
        return loss
    even = smooth(scores, target, weight, ignore_index, reduction)
    part = label_smoothing / input.shape[class_dim(input.ndim)]
    return add(mul_number(loss, number=1 - label_smoothing), mul_number(even, number=part))


@cross_entropy.gradient("input", "g × weight[target] × (softmax(input) - 1 at the target) / sum(weight[target])")
def _(g: Any, input: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str) -> Any:
    dim = class_dim(input.ndim)
    settings = {"ignore_index": ignore_index, "reduction": reduction, "spatial": False}
    g = loss_slopes.nll_loss_backward.of(g, target, weight, input_shape=input.shape, **settings)
    return log_softmax_backward_data.of(g, log_softmax.of(input, dim=dim), dim=dim)


@op(
    "mean(target × (ln(target) - input))",
    torch="torch.nn.functional.kl_div({input}, {target}, reduction={reduction}, log_target={log_target})",
    aliases=(*TARGET, "Kullback-Leibler", "divergence", "relative entropy", "distillation"),
    composite=True,
)
def kl_div(
    input: Any,
    target: Any,
    *,
    reduction: Literal["mean", "batchmean", "sum", "none"] = "mean",
    log_target: bool = False,
) -> Any:
    """How far a distribution is from the target distribution. The input holds log-probabilities."""
    loss = mul(exp(target), sub(target, input)) if log_target else sub(xlogy(target, target), mul(target, input))
    if reduction != "batchmean":
        return together(loss, reduction)
    total = sum(loss)
    return div(total, input.shape[0]) if input.ndim else total


@kl_div.gradient("input", "-g × target / N")
def _(g: Any, input_shape: Sizes, target: Any, *, reduction: str) -> Any:
    return -share(g, reduction, input_shape, target.shape) * target


@op(
    "mean(exp(input) - target × input)",
    torch="torch.nn.functional.poisson_nll_loss({input}, {target}, {log_input}, {full}, eps={eps}, "
    "reduction={reduction})",
    aliases=(*TARGET, "counts", "negative log likelihood", "rate"),
    composite=True,
)
def poisson_nll_loss(
    input: Any,
    target: Any,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> Any:
    """How surprising counts are if their rate is predicted. The input holds logarithms of rates, or, without log_input,
    the rates."""
    check_reduction(reduction)
    if log_input:
        loss = sub(exp(input), mul(target, input))
    else:
        loss = sub(input, mul(target, log(add_number(input, number=eps))))
    if full:
        half = mul_number(log(mul_number(target, number=2 * math.pi)), number=0.5)
        stirling = add(sub(mul(target, log(target)), target), half)
        loss = add(loss, masked_fill(stirling, target <= 1, 0))
    return together(loss, reduction)


@op(
    "mean((ln(var) + (input - target) ^ 2 / var) / 2)",
    torch="torch.nn.functional.gaussian_nll_loss({input}, {target}, {var}, {full}, {eps}, {reduction})",
    aliases=(*TARGET, "normal", "negative log likelihood", "uncertainty", "variance"),
    composite=True,
)
def gaussian_nll_loss(
    input: Any, target: Any, var: Any, *, full: bool = False, eps: float = 1e-6, reduction: Reduction = "mean"
) -> Any:
    """How surprising targets are to a normal distribution whose mean and variance are predicted."""
    if np.any(var.array < 0):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.ndim and input.shape[:-1] == var.shape:
            var = unsqueeze(var, dim=-1)
        elif not (input.ndim and var.ndim and input.shape[:-1] == var.shape[:-1] and var.shape[-1] == 1):
            raise ValueError("var is of incorrect size")
    check_reduction(reduction, "{} is not valid")
    var = clone(var)
    var.array = np.maximum(var.array, var.array.dtype.type(eps))  # as torch does, unseen by the gradient
    loss = mul(add(log(var), div(pow(sub(input, target), 2), var)), 0.5)
    if full:
        loss = add(loss, 0.5 * math.log(2 * math.pi))
    return together(loss, reduction)
