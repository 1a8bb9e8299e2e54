"""The verbs on frames: what they put down, what joins and leaves, and what they refuse in which words."""

from __future__ import annotations

import pytest

from engine.document import commands
from engine.document.commands import Refused
from engine.document.files import Document, dumps
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.kinds import KINDS
from engine.document.loops import lifted
from engine.document.records import Edge, Frame, Node
from engine.run.evaluate import evaluate
from tests.run.graphs import written
from tests.run.test_unrolling import Program


@pytest.fixture
def graph() -> Graph:
    """x and y outside; a loop with carry1, mul1 = carry1·2 and repeat_while1; a fence beside it with a node in it."""
    return Graph(
        [
            Node("x", "tensor"),
            Node("y", "mul", position=(200, 0)),
            Node("carry1", "carry", frame="while1", position=(424, 50)),
            Node("mul1", "mul", frame="while1", position=(700, 50)),
            Node("repeat_while1", "repeat_while", frame="while1", position=(900, 50)),
            Node("backward1", "backward"),
            Node("kept", "relu", frame="no_grad1", position=(10, 510)),
        ],
        [
            Edge("x", "y", "input"),
            Edge("y", "carry1", "start"),
            Edge("carry1", "mul1", "input"),
            Edge("mul1", "carry1", "next"),
            Edge("carry1", "backward1", "tensor"),
        ],
        [Frame("while1", "while", rect=(400, 0, 800, 260)), Frame("no_grad1", "no_grad", rect=(0, 500, 300, 200))],
    )


def done(graph: Graph, command: commands.Command) -> str:
    """Do it, take it back, do it again: the sentence, of something that can be undone."""
    history = History(graph)
    before = dumps(Document.of(graph))
    history.do(command)
    after = dumps(Document.of(graph))
    history.undo()
    assert dumps(Document.of(graph)) == before
    history.redo()
    assert dumps(Document.of(graph)) == after
    return str(command.text)


def refused(graph: Graph, verb, *arguments, **keywords) -> str:
    before = dumps(Document.of(graph))
    with pytest.raises(Refused) as refusal:
        verb(graph, *arguments, **keywords)
    assert dumps(Document.of(graph)) == before
    return str(refusal.value.sentence)


def test_a_while_frame_comes_with_a_carry_and_a_repeat_while_as_one_step():
    graph = Graph()
    command = commands.add_frame(graph, "while", (100, 50))
    assert done(graph, command) == "Add a while loop"
    assert {(node.op, node.frame) for node in graph.nodes.values()} == {("carry", "while1"), ("repeat_while", "while1")}
    assert graph.frames["while1"].rect[:2] == (100, 50)
    assert command.select == ("while1",)
    x, y, width, height = graph.frames["while1"].rect
    for node in graph.nodes.values():
        assert x < node.position[0] < x + width - 200
        assert y < node.position[1] < y + height


@pytest.mark.parametrize(("kind", "text"), [("no_grad", "Add a no_grad region"), ("comment", "Add a comment")])
def test_other_frames_come_empty_and_can_stand_in_a_frame(graph, kind, text):
    assert done(graph, commands.add_frame(graph, kind, (0, 0), size=(90, 80), inside="while1")) == text
    frame = next(frame for frame in graph.frames.values() if frame.kind == kind and frame.frame == "while1")
    assert frame.rect == (0, 0, 90, 80)
    assert not graph.members(frame.id)


def test_every_kind_of_frame_can_be_put_down_and_an_unknown_one_cannot():
    for kind in KINDS:
        commands.add_frame(Graph(), kind, (0, 0))
    assert refused(Graph(), commands.add_frame, "spiral", (0, 0)) == "There is no kind of frame spiral."
    assert refused(Graph(), commands.add_frame, "while", (0, 0), inside="f") == "There is no frame f."
    assert refused(Graph(), commands.add_frame, "while", (1e300, 0)).startswith("Not possible: a position is finite")


