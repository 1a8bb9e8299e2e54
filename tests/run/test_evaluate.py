"""Evaluation: what every node comes to, whose fault an error is, and what a second evaluation takes over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine.document.commands import connect, delete, disconnect, move, rename, set_params
from engine.document.graph import Graph
from engine.document.loops import lifted
from engine.document.records import Change, Edge, Node
from engine.run.evaluate import Cancelled, Result, Run, evaluate, origin
from engine.run.log import failure
from tests.run.graphs import NAMES, backward, example, graph_of, leaf, run_of, tensor, value, written

# y = x + 2, z = 3 y, out = mean(z); w is apart
PLAIN = {
    "x": leaf([1.0, 2.0]),
    "y": ("add", {"input": "x", "other": 2}),
    "z": ("mul", {"input": "y", "other": 3}),
    "out": ("mean", {"input": "z"}),
    "w": leaf([5.0]),
}


def again(graph: Graph, run: Run, *edits: Any) -> Run:
    for edit in edits:
        graph.apply(*edit.changes)
    return evaluate(graph.snapshot(), run)


def kept(old: Run, new: Run) -> set[str]:
    """The nodes whose results are the very same objects."""
    return {id for id in new.order if new.results[id] is old.results.get(id)}


# Values --------------------------------------------------------------------------------------------------------------


def test_the_tutorial_graph_comes_to_27() -> None:
    run = run_of(example("blitz_mean"))
    assert value(run, "y") == [[3, 3], [3, 3]]
    assert value(run, "mul1") == [[9, 9], [9, 9]]
    assert value(run, "z") == [[27, 27], [27, 27]]
    assert value(run, "out") == 27
    assert run.results["backward1"] == Result()


def test_both_ways_to_the_norm_agree() -> None:
    run = run_of(example("blitz_norm"))
    assert value(run, "norm1") == value(run, "sqrt1") == pytest.approx(56**0.5)


def test_the_vector_example_doubles_each_element() -> None:
    run = run_of(example("blitz_vjp"))
    assert value(run, "y") == [2, 4, 6]
    assert not tensor(run, "v").requires_grad


@pytest.mark.parametrize("name", NAMES)
def test_every_node_of_an_example_comes_after_its_inputs(name: str) -> None:
    run = run_of(example(name))
    place = {id: i for i, id in enumerate(run.order)}
    assert len(place) == len(run.results)
    snapshot = run.snapshot
    for edge in snapshot.edges.values():
        goes_back = lifted(edge, snapshot.nodes, snapshot.frames) is None
        assert goes_back or place[edge.source] < place[edge.target]


def test_an_empty_document_evaluates_to_nothing() -> None:
    run = run_of({})
    assert run.order == ()
    assert written(run) == ()


def test_the_numbers_of_a_port_may_be_not_finite() -> None:
    run = run_of({"x": leaf([1.0, "nan", "-inf"]), "y": ("mul", {"input": "x", "other": "inf"})})
    assert str(value(run, "y")) == "[inf, nan, -inf]"


def test_dividing_by_zero_is_shown_and_not_warned_about_on_any_thread() -> None:
    snapshot = graph_of(
        {"x": leaf([0.0]), "y": ("div", {"input": 1, "other": "x"}), "z": ("log", {"input": "x"})}
    ).snapshot()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(evaluate, snapshot).result()
        log = pool.submit(backward, run, "y").result()
    assert value(run, "y") == [float("inf")]
    assert value(run, "z") == [float("-inf")]
    assert tensor(run, "x").grad.tolist() == [float("-inf")]
    assert log


def test_an_inline_number_is_a_python_number_to_the_op() -> None:
    run = run_of(
        {
            "i": leaf([1, 2], False),
            "half": ("div", {"input": "i", "other": 2}),
            "up": ("add", {"input": "i", "other": 1}),
        }
    )
    assert value(run, "half") == [0.5, 1]
    assert value(run, "up") == [2, 3]
    assert str(tensor(run, "up").dtype) == "torch.int64"


def test_an_edge_goes_before_the_inline_number_of_its_port() -> None:
    graph = graph_of({"x": leaf(3.0), "a": leaf(10.0), "y": ("mul", {"input": "x", "other": 2})})
    run = run_of(graph)
    wired = again(graph, run, connect(graph, "a", "y", "other"))
    cut = again(graph, wired, disconnect(graph, "y", "other"))
    assert [value(each, "y") for each in (run, wired, cut)] == [6, 30, 6]


# Errors --------------------------------------------------------------------------------------------------------------


def test_an_error_belongs_to_its_node_and_the_others_still_run() -> None:
    run = run_of(
        {
            "a": ("ones", {"size": [2, 3]}),
            "b": ("ones", {"size": [4]}),
            "bad": ("add", {"input": "a", "other": "b"}),
            "after": ("exp", {"input": "bad"}),
            "good": ("sum", {"input": "a"}),
        }
    )
    assert run.results["bad"].error == (
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
    )
    assert run.results["after"] == Result(waits_for="bad")
    assert value(run, "good") == 6


def test_a_tensor_of_integers_that_is_to_require_grad_says_what_torch_says() -> None:
    run = run_of({"x": leaf([1, 2]), "y": ("exp", {"input": "x"})})
    assert run.results["x"].error == "Only Tensors of floating point and complex dtype can require gradients"
    assert run.results["y"].waits_for == "x"


def test_numbers_that_are_no_array_are_an_error_of_their_node() -> None:
    run = run_of({"x": leaf([[1.0], [1.0, 2.0]]), "y": leaf([1.0])})
    assert "expected 1 items" in str(run.results["x"].error)
    assert value(run, "y") == [1]


def test_a_param_out_of_the_range_of_the_input_is_an_error_of_its_node() -> None:
    run = run_of({"x": leaf([1.0]), "s": ("sum", {"input": "x", "dim": 3})})
    assert run.results["s"].error == "Dimension out of range (expected to be in range of [-1, 0], but got 3)"


def test_a_node_says_which_inputs_it_needs() -> None:
    run = run_of({"m": ("mul", {}), "half": ("mul", {"input": 2}), "b": ("backward", {}), "e": ("exp", {"input": "m"})})
    assert run.results["m"] == Result(missing=("input", "other"))
    assert run.results["half"] == Result(missing=("other",))
    assert run.results["b"] == Result(missing=("tensor",))  # a gradient is optional
    assert run.results["e"] == Result(waits_for="m")


def test_a_number_is_not_enough_for_what_a_statement_works_on() -> None:
    run = run_of({"x": leaf(1.0), "b": ("backward", {"tensor": 2}), "c": ("backward", {"tensor": "x", "gradient": 2})})
    assert run.results["b"] == Result(missing=("tensor",))
    assert run.results["c"] == Result()


def test_waiting_goes_on_from_node_to_node() -> None:
    run = run_of(
        {"m": ("neg", {}), "a": ("exp", {"input": "m"}), "b": ("sin", {"input": "a"}), "c": ("cos", {"input": "b"})}
    )
    assert [run.results[id].waits_for for id in "abc"] == ["m", "a", "b"]


def test_numbers_alone_make_no_tensor() -> None:
    run = run_of({"y": ("add", {"input": 1, "other": 2})})
    assert run.results["y"].error == "add(): argument 'input' (position 1) must be Tensor, not int"


def test_an_unknown_op_is_named_and_what_depends_on_it_waits() -> None:
    x = Node("x", "ones", {"size": [2]})
    graph = Graph([x, Node("u", "warp", {"q": 1}), Node("y", "exp")], [Edge("x", "u", "in"), Edge("u", "y", "input")])
    run = run_of(graph)
    assert run.results["u"] == Result(error="unknown op: warp")
    assert run.results["y"] == Result(waits_for="u")
    assert run_of(graph, run).results["u"] is run.results["u"]


# Reuse ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_evaluated_again_where_nothing_changed() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    assert kept(run, run_of(graph, run)) == set(PLAIN)


def test_an_edit_evaluates_its_node_and_what_lies_downstream() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    new = again(graph, run, set_params(graph, "z", {"other": 4}))
    assert kept(run, new) == {"x", "y", "w"}
    assert value(new, "out") == 14
    assert value(run, "out") == 10.5  # what others hold of the old run stays true


def test_moving_and_naming_nodes_evaluates_nothing() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    new = again(graph, run, move(graph, {"x": (5.0, 5.0)}), rename(graph, "y", "sum of two"))
    assert kept(run, new) == set(PLAIN)
    assert new.revision == run.revision + 2


def test_one_and_one_point_zero_are_not_the_same_param() -> None:
    graph = graph_of({"x": leaf([1], False), "y": leaf([True], False)})
    run = run_of(graph)
    new = again(graph, run, set_params(graph, "x", {"data": [1.0]}), set_params(graph, "y", {"data": [1]}))
    assert [str(tensor(new, id).dtype) for id in "xy"] == ["torch.float32", "torch.int64"]


def test_a_new_wire_and_a_lost_one_evaluate_their_target() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    wired = again(graph, run, connect(graph, "w", "y", "other"))
    assert kept(run, wired) == {"x", "w"}
    assert value(wired, "y") == [6, 7]
    gone = again(graph, wired, delete(graph, ["w"]))
    assert kept(wired, gone) == {"x"}
    assert "w" not in gone.results


def test_another_op_under_the_same_id_is_evaluated() -> None:
    graph = graph_of({"x": leaf([4.0]), "y": ("exp", {"input": "x"})})
    run = run_of(graph)
    graph.apply(Change(graph.nodes["y"], Node("y", "sqrt")))
    assert value(run_of(graph, run), "y") == [2]


def test_errors_are_taken_over_too_until_their_cause_is_mended() -> None:
    graph = graph_of({"x": leaf([1, 2]), "y": ("exp", {"input": "x"})})
    run = run_of(graph)
    assert kept(run, run_of(graph, run)) == {"x", "y"}
    mended = again(graph, run, set_params(graph, "x", {"data": [0.0, 0.0]}))
    assert value(mended, "y") == [1, 1]


def test_random_numbers_without_a_seed_stay_while_their_node_does() -> None:
    graph = graph_of({"r": ("randn", {"size": [20]}), "s": ("sum", {"input": "r"})})
    run = run_of(graph)
    assert kept(run, again(graph, run, set_params(graph, "s", {"keepdim": True}))) == {"r"}
    other = again(graph, run, set_params(graph, "r", {"size": [21]}))
    assert value(other, "r")[:20] != value(run, "r")


def test_a_fresh_run_makes_anew_what_a_backward_pass_used_up() -> None:
    graph = graph_of({**PLAIN, "c": ("neg", {"input": "k"}), "k": leaf([1.0], False)})
    run = run_of(graph)
    backward(run, "out")
    new = run_of(graph, run, fresh=True)
    assert kept(run, new) == {"c", "k", "x", "w"}  # leaves, and what has no history
    assert not new.spent
    assert failure(backward(new, "out")) is None
    assert failure(backward(run, "out")) is not None


def test_a_run_that_took_over_what_was_used_up_says_so() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    backward(run, "out")
    new = run_of(graph, run)
    assert kept(run, new) == set(run.results)
    assert new.spent
    assert tensor(new, "x").grad.tolist() == [1.5, 1.5]


def test_leaves_can_be_kept_over_passes_with_what_they_have_gathered() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    backward(run, "out")
    new = run_of(graph, run, fresh=True)
    assert kept(run, new) == {"x", "w"}
    assert tensor(new, "x").grad.tolist() == [1.5, 1.5]


def test_a_leaf_that_was_edited_is_not_kept() -> None:
    graph = graph_of(PLAIN)
    run = run_of(graph)
    backward(run, "out")
    graph.apply(*set_params(graph, "x", {"data": [0.0, 0.0]}).changes)
    new = run_of(graph, run, fresh=True)
    assert tensor(new, "x").grad is None
    assert value(new, "out") == 6


# Asking it to stop, and large graphs ---------------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_evaluation_stops_between_two_ops_when_asked(allowed: int) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > allowed

    with pytest.raises(Cancelled):
        evaluate(graph_of(PLAIN).snapshot(), cancelled=stop)
    assert len(asked) == allowed + 1


def test_evaluation_that_nobody_stops_asks_once_for_each_node() -> None:
    asked: list[int] = []
    evaluate(graph_of(PLAIN).snapshot(), cancelled=lambda: bool(asked.append(1)))
    assert len(asked) == len(PLAIN)


def test_a_chain_of_3000_nodes_is_run_forward_backward_and_again() -> None:
    chain = {"n0": leaf(1.0)} | {f"n{i}": ("add", {"input": f"n{i - 1}", "other": 1}) for i in range(1, 3000)}
    graph = graph_of(chain)
    run = run_of(graph)
    assert value(run, "n2999") == 3000
    log = backward(run, "n2999")
    assert tensor(run, "n0").grad.item() == 1
    assert sum(type(event).__name__ == "Deliver" for event in log) == 2999
    new = again(graph, run_of(graph), set_params(graph, "n0", {"data": 2.0}))
    assert value(new, "n2999") == 3001


def test_a_number_that_is_none_has_one_origin() -> None:
    run = run_of(
        {
            "x": leaf([1.0, 0.0]),
            "log": ("log", {"input": "x"}),
            "y": ("mul", {"input": "log", "other": 0.0}),
            "z": ("add", {"input": "y", "other": "x"}),
            "times": ("mul", {"input": "x", "other": "inf"}),
            "given": leaf(["nan", 1.0]),
        }
    )
    seen = {id: (result.not_finite, result.origin) for id, result in run.results.items()}
    assert seen == {
        "x": ("", False),
        "log": ("inf", True),
        "y": ("nan", False),
        "z": ("nan", False),
        "times": ("nan", True),
        "given": ("nan", True),
    }
    assert origin(run, "z") == "log"
    assert origin(run, "x") is None
