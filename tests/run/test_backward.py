"""Backward passes in the words of the document: which node, which edge, which numbers, in which order."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.commands import set_params
from engine.document.graph import Graph
from engine.document.records import Node
from engine.run.advice import advice
from engine.run.backward import Pass, pass_of, play, written_passes
from engine.run.log import Accumulate, Blocked, Deliver, Fail, Fire, Seed, failure
from engine.run.replay import fold
from tests.run import drawing
from tests.run.graphs import (
    backward,
    exact,
    example,
    grad,
    graph_of,
    leaf,
    run_of,
    tensor,
    told,
    value,
    written,
)

SECOND = "Trying to backward through the graph a second time"
SCALAR = "grad can be implicitly created only for scalar outputs"
NO_HISTORY = "element 0 of tensors does not require grad and does not have a grad_fn"
CONSTANT = "constant: requires_grad is False"

X = leaf(2.0)


def table(number: float) -> list[list[float]]:
    return [[number, number], [number, number]]


# The examples --------------------------------------------------------------------------------------------------------


def test_the_log_of_the_tutorial_tells_everything_in_torchs_order() -> None:
    run = run_of(example("blitz_mean"))
    assert told(written(run)) == [
        ("Forward", "y"),
        ("Forward", "mul1"),
        ("Forward", "z"),
        ("Forward", "out"),
        ("Seed", "out", 1.0, ("backward1", "tensor")),
        ("Fire", "out", 1.0),
        ("Deliver", "z", ("out", "input"), table(0.25), 1, 1),
        ("Fire", "z", table(0.25)),
        ("Deliver", "mul1", ("z", "input"), table(0.75), 1, 1),
        ("Free", "z"),
        ("Fire", "mul1", table(0.75)),
        ("Deliver", "y", ("mul1", "input"), table(2.25), 1, 2),
        ("Deliver", "y", ("mul1", "other"), table(2.25), 2, 2),
        ("Free", "mul1"),
        ("Fire", "y", table(4.5)),
        ("Deliver", "x", ("y", "input"), table(4.5), 1, 1),
        ("Accumulate", "x", None, table(4.5), table(4.5)),
    ]
    assert grad(run, "x") == table(4.5)
    assert run.spent


def test_the_vector_example_starts_with_its_vector() -> None:
    run = run_of(example("blitz_vjp"))
    log = written(run)
    [(_, node, seed, edge)] = told(log, "Seed")
    assert (node, edge) == ("y", ("backward1", "tensor"))
    assert seed == pytest.approx([0.1, 1.0, 0.0001])
    assert grad(run, "x") == pytest.approx([0.2, 2.0, 0.0002])
    assert grad(run, "v") is None


def test_the_norm_example_leaves_the_branch_that_was_not_asked_for_alone() -> None:
    run = run_of(example("blitz_norm"))
    log = written(run)
    assert grad(run, "x") == pytest.approx([4 / 56**0.5, 8 / 56**0.5, 12 / 56**0.5])
    assert not [event for event in told(log) if "norm1" in event and event[0] != "Forward"]
    assert not [event for event in told(log, "Deliver") if event[2][0] == "norm1"]


# Which edge, which numbers -------------------------------------------------------------------------------------------


def test_a_node_with_several_consumers_fires_once_with_the_sum() -> None:
    run = run_of(
        {
            "x": X,
            "y": ("mul", {"input": "x", "other": 1}),
            "a": ("mul", {"input": "y", "other": 3}),
            "b": ("mul", {"input": "y", "other": 5}),
            "c": ("add", {"input": "a", "other": "b"}),
        }
    )
    log = backward(run, "c")
    assert [event for event in told(log, "Deliver") if event[1] == "y"] == [
        ("Deliver", "y", ("b", "input"), 5.0, 1, 2),
        ("Deliver", "y", ("a", "input"), 3.0, 2, 2),
    ]
    assert [event for event in told(log, "Fire") if event[1] == "y"] == [("Fire", "y", 8.0)]


def test_a_leaf_accumulates_as_soon_as_its_last_gradient_has_come() -> None:
    run = run_of(
        {"x": X, "w": leaf(3.0), "a": ("mul", {"input": "x", "other": "w"}), "b": ("add", {"input": "a", "other": "x"})}
    )
    assert told(backward(run, "b"), "Deliver", "Accumulate") == [
        ("Deliver", "a", ("b", "input"), 1.0, 1, 1),
        ("Deliver", "x", ("b", "other"), 1.0, 1, 2),
        ("Deliver", "x", ("a", "input"), 3.0, 2, 2),
        ("Accumulate", "x", None, 4.0, 4.0),
        ("Deliver", "w", ("a", "other"), 2.0, 1, 1),
        ("Accumulate", "w", None, 2.0, 2.0),
    ]


def test_one_value_in_both_ports_gets_a_gradient_along_each_edge() -> None:
    run = run_of({"x": X, "y": ("div", {"input": "x", "other": "x"})})
    assert told(backward(run, "y"), "Deliver") == [
        ("Deliver", "x", ("y", "input"), 0.5, 1, 2),
        ("Deliver", "x", ("y", "other"), -0.5, 2, 2),
    ]
    assert grad(run, "x") == 0


def test_a_gradient_is_summed_over_what_was_broadcast_before_it_is_delivered() -> None:
    run = run_of(
        {
            "m": leaf([[1.0, 2.0], [3.0, 4.0]]),
            "row": leaf([10.0, 20.0]),
            "y": ("mul", {"input": "m", "other": "row"}),
            "s": ("sum", {"input": "y"}),
        }
    )
    log = told(backward(run, "s"))
    at = log.index(("Unbroadcast", ("y", "other"), (2, 2), (2,)))
    assert log[at + 1] == ("Deliver", "row", ("y", "other"), [4.0, 6.0], 1, 1)
    assert sum(event[0] == "Unbroadcast" for event in log) == 1


@pytest.mark.parametrize(
    ("written_as", "reason"),
    [
        ({"c": leaf(3.0, False)}, CONSTANT),
        ({"k": leaf(3.0), "c": ("detach", {"input": "k"})}, "detached"),
        ({"c": leaf(3, False)}, "integer"),
        ({"c": leaf(True, False)}, "boolean"),
    ],
    ids=["constant", "detach", "integer", "boolean"],
)
def test_an_edge_that_no_gradient_goes_along_says_why(written_as: dict, reason: str) -> None:
    run = run_of({"x": X, **written_as, "y": ("mul", {"input": "x", "other": "c"})})
    log = told(backward(run, "y"))
    assert ("Blocked", ("y", "other"), reason) in log
    assert [event[1] for event in log if event[0] == "Accumulate"] == ["x"]


def test_a_blocked_edge_is_told_in_the_order_of_the_ports() -> None:
    run = run_of({"c": leaf(3.0, False), "x": X, "y": ("mul", {"input": "c", "other": "x"})})
    assert [event[0] for event in told(backward(run, "y"))][3:6] == ["Blocked", "Deliver", "Accumulate"]


def test_an_inline_number_is_no_edge() -> None:
    run = run_of({"x": X, "y": ("mul", {"input": "x", "other": 3})})
    assert not told(backward(run, "y"), "Blocked")


# Ops that make several functions -------------------------------------------------------------------------------------


def test_what_happens_between_the_functions_of_one_node_is_not_told() -> None:
    run = run_of({"x": X, "y": ("div", {"input": 3, "other": "x"})})
    y = tensor(run, "y")
    assert y.grad_fn is not None
    assert [y.grad_fn.name(), y.grad_fn.next[0] and y.grad_fn.next[0].name()] == ["MulBackward0", "ReciprocalBackward0"]
    assert told(backward(run, "y")) == [
        ("Forward", "y"),
        ("Seed", "y", 1.0, None),
        ("Fire", "y", 1.0),  # once, with the gradient of the node: not 3, which goes from Mul to Reciprocal
        ("Deliver", "x", ("y", "other"), -0.75, 1, 1),
        ("Accumulate", "x", None, -0.75, -0.75),
        ("Free", "y"),
    ]


def test_a_batch_times_itself_sends_each_sides_gradient_along_its_own_edge() -> None:
    run = run_of(
        {
            "x": leaf([[[1.0, 2.0], [3.0, 4.0]]]),
            "m": ("matmul", {"input": "x", "other": "x"}),
            "s": ("sum", {"input": "m"}),
        }
    )
    sent = {event.edge: event.grad.tolist() for event in backward(run, "s") if isinstance(event, Deliver)}
    assert sent[("m", "input")] == [[[3, 7], [3, 7]]]  # ones @ xᵀ
    assert sent[("m", "other")] == [[[4, 4], [6, 6]]]  # xᵀ @ ones


def test_the_sum_over_a_broadcast_batch_belongs_to_the_side_that_was_broadcast() -> None:
    run = run_of(
        {
            "x": ("ones", {"size": [3, 2, 2, 2], "requires_grad": True}),
            "c": ("ones", {"size": [1, 2, 2, 2], "requires_grad": True}),
            "m": ("matmul", {"input": "x", "other": "c"}),
            "s": ("sum", {"input": "m"}),
        }
    )
    log = told(backward(run, "s"))
    at = log.index(("Unbroadcast", ("m", "other"), (3, 2, 2, 2), (1, 2, 2, 2)))
    assert log[at + 1][:3] == ("Deliver", "c", ("m", "other"))
    assert sum(event[0] == "Unbroadcast" for event in log) == 1


def test_a_constant_batch_is_blocked_on_its_own_edge_though_torch_turns_the_product_round() -> None:
    run = run_of(
        {
            "v": leaf([1.0, 2.0]),
            "batch": ("ones", {"size": [3, 2, 2]}),
            "m": ("matmul", {"input": "v", "other": "batch"}),
            "s": ("sum", {"input": "m"}),
        }
    )
    log = backward(run, "s")
    assert told(log, "Blocked") == [("Blocked", ("m", "other"), CONSTANT)]
    assert [event.edge for event in log if isinstance(event, Deliver)][1:] == [("m", "input")]


def test_a_node_lets_go_of_its_saved_values_once() -> None:
    run = run_of({"x": X, "y": ("div", {"input": 3, "other": "x"}), "z": ("exp", {"input": "y"})})
    assert told(backward(run, "z"), "Free") == [("Free", "z"), ("Free", "y")]


# Several passes ------------------------------------------------------------------------------------------------------


def test_a_second_pass_over_kept_leaves_adds_to_what_is_there() -> None:
    graph = example("blitz_mean")
    run = run_of(graph)
    first = written(run)
    again = run_of(graph, run, fresh=True)
    second = written(again)
    [one] = [event for event in first if isinstance(event, Accumulate)]
    [two] = [event for event in second if isinstance(event, Accumulate)]
    assert one.before is None
    assert two.before is not None
    assert np.array_equal(two.before, one.after)
    assert np.array_equal(two.before + two.delta, two.after)
    assert one.after.tolist() == table(4.5)  # a later pass never changes what an earlier log shows
    assert grad(again, "x") == table(9)
    assert told(first)[:-1] == told(second)[:-1]


def test_several_backward_nodes_run_one_after_the_other() -> None:
    run = run_of(
        {
            "x": X,
            "a": ("mul", {"input": "x", "other": 3}),
            "b": ("mul", {"input": "x", "other": 4}),
            "b1": ("backward", {"tensor": "b"}),
            "b2": ("backward", {"tensor": "a"}),
        }
    )
    log = written(run)
    assert run.statements() == ["b1", "b2"]
    assert [event.edge for event in log if isinstance(event, Seed)] == [(id, "tensor") for id in run.statements()]
    assert grad(run, "x") == 7
    assert failure(log) is None


def test_a_second_play_of_the_same_run_fails_at_the_first_function_that_saved_something() -> None:
    run = run_of(example("blitz_mean"))
    written(run)
    log = written(run)
    assert isinstance(log[-1], Fail)
    assert told(log, "Fail") == [("Fail", id, log[-1].message) for id in ("z", "backward1")]
    assert log[-1].message.startswith(SECOND)  # mean saved nothing: it fires again, as in torch
    assert fold(log, len(log)).failed == dict.fromkeys(("z", "backward1"), log[-1].message)
    assert failure(log) is log[-1]
    assert grad(run, "x") == table(4.5)
    assert "press B" in advice(log[-1].message)


def test_a_second_pass_that_the_learner_asked_for_fails_once_at_the_node() -> None:
    run = run_of({"x": X, "y": ("exp", {"input": "x"}), "z": ("sum", {"input": "y"})})
    assert failure(backward(run, "z")) is None
    [(_, node, message)] = told(backward(run, "y"), "Fail")
    assert node == "y"
    assert message.startswith(SECOND)
    again = backward(run, "z")
    assert [event[1] for event in told(again, "Fail")] == ["y", "z"]


def test_a_second_play_works_where_nothing_was_saved() -> None:
    run = run_of({"x": X, "y": ("add", {"input": "x", "other": 1}), "b": ("backward", {"tensor": "y"})})
    assert failure(written(run) + written(run)) is None
    assert grad(run, "x") == 2


def test_after_a_pass_that_failed_the_later_ones_do_not_run() -> None:
    run = run_of({"v": leaf([1.0, 2.0]), "x": X, "y": ("exp", {"input": "x"}), "z": ("exp", {"input": "v"})})
    log = play(run, [Pass("z"), Pass("y")])
    assert isinstance(log[-1], Fail)
    assert grad(run, "x") is None


# What cannot be run --------------------------------------------------------------------------------------------------


def test_a_root_that_is_no_scalar_fails_at_the_backward_node_and_says_what_to_do() -> None:
    run = run_of({"x": leaf([1.0, 2.0]), "y": ("exp", {"input": "x"}), "b": ("backward", {"tensor": "y"})})
    assert told(written(run)) == [("Forward", "y"), ("Fail", "b", SCALAR)]
    assert "gradient of the same shape" in advice(SCALAR)


def test_a_pass_that_the_learner_asked_for_fails_at_its_root() -> None:
    run = run_of({"x": leaf([1.0, 2.0]), "y": ("exp", {"input": "x"})})
    assert told(backward(run, "y"), "Fail") == [("Fail", "y", SCALAR)]


def test_a_gradient_of_the_wrong_shape_is_refused_in_torchs_words() -> None:
    run = run_of(
        {
            "x": leaf([1.0, 2.0]),
            "v": leaf([1.0], False),
            "y": ("exp", {"input": "x"}),
            "b": ("backward", {"tensor": "y", "gradient": "v"}),
        }
    )
    [(_, node, message)] = told(written(run), "Fail")
    assert node == "b"
    assert message == (
        "Mismatch in shape: grad_output[0] has a shape of torch.Size([1]) and output[0] has a shape of torch.Size([2])."
    )
    assert "never broadcast" in advice(message)
    assert grad(run, "x") is None


@pytest.mark.parametrize(
    "nodes",
    [
        {"y": leaf(1.0, False)},
        {"x": leaf(1.0, False), "y": ("exp", {"input": "x"})},
        {"x": leaf(1.0), "y": ("detach", {"input": "x"})},
        {"y": leaf(1, False)},
    ],
    ids=["constant", "computed from constants", "detached", "integer"],
)
def test_a_root_without_history_is_refused_in_torchs_words(nodes: dict) -> None:
    run = run_of(nodes)
    [(_, node, message)] = told(backward(run, "y"), "Fail")
    assert (node, message) == ("y", NO_HISTORY)
    assert "requires_grad" in advice(message)


def test_a_leaf_may_be_the_root_and_gets_the_seed_itself() -> None:
    run = run_of({"x": X})
    assert told(backward(run, "x")) == [("Seed", "x", 1.0, None), ("Accumulate", "x", None, 1.0, 1.0)]
    assert grad(run, "x") == 1


def test_a_root_or_a_gradient_without_a_value_is_named_as_the_learner_knows_it() -> None:
    graph = Graph([Node("exp1", "exp", title="loss"), Node("x", "ones", {"requires_grad": True})])
    assert told(backward(run_of(graph), "exp1")) == [("Fail", "exp1", "loss has no value")]
    assert told(backward(run_of(graph), "x", "exp1")) == [("Fail", "x", "loss has no value")]


def test_advice_is_given_only_where_torch_leaves_something_to_say() -> None:
    assert advice("something else") == ""


# What a node asks for ------------------------------------------------------------------------------------------------


def test_a_backward_node_asks_for_its_tensor_and_any_other_node_for_itself() -> None:
    run = run_of(example("blitz_vjp"))
    assert pass_of(run, "backward1") == Pass("y", "v", "backward1")
    assert pass_of(run, "y") == Pass("y")
    assert written_passes(run) == [Pass("y", "v", "backward1")]


def test_a_backward_node_that_nothing_goes_into_asks_for_nothing() -> None:
    run = run_of({"x": X, "b": ("backward", {"gradient": 2})})
    assert pass_of(run, "b") is None
    assert written_passes(run) == []
    assert written(run) == ()


@pytest.mark.parametrize(("number", "expected"), [(3, 3.0), (0.5, 0.5), ("inf", float("inf")), ("-inf", float("-inf"))])
def test_the_gradient_of_a_backward_node_may_be_an_inline_number(number: object, expected: float) -> None:
    run = run_of(
        {"x": X, "y": ("add", {"input": "x", "other": 1}), "b": ("backward", {"tensor": "y", "gradient": number})}
    )
    assert failure(written(run)) is None
    assert grad(run, "x") == expected


def test_an_inline_nan_for_integers_is_refused_like_any_gradient() -> None:
    run = run_of({"y": leaf(1, False), "b": ("backward", {"tensor": "y", "gradient": "nan"})})
    assert told(written(run), "Fail") == [("Fail", "b", NO_HISTORY)]


def test_a_gradient_beyond_float32_is_infinite_and_not_warned_about_on_any_thread() -> None:
    run = run_of(
        {"x": X, "y": ("add", {"input": "x", "other": 1}), "b": ("backward", {"tensor": "y", "gradient": 1e300})}
    )
    with ThreadPoolExecutor(1) as pool:
        log = pool.submit(written, run).result()
    assert failure(log) is None
    assert grad(run, "x") == float("inf")


# The log belongs to the document, not to how it was evaluated --------------------------------------------------------


def test_a_run_that_reused_results_gives_the_log_of_a_fresh_one() -> None:
    graph = graph_of(
        {
            "x": X,
            "late": ("exp", {"input": "x"}),
            "alone": ("sin", {"input": "x"}),
            "both": ("mul", {"input": "late", "other": "alone"}),
        }
    )
    run = run_of(graph)
    graph.apply(*set_params(graph, "alone", {"input": 5}).changes)  # so its function is made after late's, not before
    reused = run_of(graph, run)
    assert reused.results["late"] is run.results["late"]
    assert exact(backward(reused, "both")) == exact(backward(run_of(graph), "both"))


def test_an_earlier_run_plays_right_though_a_later_one_shares_its_functions() -> None:
    graph = graph_of({"x": X, "y": ("exp", {"input": "x"}), "z": ("sin", {"input": "y"}), "s": ("sum", {"input": "z"})})
    run = run_of(graph)
    expected = exact(backward(run_of(graph), "s"))
    graph.apply(*set_params(graph, "s", {"keepdim": True}).changes)
    later = run_of(graph, run)
    assert later.results["z"] is run.results["z"]
    assert exact(backward(run, "s")) == expected


@pytest.mark.parametrize("edited", ["late", "alone"])
def test_every_run_that_shares_functions_fires_in_the_order_of_the_document(edited: str) -> None:
    graph = graph_of(
        {
            "x": X,
            "alone": ("add", {"input": "x", "other": 1}),
            "late": ("add", {"input": "x", "other": 2}),
            "both": ("add", {"input": "late", "other": "alone"}),
        }
    )
    first = run_of(graph)
    expected = exact(backward(run_of(graph), "both"))
    graph.apply(*set_params(graph, edited, {"other": 5}).changes)
    second = run_of(graph, first)
    fresh = exact(backward(run_of(graph), "both"))
    for run, log in ((second, fresh), (first, expected), (second, fresh)):  # played in any order: nothing was saved
        tensor(run, "x").grad = None
        assert exact(backward(run, "both")) == log


def test_arrays_in_a_log_are_what_the_pass_used_and_cannot_be_written() -> None:
    run = run_of(example("blitz_mean"))
    [last] = [event for event in written(run) if isinstance(event, Accumulate)]
    found = tensor(run, "x").grad
    assert found is not None
    assert last.after is found.array
    with pytest.raises(ValueError, match="read-only"):
        last.after[0, 0] = 1.0


def test_values_stay_what_they_are_while_passes_run() -> None:
    run = run_of(example("blitz_mean"))
    before = {id: value(run, id) for id in run.order if run.tensor(id) is not None}
    written(run)
    assert before == {id: value(run, id) for id in before}


@given(graph=drawing.graphs(), data=st.data())
@settings(max_examples=100)
def test_a_node_that_fires_sends_or_blocks_along_each_of_its_edges_once(graph: Graph, data: st.DataObject) -> None:
    run = run_of(graph)
    chosen = drawing.root(data.draw, run)
    log = play(run, [Pass(*chosen)]) if chosen else ()
    fired = [event.node for event in log if isinstance(event, Fire)]
    assert len(set(fired)) == len(fired)
    edges = [edge for node in fired for edge in run.inputs[node].values()]
    sent = [event for event in log if isinstance(event, Deliver)]
    tracked = {edge.key: edge.source for edge in edges if tensor(run, edge.source).requires_grad}
    assert sorted(event.edge for event in sent) == sorted(tracked)
    assert sorted(event.edge for event in log if isinstance(event, Blocked)) == sorted(
        edge.key for edge in edges if edge.key not in tracked
    )
    for event in sent:
        assert tracked[event.edge] == event.node
        assert event.grad.shape == tensor(run, event.node).array.shape
    counts = Counter(event.node for event in sent)
    assert all(event.of_n == counts[event.node] for event in sent)
    for event in log:
        parts = [part.grad for part in sent if part.node == event.node] if isinstance(event, Fire) else []
        if parts:
            assert exact(event.grad) == exact(sum(parts[1:], start=parts[0]))
