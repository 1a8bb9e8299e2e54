"""New numbers: which seeds change, and that it is one step."""

from __future__ import annotations

import pytest

from engine.document.commands import Refused
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.numbers import new_numbers, seeds, set_seeds
from engine.document.records import Node


def drawing() -> Graph:
    """Two sources that draw, one of them without a seed, one that does not, and a layer that drops at random."""
    return Graph(
        [
            Node("x", "randn", {"size": [3], "seed": 7}),
            Node("noise", "rand", {"size": [3]}),
            Node("ones1", "ones", {"size": [3]}),
            Node("dropout1", "dropout", {"seed": 2**63 - 1}),
        ]
    )


def seeds_of(graph: Graph) -> dict[str, object]:
    return {id: node.params.get("seed") for id, node in graph.nodes.items()}


def test_new_numbers_gives_everything_that_draws_the_next_seed() -> None:
    graph = drawing()
    History(graph).do(new_numbers(graph))
    assert seeds_of(graph) == {"x": 8, "noise": 0, "ones1": None, "dropout1": 0}


def test_new_numbers_is_one_step_that_undo_takes_back() -> None:
    graph = drawing()
    history = History(graph)
    before = seeds_of(graph)
    history.do(new_numbers(graph))
    history.do(new_numbers(graph))
    assert (history.index, history.undo_text) == (2, "New numbers")
    history.undo()
    history.undo()
    assert seeds_of(graph) == before


def test_new_numbers_for_the_selection_leaves_the_others_alone() -> None:
    graph = drawing()
    graph.apply(*new_numbers(graph, ["x", "ones1"]).changes)
    assert seeds_of(graph) == {"x": 8, "noise": None, "ones1": None, "dropout1": 2**63 - 1}


def test_new_numbers_for_a_selection_that_draws_none_is_for_all() -> None:
    graph = drawing()
    graph.apply(*new_numbers(graph, ["ones1", "gone"]).changes)
    assert seeds_of(graph)["x"] == 8


def test_new_numbers_where_nothing_draws_is_refused() -> None:
    with pytest.raises(Refused, match=r"^Nothing here draws random numbers: add a rand or a randn\.$"):
        new_numbers(Graph([Node("ones1", "ones")]))


def test_a_seed_that_is_missing_counts_as_the_first() -> None:
    assert seeds(drawing().nodes) == {"x": 7, "noise": 0, "dropout1": 2**63 - 1}
    assert seeds(drawing().nodes, later=2) == {"x": 9, "noise": 2, "dropout1": 1}


def test_the_seeds_of_a_run_are_taken_in_one_step() -> None:
    graph = drawing()
    history = History(graph)
    history.do(set_seeds(graph, {"x": 9, "noise": 2}, run=3))
    assert (history.index, history.undo_text) == (1, "Take the numbers of run 3")
    assert seeds_of(graph) == {"x": 9, "noise": 2, "ones1": None, "dropout1": 2**63 - 1}


def test_taking_seeds_that_are_there_already_leaves_no_step() -> None:
    assert set_seeds(drawing(), {"x": 7}, run=1).changes == ()


def test_the_seeds_of_a_node_that_is_gone_are_refused() -> None:
    with pytest.raises(Refused, match="The graph has changed since these runs: y draws no numbers any more"):
        set_seeds(drawing(), {"x": 1, "y": 1}, run=1)
