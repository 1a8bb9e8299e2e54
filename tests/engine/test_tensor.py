"""What a tensor is: leaves and their flags, `.grad`, conversions, dtypes, grad modes; torch's words for
refusals."""

from __future__ import annotations

import copy
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.torch import Tensor

FACTORY = "Only Tensors of floating point and complex dtype can require gradients"
NON_LEAF = (
    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
    "subgraph "
    "that doesn't require differentiation use var_no_grad = var.detach()."
)


def run(text: str, **names: Any) -> Any:
    return eval(text, {"torch": torch, **names})


@pytest.fixture
def x() -> Tensor:
    return run("torch.ones(2, requires_grad=True)")


def test_what_the_user_makes_is_a_leaf_and_what_is_computed_from_it_is_not(x: Tensor) -> None:
    y = x + 2
    assert x.is_leaf
    assert x.grad_fn is None
    assert not y.is_leaf
    assert y.requires_grad
    assert (torch.ones(2) + 2).is_leaf


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.tensor([1], requires_grad=True)", RuntimeError, FACTORY),
        ("torch.ones(2, dtype=torch.int64, requires_grad=True)", RuntimeError, FACTORY),
        ("torch.tensor([1]).requires_grad_()", RuntimeError,
         "only Tensors of floating point dtype can require gradients"),
        ("setattr(torch.tensor([1]), 'requires_grad', True)", RuntimeError,
         "only Tensors of floating point and complex dtype can require gradients"),
        ("(x * 2).requires_grad_(False)", RuntimeError, NON_LEAF),
        ("setattr(x * 2, 'requires_grad', False)", RuntimeError, NON_LEAF),
        ("torch.ones(2).retain_grad()", RuntimeError,
         "can't retain_grad on Tensor that has requires_grad=False"),
        ("x.numpy()", RuntimeError,
         "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        ("x.item()", RuntimeError, "a Tensor with 2 elements cannot be converted to Scalar"),
        ("float(torch.ones(2))", ValueError, "only one element tensors can be converted to Python scalars"),
        ("bool(x)", RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
        ("bool(torch.zeros(0))", RuntimeError, "Boolean value of Tensor with no values is ambiguous"),
        ("len(torch.tensor(1.))", TypeError, "len() of a 0-d tensor"),
        ("list(torch.tensor(1.))", TypeError, "iteration over a 0-d tensor"),
        ("setattr(x, 'grad', torch.ones(3))", RuntimeError,
         "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'. Please ensure that the "
         "gradient "
         "and the tensor are the same size"),
        ("setattr(x, 'grad', 1.)", TypeError,
         "assigned grad expected to be a Tensor or None but got grad of type float"),
        ("setattr(x, 'grad', x)", RuntimeError, "can't assign Variable as its own grad"),
        ("x.zero_()", RuntimeError,
         "a leaf Variable that requires grad is being used in an in-place operation."),
        ("-torch.tensor([True])", RuntimeError,
         "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
         "use the "
         "`~` or `logical_not()` operator instead."),
        ("torch.tensor([True]) - torch.tensor([True])", RuntimeError,
         "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
         "`logical_xor()` "
         "operator instead."),
    ],
)  # fmt: skip
def test_a_refusal_is_in_torchs_words(x: Tensor, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        run(text, x=x)
    assert str(raised.value) == message


def test_the_gradient_of_an_inner_tensor_is_none_with_a_warning(x: Tensor) -> None:
    y = x * 2
    with pytest.warns(UserWarning, match="that is not a leaf Tensor is being accessed"):
        assert y.grad is None


def test_retain_grad_keeps_it_without_a_warning(x: Tensor) -> None:
    y = x * 2
    y.retain_grad()
    assert y.retains_grad
    (y * 3).sum().backward()
    assert y.grad is not None
    assert y.grad.tolist() == [3, 3]
    assert not (x * 2).retains_grad


def test_detach_and_data_share_memory_but_no_history(x: Tensor) -> None:
    for cut in (x.detach(), x.data):
        assert not cut.requires_grad
        assert cut.grad_fn is None
        assert np.shares_memory(cut.array, x.array)


def test_numpy_shares_memory_with_the_tensor() -> None:
    array = np.zeros(2, np.float32)
    tensor = torch.from_numpy(array)
    array[0] = 5
    assert tensor.tolist() == [5, 0]
    assert np.shares_memory(tensor.numpy(), array)


def test_a_copy_of_a_leaf_is_a_leaf_with_its_own_memory(x: Tensor) -> None:
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert not np.shares_memory(twin.array, x.array)
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_shapes_are_sizes() -> None:
    t = torch.ones(2, 3)
    assert repr(t.shape) == repr(t.size()) == "torch.Size([2, 3])"
    assert (t.size(-1), t.dim(), t.ndim, t.numel(), len(t)) == (3, 2, 2, 6, 2)
    assert t.T.shape == (3, 2)
    assert t.T.stride() == (1, 3)
    assert not t.T.is_contiguous()


def test_comparisons_are_bool_tensors_without_history(x: Tensor) -> None:
    answer = x > 0.5
    assert repr(answer) == "tensor([True, True])"
    assert not answer.requires_grad
    assert (x == x).tolist() == [True, True]
    assert (x != x).tolist() == [False, False]
    assert (x == None) is False  # noqa: E711  # what is asked is just this
    assert {x: 1}[x] == 1


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("torch.tensor([1, 2.])", "float32"),
        ("torch.tensor(np.float64(1))", "float64"),
        ("torch.tensor(np.zeros(2))", "float64"),
        ("torch.tensor([1, 2])", "int64"),
        ("torch.tensor([True])", "bool"),
        ("torch.tensor([True, 2])", "int64"),
        ("torch.arange(0, 1, .1)", "float32"),
        ("torch.arange(3)", "int64"),
        ("torch.arange(end=3)", "int64"),
        ("torch.Tensor([1])", "float32"),
        ("torch.tensor(torch.tensor([1.0]))", "float32"),
        ("torch.full((2,), 1)", "int64"),
        ("torch.full((2,), 1.)", "float32"),
        ("torch.eye(2)", "float32"),
        ("i + f", "float32"),
        ("i / i", "float32"),
        ("i + 1", "int64"),
        ("i + 1.5", "float32"),
        ("i32 + i", "int64"),
        ("i32 + torch.tensor(1)", "int32"),
        ("f + d", "float64"),
        ("f + torch.tensor(1., dtype=torch.float64)", "float32"),
        ("torch.tensor(1.) + torch.tensor(1., dtype=torch.float64)", "float64"),
        ("f * 2", "float32"),
        ("i + torch.tensor(1., dtype=torch.float64)", "float64"),
        ("i + torch.tensor(1.)", "float32"),
        ("b + b", "bool"),
        ("b * 1", "int64"),
        ("b * 1.", "float32"),
        ("u8 + i8", "int16"),
        ("h + f", "float32"),
        ("h + torch.tensor(1.)", "float16"),
        ("i32.sum()", "int64"),
        ("b.sum()", "int64"),
        ("i.exp()", "float32"),
        ("i ** 2", "int64"),
        ("i ** .5", "float32"),
        ("f > i", "bool"),
        ("torch.tensor([1.], dtype=float)", "float64"),
    ],
)
def test_dtypes_meet_as_in_torch(text: str, dtype: str) -> None:
    names = {"i": "int64", "f": "float32", "d": "float64", "b": "bool", "i32": "int32"}
    names |= {"u8": "uint8", "i8": "int8", "h": "float16"}
    tensors = {name: torch.ones(3, dtype=kind) for name, kind in names.items()}
    assert repr(run(text, np=np, **tensors).dtype) == f"torch.{dtype}"


