"""What torch accepts for a number, and how it refuses the rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.autograd.tensor import Tensor


def number(function: str, name: str, place: int, value: Any) -> Any:
    """A number, or what a tensor of one element holds; TypeError in torch's words."""
    if isinstance(value, Tensor):
        return value.item()
    if not isinstance(value, (int, float, np.number, np.bool_)):
        raise TypeError(
            f"{function}(): argument '{name}' (position {place}) must be Number, not {type(value).__name__}"
        )
    return value.item() if isinstance(value, np.generic) else value


def require_int(function: str, name: str, place: int, value: Any) -> None:
    """Refuse what is not a whole number, as torch says it."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError(f"{function}(): argument '{name}' (position {place}) must be int, not {type(value).__name__}")
