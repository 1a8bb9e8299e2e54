"""Another run, another graph: new numbers, ten runs side by side, and a loop laid out as plain nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from engine.document.graph import Snapshot
from engine.document.kinds import WHILE
from engine.document.loops import loops_of
from engine.document.numbers import new_numbers, seed_param, seeds, set_seeds
from engine.document.records import Change, Frame, Node
from engine.document.unrolling import unroll
from engine.run.again import Outcome, again, ends_of, outer_loops
from engine.run.evaluate import Run
from gui.panels.runs import Runs
from gui.session import Session

TIMES = 10


class Again(QObject):
    """The commands of a window that run the document again. `asked`: the runs are about to be shown."""

    asked = Signal()
    done = Signal()  # all runs are there, or no more will come
    _came = Signal(int, object)  # the number of the request, an Outcome
    _ended = Signal(int)

    def __init__(self, session: Session, runs: Runs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runs = session, runs
        self._number = 0  # of the newest request for runs
        self._waiting: str | None = None  # the loop to unroll when its turns are known
        self._came.connect(self._take)
        self._ended.connect(self._end)
        session.opened.connect(self._opened)
        session.changed.connect(self._changed)
        session.evaluated.connect(self._evaluated)
        runs.wanted.connect(self.ten)
        runs.chosen.connect(self._choose)

    def new_numbers(self) -> None:
        """Other random numbers, in the selection or everywhere."""
        self._session.do(new_numbers, self._session.selected_nodes)

    # Ten runs ----------------------------------------------------------------------------------------------------

    def ten(self) -> None:
        """Ten runs, one below the other."""
        graph = self._session.graph
        if not seeds(graph.nodes):
            self._session.refused.emit(self.tr("Nothing here draws random numbers: every run would be the same."))
            return
        snapshot = graph.snapshot()
        self._number += 1
        loops = {id: snapshot.frames[id].name for id in outer_loops(snapshot)}
        self._runs.begin(loops, {id: snapshot.nodes[id].name for id in ends_of(snapshot)})
        self.asked.emit()
        self._session.aside(partial(self._work, self._number, snapshot))

    def _work(self, number: int, snapshot: Snapshot, stale: Callable[[], bool]) -> None:
        """On the worker thread."""
        try:
            for outcome in again(snapshot, TIMES, stale):
                self._came.emit(number, outcome)
        finally:
            self._ended.emit(number)

    @Slot(int, object)
    def _take(self, number: int, outcome: Outcome) -> None:
        if number == self._number:
            self._runs.add(outcome)
            self._mark()

    @Slot(int)
    def _end(self, number: int) -> None:
        if number == self._number:
            if len(self._runs.outcomes) < TIMES:
                self._runs.say_stopped()
            self.done.emit()

    def _choose(self, row: int) -> None:
        """Give the document the numbers of a run, as one step."""
        self._session.do(set_seeds, self._runs.outcomes[row].seeds, row + 1)

    def _mark(self) -> None:
        now = seeds(self._session.graph.nodes)
        same = (row for row, outcome in enumerate(self._runs.outcomes) if outcome.seeds == now)
        self._runs.stand(next(same, None))

    def _opened(self) -> None:
        self._number += 1
        self._waiting = None
        self._runs.clear()

    def _changed(self, changes: tuple[Change, ...]) -> None:
        if self._runs.outcomes:
            if any(map(_outdates, changes)):
                self._runs.say_outdated()
            self._mark()

    # Unrolling ---------------------------------------------------------------------------------------------------

    def unroll(self) -> None:
        """Lay the selected loop out as plain nodes, or the loop that the selected node stands in."""
        self._waiting = self._chosen_loop()
        if not self._session.busy:
            self._evaluated()

    def _chosen_loop(self) -> str:
        """The loop that is selected, or else the one that the selection stands in; "" if there is none."""
        graph = self._session.graph
        frames = [graph.frames[id] for id in self._session.selected_frames]
        loops = [frame.id for frame in frames if frame.kind == WHILE]
        records: list[Frame | Node] = [*frames, *(graph.nodes[id] for id in self._session.selected_nodes)]
        around = [loops_of(record, graph.frames) for record in records]
        loops += [stack[-1] for stack in around if stack]
        return loops[0] if loops else ""

    def _evaluated(self) -> None:
        loop, self._waiting = self._waiting, None
        if loop is not None and self._session.run is not None:
            self._session.do(unroll, loop, partial(_count, self._session.run))


def _count(run: Run, frame: str, outer: tuple[int, ...]) -> int | None:
    """How many turns a loop took to come to its end."""
    loop = run.loops.get((frame, outer))
    return loop.count if loop is not None and loop.ended else None


def _outdates(change: Change) -> bool:
    """Whether a change makes another program, and not only other random numbers or another look."""
    before, after = change.before, change.after
    if isinstance(before, Node) and isinstance(after, Node):
        return _said(before) != _said(after)
    if isinstance(before, Frame) and isinstance(after, Frame):
        return (before.kind, before.frame) != (after.kind, after.frame)
    return True


def _said(node: Node) -> tuple[object, ...]:
    seed = seed_param(node)
    return node.op, node.frame, repr({name: value for name, value in node.params.items() if name != seed})