def test_gradients_have_the_dtype_of_their_leaf() -> None:
    single = torch.ones(2, requires_grad=True)
    double = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (single * double).sum().backward()
    assert single.grad is not None
    assert double.grad is not None
    assert (single.grad.dtype, double.grad.dtype) == (torch.float32, torch.float64)


def test_no_grad_works_as_a_block_and_as_a_decorator(x: Tensor) -> None:
    with torch.no_grad():
        assert not (x * 2).requires_grad
        assert torch.ones(1, requires_grad=True).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad

    @torch.no_grad()
    def inside() -> bool:
        return torch.is_grad_enabled()

    @torch.no_grad
    def bare() -> bool:
        return torch.is_grad_enabled()

    assert not inside()
    assert not bare()
    assert torch.is_grad_enabled()


def test_set_grad_enabled_works_as_a_call_a_block_and_a_decorator(x: Tensor) -> None:
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert torch.is_grad_enabled()

    @torch.set_grad_enabled(False)
    def inside() -> bool:
        return torch.is_grad_enabled()

    assert torch.is_grad_enabled()
    assert not inside()


def test_a_mode_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        raise ZeroDivisionError
    assert torch.is_grad_enabled()


def test_the_grad_mode_belongs_to_the_thread() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_nested_lists_must_be_regular() -> None:
    with pytest.raises(ValueError, match=r"expected sequence of length 2 at dim 1 \(got 1\)"):
        torch.tensor([[1, 2], [3]])
    with pytest.raises(TypeError):
        torch.tensor(["a"])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"torch\.rnd does not exist in this engine; the nearest name here is"):
        torch.__getattr__("rnd")
    with pytest.raises(AttributeError, match="does not exist in this engine"):
        torch.nn.functional.__getattr__("gleu")
    assert not hasattr(torch, "view")


def test_the_engine_brings_no_qt() -> None:
    code = "import sys, engine.torch; print({'PySide6', 'shiboken6', 'PySide6.QtCore'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
