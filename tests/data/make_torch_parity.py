"""Writes torch_parity.npz anew: the same calls, answered by the torch that is installed here (2.13.0 so far).

    python tests/data/make_torch_parity.py

Inputs, keywords, cotangents and wrong calls are read from the file; outputs, printed histories, gradients and second
derivatives are recorded again.
"""

from __future__ import annotations

import json
import warnings
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import torch

FILE = Path(__file__).with_name("torch_parity.npz")
Tree = Any


class Recording:
    """The arrays of the file that is read, and of the one that is written."""

    def __init__(self) -> None:
        with np.load(FILE) as source:
            self.arrays = {name: source[name] for name in source.files}
        self.index = json.loads(bytes(self.arrays.pop("index")).decode())

    def array(self, k: int) -> torch.Tensor:
        return torch.from_numpy(self.arrays[f"t{k}"].copy())

    def put(self, k: int, tensor: torch.Tensor) -> None:
        self.arrays[f"t{k}"] = tensor.detach().numpy()

    def read(self, tree: Tree, leaves: dict[int, torch.Tensor]) -> Any:
        """A recorded argument as a Python value; arrays become tensors, one for each number."""
        if isinstance(tree, list):
            return [self.read(item, leaves) for item in tree]
        if not isinstance(tree, dict):
            return tree
        if "t" in tree:
            k = tree["t"]
            if k not in leaves:
                leaves[k] = self.array(k).requires_grad_(bool(tree.get("rg")))
            return leaves[k]
        (kind, value), *_ = tree.items()
        if kind in ("list", "tuple"):
            return {"list": list, "tuple": tuple}[kind](self.read(item, leaves) for item in value)
        return {
            "slice": lambda: slice(*value),
            "ellipsis": lambda: Ellipsis,
            "f": lambda: float(value),
            "dtype": lambda: getattr(torch, value),
        }[kind]()


def call(op: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> list[torch.Tensor]:
    """The tensors that the op gives."""
    try:
        function = reduce(getattr, op["op"].split("."), torch)
    except AttributeError:
        function = getattr(torch.Tensor, op["method"] or op["op"])
    given = function(*args, **kwargs) if callable(function) else function.__get__(args[0])
    return [given] if isinstance(given, torch.Tensor) else [t for t in given if isinstance(t, torch.Tensor)]


def record(recording: Recording, op: dict[str, Any], sample: dict[str, Any]) -> None:
    """Answer one sample again."""
    leaves: dict[int, torch.Tensor] = {}
    kwargs = {name: recording.read(value, leaves) for name, value in sample["kwargs"].items()}
    outputs = call(op, recording.read(sample["args"], leaves), kwargs)
    for output, place in zip(outputs, sample["outputs"], strict=True):
        recording.put(place["t"], output)
    sample["grad_fn"] = [None if t.grad_fn is None else t.grad_fn.name() for t in outputs]
    if not sample.get("cotangents"):
        return
    wanted = [leaves[k] for k in sample["leaves"]]
    roots = [outputs[c["out"]] for c in sample["cotangents"]]
    weights = [recording.array(c["t"]) for c in sample["cotangents"]]
    twice = "gradgrads" in sample
    grads = torch.autograd.grad(roots, wanted, weights, create_graph=twice, allow_unused=True)
    for k, grad in zip(sample["grads"], grads, strict=True):
        if k is not None and grad is not None:
            recording.put(k, grad)
    if twice:
        again = [grad for grad in grads if grad is not None and grad.requires_grad]
        weights = [recording.array(k) for k in sample["gg_cotangents"]]
        seconds = torch.autograd.grad(again, wanted, weights, allow_unused=True)
        for k, second in zip(sample["gradgrads"], seconds, strict=True):
            if k is not None and second is not None:
                recording.put(k, second)


def main() -> None:
    """Write torch_parity.npz."""
    warnings.simplefilter("ignore")
    recording = Recording()
    recording.index["torch"] = torch.__version__
    for op in recording.index["ops"]:
        for sample in op["samples"]:
            record(recording, op, sample)
    text = json.dumps(recording.index, separators=(",", ":"))
    index = np.frombuffer(text.encode(), np.uint8)
    np.savez_compressed(FILE, index=index, **recording.arrays)


if __name__ == "__main__":
    main()
