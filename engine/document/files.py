"""Graph files, ``*.autograd``: JSON text in, Document out, and back.

    document = load("blitz_mean.autograd")     # raises FileErrors, with everything that is wrong
    graph = document.graph()
    save("blitz_mean.autograd", Document.of(graph, document.view, document.notes, document.extra))

Reading goes in two steps, text to checked records and records to Document, so that nothing is ever loaded
by half. Opening a file runs no code and looks up names in fixed tables only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import networkx as nx

from .arrays import compact
from .atomic import write_atomic
from .catalogue import find
from .document import Document
from .jsontext import LARGEST, page, parse
from .migrations import VERSION, migrate
from .params import cut, quoted
from .problems import FileError, FileErrors, Problems
from .proposal import misfit
from .reading import (
    Fields,
    edge_fields,
    frame_fields,
    node_fields,
    read_edge,
    read_frame,
    read_node,
    read_view,
)
from .records import Edge, Frame, Json, Node

__all__ = ["Document", "FileError", "FileErrors", "dumps", "load", "loads", "save"]

FORMAT = "autograd-canvas"
MOST_RECORDS = 100_000

R = TypeVar("R", Node, Edge, Frame)


def dumps(document: Document) -> str:
    """The text of the file. Equal documents give equal text; a record stands on a line of its own."""
    return page(
        {
            "format": FORMAT,
            "version": VERSION,
            "nodes": [node_fields(_compact(node)) for node in document.nodes],
            "edges": [edge_fields(edge) for edge in document.edges],
            "frames": [frame_fields(frame) for frame in document.frames],
            "view": dict(document.view),
            "notes": document.notes,
            **{name: document.extra[name] for name in sorted(document.extra)},
        }
    )


def loads(text: str | bytes) -> Document:
    """The document that the text holds. Raises FileErrors."""
    problems = Problems()
    fields = Fields(_current(parse(text), problems), "", problems)
    for name in ("format", "version"):
        del fields.rest[name]
    values = {
        name: fields.take(name, list, default) for name, default in (("nodes", None), ("edges", []), ("frames", []))
    }
    if sum(map(len, values.values())) > MOST_RECORDS:
        problems.stop("", f"more than {MOST_RECORDS} nodes, edges and frames")
    nodes = _read_all(values["nodes"], "nodes", read_node, problems)
    edges = _read_all(values["edges"], "edges", read_edge, problems)
    frames = _read_all(values["frames"], "frames", read_frame, problems)
    _check_ids(nodes, values["nodes"], frames, values["frames"], problems)
    _check_edges(nodes, values["nodes"], edges, problems)
    view = read_view(fields.rest.pop("view", {}), problems)
    notes = fields.take("notes", str, "")
    problems.raise_any()
    return Document(tuple(nodes.values()), tuple(edges.values()), tuple(frames.values()), view, notes, fields.rest)


def load(path: str | os.PathLike[str]) -> Document:
    """The document in a file. Raises FileErrors, also where the file cannot be opened."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError("not a regular file")
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileErrors([FileError("", f"The file cannot be read: {_reason(error)}.")]) from None
    return loads(data)


def save(path: str | os.PathLike[str], document: Document) -> None:
    """Write the document in place of what the file held, which stays as ``name~``.

    Raises FileErrors, and then the file is as it was. What could not be opened again is not written.
    """
    text = dumps(document)
    if dumps(loads(text)) != text:
        raise FileErrors([FileError("", "The document would not open again as it is, so it was not saved.")])
    try:
        write_atomic(path, text.encode())
    except (OSError, ValueError) as error:
        raise FileErrors([FileError("", f"The file cannot be saved: {_reason(error)}.")]) from None


def _compact(node: Node) -> Node:
    """The node with many numbers as base64."""
    op = find(node.op)
    for param in op.params if op is not None else ():
        value = node.params.get(param.name)
        if param.kind == "numbers" and value is not None:
            shorter = compact(value, node.params.get("dtype"))
            if shorter is not value:
                node = replace(node, params={**node.params, param.name: shorter})
    return node


