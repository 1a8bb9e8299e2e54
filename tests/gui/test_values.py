"""Numbers: typed at a port, in the table, in the inspector; evaluated off the GUI thread, and only the newest shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.autograd import Tensor
from engine.document import commands
from engine.op import OPS
from tests.gui.driver import CTRL, EXAMPLES, Driver

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.fixture
def total(driver: Driver) -> str:
    """x = ones(2, 2) goes into the input of an add whose other port is open."""
    x = driver.put("ones", -360, -60, "x", size=[2, 2])
    node = driver.put("add", 60, -60, "y")
    driver.join(x, node, "input")
    return node


class Gate:
    """An op that waits, on whatever thread it is called, until the gate is opened."""

    def __init__(self, op: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.threads: set[int] = set()
        self._apply = OPS[op].apply
        monkeypatch.setitem(OPS, op, replace(OPS[op], applied=[self._wait]))

    def _wait(self, *inputs: object, **params: object) -> Tensor:
        self.threads.add(threading.get_ident())
        self.entered.set()
        assert self.opened.wait(30)
        result = self._apply(*inputs, **params)
        assert isinstance(result, Tensor)
        return result


@pytest.fixture
def slow_full(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate("full", monkeypatch)
    yield gate
    gate.opened.set()


# A number at a port -------------------------------------------------------------------------------------------------


def test_a_number_is_typed_at_an_open_port(driver: Driver, total: str) -> None:
    steps = driver.steps
    driver.double_click(driver.port(total, "other"))
    assert driver.find("canvas.number").hasFocus()
    driver.type("1.5e1")
    driver.key(ENTER)
    assert driver.value(total) == [[16.0, 16.0], [16.0, 16.0]]
    assert driver.scene.faces[total].title == "y = x + 15.0"
    assert driver.steps == steps + 1
    assert driver.view.hasFocus()


@pytest.mark.parametrize(("text", "value"), [("2", 2), (" -3 ", -3), ("−.5", -0.5), ("+7.", 7.0), ("inf", "inf")])
def test_a_number_is_read_as_people_write_it(driver: Driver, total: str, text: str, value: object) -> None:
    driver.inline(total, "other", text)
    stored = driver.session.graph.nodes[total].params["other"]
    assert (stored, type(stored)) == (value, type(value))


@pytest.mark.parametrize("text", ["two", "1,5", "--1", "1e", "0x10", "1 2"])
def test_a_text_that_is_no_number_stays_in_the_field_with_a_sentence(driver: Driver, total: str, text: str) -> None:
    steps = driver.steps
    driver.inline(total, "other", text)
    field = driver.find("canvas.number")
    assert isinstance(field, QLineEdit)
    assert field.text() == text
    assert field.hasFocus()
    assert text in driver.said()
    assert driver.said().endswith(".")
    assert driver.steps == steps
    driver.key(ESCAPE)
    assert not field.isVisible()
    assert driver.steps == steps


def test_escape_leaves_the_number_at_a_port_as_it_was(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    steps = driver.steps
    driver.double_click(driver.port(total, "other"))
    driver.type("99")
    driver.key(ESCAPE)
    assert driver.session.graph.nodes[total].params["other"] == 2
    assert driver.steps == steps
    assert driver.view.hasFocus()


def test_an_empty_text_takes_the_number_away_and_the_node_says_what_it_needs(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    driver.double_click(driver.port(total, "other"))
    driver.key(Qt.Key.Key_Backspace)
    driver.key(ENTER)
    assert "other" not in driver.session.graph.nodes[total].params
    assert driver.value(total) is None
    assert driver.scene.faces[total].hint == "needs: other"


def test_a_shown_number_is_edited_by_a_double_click_on_it(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    shown = driver.scene.faces[total]
    port, _, width = shown.inline[0]
    middle = shown.layout.inline_rect(port, width).translated(shown.position).center()
    driver.double_click(driver.at(middle.x(), middle.y()))
    assert driver.find("canvas.number").hasFocus()
    driver.type("4")
    driver.key(ENTER)
    assert driver.value(total) == [[5.0, 5.0], [5.0, 5.0]]


def test_leaving_the_field_keeps_the_number_and_the_new_place_keeps_the_focus(driver: Driver, total: str) -> None:
    driver.double_click(driver.port(total, "other"))
    driver.type("6")
    search = driver.window.palette_panel.search
    QTest.mouseClick(search, Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.session.graph.nodes[total].params["other"] == 6
    assert not driver.window.number.isVisible()
    assert QApplication.focusWidget() is search


def test_a_click_on_the_canvas_keeps_the_number_that_is_being_typed(driver: Driver, total: str) -> None:
    driver.double_click(driver.port(total, "other"))
    driver.type("6")
    driver.click(driver.at(-100, 250))
    assert driver.session.graph.nodes[total].params["other"] == 6
    assert not driver.window.number.isVisible()


def test_a_number_that_is_being_typed_never_goes_into_another_document(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    driver.session.history.mark_clean()
    driver.double_click(driver.port(total, "other"))
    driver.type("99")
    driver.session.open(EXAMPLES / "blitz_mean.autograd")
    other = driver.put("add", 0, 300)
    driver.settle()
    assert not driver.window.number.isVisible()
    assert all(99 not in node.params.values() for node in driver.session.graph.nodes.values())
    assert other in driver.session.graph.nodes


def test_the_field_stays_at_its_port_when_the_wheel_zooms(driver: Driver, total: str) -> None:
    driver.double_click(driver.port(total, "other"))
    field = driver.window.number
    driver.wheel(QPoint(200, 200), 2)
    port, place = driver.port(total, "other"), field.geometry()
    assert field.hasFocus()
    assert 0 < port.x() - place.right() < 24
    assert abs(port.y() - place.center().y()) <= 2
    driver.key(ESCAPE)


def test_a_wire_hides_the_number_of_its_port_and_cutting_it_brings_the_number_back(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    (x,) = [id for id, node in driver.session.graph.nodes.items() if node.op == "ones"]
    driver.wire(x, total, "other")
    assert driver.scene.faces[total].inline == ()
    assert driver.value(total) == [[2.0, 2.0], [2.0, 2.0]]
    driver.drag(driver.port(total, "other"), driver.at(-100, 250))
    assert driver.scene.faces[total].inline[0][:2] == ("other", "2")
    assert driver.value(total) == [[3.0, 3.0], [3.0, 3.0]]


def test_editing_a_number_several_times_is_one_undo_step_each(driver: Driver, total: str) -> None:
    steps = driver.steps
    driver.inline(total, "other", "2")
    driver.inline(total, "other", "3")
    assert driver.steps == steps + 2
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.session.graph.nodes[total].params["other"] == 2


# The inspector ----------------------------------------------------------------------------------------------------


def test_a_double_click_on_a_tensor_edits_its_numbers_and_the_graph_follows(driver: Driver) -> None:
    x = driver.put("tensor", -360, -60, data=[1.0, 4.0, 9.0])
    root = driver.put("sqrt", 60, -60)
    driver.join(x, root, "input")
    driver.double_click(driver.body(x))
    table = driver.find("inspector.table")
    assert table.hasFocus()
    driver.key(Qt.Key.Key_Right)
    driver.type("16")
    driver.key(ENTER)
    driver.settle()
    assert driver.value(x) == [1.0, 16.0, 9.0]
    assert driver.value(root) == [1.0, 4.0, 3.0]
    driver.view.setFocus()
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.value(root) == [1.0, 2.0, 3.0]


def test_a_new_shape_in_the_inspector_is_shown_at_once_everywhere(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    x = driver.node_of("ones")
    driver.select(x)
    driver.fill("inspector.size", "3")
    assert driver.scene.faces[x].chip == "3 f32"
    assert driver.value(total) == [3.0, 3.0, 3.0]


def test_requires_grad_is_switched_and_the_wires_show_it(driver: Driver, total: str) -> None:
    driver.inline(total, "other", "2")
    assert not driver.scene.wires[total, "input"].tracked
    driver.select(driver.node_of("ones"))
    driver.press_button("inspector.requires_grad")
    assert driver.scene.wires[total, "input"].tracked
    assert driver.scene.faces[total].footer == "grad_fn AddBackward0"


# Evaluation -------------------------------------------------------------------------------------------------------


def test_ops_run_off_the_gui_thread(driver: Driver, slow_full: Gate) -> None:
    slow_full.opened.set()
    node = driver.put("full", 60, -60, size=[], fill_value=4.0)
    assert driver.value(node) == 4.0
    assert slow_full.threads
    assert threading.get_ident() not in slow_full.threads


def test_while_an_op_takes_long_one_goes_on_editing_and_only_the_newest_result_is_shown(
    driver: Driver, slow_full: Gate
) -> None:
    session = driver.session
    session.do(commands.add_node, "full", (60.0, -60.0), params={"size": [], "fill_value": 4.0}, id="late")
    assert slow_full.entered.wait(30)
    told: list[int] = []
    session.evaluated.connect(lambda: told.append(1))
    for number in (9.0, 16.0, 25.0):
        session.do(commands.set_params, "late", {"fill_value": number})
        QApplication.processEvents()
        assert driver.value("late") is None
    assert session.busy
    QTest.mousePress(driver.view.viewport(), Qt.MouseButton.LeftButton, pos=driver.header("late"))
    QTest.mouseMove(driver.view.viewport(), driver.header("late") + QPoint(120, 0))
    QTest.mouseRelease(driver.view.viewport(), Qt.MouseButton.LeftButton, pos=driver.header("late") + QPoint(120, 0))
    assert driver.position("late") == (180, -60)
    slow_full.opened.set()
    driver.settle()
    assert driver.value("late") == 25.0
    assert told == [1]
    assert not session.busy


def test_a_result_that_comes_after_the_end_is_dropped(driver: Driver, slow_full: Gate) -> None:
    driver.session.do(commands.add_node, "full", (0.0, 0.0), params={"fill_value": 4.0})
    assert slow_full.entered.wait(30)
    slow_full.opened.set()
    driver.session.close()
    QApplication.processEvents()
    assert driver.session.run is None or not driver.session.run.results  # the answer came too late


def test_an_error_of_one_node_stops_neither_its_neighbours_nor_the_others(driver: Driver) -> None:
    left = driver.put("ones", -400, -200, size=[2])
    right = driver.put("ones", -400, 60, size=[3])
    bad = driver.put("add", -60, -60)
    after = driver.put("exp", 240, -60)
    fine = driver.put("exp", 240, 160)
    driver.join(left, bad, "input")
    driver.join(right, bad, "other")
    driver.join(bad, after, "input")
    driver.join(right, fine, "input")
    faces = driver.scene.faces
    assert "The size of tensor a (2) must match the size of tensor b (3)" in faces[bad].error
    assert "\n" in faces[bad].error  # what to do follows
    assert faces[after].error == ""
    assert faces[after].hint == "waits for its input"
    assert driver.value(fine) == np.exp(np.ones(3, np.float32)).tolist()
    driver.select(right)
    driver.fill("inspector.size", "2")
    assert faces[bad].error == ""
    assert driver.value(after) == np.exp(np.full(2, 2, np.float32)).tolist()


def test_the_status_counts_nodes_and_what_is_wrong_with_them(driver: Driver) -> None:
    status = driver.find("status.run")
    driver.put("ones", -400, -200)
    assert status.property("text") == "✓ forward ok  ·  1 node"
    driver.put("exp", 0, 0)
    assert status.property("text") == "2 nodes  ·  1 node needs an input"
