"""What a node and a wire show: plain data made from the document, the run and the player's state.

Nothing here paints or asks for a colour; `painting` does, from these.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from engine.document.graph import Graph
from engine.document.records import Edge, Node
from engine.op import OPS, Op
from engine.run.advice import advice
from engine.run.evaluate import Result
from engine.run.replay import Arrived, State, Tray
from gui.canvas import geometry
from gui.canvas.geometry import CELL_GAP, CELL_HEIGHT, CELL_WIDTH, Layout, layout
from gui.scale import short_number
from gui.theme import font

EdgeKey = tuple[str, str]
_DTYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "int64": "i64", "int32": "i32", "bool": "bool"}
ERROR_WIDTH = 240.0


def _tr(text: str) -> str:
    return QCoreApplication.translate("Canvas", text)


@dataclass(frozen=True, slots=True)
class Block:
    """An array in small space: `cells` with numbers, `bars` for a long vector, a `heat` map, or one `scalar`."""

    kind: str
    array: np.ndarray  # 0-d, 1-d or 2-d, as shown (pooled if larger)

    @property
    def size(self) -> tuple[float, float]:
        if self.kind == "scalar":
            return 72.0, 28.0
        if self.kind == "cells":
            rows, columns = self.array.shape if self.array.ndim == 2 else (1, self.array.shape[0])
            return (
                columns * (CELL_WIDTH + CELL_GAP) - CELL_GAP,
                rows * (CELL_HEIGHT + CELL_GAP) - CELL_GAP,
            )
        return (96.0, 36.0) if self.kind == "bars" else (96.0, 64.0)


def block(array: np.ndarray) -> Block:
    """Choose how an array is shown by its shape; big ones are pooled by the element of largest magnitude."""
    array = np.asarray(array)
    if array.dtype.kind == "f" and array.dtype != np.float64:
        array = array.astype(np.float64)
    if array.ndim == 0:
        return Block("scalar", array)
    while array.ndim > 2:
        array = array[0] if array.shape[0] else np.zeros(array.shape[1:])
    if array.size == 0:
        return Block("bars", np.zeros(0))
    if array.ndim == 1 and array.shape[0] <= 4 or array.ndim == 2 and max(array.shape) <= 4:
        return Block("cells", array)
    if array.ndim == 1:
        return Block("bars", pool(array[None, :], 1, 48)[0])
    return Block("heat", pool(array, 32, 48))


def pool(array: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Shrink a matrix to at most rows × columns, keeping of each tile the element of largest magnitude."""
    array = np.asarray(array, dtype=np.float64)
    for axis, most in ((0, rows), (1, columns)):
        size = array.shape[axis]
        if size > most:
            starts = np.linspace(0, size, most + 1).astype(int)[:-1]
            high, low = np.maximum.reduceat(array, starts, axis), np.minimum.reduceat(array, starts, axis)
            array = np.where(np.abs(high) >= np.abs(low), high, low)
    return array


@dataclass(frozen=True, slots=True)
class Face:
    """Everything that one node shows."""

    id: str
    position: QPointF
    layout: Layout
    title: str
    chip: str  # shape and dtype
    category: str
    kind: str  # "leaf" | "op" | "statement"
    value: Block | None
    gradient: Block | None
    shape_of_gradient: Block | None  # the empty cells that wait for it
    counter: str
    strip: str
    tray: bool  # the strip is a leaf's .grad tray
    tray_full: bool
    footer: str
    error: str
    hint: str
    inline: tuple[tuple[str, str, float], ...]  # port, text, width
    open_ports: frozenset[str]  # inputs with neither edge nor number
    wired: frozenset[str]

    def rect(self) -> QRectF:
        return self.layout.bounds().translated(self.position)

    def body(self) -> QRectF:
        return self.layout.body().translated(self.position)

    def input_point(self, port: str) -> QPointF:
        return self.position + self.layout.input_point(port)

    def output_point(self) -> QPointF:
        return self.position + self.layout.output_point()

    def port_at(self, point: QPointF) -> tuple[str, str] | None:
        """("in" | "out", port) under a scene point, within the 24 px that a port can be hit in."""
        local = point - self.position
        if self.layout.output is not None:
            away = local - self.layout.output_point()
            if abs(away.x()) <= geometry.PORT_REACH and abs(away.y()) <= geometry.PORT_REACH:
                return "out", ""
        reach = min(geometry.PORT_REACH, geometry.PORT_SPACING / 2)
        for port, y in self.layout.inputs:
            if abs(local.x()) <= geometry.PORT_REACH and abs(local.y() - y) <= reach:
                return "in", port
        return None

    def inline_at(self, point: QPointF) -> str | None:
        """The port whose inline number stands under a scene point."""
        local = point - self.position
        for port, _, width in self.inline:
            if self.layout.inline_rect(port, width).contains(local):
                return port
        return None


