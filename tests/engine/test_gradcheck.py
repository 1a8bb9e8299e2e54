"""Every op by finite differences twice over: its gradients, and the gradients of its gradients; on arrays of any
layout, of no elements, and without dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import engine.ops  # noqa: F401  (declares the ops)
from engine.autograd import Tensor
from engine.autograd.gradcheck import gradcheck, gradgradcheck
from engine.op import OPS, PARTS, Op
from tests.engine.tries import tries

DIFFERENTIABLE = [
    op
    for op in (*OPS.values(), *PARTS.values())
    if any(gradient.formula != "none: torch refuses" for gradient in op.gradients.values())
]
CASES = [
    pytest.param(op, arrays, params, id=f"{op.name}-{k}")
    for op in DIFFERENTIABLE
    for k, (arrays, params) in enumerate(tries(op))
]
ELEMENTWISE = [
    op
    for op in DIFFERENTIABLE
    if op.category in ("arithmetic", "functions", "activation") and op.public and not op.required
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Where a mean of nothing warns, as in torch, it is not asked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def given(op: Op, arrays: list[Any]) -> list[Any]:
    """Fresh inputs, in the layouts that their arrays have; None stays an empty port. Floats require grad, where the op
    says what their gradient is."""
    inputs: list[Any] = []
    for i, array in enumerate(arrays):
        goes = op.variadic or op.ports[i].name in op.gradients
        floats = np.asarray(array).dtype.kind == "f"
        inputs.append(None if array is None else Tensor(np.array(array, order="K"), requires_grad=goes and floats))
    return inputs


@pytest.mark.parametrize(("op", "arrays", "params"), CASES)
def test_the_gradients_of_gradients_equal_finite_differences(op: Op, arrays: list[Any], params: dict[str, Any]) -> None:
    assert gradgradcheck(lambda *xs: op(*xs, **params), given(op, arrays))


@pytest.mark.parametrize(("op", "arrays", "params"), CASES)
def test_a_layout_in_memory_changes_nothing(op: Op, arrays: list[Any], params: dict[str, Any]) -> None:
    def turned(array: Any) -> Any:
        if array is None or np.ndim(array) == 0:
            return array
        wide = np.repeat(np.asarray(array)[..., None], 2, axis=-1)
        return wide[..., 0].T.copy().T if np.ndim(array) > 1 else wide[..., 0]

    if "view" in op.name or op.name in ("as_strided", "reshape_alias"):
        return  # where memory itself is what the op is about
    plain = given(op, arrays)
    strange = [None if x is None else Tensor(turned(x.array), requires_grad=x.requires_grad) for x in plain]
    outputs = [op(*xs, **params) for xs in (plain, strange)]
    np.testing.assert_allclose(outputs[0].array, outputs[1].array, rtol=1e-10, atol=1e-13)
    if not outputs[0].requires_grad:
        return
    for output in outputs:
        output.backward(Tensor(np.ones_like(output.array)))
    for a, b in zip(plain, strange, strict=True):
        if a is not None and a.grad is not None:
            np.testing.assert_allclose(a.grad.array, b.grad.array, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_no_dimensions_and_no_elements_are_shapes_like_others(op: Op, shape: tuple[int, ...]) -> None:
    arrays = [np.full(shape, 0.4 + 0.3 * i) for i in range(sum(not port.optional for port in op.ports))]
    try:
        output = op(*map(Tensor, arrays))
    except (RuntimeError, IndexError):
        return  # glu needs a dimension; how it says so is another test's matter
    if not np.isnan(output.array).any():
        assert gradcheck(lambda *xs: op(*xs), given(op, arrays))
    assert output.array.dtype == np.float64
