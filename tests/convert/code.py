"""The script of a document, run on the engine, beside the document's own run."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from engine.convert.script import Script, script
from engine.document.graph import Graph
from engine.run.evaluate import Run
from engine.run.log import Fail
from engine.torch import Tensor
from tests.run.graphs import exact, run_of, written

OTHERWISE = ("to", "smooth_l1_loss")
"""Ops that torch's call of the same name, given certain arguments, hands on to another, with another history."""


def execute(code: str) -> tuple[dict[str, Any], str]:
    """What the variables are when the code is done, and the message if it raised."""
    space: dict[str, Any] = {}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of losses that broadcast; the canvas shows their shapes
        try:
            exec(code.replace("import torch\n", "from engine import torch\n"), space)
        except Exception as error:
            return space, str(error) or type(error).__name__
    return space, ""


def agree(graph: Graph) -> tuple[Run, Script]:
    """Run the document and its script, and hold them against each other: values, gradients, refusals, bit by bit."""
    run = run_of(graph)
    failed = [event.message for event in written(run) if isinstance(event, Fail)]
    code = script(graph.snapshot())
    space, message = execute(code.text)
    assert message == (failed[-1] if failed else ""), code.text
    for id, name in code.variables.items():
        result = run.results[id]
        assert result.tensor is not None, (id, result, code.text)
        history = graph.nodes[id].op not in OTHERWISE
        assert seen(space[name], history) == seen(result.tensor, history), (id, name, code.text)
    told = {id for line in code.lines for id in line.ids}
    assert told >= {id for id, result in run.results.items() if result.tensor is not None}, code.text
    return run, code


def seen(tensor: Tensor, history: bool = True) -> Any:
    """What one sees of a tensor."""
    if not history:
        return exact(tensor.array), tensor.requires_grad
    grad = exact(tensor.grad.array) if tensor.is_leaf and tensor.grad is not None else None
    name = tensor.grad_fn.name() if tensor.grad_fn is not None else None
    return exact(tensor.array), tensor.requires_grad, name, grad
