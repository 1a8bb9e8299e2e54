"""The form of one op: a field for each port that may hold a number and for each param, made from its declaration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.document.arrays import DTYPES, decode_array, encode_array
from engine.document.loops import CARRY
from engine.document.params import plain, wrong_param
from engine.document.records import Json, Node
from engine.op import Op, Param
from engine.run.reference import kind, settings
from gui import texts
from gui.panels.inspector.fields import ChoiceField, Field, SwitchField, TextField
from gui.panels.inspector.table import ArrayEditor
from gui.theme import Theme


class _Reader:
    """Reads the text of one param and asks the declaration whether the value may be. An empty text is the default,
    where that is nothing."""

    def __init__(self, op: Op, name: str, parse: Callable[[str], Json], optional: bool = False) -> None:
        self._op, self._name, self._parse, self._optional = op, name, parse, optional

    def __call__(self, text: str) -> Json:
        if self._optional and not text.strip():
            return None
        value = plain(self._parse(text))
        wrong = wrong_param(self._op, self._name, value) if value is not None else None
        if wrong:
            raise ValueError(wrong[0].upper() + wrong[1:] + ".")
        return value


class Form(QWidget):
    """The fields of one node. `committed` carries what one edit changes: param names and values."""

    committed = Signal(object)

    def __init__(self, op: Op) -> None:
        super().__init__()
        self.op = op
        self.setObjectName("inspector.form")
        self.setAccessibleName(self.tr("Parameters"))
        self.ports: dict[str, Field] = {}
        self.params: dict[str, Field] = {}
        self.editor: ArrayEditor | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._takes_numbers = op.promote is not None and len(op.ports) > 1
        for port in op.ports:
            if port.wired:
                continue
            hint = self.tr("none") if port.optional else self.tr("needs an input")
            self.ports[port.name] = TextField(
                port.name, _Reader(op, port.name, texts.optional_number), placeholder=hint
            )
        for param in settings(op):
            if param.kind == "numbers":
                self.editor = ArrayEditor()
                self.editor.changed.connect(self._numbers_changed)
                column.addWidget(self.editor)
            else:
                self.params[param.name] = self._field(param)
        for field in (*self.ports.values(), *self.params.values()):
            field.committed.connect(self._field_committed)
            column.addWidget(field)

    @property
    def fields(self) -> tuple[Field, ...]:
        return (*self.ports.values(), *self.params.values())

    def set_theme(self, theme: Theme) -> None:
        for field in self.fields:
            field.set_theme(theme)

    def show_node(self, node: Node, wired: frozenset[str]) -> bool:
        """Show a node's params; ports with an edge have no number. Says whether any field is left to show."""
        self._dtype = node.params.get("dtype")
        shown = {name for name in self.ports if name not in wired and self._may_hold_a_number(node, name)}
        for name, field in self.ports.items():
            field.setVisible(name in shown)
            field.show_value(node.params.get(name))
        for param in self.op.params:
            value = node.params.get(param.name, param.default)
            if param.kind == "numbers" and self.editor is not None:
                self.editor.show_array(_array(value, self._dtype))
            elif param.name in self.params:
                self.params[param.name].show_value(list(value) if isinstance(value, tuple) else value)
        return bool(self.editor or self.params or shown)

    def _may_hold_a_number(self, node: Node, port: str) -> bool:
        """Whether torch takes a Python number there; one that stands there anyhow is shown, so that it can go."""
        if node.params.get(port) is not None or (node.op == CARRY and port == "start"):
            return True
        return self._takes_numbers and not self.op.variadic

    def finish(self) -> None:
        """Commit what is being typed: the form is about to go."""
        for field in self.fields:
            field.finish()
        if self.editor is not None:
            self.editor.finish()

    def _field(self, param: Param) -> Field:
        field = self._editor_of(param)
        field.setToolTip(f"{param.name}: {kind(param)}")
        return field

    def _editor_of(self, param: Param) -> Field:
        name, optional = param.name, param.default is None
        nothing = [(self.tr("automatic"), None)] if optional and None not in (param.choices or ()) else []
        if param.kind == "bool" and optional:
            return ChoiceField(name, [*nothing, ("True", True), ("False", False)])
        if param.kind == "bool":
            return SwitchField(name)
        if param.kind == "dtype":
            return ChoiceField(name, [*nothing, *((dtype, dtype) for dtype in DTYPES)])
        if param.choices is not None:
            return ChoiceField(name, [*nothing, *((_choice(choice), choice) for choice in param.choices)])
        hints = {
            "dims": self.tr("all dimensions") if name in ("dim", "dims") else self.tr("automatic"),
            "seed": self.tr("new numbers at each run"),
            "shape": self.tr("automatic") if optional else self.tr("() is a scalar"),
            "text": "",
        }
        hint = hints.get(param.kind, self.tr("automatic"))
        reader = _Reader(self.op, name, texts.PARSERS.get(param.kind, texts.words), optional)
        return TextField(name, reader, placeholder=hint if optional or param.kind == "shape" else "")

    def _field_committed(self, name: str, value: Json) -> None:
        self.committed.emit({name: value})

    def _numbers_changed(self, array: np.ndarray) -> None:
        self.committed.emit({"data": encode_array(array)})


def _choice(choice: Json) -> str:
    return "None" if choice is None else texts.written(choice)


def _array(data: Json, dtype: Json) -> np.ndarray:
    """The numbers as they are edited: as written, float32 unless the tensor has more digits."""
    array = decode_array(data)
    if array.dtype.kind == "f":
        wide = "float64" if dtype == "float64" else "float32"
        return decode_array(data, wide)
    return array
