"""Many elements into one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tries.drawn import mixed

_ONE_ZERO = np.array([[2.0, 0.0, 3.0], [1.0, -1.0, 0.5]])
_TWO_ZEROS = np.array([[0.0, 0.0, 3.0], [1.0, -1.0, 0.5]])

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "prod": [
        ([mixed(2, 3)], {}),
        ([mixed(2, 3)], {"dim": -1}),
        ([mixed(2, 3)], {"dim": 0, "keepdim": True}),
        ([_ONE_ZERO], {}),
        ([_TWO_ZEROS], {"dim": 1}),
        ([mixed()], {"dim": 0}),
    ],
    "nansum": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"dim": 1}), ([mixed(2, 3)], {"dim": (0, 1), "keepdim": True})],
    "nanmean": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"dim": 1})],
    "logsumexp": [
        ([mixed(2, 3)], {}),
        ([mixed(2, 3) + 1000], {"dim": 0}),
        ([mixed(2, 3)], {"dim": (0, -1), "keepdim": True}),
    ],
}

WORDS = {
    "prod": "all but the element itself",
    "nansum": "of a number there is nothing to say",
    "nanmean": "counts what is not nan",
    "logsumexp": "the output is laid over the input's shape",
}
