"""Inputs and params on which an op is tried, where the usual ones do not do; one module for each category of ops.

Each module has TRIED, by the name of the op a list of (arrays of the inputs, params), and WORDS, by the name of the op
the reason why its formula is words and cannot be computed. Any other op is tried on two positive matrices.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from engine.op import Op
from tests.engine.tries.drawn import positive

Try = tuple[list[Any], dict[str, Any]]

_MODULES = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__) if m.name != "drawn"]
TRIED: dict[str, list[Try]] = {name: tries for m in _MODULES for name, tries in m.TRIED.items()}
WORDS: dict[str, str] = {name: reason for m in _MODULES for name, reason in m.WORDS.items()}


def tries(op: Op) -> list[Try]:
    """What an op is tried on: inputs of its own, else positive numbers; where shapes meet, also broadcast ones."""
    if op.name in TRIED:
        return TRIED[op.name]
    count = len(op.ports)
    usual: list[Try] = [([positive(2, 3) for _ in range(count)], {})]
    if op.promote and count > 1:
        usual.append(([positive(2, 1), *(positive(1, 3) for _ in range(count - 1))], {}))
    return usual
