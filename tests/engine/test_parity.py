"""Every op against what torch computed, recorded sample by sample: values, gradients, printed history,
errors."""

from __future__ import annotations

import json
import re
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.torch import Tensor

RECORDED = np.load(Path(__file__).parents[1] / "data" / "torch_samples.npz")
INDEX = json.loads(bytes(RECORDED["index"]).decode())

Leaves = dict[int, Tensor]


def read(tree: Any, leaves: Leaves) -> Any:
    """A recorded argument as a Python value; arrays become tensors, one for each number."""
    if isinstance(tree, list):
        return [read(item, leaves) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if "t" in tree:
        k = tree["t"]
        if k not in leaves:
            leaves[k] = torch.from_numpy(RECORDED[f"t{k}"].copy())
            if tree.get("rg"):
                leaves[k].requires_grad_()
        return leaves[k]
    (kind, value), *_ = tree.items()
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](read(item, leaves) for item in value)
    return {
        "slice": lambda: slice(*value),
        "ellipsis": lambda: Ellipsis,
        "f": lambda: float(value),
    }[kind]()


def call(op: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The op as torch's user calls it: the module's function, else the Tensor method."""
    if op["op"] == "T":
        return args[0].T
    try:
        function = reduce(getattr, op["op"].split("."), torch)
    except AttributeError:
        function = getattr(Tensor, op["method"])
    return function(*args, **kwargs)


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(op, sample, id=f"{op['op']}-{op['variant']}-{number}")
        for op in INDEX["ops"]
        for number, sample in enumerate(op[kind])
    ]


@pytest.mark.parametrize(("op", "sample"), cases("samples"))
def test_value_gradient_and_printed_history_are_torchs(op: dict[str, Any], sample: dict[str, Any]) -> None:
    leaves: Leaves = {}
    output = call(op, read(sample["args"], leaves), read_items(sample["kwargs"], leaves))
    expected = RECORDED[f"t{sample['outputs'][0]['t']}"]
    assert output.array.shape == expected.shape
    np.testing.assert_allclose(output.array, expected, rtol=1e-6, atol=1e-8)
    name = output.grad_fn.name() if output.grad_fn is not None else None
    assert [name] == sample["grad_fn"]
    if not sample["cotangents"]:
        return
    output.backward(torch.from_numpy(RECORDED[f"t{sample['cotangents'][0]['t']}"].copy()))
    for leaf, gradient in zip(sample["leaves"], sample["grads"], strict=True):
        found = leaves[leaf].grad
        if gradient is None:
            assert found is None or not found.array.any()
        else:
            assert found is not None
            assert found.array.shape == RECORDED[f"t{gradient}"].shape
            np.testing.assert_allclose(found.array, RECORDED[f"t{gradient}"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("op", "case"), cases("errors"))
def test_a_wrong_call_fails_in_torchs_words(op: dict[str, Any], case: dict[str, Any]) -> None:
    args = read(case["args"], {})
    args = args[:1] if op["op"] == "mean" else args
    with pytest.raises((RuntimeError, TypeError, IndexError)) as raised:
        call(op, args, {})
    assert re.search(case["regex"], str(raised.value))


def read_items(kwargs: dict[str, Any], leaves: Leaves) -> dict[str, Any]:
    return {name: read(value, leaves) for name, value in kwargs.items()}
