"""Would a wire work? Try the op on the values that are there, without history and without touching the run."""

from __future__ import annotations

import math

import numpy as np

from engine.autograd import Tensor
from engine.autograd.mode import no_grad
from engine.document.records import Edge
from engine.op import OPS
from engine.run.estimates import largest_shape
from engine.run.inputs import ERRORS, arguments, keywords
from engine.run.limits import too_large
from engine.run.result import Run

LARGEST = 1_000_000  # elements; beyond that a trial would be felt


def misfit(run: Run, edge: Edge) -> str | None:
    """What the target of `edge` would say (torch's words) if the edge were there; None if it fits or cannot be told."""
    node = run.snapshot.nodes.get(edge.target)
    op = OPS.get(node.op) if node is not None else None
    if node is None or op is None or op.statement or op.control:
        return None
    edges = {**run.inputs[edge.target], edge.port: edge}
    values = arguments(node, op, edges, run)
    if values.missing or values.waits_for:
        return None
    try:
        params = keywords(node, op)
        if refused := too_large(op, values.given, params):
            return refused
        if _elements(values.given, largest_shape(op, values.given, params)) > LARGEST:
            return None
        with no_grad(), np.errstate(all="ignore"):
            op.apply(*values.given, **params)
    except ERRORS as error:
        return str(error) or type(error).__name__
    return None


def _elements(values: tuple[object, ...], made: tuple[int, ...] | None) -> int:
    """How many elements the tensors have together, or what is made of them: a column and a row may make a table."""
    together = sum(math.prod(value.shape) for value in values if isinstance(value, Tensor))
    return max(together, math.prod(made or ()))
