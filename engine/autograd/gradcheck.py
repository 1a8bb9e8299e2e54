"""Are the gradients right? Backward against finite differences: `torch.autograd.gradcheck` and `gradgradcheck`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from engine.autograd.backward import grad
from engine.autograd.function import Function, edge_of, next_number
from engine.autograd.tensor import Tensor


class GradcheckError(RuntimeError):
    """The two do not agree."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the Jacobian by backward passes with the one by central differences (steps of eps), for every output and
    every input that requires grad. GradcheckError where they differ by more than atol + rtol × |numerical|; with
    raise_exception=False the answer is False instead. What belongs to batched and forward modes is ignored."""
    given = _tuple(inputs)
    try:
        _check_inputs(given)
        outputs = _differentiable(func(*given))
        wanted = [x for x in given if _requires(x)]
        _compare(func, given, outputs, wanted, eps, atol, rtol, nondet_tol)
        if check_backward_ad and outputs:
            _check_zero(outputs, wanted)
            if check_undefined_grad:
                _check_undefined(func, given, wanted)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _tuple(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else tuple(given) if isinstance(given, list) else (given,)


def _requires(x: Any) -> bool:
    return isinstance(x, Tensor) and x.requires_grad


def _differentiable(given: Any) -> list[Tensor]:
    return [y for y in _tuple(given) if y.requires_grad]


def _check_inputs(inputs: tuple[Any, ...]) -> None:
    for i, x in enumerate(inputs):
        if not _requires(x):
            continue
        if x.numpy_dtype != np.float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                UserWarning,
                stacklevel=3,
            )
        if x.numel() and not all(step > 0 or n <= 1 for step, n in zip(x.stride(), x.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )
    if not any(_requires(x) for x in inputs):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def _compare(
    func: Callable[..., Any],
    inputs: tuple[Any, ...],
    outputs: list[Tensor],
    wanted: list[Tensor],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
) -> None:
    """Both Jacobians of every output by every input."""
    places = [i for i, x in enumerate(inputs) if _requires(x)]
    numerical = [_numerical(func, inputs, i, eps) for i in places]
    if not outputs:
        if any(np.any(part) for parts in numerical for _, part in parts):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    for o, y in enumerate(outputs):
        analytical, again = (_analytical(y, wanted) for _ in range(2))
        if any(np.abs(a - b).max(initial=0) > nondet_tol for a, b in zip(analytical, again, strict=True)):
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient.The tolerance for "
                f"nondeterminism was {nondet_tol}."
            )
        for j, (a, parts) in enumerate(zip(analytical, numerical, strict=True)):
            n = [part for differentiable, part in parts if differentiable][o]
            if not np.allclose(a, n, rtol, atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {o} with respect to input {j},\n"
                    f"numerical:{Tensor(n)!r}\nanalytical:{Tensor(a)!r}\n"
                )


def _numerical(func: Callable[..., Any], inputs: tuple[Any, ...], index: int, eps: float) -> list[tuple[bool, Any]]:
    """For each output: has it a history, and d output / d input, rows by input elements, columns by output elements."""
    base = np.array(inputs[index].array)
    known = [y for y in _tuple(func(*inputs)) if isinstance(y, Tensor)]
    results = [np.zeros((base.size, y.numel()), y.numpy_dtype) for y in known]
    for row, place in enumerate(np.ndindex(*base.shape)):
        sides = []
        for step in (eps, -eps):
            moved = base.copy()
            moved[place] += step
            given = [
                Tensor(moved if i == index else np.array(x.array), x.requires_grad) if isinstance(x, Tensor) else x
                for i, x in enumerate(inputs)
            ]
            sides.append([np.array(y.array).reshape(-1) for y in _tuple(func(*given)) if isinstance(y, Tensor)])
        for result, more, less in zip(results, *sides, strict=True):
            result[row] = (more - less) / (2 * eps) if result.dtype.kind == "f" else 0
    return [(y.requires_grad, result) for y, result in zip(known, results, strict=True)]


def _analytical(y: Tensor, wanted: list[Tensor]) -> list[Any]:
    """d y / d input by backward passes, rows by input elements."""
    jacobians = [np.zeros((x.numel(), y.numel()), x.numpy_dtype) for x in wanted]
    for place in range(y.numel()):
        one = np.zeros(y.numel(), y.numpy_dtype)
        one[place] = 1
        found = grad(y, wanted, Tensor(one.reshape(y.shape)), retain_graph=True, allow_unused=True)
        for jacobian, d in zip(jacobians, found, strict=True):
            if d is not None:
                jacobian[:, place] = np.reshape(d.array, -1)
    return jacobians


def _check_zero(outputs: list[Tensor], wanted: list[Tensor]) -> None:
    zeros = [Tensor(np.zeros_like(y.array)) for y in outputs]
    found = grad(outputs, wanted, zeros, retain_graph=True, allow_unused=True)
    if any(d is not None and np.any(d.array) for d in found):
        raise GradcheckError("backward not multiplied by grad_output")


class UndefinedGrad(Function):
    """Lets no gradient through."""

    __slots__ = ()
    op = None

    def pull(self, g: Any) -> Any:
        return (None,)

    pull_tensors = pull


def _without_gradient(y: Tensor) -> Tensor:
    """The same output, whose gradient never comes."""
    f = object.__new__(UndefinedGrad)
    f.next, f.number = (edge_of(y),), next_number()
    f.saved = f.meta = f.blocked = f.mark = f.hooks = f.tag = None
    result = Tensor(y.array)
    result.grad_fn, result._requires_grad = f, True
    return result


def _check_undefined(func: Callable[..., Any], inputs: tuple[Any, ...], wanted: list[Tensor]) -> None:
    """Backward also has to do where no gradient comes: to all outputs, or to one of them."""
    count = len(_differentiable(func(*inputs)))
    for left_out in [range(count), *([i] for i in range(count) if count > 1)]:
        outputs = [_without_gradient(y) if i in left_out else y for i, y in enumerate(_differentiable(func(*inputs)))]
        look = 'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
        try:
            found = grad(outputs, wanted, [Tensor(np.zeros_like(y.array)) for y in outputs], allow_unused=True)
        except RuntimeError as error:
            raise GradcheckError(f"Expected backward function to handle undefined output grads. {look}") from error
        if any(d is not None and np.any(d.array) for d in found):
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero. " + look
            )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """gradcheck of the gradients themselves, with respect to the inputs and to the gradient that is given.

    grad_outputs: the gradients of the outputs; random ones if None."""
    given = _tuple(inputs)
    if grad_outputs is None:
        drawn = np.random.default_rng(0)
        weights = tuple(
            Tensor(np.asarray(drawn.uniform(-1, 1, y.shape), y.numpy_dtype), True)
            for y in _differentiable(func(*given))
        )
    else:
        weights = _tuple(grad_outputs)
    wanted = {i for i, x in enumerate((*given, *weights)) if _requires(x)}

    def gradients(*args: Any) -> Any:
        live = [x.requires_grad_() if i in wanted else x for i, x in enumerate(args)]
        xs, vs = live[: len(given)], live[len(given) :]
        found = grad(
            _differentiable(func(*xs)),
            [x for i, x in enumerate(xs) if i in wanted],
            vs,
            create_graph=True,
            allow_unused=True,
        )
        return tuple(d for d in found if d is not None)

    return gradcheck(
        gradients,
        (*given, *weights),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
    )
