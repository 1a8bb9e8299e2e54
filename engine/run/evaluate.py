"""Evaluation is a function: a snapshot of the document in (and the previous Run, to reuse what did not change),
a Run out.

Errors belong to the node that made them: the rest of the graph runs on. A node whose input is missing or failed
waits; that is not an error of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

import engine.ops  # noqa: F401  (declares the ops)
from engine.autograd import AccumulateGrad, Function, Tensor
from engine.document.arrays import decode_array, decode_number
from engine.document.graph import Snapshot
from engine.document.params import same as written_alike
from engine.document.records import Edge, Node
from engine.op import OPS, Op, op_named
from engine.run.limits import too_large


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one node: its tensor, or a sentence that says why there is none."""

    tensor: Tensor | None = None
    error: str | None = None
    missing: tuple[str, ...] = ()  # ports with neither an edge nor a number
    waits_for: str | None = None  # an input node that has no value
    not_finite: str = ""  # "nan" or "inf", if its value holds one
    origin: bool = False  # it does, and nothing that went in did: it arises here


class Cancelled(Exception):
    """The evaluation was asked to stop between two ops."""


@dataclass(slots=True)
class Run:
    """One evaluation of a snapshot. `order` is the order in which the nodes were evaluated.

    `spent` says that a backward pass has used functions of this run: another pass needs a fresh run, which makes its
    own, as a second run of a program does ("define by run").
    """

    snapshot: Snapshot
    order: tuple[str, ...]
    results: dict[str, Result]
    inputs: dict[str, dict[str, Edge]]
    spent: bool = field(default=False)

    @property
    def revision(self) -> int:
        return self.snapshot.revision

    def tensor(self, node: str) -> Tensor | None:
        result = self.results.get(node)
        return result.tensor if result else None

    def statements(self) -> list[str]:
        """The ids of the `backward` nodes, in order."""
        return [id for id in self.order if (op := OPS.get(self.snapshot.nodes[id].op)) and op.statement]


def evaluate(
    snapshot: Snapshot,
    previous: Run | None = None,
    cancelled: Callable[[], bool] | None = None,
    fresh: bool = False,
) -> Run:
    """Evaluate every node of `snapshot`.

    Reuses the results of `previous` for nodes whose op, params and inputs are the same: a leaf that nobody touched is
    the same tensor, `.grad` and all, as in a session of torch. With `fresh`, what a backward pass has used up is
    evaluated again over the same leaves: another forward, with functions of its own. Raises Cancelled between ops.
    """
    order = tuple(snapshot.order())
    inputs: dict[str, dict[str, Edge]] = {id: {} for id in order}
    for edge in snapshot.edges.values():
        inputs[edge.target][edge.port] = edge
    run = Run(snapshot, order, {}, inputs, spent=previous is not None and previous.spent and not fresh)
    same: set[str] = set()
    for id in order:
        if cancelled is not None and cancelled():
            raise Cancelled
        node = snapshot.nodes[id]
        if previous is not None and _unchanged(node, inputs[id], previous, same):
            old = previous.results[id]
            if not (fresh and previous.spent and _used_up(old, inputs[id])):
                run.results[id] = old
                same.add(id)
                continue
        run.results[id] = _evaluate_node(node, inputs[id], run)
    _claim_functions(run)
    return run


def _unchanged(node: Node, edges: Mapping[str, Edge], previous: Run, same: set[str]) -> bool:
    before = previous.snapshot.nodes.get(node.id)
    return (
        before is not None
        and node.id in previous.results
        and before.op == node.op
        and written_alike(before.params, node.params)
        and previous.inputs[node.id] == edges
        and all(edge.source in same for edge in edges.values())
    )


def _used_up(old: Result, edges: Mapping[str, Edge]) -> bool:
    """Whether a backward pass may have freed what this result's functions had saved. Leaves have none."""
    return old.tensor is not None and old.tensor.requires_grad and bool(edges or not old.tensor.is_leaf)


