"""Graph: what is legal, who is told, and what is refused in which words."""

from __future__ import annotations

import dataclasses

import pytest

from engine.document.graph import Graph
from engine.document.records import Change, Edge, Frame, Node, natural


def add(*records):
    return [Change(None, record) for record in records]


@pytest.fixture
def chain() -> Graph:
    """x -> add1 -> sum1 -> backward1, and a mul1 that nothing joins."""
    return Graph(
        [
            Node("x", "ones"),
            Node("add1", "add"),
            Node("sum1", "sum"),
            Node("mul1", "mul"),
            Node("backward1", "backward"),
        ],
        [Edge("x", "add1", "input"), Edge("add1", "sum1", "input"), Edge("sum1", "backward1", "tensor")],
    )


def contents(graph):
    return dict(graph.nodes), dict(graph.edges), dict(graph.frames), graph.revision


def test_records_cannot_be_written():
    node = Node("x", "ones", {"size": [2]})
    with pytest.raises(dataclasses.FrozenInstanceError):
        node.title = "y"
    with pytest.raises(TypeError):
        node.params["size"] = [3]
    assert hash(node) == hash(Node("x", "ones", {"size": [2]}))


def test_a_record_does_not_share_the_dict_it_was_made_from():
    params = {"dim": 0}
    node = Node("x", "sum", params)
    params["dim"] = 1
    assert node.params == {"dim": 0}


def test_the_inverse_of_a_change_takes_it_back(chain):
    before = contents(chain)[:3]
    change = Change(chain.nodes["x"], dataclasses.replace(chain.nodes["x"], title="seven"))
    chain.apply(change)
    assert chain.nodes["x"].title == "seven"
    chain.apply(change.inverse())
    assert contents(chain)[:3] == before


def test_listeners_hear_once_of_all_changes_and_not_after_they_left(chain):
    heard = []
    leave = chain.listen(heard.append)
    changes = add(Node("a", "ones"), Node("b", "ones"))
    chain.apply(*changes)
    leave()
    leave()
    chain.apply(*add(Node("c", "ones")))
    assert heard == [tuple(changes)]


def test_each_apply_is_one_revision(chain):
    assert chain.revision == 0
    chain.apply(*add(Node("a", "ones"), Node("b", "ones")))
    chain.apply()
    assert chain.revision == 1


def test_a_listener_cannot_change_the_graph(chain):
    chain.listen(lambda changes: chain.apply(*add(Node("b", "ones"))))
    with pytest.raises(RuntimeError):
        chain.apply(*add(Node("a", "ones")))
    assert "a" in chain.nodes
    assert "b" not in chain.nodes


@pytest.mark.parametrize(
    "changes",
    [
        add(Node("x", "ones")),
        add(Node("", "ones")),
        add(Node("a\nb", "ones")),
        add(Node("a\u202eb", "ones")),
        add(Node("a", "ones", position=(float("nan"), 0))),
        add(Node("a", "ones", position=(1e300, 0))),
        add(Node("a", "ones", title="\ud800")),
        add(Node("a", "ones", frame="nowhere")),
        add(Edge("x", "nobody", "input")),
        add(Edge("nobody", "mul1", "input")),
        add(Edge("x", "mul1", "third")),
        add(Edge("add1", "x", "input")),
        add(Edge("backward1", "mul1", "input")),
        add(Edge("mul1", "mul1", "input")),
        add(Edge("sum1", "add1", "other")),
        add(Edge("x", "sum1", "input")),
        add(Frame("f", "comment", frame="f")),
        add(Frame("f", "comment", rect=(0, 0, -1, 5))),
        add(Edge("x", "mul1", "input"), Edge("add1", "mul1", "input")),
        add(Edge("sum1", "mul1", "input"), Edge("mul1", "add1", "other")),
        [Change(Node("x", "ones"), None)],
        [Change(Node("x", "ones"), Node("x", "relu")), Change(Node("x", "zeros"), None)],
        [Change(Node("sum1", "sum"), Node("sum1", "ones"))],
        [Change(Node("sum1", "sum"), Node("sum1", "backward"))],
        [Change(Node("x", "ones"), Node("y", "ones"))],
        [Change(None, None)],
    ],
)
def test_an_apply_that_is_not_legal_changes_nothing_and_tells_nobody(chain, changes):
    heard = []
    chain.listen(heard.append)
    before = contents(chain)
    with pytest.raises(ValueError, match=r"\w+"):
        chain.apply(*add(Node("good", "ones")), *changes)
    assert contents(chain) == before
    assert heard == []
    assert chain.order() == ["mul1", "x", "add1", "sum1", "backward1"]


def test_only_the_end_of_an_apply_has_to_be_legal(chain):
    chain.apply(*add(Edge("new", "mul1", "input"), Node("new", "ones")))
    edge = chain.edges["mul1", "input"]
    chain.apply(Change(Node("new", "ones"), None), Change(edge, None))
    assert "new" not in chain.nodes
    assert chain.consumers("x") == [Edge("x", "add1", "input")]


def test_edges_can_be_turned_round_in_one_apply():
    graph = Graph([Node("a", "relu"), Node("b", "relu")], [Edge("a", "b", "input")])
    graph.apply(*add(Edge("b", "a", "input")), Change(Edge("a", "b", "input"), None))
    assert graph.order() == ["b", "a"]


