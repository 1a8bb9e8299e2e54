"""What is given to an op: what stands at the ports of a node, and its params, ready for `op.apply`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.document.arrays import decode_array, decode_number
from engine.document.records import Edge, Node
from engine.op import Op
from engine.run.result import Run

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
    for port in op.ports:
        edge = edges.get(port.name)
        value = run.tensor(edge.source) if edge else decode_number(node.params.get(port.name))
        if edge and value is None:
            return Arguments(waits_for=edge.source)
        given.append(value)
    return Arguments(tuple(given), missing(node, op, edges))


def missing(node: Node, op: Op, edges: Mapping[str, Edge]) -> tuple[str, ...]:
    """The ports that need something and have neither an edge nor a number."""
    return tuple(
        port.name
        for port in op.ports
        if not port.optional
        and port.name not in edges
        and (port.wired or decode_number(node.params.get(port.name)) is None)
    )


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
