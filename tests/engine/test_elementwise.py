"""Arithmetic, functions of one number, comparisons: what torch does where numpy does otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.ops.functions.powers import erf_values, erfc_values

NAMES: dict[str, Any] = {
    "x": torch.tensor([1.0, -2.0, 3.0], requires_grad=True),
    "y": torch.tensor([2.0, 2.0, -2.0], requires_grad=True),
    "i": torch.tensor([1, -2, 3]),
    "b": torch.tensor([True, False, True]),
    "half": torch.tensor([1.0, 2.0], dtype=torch.float16),
    "torch": torch,
    "nan": math.nan,
    "inf": math.inf,
}


def evaluated(text: str) -> Any:
    return eval(text, NAMES)


def test_erf_is_right_to_the_last_bit_or_the_one_before() -> None:
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.uniform(-7, 7, 5000), draw.uniform(-1, 1, 2000) * 10.0 ** draw.integers(-300, 2, 2000)])
    edges = np.array([0.0, -0.0, math.inf, -math.inf, 0.84375, 1.25, 1 / 0.35, 6.0, 27.2, 28.0])
    x = np.concatenate([x, edges, -edges])
    for values, exact, bits in ((erf_values, math.erf, 1), (erfc_values, math.erfc, 4)):
        expected = np.array([exact(number) for number in x])
        assert np.all(np.abs(values(x) - expected) <= bits * np.spacing(np.abs(expected)))
        assert math.isnan(values(np.array(math.nan)))
        assert values(np.float32(0.5)).dtype == np.float32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch.add(x, y, alpha=2)", "tensor([ 5.,  2., -1.], grad_fn=<AddBackward0>)"),
        ("torch.sub(2, x)", "tensor([ 1.,  4., -1.], grad_fn=<SubBackward0>)"),
        ("2 - x", "tensor([ 1.,  4., -1.], grad_fn=<RsubBackward1>)"),
        ("torch.rsub(x, 2)", "tensor([ 1.,  4., -1.], grad_fn=<RsubBackward1>)"),
        ("torch.add(2, 3)", "tensor(5)"),
        ("torch.div(1, x)", "tensor([ 1.0000, -0.5000,  0.3333], grad_fn=<DivBackward0>)"),
        ("torch.div(i, 2, rounding_mode='floor')", "tensor([ 0, -1,  1])"),
        ("torch.div(i, -2, rounding_mode='trunc')", "tensor([ 0,  1, -1])"),
        ("x // 2", "tensor([ 0., -1.,  1.], grad_fn=<NotImplemented>)"),
        ("5 // i", "tensor([ 5, -3,  1])"),
        ("5 % i", "tensor([ 0, -1,  2])"),
        ("x % 2", "tensor([1., -0., 1.], grad_fn=<RemainderBackward0>)"),
        ("2 % x", "tensor([0., 0., 2.], grad_fn=<NotImplemented>)"),
        ("torch.fmod(x, 2)", "tensor([1., -0., 1.], grad_fn=<FmodBackward0>)"),
        ("torch.float_power(i, 2)", "tensor([1., 4., 9.], dtype=torch.float64)"),
        ("torch.xlogy(x, 2)", "tensor([ 0.6931, -1.3863,  2.0794], grad_fn=<XlogyBackward2>)"),
        ("torch.lerp(x, y, 0.5)", "tensor([1.5000, 0.0000, 0.5000], grad_fn=<LerpBackward0>)"),
        ("torch.where(b, x, 0)", "tensor([1., 0., 3.], grad_fn=<WhereBackward0>)"),
        ("torch.where(b, 1.0, 0)", "tensor([1., 0., 1.])"),
        ("torch.where(b, i, 2.5)", "tensor([1.0000, 2.5000, 3.0000])"),
        ("torch.where(b)", "(tensor([0, 2]),)"),
        ("x.where(b, y)", "tensor([1., 2., 3.], grad_fn=<WhereBackward0>)"),
        ("i.masked_fill(b, 2.7)", "tensor([ 2, -2,  2])"),
        ("torch.clamp(i, min=0.5)", "tensor([1.0000, 0.5000, 3.0000])"),
        ("torch.clamp(x, max=y)", "tensor([ 1., -2., -2.], grad_fn=<ClampBackward0>)"),
        ("torch.clip(x, 0, 1)", "tensor([1., 0., 1.], grad_fn=<ClampBackward1>)"),
        ("torch.clamp(x, 1, 0)", "tensor([0., 0., 0.], grad_fn=<ClampBackward1>)"),
        ("torch.nan_to_num(torch.tensor([nan, inf, 1.]), 1, 2)", "tensor([1., 2., 1.])"),
        ("torch.sign(torch.tensor([nan, -0., 2.]))", "tensor([0., 0., 1.])"),
        ("torch.round(x * 1.25, decimals=1)", "tensor([ 1.2000, -2.5000,  3.8000], grad_fn=<RoundBackward1>)"),
        ("torch.floor(i)", "tensor([ 1, -2,  3])"),
        ("half.rsqrt()", "tensor([1.0000, 0.7070], dtype=torch.float16)"),
        ("i.exp2()", "tensor([2.0000, 0.2500, 8.0000])"),
        ("torch.special.logit(torch.tensor([0., 0.5, 2.]), eps=0.1)", "tensor([-2.1972,  0.0000,  2.1972])"),
        ("1 | i", "tensor([ 1, -1,  3])"),
        ("~b ^ True", "tensor([ True, False,  True])"),
        ("torch.isclose(torch.tensor([nan]), torch.tensor([nan]), equal_nan=True)", "tensor([True])"),
    ],
)
def test_an_elementwise_call_gives_what_torch_prints(text: str, expected: str) -> None:
    assert repr(evaluated(text)) == expected


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("torch.add(i, 1, alpha=0.5)", RuntimeError,
         "For integral input tensors, argument alpha must not be a floating point number."),
        ("torch.div(x, 2, rounding_mode='up')", RuntimeError,
         "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found 'up'"),
        ("i // 0", RuntimeError, "ZeroDivisionError"),
        ("i % 0", RuntimeError, "ZeroDivisionError"),
        ("torch.maximum(x, 2.0)", TypeError, "maximum(): argument 'other' (position 2) must be Tensor, not float"),
        ("torch.hypot(i, i)", NotImplementedError, "\"hypot_cpu\" not implemented for 'Long'"),
        ("torch.lerp(x, y.to(torch.float64), 0.5)", RuntimeError,
         "expected dtype float for `end` but got dtype double"),
        ("torch.where(x, x, y)", RuntimeError,
         "where expected condition to be a boolean tensor, but got a tensor with dtype Float"),
        ("x.masked_fill(i, 2)", RuntimeError,
         "masked_fill_ only supports boolean masks, but got mask with dtype long int"),
        ("i.masked_fill(b, inf)", RuntimeError, "value cannot be converted to type int64_t without overflow"),
        ("torch.clamp(x)", RuntimeError, "torch.clamp: At least one of 'min' or 'max' must not be None"),
        ("~x", NotImplementedError, "\"bitwise_not_cpu\" not implemented for 'Float'"),
        ("torch.isclose(x, i)", RuntimeError, "Float did not match Long"),
        ("x // 'a'", TypeError, "unsupported operand type(s) for //: 'Tensor' and 'str'"),
    ],
)  # fmt: skip
def test_a_wrong_elementwise_call_says_what_torch_says(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        evaluated(text)
    assert str(raised.value) == message


def test_tensor_bounds_of_clamp_get_the_gradient_of_what_they_hold_back() -> None:
    x = torch.tensor([-2.0, 0.0, 2.0, 2.0], requires_grad=True)
    low = torch.tensor([-1.0, -1.0, -1.0, 4.0], requires_grad=True)
    high = torch.tensor([1.0, 1.0, 1.0, 3.0], requires_grad=True)
    grads = torch.autograd.grad(torch.clamp(x, low, high).sum(), (x, low, high))
    assert [g.tolist() for g in grads] == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1]]


def test_what_where_did_not_choose_gets_0_even_of_an_infinite_gradient() -> None:
    x, y = (torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    torch.where(torch.tensor([True, False]), x, y).backward(torch.tensor([math.inf, math.nan]))
    assert x.grad is not None
    assert y.grad is not None
    assert x.grad.tolist() == [math.inf, 0]
    assert y.grad.tolist()[0] == 0
