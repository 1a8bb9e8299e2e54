"""Every op is on the canvas: a node of each category by real events, optional inputs, and fields for every param."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from engine.document import commands
from engine.op import OPS, Op
from engine.ops import CATEGORIES
from engine.run.reference import settings
from gui.panels.inspector.fields import ChoiceField, SwitchField, TextField
from gui.panels.inspector.form import Form
from tests.gui.driver import Driver

FIRST = {category: next(op.name for op in OPS.values() if op.category == category) for category in CATEGORIES}
EVERY = pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)


def test_an_op_of_each_category_is_dragged_in_from_the_palette(driver: Driver) -> None:
    for place, (category, op) in enumerate(FIRST.items()):
        driver.look_at(0, 200 * place)
        node = driver.drag_in(op, 0, 200 * place)
        assert driver.session.graph.nodes[node].op == op, category
        assert driver.scene.faces[node].category == category
    assert driver.steps == len(FIRST)
    assert not any(result.error for result in driver.session.run.results.values())  # type: ignore[union-attr]


def test_an_op_of_each_category_is_found_by_typing(driver: Driver) -> None:
    for place, op in enumerate(FIRST.values()):
        driver.look_at(0, 200 * place)
        node = driver.quick_add(0, 200 * place, op)
        assert driver.session.graph.nodes[node].op == op
        driver.settle()


@pytest.mark.parametrize(
    ("text", "op"),
    [("F.gelu", "gelu"), ("softmax", "softmax"), ("Σ", "sum"), ("argmax", "argmax"), ("torch.mul", "mul")],
)
def test_names_of_torch_and_signs_are_found(driver: Driver, text: str, op: str) -> None:
    assert driver.session.graph.nodes[driver.quick_add(0, 0, text)].op == op


def test_optional_inputs_are_shown_and_may_stay_empty(driver: Driver) -> None:
    x, weight = driver.put("ones", -400, -100, size=[1, 1, 4, 4]), driver.put("ones", -400, 100, size=[1, 1, 2, 2])
    conv = driver.drag_in("conv2d", 0, 0)
    face = driver.scene.faces[conv]
    assert face.hint == "needs: input, weight"
    assert face.optional == {"bias"}
    assert face.named == ("input", "weight", "bias")
    driver.wire(x, conv, "input")
    driver.wire(weight, conv, "weight")
    assert driver.value(conv) == [[4, 4, 4], [4, 4, 4], [4, 4, 4]]
    assert driver.scene.faces[conv].named == ("bias",)


def test_an_op_of_any_number_of_tensors_offers_one_more_input_than_it_has(driver: Driver) -> None:
    sources = [driver.put("tensor", -500, 160 * k - 200, data=[float(k)]) for k in range(3)]
    cat = driver.drag_in("cat", 0, 0)
    for count, source in enumerate(sources, 1):
        assert [port for port, _ in driver.scene.faces[cat].layout.inputs] == [
            f"tensors{k}" for k in range(1, max(2, count) + 1)
        ]
        driver.wire(source, cat, f"tensors{count}")
    assert driver.value(cat) == [0, 1, 2]
    assert driver.scene.faces[cat].optional == {"tensors4"}


@EVERY
def test_every_param_has_a_field_that_takes_its_default_back(qapp: QApplication, op: Op) -> None:
    form = Form(op)
    try:
        shown = {param.name for param in settings(op)}
        assert {*form.params, *(["data"] if form.editor else [])} == shown
        assert not {param.name for param in op.params if param.kind == "any"} & form.params.keys()
        for param in settings(op):
            field = form.params.get(param.name)
            if field is None:
                continue
            default = list(param.default) if isinstance(param.default, tuple) else param.default
            field.show_value(default)
            if isinstance(field, TextField):
                assert field._parse(field.line.text()) == default
            elif isinstance(field, ChoiceField):
                assert field.box.currentIndex() >= 0
            else:
                assert isinstance(field, SwitchField)
                assert field.switch.isChecked() == default
    finally:
        form.deleteLater()


def test_a_choice_of_the_op_is_chosen_in_the_inspector(driver: Driver) -> None:
    node = driver.put("mse_loss", 0, 0)
    driver.select(node)
    box = driver.find("inspector.reduction")
    assert isinstance(box, QComboBox)
    assert [box.itemText(row) for row in range(box.count())] == ["mean", "sum", "none"]
    box.setFocus()
    driver.key(Qt.Key.Key_Down)
    assert driver.session.graph.nodes[node].params["reduction"] == "sum"


def test_an_optional_number_is_typed_and_taken_back(driver: Driver) -> None:
    node = driver.put("argmax", 0, 0)
    driver.select(node)
    driver.fill("inspector.dim", "1")
    assert driver.session.graph.nodes[node].params["dim"] == 1
    line = driver.find("inspector.dim")
    assert isinstance(line, QLineEdit)
    line.setFocus()
    line.selectAll()
    driver.key(Qt.Key.Key_Delete)
    driver.key(Qt.Key.Key_Return)
    assert "dim" not in driver.session.graph.nodes[node].params
    assert line.text() == ""


def test_where_torch_takes_no_number_the_inspector_offers_none(driver: Driver) -> None:
    for op, offered in (("add", {"input", "other"}), ("exp", set()), ("conv2d", set()), ("cat", set())):
        node = driver.put(op, 0, 0)
        driver.select(node)
        form = driver.window.inspector.form
        assert form is not None
        assert {name for name, field in form.ports.items() if field.isVisible()} == offered
        driver.session.do(commands.delete, [node])
