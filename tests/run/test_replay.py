"""Replay: what has happened after n events is a fold, and steps cut the log where a learner looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run.backward import Pass, play
from engine.run.evaluate import evaluate
from engine.run.log import Deliver, Fire, Forward, Log
from engine.run.replay import Replay, State, Tray, fold, steps
from tests.run import drawing
from tests.run.folding import Fold, alike
from tests.run.graphs import NAMES, backward, exact, example, leaf, run_of, told, written
from tests.run.looping import programs

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


def check_replay(log: Log) -> None:
    """Standing anywhere is the same as going there event by event."""
    replay, going = Replay(log), Fold(log)
    for n, event in enumerate(log):
        assert alike(replay.state(n), going)
        going.apply(event)
    assert alike(replay.state(len(log)), going)


# Fold ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_folding_an_example_is_going_event_by_event(name: str) -> None:
    log = written(run_of(example(name)))
    check_replay(log)
    check_steps(log)


@given(graph=drawing.graphs(), data=st.data())
@settings(max_examples=60)
def test_any_log_folds_cuts_into_steps_and_ends_with_what_the_tensors_hold(graph, data) -> None:
    run = evaluate(graph.snapshot())
    chosen = drawing.root(data.draw, run)
    log = play(run, [Pass(*chosen)] if chosen else [])
    check_replay(log)
    check_steps(log)
    end = fold(log, len(log))
    assert not end.parked
    assert not any(arrived.waiting for arrived in end.gradients.values())
    for id in run.order:
        found = run.tensor(id)
        held = found.grad if found is not None and found.is_leaf else None
        assert exact(end.trays[id].after if id in end.trays else None) == (
            exact(held.array) if held is not None else None
        )


@given(graph=programs(), data=st.data())
@settings(max_examples=60)
def test_any_moment_of_any_log_with_loops_is_what_its_events_have_brought_about(graph, data) -> None:
    run = evaluate(graph.snapshot())
    chosen = drawing.root(data.draw, run)
    log = play(run, [Pass(*chosen)] if chosen else [])
    check_steps(log)
    replay, going, done = Replay(log), Fold(log), 0
    for end in sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=4))):
        for event in log[done:end]:
            going.apply(event)
        done = end
        assert alike(replay.state(end), going)


def test_nothing_has_happened_at_the_start() -> None:
    start = fold(written(run_of(example("blitz_mean"))), 0)
    assert start.leaves == {"x"}
    assert start.active is None
    assert not any((start.computed, start.gradients, start.edges, start.parked, start.trays, start.fired))


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
    assert list(first.parked) == [("out", "input"), ("b", "input")]  # a has not fired yet
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
    assert exact(state.trays["x"]) == exact(Tray(None, np.float32(56), np.float32(56)))


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
    log = written(run_of(graph, run, fresh=True))
    assert fold(log, 0).trays["x"].after.tolist() == [[4.5, 4.5], [4.5, 4.5]]
    assert fold(log, 0).trays["x"].delta is None
    end = fold(log, len(log)).trays["x"]
    assert end.before is not None
    assert end.delta is not None
    assert (end.before + end.delta == end.after).all()
    assert end.after[0, 0] == 9


def test_in_a_log_of_two_passes_a_tray_fills_twice_and_wires_show_the_newer_pass() -> None:
    run = run_of(
        {
            "x": leaf(2.0),
            "y": ("add", {"input": "x", "other": 3}),
            "a": ("neg", {"input": "y"}),
            "b": ("mul", {"input": "y", "other": 5}),
        }
    )
    log = play(run, [Pass("a"), Pass("b")])
    end = fold(log, len(log))
    assert {edge: float(gradient) for edge, gradient in end.edges.items()} == {
        ("a", "input"): -1,
        ("b", "input"): 5,
        ("y", "input"): 5,
    }
    assert end.gradients["x"].total == 5
    assert [float(part) for part in end.gradients["y"].parts] == [5]
    assert fold(log, 0).trays == {}  # what the second pass found there is the first one's
    assert exact(end.trays["x"]) == exact(Tray(np.float32(-1), np.float32(5), np.float32(4)))
    check_steps(log)


def test_two_gradients_of_one_pass_along_one_wire_are_shown_as_their_sum() -> None:
    one, two = (Deliver("x", ("y", "input"), np.float32(grad), kth, 2) for kth, grad in ((1, 3), (2, 4)))
    state = fold((one, two), 2)
    assert state.edges[("y", "input")] == state.parked[("y", "input")] == 7


def test_a_pass_that_failed_marks_the_node_with_the_message() -> None:
    run = run_of({"x": leaf([1.0, 2.0]), "y": ("exp", {"input": "x"})})
    log = backward(run, "y")
    end = fold(log, len(log))
    assert end.failed == {"y": "grad can be implicitly created only for scalar outputs"}
    assert end.active == "y"
    assert not end.gradients
    check_steps(log)


def test_folding_does_not_change_the_log() -> None:
    log = backward(run_of(FAN_IN), "out")
    before = exact(log)
    fold(log, len(log))
    assert exact(log) == before


# Steps ---------------------------------------------------------------------------------------------------------------


def test_the_tutorial_has_four_forward_steps_and_seven_backward() -> None:
    shown = steps(written(run_of(example("blitz_mean"))))
    assert [type(step.event).__name__ for step in shown] == [
        *["Forward"] * 4,
        "Seed",
        *["Deliver"] * 5,
        "Accumulate",
    ]
    assert [step.backward for step in shown] == [False] * 4 + [True] * 7


def test_what_prepares_a_step_and_what_clears_up_after_it_belong_to_it() -> None:
    log = written(run_of(example("blitz_mean")))
    z_sends = next(step for step in steps(log) if isinstance(step.event, Deliver) and step.event.node == "mul1")
    assert [type(event).__name__ for event in log[z_sends.start : z_sends.stop]] == ["Fire", "Deliver", "Free"]


def test_all_that_one_function_sends_is_one_level() -> None:
    shown = steps(written(run_of(example("blitz_mean"))))
    levels = [step.level for step in shown]
    assert levels == [1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9]  # both edges of y × y; y's edge and x.grad


def test_events_that_show_nothing_at_the_end_belong_to_the_last_step() -> None:
    log = (Forward("y"), Fire("y", np.float32(1)))
    [only] = steps(log)
    assert (only.start, only.stop) == (0, 2)
