"""The document as a script for torch: what one would have typed, line by line, in the order in which it runs; but what
hangs together stands together, and a leaf next to what reads it.

Values, gradients and the order of the backward passes are the same. What cannot run is left out, with a comment that
says why: a program would stop there, a document runs on without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.convert.calls import Term, draws, expression, inline
from engine.convert.literals import BYTES, number
from engine.convert.plan import Plan
from engine.convert.reading import Reading
from engine.convert.variables import variables
from engine.document.arrays import decode_number
from engine.document.graph import Snapshot
from engine.document.loops import REPEAT, Loop, flat
from engine.document.records import Edge
from engine.op import OPS

INDENT = "    "
MOST = next(param.default for param in OPS[REPEAT].params if param.name == "most")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code, and the nodes and frames that it comes from."""

    text: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A document as lines of code. `variables` says which variable holds the value of a node when all is done."""

    lines: tuple[Line, ...]
    variables: Mapping[str, str]

    @property
    def text(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines)


def torch_script(snapshot: Snapshot) -> str:
    """The text of `script`."""
    return script(snapshot).text


def comment(text: str) -> str:
    """The text as a comment, which ends where its line does: names and titles may hold any character."""
    return "# " + " ".join("".join(each if each.isprintable() else " " for each in text).split())


def script(snapshot: Snapshot) -> Script:
    """The document as code."""
    writer = _Writer(Reading.of(snapshot))
    for island in writer.islands:
        writer.level(island, "", fenced=False)
    writer.passes()
    lines, used = writer.lines, [Line("import torch")]
    if any(BYTES in line.text for line in lines):
        used = [Line("import base64"), Line(""), Line("import numpy as np"), *used]
    return Script((*used, *([Line("")] if lines else []), *lines), writer.variables)


class _Writer:
    """Goes along the course of a document and writes its lines."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._plan = Plan.of(reading)
        self._order = flat(reading.snapshot.course())
        self.islands = reading.islands()
        for_carries = self._plan.starts | self._plan.nexts
        unnamed = {*self._plan.inlined, *for_carries}
        nodes = reading.snapshot.nodes
        written = (id for island in self.islands for id in flat(tuple(island)))
        valued = [id for id in written if not ((op := OPS.get(nodes[id].op)) and op.statement)]
        names = variables(nodes[id] for id in valued if id not in unnamed)
        self.variables = {id: name for id, name in names.items() if id not in reading.left_out}
        self._names = names | {id: names[carry] for id, carry in for_carries.items()}
        self._seeded = any(self._seed(id) is not None for id in self._order)
        self._at = {id: at for at, id in enumerate(self._order)}
        self.lines: list[Line] = []

    def level(self, units: Iterable[str | Loop], indent: str, fenced: bool) -> None:
        """The units of one level, those in no_grad frames in blocks of their own."""
        for quiet, group in self._reading.grouped(units):
            group = [unit for unit in group if self._is_written(unit)]
            block = quiet and not fenced and any(self._key(unit) not in self._reading.left_out for unit in group)
            if block:
                self.lines.append(Line(f"{indent}with torch.no_grad():"))
            for unit in group:
                inside = indent + INDENT if block else indent
                if self._key(unit) in self._reading.left_out:
                    self._left_out(unit, inside)
                elif isinstance(unit, Loop):
                    self._loop(unit, inside, quiet)
                else:
                    self._node(unit, inside)

    def passes(self) -> None:
        """The statements, which run when all is computed."""
        for id in self._order:
            op = OPS.get(self._reading.node(id).op)
            if op is not None and op.statement and not op.control:
                if id in self._reading.left_out:
                    self._left_out(id, "")
                else:
                    self.lines.append(Line(self._term(id).text, (id,)))

    # ---- one unit ----

    def _is_written(self, unit: str | Loop) -> bool:
        if isinstance(unit, Loop):
            return True
        op = OPS.get(self._reading.node(unit).op)
        return not (op is not None and op.statement) and unit not in self._plan.inlined and unit not in self._plan.nexts

    def _key(self, unit: str | Loop) -> str:
        return unit if isinstance(unit, str) else unit.frame

    def _left_out(self, unit: str | Loop, indent: str) -> None:
        ids = (unit,) if isinstance(unit, str) else (unit.frame, *flat((unit,)))
        record = self._reading.node(unit) if isinstance(unit, str) else self._reading.snapshot.frames[unit.frame]
        reason = self._reading.left_out[self._key(unit)]
        self.lines.append(Line(f"{indent}{comment(f'{record.name}: {reason}')}", ids))

    def _node(self, id: str, indent: str) -> None:
        node = self._reading.node(id)
        if draws(OPS[node.op]):
            seed = self._seed(id)
            if seed is not None:
                self.lines.append(Line(f"{indent}torch.manual_seed({seed})", (id,)))
            elif self._seeded:
                self.lines.append(Line(f"{indent}torch.seed()", (id,)))
        ids = (id, self._plan.starts[id]) if id in self._plan.starts else (id,)
        self.lines.append(Line(f"{indent}{self._names[id]} = {self._term(id).text}", ids))

    def _loop(self, loop: Loop, indent: str, fenced: bool) -> None:
        inputs, plan, inside = self._reading.inputs, self._plan, indent + INDENT
        for carry in loop.carries:
            edge = inputs[carry].get("start")
            if edge is None:
                start = f"torch.tensor({number(self._reading.node(carry).params['start'])})"
            elif edge.source in plan.starts:
                continue
            else:
                start = self._read(edge).text
            self.lines.append(Line(f"{indent}{self._names[carry]} = {start}", (carry,)))
        for id in loop.repeats[1:]:
            self._left_out(id, indent)
        condition = self._read(inputs[loop.repeats[0]]["condition"]).text
        most = self._reading.node(loop.repeats[0]).params.get("most", MOST)
        cap = "" if most == MOST else f"  {comment(f'at most {most:,} turns on the canvas')}"
        ids = (loop.frame, loop.repeats[0], *(id for id in loop.head if isinstance(id, str) and id in plan.inlined))
        if all(unit in plan.inlined for unit in loop.head if isinstance(unit, str)) and not any(
            isinstance(unit, Loop) for unit in loop.head
        ):
            self.lines.append(Line(f"{indent}while {condition}:{cap}", ids))
        else:
            self.lines.append(Line(f"{indent}while True:{cap}", ids))
            self.level(loop.head, inside, fenced)
            self.lines.append(Line(f"{inside}if not {condition}:", ids))
            self.lines.append(Line(f"{inside}{INDENT}break", ids))
        before = len(self.lines)
        self.level(loop.body, inside, fenced)
        self._next_turn(loop, inside)
        if all(line.text.lstrip().startswith("#") for line in self.lines[before:]):
            self.lines.append(Line(f"{inside}pass", (loop.frame,)))

    def _next_turn(self, loop: Loop, indent: str) -> None:
        """Every carry takes its next value, all at once; functions made in that line are made in their order."""
        nexts, inputs = self._plan.nexts, self._reading.inputs
        taken = [(carry, inputs[carry]["next"]) for carry in loop.carries]
        taken = [(carry, edge) for carry, edge in taken if edge.source != carry]
        made = {edge.source for _, edge in taken if edge.source in nexts and edge.source in self._plan.historic}
        if len(made) > 1:
            taken.sort(key=lambda each: self._at[each[1].source] if each[1].source in made else -1)
        if taken:
            left = ", ".join(self._names[carry] for carry, _ in taken)
            right = ", ".join(
                self._term(edge.source).text if edge.source in nexts else self._read(edge).text for _, edge in taken
            )
            ids = tuple(id for carry, edge in taken for id in (carry, edge.source))
            self.lines.append(Line(f"{indent}{left} = {right}", ids))

    # ---- inside a line ----

    def _term(self, id: str) -> Term:
        """What a node computes."""
        node, edges = self._reading.node(id), self._reading.inputs[id]
        op = OPS[node.op]
        given = {}
        for port in op.ports:
            value = decode_number(node.params.get(port.name))
            if port.name in edges:
                given[port.name] = self._read(edges[port.name])
            elif isinstance(value, int | float):
                given[port.name] = Term(f"torch.tensor({number(float(value))})") if op.statement else inline(value)
        return expression(node, op, given)

    def _read(self, edge: Edge) -> Term:
        """What an edge brings."""
        inlined = edge.source in self._plan.inlined
        return self._term(edge.source) if inlined else Term(self._names[edge.source])

    def _seed(self, id: str) -> int | None:
        seed = self._reading.node(id).params.get("seed")
        return seed if isinstance(seed, int) else None
