"""What the verbs have in common: records by their ids, what sentences call them, and refusals."""

from __future__ import annotations

from collections.abc import Sequence

from engine.sentence import says

from .catalogue import Op
from .command import Refused
from .graph import Graph
from .params import wrong_param
from .records import Change, Frame, Json, Node


def node_of(graph: Graph, id: str) -> Node:
    """The node; Refused if there is none."""
    if id not in graph.nodes:
        raise Refused(says("There is no node {id}.", id=id))
    return graph.nodes[id]


def frame_of(graph: Graph, id: str) -> Frame:
    """The frame; Refused if there is none."""
    if id not in graph.frames:
        raise Refused(says("There is no frame {id}.", id=id))
    return graph.frames[id]


def record_of(graph: Graph, id: str) -> Node | Frame:
    """The node or the frame of that id; Refused if there is neither."""
    return graph.frames[id] if id in graph.frames else node_of(graph, id)


def name_of(graph: Graph, id: str) -> str:
    """What sentences call a node."""
    return graph.nodes[id].name if id in graph.nodes else id


def counted(records: Sequence[Node | Frame]) -> str:
    """What is edited: one thing by its name, more by their number."""
    if len(records) == 1:
        return records[0].name
    frames = [record for record in records if isinstance(record, Frame)]
    nodes = [record for record in records if isinstance(record, Node)]
    if frames and nodes:
        return both(counted(nodes), counted(frames))
    return says("{count} frames", count=len(frames)) if frames else says("{count} nodes", count=len(nodes))


def both(one: str, other: str) -> str:
    return says("{one} and {other}", one=one, other=other)


def contents(graph: Graph, frame: str) -> list[str]:
    """The ids of all that stands in a frame, however deep."""
    found: list[str] = []
    ahead = [frame]
    while ahead:
        inside = sorted(graph.members(ahead.pop()))
        found += inside
        ahead += [id for id in inside if id in graph.frames]
    return found


def refuse(reason: str | None) -> None:
    """Raise Refused if there is a reason to."""
    if reason:
        raise Refused(reason)


def refuse_illegal(reason: str | None) -> None:
    """Refuse an id, a title or a place, for a reason that is not a whole sentence yet."""
    refuse(says("Not possible: {reason}.", reason=reason) if reason else None)


def refuse_param(op: Op, owner: str, name: str, value: Json) -> None:
    """Refuse a value that a param cannot have."""
    wrong = wrong_param(op, name, value)
    if wrong:
        inside = wrong.startswith(("[", "."))  # it begins with a place inside the value
        colon = "" if inside else ": "
        raise Refused(says("{owner}.{name}{colon}{wrong}.", owner=owner, name=name, colon=colon, wrong=wrong))


def refuse_changes(graph: Graph, changes: Sequence[Change]) -> None:
    """Refuse what the graph would not take, and nodes where they cannot stand."""
    refuse(graph.objection(*changes))
