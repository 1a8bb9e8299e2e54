"""The words on a node: its chip, its foot, its hints and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QCoreApplication

from engine.autograd import Tensor
from engine.document import formulas
from engine.document.graph import Graph
from engine.document.loops import CARRY, REPEAT, Turn
from engine.document.records import Node
from engine.op import OPS, Op
from engine.run.advice import advice
from engine.run.evaluate import Result
from engine.run.replay import Arrived, Tray
from gui.scale import short_number
from gui.spoken import spoken

SUM_LENGTH = 21  # characters of a sum that fit: of more gradients the last are written
_DTYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "int64": "i64", "int32": "i32", "bool": "bool"}


def chip(tensor: Tensor | None) -> str:
    """Shape and dtype: ``2×2 f32``."""
    if tensor is None:
        return ""
    array = np.asarray(tensor.array)
    dtype = _DTYPES.get(str(array.dtype), str(array.dtype))
    if not array.ndim:
        return QCoreApplication.translate("Canvas", "scalar") if dtype == "f32" else dtype
    return f"{'×'.join(map(str, array.shape))} {dtype}"


def ports(op: Op, wired: Mapping[str, object]) -> tuple[str, ...]:
    """The inputs that a node shows: all; of an op of any number of tensors those in use, and one more."""
    names = tuple(port.name for port in op.ports)
    if not op.variadic:
        return names
    last = max((names.index(port) for port in wired if port in names), default=-1)
    return names[: max(2, last + 2)]


def named_ports(op: Op, open_ports: frozenset[str]) -> tuple[str, ...]:
    """The open inputs whose names one has to read: of an op with three or more, with one that may stay open, or of a
    carry, which takes its inputs one after the other."""
    many = len(op.ports) > 2 or any(port.optional for port in op.ports) or op.name == CARRY
    if not many or op.variadic or op.statement:
        return ()
    return tuple(port.name for port in op.ports if port.name in open_ports)


def not_finite(result: Result | None) -> str:
    """What a learner must know of the numbers: that some are none, and whether that begins here."""
    if result is None or not result.not_finite:
        return ""
    name = "NaN" if result.not_finite == "nan" else "Inf"
    return QCoreApplication.translate("Canvas", "{name} · origin here").format(name=name) if result.origin else name


def part(tensor: Tensor | None) -> str:
    """Which matrix of a tensor of many dimensions is shown: `` [0, 0, :, :]``."""
    dims = 0 if tensor is None else np.ndim(tensor.array)
    return f"  [{', '.join(['0'] * (dims - 2))}, :, :]" if dims > 2 else ""


def heading(graph: Graph, node: Node, fits: Callable[[str], bool]) -> str:
    """The title of a node. One that says how long a loop goes on asks what the frame's header asks, if that `fits`:
    its icon stands for "while" if need be."""
    words = condition(graph, node.id) if node.op == REPEAT and not node.title else ""
    asked = (f"while {words}", words) if words else ()
    return next(filter(fits, asked), "") or formulas.title(graph, node.id)


def condition(graph: Graph, repeat: str) -> str:
    """What a loop asks before every turn, in words; nothing while nothing is put in."""
    edge = graph.edges.get((repeat, "condition"))
    return graph.nodes[edge.source].title or formulas.expression(graph, edge.source) if edge is not None else ""


ICONS: Mapping[str, str] = {"detach": "scissors", "data": "unseen", CARRY: "carry", REPEAT: "loop"}
"""What stands in the header of a node, by its op, where the look alone is to say what it does."""


def icon(op: Op | None) -> str:
    """The icon of a node; nothing for most."""
    return ICONS.get(op.name, "") if op is not None else ""


def closed(op: Op | None, tensor: Tensor | None) -> bool:
    """Whether a leaf's tray has its lid on: nothing will ever be put in."""
    return op is not None and not op.ports and tensor is not None and not tensor.requires_grad


def strip(
    graph: Graph, node: Node, tensor: Tensor | None, arrived: Arrived | None, kept: Tray | None, tray: bool
) -> str:
    """The line at the foot of a node: a leaf's .grad, a sum of gradients, or the formula of the first gradient."""
    if tray:
        return ".grad  " + (_sum_text(kept) if kept else "None")
    if closed(OPS.get(node.op), tensor):
        return QCoreApplication.translate("Canvas", "no .grad") + _made_by(node, OPS[node.op])
    if arrived and arrived.of_n > 1:
        return _adds_up(arrived)
    op = OPS.get(node.op)
    if op is not None and op.statement:
        return _done(node, op)
    if op is None or not op.ports:
        return _call(node, op)
    edges = graph.inputs(node.id)
    port = next((port.name for port in op.ports if port.name in edges), None)
    gradient = op.gradients.get(op.order[0] if op.variadic else port or "")
    if port is None or gradient is None or tensor is None or not tensor.requires_grad:
        return ""
    names = {each: formulas.name(graph, edge.source) for each, edge in edges.items()}
    return f"∂/∂{formulas.grouped(names[port])} = " + formulas.written(gradient.formula, node, names)


