"""Cut the samples of the ops that this engine has out of the full recording of torch.

    python tests/data/make_torch_samples.py RECORDING.npz

RECORDING.npz holds 1,659 operator samples recorded from torch 2.13.0 (CPU); tests/data/README.md says how
they
are laid out. Writes torch_samples.npz beside this file: the same layout, fewer samples, compressed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

OPS = [
    "T",
    "__getitem__",
    "add",
    "bmm",
    "clone",
    "cos",
    "div",
    "dot",
    "exp",
    "expand",
    "linalg.vector_norm",
    "log",
    "matmul",
    "mean",
    "mm",
    "mul",
    "mv",
    "neg",
    "nn.functional.relu",
    "norm",
    "permute",
    "pow",
    "reciprocal",
    "reshape",
    "select",
    "sigmoid",
    "squeeze",
    "sub",
    "sum",
    "t",
    "tanh",
    "transpose",
    "true_divide",
    "unsqueeze",
    "view",
    "abs",
    "sin",
    "sqrt",
]
BEYOND = {"alpha", "rounding_mode", "dtype"}
"""Keywords that the engine does not take."""


def arrays_of(tree: Any) -> list[int]:
    """The numbers of all arrays that a JSON tree refers to."""
    if isinstance(tree, dict):
        own = [tree["t"]] if isinstance(tree.get("t"), int) else []
        return own + [k for value in tree.values() for k in arrays_of(value)]
    if isinstance(tree, list):
        return [k for value in tree for k in arrays_of(value)]
    return []


def wanted(op: dict[str, Any], sample: dict[str, Any]) -> bool:
    """Does a sample use only what the engine takes?"""
    if BEYOND & set(sample["kwargs"]) or "nuc" in sample["args"]:
        return False
    return not (op["op"] == "squeeze" and any(isinstance(a, dict) and "tuple" in a for a in sample["args"]))


def main(recording: str) -> None:
    """Write torch_samples.npz."""
    source = np.load(recording)
    index = json.loads(bytes(source["index"]).decode())
    kept: dict[str, Any] = {}
    ops = []
    for op in index["ops"]:
        if op["op"] not in OPS:
            continue
        samples = [
            {key: s[key] for key in ("args", "kwargs", "outputs", "grad_fn", "cotangents", "leaves", "grads")}
            for s in op["samples"]
            if wanted(op, s)
        ]
        errors = [e for e in op["errors"] if e["regex"] and not BEYOND & set(e["kwargs"])]
        if op["op"] == "mean":
            errors = errors[:1]
        if not samples:
            continue
        ops.append({**op, "samples": samples, "errors": errors})
        for sample in samples:
            numbers = [
                *arrays_of(sample),
                *(k for k in (*sample["leaves"], *sample["grads"]) if k is not None),
            ]
            for k in numbers:
                kept[f"t{k}"] = source[f"t{k}"]
        for error in errors:
            for k in arrays_of(error):
                kept[f"t{k}"] = source[f"t{k}"]
    text = json.dumps({"torch": index["torch"], "ops": ops}, separators=(",", ":"))
    kept["index"] = np.frombuffer(text.encode(), np.uint8)
    np.savez_compressed(Path(__file__).with_name("torch_samples.npz"), **kept)


if __name__ == "__main__":
    main(sys.argv[1])
