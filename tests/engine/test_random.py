"""The same seed gives torch's numbers."""

from __future__ import annotations

import numpy as np

from engine import torch
from engine.op import OPS


def test_seed_zero_gives_the_numbers_that_torch_prints() -> None:
    torch.manual_seed(0)
    assert repr(torch.randn(3)) == "tensor([ 1.5410, -0.2934, -2.1788])"
    torch.manual_seed(0)
    assert repr(torch.randn(30)) == (
        "tensor([-1.1258, -1.1524, -0.2506, -0.4339,  0.8487,  0.6920, -0.3160, -2.1152,\n"
        "         0.3223, -1.2633,  0.3500,  0.3081,  0.1198,  1.2377, -0.1435, -0.1116,\n"
        "        -0.6136,  0.0316, -0.4927,  0.2484,  0.4397,  0.1124, -0.8411, -2.3160,\n"
        "        -0.1023,  0.7924, -0.2897,  0.0525,  0.5229,  2.3022])"
    )


def test_the_second_half_of_a_pair_is_kept_for_the_next_call() -> None:
    torch.manual_seed(0)
    once = torch.randn(4).tolist()
    torch.manual_seed(0)
    assert torch.randn(1).tolist() + torch.randn(3).tolist() == once


def test_a_seed_param_leaves_the_shared_stream_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2).tolist()
    torch.manual_seed(3)
    seeded = OPS["randn"].apply(size=(3,), seed=0)
    assert torch.rand(2).tolist() == expected
    assert repr(seeded) == "tensor([ 1.5410, -0.2934, -2.1788])"


def test_uniform_numbers_are_in_range_and_in_the_dtype_asked_for() -> None:
    torch.manual_seed(1)
    single, double = torch.rand(1000), torch.rand(1000, dtype=torch.float64)
    assert single.dtype is torch.float32
    assert double.dtype is torch.float64
    for tensor in (single, double):
        assert 0 <= tensor.array.min() < 0.01
        assert 0.99 < tensor.array.max() < 1


def test_many_normal_numbers_have_mean_0_and_deviation_1() -> None:
    numbers = OPS["randn"].apply(size=(10_001,), seed=5).array
    assert np.abs(numbers.mean()) < 0.03
    assert np.abs(numbers.std() - 1) < 0.03
