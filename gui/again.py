"""Another run, another graph: new numbers, ten runs side by side, and a loop laid out as plain nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from engine.document.graph import Snapshot
from engine.document.kinds import WHILE
from engine.document.loops import loops_of
from engine.document.numbers import new_numbers, seed_param, seeds, set_seeds
from engine.document.records import Change, Frame, Node
from engine.document.unrolling import unroll
from engine.run.again import Outcome, again, ends_of, outer_loops
from engine.run.evaluate import Run
from gui.canvas.frames import frame_title
from gui.panels.runs import Runs
from gui.session import Session

TIMES = 10


class Again(QObject):
    """The commands of a window that run the document again. `asked`: the runs are about to be shown."""

    told = Signal(str)  # what came of it, in a sentence
    unrolled = Signal()  # the nodes that came are selected, and have their values
    asked = Signal()
    done = Signal()  # all runs are there, or no more will come
    _came = Signal(int, object)  # the number of the request, an Outcome
    _ended = Signal(int)

    def __init__(self, session: Session, runs: Runs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runs = session, runs
        self._number = 0  # of the newest request for runs
        self._waiting: str | None = None  # the loop to unroll when its turns are known
        self._drawn: _Drawn | None = None  # new numbers, until they have come
        self._laid_out = False  # whether a loop is, and its values have not come
        self._came.connect(self._take)
        self._ended.connect(self._end)
        session.opened.connect(self._opened)
        session.changed.connect(self._changed)
        session.evaluated.connect(self._evaluated)
        runs.wanted.connect(self.ten)
        runs.chosen.connect(self._choose)

    def new_numbers(self) -> None:
        """Other random numbers, in the selection or everywhere."""
        before, wiped = self._turns(), self._passed
        command = self._session.do(new_numbers, self._session.selected_nodes)
        if command is not None:
            drawing = frozenset(change.after.id for change in command.changes if isinstance(change.after, Node))
            self._drawn = _Drawn(drawing, before, wiped)

    def _tell_drawn(self, drawn: _Drawn, run: Run) -> None:
        """Say what the new numbers are, and how many turns the loops took with them."""
        nodes, frames = run.snapshot.nodes, run.snapshot.frames
        new = set(seeds({id: nodes[id] for id in drawn.nodes if id in nodes}).values())
        told = self.tr("Seed {seed}").format(seed=new.pop()) if len(new) == 1 else self.tr("New numbers")
        turns = self._turns()
        counts = []
        for loop, now in turns.items():
            count = _counted(now)
            if loop in drawn.turns:
                before = drawn.turns[loop]
                words = self.tr("{count}, as before") if before == now else self.tr("{count}, before {before}")
                count = words.format(count=count, before=f"{before:,}")
            counts.append(count if len(turns) == 1 else f"{frames[loop].name}: {count}")
        told = self.tr("{numbers}: {turns}.").format(numbers=told, turns="; ".join(counts)) if counts else f"{told}."
        self._tell(told, drawn.wiped)

    def _turns(self) -> dict[str, int]:
        """How many turns each loop of the run took."""
        run = self._session.run
        loops = outer_loops(run.snapshot) if run is not None else []
        return {loop: count for loop in loops if run is not None and (count := run.turns(loop)) is not None}

    @property
    def _passed(self) -> bool:
        """Whether a pass is shown, and no other run is under way."""
        return self._session.player.count > 0 and not self._session.busy

    def _tell(self, sentence: str, wiped: bool) -> None:
        """Say what has happened; and how to have a pass again, if that wiped the one that was shown."""
        if wiped and not self._session.player.count:
            sentence = self.tr("{told} Press B for its gradients.").format(told=sentence)
        self.told.emit(sentence)

    # Ten runs ----------------------------------------------------------------------------------------------------

    def ten(self) -> None:
        """Ten runs, one below the other."""
        graph = self._session.graph
        if not seeds(graph.nodes):
            self._session.refused.emit(self.tr("Nothing here draws random numbers: every run would be the same."))
            return
        snapshot = graph.snapshot()
        self._number += 1
        loops = {id: frame_title(graph, snapshot.frames[id]) for id in outer_loops(snapshot)}
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
        self._waiting = self._drawn = None
        self._laid_out = False
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
        drawn, self._drawn = self._drawn, None
        run = self._session.run
        if self._laid_out:
            self._laid_out = False
            self.unrolled.emit()
        if run is not None and drawn is not None:
            self._tell_drawn(drawn, run)
        if run is not None and loop is not None:
            self._unroll(loop, run)

    def _unroll(self, loop: str, run: Run) -> None:
        graph, wiped = self._session.graph, self._passed
        name = graph.frames[loop].name if loop in graph.frames else ""
        command = self._session.do(unroll, loop, partial(_count, run))
        if command is None or command.select is None:
            return
        self._laid_out = True
        nodes, turns = len(command.select), _counted(run.turns(loop) or 0)
        told = self.tr("{loop} is unrolled: {turns}, {nodes} nodes.").format(loop=name, turns=turns, nodes=f"{nodes:,}")
        self._tell(told, wiped)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """New numbers were asked for: by which nodes, how many turns each loop had taken, and whether that wiped a pass."""

    nodes: frozenset[str]
    turns: dict[str, int]
    wiped: bool


def _counted(turns: int) -> str:
    if turns == 1:
        return QCoreApplication.translate("Again", "1 turn")
    return QCoreApplication.translate("Again", "{count} turns").format(count=f"{turns:,}")


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
