"""Values and gradients at corners, jumps and edges, where mathematics leaves a choice: torch's choice."""

from __future__ import annotations

import warnings
from itertools import chain
from math import inf
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.op import OPS
from engine.ops.kinks import KINKS, Kink
from engine.run.reference import sections
from engine.torch import nn

READ_TWICE = [
    Kink("x.unfold(0, 2, 1)", (1.0, 2.0, 3.0), (1.0, 2.0, 2.0, 3.0), (1.0, 2.0, 1.0)),
    Kink("x[[0, 0]]", (1.0, 2.0), (1.0, 1.0), (2.0, 0.0)),
    Kink("x.expand(2, 2)", (1.0, 2.0), (1.0, 2.0, 1.0, 2.0), (2.0, 2.0)),
]
"""No kinks, but elements that come more than once."""

REFUSED = [
    ("x//1", [1.5], "derivative for aten::floor_divide is not implemented"),
    ("torch.heaviside(x,x)", [0.0], "derivative for aten::heaviside is not implemented"),
]


def evaluated(code: str, x: Any) -> Any:
    return eval(code, {"torch": torch, "F": nn.functional, "inf": inf}, {"x": x})


ROWS = [*chain.from_iterable(KINKS.values()), *READ_TWICE]


@pytest.mark.parametrize("kink", ROWS, ids=[f"{kink.code} at {kink.at}" for kink in ROWS])
def test_at_a_kink_the_gradient_is_torchs(kink: Kink) -> None:
    x = torch.tensor(kink.at, dtype=torch.float64, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the variance of one number
        result = evaluated(kink.code, x)
    np.testing.assert_allclose(np.ravel(result.array), kink.value, rtol=1e-5)
    if kink.gradient is None:
        [found] = torch.autograd.grad(result.sum(), x, allow_unused=True) if result.requires_grad else [None]
        assert found is None
    else:
        result.sum().backward()
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.array, kink.gradient, rtol=1e-5)


def test_the_table_names_ops() -> None:
    assert set(KINKS) <= set(OPS)


def test_the_help_of_an_op_tells_its_kinks() -> None:
    [told] = [section for section in sections(OPS["relu"]) if section.title == "At its corners"]
    assert told.lines == (("", "x.relu() at x = 0 has the slope 0"),)


@pytest.mark.parametrize(("expression", "at", "message"), REFUSED)
def test_what_torch_has_no_gradient_for_is_refused_in_the_backward_pass(
    expression: str, at: list[float], message: str
) -> None:
    result = evaluated(expression, torch.tensor(at, dtype=torch.float64, requires_grad=True))
    assert result.grad_fn.name() == "torch::autograd::NotImplemented"
    with pytest.raises(RuntimeError, match=message):
        result.sum().backward()
