"""What a step does, in one sentence and in one word. Pure: a step and the graph in, text out."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from engine.document import formulas
from engine.document.graph import Graph
from engine.document.loops import CARRY, Turn
from engine.document.records import EdgeKey
from engine.document.search import symbol
from engine.op import OPS
from engine.run.evaluate import Run
from engine.run.log import Accumulate, Blocked, Deliver, Event, Fail, Forward, Seed, at_work
from engine.run.replay import State, Step
from gui.moment import moment
from gui.panels.timeline.blocked import because
from gui.scale import short_number
from gui.spoken import spoken


def sentence(step: Step, graph: Graph, run: Run | None = None, state: State | None = None) -> str:
    """What `step` does, for the learner and for a screen reader; in a loop of `run`, also in which turn. With the
    `state` after it, what a gradient makes together with those that came before."""
    event = step.event
    told = _told(event, graph, run, state)
    when = moment(*at_work(event), graph, run)
    if not when or isinstance(event, Seed):
        return told
    if isinstance(event, Fail):
        return QCoreApplication.translate("Timeline", "{told} (in {when})").format(told=told, when=when)
    return QCoreApplication.translate("Timeline", "In {when}: {told}").format(when=when, told=told)


def _told(event: Event, graph: Graph, run: Run | None, state: State | None) -> str:
    match event:
        case Forward(node=node, turn=turn):
            return _computed(node, turn, graph)
        case Seed(node=node, value=value):
            if value.size == 1:
                return QCoreApplication.translate(
                    "Timeline", "The pass starts at {node}: its gradient with respect to itself is {value}"
                ).format(node=name(node, graph), value=numbers(value))
            return QCoreApplication.translate("Timeline", "The pass starts at {node} with the gradient {value}").format(
                node=name(node, graph), value=numbers(value)
            )
        case Deliver():
            return _delivered(event, graph, state)
        case Blocked(edge=edge):
            source = _source(edge, graph)
            return QCoreApplication.translate(
                "Timeline", "{sender} sends no gradient along {port} to {node}: {reason}"
            ).format(sender=name(edge[0], graph), port=edge[1], node=source, reason=because(event, graph, run, source))
        case Accumulate(node=node, before=before, delta=delta, after=after):
            leaf = name(node, graph)
            if before is None:
                return QCoreApplication.translate("Timeline", "{leaf}.grad was None and becomes {after}").format(
                    leaf=leaf, after=numbers(after)
                )
            return QCoreApplication.translate(
                "Timeline", "{leaf}.grad accumulates: {before} and {delta} make {after}"
            ).format(leaf=leaf, before=numbers(before), delta=numbers(delta), after=numbers(after))
        case Fail(node=node, message=message):
            return QCoreApplication.translate("Timeline", "The pass stops at {node}: {message}").format(
                node=name(node, graph), message=spoken(message)
            )
    return ""


def _computed(node: str, turn: Turn, graph: Graph) -> str:
    """A carry computes nothing: it takes a value over."""
    if node not in graph.nodes:
        return QCoreApplication.translate("Timeline", "{node} is computed").format(node=node)
    called = name(node, graph)
    if graph.nodes[node].op == CARRY and turn:
        port = "next" if turn[-1] else "start"
        number = graph.nodes[node].params.get(port, "")
        source = _source((node, port), graph) if (node, port) in graph.edges else str(number)
        if not turn[-1]:
            return QCoreApplication.translate("Timeline", "{carry} starts as {node}").format(carry=called, node=source)
        return QCoreApplication.translate("Timeline", "{carry} takes over {node} of turn {turn}").format(
            carry=called, node=source, turn=turn[-1]
        )
    formula = formulas.expression(graph, node)
    if formula == called:
        return QCoreApplication.translate("Timeline", "{node} is computed").format(node=formula)
    return QCoreApplication.translate("Timeline", "{node} computes {formula}").format(node=called, formula=formula)


def _delivered(event: Deliver, graph: Graph, state: State | None) -> str:
    sender, port = event.edge
    words = {
        "sender": name(sender, graph),
        "value": numbers(event.grad),
        "port": port,
        "node": name(event.node, graph),
        "kth": event.kth,
        "of_n": event.of_n,
    }
    carry = sender in graph.nodes and graph.nodes[sender].op == CARRY
    back = carry and port == "next"
    if carry:
        if back:
            text = QCoreApplication.translate("Timeline", "{sender} hands {value} back to {node} of turn {turn}")
        else:
            text = QCoreApplication.translate("Timeline", "{sender} hands {value} back to its start, {node}")
    else:
        text = QCoreApplication.translate("Timeline", "{sender} sends {value} back along {port} to {node}")
    if event.of_n > 1 and len(event.turn) < len(event.edge_turn):  # every turn adds to what stands outside
        text += QCoreApplication.translate("Timeline", "; {node} has {kth} of {of_n}")
    elif event.of_n > 1:
        text += QCoreApplication.translate("Timeline", " ({kth} of {of_n})")
    arrived = state.at(event.node, event.turn) if state and event.kth > 1 else None
    if arrived is not None:
        text += QCoreApplication.translate("Timeline", "; makes {sum}")
        words["sum"] = numbers(arrived.total)
    return text.format(**words, turn=event.turn[len(event.edge_turn) - 1] + 1 if back else 1)


def label(step: Step, graph: Graph) -> str:
    """The word under a tick: the sign of the function at work, `seed`, or `x.grad`."""
    match step.event:
        case Forward(node=node):
            return _sign(node, graph)
        case Seed():
            return QCoreApplication.translate("Timeline", "seed")
        case Deliver(edge=edge) | Blocked(edge=edge):
            return _sign(edge[0], graph)
        case Accumulate(node=node):
            return f"{name(node, graph)}.grad"
        case Fail():
            return QCoreApplication.translate("Timeline", "error")
    return ""


def name(node: str, graph: Graph) -> str:
    """What a node is called, as on the canvas; its id, once it is gone."""
    return formulas.name(graph, node) if node in graph.nodes else node


def numbers(gradient: np.ndarray) -> str:
    """A gradient in few words: `+0.75`, `+0.75 (2×2)`, `[+0.1, +1, 1e-4]`, `-3 … +2 (64×10)`."""
    flat = np.asarray(gradient).reshape(-1)
    sizes = np.shape(gradient)
    shape = "×".join(map(str, sizes)) if len(sizes) > 1 else f"{sizes[0]}," if sizes else ""
    if flat.size == 0:
        return QCoreApplication.translate("Timeline", "nothing ({shape})").format(shape=shape)
    if (flat == flat[0]).all():
        number = short_number(flat[0], signed=True)
        return number if flat.size == 1 else f"{number} ({shape})"
    if flat.size <= 4 and np.ndim(gradient) == 1:
        return "[" + ", ".join(short_number(x, signed=True) for x in flat) + "]"
    return f"{short_number(flat.min(), signed=True)} … {short_number(flat.max(), signed=True)} ({shape})"


def _source(edge: EdgeKey, graph: Graph) -> str:
    return name(graph.edges[edge].source, graph) if edge in graph.edges else edge[1]


def _sign(node: str, graph: Graph) -> str:
    """A node's title, else the symbol or the name of its op."""
    if node not in graph.nodes:
        return node
    record = graph.nodes[node]
    op = OPS.get(record.op)
    return record.title or (op and symbol(op)) or record.op
