"""Random edits, as a user might make them: what hypothesis draws from."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from engine.document.commands import (
    Command,
    Refused,
    add_connected,
    add_node,
    connect,
    copy,
    delete,
    disconnect,
    duplicate,
    move,
    paste,
    rename,
    set_params,
)
from engine.document.graph import Graph

OPS = ("ones", "tensor", "add", "mul", "sum", "reshape", "transpose", "backward")
COORDINATES = st.floats(-1e4, 1e4) | st.integers(-500, 500)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-(2**63), 2**63 - 1)
TITLES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def edit(draw, graph: Graph) -> Command | None:
    """A random command that fits the graph, or None where the graph refused it."""
    ids = st.sampled_from(sorted(graph.nodes)) if graph.nodes else st.nothing()
    position = (draw(COORDINATES), draw(COORDINATES))
    if not graph.nodes:
        return add_node(graph, draw(st.sampled_from(OPS)), position)
    some = st.lists(ids, min_size=1, max_size=4)
    port = st.sampled_from(["input", "other", "tensor", "gradient", "nothing"])
    verbs: dict[str, Callable[[], Command]] = {
        "add": lambda: add_node(graph, draw(st.sampled_from(OPS)), position, title=draw(TITLES)),
        "grow": lambda: add_connected(graph, draw(st.sampled_from(OPS)), position, source=draw(ids)),
        "insert": lambda: add_connected(
            graph, "mul", position, source=draw(ids), target=draw(ids), target_port=draw(port)
        ),
        "connect": lambda: connect(graph, draw(ids), draw(ids), draw(port)),
        "disconnect": lambda: disconnect(graph, draw(ids), draw(port)),
        "delete": lambda: delete(graph, draw(some)),
        "cut": lambda: delete(graph, (), draw(st.lists(st.sampled_from(sorted(graph.edges)), max_size=3))),
        "move": lambda: move(graph, dict.fromkeys(draw(some), position), merge=draw(st.sampled_from([None, "nudge"]))),
        "number": lambda: set_params(graph, draw(ids), {draw(port): draw(NUMBERS | st.none())}),
        "data": lambda: set_params(graph, draw(ids), {"data": draw(st.lists(NUMBERS, max_size=80))}),
        "flag": lambda: set_params(graph, draw(ids), {"requires_grad": draw(st.booleans() | st.just(1))}),
        "rename": lambda: rename(graph, draw(ids), draw(TITLES)),
        "paste": lambda: paste(graph, copy(graph, draw(some)), position),
        "duplicate": lambda: duplicate(graph, draw(some), position),
    }
    if not graph.edges:
        del verbs["cut"]
    try:
        return verbs[draw(st.sampled_from(sorted(verbs)))]()
    except Refused:
        return None
