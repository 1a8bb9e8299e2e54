"""What surprises in the layers of networks: ties, statistics that move, chance, and which history torch prints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.torch.nn import functional as F


def drawn(*shape: int, grad: bool = True, dtype: str = "float64") -> Any:
    values = np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)
    return torch.from_numpy(values).requires_grad_(grad)


def chain(tensor: Any) -> list[str]:
    """The printed names along the first inputs."""
    names, function = [], tensor.grad_fn
    while function is not None and function.next_functions:
        names.append(type(function).__name__)
        function = next((f for f, _ in function.next_functions if f is not None), None)
    return names


def test_of_equal_elements_the_first_is_the_largest_of_a_window() -> None:
    x = torch.ones(1, 1, 2, 2, requires_grad=True)
    values, places = F.max_pool2d(x, 2, return_indices=True)
    values.sum().backward()
    assert places.tolist() == [[[[0]]]]
    assert x.grad.tolist() == [[[[1, 0], [0, 0]]]]


def test_padding_never_wins_not_even_against_minus_infinity() -> None:
    values, places = F.max_pool2d(torch.full((1, 1, 2, 2), -torch.inf), 2, 1, 1, return_indices=True)
    assert places.tolist() == [[[[0, 0, 1], [0, 0, 1], [2, 2, 3]]]]
    assert values.tolist() == [[[[-torch.inf] * 3] * 3]]


def test_nan_is_the_largest_of_its_window() -> None:
    assert np.isnan(F.max_pool1d(torch.tensor([[1.0, torch.nan, 3.0]]), 3).item())


def test_windows_that_overlap_add_their_gradients_up() -> None:
    x = torch.tensor([[1.0, 5.0, 2.0]], requires_grad=True)
    F.max_pool1d(x, 2, 1).sum().backward()
    assert x.grad.tolist() == [[0, 2, 0]]


def test_running_statistics_move_in_place_and_by_the_unbiased_variance() -> None:
    x, mean, variance = drawn(4, 3, 5, grad=False), torch.zeros(3), torch.ones(3)
    F.batch_norm(x, mean, variance, training=True)
    np.testing.assert_allclose(mean.numpy(), 0.1 * x.numpy().mean((0, 2)), rtol=1e-6)
    np.testing.assert_allclose(variance.numpy(), 0.9 + 0.1 * x.numpy().var((0, 2), ddof=1), rtol=1e-6)
    assert mean._version == 1
    F.batch_norm(x, mean, variance)
    assert mean._version == 1


def test_one_value_per_channel_cannot_be_normalized() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        F.batch_norm(torch.ones(1, 3), None, None, training=True)


def test_dropout_outside_training_gives_its_input_itself() -> None:
    x = torch.ones(3)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert F.dropout(x, 1.0).tolist() == [0, 0, 0]


def test_what_dropout_keeps_is_enlarged_and_comes_again_with_the_seed() -> None:
    torch.manual_seed(3)
    once = F.dropout(torch.ones(50), 0.75)
    torch.manual_seed(3)
    assert F.dropout(torch.ones(50), 0.75).tolist() == once.tolist()
    assert set(once.tolist()) == {0.0, 4.0}


def test_padding_rows_of_an_embedding_get_no_gradient_and_repeated_ones_all_of_it() -> None:
    table = torch.ones(4, 2, requires_grad=True)
    F.embedding(torch.tensor([[0, 1], [1, 3]]), table, padding_idx=-1).sum().backward()
    assert table.grad.tolist() == [[1, 1], [2, 2], [0, 0], [0, 0]]


def test_an_embedding_may_shorten_the_rows_it_uses() -> None:
    table = torch.tensor([[3.0, 4.0], [30.0, 40.0]])
    F.embedding(torch.tensor([0]), table, max_norm=1.0)
    np.testing.assert_allclose(table.numpy(), [[0.6, 0.8], [30, 40]], rtol=1e-6)


def test_attention_over_batch_and_heads_is_one_op_and_else_many_but_the_same() -> None:
    q, k, v = drawn(2, 4, 3, 8), drawn(2, 4, 6, 8), drawn(2, 4, 6, 8)
    whole = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    parts = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    assert chain(whole) == ["ScaledDotProductFlashAttentionForCpuBackward0"]
    assert chain(parts)[0] == "UnsafeViewBackward0"
    np.testing.assert_allclose(whole.detach().numpy(), parts.detach().numpy())
    for one, other in zip(
        torch.autograd.grad(whole.sum(), (q, k, v)), torch.autograd.grad(parts.sum(), (q, k, v)), strict=True
    ):
        np.testing.assert_allclose(one.numpy(), other.numpy())


def test_a_query_that_may_look_at_nothing_gets_zeros() -> None:
    q, k, v = drawn(1, 2, 3), drawn(1, 2, 3), drawn(1, 2, 3)
    nothing = torch.tensor([[True, True], [False, False]])
    result = F.scaled_dot_product_attention(q, k, v, nothing)
    assert result.tolist()[0][1] == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv", ["SqueezeBackward1", "ConvolutionBackward0", "UnsqueezeBackward0"]),
        ("max", ["SqueezeBackward1", "MaxPool2DWithIndicesBackward0", "UnsqueezeBackward0"]),
        ("mean", ["SqueezeBackward1", "AvgPool2DBackward0", "UnsqueezeBackward0"]),
        ("global", ["MeanBackward1"]),
        ("rms", ["MulBackward0", "MulBackward0"]),
        ("unit", ["DivBackward0"]),
    ],
)
def test_the_layers_leave_the_history_that_torch_leaves(name: str, expected: list[str]) -> None:
    signal, image = drawn(2, 6), drawn(2, 3, 4, 4)
    results = {
        "conv": lambda: F.conv1d(signal, drawn(1, 2, 3, grad=False)),
        "max": lambda: F.max_pool1d(signal, 2),
        "mean": lambda: F.avg_pool1d(signal, 2),
        "global": lambda: F.adaptive_avg_pool2d(image, 1),
        "rms": lambda: F.rms_norm(image, (4,), drawn(4)),
        "unit": lambda: F.normalize(image),
    }
    assert chain(results[name]())[: len(expected)] == expected


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_layers_keep_the_dtype(dtype: str) -> None:
    x, w, b = drawn(2, 4, 6, 6, dtype=dtype), drawn(4, 4, 3, 3, dtype=dtype), drawn(4, dtype=dtype)
    result = F.group_norm(F.max_pool2d(F.conv2d(x, w, b, padding=1), 2), 2, b, b)
    for tensor in (result, *torch.autograd.grad(result.sum(), (x, w, b))):
        assert tensor.dtype is getattr(torch, dtype)
