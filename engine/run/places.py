"""Where the Functions of a run stand on the canvas: at which node, in which turn, and along which edges they send
gradients.

A node's Functions are *tagged* with its place. The tags are written right before a pass: an evaluation that nobody runs
backward has no use for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from engine.autograd import AccumulateGrad, Function, Tensor
from engine.autograd.function import next_number, renumber
from engine.document.loops import CARRY, Loop, Place, Turn
from engine.document.records import Edge, EdgeKey
from engine.op import OPS, Op
from engine.run.result import Run


def computed(run: Run) -> Iterator[tuple[str, Turn, Tensor]]:
    """Every value of a run, in the order in which it was computed; a carry takes its own at the start of a turn."""
    for unit in run.snapshot.course():
        if isinstance(unit, Loop):
            yield from _turns(run, unit, ())
        elif (tensor := run.tensor(unit)) is not None:
            yield unit, (), tensor


def _turns(run: Run, loop: Loop, outer: Turn) -> Iterator[tuple[str, Turn, Tensor]]:
    ran = run.loops.get((loop.frame, outer))
    if ran is None:
        return
    columns = [
        (unit, ran.slots[unit.frame if isinstance(unit, Loop) else unit])
        for unit in (*loop.carries, *loop.head, *loop.body)
    ]
    for number, row in enumerate(ran.rows):
        turn = (*outer, number)
        for unit, slot in columns:
            if isinstance(unit, Loop):
                yield from _turns(run, unit, turn)
            elif (tensor := row[slot]) is not None:
                yield unit, turn, tensor


def _alone(function: Function, place: Place, op: Op) -> bool:
    """Whether this is the only function of its place, one application of the node's op: what it goes on to belongs to
    other places already."""
    if function.op is not op or not (function.tag is None or function.tag == place):
        return False
    for target in function.next:
        if target is None or target.__class__ is AccumulateGrad:
            continue
        if target.tag is None or target.tag == place:
            return False
    return True


def functions_of(place: Place, tensor: Tensor) -> list[Function]:
    """The functions made at a place on the way to its tensor, oldest first: those that no other place claims."""
    mine: set[Function] = set()
    stack = [tensor.grad_fn]
    while stack:
        function = stack.pop()
        if function is None or function in mine or isinstance(function, AccumulateGrad):
            continue
        if function.tag in (None, place):
            mine.add(function)
            stack.extend(function.next)
    return sorted(mine, key=attrgetter("number"))


class Places:
    """The places of a run. Its Functions are tagged, and numbered in the order of the document, whatever other run that
    shares them was evaluated or played in between: a run that reused results fires in the same order as a fresh one.

    An op may make several functions (1 / x is Reciprocal, then Mul): they lie between the node's tensor and the
    functions of its inputs. A carry makes none.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.computed: list[Place] = []  # from inputs, in that order
        self._carries = {id for id, node in run.snapshot.nodes.items() if node.op == CARRY and id in run.around}
        self._backs = {  # edges from turn to turn whose ends stand in the same loops
            id: edge
            for id in self._carries
            if (edge := run.inputs[id].get("next")) and run.around.get(edge.source) == run.around[id]
        }
        self._leaves: dict[int, Place] = {}
        self._single: set[Function] = set()  # the only ones of their places
        self._edges: dict[Place, dict[tuple[Function, int], EdgeKey]] = {}
        self._ports: dict[str, list[Edge | None]] = {}
        self._makers: dict[Place, Place] = {}
        self._plain: dict[EdgeKey, bool] = {}
        ops = {id: OPS[node.op] for id, node in run.snapshot.nodes.items() if node.op in OPS}
        for node, turn, tensor in computed(run):
            place = (node, turn)
            if run.inputs[node]:
                self.computed.append(place)
            if not tensor._requires_grad or node in self._carries:
                continue
            function = tensor.grad_fn
            if function is None:
                self._leaves.setdefault(id(tensor), place)
            elif _alone(function, place, ops[node]):
                function.tag = place
                function.number = next_number()
                self._single.add(function)
            else:
                found = functions_of(place, tensor)
                for each in found:
                    each.tag = place
                renumber(found)

    def place(self, function: Function) -> Place | None:
        if function.__class__ is AccumulateGrad:
            return self._leaves.get(id(function.variable))
        tag: Place | None = function.tag
        return tag

    def is_last(self, function: Function, place: Place) -> bool:
        """Whether a function made the tensor of its place: the first of its functions to fire."""
        if function in self._single:
            return True
        tensor = self._run.tensor_at(*place)
        return tensor is not None and tensor.grad_fn is function

    def is_carry(self, node: str) -> bool:
        return node in self._carries

    def edge(self, function: Function, index: int) -> Edge | None:
        """The edge along which `function` sends the gradient of its input `index`; None if that stays in its node."""
        place: Place | None = function.tag
        if place is None:
            return None
        if function in self._single:
            return self._edges_by_input(place[0])[index]
        if place not in self._edges:
            self._edges[place] = self._edges_of(place)
        key = self._edges[place].get((function, index))
        return self._run.inputs[place[0]][key[1]] if key is not None else None

    def _edges_by_input(self, node: str) -> list[Edge | None]:
        """The edge to each input of the one function of a node."""
        found = self._ports.get(node)
        if found is None:
            op, edges = OPS[self._run.snapshot.nodes[node].op], self._run.inputs[node]
            found = [edges.get(port.name) for port in op.ports]
            if op.variadic:  # what is not there is not given
                found = [edge for edge in found if edge is not None]
            self._ports[node] = found
        return found

    def _edges_of(self, place: Place) -> dict[tuple[Function, int], EdgeKey]:
        """The functions of an op take its inputs in the order of its ports. So where several edges come from one
        place, the first of them belongs to the oldest function that sends something there."""
        node, _ = place
        tensor = self._run.tensor_at(*place)
        if tensor is None:
            return {}
        sent: dict[Place, list[tuple[Function, int]]] = {}
        for function in functions_of(place, tensor):
            for index, target in enumerate(function.next):
                receiver = self.place(target) if target is not None else None
                if receiver is not None and receiver != place:
                    sent.setdefault(receiver, []).append((function, index))
        found: dict[tuple[Function, int], EdgeKey] = {}
        for receiver, sendings in sent.items():
            ports = [port for port, source in self._wired(place) if source == receiver]
            for nth, sending in enumerate(sendings):
                if ports:
                    found[sending] = (node, ports[min(nth, len(ports) - 1)])
        return found

    def blocked_edge(self, place: Place, index: int) -> EdgeKey | None:
        """The edge that brings the input `index` of a function of a place, which has no history."""
        node, _ = place
        blocked = [port for port, source in self._wired(place) if not self._tracked(source)]
        ports = OPS[self._run.snapshot.nodes[node].op].ports
        if index < len(ports) and ports[index].name in blocked:
            return (node, ports[index].name)
        return (node, blocked[0]) if blocked else None

    def _wired(self, place: Place) -> list[tuple[str, Place]]:
        """The ports of a node that have an edge, and where what comes along it was made."""
        node, turn = place
        edges = self._run.inputs[node]
        ports = OPS[self._run.snapshot.nodes[node].op].ports
        return [(port.name, self.maker(edges[port.name], turn)) for port in ports if port.name in edges]

    def maker(self, edge: Edge, turn: Turn) -> Place:
        """Where the tensor was made that an edge reads: each hop through a carry is gone once."""
        place, passed = self.read(edge, turn), []
        while place not in self._makers and (hop := self.hop(place)) is not None:
            passed.append(place)
            place = hop[1]
        place = self._makers.get(place, place)
        self._makers.update(dict.fromkeys(passed, place))
        return place

    def read(self, edge: Edge, turn: Turn) -> Place:
        """The place that an edge reads, as `Run.read`; where its ends stand in the same loops that is the same turn."""
        plain = self._plain.get(edge.key)
        if plain is None:
            around = self._run.around
            plain = around.get(edge.source) == around.get(edge.target) and edge.target not in self._carries
            self._plain[edge.key] = plain
        if plain:
            return edge.source, turn
        source, then = self._run.read(edge, turn)
        assert then is not None  # a node has a value only if all that it reads has
        return source, then

    def hop(self, place: Place) -> tuple[Edge, Place] | None:
        """As `Run.hop`; most often it is a step back by one turn."""
        node, turn = place
        if node not in self._carries:
            return None
        if turn[-1] and (edge := self._backs.get(node)) is not None:
            return edge, (edge.source, (*turn[:-1], turn[-1] - 1))
        return self._run.hop(place)

    def _tracked(self, place: Place) -> bool:
        tensor = self._run.tensor_at(*place)
        return tensor is not None and tensor.requires_grad
