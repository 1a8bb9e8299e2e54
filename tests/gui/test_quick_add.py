import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.panels.quick_add import QuickAdd
from gui.theme import DARK, LIGHT


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    column = QVBoxLayout(window)
    elsewhere = QLineEdit()
    elsewhere.setObjectName("elsewhere")
    column.addWidget(elsewhere)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    elsewhere.setFocus()
    return window


@pytest.fixture
def quick(window: QWidget) -> QuickAdd:
    return QuickAdd(window)


def ask(quick: QuickAdd, x: int = 200, y: int = 100, text: str = "", **more: object) -> None:
    """Open it and type a text."""
    parent = quick.parentWidget()
    assert parent is not None
    quick.ask(parent.mapToGlobal(QPoint(x, y)), **more)  # type: ignore[arg-type]
    QTest.keyClicks(quick.search, text)


def test_it_opens_with_the_keyboard_in_the_search_and_the_first_op_chosen(quick: QuickAdd) -> None:
    ask(quick)
    assert quick.isVisible()
    assert quick.search.hasFocus()
    assert quick.list.currentIndex().row() == 0


def test_typing_and_enter_choose_and_close(quick: QuickAdd, qtbot: QtBot) -> None:
    ask(quick)
    QTest.keyClicks(quick.search, "mul")
    with qtbot.waitSignal(quick.chosen) as chosen, qtbot.assertNotEmitted(quick.dismissed):
        QTest.keyClick(quick.search, Qt.Key.Key_Return)
    assert chosen.args == ["mul"]
    assert not quick.isVisible()


def test_the_arrows_move_the_choice_and_go_round(quick: QuickAdd, qtbot: QtBot) -> None:
    ask(quick, text="ma")
    second, last = quick.shown()[1], quick.shown()[-1]
    QTest.keyClick(quick.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(quick.chosen) as chosen:
        QTest.keyClick(quick.search, Qt.Key.Key_Return)
    assert chosen.args == [second]
    ask(quick, text="ma")
    QTest.keyClick(quick.search, Qt.Key.Key_Up)
    with qtbot.waitSignal(quick.chosen) as chosen:
        QTest.keyClick(quick.search, Qt.Key.Key_Return)
    assert chosen.args == [last]


def test_escape_dismisses_and_gives_the_keyboard_back(quick: QuickAdd, window: QWidget, qtbot: QtBot) -> None:
    ask(quick)
    with qtbot.waitSignal(quick.dismissed), qtbot.assertNotEmitted(quick.chosen):
        QTest.keyClick(quick.search, Qt.Key.Key_Escape)
    assert not quick.isVisible()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName() == "elsewhere"


def test_a_click_chooses(quick: QuickAdd, qtbot: QtBot) -> None:
    ask(quick, text="me")
    at = quick.list.visualRect(quick.list.model().index(0, 0)).center()
    with qtbot.waitSignal(quick.chosen) as chosen:
        QTest.mouseClick(quick.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chosen.args == ["mean"]


def test_it_closes_when_the_keyboard_goes_elsewhere(quick: QuickAdd, window: QWidget, qtbot: QtBot) -> None:
    ask(quick)
    other = window.findChild(QLineEdit, "elsewhere")
    assert isinstance(other, QLineEdit)
    with qtbot.waitSignal(quick.dismissed):
        QTest.mouseClick(other, Qt.MouseButton.LeftButton)
        other.setFocus()
    assert not quick.isVisible()
    assert other.hasFocus()


@pytest.mark.parametrize("corner", [(-50, -50), (799, 0), (0, 599), (799, 599), (5000, 5000)])
def test_it_stands_wholly_inside_the_window(quick: QuickAdd, window: QWidget, corner: tuple[int, int]) -> None:
    ask(quick, *corner)
    assert window.rect().contains(quick.geometry())


def test_it_stays_inside_when_its_list_grows(quick: QuickAdd, window: QWidget) -> None:
    ask(quick, 100, 560, text="rsqrt")
    assert len(quick.shown()) == 1
    quick.search.clear()
    QApplication.processEvents()
    assert len(quick.shown()) > 5
    assert window.rect().contains(quick.geometry())


def test_it_is_never_larger_than_a_small_window(quick: QuickAdd, window: QWidget) -> None:
    window.resize(320, 240)
    ask(quick, 300, 230)
    QApplication.processEvents()
    assert window.rect().contains(quick.geometry())


def test_a_click_on_what_takes_no_keyboard_closes_it_too(quick: QuickAdd, window: QWidget, qtbot: QtBot) -> None:
    plain = QWidget(window)
    plain.resize(20, 20)
    plain.show()
    ask(quick)
    with qtbot.waitSignal(quick.dismissed):
        QTest.mouseClick(plain, Qt.MouseButton.LeftButton)


def test_it_stays_inside_when_the_window_shrinks(quick: QuickAdd, window: QWidget) -> None:
    ask(quick, 700, 300)
    window.resize(500, 500)
    QApplication.processEvents()
    assert window.rect().contains(quick.geometry())


def test_only_ops_that_fit_are_offered(quick: QuickAdd) -> None:
    ask(quick, accepts=lambda op: len(op.ports) == 2)
    assert "mul" in quick.shown()
    assert not {"ones", "sqrt"} & set(quick.shown())


def test_what_finds_nothing_is_said_in_a_sentence(quick: QuickAdd) -> None:
    ask(quick, text="zzz")
    assert quick.nothing.isVisible()
    assert "zzz" in quick.nothing.text()
    QTest.keyClick(quick.search, Qt.Key.Key_Return)
    assert quick.isVisible()


def test_a_key_that_was_typed_already_stands_in_the_search(quick: QuickAdd) -> None:
    ask(quick, text="s")
    QTest.keyClicks(quick.search, "um")
    assert quick.search.text() == "sum"
    assert quick.shown()[0] == "sum"


def test_it_paints_in_both_themes(quick: QuickAdd) -> None:
    ask(quick)
    for theme in (DARK, LIGHT):
        quick.set_theme(theme)
        assert not quick.grab().isNull()
