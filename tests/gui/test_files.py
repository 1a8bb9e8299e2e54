"""Documents: new, open, save, recent, dropped, closed; and what is asked when changes are not saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

import assets
from engine.document.files import load
from gui.actions import FILE
from tests.gui.driver import CTRL, EXAMPLES, SHIFT, Driver

NEW, OPEN, QUIT, STORE, UNDO = Qt.Key.Key_N, Qt.Key.Key_O, Qt.Key.Key_Q, Qt.Key.Key_S, Qt.Key.Key_Z
SAVE, DISCARD, CANCEL = (f"dialog.unsaved.{answer}" for answer in ("save", "discard", "cancel"))


@pytest.fixture
def saved(driver: Driver, tmp_path: Path) -> tuple[Driver, Path]:
    """A document with one node, saved as mine.autograd."""
    driver.put("ones", -100, -60, "x")
    path = tmp_path / "mine.autograd"
    driver.key(STORE, CTRL)
    driver.choose_file(path)
    return driver, path


def question(driver: Driver) -> QMessageBox | None:
    """The message box that is open."""
    boxes = [box for box in driver.window.findChildren(QMessageBox) if box.isVisible()]
    assert len(boxes) <= 1
    return boxes[0] if boxes else None


def title(driver: Driver) -> str:
    """The title of the window as it is seen."""
    return driver.window.windowTitle().replace("[*]", "*" if driver.window.isWindowModified() else "")


# Saving -------------------------------------------------------------------------------------------------------------


def test_an_unnamed_graph_is_saved_where_one_says(saved: tuple[Driver, Path]) -> None:
    driver, path = saved
    assert [node.title for node in load(path).nodes] == ["x"]
    assert title(driver) == "mine.autograd – Autograd Canvas"
    assert "mine.autograd" in driver.said()


def test_the_suffix_is_added_if_it_is_missing(driver: Driver, tmp_path: Path) -> None:
    driver.put("ones", 0, 0)
    driver.key(STORE, CTRL)
    driver.choose_file(tmp_path / "short")
    assert (tmp_path / "short.autograd").is_file()


def test_a_named_graph_is_saved_without_asking(saved: tuple[Driver, Path]) -> None:
    driver, path = saved
    driver.put("exp", 200, 0)
    assert title(driver).startswith("mine.autograd* ")
    driver.key(STORE, CTRL)
    assert len(load(path).nodes) == 2
    assert not driver.window.isWindowModified()


def test_save_as_goes_on_with_the_new_file(saved: tuple[Driver, Path], tmp_path: Path) -> None:
    driver, path = saved
    driver.put("exp", 200, 0)
    driver.key(STORE, CTRL | SHIFT)
    driver.choose_file(tmp_path / "other.autograd")
    assert len(load(path).nodes) == 1
    assert len(load(tmp_path / "other.autograd").nodes) == 2
    assert title(driver).startswith("other.autograd ")


def test_a_save_dialog_that_is_cancelled_saves_nothing(driver: Driver, tmp_path: Path) -> None:
    driver.put("ones", 0, 0)
    driver.key(STORE, CTRL)
    dialog = driver.window.findChild(QFileDialog, "dialog.file")
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    driver.settle()
    assert driver.window.isWindowModified()
    assert driver.session.path is None


def test_a_place_that_cannot_be_written_says_why_and_the_graph_stays_modified(driver: Driver, tmp_path: Path) -> None:
    driver.put("ones", 0, 0)
    (tmp_path / "file").write_text("")
    driver.window.documents.save_to(tmp_path / "file" / "mine.autograd")
    box = question(driver)
    assert box is not None
    assert box.text() == "mine.autograd could not be saved."
    assert box.informativeText()
    driver.answer("dialog.tell.ok")
    assert driver.window.isWindowModified()
    assert driver.session.path is None


def test_an_example_is_never_overwritten(mean: Driver, tmp_path: Path) -> None:
    before = (EXAMPLES / "blitz_mean.autograd").read_bytes()
    mean.inline("y", "other", "3")
    mean.key(STORE, CTRL)
    mean.choose_file(tmp_path / "mine.autograd")
    assert (EXAMPLES / "blitz_mean.autograd").read_bytes() == before
    assert load(tmp_path / "mine.autograd").graph().nodes["y"].params["other"] == 3


def test_undoing_to_the_saved_state_takes_the_mark_away(saved: tuple[Driver, Path]) -> None:
    driver, _ = saved
    driver.put("exp", 200, 0)
    assert driver.window.isWindowModified()
    driver.key(UNDO, CTRL)
    assert title(driver) == "mine.autograd – Autograd Canvas"
    driver.key(UNDO, CTRL)
    assert driver.window.isWindowModified()
    driver.key(UNDO, CTRL | SHIFT)
    assert not driver.window.isWindowModified()


def test_what_is_saved_and_opened_again_is_the_same(saved: tuple[Driver, Path]) -> None:
    driver, path = saved
    before = driver.session.graph.snapshot()
    driver.key(NEW, CTRL)
    driver.open(path)
    after = driver.session.graph.snapshot()
    assert (after.nodes, after.edges) == (before.nodes, before.edges)
    driver.key(STORE, CTRL)
    assert (load(path).nodes, load(path).edges) == (tuple(before.nodes.values()), ())


# Opening ------------------------------------------------------------------------------------------------------------


def test_a_file_is_opened_by_dialog(driver: Driver) -> None:
    driver.key(OPEN, CTRL)
    driver.choose_file(EXAMPLES / "blitz_vjp.autograd")
    assert title(driver) == "blitz_vjp.autograd – Autograd Canvas"
    assert driver.value("y") == [2.0, 4.0, 6.0]
    visible = driver.view.viewport().rect()
    assert all(visible.contains(driver.view.face_on_screen(id)) for id in driver.session.graph.nodes)


def test_a_new_graph_is_empty_and_forgets_everything(mean: Driver) -> None:
    mean.key(Qt.Key.Key_B)
    mean.select("x")
    mean.key(NEW, CTRL)
    assert not mean.session.graph.nodes
    assert not mean.scene.faces
    assert not mean.scene.wires
    assert not mean.player.count
    assert not mean.session.history.can_undo
    assert mean.session.selection == frozenset()
    assert title(mean) == "untitled – Autograd Canvas"
    assert mean.find("welcome").isVisible()


def test_the_cards_of_an_empty_canvas_open_examples(driver: Driver) -> None:
    driver.press_button("welcome.blitz_mean")
    assert driver.value("out") == 27.0
    assert not driver.window.welcome.isVisible()


BAD = {
    "no json": "nodes: x",
    "another format": '{"format": "something", "version": 1}',
    "a newer version": '{"format": "autograd-canvas", "version": 99, "nodes": [], "edges": []}',
    "a wire to nowhere": '{"format": "autograd-canvas", "version": 1, "nodes": [],'
    ' "edges": [{"from": "a", "to": "b", "port": "input"}], "frames": []}',
    "bytes": "\ud800",
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_keeps_the_open_graph_and_says_why(mean: Driver, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bad.autograd"
    path.write_bytes(BAD[kind].encode("utf-8", "surrogatepass"))
    graph = mean.session.graph
    mean.open(path)
    box = question(mean)
    assert box is not None
    assert box.text() == "bad.autograd could not be opened."
    assert len(box.informativeText()) > 10
    assert "Traceback" not in box.informativeText()
    mean.answer("dialog.tell.ok")
    assert mean.session.graph is graph
    assert title(mean) == "blitz_mean.autograd – Autograd Canvas"
    assert mean.value("out") == 27.0
    assert mean.window.settings.recent == []


def test_a_file_that_is_not_there_says_so(driver: Driver, tmp_path: Path) -> None:
    driver.open(tmp_path / "gone.autograd")
    box = question(driver)
    assert box is not None
    assert "gone.autograd" in box.text()
    driver.answer("dialog.tell.ok")


def test_a_file_dropped_on_the_window_is_opened(driver: Driver) -> None:
    driver.drop_file(EXAMPLES / "blitz_mean.autograd")
    assert driver.value("out") == 27.0


def test_a_file_dropped_on_unsaved_changes_asks_first(driver: Driver) -> None:
    driver.put("ones", 0, 0)
    driver.drop_file(EXAMPLES / "blitz_mean.autograd")
    assert len(driver.session.graph.nodes) == 1
    driver.answer(DISCARD)
    assert driver.value("out") == 27.0


# Recent files -------------------------------------------------------------------------------------------------------


def recent(driver: Driver) -> list[str]:
    driver.window.menus.recent.aboutToShow.emit()
    return [action.text() for action in driver.window.menus.recent.actions()]


def test_recent_files_stand_newest_first_and_open_again(saved: tuple[Driver, Path], tmp_path: Path) -> None:
    driver, path = saved
    driver.key(STORE, CTRL | SHIFT)
    driver.choose_file(tmp_path / "other.autograd")
    assert recent(driver) == ["other.autograd", "mine.autograd"]
    driver.window.menus.recent.actions()[1].trigger()
    driver.settle()
    assert driver.session.path == path
    assert recent(driver) == ["mine.autograd", "other.autograd"]


def test_recent_files_that_are_gone_and_examples_are_left_out(saved: tuple[Driver, Path]) -> None:
    driver, path = saved
    path.unlink()
    driver.open(EXAMPLES / "blitz_mean.autograd")
    assert recent(driver) == ["No recent files"]
    assert not driver.window.menus.recent.actions()[0].isEnabled()


def test_every_example_is_in_the_menu_and_opens(driver: Driver) -> None:
    actions = driver.window.menus.examples.actions()
    assert len(actions) == len(list((assets.ROOT / "examples").iterdir()))
    for action in actions:
        action.trigger()
        driver.settle()
        assert driver.session.path == Path(action.data())
        assert not any(result.error for result in driver.session.run.results.values())  # type: ignore[union-attr]


# Unsaved changes ----------------------------------------------------------------------------------------------------


@pytest.fixture
def modified(saved: tuple[Driver, Path]) -> tuple[Driver, Path]:
    """mine.autograd, with one more node that is not saved."""
    driver, path = saved
    driver.put("exp", 200, 0)
    return driver, path


def test_without_changes_nothing_is_asked(saved: tuple[Driver, Path]) -> None:
    driver, _ = saved
    driver.key(NEW, CTRL)
    assert question(driver) is None
    assert not driver.session.graph.nodes


def test_cancel_leaves_everything_as_it_is(modified: tuple[Driver, Path]) -> None:
    driver, path = modified
    driver.key(NEW, CTRL)
    box = question(driver)
    assert box is not None
    assert box.text() == "Save the changes to mine.autograd?"
    driver.answer(CANCEL)
    assert len(driver.session.graph.nodes) == 2
    assert len(load(path).nodes) == 1
    assert driver.window.isWindowModified()


def test_escape_is_cancel(modified: tuple[Driver, Path]) -> None:
    driver, _ = modified
    driver.key(NEW, CTRL)
    box = question(driver)
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Escape)
    driver.settle()
    assert question(driver) is None
    assert len(driver.session.graph.nodes) == 2


def test_discard_goes_on_without_saving(modified: tuple[Driver, Path]) -> None:
    driver, path = modified
    driver.key(NEW, CTRL)
    driver.answer(DISCARD)
    assert not driver.session.graph.nodes
    assert len(load(path).nodes) == 1


def test_save_saves_and_goes_on(modified: tuple[Driver, Path]) -> None:
    driver, path = modified
    driver.key(NEW, CTRL)
    driver.answer(SAVE)
    assert not driver.session.graph.nodes
    assert len(load(path).nodes) == 2


def test_saving_an_unnamed_graph_first_asks_where_and_then_goes_on(driver: Driver, tmp_path: Path) -> None:
    driver.put("ones", 0, 0)
    driver.key(NEW, CTRL)
    driver.answer(SAVE)
    driver.choose_file(tmp_path / "late.autograd")
    assert len(load(tmp_path / "late.autograd").nodes) == 1
    assert not driver.session.graph.nodes


# Closing ------------------------------------------------------------------------------------------------------------


def test_a_window_without_changes_closes_at_once(saved: tuple[Driver, Path]) -> None:
    driver, _ = saved
    driver.key(QUIT, CTRL)
    assert not driver.window.isVisible()


@pytest.mark.parametrize(("answer", "open_after", "nodes"), [(CANCEL, True, 1), (DISCARD, False, 1), (SAVE, False, 2)])
def test_closing_asks_about_unsaved_changes(
    modified: tuple[Driver, Path], answer: str, open_after: bool, nodes: int
) -> None:
    driver, path = modified
    driver.window.close()
    assert driver.window.isVisible()
    driver.answer(answer)
    assert driver.window.isVisible() == open_after
    assert len(load(path).nodes) == nodes


def test_a_window_that_stayed_open_asks_again(modified: tuple[Driver, Path]) -> None:
    driver, _ = modified
    for _ in range(2):
        driver.window.close()
        driver.answer(CANCEL)
    assert driver.window.isVisible()


def test_the_menu_has_every_file_command(driver: Driver) -> None:
    QTest.mouseClick(driver.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    names = {action.objectName() for menu in driver.window.menuBar().actions() for action in menu.menu().actions()}
    assert {f"action.{row.id}" for row in FILE} <= names
    assert QApplication.activePopupWidget() is None
