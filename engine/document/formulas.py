"""What a node is called and what it computes, in words: ``y = x + 2``, ``√sum(y ^ 2)``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .catalogue import find
from .graph import Graph
from .loops import CARRY
from .records import Node

NAME_LENGTH = 12
"""A formula longer than this does not stand for its node inside other formulas."""
NAME_DEPTH = 3
"""How many nodes deep a name spells out what it computes."""
GAP = "·"


def expression(graph: Graph, id: str, depth: int = NAME_DEPTH) -> str:
    """What a node computes, in the names of its inputs; the name of its op while nothing is put in.

    A carry computes nothing: it is a variable, and what it will be in the next turn is not spelled out.
    """
    node = graph.nodes[id]
    op = find(node.op)
    if op is None or node.op == CARRY:
        return node.op
    edges = graph.inputs(id)
    if not any(port.name in edges or node.params.get(port.name) is not None for port in op.ports):
        return op.name
    names = {port: name(graph, edge.source, depth - 1) for port, edge in edges.items()}
    return written(op.formula, node, names, loose=op.statement)


def title(graph: Graph, id: str) -> str:
    """A node's heading: ``y = x + 2``. Without a title, what it computes; with its id, if that is too long a name."""
    node, text = graph.nodes[id], expression(graph, id)
    op = find(node.op)
    called = node.title or (name(graph, id) if not (op and op.statement) else text)
    return f"{called} = {text}" if op is not None and text not in (op.name, called) else called


def name(graph: Graph, id: str, depth: int = NAME_DEPTH) -> str:
    """What a node is called in formulas and sentences: its title, else what it computes if that is short, else its
    id, which then stands in its heading."""
    node = graph.nodes[id]
    if node.title or node.op == CARRY:
        return node.name
    text = expression(graph, id, depth) if depth > 0 else ""
    return text if 0 < len(text) <= NAME_LENGTH and GAP not in text else id


def written(formula: str, node: Node, names: Mapping[str, str], loose: bool = False) -> str:
    """A formula with what stands at its ports put in: a name, an inline number, or a gap.

    A name of several words is put in parentheses, unless it stands alone between some or between bars, or all is
    `loose`.
    """
    op = find(node.op)
    if op is not None and op.variadic:  # one word stands for all the tensors
        several = ", ".join(grouped(names[port.name]) for port in op.ports if port.name in names)
        return re.sub(rf"\b{re.escape(op.order[0])}\b", lambda _: several, formula)
    ports = "|".join(re.escape(port.name) for port in op.ports) if op else ""

    def stands_for(match: re.Match[str]) -> str:
        port = match[0]
        if port not in names:
            number = node.params.get(port)
            return GAP if number is None else str(number)
        around = formula[: match.start()][-1:] + formula[match.end() :][:1]
        if around == "||" and "|" in names[port]:  # bars in bars could not be told apart
            return f"({names[port]})"
        return names[port] if around in ("()", "||") or loose else grouped(names[port])

    return re.sub(rf"\b({ports})\b", stands_for, formula) if ports else formula


def grouped(name: str) -> str:
    """A name fit to stand beside an operator: ``(y × y)``."""
    whole = re.fullmatch(r"\w+\(.*\)|\|\|[^|]*\|\||\|[^|]*\|", name)
    return f"({name})" if " " in name and not whole else name
