"""Another run, another graph: the same document run several times, each time with the next random numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.document.graph import Snapshot
from engine.document.loops import Loop
from engine.document.numbers import seeded, seeds
from engine.op import OPS
from engine.run.evaluate import Run, evaluate
from engine.sentence import says


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run: how many turns each loop took, by its frame's id, and the values that it ended with."""

    seeds: Mapping[str, int]
    turns: Mapping[str, int]
    values: Mapping[str, np.ndarray]
    error: str | None = None


def again(snapshot: Snapshot, count: int, cancelled: Callable[[], bool] | None = None) -> Iterator[Outcome]:
    """Run `count` times: first as the document stands, then with every seed one higher each time.

    A node without a seed gets one, so that each of the runs can be had again. Raises Cancelled as `evaluate` does.
    """
    ends = ends_of(snapshot)
    run: Run | None = None
    for later in range(count):
        chosen = seeds(snapshot.nodes, later)
        nodes = snapshot.nodes | {id: seeded(snapshot.nodes[id], seed) for id, seed in chosen.items()}
        run = evaluate(replace(snapshot, nodes=nodes), run, cancelled)
        yield outcome(run, chosen, ends)


def outer_loops(snapshot: Snapshot) -> list[str]:
    """The loops that a document runs, without those inside another, by the ids of their frames."""
    return [unit.frame for unit in snapshot.course() if isinstance(unit, Loop)]


def ends_of(snapshot: Snapshot) -> list[str]:
    """The nodes whose values are what a document comes to: the variables of its loops, and what nothing else uses."""
    found: list[str] = []
    used = {edge.source for edge in snapshot.edges.values() if not _statement(snapshot, edge.target)}
    computed = {edge.target for edge in snapshot.edges.values()}
    for unit in snapshot.course():
        if isinstance(unit, Loop):
            found.extend(unit.carries)
        elif unit in computed and unit not in used and not _statement(snapshot, unit):
            found.append(unit)
    return found


def _statement(snapshot: Snapshot, node: str) -> bool:
    op = OPS.get(snapshot.nodes[node].op)
    return op is not None and op.statement


def outcome(run: Run, seeds: Mapping[str, int], ends: list[str]) -> Outcome:
    """What a run came to."""
    turns = {loop: count for loop in outer_loops(run.snapshot) if (count := run.turns(loop)) is not None}
    values = {id: tensor.array for id in ends if (tensor := run.tensor(id)) is not None}
    return Outcome(seeds, turns, values, _error(run))


def _error(run: Run) -> str | None:
    """The first thing that went wrong, and where."""
    frames, nodes = run.snapshot.frames, run.snapshot.nodes
    stopped = ((frames[frame].name, loop.stopped) for (frame, _turn), loop in run.loops.items())
    failed = ((nodes[id].name, result.error) for id, result in run.results.items())
    return next((says("{name}: {error}", name=name, error=error) for name, error in (*stopped, *failed) if error), None)
