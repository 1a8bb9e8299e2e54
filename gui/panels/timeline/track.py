"""The track: one tick a step, circles forward and diamonds backward, and a cursor that one drags.

Under the ticks stands what each step is; in a loop, where that would be the same few words again and again, the turn.

Step i fills the i-th of `count` equal slots, with its tick in the middle; the cursor stands at `position` slots. So
the cursor is past a tick's middle when its step is half done.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.run.log import Accumulate, Blocked, Deliver, Fail, Forward, Seed
from engine.run.replay import Step
from gui.panels.timeline.spans import Span
from gui.scale import direction
from gui.theme import DARK, Theme, font

MARGIN = 12.0
LINE_Y = 18.0
REACH = 12.0  # of the cursor above and below the line: it ends where the labels begin
MOST_TICKS = 200
GAP = 8.0  # px between labels
EVERY = (1, 2, 5, 10, 20, 50, 100)  # so many turns apart are those that bear their number, if there are many
SNAP = 4.0  # px within which the cursor goes to the end of a step


class Kind(IntEnum):
    """How a tick looks."""

    FORWARD = 0
    POSITIVE = 1
    NEGATIVE = 2
    ZERO = 3  # a gradient of zero, which is sent, or none, which is not: hollow
    WRONG = 4
    NAN = 5  # a gradient with NaN or infinity in it


_TOKENS = {
    Kind.FORWARD: "edge",
    Kind.POSITIVE: "positive",
    Kind.NEGATIVE: "negative",
    Kind.ZERO: "edge_untracked",
    Kind.WRONG: "error",
    Kind.NAN: "nan",
}


def kind(step: Step) -> Kind:
    """The look of a step's tick: by direction, then by the sign of its gradient, as its wire on the canvas."""
    match step.event:
        case Forward():
            return Kind.FORWARD
        case Seed(value=gradient) | Deliver(grad=gradient) | Accumulate(delta=gradient):
            way = direction(gradient)
            if math.isnan(way):
                return Kind.NAN
            return Kind.POSITIVE if way > 0 else Kind.NEGATIVE if way < 0 else Kind.ZERO
        case Fail():
            return Kind.WRONG
        case Blocked() | _:
            return Kind.ZERO


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the track shows, prepared once a log: kinds, the labels that may stand under them, and the turns."""

    kinds: np.ndarray  # uint8, one a step
    labels: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class _Label:
    """A word under the line, which is read once `step` is done."""

    left: float
    width: float
    text: str
    step: int

    @property
    def right(self) -> float:
        return self.left + self.width


def _separate(labels: Sequence[_Label]) -> bool:
    """Whether no label touches the next."""
    return all(one.right + GAP <= other.left for one, other in pairwise(labels))


def _apart(labels: Sequence[_Label], others: Sequence[_Label]) -> list[_Label]:
    """The labels that touch neither the one before nor one of the others."""
    free: list[_Label] = []
    for label in labels:
        near = (*free[-1:], *others)
        if all(_separate([label, other]) or _separate([other, label]) for other in near):
            free.append(label)
    return free


def _begun(spans: Sequence[Span]) -> list[Span]:
    """Where each turn begins, and not where it goes on after something else."""
    begun: list[Span] = []
    for span in spans:
        if span.text and not (begun and begun[-1].text == span.text):
            begun.append(span)
    return begun


class Track(QWidget):
    """Paints the steps of a log; asks for a position, and is told where the player stands."""

    sought = Signal(float)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline.track")
        self.setAccessibleName(self.tr("Steps of the pass"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.theme: Theme = DARK
        self._marks = _Marks(np.zeros(0, np.uint8))
        self._position = 0.0
        self._pressed_at: float | None = None
        self._dragging = False
        self._turned = 0

    def sizeHint(self) -> QSize:
        return QSize(480, 50)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 50)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def show_steps(self, steps: Sequence[Step], labels: Sequence[str], spans: Sequence[Span]) -> None:
        """Take the steps of another log, with the word under each and the turns of its loops."""
        kinds = np.fromiter((kind(step) for step in steps), np.uint8, len(steps))
        self._marks = _Marks(kinds, tuple(labels), tuple(spans))
        self.update()

    def show_position(self, position: float) -> None:
        """Follow the player."""
        if position != self._position:
            self._position = position
            self.update()

    @property
    def count(self) -> int:
        return len(self._marks.kinds)

    def slot(self) -> float:
        """The width of one step."""
        return (self.width() - 2 * MARGIN) / max(1, self.count)

    def x_of(self, position: float) -> float:
        """Where the cursor stands at a position of the player."""
        return MARGIN + position * self.slot()

    def tick_x(self, step: int) -> float:
        """The middle of a step's tick."""
        return self.x_of(step + 0.5)

    def position_at(self, x: float) -> float:
        """The position of the player that belongs to an x, held at the ends of steps when near."""
        position = min(max((x - MARGIN) / self.slot(), 0.0), float(self.count))
        whole = round(position)
        return float(whole) if abs(whole - position) * self.slot() <= SNAP else position

    # The mouse and the keyboard ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.count:
            return
        x = event.position().x()
        self._pressed_at, self._dragging = x, False
        step = min(self.count - 1, max(0, int((x - MARGIN) / self.slot())))
        on_tick = self.slot() > 24 and abs(x - self.tick_x(step)) <= 9
        self.sought.emit(float(step + 1) if on_tick else self.position_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        x = event.position().x()
        self._dragging = self._dragging or abs(x - self._pressed_at) > 3
        if self._dragging:
            self.sought.emit(self.position_at(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragging = None, False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._turned / 120)
        self._turned -= notches * 120
        if notches:
            self.stepped.emit(-notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right:
                self.stepped.emit(1)
            case Qt.Key.Key_Left:
                self.stepped.emit(-1)
            case Qt.Key.Key_Home:
                self.sought.emit(0.0)
            case Qt.Key.Key_End:
                self.sought.emit(float(self.count))
            case _:
                super().keyPressEvent(event)

    # Painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.count > MOST_TICKS or self.slot() < 7:
                self._paint_bar(painter)
            elif self.count:
                self._paint_borders(painter)
                self._paint_line(painter)
                self._paint_ticks(painter)
                self._paint_labels(painter)
            if self.count:
                self._paint_cursor(painter)
            if self.hasFocus():
                painter.setPen(QPen(self.theme.color("focus"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        finally:
            painter.end()

    def _color(self, step: int) -> QColor:
        """Of a step's tick: its own once it is done, else dim."""
        done = self._position >= step + 0.5
        return self.theme.color(_TOKENS[Kind(self._marks.kinds[step])] if done else self._dim)

    @property
    def _dim(self) -> str:
        return "border"

    def _paint_line(self, painter: QPainter) -> None:
        cursor = self.x_of(self._position)
        for step in range(self.count + 1):  # the way to each tick, and from the last one to the end
            left = self.tick_x(step - 1) + 8 if step else MARGIN
            right = self.tick_x(step) - 8 if step < self.count else self.width() - MARGIN
            if right <= left:
                continue
            token = _TOKENS[Kind(self._marks.kinds[min(step, self.count - 1)])]
            for start, end, name in (
                (left, min(right, cursor), token),
                (max(left, cursor), right, self._dim),
            ):
                if end > start:
                    painter.setPen(QPen(self.theme.color(name), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                    painter.drawLine(QLineF(start, LINE_Y, end, LINE_Y))

    def _paint_ticks(self, painter: QPainter) -> None:
        size = 5.5 if self.slot() >= 16 else 3.5
        for step in range(self.count):
            look, color, at = (
                Kind(self._marks.kinds[step]),
                self._color(step),
                QPointF(self.tick_x(step), LINE_Y),
            )
            hollow = look is Kind.ZERO
            painter.setPen(QPen(color, 1.6) if hollow else Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("dock") if hollow else color)
            if look is Kind.FORWARD:
                painter.drawEllipse(at, size, size)
            else:
                reach = size * 1.25
                painter.drawPolygon(
                    QPolygonF([at + QPointF(*d) for d in ((0, -reach), (reach, 0), (0, reach), (-reach, 0))])
                )

    def _paint_borders(self, painter: QPainter) -> None:
        """A thin line wherever another turn begins."""
        painter.setPen(QPen(self.theme.color("muted", 0.5), 1))
        for before, after in pairwise(self._marks.spans):
            if before.text or after.text:
                x = round(self.x_of(after.start)) + 0.5
                painter.drawLine(QLineF(x, LINE_Y - REACH, x, LINE_Y + REACH))

    def _paint_labels(self, painter: QPainter) -> None:
        base = self.font().pixelSize()
        face = font((base if base > 0 else 12) * 11 / 12, mono=True)
        metrics = QFontMetricsF(face)
        painter.setFont(face)
        room = max(self.slot() - 6, 72)
        turns = self.turn_labels(metrics)
        inside = {step for span in self._marks.spans if span.text for step in range(span.start, span.stop)}
        steps = [
            self._label(self.tick_x(step), metrics.elidedText(text, Qt.TextElideMode.ElideRight, room), step, metrics)
            for step, text in enumerate(self._marks.labels)
            if step not in inside
        ]
        for label in (*turns, *_apart(steps, turns)):
            painter.setPen(self.theme.color("text" if self._position >= label.step + 0.5 else "muted"))
            painter.drawText(QPointF(label.left, LINE_Y + 15 + metrics.ascent()), label.text)

    def _label(self, middle: float, text: str, step: int, metrics: QFontMetricsF) -> _Label:
        width = metrics.horizontalAdvance(text)
        return _Label(min(max(middle - width / 2, 2.0), self.width() - width - 2), width, text, step)

    def turn_labels(self, metrics: QFontMetricsF) -> list[_Label]:
        """The number of each turn in its middle; of many turns only every other, every fifth, … in an even rhythm. The
        first says what is counted, if there is room."""
        named = _begun(self._marks.spans)
        for every in EVERY:
            chosen = [span for span in named if span.number % every == 0]
            labels = [self._turn_label(span, span.text, metrics) for span in chosen]
            if labels and _separate(labels):
                words = self.tr("turn {turn}").format(turn=chosen[0].text)
                first = self._turn_label(chosen[0], words, metrics)
                return [first, *labels[1:]] if chosen[0].number and _separate([first, *labels[1:]]) else labels
        return []

    def _turn_label(self, span: Span, text: str, metrics: QFontMetricsF) -> _Label:
        return self._label(self.x_of((span.start + span.stop) / 2), text, span.start, metrics)

    def _paint_bar(self, painter: QPainter) -> None:
        """Too many steps for ticks: one run of colour for each run of like steps, at the grain of pixels."""
        width = max(1, int(self.width() - 2 * MARGIN))
        steps = np.minimum((np.arange(width) * self.count) // width, self.count - 1)
        looks = self._marks.kinds[steps].astype(np.int16)
        looks[steps + 0.5 > self._position] = -1
        cuts = [0, *(np.flatnonzero(np.diff(looks)) + 1).tolist(), width]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for start, stop in pairwise(cuts):
            look = int(looks[start])
            painter.setBrush(self.theme.color(self._dim if look < 0 else _TOKENS[Kind(look)]))
            painter.drawRect(QRectF(MARGIN + start, LINE_Y - 5, stop - start, 10))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_cursor(self, painter: QPainter) -> None:
        x = min(max(self.x_of(self._position), 2.0), self.width() - 2.0)
        painter.setPen(QPen(self.theme.color("selection"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QLineF(x, LINE_Y - REACH, x, LINE_Y + REACH))
