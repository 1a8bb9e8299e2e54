"""The run commands: backward from where the learner means, and stepping, which runs backward first if need be."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from gui.session import Session


class Running(QObject):
    """The run commands of a window."""

    _play_soon = Signal()  # queued: first everybody sees the new log

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._play_on_arrival = False
        session.player.loaded.connect(self._arrived)
        session.refused.connect(self._forget)
        session.opened.connect(self._forget)
        self._play_soon.connect(session.player.play, Qt.ConnectionType.QueuedConnection)

    def backward(self) -> None:
        """From the selected node, or from the document's backward nodes."""
        nodes = self._session.selected_nodes
        self._session.backward(nodes[0] if len(nodes) == 1 and self._can_run(nodes[0]) else None)

    def _can_run(self, node: str) -> bool:
        """A selected constant is no place to run backward from if the document says where."""
        run = self._session.run
        tensor = run.tensor(node) if run is not None else None
        return tensor is None or tensor.requires_grad or not (run and run.statements())

    def _ready(self) -> bool:
        if self._session.player.count:
            return True
        self.backward()
        return False

    def play_or_pause(self) -> None:
        """Play or pause; without a pass, run one and play it when it is there."""
        if self._ready():
            self._session.player.toggle()
        else:
            self._play_on_arrival = True

    def _arrived(self) -> None:
        if self._play_on_arrival and self._session.player.count:
            self._play_on_arrival = False
            self._play_soon.emit()

    def _forget(self) -> None:
        self._play_on_arrival = False

    def step_forward(self) -> None:
        if self._ready():
            self._session.player.step(1)

    def step_back(self) -> None:
        self._session.player.step(-1)

    def level_forward(self) -> None:
        if self._ready():
            self._session.player.step_level(1)

    def level_back(self) -> None:
        self._session.player.step_level(-1)

    def turn_forward(self) -> None:
        if self._ready():
            self._session.player.step_turn(1)

    def turn_back(self) -> None:
        self._session.player.step_turn(-1)
