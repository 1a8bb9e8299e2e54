"""How elements are spread."""

from __future__ import annotations

from typing import Any

from tests.engine.tries.drawn import mixed

_SPREAD: list[tuple[list[Any], dict[str, Any]]] = [
    ([mixed(2, 3)], {}),
    ([mixed(2, 3)], {"dim": -1}),
    ([mixed(2, 3, 2)], {"dim": (0, 1), "correction": 0, "keepdim": True}),
    ([mixed(2, 3)], {"dim": 1, "correction": 0.5}),
]
_PICKED: list[tuple[list[Any], dict[str, Any]]] = [
    ([mixed(2, 4)], {}),
    ([mixed(2, 3)], {"dim": 0, "keepdim": True}),
    ([mixed()], {}),
]

TRIED: dict[str, list[tuple[list[Any], dict[str, Any]]]] = {
    "var": _SPREAD,
    "std": _SPREAD,
    "var_of_var_mean": _SPREAD,
    "std_of_std_mean": _SPREAD,
    "mean_of_var_mean": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"dim": -1})],
    "mean_of_std_mean": [([mixed(2, 3)], {}), ([mixed(2, 3)], {"dim": -1})],
    "median": [([mixed(2, 3)], {}), ([mixed()], {})],
    "median_dim": _PICKED,
    "mode": _PICKED,
}

WORDS = dict.fromkeys(("var", "std", "var_of_var_mean", "std_of_std_mean"), "needs the mean and how many elements")
WORDS |= dict.fromkeys(("median", "median_dim", "mode"), "a place, not a product")
