"""Elements by their rank."""

from __future__ import annotations

from typing import Any

from tests.engine.tries.drawn import mixed

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "sort": [
        ([mixed(2, 4)], {}),
        ([mixed(3, 2)], {"dim": 0, "descending": True}),
        ([mixed(3, 2)], {"dim": -2, "stable": True}),
        ([mixed()], {}),
    ],
    "topk": [
        ([mixed(2, 4)], {"k": 2}),
        ([mixed(3, 2)], {"k": 2, "dim": 0, "largest": False}),
        ([mixed(3)], {"k": 0}),
        ([mixed()], {"k": 1}),
    ],
    "kthvalue": [
        ([mixed(2, 4)], {"k": 2}),
        ([mixed(3, 2)], {"k": 3, "dim": 0, "keepdim": True}),
        ([mixed()], {"k": 1}),
    ],
}

WORDS = dict.fromkeys(TRIED, "a place, not a product")
