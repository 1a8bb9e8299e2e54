"""Evaluating by reuse is evaluating: after any edits, a run that took over results equals one that took none."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run.backward import Pass, play
from engine.run.evaluate import Run, evaluate
from tests.run import drawing
from tests.run.graphs import exact, outcome, turns
from tests.run.looping import programs


def zero_grad(run: Run) -> None:
    for leaf in run.leaves():
        leaf.grad = None


@given(graph=drawing.graphs() | programs(), data=st.data())
@settings(max_examples=150)
def test_after_random_edits_values_errors_and_logs_are_those_of_a_fresh_run(graph, data) -> None:
    run = None
    for _ in range(4):
        run = evaluate(graph.snapshot(), run)
        fresh = evaluate(graph.snapshot())
        assert run.order == fresh.order
        assert outcome(run) == outcome(fresh)
        assert turns(run) == turns(fresh)
        chosen = drawing.root(data.draw, fresh)
        if chosen is not None:
            asked = [Pass(*chosen)]
            used = evaluate(graph.snapshot(), run, fresh=True)
            assert exact(play(used, asked)) == exact(play(fresh, asked))
            run.spent = used.spent  # they share functions
            zero_grad(used)
        for _ in range(data.draw(st.integers(1, 3), "edits")):
            drawing.edit(data.draw, graph)


@given(graph=drawing.graphs() | programs(), data=st.data())
@settings(max_examples=100)
def test_any_of_several_runs_that_share_functions_plays_as_a_fresh_one(graph, data) -> None:
    runs = [evaluate(graph.snapshot())]
    for _ in range(3):
        drawing.edit(data.draw, graph)
        runs.append(evaluate(graph.snapshot(), runs[-1]))
    run = data.draw(st.sampled_from(runs))
    fresh = evaluate(run.snapshot)
    chosen = drawing.root(data.draw, fresh)
    if chosen is not None:
        assert exact(play(run, [Pass(*chosen)])) == exact(play(fresh, [Pass(*chosen)]))


@given(graph=drawing.graphs() | programs(), data=st.data())
@settings(max_examples=100)
def test_passes_over_kept_leaves_add_up_as_in_a_script(graph, data) -> None:
    run = evaluate(graph.snapshot())
    chosen = drawing.root(data.draw, run)
    if chosen is None:
        return
    asked = [Pass(*chosen)]
    first = play(run, asked)
    again = evaluate(graph.snapshot(), run, fresh=True)
    second = play(again, asked)
    assert len(second) == len(first)
    for old, new in zip(first, second, strict=True):
        if type(new).__name__ != "Accumulate":
            assert exact(old) == exact(new)
        else:
            assert exact(new.before) == exact(old.after)
            assert exact(new.delta) == exact(old.delta)
            assert exact(new.after) == exact(new.before + new.delta)
            leaf = again.tensor_at(new.node, new.turn)
            assert leaf is run.tensor_at(new.node, new.turn)
            assert exact(leaf.grad.array) == exact(new.after)
