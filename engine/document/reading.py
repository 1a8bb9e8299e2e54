"""Plain JSON values to records: the types of all fields, and every param against its op's declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .catalogue import find
from .jsontext import join
from .legal import bad_id, bad_position, bad_rect, bad_title
from .params import quoted, wrong_param
from .problems import Problems
from .records import Edge, Frame, Json, Node

T = TypeVar("T", str, list[Any], dict[str, Any])


class Fields:
    """A JSON object that is being read: hands out its fields, notes what is wrong, keeps the rest."""

    def __init__(self, value: Mapping[str, Json], place: str, problems: Problems) -> None:
        self.rest: dict[str, Json] = dict(value)
        self.place = place
        self.problems = problems
        self.ok = True

    def take(
        self,
        name: str,
        kind: type[T],
        default: T | None = None,
        wrong: Callable[[T], str | None] = lambda value: None,
    ) -> T:
        """The field, which has to be of this type; ``default`` if it is missing, else that is an error."""
        if name not in self.rest:
            if default is None:
                self.wrong(name, "is missing")
                return kind()
            return default
        value = self.rest.pop(name)
        if type(value) is not kind:
            self.wrong(name, f"expected {_WORDS[kind]}, got {quoted(value)}")
            return kind()
        message = wrong(value)
        if message:
            self.wrong(name, message)
        return value

    def take_id(self, name: str) -> str:
        """A field that holds an id, or the name of an op or a port."""
        return self.take(name, str, None, bad_id)

    def take_frame(self) -> str | None:
        """The field that holds the id of a frame, or null."""
        if self.rest.get("frame") is None:
            self.rest.pop("frame", None)
            return None
        return self.take_id("frame")

    def take_numbers(
        self, name: str, count: int, default: list[Any] | None, wrong: Callable[[list[float]], str | None]
    ) -> tuple[float, ...]:
        """A list of so many numbers."""

        def check(values: list[Any]) -> str | None:
            if len(values) != count or not all(type(value) in (int, float) for value in values):
                return f"expected {count} numbers, got {quoted(values)}"
            return wrong(values)

        values = self.take(name, list, default, check)
        return tuple(map(float, values)) if self.ok else (0.0,) * count

    def wrong(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.ok = False
        inside, _, sentence = message.partition(": ")
        if not message.startswith(("[", ".")):  # else the fault lies inside the field
            inside, sentence = "", message
        self.problems.add(join(self.place, name) + inside, sentence)


def read_node(value: Json, place: str, problems: Problems) -> Node | None:
    """A node, or None if something is wrong with it."""
    fields = _fields(value, place, problems)
    if fields is None:
        return None
    id, op = fields.take_id("id"), fields.take_id("op")
    params = fields.take("params", dict, {})
    position = fields.take_numbers("position", 2, None, bad_position)
    frame = fields.take_frame()
    title = fields.take("title", str, "", bad_title)
    _check_params(op, params, Fields(params, join(place, "params"), problems), fields)
    if not fields.ok:
        return None
    return Node(id, op, params, (position[0], position[1]), frame, title, fields.rest)


def _check_params(op: str, params: Mapping[str, Json], named: Fields, node: Fields) -> None:
    known = find(op)
    if known is None:
        return
    names = {param.name for param in known.params} | {port.name for port in known.ports}
    for name, value in params.items():
        if name in names:  # a name that this version does not know survives
            message = wrong_param(known, name, value)
            if message:
                named.wrong(name, message)
                node.ok = False


def read_edge(value: Json, place: str, problems: Problems) -> Edge | None:
    """An edge, or None if something is wrong with it."""
    fields = _fields(value, place, problems)
    if fields is None:
        return None
    source, target, port = (fields.take_id(name) for name in ("from", "to", "port"))
    return Edge(source, target, port, fields.rest) if fields.ok else None


def read_frame(value: Json, place: str, problems: Problems) -> Frame | None:
    """A frame, or None if something is wrong with it. A kind that this version does not know is kept."""
    fields = _fields(value, place, problems)
    if fields is None:
        return None
    id, kind = fields.take_id("id"), fields.take_id("kind")
    title = fields.take("title", str, "", bad_title)
    x, y, width, height = fields.take_numbers("rect", 4, None, bad_rect)
    frame = fields.take_frame()
    return Frame(id, kind, title, (x, y, width, height), frame, fields.rest) if fields.ok else None


def read_view(value: Json, problems: Problems) -> dict[str, Json]:
    """Where the canvas looked: a center, a zoom, and whatever else stands there."""
    view: dict[str, Json] = {"center": [0, 0], "zoom": 1.0}
    fields = _fields(value, "view", problems)
    if fields is None:
        return view
    fields.take_numbers("center", 2, [0, 0], bad_position)
    zoom = fields.rest.get("zoom", 1.0)
    if not isinstance(zoom, (int, float)) or isinstance(zoom, bool) or not 0.001 <= zoom <= 1000:
        fields.wrong("zoom", f"expected a number from 0.001 to 1000, got {quoted(zoom)}")
    return {**view, **value} if isinstance(value, dict) else view


def node_fields(node: Node) -> dict[str, Any]:
    """A node as it stands in a file."""
    return {
        "id": node.id,
        "op": node.op,
        "params": {name: node.params[name] for name in sorted(node.params)},
        "position": [_short(x) for x in node.position],
        "frame": node.frame,
        "title": node.title,
        **_sorted(node.extra),
    }


def edge_fields(edge: Edge) -> dict[str, Any]:
    """An edge as it stands in a file."""
    return {"from": edge.source, "to": edge.target, "port": edge.port, **_sorted(edge.extra)}


def frame_fields(frame: Frame) -> dict[str, Any]:
    """A frame as it stands in a file."""
    return {
        "id": frame.id,
        "kind": frame.kind,
        "title": frame.title,
        "rect": [_short(x) for x in frame.rect],
        "frame": frame.frame,
        **_sorted(frame.extra),
    }


def _fields(value: Json, place: str, problems: Problems) -> Fields | None:
    if isinstance(value, dict):
        return Fields(value, place, problems)
    problems.add(place, f"expected an object, got {quoted(value)}")
    return None


def _sorted(mapping: Mapping[str, Json]) -> dict[str, Json]:
    return {name: mapping[name] for name in sorted(mapping)}


def _short(number: float) -> float | int:
    """A coordinate as a person would write it: 284, not 284.0."""
    return int(number) if number == int(number) else number


_WORDS: dict[Any, str] = {str: "text", list: "a list", dict: "an object"}
