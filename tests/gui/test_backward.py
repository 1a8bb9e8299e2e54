"""A backward pass, watched: keys, packets at chosen moments, counters, trays, colours, errors; and back again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.document import commands
from gui.player import SPEEDS
from gui.scale import GradScale
from tests.gui.driver import CTRL, EXAMPLES, SHIFT, Driver

B, Z, SPACE = Qt.Key.Key_B, Qt.Key.Key_Z, Qt.Key.Key_Space
LEFT, RIGHT, HOME, END = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End
FOURS = [[4.5, 4.5], [4.5, 4.5]]
# The steps of the tutorial's pass.
Y, SQUARE, Z_, OUT, SEED, TO_Z, TO_SQUARE, TO_Y_FIRST, TO_Y_SECOND, TO_X, KEPT = range(11)


@pytest.fixture
def passed(mean: Driver) -> Driver:
    """The tutorial's example, its pass just begun: forward and seed are done."""
    mean.key(B)
    return mean


def carried(driver: Driver) -> list[tuple[tuple[str, str], str]]:
    return [(packet.edge, packet.kind) for packet in driver.packets()]


# Where a pass begins ------------------------------------------------------------------------------------------------


def test_b_runs_what_the_backward_node_says_and_stands_at_its_beginning(mean: Driver) -> None:
    mean.key(B)
    assert mean.player.count == KEPT + 1
    assert mean.player.done == SEED + 1
    assert mean.gradient("out") == 1.0
    assert mean.gradient("z") is None
    mean.key(END)
    assert mean.gradient("x") == FOURS


def test_b_on_a_selected_node_starts_there(mean: Driver) -> None:
    mean.select("out")
    mean.key(B)
    assert mean.gradient("out") == 1.0
    assert mean.packets() == ()
    mean.key(END)
    assert mean.gradient("x") == FOURS


def test_b_on_a_selected_backward_node_starts_where_that_one_says(mean: Driver) -> None:
    half = mean.put("backward", 1136, 300)
    total = mean.put("sum", 900, 300)
    mean.join("y", total, "input")
    mean.join(total, half, "tensor")
    mean.select(half)
    mean.key(B)
    mean.key(END)
    assert mean.gradient("x") == [[1.0, 1.0], [1.0, 1.0]]
    assert mean.gradient("out") is None


def test_b_with_a_constant_selected_does_what_the_document_says(mean: Driver) -> None:
    constant = mean.put("ones", 0, 300, requires_grad=False)
    mean.select(constant)
    mean.key(B)
    mean.key(END)
    assert mean.gradient("x") == FOURS


def test_b_with_nothing_to_run_says_what_to_do(driver: Driver) -> None:
    driver.key(B)
    assert "select a node, or add a backward node" in driver.said()
    assert not driver.player.count


