"""The largest and the smallest."""

from __future__ import annotations

from typing import Any

from tests.engine.tries.drawn import mixed

_DIM: list[tuple[list[Any], dict[str, Any]]] = [
    ([mixed(2, 3)], {}),
    ([mixed(2, 3, 2)], {"dim": 0, "keepdim": True}),
    ([mixed()], {"dim": 0}),
]
_DIMS: list[tuple[list[Any], dict[str, Any]]] = [*_DIM, ([mixed(2, 3, 2)], {"dim": (0, -1)})]

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "max": [([mixed(2, 3)], {}), ([mixed()], {})],
    "min": [([mixed(2, 3)], {}), ([mixed()], {})],
    "max_dim": _DIM,
    "min_dim": _DIM,
    "amax": _DIMS,
    "amin": _DIMS,
    "min_of_aminmax": _DIM,
    "max_of_aminmax": _DIM,
}

WORDS = dict.fromkeys(TRIED, "a place, not a product")
