"""The verbs: pure functions from a graph to a Command, or a refusal in words."""

from __future__ import annotations

import json

import pytest

from engine.document.catalogue import OPS
from engine.document.commands import (
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
from engine.document.files import Document, dumps, loads
from engine.document.graph import Graph
from engine.document.records import Edge, Frame, Node


@pytest.fixture
def graph() -> Graph:
    """y = x + 2; mul1 = y times y; out = sum(mul1), backward from it."""
    return Graph(
        [
            Node("x", "ones", {"size": [2, 2]}, (0, 0), title="x"),
            Node("y", "add", {"other": 2}, (284, 0), title="y"),
            Node("mul1", "mul", {}, (568, 0)),
            Node("sum1", "sum", {}, (852, 0), title="out"),
            Node("backward1", "backward", {}, (1136, 0)),
        ],
        [
            Edge("x", "y", "input"),
            Edge("y", "mul1", "input"),
            Edge("y", "mul1", "other"),
            Edge("mul1", "sum1", "input"),
            Edge("sum1", "backward1", "tensor"),
        ],
    )


def done(graph, command):
    graph.apply(*command.changes)
    return graph


def test_no_verb_changes_the_graph(graph):
    before = graph.snapshot()
    add_node(graph, "ones", (0, 0))
    connect(graph, "x", "mul1", "input")
    delete(graph, ["x"])
    move(graph, {"x": (9, 9)})
    set_params(graph, "x", {"size": [3]})
    duplicate(graph, ["x"])
    assert graph.snapshot() is before


def test_add_gives_an_id_from_the_op_and_selects_it(graph):
    command = add_node(graph, "mul", (10, 20))
    assert (command.text, command.select) == ("Add mul", ("mul2",))
    node = done(graph, command).nodes["mul2"]
    assert (node.op, node.position, node.params, node.title) == ("mul", (10.0, 20.0), {}, "")


@pytest.mark.parametrize(
    ("op", "params"),
    [
        ("ones", {"size": [2, 2]}),
        ("tensor", {"data": [1.0, 2.0, 3.0]}),
        ("randn", {"size": [2, 2], "seed": 0}),
        ("reshape", {"shape": [-1]}),
        ("mean", {}),
    ],
)
def test_a_new_node_spells_out_what_the_learner_changes_first(graph, op, params):
    command = add_node(graph, op, (0, 0))
    assert command.changes[0].after.params == params


def test_every_op_can_be_added_saved_and_opened():
    graph = Graph(frames=[Frame("f", "while")])
    for name, op in OPS.items():
        done(graph, add_node(graph, name, (0, 0), inside="f" if op.control else None))
    saved = dumps(Document.of(graph))
    assert dumps(loads(saved)) == saved
    assert len(graph.nodes) == len(OPS)


def test_params_of_a_new_node_can_be_given(graph):
    command = add_node(graph, "full", (0, 0), params={"size": (3,), "fill_value": float("inf")}, title="c", id="c")
    assert command.text == "Add c"
    assert command.changes[0].after == Node("c", "full", {"size": [3], "fill_value": "inf"}, title="c")


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("warp", (0, 0)), {}, "There is no op warp."),
        (("ones", (float("inf"), 0)), {}, "Not possible: a position is finite and within 1e+09."),
        (("ones", (0, 0)), {"id": "x"}, "There is already a node x."),
        (("ones", (0, 0)), {"id": ""}, "Not possible: an id cannot be empty."),
        (("ones", (0, 0)), {"title": "a" * 1001}, "Not possible: a title has at most 1000 characters."),
        (("ones", (0, 0)), {"params": {"size": "2"}}, 'ones.size: expected a list of integers, got "2".'),
        (
            ("tensor", (0, 0)),
            {"params": {"data": [[1], [2, 3]]}},
            "tensor.data[1]: expected 1 items as in the row before, got 2.",
        ),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(graph, arguments, options, sentence):
    with pytest.raises(Refused) as refused:
        add_node(graph, *arguments, **options)
    assert str(refused.value) == sentence


def test_connect_replaces_the_wire_in_a_port(graph):
    command = connect(graph, "x", "mul1", "other")
    assert command.text == "Connect x to mul1.other"
    done(graph, command)
    assert graph.inputs("mul1")["other"].source == "x"
    assert len(graph.inputs("mul1")) == 2


def test_a_wire_that_is_there_already_needs_no_change(graph):
    assert connect(graph, "x", "y", "input").changes == ()


def test_connect_keeps_the_inline_number_and_cutting_brings_it_back(graph):
    done(graph, connect(graph, "x", "y", "other"))
    assert graph.nodes["y"].params == {"other": 2}
    command = disconnect(graph, "y", "other")
    assert command.text == "Disconnect x from y.other"
    assert list(done(graph, command).inputs("y")) == ["input"]


