"""The code panel: it says what the document is, and goes along with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine.convert.script import torch_script
from engine.document import commands
from gui.theme import DARK, LIGHT
from tests.gui.driver import EXAMPLES, LEFT, NONE, Driver

X, Y = "x = torch.ones(2, 2, requires_grad=True)", "y = x + 2"


def opened(driver: Driver) -> Driver:
    """The panel, brought to the front by its tab."""
    press(driver, "side.code")
    return driver


def press(driver: Driver, name: str) -> None:
    QTest.mouseClick(driver.find(name), LEFT)


def shown(driver: Driver) -> str:
    return driver.window.code.text.toPlainText()


def marked(driver: Driver) -> list[str]:
    return [each.cursor.block().text() for each in driver.window.code.text.extraSelections()]


def click_line(driver: Driver, text: str) -> None:
    panel = driver.window.code.text
    block = next(block for block in blocks(driver) if block.text() == text)
    place = panel.blockBoundingGeometry(block).translated(panel.contentOffset()).center().toPoint()
    QTest.mouseClick(panel.viewport(), LEFT, NONE, QPoint(12, place.y()))


def blocks(driver: Driver):
    block = driver.window.code.text.document().begin()
    while block.isValid():
        yield block
        block = block.next()


def test_the_panel_shows_the_script_of_the_document_and_follows_it(mean: Driver) -> None:
    opened(mean)
    assert "mul1 = y * y\nz = mul1 * 3\nout = z.mean()\nout.backward()" in shown(mean)
    mean.session.do(commands.set_params, "z", {"other": 5})
    assert "z = mul1 * 5" in shown(mean)
    mean.session.undo()
    assert "z = mul1 * 3" in shown(mean)
    mean.session.do(commands.rename, "z", "w")
    assert "w = mul1 * 3" in shown(mean)
    mean.session.undo()
    mean.open(EXAMPLES / "blitz_while.autograd")
    assert "while y.data.norm() < 1000:\n    y = y * 2" in shown(mean)


def test_what_changed_while_nobody_looked_is_there_when_somebody_does(mean: Driver) -> None:
    mean.session.do(commands.set_params, "z", {"other": 5})
    assert shown(mean) == ""
    opened(mean)
    assert "z = mul1 * 5" in shown(mean)


def test_copy_puts_the_whole_script_on_the_clipboard(mean: Driver) -> None:
    opened(mean)
    press(mean, "code.copy")
    assert QGuiApplication.clipboard().text() == torch_script(mean.session.graph.snapshot())
    assert mean.window.code.copy.text() == "Copied"
    mean.session.do(commands.set_params, "z", {"other": 5})
    assert mean.window.code.copy.text() == "Copy"


def test_the_lines_of_what_is_selected_are_marked(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_while.autograd")
    opened(driver)
    assert marked(driver) == []
    driver.session.select(["mul2"])
    assert marked(driver) == ["    y = y * 2"]
    driver.session.select(["norm1"])
    assert marked(driver) == ["while y.data.norm() < 1000:"]
    driver.session.select(["y"])
    assert marked(driver) == ["y = x * 2", "    y = y * 2"]


def test_a_selected_frame_marks_the_lines_of_all_that_stands_in_it(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_while.autograd")
    opened(driver)
    [frame] = driver.session.graph.frames
    driver.session.select([frame])
    assert marked(driver) == ["y = x * 2", "while y.data.norm() < 1000:", "    y = y * 2"]


def test_the_line_of_the_step_is_marked_with_a_bar_and_follows_the_player(mean: Driver) -> None:
    mean.window.set_theme(DARK)
    mean.session.backward("out")
    mean.settle()
    mean.player.to_start()
    mean.session.select(())
    opened(mean)
    assert marked(mean) == []
    mean.player.seek(1)
    assert (marked(mean), barred(mean)) == ([Y], [Y])
    mean.player.to_end()
    assert (marked(mean), barred(mean)) == ([X], [X])
    mean.select("z")
    assert (marked(mean), barred(mean)) == ([X, "z = mul1 * 3"], [X])
    press(mean, "side.inspector")
    mean.player.seek(1)
    press(mean, "side.code")
    assert barred(mean) == [Y]


def barred(driver: Driver) -> list[str]:
    """The lines with a bar before them, as one sees it."""
    panel = driver.window.code.text
    driver.settle()
    picture = panel.viewport().grab().toImage()
    bar = driver.window.theme.color("selection").rgb()
    found = []
    for block in blocks(driver):
        place = panel.blockBoundingGeometry(block).translated(panel.contentOffset()).center()
        if picture.pixelColor(1, int(place.y())).rgb() == bar:
            found.append(block.text())
    return found


def test_a_click_on_a_line_selects_what_it_comes_from(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_while.autograd")
    opened(driver)
    click_line(driver, "    y = y * 2")
    assert driver.session.selection == {"y", "mul2"}
    click_line(driver, "y.backward(v)")
    assert driver.session.selection == {"backward1"}
    click_line(driver, "import torch")
    assert driver.session.selection == {"backward1"}
    QTest.keyClick(driver.window.code.text, Qt.Key.Key_Down)
    QTest.keyClick(driver.window.code.text, Qt.Key.Key_Down)
    QTest.keyClick(driver.window.code.text, Qt.Key.Key_Return)
    assert driver.session.selection == {"x"}


def test_a_line_that_is_too_long_to_show_is_copied_whole(driver: Driver) -> None:
    opened(driver)
    driver.put("tensor", 0, 0, data=[[0.5] * 100] * 5)
    assert all(len(line) <= 401 for line in shown(driver).splitlines())
    press(driver, "code.copy")
    assert QGuiApplication.clipboard().text() == torch_script(driver.session.graph.snapshot())


def test_the_panel_is_dressed_in_both_themes(mean: Driver) -> None:
    opened(mean)
    mean.select("z")
    for theme in (LIGHT, DARK):
        mean.window.set_theme(theme)
        [mark] = mean.window.code.text.extraSelections()
        assert mark.format.background().color() == theme.color("hover")
