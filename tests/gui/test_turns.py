"""Turns of loops on the screen: which one is looked at, what the nodes show of it, and how a pass goes round."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from engine.document import commands
from engine.document.document import Document
from engine.document.files import save
from engine.document.graph import Graph
from engine.document.records import Edge, Frame, Node
from engine.run.backward import play, written_passes
from engine.run.evaluate import evaluate
from engine.run.log import at_work
from engine.run.replay import steps
from gui.canvas.frames import STEP, control_scale
from gui.canvas.legend import HEIGHT, MARGIN
from gui.panels.timeline.sentence import sentence
from gui.player import Player
from gui.turns import Turns
from tests.gui.driver import CTRL, Driver

B, END, LEFT, RIGHT = Qt.Key.Key_B, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Right
BEFORE, NEXT = Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight
TURNS = 5


def leaf(id: str, value: float, at: tuple[float, float], frame: str | None = None, **more: Any) -> Node:
    return Node(id, "tensor", {"data": value, "requires_grad": True, **more}, at, frame, title=id)


def powers() -> Graph:
    """y = x = 1; while y < 20: y = y * w; y.backward(): five turns of w = 2."""
    nodes = [
        leaf("x", 1.0, (-420, -120)),
        leaf("w", 2.0, (-420, 120)),
        Node("y", "carry", {}, (-120, -120), "loop", title="y"),
        Node("step", "mul", {}, (180, 60), "loop", title="step"),
        Node("less", "lt", {"other": 20.0}, (180, -140), "loop", title="less"),
        Node("repeat", "repeat_while", {}, (480, -140), "loop"),
        Node("back", "backward", {}, (900, -120)),
    ]
    edges = [
        Edge("x", "y", "start"),
        Edge("step", "y", "next"),
        Edge("y", "step", "input"),
        Edge("w", "step", "other"),
        Edge("y", "less", "input"),
        Edge("less", "repeat", "condition"),
        Edge("y", "back", "tensor"),
    ]
    return Graph(nodes, edges, [Frame("loop", "while", "", (-160, -190, 880, 460))])


def nested() -> Graph:
    """Twice: y = y * w, twice (each loop counts down from 2)."""

    def loop(name: str, inside: str | None, rect: tuple[float, float, float, float]) -> Frame:
        return Frame(name, "while", "", rect, inside)

    nodes = [leaf("x", 1.0, (-700, 0)), leaf("w", 3.0, (-700, 200))]
    edges: list[Edge] = []
    for name, frame, x in (("i", "outer", -400.0), ("j", "inner", -100.0)):
        nodes += [
            Node(name, "carry", {"start": 2.0}, (x, -300), frame, title=name),
            Node(f"{name}.less", "sub", {"other": 1.0}, (x + 240, -300), frame),
            Node(f"{name}.some", "gt", {"other": 0.0}, (x + 480, -300), frame),
            Node(f"{name}.repeat", "repeat_while", {}, (x + 720, -300), frame),
        ]
        edges += [
            Edge(f"{name}.less", name, "next"),
            Edge(name, f"{name}.less", "input"),
            Edge(name, f"{name}.some", "input"),
            Edge(f"{name}.some", f"{name}.repeat", "condition"),
        ]
    nodes += [
        Node("y", "carry", {}, (-400, 0), "outer", title="y"),
        Node("z", "carry", {}, (-100, 0), "inner", title="z"),
        Node("step", "mul", {}, (200, 0), "inner", title="step"),
        Node("back", "backward", {}, (900, 0)),
    ]
    edges += [
        Edge("x", "y", "start"),
        Edge("z", "y", "next"),
        Edge("y", "z", "start"),
        Edge("step", "z", "next"),
        Edge("z", "step", "input"),
        Edge("w", "step", "other"),
        Edge("y", "back", "tensor"),
    ]
    frames = [loop("outer", None, (-440, -360, 1300, 560)), loop("inner", "outer", (-140, -330, 980, 500))]
    return Graph(nodes, edges, frames)


def opened(driver: Driver, graph: Graph, tmp_path: Path) -> Driver:
    path = tmp_path / "loop.autograd"
    save(path, Document.of(graph))
    driver.open(path)
    driver.view.fit_all()
    driver.settle()
    return driver


@pytest.fixture
def loop(driver: Driver, tmp_path: Path) -> Driver:
    """The powers of two, opened."""
    return opened(driver, powers(), tmp_path)


def told(driver: Driver) -> list[str]:
    return [sentence(step, driver.session.graph, driver.session.run) for step in driver.player.steps]


def seek_to(driver: Driver, text: str) -> None:
    """Stand right after the step with this sentence."""
    driver.player.seek(told(driver).index(text) + 1.0)
    driver.settle()


# Without a pass ------------------------------------------------------------------------------------------------------


def test_a_loop_shows_its_end(loop: Driver) -> None:
    turns = loop.session.turns
    assert (turns.turn("loop"), turns.count("loop")) == (TURNS, TURNS)
    assert turns.shown("y") == (TURNS,)
    assert turns.shown("step") == (TURNS - 1,)
    assert (loop.value("y"), loop.value("less"), loop.value("step")) == (32.0, False, 32.0)


def test_nodes_show_the_turn_that_is_looked_at(loop: Driver) -> None:
    for turn in (3, 0, 4):
        loop.session.turns.look("loop", turn)
        loop.settle()
        assert loop.value("y") == 2.0**turn
        assert loop.value("step") == 2.0 ** (turn + 1)
        assert loop.value("less") is True
    loop.session.turns.look("loop", None)
    assert loop.value("y") == 32.0


def test_brackets_turn_the_only_loop(loop: Driver) -> None:
    loop.view.setFocus()
    seen = []
    for key in (BEFORE, BEFORE, NEXT, NEXT, NEXT, *[BEFORE] * 9):
        loop.key(key)
        seen.append(loop.session.turns.turn("loop"))
    assert seen == [4, 3, 4, 5, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0]


def test_brackets_without_a_loop_say_so(driver: Driver) -> None:
    driver.key(BEFORE)
    assert "loop" in driver.said()


def test_a_carry_says_whose_tensor_it_holds_and_has_no_tray(loop: Driver) -> None:
    assert loop.scene.faces["y"].strip == "= step of turn 5"
    loop.session.turns.look("loop", 0)
    face = loop.scene.faces["y"]
    assert face.strip == "= x, its start"
    assert face.handed
    assert not face.tray  # though its tensor is the leaf x itself
    assert loop.scene.faces["x"].tray


def test_the_turn_is_kept_over_a_new_run_as_far_as_there_is_one(loop: Driver) -> None:
    loop.session.turns.look("loop", 3)
    loop.session.do(commands.set_params, "x", {"data": 8.0})
    loop.settle()
    assert loop.session.turns.count("loop") == 2
    assert (loop.session.turns.turn("loop"), loop.value("y")) == (2, 32.0)
    loop.session.undo()
    loop.settle()
    assert (loop.session.turns.turn("loop"), loop.value("y")) == (3, 8.0)


def test_zero_turns_show_the_start(driver: Driver, tmp_path: Path) -> None:
    graph = powers()
    graph.apply(*commands.set_params(graph, "x", {"data": 99.0}).changes)
    opened(driver, graph, tmp_path)
    turns = driver.session.turns
    assert (turns.turn("loop"), turns.count("loop")) == (0, 0)
    assert driver.value("y") == 99.0
    assert driver.value("step") is None
    assert driver.scene.faces["step"].hint == "the loop ran no turn"
    driver.select("step")
    assert driver.window.inspector.advice.text() == "Has no value: the loop ran no turn."
    driver.view.setFocus()
    driver.key(BEFORE)
    assert turns.turn("loop") == 0


# A pass goes round ---------------------------------------------------------------------------------------------------


def test_a_pass_is_told_turn_by_turn(loop: Driver) -> None:
    loop.key(B)
    sentences = told(loop)
    assert sentences[:4] == [
        "In turn 1 of 5: y starts as x",
        "In turn 1 of 5: less computes y < 20.0",
        "In turn 1 of 5: step computes y × w",
        "In turn 2 of 5: y takes over step of turn 1",
    ]
    backward = sentences[loop.player.first_backward :]
    assert backward[:5] == [
        "The pass starts at y: its gradient with respect to itself is +1",
        "In the check that ends the loop: y hands +1 back to step of turn 5",
        "In turn 5 of 5: step sends +2 back along input to y",
        "In turn 5 of 5: y hands +2 back to step of turn 4",
        "In turn 5 of 5: step sends +16 back along other to w; w has 1 of 5",
    ]
    assert "In turn 1 of 5: y hands +32 back to its start, x" in backward
    assert "In turn 1 of 5: step sends +16 back along other to w; w has 5 of 5" in backward
    assert [text for text in backward if ".grad" in text] == [
        "x.grad was None and becomes +32",
        "w.grad was None and becomes +80",
    ]


def test_the_counter_falls_while_the_pass_goes_back(loop: Driver) -> None:
    loop.key(B)
    seen = []
    while loop.player.done < loop.player.count:
        loop.key(RIGHT)
        seen.append(loop.session.turns.turn("loop"))
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == set(range(TURNS + 1))


def test_each_turn_has_its_own_gradient(loop: Driver) -> None:
    loop.key(B)
    loop.key(END)
    for turn in range(TURNS):
        loop.session.turns.look("loop", turn)
        loop.settle()
        assert loop.gradient("step") == 2.0 ** (TURNS - 1 - turn)
        assert loop.gradient("y") == 2.0 ** (TURNS - turn)


def test_a_mark_stays_in_the_turn_in_which_the_pass_was_blocked(loop: Driver) -> None:
    loop.session.do(commands.set_params, "x", {"requires_grad": False})
    loop.settle()
    loop.key(B)
    loop.key(END)
    wires = loop.scene.wires
    for turn in range(TURNS):
        loop.session.turns.look("loop", turn)
        loop.settle()
        wire = wires["step", "input"]
        assert (wire.stop, bool(wire.blocked), wire.gradient is None) == (
            ("constant", True, True) if turn == 0 else ("", False, False)
        )


def test_the_wire_that_goes_back_has_the_colour_of_what_it_leads_out_of(loop: Driver) -> None:
    loop.key(B)
    seek_to(loop, "In turn 4 of 5: step sends +4 back along input to y")
    wires = loop.scene.wires
    assert (loop.gradient("step"), wires["y", "next"].gradient) == (2.0, 2.0)
    seek_to(loop, "In turn 4 of 5: y hands +4 back to step of turn 3")
    assert (loop.gradient("step"), wires["y", "next"].gradient) == (2.0, 4.0)  # it lies on the wire, and waits
    loop.key(END)
    for turn in range(TURNS):
        loop.session.turns.look("loop", turn)
        loop.settle()
        assert wires["y", "next"].gradient == loop.gradient("step")
        assert wires["y", "next"].tracked


def test_a_wire_out_of_the_loop_says_that_it_brings_the_end(loop: Driver) -> None:
    wires = loop.scene.wires
    assert not wires["back", "tensor"].later
    loop.session.turns.look("loop", 2)
    loop.settle()
    assert [key for key, wire in wires.items() if wire.later] == [("back", "tensor")]


def test_a_leaf_outside_shows_what_adds_up_until_its_tray_has_it(loop: Driver) -> None:
    loop.key(B)
    strips = [""]
    while loop.player.done < loop.player.count:
        loop.key(RIGHT)
        strips.append(loop.scene.faces["w"].strip)
    assert [text for text, before in zip(strips[1:], strips, strict=False) if text != before] == [
        ".grad  None",
        "Σ 16 + …",
        "Σ 16 + 16 + …",
        "Σ 16 + 16 + 16 + …",
        "Σ … + 16 + 16 + …",
        "Σ … + 16 + 16 = 80",
        ".grad  80",
    ]


def test_the_sentence_says_what_the_gradients_of_the_turns_make(loop: Driver) -> None:
    loop.key(B)
    seek_to(loop, "In turn 4 of 5: step sends +16 back along other to w; w has 2 of 5")
    label = loop.window.timeline.sentence
    assert label.text() == "In turn 4 of 5: step sends +16 back along other to w; w has 2 of 5; makes +32"


def test_a_tensor_outside_gathers_from_every_turn(loop: Driver) -> None:
    loop.key(B)
    counters = []
    while loop.player.done < loop.player.count:
        loop.key(RIGHT)
        counters.append(loop.scene.faces["w"].counter)
    assert [text for i, text in enumerate(counters) if text and text != counters[i - 1]] == [
        f"{count}/{TURNS}" for count in range(1, TURNS + 1)
    ]
    assert loop.scene.faces["w"].strip == ".grad  80"


def test_control_and_an_arrow_go_a_whole_turn(loop: Driver) -> None:
    loop.key(B)
    seen = []
    while loop.player.done < loop.player.count:
        loop.key(RIGHT, CTRL)
        assert loop.player.current is not None
        seen.append(at_work(loop.player.current.event)[1])
    assert [turn for turn, _ in groupby(turn for turn in seen if turn)] == [(turn,) for turn in range(TURNS, -1, -1)]
    assert len(seen) < 12 < loop.player.count
    loop.player.seek(told(loop).index("In turn 4 of 5: step sends +4 back along input to y") + 1.0)
    stands = []
    for _ in range(3):
        loop.key(LEFT, CTRL)
        stands.append(loop.session.turns.turn("loop"))
    assert stands == [4, 5, 5]
    assert loop.player.done == loop.player.first_backward


def test_scrubbing_back_shows_what_was_shown_before(loop: Driver) -> None:
    loop.key(B)
    player = loop.player
    shown = {}
    for done in range(player.count + 1):
        player.seek(float(done))
        shown[done] = _faces(loop)
    for done in (player.count, 3, 17, 0, 9, player.count - 1, 12):
        player.seek(float(done))
        assert _faces(loop) == shown[done]


def _faces(driver: Driver) -> dict[str, object]:
    return {
        id: (driver.value(id), driver.gradient(id), face.strip, face.counter) for id, face in driver.scene.faces.items()
    }


def test_packets_go_along_the_wire_of_their_turn(loop: Driver) -> None:
    loop.key(B)
    for text, edge in (
        ("In turn 1 of 5: y starts as x", ("y", "start")),
        ("In turn 3 of 5: y takes over step of turn 2", ("y", "next")),
    ):
        loop.player.seek(told(loop).index(text) + 0.5)
        assert [packet.edge for packet in loop.packets() if packet.kind == "forward"] == [edge]
    seek_to(loop, "In turn 5 of 5: step sends +2 back along input to y")
    loop.player.seek(loop.player.position - 0.2)
    assert ("step", "input") in [packet.edge for packet in loop.packets() if packet.kind == "backward"]


def test_nothing_is_left_parked_at_a_carry(loop: Driver) -> None:
    loop.key(B)
    loop.key(END)
    assert loop.packets() == ()


def test_a_step_under_way_shows_its_own_turn(loop: Driver) -> None:
    loop.key(B)
    step = told(loop).index("In turn 4 of 5: step sends +4 back along input to y")
    for position, turn in ((step - 0.5, 4), (float(step), 4), (step + 0.5, 3)):
        loop.player.seek(position)
        assert loop.session.turns.turn("loop") == turn


def test_who_looks_elsewhere_stops_the_clock_and_the_next_step_shows_the_pass_again(loop: Driver) -> None:
    loop.key(B)
    loop.player.duration_scale = 1.0
    loop.player.play()
    loop.session.turns.look("loop", 1)
    assert not loop.player.playing
    assert loop.session.turns.turn("loop") == 1
    loop.player.duration_scale = 0.0
    loop.key(RIGHT)
    assert loop.session.turns.turn("loop") == TURNS


def test_the_pass_of_an_inner_loop_shows_both_turns(driver: Driver, tmp_path: Path) -> None:
    opened(driver, nested(), tmp_path)
    turns = driver.session.turns
    assert turns.shown("step") == (1, 1)
    assert driver.value("step") == 81.0
    turns.look("outer", 0)
    assert turns.shown("step") == (0, 1)
    assert driver.value("step") == 9.0
    turns.look("inner", 0)
    assert driver.value("step") == 3.0
    driver.view.setFocus()
    driver.key(B)
    sentences = told(driver)
    assert "In turn 2 of 2 (outer), turn 1 of 2 (inner): step sends +9 back along input to z" in sentences
    assert "In turn 1 of 2: i starts as 2.0" in sentences
    assert "In turn 2 of 2: y hands +9 back to z of turn 1" in sentences
    driver.key(END)
    assert driver.gradient("w") == 4 * 27.0
    seek_to(driver, "In turn 2 of 2 (outer), turn 1 of 2 (inner): step sends +9 back along input to z")
    assert turns.shown("step") == (1, 0)
    assert driver.gradient("step") == 3.0


# In the inspector ----------------------------------------------------------------------------------------------------


def test_the_inspector_says_which_turn_it_shows(loop: Driver) -> None:
    loop.session.turns.look("loop", 2)
    loop.select("step")
    inspector = loop.window.inspector
    assert inspector.turn.text() == "In turn 3 of 5."
    assert "8." in inspector.value.toPlainText()
    loop.view.setFocus()
    loop.key(BEFORE)
    assert inspector.turn.text() == "In turn 2 of 5."
    assert "4." in inspector.value.toPlainText()
    loop.select("x")
    assert not inspector.turn.isVisible()


def test_the_inspector_shows_the_gradient_of_that_turn(loop: Driver) -> None:
    loop.key(B)
    loop.key(END)
    loop.select("y")
    inspector = loop.window.inspector
    loop.session.turns.look("loop", 3)
    assert "4." in inspector.grad.toPlainText()
    assert "Handed on" in inspector.grad_sentence.text()


def test_a_frame_has_a_page_of_its_own(loop: Driver) -> None:
    loop.session.select(["loop"])
    page = loop.window.inspector.frame_page
    assert page.isVisible()
    assert page.turn.text() == "after 5 turns"
    loop.press_button("inspector.frame.back")
    assert page.turn.text() == "turn 5 of 5"
    assert loop.session.turns.turn("loop") == 4
    loop.fill("inspector.frame.title", "powers of w")
    assert loop.session.graph.frames["loop"].title == "powers of w"
    loop.fill("inspector.most", "3")
    assert loop.session.graph.nodes["repeat"].params["most"] == 3
    assert "still true after 3 turns" in page.error.text()
    loop.session.undo()
    loop.settle()
    assert page.error.isHidden()
    loop.session.undo()
    assert loop.session.graph.frames["loop"].title == ""


def test_a_carry_may_start_as_a_number(loop: Driver) -> None:
    loop.session.do(commands.delete, (), [("y", "start")])
    loop.settle()
    loop.select("y")
    loop.fill("inspector.start", "5")
    assert (loop.session.turns.count("loop"), loop.value("y")) == (2, 20.0)
    loop.session.turns.look("loop", 0)
    assert loop.scene.faces["y"].strip == "= 5, its start"
    form = loop.window.inspector.form
    assert form is not None
    assert "next" not in form.ports  # that takes only what a turn made


# In sentences --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "because"),
    [
        ("d", "detach has cut this one wire; the value passes, its history does not"),
        ("a", ".data is the same memory unseen by autograd: no history, and changes to it go unnoticed"),
        ("n", "n was computed under no_grad (evaluation), where nothing is recorded"),
        ("k", "the leaf k has requires_grad=False, it does not ask for one"),
        ("m", "m comes from k, a leaf with requires_grad=False that does not ask for one"),
        ("f", "f comes from detach(x), where detach has cut the history"),
        ("i", "whole numbers have no gradient"),
    ],
)
def test_what_stops_a_gradient_is_told_apart(source: str, because: str) -> None:
    nodes = [
        leaf("x", 1.0, (0, 0)),
        Node("k", "tensor", {"data": 1.0}, title="k"),
        Node("i", "tensor", {"data": 1, "dtype": "int64"}, title="i"),
        Node("d", "detach"),
        Node("a", "data", title="a"),
        Node("n", "mul", {"other": 2.0}, frame="fence", title="n"),
        Node("m", "mul", {"other": 2.0}, title="m"),
        Node("f", "mul", {"other": 2.0}, title="f"),
        Node("y", "mul", title="y"),
        Node("back", "backward"),
    ]
    wires = [
        *(Edge("x", id, "input") for id in "dany"),
        Edge("k", "m", "input"),
        Edge("d", "f", "input"),
        Edge("y", "back", "tensor"),
    ]
    graph = Graph(nodes, [*wires, Edge(source, "y", "other")], [Frame("fence", "no_grad", "evaluation")])
    run = evaluate(graph.snapshot())
    told = [sentence(step, graph, run) for step in steps(play(run, written_passes(run)))]
    called = "detach(x)" if source == "d" else source
    assert f"y sends no gradient along other to {called}: {because}" in told


# Everything is a function of where the player stands -----------------------------------------------------------------


@given(st.lists(st.one_of(st.floats(0, 60), st.tuples(st.sampled_from(["outer", "inner"]), st.integers(0, 4)))))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_shown_is_a_turn_that_there_was(moves: list[float | tuple[str, int]]) -> None:
    run = evaluate(nested().snapshot())
    log = play(run, written_passes(run))
    player = Player()
    turns = Turns(player)
    turns.take(run)
    player.load(log)
    for move in moves:
        if isinstance(move, tuple):
            turns.look(*move)
        else:
            player.seek(move)
        for frame in ("outer", "inner"):
            count = turns.count(frame)
            assert count is not None
            assert 0 <= turns.turn(frame) <= count
        for node in run.order:
            assert run.at(node, turns.shown(node)) is run.at(node, run.clamped(node, turns.shown(node)) or ())
    player.seek(0.0)
    player.seek(7.0)
    fresh_player = Player()
    fresh = Turns(fresh_player)
    fresh.take(run)
    fresh_player.load(log, 7)
    assert [turns.shown(node) for node in run.order] == [fresh.shown(node) for node in run.order]


# From farther off ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [0.48, 0.4, 0.3])
def test_the_stepper_is_as_large_on_the_screen_as_can_be_hit_and_works_where_it_is_painted(
    loop: Driver, zoom: float
) -> None:
    loop.look_at(200, 0, zoom)
    scale = control_scale(zoom)
    stepper = loop.frame("loop").stepper_rect(scale)
    assert stepper.height() * zoom >= 13
    ground = loop.at(stepper.left() + STEP * scale, stepper.center().y())
    assert loop.shows(ground, loop.scene.look.theme.color("node"))
    loop.click(loop.frame_part("loop", "back"))
    assert loop.session.turns.turn("loop") == TURNS - 1
    loop.click(loop.frame_part("loop", "on"))
    assert loop.session.turns.turn("loop") == TURNS
    assert loop.looks_fresh()


def test_a_header_without_a_stepper_has_no_invisible_buttons(loop: Driver) -> None:
    loop.look_at(200, 0, 0.25)
    shown = loop.frame("loop")
    there = shown.stepper_rect().center()
    loop.click(loop.at(shown.stepper_rect().left() + 8, there.y()))
    assert loop.session.turns.turn("loop") == TURNS
    assert loop.session.selection == {"loop"}
    assert control_scale(0.25) == 0


def test_a_node_that_says_how_long_reads_the_condition_if_there_is_room(loop: Driver) -> None:
    loop.session.do(commands.rename, "less", "")
    assert loop.scene.faces["repeat"].title == "while y < 20.0"
    loop.session.do(commands.rename, "y", "residual")
    assert loop.scene.faces["repeat"].title == "residual < 20.0"
    loop.session.do(commands.rename, "y", "the largest error of all")
    assert loop.scene.faces["repeat"].title == "while less"
    assert loop.frame("loop").title == "while (the largest error of all) < 20.0"


def test_after_fit_nothing_lies_under_the_legend(loop: Driver) -> None:
    loop.key(B)
    loop.key(END)
    loop.view.fit_all()
    view = loop.view.viewport()
    for height in (300, 420, 600):
        view.window().resize(1100, height + view.window().height() - view.height())
        loop.settle()
        loop.view.fit_all()
        below = loop.view.viewportTransform().mapRect(loop.scene.rect_of()).bottom()
        assert below <= view.height() - HEIGHT - MARGIN


def test_the_open_inputs_of_a_fresh_carry_are_told_apart(driver: Driver) -> None:
    driver.put("ones", 0, 0)
    driver.session.do(commands.add_frame, "while", (0, 200))
    [carry] = [face for face in driver.scene.faces.values() if face.icon == "carry"]
    assert carry.named == ("start", "next")


def test_what_a_loop_still_needs_is_a_note_in_the_inspector_and_no_error(loop: Driver) -> None:
    loop.session.do(commands.delete, (), [("repeat", "condition")])
    loop.settle()
    loop.session.select(["loop"])
    loop.settle()
    page = loop.window.inspector.frame_page
    assert page.note.text() == loop.frame("loop").needs != ""
    assert not page.error.isVisible()
