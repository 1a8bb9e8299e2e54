"""Document: what a file holds, which is a graph, where one looked at it, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .graph import Graph, edge_order
from .records import Edge, Frame, Json, Node, natural, read_only

VIEW: Mapping[str, Json] = MappingProxyType({"center": [0, 0], "zoom": 1.0})


def _view() -> Mapping[str, Json]:
    return VIEW


@dataclass(frozen=True, slots=True)
class Document:
    """The records in the order in which they stand in a file: by id, so that a diff shows just the edit.

    ``extra`` keeps fields of the file that this version does not know.
    """

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    frames: tuple[Frame, ...] = ()
    view: Mapping[str, Json] = field(default_factory=_view)
    notes: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "nodes", tuple(sorted(self.nodes, key=lambda node: natural(node.id))))
        set_field(self, "edges", tuple(sorted(self.edges, key=lambda edge: edge_order(edge.key))))
        set_field(self, "frames", tuple(sorted(self.frames, key=lambda frame: natural(frame.id))))
        set_field(self, "view", read_only(self.view))
        set_field(self, "extra", read_only(self.extra))

    @classmethod
    def of(
        cls,
        graph: Graph,
        view: Mapping[str, Json] | None = None,
        notes: str = "",
        extra: Mapping[str, Json] | None = None,
    ) -> Document:
        """The document that a graph is at this moment."""
        return cls(
            tuple(graph.nodes.values()),
            tuple(graph.edges.values()),
            tuple(graph.frames.values()),
            VIEW if view is None else view,
            notes,
            {} if extra is None else extra,
        )

    def graph(self) -> Graph:
        """A new graph with these records. Raises ValueError if they are not legal together."""
        return Graph(self.nodes, self.edges, self.frames)
