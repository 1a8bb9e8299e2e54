"""Small graphs, written as a script would be; and runs, logs and states as plain data that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from assets import ROOT
from engine.autograd import Tensor
from engine.document.files import load
from engine.document.graph import Graph
from engine.document.loops import Place
from engine.document.records import Edge, Frame, Node
from engine.run.backward import Pass, play, written_passes
from engine.run.evaluate import Run, evaluate
from engine.run.log import Event, Log

EXAMPLES = ROOT / "examples"
NAMES = tuple(sorted(path.stem for path in EXAMPLES.glob("*.autograd")))
Written = Mapping[str, tuple[str, Mapping[str, Any]]]


def graph_of(nodes: Written, frames: Mapping[str, tuple[str, str]] | None = None) -> Graph:
    """``{"x": ("ones", {…}), "y": ("add", {"input": "x", "other": 2})}``: a node's id as a value is an edge.

    ``{"while1": ("while", "y mul1")}`` are frames: what kind, and what stands in them (nodes or frames).
    """
    holds = {id: frame for frame, (_, members) in (frames or {}).items() for id in members.split()}
    edges = {
        (id, name): Edge(value, id, name)
        for id, (_, values) in nodes.items()
        for name, value in values.items()
        if isinstance(value, str) and value in nodes
    }
    records = [
        Node(id, op, {name: value for name, value in values.items() if (id, name) not in edges}, frame=holds.get(id))
        for id, (op, values) in nodes.items()
    ]
    around = [Frame(id, kind, frame=holds.get(id)) for id, (kind, _) in (frames or {}).items()]
    return Graph(records, edges.values(), around)


def leaf(data: Any, requires_grad: bool = True, **more: Any) -> tuple[str, dict[str, Any]]:
    """A tensor node."""
    return "tensor", {"data": data, "requires_grad": requires_grad, **more}


def example(name: str) -> Graph:
    return load(EXAMPLES / f"{name}.autograd").graph()


def run_of(nodes: Written | Graph, previous: Run | None = None, **how: Any) -> Run:
    graph = nodes if isinstance(nodes, Graph) else graph_of(nodes)
    return evaluate(graph.snapshot(), previous, **how)


def written(run: Run) -> Log:
    """The log of the passes that the document asks for."""
    return play(run, written_passes(run))


def backward(run: Run, root: str, gradient: str | float | None = None) -> Log:
    """The log of one pass that nobody wrote down."""
    return play(run, [Pass(root, gradient)])


def tensor(run: Run, node: str) -> Tensor:
    found = run.tensor(node)
    assert found is not None, run.results[node]
    return found


def value(run: Run, node: str) -> Any:
    return tensor(run, node).tolist()


def grad(run: Run, node: str) -> Any:
    found = tensor(run, node).grad
    return None if found is None else found.tolist()


def told(log: Log, *kinds: str) -> list[tuple[Any, ...]]:
    """The events (of these kinds) as plain data: the name of the kind and the fields, numbers as lists."""
    events = [event for event in log if not kinds or type(event).__name__ in kinds]
    return [_words(event) for event in events]


def _words(event: Event) -> tuple[Any, ...]:
    values = [getattr(event, field.name) for field in fields(event) if field.name not in ("turn", "edge_turn")]
    return (type(event).__name__, *(v.tolist() if isinstance(v, np.ndarray | np.generic) else v for v in values))


def exact(thing: Any) -> Any:
    """Records, logs and states bit by bit, ready for ``==`` (any nan is like any other)."""
    if isinstance(thing, np.ndarray | np.generic):
        array = np.where(np.isnan(thing), np.asarray(np.nan, thing.dtype), thing) if thing.dtype.kind == "f" else thing
        return str(thing.dtype), thing.shape, np.asarray(array).tobytes()
    if isinstance(thing, Mapping):
        return {name: exact(item) for name, item in thing.items()}
    if isinstance(thing, tuple | list):
        return [exact(item) for item in thing]
    if is_dataclass(thing):
        return type(thing).__name__, [exact(getattr(thing, field.name)) for field in fields(thing)]
    return thing


def outcome(run: Run) -> dict[str, Any]:
    """What came of every node, bit by bit."""
    return {
        id: (result.error, result.missing, result.waits_for, _tensor(result.tensor))
        for id, result in run.results.items()
    }


def turns(run: Run) -> dict[Place, Any]:
    """What came of every turn of every loop, bit by bit."""
    return {
        place: (
            *(ran.count, ran.ended, ran.stopped, ran.note, ran.failed),
            [{id: _tensor(row[slot]) for id, slot in ran.slots.items()} for row in ran.rows],
        )
        for place, ran in run.loops.items()
    }


def _tensor(tensor: Tensor | None) -> Any:
    if tensor is None:
        return None
    return exact(tensor.array), tensor.requires_grad, tensor.grad_fn.name() if tensor.grad_fn is not None else None
