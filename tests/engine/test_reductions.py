"""What torch does where many elements become few: ties, nan, nothing at all, zeros in products, several results."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine import torch
from engine.torch import Tensor

NAN, INF = math.nan, math.inf


def gradient(text: str, data: Any) -> Any:
    x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
    eval(text, {"x": x, "torch": torch}).sum().backward()
    assert x.grad is not None
    return x.grad.tolist()


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("x.max()", [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
        ("x.amax(0)", [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
        ("torch.aminmax(x).max", [1.0, 1.0, 0.0], [0.5, 0.5, 0.0]),
        ("x.median()", [1.0, 1.0, 1.0, 2.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
        ("x.max(0)[0]", [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]),
        ("x.min(0).values", [1.0, 1.0, 2.0], [1.0, 0.0, 0.0]),
        ("x.median(0)[0]", [1.0, 1.0, 2.0], [0.0, 1.0, 0.0]),
        ("x.mode()[0]", [1.0, 1.0, 2.0], [0.0, 1.0, 0.0]),
        ("x.topk(1)[0]", [1.0, 1.0], [1.0, 0.0]),
        ("x.cummax(0)[0]", [1.0, 1.0, 0.0], [1.0, 2.0, 0.0]),
    ],
)
def test_of_a_tie_whole_reductions_share_and_picks_give_all_to_one(text: str, data: Any, expected: Any) -> None:
    assert gradient(text, data) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("x.prod()", [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
        ("x.prod()", [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
        ("x.cumprod(0)", [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
        ("x.std()", [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
        ("x.logcumsumexp(0)", [-1000.0, 1000.0], [1.0, 1.0]),
        ("x.logsumexp(0)", [1000.0, 0.0], [1.0, 0.0]),
    ],
)
def test_zeros_and_large_numbers_are_exact(text: str, data: Any, expected: Any) -> None:
    assert gradient(text, data) == expected


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("x.prod()", [0.0, 2.0, 3.0], [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]),
        ("x.prod()", [0.0, 0.0, 3.0], [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        ("x.cumprod(0)", [2.0, 0.0, 3.0], [[0.0, 4.0, 0.0], [4.0, 0.0, 2.0], [0.0, 2.0, 0.0]]),
    ],
)
def test_second_derivatives_of_products_are_exact_at_zeros(text: str, data: Any, expected: Any) -> None:
    x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(eval(text, {"x": x}).sum(), x, create_graph=True)
    assert [torch.autograd.grad(slope[i], x, retain_graph=True)[0].tolist() for i in range(len(data))] == expected


def test_one_element_has_no_variance_and_torch_warns() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    with pytest.warns(UserWarning, match=r"var\(\): degrees of freedom is <= 0\. Correction should be strictly less"):
        spread = x.var()
    spread.backward()
    assert math.isnan(spread.item())
    assert x.grad is not None
    assert math.isnan(x.grad.item())


def test_several_results_have_names_and_print_as_torchs() -> None:
    pair = torch.tensor([1.0, 3.0, 2.0]).max(dim=0)
    assert pair.values.item() == 3
    assert pair[1].item() == 1
    assert repr(pair) == "torch.return_types.max(\nvalues=tensor(3.),\nindices=tensor(1))"


def test_nan_is_the_largest_of_all_and_stays() -> None:
    x = torch.tensor([1.0, NAN, 3.0])
    assert math.isnan(x.max().item())
    assert x.max(0).indices.item() == x.argmax().item() == x.argmin().item() == x.median(0).indices.item() == 1
    assert x.sort().indices.tolist() == [0, 2, 1]
    assert x.sort(descending=True).indices.tolist() == [1, 2, 0]
    assert x.nansum().item() == 4
    assert torch.nanmean(x).item() == 2


def test_integers_are_counted_in_int64_and_a_dtype_may_be_asked_for() -> None:
    x = torch.tensor([1, 2, 3], dtype=torch.int32)
    for whole in (x.sum(), x.prod(), x.cumsum(0), x.cumprod(0)):
        assert whole.dtype is torch.int64
    assert x.mean(dtype=torch.float64).dtype is torch.float64
    assert x.cumsum(0, dtype=torch.float32).dtype is torch.float32
    assert torch.tensor([True, False]).max(0).indices.item() == 0


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.zeros(0).max()", RuntimeError,
         "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
         "'dim' argument."),
        ("torch.zeros(2, 0).min(1)", IndexError, "min(): Expected reduction dim 1 to have non-zero size."),
        ("torch.zeros(0).argmax()", IndexError,
         "argmax(): Expected reduction dim to be specified for input.numel() == 0."),
        ("torch.ones(2).topk(3)", RuntimeError, "selected index k out of range"),
        ("torch.ones(2).kthvalue(3)", RuntimeError, "kthvalue(): selected number k out of range for dimension 0"),
        ("torch.ones(2).cumsum()", TypeError, 'cumsum() missing 1 required positional arguments: "dim"'),
        ("torch.tensor([1, 2]).std()", RuntimeError, "std and var only support floating point and complex dtypes"),
        ("torch.ones(2).var(colour=1)", TypeError, "var() got an unexpected keyword argument 'colour'"),
        ("torch.linalg.norm(torch.ones(2, 2), 3)", RuntimeError, "linalg.matrix_norm: Order 3 not supported."),
        ("torch.linalg.norm(torch.ones(2, 2, 2), 2)", RuntimeError,
         "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D."),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_torch_says(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(text, {"torch": torch})
    assert str(raised.value) == message


def test_matrix_norms_are_of_rows_columns_and_singular_values() -> None:
    A = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    orders: list[tuple[Any, float]] = [(1, 6.0), (-1, 4.0), (INF, 7.0), (-INF, 3.0), ("fro", 30**0.5), (None, 30**0.5)]
    for order, expected in orders:
        assert torch.linalg.norm(A, order).item() == pytest.approx(expected)
    largest, smallest, both = (torch.linalg.matrix_norm(A, order).item() for order in (2, -2, "nuc"))
    assert largest * smallest == pytest.approx(10)
    assert largest + smallest == pytest.approx(both)
    assert torch.linalg.matrix_norm(torch.ones(2, 3, 4), 1, dim=(0, 2), keepdim=True).shape == (1, 3, 1)
    assert torch.linalg.matrix_norm(torch.ones(2, 3, 4), 2, dim=(0, 1), keepdim=True).shape == (1, 1, 4)


def test_a_quantile_lies_between_its_neighbours() -> None:
    x = torch.tensor([4.0, 1.0, 3.0, 2.0])
    assert x.quantile(0.4).item() == pytest.approx(2.2)
    assert x.quantile(0.4, interpolation="higher").item() == 3
    assert x.quantile(Tensor([0.0, 1.0])).tolist() == [1, 4]


def test_unique_gives_each_once_and_where_it_was() -> None:
    values, inverse, counts = torch.unique(torch.tensor([3, 1, 1]), return_inverse=True, return_counts=True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([1, 3], [1, 0, 0], [2, 1])
