"""Tensors print byte for byte as in torch; the expected lines were recorded there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import torch
from engine.autograd.printing import tensor_text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("tensor([1., 2, 3])", "tensor([1., 2., 3.])"),
        ("tensor([1, 2.5, -3])", "tensor([ 1.0000,  2.5000, -3.0000])"),
        ("tensor(3.14159)", "tensor(3.1416)"),
        ("tensor(27.)", "tensor(27.)"),
        ("tensor([1e-5, 1])", "tensor([1.0000e-05, 1.0000e+00])"),
        ("tensor([1e9, 1])", "tensor([1.0000e+09, 1.0000e+00])"),
        ("tensor([1e8, 2])", "tensor([1.0000e+08, 2.0000e+00])"),
        ("tensor([1001.5, 1])", "tensor([1.0015e+03, 1.0000e+00])"),
        ("tensor([1000.5, 1.5])", "tensor([1000.5000,    1.5000])"),
        ("tensor([5e-5, .04])", "tensor([5.0000e-05, 4.0000e-02])"),
        ("tensor([math.nan, math.inf, -math.inf, 1])", "tensor([nan, inf, -inf, 1.])"),
        ("tensor([math.nan, 1.5])", "tensor([   nan, 1.5000])"),
        ("tensor([math.nan])", "tensor([nan])"),
        ("tensor([])", "tensor([])"),
        ("zeros(0, 3)", "tensor([], size=(0, 3))"),
        ("tensor([], dtype=torch.int64)", "tensor([], dtype=torch.int64)"),
        ("arange(10)", "tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])"),
        ("tensor([0, 1, 2], dtype=torch.int32)", "tensor([0, 1, 2], dtype=torch.int32)"),
        ("tensor([True, False])", "tensor([ True, False])"),
        ("ones(2, dtype=torch.float64)", "tensor([1., 1.], dtype=torch.float64)"),
        ("ones(2, dtype=torch.float16)", "tensor([1., 1.], dtype=torch.float16)"),
        ("arange(6.).reshape(2, 3)", "tensor([[0., 1., 2.],\n        [3., 4., 5.]])"),
        (
            "arange(12.).reshape(2, 2, 3)",
            "tensor([[[ 0.,  1.,  2.],\n         [ 3.,  4.,  5.]],\n\n"
            "        [[ 6.,  7.,  8.],\n         [ 9., 10., 11.]]])",
        ),
        (
            "arange(2000.)",
            "tensor([0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 1.9970e+03, 1.9980e+03,\n        1.9990e+03])",
        ),
        (
            "ones(2, dtype=torch.float64, requires_grad=True)",
            "tensor([1., 1.], dtype=torch.float64, requires_grad=True)",
        ),
        ("tensor([-0., 1.5])", "tensor([-0.0000, 1.5000])"),
        ("tensor(.1, dtype=torch.float64)", "tensor(0.1000, dtype=torch.float64)"),
        ("tensor(1e-10)", "tensor(1.0000e-10)"),
        ("tensor(0.)", "tensor(0.)"),
        ("tensor(123456.7890625)", "tensor(123456.7891)"),
        ("Size((2, 3))", "torch.Size([2, 3])"),
        ("float32", "torch.float32"),
    ],
)
def test_a_tensor_prints_as_in_torch(text: str, printed: str) -> None:
    value = eval(f"torch.{text}", {"torch": torch, "math": math})
    assert repr(value) == printed


def test_a_large_matrix_shows_its_corners() -> None:
    text = repr(torch.arange(10000.0).reshape(100, 100))
    assert text.startswith(
        "tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.7000e+01, 9.8000e+01,\n         9.9000e+01],\n"
    )
    assert "\n        ...,\n" in text
    assert text.count("...") == 7


def test_a_suffix_that_does_not_fit_goes_on_its_own_line() -> None:
    row = np.full((1, 8), 0.0447, np.float32)
    assert tensor_text(row, True, "SoftmaxBackward0").endswith("0.0447]],\n       grad_fn=<SoftmaxBackward0>)")


def test_a_tensor_without_dimensions_formats_as_its_number() -> None:
    x = torch.tensor(1.5)
    assert f"{x:.3f}" == "1.500"
    assert f"{x}" == "1.5"
    with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor\.__format__"):
        format(torch.ones(2), ".3f")


def test_type_is_the_old_name_of_the_dtype() -> None:
    assert torch.ones(1).type() == "torch.FloatTensor"
    assert torch.tensor([1]).type() == "torch.LongTensor"