def _evaluate_node(node: Node, edges: Mapping[str, Edge], run: Run) -> Result:
    op = OPS.get(node.op)
    if op is None:
        return Result(error=f"unknown op: {node.op}")
    values = arguments(node, op, edges, run)
    if values.waits_for is not None:
        return Result(waits_for=values.waits_for)
    if values.missing:
        return Result(missing=values.missing)
    if op.statement:
        return Result()
    try:
        with np.errstate(all="ignore"):  # numpy keeps it per thread; NaN and infinity are shown, not warned about
            params = keywords(node, op)
            refused = too_large(op, values.given, params)
            if refused:
                return Result(error=refused)
            tensor = op.apply(*values.given, **params)
            bad = not_finite(tensor.array)
            came_in = bad and any(run.results[edge.source].not_finite for edge in edges.values())
            return Result(tensor, not_finite=bad, origin=bool(bad) and not came_in)
    except ERRORS as error:
        return Result(error=str(error) or type(error).__name__)


def not_finite(array: np.ndarray) -> str:
    """ "nan" or "inf" if one of the numbers is that (nan before inf), else nothing."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return ""
    return "nan" if np.isnan(array).any() else "inf"


def origin(run: Run, node: str) -> str | None:
    """The nearest node from which a number that is not finite came to `node`; None if it came from none."""
    seen, front = {node}, [node]
    while front:
        for id in front:
            if run.results[id].origin:
                return id
        front = [
            edge.source
            for id in front
            for edge in run.inputs[id].values()
            if run.results[edge.source].not_finite and edge.source not in seen
        ]
        front = list(dict.fromkeys(front))
        seen.update(front)
    return None


def _own(tensor: Tensor, given: tuple[object, ...]) -> Tensor:
    """A node has a tensor of its own: what gives its input back as it is (dropout outside training) gives an alias."""
    return op_named("alias").apply(tensor) if any(tensor is each for each in given) else tensor


ERRORS = (RuntimeError, ValueError, TypeError, IndexError, OverflowError, MemoryError, ZeroDivisionError)
"""What an op may raise about its inputs; anything else is a fault of the program."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What stands at the ports of a node: tensors, inline numbers, None at an empty optional port."""

    given: tuple[object, ...] = ()
    missing: tuple[str, ...] = ()
    waits_for: str | None = None


def arguments(node: Node, op: Op, edges: Mapping[str, Edge], run: Run) -> Arguments:
    """Gather the inputs of a node from the results of a run. A number is not enough for what a statement works on."""
    given: list[object] = []
    missing: list[str] = []
    for port in op.ports:
        edge = edges.get(port.name)
        value = run.tensor(edge.source) if edge else decode_number(node.params.get(port.name))
        if edge and value is None:
            return Arguments(waits_for=edge.source)
        if not port.optional and (value is None or (op.statement and edge is None)):
            missing.append(port.name)
        given.append(value)
    return Arguments(tuple(given), tuple(missing))


def keywords(node: Node, op: Op) -> dict[str, object]:
    """The params of a node that are set, ready for `op.apply`."""
    chosen: dict[str, object] = {}
    for param in op.params:
        if param.name in node.params:
            value = node.params[param.name]
            if param.kind == "numbers":
                dtype = node.params.get("dtype")
                chosen[param.name] = decode_array(value, dtype if isinstance(dtype, str) else None)
            elif param.kind == "float":
                chosen[param.name] = decode_number(value)
            else:
                chosen[param.name] = value
    return chosen


def _claim_functions(run: Run) -> None:
    """Tag each function with the node that made it.

    An op may make several functions (1 / x is Reciprocal, then Mul): they lie between the node's tensor and the
    functions of its inputs.
    """
    for id in run.order:
        tensor = run.results[id].tensor
        if tensor is not None:
            for function in functions_of(id, tensor):
                function.tag = id


def functions_of(id: str, tensor: Tensor) -> list[Function]:
    """The functions that node `id` made on the way to its tensor, oldest first: those that no other node claims."""
    mine: set[Function] = set()
    stack = [tensor.grad_fn]
    while stack:
        function = stack.pop()
        if function is None or function in mine or isinstance(function, AccumulateGrad):
            continue
        if function.tag in (None, id):
            mine.add(function)
            stack.extend(function.next)
    return sorted(mine, key=attrgetter("number"))
