"""Values and gradients at corners, jumps and edges, where mathematics leaves a choice: torch's choice."""

from __future__ import annotations

import warnings
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.torch import nn

KINKS: list[tuple[str, list[float], list[float], list[float] | None]] = [
    ("x.abs()", [0.0, -0.0], [0.0, 0.0], [0.0, 0.0]),
    ("x.sign()", [0.0], [0.0], [0.0]),
    ("x.relu()", [0.0], [0.0], [0.0]),
    ("F.leaky_relu(x,.1)", [0.0], [0.0], [0.1]),
    ("F.elu(x)", [0.0], [0.0], [1.0]),
    ("F.relu6(x)", [0.0, 6.0], [0.0, 6.0], [0.0, 0.0]),
    ("F.hardtanh(x)", [-1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]),
    ("torch.clamp(x,-1,1)", [-1.0, 1.0, 2.0], [-1.0, 1.0, 1.0], [1.0, 1.0, 0.0]),
    ("torch.clamp(x,min=0.)", [0.0], [0.0], [1.0]),
    ("x.sqrt()", [0.0], [0.0], [inf]),
    ("x.rsqrt()", [0.0], [inf], [-inf]),
    ("x.log()", [0.0, -1.0], [-inf, nan], [inf, -1.0]),
    ("x**0", [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]),
    ("x**0.5", [0.0], [0.0], [inf]),
    ("x**1", [0.0], [0.0], [1.0]),
    ("x**2", [0.0], [0.0], [0.0]),
    ("x**1.5", [0.0], [0.0], [0.0]),
    ("x**-1", [0.0], [inf], [-inf]),
    ("0**x", [0.0, 1.0, -1.0], [1.0, 0.0, inf], [0.0, 0.0, -inf]),
    ("x**x", [0.0], [1.0], [0.0]),
    ("x.norm()", [0.0, 0.0], [0.0], [0.0, 0.0]),
    ("x.norm(1)", [0.0, 1.0], [1.0], [0.0, 1.0]),
    ("x.norm(inf)", [1.0, -1.0], [1.0], [0.5, -0.5]),
    ("x.norm(3)", [0.0, 0.0], [0.0], [0.0, 0.0]),
    ("x.norm(0.5)", [0.0, 1.0], [1.0], [0.0, 1.0]),
    ("x.norm(0)", [0.0, 1.0], [1.0], None),
    ("torch.maximum(x,torch.zeros(1,dtype=torch.float64))", [0.0], [0.0], [0.5]),
    ("torch.minimum(x,torch.zeros(1,dtype=torch.float64))", [0.0], [0.0], [0.5]),
    ("torch.fmax(x,torch.zeros(1,dtype=torch.float64))", [0.0], [0.0], [1.0]),
    ("x.max()", [1.0, 1.0, 0.0], [1.0], [0.5, 0.5, 0.0]),
    ("x.max(0)[0]", [1.0, 1.0, 0.0], [1.0], [1.0, 0.0, 0.0]),
    ("x.amax()", [1.0, 1.0, 0.0], [1.0], [0.5, 0.5, 0.0]),
    ("x.amax(0)", [1.0, 1.0, 0.0], [1.0], [0.5, 0.5, 0.0]),
    ("x.min(0)[0]", [1.0, 1.0, 2.0], [1.0], [1.0, 0.0, 0.0]),
    ("x.median()", [1.0, 1.0, 1.0], [1.0], [0.333333, 0.333333, 0.333333]),
    ("x.median(0)[0]", [1.0, 1.0, 2.0], [1.0], [0.0, 1.0, 0.0]),
    ("x.cummax(0)[0]", [1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 2.0, 0.0]),
    ("x.sort()[0][0]", [1.0, 1.0], [1.0], [1.0, 0.0]),
    ("x.topk(1)[0]", [1.0, 1.0], [1.0], [1.0, 0.0]),
    ("x.prod()", [0.0, 2.0, 3.0], [0.0], [6.0, 0.0, 0.0]),
    ("x.prod()", [0.0, 0.0, 3.0], [0.0], [0.0, 0.0, 0.0]),
    ("x.cumprod(0)", [2.0, 0.0, 3.0], [2.0, 0.0, 0.0], [1.0, 8.0, 0.0]),
    ("x.std()", [1.0, 1.0, 1.0], [0.0], [0.0, 0.0, 0.0]),
    ("x.var()", [1.0, 1.0, 1.0], [0.0], [0.0, 0.0, 0.0]),
    ("x.var()", [1.0], [nan], [nan]),
    ("torch.atan2(x,x)", [0.0], [0.0], [0.0]),
    ("torch.hypot(x,x)", [0.0], [0.0], [nan]),
    ("torch.logaddexp(x,x)", [-inf], [-inf], [nan]),
    ("torch.xlogy(x,x)", [0.0], [0.0], [nan]),
    ("x.logsumexp(0)", [-inf, -inf], [-inf], [nan, nan]),
    ("x.softmax(0)", [inf, 0.0], [nan, nan], [nan, nan]),
    ("torch.where(x>0,x.log(),x)", [0.0, 1.0], [0.0, 0.0], [nan, 1.0]),
    ("torch.sinc(x)", [0.0], [1.0], [0.0]),
    ("F.max_pool1d(x.view(1,1,-1),2)", [1.0, 1.0], [1.0], [1.0, 0.0]),
    ("F.huber_loss(x,torch.zeros(1,dtype=torch.float64))", [1.0], [0.5], [1.0]),
    ("F.l1_loss(x,torch.zeros(1,dtype=torch.float64))", [0.0], [0.0], [0.0]),
    ("F.softplus(x)", [20.0, 21.0], [20.0, 21.0], [1.0, 1.0]),
    ("F.binary_cross_entropy(x,torch.ones(1,dtype=torch.float64))", [0.0], [100.0], [-1000000003995.8029]),
    ("F.binary_cross_entropy(x,torch.zeros(1,dtype=torch.float64))", [0.0], [0.0], [0.0]),
    ("x.acos()", [1.0], [0.0], [-inf]),
    ("x.atanh()", [1.0], [inf], [inf]),
    ("torch.cdist(x.view(1,-1),x.view(1,-1).detach())", [0.0, 0.0], [0.0], [0.0, 0.0]),
    ("F.normalize(x,dim=0)", [0.0, 0.0], [0.0, 0.0], [1000000000000.0, 1000000000000.0]),
    ("F.cosine_similarity(x,x.detach(),0)", [0.0, 0.0], [0.0], [0.0, 0.0]),
    ("x%1", [1.5], [0.5], [1.0]),
    ("torch.nan_to_num(x)", [nan, inf], [0.0, 1.7976931348623157e+308], [0.0, 0.0]),
    ("x/x", [0.0], [nan], [nan]),
    ("torch.frac(x)", [1.5], [0.5], [1.0]),
    ("x.round()", [0.5, 1.5, 2.5], [0.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
    ("F.hardshrink(x)", [0.5], [0.0], [0.0]),
    ("F.softshrink(x)", [0.5], [0.0], [0.0]),
    ("F.hardsigmoid(x)", [3.0, -3.0], [1.0, 0.0], [0.0, 0.0]),
    ("F.hardswish(x)", [3.0, -3.0], [3.0, -0.0], [1.0, 0.0]),
    ("F.threshold(x,.1,20.)", [0.1], [20.0], [0.0]),
    ("x.unfold(0,2,1)", [1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 3.0], [1.0, 2.0, 1.0]),
    ("x[[0,0]]", [1.0, 2.0], [1.0, 1.0], [2.0, 0.0]),
    ("x.expand(2,2)", [1.0, 2.0], [1.0, 2.0, 1.0, 2.0], [2.0, 2.0]),
]  # fmt: skip
"""An expression in x, the x, the value, and the gradient of the value's sum: recorded from torch 2.13.0 in float64."""

REFUSED = [
    ("x//1", [1.5], "derivative for aten::floor_divide is not implemented"),
    ("torch.heaviside(x,x)", [0.0], "derivative for aten::heaviside is not implemented"),
]


def evaluated(expression: str, x: Any) -> Any:
    return eval(expression, {"torch": torch, "F": nn.functional, "inf": inf}, {"x": x})


@pytest.mark.parametrize(("expression", "at", "value", "gradient"), KINKS, ids=[f"{e}-{x}" for e, x, *_ in KINKS])
def test_at_a_kink_the_gradient_is_torchs(
    expression: str, at: list[float], value: list[float], gradient: list[float] | None
) -> None:
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the variance of one number
        result = evaluated(expression, x)
    np.testing.assert_allclose(np.ravel(result.array), value, rtol=1e-5)
    if gradient is None:
        [found] = torch.autograd.grad(result.sum(), x, allow_unused=True) if result.requires_grad else [None]
        assert found is None
    else:
        result.sum().backward()
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.array, gradient, rtol=1e-5)


@pytest.mark.parametrize(("expression", "at", "message"), REFUSED)
def test_what_torch_has_no_gradient_for_is_refused_in_the_backward_pass(
    expression: str, at: list[float], message: str
) -> None:
    result = evaluated(expression, torch.tensor(at, dtype=torch.float64, requires_grad=True))
    assert result.grad_fn.name() == "torch::autograd::NotImplemented"
    with pytest.raises(RuntimeError, match=message):
        result.sum().backward()
