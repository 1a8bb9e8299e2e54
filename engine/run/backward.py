"""Backward passes over a run: the engine's trace, told in the words of the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.autograd import AccumulateGrad, Function, Tensor, backward, trace
from engine.autograd.function import renumber
from engine.document.arrays import decode_number
from engine.op import OPS
from engine.run.evaluate import ERRORS, Run, functions_of
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
from engine.sentence import says


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
    if "gradient" in edges:
        return Pass(edges["tensor"].source, edges["gradient"].source, node)
    number = decode_number(record.params.get("gradient"))
    return Pass(edges["tensor"].source, number if isinstance(number, int | float) else None, node)


def written_passes(run: Run) -> list[Pass]:
    """The passes of the document's `backward` nodes, in order."""
    return [each for node in run.statements() if (each := pass_of(run, node)) is not None]


def obvious_passes(run: Run) -> list[Pass]:
    """Where the learner must mean, if the document does not say: the only scalar with history that nothing uses."""
    used = {edge.source for edges in run.inputs.values() for edge in edges.values()}
    ends = [
        id
        for id in run.order
        if id not in used and (tensor := run.tensor(id)) is not None and tensor.requires_grad and tensor.numel() == 1
    ]
    return [Pass(ends[0])] if len(ends) == 1 else []


def play(run: Run, passes: list[Pass]) -> Log:
    """Run `passes` for real (leaf gradients accumulate) and return the log of the whole run, forward first.

    The log of a pass that cannot go on ends with a Fail that carries torch's message; later passes do not run. If a
    statement asked for the pass, that Fail stands at the statement, after the one at the node where it happened.
    """
    _number_functions(run)
    log: list[Event] = [Forward(id) for id in run.order if run.inputs[id] and run.tensor(id) is not None]
    for each in passes:
        log.extend(_backward(run, each))
        if isinstance(log[-1], Fail):
            break
    return tuple(log)


def _number_functions(run: Run) -> None:
    """Number the functions in the order of the document, whatever other run that shares them was evaluated or played
    in between: a run that reused results fires in the same order as a fresh one."""
    for id in run.order:
        if (tensor := run.tensor(id)) is not None:
            renumber(functions_of(id, tensor))


def take_back(run: Run, log: Log) -> None:
    """Undo what the passes of `log` added to the leaves' `.grad`: nobody wants them any more."""
    for event in reversed(log):
        if isinstance(event, Accumulate) and (leaf := run.tensor(event.node)) is not None:
            leaf.grad = None if event.before is None else Tensor(event.before)


def _backward(run: Run, request: Pass) -> Iterator[Event]:
    at = request.statement or request.root
    root = run.tensor(request.root)
    if root is None:
        yield Fail(at, _no_value(run, request.root))
        return
    gradient: Tensor | None = None
    if isinstance(request.gradient, str):
        gradient = run.tensor(request.gradient)
        if gradient is None:
            yield Fail(at, _no_value(run, request.gradient))
            return
    elif request.gradient is not None:
        gradient = Tensor(np.float64(request.gradient))
    entries: list[trace.Step] = []
    run.spent = True
    try:
        with np.errstate(all="ignore"):
            backward(root, gradient, trace=entries)
    except ERRORS as error:
        last: Event | None = None
        for last in _told(run, request, entries):
            yield last
        if not (isinstance(last, Fail) and last.node == at):
            yield Fail(at, str(error) or type(error).__name__)
        return
    yield from _told(run, request, entries)


def _no_value(run: Run, node: str) -> str:
    return says("{name} has no value", name=run.snapshot.nodes[node].name)


