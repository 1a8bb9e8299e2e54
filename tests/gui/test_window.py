"""What the window does around the canvas: where new nodes go, what it shows when it opens, its menus."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from engine.document import commands
from tests.gui.driver import CTRL, EXAMPLES, LEFT, NONE, Driver


def drop_wire(driver: Driver, source: str, x: float, y: float) -> None:
    driver.drag(driver.port(source), driver.at(x, y))


def test_a_node_from_a_dropped_wire_has_its_first_input_where_the_wire_was_dropped(driver: Driver) -> None:
    source = driver.put("ones", -400, -60)
    drop_wire(driver, source, 60, 90)
    driver.type("mul")
    driver.key(Qt.Key.Key_Return)
    new = driver.node_of("mul")
    at = driver.scene.port_point(new, "in", "input")
    assert (at - QPointF(60, 90)).manhattanLength() <= 12  # the grid
    assert not driver.scene.faces[new].body().intersects(driver.scene.faces[source].body())


def test_a_dropped_wire_stays_in_the_air_until_the_search_is_answered(driver: Driver) -> None:
    source = driver.put("ones", -400, -60)
    drop_wire(driver, source, 60, 90)
    assert driver.scene.preview.draft is not None
    driver.key(Qt.Key.Key_Escape)
    assert driver.scene.preview.empty


def test_a_node_picked_in_the_palette_covers_no_other(driver: Driver) -> None:
    for _ in range(4):
        driver.window.palette_panel.picked.emit("ones")
        driver.settle()
    bodies = [face.body() for face in driver.scene.faces.values()]
    assert len(bodies) == 4
    assert not any(a.intersects(b) for i, a in enumerate(bodies) for b in bodies[:i])


def test_a_saved_file_opens_where_one_was_looking(driver: Driver, tmp_path: Path) -> None:
    driver.put("ones", 700, 500)
    driver.view.set_zoom(1.5)
    driver.view.centerOn(750, 560)
    before = driver.view.viewpoint()
    driver.key(Qt.Key.Key_S, CTRL)
    driver.choose_file(tmp_path / "there.autograd")
    driver.key(Qt.Key.Key_N, CTRL)
    driver.view.set_zoom(0.3)
    driver.open(tmp_path / "there.autograd")
    after = driver.view.viewpoint()
    assert after["zoom"] == before["zoom"]
    assert after["center"] == pytest.approx(before["center"], abs=1.0)


def test_an_example_is_fitted_into_the_window_and_stays_so_while_the_window_grows(mean: Driver) -> None:
    seen = mean.view.mapToScene(mean.view.viewport().rect()).boundingRect()
    assert seen.contains(mean.scene.rect_of())
    zoom = mean.view.zoom
    mean.window.resize(1100, 700)
    mean.settle()
    assert mean.view.zoom < zoom
    assert mean.view.mapToScene(mean.view.viewport().rect()).boundingRect().contains(mean.scene.rect_of())


def test_a_view_that_was_moved_is_not_fitted_again(mean: Driver) -> None:
    mean.view.zoom_in()
    zoom = mean.view.zoom
    mean.window.resize(1100, 700)
    mean.settle()
    assert mean.view.zoom == zoom


def right_click(driver: Driver, at: QPoint) -> None:
    QTest.mouseClick(driver.view.viewport(), Qt.MouseButton.RightButton, NONE, at)
    driver.view.menu_wanted.emit(at)
    driver.settle()


def test_a_right_click_on_a_node_offers_what_can_be_done_with_it(mean: Driver) -> None:
    right_click(mean, mean.header("y"))
    menu = mean.window.findChild(QMenu, "menu.node")
    assert menu is not None
    assert menu.isVisible()
    names = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    assert names[0] == "action.run.backward"
    assert names[-1] == "action.edit.delete"
    assert mean.session.selected_nodes == ["y"]
    menu.close()


def test_a_right_click_on_the_empty_canvas_opens_the_search(driver: Driver) -> None:
    right_click(driver, driver.at(100, 200))
    assert driver.window.quick_add.isVisible()
    driver.key(Qt.Key.Key_Escape)


def test_what_needs_a_selection_is_offered_only_with_one(mean: Driver) -> None:
    actions = mean.window.actions_by_id
    assert not actions["edit.delete"].isEnabled()
    mean.select("y")
    assert actions["edit.delete"].isEnabled()
    mean.click(mean.at(300, 420))
    assert not actions["edit.copy"].isEnabled()


def test_a_wrong_number_is_told_beneath_the_field_and_the_sentence_goes_with_it(mean: Driver) -> None:
    mean.double_click(mean.port("y", "other"))
    mean.type("2x")
    mean.key(Qt.Key.Key_Return)
    notice = mean.window.notice
    assert notice.isVisible()
    assert abs(notice.geometry().top() - mean.window.number.geometry().bottom()) < 20
    mean.key(Qt.Key.Key_Escape)
    assert not notice.isVisible()


def test_tab_ends_the_typing_of_a_number_and_opens_no_search(mean: Driver) -> None:
    mean.double_click(mean.port("y", "other"))
    mean.type("5")
    mean.key(Qt.Key.Key_Tab)
    assert mean.session.graph.nodes["y"].params["other"] == 5
    assert not mean.window.quick_add.isVisible()


def test_a_node_without_a_title_has_one_name_everywhere(mean: Driver) -> None:
    faces = mean.scene.faces
    assert faces["mul1"].title == "y × y"
    assert faces["z"].title == "z = (y × y) × 3"
    mean.session.do(commands.rename, "z", "")
    mean.settle()
    assert faces["z"].title == "(y × y) × 3"
    assert faces["out"].title == "out = mean((y × y) × 3)"
    mean.session.do(commands.set_params, "z", {"other": 1234567})
    mean.settle()
    assert faces["z"].title == "z = (y × y) × 1234567"  # too long for a name: its id is the name
    assert faces["out"].title == "out = mean(z)"


def test_v_goes_to_the_backward_node_before_the_pass_starts(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_vjp.autograd")
    driver.key(Qt.Key.Key_B)
    seed = driver.player.first_backward
    driver.player.seek(seed + 0.3)
    assert [packet.edge for packet in driver.packets()] == [("backward1", "gradient")]
    driver.player.seek(seed + 0.7)
    assert [packet.edge for packet in driver.packets()] == [("backward1", "tensor")]


def test_the_hover_mark_goes_when_a_wire_has_been_drawn(driver: Driver) -> None:
    x, y = driver.put("ones", -400, -60), driver.put("neg", 0, -60)
    QTest.mouseMove(driver.view.viewport(), driver.port(x))
    driver.wire(x, y, "input")
    assert driver.scene.hover == (None, None, None)


def test_a_new_document_is_looked_at_from_its_middle_at_full_size(mean: Driver) -> None:
    mean.key(Qt.Key.Key_N, CTRL)
    assert mean.view.viewpoint()["zoom"] == 1.0
    mean.window.resize(1200, 800)
    mean.settle()
    assert mean.view.viewpoint()["zoom"] == 1.0


def test_another_button_does_not_end_a_pan_nor_swallow_the_end_of_a_drag(mean: Driver) -> None:
    target, start = mean.view.viewport(), mean.header("y")
    QTest.mousePress(target, LEFT, NONE, start)
    QTest.mouseMove(target, start + QPoint(30, 30))
    QTest.mousePress(target, Qt.MouseButton.MiddleButton, NONE, start + QPoint(30, 30))
    QTest.mouseRelease(target, LEFT, NONE, start + QPoint(30, 30))
    QTest.mouseRelease(target, Qt.MouseButton.MiddleButton, NONE, start + QPoint(30, 30))
    assert not mean.scene.busy


def test_the_number_field_goes_with_its_node(mean: Driver) -> None:
    mean.double_click(mean.port("y", "other"))
    assert mean.window.number.isVisible()
    mean.session.do(commands.delete, ["y"])
    mean.settle()
    assert not mean.window.number.isVisible()


def test_an_ampersand_in_a_name_is_shown_in_the_menu(mean: Driver) -> None:
    mean.session.do(commands.rename, "y", "a & b")
    assert mean.window.actions_by_id["edit.undo"].text().endswith("a && b")


def test_starting_writes_no_setting(driver: Driver) -> None:
    assert driver.window.settings.is_empty()


def test_the_categories_stay_open_and_closed_as_one_left_them(driver: Driver) -> None:
    palette = driver.window.palette_panel
    assert driver.window.settings.closed_categories is None
    QTest.mouseClick(palette.viewport(), LEFT, NONE, palette.heading_rect("reduction").center())
    assert "sum" in palette.shown()
    kept = driver.window.settings.closed_categories
    assert kept == palette.closed
    palette.closed = frozenset()
    assert driver.window.settings.closed_categories == kept  # what nobody clicked is not remembered
