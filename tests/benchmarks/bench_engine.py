"""How fast the engine is beside its peers: `python tests/benchmarks/bench_engine.py [part of a workload's name …]`.

Each workload runs forward and backward. The sides take turns within one run, the best of all turns counts, and
everybody computes on one thread. torch, autograd (HIPS) and mygrad take part where they are installed; without torch
only our own times are printed.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from engine import torch as ours

TURNS = 30
DRAWN = np.random.default_rng(0)
IMAGE = DRAWN.standard_normal((8, 3, 28, 28)).astype(np.float32)
PIXELS = DRAWN.standard_normal((64, 784)).astype(np.float32)
DIGITS = DRAWN.integers(0, 10, 64)
MILLION = DRAWN.standard_normal(1_000_000).astype(np.float32)


def scalar_ops(torch: Any) -> Callable[[], None]:
    """20 products, sums and tanh of single numbers."""

    def work() -> None:
        x = torch.tensor(0.5, requires_grad=True)
        y = torch.tensor(1.5, requires_grad=True)
        z = x
        for _ in range(5):
            z = z * y
            z = z + x
            z = z.tanh()
            z = z * 1.1
        z.backward()

    return work


def tutorial_loop(torch: Any) -> Callable[[], None]:
    """The tutorial's while loop: double until the norm passes 1000."""

    def work() -> None:
        x = torch.tensor([0.3, -0.8, 0.5], requires_grad=True)
        y = x * 2
        while y.data.norm() < 1000:
            y = y * 2
        y.backward(torch.tensor([0.1, 1.0, 0.0001]))

    return work


def long_chain(torch: Any) -> Callable[[], None]:
    """10,000 ops in a row."""

    def work() -> None:
        x = torch.tensor(1.0, requires_grad=True)
        y = x
        for _ in range(5000):
            y = y * 1.0001
            y = y + 0.0001
        y.backward()

    return work