def _current(value: Json, problems: Problems) -> dict[str, Any]:
    """The object of the file, if it is one of ours, in the form of this version."""
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        problems.stop("", "This is not an Autograd Canvas file.")
    version = value.get("version")
    if type(version) is not int or version < 1:
        problems.stop("version", f"expected a version from 1, got {quoted(version)}")
    if version > VERSION:
        problems.stop("", f"This file is version {version}; this program reads up to version {VERSION}.")
    return migrate(value, version)


def _read_all(
    values: list[Json], place: str, read: Callable[[Json, str, Problems], R | None], problems: Problems
) -> dict[int, R]:
    """The good records by their position in the file."""
    records = {i: read(value, f"{place}[{i}]", problems) for i, value in enumerate(values)}
    return {i: record for i, record in records.items() if record is not None}


def _ids(values: list[Json]) -> set[str]:
    """All ids that are given, those of bad records included, so that their edges are not called loose."""
    found = (value.get("id") for value in values if isinstance(value, dict))
    return {id for id in found if isinstance(id, str)}


def _check_ids(
    nodes: dict[int, Node],
    node_values: list[Json],
    frames: dict[int, Frame],
    frame_values: list[Json],
    problems: Problems,
) -> None:
    """No id twice, and every frame that is named exists, outside itself."""
    for name, values in (("nodes", node_values), ("frames", frame_values)):
        first: dict[str, int] = {}
        for i, value in enumerate(values):
            id = value.get("id") if isinstance(value, dict) else None
            if isinstance(id, str) and first.setdefault(id, i) != i:
                problems.add(f"{name}[{i}].id", f"{quoted(id)} is the id of {name}[{first[id]}] already")
    known = _ids(frame_values)
    nesting: nx.DiGraph[str] = nx.DiGraph()
    for i, frame in frames.items():
        if frame.frame is not None:
            nesting.add_edge(frame.id, frame.frame, index=i)
    inside_itself = {
        id
        for group in nx.strongly_connected_components(nesting)
        for id in group
        if len(group) > 1 or nesting.has_edge(id, id)
    }
    for name, records in (("nodes", nodes), ("frames", frames)):
        for i, record in records.items():
            if record.frame is not None and record.frame not in known:
                problems.add(f"{name}[{i}].frame", f"there is no frame {quoted(record.frame)}")
            elif isinstance(record, Frame) and record.id in inside_itself:
                problems.add(f"{name}[{i}].frame", "a frame cannot stand inside itself")


def _check_edges(nodes: dict[int, Node], node_values: list[Json], edges: dict[int, Edge], problems: Problems) -> None:
    """Every edge joins two nodes, goes into a free port that exists, and closes no cycle."""
    by_id = {node.id: node for node in nodes.values()}
    known = _ids(node_values)
    taken: dict[tuple[str, str], int] = {}
    links: nx.DiGraph[str] = nx.DiGraph()
    for i, edge in edges.items():
        ends = {"from": edge.source, "to": edge.target}
        missing = [(name, id) for name, id in ends.items() if id not in known]
        for name, id in missing:
            problems.add(f"edges[{i}].{name}", f"there is no node {quoted(id)}")
        if taken.setdefault(edge.key, i) != i:
            problems.add(
                f"edges[{i}]",
                f"edges[{taken[edge.key]}] goes into port {cut(edge.port)} of {cut(edge.target)} already",
            )
        if edge.source in by_id and edge.target in by_id:
            shown = replace(edge, port=cut(edge.port))
            wrong = misfit(shown, _shown(by_id[edge.source]), _shown(by_id[edge.target]))
            problems.add_if(f"edges[{i}]", wrong)
            if edge.source != edge.target:
                links.add_edge(edge.source, edge.target)
    for group in nx.strongly_connected_components(links):
        if len(group) > 1:
            i = next(i for i, edge in edges.items() if edge.source in group and edge.target in group)
            names = sorted(map(cut, group))
            more = f" and {len(names) - 4} more" if len(names) > 4 else ""
            problems.add(f"edges[{i}]", f"a cycle: {', '.join(names[:4])}{more} depend on each other")


def _shown(node: Node) -> Node:
    """The node as a sentence about a file may quote it: short and ASCII."""
    return replace(node, title=cut(node.name))


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return text[0].lower() + text[1:]
