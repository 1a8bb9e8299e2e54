"""Replay: what has happened after n events is a fold, and steps cut the log where a learner looks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run.backward import Pass, play
from engine.run.evaluate import evaluate
from engine.run.log import Accumulate, Deliver, Fire, Forward, Log
from engine.run.replay import State, Tray, fold, steps
from tests.run import drawing
from tests.run.graphs import NAMES, backward, exact, example, leaf, run_of, tensor, told, written

FAN_IN = {
    "x": leaf(2.0),
    "c": leaf(7.0, False),
    "y": ("mul", {"input": "x", "other": "c"}),
    "a": ("mul", {"input": "y", "other": 3}),
    "b": ("mul", {"input": "y", "other": 5}),
    "out": ("add", {"input": "a", "other": "b"}),
}


def after(log: Log, *last: object) -> State:
    """The state right after the (first) event that begins with these words."""
    return fold(log, next(i for i, event in enumerate(told(log)) if event[: len(last)] == last) + 1)


def check_steps(log: Log) -> None:
    """Steps cover the log without gap or overlap, and each shows one event of its own."""
    cuts = steps(log)
    assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])][: len(cuts)]
    assert (cuts[-1].stop if cuts else 0) == len(log)
    for cut in cuts:
        assert sum(event is cut.event for event in log[cut.start : cut.stop]) == 1
        shown = [type(event).__name__ for event in log[cut.start : cut.stop]]
        assert [name for name in shown if name not in ("Fire", "Unbroadcast", "Free")] == [type(cut.event).__name__]
    levels = [cut.level for cut in cuts]
    assert levels == sorted(levels)


def check_fold(log: Log) -> None:
    """Folding to any point is the same as going there event by event."""
    state = fold(log, 0)
    for n, event in enumerate(log):
        assert exact(fold(log, n)) == exact(state)
        state.apply(event)
    assert exact(fold(log, len(log))) == exact(state)


# Fold ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_folding_an_example_is_going_event_by_event(name: str) -> None:
    log = written(run_of(example(name)))
    check_fold(log)
    check_steps(log)


@given(graph=drawing.graphs(), data=st.data())
@settings(max_examples=60)
def test_any_log_folds_cuts_into_steps_and_ends_with_what_the_tensors_hold(graph, data) -> None:
    run = evaluate(graph.snapshot())
    chosen = drawing.root(data.draw, run)
    log = play(run, [Pass(*chosen)] if chosen else [])
    check_fold(log)
    check_steps(log)
    end = fold(log, len(log))
    assert not end.parked
    assert not any(arrived.waiting for arrived in end.gradients.values())
    for id in run.order:
        found = run.tensor(id)
        held = found.grad if found is not None and found.is_leaf else None
        assert exact(held and held.array) == exact(end.trays[id].after if id in end.trays else None)


def test_nothing_has_happened_at_the_start() -> None:
    assert exact(fold(written(run_of(example("blitz_mean"))), 0)) == exact(State())


def test_an_empty_log_has_no_steps() -> None:
    assert steps(()) == ()
    assert exact(fold((), 0)) == exact(State())


def test_values_appear_one_after_the_other() -> None:
    log = written(run_of(example("blitz_mean")))
    assert [sorted(fold(log, n).computed) for n in range(4)] == [[], ["y"], ["mul1", "y"], ["mul1", "y", "z"]]
    assert fold(log, 2).active == "mul1"


def test_a_gradient_waits_parked_on_its_wire_until_the_node_has_all_of_them() -> None:
    log = backward(run_of(FAN_IN), "out")
    first = after(log, "Deliver", "y", ("b", "input"))
    assert list(first.parked) == [("b", "input")]
    assert first.receiver(("b", "input")) == "y"
    assert (first.gradients["y"].count, first.gradients["y"].of_n, first.gradients["y"].waiting) == (1, 2, True)
    assert first.gradients["y"].total == 5
    assert "y" not in first.fired

    both = after(log, "Deliver", "y", ("a", "input"))
    assert list(both.parked) == [("b", "input"), ("a", "input")]
    assert not both.gradients["y"].waiting
    assert [float(part) for part in both.gradients["y"].parts] == [5, 3]

    fired = after(log, "Fire", "y")
    assert not fired.parked
    assert fired.gradients["y"].total == 8
    assert [float(part) for part in fired.gradients["y"].parts] == [5, 3]
    assert (fired.gradients["y"].count, fired.gradients["y"].of_n) == (2, 2)


def test_a_leaf_takes_in_what_was_parked_for_it_when_it_accumulates() -> None:
    log = backward(run_of(FAN_IN), "out")
    assert list(after(log, "Deliver", "x").parked) == [("y", "input")]
    state = after(log, "Accumulate", "x")
    assert not state.parked
    assert exact(state.trays["x"]) == exact(Tray(None, log[-2].delta, log[-2].after))  # type: ignore[union-attr]


def test_edges_keep_the_gradient_that_went_along_them_and_the_reason_why_none_did() -> None:
    log = backward(run_of(FAN_IN), "out")
    end = fold(log, len(log))
    assert {edge: float(gradient) for edge, gradient in end.edges.items()} == {
        ("out", "input"): 1,
        ("out", "other"): 1,
        ("a", "input"): 3,
        ("b", "input"): 5,
        ("y", "input"): 56,
    }
    assert end.blocked == {("y", "other"): "constant: requires_grad is False"}
    assert end.fired == {"out", "a", "b", "y"}
    assert end.freed == {"a", "b", "y"}


def test_the_seed_shows_on_the_root_and_on_the_wire_from_the_backward_node() -> None:
    log = written(run_of(example("blitz_mean")))
    state = after(log, "Seed")
    assert state.gradients["out"].total == 1
    assert state.edges[("backward1", "tensor")] == 1
    assert state.active == "out"


def test_trays_show_from_the_start_what_earlier_passes_left() -> None:
    graph = example("blitz_mean")
    run = run_of(graph)
    written(run)
    log = written(run_of(graph, run, keep_leaves=True))
    assert fold(log, 0).trays["x"].after.tolist() == [[4.5, 4.5], [4.5, 4.5]]
    assert fold(log, 0).trays["x"].delta is None
    end = fold(log, len(log)).trays["x"]
    assert end.before is not None
    assert end.delta is not None
    assert (end.before + end.delta == end.after).all()
    assert end.after[0, 0] == 9


def test_in_a_log_of_two_passes_a_tray_fills_twice_and_the_wires_show_the_newer_pass() -> None:
    run = run_of({"x": leaf(2.0), "y": ("mul", {"input": "x", "other": 3}), "a": ("neg", {"input": "y"}), "b": ("add", {"input": "y", "other": 1})})
    log = play(run, [Pass("a"), Pass("b")])
    assert log[-1].__class__.__name__ == "Fail"  # y had saved nothing but its number; see below
