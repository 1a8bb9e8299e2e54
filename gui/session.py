"""The session: one open document, its history, its newest run and the player.

The one listener of the Graph and the one place that starts evaluations. Widgets ask it to `do` a command and follow
its signals; they do not know each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Signal, Slot

from engine.document import commands
from engine.document.commands import Command, Refused
from engine.document.files import Document, load, save
from engine.document.graph import Graph, Snapshot
from engine.document.history import History
from engine.document.records import Change, Edge, EdgeKey, Frame, Json, Node
from engine.run.backward import obvious_passes, pass_of, play, take_back, written_passes
from engine.run.evaluate import Cancelled, Run, evaluate
from engine.run.log import Forward, failure
from engine.run.replay import Replay
from gui.player import Player
from gui.spoken import spoken
from gui.turns import Turns


@dataclass(frozen=True, slots=True)
class _Request:
    """What the worker is asked for: a run, and with `backward` the log of its passes as well."""

    number: int
    snapshot: Snapshot
    previous: Run | None
    backward: bool = False
    root: str | None = None  # the node to run backward from; None: what the document's backward nodes say


class Session(QObject):
    """See the module's text. `selection` holds ids of nodes and frames, and edge keys; it is never an undo step."""

    opened = Signal()  # another document: forget everything shown
    changed = Signal(object)  # tuple[Change, ...]
    evaluated = Signal()  # `run` is new
    refused = Signal(str)  # a sentence for the learner
    failed = Signal(str)  # the node at which a backward pass stopped; it shows why
    selection_changed = Signal()
    history_changed = Signal()
    file_changed = Signal()
    zeroed = Signal()
    _answer = Signal(int, object, object)
    _broke = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.player = Player(self)
        self.turns = Turns(self.player, self)
        self._pool = ThreadPoolExecutor(1, "evaluate")  # one at a time; newer requests make older ones stale
        self.run: Run | None = None
        self.selection: frozenset[str | EdgeKey] = frozenset()
        self.path: Path | None = None
        self._newest = self._answered = self._backward = 0
        self._root: str | None = None  # of the pass that was asked for last
        self._zero_later = False
        self._told: frozenset[str] = frozenset()  # the nodes and frames that the log may speak of
        self._answer.connect(self._take)
        self._broke.connect(self._report)
        self._set_document(Document())

    # Documents ---------------------------------------------------------------------------------------------------

    def _set_document(self, document: Document, path: Path | None = None) -> None:
        self.document = document
        self.graph: Graph = document.graph()
        self.history = History(self.graph)
        self.graph.listen(self._graph_changed)
        self.history.listen(self.history_changed.emit)
        self.path = path
        self.run = None
        self.turns.take(None)
        self._zero_later = False
        self.selection = frozenset()
        self.player.clear()

    def new(self) -> None:
        """An empty document."""
        self._open(Document(), None)

    def open(self, path: Path) -> None:
        """Open a file; raises FileErrors or OSError and leaves the open document as it is."""
        self._open(load(path), path)

    def _open(self, document: Document, path: Path | None) -> None:
        self._set_document(document, path)
        self.opened.emit()
        self.selection_changed.emit()
        self.history_changed.emit()
        self.file_changed.emit()
        self.evaluate()

    def save(self, path: Path, view: Mapping[str, Json]) -> None:
        """Save to `path`; raises OSError or FileErrors, and then the old file is as it was."""
        save(path, Document.of(self.graph, view, self.document.notes, self.document.extra))
        self.path = path
        self.history.mark_clean()
        self.file_changed.emit()

    @property
    def modified(self) -> bool:
        return not self.history.clean

    # Edits -------------------------------------------------------------------------------------------------------

    def do(self, verb: Callable[..., Command], *arguments: object, **keywords: object) -> Command | None:
        """Build a command with `verb(graph, …)` and perform it. A refusal is told, and changes nothing."""
        try:
            command = verb(self.graph, *arguments, **keywords)
        except Refused as refusal:
            self.refused.emit(spoken(refusal.sentence))
            return None
        self.perform(command)
        return command

    def perform(self, command: Command) -> None:
        self.history.do(command)
        if command.select is not None:
            self.select(command.select)

    def undo(self) -> None:
        """Take the last step back. Where it had selected what came in place of something, that is selected again."""
        step = self.history.undo()
        if step is not None and step.select and (back := _came_back(step)):
            self.select(back)

    def redo(self) -> None:
        if self.history.can_redo:
            self.history.redo()

    def select(self, ids: Iterable[str | EdgeKey]) -> None:
        """Select exactly these nodes, frames and edges."""
        graph = self.graph
        known = frozenset(id for id in ids if id in graph.nodes or id in graph.frames or id in graph.edges)
        if known != self.selection:
            self.selection = known
            self.history.break_merge()
            self.selection_changed.emit()

    @property
    def selected_nodes(self) -> list[str]:
        return sorted(id for id in self.selection if isinstance(id, str) and id in self.graph.nodes)

    @property
    def selected_frames(self) -> list[str]:
        return sorted(id for id in self.selection if isinstance(id, str) and id in self.graph.frames)

    @property
    def selected_edges(self) -> list[EdgeKey]:
        return sorted(key for key in self.selection if isinstance(key, tuple))

    def delete_selection(self) -> None:
        if self.selection:
            self.do(commands.delete, self.selected_nodes, self.selected_edges, self.selected_frames)

    def _graph_changed(self, changes: tuple[Change, ...]) -> None:
        self.select(self.selection)  # forget what is gone
        self.changed.emit(changes)
        if any(_affects_values(change) for change in changes):
            if any(self._spoils(change) for change in changes):
                self.player.clear()
            if self._passing:
                self._submit_pass()  # of the graph as it is now
            else:
                self._submit(_Request(self._next(), self.graph.snapshot(), self.run))

    def _spoils(self, change: Change) -> bool:
        """Whether the log that is shown would no longer tell the truth. New nodes have no part in it."""
        record = change.after or change.before
        id = record.target if isinstance(record, Edge) else record.id if record else ""
        return id in self._told and _affects_values(change)

    # Evaluation and backward -------------------------------------------------------------------------------------

    def evaluate(self) -> None:
        """Run everything from the start, off the GUI thread: new leaves, without gradients."""
        self.player.clear()
        self._submit(_Request(self._next(), self.graph.snapshot(), None))

    def backward(self, node: str | None = None) -> None:
        """Forward again where functions were used up, then backward from `node` (or from the `backward` nodes)."""
        if not self._passing:
            self._root = node
            self._submit_pass()

    @property
    def _passing(self) -> bool:
        """Whether a backward pass is under way."""
        return self.busy and self._backward == self._newest

    def _submit_pass(self) -> None:
        root = self._root if self._root in self.graph.nodes else None
        self._backward = self._next()
        self._submit(_Request(self._backward, self.graph.snapshot(), self.run, True, root))

    def zero_grad(self) -> None:
        """Sweep every leaf's `.grad` to None; after the pass that is under way, if one is."""
        self._zero_later = self.busy
        if self.run is None or self._zero_later:
            return
        for leaf in self.run.leaves():
            leaf.grad = None
        self.player.clear()
        self.zeroed.emit()

    @property
    def busy(self) -> bool:
        """Whether an evaluation is under way."""
        return self._answered != self._newest

    def _next(self) -> int:
        self._newest += 1
        return self._newest

    def _submit(self, request: _Request) -> None:
        self._pool.submit(self._work, request)

    def aside(self, work: Callable[[Callable[[], bool]], None]) -> None:
        """Do `work(stale)` on the worker, when it is free. Once `stale()` says that something else was asked for, it is
        to stop or to raise Cancelled. It touches plain data only."""
        number = self._newest
        self._pool.submit(self._work_aside, work, lambda: number != self._newest)

    def _work_aside(self, work: Callable[[Callable[[], bool]], None], stale: Callable[[], bool]) -> None:
        try:
            work(stale)
        except Cancelled:
            pass
        except Exception as error:  # as in _work
            self._broke.emit(0, error)

    def _work(self, request: _Request) -> None:
        """On the worker thread: plain data only, the answer goes through a queued signal."""
        try:
            self._answer.emit(request.number, *self._compute(request))
        except Cancelled:
            pass
        except Exception as error:  # the last net: a worker must never die in silence
            self._broke.emit(request.number, error)

    def _compute(self, request: _Request) -> tuple[Run, Replay | None]:
        def stale() -> bool:
            return request.number != self._newest

        previous = request.previous
        run = evaluate(request.snapshot, previous, stale, fresh=request.backward)
        if not request.backward:
            return run, None
        if request.root is None:
            passes = written_passes(run) or obvious_passes(run)
        else:
            one = pass_of(run, request.root)
            passes = [one] if one else []
        log = play(run, passes) if passes else ()
        if previous is not None:
            previous.spent = previous.spent or run.spent  # they share functions
        if stale():
            take_back(run, log)
            raise Cancelled
        return run, Replay(log)

    @Slot(int, object, object)
    def _take(self, number: int, run: Run, replay: Replay | None) -> None:
        if number != self._newest:  # a result for an old revision
            take_back(run, replay.log if replay is not None else ())
            return
        self._answered = number
        self.run = run
        self.turns.take(run)
        self.evaluated.emit()
        if replay is not None:
            self._show_pass(run, replay)
        if self._zero_later:
            self.zero_grad()

    def _show_pass(self, run: Run, replay: Replay) -> None:
        log = replay.log
        if not log:
            self.refused.emit(self.tr("Nothing to run backward from: select a node, or add a backward node."))
            return
        self._told = frozenset((*run.snapshot.nodes, *run.snapshot.frames))
        self.player.load(replay, done=1 + sum(isinstance(event, Forward) for event in log))
        if (fail := failure(log)) is not None:
            self.failed.emit(fail.node)

    @Slot(int, object)
    def _report(self, number: int, error: Exception) -> None:
        self._answered = max(self._answered, number)
        raise error

    def settle(self) -> None:
        """Let events happen until nothing is under way (for pictures and tests; the window never waits)."""
        while self.busy:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def close(self) -> None:
        """Stop the worker; called once, when the window goes."""
        self._answered = self._next()  # nobody waits for what is under way
        self._pool.shutdown(wait=True)
        self.player.pause()


def _came_back(step: Command) -> list[str]:
    """The nodes and frames that come back when a step is taken back, without what stands in one of these frames."""
    removed = [change.before for change in step.changes if change.after is None]
    records = {record.id: record for record in removed if isinstance(record, Node | Frame)}
    return [id for id, record in records.items() if record.frame not in records]


def _affects_values(change: Change) -> bool:
    """Whether an edit can change a number: a move or a new title can not."""
    before, after = change.before, change.after
    if isinstance(before, Node) and isinstance(after, Node):
        return before.op != after.op or before.params != after.params or before.frame != after.frame
    if isinstance(before, Frame) and isinstance(after, Frame):
        return before.kind != after.kind or before.frame != after.frame
    return True