def test_refusals_of_connect_are_the_graphs(graph):
    with pytest.raises(Refused, match=r"^That would make a cycle: out already depends on y\.$"):
        connect(graph, "sum1", "y", "other")
    with pytest.raises(Refused, match=r"^Nothing is connected to y\.other\.$"):
        disconnect(graph, "y", "other")


def test_a_wire_dropped_in_empty_space_adds_a_node_and_its_wire(graph):
    command = add_connected(graph, "relu", (0, 99), source="mul1")
    assert command.text == "Add relu"
    done(graph, command)
    assert graph.inputs("relu1")["input"].source == "mul1"


def test_a_wire_dragged_from_an_input_adds_its_source(graph):
    done(graph, add_connected(graph, "ones", (0, 99), target="backward1", target_port="gradient"))
    assert graph.inputs("backward1")["gradient"].source == "ones1"


def test_a_node_can_be_put_into_a_wire(graph):
    done(graph, add_connected(graph, "relu", (0, 0), source="x", target="y", target_port="input"))
    assert graph.order()[:3] == ["x", "relu1", "y"]
    assert len(graph.edges) == 6


def test_a_new_node_between_two_cannot_close_a_cycle(graph):
    before = graph.snapshot()
    with pytest.raises(Refused, match="cycle"):
        add_connected(graph, "relu", (0, 0), source="sum1", target="y", target_port="other")
    with pytest.raises(Refused, match="ones has no inputs"):
        add_connected(graph, "ones", (0, 0), source="x")
    assert graph.snapshot() is before


def test_delete_takes_the_wires_along(graph):
    command = delete(graph, ["y", "mul1"])
    assert (command.text, command.select) == ("Delete 2 nodes", ())
    done(graph, command)
    assert set(graph.edges) == {("backward1", "tensor")}


def test_delete_of_a_node_and_of_a_wire_elsewhere(graph):
    command = delete(graph, ["x"], [("y", "input"), ("backward1", "tensor")])
    assert command.text == "Delete x and 1 wire"
    assert len(done(graph, command).edges) == 3
    with pytest.raises(Refused, match=r"^Nothing is selected to delete\.$"):
        delete(graph, [])
    with pytest.raises(Refused, match=r"^There is no node x\.$"):
        delete(graph, ["x"])


def test_move_says_what_moved_and_leaves_out_what_did_not(graph):
    command = move(graph, {"x": (0, 0), "y": (1, 1)})
    assert command.text == "Move y"
    assert len(command.changes) == 1
    assert command.merge is None
    assert move(graph, {"x": (1, 1), "y": (1, 1), "mul1": (1, 1)}).text == "Move 3 nodes"
    assert move(graph, {"x": (0, 0)}).changes == ()
    with pytest.raises(Refused, match="position"):
        move(graph, {"x": (float("nan"), 0)})


def test_set_params_sets_params_and_inline_numbers(graph):
    command = set_params(graph, "x", {"size": (3, 1), "requires_grad": True})
    assert command.text == "Set x.size, x.requires_grad"
    done(graph, command)
    assert graph.nodes["x"].params == {"size": [3, 1], "requires_grad": True}
    done(graph, set_params(graph, "y", {"other": float("-inf")}))
    assert graph.nodes["y"].params == {"other": "-inf"}
    done(graph, set_params(graph, "y", {"other": None}))
    assert graph.nodes["y"].params == {}


def test_one_and_one_point_nought_are_different_edits(graph):
    assert set_params(graph, "y", {"other": 2}).changes == ()
    assert set_params(graph, "y", {"other": 2.0}).changes
    done(graph, set_params(graph, "y", {"other": 0.0}))
    assert set_params(graph, "y", {"other": -0.0}).changes


@pytest.mark.parametrize(
    ("id", "params", "sentence"),
    [
        ("x", {"size": [2, "a"]}, 'x.size[1]: expected an integer, got "a".'),
        ("x", {"size": [2, True]}, "x.size[1]: expected an integer, got true."),
        ("x", {"size": [-1]}, "x.size[0]: a size cannot be negative, got -1."),
        ("x", {"size": [5000, 5000]}, "x.size: more than 16777216 elements."),
        ("x", {"requires_grad": 1}, "x.requires_grad: expected true or false, got 1."),
        (
            "x",
            {"dtype": "float16"},
            'x.dtype: expected one of float32, float64, int64, int32, bool, got "float16".',
        ),
        ("x", {"colour": "red"}, "x.colour: ones has no param colour."),
        ("y", {"other": "two"}, 'y.other: expected a number, got "two".'),
        ("y", {"other": True}, "y.other: expected a number, got true."),
        ("sum1", {"dim": "a"}, 'out.dim: expected an integer or a list of integers, got "a".'),
        ("sum1", {"keepdim": "yes"}, 'out.keepdim: expected true or false, got "yes".'),
        ("gone", {"dim": 1}, "There is no node gone."),
    ],
)
def test_params_that_do_not_fit_the_declaration_are_refused(graph, id, params, sentence):
    with pytest.raises(Refused) as refused:
        set_params(graph, id, params)
    assert str(refused.value) == sentence


