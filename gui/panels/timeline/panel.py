"""The timeline panel: it shows where the player stands and passes on what is asked of it. It has no clock."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.run.replay import Step
from gui.choice import Choice
from gui.panels.timeline.sentence import label, sentence
from gui.panels.timeline.spans import spans
from gui.panels.timeline.track import MOST_TICKS, Track
from gui.player import SPEEDS
from gui.session import Session
from gui.theme import DARK, Theme, font, icon

GAP = 16  # px between the words of the legend


class Timeline(QWidget):
    """See the module's text."""

    step_wanted = Signal()
    play_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.player = session.player
        self.theme: Theme = DARK
        self.setObjectName("timeline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Timeline"))
        caption = QLabel(self.tr("TIMELINE"))
        caption.setObjectName("timeline.caption")
        caption.setProperty("role", "caption")
        self.start = self._button("start", self.tr("To the start (Home)"))
        self.back = self._button("back", self.tr("One step back (Left)"))
        self.play = self._button("play", self.tr("Play or pause (Space)"))
        self.forward = self._button("forward", self.tr("One step on (Right)"))
        self.end = self._button("end", self.tr("To the end (End)"))
        self.speed = Choice()
        self.speed.setObjectName("timeline.speed")
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.setToolTip(self.tr("Speed"))
        self.speed.setProperty("role", "flat")
        self.speed.setFixedWidth(72)
        for speed in SPEEDS:
            self.speed.addItem(self.tr("Max") if math.isinf(speed) else f"{speed:g}×", speed)
        self.step = QLabel()
        self.step.setObjectName("timeline.step")
        self.step.setProperty("role", "mono")
        self.sentence = _OneLine("timeline.sentence")
        self.track = Track()
        self.hint = QLabel(self.tr("Press B to run backward from the selected node, then step through the pass here."))
        self.hint.setObjectName("timeline.hint")
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self._told: Step | None = None  # the step whose sentence is shown
        self.legend = _Legend()
        kept = self.legend.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.legend.setSizePolicy(kept)
        self._lay_out(caption)
        self._connect()
        self.set_theme(DARK)
        self._log_changed()

    def sizeHint(self) -> QSize:
        return QSize(800, 176)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for button, name in (
            (self.start, "jump-start"),
            (self.back, "step-back"),
            (self.forward, "step-forward"),
            (self.end, "jump-end"),
        ):
            button.setIcon(icon(name, theme))
        self._show_playing(self.player.playing)
        self.track.set_theme(theme)
        self.legend.set_theme(theme)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"timeline.{name}")
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("role", "transport")
        button.setFixedSize(40, 32)
        button.setIconSize(QSize(18, 18))
        return button

    def _lay_out(self, caption: QLabel) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(caption)
        head.addStretch(1)
        head.addWidget(self.legend)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.start, self.back, self.play, self.forward, self.end):
            row.addWidget(button)
        row.addSpacing(8)
        row.addWidget(self.speed)
        row.addSpacing(12)
        row.addWidget(self.step)
        row.addStretch(1)
        column.addLayout(row)
        body = QWidget()
        body.setObjectName("timeline.body")
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 6, 0, 0)
        inner.setSpacing(8)
        inner.addWidget(self.sentence)
        inner.addWidget(self.track)
        inner.addStretch(1)
        empty = QWidget()
        empty.setObjectName("timeline.empty")
        above = QVBoxLayout(empty)
        above.setContentsMargins(0, 8, 0, 0)
        above.addWidget(self.hint)
        above.addStretch(1)
        self._stack = QStackedLayout()
        self._stack.addWidget(body)
        self._stack.addWidget(empty)
        column.addLayout(self._stack, 1)

    def _connect(self) -> None:
        player = self.player
        self.start.clicked.connect(self._to_start)
        self.back.clicked.connect(self._step_back)
        self.play.clicked.connect(self.play_wanted)
        self.forward.clicked.connect(self.step_wanted)
        self.end.clicked.connect(self._to_end)
        self.speed.activated.connect(self._choose_speed)
        self.track.sought.connect(player.seek)
        self.track.stepped.connect(player.step)
        player.loaded.connect(self._log_changed)
        player.moved.connect(self._moved)
        player.playing_changed.connect(self._show_playing)
        player.speed_changed.connect(self._show_speed)
        self.session.evaluated.connect(self._show_buttons)
        self.session.opened.connect(self._show_buttons)
        self._show_speed(player.speed)

    # What is asked for -------------------------------------------------------------------------------------------

    def _to_start(self) -> None:
        self.player.to_start()

    def _to_end(self) -> None:
        self.player.to_end()

    def _step_back(self) -> None:
        self.player.step(-1)

    def _choose_speed(self, row: int) -> None:
        self.player.set_speed(SPEEDS[row])

    # What is shown -----------------------------------------------------------------------------------------------

    def _log_changed(self) -> None:
        steps, graph = self.player.steps, self.session.graph
        few = steps if len(steps) <= MOST_TICKS else ()
        self.track.show_steps(steps, [label(step, graph) for step in few], spans(few, self.session.run))
        self._tell(self.player.current)
        self._stack.setCurrentIndex(0 if steps else 1)
        self.legend.setVisible(bool(steps))
        self._moved()

    def _moved(self) -> None:
        player = self.player
        self.track.show_position(player.position)
        number = min(player.count, player.done + (player.phase > 0))
        self.step.setText(self.tr("step {number}/{count}").format(number=number, count=player.count))
        self.step.setVisible(player.count > 0)
        step = player.current
        if step is not self._told:
            self._tell(step)
        self._show_buttons()

    def _tell(self, step: Step | None) -> None:
        """Say what a step does; once, not with every frame of its animation."""
        self._told = step
        text = sentence(step, self.session.graph, self.session.run, self.player.after(step)) if step else ""
        if text != self.sentence.text():
            self.sentence.setText(text)
            self.track.setAccessibleDescription(text)
            if text and QAccessible.isActive():
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.track, text))

    def _show_buttons(self) -> None:
        player = self.player
        something = player.count > 0 or bool(self.session.graph.nodes)
        self.start.setEnabled(player.position > 0)
        self.back.setEnabled(player.position > 0)
        self.play.setEnabled(something)
        self.forward.setEnabled(something and (player.count == 0 or player.done < player.count))
        self.end.setEnabled(player.position < player.count)

    def _show_playing(self, playing: bool) -> None:
        self.play.setIcon(icon("pause" if playing else "play", self.theme))

    def _show_speed(self, speed: float) -> None:
        self.speed.setCurrentIndex(SPEEDS.index(speed))


