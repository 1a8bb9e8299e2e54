"""Losses that ask only for a margin: what is right by enough costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd import dtypes
from engine.autograd.shapes import add_up
from engine.autograd.tensor import Tensor
from engine.op import op
from engine.ops.activation.slopes import floating
from engine.ops.activation.smooth import logsigmoid
from engine.ops.arithmetic.by_number import add_number, sub_number
from engine.ops.arithmetic.choosing import clamp_min, minimum, where
from engine.ops.arithmetic.operators import add, div, mul, sub
from engine.ops.functions.powers import neg, sqrt
from engine.ops.loss.losses import check_reduction, together
from engine.ops.loss.similarity import pairwise_distance
from engine.ops.loss.slopes import SMALL, Reduction, reduced, share
from engine.ops.reduction.sums import sum

ALIASES = ("criterion", "margin", "train")


def _beside(number: float, x: Tensor) -> Tensor:
    """A number as a tensor of no dimensions, which torch makes of it before a minus."""
    return Tensor(np.asarray(number, x.array.dtype))


@op(
    "mean(input if target = 1, max(0, margin - input) if target = -1)",
    torch="torch.nn.functional.hinge_embedding_loss({input}, {target}, {margin}, reduction={reduction})",
    aliases=(*ALIASES, "hinge", "embedding", "distance"),
    composite=True,
)
def hinge_embedding_loss(input: Any, target: Any, *, margin: float = 1.0, reduction: Reduction = "mean") -> Any:
    """Makes distances small where the target is 1, and at least the margin where it is -1."""
    check_reduction(reduction)
    zeros = _beside(0, input)
    far = where(target != 1, clamp_min(sub(_beside(margin, input), input), 0), zeros)
    return together(add(far, where(target != -1, input, zeros)), reduction)


@op(
    "mean(max(0, -target × (input1 - input2) + margin))",
    torch="torch.nn.functional.margin_ranking_loss({input1}, {input2}, {target}, {margin}, reduction={reduction})",
    aliases=(*ALIASES, "ranking", "order", "pairs"),
    composite=True,
)
def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, *, margin: float = 0.0, reduction: Reduction = "mean"
) -> Any:
    """Asks that the first be larger by the margin where the target is 1, and smaller where it is -1."""
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    check_reduction(reduction)
    missing = add_number(mul(neg(target), sub(input1, input2)), number=margin)
    return together(clamp_min(missing, 0), reduction)


@op(
    "mean(1 - cos if target = 1, max(0, cos - margin) if target = -1)",
    torch="torch.nn.functional.cosine_embedding_loss({input1}, {input2}, {target}, {margin}, reduction={reduction})",
    aliases=(*ALIASES, "cosine", "similarity", "embedding"),
    composite=True,
)
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, *, margin: float = 0.0, reduction: Reduction = "mean"
) -> Any:
    """Makes vectors point the same way where the target is 1, and apart by the margin where it is -1."""
    check_reduction(reduction)
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input1.ndim != target.ndim + 1 or input2.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    squares = [add_number(sum(mul(x, x), dim=target.ndim), number=SMALL) for x in (input1, input2)]
    cosine = div(sum(mul(input1, input2), dim=target.ndim), sqrt(mul(*squares)))
    zeros = _beside(0, cosine)
    same = where(target == 1, sub(_beside(1, cosine), cosine), zeros)
    apart = where(target == -1, clamp_min(sub_number(cosine, number=margin), 0), zeros)
    return together(add(same, apart), reduction)


@op(
    "mean(max(0, margin + ||anchor - positive|| - ||anchor - negative||))",
    torch="torch.nn.functional.triplet_margin_loss({anchor}, {positive}, {negative}, {margin}, {p}, {eps}, {swap}, "
    "reduction={reduction})",
    aliases=(*ALIASES, "triplet", "embedding", "distance", "face"),
    composite=True,
)
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Any:
    """Asks that the anchor be nearer to the positive example than to the negative one, by the margin."""
    check_reduction(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    dims = [x.ndim for x in (anchor, positive, negative)]
    if len(set(dims)) > 1:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {dims[0]}D, positive {dims[1]}D, and negative {dims[2]}D inputs"
        )
    near = pairwise_distance(anchor, positive, p=p, eps=eps)
    far = pairwise_distance(anchor, negative, p=p, eps=eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p=p, eps=eps))
    return together(clamp_min(sub(add_number(near, number=margin), far), 0), reduction)


def _require_vector_or_matrix(input: Any) -> None:
    if input.ndim > 2 or (input.ndim and input.shape[-1] == 0):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )


def _rows(input: Any) -> Any:
    """A row of scores for each example."""
    return input.reshape(-1, input.shape[-1] if input.ndim else 1)


def _missing(input: Any, target: Any, margin: float) -> tuple[Any, Any]:
    """How much each other class misses of the margin below the right one; and which is the right one."""
    rows, right = _rows(input), np.reshape(np.asarray(target), (-1, 1))
    is_right = right == np.arange(rows.shape[1])
    return np.where(is_right, 0, margin - np.take_along_axis(rows, right, 1) + rows), is_right


def _shares(weight: Any, target: Any, classes: int) -> Any:
    """What each example counts in the loss of each class."""
    return 1 / classes if weight is None else np.asarray(weight)[np.reshape(np.asarray(target), (-1, 1))] / classes


@op(
    "mean(sum(max(0, margin - input[target] + input) ^ p) / C)",
    torch="torch.nn.functional.multi_margin_loss({input}, {target}, {p}, {margin}, {weight}, reduction={reduction})",
    aliases=(*ALIASES, "hinge", "SVM", "classification"),
)
def multi_margin_loss(
    input: Any, target: Any, weight: Any = None, *, p: int = 1, margin: float = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Asks that the score of the right class be above all others by the margin."""
    check_reduction(reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    _require_classes(floating(input, "multi_margin_loss_cpu_kernel"), target, weight)
    missing, is_right = _missing(input, target, margin)
    loss = add_up(np.maximum(missing, 0) ** p * _shares(weight, target, is_right.shape[1]), (1,))
    return reduced(loss if input.ndim == 2 else loss[0], reduction).astype(input.dtype, copy=False)


def _require_classes(input: Any, target: Any, weight: Any) -> None:
    _require_vector_or_matrix(input)
    count, classes = _rows(input).shape if input.size else (input.shape[0], input.shape[1])
    if target.ndim > 1 or target.size != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{count}], but got {list(target.shape)}. Input has shape {list(input.shape)}."
        )
    if weight is not None and weight.size != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if target.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {dtypes.scalar_type(target.dtype)}")
    if np.any((target < 0) | (target >= classes)):
        raise RuntimeError("target out of range")


