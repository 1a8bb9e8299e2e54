"""Jacobians, Hessians and products with them: `torch.autograd.functional`.

With `strict` what does not depend on its inputs is refused instead of being 0, in torch's words for each place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.autograd.backward import grad
from engine.autograd.mode import enable_grad, is_grad_enabled, set_grad_enabled
from engine.autograd.tensor import Tensor

Tensors = tuple[Tensor, ...]
Found = Sequence[Tensor | None]

_OUTPUTS = "outputs of the user-provided function"


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Every output element by every input element: shape of the output, then of the input. `vectorize` changes nothing
    here, and "forward-mode" computes backward too."""
    _check_strategy(strategy, create_graph, strict, vectorize)
    with enable_grad():
        many_in, given = _several(inputs, "inputs", "jacobian")
        xs = _fresh(given, create_graph)
        many_out, ys = _several(func(*xs), _OUTPUTS, "jacobian")
        _require_history(ys, _NO_HISTORY, strict)
        rows = [[_stacked(part, y, x) for part, x in zip(_rows(i, y, xs, create_graph, strict), xs, strict=True)]
                for i, y in enumerate(ys)]  # fmt: skip
    return _given([_given(_finished(row, create_graph), many_in) for row in rows], many_out)


def _check_strategy(strategy: str, create_graph: bool, strict: bool, vectorize: bool) -> None:
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        for given, name in ((create_graph, "create_graph"), (strict, "strict")):
            if given:
                kind = NotImplementedError if name == "create_graph" else RuntimeError
                raise kind(
                    f'torch.autograd.functional.jacobian: `{name}=True` and `strategy="forward-mode"` are not '
                    f'supported together (yet). Please either set `{name}=False` or `strategy="reverse-mode"`.'
                )
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
                "`vectorize=True`."
            )
    elif strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
            "Please either set `strict=False` or `vectorize=False`."
        )


def _rows(i: int, y: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> list[list[Tensor]]:
    """For each input the gradients of the elements of output i."""
    parts: list[list[Tensor]] = [[] for _ in xs]
    for place in range(y.numel()):
        found = _gradients((y.reshape(-1)[place],), xs, None, create_graph, retain_graph=True)
        for j, (x, d) in enumerate(zip(xs, found, strict=True)):
            if d is None and strict:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {j}. This is not allowed in "
                    "strict mode."
                )
            if d is not None and strict and create_graph and not d.requires_grad:
                raise RuntimeError(_INDEPENDENT_GRAPH.format(what="jacobian", i=i))
            parts[j].append(_zeros(x) if d is None else d)
    return parts


def _stacked(part: list[Tensor], y: Tensor, x: Tensor) -> Tensor:
    from engine.op import op_named

    shape = (*y.shape, *x.shape)
    if not part:
        return Tensor(np.zeros(shape, x.numpy_dtype))
    return op_named("stack").apply(*part).view(shape)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function of one number: shape of the input, twice."""
    many, xs = _several(inputs, "inputs", "hessian")

    def gradient(*given: Tensor) -> Any:
        rows = jacobian(lambda *xs: _single(func(*xs), "hessian", strict).squeeze(), given, create_graph=True)
        _require_history(rows, _LINEAR, strict)
        return rows

    rows = jacobian(gradient, xs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return rows if many else rows[0][0]


def _single(given: Any, name: str, strict: bool) -> Tensor:
    """What a function gave, held to be one number."""
    several, ys = _several(given, _OUTPUTS, name)
    _require_history(ys, _NO_HISTORY, strict)
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if ys[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return ys[0]


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(outputs, vᵀJ): v weighs the outputs; without it there must be one output of one element."""
    with enable_grad():
        many_in, given = _several(inputs, "inputs", "vjp")
        xs = _fresh(given, create_graph)
        many_out, ys = _several(func(*xs), _OUTPUTS, "vjp")
        _require_history(ys, _NO_HISTORY, strict)
        vs = _weights(v, ys, many_out, create_graph, "vjp", "user-provided function returns")
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(ys, xs, vs, create_graph)
        products = _filled(found, xs, strict, create_graph, "jacobian", _INDEPENDENT.format(what="output"))
    return _given(_finished(ys, create_graph), many_out), _given(_finished(products, create_graph), many_in)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(outputs, J·v), by the backward pass of a backward pass."""
    with enable_grad():
        many_in, given = _several(inputs, "inputs", "jvp")
        xs = _fresh(given, create_graph)
        vs = _weights(v, xs, many_in, create_graph, "jvp", "input to the user-provided function is")
        many_out, ys = _several(func(*xs), _OUTPUTS, "jvp")
        _require_history(ys, _NO_HISTORY, strict)
        weights = tuple(_zeros(y, requires_grad=True) for y in ys)
        found = _gradients(ys, xs, weights, True)
        _require_history(found, _INDEPENDENT_GRADIENT, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        products = _filled(_gradients(found, weights, vs, create_graph), ys, strict, create_graph, "jacobian", _TRICK)
    return _given(_finished(ys, create_graph), many_out), _given(_finished(products, create_graph), many_out)


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(output, vᵀH) of a function of one number."""
    with enable_grad():
        many, xs, vs, y, first = _first_derivative("vhp", func, inputs, v, create_graph, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(first, xs, vs, create_graph)
        products = _filled(found, xs, strict, create_graph, "hessian", _INDEPENDENT.format(what="jacobian"))
    return _finished((y,), create_graph)[0], _given(_finished(products, create_graph), many)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """(output, H·v) of a function of one number, by a third backward pass."""
    with enable_grad():
        many, xs, vs, y, first = _first_derivative("hvp", func, inputs, v, create_graph, strict)
        weights = tuple(_zeros(x, requires_grad=True) for x in xs)
        second = _gradients(first, xs, weights, True)
        _require_history(first, _NO_HESSIAN, strict)
    with set_grad_enabled(create_graph or is_grad_enabled()):
        found = _gradients(second, weights, vs, create_graph)
        products = _filled(found, xs, strict, create_graph, "hessian", _HESSIAN_TRICK)
    return _finished((y,), create_graph)[0], _given(_finished(products, create_graph), many)


def _first_derivative(
    name: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Tensors | None, Tensor, Found]:
    many, given = _several(inputs, "inputs", name)
    xs = _fresh(given, create_graph)
    vs = _weights(v, xs, many, create_graph, name, "input to the user-provided function is")
    y = _single(func(*xs), name, strict)
    first = _gradients((y,), xs, None, True)
    _require_history(first, _LINEAR, strict)
    return many, xs, vs, y, first


# ---------------------------------------------------------------- what is given and what is answered


def _several(value: Any, name: str, function: str) -> tuple[bool, Tensors]:
    """Was there a tuple, and the tensors; TypeError for anything else."""
    several = isinstance(value, tuple)
    values = value if several else (value,)
    for i, each in enumerate(values):
        if not isinstance(each, Tensor):
            where = f"value at index {i}" if several else f"given {name}"
            raise TypeError(
                f"The {name} given to {function} must be either a Tensor or a tuple of Tensors but the {where} has "
                f"type {type(each)}."
            )
    return several, values


def _fresh(inputs: Tensors, create_graph: bool, needed: bool = True) -> Tensors:
    """The inputs as tensors of their own, which a history starts at, or goes on from."""
    return tuple(
        x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_(needed) for x in inputs
    )


def _weights(v: Any, others: Tensors, several: bool, create_graph: bool, function: str, what: str) -> Tensors | None:
    """v, which is as the tensors that it weighs; None for 1."""
    if v is None:
        if len(others) != 1 or others[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the {what} a single Tensor with a single element.")
        return None
    vs = _fresh(_several(v, "v", function)[1], create_graph, needed=False)
    if len(vs) != len(others):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(others)} but got {len(vs)}."
            if several
            else "The given v should contain a single Tensor."
        )
    for i, (each, other) in enumerate(zip(vs, others, strict=True)):
        if each.shape != other.shape:
            entry = f"Entry {i} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {other.shape} but got {each.shape}.")
    return vs


