"""Copy and paste as JSON text, so that a part of a graph goes through a chat and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, overload

from engine.sentence import says

from .asking import both, contents, frame_of, refuse_changes
from .command import Command, Refused
from .graph import Graph
from .jsontext import page, parse
from .legal import bad_position
from .loops import lifted, loops_of
from .naming import fresh_ids
from .problems import FileErrors, Problems
from .reading import edge_fields, frame_fields, node_fields, read_edge, read_frame, read_node
from .records import Change, Edge, Frame, Json, Node, natural

FORMAT = "autograd-canvas-clip"
VERSION = 1


@dataclass(frozen=True, slots=True)
class _Clip:
    """A part of a graph: some nodes and frames, and the wires between them. What stands around it is left behind."""

    nodes: list[Node]
    edges: list[Edge]
    frames: list[Frame]

    @property
    def name(self) -> str:
        """What it is called in sentences: outermost things by their op, more by their number."""
        held = {frame.id for frame in self.frames}
        nodes = [node for node in self.nodes if node.frame not in held]
        frames = [frame for frame in self.frames if frame.frame not in held]
        parts = [_name(nodes[0]) if len(nodes) == 1 else says("{count} nodes", count=len(nodes))] if nodes else []
        parts += [_name(frames[0]) if len(frames) == 1 else says("{count} frames", count=len(frames))] if frames else []
        return both(*parts) if len(parts) == 2 else parts[0]


def copy(graph: Graph, ids: Iterable[str]) -> str:
    """The nodes and frames, with all that stands in these, and the wires between them as text. Positions are relative
    to the middle of them all."""
    clip = _cut_out(graph, ids)
    if not clip.nodes and not clip.frames:
        raise Refused(says("Nothing is selected to copy."))
    x, y = _middle(clip)
    held = {frame.id for frame in clip.frames}
    nodes = [replace(_moved(node, (-x, -y)), frame=node.frame if node.frame in held else None) for node in clip.nodes]
    frames = [replace(_moved(each, (-x, -y)), frame=each.frame if each.frame in held else None) for each in clip.frames]
    return page(
        {
            "format": FORMAT,
            "version": VERSION,
            "nodes": [node_fields(node) for node in nodes],
            "edges": [edge_fields(edge) for edge in clip.edges],
            **({"frames": [frame_fields(frame) for frame in frames]} if frames else {}),
        }
    )


def paste(graph: Graph, text: str, at: tuple[float, float], inside: str | None = None) -> Command:
    """Add what was copied, around the point ``at``, under ids of its own and with the titles it had, ``inside`` a
    frame or in none."""
    clip = _read(text)
    if inside is not None:
        frame_of(graph, inside)
    return _add(graph, clip, at, says("Paste {what}", what=clip.name), lambda record: inside)


def duplicate(graph: Graph, ids: Iterable[str], offset: tuple[float, float] = (40, 40)) -> Command:
    """Add the nodes and frames, with all that stands in these, and the wires between them once more, moved by
    ``offset``: in the frames that the first ones stand in."""
    clip = _cut_out(graph, ids)
    if not clip.nodes and not clip.frames:
        raise Refused(says("Nothing is selected to duplicate."))
    return _add(graph, clip, offset, says("Duplicate {what}", what=clip.name), lambda record: record.frame)


def _cut_out(graph: Graph, ids: Iterable[str]) -> _Clip:
    """The part of the graph that was chosen. A wire that goes back stays with its loop: a carry without its frame
    has none."""
    chosen = dict.fromkeys(ids)
    chosen.update(dict.fromkeys(inside for id in tuple(chosen) if id in graph.frames for inside in contents(graph, id)))
    by_id = sorted(chosen, key=natural)
    nodes = {id: graph.nodes[id] for id in by_id if id in graph.nodes}
    frames = {id: graph.frames[id] for id in by_id if id in graph.frames}
    inner = (edge for id in nodes for edge in graph.inputs(id).values() if edge.source in nodes)
    edges = [edge for edge in inner if lifted(edge, nodes, graph.frames) or _loop(graph, edge.target) in frames]
    return _Clip(list(nodes.values()), edges, list(frames.values()))


def _loop(graph: Graph, id: str) -> str:
    """The innermost loop of a node that stands in one."""
    return loops_of(graph.nodes[id], graph.frames)[-1]


def _add(
    graph: Graph, clip: _Clip, by: tuple[float, float], text: str, around: Callable[[Node | Frame], str | None]
) -> Command:
    """Add a clip; ``around`` says where something stands that none of its frames holds."""
    fresh = fresh_ids(graph)
    ids = {frame.id: fresh(frame.kind) for frame in clip.frames} | {node.id: fresh(node.op) for node in clip.nodes}
    held = {frame.id for frame in clip.frames}
    changes: list[Change] = []
    records: list[Frame | Node] = [*clip.frames, *clip.nodes]
    for record in records:
        frame = ids[record.frame] if record.frame in held else around(record)
        moved = _moved(record, by)
        if bad_position(moved.position if isinstance(moved, Node) else moved.rect):
            raise Refused(says("That place is too far out."))
        changes.append(Change(None, replace(moved, id=ids[record.id], frame=frame)))
    for edge in clip.edges:
        changes.append(Change(None, replace(edge, source=ids[edge.source], target=ids[edge.target])))
    refuse_changes(graph, changes)
    chosen = [record.id for record in records if record.frame not in held]
    return Command(text, tuple(changes), select=tuple(ids[id] for id in chosen))


def _read(text: str) -> _Clip:
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
    frames = _records(value.get("frames", []), "frames", read_frame, problems)
    if problems.count:
        raise Refused(says("The clipboard is damaged: {error}.", error=problems.errors[0]))
    if not nodes and not frames:
        raise Refused(says("The clipboard holds no nodes."))
    held = {frame.id for frame in frames}
    nodes = [node if node.frame in held else replace(node, frame=None) for node in nodes]
    frames = [frame if frame.frame in held else replace(frame, frame=None) for frame in frames]
    try:
        Graph(nodes, edges, frames)
    except ValueError as error:
        raise Refused(says("The clipboard is damaged: {error}.", error=str(error).rstrip("."))) from None
    return _Clip(nodes, edges, frames)


def _records(values: Json, place: str, read: Callable[[Json, str, Problems], Any], problems: Problems) -> list[Any]:
    if not isinstance(values, list):
        problems.add(place, "expected a list")
        return []
    return [read(value, f"{place}[{i}]", problems) for i, value in enumerate(values)]


def _middle(clip: _Clip) -> tuple[float, float]:
    points = [node.position for node in clip.nodes]
    for x, y, width, height in (frame.rect for frame in clip.frames):
        points += [(x, y), (x + width, y + height)]
    xs, ys = zip(*points, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@overload
def _moved(record: Node, by: tuple[float, float]) -> Node: ...
@overload
def _moved(record: Frame, by: tuple[float, float]) -> Frame: ...
def _moved(record: Node | Frame, by: tuple[float, float]) -> Node | Frame:
    if isinstance(record, Node):
        return replace(record, position=(record.position[0] + by[0], record.position[1] + by[1]))
    x, y, width, height = record.rect
    return replace(record, rect=(x + by[0], y + by[1], width, height))


def _name(record: Node | Frame) -> str:
    """What it is called while it has no id yet."""
    return record.title or (record.op if isinstance(record, Node) else record.kind)
