"""Every op against what torch computed, recorded sample by sample: values, gradients, second derivatives, printed
history, refusals."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import torch
from engine.autograd import Tensor

RECORDED = np.load(Path(__file__).parents[1] / "data" / "torch_parity.npz")
INDEX = json.loads(bytes(RECORDED["index"]).decode())
ARRAYS: dict[str, np.ndarray[Any, Any]] = {}

BEYOND: dict[str, str] = {
    "cat--errors-8": "recorded without the memory that its tensors share",
    "gather--errors-7": "recorded without the memory that its tensors share",
    "take--errors-2": "recorded without the memory that its tensors share",
    "clamp_max--errors-0": "torch takes a number there; only its list of wrong calls says that it does not",
    "clamp_min--errors-0": "torch takes a number there; only its list of wrong calls says that it does not",
    "masked_fill--errors-1": "there are no complex numbers here",
    "nn.functional.conv1d--errors-1": "there are no complex numbers here",
    "nn.functional.conv2d--errors-1": "there are no complex numbers here",
    "nn.functional.embedding--errors-0": "recorded with the table first, which F.embedding takes second",
    "nn.functional.embedding--errors-1": "recorded with the table first, which F.embedding takes second",
}
"""Recorded cases that this engine does not follow, with the reason."""

Leaves = dict[int, Tensor]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """torch warns about some of the recorded calls; what it computes is asked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def array(k: int) -> np.ndarray[Any, Any]:
    """A recorded array."""
    if f"t{k}" not in ARRAYS:
        ARRAYS[f"t{k}"] = RECORDED[f"t{k}"]
    return ARRAYS[f"t{k}"].copy()


def read(tree: Any, leaves: Leaves) -> Any:
    """A recorded argument as a Python value; arrays become tensors, one for each number."""
    if isinstance(tree, list):
        return [read(item, leaves) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if "t" in tree:
        k = tree["t"]
        if k not in leaves:
            leaves[k] = torch.from_numpy(array(k))
            if tree.get("nc"):  # all of these were one slice, expanded
                leaves[k] = leaves[k][:1].expand(leaves[k].shape)
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
        "dtype": lambda: getattr(torch, value),
    }[kind]()


def read_items(kwargs: dict[str, Any], leaves: Leaves) -> dict[str, Any]:
    return {name: read(value, leaves) for name, value in kwargs.items()}


def call(op: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The op as torch's user calls it: the module's function, else the Tensor method or property."""
    try:
        function = reduce(getattr, op["op"].split("."), torch)
    except AttributeError:
        function = getattr(Tensor, op["method"] or op["op"])
    if isinstance(function, property):
        return function.__get__(args[0])
    return function(*args, **kwargs)


def outputs_of(given: Any) -> list[Tensor]:
    return [given] if isinstance(given, Tensor) else [t for t in given if isinstance(t, Tensor)]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(op, sample, id=f"{op['op']}-{op['variant']}-{number}")
        for op in INDEX["ops"]
        for number, sample in enumerate(op[kind])
        if f"{op['op']}-{op['variant']}-{kind}-{number}" not in BEYOND
    ]


def close(found: Tensor, expected: int) -> None:
    """The same shape, the same numbers."""
    wanted = array(expected)
    assert tuple(found.shape) == wanted.shape
    np.testing.assert_allclose(np.asarray(found.array), wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("op", "sample"), cases("samples"))
def test_value_gradients_and_printed_history_are_torchs(op: dict[str, Any], sample: dict[str, Any]) -> None:
    leaves: Leaves = {}
    outputs = outputs_of(call(op, read(sample["args"], leaves), read_items(sample["kwargs"], leaves)))
    for output, expected in zip(outputs, sample["outputs"], strict=True):
        close(output, expected["t"])
    assert [t.grad_fn.name() if t.grad_fn is not None else None for t in outputs] == sample["grad_fn"]
    if not sample.get("cotangents"):
        return
    wanted = [leaves[k] for k in sample["leaves"]]
    roots = [outputs[c["out"]] for c in sample["cotangents"]]
    weights = [torch.from_numpy(array(c["t"])) for c in sample["cotangents"]]
    twice = "gradgrads" in sample
    grads = torch.autograd.grad(roots, wanted, weights, create_graph=twice, allow_unused=True)
    for grad, expected in zip(grads, sample["grads"], strict=True):
        if expected is None:
            assert grad is None
        else:
            assert grad is not None
            close(grad, expected)
    if twice:
        again = [grad for grad in grads if grad is not None and grad.requires_grad]
        if len(again) < len(sample["gg_cotangents"]):  # a slope of 0 everywhere needs no history
            assert all(k is None or not np.any(array(k)) for k in sample["gradgrads"])
            return
        seconds = torch.autograd.grad(
            again, wanted, [torch.from_numpy(array(k)) for k in sample["gg_cotangents"]], allow_unused=True
        )
        for second, expected in zip(seconds, sample["gradgrads"], strict=True):
            if expected is None:
                assert second is None or not np.any(second.array)
            elif second is None:
                assert not np.any(array(expected))
            else:
                close(second, expected)


@pytest.mark.parametrize(("op", "case"), cases("errors"))
def test_a_wrong_call_fails_in_torchs_words(op: dict[str, Any], case: dict[str, Any]) -> None:
    kinds = (RuntimeError, TypeError, IndexError, ValueError, NotImplementedError)
    leaves: Leaves = {}
    with pytest.raises(kinds) as raised:
        call(op, read(case["args"], leaves), read_items(case["kwargs"], leaves))
    assert case["type"] in ("Exception", type(raised.value).__name__)
    assert re.search(case["regex"], str(raised.value))
