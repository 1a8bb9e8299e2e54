"""What one does with frames: wrap the selection in one, dissolve it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF

from engine.document import commands
from engine.document.kinds import NO_GRAD, WHILE
from gui.canvas.frames import around
from gui.canvas.geometry import FOOTER, GRID
from gui.canvas.view import CanvasView
from gui.session import Session


class Framing(QObject):
    """The frame commands of a window."""

    def __init__(self, session: Session, view: CanvasView, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view = session, view

    def wrap_while(self) -> None:
        """The selection becomes the body of a while loop."""
        self._wrap(WHILE)

    def wrap_no_grad(self) -> None:
        """The selection is evaluated under no_grad."""
        self._wrap(NO_GRAD)

    def dissolve(self) -> None:
        """The selected frames go; what stands in them stays."""
        frames = self._session.selected_frames
        if not frames:
            self._session.refused.emit(self.tr("No frame is selected: click the header of one."))
        for frame in frames:
            if frame in self._session.graph.frames:
                self._session.do(commands.dissolve, frame)

    def _wrap(self, kind: str) -> None:
        chosen = [*self._session.selected_nodes, *self._session.selected_frames]
        self._session.do(commands.wrap, chosen, kind, self._rect_around(chosen))

    def _rect_around(self, ids: list[str]) -> tuple[float, float, float, float]:
        """On the half grid, with room for what stands in the frame."""
        scene, rect = self._view.canvas, QRectF()
        for id in ids:
            rect = rect.united(
                scene.faces[id].body().adjusted(0, 0, 0, FOOTER) if id in scene.faces else scene.frames[id].rect
            )
        rect, step = around(rect), GRID / 2
        left, top = (step * (edge // step) for edge in (rect.left(), rect.top()))
        right, bottom = (-step * (-edge // step) for edge in (rect.right(), rect.bottom()))
        return left, top, right - left, bottom - top
