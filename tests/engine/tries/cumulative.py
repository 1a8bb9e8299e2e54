"""Running totals."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed

_DIM: list[tuple[list[Any], dict[str, Any]]] = [
    ([mixed(3)], {}),
    ([mixed(2, 4)], {"dim": 1}),
    ([mixed(3, 2, 2)], {"dim": -3}),
    ([mixed()], {"dim": -1}),
]

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "cumsum": _DIM,
    "cumprod": [
        *_DIM,
        ([np.array([2.0, 0.0, 3.0, 4.0])], {}),
        ([np.array([[2.0, 0.0, 3.0, 0.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]])], {"dim": 1}),
        ([np.array([0.0, 0.0, 3.0])], {}),
    ],
    "logcumsumexp": [*_DIM, ([mixed(4) * 300], {}), ([mixed(4) - 1000], {})],
    "cummax": _DIM,
    "cummin": _DIM,
}

WORDS = dict.fromkeys(TRIED, "sums from each place on")
