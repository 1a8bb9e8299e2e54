"""Backward passes over a run: the engine's trace, told in the words of the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.autograd import AccumulateGrad, Function, Tensor, backward, trace
from engine.op import OPS
from engine.run.evaluate import Run
from engine.run.log import (
    Accumulate,
    Blocked,
    Deliver,
    EdgeKey,
    Event,
    Fail,
    Fire,
    Forward,
    Free,
    Log,
    Seed,
    Unbroadcast,
)


@dataclass(frozen=True, slots=True)
class Pass:
    """A request: run backward from `root`, with the value of `gradient` (a node, or a number) as v.

    `statement` is the `backward` node that asks for it; None if the learner did.
    """

    root: str
    gradient: str | float | None = None
    statement: str | None = None


def pass_of(run: Run, node: str) -> Pass | None:
    """The pass that `node` asks for: a `backward` node says from where, any other node is the root itself."""
    record = run.snapshot.nodes[node]
    op = OPS.get(record.op)
    if op is None or not op.statement:
        return Pass(node)
    edges = run.inputs[node]
    if "tensor" not in edges:
        return None
    gradient: str | float | None = edges["gradient"].source if "gradient" in edges else record.params.get("gradient")
    return Pass(edges["tensor"].source, gradient, node)


def written_passes(run: Run) -> list[Pass]:
    """The passes of the document's `backward` nodes, in order."""
    return [each for node in run.statements() if (each := pass_of(run, node)) is not None]


def play(run: Run, passes: list[Pass]) -> Log:
    """Run `passes` for real (leaf gradients accumulate) and return the log of the whole run, forward first.

    The log of a pass that cannot go on ends with a Fail that carries torch's message; later passes do not run.
    """
    log: list[Event] = [
        Forward(id) for id in run.order if run.inputs[id] and run.tensor(id) is not None
    ]
    for each in passes:
        log.extend(_backward(run, each))
        if isinstance(log[-1], Fail):
            break
    return tuple(log)


def _backward(run: Run, request: Pass) -> Iterator[Event]:
    at = request.statement or request.root
    root = run.tensor(request.root)
    if root is None:
        yield Fail(at, f"{request.root} has no value")
        return
    gradient: Tensor | None = None
    if isinstance(request.gradient, str):
        gradient = run.tensor(request.gradient)
        if gradient is None:
            yield Fail(at, f"{request.gradient} has no value")
            return
    elif request.gradient is not None:
        gradient = Tensor(root.numpy_dtype.type(request.gradient))
    entries: list[trace.Step] = []
    run.spent = True
    try:
        backward(root, gradient, trace=entries)
    except (RuntimeError, TypeError, ValueError) as error:
        yield from _told(run, request, entries)
        if not (entries and isinstance(entries[-1], trace.Fail)):
            yield Fail(at, str(error))
        return
    yield from _told(run, request, entries)


def _told(run: Run, request: Pass, entries: list[trace.Step]) -> Iterator[Event]:
    """Translate trace entries; what happens inside one node (between the functions of one op) is left out."""
    leaves = {id(tensor): node for node in run.order if (tensor := run.tensor(node)) is not None and tensor.is_leaf}

    def node_of(function: Function) -> str | None:
        return leaves.get(id(function.variable)) if isinstance(function, AccumulateGrad) else function.tag

    for entry in entries:
        match entry:
            case trace.Seed(value=value):
                edge = (request.statement, "tensor") if request.statement else None
                yield Seed(request.root, value, edge)
            case trace.Fire(function=function, grad=grad):
                if (node := node_of(function)) is not None:
                    yield Fire(node, grad)
            case trace.Unbroadcast(function=function, index=index, from_shape=wide, to_shape=narrow):
                if (edge_key := _edge(run, node_of(function), index, None)) is not None:
                    yield Unbroadcast(edge_key, wide, narrow)
            case trace.Deliver(function=function, index=index, target=target, grad=grad, kth=kth, of_n=of_n):
                receiver = node_of(target)
                edge_key = _edge(run, node_of(function), index, receiver)
                if edge_key is not None and receiver is not None:
                    yield Deliver(receiver, edge_key, grad, kth, of_n)
            case trace.Blocked(function=function, index=index, reason=reason):
                if (edge_key := _edge(run, node_of(function), index, None)) is not None:
                    yield Blocked(edge_key, reason)
            case trace.Accumulate(function=function, before=before, delta=delta, after=after):
                if (node := node_of(function)) is not None:
                    yield Accumulate(node, before, delta, after)
            case trace.Free(function=function):
                if (node := node_of(function)) is not None:
                    yield Free(node)
            case trace.Fail(function=function, message=message):
                yield Fail(node_of(function) or request.statement or request.root, message)


def _edge(run: Run, node: str | None, index: int, receiver: str | None) -> EdgeKey | None:
    """The edge that stands for input `index` of a function of `node`; `receiver`, if known, must be its source."""
    if node is None:
        return None
    ports = OPS[run.snapshot.nodes[node].op].ports
    edges = run.inputs[node]
    if receiver is None:
        return (node, ports[index].name) if index < len(ports) and ports[index].name in edges else None
    fitting = [port.name for port in ports if port.name in edges and edges[port.name].source == receiver]
    if not fitting:
        return None
    wanted = ports[index].name if index < len(ports) else fitting[0]
    return (node, wanted if wanted in fitting else fitting[0])