def _given(values: Sequence[Any], several: bool) -> Any:
    return tuple(values) if several else values[0]


def _finished(values: Sequence[Tensor], create_graph: bool) -> Sequence[Tensor]:
    return values if create_graph else [v.detach() for v in values]


def _zeros(like: Tensor, requires_grad: bool = False) -> Tensor:
    return Tensor(np.zeros_like(like.array), requires_grad)


def _gradients(
    outputs: Found, inputs: Tensors, weights: Tensors | None, create_graph: bool, retain_graph: bool | None = None
) -> Found:
    """As grad, of those outputs that have a history; None everywhere if none has."""
    pairs = [
        (y, None if weights is None else weights[i]) for i, y in enumerate(outputs) if y is not None and y.requires_grad
    ]
    if not pairs:
        return [None] * len(inputs)
    ys, vs = zip(*pairs, strict=True)
    return grad(ys, inputs, vs, retain_graph, create_graph, allow_unused=True)


def _filled(
    found: Found, like: Sequence[Tensor], strict: bool, create_graph: bool, what: str, refusal: str
) -> list[Tensor]:
    """Gradients with 0 for those that there are not, unless strict."""
    result = []
    for i, (d, x) in enumerate(zip(found, like, strict=True)):
        if d is None and strict:
            raise RuntimeError(refusal.format(i=i))
        if d is not None and strict and create_graph and not d.requires_grad:
            raise RuntimeError(_INDEPENDENT_GRAPH.format(what=what, i=i))
        result.append(_zeros(x) if d is None else d)
    return result


def _require_history(tensors: Found, refusal: str, strict: bool) -> None:
    for i, each in enumerate(tensors):
        if strict and each is None:
            raise RuntimeError(_INDEPENDENT.format(what="output").format(i=i))
        if strict and each is not None and not each.requires_grad:
            raise RuntimeError(refusal.format(i=i))


_NO_HISTORY = (
    "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode."
)
_INDEPENDENT = (
    "The {what} of the user-provided function is independent of input {{i}}. This is not allowed in strict mode."
)
_INDEPENDENT_GRAPH = (
    "The {what} of the user-provided function is independent of input {i}. This is not allowed in strict mode when "
    "create_graph=True."
)
_INDEPENDENT_GRADIENT = (
    "The gradient with respect to input {i} is independent of the inputs of the user-provided function. This is not "
    "allowed in strict mode."
)
_LINEAR = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {i} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example)."
)
_NO_HESSIAN = (
    "The hessian of the user-provided function with respect to input {i} is independent of the input. This is not "
    "allowed in strict mode. You should ensure that your function is thrice differentiable and that the hessian "
    "depends on the inputs."
)
_TRICK = (
    "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double "
    "backward trick to compute forward mode gradients. This is not allowed in strict mode."
)
_HESSIAN_TRICK = (
    "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not allowed "
    "in strict mode as it prevents from using the double backward trick to replace forward mode AD."
)
