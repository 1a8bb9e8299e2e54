"""How fast the engine is beside torch: `python tests/benchmarks/bench_engine.py`.

Each workload runs forward and backward. The two sides take turns, the best of all turns counts, and torch runs
on one thread. Without torch installed only our own times are printed.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from engine import torch as ours

TURNS = 30


def twenty_scalar_ops(torch: Any) -> None:
    """Products, sums and tanh of single numbers."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.tensor(1.5, requires_grad=True)
    z = x
    for _ in range(5):
        z = z * y
        z = z + x
        z = z.tanh()
        z = z * 1.1
    z.backward()


def tutorial_loop(torch: Any) -> None:
    """The tutorial's while loop: double until the norm passes 1000."""
    x = torch.tensor([0.3, -0.8, 0.5], requires_grad=True)
    y = x * 2
    while y.data.norm() < 1000:
        y = y * 2
    y.backward(torch.tensor([0.1, 1.0, 0.0001]))


def long_chain(torch: Any) -> None:
    """10,000 ops in a row."""
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(5000):
        y = y * 1.0001
        y = y + 0.0001
    y.backward()


WORKLOADS = {twenty_scalar_ops: (200, 0.30), tutorial_loop: (100, 0.25), long_chain: (1, 0.30)}
"""Repetitions in a turn, and the ratio to torch that we aim for."""


def seconds(work: Callable[[Any], None], torch: Any, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        work(torch)
    return (time.perf_counter() - start) / count


def main() -> None:
    try:
        theirs = importlib.import_module("torch")
        theirs.set_num_threads(1)
    except ImportError:
        theirs = None
    for work, (count, goal) in WORKLOADS.items():
        mine = real = float("inf")
        for _ in range(TURNS):
            mine = min(mine, seconds(work, ours, count))
            if theirs is not None:
                real = min(real, seconds(work, theirs, count))
        line = f"{work.__name__:20} {mine * 1e6:10.1f} µs"
        if theirs is not None:
            line += f"   torch {real * 1e6:10.1f} µs   ratio {mine / real:.2f} (goal {goal:.2f})"
        print(line)


if __name__ == "__main__":
    main()
