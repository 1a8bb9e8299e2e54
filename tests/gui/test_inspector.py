from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.document import commands
from gui import texts
from gui.panels.inspector import Inspector
from gui.panels.inspector.cells import pasted, placed, resized
from gui.panels.inspector.fields import Switch
from gui.session import Session
from gui.theme import DARK, LIGHT


class Desk:
    """An inspector with its session, and what a test asks of them."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session()
        self.session.player.duration_scale = 0.0
        self.panel = Inspector(self.session)
        qtbot.addWidget(self.panel)
        self.panel.resize(332, 900)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()

    def add(self, op: str, id: str, **params: object) -> None:
        self.session.do(commands.add_node, op, (0.0, 0.0), id=id, params=params, title="")
        self.settle()

    def wire(self, source: str, target: str, port: str) -> None:
        self.session.do(commands.connect, source, target, port)
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.session.busy)

    def select(self, *ids: str) -> None:
        self.session.select(ids)
        QApplication.processEvents()  # a layout shows what was added to it by a queued call

    def line(self, name: str) -> QLineEdit:
        found = self.panel.findChild(QLineEdit, f"inspector.{name}")
        assert isinstance(found, QLineEdit)
        return found

    def text(self, name: str) -> str:
        """The text of a label, or nothing if it is hidden."""
        found = self.panel.findChild(QLabel, f"inspector.{name}")
        assert isinstance(found, QLabel)
        return found.text() if found.isVisible() else ""

    def type(self, name: str, text: str, enter: bool = True) -> None:
        line = self.line(name)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        if enter:
            QTest.keyClick(line, Qt.Key.Key_Return)
            self.settle()

    def param(self, node: str, name: str) -> object:
        return self.session.graph.nodes[node].params.get(name)

    @property
    def table(self):  # type: ignore[no-untyped-def]  # the class is the table module's own
        assert self.panel.form is not None
        assert self.panel.form.editor is not None
        return self.panel.form.editor.table

    def cell(self, row: int, column: int) -> str:
        return str(self.table.model().index(row, column).data())

    def go_to(self, row: int, column: int) -> None:
        self.panel.focus_value()
        index = self.table.model().index(row, column)
        self.table.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def type_cell(self, text: str) -> None:
        """Keys as one presses them: the first opens the editor, the others go into it."""
        QTest.keyClicks(self.table, text[0])
        editor = QApplication.focusWidget()
        assert isinstance(editor, QLineEdit)
        QTest.keyClicks(editor, text[1:])
        QTest.keyClick(editor, Qt.Key.Key_Return)
        QApplication.processEvents()  # Qt commits a cell one turn of the loop later
        self.settle()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.session.close()


def test_without_a_selection_it_says_how_to_begin(desk: Desk) -> None:
    assert desk.text("empty.title") == "Nothing selected"
    assert "Tab" in desk.text("empty.advice.0")
    assert "B" in desk.text("empty.advice.1")


def test_a_node_is_shown_as_torch_prints_it(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2], requires_grad=True)
    desk.select("x")
    assert desk.panel.value.toPlainText() == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)"
    assert desk.text("fact.shape") == "(2, 2)"
    assert desk.text("fact.dtype") == "torch.float32"
    assert desk.text("fact.is_leaf") == "True"
    assert desk.text("fact.grad_fn") == "None"
    assert desk.text("grad.sentence").startswith("None")


def test_a_shape_is_typed_in_the_ways_people_write_it(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2])
    desk.select("x")
    for text, sizes in (("3", [3]), ("2, 3", [2, 3]), ("4x1", [4, 1]), ("(5, 2)", [5, 2]), ("()", [])):
        desk.type("size", text)
        assert desk.param("x", "size") == sizes
    assert desk.text("fact.shape") == "()"


def test_each_edit_can_be_undone_alone(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2])
    desk.select("x")
    desk.type("size", "3")
    desk.type("size", "4")
    desk.session.undo()
    assert desk.param("x", "size") == [3]
    assert desk.line("size").text() == "3"


def test_a_bad_text_is_refused_in_a_sentence_and_goes_back_when_left(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2])
    desk.select("x")
    desk.type("size", "2,x")
    assert desk.text("size.complaint")
    assert desk.line("size").text() == "2,x"  # still there to be mended
    assert desk.param("x", "size") == [2, 2]
    desk.panel.title.setFocus()
    assert desk.line("size").text() == "2, 2"
    assert desk.text("size.complaint")  # why it went back is still to be read


def test_what_the_declaration_forbids_is_refused_too(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2])
    desk.select("x")
    desk.type("size", "-1")
    assert "negative" in desk.text("size.complaint")
    assert desk.param("x", "size") == [2, 2]


def test_escape_takes_back_what_was_typed(desk: Desk) -> None:
    desk.add("full", "x", size=[2], fill_value=7)
    desk.select("x")
    desk.type("fill_value", "12", enter=False)
    QTest.keyClick(desk.line("fill_value"), Qt.Key.Key_Escape)
    assert desk.line("fill_value").text() == "7"
    assert desk.param("x", "fill_value") == 7


def test_what_is_being_typed_survives_an_evaluation(desk: Desk) -> None:
    desk.add("full", "x", size=[2], fill_value=7)
    desk.select("x")
    desk.type("fill_value", "12", enter=False)
    desk.session.do(commands.set_params, "x", {"size": [3]})
    desk.settle()
    assert desk.line("fill_value").text() == "12"
    assert desk.line("fill_value").hasFocus()
    QTest.keyClick(desk.line("fill_value"), Qt.Key.Key_Return)
    assert desk.param("x", "fill_value") == 12


def test_what_is_being_typed_is_kept_when_another_node_is_selected(desk: Desk) -> None:
    desk.add("full", "x", size=[2], fill_value=7)
    desk.add("ones", "y")
    desk.select("x")
    desk.type("fill_value", "12", enter=False)
    desk.select("y")
    assert desk.param("x", "fill_value") == 12


def test_a_port_without_a_wire_holds_a_number(desk: Desk) -> None:
    desk.add("ones", "x", size=[2])
    desk.add("add", "y")
    desk.wire("x", "y", "input")
    desk.select("y")
    assert not desk.line("input").isVisible()
    assert desk.line("other").placeholderText() == "needs an input"
    assert desk.text("advice") == "Needs: other."
    desk.type("other", "2")
    assert desk.param("y", "other") == 2
    assert desk.panel.value.toPlainText() == "tensor([3., 3.])"
    desk.type("other", "abc")
    assert "not a number" in desk.text("other.complaint")
    desk.line("other").selectAll()
    QTest.keyClick(desk.line("other"), Qt.Key.Key_Delete)
    QTest.keyClick(desk.line("other"), Qt.Key.Key_Return)
    assert desk.param("y", "other") is None


def test_a_wire_takes_the_place_of_the_number(desk: Desk) -> None:
    desk.add("ones", "x", size=[2])
    desk.add("add", "y", other=2)
    desk.select("y")
    assert desk.line("other").isVisible()
    desk.wire("x", "y", "other")
    assert not desk.line("other").isVisible()
    desk.session.do(commands.disconnect, "y", "other")
    assert desk.line("other").isVisible()
    assert desk.line("other").text() == "2"


def test_the_title_renames_the_node(desk: Desk) -> None:
    desk.add("ones", "ones1")
    desk.select("ones1")
    assert desk.panel.title.placeholderText() == "ones"
    desk.type("title", "x")
    assert desk.session.graph.nodes["ones1"].title == "x"
    desk.session.undo()
    assert desk.panel.title.text() == ""


def test_a_node_without_a_title_is_called_as_on_the_canvas(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2], requires_grad=True)
    desk.session.do(commands.rename, "x", "x")
    desk.add("mul", "product", other=2)
    desk.wire("x", "product", "input")
    desk.select("product")
    assert desk.line("title").text() == ""
    assert desk.line("title").placeholderText() == "x × 2"


def test_a_small_tensor_with_its_function_needs_no_scroll_bar(desk: Desk) -> None:
    desk.add("ones", "x", size=[2, 2], requires_grad=True)
    desk.add("mul", "y", other=2)
    desk.wire("x", "y", "input")
    desk.select("y")
    whole = "tensor([[2., 2.],\n        [2., 2.]], grad_fn=<MulBackward0>)"
    parted = "tensor([[2., 2.],\n        [2., 2.]],\n       grad_fn=<MulBackward0>)"
    desk.panel.resize(600, 900)
    assert desk.panel.value.toPlainText() == whole
    desk.panel.resize(262, 900)
    QApplication.processEvents()
    assert desk.panel.value.toPlainText() == parted
    assert not desk.panel.value.horizontalScrollBar().isVisible()
    desk.panel.resize(600, 900)
    QApplication.processEvents()
    assert desk.panel.value.toPlainText() == whole


def test_the_indices_stand_over_the_numbers(desk: Desk) -> None:
    desk.add("tensor", "x", data=[[1, 2], [3, 4]])
    desk.select("x")
    model, role = desk.table.model(), Qt.ItemDataRole.TextAlignmentRole
    assert model.headerData(0, Qt.Orientation.Horizontal, role) == model.index(0, 0).data(role)


def test_the_list_of_dtypes_shows_every_row(desk: Desk) -> None:
    desk.panel.setStyleSheet(DARK.stylesheet(12))
    desk.add("ones", "x", size=[2])
    desk.select("x")
    box = desk.panel.findChild(QComboBox, "inspector.dtype")
    assert isinstance(box, QComboBox)
    box.showPopup()
    QApplication.processEvents()
    view = box.view()
    rows = [view.visualRect(box.model().index(row, 0)) for row in range(box.count())]
    assert rows[0].top() >= 0
    assert rows[-1].bottom() <= view.viewport().height()
    box.hidePopup()


def test_switch_and_dtype_edit_the_node(desk: Desk) -> None:
    desk.add("ones", "x", size=[2])
    desk.select("x")
    switch = desk.panel.findChild(Switch, "inspector.requires_grad")
    assert isinstance(switch, Switch)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert desk.param("x", "requires_grad") is True
    box = desk.panel.findChild(QComboBox, "inspector.dtype")
    assert isinstance(box, QComboBox)
    box.setFocus()
    QTest.keyClicks(box, "float64")
    QTest.keyClick(box, Qt.Key.Key_Return)
    desk.settle()
    assert desk.param("x", "dtype") == "float64"
    assert desk.text("fact.dtype") == "torch.float64"


def test_integers_that_require_a_gradient_show_the_words_of_torch_and_what_to_do(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1, 2, 3], requires_grad=True)
    desk.select("x")
    assert desk.text("error") == "Only Tensors of floating point and complex dtype can require gradients"
    assert "dtype" in desk.text("advice")


def test_a_cell_is_edited_with_the_keyboard(desk: Desk) -> None:
    desk.add("tensor", "x", data=[[1.0, 2.0], [3.0, 4.0]])
    desk.select("x")
    desk.go_to(0, 1)
    desk.type_cell("-2.5")
    assert desk.param("x", "data") == [[1.0, -2.5], [3.0, 4.0]]
    assert desk.cell(0, 1) == "-2.5"
    assert desk.table.currentIndex().row() == 1  # Enter goes down


def test_every_cell_is_an_undo_step(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.0, 2.0])
    desk.select("x")
    desk.go_to(0, 0)
    desk.type_cell("5")
    desk.go_to(0, 1)
    desk.type_cell("6")
    desk.session.undo()
    assert desk.param("x", "data") == [5.0, 2.0]
    assert desk.cell(0, 1) == "2"


def test_a_float_among_integers_makes_floats_and_a_word_is_refused(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1, 2])
    desk.select("x")
    desk.go_to(0, 0)
    desk.type_cell("oops")
    assert "oops" in desk.text("data.complaint")
    assert desk.param("x", "data") == [1, 2]
    assert desk.cell(0, 0) == "1"
    desk.go_to(0, 0)
    desk.type_cell("1.5")
    assert desk.text("data.complaint") == ""
    assert desk.param("x", "data") == [1.5, 2.0]


def test_the_shape_field_keeps_what_fits_and_fills_with_zeros(desk: Desk) -> None:
    desk.add("tensor", "x", data=[[1.0, 2.0], [3.0, 4.0]])
    desk.select("x")
    desk.type("shape", "3, 1")
    assert desk.param("x", "data") == [[1.0], [3.0], [0.0]]
    desk.type("shape", "2, 2")
    assert desk.param("x", "data") == [[1.0, 0.0], [3.0, 0.0]]
    desk.type("shape", "-2")
    assert "negative" in desk.text("shape.complaint")
    desk.type("shape", "2000, 2000")
    assert "million" in desk.text("shape.complaint")


def test_rows_from_a_spreadsheet_are_pasted_at_the_cell_and_the_table_grows(desk: Desk) -> None:
    desk.add("tensor", "x", data=[[1.0, 2.0], [3.0, 4.0]])
    desk.select("x")
    QGuiApplication.clipboard().setText("7\t8\n9\t10\n")
    desk.go_to(1, 1)
    QTest.keyClick(desk.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert desk.param("x", "data") == [[1.0, 2.0, 0.0], [3.0, 7.0, 8.0], [0.0, 9.0, 10.0]]


def test_what_numpy_and_torch_print_is_pasted_as_a_whole(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.0])
    desk.select("x")
    for text, data in (
        ("[[1. 2.]\n [3. 4.]]", [[1.0, 2.0], [3.0, 4.0]]),
        ("tensor([[5., 6.]], requires_grad=True)", [[5.0, 6.0]]),
        ("array([[[1, 2]], [[3, 4]]])", [[[1, 2]], [[3, 4]]]),
    ):
        QGuiApplication.clipboard().setText(text)
        desk.panel.focus_value()
        QTest.keyClick(desk.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert desk.param("x", "data") == data


def test_a_copied_cell_can_be_pasted_and_delete_makes_zero(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.5, 2.0])
    desk.select("x")
    desk.go_to(0, 0)
    QTest.keyClick(desk.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "1.5"
    desk.go_to(0, 1)
    QTest.keyClick(desk.table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert desk.param("x", "data") == [1.5, 1.5]
    QTest.keyClick(desk.table, Qt.Key.Key_Delete)
    assert desk.param("x", "data") == [1.5, 0.0]


def test_more_than_two_dimensions_are_shown_slice_by_slice(desk: Desk) -> None:
    desk.add("tensor", "x", data=np.arange(12.0).reshape(3, 2, 2).tolist())
    desk.select("x")
    chooser = desk.panel.findChild(QComboBox, "inspector.slice.0")
    assert isinstance(chooser, QComboBox)
    chooser.setFocus()
    QTest.keyClicks(chooser, "2")
    assert desk.cell(0, 0) == "8"
    desk.go_to(1, 1)
    desk.type_cell("99")
    data = desk.param("x", "data")
    assert isinstance(data, list)
    assert data[2] == [[8.0, 9.0], [10.0, 99.0]]


def test_focus_value_goes_to_the_table(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.0])
    desk.select("x")
    desk.panel.focus_value()
    assert desk.table.hasFocus()
    assert desk.table.currentIndex() != QModelIndex()


def test_the_gradient_follows_the_player(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.0, 2.0], requires_grad=True)
    desk.add("mul", "y", other=3)
    desk.wire("x", "y", "input")
    desk.add("sum", "s")
    desk.wire("y", "s", "input")
    desk.select("x")
    desk.session.backward("s")
    desk.settle()
    assert desk.text("grad.sentence").startswith("None")
    desk.session.player.to_end()
    assert desk.panel.grad.toPlainText() == "tensor([3., 3.])"
    assert desk.text("grad.sentence") == ""
    desk.session.player.to_start()
    assert not desk.panel.grad.isVisible()
    desk.select("y")
    desk.session.player.to_end()
    assert "not a leaf" in desk.text("grad.sentence")
    assert desk.panel.grad.toPlainText() == "tensor([1., 1.])"


def test_zero_grad_empties_the_gradient(desk: Desk) -> None:
    desk.add("tensor", "x", data=2.0, requires_grad=True)
    desk.add("mul", "y", other=3)
    desk.wire("x", "y", "input")
    desk.session.backward("y")
    desk.settle()
    desk.session.player.to_end()
    desk.select("x")
    assert desk.panel.grad.toPlainText() == "tensor(3.)"
    desk.session.zero_grad()
    assert desk.text("grad.sentence").startswith("None")


def test_a_pass_that_fails_says_so_on_its_node(desk: Desk) -> None:
    desk.add("ones", "x", size=[2], requires_grad=True)
    desk.add("mul", "y", other=3)
    desk.wire("x", "y", "input")
    desk.select("y")
    desk.session.backward("y")
    desk.settle()
    desk.session.player.to_end()
    assert "scalar outputs" in desk.text("error")
    assert "gradient" in desk.text("advice")


def test_several_things_are_counted_and_deleted(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        desk.add("ones", name)
    desk.select("a", "b")
    assert desk.text("count") == "2 nodes selected"
    button = desk.panel.findChild(QPushButton, "inspector.delete")
    assert isinstance(button, QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert set(desk.session.graph.nodes) == {"c"}
    assert desk.text("empty.title")


def test_a_deleted_node_leaves_the_panel_empty(desk: Desk) -> None:
    desk.add("tensor", "x", data=[1.0])
    desk.select("x")
    desk.session.delete_selection()
    assert desk.text("empty.title")
    desk.session.undo()
    desk.session.new()
    assert desk.text("empty.title")


def test_every_op_has_a_form_and_every_field_a_name(desk: Desk) -> None:
    from engine.op import OPS

    for op in (name for name, each in OPS.items() if not each.control):  # those stand in loops
        desk.session.do(commands.add_node, op, (0.0, 0.0), id=op)
        desk.select(op)
        assert desk.panel.form is not None
        for editor in desk.panel.form.findChildren(QLineEdit):
            assert editor.objectName() or isinstance(editor.parent(), QComboBox | QWidget)
            assert editor.accessibleName() or editor.objectName().startswith("qt_")
    for theme in (DARK, LIGHT):
        desk.panel.set_theme(theme)
        assert not desk.panel.grab().isNull()
    desk.settle()


def test_numbers_keep_their_kind() -> None:
    assert texts.number("2") == 2
    assert isinstance(texts.number("2"), int)
    assert isinstance(texts.number("2."), float)
    assert texts.number("-inf") == "-inf"
    assert texts.number("−3") == -3


@pytest.mark.parametrize("text", ["1 2\n3", "[[1, 2], [3]]", "[1, 2", "1]", "", "__import__('os')", "[1, os]"])
def test_what_is_no_table_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        texts.table(text)


def test_a_table_has_the_dimensions_of_its_text() -> None:
    assert texts.table("5").shape == ()
    assert texts.table("1, 2, 3").shape == (3,)
    assert texts.table("1\t2\n3\t4").shape == (2, 2)
    assert texts.table("tensor([[True, False]])").dtype == np.bool_


def test_resizing_keeps_what_fits() -> None:
    grid = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert resized(grid, (1, 3)).tolist() == [[1.0, 2.0, 0.0]]
    assert resized(grid, (3,)).tolist() == [1.0, 2.0, 3.0]
    assert resized(grid, ()).tolist() == 1.0
    assert resized(np.array(5.0), (2, 1)).tolist() == [[5.0], [0.0]]


def test_placing_and_pasting_leave_the_old_array_alone() -> None:
    grid = np.array([1, 2])
    assert placed(grid, 2.5, (1,)).tolist() == [1.0, 2.5]
    assert pasted(grid, np.array([[7], [8], [9]]), 0, 1).tolist() == [1, 7, 8, 9]
    assert grid.tolist() == [1, 2]
