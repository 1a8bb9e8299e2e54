"""The player: where in the log we stand, and the only clock of the program.

`position` is a real number: its whole part counts the steps that are done, its fraction is how far the next step has
come. Everything on the screen is a pure function of (log, position), so stepping back is a smaller number and a test
asks for any moment without waiting.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import attrgetter

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from engine.document.loops import Turn
from engine.run.log import Log, at_work
from engine.run.replay import Replay, State, Step

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, math.inf)  # inf: no animation
STEP_MS = 1080.0  # one step at 1x
FORWARD_MS = 260.0
FRAME_MS = 16


def auto_pace(log_steps: int) -> float:
    """Milliseconds for one backward step at 1x: a whole pass takes about twelve seconds, no step more than 1.08."""
    return min(STEP_MS, max(60.0, 12_000.0 / max(1, log_steps)))


def _turn(step: Step) -> tuple[bool, Turn]:
    return step.backward, at_work(step.event)[1]


class Player(QObject):
    """Plays a log. `moved` follows every change of position, `loaded` every change of log."""

    moved = Signal()
    loaded = Signal()
    playing_changed = Signal(bool)
    speed_changed = Signal(float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log: Log = ()
        self.steps: tuple[Step, ...] = ()
        self.first_backward = 0  # the number of forward steps: the pass itself starts here
        self.position = 0.0
        self.speed = 1.0
        self.duration_scale = 1.0  # 0 in tests and with reduced motion: steps happen at once
        self._goal: float | None = None
        self._replay = Replay(())
        self._state: tuple[int, State] = (0, State())
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._frame)
        self._elapsed = QElapsedTimer()

    # What is shown -----------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self.steps)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return min(self.count, int(self.position))

    @property
    def phase(self) -> float:
        """How far the step under way has come, 0..1; 0 when none is."""
        return self.position - self.done if self.done < self.count else 0.0

    @property
    def current(self) -> Step | None:
        """The step under way, else the last one done."""
        if self.phase > 0:
            return self.steps[self.done]
        return self.steps[self.done - 1] if self.done else None

    @property
    def playing(self) -> bool:
        return self._goal is not None

    def state(self) -> State:
        """The state after the steps that are done."""
        if self._state[0] != self.done or not self.log:
            end = self.steps[self.done - 1].stop if self.done else 0
            self._state = (self.done, self._replay.state(end))
        return self._state[1]

    def after(self, step: Step) -> State:
        """The state right after a step, done or not."""
        return self._replay.state(step.stop)

    # What one may ask for ----------------------------------------------------------------------------------------

    def load(self, log: Log | Replay, done: int = 0) -> None:
        """Take a new log and stand after its first `done` steps. A long one is better read before, elsewhere."""
        self._stop()
        self._replay = log if isinstance(log, Replay) else Replay(log)
        self.log, self.steps = self._replay.log, self._replay.steps
        self.first_backward = next((index for index, step in enumerate(self.steps) if step.backward), self.count)
        self.position = float(min(max(done, 0), self.count))
        self._state = (-1, State())
        self.loaded.emit()
        self.moved.emit()

    def clear(self) -> None:
        """Drop the log (after an edit it no longer tells the truth)."""
        if self.log:
            self.load(())

    def seek(self, position: float) -> None:
        """Stand at `position`, at once."""
        self._stop()
        self._move(position)

    def step(self, by: int = 1) -> None:
        """One step on (animated) or back (at once)."""
        if by > 0 and self.done < self.count:
            if self.playing:  # pressed again on the way: be there, and begin the next
                self._move(math.floor(self.position) + 1.0)
            self._run_to(math.floor(self.position) + by)
        elif by < 0:
            self.seek(math.ceil(self.position) + by)

    def step_level(self, by: int = 1) -> None:
        """To the end of this level (all edges of one function), or back to the end of the one before."""
        self._step_over(attrgetter("level"), by)

    def step_turn(self, by: int = 1) -> None:
        """To the end of this turn of a loop (outside of loops: of what happens there), or back to that before."""
        self._step_over(_turn, by)

    def _step_over(self, part: Callable[[Step], object], by: int) -> None:
        """To the end of the steps of one part, or back to their beginning."""
        if by > 0 and self.done < self.count:
            same, end = part(self.steps[self.done]), self.done
            while end < self.count and part(self.steps[end]) == same:
                end += 1
            self._run_to(end)
        elif by < 0 and self.position > 0:
            begin = math.ceil(self.position) - 1
            same = part(self.steps[begin])
            while begin > 0 and part(self.steps[begin - 1]) == same:
                begin -= 1
            self.seek(begin)

    def play(self) -> None:
        """Play to the end; from the end, start again."""
        if not self.count:
            return
        if self.done >= self.count:
            self._move(0.0)
        self._run_to(self.count)

    def pause(self) -> None:
        """Stop where we are."""
        self._stop()

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def to_start(self) -> None:
        self.seek(0.0)

    def to_end(self) -> None:
        self.seek(float(self.count))

    def set_speed(self, speed: float) -> None:
        if speed != self.speed:
            self.speed = speed
            self.speed_changed.emit(speed)

    def faster(self) -> None:
        self.set_speed(SPEEDS[min(len(SPEEDS) - 1, SPEEDS.index(self.speed) + 1)])

    def slower(self) -> None:
        self.set_speed(SPEEDS[max(0, SPEEDS.index(self.speed) - 1)])

    # The clock ---------------------------------------------------------------------------------------------------

    def advance(self, milliseconds: float) -> None:
        """Let time pass. The timer calls it; a test may, too."""
        while self._goal is not None and milliseconds > 0:
            length = self._step_length()
            left = (1.0 - self.phase) * length
            ahead = self.done + 1.0
            if milliseconds < left and (position := self.position + milliseconds / length) < ahead:
                self._move(position)
                return
            milliseconds -= left
            self._move(ahead)
            if self._goal is not None and self.position >= self._goal:  # who follows `moved` may have stopped us
                self._stop()

    def _step_length(self) -> float:
        backward = self.steps[self.done].backward
        base = min(auto_pace(self.count - self.first_backward), STEP_MS if backward else FORWARD_MS)
        return base * self.duration_scale / self.speed

    def _run_to(self, goal: float) -> None:
        goal = min(goal, float(self.count))
        if goal <= self.position:
            self._stop()
            return
        if self.duration_scale == 0 or math.isinf(self.speed):
            self.seek(goal)
            return
        was = self.playing
        self._goal = goal
        if not self._timer.isActive():
            self._elapsed.start()
            self._timer.start()
        if not was:
            self.playing_changed.emit(True)

    def _stop(self) -> None:
        if self._goal is not None:
            self._goal = None
            self._timer.stop()
            self.playing_changed.emit(False)

    def _move(self, position: float) -> None:
        position = min(max(position, 0.0), float(self.count))
        if position != self.position:
            self.position = position
            self.moved.emit()

    def _frame(self) -> None:
        self.advance(min(100.0, float(self._elapsed.restart())))
