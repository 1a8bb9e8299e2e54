"""A node of every op: added, evaluated, saved and loaded, with nothing at its inputs and with something."""

from __future__ import annotations

import math
from collections.abc import Iterator
from inspect import signature
from typing import Any

import numpy as np
import pytest

from engine.document import commands
from engine.document.arrays import encode_array
from engine.document.files import Document, dumps, loads
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.params import plain, wrong_param
from engine.op import OPS, Op
from engine.run.estimates import LARGEST, largest_shape
from engine.run.evaluate import ERRORS, Result, Run, evaluate
from engine.torch import Tensor
from tests.engine.tries import tries
from tests.run.graphs import outcome

WITH_GRADIENTS = pytest.mark.parametrize("op", [op for op in OPS.values() if op.gradients], ids=lambda op: op.name)
EVERY = pytest.mark.parametrize("op", [op for op in OPS.values() if not op.control], ids=lambda op: op.name)
SHAPES = ([3], [2, 2], [1, 3, 4], [1, 2, 4, 4], [])


def added(op: Op, inputs: list[tuple[str, dict[str, Any]]], params: dict[str, Any] | None = None) -> Graph:
    """A graph made by the verbs: a node of the op, named `node`, with one tensor for each of its first ports."""
    graph = Graph()
    history = History(graph)
    history.do(commands.add_node(graph, op.name, (0, 0), id="node"))
    if params:
        history.do(commands.set_params(graph, "node", params))
    for port, (source, given) in zip(op.ports, inputs, strict=False):
        history.do(commands.add_node(graph, source, (0, 0), id=f"for_{port.name}", params=given))
        history.do(commands.connect(graph, f"for_{port.name}", "node", port.name))
    return graph


def ran(graph: Graph) -> Run:
    """Evaluated, and again after saving and loading, with the same outcome."""
    run = evaluate(graph.snapshot())
    again = evaluate(loads(dumps(Document.of(graph))).graph().snapshot())
    seeded = all(node.params.get("seed") is not None or "rand" not in node.op for node in graph.nodes.values())
    if seeded and graph.nodes["node"].op not in UNREPEATABLE:
        assert outcome(again) == outcome(run)
    assert run.results["node"] != Result() or OPS[graph.nodes["node"].op].statement
    return run


UNREPEATABLE = frozenset(op.name for op in OPS.values() if any(param.kind == "seed" for param in op.params)) | {"empty"}


@EVERY
def test_a_node_with_nothing_at_its_inputs_is_whole_and_says_what_it_needs(op: Op) -> None:
    result = ran(added(op, [])).results["node"]
    needed = tuple(port.name for port in op.ports if not port.optional)
    assert result.missing == needed
    assert not result.error
    assert (result.tensor is not None) == (not needed and not op.statement)


@EVERY
def test_what_a_new_node_starts_with_may_stand_in_a_document(op: Op) -> None:
    for param in op.params:
        if param.default is not None:
            assert wrong_param(op, param.name, plain(param.default)) is None, param.name


@EVERY
def test_inputs_of_any_shape_give_a_value_or_a_sentence(op: Op) -> None:
    for size in SHAPES:
        source = "randn", {"size": size, "seed": 3, "requires_grad": True}
        result = ran(added(op, [source] * len(op.ports))).results["node"]
        assert op.statement or (result.tensor is None) == bool(result.error)


def fitting(op: Op) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], Tensor]]:
    """Inputs and params that the op is tried on (tests/engine), and what it makes of them."""
    for arrays, params in tries(op):
        tensors = tuple(None if array is None else Tensor(np.asarray(array)) for array in arrays)
        try:
            yield tensors, params, op.apply(*tensors, **params)
        except ERRORS:
            continue  # it has nothing of its own to be tried on


@WITH_GRADIENTS
def test_inputs_that_fit_give_a_value_on_the_canvas_too(op: Op) -> None:
    for tensors, params, made in fitting(op):
        try:
            given = {name: plain(value) for name, value in params.items() if value is not None}
        except TypeError:
            continue  # what only a call in Python can be given
        if any(wrong_param(op, name, value) for name, value in given.items()):
            continue
        leaves = [
            _leaf(tensor.array, port.name in op.gradients)
            for port, tensor in zip(op.ports, tensors, strict=False)
            if tensor is not None
        ]
        run = ran(added(op, leaves, given))
        tensor = run.tensor("node")
        assert tensor is not None, run.results["node"]
        assert tensor.shape == made.shape


@WITH_GRADIENTS
def test_no_op_makes_more_than_was_estimated(op: Op) -> None:
    for tensors, params, made in fitting(op):
        estimate = largest_shape(op, tensors, params)
        most = max(tensor.numel() for tensor in tensors if tensor is not None)
        assert made.numel() <= max(most, math.prod(estimate or ()))


def test_what_is_estimated_is_there() -> None:
    assert LARGEST.keys() <= OPS.keys()
    for name, function in LARGEST.items():
        parameters = signature(function).parameters.values()
        known = {port.name for port in OPS[name].ports}, {param.name for param in OPS[name].params}
        for each in parameters:
            asked = each.name.removesuffix("_values")
            assert each.kind is each.VAR_POSITIONAL or asked in known[each.kind is each.KEYWORD_ONLY], name


def _leaf(array: Any, grad: bool) -> tuple[str, dict[str, Any]]:
    values = np.asarray(array)
    grad = grad and values.dtype.kind == "f"
    return "tensor", {"data": encode_array(values), "dtype": str(values.dtype), "requires_grad": grad}
