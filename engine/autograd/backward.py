"""Backward passes as they are asked for: `backward` fills the `.grad` of leaves, `grad` returns gradients.

There are two loops over the same order: `sweep` is the plain one, `observe` also writes down what happens, or
keeps the gradients that `grad` asks for; a test holds the two equal, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.autograd import trace as steps
from engine.autograd.function import Function, edge_of
from engine.autograd.observe import observe
from engine.autograd.shapes import Size
from engine.autograd.sweep import Root, copied, sweep
from engine.autograd.tensor import Tensor

ndarray = np.ndarray


def backward(
    tensors: Tensor | Sequence[Tensor],
    gradients: Any = None,
    *,
    retain_graph: bool | None = None,
    trace: list[steps.Step] | None = None,
) -> None:
    """Add to the `.grad` of every leaf what the chain rule sends there.

    gradients: the gradient to start with for each tensor (its own shape); None only for one-element tensors.
    trace: a list that receives every step (see engine.autograd.trace).
    RuntimeError as torch raises it.
    """
    tensors = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    if gradients is None or isinstance(gradients, Tensor):
        gradients = (gradients,) * len(tensors) if gradients is None else (gradients,)
    elif isinstance(gradients, (float, int)):
        raise TypeError(f"'{type(gradients).__name__}' object is not iterable")
    roots = _roots(tensors, tuple(gradients))
    with np.errstate(all="ignore"):
        if trace is None:
            sweep(roots, bool(retain_graph))
        else:
            observe(roots, bool(retain_graph), trace, None)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    *,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of outputs with respect to inputs, leaving every `.grad` alone (torch.autograd.grad).

    Only Functions between the two run. RuntimeError for an input that was not used, unless allow_unused.
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor):
        grad_outputs = (grad_outputs,) * len(outputs)
    roots = _roots(outputs, tuple(grad_outputs))
    for x in inputs:
        if not x._requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    edges = [edge_of(x) for x in inputs]
    found: dict[Function, Any] = dict.fromkeys(edges)
    with np.errstate(all="ignore"):
        observe(roots, bool(retain_graph), None, found)
    results: list[Tensor | None] = []
    for index, (x, edge) in enumerate(zip(inputs, edges, strict=True)):
        array = found[edge]
        if array is None and materialize_grads:
            array = np.zeros_like(x.array)
        if array is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(None if array is None else Tensor(copied(array)))
    return tuple(results)


def _roots(tensors: tuple[Tensor, ...], gradients: tuple[Any, ...]) -> list[Root]:
    """The Functions to start at, each with its first gradient, checked as torch checks them."""
    if len(gradients) < len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(gradients)} gradients")
    roots: list[Root] = []
    checked: list[Any] = []
    for index, (tensor, gradient) in enumerate(zip(tensors, gradients, strict=False)):
        array = tensor.array
        if isinstance(gradient, Tensor):
            if gradient.array.shape != array.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{index}] has a shape of {Size(gradient.array.shape)} "
                    "and "
                    f"output[{index}] has a shape of {Size(array.shape)}."
                )
            seed = gradient.array
            checked.append(seed if seed.dtype == array.dtype else seed.astype(array.dtype))
        elif gradient is not None:
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
        elif not tensor._requires_grad:
            checked.append(None)
        elif array.size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        else:
            checked.append(np.ones_like(array) if array.__class__ is ndarray else array.dtype.type(1))
    for index, (tensor, seed) in enumerate(zip(tensors, checked, strict=True)):
        if not tensor._requires_grad:
            raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        roots.append((edge_of(tensor), seed))
    return roots
