"""Products, solutions and decompositions of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed, positive


def regular(*shape: int) -> Any:
    """Square matrices that are far from singular, with values far from each other."""
    return mixed(*shape) + np.diag(3.0 * np.arange(1, shape[-1] + 1))


SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "vdot": [([mixed(3), mixed(3)], {})],
    "outer": [([mixed(3), mixed(2)], {})],
    "cross": [
        ([mixed(2, 3), mixed(2, 3)], {}),
        ([mixed(3, 1), mixed(3, 2)], {"dim": 0}),
    ],
    "trace": [([mixed(3, 3)], {}), ([mixed(2, 4)], {})],
    "trace_backward": [([mixed()], {"shape": (3, 2)})],
    "linear": [([mixed(2, 3), mixed(4, 3), mixed(4)], {}), ([mixed(2, 2, 3), mixed(4, 3), mixed(4)], {})],
    "mm_turned": [([mixed(2, 3), mixed(3, 4)], {})],
    "addmm": [
        ([mixed(2, 4), mixed(2, 3), mixed(3, 4)], {}),
        ([mixed(4), mixed(2, 3), mixed(3, 4)], {"beta": 0.5, "alpha": -2.0}),
    ],
    "addmm_turned": [([mixed(4), mixed(2, 3), mixed(3, 4)], {})],
    "addmv": [([mixed(2), mixed(2, 3), mixed(3)], {}), ([mixed(), mixed(2, 3), mixed(3)], {"beta": 2.0, "alpha": 3.0})],
    "addr": [([mixed(2, 3), mixed(2), mixed(3)], {}), ([mixed(3), mixed(2), mixed(3)], {"beta": 2.0, "alpha": 3.0})],
    "baddbmm": [
        ([mixed(2, 2, 4), mixed(2, 2, 3), mixed(2, 3, 4)], {}),
        ([mixed(4), mixed(2, 2, 3), mixed(2, 3, 4)], {"beta": 2.0, "alpha": 3.0}),
    ],
    "addbmm": [
        ([mixed(2, 4), mixed(3, 2, 3), mixed(3, 3, 4)], {}),
        ([mixed(4), mixed(3, 2, 3), mixed(3, 3, 4)], {"beta": 2.0, "alpha": 3.0}),
    ],
    "trilinear": [([mixed(2, 3), mixed(5, 3, 4), mixed(2, 4)], {})],
    "inv": [([regular(3, 3)], {}), ([regular(2, 2, 2)], {})],
    "inverse_or_inf": [([regular(3, 3)], {})],
    "solve": [
        ([regular(3, 3), mixed(3, 2)], {}),
        ([regular(3, 3), mixed(3)], {}),
        ([regular(2, 3, 3), mixed(2, 3)], {}),
        ([regular(3, 3), mixed(2, 3, 1)], {}),
        ([regular(3, 3), mixed(2, 3)], {"left": False}),
    ],
    "solve_triangular": [
        ([regular(3, 3), mixed(3, 2)], {"upper": True}),
        ([regular(3, 3), mixed(2, 3, 2)], {"upper": False}),
        ([regular(3, 3), mixed(2, 3)], {"upper": False, "left": False}),
        ([mixed(3, 3), mixed(3, 2)], {"upper": True, "unitriangular": True}),
    ],
    "det": [([regular(3, 3)], {}), ([regular(2, 2, 2)], {}), ([SINGULAR], {}), ([np.zeros((2, 2))], {})],
    "cofactors": [([regular(3, 3)], {}), ([regular(2, 2, 2)], {})],
    "cofactors_backward": [([mixed(3, 3), SINGULAR], {})],
    "slogdet_sign": [([regular(3, 3)], {}), ([regular(2, 2, 2)], {})],
    "logabsdet": [([regular(3, 3)], {}), ([regular(2, 2, 2)], {})],
    "logdet": [([regular(3, 3) @ np.eye(3)], {})],
    "cholesky": [([positive(2, 1, 1)], {})],
    "old_cholesky": [([positive(2, 1, 1)], {})],
    "qr_q": [
        ([mixed(4, 3)], {}),
        ([mixed(3, 3)], {}),
        ([mixed(2, 3)], {}),
        ([mixed(2, 2, 3)], {"mode": "complete"}),
    ],
    "qr_r": [
        ([mixed(4, 3)], {}),
        ([mixed(3, 3)], {}),
        ([mixed(2, 3)], {}),
        ([mixed(2, 2, 3)], {"mode": "complete"}),
    ],
    "svd_u": [([regular(3, 3)], {}), ([mixed(4, 2)], {"full_matrices": False}), ([mixed(2, 4)], {})],
    "svdvals": [([regular(3, 3)], {}), ([mixed(4, 2)], {}), ([mixed(2, 2, 4)], {})],
    "svd_vh": [([regular(3, 3)], {}), ([mixed(4, 2)], {}), ([mixed(2, 4)], {"full_matrices": False})],
    "eigvalsh": [([mixed(2, 1, 1)], {})],
    "eigh_vectors": [([mixed(2, 1, 1)], {})],
    "pinv": [([mixed(4, 2)], {}), ([mixed(2, 4)], {}), ([regular(2, 2, 2)], {})],
    "lstsq": [([mixed(4, 2), mixed(4, 3)], {}), ([mixed(2, 4), mixed(2)], {}), ([mixed(2, 4, 2), mixed(2, 4)], {})],
    "lstsq_residuals": [
        ([mixed(4, 2), mixed(4, 3)], {}),
        ([mixed(4, 2), mixed(4)], {}),
        ([mixed(2, 3), mixed(2)], {"unique": False}),
    ],
    "identity_like": [([mixed(2, 2)], {})],
    "cdist": [
        *(([mixed(3, 2), mixed(4, 2)], {"p": p}) for p in (2.0, 1.0, 0.0, 0.5, 1.5, 3.0, math.inf)),
        ([mixed(2, 1, 3, 2), mixed(2, 4, 2)], {}),
    ],
    "euclidean_dist": [([mixed(3, 2), mixed(4, 2)], {}), ([mixed(2, 3, 2), mixed(2, 4, 2)], {})],
}

_POWERS = "an inverse is not computed in a formula"
_SETTINGS = "how much of each is a setting"
_SUMS = "the sum goes over one of the dimensions"

WORDS: dict[str, str] = {
    "cross": "names its own op",
    "trace": "a place, not a product",
    "trace_backward": "names its own op",
    "linear": _SUMS,
    "addmm": _SETTINGS,
    "addmv": _SETTINGS,
    "addr": _SETTINGS,
    "baddbmm": _SETTINGS,
    "addbmm": _SETTINGS,
    "trilinear": _SUMS,
    "solve": "names its own op",
    "solve_triangular": "names another op",
    "det": "names another op",
    "cofactors": _POWERS,
    "cofactors_backward": "names its own op",
    "logabsdet": _POWERS,
    "logdet": _POWERS,
    "cholesky": _POWERS,
    "old_cholesky": _POWERS,
    "qr_q": _POWERS,
    "qr_r": _POWERS,
    "svd_u": "names the parts of the decomposition",
    "svdvals": "names the parts of the decomposition",
    "svd_vh": "names the parts of the decomposition",
    "eigvalsh": "names the parts of the decomposition",
    "eigh_vectors": "names the parts of the decomposition",
    "pinv": "says only where the rest comes from",
    "lstsq": "names another op",
    "lstsq_residuals": "names another op",
    "cdist": _SUMS,
    "euclidean_dist": _SUMS,
}
