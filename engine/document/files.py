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

from .arrays import compact
from .atomic import write_atomic
from .catalogue import find
from .checking import check_edges, check_frames, check_ids, ids_of
from .document import Document
from .jsontext import LARGEST, page, parse
from .migrations import VERSION, migrate
from .params import quoted
from .problems import FileError, FileErrors, Problems
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
    check_ids(values, problems)
    nested = check_frames(nodes, frames, ids_of(values["frames"]), problems)
    whole = nested and len(frames) == len(values["frames"])
    check_edges(nodes, edges, frames if whole else None, ids_of(values["nodes"]), problems)
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


def _reason(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return text[0].lower() + text[1:]
