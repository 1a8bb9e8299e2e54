"""Which name in torch is which callable: read off the declarations, and what is spelled out beside them."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import engine.ops  # noqa: F401  (declares the ops)
from engine.op import OPS, SPELLED
from engine.ops.calling import call, names_of

NAMES: dict[str, Callable[..., Any]] = {}
"""By dotted name: "torch.exp", "torch.nn.functional.relu", "torch.linalg.norm"."""

for _op in OPS.values():
    for _name in names_of(_op):
        if _name.startswith("torch."):
            NAMES.setdefault(_name, call(_op, _name))
NAMES |= {name: function for name, function in SPELLED.items() if name.startswith("torch.")}


def inside(prefix: str) -> dict[str, Callable[..., Any]]:
    """The functions of one module of torch ("torch.nn.functional"), by their last name."""
    start = f"{prefix}."
    return {
        name.removeprefix(start): function
        for name, function in NAMES.items()
        if name.startswith(start) and "." not in name.removeprefix(start)
    }


def missing(prefix: str, name: str, known: list[str]) -> AttributeError:
    """What to say about a name that is not here."""
    near = difflib.get_close_matches(name, known, 1, 0.5)
    elsewhere = [other for other in NAMES if other.rpartition(".")[2] == name]
    hint = (
        f"; the nearest name here is {elsewhere[0] if elsewhere else f'{prefix}.{near[0]}'}"
        if near or elsewhere
        else ""
    )
    return AttributeError(f"{prefix}.{name} does not exist in this engine{hint}")
