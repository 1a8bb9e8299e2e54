"""Copy and paste as JSON text, so that a part of a graph goes through a chat and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from engine.sentence import says

from .command import Command, Refused
from .graph import Graph
from .jsontext import page, parse
from .legal import bad_position
from .naming import fresh_ids
from .problems import FileErrors, Problems
from .reading import edge_fields, node_fields, read_edge, read_node
from .records import Change, Edge, Json, Node, natural

FORMAT = "autograd-canvas-clip"
VERSION = 1


def copy(graph: Graph, ids: Iterable[str]) -> str:
    """The nodes and the wires between them as text. Positions are relative to the middle of them all."""
    chosen = {id: graph.nodes[id] for id in sorted(set(ids), key=natural) if id in graph.nodes}
    if not chosen:
        raise Refused(says("Nothing is selected to copy."))
    x, y = _middle(chosen.values())
    nodes = [
        replace(node, position=(node.position[0] - x, node.position[1] - y), frame=None) for node in chosen.values()
    ]
    edges = [edge for id in chosen for edge in graph.inputs(id).values() if edge.source in chosen]
    return page(
        {
            "format": FORMAT,
            "version": VERSION,
            "nodes": [node_fields(node) for node in nodes],
            "edges": [edge_fields(edge) for edge in edges],
        }
    )


def paste(graph: Graph, text: str, at: tuple[float, float]) -> Command:
    """Add what was copied, around the point ``at``, under ids of its own and with the titles it had."""
    nodes, edges = _read(text)
    return _add(graph, nodes, edges, at, says("Paste {what}", what=_count(nodes)))


def duplicate(graph: Graph, ids: Iterable[str], offset: tuple[float, float] = (40, 40)) -> Command:
    """Add the nodes and the wires between them once more, moved by ``offset``."""
    chosen = [graph.nodes[id] for id in dict.fromkeys(ids) if id in graph.nodes]
    if not chosen:
        raise Refused(says("Nothing is selected to duplicate."))
    inside = {node.id for node in chosen}
    edges = [edge for node in chosen for edge in graph.inputs(node.id).values() if edge.source in inside]
    return _add(graph, chosen, edges, offset, says("Duplicate {what}", what=_count(chosen)))


def _add(graph: Graph, nodes: list[Node], edges: list[Edge], by: tuple[float, float], text: str) -> Command:
    fresh = fresh_ids(graph)
    ids = {node.id: fresh(node.op) for node in nodes}
    changes: list[Change] = []
    for node in nodes:
        position = (node.position[0] + by[0], node.position[1] + by[1])
        if bad_position(position):
            raise Refused(says("That place is too far out."))
        frame = node.frame if node.frame in graph.frames else None
        changes.append(Change(None, replace(node, id=ids[node.id], position=position, frame=frame)))
    for edge in edges:
        changes.append(Change(None, replace(edge, source=ids[edge.source], target=ids[edge.target])))
    return Command(text, tuple(changes), select=tuple(ids.values()))


def _read(text: str) -> tuple[list[Node], list[Edge]]:
    """The records in the text of a clipboard; raises Refused with one sentence if it is anything else."""
    try:
        value = parse(text)
    except FileErrors:
        value = None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise Refused(says("The clipboard holds no nodes."))
    version = value.get("version")
    if type(version) is int and version > VERSION:
        raise Refused(
            says(
                "The clipboard is of version {version}; this program reads up to version {newest}.",
                version=version,
                newest=VERSION,
            )
        )
    problems = Problems()
    nodes = _records(value.get("nodes"), "nodes", read_node, problems)
    edges = _records(value.get("edges"), "edges", read_edge, problems)
    if problems.count:
        raise Refused(says("The clipboard is damaged: {error}.", error=problems.errors[0]))
    if not nodes:
        raise Refused(says("The clipboard holds no nodes."))
    try:
        Graph((replace(node, frame=None) for node in nodes), edges)
    except ValueError as error:
        raise Refused(says("The clipboard is damaged: {error}.", error=str(error).rstrip("."))) from None
    return [replace(node, frame=None) for node in nodes], edges


def _records(values: Json, place: str, read: Callable[[Json, str, Problems], Any], problems: Problems) -> list[Any]:
    if not isinstance(values, list):
        problems.add(place, "expected a list")
        return []
    return [read(value, f"{place}[{i}]", problems) for i, value in enumerate(values)]


def _middle(nodes: Iterable[Node]) -> tuple[float, float]:
    xs, ys = zip(*(node.position for node in nodes), strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _count(nodes: list[Node]) -> str:
    return nodes[0].title or nodes[0].op if len(nodes) == 1 else says("{count} nodes", count=len(nodes))
