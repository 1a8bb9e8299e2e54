"""How `torch.nn.functional` calls the losses: the arguments that `reduction` replaced, and sizes that differ."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from engine.autograd.shapes import broadcast
from engine.autograd.tensor import Tensor
from engine.op import Op, spelled
from engine.ops.arithmetic.operators import div, mul, pow, sub
from engine.ops.functions.powers import abs as absolute
from engine.ops.loss import losses as loss
from engine.ops.loss import margin
from engine.ops.loss.classes import refuse_gradient
from engine.ops.reduction.sums import sum
from engine.ops.shape.reshape import expand

OLD = "size_average reduce reduction"
"""What stands in the place where `reduction` now would."""


def _reduction(size_average: bool | None, reduce: bool | None) -> str:
    """The reduction that the old arguments mean."""
    found = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.", stacklevel=3
    )
    return found


def called_as(name: str, order: str) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Let a loss be called as torch's function `name`, with its arguments in this order."""
    names = order.split()

    def declare(compute: Callable[..., Tensor]) -> Callable[..., Tensor]:
        def function(*args: Any, **kwargs: Any) -> Tensor:
            if len(args) == 2 and not kwargs:  # a prediction and a target, and all else as usual
                return compute(*args)
            if len(args) > len(names):
                raise TypeError(f"{name}() takes {len(names)} positional arguments but {len(args)} were given")
            for each, value in zip(names, args, strict=False):
                if each in kwargs:
                    raise TypeError(f"{name}() got multiple values for argument '{each}'")
                kwargs[each] = value
            if "size_average" in names:
                old = kwargs.pop("size_average", None), kwargs.pop("reduce", None)
                if old != (None, None):
                    kwargs["reduction"] = _reduction(*old)
            return compute(**kwargs)

        function.__name__ = function.__qualname__ = name
        spelled(f"torch.nn.functional.{name}")(function)
        return compute

    return declare


def _size(tensor: Tensor) -> str:
    return f"torch.Size({list(tensor.size())})"


def _of_one_size(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the shape in which they meet, with torch's warning where they have to be expanded."""
    if input.size() == target.size():
        return input, target
    warnings.warn(
        f"Using a target size ({_size(target)}) that is different to the input size ({_size(input)}). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=4,
    )
    size = broadcast(tuple(input.shape), tuple(target.shape))
    both = [x if tuple(x.shape) == size else expand(x, size=size) for x in (input, target)]
    return both[0], both[1]


def _weigh(errors: Tensor, weight: Tensor, input: Tensor, reduction: str) -> Tensor:
    """A weighted loss; its mean is that of the weights too."""
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    weighted = mul(errors, weight)
    if reduction == "none":
        return weighted
    return div(sum(weighted), sum(weight)) if reduction == "mean" else sum(weighted)


@called_as("mse_loss", f"input target {OLD} weight")
def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """The mean squared error."""
    prediction, truth = _of_one_size(input, target)
    if weight is not None:
        return _weigh(pow(sub(prediction, truth), 2), weight, input, reduction)
    return loss.mse_loss(prediction, truth, reduction=reduction)


@called_as("l1_loss", f"input target {OLD} weight")
def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
    """The mean absolute error."""
    prediction, truth = _of_one_size(input, target)
    if weight is not None:
        return _weigh(absolute(sub(prediction, truth)), weight, input, reduction)
    return loss.l1_loss(prediction, truth, reduction=reduction)


@called_as("smooth_l1_loss", f"input target {OLD} beta")
def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Squares for small differences."""
    prediction, truth = _of_one_size(input, target)
    if beta == 0:
        return loss.l1_loss(prediction, truth, reduction=reduction)
    return loss.smooth_l1_loss(prediction, truth, reduction=reduction, beta=beta)


@called_as("huber_loss", "input target reduction delta weight")
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Squares up to delta."""
    prediction, truth = _of_one_size(input, target)
    if weight is None:
        return loss.huber_loss(prediction, truth, reduction=reduction, delta=delta)
    errors = _weigh(loss.huber_loss(prediction, truth, reduction="none", delta=delta), weight, input, "none")
    return loss.together(errors, reduction)


@called_as("binary_cross_entropy", f"input target weight {OLD}")
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean"
) -> Tensor:
    """The cross entropy of probabilities of two classes."""
    if weight is not None:
        refuse_gradient("binary_cross_entropy", "weight", weight)
        weight = expand(weight, size=broadcast(tuple(target.shape), tuple(weight.shape)))
    return loss.binary_cross_entropy(input, target, weight, reduction=reduction)


@called_as("binary_cross_entropy_with_logits", f"input target weight {OLD} pos_weight")
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The cross entropy of scores of two classes."""
    for name, each in (("weight", weight), ("pos_weight", pos_weight)):
        refuse_gradient("binary_cross_entropy_with_logits", name, each)
    return loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction=reduction)


@called_as("kl_div", f"input target {OLD} log_target")
def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """The divergence from the target distribution."""
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release.",
            stacklevel=3,
        )
    return loss.kl_div(input, target, reduction=reduction, log_target=log_target)


@called_as("gaussian_nll_loss", "input target var full eps reduction")
def gaussian_nll_loss(input: Tensor, target: Tensor, var: Any, **params: Any) -> Tensor:
    """The loss of a normal distribution; the variance may be one number."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = Tensor(input.array * 0 + input.array.dtype.type(var))
    return loss.gaussian_nll_loss(input, target, var, **params)


@called_as("multi_margin_loss", f"input target p margin weight {OLD}")
def multi_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, **params: Any) -> Tensor:
    """The hinge loss of many classes."""
    refuse_gradient("multi_margin_loss", "weight", weight)
    return margin.multi_margin_loss(input, target, weight, **params)


ORDERS: dict[Op, str] = {
    loss.nll_loss: "input target weight size_average ignore_index reduce reduction",
    loss.cross_entropy: "input target weight size_average ignore_index reduce reduction label_smoothing",
    loss.soft_margin_loss: f"input target {OLD}",
    loss.poisson_nll_loss: "input target log_input full size_average eps reduce reduction",
    margin.hinge_embedding_loss: f"input target margin {OLD}",
    margin.margin_ranking_loss: f"input1 input2 target margin {OLD}",
    margin.cosine_embedding_loss: f"input1 input2 target margin {OLD}",
    margin.triplet_margin_loss: f"anchor positive negative margin p eps swap {OLD}",
    margin.multilabel_margin_loss: f"input target {OLD}",
    margin.multilabel_soft_margin_loss: f"input target weight {OLD}",
}
"""Losses of which nothing else differs."""

for _loss, _order in ORDERS.items():
    called_as(_loss.name, _order)(_loss)
