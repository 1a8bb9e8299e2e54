"""`torch.random`: the stream of random numbers that all calls share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.autograd.rng import default_generator, manual_seed

get_rng_state = default_generator.get_state
set_rng_state = default_generator.set_state
seed = default_generator.seed
initial_seed = default_generator.initial_seed


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """Random numbers that are drawn inside leave the stream where it was."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


__all__ = ["fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]
