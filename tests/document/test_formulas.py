"""What nodes are called, and what they are said to compute."""

from __future__ import annotations

import pytest

from engine.document import formulas
from tests.run.graphs import graph_of, leaf


@pytest.mark.parametrize(
    ("node", "called", "heading"),
    [
        ("y", "y", "y"),
        ("double", "y × 2", "y × 2"),
        ("bare", "y.data", "y.data"),
        ("cut", "detach(y)", "detach(y)"),
        ("low", "low", "low = y.data < 1000"),
        ("again", "while low", "while low"),
        ("after", "y + 1", "y + 1"),
    ],
)
def test_a_variable_of_a_loop_is_called_by_its_name_not_by_what_it_will_be(
    node: str, called: str, heading: str
) -> None:
    graph = graph_of(
        {
            "x": leaf(1.0),
            "y": ("carry", {"start": "x", "next": "double"}),
            "double": ("mul", {"input": "y", "other": 2}),
            "bare": ("data", {"input": "y"}),
            "cut": ("detach", {"input": "y"}),
            "low": ("lt", {"input": "bare", "other": 1000}),
            "again": ("repeat_while", {"condition": "low"}),
            "after": ("add", {"input": "y", "other": 1}),
        },
        {"while1": ("while", "y double bare cut low again")},
    )
    assert (formulas.name(graph, node), formulas.title(graph, node)) == (called, heading)


@pytest.mark.parametrize(
    ("node", "heading"),
    [("length", "||x - 1||"), ("size", "|x - 1|"), ("both", "|(||x||)|"), ("twice", "||x|| × 2")],
)
def test_bars_stand_around_what_is_measured_and_bars_in_bars_are_told_apart(node: str, heading: str) -> None:
    graph = graph_of(
        {
            "x": ("carry", {}),
            "less": ("sub", {"input": "x", "other": 1}),
            "length": ("norm", {"input": "less"}),
            "size": ("abs", {"input": "less"}),
            "norm": ("norm", {"input": "x"}),
            "both": ("abs", {"input": "norm"}),
            "twice": ("mul", {"input": "norm", "other": 2}),
        }
    )
    assert formulas.title(graph, node) == heading
