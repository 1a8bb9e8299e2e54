"""Which turn of each loop is looked at.

The nodes in a loop have a value, and in a pass a gradient, for every turn; one of them is shown. While a pass is
played that is the turn that it has come to; without one it is the end of the loop, one past the last turn, where the
condition was false. The learner may look at another turn: then the clock stops, and the next move of the player shows
again where the pass is.
"""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QObject, Signal

from engine.document.kinds import WHILE
from engine.document.loops import Turn, loops_of
from engine.run.evaluate import Run
from engine.run.log import at_work
from engine.run.result import LoopRun
from gui.player import Player


class Turns(QObject):
    """The turns that are shown of one run. `changed` names a loop that shows another one now."""

    changed = Signal(str)

    def __init__(self, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._run: Run | None = None
        self._loops: dict[str, tuple[str, ...]] = {}  # of a loop: those around it and itself, outermost first
        self._passed: dict[str, _Course] = {}
        self._looked: dict[str, int] = {}
        self._shown: dict[str, Turn] = {}
        player.loaded.connect(self._take_log)
        player.moved.connect(self._follow)

    def take(self, run: Run | None) -> None:
        """Look at another run: at the same turns, as far as it has them."""
        self._run = run
        frames = run.snapshot.frames if run is not None else {}
        loops = {frame.id: (*loops_of(frame, frames), frame.id) for frame in frames.values() if frame.kind == WHILE}
        self._loops = dict(sorted(loops.items(), key=_depth))
        if run is None:
            self._looked.clear()
        self._show()

    # What is shown -----------------------------------------------------------------------------------------------

    def turn(self, frame: str) -> int:
        """The turn of a loop that is shown, from 0; the count of its turns stands for its end."""
        return self._shown[frame][-1] if frame in self._shown else 0

    def around(self, frame: str) -> Turn:
        """The turn that is shown of the loops around a loop."""
        return self._shown[frame][:-1] if frame in self._shown else ()

    def count(self, frame: str) -> int | None:
        """How many turns the loop ran, in that turn of the loops around it; None if it did not run."""
        return self._run.turns(frame, self.around(frame)) if self._run is not None and frame in self._shown else None

    def loop(self, frame: str) -> LoopRun | None:
        """What came of a loop, in that turn of the loops around it."""
        return self._run.loops.get((frame, self.around(frame))) if self._run is not None else None

    def shown(self, node: str) -> Turn:
        """The turn of a node that is shown: an index for each loop that it stands in, outermost first. What does not
        run when the condition is false for the first time stays in its last turn."""
        loops = self._run.around.get(node, ()) if self._run is not None else ()
        if self._run is None or not loops:
            return ()
        return self._run.clamped(node, self._shown[loops[-1]]) or ()

    # What one may ask for ----------------------------------------------------------------------------------------

    def look(self, frame: str, turn: int | None) -> None:
        """Show this turn of a loop, from 0; None goes back to where the pass is, or to the end."""
        self._player.pause()
        if turn is None:
            self._looked.pop(frame, None)
        else:
            self._looked[frame] = max(0, turn)
        self._show()

    def step(self, frame: str, by: int) -> None:
        """Show an earlier turn, or a later one; the end comes after the last."""
        if (count := self.count(frame)) is not None:
            self.look(frame, min(count, self.turn(frame) + by))

    # Following ---------------------------------------------------------------------------------------------------

    def _take_log(self) -> None:
        self._passed = self._courses() if self._loops else {}
        self._follow()

    def _courses(self) -> dict[str, _Course]:
        """For each loop, at which steps of the log it comes to another turn."""
        inside = self._run.around if self._run is not None else {}
        courses = {frame: _Course() for frame in self._loops}
        for index, step in enumerate(self._player.steps):
            node, turn = at_work(step.event)
            for loop, own in zip(inside.get(node, ()), turn, strict=False):
                courses[loop].comes_to(index, own)
        return courses

    def _follow(self) -> None:
        if self._player.count:
            self._looked.clear()
        self._show()

    def _show(self) -> None:
        """Find anew what is shown, and tell what changed."""
        before, self._shown = self._shown, {}
        for frame, loops in self._loops.items():
            around = self._shown[loops[-2]] if len(loops) > 1 else ()
            self._shown[frame] = (*around, self._own(frame, around))
        for frame in {**before, **self._shown}:
            if before.get(frame) != self._shown.get(frame):
                self.changed.emit(frame)

    def _own(self, frame: str, around: Turn) -> int:
        count = (self._run.turns(frame, around) if self._run is not None else None) or 0
        asked = self._looked.get(frame)
        if asked is None and frame in self._passed:
            player = self._player
            asked = self._passed[frame].at(player.done - (player.phase == 0))
        return count if asked is None else min(asked, count)


class _Course:
    """The turns of one loop along a log."""

    __slots__ = ("_steps", "_turns")

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._turns: list[int] = []

    def comes_to(self, step: int, turn: int) -> None:
        if not self._turns or self._turns[-1] != turn:
            self._steps.append(step)
            self._turns.append(turn)

    def at(self, step: int) -> int | None:
        """The turn that the loop is in with this step or came to last; before it begins, its first."""
        return self._turns[max(0, bisect_right(self._steps, step) - 1)] if self._turns else None


def _depth(loop: tuple[str, tuple[str, ...]]) -> int:
    return len(loop[1])