def _told(run: Run, request: Pass, entries: list[trace.Step]) -> Iterator[Event]:
    """Translate trace entries; what happens inside one node (between the functions of one op) is left out."""
    places = _Places(run)
    last_free = {places.node(entry.function): i for i, entry in enumerate(entries) if isinstance(entry, trace.Free)}
    for i, entry in enumerate(entries):
        node = places.node(entry.function)
        if node is None:
            continue
        match entry:
            case trace.Seed(value=value):
                yield Seed(request.root, value, (request.statement, "tensor") if request.statement else None)
            case trace.Fire(function=function, grad=grad):
                if function is places.last_function(node):
                    yield Fire(node, grad)
            case trace.Unbroadcast(function=function, index=index, from_shape=wide, to_shape=narrow):
                if (edge := places.edge(function, index)) is not None:
                    yield Unbroadcast(edge, wide, narrow)
            case trace.Deliver(function=function, index=index, target=target, grad=grad, kth=kth, of_n=of_n):
                receiver = places.node(target)
                if (edge := places.edge(function, index)) is not None and receiver is not None:
                    yield Deliver(receiver, edge, grad, kth, of_n)
            case trace.Blocked(index=index, reason=reason):
                if (edge := places.blocked_edge(node, index)) is not None:
                    yield Blocked(edge, reason)
            case trace.Accumulate(before=before, delta=delta, after=after):
                yield Accumulate(node, before, delta, after)
            case trace.Free():
                if last_free[node] == i:
                    yield Free(node)
            case trace.Fail(message=message):
                yield Fail(node, message)


class _Places:
    """Where on the canvas the functions of a run stand: at which node, and along which edges they send gradients."""

    def __init__(self, run: Run) -> None:
        self._run = run
        tensors = ((node, run.tensor(node)) for node in run.order)
        self._leaves = {id(tensor): node for node, tensor in tensors if tensor is not None and tensor.is_leaf}
        self._edges: dict[str, dict[tuple[Function, int], EdgeKey]] = {}

    def node(self, function: Function) -> str | None:
        return self._leaves.get(id(function.variable)) if isinstance(function, AccumulateGrad) else function.tag

    def last_function(self, node: str) -> Function | None:
        """The function that made the tensor of `node`: the first of the node's to fire."""
        tensor = self._run.tensor(node)
        return tensor.grad_fn if tensor is not None else None

    def edge(self, function: Function, index: int) -> EdgeKey | None:
        """The edge along which `function` sends the gradient of its input `index`; None if it stays in its node."""
        node = self.node(function)
        if node is None:
            return None
        if node not in self._edges:
            self._edges[node] = self._edges_of(node)
        return self._edges[node].get((function, index))

    def _edges_of(self, node: str) -> dict[tuple[Function, int], EdgeKey]:
        """The functions of an op take its inputs in the order of its ports. So where several edges come from one
        node, the first of them belongs to the oldest function that sends something there."""
        tensor = self._run.tensor(node)
        if tensor is None:
            return {}
        sent: dict[str, list[tuple[Function, int]]] = {}
        for function in functions_of(node, tensor):
            for index, target in enumerate(function.next):
                receiver = self.node(target) if target is not None else None
                if receiver is not None and receiver != node:
                    sent.setdefault(receiver, []).append((function, index))
        found: dict[tuple[Function, int], EdgeKey] = {}
        for receiver, sendings in sent.items():
            ports = [port for port, source in self._wired(node) if source == receiver]
            for place, sending in enumerate(sendings):
                found[sending] = (node, ports[min(place, len(ports) - 1)])
        return found

    def blocked_edge(self, node: str, index: int) -> EdgeKey | None:
        """The edge that brings the input `index` of a function of `node`, which has no history."""
        blocked = [port for port, source in self._wired(node) if not self._tracked(source)]
        ports = OPS[self._run.snapshot.nodes[node].op].ports
        if index < len(ports) and ports[index].name in blocked:
            return (node, ports[index].name)
        return (node, blocked[0]) if blocked else None

    def _wired(self, node: str) -> list[tuple[str, str]]:
        """The ports of `node` that have an edge, and where it comes from."""
        edges = self._run.inputs[node]
        ports = OPS[self._run.snapshot.nodes[node].op].ports
        return [(port.name, edges[port.name].source) for port in ports if port.name in edges]

    def _tracked(self, node: str) -> bool:
        tensor = self._run.tensor(node)
        return tensor is not None and tensor.requires_grad
