"""Node, Edge and Frame: what a document is made of; Change: one of them replaced by another.

Records are values. Nothing in one is ever changed in place, the lists inside ``params`` and ``extra``
included: an edit makes a new record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
EdgeKey: TypeAlias = tuple[str, str]
"""(target node, input port): an input port holds at most one edge."""

_NOTHING: Mapping[str, Json] = MappingProxyType({})


def _nothing() -> Mapping[str, Json]:
    return _NOTHING


def read_only(mapping: Mapping[str, Json]) -> Mapping[str, Json]:
    """A copy of the mapping that refuses to be written."""
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))


@dataclass(frozen=True, slots=True)
class Node:
    """One op on the canvas; it is also the one tensor that the op makes.

    ``params`` holds the op's params and the inline numbers of its ports, by name; ``frame`` is the id of
    the frame that it stands in; ``extra`` keeps fields of a file that this version does not know.
    """

    id: str
    op: str
    params: Mapping[str, Json] = field(default_factory=_nothing, hash=False)
    position: tuple[float, float] = (0.0, 0.0)
    frame: str | None = None
    title: str = ""
    extra: Mapping[str, Json] = field(default_factory=_nothing, hash=False)

    def __post_init__(self) -> None:
        x, y = self.position
        object.__setattr__(self, "position", (float(x), float(y)))
        object.__setattr__(self, "params", read_only(self.params))
        object.__setattr__(self, "extra", read_only(self.extra))

    @property
    def name(self) -> str:
        """What sentences call this node."""
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class Edge:
    """The value of node ``source`` goes into input ``port`` of node ``target``."""

    source: str
    target: str
    port: str
    extra: Mapping[str, Json] = field(default_factory=_nothing, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extra", read_only(self.extra))

    @property
    def key(self) -> EdgeKey:
        """An input port holds one edge at most, so the port names the edge."""
        return (self.target, self.port)


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle (x, y, width, height) that holds nodes and gives them a meaning, told by ``kind``."""

    id: str
    kind: str
    title: str = ""
    rect: tuple[float, float, float, float] = (0.0, 0.0, 300.0, 200.0)
    frame: str | None = None
    extra: Mapping[str, Json] = field(default_factory=_nothing, hash=False)

    def __post_init__(self) -> None:
        x, y, width, height = self.rect
        object.__setattr__(self, "rect", (float(x), float(y), float(width), float(height)))
        object.__setattr__(self, "extra", read_only(self.extra))

    @property
    def name(self) -> str:
        """What sentences call this frame."""
        return self.title or self.id


Record: TypeAlias = Node | Edge | Frame
Identity: TypeAlias = tuple[str, ...]


def identity(record: Record) -> Identity:
    """What stays the same when a record is replaced by another: its kind and its id, or its port."""
    if isinstance(record, Edge):
        return ("edge", record.target, record.port)
    return ("node" if isinstance(record, Node) else "frame", record.id)


@dataclass(frozen=True, slots=True)
class Change:
    """One record replaced by another; None stands for absence."""

    before: Record | None
    after: Record | None

    def inverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.after, self.before)

    @property
    def identity(self) -> Identity:
        """The identity of the record. Raises ValueError if there is none, or if there are two."""
        record = self.after if self.after is not None else self.before
        if record is None:
            raise ValueError("a change needs a record before or after it")
        which = identity(record)
        if self.before is not None and identity(self.before) != which:
            raise ValueError(f"a change cannot turn {identity(self.before)} into {which}")
        return which


def natural(text: str) -> tuple[tuple[str | int, ...], str]:
    """Sort key of ids: ``mul2`` before ``mul10``."""
    return tuple(int(part) if i % 2 else part for i, part in enumerate(_NUMBER.split(text))), text


_NUMBER = re.compile(r"([0-9]{1,18})")
