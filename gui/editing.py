"""What one does to the selection, frames among it: clipboard, delete, duplicate, nudge."""

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
    """The edit commands of a window. `cursor` says where in the scene the mouse is: things are pasted there, into the
    frame that is `under` it."""

    def __init__(
        self,
        session: Session,
        cursor: Callable[[], QPointF],
        under: Callable[[QPointF], str | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._cursor, self._under = session, cursor, under

    @property
    def _chosen(self) -> list[str]:
        return [*self._session.selected_nodes, *self._session.selected_frames]

    def copy(self) -> bool:
        """Put what is selected on the clipboard as text; false if nothing is, which is told."""
        try:
            text = commands.copy(self._session.graph, self._chosen)
        except Refused as refusal:
            self._session.refused.emit(spoken(refusal.sentence))
            return False
        QGuiApplication.clipboard().setText(text)
        return True

    def cut(self) -> None:
        if self._chosen and self.copy():
            self._session.delete_selection()

    def paste(self) -> None:
        at = self._cursor()
        text = QGuiApplication.clipboard().text()
        self._session.do(commands.paste, text, (at.x(), at.y()), inside=self._under(at))

    def delete(self) -> None:
        self._session.delete_selection()

    def duplicate(self) -> None:
        if self._chosen:
            self._session.do(commands.duplicate, self._chosen)

    def select_all(self) -> None:
        self._session.select((*self._session.graph.nodes, *self._session.graph.frames))

    def _nudge(self, dx: float, dy: float) -> None:
        graph = self._session.graph
        places = {id: graph.nodes[id].position for id in self._session.selected_nodes}
        places |= {id: graph.frames[id].rect[:2] for id in self._session.selected_frames}
        if places:
            moved = {id: (x + dx, y + dy) for id, (x, y) in places.items()}
            self._session.do(commands.move, moved, merge=f"nudge {' '.join(moved)}")

    def nudge_left(self) -> None:
        self._nudge(-NUDGE, 0)

    def nudge_right(self) -> None:
        self._nudge(NUDGE, 0)

    def nudge_up(self) -> None:
        self._nudge(0, -NUDGE)

    def nudge_down(self) -> None:
        self._nudge(0, NUDGE)