def mlp_step(torch: Any) -> Callable[[], None]:
    """784-128-10, a batch of 64: one training step with SGD."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, target = torch.from_numpy(PIXELS), torch.from_numpy(DIGITS)

    def work() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x), target).backward()
        optimizer.step()

    return work


def convolution(torch: Any) -> Callable[[], None]:
    """A convolution, max pooling, a linear layer and cross-entropy on 8 images of 28 × 28."""
    functional = torch.nn.functional
    torch.manual_seed(0)
    layer, last = torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.Linear(16 * 14 * 14, 10)
    x, target = torch.from_numpy(IMAGE), torch.from_numpy(DIGITS[:8])

    def work() -> None:
        for p in (*layer.parameters(), *last.parameters()):
            p.grad = None
        hidden = functional.max_pool2d(functional.relu(layer(x)), 2)
        functional.cross_entropy(last(hidden.flatten(1)), target).backward()

    return work


def million_elements(torch: Any) -> Callable[[], None]:
    """A million elements, element by element: (x · x + x) · 2, its mean."""
    x = torch.from_numpy(MILLION.copy()).requires_grad_()

    def work() -> None:
        x.grad = None
        ((x * x + x) * 2).mean().backward()

    return work


WORKLOADS: dict[Callable[[Any], Callable[[], None]], tuple[int, float]] = {
    scalar_ops: (200, 0.30),
    tutorial_loop: (100, 0.25),
    long_chain: (1, 0.30),
    mlp_step: (20, 0.95),
    convolution: (5, 0.60),
    million_elements: (3, 3.0),
}
"""Repetitions in a turn, and the ratio to torch on one thread that we aim for."""


def hips(work: str) -> Callable[[], None] | None:
    """The same in autograd, which differentiates functions of numpy."""
    try:
        anp, grad = importlib.import_module("autograd.numpy"), importlib.import_module("autograd").grad
    except ImportError:
        return None

    def scalars(x: Any, y: Any) -> Any:
        z = x
        for _ in range(5):
            z = anp.tanh(z * y + x) * 1.1
        return z

    def doubled(x: Any) -> Any:
        y = x * 2
        while np.linalg.norm(getattr(y, "_value", y)) < 1000:
            y = y * 2
        return anp.dot(y, np.array([0.1, 1.0, 0.0001]))

    def chain(x: Any) -> Any:
        for _ in range(5000):
            x = x * 1.0001
            x = x + 0.0001
        return x

    weights = [
        DRAWN.standard_normal(shape).astype(np.float32) * 0.05 for shape in ((784, 128), (128,), (128, 10), (10,))
    ]

    def loss(params: list[Any]) -> Any:
        w1, b1, w2, b2 = params
        logits = anp.dot(anp.maximum(anp.dot(PIXELS, w1) + b1, 0), w2) + b2
        logits = logits - anp.log(anp.sum(anp.exp(logits), axis=1, keepdims=True))
        return -anp.mean(logits[np.arange(64), DIGITS])

    def step() -> None:
        for w, d in zip(weights, grad(loss)(weights), strict=True):
            w -= 0.01 * d

    works: dict[str, Callable[[], None]] = {
        "mlp_step": step,
        "scalar_ops": lambda: grad(scalars, (0, 1))(0.5, 1.5),
        "tutorial_loop": lambda: grad(doubled)(np.array([0.3, -0.8, 0.5])),
        "long_chain": lambda: grad(chain)(1.0),
        "million_elements": lambda: grad(lambda x: anp.mean((x * x + x) * 2))(MILLION),
    }
    return works.get(work)


def mygrads(work: str) -> Callable[[], None] | None:
    """The same in mygrad."""
    try:
        mg = importlib.import_module("mygrad")
    except ImportError:
        return None

    def scalars() -> None:
        x, y = mg.tensor(0.5), mg.tensor(1.5)
        z = x
        for _ in range(5):
            z = mg.tanh(z * y + x) * 1.1
        z.backward()

    def doubled() -> None:
        y = mg.tensor([0.3, -0.8, 0.5]) * 2
        while np.linalg.norm(y.data) < 1000:
            y = y * 2
        y.backward(np.array([0.1, 1.0, 0.0001]))

    def chain() -> None:
        y = mg.tensor(1.0)
        for _ in range(5000):
            y = y * 1.0001
            y = y + 0.0001
        y.backward()

    def million() -> None:
        x = mg.tensor(MILLION)
        ((x * x + x) * 2).mean().backward()

    shapes = ((784, 128), (128,), (128, 10), (10,))
    w1, b1, w2, b2 = weights = [mg.tensor((DRAWN.standard_normal(shape) * 0.05).astype(np.float32)) for shape in shapes]
    kernel = mg.tensor((DRAWN.standard_normal((16, 3, 3, 3)) * 0.1).astype(np.float32))
    last = mg.tensor((DRAWN.standard_normal((16 * 14 * 14, 10)) * 0.01).astype(np.float32))
    relu = importlib.import_module("mygrad.nnet.activations").relu
    softmax_crossentropy = importlib.import_module("mygrad.nnet.losses").softmax_crossentropy
    layers = importlib.import_module("mygrad.nnet.layers")

    def step() -> None:
        logits = mg.matmul(relu(mg.matmul(PIXELS, w1) + b1), w2) + b2
        softmax_crossentropy(logits, DIGITS).backward()
        for w in weights:
            w.data[...] -= 0.01 * w.grad

    def convolved() -> None:
        hidden = layers.max_pool(relu(layers.conv_nd(IMAGE, kernel, stride=1, padding=1)), (2, 2), 2)
        softmax_crossentropy(mg.matmul(hidden.reshape(8, -1), last), DIGITS[:8]).backward()

    works = {
        "scalar_ops": scalars,
        "tutorial_loop": doubled,
        "long_chain": chain,
        "mlp_step": step,
        "convolution": convolved,
        "million_elements": million,
    }
    return works.get(work)


def seconds(work: Callable[[], None], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - start) / count


def on_one_thread() -> None:
    """Start again with one thread for every library: they ask how many when they are imported."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    if not threads.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **threads})


def main(parts: list[str]) -> None:
    try:
        theirs = importlib.import_module("torch")
        theirs.set_num_threads(1)
    except ImportError:
        theirs = None
    for make, (count, goal) in WORKLOADS.items():
        name = make.__name__
        if parts and not any(part in name for part in parts):
            continue
        sides = {
            "ours": make(ours),
            "torch": make(theirs) if theirs else None,
            "autograd": hips(name),
            "mygrad": mygrads(name),
        }
        best: dict[str, float] = {}
        for _ in range(TURNS):
            for side, work in sides.items():
                if work is not None:
                    best[side] = min(best.get(side, float("inf")), seconds(work, count))
        line = f"{name:17} {best['ours'] * 1e6:10.1f} µs"
        if "torch" in best:
            line += (
                f"   torch {best['torch'] * 1e6:10.1f} µs   ratio {best['ours'] / best['torch']:.2f} (goal {goal:.2f})"
            )
            for side in ("autograd", "mygrad"):
                if side in best:
                    line += f"   {side} {best[side] / best['torch']:.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    on_one_thread()
    main(sys.argv[1:])
