"""Backward passes as they are asked for: `backward` fills the `.grad` of leaves, `grad` returns gradients.

There are two loops over the same order: `sweep` is the plain one, `observe` also writes down what happens, or
keeps the gradients that `grad` asks for; a test holds the two equal, bit for bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.autograd import anomaly
from engine.autograd import trace as steps
from engine.autograd.function import Function, edge_of
from engine.autograd.mode import set_grad_enabled
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
    create_graph: bool = False,
    inputs: Any = None,
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
    roots = _roots(tensors, tuple(gradients), create_graph)
    ends = None if inputs is None else _ends(inputs)
    if create_graph:
        warnings.warn(_CYCLE, UserWarning, stacklevel=3)
    retain = create_graph if retain_graph is None else retain_graph
    if trace is None and ends is None and not create_graph and not anomaly.is_anomaly_enabled():
        sweep(roots, retain)
    else:
        with set_grad_enabled(create_graph):
            observe(roots, retain, trace, create=create_graph, ends=ends)


_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break "
    "the cycle and avoid the leak."
)


def _ends(inputs: Any) -> set[Function]:
    """Where `backward(inputs=…)` ends: only these get a `.grad`, also tensors that are not leaves."""
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    for x in inputs:
        x.retain_grad()
    return {edge for x in inputs if (edge := edge_of(x)) is not None}


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of outputs with respect to inputs, leaving every `.grad` alone (torch.autograd.grad).

    Only Functions between the two run. RuntimeError for an input that was not used, unless allow_unused.
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if grad_outputs is None or isinstance(grad_outputs, Tensor):
        grad_outputs = (grad_outputs,) * len(outputs)
    if is_grads_batched:
        raise NotImplementedError("grad() takes no is_grads_batched here: call it once for each gradient")
    roots = _roots(outputs, tuple(grad_outputs), create_graph)
    for x in inputs:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}")
        if not x._requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    edges = [edge_of(x) for x in inputs]
    found: dict[Function, Any] = {edge: None for edge in edges if edge is not None}
    retain = create_graph if retain_graph is None else retain_graph
    if allow_unused is None:
        allow_unused = materialize_grads
    elif materialize_grads and not allow_unused:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    with set_grad_enabled(create_graph):
        observe(roots, retain, None, found, create_graph)
    made = {edge: d if d is None or isinstance(d, Tensor) else Tensor(copied(d)) for edge, d in found.items()}
    results: list[Tensor | None] = []
    for index, (x, edge) in enumerate(zip(inputs, edges, strict=True)):
        d = None if edge is None else made[edge]
        if d is None and materialize_grads:
            d = Tensor(np.zeros_like(x.array), requires_grad=create_graph)
        if d is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        results.append(d)
    return tuple(results)


def _roots(tensors: tuple[Tensor, ...], gradients: tuple[Any, ...], create: bool = False) -> list[Root]:
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
        edge = edge_of(tensor) if tensor._requires_grad else None
        if edge is None:
            raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        if create:
            given = gradients[index]
            seed = given if isinstance(given, Tensor) and given.array.dtype == tensor.array.dtype else Tensor(seed)
        roots.append((edge, seed))
    return roots
