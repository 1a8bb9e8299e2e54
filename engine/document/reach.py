"""Which wires the order would allow, asked of one end for all the other ends: O(V + E) once, then O(depth) each."""

from __future__ import annotations

from collections.abc import Mapping

from .loops import CARRY, Frames, lift, links, looped
from .proposal import late
from .records import Edge, EdgeKey, Node
from .walks import reached


class Reach:
    """What one end of a wire, and the loops around it, wait for (``upstream``) or what waits for them: on no level can
    the other end be among it."""

    def __init__(
        self, nodes: Mapping[str, Node], edges: Mapping[EdgeKey, Edge], frames: Frames, end: str, *, upstream: bool
    ) -> None:
        self._nodes = nodes
        self._loops = looped(nodes.values(), frames)
        self._other = 1 if upstream else 0
        waits = links(nodes, edges.values(), frames)
        ends = (end, *self._loops[end])
        self._barred = reached(ends, waits.pred if upstream else waits.succ).union(ends)

    def fits(self, source: str, target: str, port: str) -> bool:
        """Whether this wire would close no cycle, and set no carry from its own loop."""
        edge, taker = Edge(source, target, port), self._nodes[target]
        loops = self._loops[source], self._loops[target]
        if source == target or late(edge, self._nodes[source], taker, *loops):
            return False
        link = lift(edge, *loops, taker.op == CARRY)
        return link is None or link[self._other] not in self._barred
