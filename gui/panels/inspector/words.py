"""What there is to say about a node that has no value, or one with numbers that are not finite."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.document import formulas
from engine.document.graph import Graph
from engine.document.loops import Place
from engine.run.result import Result, Run


def wants(result: Result | None, graph: Graph) -> str:
    """What a node needs or waits for, which is no error."""
    if result is not None and result.missing:
        return QCoreApplication.translate("Inspector", "Needs: {ports}.").format(ports=", ".join(result.missing))
    if result is not None and result.idle:
        return QCoreApplication.translate("Inspector", "Has no value: the loop ran no turn.")
    if result is not None and result.waits_for is not None:
        waited = graph.nodes.get(result.waits_for) or graph.frames.get(result.waits_for)
        return QCoreApplication.translate("Inspector", "Waits for {node}, which has no value.").format(
            node=waited.name if waited else result.waits_for
        )
    return ""


def warning(place: Place, result: Result | None, run: Run | None, graph: Graph) -> str:
    """Where numbers come from that are none."""
    if run is None or result is None or result.error or not result.not_finite:
        return ""
    name = "NaN" if result.not_finite == "nan" else "Inf"
    node, turn = place
    if not result.origin:
        there = run.origin(node, turn)
        if there is None:
            text = QCoreApplication.translate("Inspector", "There is {name} among these numbers.")
            return text.format(name=name)
        source = formulas.name(graph, there[0]) if there[0] in graph.nodes else there[0]
        text = QCoreApplication.translate("Inspector", "There is {name} among these numbers; it began at {node}.")
        return text.format(name=name, node=source)
    if run.inputs[node]:
        text = QCoreApplication.translate("Inspector", "{name} begins here: all that the wires bring is finite.")
    else:
        text = QCoreApplication.translate("Inspector", "There is {name} among the numbers that begin here.")
    return text.format(name=name)
