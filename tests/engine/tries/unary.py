"""Functions of one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import DRAWN, mixed, positive

Tries = list[tuple[list[Any], dict[str, Any]]]

_MIXED: Tries = [([mixed(2, 3)], {}), ([mixed()], {})]
_POSITIVE: Tries = [([positive(2, 3)], {}), ([positive()], {})]
_INSIDE: Tries = [([DRAWN.uniform(-0.9, 0.9, (2, 3))], {})]
_STAIRS = np.array([[-1.3, -0.7, 0.2], [0.8, 1.1, 2.3]])

TRIED: dict[str, Tries] = {
    "square": _MIXED,
    "rsqrt": _POSITIVE,
    "exp2": _MIXED,
    "expm1": _MIXED,
    "log2": _POSITIVE,
    "log10": _POSITIVE,
    "log1p": _POSITIVE,
    "sign": _MIXED,
    "erf": _MIXED,
    "erfc": _MIXED,
    "logit": [([np.array([0.1, 0.4, 0.8])], {}), ([np.array([0.1, 0.4, 0.8])], {"eps": 0.25})],
    "tan": [([np.array([-1.2, 0.3, 1.0])], {})],
    "asin": _INSIDE,
    "acos": _INSIDE,
    "atan": _MIXED,
    "sinh": _MIXED,
    "cosh": _MIXED,
    "asinh": _MIXED,
    "acosh": [([positive(3) + 1], {})],
    "atanh": _INSIDE,
    "sinc": _MIXED,
    "deg2rad": _MIXED,
    "rad2deg": _MIXED,
    "floor": [([_STAIRS], {})],
    "ceil": [([_STAIRS], {})],
    "trunc": [([_STAIRS], {})],
    "round": [([_STAIRS], {}), ([_STAIRS + 0.01], {"decimals": 1}), ([_STAIRS * 10], {"decimals": -1})],
    "frac": [([_STAIRS], {})],
}

WORDS: dict[str, str] = {}
