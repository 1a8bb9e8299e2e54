"""Functions of two and three numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed, positive

Tries = list[tuple[list[Any], dict[str, Any]]]

_PAIR: Tries = [([mixed(2, 3), mixed(3)], {}), ([mixed(2, 1), mixed(1, 3)], {}), ([mixed(), mixed(2)], {})]
_TRIPLE: Tries = [([mixed(2, 3), mixed(3), mixed(2, 1)], {}), ([mixed(), mixed(2), mixed(2, 1)], {})]
_LOW, _HIGH = np.array([-1.0, 0.1, -0.5]), np.array([[0.5], [0.05]])
_MASK = np.array([True, False, True])

TRIED: dict[str, Tries] = {
    "floor_divide": [],
    "heaviside": [],
    "remainder_of_number": [],
    "unique": [],
    "remainder": _PAIR,
    "fmod": _PAIR,
    "maximum": _PAIR,
    "minimum": _PAIR,
    "fmax": _PAIR,
    "fmin": _PAIR,
    "atan2": _PAIR,
    "hypot": _PAIR,
    "logaddexp": _PAIR,
    "logaddexp2": _PAIR,
    "copysign": _PAIR,
    "xlogy": [([mixed(2, 3), positive(3)], {}), ([np.array([0.0, 1.0]), positive(2, 1)], {})],
    "lerp": _TRIPLE,
    "addcmul": [*_TRIPLE, ([mixed(2), mixed(2), mixed(2)], {"value": -2.5})],
    "addcdiv": [*_TRIPLE, ([mixed(2), mixed(2), mixed(2)], {"value": -2.5})],
    "add_scaled": [(arrays, {"alpha": 2.5}) for arrays, _ in _PAIR],
    "sub_scaled": [(arrays, {"alpha": 2.5}) for arrays, _ in _PAIR],
    "rsub": [(arrays, {"alpha": 2.5}) for arrays, _ in _PAIR],
    "div_rounded": [(arrays, {"rounding_mode": mode}) for arrays, _ in _PAIR for mode in ("floor", "trunc")],
    "clamp": [
        ([mixed(2, 3), _LOW, _HIGH], {}),
        ([mixed(2, 3), None, _HIGH], {}),
        ([mixed(2, 3), _LOW, None], {}),
    ],
    "clamp_min": _PAIR,
    "clamp_max": _PAIR,
    "where": [([_MASK, mixed(2, 3), mixed(3)], {}), ([_MASK, mixed(2, 1), mixed()], {})],
    "masked_fill": [([mixed(2, 3), _MASK, mixed()], {}), ([mixed(2, 1), _MASK, mixed()], {})],
    "nan_to_num": [([mixed(3)], {})],
}

WORDS: dict[str, str] = {
    "floor_divide": "it has none",
    "heaviside": "it has none",
    "remainder_of_number": "it has none",
    "unique": "it has none",
    "maximum": "three cases",
    "minimum": "three cases",
    "clamp": "two conditions",
}
