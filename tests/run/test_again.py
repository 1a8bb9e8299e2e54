"""Several runs of one document: each with the next random numbers, and so with its own number of turns."""

from __future__ import annotations

import numpy as np
import pytest

from engine.document.commands import set_params
from engine.document.graph import Graph
from engine.document.numbers import set_seeds
from engine.document.records import Edge, Frame, Node
from engine.run.again import Outcome, again, ends_of, outer_loops
from engine.run.evaluate import Cancelled, evaluate


def doubling() -> Graph:
    """The tutorial's loop: y = x; while its norm is below 1000: y = y · 2; out = sum(y)."""
    return Graph(
        [
            Node("x", "randn", {"size": [3], "seed": 4, "requires_grad": True}),
            Node("y", "carry", {}, frame="while1", title="y"),
            Node("norm1", "norm", {}, frame="while1"),
            Node("lt1", "lt", {"other": 1000}, frame="while1"),
            Node("repeat1", "repeat_while", {}, frame="while1"),
            Node("mul1", "mul", {"other": 2}, frame="while1"),
            Node("out", "sum"),
            Node("b", "backward"),
        ],
        [
            Edge("x", "y", "start"),
            Edge("y", "norm1", "input"),
            Edge("norm1", "lt1", "input"),
            Edge("lt1", "repeat1", "condition"),
            Edge("y", "mul1", "input"),
            Edge("mul1", "y", "next"),
            Edge("y", "out", "input"),
            Edge("out", "b", "tensor"),
        ],
        [Frame("while1", "while")],
    )


def runs(graph: Graph, count: int = 10) -> list[Outcome]:
    return list(again(graph.snapshot(), count))


def test_the_first_run_is_the_document_as_it_stands_and_then_the_seed_goes_up() -> None:
    assert [outcome.seeds for outcome in runs(doubling(), 3)] == [{"x": 4}, {"x": 5}, {"x": 6}]


def test_runs_take_different_numbers_of_turns() -> None:
    counts = [outcome.turns["while1"] for outcome in runs(doubling())]
    assert len(set(counts)) > 1


def test_every_run_can_be_had_again_by_its_seeds() -> None:
    for outcome in runs(doubling(), 4):
        graph = doubling()
        graph.apply(*set_seeds(graph, outcome.seeds, run=1).changes)
        run = evaluate(graph.snapshot())
        assert run.turns("while1") == outcome.turns["while1"]
        for id, value in outcome.values.items():
            tensor = run.tensor(id)
            assert tensor is not None
            np.testing.assert_array_equal(tensor.array, value)


def test_what_a_document_comes_to_are_its_loop_variables_and_what_nothing_else_uses() -> None:
    assert outer_loops(doubling().snapshot()) == ["while1"]
    assert ends_of(doubling().snapshot()) == ["y", "out"]


def test_a_document_without_loops_comes_to_its_last_values() -> None:
    graph = Graph([Node("x", "randn", {"size": [2], "seed": 0}), Node("out", "exp")], [Edge("x", "out", "input")])
    first, second = runs(graph, 2)
    assert (first.turns, list(first.values)) == ({}, ["out"])
    assert not np.array_equal(first.values["out"], second.values["out"])


def test_a_node_without_a_seed_gets_one_so_that_the_run_can_be_had_again() -> None:
    graph = Graph([Node("x", "rand", {"size": [2]}), Node("out", "exp")], [Edge("x", "out", "input")])
    assert [outcome.seeds for outcome in runs(graph, 2)] == [{"x": 0}, {"x": 1}]
    assert runs(graph, 1)[0].values["out"].tobytes() == runs(graph, 1)[0].values["out"].tobytes()


def test_a_run_that_fails_says_why_and_the_others_go_on() -> None:
    graph = doubling()
    graph.apply(*set_params(graph, "repeat1", {"most": 9}).changes)
    outcomes = runs(graph)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    assert 0 < len(failed) < len(outcomes)
    assert {outcome.error for outcome in failed} == {
        "while1: The condition is still true after 9 turns, so the loop was stopped."
    }
    assert all("y" not in outcome.values for outcome in failed)


def test_runs_stop_when_nobody_wants_them_any_more() -> None:
    asked = iter([False, False, True])
    several = again(doubling().snapshot(), 10, lambda: next(asked))
    with pytest.raises(Cancelled):
        list(several)
