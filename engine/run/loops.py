"""A loop as it runs, define by run: every turn runs the program's steps over a row of tensors of its own, and so makes
Functions of its own.

A turn is run straight through; where something may be amiss (the first turn, new shapes, a value that is not there)
it is run step by step, each looked at first. A node that fails has no value from then on. That stops the loop if the
condition or the next turn needs it; otherwise the loop goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.autograd import Tensor
from engine.document.loops import CARRY, Loop, Turn
from engine.run.bulk import nothing_to_collect
from engine.run.inputs import ERRORS
from engine.run.programs import Gap, Program, Row, Step, TooLarge, compiled
from engine.run.result import Cancelled, LoopRun, Run
from engine.sentence import says

BREATH = 64
"""After so many turns a loop looks whether it is still wanted, and how much memory it has taken."""

MOST_BYTES = 2**30
"""What the turns of a loop may hold together, those of the loops inside among them."""

EACH = 600
"""About what a tensor takes besides its numbers, with its Function and its place in the row, in bytes."""


@dataclass(slots=True)
class Held:
    """What the turns of a loop and of those inside hold so far, in bytes."""

    bytes: int = 0


class _Stop(Exception):
    """The loop comes to no end, for the reason given."""


def run_loop(
    loop: Loop, run: Run, previous: Run | None, kept: frozenset[str], cancelled: Callable[[], bool] | None
) -> None:
    """Run a loop that stands in no other, and put its turns into `run`, with those of the loops inside.

    `kept` are nodes without inputs that are as they were in the previous run: they keep their tensors, turn by turn.
    """
    held = Held()

    def enter(program: Program, base: Row, run: Run, outer: Turn) -> LoopRun:
        before = previous.loops.get((program.loop.frame, outer)) if previous is not None else None
        return _Turns(program, base, run, outer, before, held, cancelled).run()

    program = compiled(loop, run, enter, kept)
    base: Row = [None] * program.width
    for id, slot in program.outside:
        base[slot] = run.tensor(id)
    with np.errstate(all="ignore"), nothing_to_collect():
        enter(program, base, run, ())


class _Turns:
    """The turns of one run of a loop."""

    def __init__(
        self,
        program: Program,
        base: Row,
        run: Run,
        outer: Turn,
        before: LoopRun | None,
        held: Held,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.program, self.base, self.of, self.held, self.cancelled = program, base, run, held, cancelled
        for slot, number in program.numbers:
            base[slot] = number
        program.outer, program.turn, program.before = outer, 0, before
        self.made = LoopRun(program.loop, outer, program.slots, program.early, program.faults)
        run.loops[program.loop.frame, outer] = self.made
        self.whole = not program.faults and all(base[slot] is not None for _, slot in program.outside)
        self.weighed = 0  # rows

    def run(self) -> LoopRun:
        made, program = self.made, self.program
        try:
            if program.wants is None and (waits := self._waits()) is None:
                self._turn_by_turn()
                made.note = self._why_nan() if made.ended else None
            else:
                self._trial()
                made.stopped, made.tried = program.wants or waits, True
        except _Stop as stop:
            made.stopped = stop.args[0]
        self._weigh()
        return made

    def _waits(self) -> str | None:
        """What the loop waits for, in a sentence: something that a carry begins with has no value."""
        for id, carried in zip(self.program.loop.carries, self.program.carries, strict=True):
            if carried.start is not None and self.base[carried.start] is None:
                return says("The loop waits for the start of {carry}.", carry=self._name(id))
        return None

    def _trial(self) -> None:
        """One turn of a loop that is not complete, to see what comes of its nodes."""
        row = self.base.copy()
        for carried in self.program.carries:
            row[carried.out] = None if carried.start is None else row[carried.start]
        self.made.rows.append(row)
        self._looked_at(self.program.head, row)
        self._looked_at(self.program.body, row)

    def _turn_by_turn(self) -> None:
        program, made, base = self.program, self.made, self.base
        head, body, rows, most = program.head, program.body, made.rows, program.most
        condition: Any = program.condition
        begins: Any = [(carried.out, carried.start) for carried in program.carries]
        takes: Any = [(carried.out, carried.next) for carried in program.carries]
        shapes: list[Any] | None = None
        turn, look = 0, 0
        before: Any = base
        while True:
            program.turn = turn
            row: Any = base.copy()
            for out, source in takes if turn else begins:
                row[out] = before[source]
            rows.append(row)
            new = [row[out].array.shape for out, _ in takes]
            straight = self.whole and new == shapes
            shapes = new
            self._run(head, row, straight)
            if not self._holds(row[condition]):
                made.ended = made.closing = True
                return
            if turn == most:
                made.closing = True
                raise _Stop(
                    says("The condition is still true after {most} turns, so the loop was stopped.", most=f"{most:,}")
                )
            self._run(body, row, straight)
            for _, source in takes:
                if row[source] is None:
                    raise _Stop(self._without(source))
            made.count = turn = turn + 1
            before = row
            if turn >= look or not straight or self.held.bytes > MOST_BYTES:
                look = turn + self._breathe(turn)

    def _run(self, steps: list[Step], row: Any, straight: bool) -> None:
        if not straight:
            self._looked_at(steps, row)
            return
        at = 0
        try:
            for at, step in enumerate(steps):  # noqa: B007  (which is where it failed)
                row[step.out] = step.call(row)
        except Gap:
            pass  # perhaps in this turn only, and what follows is soon looked at: the next runs straight again
        except ERRORS as error:
            self._fail(steps[at], error)
        else:
            return
        self._looked_at(steps[at + 1 :], row)

    def _looked_at(self, steps: list[Step], row: Any) -> None:
        """Run what can run, one by one."""
        failed = self.made.failed
        for step in steps:
            if step.id in failed or any(row[slot] is None for slot in step.reads):
                continue
            try:
                if step.refusal is not None and (why := step.refusal(row)) is not None:
                    raise TooLarge(why)
                row[step.out] = step.call(row)
            except Gap:
                continue
            except ERRORS as error:
                self._fail(step, error)

    def _fail(self, step: Step, error: Exception) -> None:
        message = error.args[0] if isinstance(error, TooLarge) else str(error) or type(error).__name__
        self.made.failed[step.id] = (self.program.turn, message)
        self.whole = False

    def _holds(self, condition: Tensor | None) -> bool:
        """Whether there is another turn."""
        if condition is None:
            self.made.closing = True
            assert self.program.condition is not None
            raise _Stop(self._without(self.program.condition))
        array: Any = condition.array
        if array.__class__ is np.bool_:
            return bool(array)
        if array.size != 1:
            self.made.closing = True
            shape = list(array.shape)
            raise _Stop(says("The condition must be one boolean or number, not {shape}.", shape=shape))
        number = array.item()
        if number != number:
            self.made.closing = True
            turn = self.program.turn + 1
            raise _Stop(says("The condition is NaN in turn {turn}: neither true nor false.", turn=turn))
        return bool(number)

    def _without(self, slot: int) -> str:
        """The sentence of a loop that cannot go on because there is nothing in this column."""
        turn = self.program.turn
        failed = [id for id, (then, _) in self.made.failed.items() if then == turn]
        name = next(id for id, its in self.program.slots.items() if its == slot)
        name = self._name(failed[0] if failed else name)
        return says("The loop stopped in turn {turn}: {name} has no value.", turn=turn + 1, name=name)

    def _name(self, id: str) -> str:
        snapshot = self.of.snapshot
        return (snapshot.nodes.get(id) or snapshot.frames[id]).name

    def _breathe(self, turn: int) -> int:
        """Look up from the work; gives the number of turns after which to do so again."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled
        size = self._weigh()
        if self.held.bytes > MOST_BYTES:
            limit, held = _bytes(MOST_BYTES), _bytes(self.held.bytes)
            if self.made.outer:
                raise _Stop(says("The loops have made {size} together; the limit is {limit}.", size=held, limit=limit))
            raise _Stop(
                says(
                    "The loop has made {size} in {turns} turns; the limit is {limit}.",
                    size=held,
                    turns=f"{turn:,}",
                    limit=limit,
                )
            )
        return BREATH if size * BREATH < MOST_BYTES // BREATH else 1

    def _weigh(self) -> int:
        """Add the turns since the last time to what is held; gives the size of the largest. A loop inside adds its
        own, and what a carry holds was made elsewhere."""
        rows, largest = self.made.rows, 0
        for number in range(self.weighed, len(rows)):
            row = rows[number]
            made: list[Any] = [row[slot] for slot in self.program.makes]
            size = sum([EACH + tensor.array.nbytes for tensor in made if tensor is not None])
            self.held.bytes += size
            largest = max(largest, size)
        self.weighed = len(rows)
        return largest

    def _why_nan(self) -> str | None:
        """A loop that ends because a comparison had NaN to compare: nobody sees that in a `false`."""
        run, made = self.of, self.made
        turn = (*made.outer, len(made.rows) - 1)
        places = [run.read(run.inputs[made.loop.repeats[0]]["condition"], turn)]
        for id, at in places:  # which grows
            if at is None or run.snapshot.nodes[id].op == CARRY:
                continue
            for edge in run.inputs[id].values():
                place = run.read(edge, at)
                tensor = run.tensor_at_or_none(place)
                if tensor is None:
                    continue
                if tensor.array.dtype.kind == "b" and place not in places:
                    places.append(place)
                elif tensor.array.dtype.kind == "f" and np.isnan(tensor.array).any():
                    return says(
                        "The loop ended after {turns} turns because {name} is NaN: no comparison with NaN is true.",
                        turns=made.count,
                        name=self._name(place[0]),
                    )
        return None


def _bytes(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
