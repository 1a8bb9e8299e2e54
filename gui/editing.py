"""What one does to the selection: clipboard, delete, duplicate, nudge."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QGuiApplication

from engine.document import commands
from engine.document.commands import Refused
from gui.session import Session
from gui.spoken import spoken

NUDGE = 12.0  # half a grid square


class Editing(QObject):
    """The edit commands of a window. `cursor` says where in the scene the mouse is: things are pasted there."""

    def __init__(self, session: Session, cursor: Callable[[], QPointF], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._cursor = session, cursor

    def copy(self) -> bool:
        """Put the selected nodes on the clipboard as text; false if there are none, which is told."""
        try:
            text = commands.copy(self._session.graph, self._session.selected_nodes)
        except Refused as refusal:
            self._session.refused.emit(spoken(refusal.sentence))
            return False
        QGuiApplication.clipboard().setText(text)
        return True

    def cut(self) -> None:
        if self._session.selected_nodes and self.copy():
            self._session.delete_selection()

    def paste(self) -> None:
        at = self._cursor()
        self._session.do(commands.paste, QGuiApplication.clipboard().text(), (at.x(), at.y()))

    def delete(self) -> None:
        self._session.delete_selection()

    def duplicate(self) -> None:
        if self._session.selected_nodes:
            self._session.do(commands.duplicate, self._session.selected_nodes)

    def select_all(self) -> None:
        self._session.select(self._session.graph.nodes)

    def _nudge(self, dx: float, dy: float) -> None:
        nodes = self._session.graph.nodes
        chosen = self._session.selected_nodes
        places = {id: (nodes[id].position[0] + dx, nodes[id].position[1] + dy) for id in chosen}
        if places:
            self._session.do(commands.move, places, merge=f"nudge {' '.join(chosen)}")

    def nudge_left(self) -> None:
        self._nudge(-NUDGE, 0)

    def nudge_right(self) -> None:
        self._nudge(NUDGE, 0)

    def nudge_up(self) -> None:
        self._nudge(0, -NUDGE)

    def nudge_down(self) -> None:
        self._nudge(0, NUDGE)
