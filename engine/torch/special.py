"""`torch.special`, read off the declarations."""

from __future__ import annotations

from typing import Any

from engine.torch.names import inside, missing

FUNCTIONS = inside("torch.special")


def __getattr__(name: str) -> Any:
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise missing("torch.special", name, list(FUNCTIONS))


def __dir__() -> list[str]:
    return sorted(FUNCTIONS)