class _OneLine(QLabel):
    """A line that ends in an ellipsis where room ends; the whole of it is in the tooltip."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "sentence")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class _Legend(QWidget):
    """What the two shapes mean."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline.legend")
        self.setAccessibleName(self.tr("Circles are forward steps, diamonds backward steps"))
        self.theme: Theme = DARK
        self._words = ((self.tr("forward"), "edge"), (self.tr("backward"), "positive"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._face())
        return QSize(round(sum(metrics.horizontalAdvance(word) + 17 for word, _token in self._words) + GAP), 18)

    def _face(self) -> QFont:
        base = self.font().pixelSize()
        return font((base if base > 0 else 12) * 11 / 12)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._face())
            metrics = QFontMetricsF(painter.font())
            middle, x = self.height() / 2, 5.0
            for text, token in self._words:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.theme.color(token))
                if token == "edge":
                    painter.drawEllipse(QRectF(x - 4, middle - 4, 8, 8))
                else:
                    diamond = [(x, middle - 5), (x + 5, middle), (x, middle + 5), (x - 5, middle)]
                    painter.drawPolygon(QPolygonF([QRectF(a, b, 0, 0).topLeft() for a, b in diamond]))
                painter.setPen(self.theme.color("muted"))
                width = metrics.horizontalAdvance(text)
                painter.drawText(QRectF(x + 10, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
                x += width + 17 + GAP
        finally:
            painter.end()
