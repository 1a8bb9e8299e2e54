"""Another run, another graph: R, ten runs in a table, and a loop laid out, by key and mouse."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.document.commands import set_params
from engine.document.files import Document, save
from engine.document.graph import Graph
from engine.document.records import Edge, Frame, Node
from tests.gui.driver import LEFT, NONE, SHIFT, Driver

LOOP = Graph(
    [
        Node("x", "randn", {"size": [3], "seed": 0, "requires_grad": True}, title="x"),
        Node("y", "carry", {}, (300, 60), "while1", "y"),
        Node("norm1", "norm", {}, (560, 60), "while1"),
        Node("lt1", "lt", {"other": 1000}, (820, 60), "while1"),
        Node("repeat_while1", "repeat_while", {}, (1080, 60), "while1"),
        Node("mul1", "mul", {"other": 2}, (560, 260), "while1"),
        Node("v", "tensor", {"data": [0.1, 1.0, 0.0001]}, (1320, 260)),
        Node("backward1", "backward", {}, (1560, 0)),
    ],
    [
        Edge("x", "y", "start"),
        Edge("y", "norm1", "input"),
        Edge("norm1", "lt1", "input"),
        Edge("lt1", "repeat_while1", "condition"),
        Edge("y", "mul1", "input"),
        Edge("mul1", "y", "next"),
        Edge("y", "backward1", "tensor"),
        Edge("v", "backward1", "gradient"),
    ],
    [Frame("while1", "while", "", (276, 0, 1000, 440))],
)


@pytest.fixture
def loop(driver: Driver, tmp_path: Path) -> Driver:
    """The tutorial's loop over a random x, opened."""
    save(tmp_path / "loop.autograd", Document.of(LOOP))
    driver.open(tmp_path / "loop.autograd")
    return driver


def turns(driver: Driver) -> int:
    run = driver.session.run
    assert run is not None
    count = run.turns("while1")
    assert count is not None
    return count


def ten(driver: Driver, qtbot: QtBot) -> None:
    with qtbot.waitSignal(driver.window.again.done):
        driver.key(Qt.Key.Key_R, SHIFT)


def table(driver: Driver) -> list[list[str]]:
    model = driver.window.runs.model
    return [[model.text(row, column) for column in range(model.columnCount())] for row in range(model.rowCount())]


def in_row(driver: Driver, row: int) -> tuple[QWidget, object]:
    view = driver.window.runs.table
    return view.viewport(), view.visualRect(view.model().index(row, 1)).center()


def test_r_draws_other_numbers_and_the_loop_takes_other_turns(loop: Driver) -> None:
    seen = {turns(loop)}
    for _ in range(4):
        before = loop.value("x")
        loop.key(Qt.Key.Key_R)
        assert loop.value("x") != before
        seen.add(turns(loop))
    assert len(seen) > 1
    assert loop.steps == 4


def test_each_run_gives_its_own_power_of_two(loop: Driver) -> None:
    for _ in range(4):
        loop.key(Qt.Key.Key_R)
        loop.key(Qt.Key.Key_B)
        loop.key(Qt.Key.Key_End)
        power = 2.0 ** turns(loop)
        assert loop.gradient("x") == pytest.approx([0.1 * power, power, 0.0001 * power], rel=1e-6)


def test_r_says_the_seed_the_turns_and_how_to_have_the_pass_again(loop: Driver) -> None:
    before = turns(loop)
    loop.key(Qt.Key.Key_R)
    now = turns(loop)
    assert now != before
    assert loop.said() == f"Seed 1: {now} turns, before {before}."
    loop.key(Qt.Key.Key_B)
    loop.key(Qt.Key.Key_R)
    again = "as before" if turns(loop) == now else f"before {now}"
    assert loop.said() == f"Seed 2: {turns(loop)} turns, {again}. Press B for its gradients."
    assert loop.player.count == 0


def test_r_without_a_loop_says_the_seed(driver: Driver) -> None:
    for _ in range(2):
        driver.put("randn", 0, 0, seed=4)
    driver.key(Qt.Key.Key_R)
    assert driver.said() == "Seed 5."
    driver.session.select([min(driver.session.graph.nodes)])
    driver.key(Qt.Key.Key_R)
    assert driver.said() == "Seed 6."
    driver.session.select(())
    driver.key(Qt.Key.Key_R)
    assert driver.said() == "New numbers."


def test_new_numbers_are_undone_in_one_step(loop: Driver) -> None:
    before = loop.value("x")
    loop.key(Qt.Key.Key_R)
    assert loop.window.actions_by_id["edit.undo"].text() == "Undo New numbers"
    loop.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert loop.value("x") == before


def test_new_numbers_where_nothing_is_random_is_refused(driver: Driver) -> None:
    driver.put("ones", 0, 0)
    driver.key(Qt.Key.Key_R)
    assert driver.said() == "Nothing here draws random numbers: add a rand or a randn."
    driver.key(Qt.Key.Key_R, SHIFT)
    assert driver.said() == "Nothing here draws random numbers: every run would be the same."