@dataclass(frozen=True, slots=True)
class Wire:
    """Everything that one edge shows."""

    key: EdgeKey
    source: str
    start: QPointF
    end: QPointF
    tracked: bool  # the value that it carries has history
    gradient: np.ndarray | None
    blocked: str

    def rect(self) -> QRectF:
        one, two = geometry.wire_controls(self.start, self.end)
        xs = [self.start.x(), one.x(), two.x(), self.end.x()]
        ys = [self.start.y(), one.y(), two.y(), self.end.y()]
        return QRectF(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)).adjusted(-8, -8, 8, 8)


# Nodes ---------------------------------------------------------------------------------------------------------------


def face(
    node: Node, edges: Mapping[str, Edge], names: Mapping[str, str], result: Result | None, state: State | None
) -> Face:
    """The face of `node`. `edges` are its incoming edges by port, `names` what its sources are called.

    With `state` (the player has a log) the node shows only what has happened by then.
    """
    op = OPS.get(node.op)
    ports = tuple(port.name for port in op.ports) if op else tuple(edges)
    inline = _inline_numbers(node, ports, edges)
    tensor = result.tensor if result else None
    happened = state is None or not edges or node.id in state.computed
    value = block(np.asarray(tensor.array)) if tensor is not None else None
    arrived = state.gradients.get(node.id) if state else None
    gradient = block(arrived.total) if arrived else None
    error = (result.error if result else None) or (state.failed.get(node.id, "") if state else "")
    tray = tensor is not None and tensor.requires_grad and tensor.is_leaf
    kept = state.trays.get(node.id) if state else None
    statement = op is not None and op.statement
    grid = value.size if value is not None else (0.0, 24.0)
    if statement:
        grid = (0.0, 0.0)
    below, right = geometry.FOOTER, 0.0
    if error:
        error = _with_advice(error)
        below += error_rect(error, 0.0).height() + 6
        right = max(0.0, ERROR_WIDTH - geometry.NODE_WIDTH)
    history = tensor is not None and tensor.requires_grad
    place = layout(
        ports,
        not statement,
        grid,
        2 if history or gradient is not None else 1,
        below,
        max((width + geometry.INLINE_GAP for _, _, width in inline), default=0.0),
        right,
    )
    missing = tuple(result.missing) if result else ()
    return Face(
        id=node.id,
        position=QPointF(*node.position),
        layout=place,
        title=title(node, edges, names),
        chip=_chip(tensor),
        category=op.category if op else "",
        kind="statement" if statement else ("op" if ports else "leaf"),
        value=value if happened else None,
        gradient=gradient,
        shape_of_gradient=value if history else None,
        counter=f"{arrived.count}/{arrived.of_n}" if arrived and arrived.of_n > 1 else "",
        strip=_strip(node, op, edges, names, tensor, arrived, kept, tray),
        tray=tray,
        tray_full=kept is not None,
        footer=_footer(node, op, tensor),
        error=error,
        hint=_hint(op, missing, result),
        inline=inline,
        open_ports=frozenset(p for p in ports if p not in edges and node.params.get(p) is None),
        wired=frozenset(edges),
    )


def title(node: Node, edges: Mapping[str, Edge], names: Mapping[str, str]) -> str:
    """``y = x + 2``: the node's name and what it computes, in the names of its inputs."""
    op = OPS.get(node.op)
    if op is None:
        return node.title or node.op
    if not op.ports:
        return node.title or op.name
    text = in_names(op.formula, op, node, edges, names)
    return f"{node.title} = {text}" if node.title else text


def in_names(
    formula: str, op: Op, node: Node, edges: Mapping[str, Edge], names: Mapping[str, str]
) -> str:
    """A formula with its ports replaced by what stands there: a name, a number, or a gap."""

    def stands_for(match: re.Match[str]) -> str:
        port = match[0]
        if port in edges:
            name = names.get(edges[port].source, "·")
            alone = formula[: match.start()].endswith("(") and formula[match.end() :].startswith(")")
            return name if alone or op.statement else grouped(name)
        number = node.params.get(port)
        return "·" if number is None else str(number)

    ports = "|".join(re.escape(port.name) for port in op.ports)
    return re.sub(rf"\b({ports})\b", stands_for, formula) if ports else formula


NAME_LENGTH, NAME_DEPTH = 12, 3


def name_of(graph: Graph, id: str, depth: int = NAME_DEPTH) -> str:
    """What a node is called in the formulas of its consumers: its title, else what it computes if that is short."""
    node = graph.nodes[id]
    if node.title:
        return node.title
    if not depth:
        return "·"
    edges = graph.inputs(id)
    text = title(node, edges, {edge.source: name_of(graph, edge.source, depth - 1) for edge in edges.values()})
    return text if len(text) <= NAME_LENGTH else "·"


