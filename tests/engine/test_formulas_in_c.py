"""Gradients whose formula Python itself computes are what their declared functions compute."""

from __future__ import annotations

import numpy as np
import pytest

import engine.ops  # noqa: F401  (declares the ops)
from engine.autograd.classes import _IN_C
from engine.op import OPS, PARTS, Gradient

RANDOM = np.random.default_rng(0)
G, X = RANDOM.standard_normal(5), RANDOM.standard_normal(5)

GRADIENTS = [
    pytest.param(gradient, id=f"{op.name} {port}")
    for op in (*OPS.values(), *PARTS.values())
    for port, gradient in op.gradients.items()
    if not gradient.params and (gradient.formula in _IN_C or gradient.formula == "g")
]


@pytest.mark.parametrize("gradient", [g for g in GRADIENTS if len(g.values[0].needs) == 1])
def test_a_product_or_quotient_with_the_gradient(gradient: Gradient) -> None:
    assert np.array_equal(gradient.function(G, X), _IN_C[gradient.formula](G, X))


@pytest.mark.parametrize("gradient", [g for g in GRADIENTS if not g.values[0].needs])
def test_the_gradient_as_it_is(gradient: Gradient) -> None:
    assert gradient.function(G) is G
