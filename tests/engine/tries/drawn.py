"""Random numbers for the tests, always the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np

DRAWN = np.random.default_rng(7)


def positive(*shape: int) -> Any:
    """Between 0.5 and 2."""
    return DRAWN.uniform(0.5, 2.0, shape)


def mixed(*shape: int) -> Any:
    """Of both signs, away from 0."""
    return DRAWN.uniform(0.3, 2.0, shape) * DRAWN.choice([-1.0, 1.0], shape)