def test_a_record_may_change_more_than_once_in_one_apply(chain):
    one = Node("a", "ones")
    two = dataclasses.replace(one, title="a")
    chain.apply(Change(None, one), Change(one, two), Change(two, one))
    assert chain.nodes["a"] is one


def test_a_frame_goes_only_when_nothing_stands_in_it():
    frame, node = Frame("f", "no_grad"), Node("a", "ones", frame="f")
    graph = Graph([node], frames=[frame])
    with pytest.raises(ValueError, match="node a still stands in it"):
        graph.apply(Change(frame, None))
    graph.apply(Change(frame, None), Change(node, None))
    assert not graph.frames


@pytest.mark.parametrize(
    ("edge", "sentence"),
    [
        (Edge("x", "mul1", "input"), None),
        (Edge("sum1", "add1", "input"), "That would make a cycle: total already depends on add1."),
        (Edge("mul1", "mul1", "other"), "mul1 cannot be its own input."),
        (Edge("x", "mul1", "third"), "mul1 has no input third: mul has input, other."),
        (Edge("mul1", "x", "input"), "x has no inputs: ones makes its own values."),
        (Edge("backward1", "mul1", "input"), "backward1 is a statement: it has no value to pass on."),
        (Edge("gone", "mul1", "input"), "There is no node gone."),
        (Edge("x", "gone", "input"), "There is no node gone."),
        (Edge("x", "odd", "input"), "odd is an unknown op (warp): it cannot be connected here."),
        (Edge("odd", "mul1", "input"), "odd is an unknown op (warp): it cannot be connected here."),
        (Edge("mul1", "add1", "input"), None),
    ],
)
def test_a_refusal_is_a_sentence_that_names_the_nodes(chain, edge, sentence):
    chain.apply(
        Change(chain.nodes["sum1"], dataclasses.replace(chain.nodes["sum1"], title="total")),
        *add(Node("odd", "warp")),
    )
    assert chain.refusal(edge) == sentence


def test_what_is_not_refused_can_be_applied(chain):
    for source in chain.nodes:
        for target in chain.nodes:
            edge = Edge(source, target, "other")
            copy = Graph(chain.nodes.values(), chain.edges.values())
            change = Change(copy.edges.get(edge.key), edge)
            if chain.refusal(edge) is None:
                copy.apply(change)
            else:
                with pytest.raises(ValueError, match=r"\w+"):
                    copy.apply(change)


def test_an_unknown_op_keeps_edges_into_any_port():
    graph = Graph([Node("a", "ones"), Node("w", "warp")], [Edge("a", "w", "anything")])
    assert list(graph.inputs("w")) == ["anything"]


def test_upstream_downstream_inputs_and_consumers(chain):
    assert chain.upstream(["sum1"]) == {"x", "add1"}
    assert chain.downstream(["add1"]) == {"sum1", "backward1"}
    assert chain.upstream([]) == set()
    chain.apply(*add(Edge("x", "add1", "other"), Edge("x", "mul1", "other")))
    assert list(chain.inputs("add1")) == ["input", "other"]
    assert [edge.key for edge in chain.consumers("x")] == [
        ("add1", "input"),
        ("add1", "other"),
        ("mul1", "other"),
    ]


def test_order_is_topological_and_among_equals_by_id():
    graph = Graph([Node(id, "ones") for id in ("a10", "a9", "b1")] + [Node("a1", "relu")], [Edge("b1", "a1", "input")])
    assert graph.order() == ["a9", "a10", "b1", "a1"]
    assert graph.snapshot().order() == graph.order()


def test_a_move_keeps_the_order_that_was_found(chain):
    before = chain.order()
    node = chain.nodes["x"]
    chain.apply(Change(node, dataclasses.replace(node, position=(5, 5))))
    assert chain.order() is before
    assert chain.snapshot().order() is before


def test_a_snapshot_stays_as_it_was(chain):
    snapshot = chain.snapshot()
    assert chain.snapshot() is snapshot
    nodes = dict(snapshot.nodes)
    chain.apply(*add(Node("later", "ones")))
    assert snapshot.nodes == nodes
    assert snapshot.revision == 0
    assert "later" not in snapshot.order()
    assert "later" in chain.snapshot().nodes


def test_a_snapshot_finds_the_order_itself():
    graph = Graph([Node("a", "ones"), Node("b", "add")], [Edge("a", "b", "input"), Edge("a", "b", "other")])
    assert graph.snapshot().order() == ["a", "b"]


def test_a_cycle_is_found_in_a_deep_and_wide_graph():
    nodes = [Node(f"a{i}", "add") for i in range(3000)]
    edges = [Edge(f"a{i - 1}", f"a{i}", port) for i in range(1, 3000) for port in ("input", "other")]
    graph = Graph(nodes, edges)
    assert graph.refusal(Edge("a2999", "a0", "input")) == "That would make a cycle: a2999 already depends on a0."


def test_ids_are_sorted_as_people_count():
    assert sorted(["mul10", "mul2", "mul", "a", "mul02"], key=natural) == [
        "a",
        "mul",
        "mul02",
        "mul2",
        "mul10",
    ]