def test_ids_of_new_nodes_and_frames_avoid_each_other():
    graph = Graph([Node("no_grad1", "ones")], frames=[Frame("mul1", "comment")])
    done(graph, commands.add_frame(graph, "no_grad", (0, 0)))
    done(graph, commands.add_node(graph, "mul", (0, 0)))
    assert "no_grad2" in graph.frames
    assert "mul2" in graph.nodes


@pytest.mark.parametrize(
    ("into", "text"),
    [
        ({"kept": "while1"}, "Move kept into while1"),
        ({"kept": None}, "Move kept out of no_grad1"),
        ({"x": "no_grad1", "y": "no_grad1"}, "Move 2 nodes into no_grad1"),
        ({"no_grad1": "while1"}, "Move no_grad1 into while1"),
        ({"x": "no_grad1", "kept": None}, "Move 2 nodes"),
    ],
)
def test_what_joins_a_frame_or_leaves_it_is_one_step_that_says_so(graph, into, text):
    assert done(graph, commands.move(graph, {}, into=into)) == text
    for id, frame in into.items():
        assert (graph.nodes.get(id) or graph.frames[id]).frame == frame


def test_out_of_an_inner_frame_into_the_one_around_it_is_out_of_it(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    assert done(graph, commands.move(graph, {}, into={"kept": "while1"})) == "Move kept out of no_grad1"


def test_a_frame_takes_along_what_is_in_it_unless_that_has_a_place_of_its_own(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    assert done(graph, commands.move(graph, {"while1": (500, 100), "mul1": (1, 2)})) == "Move mul1 and while1"
    assert graph.nodes["carry1"].position == (524, 150)
    assert graph.nodes["mul1"].position == (1, 2)
    assert graph.frames["no_grad1"].rect == (100, 600, 300, 200)
    assert graph.nodes["kept"].position == (110, 610)
    assert graph.nodes["x"].position == (0, 0)


def test_a_frame_moves_by_an_offset_and_may_change_its_parent(graph):
    assert done(graph, commands.move_frame(graph, "no_grad1", (5, 5))) == "Move no_grad1"
    assert done(graph, commands.move_frame(graph, "no_grad1", (5, 5), into="while1")) == "Move no_grad1 into while1"
    assert done(graph, commands.move_frame(graph, "no_grad1", (5, 5), into=None)) == "Move no_grad1 out of while1"
    assert graph.nodes["kept"].position == (25, 525)


@pytest.mark.parametrize(
    ("ids", "frame", "sentence"),
    [
        (["y"], "while1", "carry1 is set before the loop begins: its start cannot come from y, which runs inside it."),
        (["mul1"], None, "That would make a cycle: mul1 waits for the end of while1, and carry1 in it needs mul1."),
        (["carry1"], None, "carry1 belongs to a loop: drop it into a while frame."),
        (["repeat_while1"], "no_grad1", "repeat_while1 belongs to a loop: drop it into a while frame."),
        (["backward1"], "while1", "backward1 runs a pass when the program is done: it cannot stand inside a loop."),
        (["while1"], "while1", "while1 cannot stand inside itself."),
        (["x"], "nowhere", "There is no frame nowhere."),
        (["nobody"], "while1", "There is no node nobody."),
    ],
)
def test_a_join_that_cannot_be_says_why(graph, ids, frame, sentence):
    assert refused(graph, commands.move, {}, into=dict.fromkeys(ids, frame)) == sentence


def test_a_loop_has_one_repeat_while_and_a_frame_cannot_stand_in_what_it_holds(graph):
    done(graph, commands.add_frame(graph, "while", (0, 900)))
    second = "while1 has its repeat_while already: repeat_while1."
    assert refused(graph, commands.add_node, "repeat_while", (0, 0), inside="while1") == second
    assert refused(graph, commands.move, {}, into={"repeat_while2": "while1"}) == second
    done(graph, commands.move(graph, {}, into={"while2": "while1"}))
    assert refused(graph, commands.move_frame, "while1", (0, 0), into="while2") == "while1 cannot stand inside itself."
    assert refused(graph, commands.set_rect, "while2", (0, 0, 9, 9), ["while2"]) == "while2 cannot stand inside itself."


def test_both_repeat_whiles_may_change_places_in_one_step(graph):
    done(graph, commands.add_frame(graph, "while", (0, 900)))
    done(graph, commands.move(graph, {}, into={"repeat_while1": "while2", "repeat_while2": "while1"}))
    assert graph.nodes["repeat_while2"].frame == "while1"


@pytest.mark.parametrize("op", ["carry", "repeat_while"])
def test_what_belongs_to_a_loop_cannot_be_put_down_beside_one(graph, op):
    assert refused(graph, commands.add_node, op, (0, 0)) == f"{op}2 belongs to a loop: drop it into a while frame."
    assert "belongs to a loop" in refused(graph, commands.add_connected, op, (0, 0), source="x")
    assert "belongs to a loop" in refused(graph, commands.add_node, op, (0, 0), inside="no_grad1")


def test_a_new_node_stands_in_the_frame_it_is_dropped_into(graph):
    done(graph, commands.add_node(graph, "relu", (0, 0), inside="while1"))
    done(graph, commands.add_connected(graph, "carry", (0, 0), source="x", inside="while1"))
    assert graph.nodes["relu1"].frame == graph.nodes["carry2"].frame == "while1"
    assert graph.edges["carry2", "start"].source == "x"
    assert refused(graph, commands.add_node, "relu", (0, 0), inside="gone") == "There is no frame gone."


def test_a_new_node_between_a_loop_and_itself_must_stand_inside(graph):
    round_the_loop = {"source": "mul1", "target": "mul1", "target_port": "other"}
    assert "cycle" in refused(graph, commands.add_connected, "relu", (0, 0), **round_the_loop)
    back = {"source": "mul1", "target": "carry1", "target_port": "next"}
    assert "cycle" in refused(graph, commands.add_connected, "relu", (0, 0), **back)
    done(graph, commands.add_connected(graph, "relu", (0, 0), **back, inside="while1"))
    assert graph.edges["carry1", "next"].source == "relu1"


def test_resizing_takes_in_what_the_frame_covers(graph):
    assert done(graph, commands.set_rect(graph, "no_grad1", (0, 0, 900, 700), ["x", "while1"])) == "Resize no_grad1"
    assert graph.nodes["x"].frame == graph.frames["while1"].frame == "no_grad1"
    assert not commands.set_rect(graph, "no_grad1", (0, 0, 900, 700)).changes
    assert "negative size" in refused(graph, commands.set_rect, "no_grad1", (0, 0, -1, 5))
    assert "cannot stand inside a loop" in refused(graph, commands.set_rect, "while1", (0, 0, 9, 9), ["backward1"])


def test_a_frame_is_put_around_the_selection_inside_what_that_has_in_common(graph):
    text = done(graph, commands.wrap(graph, ["mul1", "carry1"], "no_grad", (400, 0, 500, 200)))
    assert text == "Put 2 nodes under no_grad"
    assert graph.frames["no_grad2"].frame == "while1"
    assert graph.nodes["mul1"].frame == graph.nodes["carry1"].frame == "no_grad2"
    assert (
        done(graph, commands.wrap(graph, ["kept", "no_grad1"], "comment", (0, 0, 9, 9)))
        == "Put no_grad1 into a comment"
    )
    assert graph.nodes["kept"].frame == "no_grad1"
    assert graph.frames["no_grad1"].frame == "comment1"


def test_a_loop_around_the_selection_brings_a_carry_and_a_repeat_while_at_its_sides(graph):
    text = done(graph, commands.wrap(graph, ["kept"], "while", (0, 500, 300, 200)))
    assert text == "Put kept into a while loop"
    frame = graph.frames["while2"]
    assert frame.frame == "no_grad1"
    new = [graph.nodes[id] for id in ("carry2", "repeat_while2")]
    assert new[0].position[0] < graph.nodes["kept"].position[0] < new[1].position[0]
    for node in new:
        assert frame.rect[0] < node.position[0] < frame.rect[0] + frame.rect[2]


def test_a_loop_around_what_has_a_carry_and_a_repeat_while_brings_no_others(graph):
    done(graph, commands.wrap(graph, ["carry1", "repeat_while1", "mul1"], "comment", (400, 0, 700, 200)))
    done(graph, commands.wrap(graph, ["comment1"], "while", (400, 0, 700, 200)))
    assert [id for id, node in graph.nodes.items() if node.op in ("carry", "repeat_while")] == [
        "carry1",
        "repeat_while1",
    ]
    assert graph.frames["while2"].rect == (400, 0, 700, 200)
    done(graph, commands.wrap(graph, ["while1"], "while", (300, -50, 900, 300)))
    assert graph.members("while3") == {"while1", "carry2", "repeat_while2"}


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ([], "Nothing is selected to put into a frame."),
        (["x", "backward1"], "backward1 runs a pass when the program is done: it cannot stand inside a loop."),
        (
            ["y", "backward1", "x"],
            "backward1 runs a pass when the program is done: it cannot stand inside a loop.",
        ),
        (["nobody"], "There is no node nobody."),
    ],
)
def test_what_cannot_stand_in_a_loop_is_not_wrapped_in_one(graph, ids, sentence):
    assert refused(graph, commands.wrap, ids, "while", (0, 0, 9, 9)) == sentence


