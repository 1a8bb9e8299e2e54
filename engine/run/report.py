"""A run in text and in JSON: every node's value, gradient and grad_fn, for the command line."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from engine.autograd.printing import tensor_text
from engine.document.records import Frame
from engine.op import OPS
from engine.run.advice import advice
from engine.run.log import Log
from engine.run.replay import State, fold
from engine.run.result import LoopRun, Run


def as_json(run: Run, log: Log) -> str:
    """``{"nodes": {id: {"value", "shape", "dtype", "grad", "grad_fn", "error"}}}``; what there is not is null.

    With frames there is also ``"frames": {id: {"kind", "turns", "stopped"}}``.

    Floats that JSON lacks are the strings "nan", "inf" and "-inf". `grad` is a leaf's `.grad`; on other nodes the
    gradient that passed through (torch keeps it only after retain_grad).
    """
    state = fold(log, len(log))
    report: dict[str, Any] = {"nodes": {id: _fields(run, state, id) for id in run.order}}
    if run.snapshot.frames:
        report["frames"] = {frame.id: _frame(run, frame) for frame in run.snapshot.frames.values()}
    return json.dumps(report, indent=2, ensure_ascii=False)


def _frame(run: Run, frame: Frame) -> dict[str, Any]:
    ran = _ran(run, frame.id)
    return {"kind": frame.kind, "turns": run.turns(frame.id), "stopped": ran.stopped if ran else None}


def _ran(run: Run, frame: str) -> LoopRun | None:
    """The last run of a loop."""
    turn = run.clamped(frame)
    return run.loops.get((frame, turn)) if turn is not None else None


def _fields(run: Run, state: State, id: str) -> dict[str, Any]:
    tensor = run.tensor(id)
    array = np.asarray(tensor.array) if tensor is not None else None
    gradient = _gradient(state, id)
    return {
        "value": plain(array) if array is not None else None,
        "shape": list(array.shape) if array is not None else None,
        "dtype": str(array.dtype) if array is not None else None,
        "grad": plain(gradient) if gradient is not None else None,
        "grad_fn": tensor.grad_fn.name() if tensor is not None and tensor.grad_fn is not None else None,
        "error": _error(run, state, id),
    }


def _gradient(state: State, id: str) -> np.ndarray | None:
    if id in state.trays:
        return state.trays[id].after
    return state.gradients[id].total if id in state.gradients else None


def _error(run: Run, state: State, id: str) -> str | None:
    result = run.results[id]
    if result.error is not None:
        return result.error
    if result.missing:
        return f"needs an input: {', '.join(result.missing)}"
    return state.failed.get(id)


def plain(array: np.ndarray) -> Any:
    """Nested lists of numbers, with "nan", "inf" and "-inf" for what JSON cannot say."""

    def each(value: Any) -> Any:
        if isinstance(value, list):
            return [each(inner) for inner in value]
        if isinstance(value, float) and not math.isfinite(value):
            return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
        return value

    return each(shortest(np.asarray(array)))


def shortest(array: np.ndarray) -> Any:
    """`tolist`, with the shortest decimals that name the same float32: 0.1, not 0.10000000149011612."""
    if array.dtype == np.float32:
        texts = [float(np.format_float_positional(x, unique=True)) for x in array.reshape(-1)]
        return np.array(texts, dtype=np.float64).reshape(array.shape).tolist()
    return array.tolist()


def as_text(run: Run, log: Log) -> str:
    """A few lines for each node, in torch's printing."""
    state = fold(log, len(log))
    lines: list[str] = []
    for id in run.order:
        node = run.snapshot.nodes[id]
        op = OPS.get(node.op)
        lines.append(f"{node.title or id}  ({node.op})" if node.title else id)
        error = _error(run, state, id)
        if error is not None:
            lines.append(_indented("error", error))
            if todo := advice(error):
                lines.append(_indented("to do", todo))
        tensor = run.tensor(id)
        if tensor is not None:
            lines.append(_indented("value", repr(tensor)))
            gradient = _gradient(state, id)
            if gradient is not None:
                name = f"{node.name}.grad" if tensor.is_leaf else "gradient"
                lines.append(_indented(name, tensor_text(gradient, False, None)))
        elif error is None and not (op and op.statement):
            lines.append("    the loop ran no turn" if run.results[id].idle else "    waits for its input")
    for frame in run.snapshot.frames.values():
        ran = _ran(run, frame.id)
        if ran is not None:
            lines.append(f"{frame.name}: {ran.count} turn{'' if ran.count == 1 else 's'}")
            if said := ran.stopped or ran.note:
                lines.append(_indented("error" if ran.stopped else "note", said))
                if ran.stopped and (todo := advice(said)):
                    lines.append(_indented("to do", todo))
    return "\n".join(lines)


def _indented(label: str, text: str) -> str:
    head = f"    {label:<8} "
    return head + text.replace("\n", "\n" + " " * len(head))
