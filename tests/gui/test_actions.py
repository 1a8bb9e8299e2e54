"""The table of commands: what every row of it has, and that keys and menus come from it."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter

import pytest
from PySide6.QtGui import QAction, QKeySequence

import assets
from gui.actions import TABLE, Row
from tests.gui.driver import Driver

ROWS = {row.id: row for row in TABLE}


def in_menus(driver: Driver) -> set[str]:
    """The names of all actions that stand in a menu of the bar."""
    return {action.objectName() for menu in driver.window.menuBar().actions() for action in menu.menu().actions()}


def test_every_command_has_an_id_of_its_own() -> None:
    assert len(ROWS) == len(TABLE)


def test_no_two_commands_share_a_key() -> None:
    keys = Counter(QKeySequence(key).toString() for row in TABLE for key in row.keys)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("row", TABLE, ids=attrgetter("id"))
def test_every_key_is_one_that_qt_knows(row: Row) -> None:
    for key in row.keys:
        sequence = QKeySequence(key)
        assert sequence.count() == 1
        assert sequence.toString() != ""


@pytest.mark.parametrize("row", TABLE, ids=attrgetter("id"))
def test_every_command_says_where_its_keys_work_and_has_an_icon_that_is_there(row: Row) -> None:
    assert row.where in ("window", "canvas", "selection")
    assert not row.icon or (assets.ROOT / "icons" / f"{row.icon}.svg").is_file()
    assert row.text


def test_keys_without_ctrl_work_on_the_canvas_only() -> None:
    """A bare letter must never fire while one types in a field."""
    bare = [key for row in TABLE if row.where == "window" for key in row.keys if len(QKeySequence(key).toString()) == 1]
    assert bare == []


def test_every_command_is_in_a_menu_or_has_keys(driver: Driver) -> None:
    shown = in_menus(driver)
    assert [row.id for row in TABLE if not row.keys and f"action.{row.id}" not in shown] == []


def test_every_command_calls_something_that_is_there(driver: Driver) -> None:
    for row in TABLE:
        assert callable(attrgetter(row.calls)(driver.window)), row.calls


def test_every_command_is_one_action_with_its_text_and_keys(driver: Driver) -> None:
    for row in TABLE:
        (action,) = driver.window.findChildren(QAction, f"action.{row.id}")
        assert action is driver.window.actions_by_id[row.id]
        assert {key.toString() for key in action.shortcuts()} == {QKeySequence(key).toString() for key in row.keys}
        assert action.text().replace("&", "").startswith(str(row.text))
        assert action.icon().isNull() == (not row.icon)


def test_undo_and_redo_say_what_they_would_do(driver: Driver) -> None:
    actions = driver.window.actions_by_id
    assert not actions["edit.undo"].isEnabled()
    driver.put("ones", 0, 0)
    assert actions["edit.undo"].text() == "Undo Add ones"
    actions["edit.undo"].trigger()
    assert not actions["edit.undo"].isEnabled()
    assert actions["edit.redo"].text() == "Redo Add ones"
    actions["edit.redo"].trigger()
    driver.settle()
    assert driver.session.graph.nodes


def test_a_command_that_cannot_be_done_now_does_no_harm(driver: Driver) -> None:
    """Each command on an empty graph; dialogs and closing have tests of their own."""
    for row in TABLE:
        if row.id.startswith(("file.", "help.")):
            continue
        driver.window.actions_by_id[row.id].trigger()
        driver.settle()
    assert not driver.session.graph.nodes