def test_params_do_not_share_the_lists_they_were_given(graph):
    data = [1.0, 2.0]
    done(graph, add_node(graph, "tensor", (0, 0), params={"data": data}, id="t"))
    data.append(3.0)
    assert graph.nodes["t"].params["data"] == [1.0, 2.0]


def test_params_of_an_unknown_op_are_left_alone():
    graph = Graph([Node("w", "warp", {"speed": 9})])
    with pytest.raises(Refused, match=r"^w is an unknown op \(warp\)"):
        set_params(graph, "w", {"speed": 1})


def test_rename(graph):
    assert rename(graph, "x", "seven").text == "Rename x to seven"
    assert rename(graph, "x", "").text == "Remove the title of x"
    assert rename(graph, "x", "x").changes == ()
    with pytest.raises(Refused, match="surrogate"):
        rename(graph, "x", "\ud800")


def test_copied_nodes_are_pasted_round_the_point_with_new_ids_and_old_titles(graph):
    text = copy(graph, ["y", "mul1"])
    command = paste(graph, text, (1000, 500))
    assert (command.text, command.select) == ("Paste 2 nodes", ("mul2", "add1"))
    done(graph, command)
    y, mul = graph.nodes["add1"], graph.nodes["mul2"]
    assert (y.position, mul.position) == ((858, 500), (1142, 500))
    assert (y.title, y.params) == ("y", {"other": 2})
    assert graph.consumers("add1") == [Edge("add1", "mul2", "input"), Edge("add1", "mul2", "other")]
    assert graph.inputs("add1") == {}


def test_a_clip_is_versioned_json_that_survives_another_window(graph):
    text = copy(graph, graph.nodes)
    assert json.loads(text)["format"] == "autograd-canvas-clip"
    other = Graph()
    done(other, paste(other, text, (0, 0)))
    assert (len(other.nodes), len(other.edges)) == (5, 5)
    assert copy(other, other.nodes) == copy(done(Graph(), paste(Graph(), text, (7, 7))), other.nodes)


def test_a_node_copied_out_of_a_frame_stands_in_none():
    graph = Graph([Node("a", "ones", frame="f")], frames=[Frame("f", "comment")])
    done(graph, paste(graph, copy(graph, ["a"]), (0, 0)))
    assert graph.nodes["ones1"].frame is None


def clip(**fields):
    return json.dumps({"format": "autograd-canvas-clip", "version": 1, "nodes": [], "edges": [], **fields})


NODE = {"id": "a", "op": "relu", "position": [0, 0]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The clipboard holds no nodes."),
        ("hello", "The clipboard holds no nodes."),
        ("[]", "The clipboard holds no nodes."),
        ("{", "The clipboard holds no nodes."),
        ("[" * 100_000, "The clipboard holds no nodes."),
        ("\ud800", "The clipboard holds no nodes."),
        (clip(), "The clipboard holds no nodes."),
        (clip(format="other"), "The clipboard holds no nodes."),
        (clip(version=2), "The clipboard is of version 2; this program reads up to version 1."),
        (clip(nodes=5), "The clipboard is damaged: nodes: expected a list."),
        (
            clip(nodes=[{**NODE, "position": 5}]),
            "The clipboard is damaged: nodes[0].position: expected a list, got 5.",
        ),
        (clip(nodes=[NODE, NODE]), "The clipboard is damaged: node a: another record stands there."),
        (
            clip(nodes=[NODE], edges=[{"from": "a", "to": "b", "port": "input"}]),
            "The clipboard is damaged: edge b input: there is no node b.",
        ),
    ],
)
def test_other_text_is_refused_in_one_sentence(graph, text, sentence):
    with pytest.raises(Refused) as refused:
        paste(graph, text, (0, 0))
    assert str(refused.value) == sentence


def test_duplicate_keeps_the_wires_between(graph):
    command = duplicate(graph, ["x", "y"], (10, 20))
    assert command.text == "Duplicate 2 nodes"
    done(graph, command)
    assert graph.nodes["ones1"].position == (10, 20)
    assert graph.inputs("add1") == {"input": Edge("ones1", "add1", "input")}
    with pytest.raises(Refused):
        duplicate(graph, [])
    with pytest.raises(Refused):
        copy(graph, [])
