from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.kinds import KINDS
from engine.op import OPS
from engine.ops import CATEGORIES
from gui.panels.palette import Palette
from gui.rows import Heading, OpRows, category_icon
from gui.session import Session
from gui.theme import DARK, LIGHT, icon


@pytest.fixture
def palette(qtbot: QtBot) -> Iterator[Palette]:
    session = Session()
    palette = Palette(session)
    qtbot.addWidget(palette)
    palette.resize(232, 2000)
    palette.show()
    yield palette
    session.close()


class Drags:
    """Writes down what the palette says of its drag."""

    def __init__(self, palette: Palette) -> None:
        self.said: list[str] = []
        self.last = QPoint()
        palette.drag_started.connect(self.started)
        palette.drag_moved.connect(self.moved)
        palette.drag_dropped.connect(self.dropped)
        palette.drag_cancelled.connect(self.cancelled)

    def started(self, op: str) -> None:
        self.said.append(f"started {op}")

    def moved(self, at: QPoint) -> None:
        self.last = at
        if self.said[-1] != "moved":
            self.said.append("moved")

    def dropped(self, at: QPoint) -> None:
        self.last = at
        self.said.append("dropped")

    def cancelled(self) -> None:
        self.said.append("cancelled")


def drag(palette: Palette, op: str, to: QPoint) -> None:
    viewport, start = palette.viewport(), palette.row_rect(op).center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(viewport, start + QPoint(QApplication.startDragDistance() + 1, 0))
    QTest.mouseMove(viewport, to)


def category(name: str) -> str:
    return (KINDS.get(name) or OPS[name]).category


def test_every_op_and_every_kind_of_frame_has_a_row_and_an_accessible_name(palette: Palette) -> None:
    palette.closed = frozenset()
    assert set(palette.shown()) == {*OPS, *KINDS}
    model = palette.list.model()
    spoken = {model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())}
    assert {f"palette.item.{name}" for name in (*OPS, *KINDS)} <= spoken


def test_every_category_has_an_icon_that_can_be_drawn(palette: Palette) -> None:
    for op in OPS.values():
        assert not icon(category_icon(op.category), DARK).isNull()


def test_an_op_is_dragged_to_where_the_button_is_released(palette: Palette) -> None:
    drags, to = Drags(palette), QPoint(500, 300)
    drag(palette, "mul", to)
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=to)
    assert drags.said == ["started mul", "moved", "dropped"]
    assert drags.last == palette.viewport().mapToGlobal(to)


def test_a_small_tremble_is_no_drag(palette: Palette) -> None:
    drags, at = Drags(palette), palette.row_rect("mul").center()
    QTest.mousePress(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(palette.viewport(), at + QPoint(1, 1))
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert drags.said == []


def test_escape_cancels_a_drag_and_the_release_drops_nothing(palette: Palette) -> None:
    drags, to = Drags(palette), QPoint(500, 300)
    drag(palette, "add", to)
    palette.search.setFocus()  # wherever the keyboard is
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=to)
    assert drags.said == ["started add", "moved", "cancelled"]


def test_the_right_button_cancels_a_drag(palette: Palette) -> None:
    drags, to = Drags(palette), QPoint(500, 300)
    drag(palette, "add", to)
    QTest.mousePress(palette.viewport(), Qt.MouseButton.RightButton, pos=to)
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.RightButton, pos=to)
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=to)
    assert drags.said == ["started add", "moved", "cancelled"]


def test_the_name_of_a_category_cannot_be_dragged(palette: Palette) -> None:
    drags, before = Drags(palette), palette.closed
    QTest.mousePress(palette.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 6))
    QTest.mouseMove(palette.viewport(), QPoint(300, 6))
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 6))
    assert drags.said == []
    assert palette.closed == before


def click_heading(palette: Palette, category: str) -> None:
    at = palette.heading_rect(category).center()
    QTest.mouseClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_every_category_has_a_heading_that_counts_its_ops(palette: Palette) -> None:
    model = palette.list.model()
    assert isinstance(model, OpRows)
    headings = [row for row in model.rows if isinstance(row, Heading)]
    assert {heading.category for heading in headings} == set(CATEGORIES)
    assert [heading.category for heading in headings][:3] == ["source", "control", "arithmetic"]
    assert sum(heading.count for heading in headings) == len(OPS) + len(KINDS)
    named = [row.name for row in model.rows if not isinstance(row, Heading)]
    assert len({model.index_of(name).data() for name in named}) == len(palette.shown())


def test_a_click_on_a_category_closes_it_and_another_opens_it(palette: Palette, qtbot: QtBot) -> None:
    before = palette.shown()
    with qtbot.waitSignal(palette.folded):
        click_heading(palette, "arithmetic")
    assert [each for each in before if category(each) != "arithmetic"] == palette.shown()
    click_heading(palette, "arithmetic")
    assert palette.shown() == before


def test_at_first_few_categories_are_open_and_the_search_looks_into_all(palette: Palette) -> None:
    assert len(palette.closed) > 5
    assert "sum" not in palette.shown()
    QTest.keyClicks(palette.search, "sum")
    assert palette.shown()[0] == "sum"
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert "sum" not in palette.shown()


