"""Verbs that put nodes and frames somewhere: where a thing stands says in which frame it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Final, Literal, TypeAlias

from engine.sentence import says

from .asking import contents, counted, frame_of, record_of, refuse_changes, refuse_illegal
from .command import Command, Refused
from .graph import Graph
from .legal import bad_position, bad_rect
from .loops import chain
from .records import Change, Frame, Node

Point: TypeAlias = tuple[float, float]
Rect: TypeAlias = tuple[float, float, float, float]


class _Parent(Enum):
    KEPT = auto()


KEEP: Final = _Parent.KEPT
"""The frame around stays what it is."""


def move(
    graph: Graph,
    positions: Mapping[str, Point],
    *,
    into: Mapping[str, str | None] | None = None,
    merge: str | None = None,
) -> Command:
    """Put nodes and frames (by their top left corners) where they are to stand; a frame takes along what is in it.

    ``into`` says which of them join a frame, or with None leave the one they are in; then the edges must allow it.
    Arrow keys pass a merge key, so that a run of nudges is one step.
    """
    joining = into or {}
    places = _places(graph, positions)
    changes = []
    for id in dict.fromkeys((*places, *joining)):
        before = after = record_of(graph, id)
        if id in places:
            refuse_illegal(bad_position(places[id]))
            after = _placed(after, places[id])
        if joining.get(id) is not None:
            frame_of(graph, str(joining[id]))
        if id in joining:
            after = replace(after, frame=joining[id])
        if after != before:
            changes.append(Change(before, after))
    asked = {*positions, *joining}
    moved = [each for change in changes if isinstance(each := change.before, (Node, Frame)) and each.id in asked]
    joined = [each for each in moved if each.frame != joining.get(each.id, each.frame)]
    if joined:
        refuse_changes(graph, changes)
    return Command(_moves(graph, moved, joined, joining), tuple(changes), merge)


def move_frame(
    graph: Graph,
    id: str,
    offset: Point,
    *,
    into: str | Literal[_Parent.KEPT] | None = KEEP,
    merge: str | None = None,
) -> Command:
    """Move a frame and all that stands in it; with ``into`` it joins another frame, or with None leaves its own."""
    x, y, *_ = frame_of(graph, id).rect
    joining = {} if into is KEEP else {id: into}
    return move(graph, {id: (x + offset[0], y + offset[1])}, into=joining, merge=merge)


def set_rect(graph: Graph, id: str, rect: Rect, joining: Iterable[str] = (), *, merge: str | None = None) -> Command:
    """Give a frame another size. ``joining`` are nodes and frames beside it that it covers now, and takes in."""
    frame = frame_of(graph, id)
    refuse_illegal(bad_rect(rect))
    changes = [Change(frame, replace(frame, rect=rect))] if frame.rect != rect else []
    for record in [record_of(graph, each) for each in dict.fromkeys(joining)]:
        if record is frame:
            raise Refused(says("{frame} cannot stand inside itself.", frame=frame.name))
        if record.frame != id:
            changes.append(Change(record, replace(record, frame=id)))
    refuse_changes(graph, changes)
    return Command(says("Resize {frame}", frame=frame.name), tuple(changes), merge)


def _places(graph: Graph, positions: Mapping[str, Point]) -> dict[str, Point]:
    """Where everything comes to stand: what stands in a frame that moves goes along, unless it has a place itself."""
    places: dict[str, Point] = {}
    frames = [graph.frames[id] for id in positions if id in graph.frames]
    for frame in sorted(frames, key=lambda frame: len(chain(frame.id, graph.frames))):  # the innermost has its way
        x, y = (there - here for here, there in zip(frame.rect, positions[frame.id], strict=False))
        for id in contents(graph, frame.id):
            here = _corner(record_of(graph, id))
            places[id] = (here[0] + x, here[1] + y)
    return {**places, **positions}


def _corner(record: Node | Frame) -> Point:
    return record.position if isinstance(record, Node) else record.rect[:2]


def _placed(record: Node | Frame, place: Point) -> Node | Frame:
    if isinstance(record, Node):
        return record if record.position == tuple(place) else replace(record, position=place)
    return replace(record, rect=(place[0], place[1], *record.rect[2:]))


def _moves(
    graph: Graph, moved: Sequence[Node | Frame], joined: Sequence[Node | Frame], joining: Mapping[str, str | None]
) -> str:
    """The sentence: into which frame, or out of which."""
    what = counted(moved)
    left = {record.frame for record in joined}
    into = {joining[record.id] for record in joined}
    target, source = next(iter(into), None), next(iter(left), None)
    if len(into) == 1 and target is not None and all(not _around(graph, target, frame) for frame in left):
        return says("Move {what} into {frame}", what=what, frame=graph.frames[target].name)
    if len(left) == 1 and source is not None:
        return says("Move {what} out of {frame}", what=what, frame=graph.frames[source].name)
    return says("Move {what}", what=what)


def _around(graph: Graph, outer: str, frame: str | None) -> bool:
    return any(each.id == outer for each in chain(frame, graph.frames))
