"""The page object: does to the window what a user's hands do, and reads what a user's eyes see.

Positions are asked from the view, never guessed; every gesture is made of real mouse and key events.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QWidget

from engine.document import commands
from gui.canvas.frames import FrameFace, control_scale
from gui.canvas.pulses import Packet, packets
from gui.main_window import MainWindow

EXAMPLES = Path(__file__).parents[2] / "assets" / "examples"
LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


class Driver:
    """One window under a user's hands."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session = window.session
        self.player = window.session.player
        self.view = window.view
        self.scene = window.view.canvas

    # Waiting -----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Until nothing is under way and all is painted."""
        self.session.settle()
        QApplication.processEvents()

    # Setting the scene of a test, without hands --------------------------------------------------------------------

    def put(self, op: str, x: float, y: float, title: str = "", **params: object) -> str:
        """A node with its top left corner at a scene point; returns its id."""
        command = self.session.do(commands.add_node, op, (x, y), params=params or None, title=title)
        assert command is not None
        self.session.select(())
        self.settle()
        return str(getattr(command.changes[0].after, "id", ""))

    def join(self, source: str, target: str, port: str) -> None:
        """A wire."""
        assert self.session.do(commands.connect, source, target, port) is not None
        self.settle()

    # Finding -----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> QWidget:
        """The visible widget with this objectName."""
        found = [each for each in self.window.findChildren(QWidget, name) if each.isVisible()]
        assert len(found) == 1, f"{len(found)} visible widgets are named {name}"
        return found[0]

    def at(self, x: float, y: float) -> QPoint:
        """A scene point in viewport coordinates."""
        return self.view.mapFromScene(QPointF(x, y))

    def header(self, node: str) -> QPoint:
        """The middle of a node's header."""
        body = self.scene.faces[node].body()
        return self.at(body.center().x(), body.top() + 14)

    def port(self, node: str, port: str = "") -> QPoint:
        """An input port by name, or the output."""
        side = "in" if port else "out"
        point = self.scene.port_point(node, side, port)
        return self.at(point.x(), point.y())

    def body(self, node: str) -> QPoint:
        """A place on a node's body where nothing else is."""
        body = self.scene.faces[node].body()
        return self.at(body.center().x(), body.bottom() - 6)

    def on_wire(self, node: str, port: str) -> QPoint:
        """The middle of the wire into a port."""
        wire = self.scene.wires[node, port]
        middle = (wire.start + wire.end) / 2
        return self.at(middle.x(), middle.y())

    def frame(self, frame: str) -> FrameFace:
        """What a frame shows."""
        return self.scene.frames[frame]

    def frame_part(self, frame: str, part: str = "header") -> QPoint:
        """A place to take hold of a frame: its "header", "turn", "back" or "on" of its stepper, an edge or a corner."""
        shown = self.scene.frames[frame]
        scale = control_scale(self.view.zoom)
        rect, stepper = shown.rect, shown.stepper_rect(scale)
        x = {"left": rect.left(), "right": rect.right(), "back": stepper.left() + 8, "on": stepper.right() - 8}
        y = {"top": rect.top(), "bottom": rect.bottom(), "header": rect.top() + 16}
        words = part.split()
        across = next((x[word] for word in words if word in x), rect.center().x())
        down = next((y[word] for word in words if word in y), rect.center().y())
        if part in ("turn", "back", "on"):
            down = stepper.center().y()
        point = QPointF(stepper.center().x() if part == "turn" else across, down)
        assert shown.part_at(point, scale) == part
        return self.at(point.x(), point.y())

    def members(self, frame: str) -> set[str]:
        """What stands in a frame, by the document."""
        return set(self.session.graph.members(frame))

    def position(self, node: str) -> tuple[float, float]:
        """Where the document says that a node is."""
        x, y = self.session.graph.nodes[node].position
        return x, y

    def source_of(self, node: str, port: str) -> str | None:
        """The node whose value goes into a port, by the document."""
        edge = self.session.graph.edges.get((node, port))
        return edge.source if edge else None

    @property
    def steps(self) -> int:
        """How many steps undo could take back."""
        return self.session.history.index

    def node_of(self, op: str) -> str:
        """The id of the one node with this op."""
        found = [node.id for node in self.session.graph.nodes.values() if node.op == op]
        assert len(found) == 1, f"there are {len(found)} {op} nodes"
        return found[0]

    # Hands -------------------------------------------------------------------------------------------------------

    def drag(
        self,
        start: QPoint,
        end: QPoint,
        modifiers: Qt.KeyboardModifier = NONE,
        drop: bool = True,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        """Press at one viewport point, move in steps, release at another (unless the hand is to stay down)."""
        target = self.view.viewport()
        QTest.mousePress(target, button, modifiers, start)
        for step in (0.2, 0.5, 0.8, 1.0):
            QTest.mouseMove(target, start + (end - start) * step)
        QApplication.processEvents()
        if drop:
            self.release(end, modifiers, button)

    def release(self, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """Lift the hand at a viewport point."""
        QTest.mouseRelease(self.view.viewport(), button, modifiers, at)
        self.settle()

    def wheel(self, at: QPoint, notches: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Turn the wheel over a viewport point; away from the hand is positive."""
        viewport = self.view.viewport()
        angle = QPoint(0, round(120 * notches))
        place, globally = QPointF(at), QPointF(viewport.mapToGlobal(at))
        phase = Qt.ScrollPhase.NoScrollPhase
        event = QWheelEvent(place, globally, QPoint(), angle, Qt.MouseButton.NoButton, modifiers, phase, False)
        QApplication.sendEvent(viewport, event)
        self.settle()

    def drop_file(self, path: Path) -> None:
        """Drop a file on the canvas, from outside."""
        viewport = self.view.viewport()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        middle = viewport.rect().center()
        copy = Qt.DropAction.CopyAction
        enter = QDragEnterEvent(middle, copy, data, LEFT, NONE)
        QApplication.sendEvent(viewport, enter)
        if enter.isAccepted():
            QApplication.sendEvent(viewport, QDropEvent(QPointF(middle), copy, data, LEFT, NONE))
        self.settle()

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, modifiers, at)
        self.settle()

    def double_click(self, at: QPoint) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, NONE, at)
        QTest.mouseDClick(self.view.viewport(), LEFT, NONE, at)
        self.settle()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """A key to whatever has the focus."""
        QTest.keyClick(QApplication.focusWidget() or self.view, key, modifiers)
        self.settle()

    def type(self, text: str) -> None:
        for letter in text:
            if letter.isascii():
                QTest.keyClicks(QApplication.focusWidget(), letter)
            else:  # which QTest does not know how to type
                press = QKeyEvent(QEvent.Type.KeyPress, 0, NONE, letter)
                QApplication.sendEvent(QApplication.focusWidget(), press)
        QApplication.processEvents()

    def press_button(self, name: str) -> None:
        QTest.mouseClick(self.find(name), LEFT)
        self.settle()

    def drag_in(self, name: str, x: float, y: float, drop: bool = True) -> str:
        """Drag an op or a frame from the palette to a scene point; returns the id of the new node or frame."""
        before = self._ids()
        palette = self.window.palette_panel
        source = palette.viewport()
        start = palette.row_rect(name).center()
        end = source.mapFromGlobal(self.view.viewport().mapToGlobal(self.at(x, y)))
        QTest.mousePress(source, LEFT, NONE, start)
        for step in (0.1, 0.5, 1.0):
            QTest.mouseMove(source, start + (end - start) * step)
        if not drop:
            return ""
        QTest.mouseRelease(source, LEFT, NONE, end)
        self.settle()
        return self._new(before)

    def quick_add(self, x: float, y: float, text: str) -> str:
        """Double-click an empty place, type, Enter; returns the id of the new node or frame."""
        before = self._ids()
        self.double_click(self.at(x, y))
        self.type(text)
        self.key(Qt.Key.Key_Return)
        return self._new(before)

    def _ids(self) -> set[str]:
        return {*self.session.graph.nodes, *self.session.graph.frames}

    def _new(self, before: set[str]) -> str:
        """What has come: a frame may bring nodes along; nothing, if it was refused."""
        new = self._ids() - before
        frames = new & self.session.graph.frames.keys()
        (one,) = frames or new or {""}
        return one

    def drag_node(self, node: str, x: float, y: float, drop: bool = True) -> QPoint:
        """Drag a node by its header so that its corner comes to lie at a scene point; returns where the hand is."""
        start = self.header(node)
        corner = self.scene.faces[node].body().topLeft()
        end = start + self.at(x, y) - self.at(corner.x(), corner.y())
        self.drag(start, end, drop=drop)
        return end

    def drag_node_into(self, node: str, frame: str, dx: float = 0.0, dy: float = 0.0, drop: bool = True) -> QPoint:
        """Drag a node to where its middle is that of a frame, or so far from it; returns where the hand is."""
        middle = self.scene.frames[frame].rect.center()
        body = self.scene.faces[node].body()
        x, y = middle.x() + dx - body.width() / 2, middle.y() + dy - body.height() / 2
        return self.drag_node(node, x, y, drop)

    def drag_frame(self, frame: str, dx: float, dy: float, part: str = "header", drop: bool = True) -> QPoint:
        """Drag a frame by its header or its border; returns where the hand is."""
        start = self.frame_part(frame, part)
        end = start + self.at(dx, dy) - self.at(0, 0)
        self.drag(start, end, drop=drop)
        return end

    def wire(self, source: str, target: str, port: str) -> None:
        """Drag from an output to an input."""
        self.drag(self.port(source), self.port(target, port))

    def inline(self, node: str, port: str, text: str) -> None:
        """Double-click an open port and type a number."""
        self.double_click(self.port(node, port))
        self.type(text)
        self.key(Qt.Key.Key_Return)

    def fill(self, name: str, text: str) -> None:
        """Click a field, replace its text, Enter."""
        field = self.find(name)
        QTest.mouseClick(field, LEFT)
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, CTRL)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.settle()

    def paste_values(self, node: str, values: Sequence[float]) -> None:
        """Double-click a tensor and paste a row of numbers over its own, as from a spreadsheet."""
        self.double_click(self.body(node))
        QApplication.clipboard().setText("\t".join(map(str, values)))
        QTest.keyClick(self.find("inspector.table"), Qt.Key.Key_V, CTRL)
        self.settle()

    def select(self, node: str) -> None:
        self.click(self.header(node))

    def title(self, node: str, text: str) -> None:
        """Select a node and give it a title in the inspector."""
        self.select(node)
        self.fill("inspector.title", text)

    def open(self, path: Path) -> None:
        self.window.open_file(path)
        self.settle()

    def choose_file(self, path: Path) -> None:
        """Type a path into the open file dialog, Enter."""
        dialog = self.window.findChild(QFileDialog, "dialog.file")
        assert dialog is not None
        assert dialog.isVisible()
        dialog.activateWindow()
        name = dialog.findChild(QLineEdit, "fileNameEdit")
        name.setFocus()
        name.clear()
        QTest.keyClicks(name, str(path))
        QTest.keyClick(name, Qt.Key.Key_Return)
        self._back_to_the_window()

    def answer(self, button: str) -> None:
        """Press a button of the open message box."""
        (found,) = [each for each in self.window.findChildren(QPushButton, button) if each.isVisible()]
        QTest.mouseClick(found, LEFT)
        self._back_to_the_window()

    def _back_to_the_window(self) -> None:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if self.window.isVisible() and QApplication.activeModalWidget() is None:
            self.window.activateWindow()
            self.view.setFocus()
        self.settle()

    # Eyes --------------------------------------------------------------------------------------------------------

    def value(self, node: str) -> list[object] | float | None:
        """The value that a node shows."""
        shown = self.scene.faces[node].value
        return None if shown is None else shown.array.tolist()

    def gradient(self, node: str) -> list[object] | float | None:
        """The gradient that a node shows."""
        shown = self.scene.faces[node].gradient
        return None if shown is None else np.round(shown.array, 6).tolist()

    def said(self) -> str:
        """The sentence over the canvas, if one is to be seen."""
        notice = self.window.notice
        return notice.text() if notice.isVisible() else ""

    def why_not(self) -> str:
        """What stands at the cursor while something is dragged to where it cannot be."""
        return self.scene.preview.reason

    def packets(self) -> tuple[Packet, ...]:
        """What is on the wires at this moment of the pass."""
        under_way = self.player.current if self.player.phase > 0 else None
        return packets(under_way, self.player.phase, self.player.state(), self.scene.input_keys)

    def picture(self) -> QImage:
        """The canvas as it is painted now."""
        return self.view.viewport().grab().toImage()

    def pixels(self) -> bytes:
        """The same as bytes, to compare."""
        picture = self.picture()  # kept: its bits live as long as it does
        return bytes(picture.constBits())

    def fresh_pixels(self) -> bytes:
        """The canvas with all of it painted anew."""
        self.scene.repaint.emit(None)
        return self.pixels()

    def looks_fresh(self) -> bool:
        """Whether the canvas looks as if all of it were painted anew. Soft edges that were painted in parts may be off
        by what no eye sees."""
        seen, fresh = (np.frombuffer(pixels, np.uint8).astype(int) for pixels in (self.pixels(), self.fresh_pixels()))
        return seen.shape == fresh.shape and int(np.abs(seen - fresh).max()) <= 4

    def shows(self, at: QPoint, color: QColor) -> bool:
        """Whether a colour is to be seen at a viewport point, or right above or below it."""
        picture = self.picture()
        near = [picture.pixelColor(at + QPoint(0, dy)).getRgb()[:3] for dy in (-1, 0, 1)]
        return min(math.dist(rgb, color.getRgb()[:3]) for rgb in near) < 40

    def look_at(self, x: float, y: float, zoom: float = 1.0) -> None:
        """A scene point in the middle of the view, the mouse in a corner of it."""
        self.view.set_zoom(zoom)
        self.view.centerOn(x, y)
        QTest.mouseMove(self.view.viewport(), QPoint(2, 2))
        self.settle()
