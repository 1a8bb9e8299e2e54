"""A loop made ready to run: one closure for each node, chosen once, which takes its inputs from the row of a turn.

A loop inside another is one step of it, whose closure runs it to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.autograd import Tensor
from engine.autograd.mode import no_grad
from engine.document.arrays import decode_array, decode_number
from engine.document.loops import Loop, Turn
from engine.document.standing import misplaced, second
from engine.op import OPS, Op
from engine.run.inputs import ERRORS, keywords, missing
from engine.run.limits import too_large
from engine.run.result import LoopRun, Result, Run
from engine.sentence import says

Row: TypeAlias = "list[Tensor | None]"
Call: TypeAlias = Callable[[list[Any]], Any]

UNFORESEEN = frozenset({"argwhere", "masked_select", "one_hot", "repeat_interleave", "unique"})
"""Ops whose result has a shape that depends on values: what is made of it is estimated in every turn."""


class TooLarge(RuntimeError):
    """An op must not run on these inputs."""


class Gap(Exception):
    """A loop inside has left no value where one is read."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node, or one loop inside, in every turn: `row[out] = call(row)`.

    A node cannot run without what it `reads`; a loop inside says for itself what it waits for. `exits` are the columns
    that a loop fills besides, with what those outside read from it.
    """

    id: str
    out: int
    reads: tuple[int, ...]
    call: Call
    refusal: Callable[[list[Any]], str | None] | None = None
    exits: tuple[int, ...] = ()


Enter: TypeAlias = "Callable[[Program, Row, Run, Turn], LoopRun]"
"""Runs a loop from the row of what it reads from around it, in that turn of what is around it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The columns of a carry, of what it begins with and of what it takes on; None where it needs that."""

    out: int
    start: int | None
    next: int | None


@dataclass(slots=True)
class Program:
    """A loop ready to run. `outside` are the columns that every turn finds filled: what it reads from around it."""

    loop: Loop
    members: frozenset[str]
    enter: Enter
    kept: frozenset[str]
    slots: dict[str, int] = field(default_factory=dict)
    width: int = 0  # of a row: the slots, and columns for numbers at the ports of carries
    outside: list[tuple[str, int]] = field(default_factory=list)
    early: frozenset[str] = frozenset()
    faults: dict[str, Result] = field(default_factory=dict)
    head: list[Step] = field(default_factory=list)
    body: list[Step] = field(default_factory=list)
    makes: list[int] = field(default_factory=list)  # the columns of its own nodes, carries aside
    carries: list[Carried] = field(default_factory=list)
    numbers: list[tuple[int, Tensor]] = field(default_factory=list)
    condition: int | None = None
    most: int = 0
    wants: str | None = None  # what it needs to be a loop, in a sentence
    before: LoopRun | None = None  # as it ran here the last time: `kept` nodes keep their tensors
    outer: Turn = ()
    turn: int = 0


def compiled(loop: Loop, run: Run, enter: Enter, kept: frozenset[str]) -> Program:
    """The program of a loop. `kept` are nodes without inputs that are as they were in the previous run."""
    units = (*loop.head, *loop.body)
    inner = {unit.frame: compiled(unit, run, enter, kept) for unit in units if isinstance(unit, Loop)}
    own = [*loop.carries, *(unit if isinstance(unit, str) else unit.frame for unit in units)]
    members = frozenset((*own, *loop.repeats)).union(*(each.members for each in inner.values()))
    program = Program(loop, members, enter, kept)
    exits = {frame: sorted(_read(members - each.members, run) & each.members) for frame, each in inner.items()}
    outside = sorted(_read(members, run) - members)
    for id in (*own, *(id for ids in exits.values() for id in ids), *outside):
        program.slots[id] = len(program.slots)
    program.width = len(program.slots)
    program.outside = [(id, program.slots[id]) for id in outside]
    program.faults = {id: fault for id in (*own, *loop.repeats) if (fault := _fault(id, loop, run)) is not None}
    for course, steps in ((loop.head, program.head), (loop.body, program.body)):
        for unit in course:
            if isinstance(unit, Loop):
                steps.append(_inside(inner[unit.frame], exits[unit.frame], program, run))
            elif unit not in program.faults and (step := _step(unit, program, run)) is not None:
                steps.append(step)
    program.makes = [program.slots[unit] for unit in units if isinstance(unit, str)]
    first = [frozenset((unit,)) if isinstance(unit, str) else inner[unit.frame].members for unit in loop.head]
    frames = [unit.frame for unit in loop.head if isinstance(unit, Loop)]
    program.early = frozenset((*loop.carries, *loop.repeats, *frames)).union(*first)
    _watch(program, run)
    _control(program, run)
    return program


def _read(ids: frozenset[str], run: Run) -> frozenset[str]:
    """What these nodes read."""
    return frozenset(edge.source for id in ids if id in run.inputs for edge in run.inputs[id].values())


def _fault(id: str, loop: Loop, run: Run) -> Result | None:
    """Why a node cannot run in any turn."""
    node = run.snapshot.nodes.get(id)
    if node is None:  # a loop inside
        return None
    op = OPS.get(node.op)
    if op is None:
        return Result(error=f"unknown op: {node.op}")
    if id in loop.repeats[1:]:
        return Result(error=second(run.snapshot.frames[loop.frame], run.snapshot.nodes[loop.repeats[0]]))
    if (wrong := misplaced(node, (loop.frame,))) is not None:
        return Result(error=wrong)
    needs = missing(node, op, run.inputs[id])
    return Result(missing=needs) if needs else None


def _step(id: str, program: Program, run: Run) -> Step | None:
    """The closure that runs one node; None, and a fault, if its params cannot be read."""
    node = run.snapshot.nodes[id]
    op = OPS[node.op]
    edges = run.inputs[id]
    try:
        params = keywords(node, op)
    except ERRORS as error:
        program.faults[id] = Result(error=str(error) or type(error).__name__)
        return None
    given: list[Any] = []
    for port in op.ports:
        edge = edges.get(port.name)
        given.append(_Slot(program.slots[edge.source]) if edge else decode_number(node.params.get(port.name)))
    call = _call(op.apply, given, params)
    out = program.slots[id]
    if id in program.kept:
        call = _keeping(call, program, id)
    if id in run.quiet:
        call = _quietly(call)
    reads = tuple(each for each in given if isinstance(each, _Slot))
    return Step(id, out, reads, call, _refusal(op, given, params))


class _Slot(int):
    """A column, among what is given to an op."""


def _call(apply: Callable[..., Any], given: Sequence[Any], params: dict[str, object]) -> Call:
    """`apply` on what stands in the row, by the shortest way."""
    if params or not given:
        return lambda row: apply(*[row[each] if each.__class__ is _Slot else each for each in given], **params)
    if len(given) == 1:
        [only] = given
        return lambda row: apply(row[only])
    if len(given) == 2:
        one, two = given
        if not isinstance(one, _Slot):
            return lambda row: apply(one, row[two])
        if not isinstance(two, _Slot):
            return lambda row: apply(row[one], two)
        return lambda row: apply(row[one], row[two])
    return lambda row: apply(*[row[each] if each.__class__ is _Slot else each for each in given])


def _keeping(call: Call, program: Program, id: str) -> Call:
    """In a turn that the previous run had too, the tensor that it had there: a leaf keeps its `.grad`."""

    def keep(row: list[Any]) -> Any:
        before = program.before
        if before is not None and program.turn < len(before.rows) and id in before.slots:
            known = before.rows[program.turn][before.slots[id]]
            if known is not None:
                return known
        return call(row)

    return keep


def _quietly(call: Call) -> Call:
    mode = no_grad()

    def quiet(row: list[Any]) -> Any:
        with mode:
            return call(row)

    return quiet


def _refusal(op: Op, given: Sequence[Any], params: dict[str, object]) -> Callable[[list[Any]], str | None]:
    return lambda row: too_large(op, tuple(row[each] if isinstance(each, _Slot) else each for each in given), params)


def _watch(program: Program, run: Run) -> None:
    """Steps whose sizes cannot be foreseen ask in every turn, not only where a shape is new. A loop inside may have
    more turns than before, and so leave more."""
    open_ended: set[int] = set()
    for steps in (program.head, program.body):
        for place, step in enumerate(steps):
            open_ended.update(step.exits)
            node = run.snapshot.nodes.get(step.id)
            follows = any(slot in open_ended for slot in step.reads)
            if follows or (node is not None and node.op in UNFORESEEN):
                open_ended.add(step.out)
                steps[place] = Step(step.id, step.out, step.reads, _checked(step), step.refusal)


def _checked(step: Step) -> Call:
    refusal, call = step.refusal, step.call
    if refusal is None:
        return call

    def checked(row: list[Any]) -> Any:
        if (why := refusal(row)) is not None:
            raise TooLarge(why)
        return call(row)

    return checked


def _inside(inner: Program, exits: list[str], around: Program, run: Run) -> Step:
    """A loop inside, as one step of the loop around it."""
    reads = [(slot, around.slots[id]) for id, slot in inner.outside]
    writes = [(around.slots[id], id) for id in exits]

    def call(row: list[Any]) -> None:
        base: Row = [None] * inner.width
        for mine, its in reads:
            base[mine] = row[its]
        outer = (*around.outer, around.turn)
        ended = inner.enter(inner, base, run, outer).ended
        gap = not ended
        for out, id in writes:
            place = run.clamped(id, outer)
            row[out] = run.tensor_at(id, place) if ended and place is not None else None
            gap = gap or row[out] is None
        if gap:
            raise Gap

    return Step(inner.loop.frame, around.slots[inner.loop.frame], (), call, exits=tuple(out for out, _ in writes))


def _control(program: Program, run: Run) -> None:
    """What the carries and the repeat_while of a loop say, and what it still needs."""
    loop, nodes = program.loop, run.snapshot.nodes
    for id in loop.carries:
        edge = run.inputs[id].get("next")
        following = program.slots[edge.source] if edge else None
        program.carries.append(Carried(program.slots[id], _start(id, program, run), following))
    if not loop.repeats:
        program.wants = says("The loop needs a repeat_while.")
        return
    first = loop.repeats[0]
    edge = run.inputs[first].get("condition")
    most = nodes[first].params.get("most", 10_000)
    program.most = most if isinstance(most, int) else 10_000
    if edge is not None:
        program.condition = program.slots[edge.source]
    wanting = [id for id in loop.carries if id in program.faults and program.faults[id].missing]
    if edge is None:
        program.wants = says("The loop needs a condition.")
    elif not loop.carries:
        program.wants = says("The loop needs a carry.")
    elif wanting:
        ports = ", ".join(program.faults[wanting[0]].missing)
        program.wants = says("{carry} needs: {ports}", carry=nodes[wanting[0]].name, ports=ports)


def _start(id: str, program: Program, run: Run) -> int | None:
    """The column that a carry begins with. A number is a tensor of its own, as a program would have to write it."""
    if "start" in run.inputs[id]:
        return program.slots[run.inputs[id]["start"].source]
    number = run.snapshot.nodes[id].params.get("start")
    if number is None:
        return None
    program.numbers.append((program.width, Tensor(decode_array(number))))
    program.width += 1
    return program.width - 1
