"""Where the turns of a loop go when they are laid out side by side."""

from __future__ import annotations

from functools import cache

from .graph import Graph
from .kinds import WHILE
from .loops import Loops, Place, Turn, chain, loops_of
from .rolled import Rolled

NODE = 320.0
"""The room that a node takes: one with a vector of three, and a wire to the next one."""


class Columns:
    """Each turn takes a column, as wide as what is laid out of it; what stands right of the loop makes room."""

    def __init__(self, graph: Graph, rolled: Rolled) -> None:
        self._turns: dict[Place, int] = {}  # columns by the id of a frame and the turn of what is around it
        for id, turn in rolled.places:
            for depth, frame in enumerate(rolled.loops[id]):
                outer = frame, turn[:depth]
                self._turns[outer] = max(self._turns.get(outer, 0), turn[depth] + 1)
        self._inner: dict[str, list[str]] = {}
        self._right: dict[str, float] = {}  # where a loop ends
        self._column: dict[str, float] = {}  # how wide one turn of it is
        self._spare: dict[str, float] = {}  # how much of the loop's own width is right of the first column's left side
        placed = {id for id, _turn in rolled.places}
        for loop in graph.frames.values():
            if loop.kind != WHILE:
                continue
            around = loops_of(loop, graph.frames)
            if around:
                self._inner.setdefault(around[-1], []).append(loop.id)
            left, _top, width, _height = loop.rect
            inside = [graph.nodes[id] for id in placed if loop.id in rolled.loops[id]]
            sides = [(node.position[0], node.position[0] + NODE) for node in inside]
            for node in inside:
                fences = chain(node.frame, graph.frames)
                own = fences[fences.index(loop) + 1 :]
                sides += [(fence.rect[0], fence.rect[0] + fence.rect[2]) for fence in own if fence.kind != WHILE]
            start, end = min((x for x, _ in sides), default=left), max((x for _, x in sides), default=left)
            self._right[loop.id] = max(left + width, end)
            self._column[loop.id] = end - start
            self._spare[loop.id] = self._right[loop.id] - start
        self._starts = cache(self._starts_of)

    def _starts_of(self, frame: str, outer: Turn) -> list[float]:
        """How far right each turn begins, the end of the last one included."""
        starts = [0.0]
        for index in range(self._turns.get((frame, outer), 0)):
            pushed = sum(self.room(each, (*outer, index)) for each in self._inner.get(frame, ()))
            starts.append(starts[-1] + self._column[frame] + pushed)
        return starts

    def room(self, frame: str, outer: Turn = ()) -> float:
        """How much wider than the loop its turns are, side by side."""
        return max(0.0, self._starts(frame, outer)[-1] - self._spare[frame])

    def x(self, x: float, stack: Loops, turn: Turn) -> float:
        """Where something goes that stands at x inside these loops."""
        moved = x
        for depth, (frame, index) in enumerate(zip(stack, turn, strict=True)):
            moved += self._starts(frame, turn[:depth])[index]
            for inner in self._inner.get(frame, ()):
                if self._right[inner] <= x:
                    moved += self.room(inner, turn[: depth + 1])
        return moved

    def beside(self, frame: str, x: float) -> float:
        """Where something goes that stands at x outside of the loop."""
        return x + self.room(frame) if x >= self._right[frame] else x