def test_a_wrap_that_leaves_out_the_middle_of_a_way_would_make_a_cycle(graph):
    done(graph, commands.add_connected(graph, "relu", (0, 0), source="y", inside=None))
    sentence = "That would make a cycle: y waits for the end of while2, and relu1 in it needs y."
    assert refused(graph, commands.wrap, ["x", "relu1"], "while", (0, 0, 9, 9)) == sentence


def test_a_dissolved_loop_leaves_one_turn_and_takes_along_what_only_loops_have(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    command = commands.dissolve(graph, "while1")
    assert done(graph, command) == "Dissolve while1"
    assert set(graph.nodes) == {"x", "y", "mul1", "backward1", "kept"}
    assert graph.nodes["mul1"].frame is None
    assert graph.frames["no_grad1"].frame is None
    wires = {key: edge.source for key, edge in graph.edges.items()}
    assert wires == {("y", "input"): "x", ("mul1", "input"): "y", ("backward1", "tensor"): "mul1"}
    assert command.select == ("mul1", "no_grad1")


def test_a_dissolved_loop_comes_to_what_it_comes_to_in_one_turn():
    """Carries that take each other's values, one that starts with a number, and a loop inside that feeds one."""
    program = Program()
    program.leaf("x", [2.0, 3.0])
    program.frame("outer")
    program.counted("outer", 1)
    program.add("a", "carry", "outer", start="x", next="b")
    program.add("b", "carry", "outer", start=5)
    program.frame("inner", inside="outer")
    program.counted("inner", 1)
    program.add("z", "carry", "inner", start="a")
    program.add("zz", "mul", "inner", input="z", other="b")
    program.set("z", next="zz")
    program.set("b", next="z")
    program.add("most", "relu", "inner", input="b")
    program.add("c", "neg", input="a")
    program.add("d", "sub", input="b", other="outer_count")
    program.add("total", "sum", input="d")
    program.add("end", "backward", tensor="total")
    looped = {}
    for frames in ([], ["inner"], ["outer"], ["inner", "outer"], ["outer", "inner"]):
        graph = program.graph()
        for frame in frames:
            assert done(graph, commands.dissolve(graph, frame)) == f"Dissolve {frame}"
        run = evaluate(graph.snapshot())
        assert written(run)
        came = {id: run.tensor(id).tolist() for id in ("zz", "most", "c", "d", "total")}
        came["x.grad"] = run.tensor("x").grad.tolist()
        looped = looped or came
        assert came == looped, frames
    assert looped["d"] == [9.0, 14.0]


def test_without_a_start_the_readers_of_a_dissolved_carry_read_nothing(graph):
    done(graph, commands.disconnect(graph, "carry1", "start"))
    done(graph, commands.disconnect(graph, "carry1", "next"))
    done(graph, commands.dissolve(graph, "while1"))
    assert set(graph.edges) == {("y", "input")}


def test_what_stands_in_a_dissolved_frame_comes_to_stand_in_the_one_around(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    done(graph, commands.dissolve(graph, "no_grad1"))
    assert graph.nodes["kept"].frame == "while1"
    assert refused(graph, commands.dissolve, "no_grad1") == "There is no frame no_grad1."


def test_a_deleted_frame_goes_with_all_that_stands_in_it(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    assert done(graph, commands.delete(graph, ["x", "mul1"], (), ["while1"])) == "Delete x and while1"
    assert set(graph.nodes) == {"y", "backward1"}
    assert not graph.frames
    assert not graph.edges


def test_a_frame_has_a_title_that_sentences_call_it_by(graph):
    assert done(graph, commands.rename_frame(graph, "while1", "until big")) == "Rename while1 to until big"
    assert done(graph, commands.move(graph, {}, into={"kept": "while1"})) == "Move kept into until big"
    assert done(graph, commands.rename_frame(graph, "while1", "")) == "Remove the title of until big"
    assert not commands.rename_frame(graph, "while1", "").changes


def test_a_frame_is_copied_with_what_is_in_it_and_pasted_where_one_likes(graph):
    clip = commands.copy(graph, ["while1"])
    command = commands.paste(graph, clip, (0, 2000), "no_grad1")
    assert done(graph, command) == "Paste while"
    assert command.select == ("while2",)
    assert graph.frames["while2"].frame == "no_grad1"
    assert graph.members("while2") == {"carry2", "mul2", "repeat_while2"}
    back = [edge for edge in graph.edges.values() if lifted(edge, graph.nodes, graph.frames) is None]
    assert [edge.target for edge in back] == ["carry1", "carry2"]
    (x, y, *_), carry = graph.frames["while1"].rect, graph.nodes["carry1"].position
    (u, v, *_), copied = graph.frames["while2"].rect, graph.nodes["carry2"].position
    assert (copied[0] - u, copied[1] - v) == (carry[0] - x, carry[1] - y)


def test_a_carry_copied_without_its_loop_has_no_way_back_and_needs_a_loop_to_stand_in(graph):
    clip = commands.copy(graph, ["carry1", "mul1"])
    sentence = "carry2 belongs to a loop: drop it into a while frame."
    assert refused(graph, commands.paste, clip, (0, 0)) == sentence
    done(graph, commands.paste(graph, clip, (0, 0), "while1"))
    assert ("mul2", "input") in graph.edges
    assert ("carry2", "next") not in graph.edges
    assert graph.nodes["carry2"].frame == "while1"


def test_a_duplicate_stands_in_the_same_frames(graph):
    done(graph, commands.move(graph, {}, into={"no_grad1": "while1"}))
    command = commands.duplicate(graph, ["no_grad1", "mul1", "kept"])
    assert done(graph, command) == "Duplicate mul and no_grad"
    assert graph.frames["no_grad2"].frame == graph.nodes["mul2"].frame == "while1"
    assert graph.members("no_grad2") == {"relu1"}
    assert set(command.select or ()) == {"no_grad2", "mul2"}
    second = "while1 has its repeat_while already: repeat_while1."
    assert refused(graph, commands.duplicate, ["repeat_while1"]) == second


def test_an_empty_frame_can_be_copied_and_one_of_a_damaged_clip_is_refused(graph):
    done(graph, commands.add_frame(graph, "comment", (0, 0)))
    clip = commands.copy(graph, ["comment1"])
    done(graph, commands.paste(graph, clip, (0, 0)))
    assert "comment2" in graph.frames
    damaged = clip.replace('"frame": null', '"frame": "comment1"')
    assert refused(graph, commands.paste, damaged, (0, 0)).startswith("The clipboard is damaged: ")
    odd = clip.replace('"kind": "comment"', '"kind": 7')
    assert refused(graph, commands.paste, odd, (0, 0)) == (
        "The clipboard is damaged: frames[0].kind: expected text, got 7."
    )
