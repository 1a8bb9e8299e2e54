"""All parameters taken together: their gradients kept in bounds, their numbers as one vector (`torch.nn.utils`)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from engine.autograd.mode import no_grad
from engine.autograd.tensor import Tensor
from engine.op import op_named


def _grads(parameters: Any) -> list[Tensor]:
    parameters = [parameters] if isinstance(parameters, Tensor) else [*parameters]
    return [parameter._grad for parameter in parameters if parameter._grad is not None]


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of all tensors as if they were one vector."""
    tensors = [tensors] if isinstance(tensors, Tensor) else [*tensors]
    kind = float(norm_type)
    if not tensors:
        return Tensor(np.float32(0.0))
    norm = op_named("norm")
    with no_grad():
        norms = np.stack([np.asarray(norm(tensor, p=kind).array) for tensor in tensors])
        total = norm(Tensor(norms), p=kind)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {kind} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Shorten all gradients by one factor, so that together they are no longer than max_norm; how long they were."""
    grads = _grads(parameters)
    total = get_total_norm(grads, norm_type, error_if_nonfinite)
    factor = np.minimum(float(max_norm) / (total.array + total.array.dtype.type(1e-6)), 1).astype(total.array.dtype)
    for grad in grads:
        grad.write(grad.array * factor)
    return total


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Cut off what of a gradient is beyond ±clip_value."""
    for grad in _grads(parameters):
        grad.write(np.clip(grad.array, -float(clip_value), float(clip_value)))


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one row."""
    return op_named("cat")(*[parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """The numbers of a row back into the parameters."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        count = parameter.numel()
        parameter.data = vec[start : start + count].view(parameter.shape).data
        start += count
