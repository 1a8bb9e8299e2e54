"""What a frame shows, and which part of it is where: plain data made from the document, the run and the turns.

Nothing here paints; `fences` does, from these.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from engine.document.graph import Graph
from engine.document.kinds import COMMENT, NO_GRAD, WHILE
from engine.document.loops import REPEAT
from engine.document.records import Frame, natural
from gui.canvas.captions import condition
from gui.canvas.geometry import GRID, NEAR, PAD, Lane
from gui.theme import font

HEADER = 28.0
BORDER = 8.0  # how wide a border can be hit
MARGIN = 24.0  # between what stands in a frame and its border
LANE, LANE_REACH = 8.0, 18.0  # between the wires that go back; how far the first of them stands out of its ports
LEAST = (5 * GRID, 3 * GRID)
STEP = 20.0  # the width of an arrow of the stepper
CONTROL, CONTROL_GAP = 18.0, 8.0  # the height of the stepper and the pill; beside them
CONTROL_ZOOM, LARGEST = 0.85, 2.6  # the size that both keep on the screen; how much larger they get in the scene for it
LEAST_ZOOM = 0.7  # too small to be read or hit below this size
CHIP_WIDTH = 360.0  # of a sentence under a frame
EDGES = ("left", "right", "top", "bottom")


@dataclass(frozen=True, slots=True)
class FrameFace:
    """Everything that one frame shows."""

    id: str
    kind: str
    title: str
    rect: QRectF
    depth: int  # how many frames are around it
    turns: int | None = None  # that a loop ran in; None if it did not run
    shown: int = 0  # the turn that is looked at, from 0; `turns` is the end
    needs: str = ""  # what is missing
    note: str = ""  # how it ended
    error: str = ""

    @property
    def sentence(self) -> str:
        return self.error or self.needs or self.note

    def bounds(self) -> QRectF:
        """Everything that is painted."""
        rect = self.rect.adjusted(-4, -14, 4, 4)
        return rect.united(self.chip_rect().adjusted(-4, -4, 4, 4)) if self.sentence else rect

    def header_rect(self) -> QRectF:
        return QRectF(self.rect.left(), self.rect.top(), self.rect.width(), HEADER)

    def label_rect(self) -> QRectF:
        """The name of a fence, which stands on its border."""
        width = 26 + QFontMetricsF(font(11, 600, mono=True)).horizontalAdvance(self.title) + 10
        return QRectF(self.rect.left() + 14, self.rect.top() - 11, min(width, self.rect.width() - 28), 22)

    def pill_rect(self, scale: float = 1.0) -> QRectF:
        """The number of turns, at the right of the header; empty if the loop has not run. `scale` as by
        `control_scale`."""
        if self.turns is None:
            return QRectF()
        width = 16 + QFontMetricsF(font(11, 600, mono=True)).horizontalAdvance(f"×{self.turns}")
        return self._control(self.rect.right(), width, scale)

    def stepper_rect(self, scale: float = 1.0) -> QRectF:
        """The two arrows with the turn between them; empty if there is no turn to look at."""
        pill = self.pill_rect(scale)
        if not self.turns or not pill:
            return QRectF()
        width = 2 * STEP + 8 + QFontMetricsF(font(11, mono=True)).horizontalAdvance(f"{self.turns}/{self.turns}")
        return self._control(pill.left(), width, scale)

    def _control(self, right: float, width: float, scale: float) -> QRectF:
        """A place on the header left of `right`, above what stands in the frame; empty where there is no room."""
        left, height = right - (CONTROL_GAP + width) * scale, CONTROL * scale
        if not scale or left < self.rect.left() + PAD:
            return QRectF()
        top = min((HEADER - CONTROL) / 2, HEADER + MARGIN / 2 - 2 - height)
        return QRectF(left, self.rect.top() + top, width * scale, height)

    def turn_text(self) -> str:
        """Which turn is shown: ``3/10``, or the end."""
        if self.turns is None or self.shown >= self.turns:
            return QCoreApplication.translate("Canvas", "end")
        return f"{self.shown + 1}/{self.turns}"

    def chip_rect(self) -> QRectF:
        """Where the sentence about the loop stands, below the frame."""
        room = QRectF(0, 0, max(CHIP_WIDTH, self.rect.width() - 2 * PAD) - 40, 4000)
        flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
        text = QFontMetricsF(font(11, 600)).boundingRect(room, flags, self.sentence)
        return QRectF(self.rect.left() + PAD, self.rect.bottom() + 8, text.width() + 42, text.height() + 14)

    def part_at(self, pos: QPointF, scale: float = 1.0) -> str:
        """What of the frame is under a point: "back", "turn" or "on" of the stepper, the "header", or the edges of the
        border by name ("top left"); nothing inside, which is empty canvas."""
        stepper = self.stepper_rect(scale)
        if stepper.contains(pos):
            across, step = pos.x() - stepper.left(), STEP * scale
            return "back" if across < step else "on" if across > stepper.width() - step else "turn"
        if self.kind == NO_GRAD and self.label_rect().contains(pos):
            return "header"
        half = BORDER / 2
        if not self.rect.adjusted(-half, -half, half, half).contains(pos):
            return ""
        near = {
            "top": pos.y() < self.rect.top() + half,
            "bottom": pos.y() > self.rect.bottom() - half,
            "left": pos.x() < self.rect.left() + half,
            "right": pos.x() > self.rect.right() - half,
        }
        edges = " ".join(edge for edge, there in near.items() if there)
        return edges or ("header" if self.header_rect().contains(pos) else "")


def control_scale(zoom: float) -> float:
    """How much larger than at full detail the stepper and the pill are painted, and hit: seen from farther off they
    stay as large as can be read. 0 where they are not painted."""
    if zoom >= NEAR:
        return 1.0
    scale = min(CONTROL_ZOOM / zoom, LARGEST)
    return scale if scale * zoom >= LEAST_ZOOM else 0.0


def frame_title(graph: Graph, frame: Frame) -> str:
    """What the header says: a loop says its condition."""
    if frame.kind == WHILE:
        condition = _condition(graph, frame.id)
        text = f"while {condition}" if condition else "while"
        return f"{frame.title}: {text}" if frame.title else text
    if frame.kind == NO_GRAD:
        return f"{frame.title}: no_grad" if frame.title else "no_grad"
    if frame.title or frame.kind == COMMENT:
        return frame.title
    return frame.kind


def _condition(graph: Graph, frame: str) -> str:
    """The condition of a loop in words; nothing while it has none."""
    return next(filter(None, (condition(graph, id) for id in own(graph, frame, REPEAT))), "")


def own(graph: Graph, loop: str, op: str) -> list[str]:
    """The nodes of an op that belong to a loop: in it, but in no loop inside it."""
    found: list[str] = []
    ahead = [loop]
    while ahead:
        for id in graph.members(ahead.pop()):
            if id in graph.nodes:
                found += [id] if graph.nodes[id].op == op else []
            elif graph.frames[id].kind != WHILE:
                ahead.append(id)
    return sorted(found, key=natural)


def as_record(rect: QRectF) -> tuple[float, float, float, float]:
    """A rectangle as the document keeps it."""
    return rect.x(), rect.y(), rect.width(), rect.height()


def around(contents: QRectF, lanes: int = 0) -> QRectF:
    """The least rectangle of a frame around what stands in it, with so many lanes of wires that go back."""
    beside = max(MARGIN, lane(contents, lanes - 1).out + MARGIN / 2)
    below = max(MARGIN, lane(contents, lanes - 1).y - contents.bottom() + MARGIN / 2)
    return contents.adjusted(-beside, -HEADER - MARGIN / 2, beside, below)


def lane(contents: QRectF, number: int, beside: float = 0.0) -> Lane:
    """Where a wire goes back: below all that stands in the loop, the first innermost, and around what stands `beside`
    the inputs on its way."""
    reach = LANE_REACH + LANE * number
    return Lane(contents.bottom() + MARGIN / 2 + LANE * number, reach, reach + beside)


def resized(rect: QRectF, edges: str, by: QPointF, contents: QRectF) -> QRectF:
    """`rect` with the named edges moved, but never smaller than what stands in it."""
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    inner = QRectF() if contents.isNull() else contents
    if "left" in edges:
        left = min(left + by.x(), right - LEAST[0], *([inner.left()] if not inner.isNull() else []))
    if "right" in edges:
        right = max(right + by.x(), left + LEAST[0], *([inner.right()] if not inner.isNull() else []))
    if "top" in edges:
        top = min(top + by.y(), bottom - LEAST[1], *([inner.top()] if not inner.isNull() else []))
    if "bottom" in edges:
        bottom = max(bottom + by.y(), top + LEAST[1], *([inner.bottom()] if not inner.isNull() else []))
    return QRectF(QPointF(left, top), QPointF(right, bottom))
