"""Undo and redo: a list of the commands that were done, and how many of them stand at the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from .command import Command
from .graph import Graph
from .params import same
from .records import Change, Identity, Node, Record

Watcher = Callable[[], None]


class History:
    """Does commands on a graph, takes them back and does them again.

    Commands with the same merge key that follow each other are one step, until an undo, a redo, a save or
    ``break_merge`` ends the run; a run that comes back to where it began leaves no step. ``clean`` says whether the
    graph is as it was at ``mark_clean``.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._steps: list[Command] = []
        self._index = 0
        self._clean: int | None = 0
        self._merge: str | None = None  # the run that the next command may join
        self._watchers: list[Watcher] = []

    @property
    def index(self) -> int:
        """How many of the steps stand."""
        return self._index

    @property
    def labels(self) -> list[str]:
        """The sentences of all steps, those that were taken back included."""
        return [step.text for step in self._steps]

    @property
    def can_undo(self) -> bool:
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        return self._index < len(self._steps)

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty if there is nothing."""
        return self._steps[self._index - 1].text if self.can_undo else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again; empty if there is nothing."""
        return self._steps[self._index].text if self.can_redo else ""

    @property
    def clean(self) -> bool:
        """Whether the graph is as it was when it was last marked clean."""
        return self._index == self._clean

    def do(self, command: Command) -> None:
        """Do a command. One that changes nothing leaves no step. Raises ValueError as ``Graph.apply``."""
        if not command.changes:
            return
        revision = self.graph.revision
        try:
            self.graph.apply(*command.changes)
        finally:  # a listener that raises does not take the edit back, so it is a step all the same
            if self.graph.revision != revision:
                self._push(command)
        self._tell()

    def undo(self) -> Command | None:
        """Take the last step back and return it; None if there is none."""
        if not self.can_undo:
            return None
        step = self._steps[self._index - 1]
        self._go(self._index - 1, [change.inverse() for change in reversed(step.changes)])
        return step

    def redo(self) -> Command | None:
        """Do the next step again and return it; None if there is none."""
        if not self.can_redo:
            return None
        step = self._steps[self._index]
        self._go(self._index + 1, step.changes)
        return step

    def mark_clean(self) -> None:
        """The graph as it is now is what stands in the file."""
        self._clean = self._index
        self._merge = None
        self._tell()

    def break_merge(self) -> None:
        """The next command begins a new step: the slider was let go."""
        self._merge = None

    def listen(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher()`` after everything that moves the history; returns the function that ends it."""
        self._watchers.append(watcher)

        def unlisten() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return unlisten

    def _push(self, command: Command) -> None:
        if command.merge is not None and command.merge == self._merge:
            changes = _joined(self._steps[-1].changes, command.changes)
            if changes:
                self._steps[-1] = replace(command, changes=changes)
            else:
                del self._steps[-1]
                self._index -= 1
                self._merge = None
            return
        if self._clean is not None and self._clean > self._index:
            self._clean = None  # the state that was saved can no longer be reached
        del self._steps[self._index :]
        self._steps.append(command)
        self._index += 1
        self._merge = command.merge

    def _go(self, index: int, changes: Iterable[Change]) -> None:
        revision = self.graph.revision
        try:
            self.graph.apply(*changes)
        finally:
            if self.graph.revision != revision:
                self._index = index
                self._merge = None
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()


def _joined(first: Iterable[Change], then: Iterable[Change]) -> tuple[Change, ...]:
    """One change per record that does what the two runs of changes do."""
    joined: dict[Identity, Change] = {}
    for change in (*first, *then):
        before = joined.get(change.identity, change).before
        joined[change.identity] = Change(before, change.after)
    return tuple(change for change in joined.values() if not _alike(change.before, change.after))


def _alike(one: Record | None, other: Record | None) -> bool:
    """Whether two records are written alike: 1, 1.0 and True are equal, but not the same param."""
    if one is None or other is None:
        return one is other
    if one != other or not same(one.extra, other.extra):
        return False
    return not (isinstance(one, Node) and isinstance(other, Node)) or same(one.params, other.params)
