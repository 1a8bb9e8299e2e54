"""A trial says whether a wire would work, in torch's words, and leaves no trace."""

from __future__ import annotations

import pytest

from engine.autograd.function import next_number
from engine.document.records import Edge, Node
from engine.run.evaluate import Run
from engine.run.trial import LARGEST, misfit
from tests.run.graphs import backward, exact, graph_of, leaf, outcome, run_of

GRAPH = {
    "a": leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "b": leaf([1.0, 2.0]),
    "c": leaf([[1.0], [2.0], [3.0]]),
    "sum": ("add", {"input": "a"}),
    "product": ("matmul", {"input": "a"}),
    "inline": ("add", {"input": "a", "other": 2}),
    "root": ("mean", {"input": "inline"}),
    "open": ("neg", {}),
    "run": ("backward", {}),
}


@pytest.fixture
def run() -> Run:
    return run_of(GRAPH)


def test_a_wire_that_fits_is_no_misfit(run: Run) -> None:
    assert misfit(run, Edge("a", "sum", "other")) is None
    assert misfit(run, Edge("c", "product", "other")) is None
    assert misfit(run, Edge("b", "open", "input")) is None


def test_a_wire_that_does_not_fit_says_what_torch_would_say(run: Run) -> None:
    assert misfit(run, Edge("b", "sum", "other")) == (
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"
    )
    assert misfit(run, Edge("a", "product", "other")) == "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"


def test_a_wire_is_tried_in_place_of_the_number_or_the_wire_that_is_there(run: Run) -> None:
    assert misfit(run, Edge("b", "inline", "other")) is not None
    assert misfit(run, Edge("c", "inline", "input")) is None
    assert misfit(run, Edge("b", "root", "input")) is None


def test_the_params_of_the_target_count() -> None:
    run = run_of({"a": leaf([[1.0]]), "b": leaf([1.0]), "s": ("sum", {"input": "a", "dim": 1})})
    assert misfit(run, Edge("b", "s", "input")) == (
        "Dimension out of range (expected to be in range of [-1, 0], but got 1)"
    )


@pytest.mark.parametrize(
    "edge",
    [
        Edge("b", "run", "tensor"),  # a statement takes any tensor
        Edge("open", "sum", "other"),  # has no value
        Edge("b", "nobody", "input"),
        Edge("nobody", "sum", "other"),
    ],
    ids=["statement", "no value", "no target", "no source"],
)
def test_where_nothing_can_be_told_nothing_is_said(run: Run, edge: Edge) -> None:
    assert misfit(run, edge) is None


def test_a_target_that_needs_more_inputs_or_is_unknown_is_not_tried() -> None:
    graph = graph_of({"b": leaf([1.0]), "m": ("mul", {})})
    assert misfit(run_of(graph), Edge("b", "m", "input")) is None
    unknown = run_of({"b": leaf([1.0]), "u": ("warp", {})})
    assert unknown.snapshot.nodes["u"] == Node("u", "warp")
    assert misfit(unknown, Edge("b", "u", "input")) is None


def test_what_would_be_felt_is_not_tried() -> None:
    side = LARGEST // 2
    run = run_of(
        {
            "column": ("ones", {"size": [side, 1]}),
            "row": ("ones", {"size": [1, 50]}),
            "short": ("ones", {"size": [3]}),
            "long": ("ones", {"size": [LARGEST]}),
            "table": ("add", {"input": "column"}),
            "misfits": ("add", {"input": "long"}),
        }
    )
    assert misfit(run, Edge("row", "table", "other")) is None  # 25 million elements
    assert misfit(run, Edge("short", "misfits", "other")) is None


def test_a_trial_leaves_the_run_as_it_was(run: Run) -> None:
    results, inputs, values = dict(run.results), {id: dict(edges) for id, edges in run.inputs.items()}, outcome(run)
    for source in ("a", "b", "c"):
        for target, port in (("sum", "other"), ("inline", "other"), ("root", "input"), ("open", "input")):
            misfit(run, Edge(source, target, port))
    assert run.results == results
    assert all(run.results[id] is results[id] for id in results)
    assert run.inputs == inputs
    assert outcome(run) == values
    assert not run.spent
    assert exact(backward(run, "root")) == exact(backward(run_of(GRAPH), "root"))


def test_a_trial_records_no_history(run: Run) -> None:
    before = next_number()
    assert misfit(run, Edge("a", "sum", "other")) is None
    assert next_number() == before + 1


def test_infinities_are_no_misfit() -> None:
    run = run_of({"zero": leaf([0.0]), "y": ("div", {"input": 1}), "big": leaf([1e30]), "e": ("exp", {})})
    assert misfit(run, Edge("zero", "y", "other")) is None
    assert misfit(run, Edge("big", "e", "input")) is None
