"""Loops: what stands in which, in which order all runs, and which wires the order allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.commands import add_frame
from engine.document.files import Document, dumps, loads
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.loops import Loop, flat, lifted, loops_of, quiet
from engine.document.records import Change, Edge, Frame, Node
from engine.document.standing import misplaced
from engine.run.evaluate import evaluate
from tests.document.edits import loop_edit


def add(*records):
    return [Change(None, record) for record in records]


def doubling(**frames: str | None) -> Graph:
    """x, y = x·2, a loop `while norm(carry) < 1000: carry = mul`, and `after`, which reads the carry."""
    inside = {"carry": "carry", "norm": "norm", "lt": "lt", "repeat": "repeat_while", "mul": "mul"}
    return Graph(
        [
            Node("x", "tensor"),
            Node("y", "mul", {"other": 2}),
            Node("after", "sum"),
            *(Node(id, op, frame=frames.get(id, "loop")) for id, op in inside.items()),
        ],
        [
            Edge("x", "y", "input"),
            Edge("y", "carry", "start"),
            Edge("mul", "carry", "next"),
            Edge("carry", "norm", "input"),
            Edge("norm", "lt", "input"),
            Edge("lt", "repeat", "condition"),
            Edge("carry", "mul", "input"),
            Edge("carry", "after", "input"),
        ],
        [Frame("loop", "while"), Frame("fence", "no_grad", frame="loop"), Frame("note", "comment", frame="fence")],
    )


SET_INSIDE = "state is set before the loop begins: its start cannot come from mul, which runs inside it."
ROUND = "That would make a cycle: {outside} waits for the end of loop, and {inside} in it needs {outside}."
WITHIN = "That would make a cycle: lt already depends on norm. Only the wire into a carry's next goes back."
LOOP = Loop("loop", ("carry",), ("repeat",), ("norm", "lt"), ("mul",))


def test_a_loop_is_one_thing_in_the_course_and_its_condition_comes_before_the_rest():
    graph = doubling()
    assert graph.course() == ("x", "y", LOOP, "after")
    assert graph.snapshot().course() is graph.course()
    assert graph.order() == ["x", "y", "carry", "norm", "lt", "repeat", "mul", "after"]


@pytest.mark.parametrize("where", ["fence", "note"])
def test_other_frames_are_transparent_to_the_course_and_no_grad_reaches_through_them(where):
    graph = doubling(norm=where, mul=where)
    assert graph.course() == doubling().course()
    assert [id for id in graph.nodes if quiet(graph.nodes[id], graph.frames)] == ["norm", "mul"]
    assert loops_of(graph.nodes["mul"], graph.frames) == ("loop",)


def test_without_loops_the_course_is_the_order():
    graph = Graph([Node("b", "ones"), Node("a", "sum", frame="f")], [Edge("b", "a", "input")], [Frame("f", "no_grad")])
    assert graph.course() == ("b", "a")
    assert graph.order() == ["b", "a"]


def test_loops_inside_loops_run_where_their_readers_and_givers_say():
    graph = Graph(
        [
            Node("outer", "carry", frame="a"),
            Node("again", "repeat_while", frame="a"),
            Node("inner", "carry", frame="b"),
            Node("until", "repeat_while", frame="b"),
            Node("step", "add", frame="b"),
            Node("less", "lt", frame="a"),
            Node("last", "add", frame="a"),
        ],
        [
            Edge("outer", "inner", "start"),
            Edge("step", "inner", "next"),
            Edge("inner", "step", "input"),
            Edge("step", "until", "condition"),
            Edge("inner", "less", "input"),
            Edge("less", "again", "condition"),
            Edge("step", "last", "input"),
            Edge("last", "outer", "next"),
        ],
        [Frame("a", "while"), Frame("b", "while", frame="a")],
    )
    inner = Loop("b", ("inner",), ("until",), ("step",), ())
    assert graph.course() == (Loop("a", ("outer",), ("again",), (inner, "less"), ("last",)),)
    assert flat(graph.course()) == ["outer", "inner", "step", "until", "less", "again", "last"]


def test_an_empty_loop_stands_in_the_course_too():
    assert Graph(frames=[Frame("loop", "while")]).course() == (Loop("loop", (), (), (), ()),)


def test_what_moves_between_frames_changes_the_course():
    graph = doubling()
    before = graph.course()
    graph.apply(Change(graph.nodes["x"], replace(graph.nodes["x"], position=(5, 5))))
    assert graph.course() is before
    graph.apply(*add(Node("free", "ones", frame="loop")))
    assert graph.course()[2] == replace(LOOP, body=("free", "mul"))
    graph.apply(Change(graph.nodes["free"], replace(graph.nodes["free"], frame=None)))
    assert graph.course() == ("free", "x", "y", LOOP, "after")


def test_only_the_wire_into_the_next_of_a_carry_of_the_same_loop_goes_back():
    graph = doubling()
    back = {key for key, edge in graph.edges.items() if lifted(edge, graph.nodes, graph.frames) is None}
    assert back == {("carry", "next")}
    assert lifted(graph.edges["carry", "start"], graph.nodes, graph.frames) == ("y", "loop")
    assert lifted(graph.edges["after", "input"], graph.nodes, graph.frames) == ("loop", "after")


@pytest.mark.parametrize(
    ("edge", "sentence"),
    [
        (Edge("mul", "carry", "start"), SET_INSIDE),
        (Edge("after", "mul", "other"), ROUND.format(outside="after", inside="mul")),
        (Edge("carry", "y", "other"), ROUND.format(outside="y", inside="state")),
        (Edge("after", "y", "other"), ROUND.format(outside="y", inside="state")),
        (Edge("lt", "norm", "input"), WITHIN),
        (Edge("carry", "carry", "next"), "state cannot be its own input."),
        (Edge("y", "carry", "next"), None),
        (Edge("x", "mul", "other"), None),
        (Edge("norm", "after", "input"), None),
        (Edge("mul", "norm", "input"), None),
    ],
)
def test_a_wire_round_a_loop_is_refused_in_words_and_others_are_not(edge, sentence):
    graph = doubling()
    graph.apply(Change(graph.nodes["carry"], replace(graph.nodes["carry"], title="state")))
    assert graph.refusal(edge) == sentence
    change = Change(graph.edges.get(edge.key), edge)
    if sentence is None:
        graph.apply(change)
    else:
        with pytest.raises(ValueError, match=r"\w+"):
            graph.apply(change)


def moved(graph: Graph, **frames: str | None) -> list[Change]:
    return [Change(graph.nodes[id], replace(graph.nodes[id], frame=frame)) for id, frame in frames.items()]


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        ({"y": "loop"}, "carry is set before the loop begins: its start cannot come from y, which runs inside it."),
        ({"after": "loop"}, None),
        ({"mul": None}, "That would make a cycle: mul waits for the end of loop, and carry in it needs mul."),
        ({"mul": "fence", "norm": "note"}, None),
        (
            {"lt": None, "norm": None},
            "That would make a cycle: lt waits for the end of loop, and repeat in it needs lt.",
        ),
        ({"carry": None}, "carry belongs to a loop: drop it into a while frame."),
    ],
)
def test_a_node_that_joins_or_leaves_a_loop_keeps_the_order_or_says_why_not(frames, sentence):
    graph = doubling()
    assert graph.objection(*moved(graph, **frames)) == sentence
    if sentence is None:
        graph.apply(*moved(graph, **frames))
        assert graph.course()[:2] == ("x", "y")


def test_a_frame_that_becomes_a_loop_or_stops_being_one_is_checked_with_all_that_is_in_it():
    graph = Graph(
        [Node("a", "relu", frame="in"), Node("b", "relu"), Node("c", "relu", frame="in")],
        [Edge("a", "b", "input"), Edge("b", "c", "input")],
        [Frame("out", "comment"), Frame("in", "comment", frame="out")],
    )
    out = graph.frames["out"]
    changes = [Change(out, replace(out, kind="while"))]
    sentence = "That would make a cycle: b waits for the end of out, and c in it needs b."
    assert graph.objection(*changes) == sentence
    with pytest.raises(ValueError, match="waits for the end"):
        graph.apply(*changes)
    loop = doubling()
    frame = loop.frames["loop"]
    with pytest.raises(ValueError, match="already depends on"):
        loop.apply(Change(frame, replace(frame, kind="comment")))


def test_nodes_and_frames_have_their_ids_in_common():
    graph = doubling()
    with pytest.raises(ValueError, match="There is a frame loop: a node needs another id"):
        graph.apply(*add(Node("loop", "ones")))
    with pytest.raises(ValueError, match="There is a node mul: a frame needs another id"):
        graph.apply(*add(Frame("mul", "comment")))
    free = Node("free", "ones")
    graph.apply(*add(free))
    graph.apply(Change(free, None), *add(Frame("free", "comment")))
    assert "free" in graph.frames


def test_frames_do_not_nest_without_end():
    frames = [Frame(f"f{i}", "comment", frame=f"f{i - 1}" if i else None) for i in range(64)]
    graph = Graph(frames=frames)
    with pytest.raises(ValueError, match="64 deep at most"):
        graph.apply(*add(Frame("f64", "comment", frame="f63")))
    graph.apply(*add(Frame("around", "comment")))
    with pytest.raises(ValueError, match="64 deep at most"):
        graph.apply(Change(graph.frames["f0"], replace(graph.frames["f0"], frame="around")))


def test_what_a_file_may_hold_though_no_verb_makes_it_is_named_at_the_node():
    nodes = [
        Node("lost", "carry"),
        Node("r2", "repeat_while", frame="note"),
        Node("r10", "repeat_while", frame="loop"),
        Node("back", "backward", frame="loop"),
        Node("fine", "backward"),
    ]
    frames = [Frame("loop", "while", "until 1000"), Frame("note", "comment", frame="loop")]
    run = evaluate(loads(dumps(Document(tuple(nodes), (), tuple(frames)))).graph().snapshot())
    assert {id: result.error for id, result in run.results.items() if id != "r2" and result.error} == {
        "lost": "lost belongs to a loop: drop it into a while frame.",
        "r10": "until 1000 has its repeat_while already: r2.",
        "back": "back runs a pass when the program is done: it cannot stand inside a loop.",
    }


def well_placed(nodes: Mapping[str, Node], frames: Mapping[str, Frame]) -> bool:
    """Whether everything stands where it can, and no loop has two repeat_while."""
    loops = {id: loops_of(node, frames) for id, node in nodes.items()}
    repeats = [loops[id] for id, node in nodes.items() if node.op == "repeat_while"]
    return len(repeats) == len(set(repeats)) and not any(misplaced(nodes[id], loops[id]) for id in nodes)


def drawn(data: st.DataObject, most: int) -> Graph:
    graph = Graph()
    history = History(graph)
    history.do(add_frame(graph, "while", (0, 0)))
    for _ in range(data.draw(st.integers(1, most))):
        command = loop_edit(data.draw, graph)
        if command is not None:
            assert graph.objection(*command.changes) is None
            history.do(command)
    return graph


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_the_verbs_make_is_in_order_saved_opened_and_has_no_fault(data):
    graph = drawn(data, 25)
    text = dumps(Document.of(graph))
    again = loads(text).graph()
    assert again.course() == graph.course()
    assert well_placed(graph.nodes, graph.frames)
    order = graph.order()
    assert sorted(order) == sorted(graph.nodes)
    for edge in graph.edges.values():
        if lifted(edge, graph.nodes, graph.frames) is not None and graph.nodes[edge.target].op != "repeat_while":
            assert order.index(edge.source) < order.index(edge.target)
    for id in graph.frames:
        assert {
            each.id for each in (*graph.nodes.values(), *graph.frames.values()) if each.frame == id
        } == graph.members(id)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_wire_is_refused_exactly_if_the_whole_would_be_illegal(data):
    graph = drawn(data, 20)
    for source in graph.nodes:
        for target in graph.nodes:
            for port in ("start", "next", "condition", "input"):
                edge = Edge(source, target, port)
                edges = {**graph.edges, edge.key: edge}
                try:
                    legal = Graph(graph.nodes.values(), edges.values(), graph.frames.values()).order() is not None
                except ValueError:
                    legal = False
                assert legal == (graph.refusal(edge) is None)
                if graph.refusal(edge) is None:
                    assert graph.takers(source)(target, port)
                    assert graph.givers(target, port)(source)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_ends_of_a_wire_agree_whether_the_order_allows_it(data):
    graph = drawn(data, 20)
    for source in graph.nodes:
        fits = graph.takers(source)
        for target in graph.nodes:
            for port in ("start", "next", "input"):
                edge = Edge(source, target, port)
                assert fits(target, port) == graph.givers(target, port)(source)
                refusal = graph.refusal(edge) or ""
                if not fits(target, port):
                    assert refusal
                elif refusal:
                    assert "cycle" not in refusal
                    assert "before the loop" not in refusal


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_node_can_join_a_frame_exactly_if_the_whole_is_legal_then(data):
    graph = drawn(data, 20)
    for node in graph.nodes.values():
        for frame in (None, *graph.frames):
            after = replace(node, frame=frame)
            nodes = {**graph.nodes, node.id: after}
            try:
                legal = Graph(nodes.values(), graph.edges.values(), graph.frames.values()).order() is not None
            except ValueError:
                legal = False
            legal = legal and well_placed(nodes, graph.frames)
            assert legal == (graph.objection(Change(node, after)) is None)