@multi_margin_loss.gradient("input", "g × weight[target] × p × missing ^ (p - 1) / C / N, taken from the right class")
def _(g: Any, input: Any, target: Any, weight: Any, *, p: int, margin: float, reduction: str) -> Any:
    missing, is_right = _missing(input, target, margin)
    each = share(g.reshape(-1, 1), reduction, (len(is_right), 1)) * _shares(weight, target, is_right.shape[1])
    steep = each * np.where(missing > 0, 2 * missing if p == 2 else np.ones_like(missing), 0)
    return (steep - is_right * np.sum(steep, axis=1, keepdims=True)).reshape(input.shape)


@op(
    "mean(sum(max(0, 1 - input[target] + input[others])) / C)",
    torch="torch.nn.functional.multilabel_margin_loss({input}, {target}, reduction={reduction})",
    aliases=(*ALIASES, "hinge", "several labels", "classification"),
)
def multilabel_margin_loss(input: Any, target: Any, *, reduction: Reduction = "mean") -> Any:
    """Asks that the scores of all right classes be above all others by 1. The target lists them, up to the first -1."""
    check_reduction(reduction)
    floating(input, "multilabel_margin_loss_forward_out_frame")
    _require_vector_or_matrix(input)
    if input.shape != target.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    missing, counts = _pairs(input, target)
    loss = add_up(np.maximum(missing, 0) * counts, (1, 2)) / counts.shape[1]
    return reduced(loss if input.ndim == 2 else loss[0], reduction).astype(input.dtype, copy=False)


def _pairs(input: Any, target: Any) -> tuple[Any, Any]:
    """For each class and each other (last) how much that one misses below it, and how often this pair counts: as often
    as the one is listed, if the other is not."""
    rows, listed = _rows(input), _rows(np.asarray(target))
    valid = np.cumsum(listed < 0, 1) == 0
    times: Any = np.sum((listed[:, :, None] == np.arange(rows.shape[1])) & valid[:, :, None], 1, np.int16)
    return 1 - rows[:, :, None] + rows[:, None, :], times[:, :, None] * (times == 0)[:, None, :]


@multilabel_margin_loss.gradient("input", "g / C / N for each pair that misses the margin")
def _(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    missing, counts = _pairs(input, target)
    misses = counts * (missing > 0)
    each = share(g.reshape(-1, 1), reduction, (len(counts), 1)) / counts.shape[1]
    return (each * (np.sum(misses, axis=1) - np.sum(misses, axis=2))).reshape(input.shape)


@op(
    "-mean(target × ln(σ(input)) + (1 - target) × ln(σ(-input)))",
    torch="torch.nn.functional.multilabel_soft_margin_loss({input}, {target}, {weight}, reduction={reduction})",
    aliases=("criterion", "train", "several labels", "logistic", "classification"),
    composite=True,
)
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, *, reduction: Reduction = "mean") -> Any:
    """A logistic loss for each of several labels that may all be right or wrong."""
    if input.ndim == 0:
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    right = mul(target, logsigmoid(input))
    wrong = mul(sub(1, target), logsigmoid(neg(input)))
    loss = neg(add(right, wrong))
    if weight is not None:
        loss = mul(loss, weight)
    loss = div(sum(loss, dim=input.ndim - 1), input.shape[-1])
    check_reduction(reduction, "{} is not valid")
    return together(loss, reduction)
