"""When something happens in a loop, in words: ``turn 3 of 10``."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.document.graph import Graph
from engine.document.loops import Turn, loops_of
from engine.run.evaluate import Run


def moment(node: str, turn: Turn, graph: Graph, run: Run | None) -> str:
    """The turn of a node in words, of the outermost loop first; nothing outside of loops."""
    if not turn or node not in graph.nodes:
        return ""
    loops = loops_of(graph.nodes[node], graph.frames)
    counts = [run.turns(loop, turn[:depth]) if run else None for depth, loop in enumerate(loops)]
    words = [turn_words(index, count) for index, count in zip(turn, counts, strict=False)]
    if len(words) > 1:
        names = [graph.frames[loop].name for loop in loops]
        words = [f"{when} ({name})" for when, name in zip(words, names, strict=False)]
    return QCoreApplication.translate("Timeline", ", ").join(words)


def turn_words(index: int, count: int | None) -> str:
    """``turn 3 of 10``, or its end, where the condition was false."""
    if count is None:
        return QCoreApplication.translate("Timeline", "turn {turn}").format(turn=index + 1)
    if index >= count:
        return QCoreApplication.translate("Timeline", "the check that ends the loop")
    return QCoreApplication.translate("Timeline", "turn {turn} of {count}").format(turn=index + 1, count=count)
