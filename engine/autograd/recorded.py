"""The gradients of a Function as tensors with a history: what `create_graph` asks for.

What a Function saved are arrays; the tensors that they came from are found again by where its gradients go. Then its
gradient functions run over tensors instead of arrays, and numpy's functions record (see engine.ops.protocol).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from engine.autograd.classes import Plan, keyword_values, many_values
from engine.autograd.function import AccumulateGrad, Function
from engine.autograd.shapes import fits
from engine.autograd.tensor import Tensor
from engine.op import Gradient, Op, op_named

recording: ContextVar[bool] = ContextVar("recording", default=False)
"""Do numpy's functions take tensors here and now?"""

_PLANS: dict[Op, Plan] = {}


def plan_of(op: Op) -> Plan:
    """The plan of an op, made once."""
    if op not in _PLANS:
        _PLANS[op] = Plan(op)
    return _PLANS[op]


def tensor_of(array: Any, function: Function | None) -> Any:
    """The tensor that `function` made, or the leaf that it ends at; a constant if there is none."""
    if isinstance(function, AccumulateGrad):
        return function.variable
    if array.__class__ in (int, float):
        return array  # a number beside a tensor
    tensor = Tensor(array)
    if function is not None:
        tensor.grad_fn = function
        tensor._requires_grad = True
    return tensor


def pull_recorded(f: Function, g: Tensor) -> list[Tensor | None]:
    """The gradient of every input of `f`, recorded; None where none goes."""
    before = recording.set(True)
    try:
        own = getattr(f, "pull_tensors", None)
        if own is not None:
            return list(own(g))
        grads = _pull_many(f, g) if f.op.variadic else _pull(f, g)
    finally:
        recording.reset(before)
    return [None if d is None else _fitted(f, i, d) for i, d in enumerate(grads)]


def _pull(f: Function, g: Tensor) -> list[Any]:
    plan, count = plan_of(f.op), len(f.next)
    saved = [] if f.saved is None else f.saved
    values = [
        None if array is None else tensor_of(array, f if place == count else f.next[place])
        for place, array in enumerate(saved)
    ]
    grads: list[Any] = []
    for target, port, keys in zip(f.next, plan.ports, plan.keywords, strict=True):
        if target is None or port is None:
            grads.append(None)
            continue
        gradient, sources = port
        needs = [f.meta[1][place] if shape else values[place] for shape, place in sources]  # type: ignore[index]
        grads.append(_called(gradient, g, needs, keyword_values(f.meta, keys) if keys else {}))
    return grads


def _pull_many(f: Function, g: Tensor) -> list[Any]:
    gradient = f.op.gradients[f.op.order[0]]
    return [
        None if target is None else _called(gradient, g, [], many_values(f.meta, gradient, place))
        for place, target in enumerate(f.next)
    ]


def _called(gradient: Gradient, g: Tensor, needs: list[Any], keywords: dict[str, Any]) -> Any:
    if gradient.op is not None:
        return gradient.op.apply(g, *needs, **keywords)
    return gradient.function(g, *needs, **keywords)


def _fitted(f: Function, index: int, d: Any) -> Tensor:
    """A gradient in the shape and dtype of the input that it is for."""
    if not isinstance(d, Tensor):
        d = Tensor(np.asarray(d))
    if f.meta is None:
        return d
    _, sizes, kinds = f.meta
    shape = sizes[index]
    if tuple(d.array.shape) != shape:
        if not fits(d.array.shape, shape):
            raise RuntimeError(
                f"Function {f.name()} returned an invalid gradient at index {f.edge_number(index)} - "
                f"got {list(d.array.shape)} but expected shape compatible with {list(shape)}"
            )
        added = d.array.ndim - len(shape)
        dims = [*range(added), *(added + i for i, n in enumerate(shape) if n == 1 and d.array.shape[added + i] != 1)]
        d = d.sum(tuple(dims), keepdim=True) if shape else d.sum()
        if d.array.shape != shape:
            d = d.view(shape)
    if kinds is not None and kinds[index] is not None and d.array.dtype != kinds[index]:
        d = op_named("cast").apply(d, dtype=kinds[index].name)
    return d


def copy_recorded(g: Tensor) -> Tensor:
    """What a leaf keeps of a gradient with a history: a copy of its own."""
    return op_named("copy_gradient").apply(g)