def test_ten_runs_are_listed_with_their_turns_and_what_came_of_them(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    rows = table(loop)
    assert [row[0] for row in rows] == ["● 1", *map(str, range(2, 11))]
    assert rows[0][1] == f"×{turns(loop)}"
    assert len({row[1] for row in rows}) > 1
    assert all(row[2].startswith("[") for row in rows)
    assert loop.window.runs.isVisible()
    assert loop.window.runs.model.headerData(1, Qt.Orientation.Horizontal) == loop.frame("while1").title
    assert loop.steps == 0


def test_a_double_click_takes_the_numbers_of_a_run(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    viewport, at = in_row(loop, 3)
    QTest.mouseClick(viewport, LEFT, NONE, at)
    QTest.mouseDClick(viewport, LEFT, NONE, at)
    loop.settle()
    rows = table(loop)
    assert rows[3][0] == "● 4"
    assert rows[3][1] == f"×{turns(loop)}"
    assert loop.window.actions_by_id["edit.undo"].text() == "Undo Take the numbers of run 4"
    loop.session.undo()
    loop.settle()
    assert (loop.steps, table(loop)[0][0]) == (0, "● 1")


def test_enter_takes_the_numbers_of_the_run_under_the_keyboard(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    loop.window.runs.table.setFocus()
    for _ in range(2):
        loop.key(Qt.Key.Key_Down)
    loop.key(Qt.Key.Key_Return)
    assert [row[0] for row in table(loop)].index("● 3") == 2


def test_the_runs_are_those_that_r_would_have_given(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    counts = [row[1] for row in table(loop)]
    assert counts[0] == f"×{turns(loop)}"
    for count in counts[1:4]:
        loop.view.setFocus()
        loop.key(Qt.Key.Key_R)
        assert count == f"×{turns(loop)}"


def test_an_edit_says_that_the_runs_are_of_another_graph(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    note = loop.window.runs.note
    loop.session.select(["v"])
    loop.view.setFocus()
    loop.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    loop.key(Qt.Key.Key_R)
    assert note.text() == "Enter or a double-click takes the numbers of a run."
    loop.key(Qt.Key.Key_Delete)
    assert note.text() == "The graph has changed since these runs."


def test_an_edit_ends_the_runs_that_are_under_way(loop: Driver, qtbot: QtBot) -> None:
    busy = Event()
    loop.session.aside(lambda _stale: busy.wait())
    with qtbot.waitSignal(loop.window.again.done):
        loop.window.again.ten()
        loop.window.again.new_numbers()
        busy.set()
    loop.settle()
    assert table(loop) == []
    assert loop.window.runs.note.text() == "An edit came between: these are the runs until then."


def test_a_run_that_failed_says_why_when_one_goes_to_it(loop: Driver, qtbot: QtBot) -> None:
    loop.session.do(set_params, "repeat_while1", {"most": 9})
    ten(loop, qtbot)
    failed = [row for row, cells in enumerate(table(loop)) if cells[1] == "×9 !"]
    assert [table(loop)[row][2] for row in failed] == ["–"] * len(failed)
    loop.window.runs.table.setFocus()
    for _ in range(failed[0] + 1):
        loop.key(Qt.Key.Key_Down)
    said = loop.window.runs.note.text()
    assert said == "while1: The condition is still true after 9 turns, so the loop was stopped."


def test_another_document_forgets_the_runs(loop: Driver, qtbot: QtBot) -> None:
    ten(loop, qtbot)
    loop.session.history.mark_clean()
    loop.session.new()
    loop.settle()
    assert table(loop) == []
    assert loop.find("runs.empty.title").isVisible()


def test_the_button_of_the_panel_evaluates_ten_times(loop: Driver, qtbot: QtBot) -> None:
    loop.press_button("side.runs")
    with qtbot.waitSignal(loop.window.again.done):
        loop.press_button("runs.again")
    assert len(table(loop)) == 10


def test_u_lays_the_loop_of_the_selected_node_out(loop: Driver) -> None:
    loop.key(Qt.Key.Key_B)
    loop.key(Qt.Key.Key_End)
    gradient, count = loop.gradient("x"), turns(loop)
    loop.select("mul1")
    loop.key(Qt.Key.Key_U)
    nodes = loop.session.graph.nodes
    assert [node.title for node in nodes.values() if node.op == "mul"] == [f"y·{i + 1}" for i in range(count)]
    assert not loop.session.graph.frames
    assert loop.steps == 1
    loop.session.evaluate()
    loop.settle()
    loop.key(Qt.Key.Key_B)
    loop.key(Qt.Key.Key_End)
    assert loop.gradient("x") == gradient
    loop.session.undo()
    loop.settle()
    assert set(loop.session.graph.nodes) == set(LOOP.nodes)
    assert turns(loop) == count


def test_u_lays_the_selected_loop_out(loop: Driver) -> None:
    loop.session.select(["while1"])
    loop.key(Qt.Key.Key_U)
    assert not loop.session.graph.frames


def test_what_u_laid_out_is_selected_and_fills_the_window_and_undo_selects_the_loop_again(loop: Driver) -> None:
    loop.key(Qt.Key.Key_B)
    count = turns(loop)
    loop.session.select(["while1"])
    loop.key(Qt.Key.Key_U)
    came = loop.session.selected_nodes
    assert set(came) == set(loop.session.graph.nodes) - {"x", "v", "backward1"}
    seen = loop.view.mapToScene(loop.view.viewport().rect()).boundingRect()
    assert seen.contains(loop.scene.rect_of(came))
    assert loop.said() == f"while1 is unrolled: {count} turns, {len(came)} nodes. Press B for its gradients."
    loop.session.undo()
    assert loop.session.selection == {"while1"}


def test_u_without_a_loop_is_refused(loop: Driver) -> None:
    loop.select("v")
    loop.key(Qt.Key.Key_U)
    assert loop.said() == "Select a while loop to unroll it."
    assert loop.steps == 0
