"""Random programs with loops and no_grad blocks, as graphs; and what a program is, said once more and plainly: an
interpreter that does what the same lines of Python do, and keeps what every line gave."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine import torch
from engine.autograd import Tensor
from engine.document.arrays import decode_array
from engine.document.graph import Graph, Snapshot
from engine.document.loops import Course, Loop, Place, Turn, flat, loops_of, quiet
from engine.op import OPS
from engine.run.inputs import ERRORS, keywords
from tests.run.graphs import graph_of

UNARY = ("neg", "sin", "tanh", "sum", "mean", "detach", "data", "clone", "abs")
BINARY = ("add", "mul", "sub", "maximum")


@dataclass
class Writing:
    """A program on its way."""

    draw: DrawFn
    nodes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    frames: dict[str, tuple[str, list[str]]] = field(default_factory=dict)

    def add(self, op: str, values: dict[str, Any], frame: str | None) -> str:
        count = len(self.nodes)
        id = f"{self.draw(st.sampled_from('abcz'))}{count}"  # the order of ids is not that of the lines
        self.nodes[id] = (op, values)
        if frame is not None:
            self.frames[frame][1].append(id)
        return id

    def block(self, known: list[str], frame: str | None, depth: int) -> list[str]:
        """Some lines over known names; gives the names that stand for something after them."""
        known = list(known)
        for _ in range(self.draw(st.integers(1, 4))):
            kind = self.draw(st.sampled_from(["op", "op", "op", "leaf", "block", "block"] if depth < 3 else ["op"]))
            if kind == "leaf" or not known:
                values = {"data": self.draw(st.sampled_from([0.5, [1.0, -2.0, 0.25]])), "requires_grad": True}
                known.append(self.add("tensor", values, frame))
            elif kind == "op":
                known.append(self.line(known, frame))
            else:
                known += self.frame(known, frame, depth)
        return known

    def line(self, known: list[str], frame: str | None) -> str:
        one = self.draw(st.sampled_from(known))
        op = self.draw(st.sampled_from(UNARY + BINARY))
        if op in UNARY:
            return self.add(op, {"input": one}, frame)
        others: Any = st.sampled_from(known)
        other = self.draw(others if op == "maximum" else others | st.sampled_from([0.5, 2]))
        return self.add(op, {"input": one, "other": other}, frame)

    def frame(self, known: list[str], frame: str | None, depth: int) -> list[str]:
        kind = self.draw(st.sampled_from(["while", "while", "no_grad", "comment"]))
        id = f"{kind}{len(self.frames)}"
        self.frames[id] = (kind, [])
        if frame is not None:
            self.frames[frame][1].append(id)
        if kind != "while":
            return self.block(known, id, depth + 1)[len(known) :]
        start = st.sampled_from(known) | st.sampled_from([1, 0.5])
        carries = [self.add("carry", {"start": self.draw(start)}, id) for _ in range(self.draw(st.integers(1, 3)))]
        counter = self.add("carry", {"start": 0}, id)
        inside = self.block([*known, *carries, counter], id, depth + 1)
        for carry in carries:
            self.nodes[carry][1]["next"] = self.draw(st.sampled_from([name for name in inside if name != carry]))
        self.nodes[counter][1]["next"] = self.add("add", {"input": counter, "other": 1}, id)
        until = self.add("lt", {"input": counter, "other": self.draw(st.integers(0, 4))}, id)
        self.add("repeat_while", {"condition": until, "most": 6}, id)
        return carries + [name for name in inside[len(known) :] if name not in carries]


@st.composite
def programs(draw: DrawFn) -> Graph:
    writing = Writing(draw)
    first = writing.add("tensor", {"data": [0.5, 1.5, -1.0], "requires_grad": True}, None)
    writing.block([first, writing.frame([first], None, 0)[0]], None, 0)
    return graph_of(writing.nodes, {id: (kind, " ".join(members)) for id, (kind, members) in writing.frames.items()})


class _Stopped(Exception):
    """A name is read that nothing has been given to."""


@dataclass
class Interpreted:
    """What each name was in each turn, and at the end."""

    snapshot: Snapshot
    names: dict[str, Tensor] = field(default_factory=dict)
    values: dict[Place, Tensor] = field(default_factory=dict)
    turns: dict[Place, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)  # they are not asked again, until the loop begins anew

    def __post_init__(self) -> None:
        nodes, frames = self.snapshot.nodes, self.snapshot.frames
        self.edges = {(edge.target, edge.port): edge.source for edge in self.snapshot.edges.values()}
        self.quiet = {id for id, node in nodes.items() if quiet(node, frames)}
        self.deep = {id for id, node in nodes.items() if loops_of(node, frames)}
        with np.errstate(all="ignore"):
            self.run(self.snapshot.course(), ())

    def given(self, id: str, port: str) -> Any:
        if (id, port) in self.edges:
            return self.names.get(self.edges[id, port], _Stopped)
        return self.snapshot.nodes[id].params.get(port)

    def run(self, course: Course, turn: Turn) -> None:
        for unit in course:
            if isinstance(unit, Loop):
                self.loop(unit, turn)
                continue
            node = self.snapshot.nodes[unit]
            op = OPS[node.op]
            given = [self.given(unit, port.name) for port in op.ports]
            self.names.pop(unit, None)
            if unit in self.failed or any(each is _Stopped for each in given):
                continue
            try:
                with torch.no_grad() if unit in self.quiet else nullcontext():
                    self.give(unit, turn, op.apply(*given, **keywords(node, op)))
            except ERRORS:
                self.failed.add(unit)

    def give(self, id: str, turn: Turn, tensor: Tensor) -> None:
        self.names[id] = self.values[id, turn] = tensor

    def loop(self, loop: Loop, outer: Turn) -> None:
        for id in flat((loop,)):
            self.names.pop(id, None)
            self.failed.discard(id)
        try:
            self.turn_by_turn(loop, outer)
        except _Stopped:
            for id in flat((loop,)):
                self.names.pop(id, None)

    def turn_by_turn(self, loop: Loop, outer: Turn) -> None:
        count = 0
        new = {id: self.carried(id, "start") for id in loop.carries}
        while True:
            turn = (*outer, count)
            for id, tensor in new.items():
                self.give(id, turn, tensor)
            self.run(loop.head, turn)
            [repeat] = loop.repeats
            if not self.carried(repeat, "condition"):
                self.turns[loop.frame, outer] = count
                return
            self.run(loop.body, turn)
            new = {id: self.carried(id, "next") for id in loop.carries}
            count += 1

    def carried(self, id: str, port: str) -> Tensor:
        given = self.given(id, port)
        if given is _Stopped:
            raise _Stopped
        return given if isinstance(given, Tensor) else torch.tensor(decode_array(given))
