"""The first ops, which others build on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed, positive

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "add": [([mixed(2, 3), mixed(3)], {}), ([mixed(2, 1), mixed(1, 3)], {})],
    "sub": [([mixed(2, 3), mixed(3)], {}), ([mixed(), mixed(2)], {})],
    "mul": [([mixed(2, 3), mixed(3)], {}), ([mixed(2, 1), mixed(1, 3)], {}), ([mixed(), mixed()], {})],
    "div": [([mixed(2, 3), mixed(3)], {}), ([mixed(2), mixed(2)], {})],
    "pow": [([positive(2, 3), mixed(3)], {}), ([positive(2), mixed()], {})],
    "reciprocal": [([mixed(3)], {})],
    "neg": [([mixed(3)], {})],
    "sqrt": [([positive(3)], {})],
    "exp": [([mixed(3)], {})],
    "log": [([positive(3)], {})],
    "abs": [([mixed(3)], {})],
    "sin": [([mixed(3)], {})],
    "cos": [([mixed(3)], {})],
    "sum": [
        ([mixed(2, 3)], {}),
        ([mixed(2, 3)], {"dim": 1}),
        ([mixed(2, 3, 2)], {"dim": (0, 2), "keepdim": True}),
    ],
    "mean": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"dim": -1}), ([mixed(2, 3)], {"dim": 0, "keepdim": True})],
    "norm": [
        ([mixed(2, 3)], {}),
        *(([mixed(2, 3)], {"p": p, "dim": 1}) for p in (1.0, 2.0, 3.0, -1.5, math.inf)),
        ([mixed(2, 3)], {"p": 2.0, "dim": 0, "keepdim": True}),
    ],
    "reshape": [([mixed(2, 3)], {"shape": (3, 2)}), ([mixed(2, 3)], {})],
    "view": [([mixed(2, 3)], {"shape": (3, -1)})],
    "reshape_alias": [([mixed(2, 3)], {"shape": (6,)})],
    "unbind": [([mixed(3, 2)], {"index": 1})],
    "unsafe_view": [([mixed(2, 3)], {"shape": (6,)})],
    "transpose": [([mixed(2, 3)], {}), ([mixed(2, 3, 4)], {"dim0": -1, "dim1": 0})],
    "t": [([mixed(2, 3)], {})],
    "permute": [([mixed(2, 3, 4)], {"dims": (2, 0, -2)})],
    "unsqueeze": [([mixed(2, 3)], {"dim": -1})],
    "squeeze": [([mixed(2, 1, 3)], {}), ([mixed(2, 1)], {"dim": 1})],
    "squeeze_at": [([mixed(1, 3)], {"dim": 0})],
    "expand": [([mixed(3, 1)], {"size": (2, 3, 4)})],
    "clone": [([mixed(2)], {})],
    "cast": [([mixed(2)], {"dtype": "float64"})],
    "alias": [([mixed(2)], {})],
    "select": [([mixed(2, 3)], {"dim": 1, "index": -1})],
    "slice": [([mixed(5)], {"dim": 0, "start": 1, "end": 5, "step": 2})],
    "index": [([mixed(4)], {"indices": (np.array([0, 2, 2]),)})],
    "matmul": [
        ([mixed(2, 3), mixed(3, 4)], {}),
        ([mixed(3), mixed(3)], {}),
        ([mixed(2, 3), mixed(3)], {}),
        ([mixed(3), mixed(3, 2)], {}),
        ([mixed(2, 2, 3), mixed(3, 2)], {}),
        ([mixed(2, 3), mixed(2, 3, 2)], {}),
        ([mixed(2, 1, 2, 3), mixed(3, 3, 2)], {}),
    ],
    "mm": [([mixed(2, 3), mixed(3, 4)], {})],
    "mv": [([mixed(2, 3), mixed(3)], {})],
    "dot": [([mixed(3), mixed(3)], {})],
    "bmm": [([mixed(2, 2, 3), mixed(2, 3, 2)], {})],
}

WORDS: dict[str, str] = {
    "reshape": "needs the shape of the input",
    "view": "needs the shape of the input",
    "reshape_alias": "needs the shape of the input",
    "unbind": "a place, not a product",
    "unsafe_view": "needs the shape of the input",
    "permute": "the order back is worked out from dims",
    "unsqueeze": "needs the shape of the input",
    "squeeze": "needs the shape of the input",
    "squeeze_at": "needs the shape of the input",
    "expand": "the engine adds up over what was repeated",
    "select": "a place, not a product",
    "slice": "a place, not a product",
    "index": "a place, not a product",
    "cast": "numbers in another dtype are not computed",
}
