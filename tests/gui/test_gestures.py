"""The mouse and the keys over the canvas: what each gesture does, what undo takes back, what Escape leaves behind."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.canvas.preview import Preview
from gui.canvas.view import ZOOM_RANGE
from tests.gui.driver import ALT, CTRL, MIDDLE, NONE, SHIFT, Driver

ESCAPE = Qt.Key.Key_Escape


@pytest.fixture
def pair(driver: Driver) -> tuple[str, str]:
    """x = ones(2, 2) on the left, √ on the right, not joined."""
    return driver.put("ones", -360, -60, "x", size=[2, 2]), driver.put("sqrt", 60, -60)


# Moving -----------------------------------------------------------------------------------------------------------


def test_a_dragged_node_stands_on_the_grid_and_one_undo_takes_it_back(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    steps = driver.steps
    driver.drag(driver.header(x), driver.header(x) + QPoint(101, 55))
    assert driver.position(x) == (-264, 0)  # 101 and 55 are nearest to eight and five halves of the grid
    assert driver.steps == steps + 1
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.position(x) == (-360, -60)


def test_with_alt_a_node_goes_exactly_where_it_is_dragged(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.drag(driver.header(x), driver.header(x) + QPoint(101, 55), ALT)
    assert driver.position(x) == (-259, -5)


def test_several_selected_nodes_move_together_in_one_step(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.key(Qt.Key.Key_A, CTRL)
    steps = driver.steps
    driver.drag(driver.header(root), driver.header(root) + QPoint(48, 96))
    assert (driver.position(x), driver.position(root)) == ((-312, 36), (108, 36))
    assert driver.steps == steps + 1
    driver.key(Qt.Key.Key_Z, CTRL)
    assert (driver.position(x), driver.position(root)) == ((-360, -60), (60, -60))


def test_dragging_a_node_that_is_not_selected_selects_and_moves_it_alone(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.select(x)
    driver.drag(driver.header(root), driver.header(root) + QPoint(0, 120))
    assert driver.session.selected_nodes == [root]
    assert driver.position(x) == (-360, -60)
    assert driver.position(root) == (60, 60)


def test_a_tremble_of_the_hand_moves_nothing(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    steps = driver.steps
    driver.drag(driver.header(x), driver.header(x) + QPoint(2, 1))
    assert driver.position(x) == (-360, -60)
    assert driver.steps == steps
    assert driver.session.selected_nodes == [x]


def test_a_drag_back_to_where_it_began_is_no_step(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    steps, start = driver.steps, driver.header(x)
    driver.drag(start, start + QPoint(90, 0), drop=False)
    QTest.mouseMove(driver.view.viewport(), start)
    driver.release(start)
    assert driver.position(x) == (-360, -60)
    assert driver.steps == steps


def test_moving_evaluates_nothing_and_keeps_the_pass(mean: Driver) -> None:
    mean.key(Qt.Key.Key_B)
    mean.key(Qt.Key.Key_End)
    run = mean.session.run
    mean.drag(mean.header("x"), mean.header("x") + QPoint(0, 60))
    assert mean.session.run is run
    assert mean.gradient("x") == [[4.5, 4.5], [4.5, 4.5]]


# Escape -----------------------------------------------------------------------------------------------------------


def nothing_is_left(driver: Driver, before: bytes, steps: int) -> bool:
    """Whether all looks and is as it was, before and after the button is let go."""
    driver.key(ESCAPE)
    assert driver.scene.preview == Preview()
    assert not driver.scene.busy
    driver.release(QPoint(3, 3))
    QTest.mouseMove(driver.view.viewport(), QPoint(3, 3))
    driver.settle()
    return driver.pixels() == before and driver.steps == steps and not driver.window.quick_add.isVisible()


def test_escape_puts_dragged_nodes_back(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    driver.select(x)
    QTest.mouseMove(driver.view.viewport(), QPoint(3, 3))
    before, steps = driver.pixels(), driver.steps
    driver.drag(driver.header(x), driver.header(x) + QPoint(120, 90), drop=False)
    assert driver.pixels() != before
    assert nothing_is_left(driver, before, steps)


def test_escape_takes_the_rubber_band_away_and_the_selection_back(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.select(root)
    QTest.mouseMove(driver.view.viewport(), QPoint(3, 3))
    before, steps = driver.pixels(), driver.steps
    driver.drag(driver.at(-420, -120), driver.at(-100, 100), drop=False)
    assert driver.session.selected_nodes == [x]
    assert nothing_is_left(driver, before, steps)
    assert driver.session.selected_nodes == [root]


def test_escape_lets_go_of_a_wire(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    before, steps = driver.pixels(), driver.steps
    driver.drag(driver.port(x), driver.port(root, "input"), drop=False)
    assert driver.scene.preview.draft is not None
    assert nothing_is_left(driver, before, steps)
    assert driver.source_of(root, "input") is None


def test_escape_puts_a_lifted_wire_back(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    before, steps = driver.pixels(), driver.steps
    driver.drag(driver.port(root, "input"), driver.at(-60, 200), drop=False)
    assert driver.pixels() != before
    assert nothing_is_left(driver, before, steps)
    assert driver.source_of(root, "input") == x


def test_escape_takes_the_ghost_from_the_palette_away(driver: Driver, pair: tuple[str, str]) -> None:
    before, steps = driver.pixels(), driver.steps
    driver.drag_in("mul", 0, 150, drop=False)
    assert driver.scene.preview.ghost is not None
    assert driver.pixels() != before
    driver.key(ESCAPE)
    QTest.mouseRelease(driver.window.palette_panel.viewport(), Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.scene.preview == Preview()
    assert driver.pixels() == before
    assert driver.steps == steps


def test_a_ghost_dropped_outside_the_canvas_adds_nothing(driver: Driver) -> None:
    palette = driver.window.palette_panel
    driver.drag_in("mul", 0, 150, drop=False)
    QTest.mouseMove(palette.viewport(), QPoint(20, 40))
    assert driver.scene.preview.ghost is None
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(20, 40))
    assert not driver.session.graph.nodes


def test_escape_closes_the_search_and_adds_nothing(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    steps = driver.steps
    driver.drag(driver.port(x), driver.at(-60, 220))
    assert driver.window.quick_add.isVisible()
    driver.key(ESCAPE)
    assert not driver.window.quick_add.isVisible()
    assert driver.steps == steps
    assert driver.view.hasFocus()


def test_an_undo_in_the_middle_of_a_drag_ends_the_drag(driver: Driver) -> None:
    node = driver.put("ones", -100, -60)
    driver.drag(driver.header(node), driver.header(node) + QPoint(120, 60), drop=False)
    driver.key(Qt.Key.Key_Z, CTRL)
    assert not driver.session.graph.nodes
    assert driver.scene.preview == Preview()
    driver.release(driver.at(50, 50))
    assert not driver.session.graph.nodes


def test_deleting_a_node_in_the_middle_of_its_wire_ends_the_wire(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.select(x)
    driver.drag(driver.port(x), driver.port(root, "input"), drop=False)
    driver.key(Qt.Key.Key_Delete)
    driver.release(driver.port(root, "input"))
    assert set(driver.session.graph.nodes) == {root}
    assert driver.scene.preview == Preview()


# Selecting --------------------------------------------------------------------------------------------------------


def test_a_click_selects_a_node_and_a_click_on_nothing_selects_none(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.click(driver.header(x))
    assert driver.session.selected_nodes == [x]
    driver.click(driver.body(root))
    assert driver.session.selected_nodes == [root]
    driver.click(driver.at(-60, 250))
    assert driver.session.selection == frozenset()


def test_shift_adds_to_the_selection_and_ctrl_toggles(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.click(driver.header(x))
    driver.click(driver.header(root), SHIFT)
    driver.click(driver.header(root), SHIFT)
    assert driver.session.selected_nodes == sorted(pair)
    driver.click(driver.header(x), CTRL)
    assert driver.session.selected_nodes == [root]
    driver.click(driver.header(x), CTRL)
    assert driver.session.selected_nodes == sorted(pair)


def test_a_click_on_one_of_several_selected_nodes_leaves_only_that_one(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.key(Qt.Key.Key_A, CTRL)
    driver.click(driver.header(x))
    assert driver.session.selected_nodes == [x]


def test_a_wire_is_selected_by_a_click_and_deleted(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    driver.click(driver.on_wire(root, "input"))
    assert driver.session.selected_edges == [(root, "input")]
    driver.key(Qt.Key.Key_Delete)
    assert driver.source_of(root, "input") is None
    assert set(driver.session.graph.nodes) == set(pair)


def test_the_rubber_band_selects_what_it_touches(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.drag(driver.at(-420, -120), driver.at(-250, 0))
    assert driver.session.selected_nodes == [x]
    driver.drag(driver.at(400, 250), driver.at(-420, -120))
    assert driver.session.selected_nodes == sorted(pair)
    driver.drag(driver.at(-100, 200), driver.at(-50, 250))
    assert driver.session.selection == frozenset()


def test_with_shift_the_rubber_band_adds_and_with_ctrl_it_toggles(driver: Driver, pair: tuple[str, str]) -> None:
    _, root = pair
    driver.select(root)
    driver.drag(driver.at(-420, -120), driver.at(-250, 0), SHIFT)
    assert driver.session.selected_nodes == sorted(pair)
    driver.drag(driver.at(-420, -120), driver.at(-250, 0), CTRL)
    assert driver.session.selected_nodes == [root]


def test_selecting_is_never_an_undo_step(driver: Driver, pair: tuple[str, str]) -> None:
    steps = driver.steps
    driver.select(pair[0])
    driver.drag(driver.at(-420, -120), driver.at(400, 250))
    driver.key(Qt.Key.Key_A, CTRL)
    assert driver.steps == steps


# Wires ------------------------------------------------------------------------------------------------------------


def test_a_wire_is_drawn_from_an_output_to_an_input(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    steps = driver.steps
    driver.drag(driver.port(x), driver.port(root, "input"))
    assert driver.source_of(root, "input") == x
    assert driver.steps == steps + 1
    assert driver.value(root) == [[1.0, 1.0], [1.0, 1.0]]


def test_a_wire_is_drawn_from_an_input_to_an_output(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.drag(driver.port(root, "input"), driver.port(x))
    assert driver.source_of(root, "input") == x


def test_a_wire_dropped_near_a_port_snaps_to_it(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.drag(driver.port(x), driver.port(root, "input") + QPoint(-9, 8))
    assert driver.source_of(root, "input") == x


def test_a_wire_dropped_on_a_body_goes_into_its_first_open_port(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    total = driver.put("add", 60, 120)
    driver.drag(driver.port(x), driver.body(total))
    driver.drag(driver.port(x), driver.body(total))
    assert (driver.source_of(total, "input"), driver.source_of(total, "other")) == (x, x)


def test_a_wire_onto_an_occupied_port_replaces_the_one_there_in_one_step(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    other = driver.put("full", -360, 120, size=[], fill_value=9.0)
    driver.join(x, root, "input")
    steps = driver.steps
    driver.drag(driver.port(other), driver.port(root, "input"))
    assert driver.source_of(root, "input") == other
    assert driver.value(root) == 3.0
    assert driver.steps == steps + 1
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.source_of(root, "input") == x


def test_the_end_of_a_wire_is_lifted_to_another_port_in_one_step(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    other = driver.put("exp", 60, 120)
    driver.join(x, root, "input")
    steps = driver.steps
    driver.drag(driver.port(root, "input"), driver.port(other, "input"))
    assert driver.source_of(root, "input") is None
    assert driver.source_of(other, "input") == x
    assert driver.steps == steps + 1
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.source_of(root, "input") == x
    assert driver.source_of(other, "input") is None


def test_the_end_of_a_wire_dropped_in_the_open_is_cut_off(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    driver.drag(driver.port(root, "input"), driver.at(-60, 220))
    assert driver.source_of(root, "input") is None
    assert not driver.window.quick_add.isVisible()
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.source_of(root, "input") == x


def test_a_click_on_an_occupied_port_leaves_its_wire(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    steps = driver.steps
    driver.click(driver.port(root, "input"))
    assert driver.source_of(root, "input") == x
    assert driver.steps == steps


def test_a_cycle_is_refused_at_the_cursor_and_nothing_changes(driver: Driver) -> None:
    first, second = driver.put("exp", -300, -60, "first"), driver.put("log", 60, -60, "second")
    driver.join(first, second, "input")
    steps, before = driver.steps, driver.session.graph.snapshot()
    driver.drag(driver.port(second), driver.port(first, "input"), drop=False)
    draft = driver.scene.preview.draft
    assert draft is not None
    assert draft.refused
    assert "cycle" in draft.reason
    assert "second" in draft.reason
    assert draft.reason.endswith(".")
    driver.release(driver.port(first, "input"))
    assert driver.steps == steps
    assert driver.session.graph.snapshot() is before
    assert driver.said() == draft.reason  # the sentence stays a while, the cursor has moved on


def test_a_misfit_warns_in_torchs_words_and_may_be_wired_all_the_same(driver: Driver) -> None:
    left = driver.put("ones", -360, -200, size=[2, 3])
    right = driver.put("ones", -360, 60, size=[2, 2])
    product = driver.put("matmul", 60, -60)
    driver.join(left, product, "input")
    words = "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x2)"
    driver.drag(driver.port(right), driver.port(product, "other"), drop=False)
    draft = driver.scene.preview.draft
    assert draft is not None
    assert draft.reason == words
    assert not draft.refused
    driver.release(driver.port(product, "other"))
    assert driver.source_of(product, "other") == right
    error = driver.scene.faces[product].error
    assert error.startswith(words)
    assert "columns of the left matrix" in error  # and what to do
    assert driver.value(product) is None
    assert driver.value(left) is not None


def test_a_wire_dropped_in_empty_space_offers_what_takes_an_input_and_joins_the_choice_in_one_step(
    driver: Driver, pair: tuple[str, str]
) -> None:
    x, _ = pair
    steps = driver.steps
    driver.drag(driver.port(x), driver.at(-60, 200))
    offered = driver.window.quick_add.shown()
    assert "exp" in offered
    assert "backward" in offered
    assert not {"ones", "tensor", "randn"} & set(offered)
    driver.type("exp")
    driver.key(Qt.Key.Key_Return)
    new = driver.node_of("exp")
    assert driver.source_of(new, "input") == x
    assert driver.steps == steps + 1
    assert driver.scene.faces[new].body().contains(QPointF(-60, 200))
    driver.key(Qt.Key.Key_Z, CTRL)
    assert set(driver.session.graph.nodes) == set(pair)


def test_a_wire_from_an_input_dropped_in_empty_space_offers_what_has_a_value(
    driver: Driver, pair: tuple[str, str]
) -> None:
    _, root = pair
    driver.drag(driver.port(root, "input"), driver.at(-60, 200))
    assert "backward" not in driver.window.quick_add.shown()
    driver.type("arange")
    driver.key(Qt.Key.Key_Return)
    assert driver.source_of(root, "input") == driver.node_of("arange")


def test_while_wiring_the_ports_that_fit_are_lit_and_no_others(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    other = driver.put("add", 60, 120)
    driver.join(root, other, "input")
    driver.drag(driver.port(other), driver.at(300, 250), drop=False)
    assert driver.scene.preview.fitting == set()  # everything else is upstream of it
    driver.key(ESCAPE)
    driver.release(driver.at(300, 250))
    driver.drag(driver.port(x), driver.at(-100, 250), drop=False)
    assert driver.scene.preview.fitting == {
        (root, "in", "input"),
        (other, "in", "input"),
        (other, "in", "other"),
    }
    assert driver.shows(driver.port(root, "input") - QPoint(9, 0), driver.scene.look.theme.color("ok"))
    driver.key(ESCAPE)
    driver.release(driver.at(-100, 250))


# Looking around ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", [MIDDLE, Qt.MouseButton.LeftButton])
def test_the_canvas_is_panned_by_the_middle_button_or_with_space(
    driver: Driver, pair: tuple[str, str], button: Qt.MouseButton
) -> None:
    x, _ = pair
    before, steps = driver.header(x), driver.steps
    if button != MIDDLE:
        QTest.keyPress(driver.view, Qt.Key.Key_Space)
    driver.drag(before, before + QPoint(60, 35), button=button)
    if button != MIDDLE:
        QTest.keyRelease(driver.view, Qt.Key.Key_Space)
    driver.settle()
    assert driver.header(x) == before + QPoint(60, 35)
    assert driver.steps == steps
    assert driver.session.selection == frozenset()
    assert not driver.player.count  # Space that panned is no play key


def test_space_that_was_held_while_the_focus_went_away_no_longer_pans(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    QTest.keyPress(driver.view, Qt.Key.Key_Space)
    driver.window.palette_panel.search.setFocus()
    driver.view.setFocus()
    driver.drag(driver.header(x), driver.header(x) + QPoint(48, 0))
    assert driver.position(x) == (-312, -60)


@pytest.mark.parametrize("notches", [1, -1, 3, 0.25])
def test_the_wheel_zooms_and_keeps_the_point_under_the_cursor(
    driver: Driver, pair: tuple[str, str], notches: float
) -> None:
    at = driver.header(pair[0])
    under, zoom = driver.view.mapToScene(at), driver.view.zoom
    driver.wheel(at, notches)
    assert driver.view.zoom == pytest.approx(zoom * math.exp(0.16 * notches))
    away = driver.view.mapToScene(at) - under
    assert math.hypot(away.x(), away.y()) * driver.view.zoom <= 1.5  # whole pixels is what scrolling can do


def test_the_zoom_has_limits(driver: Driver, pair: tuple[str, str]) -> None:
    for notches, limit in ((40, ZOOM_RANGE[1]), (-80, ZOOM_RANGE[0])):
        for _ in range(3):
            driver.wheel(driver.at(0, 0), notches)
        assert driver.view.zoom == pytest.approx(limit)


def test_a_wheel_that_does_not_turn_changes_nothing(driver: Driver) -> None:
    driver.wheel(QPoint(100, 100), 0)
    assert driver.view.zoom == 1.0


def test_fitting_shows_all_nodes_or_the_selected_ones(driver: Driver) -> None:
    near, far = driver.put("ones", 0, 0), driver.put("ones", 4000, 2000)
    visible = driver.view.viewport().rect()
    driver.key(Qt.Key.Key_F, SHIFT)
    assert driver.view.zoom < 0.5
    assert visible.contains(driver.view.face_on_screen(near))
    assert visible.contains(driver.view.face_on_screen(far))
    driver.session.select([far])
    driver.key(Qt.Key.Key_F)
    assert driver.view.zoom == 1.0
    assert visible.contains(driver.view.face_on_screen(far))
    assert not visible.intersects(driver.view.face_on_screen(near))


def test_the_zoom_keys_zoom_about_the_middle_and_back_to_100_percent(driver: Driver) -> None:
    driver.key(Qt.Key.Key_Plus, CTRL)
    assert driver.view.zoom == pytest.approx(1.25)
    driver.key(Qt.Key.Key_Minus, CTRL)
    driver.key(Qt.Key.Key_Minus, CTRL)
    assert driver.view.zoom == pytest.approx(0.8)
    driver.key(Qt.Key.Key_0, CTRL)
    assert driver.view.zoom == 1.0


# Editing keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_the_selection_is_deleted_with_its_wires_and_undo_brings_all_back(
    driver: Driver, pair: tuple[str, str], key: Qt.Key
) -> None:
    x, root = pair
    driver.join(x, root, "input")
    driver.select(x)
    driver.key(key)
    assert set(driver.session.graph.nodes) == {root}
    assert not driver.scene.wires
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.source_of(root, "input") == x
    assert driver.value(root) == [[1.0, 1.0], [1.0, 1.0]]


def test_copied_nodes_are_pasted_with_their_wires_at_the_cursor(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.join(x, root, "input")
    driver.key(Qt.Key.Key_A, CTRL)
    driver.key(Qt.Key.Key_C, CTRL)
    QTest.mouseMove(driver.view.viewport(), driver.at(0, 200))
    steps = driver.steps
    driver.key(Qt.Key.Key_V, CTRL)
    new = set(driver.session.graph.nodes) - {x, root}
    assert len(new) == 2
    assert set(driver.session.selected_nodes) == new
    assert driver.steps == steps + 1
    copy = next(id for id in new if driver.session.graph.nodes[id].op == "sqrt")
    assert driver.source_of(copy, "input") in new
    assert driver.value(copy) == [[1.0, 1.0], [1.0, 1.0]]
    middle = [sum(driver.position(id)[axis] for id in new) / 2 for axis in (0, 1)]
    assert math.dist(middle, (0, 200)) < 13


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"format": "autograd-canvas-clip", "version": 99}', "[1, 2"])
def test_what_is_not_nodes_in_the_clipboard_is_refused_in_a_sentence(driver: Driver, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    driver.key(Qt.Key.Key_V, CTRL)
    assert not driver.session.graph.nodes
    assert driver.said().startswith("The clipboard ")
    assert driver.said().endswith(".")


def test_cut_takes_nodes_into_the_clipboard(driver: Driver, pair: tuple[str, str]) -> None:
    x, root = pair
    driver.select(x)
    driver.key(Qt.Key.Key_X, CTRL)
    assert set(driver.session.graph.nodes) == {root}
    driver.key(Qt.Key.Key_V, CTRL)
    assert driver.session.graph.nodes[driver.node_of("ones")].title == "x"


def test_duplicates_stand_beside_and_are_selected(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.select(x)
    driver.key(Qt.Key.Key_D, CTRL)
    (new,) = driver.session.selected_nodes
    assert new != x
    assert driver.position(new) != driver.position(x)
    assert driver.value(new) == driver.value(x)


@pytest.mark.parametrize("key", [Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_D, Qt.Key.Key_Delete])
def test_with_nothing_selected_the_editing_keys_change_nothing(
    driver: Driver, pair: tuple[str, str], key: Qt.Key
) -> None:
    QGuiApplication.clipboard().setText("mine")
    steps = driver.steps
    driver.key(key, NONE if key == Qt.Key.Key_Delete else CTRL)
    assert driver.steps == steps
    assert QGuiApplication.clipboard().text() == "mine"


def test_a_run_of_nudges_is_one_step(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.select(x)
    steps = driver.steps
    for _ in range(3):
        driver.key(Qt.Key.Key_Down)
    driver.key(Qt.Key.Key_Left, ALT)
    assert driver.position(x) == (-372, -24)
    assert driver.steps == steps + 1
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.position(x) == (-360, -60)


def test_nudges_of_another_selection_are_another_step(driver: Driver, pair: tuple[str, str]) -> None:
    steps = driver.steps
    for node in pair:
        driver.select(node)
        driver.key(Qt.Key.Key_Up)
    assert driver.steps == steps + 2


@pytest.mark.parametrize("again", [(Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_Y, CTRL)])
def test_undo_and_redo_walk_back_to_nothing_and_forth_again(
    driver: Driver, pair: tuple[str, str], again: tuple[Qt.Key, Qt.KeyboardModifier]
) -> None:
    x, root = pair
    driver.wire(x, root, "input")
    driver.drag(driver.header(x), driver.header(x) + QPoint(0, 48))
    done = driver.session.graph.snapshot()
    for _ in range(driver.steps):
        driver.key(Qt.Key.Key_Z, CTRL)
    assert not driver.session.graph.nodes
    driver.key(Qt.Key.Key_Z, CTRL)  # there is nothing more, and nothing happens
    while driver.session.history.can_redo:
        driver.key(*again)
    assert driver.session.graph.snapshot().nodes == done.nodes
    assert driver.session.graph.snapshot().edges == done.edges
    assert driver.value(root) == [[1.0, 1.0], [1.0, 1.0]]


def test_while_one_types_in_a_field_the_keys_of_the_canvas_do_nothing(driver: Driver, pair: tuple[str, str]) -> None:
    x, _ = pair
    driver.select(x)
    steps = driver.steps
    field = driver.window.palette_panel.search
    field.setFocus()
    driver.type("bzf")
    driver.key(Qt.Key.Key_Backspace)
    driver.key(Qt.Key.Key_Left)
    assert field.text() == "bz"
    assert driver.steps == steps
    assert not driver.player.count
    assert QApplication.focusWidget() is field
    field.clear()