def _adds_up(arrived: Arrived) -> str:
    """The gradients that have come to a node, as a sum: ``Σ 1.5 + 3 + …``, at last ``Σ 1.5 + 3 = 4.5``."""
    texts = [_number(part) for part in arrived.parts]
    if not all(texts):
        return QCoreApplication.translate("Canvas", "Σ of {count} gradients").format(count=arrived.of_n)
    end = " + …" if arrived.waiting else f" = {_number(arrived.total)}"
    sums = (" + ".join(["…"] * (count < arrived.count) + texts[-count:]) for count in range(len(texts), 0, -1))
    written = [f"Σ {each}{end}" for each in sums]
    return next((each for each in written if len(each) <= SUM_LENGTH), written[-1])


def _done(node: Node, op: Op) -> str:
    """What a statement needs to be done, or how far it goes."""
    if op.name != REPEAT:
        return QCoreApplication.translate("Canvas", "press B")
    most = node.params.get("most", next(param.default for param in op.params if param.name == "most"))
    return QCoreApplication.translate("Canvas", "at most {turns} turns").format(turns=f"{most:,}")


def _made_by(node: Node, op: Op) -> str:
    """`` · ones(2, 2)``; nothing where the call says no more than the name."""
    call = _call(node, op)
    return f" · {call}" if call != op.name else ""


def handed(graph: Graph, node: Node, turn: Turn) -> str:
    """Whose tensor a carry holds in a turn: what stands at its start, then what `next` was in the turn before."""
    port = "next" if turn and turn[-1] else "start"
    edge = graph.inputs(node.id).get(port)
    source = formulas.name(graph, edge.source) if edge is not None else str(node.params.get(port, ""))
    if port == "start":
        return QCoreApplication.translate("Canvas", "= {node}, its start").format(node=source)
    return QCoreApplication.translate("Canvas", "= {node} of turn {turn}").format(node=source, turn=turn[-1])


def _call(node: Node, op: Op | None) -> str:
    """``ones(2, 2)``: a source with the sizes and numbers it was given."""
    if op is None:
        return node.op
    shown = ("shape", "float", "int", "seed")
    values = [node.params.get(param.name) for param in op.params if param.kind in shown]
    texts = [", ".join(map(str, v)) if isinstance(v, list | tuple) else str(v) for v in values if v is not None]
    return f"{op.name}({', '.join(texts)})" if texts else op.name


def _sum_text(kept: Tray) -> str:
    after = _number(kept.after)
    if kept.delta is None or kept.before is None:
        return after or QCoreApplication.translate("Canvas", "{shape} numbers").format(
            shape="×".join(map(str, kept.after.shape))
        )
    before, delta = _number(kept.before), _number(kept.delta)
    if not (before and delta and after):
        return QCoreApplication.translate("Canvas", "before + new = sum")
    return f"{before} + {delta} = {after}"


def _number(array: np.ndarray) -> str:
    """One number if all elements are that number, up to three numbers of a vector, else nothing."""
    flat = np.asarray(array).reshape(-1)
    if flat.size and (flat == flat[0]).all():
        return short_number(flat[0])
    if 0 < flat.size <= 4:
        return "[" + " ".join(short_number(x) for x in flat) + "]"
    return ""


def footer(op: Op | None, tensor: Tensor | None, quiet: bool = False) -> str:
    """The history that a value has, or why it has none; `quiet` says that it was computed under no_grad."""
    if tensor is None:
        return ""
    function = tensor.grad_fn
    if function is not None:
        return f"grad_fn {function.name()}"
    if op is not None and op.ports and not tensor.requires_grad:
        return _without_history(op, quiet)
    if tensor.requires_grad:
        return QCoreApplication.translate("Canvas", "leaf · requires_grad ✓")
    return QCoreApplication.translate("Canvas", "leaf · requires_grad ✗")


def _without_history(op: Op, quiet: bool) -> str:
    if op.name == "detach":
        return QCoreApplication.translate("Canvas", "no grad_fn: detached")
    if op.name == "data":
        return QCoreApplication.translate("Canvas", "no grad_fn: unseen")
    if quiet:
        return QCoreApplication.translate("Canvas", "no grad_fn: under no_grad")
    return QCoreApplication.translate("Canvas", "no grad_fn: no history")


def hint(op: Op | None, missing: tuple[str, ...], result: Result | None) -> str:
    if op is None:
        return QCoreApplication.translate("Canvas", "unknown op")
    if missing:
        return QCoreApplication.translate("Canvas", "needs: {ports}").format(ports=", ".join(missing))
    if result is not None and result.idle:
        return QCoreApplication.translate("Canvas", "the loop ran no turn")
    if result is not None and result.waits_for is not None:
        return QCoreApplication.translate("Canvas", "waits for its input")
    return ""


def with_advice(message: str) -> str:
    """What went wrong, and on lines of its own what to do about it."""
    todo = advice(message)
    return f"{spoken(message)}\n{spoken(todo)}" if todo else spoken(message)
