"""The Help: which op it shows, and that it says of each what the engine's reference says."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.op import OPS
from engine.run.reference import doc, sections
from gui.theme import DARK, LIGHT
from tests.gui.driver import CTRL, LEFT, NONE, Driver


def test_f1_shows_the_help_of_the_selected_node_and_goes_back(mean: Driver) -> None:
    mean.select("y")
    assert mean.window.inspector.isVisible()
    mean.key(Qt.Key.Key_F1)
    page = mean.window.help
    assert page.isVisible()
    assert not mean.window.inspector.isVisible()
    for line in ("add", doc(OPS["add"]), "∂/∂input", "torch.add(input, other)", "AddBackward0"):
        assert line in page.text().split("\n")
    mean.key(Qt.Key.Key_F1)
    assert mean.window.inspector.isVisible()


def test_the_help_follows_the_selection(mean: Driver) -> None:
    mean.key(Qt.Key.Key_F1)
    for node, op in (("x", "ones"), ("out", "mean"), ("backward1", "backward")):
        mean.select(node)
        assert mean.window.help.op is OPS[op]
        assert op in mean.window.help.text().split("\n")


def test_the_help_shows_what_one_looks_at_in_the_palette(mean: Driver) -> None:
    mean.key(Qt.Key.Key_F1)
    palette = mean.window.palette_panel
    QTest.mouseClick(palette.viewport(), LEFT, NONE, palette.row_rect("matmul").center())
    assert mean.window.help.op is OPS["matmul"]
    palette.search.setFocus()
    mean.type("argmax")
    assert mean.window.help.op is OPS["argmax"]


def test_the_help_shows_what_is_chosen_in_the_search_on_the_canvas(driver: Driver) -> None:
    driver.double_click(driver.at(50, 50))
    driver.type("tanh")
    driver.key(Qt.Key.Key_F1)
    assert driver.window.quick_add.isVisible()
    assert "tanh" in driver.window.help.text().split("\n")
    driver.key(Qt.Key.Key_Escape)


def test_without_an_op_it_says_where_to_find_one(driver: Driver) -> None:
    driver.key(Qt.Key.Key_F1)
    assert "Select a node" in driver.window.help.text()


def test_the_tabs_change_between_inspector_and_help(mean: Driver) -> None:
    mean.press_button("side.help")
    assert mean.window.help.isVisible()
    mean.press_button("side.inspector")
    assert mean.window.inspector.isVisible()


def test_editing_a_value_brings_the_inspector_back(mean: Driver) -> None:
    mean.key(Qt.Key.Key_F1)
    mean.double_click(mean.header("x"))
    assert mean.window.inspector.isVisible()


def test_the_keyboard_stays_on_the_canvas(mean: Driver) -> None:
    mean.select("y")
    mean.key(Qt.Key.Key_F1)
    assert mean.view.hasFocus()
    mean.key(Qt.Key.Key_D, CTRL)
    assert len(mean.session.graph.nodes) == 7


def test_every_op_has_a_page_that_fits_the_width(driver: Driver) -> None:
    driver.key(Qt.Key.Key_F1)
    page = driver.window.help
    for op in OPS.values():
        page.show_op(op.name)
        shown = "".join(page.text().split())
        said = [op.name, doc(op), *(line for section in sections(op) for _, line in section.lines)]
        assert [line for line in said if "".join(line.split()) not in shown] == []
        assert page.page.minimumSizeHint().width() <= page.width(), op.name


def test_the_help_changes_with_the_theme(mean: Driver) -> None:
    mean.select("y")
    mean.key(Qt.Key.Key_F1)
    for theme in (DARK, LIGHT):
        mean.window.set_theme(theme)
        ground = mean.window.help.grab().toImage().pixelColor(4, 4)
        assert ground == theme.color("dock")
