"""Where a log comes to another turn of a loop, and what the track writes there.

In a loop the same few steps come again and again: what tells them apart is the turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from PySide6.QtCore import QCoreApplication

from engine.document.loops import Place, Turn
from engine.run.evaluate import Run
from engine.run.log import at_work
from engine.run.replay import Step


@dataclass(frozen=True, slots=True)
class Span:
    """The steps from `start` to before `stop` are of one turn. `number` counts it from 1; it is 0 outside of loops and
    in the check that ends one. `text` is what the track writes; nothing outside of loops."""

    start: int
    stop: int
    number: int
    text: str


def spans(steps: Sequence[Step], run: Run | None) -> tuple[Span, ...]:
    """Cut a log where the turn changes; no spans if it has no loops."""
    found = []
    for (_, turn), group in groupby(enumerate(steps), key=lambda each: (each[1].backward, at_work(each[1].event)[1])):
        indices = [index for index, _ in group]
        ends = run is not None and any(_ends(at_work(steps[index].event), run) for index in indices)
        number = turn[-1] + 1 if turn and not ends else 0
        found.append(Span(indices[0], indices[-1] + 1, number, _text(turn, ends)))
    return tuple(found) if any(span.text for span in found) else ()


def _ends(place: Place, run: Run) -> bool:
    """Whether the condition was false in this turn, so that it is none."""
    node, turn = place
    loops = run.around.get(node, ())
    count = run.turns(loops[-1], turn[:-1]) if loops and turn else None
    return count is not None and turn[-1] >= count


def _text(turn: Turn, ends: bool) -> str:
    if not turn:
        return ""
    own = QCoreApplication.translate("Timeline", "end") if ends else str(turn[-1] + 1)
    return "·".join([*(str(index + 1) for index in turn[:-1]), own])
