"""Which turn of a loop one looks at: the turn before, the next one."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.document.kinds import WHILE
from engine.document.loops import loops_of
from gui.session import Session


class Turning(QObject):
    """The turn commands of a window. They turn the loop that is selected, or that what is selected stands in; without
    a selection, the only one that there is on the outermost level."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session

    def back(self) -> None:
        """Look at the turn before."""
        self._turn(-1)

    def on(self) -> None:
        """Look at the next turn."""
        self._turn(1)

    def _turn(self, by: int) -> None:
        loop = self._meant()
        if loop is None:
            self._session.refused.emit(self.tr("No loop is meant: select one, or a node in it."))
        else:
            self._session.turns.step(loop, by)

    def _meant(self) -> str | None:
        graph = self._session.graph
        for id in sorted(each for each in self._session.selection if isinstance(each, str)):
            if id in graph.frames and graph.frames[id].kind == WHILE:
                return id
            loops = loops_of(graph.frames.get(id) or graph.nodes[id], graph.frames)
            if loops:
                return loops[-1]
        outer = [f.id for f in graph.frames.values() if f.kind == WHILE and not loops_of(f, graph.frames)]
        return outer[0] if len(outer) == 1 else None
