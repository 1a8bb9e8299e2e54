"""Tensors that come from nowhere: their numbers, their dtypes, and what torch says of a wrong call."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from engine import torch
from engine.op import OPS


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    torch.manual_seed(0)
    yield
    torch.set_printoptions(profile="default")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch.rand(3)", [0.49625658988952637, 0.7682217955589294, 0.08847743272781372]),
        ("torch.randint(10, (8,))", [4, 9, 3, 0, 3, 9, 7, 3]),
        ("torch.randint(-2**40, 2**40, (3,))", [-358231004625, -593374360384, 291447657211]),
        ("torch.randperm(8)", [4, 0, 7, 3, 2, 5, 1, 6]),
        ("torch.bernoulli(torch.linspace(0, 1, 8))", [0, 0, 1, 1, 1, 1, 1, 1]),
        ("torch.bernoulli(torch.linspace(0, 1, 8, dtype=torch.float64))", [0, 0, 0, 0, 0, 0, 1, 1]),
        ("torch.empty(8).bernoulli_(0.4)", [0, 0, 0, 0, 0, 0, 1, 1]),
        (
            "torch.empty(6).uniform_(-0.3, 0.8)",
            [0.24588224291801453, 0.5450440049171448, -0.20267483592033386, -0.15476647019386292,
             0.03816509246826172, 0.3974865674972534],
        ),
        (
            "torch.empty(6).normal_(0.3, 0.7)",
            [1.3786972761154175, 0.09459976851940155, -1.225152611732483, 0.6979019045829773,
             -0.45916563272476196, -0.6790167689323425],
        ),
        ("torch.empty(3).exponential_(2)", [1.754163146018982, 0.6151923537254333, 0.3075220584869385]),
        ("torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 4)", [2, 1, 3, 0]),
        ("torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 8, True)", [3, 3, 2, 3, 3, 3, 1, 2]),
    ],
)  # fmt: skip
def test_a_seed_gives_torchs_numbers_to_the_last_bit(text: str, expected: list[float]) -> None:
    assert eval(text, {"torch": torch}).tolist() == expected


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("torch.arange(5)", "tensor([0, 1, 2, 3, 4])"),
        ("torch.arange(2, 8, 3)", "tensor([2, 5])"),
        ("torch.arange(0, 1, 0.25)", "tensor([0.0000, 0.2500, 0.5000, 0.7500])"),
        ("torch.arange(0, 1, 0.5, dtype=torch.int32)", "tensor([0, 0], dtype=torch.int32)"),
        ("torch.arange(torch.tensor(3))", "tensor([0, 1, 2])"),
        ("torch.linspace(0, 1, 5)", "tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])"),
        ("torch.linspace(0, 10, 5, dtype=torch.int64)", "tensor([ 0,  2,  5,  7, 10])"),
        ("torch.linspace(2, 5, 1)", "tensor([2.])"),
        ("torch.logspace(0, 2, 3)", "tensor([  1.,  10., 100.])"),
        ("torch.logspace(0, 2, 3, 2)", "tensor([1., 2., 4.])"),
        ("torch.eye(2, 3)", "tensor([[1., 0., 0.],\n        [0., 1., 0.]])"),
        ("torch.full((2,), 3)", "tensor([3, 3])"),
        ("torch.full((2,), True)", "tensor([True, True])"),
        ("torch.full((2,), torch.tensor(3.))", "tensor([3., 3.])"),
        ("torch.empty(0, 3)", "tensor([], size=(0, 3))"),
        ("torch.tril_indices(2, 3, -1)", "tensor([[1],\n        [0]])"),
        ("torch.triu_indices(2, 2)", "tensor([[0, 0, 1],\n        [0, 1, 1]])"),
        ("torch.normal(torch.arange(3.), 2.)", "tensor([ 3.0820,  0.4131, -2.3576])"),
        ("torch.ones_like(torch.tensor([1, 2]))", "tensor([1, 1])"),
        ("torch.zeros_like(torch.ones(2), requires_grad=True)", "tensor([0., 0.], requires_grad=True)"),
        ("torch.full_like(torch.tensor([1, 2]), 3.5)", "tensor([3, 3])"),
        ("torch.randint_like(torch.ones(2), 2, 5)", "tensor([4., 2.])"),
        ("torch.ones(2).new_full((3,), 2)", "tensor([2., 2., 2.])"),
        ("torch.ones(2, dtype=torch.float64).new_zeros(2)", "tensor([0., 0.], dtype=torch.float64)"),
        ("torch.rand(2, generator=torch.Generator().manual_seed(3))", "tensor([0.0043, 0.1056])"),
        ("torch.ones(2, device=torch.device('cpu'))", "tensor([1., 1.])"),
        ("torch.Tensor([1, 2])", "tensor([1., 2.])"),
        ("torch.Tensor(2, 3).shape", "torch.Size([2, 3])"),
        ("torch.LongTensor([1.5])", "tensor([1])"),
        ("torch.as_tensor([1.0, 2.0])", "tensor([1., 2.])"),
        (
            "torch.bernoulli(torch.full((2,), 1.0, requires_grad=True))",
            "tensor([1., 1.], grad_fn=<BernoulliBackward0>)",
        ),
    ],
)
def test_a_source_prints_as_torch_prints_it(text: str, printed: str) -> None:
    assert repr(eval(text, {"torch": torch})) == printed


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.arange(0, -3)", RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        ("torch.arange(0, 1, 0)", RuntimeError, "step must be nonzero"),
        ("torch.arange(0, 1, 0.1, dtype=torch.int64)", ValueError, "step must be nonzero"),
        ("torch.arange('a')", TypeError, "arange(): argument 'end' (position 1) must be Number, not str"),
        ("torch.linspace(0, 1, -1)", RuntimeError, "number of steps must be non-negative"),
        ("torch.eye(2.5)", TypeError, "eye(): argument 'n' (position 1) must be int, not float"),
        ("torch.eye(2, -1)", RuntimeError, "m must be greater or equal to 0, got -1"),
        ("torch.full(2, 3)", TypeError, "full(): argument 'size' (position 1) must be tuple of ints, not int"),
        ("torch.randint(5, 3, (2,))", RuntimeError,
         "random_ expects 'from' to be less than 'to', but got from=5 >= to=3"),
        ("torch.randint(3, (2,), dtype=torch.bool)", RuntimeError, "to - 1 is out of bounds for bool"),
        ("torch.randint(5, 2)", TypeError, "randint(): argument 'size' (position 2) must be tuple of ints, not int"),
        ("torch.randperm(-1)", RuntimeError, "Trying to create tensor with negative dimension -1: [-1]"),
        ("torch.randperm(300, dtype=torch.uint8)", RuntimeError,
         "value cannot be converted to type uint8_t without overflow"),
        ("torch.normal(0.0, -1.0, (3,))", RuntimeError, "normal expects std >= 0.0, but found std -1"),
        ("torch.rand_like(torch.tensor([1]))", NotImplementedError,
         "\"check_uniform_bounds\" not implemented for 'Long'"),
        ("torch.ones_like(3)", TypeError, "ones_like(): argument 'input' (position 1) must be Tensor, not int"),
        ("torch.multinomial(torch.ones(3), 5)", RuntimeError,
         "cannot sample n_sample > prob_dist.size(-1) samples without replacement"),
        ("torch.multinomial(torch.zeros(3), 1)", RuntimeError,
         "invalid multinomial distribution (sum of probabilities <= 0)"),
        ("torch.empty(3).uniform_(3, 1)", RuntimeError,
         "uniform_ expects to return a [from, to) range, but found from=3 > to=1"),
        ("torch.zeros(2, device='cuda')", AssertionError, "Torch not compiled with CUDA enabled"),
        ("torch.broadcast_shapes((2, 1), (3, 3), (5, 1, 3))", RuntimeError,
         "Attempting to broadcast a dimension of length 3 at -2! Mismatching argument at index 1 had (3, 3); but "
         "expected shape should be broadcastable to [1, 2, 3]"),
    ],
)  # fmt: skip
def test_a_wrong_call_of_a_source_says_what_torch_says(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        eval(text, {"torch": torch})
    assert str(raised.value) == message


def test_a_stream_goes_back_to_a_state() -> None:
    torch.randn(1)  # the second of a pair is kept, and belongs to the state
    state = torch.get_rng_state()
    numbers = torch.randn(5)
    torch.set_rng_state(state)
    assert torch.equal(torch.randn(5), numbers)
    assert state.shape == (5056,)


def test_a_forked_stream_leaves_the_shared_one_where_it_was() -> None:
    with torch.random.fork_rng():
        torch.rand(7)
    assert torch.rand(1).item() == pytest.approx(0.49625659)
    assert torch.initial_seed() == 0


def test_a_seed_param_makes_every_source_repeatable() -> None:
    for name in ("rand", "randn", "randint", "randperm", "normal"):
        first, second = (OPS[name].apply(seed=5).array for _ in range(2))
        np.testing.assert_array_equal(first, second)


def test_no_gradient_passes_through_chance() -> None:
    p = torch.full((3,), 0.5, requires_grad=True)
    torch.bernoulli(p).sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [0, 0, 0]


def test_the_limits_of_dtypes_print_as_torchs() -> None:
    assert repr(torch.finfo(torch.float16)) == (
        "finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, "
        "tiny=6.10352e-05, dtype=float16)"
    )
    assert torch.iinfo(torch.int8).max == 127
    with pytest.raises(TypeError, match="requires a floating point input type"):
        torch.finfo(torch.int64)


def test_print_options_hold_until_they_are_set_back() -> None:
    torch.set_printoptions(precision=2)
    assert repr(torch.tensor([1 / 3])) == "tensor([0.33])"
    torch.set_printoptions(sci_mode=True)
    assert repr(torch.tensor([1.5])) == "tensor([1.50e+00])"
    torch.set_printoptions(profile="default")
    assert repr(torch.tensor([1 / 3])) == "tensor([0.3333])"
