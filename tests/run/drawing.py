"""Random small graphs and random edits of them, made with the verbs: what hypothesis draws from."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine.document.commands import (
    Command,
    Refused,
    add_frame,
    add_node,
    connect,
    delete,
    disconnect,
    dissolve,
    move,
    set_params,
    wrap,
)
from engine.document.graph import Graph
from engine.document.records import Node
from engine.op import OPS
from engine.run.evaluate import Run

UNARY = ("neg", "exp", "sin", "sqrt", "relu", "sum", "mean", "norm", "transpose", "reshape", "detach", "clone")
BINARY = ("add", "sub", "mul", "div", "pow", "matmul", "gt")
DATA = st.sampled_from(
    [2.0, -0.5, [1.0, -2.0], [0.0, 3.0], [[1.0, 2.0], [-3.0, 0.5]], [[[1.0, 2.0], [3.0, 4.0]]], [1, 2], [1.0, "nan"]]
)
PORTS = ["input", "other", "exponent", "start", "next", "condition"]
NUMBERS = st.sampled_from([2, 0, -1, 0.5, "inf"])
SOURCES = {
    "tensor": {"data": [1.0, 2.0], "requires_grad": True},
    "randn": {"size": [2, 2], "seed": 0, "requires_grad": True},
}


@st.composite
def graphs(draw: DrawFn, steps: int = 14) -> Graph:
    """A graph that grew by random edits."""
    graph = Graph()
    for _ in range(draw(st.integers(3, steps))):
        edit(draw, graph)
    return graph


def edit(draw: DrawFn, graph: Graph) -> None:
    """Perform one random edit; where the graph refuses it, none."""
    verbs: list[Callable[[DrawFn, Graph], Command]] = [_source, _grow, _grow, _grow]
    if graph.nodes:
        verbs += [_connect, _connect, _number, _data, _flag, _delete, _loop, _wrap]
    if graph.edges:
        verbs += [_cut]
    if graph.frames:
        verbs += [_join, _join, _dissolve, _grow_inside]
    try:
        graph.apply(*draw(st.sampled_from(verbs))(draw, graph).changes)
    except Refused:
        return


def root(draw: DrawFn, run: Run) -> tuple[str, str | None] | None:
    """A node to run backward from, and one of its shape (or none) to start with; None if nothing has history."""
    found = {id: tensor for id in run.order if (tensor := run.tensor(id)) is not None}
    tracked = [id for id, tensor in found.items() if tensor.requires_grad]
    if not tracked:
        return None
    chosen = draw(st.sampled_from(tracked))
    fitting = [id for id, tensor in found.items() if tensor.shape == found[chosen].shape]
    return chosen, draw(st.sampled_from(fitting)) if found[chosen].numel() != 1 else None


def _id(draw: DrawFn, graph: Graph) -> str:
    return draw(st.sampled_from(sorted(graph.nodes)))


def _source(draw: DrawFn, graph: Graph) -> Command:
    op = draw(st.sampled_from(sorted(SOURCES)))
    params = dict(SOURCES[op])
    if op == "tensor":
        params |= {"data": draw(DATA), "requires_grad": draw(st.booleans())}
    return add_node(graph, op, (0, 0), params=params)


def _grow(draw: DrawFn, graph: Graph) -> Command:
    """An op over nodes that are there, now and then with a number or a port left open."""
    if not graph.nodes:
        return _source(draw, graph)
    op = draw(st.sampled_from(UNARY + BINARY))
    number = {"other": draw(NUMBERS)} if op in BINARY and op not in ("pow", "matmul") else {}
    added = add_node(graph, op, (0, 0), params=number)
    graph.apply(*added.changes)
    assert added.select
    [id] = added.select
    ports = [port.name for port in OPS[op].ports]
    wired = ports if draw(st.booleans()) else draw(st.sampled_from([ports[:1], ports[-1:]]))
    for port in wired[:-1]:
        graph.apply(*connect(graph, _id(draw, graph), id, port).changes)
    return connect(graph, _id(draw, graph), id, wired[-1])


def _connect(draw: DrawFn, graph: Graph) -> Command:
    return connect(graph, _id(draw, graph), _id(draw, graph), draw(st.sampled_from(PORTS)))


def _cut(draw: DrawFn, graph: Graph) -> Command:
    return disconnect(graph, *draw(st.sampled_from(sorted(graph.edges))))


def _number(draw: DrawFn, graph: Graph) -> Command:
    port = draw(st.sampled_from(["input", "other", "start"]))
    return set_params(graph, _id(draw, graph), {port: draw(NUMBERS | st.none())})


def _data(draw: DrawFn, graph: Graph) -> Command:
    return set_params(graph, _id(draw, graph), {"data": draw(DATA)})


def _flag(draw: DrawFn, graph: Graph) -> Command:
    return set_params(
        graph, _id(draw, graph), {draw(st.sampled_from(["requires_grad", "keepdim"])): draw(st.booleans())}
    )


def _loop(draw: DrawFn, graph: Graph) -> Command:
    """A loop that soon ends, whatever is going to be its condition."""
    added = add_frame(graph, "while", (0, 0), inside=draw(_frames(graph)))
    graph.apply(*added.changes)
    made = (change.after for change in added.changes)
    [repeat] = [node.id for node in made if isinstance(node, Node) and node.op == "repeat_while"]
    return set_params(graph, repeat, {"most": 4})


def _wrap(draw: DrawFn, graph: Graph) -> Command:
    ids = draw(st.lists(st.sampled_from(sorted(graph.nodes)), min_size=1, max_size=4, unique=True))
    return wrap(graph, ids, draw(st.sampled_from(["no_grad", "comment"])), (0, 0, 300, 200))


def _frames(graph: Graph) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *sorted(graph.frames)])


def _join(draw: DrawFn, graph: Graph) -> Command:
    """Some node, or a frame, goes into a frame or out of its own."""
    ids = draw(st.lists(st.sampled_from(sorted([*graph.nodes, *graph.frames])), min_size=1, max_size=3, unique=True))
    return move(graph, dict.fromkeys(ids, (0.0, 0.0)), into=dict.fromkeys(ids, draw(_frames(graph))))


def _dissolve(draw: DrawFn, graph: Graph) -> Command:
    return dissolve(graph, draw(st.sampled_from(sorted(graph.frames))))


def _grow_inside(draw: DrawFn, graph: Graph) -> Command:
    added = add_node(graph, draw(st.sampled_from(UNARY)), (0, 0), inside=draw(_frames(graph)))
    graph.apply(*added.changes)
    assert added.select
    return connect(graph, _id(draw, graph), added.select[0], "input")


def _delete(draw: DrawFn, graph: Graph) -> Command:
    return delete(graph, [_id(draw, graph)])
