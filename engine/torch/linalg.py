"""`torch.linalg`, read off the declarations."""

from __future__ import annotations

from typing import Any

from engine.torch.names import inside, missing

FUNCTIONS = inside("torch.linalg")
globals().update(FUNCTIONS)  # a name that is there costs no call of __getattr__


def __getattr__(name: str) -> Any:
    raise missing("torch.linalg", name, list(FUNCTIONS))


def __dir__() -> list[str]:
    return sorted(FUNCTIONS)