def test_the_arrows_open_and_close_a_category_as_in_a_tree(palette: Palette) -> None:
    palette.list.setFocus()
    palette.list.setCurrentIndex(palette.list.model().index(2, 0))  # a tensor
    QTest.keyClick(palette.list, Qt.Key.Key_Left)
    assert palette.list.currentIndex().row() == 0
    for key, is_open in ((Qt.Key.Key_Left, False), (Qt.Key.Key_Right, True), (Qt.Key.Key_Return, False)):
        QTest.keyClick(palette.list, key)
        assert ("ones" in palette.shown()) == is_open


def test_a_click_on_an_op_looks_at_it_and_so_do_the_arrows_and_the_search(palette: Palette, qtbot: QtBot) -> None:
    with qtbot.waitSignal(palette.looked_at) as looked:
        QTest.mouseClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=palette.row_rect("mul").center())
    assert looked.args == ["mul"]
    palette.list.setCurrentIndex(palette.list.model().index(1, 0))
    with qtbot.waitSignal(palette.looked_at) as looked:
        QTest.keyClick(palette.list, Qt.Key.Key_Down)
    assert looked.args == ["ones"]
    with qtbot.waitSignal(palette.looked_at) as looked:
        palette.search.setText("argmax")
    assert looked.args == ["argmax"]


def test_a_double_click_picks(palette: Palette, qtbot: QtBot) -> None:
    at = palette.row_rect("sqrt").center()
    with qtbot.waitSignal(palette.picked) as picked:
        QTest.mouseClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert picked.args == ["sqrt"]


def test_typing_narrows_the_list_and_enter_picks_the_best(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "mea")
    assert palette.shown()[0] == "mean"
    with qtbot.waitSignal(palette.picked) as picked:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert picked.args == ["mean"]


def test_escape_empties_the_search(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "zzz")
    assert palette.shown() == []
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.shown()[0] == "tensor"


def test_escape_in_an_empty_search_asks_to_be_left(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "me")
    with qtbot.assertNotEmitted(palette.dismissed):
        QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    with qtbot.waitSignal(palette.dismissed):
        QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    with qtbot.waitSignal(palette.dismissed):
        QTest.keyClick(palette.list, Qt.Key.Key_Escape)


def test_clicking_and_dragging_leave_the_keyboard_where_it_is_and_no_row_marked(palette: Palette, qtbot: QtBot) -> None:
    with qtbot.waitActive(palette):
        palette.activateWindow()
    palette.search.setFocus()
    QTest.mouseClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=palette.row_rect("mul").center())
    drag(palette, "add", QPoint(500, 300))
    QTest.mouseRelease(palette.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
    at = palette.row_rect("sub").center()
    QTest.mouseDClick(palette.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert palette.search.hasFocus()
    assert not palette.list.selectedIndexes()


def test_the_tab_key_reaches_the_list_and_letters_pass_through_it(palette: Palette, qtbot: QtBot) -> None:
    with qtbot.waitActive(palette):
        palette.activateWindow()
    palette.search.setFocus()
    QTest.keyClick(palette.search, Qt.Key.Key_Tab)
    assert palette.list.hasFocus()
    QTest.keyClick(palette.list, Qt.Key.Key_Down)
    before = palette.list.currentIndex().row()
    letter = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_S, Qt.KeyboardModifier.NoModifier, "s")
    QApplication.sendEvent(palette.list, letter)
    assert palette.list.currentIndex().row() == before
    assert not letter.isAccepted()
    with qtbot.waitSignal(palette.picked):
        QTest.keyClick(palette.list, Qt.Key.Key_Return)
    assert not palette.list.selectedIndexes()


def test_the_categories_stand_in_the_order_of_the_engine_what_every_learner_needs_first(palette: Palette) -> None:
    shown = palette.shown()
    assert set(shown) == {name for name in (*OPS, *KINDS) if category(name) not in palette.closed}
    assert shown.index("while") < shown.index("detach")
    assert shown[:2] == ["tensor", "ones"]
    assert shown.index("backward") < shown.index("add")


def test_the_help_of_an_op_is_its_tooltip_and_its_status_tip(palette: Palette) -> None:
    model = palette.list.model()
    assert isinstance(model, OpRows)
    index = model.index_of("mul")
    assert "Multiplies two tensors" in index.data(Qt.ItemDataRole.StatusTipRole)
    assert "Multiplies two tensors" in index.data(Qt.ItemDataRole.ToolTipRole)
    at = palette.row_rect("mul").center()
    QApplication.sendEvent(
        palette.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, at, palette.viewport().mapToGlobal(at))
    )


def test_it_paints_in_both_themes(palette: Palette) -> None:
    for theme in (DARK, LIGHT):
        palette.set_theme(theme)
        assert not palette.grab().isNull()


def test_an_op_that_the_search_hides_has_no_place(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "mean")
    assert palette.row_rect("matmul").isNull()
