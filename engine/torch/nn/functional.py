"""`torch.nn.functional`: the activations, read off the declared ops of that category."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import engine.ops  # noqa: F401  (declares the ops)
from engine.op import OPS
from engine.ops.methods import call

FUNCTIONS: dict[str, Callable[..., Any]] = {op.name: call(op) for op in OPS.values() if op.category == "activation"}


def __getattr__(name: str) -> Any:
    try:
        return FUNCTIONS[name]
    except KeyError:
        raise AttributeError(
            f"torch.nn.functional.{name} does not exist in this engine; it has {', '.join(FUNCTIONS)}"
        ) from None
