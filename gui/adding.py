"""How nodes and frames come onto the canvas: dragged from the palette, picked there, or found by the search."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, Slot
from PySide6.QtGui import QCursor

from engine.document import commands
from engine.document.kinds import KINDS
from engine.op import Op
from gui.canvas.view import CanvasView
from gui.panels.palette import Palette
from gui.panels.quick_add import QuickAdd
from gui.session import Session


class Adding(QObject):
    """Joins palette and search to the canvas, which do not know each other."""

    def __init__(self, session: Session, view: CanvasView, palette: Palette, search: QuickAdd, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view, self._search = session, view, search
        self._ghost = ""  # the op or the frame that is being dragged
        self._drop: tuple[QPointF, str, str, str] | None = None  # where a wire was dropped, and what it hangs on
        palette.drag_started.connect(self._ghost_started)
        palette.drag_moved.connect(self._ghost_moved)
        palette.drag_dropped.connect(self._ghost_dropped)
        palette.drag_cancelled.connect(view.canvas.hide_ghost)
        palette.picked.connect(self._picked)
        search.chosen.connect(self._quick_chosen)
        search.dismissed.connect(self._quick_dismissed)
        view.canvas.search_wanted.connect(self.search_at)
        view.canvas.wire_dropped.connect(self._wire_dropped)

    @Slot(str)
    def _ghost_started(self, name: str) -> None:
        self._ghost = name
        self._ghost_moved(QCursor.pos())

    @Slot(QPoint)
    def _ghost_moved(self, at: QPoint) -> None:
        viewport = self._view.viewport()
        local = viewport.mapFromGlobal(at)
        if viewport.rect().contains(local):
            self._view.canvas.show_ghost(self._ghost, self._view.mapToScene(local))
        else:
            self._view.canvas.hide_ghost()

    @Slot(QPoint)
    def _ghost_dropped(self, at: QPoint) -> None:
        viewport = self._view.viewport()
        local = viewport.mapFromGlobal(at)
        self._view.canvas.hide_ghost()
        if viewport.rect().contains(local):
            self._add(self._ghost, self._view.canvas.drop_position(self._ghost, self._view.mapToScene(local)))

    @Slot(str)
    def _picked(self, name: str) -> None:
        middle = self._view.mapToScene(self._view.viewport().rect().center())
        self._add(name, self._view.canvas.free_position(name, middle))

    def _add(self, name: str, position: QPointF) -> None:
        """A new node or frame stands in the frame that it was put on."""
        verb = commands.add_frame if name in KINDS else commands.add_node
        self._session.do(verb, name, (position.x(), position.y()), inside=self._under(name, position))
        self._view.setFocus()

    def _under(self, name: str, position: QPointF) -> str | None:
        scene = self._view.canvas
        return scene.frame_under(scene.middle(name, position))

    def search_at_cursor(self) -> None:
        self.search_at(self._view.cursor_scene())

    @Slot(QPointF)
    def search_at(self, at: QPointF) -> None:
        self._drop = (at, "", "", "")
        self._search.ask(self._view.viewport().mapToGlobal(self._view.mapFromScene(at)))

    @Slot(QPointF, str, str, str)
    def _wire_dropped(self, at: QPointF, node: str, side: str, port: str) -> None:
        self._drop = (at, node, side, port)
        self._view.canvas.hold_wire(at, node, side, port)
        where = self._view.viewport().mapToGlobal(self._view.mapFromScene(at))
        self._search.ask(where, _takes_an_input if side == "out" else _has_an_output)

    @Slot(str)
    def _quick_chosen(self, name: str) -> None:
        drop, self._drop = self._drop, None
        scene = self._view.canvas
        scene.clear_preview()
        self._view.setFocus()
        if drop is None:
            return
        at, node, side, port = drop
        if not node:
            self._add(name, scene.drop_position(name, at))
            return
        place = scene.wired_position(name, at, side)
        ends = {"source": node} if side == "out" else {"target": node, "target_port": port}
        inside = self._under(name, place)
        self._session.do(commands.add_connected, name, (place.x(), place.y()), inside=inside, **ends)

    @Slot()
    def _quick_dismissed(self) -> None:
        self._drop = None
        self._view.canvas.clear_preview()
        self._view.setFocus()


def _takes_an_input(op: Op) -> bool:
    return bool(op.ports)


def _has_an_output(op: Op) -> bool:
    return not op.statement