def grouped(name: str) -> str:
    """A name fit to stand beside an operator: ``(y × y)``."""
    return f"({name})" if " " in name and not re.fullmatch(r"\w+\(.*\)", name) else name


def _inline_numbers(
    node: Node, ports: tuple[str, ...], edges: Mapping[str, Edge]
) -> tuple[tuple[str, str, float], ...]:
    shown = []
    metrics = QFontMetricsF(font(11, 500, mono=True))
    for port in ports:
        if port not in edges and node.params.get(port) is not None:
            text = str(node.params[port])
            text = text if len(text) <= 9 else text[:8] + "…"
            shown.append((port, text, max(30.0, metrics.horizontalAdvance(text) + 16)))
    return tuple(shown)


def _chip(tensor: object) -> str:
    if tensor is None:
        return ""
    array = np.asarray(tensor.array)  # type: ignore[attr-defined]
    dtype = _DTYPES.get(str(array.dtype), str(array.dtype))
    if not array.ndim:
        return _tr("scalar") if dtype == "f32" else dtype
    return f"{'×'.join(map(str, array.shape))} {dtype}"


def _strip(
    node: Node,
    op: Op | None,
    edges: Mapping[str, Edge],
    names: Mapping[str, str],
    tensor: object,
    arrived: Arrived | None,
    kept: Tray | None,
    tray: bool,
) -> str:
    if tray:
        return ".grad  " + (_sum_text(kept) if kept else "None")
    if arrived and arrived.of_n > 1:
        texts = [_number(part) for part in arrived.parts]
        if all(texts):
            end = " + …" if arrived.waiting else f" = {_number(arrived.total)}"
            return "Σ " + " + ".join(text.lstrip("+") for text in texts) + end
        return _tr("Σ of {count} gradients").format(count=arrived.of_n)
    if op is None or not op.gradients or tensor is None or not tensor.requires_grad:  # type: ignore[attr-defined]
        return _expression(node, op)
    port = next((port.name for port in op.ports if port.name in edges), None)
    if port is None or port not in op.gradients:
        return _expression(node, op)
    return f"∂/∂{grouped(names.get(edges[port].source, '·'))} = " + in_names(op.gradients[port].formula, op, node, edges, names)


def _expression(node: Node, op: Op | None) -> str:
    if op is None:
        return node.op
    if op.ports:
        return ""
    shown = [param for param in op.params if param.kind in ("shape", "float", "int", "seed") and param.name in node.params]
    values = [node.params[param.name] for param in shown]
    texts = [", ".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for v in values if v is not None]
    return f"{op.name}({', '.join(texts)})" if texts else op.name


def _sum_text(kept: Tray) -> str:
    after = _number(kept.after)
    if kept.delta is None or kept.before is None:
        return after or _tr("{shape} numbers").format(shape="×".join(map(str, kept.after.shape)))
    before, delta = _number(kept.before), _number(kept.delta)
    if not (before and delta and after):
        return _tr("before + new = sum")
    return f"{before} + {delta} = {after}"


def _number(array: np.ndarray) -> str:
    """One number if all elements are that number, up to three numbers of a vector, else nothing."""
    flat = np.asarray(array).reshape(-1)
    if flat.size and (flat == flat[0]).all():
        return short_number(flat[0])
    if 0 < flat.size <= 4:
        return "[" + " ".join(short_number(x) for x in flat) + "]"
    return ""


def _footer(node: Node, op: Op | None, tensor: object) -> str:
    if tensor is None:
        return ""
    function = tensor.grad_fn  # type: ignore[attr-defined]
    if function is not None:
        return f"grad_fn {function.name()}"
    if op is not None and op.ports:
        return _tr("no grad_fn: no history")
    return _tr("leaf · requires_grad ✓") if tensor.requires_grad else _tr("leaf · constant")  # type: ignore[attr-defined]


def _hint(op: Op | None, missing: tuple[str, ...], result: Result | None) -> str:
    if op is None:
        return _tr("unknown op")
    if missing:
        return _tr("needs an input: {ports}").format(ports=", ".join(missing))
    if result is not None and result.waits_for is not None:
        return _tr("waits for its input")
    return ""


def _with_advice(message: str) -> str:
    todo = advice(message)
    return f"{message}\n{todo}" if todo else message


def error_rect(text: str, width: float) -> QRectF:
    """The size of the filled chip that carries an error, wrapped."""
    metrics = QFontMetricsF(font(11))
    inner = metrics.boundingRect(
        QRectF(0, 0, ERROR_WIDTH - 40, 4000), int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft), text
    )
    return QRectF(0, 0, ERROR_WIDTH, inner.height() + 14)
