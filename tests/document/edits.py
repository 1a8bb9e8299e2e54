"""Random edits, as a user might make them: what hypothesis draws from."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from engine.document.commands import (
    Command,
    Refused,
    add_connected,
    add_frame,
    add_node,
    connect,
    copy,
    delete,
    disconnect,
    dissolve,
    duplicate,
    move,
    move_frame,
    paste,
    rename,
    rename_frame,
    set_params,
    set_rect,
    wrap,
)
from engine.document.graph import Graph
from engine.document.kinds import KINDS

OPS = ("ones", "tensor", "add", "mul", "sum", "reshape", "transpose", "backward", "carry", "repeat_while")
COORDINATES = st.floats(-1e4, 1e4) | st.integers(-500, 500)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**63), 2**63 - 1)
TITLES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PORTS = st.sampled_from(["input", "other", "tensor", "gradient", "start", "next", "condition", "nothing"])


def edit(draw, graph: Graph) -> Command | None:
    """A random command that fits the graph, or None where the graph refused it."""
    verbs = _empty(draw, graph) if not graph.nodes else {**_edits(draw, graph), **_framings(draw, graph)}
    try:
        return verbs[draw(st.sampled_from(sorted(verbs)))]()
    except Refused:
        return None


def loop_edit(draw, graph: Graph) -> Command | None:
    """As ``edit``, but such edits as make loops."""
    verbs = _empty(draw, graph) if not graph.nodes else _framings(draw, graph)
    if graph.nodes:
        edits = _edits(draw, graph)
        verbs.update((name, edits[name]) for name in ("add", "connect", "go back", "grow", "insert"))
    try:
        return verbs[draw(st.sampled_from(sorted(verbs)))]()
    except Refused:
        return None


Verbs = dict[str, Callable[[], Command]]


def _empty(draw, graph: Graph) -> Verbs:
    position = (draw(COORDINATES), draw(COORDINATES))
    return {
        "add": lambda: add_node(graph, draw(st.sampled_from(OPS)), position),
        "frame": lambda: add_frame(graph, draw(st.sampled_from(sorted(KINDS))), position),
    }


def _edits(draw, graph: Graph) -> Verbs:
    ids = st.sampled_from(sorted(graph.nodes))
    carries = [id for id, node in graph.nodes.items() if node.op == "carry"]
    frame = st.sampled_from([None, *sorted(graph.frames)])
    position = (draw(COORDINATES), draw(COORDINATES))
    some = st.lists(st.sampled_from(sorted([*graph.nodes, *graph.frames])), min_size=1, max_size=4)
    op = st.sampled_from(OPS)
    verbs: Verbs = {
        "add": lambda: add_node(graph, draw(op), position, title=draw(TITLES), inside=draw(frame)),
        "grow": lambda: add_connected(graph, draw(op), position, source=draw(ids), inside=draw(frame)),
        "insert": lambda: add_connected(
            graph, "mul", position, source=draw(ids), target=draw(ids), target_port=draw(PORTS), inside=draw(frame)
        ),
        "connect": lambda: connect(graph, draw(ids), draw(ids), draw(PORTS)),
        "go back": lambda: connect(graph, draw(ids), draw(st.sampled_from(carries)), "next"),
        "disconnect": lambda: disconnect(graph, draw(ids), draw(PORTS)),
        "delete": lambda: delete(graph, draw(st.lists(ids, min_size=1, max_size=4))),
        "cut": lambda: delete(graph, (), draw(st.lists(st.sampled_from(sorted(graph.edges)), max_size=3))),
        "move": lambda: move(graph, dict.fromkeys(draw(some), position), merge=draw(st.sampled_from([None, "nudge"]))),
        "number": lambda: set_params(graph, draw(ids), {draw(PORTS): draw(NUMBERS | st.none())}),
        "data": lambda: set_params(graph, draw(ids), {"data": draw(st.lists(NUMBERS, max_size=80))}),
        "flag": lambda: set_params(graph, draw(ids), {"requires_grad": draw(st.booleans() | st.just(1))}),
        "rename": lambda: rename(graph, draw(ids), draw(TITLES)),
        "paste": lambda: paste(graph, copy(graph, draw(some)), position, draw(frame)),
        "duplicate": lambda: duplicate(graph, draw(some), position),
    }
    if not graph.edges:
        del verbs["cut"]
    if not carries:
        verbs["go back"] = verbs["connect"]
    return verbs


def _framings(draw, graph: Graph) -> Verbs:
    position = (draw(COORDINATES), draw(COORDINATES))
    rect = (*position, draw(st.floats(0, 1e4)), draw(st.floats(0, 1e4)))
    kind = st.sampled_from(sorted(KINDS))
    inside = st.sampled_from([None, *sorted(graph.frames)])
    some = st.lists(st.sampled_from(sorted([*graph.nodes, *graph.frames])), min_size=1, max_size=4)
    verbs: Verbs = {
        "frame": lambda: add_frame(graph, draw(kind), position, inside=draw(inside)),
        "wrap": lambda: wrap(graph, draw(some), draw(kind), rect),
        "join": lambda: move(graph, {}, into=dict.fromkeys(draw(some), draw(inside))),
    }
    if graph.frames:
        frame = st.sampled_from(sorted(graph.frames))
        verbs |= {
            "carry along": lambda: move_frame(graph, draw(frame), position, into=draw(inside)),
            "resize": lambda: set_rect(graph, draw(frame), rect, draw(some)),
            "dissolve": lambda: dissolve(graph, draw(frame)),
            "rename frame": lambda: rename_frame(graph, draw(frame), draw(TITLES)),
            "delete frame": lambda: delete(graph, (), (), [draw(frame)]),
        }
    return verbs
