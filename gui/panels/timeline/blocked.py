"""Why no gradient goes along a wire, for the learner. detach, no_grad, .data and requires_grad=False are four things:
one cuts a wire, one keeps a whole region from being recorded, one hides the memory itself from autograd, and one is a
leaf that does not ask."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.document import formulas
from engine.document.graph import Graph
from engine.document.kinds import NO_GRAD
from engine.document.loops import chain
from engine.run.history import End, history
from engine.run.log import Blocked
from engine.run.result import Run


def because(event: Blocked, graph: Graph, run: Run | None, node: str) -> str:
    """The reason that the engine gives, explained; `node` is what the source of the wire is called."""
    match event.reason:
        case "detached":
            return QCoreApplication.translate(
                "Timeline", "detach has cut this one wire; the value passes, its history does not"
            )
        case "data":
            return QCoreApplication.translate(
                "Timeline", ".data is the same memory unseen by autograd: no history, and changes to it go unnoticed"
            )
        case "no_grad":
            return _under_no_grad(event, graph, node)
        case "constant: requires_grad is False":
            return _constant(event, graph, run, node)
        case "integer":
            return QCoreApplication.translate("Timeline", "whole numbers have no gradient")
        case "boolean":
            return QCoreApplication.translate("Timeline", "true and false have no gradient")
    return event.reason


def _under_no_grad(event: Blocked, graph: Graph, node: str) -> str:
    source = graph.nodes.get(graph.edges[event.edge].source) if event.edge in graph.edges else None
    fences = chain(source.frame, graph.frames) if source is not None else ()
    title = next((frame.title for frame in reversed(fences) if frame.kind == NO_GRAD), "")
    text = QCoreApplication.translate("Timeline", "{node} was computed under no_grad{fence}, where nothing is recorded")
    return text.format(node=node, fence=f" ({title})" if title else "")


def _constant(event: Blocked, graph: Graph, run: Run | None, node: str) -> str:
    """It is a leaf that does not ask, or it is made of nothing that has history; then that began further back."""
    edge = graph.edges.get(event.edge)
    if edge is None or not graph.inputs(edge.source):
        text = QCoreApplication.translate(
            "Timeline", "the leaf {node} has requires_grad=False, it does not ask for one"
        )
        return text.format(node=node)
    known = history(run, edge, event.turn) if run is not None and edge.key in run.snapshot.edges else None
    text = _further_back(known.ends[0] if known is not None and known.ends else None)
    there = known.ends[0].node if known is not None and known.ends else ""
    return text.format(node=node, there=formulas.name(graph, there) if there in graph.nodes else there)


def _further_back(end: End | None) -> str:
    match end.kind if end is not None else "":
        case "constant":
            return QCoreApplication.translate(
                "Timeline", "{node} comes from {there}, a leaf with requires_grad=False that does not ask for one"
            )
        case "detach":
            return QCoreApplication.translate("Timeline", "{node} comes from {there}, where detach has cut the history")
        case "data":
            return QCoreApplication.translate("Timeline", "{node} comes from {there}, the bare data without history")
        case "no_grad":
            return QCoreApplication.translate("Timeline", "{node} comes from {there}, computed under no_grad")
    return QCoreApplication.translate("Timeline", "nothing that went into {node} has history")
