"""Scores for classes: what nll_loss and cross_entropy are made of, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.mode import is_grad_enabled
from engine.autograd.tensor import Tensor
from engine.ops.activation.slopes import floating
from engine.ops.activation.softmax import log_softmax
from engine.ops.arithmetic.by_number import add_number, div_number, mul_number
from engine.ops.arithmetic.choosing import masked_fill
from engine.ops.arithmetic.operators import div, mul
from engine.ops.functions.powers import neg
from engine.ops.reduction.sums import sum
from engine.ops.shape.reshape import view


def class_dim(ndim: int) -> int:
    """The dimension that has the classes."""
    return 0 if ndim < 2 else 1


def refuse_gradient(function: str, name: str, tensor: Any) -> None:
    """torch has no gradient for an argument, and says so rather than to leave it out."""
    if isinstance(tensor, Tensor) and tensor.requires_grad and is_grad_enabled():
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot "
            "have requires_grad True."
        )


def check_rows(input: Any, target: Any, weight: Any) -> None:
    """One row of scores for each example, or only one."""
    refuse_gradient("nll_loss_forward", "weight", weight)
    sizes = target.array.shape
    if len(sizes) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if input.ndim == 1 and sizes not in ((), (1,)):
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {sizes[0]}")
    classes = input.array.shape[-1]
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    _check_kinds(input, target, weight)


def check_images(input: Any, target: Any, weight: Any) -> None:
    """A picture of scores for each class."""
    refuse_gradient("nll_loss2d_forward", "weight", weight)
    if target.ndim != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}"
        )
    if weight is not None and weight.numel() != input.shape[1]:
        raise RuntimeError("weight tensor should be defined either for all or no classes")
    if (input.shape[0], *input.shape[2:]) != tuple(target.shape):
        raise RuntimeError(f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}")
    _check_kinds(input, target, weight)


def _check_kinds(input: Any, target: Any, weight: Any) -> None:
    floating(input.array, "nll_loss_out_frame")
    if target.array.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.scalar_type}")
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.scalar_type} but found {weight.dtype.scalar_type}")


def _along_classes(weight: Any, ndim: int) -> Any:
    """The weights of the classes, laid along dimension 1."""
    return weight if ndim < 2 else view(weight, shape=[weight.shape[0] if d == 1 else 1 for d in range(ndim)])


def of_probabilities(input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float) -> Any:
    """Cross entropy where the target has a probability for every class."""
    dim = class_dim(input.ndim)
    if input.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    scores = log_softmax(input, dim=dim)
    classes = input.shape[dim]
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    if label_smoothing > 0:
        target = add_number(mul_number(target, number=1 - label_smoothing), number=label_smoothing / classes)
    products = mul(scores, target)
    if weight is not None:
        products = mul(products, _along_classes(weight, input.ndim))
    if reduction == "none":
        return neg(sum(products, dim=dim))
    total = neg(sum(products))
    return div_number(total, number=input.numel() // (classes or 1)) if reduction == "mean" else total


def smooth(scores: Any, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    """What label smoothing adds: the loss where all classes are equally right."""
    dim = class_dim(scores.ndim)
    ignored = target == ignore_index
    summands = scores if weight is None else mul(scores, _along_classes(weight, scores.ndim))
    loss = masked_fill(neg(sum(summands, dim=dim)), ignored, 0.0)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return sum(loss)
    kept = ~ignored.array
    weights = kept.sum() if weight is None else weight.array[target.array[kept]].sum()
    return div(sum(loss), Tensor(np.asarray(weights)))
