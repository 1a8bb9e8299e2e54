"""What the examples are there to show."""

from __future__ import annotations

import pytest

from engine.document.numbers import new_numbers
from engine.run.log import Deliver
from tests.run.graphs import example, grad, run_of, tensor, value, written

V = [0.1, 1.0, 0.0001]


def test_the_gradient_of_the_tutorials_loop_is_a_power_of_two_times_v_whatever_the_numbers_are() -> None:
    graph = example("blitz_while")
    counts = set()
    for _ in range(20):
        run = run_of(graph)
        written(run)
        count = run.turns("while1")
        assert count is not None
        counts.add(count)
        assert grad(run, "x") == pytest.approx([2.0 ** (count + 1) * v for v in V])
        assert tensor(run, "y").norm().item() >= 1000 > tensor(run, "y").norm().item() / 2
        graph.apply(*new_numbers(graph).changes)
    assert len(counts) > 1


def test_a_stop_leaves_four_of_the_twelve() -> None:
    run = run_of(example("three_stops"))
    written(run)
    assert [grad(run, f"x{n}") for n in (1, 2, 3, 4)] == [12, 4, 4, 4]
    assert [value(run, f"z{n}") for n in (1, 2, 3, 4)] == [8, 8, 8, 8]
    assert [tensor(run, f"square{n}").requires_grad for n in (1, 2, 3, 4)] == [True, True, False, False]


def test_the_weight_of_the_recurrent_network_gets_a_gradient_from_every_turn() -> None:
    run = run_of(example("rnn_unrolled"))
    log = written(run)
    assert run.turns("while1") == 8
    sent = [event.edge_turn for event in log if isinstance(event, Deliver) and event.node == "w"]
    assert sent == [(turn,) for turn in reversed(range(8))]
    hidden, slope = 0.0, 0.0
    for x in value(run, "x"):
        hidden, slope = 0.5 * hidden + x, hidden + 0.5 * slope
    assert grad(run, "w") == pytest.approx(slope)
    assert value(run, "h") == pytest.approx([hidden])


def test_newtons_method_finds_the_root_and_its_slope() -> None:
    run = run_of(example("newton_sqrt"))
    written(run)
    assert value(run, "x") == pytest.approx(2**0.5)
    assert grad(run, "a") == pytest.approx(0.5 / 2**0.5)
