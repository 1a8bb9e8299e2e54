"""Which nodes need no variable of their own: what Python writes into a line, or into a variable that is there.

- What only the condition of a loop reads stands in the ``while``.
- What only gives a carry its start is that variable already: ``y = x * 2``, then ``while …``.
- What only gives a carry its next value, as the last of a turn, is the new value of the variable: ``y = y * 2``.
  What has no history may wait for the end of the turn; the functions are made in the order of the document.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.convert.calls import draws
from engine.convert.reading import Reading
from engine.document.loops import Loop
from engine.op import OPS

DEEPEST = 6
"""A condition of more nodes than this is computed in lines of its own."""


@dataclass(slots=True)
class Plan:
    """Decided before a line is written."""

    inlined: set[str] = field(default_factory=set)
    starts: dict[str, str] = field(default_factory=dict)
    nexts: dict[str, str] = field(default_factory=dict)
    """Nodes with the carry whose variable they are."""
    historic: set[str] = field(default_factory=set)
    """What may have a history."""

    @classmethod
    def of(cls, reading: Reading) -> Plan:
        plan = cls(historic=_historic(reading))
        loops = [unit for unit in reading.snapshot.course() if isinstance(unit, Loop)]
        while loops:
            loop = loops.pop()
            if loop.frame not in reading.left_out:
                plan._read(loop, reading)
                loops += [unit for unit in (*loop.head, *loop.body) if isinstance(unit, Loop)]
        return plan

    def _read(self, loop: Loop, reading: Reading) -> None:
        for carry in loop.carries:
            edge = reading.inputs[carry].get("start")
            beside = edge is not None and reading.loops(edge.source) == reading.loops(carry)[:-1]
            if edge and beside and _only_for(reading, edge.source, carry, "start"):
                self.starts[edge.source] = carry
        fenced = reading.quiet(loop)
        last = True
        for unit in reversed([unit for _, units in reading.grouped(loop.body) for unit in units]):
            reader = reading.only_reader(unit) if isinstance(unit, str) else None
            if (
                isinstance(unit, str)
                and reader is not None
                and reader.target in loop.carries
                and (last or unit not in self.historic)
                and reading.quiet(unit) is fenced
                and _only_for(reading, unit, reader.target, "next")
            ):
                self.nexts[unit] = reader.target
            elif not isinstance(unit, str) or reading.inputs[unit]:  # a leaf makes no function
                last = False
        self.inlined |= _condition(loop, fenced, reading)


def _historic(reading: Reading) -> set[str]:
    """What may have a history: all that leads from a leaf that requires a gradient."""
    nodes = reading.snapshot.nodes
    found = {id for id, node in nodes.items() if node.params.get("requires_grad")}
    front = list(found)
    while front:
        ahead = {edge.target for edge in reading.readers[front.pop()]} - found
        found |= ahead
        front += ahead
    return found


def _only_for(reading: Reading, id: str, carry: str, port: str) -> bool:
    """Whether a node is there for nothing but this port of a carry, and may go by its name."""
    node, op, reader = reading.node(id), OPS.get(reading.node(id).op), reading.only_reader(id)
    if op is None or op.control or id in reading.left_out or reader is None or reader.key != (carry, port):
        return False
    leaf = not reading.inputs[id] and node.params.get("requires_grad")
    drawn = port == "next" and draws(op)  # its seed is a line before it
    return not leaf and not drawn and node.title in ("", reading.node(carry).title)


def _condition(loop: Loop, fenced: bool, reading: Reading) -> set[str]:
    """The nodes of a condition that is one expression; none if it is too large for that."""
    found: set[str] = set()
    front = [reading.inputs[loop.repeats[0]]["condition"].source]
    while front:
        id = front.pop()
        op = OPS.get(reading.node(id).op)
        ours = id in loop.head and reading.quiet(id) is fenced and reading.only_reader(id) is not None
        if ours and op is not None and not op.control and not draws(op):
            found.add(id)
            front += [edge.source for edge in reading.inputs[id].values()]
    return found if len(found) <= DEEPEST else set()
