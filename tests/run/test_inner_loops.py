"""Loops in loops: what one inside leaves to the one around it, and what both may take together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.document.commands import rename
from engine.op import OPS
from engine.run import loops
from engine.run.evaluate import Run, evaluate
from engine.run.history import history
from engine.run.limits import MOST_IN_RESULT
from engine.run.programs import Step
from tests.run.test_unrolling import Program

PORTS = ("start", "next")


def run_of(program: Program) -> Run:
    return evaluate(program.graph().snapshot())


def nested(turns: object, inner: object) -> Program:
    """Two loops, one in the other, each with a counter."""
    program = Program()
    program.frame("while1")
    program.frame("while2", inside="while1")
    program.counted("while1", turns)
    program.counted("while2", inner)
    return program


def test_a_loop_says_that_nan_ended_it_also_if_a_loop_inside_compared_it() -> None:
    program = Program()
    program.frame("while1")
    program.frame("while2", inside="while1")
    program.counted("while2", 2)
    program.add("y", "carry", "while1", start=1.0)
    program.add("z", "carry", "while2", start="y")
    program.add("low", "lt", "while2", input="z", other=100)
    program.add("zz", "mul", "while2", input="z", other=2.0)
    program.set("z", next="zz")
    program.set("y", next="z")
    program.add("again", "repeat_while", "while1", condition="low")
    ran = run_of(program).loops["while1", ()]
    assert (ran.ended, ran.note, ran.count) == (True, None, 3)

    program.nodes["y"] = replace(program.nodes["y"], params={"start": "nan"})
    ran = run_of(program).loops["while1", ()]
    assert ran.note == "The loop ended after 0 turns because z is NaN: no comparison with NaN is true."


def test_the_wire_that_goes_back_carries_nothing_into_the_first_turn() -> None:
    program = Program()
    program.frame("while1")
    program.leaf("x", 2.0)
    program.counted("while1", 3)
    program.add("a", "carry", "while1", start="x")
    program.add("b", "carry", "while1", start="x", next="a")
    program.add("twice", "mul", "while1", input="a", other=2.0)
    program.set("a", next="twice")
    graph = program.graph()
    run = evaluate(graph.snapshot())
    assert run.read(graph.edges["b", "next"], (0,)) == ("a", None)
    known = {port: [history(run, graph.edges["a", port], (turn,)) is not None for turn in range(4)] for port in PORTS}
    assert known == {"start": [True] * 4, "next": [False, True, True, True]}


def test_what_a_loop_inside_leaves_is_looked_at_in_every_turn_before_more_is_made_of_it() -> None:
    program = nested(3, "much")
    program.add("much", "mul", "while1", input="while1_count", other=7)
    program.add("one", "ones", size=[1])
    ports = [port.name for port in OPS["cat"].ports[:2]]
    program.add("z", "carry", "while2", start="one")
    program.add("longer", "cat", "while2", **dict.fromkeys(ports, "z"))
    program.set("z", next="longer")
    program.add("square", "outer", "while1", input="z", vec2="z")  # 1, 2^14, 2^28 numbers
    run = run_of(program)
    assert run.at("square", (1,)).tensor.array.size == 2**14
    assert run.results["square"].error == (
        f"would need 16,384 × 16,384 = 268,435,456 numbers; the limit is {MOST_IN_RESULT:,} (in turn 3)"
    )


def test_loops_in_a_loop_may_not_take_all_memory_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST_BYTES", 2**20)
    program = nested(1000, 5)
    program.add("x", "ones", size=[1000])
    program.add("z", "carry", "while2", start="x")
    program.add("same", "mul", "while2", input="z", other=1.0)
    program.set("z", next="same")
    ran = run_of(program).loops["while1", ()]
    assert ran.count < 2**20 / (5 * 4000)
    assert ran.stopped == f"The loop has made 0.0 GiB in {ran.count} turns; the limit is 0.0 GiB."


def test_many_small_tensors_are_much_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST_BYTES", 2**20)
    program = Program()
    program.frame("while1")
    program.counted("while1", 5000)  # two numbers in a turn
    assert run_of(program).loops["while1", ()].count < 2**20 / (2 * loops.EACH) + loops.BREATH


def test_what_a_loop_says_has_the_names_that_its_nodes_have_now() -> None:
    program = Program()
    program.frame("while1")
    program.leaf("x", 1.0)
    program.add("y", "carry", "while1", start="x")
    program.add("root", "sqrt", "while1", input="y")
    program.add("less", "sub", "while1", input="root", other=5.0)
    program.set("y", next="less")
    program.add("high", "gt", "while1", input="y", other=-100.0)
    program.add("again", "repeat_while", "while1", condition="high")
    graph = program.graph()
    run = evaluate(graph.snapshot())
    graph.apply(*rename(graph, "y", "speed").changes)
    renamed = evaluate(graph.snapshot(), run)
    assert "because speed is NaN" in str(renamed.loops["while1", ()].note)
    assert renamed.results["x"] is run.results["x"]


def test_behind_a_gap_a_turn_goes_on_without_comparing_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop inside that runs no turn leaves nothing of its body, in any turn of the one around it."""
    monkeypatch.setattr(Step, "__eq__", lambda *_: pytest.fail("steps are compared, closures and all"))
    program = nested(5, 0)
    program.add("before", "neg", "while1", input="while1_count")
    program.add("twice", "mul", "while2", input="while2_count", other=2)
    program.add("spare", "neg", "while1", input="twice")
    program.add("z_after", "neg", "while1", input="before")
    run = run_of(program)
    assert run.at("spare", (4,)).waits_for == "twice"
    assert run.at("z_after", (4,)).tensor.item() == 4