def test_a_vector_is_given_to_backward_by_a_wire(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_vjp.autograd")
    driver.key(B)
    driver.key(END)
    assert driver.gradient("x") == pytest.approx([0.2, 2.0, 0.0002])


def test_the_two_norms_agree(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_norm.autograd")
    assert driver.value("norm1") == driver.value("sqrt1")
    driver.key(B)
    driver.key(END)
    ways = driver.gradient("x")
    driver.key(Z)
    driver.select("norm1")
    driver.key(B)
    driver.key(END)
    assert driver.gradient("x") == pytest.approx(ways)


# Keys ---------------------------------------------------------------------------------------------------------------


def test_the_arrows_step_on_and_back(passed: Driver) -> None:
    passed.key(RIGHT)
    assert passed.player.done == SEED + 2
    passed.key(LEFT)
    passed.key(LEFT)
    assert passed.player.done == SEED
    assert passed.gradient("out") is None
    assert passed.value("out") == 27.0


def test_home_and_end_jump(passed: Driver) -> None:
    passed.key(HOME)
    assert passed.player.position == 0
    assert passed.value("y") is None  # nothing is computed yet
    assert passed.value("x") == [[1.0, 1.0], [1.0, 1.0]]  # a leaf is there from the start
    passed.key(LEFT)
    assert passed.player.position == 0
    passed.key(END)
    assert passed.player.done == passed.player.count
    passed.key(RIGHT)
    assert passed.player.done == passed.player.count


def test_shift_and_an_arrow_step_a_whole_function(passed: Driver) -> None:
    passed.player.seek(TO_Y_FIRST)
    passed.key(RIGHT, SHIFT)
    assert passed.player.done == TO_Y_SECOND + 1  # both edges of y × y
    passed.key(LEFT, SHIFT)
    assert passed.player.done == TO_Y_FIRST


def test_space_runs_plays_and_pauses(mean: Driver) -> None:
    mean.player.duration_scale = 1.0
    mean.key(SPACE)
    assert mean.player.count
    assert mean.player.playing
    mean.key(SPACE)
    assert not mean.player.playing
    mean.key(SPACE)
    assert mean.player.playing


def test_playing_takes_its_time_and_stops_at_the_end(passed: Driver) -> None:
    passed.player.duration_scale = 1.0
    passed.key(SPACE)
    passed.player.advance(540)  # half of a step
    assert passed.player.done == TO_Z
    assert 0.4 < passed.player.phase < 0.6
    passed.player.advance(1e6)
    assert passed.player.done == passed.player.count
    assert not passed.player.playing


def test_comma_and_point_change_the_speed_within_its_limits(passed: Driver) -> None:
    for _ in SPEEDS:
        passed.key(Qt.Key.Key_Period)
    assert passed.player.speed == SPEEDS[-1]
    for _ in SPEEDS:
        passed.key(Qt.Key.Key_Comma)
    assert passed.player.speed == SPEEDS[0]


# Packets ------------------------------------------------------------------------------------------------------------


def test_forward_packets_run_along_all_inputs_of_the_node_that_computes(passed: Driver) -> None:
    passed.player.seek(SQUARE + 0.5)
    assert carried(passed) == [(("mul1", "input"), "forward"), (("mul1", "other"), "forward")]
    shares = [packet.share for packet in passed.packets()]
    assert shares == [0.5, 0.5]


def test_a_gradient_travels_from_the_target_to_the_source_of_its_wire(passed: Driver) -> None:
    shares = []
    for phase in (0.5, 0.6, 0.7, 0.8, 0.89):
        passed.player.seek(TO_Z + phase)
        (packet,) = passed.packets()
        assert packet.edge == ("out", "input")
        assert packet.kind == "backward"
        assert np.all(packet.gradient == 0.25)
        shares.append(packet.share)
    assert shares[0] == 1.0
    assert shares[-1] == pytest.approx(0.0)
    assert shares == sorted(shares, reverse=True)


def test_the_first_half_of_a_step_is_for_reading(passed: Driver) -> None:
    passed.player.seek(TO_Z + 0.3)
    assert passed.packets() == ()


def test_the_seed_comes_along_the_wire_of_the_backward_node(passed: Driver) -> None:
    passed.player.seek(SEED + 0.5)
    (packet,) = passed.packets()
    assert packet.edge == ("backward1", "tensor")
    assert packet.gradient == 1.0


def test_the_first_of_two_gradients_is_parked_until_both_are_there(passed: Driver) -> None:
    first, second = ("mul1", "input"), ("mul1", "other")
    passed.player.seek(TO_Y_FIRST + 1)
    assert carried(passed) == [(first, "parked")]
    passed.player.seek(TO_Y_SECOND + 0.7)
    assert carried(passed) == [(first, "parked"), (second, "backward")]
    passed.player.seek(TO_X)
    assert carried(passed) == [(first, "parked"), (second, "parked")]
    passed.player.seek(TO_X + 0.7)  # y has taken them in
    assert carried(passed) == [(("y", "input"), "backward")]


def test_a_constant_gets_no_gradient_and_the_wire_says_so(driver: Driver) -> None:
    x = driver.put("ones", -400, -160, "x", requires_grad=True, size=[])
    c = driver.put("full", -400, 100, "c", size=[], fill_value=3.0)
    y = driver.put("mul", 0, -60, "y")
    driver.join(x, y, "input")
    driver.join(c, y, "other")
    driver.select(y)
    driver.key(B)
    driver.key(END)
    assert driver.gradient(x) == 3.0
    assert driver.gradient(c) is None
    assert "requires_grad" in driver.scene.wires[y, "other"].blocked
    blocked = next(i for i, step in enumerate(driver.player.steps) if type(step.event).__name__ == "Blocked")
    driver.player.seek(blocked + 0.5)
    assert ((y, "other"), "blocked") in carried(driver)


def test_a_gradient_of_zero_is_sent_all_the_same(driver: Driver) -> None:
    x = driver.put("full", -400, -60, "x", requires_grad=True, size=[], fill_value=-2.0)
    y = driver.put("relu", 0, -60, "y")
    driver.join(x, y, "input")
    driver.select(y)
    driver.key(B)
    driver.key(END)
    assert driver.gradient(x) == 0.0
    assert driver.scene.wires[y, "input"].gradient == 0.0


# What stands on the nodes -------------------------------------------------------------------------------------------


def test_the_counter_and_the_sum_of_a_node_that_waits(passed: Driver) -> None:
    faces = passed.scene.faces
    passed.player.seek(TO_Y_FIRST)
    assert faces["y"].counter == ""
    passed.key(RIGHT)
    assert (faces["y"].counter, faces["y"].strip) == ("1/2", "Σ 2.25 + …")
    passed.key(RIGHT)
    assert (faces["y"].counter, faces["y"].strip) == ("2/2", "Σ 2.25 + 2.25 = 4.5")
    assert passed.gradient("y") == FOURS


def test_a_leaf_keeps_its_gradient_in_a_tray_and_a_second_pass_adds_to_it(passed: Driver) -> None:
    faces = passed.scene.faces
    assert faces["x"].strip == ".grad  None"
    passed.key(END)
    assert faces["x"].strip == ".grad  4.5"
    passed.key(B)
    assert faces["x"].strip == ".grad  4.5"  # as the first pass left it
    passed.key(END)
    assert faces["x"].strip == ".grad  4.5 + 4.5 = 9"
    assert passed.gradient("x") == FOURS  # what this pass has brought
    passed.key(HOME)
    assert faces["x"].strip == ".grad  4.5"


def test_z_sweeps_the_trays(passed: Driver) -> None:
    passed.key(END)
    passed.key(Z)
    assert passed.scene.faces["x"].strip == ".grad  None"
    assert passed.gradient("x") is None
    assert not passed.player.count
    passed.key(B)
    passed.key(END)
    assert passed.scene.faces["x"].strip == ".grad  4.5"


def test_an_edit_drops_the_pass_and_undoing_it_does_not_bring_it_back(passed: Driver) -> None:
    passed.key(END)
    passed.inline("y", "other", "3")
    assert not passed.player.count
    assert passed.gradient("x") is None
    assert passed.scene.faces["x"].strip == ".grad  4.5"  # the leaf is the same tensor; Z sweeps it
    assert passed.scene.wires["z", "input"].gradient is None
    assert passed.value("out") == 48.0
    passed.key(Z, CTRL)
    assert not passed.player.count
    assert passed.value("out") == 27.0


def test_what_is_shown_is_what_the_leaf_holds_however_fast_b_is_pressed(mean: Driver) -> None:
    for _ in range(3):
        QTest.keyClick(mean.view, B)
    mean.settle()
    mean.key(END)
    run = mean.session.run
    assert run is not None
    x = run.tensor("x")
    assert x is not None
    assert x.grad is not None
    tray = mean.player.state().trays["x"]
    assert np.array_equal(tray.after, x.grad.array)


def test_an_edit_while_a_pass_is_computed_has_the_pass_run_on_what_there_is_then(mean: Driver) -> None:
    QTest.keyClick(mean.view, B)
    mean.session.do(commands.add_node, "rand", (0, 300))
    mean.settle()
    assert mean.player.count == 11
    mean.key(Qt.Key.Key_Z)
    QTest.keyClick(mean.view, B)
    mean.session.select(["y"])
    mean.key(Qt.Key.Key_Delete)
    assert mean.scene.faces["backward1"].error == "out has no value"
    assert mean.scene.faces["x"].strip == ".grad  None"
    run = mean.session.run
    assert run is not None
    x = run.tensor("x")
    assert x is not None
    assert x.grad is None


def test_zeroing_while_a_pass_is_computed_sweeps_what_it_brings(mean: Driver) -> None:
    QTest.keyClick(mean.view, B)
    QTest.keyClick(mean.view, Qt.Key.Key_Z)
    mean.settle()
    assert not mean.player.count
    assert mean.scene.faces["x"].strip == ".grad  None"


def test_zeroing_beside_a_pass_that_cannot_run_still_sweeps(passed: Driver) -> None:
    passed.key(END)
    passed.select(passed.put("backward", 0, 300))
    QTest.keyClick(passed.view, B)
    QTest.keyClick(passed.view, Qt.Key.Key_Z)
    passed.settle()
    assert passed.scene.faces["x"].strip == ".grad  None"


def test_an_edited_leaf_is_a_new_tensor_without_a_gradient(passed: Driver) -> None:
    passed.key(END)
    passed.session.do(commands.set_params, "x", {"size": [3, 2]})
    passed.settle()
    assert passed.scene.faces["x"].strip == ".grad  None"


def test_a_node_that_has_no_part_in_the_pass_leaves_it_alone(passed: Driver) -> None:
    passed.key(END)
    before = passed.player.position
    extra = passed.put("rand", 0, 300)
    passed.settle()
    assert passed.player.position == before
    assert passed.gradient("x") == [[4.5, 4.5], [4.5, 4.5]]
    passed.select(extra)
    passed.key(Qt.Key.Key_Delete)
    assert passed.player.position == before


def test_without_a_backward_node_b_begins_at_the_only_scalar_end(mean: Driver) -> None:
    mean.session.do(commands.delete, ["backward1"])
    mean.settle()
    mean.key(B)
    mean.key(END)
    assert mean.gradient("x") == [[4.5, 4.5], [4.5, 4.5]]


def test_evaluating_by_key_starts_afresh(passed: Driver) -> None:
    passed.key(END)
    passed.key(Qt.Key.Key_F5)
    assert not passed.player.count
    assert passed.scene.faces["x"].strip == ".grad  None"
    passed.key(B)
    passed.key(END)
    assert passed.scene.faces["x"].strip == ".grad  4.5"


# Errors -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["the node itself", "a backward node"])
def test_a_root_that_is_no_scalar_needs_a_gradient_and_the_node_says_what_to_do(mean: Driver, ask: str) -> None:
    root = "z"
    if ask == "a backward node":
        root = mean.put("backward", 1136, 300)
        mean.join("z", root, "tensor")
    mean.select(root)
    mean.key(B)
    words, advice = mean.scene.faces[root].error.split("\n", 1)
    assert words == "grad can be implicitly created only for scalar outputs"
    assert "gradient of the same shape" in advice
    assert mean.gradient("x") is None
    mean.key(HOME)
    assert mean.scene.faces[root].error == ""


def test_a_root_without_history_says_where_to_switch_it_on(driver: Driver) -> None:
    x = driver.put("ones", -300, -60, size=[])
    y = driver.put("exp", 0, -60)
    driver.join(x, y, "input")
    driver.select(y)
    driver.key(B)
    words, advice = driver.scene.faces[y].error.split("\n", 1)
    assert words == "element 0 of tensors does not require grad and does not have a grad_fn"
    assert "requires_grad" in advice


def test_after_an_error_the_next_pass_runs_as_if_nothing_had_been(mean: Driver) -> None:
    mean.select("z")
    mean.key(B)
    mean.select("out")
    mean.key(B)
    mean.key(END)
    assert mean.scene.faces["z"].error == ""
    assert mean.scene.faces["x"].strip == ".grad  4.5"


# Colours ------------------------------------------------------------------------------------------------------------


def test_edges_are_painted_by_the_gradient_that_came_back_along_them(passed: Driver) -> None:
    passed.look_at(700, 60)
    look = passed.scene.look
    at = passed.on_wire("mul1", "input")
    passed.key(HOME)
    assert passed.shows(at, look.theme.color("edge"))
    passed.key(END)
    gradient = passed.scene.wires["mul1", "input"].gradient
    assert gradient is not None
    assert passed.shows(at, look.grads.edge_color(gradient, look.theme))


def test_a_negative_gradient_has_the_other_hue(driver: Driver) -> None:
    x = driver.put("ones", -400, -60, requires_grad=True, size=[])
    y = driver.put("neg", 60, -60)
    driver.join(x, y, "input")
    driver.select(y)
    driver.key(B)
    driver.key(END)
    driver.click(driver.at(0, 280))
    assert driver.shows(driver.on_wire(y, "input"), driver.scene.look.theme.color("negative"))


def test_the_scale_is_frozen_for_the_whole_pass(passed: Driver) -> None:
    scale = passed.scene.look.grads
    assert scale == GradScale(4.5, 2)  # 4.5 to 0.25
    passed.key(HOME)
    while passed.player.done < passed.player.count:
        passed.key(RIGHT)
        assert passed.scene.look.grads is scale


@pytest.mark.parametrize("walk", ["step", "half"])
def test_stepping_back_restores_the_very_same_pixels(passed: Driver, walk: str) -> None:
    passed.look_at(700, 60)
    places = [n + (0.7 if walk == "half" else 0.0) for n in range(passed.player.count)] + [passed.player.count]
    seek: Callable[[float], None] = passed.player.seek
    pictures = []
    for place in places:
        seek(place)
        pictures.append(passed.pixels())
    assert len(set(pictures)) > len(pictures) / 2  # most moments look different
    for place, picture in reversed(list(zip(places, pictures, strict=True))):
        seek(place)
        assert passed.pixels() == picture
    assert passed.player.position == places[0]
    passed.key(END)
    assert passed.fresh_pixels() == pictures[-1]
