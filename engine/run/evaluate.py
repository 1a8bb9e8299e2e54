"""Evaluation is a function: a snapshot of the document in (and the previous Run, to reuse what did not change),
a Run out.

Errors belong to the node that made them: the rest of the graph runs on. A node whose input is missing or failed
waits; that is not an error of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext

import numpy as np

import engine.ops  # noqa: F401  (declares the ops)
from engine.autograd.mode import no_grad
from engine.document.graph import Snapshot
from engine.document.loops import Loop, flat, loops_of, quiet
from engine.document.params import same as written_alike
from engine.document.records import Edge, Frame, Node
from engine.document.standing import misplaced
from engine.op import OPS
from engine.run.inputs import ERRORS, arguments, keywords
from engine.run.limits import too_large
from engine.run.loops import run_loop
from engine.run.result import Cancelled, Result, Run, not_finite

__all__ = ["Cancelled", "Result", "Run", "evaluate", "origin"]


def evaluate(
    snapshot: Snapshot,
    previous: Run | None = None,
    cancelled: Callable[[], bool] | None = None,
    fresh: bool = False,
) -> Run:
    """Evaluate every node of `snapshot`.

    Reuses the results of `previous` for nodes whose op, params and inputs are the same: a leaf that nobody touched is
    the same tensor, `.grad` and all, as in a session of torch. A loop is reused as a whole, or run again over the same
    leaves. With `fresh`, what a backward pass has used up is evaluated again over the same leaves: another forward,
    with functions of its own. Raises Cancelled between ops.
    """
    order = tuple(snapshot.order())
    inputs: dict[str, dict[str, Edge]] = {id: {} for id in order}
    for edge in snapshot.edges.values():
        inputs[edge.target][edge.port] = edge
    spent = previous is not None and previous.spent and not fresh
    run = Run(snapshot, order, {}, inputs, _around(snapshot), _quiet(snapshot), spent=spent)
    same: set[str] = set()
    again = fresh and previous is not None and previous.spent
    for unit in snapshot.course():
        if cancelled is not None and cancelled():
            raise Cancelled
        if isinstance(unit, Loop):
            _loop(unit, run, previous, same, again, cancelled)
            continue
        if previous is not None and _unchanged(unit, run, previous) and _same_inputs(unit, run, same):
            old = previous.results[unit]
            if not (again and _used_up(old, inputs[unit])):
                run.results[unit] = old
                same.add(unit)
                continue
        run.results[unit] = _evaluate_node(snapshot.nodes[unit], inputs[unit], run)
    return run


def _around(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The loops of what stands in any."""
    records: list[Node | Frame] = [*snapshot.frames.values()]
    if records:
        records += snapshot.nodes.values()
    return {record.id: loops for record in records if (loops := loops_of(record, snapshot.frames))}


def _quiet(snapshot: Snapshot) -> frozenset[str]:
    nodes = snapshot.nodes.values() if snapshot.frames else ()
    return frozenset(node.id for node in nodes if quiet(node, snapshot.frames))


def _unchanged(id: str, run: Run, previous: Run) -> bool:
    """Whether a node says what it said before, and where."""
    node, before = run.snapshot.nodes[id], previous.snapshot.nodes.get(id)
    return (
        before is not None
        and id in previous.results
        and before.op == node.op
        and written_alike(before.params, node.params)
        and previous.inputs[id] == run.inputs[id]
        and previous.around.get(id) == run.around.get(id)
        and (id in previous.quiet) == (id in run.quiet)
    )


def _same_inputs(id: str, run: Run, same: set[str]) -> bool:
    return all(edge.source in same for edge in run.inputs[id].values())


def _used_up(old: Result, edges: Mapping[str, Edge]) -> bool:
    """Whether a backward pass may have freed what this result's functions had saved. Leaves have none."""
    return old.tensor is not None and old.tensor.requires_grad and bool(edges or not old.tensor.is_leaf)


def _loop(
    loop: Loop,
    run: Run,
    previous: Run | None,
    same: set[str],
    again: bool,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Reuse a loop if all of it is as it was, else run it."""
    members = flat((loop,))
    inside = {loop.frame} | {id for id, loops in run.around.items() if loop.frame in loops}
    alike = frozenset(id for id in members if previous is not None and _unchanged(id, run, previous))
    if (
        previous is not None
        and len(alike) == len(members)
        and (loop.frame, ()) in previous.loops
        and previous.loops[loop.frame, ()].loop == loop
        and all(edge.source in same or edge.source in inside for id in members for edge in run.inputs[id].values())
        and not (again and any(_has_history(previous, frame) for frame in inside))
        and not _says_old_names(members, inside, run, previous)
    ):
        run.loops.update({place: ran for place, ran in previous.loops.items() if place[0] in inside})
        run.results.update({id: previous.results[id] for id in members})
        run.keep_seen(previous, inside)
        same.update(members)
        return
    run_loop(loop, run, previous, frozenset(id for id in alike if not run.inputs[id]), cancelled)
    for id in members:
        run.results[id] = run.at_exit(id)


def _says_old_names(members: list[str], inside: set[str], run: Run, previous: Run) -> bool:
    """Whether a loop, or one inside, has something to say, and what it may speak of has another name by now."""
    if not any(ran.note or ran.stopped or ran.faults for place, ran in previous.loops.items() if place[0] in inside):
        return False
    read = (edge.source for id in members for edge in run.inputs[id].values())
    return any(_name(run, id) != _name(previous, id) for id in {*members, *read, *inside})


def _name(run: Run, id: str) -> str | None:
    record = run.snapshot.nodes.get(id) or run.snapshot.frames.get(id)
    return record.name if record is not None else None


def _has_history(previous: Run, frame: str) -> bool:
    """Whether a pass may have used functions that a loop made."""
    return any(
        tensor is not None and tensor.grad_fn is not None
        for (id, _), ran in previous.loops.items()
        if id == frame
        for row in ran.rows
        for tensor in row
    )


def _evaluate_node(node: Node, edges: Mapping[str, Edge], run: Run) -> Result:
    op = OPS.get(node.op)
    if op is None:
        return Result(error=f"unknown op: {node.op}")
    if (wrong := misplaced(node, ())) is not None:
        return Result(error=wrong)
    values = arguments(node, op, edges, run)
    if values.waits_for is not None:
        return Result(waits_for=values.waits_for)
    if values.missing:
        return Result(missing=values.missing)
    if op.statement:
        return Result()
    try:
        # numpy keeps its mode per thread; NaN and infinity are shown, not warned about
        with np.errstate(all="ignore"), no_grad() if node.id in run.quiet else nullcontext():
            params = keywords(node, op)
            refused = too_large(op, values.given, params)
            if refused:
                return Result(error=refused)
            tensor = op.apply(*values.given, **params)
            bad = not_finite(tensor.array)
            came_in = bad and any(run.results[edge.source].not_finite for edge in edges.values())
            return Result(tensor, not_finite=bad, origin=bool(bad) and not came_in)
    except ERRORS as error:
        return Result(error=str(error) or type(error).__name__)


def origin(run: Run, node: str) -> str | None:
    """The nearest node from which a number that is not finite came to `node`; None if it came from none."""
    place = run.origin(node)
    return place[0] if place is not None else None
