"""Loops: a document with while and no_grad frames does, bit for bit, what the same program does in Python."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.autograd import Tensor
from engine.convert.script import torch_script
from engine.document.commands import Refused, set_params
from engine.document.graph import Graph
from engine.document.records import Change, EdgeKey, Frame, Node
from engine.document.unrolling import unroll
from engine.op import OPS
from engine.run import loops
from engine.run.backward import Pass, play
from engine.run.evaluate import Cancelled, evaluate
from engine.run.log import Accumulate, Deliver, Fire, failure
from engine.run.replay import Replay
from engine.run.report import as_json, as_text
from tests.run.graphs import Written, backward, exact, grad, graph_of, leaf, run_of, tensor, told, value
from tests.run.looping import Interpreted, programs


def words(tensor: Tensor | None) -> object:
    """All that can be told of a tensor without running backward from it."""
    if tensor is None:
        return None
    return exact(tensor.array), tensor.requires_grad, tensor.grad_fn.name() if tensor.grad_fn is not None else None


@given(graph=programs(), data=st.data())
@settings(max_examples=100)
def test_every_value_of_every_turn_and_every_gradient_is_that_of_the_program_in_python(graph, data) -> None:
    run = evaluate(graph.snapshot())
    program = Interpreted(graph.snapshot())
    for id in run.order:
        assert words(run.tensor(id)) == words(program.names.get(id)), id
    for (id, turn), made in program.values.items():
        assert words(run.tensor_at(id, turn)) == words(made), (id, turn)
    assert {place: run.loops[place].count for place in program.turns} == program.turns

    roots = [id for id, made in program.names.items() if made.requires_grad]
    if not roots:
        return
    root = data.draw(st.sampled_from(sorted(roots)))
    fitting = sorted(id for id, made in program.names.items() if made.shape == program.names[root].shape)
    seed = data.draw(st.sampled_from(fitting)) if program.names[root].numel() != 1 else None
    log = play(run, [Pass(root, seed)])
    program.names[root].backward(program.names[seed] if seed is not None else None)
    for (id, turn), made in program.values.items():
        if made.is_leaf:
            assert words(run.tensor_at(id, turn).grad) == words(made.grad), (id, turn)
    end = Replay(log).state(len(log))
    assert not end.parked
    assert not any(arrived.waiting for arrived in end.gradients.values())


# By hand -------------------------------------------------------------------------------------------------------------


def loop(nodes: Written, most: int = 100, **outside: Any) -> Graph:
    """A graph of these nodes in one loop, `while1`, with those `outside` of it. `until` is what the condition is."""
    inside = {**nodes, "repeat": ("repeat_while", {"condition": "until", "most": most})}
    return graph_of({**outside, **inside}, {"while1": ("while", " ".join(inside))})


def counting(turns: int, nodes: Written, most: int = 100, **outside: Any) -> Graph:
    """The same, with a counter for a condition."""
    counter = {
        "i": ("carry", {"start": 0, "next": "next"}),
        "next": ("add", {"input": "i", "other": 1}),
        "until": ("lt", {"input": "i", "other": turns}),
    }
    return loop({**counter, **nodes}, most, **outside)


DOUBLING = {
    "y": ("carry", {"start": "x", "next": "twice"}),
    "twice": ("mul", {"input": "y", "other": 2}),
    "size": ("norm", {"input": "raw"}),
    "raw": ("data", {"input": "y"}),
    "until": ("lt", {"input": "size", "other": 1000}),
}


def stopped(graph: Graph) -> str | None:
    run = run_of(graph)
    assert run.tensor("y") is None
    assert run.results["out"].waits_for is not None
    return run.loops["while1", ()].stopped


def test_the_tutorial_doubles_until_the_norm_is_large_and_the_gradient_is_that_power_of_two() -> None:
    run = run_of(loop(DOUBLING, x=leaf([0.3, -0.8, 0.5]), v=leaf([0.1, 1.0, 0.0001], False)))
    assert run.turns("while1") == 10
    backward(run, "y", "v")
    assert grad(run, "x") == pytest.approx([102.4, 1024, 0.1024])


def test_a_pass_goes_round_the_loop_from_the_last_turn_to_the_first() -> None:
    run = run_of(loop(DOUBLING, x=leaf(300.0)))
    log = backward(run, "y")
    sent = [(event.edge, event.edge_turn, event.node, event.turn) for event in log if isinstance(event, Deliver)]
    assert sent == [
        (("y", "next"), (2,), "twice", (1,)),
        (("twice", "input"), (1,), "y", (1,)),
        (("y", "next"), (1,), "twice", (0,)),
        (("twice", "input"), (0,), "y", (0,)),
        (("y", "start"), (0,), "x", ()),
    ]
    assert [(event.node, event.turn) for event in log if isinstance(event, Fire)] == [("twice", (1,)), ("twice", (0,))]


def test_what_is_outside_gets_a_gradient_from_every_turn_last_to_first() -> None:
    scaled = {"y": ("carry", {"start": "x", "next": "m"}), "m": ("mul", {"input": "y", "other": "w"})}
    run = run_of(counting(3, scaled, x=leaf(5.0), w=leaf(2.0)))
    log = backward(run, "y")
    to_w = [event for event in log if isinstance(event, Deliver) and event.node == "w"]
    assert [(event.edge_turn, event.kth, event.of_n, float(event.grad)) for event in to_w] == [
        ((2,), 1, 3, 20),
        ((1,), 2, 3, 20),
        ((0,), 3, 3, 20),
    ]
    assert grad(run, "w") == 60
    replay = Replay(log)
    before = log.index(to_w[1])
    state = replay.state(before + 1)
    assert state.parked["m", "other"] == 40
    assert state.edge_at(("m", "other"), (2,)) == state.edge_at(("m", "other"), (1,)) == 20
    assert state.edge_at(("m", "other"), (0,)) is None
    assert state.at("y", (2,)) is not None
    assert state.at("y", (0,)) is None


def test_a_carry_that_is_read_twice_hands_the_sum_on_when_both_have_come() -> None:
    squared = {"y": ("carry", {"start": "x", "next": "m"}), "m": ("mul", {"input": "y", "other": "y"})}
    log = backward(run_of(counting(1, squared, x=leaf(3.0))), "y")
    assert told(log, "Deliver") == [
        ("Deliver", "m", ("y", "next"), 1, 1, 1),
        ("Deliver", "y", ("m", "input"), 3, 1, 2),
        ("Deliver", "y", ("m", "other"), 3, 2, 2),
        ("Deliver", "x", ("y", "start"), 6, 1, 1),
    ]


def test_a_loop_whose_condition_is_false_at_once_gives_what_it_started_with() -> None:
    run = run_of(loop(DOUBLING, x=leaf(2000.0), out=("neg", {"input": "y"}), late=("neg", {"input": "twice"})))
    assert run.turns("while1") == 0
    assert tensor(run, "y") is tensor(run, "x")
    assert value(run, "size") == 2000
    assert value(run, "out") == -2000
    assert run.results["twice"].idle
    assert run.results["late"].waits_for == "twice"
    fail = failure(backward(run, "twice"))
    assert fail is not None
    assert fail.message == "twice has no value: the loop ran no turn."


def test_a_loop_runs_so_many_turns_at_most() -> None:
    graph = loop(DOUBLING, 4, x=leaf(1.0), out=("neg", {"input": "y"}))
    assert stopped(graph) == "The condition is still true after 4 turns, so the loop was stopped."
    run = run_of(graph)
    assert run.results["repeat"].error == stopped(graph)
    assert [run.at("y", (turn,)).tensor.tolist() for turn in range(5)] == [1, 2, 4, 8, 16]
    assert run.at("twice").tensor.tolist() == 16


def test_a_condition_is_one_boolean_or_number() -> None:
    wide = {**DOUBLING, "until": ("lt", {"input": "raw", "other": 1000})}
    graph = loop(wide, x=leaf([1.0, 2.0, 3.0]), out=("neg", {"input": "y"}))
    assert stopped(graph) == "The condition must be one boolean or number, not [3]."
    countdown = {"y": ("carry", {"start": "x", "next": "less"}), "less": ("sub", {"input": "y", "other": 1})}
    run = run_of(loop({**countdown, "until": ("clone", {"input": "y"})}, x=leaf(3.0)))
    assert run.turns("while1") == 3


def test_a_condition_that_is_nan_is_neither_true_nor_false() -> None:
    rooted = {
        "y": ("carry", {"start": "x", "next": "less"}),
        "less": ("sub", {"input": "y", "other": 1}),
        "until": ("sqrt", {"input": "less"}),
    }
    graph = loop(rooted, x=leaf(2.5), out=("neg", {"input": "y"}))
    assert stopped(graph) == "The condition is NaN in turn 3: neither true nor false."


def test_a_loop_that_ends_because_nan_compares_false_says_so() -> None:
    rooted = {"y": ("carry", {"start": "x", "next": "r"}), "r": ("log", {"input": "y"})}
    run = run_of(loop({**rooted, "until": ("lt", {"input": "y", "other": 9})}, x=leaf(2.0)))
    ran = run.loops["while1", ()]
    assert ran.stopped is None
    assert ran.note == "The loop ended after 3 turns because y is NaN: no comparison with NaN is true."
    assert run.origin("y") == ("r", (2,))
    assert run.results["y"].handed == ("r", (2,))


def test_a_carry_may_change_its_shape_from_turn_to_turn() -> None:
    twice = dict.fromkeys([port.name for port in OPS["cat"].ports[:2]], "y")
    growing = {"y": ("carry", {"start": "x", "next": "longer"}), "longer": ("cat", twice)}
    run = run_of(counting(3, growing, x=leaf([1.0]), total=("sum", {"input": "y"})))
    assert tensor(run, "y").shape == (8,)
    backward(run, "total")
    assert grad(run, "x") == [8]


def test_what_grows_beyond_all_measure_is_stopped_before_it_is_made() -> None:
    outer = {"y": ("carry", {"start": "x", "next": "flat"}), "flat": ("reshape", {"input": "o", "shape": [-1]})}
    graph = counting(9, {**outer, "o": ("outer", {"input": "y", "vec2": "y"})}, x=leaf([1.0] * 10))
    run = run_of(graph)
    assert run.loops["while1", ()].count == 2
    assert "the limit is" in run.results["o"].error
    assert run.results["o"].error.endswith("(in turn 3)")


def test_two_carries_may_swap() -> None:
    swap = {"a": ("carry", {"start": "x", "next": "b"}), "b": ("carry", {"start": "z", "next": "a"})}
    run = run_of(counting(3, swap, x=leaf(1.0), z=leaf(2.0)))
    assert (value(run, "a"), value(run, "b")) == (2, 1)
    assert run.maker(("a", (3,)))[0] == ("z", ())
    assert [key for key, _ in run.maker(("a", (3,)))[1]] == [
        ("a", "next"),
        ("b", "next"),
        ("a", "next"),
        ("b", "start"),
    ]
    log = backward(run, "a")
    assert [(event.node, event.turn) for event in log if isinstance(event, Deliver)] == [
        ("b", (2,)),
        ("a", (1,)),
        ("b", (0,)),
        ("z", ()),
    ]
    assert grad(run, "z") == 1
    assert grad(run, "x") is None


def test_an_inner_loop_begins_anew_in_every_turn_of_the_outer_one() -> None:
    nodes = {
        "x": leaf(2.0),
        "i": ("carry", {"start": 0, "next": "i1"}),
        "i1": ("add", {"input": "i", "other": 1}),
        "until": ("lt", {"input": "i", "other": 3}),
        "outer": ("repeat_while", {"condition": "until"}),
        "y": ("carry", {"start": "x", "next": "z"}),
        "z": ("carry", {"start": "y", "next": "zz"}),
        "zz": ("mul", {"input": "z", "other": "x"}),
        "j": ("carry", {"start": "i", "next": "j1"}),
        "j1": ("sub", {"input": "j", "other": 1}),
        "left": ("gt", {"input": "j", "other": 0}),
        "inner": ("repeat_while", {"condition": "left"}),
    }
    frames = {"while1": ("while", "i i1 until outer y while2"), "while2": ("while", "z zz j j1 left inner")}
    run = run_of(graph_of(nodes, frames))
    assert [run.turns("while2", (turn,)) for turn in range(3)] == [0, 1, 2]
    assert value(run, "y") == 2**4  # x · x^0 · x^1 · x^2
    assert run.at("zz", (2, 1)).tensor.tolist() == 16
    assert run.read(run.inputs["y"]["next"], (2,)) == ("z", (1, 1))
    backward(run, "y")
    assert grad(run, "x") == 4 * 2**3


def test_no_grad_in_a_loop_and_around_it() -> None:
    nodes = {"y": ("carry", {"start": "x", "next": "m"}), "m": ("mul", {"input": "y", "other": "w"})}
    graph = counting(2, {**nodes, "w": leaf(3.0)}, x=leaf(2.0))
    assert tensor(run_of(graph), "y").requires_grad
    for fenced, where in ((graph.nodes["m"], "while1"), (graph.frames["while1"], None)):
        fence = Frame("fence", "no_grad", frame=where)
        around = Graph(graph.nodes.values(), graph.edges.values(), graph.frames.values())
        around.apply(Change(None, fence), Change(fenced, replace(fenced, frame="fence")))
        run = run_of(around)
        assert value(run, "y") == 18
        assert not tensor(run, "y").requires_grad
        assert tensor(run, "w").requires_grad


def test_a_leaf_under_no_grad_keeps_its_flag() -> None:
    nodes = {"x": leaf(2.0), "y": ("mul", {"input": "x", "other": "x"}), "z": ("mul", {"input": "x", "other": "y"})}
    run = run_of(graph_of(nodes, {"fence": ("no_grad", "x y")}))
    assert tensor(run, "x").requires_grad
    assert tensor(run, "y").grad_fn is None
    log = backward(run, "z")
    assert grad(run, "x") == 4
    assert ("Blocked", ("z", "other"), "no_grad") in told(log)


def test_a_node_that_fails_stops_the_loop_only_if_the_loop_needs_it() -> None:
    spare = {**DOUBLING, "odd": ("reshape", {"input": "raw", "shape": [2, 2]}), "after": ("neg", {"input": "odd"})}
    run = run_of(loop(spare, x=leaf([100.0, 0.0])))
    assert run.turns("while1") == 4
    assert "(in turn 1)" in run.results["odd"].error
    assert run.results["after"].waits_for == "odd"

    needed = {**DOUBLING, "twice": ("reshape", {"input": "y", "shape": [2, 2]})}
    graph = loop(needed, x=leaf([100.0, 0.0]), out=("neg", {"input": "y"}))
    assert stopped(graph) == "The loop stopped in turn 1: twice has no value."


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        (("twice", "input"), "The loop stopped in turn 1: twice has no value."),
        (("y", "next"), "y needs: next"),
        (("repeat", "condition"), "The loop needs a condition."),
        (("y", "start"), "y needs: start"),
    ],
)
def test_a_loop_that_is_not_complete_says_what_it_needs(gone: EdgeKey, sentence: str) -> None:
    graph = loop(DOUBLING, x=leaf(1.0), out=("neg", {"input": "y"}))
    graph.apply(Change(graph.edges[gone], None))
    assert stopped(graph) == sentence


def test_a_loop_without_a_condition_shows_what_one_turn_gives() -> None:
    graph = loop(DOUBLING, x=leaf(1.0))
    graph.apply(Change(graph.edges["repeat", "condition"], None))
    run = run_of(graph)
    assert run.turns("while1") is None
    assert run.at("twice").tensor.tolist() == 2


def test_what_a_carry_takes_on_comes_by_a_wire_a_number_there_is_none() -> None:
    added = {"y": ("carry", {"start": 1.0, "next": 5.0}), "twice": ("mul", {"input": "y", "other": 2.0})}
    graph = counting(2, added)
    run = run_of(graph)
    assert run.results["y"].missing == ("next",)
    assert run.loops["while1", ()].stopped == "y needs: next"
    assert "# while1: y needs next" in torch_script(graph.snapshot()).splitlines()
    with pytest.raises(Refused, match="y needs: next"):
        unroll(graph, "while1", lambda frame, outer: 2)


def test_a_carry_outside_and_a_backward_node_inside_a_loop_say_what_is_wrong() -> None:
    run = run_of({"c": ("carry", {"start": 1, "next": 2})})
    assert run.results["c"].error == "c belongs to a loop: drop it into a while frame."
    run = run_of(loop({**DOUBLING, "b": ("backward", {"tensor": "y"})}, x=leaf(1.0)))
    assert run.results["b"].error.startswith("b runs a pass when the program is done: it cannot stand inside a loop.")
    assert run.statements() == []


def test_a_leaf_in_a_loop_is_another_in_every_turn_and_each_keeps_its_grad() -> None:
    added = {"y": ("carry", {"start": "x", "next": "s"}), "s": ("mul", {"input": "y", "other": "w"}), "w": leaf(3.0)}
    graph = counting(2, added, x=leaf(5.0))
    run = run_of(graph)
    log = backward(run, "y")
    leaves = [event for event in log if isinstance(event, Accumulate)]
    assert [(event.node, event.turn, float(event.after)) for event in leaves] == [
        ("w", (1,), 15),
        ("x", (), 9),
        ("w", (0,), 15),
    ]
    again = run_of(graph, run, fresh=True)
    assert again.tensor_at("w", (0,)) is run.tensor_at("w", (0,))
    assert again.tensor_at("s", (0,)) is not run.tensor_at("s", (0,))
    graph.apply(*set_params(graph, "until", {"other": 3}).changes)
    longer = run_of(graph, again)
    assert longer.tensor_at("w", (1,)) is run.tensor_at("w", (1,))
    assert longer.tensor_at("w", (2,)).grad is None


def test_a_loop_that_nothing_changed_for_is_not_run_again() -> None:
    graph = loop(DOUBLING, x=leaf(1.0), out=("neg", {"input": "y"}))
    run = run_of(graph)
    seen = run.at("twice", (3,))
    graph.apply(*set_params(graph, "out", {}).changes or [Change(None, Node("new", "ones"))])
    again = run_of(graph, run)
    assert again.loops["while1", ()] is run.loops["while1", ()]
    assert again.at("twice", (3,)) is seen
    graph.apply(*set_params(graph, "twice", {"other": 3}).changes)
    assert run_of(graph, again).turns("while1") == 7


def test_a_long_loop_stops_when_nobody_wants_it_any_more() -> None:
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        evaluate(counting(10**6, {}, 10**6).snapshot(), None, lambda: next(asked) >= 3)


def test_a_loop_may_not_take_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST_BYTES", 2**20)
    wide = {"y": ("carry", {"start": "x", "next": "m"}), "m": ("mul", {"input": "y", "other": 1.0})}
    graph = counting(10**4, wide, 10**4, x=("ones", {"size": [1000]}), out=("neg", {"input": "y"}))
    said = stopped(graph)
    assert said is not None
    assert said.startswith("The loop has made 0.0 GiB in ")


def test_the_report_says_how_often_a_loop_ran() -> None:
    run = run_of(loop(DOUBLING, x=leaf(1.0)))
    assert json.loads(as_json(run, ()))["frames"] == {"while1": {"kind": "while", "turns": 10, "stopped": None}}
    assert "while1: 10 turns" in as_text(run, ())
    assert "frames" not in json.loads(as_json(run_of({"x": leaf(1.0)}), ()))
