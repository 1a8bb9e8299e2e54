"""Every declared op: told to the learner, and its gradients right by finite differences and by their
formula."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import engine.ops
from engine import torch
from engine.autograd.shapes import sum_to
from engine.op import OPS, PARTS, Op
from engine.torch import Tensor
from tests.engine.tries import WORDS, tries

CASES = [
    pytest.param(op, arrays, params, id=f"{op.name}-{k}")
    for op in (*OPS.values(), *PARTS.values())
    if op.gradients
    for k, (arrays, params) in enumerate(tries(op))
]


def op_named(name: str) -> Op:
    return OPS.get(name) or PARTS[name]


def leaf(array: Any) -> Tensor:
    return Tensor(np.array(array), requires_grad=True)


def given(op: Op, arrays: list[Any]) -> list[Any]:
    """Fresh inputs; those are leaves that a gradient goes to: not integers, not ports without one."""
    inputs: list[Any] = []
    for i, array in enumerate(arrays):
        goes = op.variadic or op.ports[i].name in op.gradients
        wanted = goes and np.asarray(array).dtype.kind == "f"
        inputs.append(None if array is None else leaf(array) if wanted else Tensor(np.array(array)))
    return inputs


@pytest.mark.parametrize(("op", "arrays", "params"), CASES)
def test_gradients_equal_finite_differences(op: Op, arrays: list[Any], params: dict[str, Any]) -> None:
    inputs = given(op, arrays)
    output = op(*inputs, **params)
    weights = np.random.default_rng(1).standard_normal(output.shape)
    output.backward(Tensor(np.asarray(weights)))
    for position, x in enumerate(inputs):
        if x is None or not x.requires_grad:
            continue
        expected = np.zeros(x.array.shape)
        for place in np.ndindex(*x.array.shape):
            values = []
            for step in (1e-6, -1e-6):
                moved = [None if array is None else np.array(array) for array in arrays]
                moved[position][place] += step
                values.append((op(*given(op, moved), **params).array * weights).sum())
            expected[place] = (values[0] - values[1]) / 2e-6
        assert x.grad is not None
        assert x.grad.shape == x.shape
        np.testing.assert_allclose(x.grad.array, expected, rtol=1e-6, atol=1e-7)


def evaluated(formula: str, names: dict[str, Any]) -> Any:
    """A formula as it stands on the screen, computed."""
    for sign, python in (("×", "*"), ("^", "**"), ("ln(", "np.log("), ("sign(", "np.sign(")):
        formula = formula.replace(sign, python)
    formula = re.sub(r"(\w+)ᵀ", r"np.swapaxes(\1, -1, -2)", formula)
    formula = re.sub(r"([-\w]+) (<=?) (\w+) (<=?) (\w+)", r"(\1 \2 \3) & (\3 \4 \5)", formula)
    for function in ("cos", "sin", "outer"):
        formula = formula.replace(f"{function}(", f"np.{function}(")
    return eval(chosen(formula), {"np": np, **FUNCTIONS}, names)


FUNCTIONS = {
    "π": np.pi,
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "max": np.maximum,
    "min": np.minimum,
    **{name: getattr(np, name) for name in ("cosh", "exp", "floor", "isfinite", "sinh", "sqrt", "tanh", "trunc")},
}


def chosen(formula: str) -> str:
    """`a if b else c`, element by element."""
    if " if " not in formula:
        return formula
    then, _, rest = formula.partition(" if ")
    condition, _, other = rest.partition(" else ")
    return f"np.where({condition}, {then}, {chosen(other)})"


@pytest.mark.parametrize(
    "name", [op.name for op in (*OPS.values(), *PARTS.values()) if op.gradients and op.name not in WORDS]
)
def test_the_formula_that_is_read_is_the_gradient_that_runs(name: str) -> None:
    op = op_named(name)
    arrays, params = tries(op)[0]
    settings = {p.name: params.get(p.name, p.default) for p in op.params}
    if name == "pow":
        arrays = [np.abs(arrays[0]), arrays[1]]
    ports = {
        port.name: None if array is None else np.array(array) for port, array in zip(op.ports, arrays, strict=True)
    }
    output = op(*given(op, arrays), **params).array
    g = np.asarray(np.random.default_rng(2).standard_normal(output.shape))
    for port, gradient in op.gradients.items():
        shapes = {f"{p}_shape": a.shape for p, a in ports.items() if a is not None}
        known = {**settings, **ports, "output": output, **shapes}
        runs = gradient.function(g, *(known[n] for n in gradient.needs), **{n: known[n] for n in gradient.params})
        reads = evaluated(gradient.formula, {**known, "g": g, "N": np.float64(ports[port].size)})
        np.testing.assert_allclose(*np.broadcast_arrays(runs, reads), rtol=1e-12)


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_op_says_what_it_is(op: Op) -> None:
    assert op.doc.endswith((".", "?"))
    assert op.doc[0].isupper()
    assert op.formula
    assert op.category in engine.ops.CATEGORIES
    assert all(gradient.formula for gradient in op.gradients.values())
    assert all(alias for alias in op.aliases)
    kinds = {"float", "int", "bool", "text", "choice", "shape", "dims", "dtype", "numbers", "seed"}
    assert {param.kind for param in op.params} <= kinds


def test_an_op_is_read_off_its_function() -> None:
    total = OPS["sum"]
    assert [port.name for port in total.ports] == ["input"]
    assert [(param.name, param.kind, param.default) for param in total.params] == [
        ("dim", "dims", None),
        ("keepdim", "bool", False),
        ("dtype", "dtype", None),
    ]
    backward = OPS["backward"]
    assert backward.statement
    assert [(port.name, port.optional) for port in backward.ports] == [("tensor", False), ("gradient", True)]


@pytest.mark.parametrize(
    ("text", "printed", "inner"),
    [
        ("x ** 2", "PowBackward0", ["AccumulateGrad"]),
        ("x ** x", "PowBackward1", ["AccumulateGrad", "AccumulateGrad"]),
        ("2 ** x", "PowBackward2", ["AccumulateGrad"]),
        ("2 - x", "RsubBackward1", ["AccumulateGrad"]),
        ("x - 2", "SubBackward0", ["AccumulateGrad", None]),
        ("2 + x", "AddBackward0", ["AccumulateGrad", None]),
        ("1 / x", "MulBackward0", ["ReciprocalBackward0", None]),
        ("x / 2", "DivBackward0", ["AccumulateGrad", None]),
        ("x.sum()", "SumBackward0", ["AccumulateGrad"]),
        ("x.sum(0)", "SumBackward1", ["AccumulateGrad"]),
        ("x.mean()", "MeanBackward0", ["AccumulateGrad"]),
        ("x.mean(dim=0)", "MeanBackward1", ["AccumulateGrad"]),
        ("x.norm()", "LinalgVectorNormBackward0", ["AccumulateGrad"]),
        ("x @ x", "DotBackward0", ["AccumulateGrad", "AccumulateGrad"]),
        ("x @ torch.ones(3, 2)", "SqueezeBackward4", ["MmBackward0"]),
        ("torch.ones(2, 3) @ x", "MvBackward0", [None, "AccumulateGrad"]),
        ("x[0]", "SelectBackward0", ["AccumulateGrad"]),
        ("x[1:]", "SliceBackward0", ["AccumulateGrad"]),
        ("x[[0, 1]]", "IndexBackward0", ["AccumulateGrad"]),
        ("x[None]", "UnsqueezeBackward0", ["AccumulateGrad"]),
        ("x.reshape(3, 1)", "ViewBackward0", ["AccumulateGrad"]),
        ("x.clone()", "CloneBackward0", ["AccumulateGrad"]),
    ],
)
def test_history_prints_as_torch_prints_it(text: str, printed: str, inner: list[str | None]) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    grad_fn = eval(text, {"torch": torch, "x": x}).grad_fn
    assert type(grad_fn).__name__ == grad_fn.name() == printed
    assert [type(f).__name__ if f else None for f, _ in grad_fn.next_functions] == inner


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x.abs()", [0.0]),
        ("x.relu()", [0.0]),
        ("x.sqrt()", [math.inf]),
        ("x ** 0", [0.0]),
        ("x ** 0.5", [math.inf]),
        ("x ** 1", [1.0]),
        ("x ** 2", [0.0]),
        ("x ** 1.5", [0.0]),
        ("x ** x", [0.0]),
        ("0 ** x", [0.0]),
        ("x.norm()", [0.0]),
        ("x.norm(1)", [0.0]),
        ("x.norm(3)", [0.0]),
    ],
)
def test_slopes_at_corners_are_torchs(text: str, expected: list[float]) -> None:
    x = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    eval(text, {"x": x}).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == expected


def test_norm_shares_a_tie_of_maxima() -> None:
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    x.norm(torch.inf).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.5, -0.5]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.ones(3) + torch.ones(2)", RuntimeError,
         "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0"),
        ("torch.ones(3, 4) @ torch.ones(3, 2)", RuntimeError,
         "mat1 and mat2 shapes cannot be multiplied (3x4 and 3x2)"),
        ("torch.ones(2, 3) @ torch.ones(2)", RuntimeError,
         "size mismatch, got input (2), mat (2x3), vec (2)"),
        ("torch.ones(3) @ torch.ones(2)", RuntimeError,
         "inconsistent tensor size, expected tensor [3] and src [2] to have the same number of elements, "
         "but got 3 and 2 elements respectively"),
        ("torch.ones(6).view(4)", RuntimeError, "shape '[4]' is invalid for input of size 6"),
        ("torch.ones(6).reshape(4, -1)", RuntimeError, "shape '[4, -1]' is invalid for input of size 6"),
        ("torch.ones(2, 3).t().view(6)", RuntimeError,
         "view size is not compatible with input tensor's size and stride (at least one dimension spans "
         "across two "
         "contiguous subspaces). Use .reshape(...) instead."),
        ("torch.ones(2, 3).sum(2)", IndexError,
         "Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
        ("torch.ones(3)[5]", IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
        ("torch.ones(3)[::-1]", ValueError, "step must be greater than zero"),
        ("torch.ones(3)[0, 0]", IndexError, "too many indices for tensor of dimension 1"),
        ("torch.tensor(1.)[0]", IndexError,
         "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
         "convert a "
         "0-dim tensor to a number"),
        ("torch.tensor([1, 2]).mean()", RuntimeError,
         "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
         "dtype. "
         "Got: Long"),
        ("torch.tensor([1, 2]) ** -1", RuntimeError, "Integers to negative integer powers are not allowed."),
        ("torch.ones(2) @ torch.ones(2, dtype=torch.float64)", RuntimeError,
         "dot : expected both vectors to have same dtype, but found Float and Double"),
        ("torch.ones(2).expand(3)", RuntimeError,
         "The expanded size of the tensor (3) must match the existing size (2) at non-singleton dimension 0. "
         " "
         "Target sizes: [3].  Tensor sizes: [2]"),
        ("torch.randn(2, dtype=torch.int64)", NotImplementedError,
         '"normal_kernel_cpu" not implemented for \'Long\''),
        ("torch.exp(2.0)", TypeError, "exp(): argument 'input' (position 1) must be Tensor, not float"),
        ("torch.ones(2).sum(colour=3)", TypeError, "sum() got an unexpected keyword argument 'colour'"),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_torch_says(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(text, {"torch": torch})
    assert str(raised.value) == message


def test_inline_numbers_are_python_numbers() -> None:
    x = torch.tensor([1, 2])
    assert OPS["add"].apply(x, 2).dtype is torch.int64
    assert OPS["add"].apply(x, 2.5).dtype is torch.float32
    assert OPS["sub"].apply(2, x).tolist() == [1, 0]


def test_an_input_may_be_given_by_name_and_a_missing_one_is_named() -> None:
    x = torch.ones(2)
    assert OPS["mul"].apply(input=x, other=3).tolist() == [3, 3]
    assert OPS["sum"].apply(input=x).item() == 2
    with pytest.raises(TypeError, match=r'mul\(\) missing 1 required positional arguments: "other"'):
        OPS["mul"].apply(x)
    with pytest.raises(TypeError, match=r'exp\(\) missing 1 required positional arguments: "input"'):
        OPS["exp"].apply()


@pytest.mark.parametrize("name", [op.name for op in OPS.values() if op.composite and op.gradients])
def test_a_composite_op_does_what_it_says_it_does(name: str) -> None:
    op = OPS[name]
    arrays, params = tries(op)[0]
    inputs = given(op, arrays)
    output = op(*inputs, **params)
    g = np.asarray(np.random.default_rng(3).standard_normal(output.shape))
    output.backward(Tensor(g))
    known = {p.name: params.get(p.name, p.default) for p in op.params}
    known |= {port.name: array for port, array in zip(op.ports, arrays, strict=True)}
    shapes = {f"{port.name}_shape": np.shape(array) for port, array in zip(op.ports, arrays, strict=True)}
    known |= {"output": output.array, **shapes}
    for port, x in zip(op.ports, inputs, strict=True):
        if x is None or not x.requires_grad:
            continue
        gradient = op.gradients[port.name]
        settings = {n: known[n] for n in gradient.params}
        assert x.grad is not None
        expected = gradient.function(g, *(known[n] for n in gradient.needs), **settings)
        np.testing.assert_allclose(x.grad.array, sum_to(np.asarray(expected), x.array.shape))


def test_params_come_from_json_as_they_are() -> None:
    assert OPS["ones"].apply(size=[2, 3]).shape == (2, 3)
    assert OPS["sum"].apply(torch.ones(2, 3), dim=[0, 1]).item() == 6
    assert OPS["norm"].apply(torch.tensor([3.0, -4.0]), p="inf").item() == 4
    assert math.isnan(OPS["tensor"].apply(data=["nan", 1.0]).tolist()[0])


def test_gradient_functions_give_new_arrays_or_views() -> None:
    """A pass adds into arrays that an op made; one that is also saved somewhere would be changed."""
    for op in (*OPS.values(), *PARTS.values()):
        for arrays, params in tries(op) if op.gradients and not op.composite else []:
            inputs = given(op, arrays)
            output = op(*inputs, **params)
            g = np.asarray(np.ones(output.shape))
            kept = [output.array, *(x.array for x in inputs if x is not None)]
            for d in output.grad_fn.pull(g):
                assert d is None or d is g or all(d is not array for array in kept)
