"""Graph to code: what is written is what one would have typed, and does what the document does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.convert.reading import Reading
from engine.convert.script import torch_script
from engine.document.commands import add_node, connect, delete
from engine.document.graph import Graph
from engine.document.records import Change, Node
from engine.run.evaluate import Run
from tests.convert.code import agree, execute
from tests.run import drawing, looping
from tests.run.graphs import NAMES, Written, example, graph_of, leaf, run_of
from tests.run.test_unrolling import Program

COUNTING: Written = {
    "n": ("carry", {"start": 0, "next": "more"}),
    "more": ("add", {"input": "n", "other": 1}),
    "few": ("lt", {"input": "n", "other": 3}),
    "again": ("repeat_while", {"condition": "few"}),
}


def code(nodes: Written | Graph, frames: Mapping[str, tuple[str, str]] | None = None) -> str:
    """The lines of a document after the import; the document does the same."""
    graph = nodes if isinstance(nodes, Graph) else graph_of(nodes, frames)
    _, made = agree(graph)
    return made.text.removeprefix("import torch\n\n")


# The same as the document -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_every_example_does_what_the_example_does(name: str) -> None:
    agree(example(name))


@given(drawing.graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_the_code_of_a_graph_does_what_the_graph_does(graph: Graph, data: st.DataObject) -> None:
    check(graph, data)


@given(looping.programs(), st.data())
@settings(max_examples=150, deadline=None)
def test_the_code_of_a_program_with_loops_does_what_the_program_does(graph: Graph, data: st.DataObject) -> None:
    check(graph, data)


def check(graph: Graph, data: st.DataObject) -> None:
    """Without the nodes that raise, where a program would end, and with a pass from somewhere."""
    run = run_of(graph)
    while failed := [id for id, result in run.results.items() if result.error]:
        graph.apply(*delete(graph, failed).changes)
        run = run_of(graph)
    left_out = Reading.of(graph.snapshot()).left_out
    assert left_out.keys() >= {id for (id, _), ran in run.loops.items() if ran.tried}
    assume(all((ran.ended and not ran.failed) or ran.tried for ran in run.loops.values()))
    assume(all(result.tensor is not None or id in left_out for id, result in valued(run)))
    roots = [id for id, result in valued(run) if id not in left_out and result.tensor.requires_grad]
    if roots:
        graph.apply(*add_node(graph, "ones_like", (0, 0), id="v").changes)
        graph.apply(*add_node(graph, "backward", (0, 0), id="end").changes)
        root = data.draw(st.sampled_from(roots))
        for source, target, port in ((root, "v", "input"), ("v", "end", "gradient"), (root, "end", "tensor")):
            graph.apply(*connect(graph, source, target, port).changes)
    agree(graph)


def valued(run: Run):
    nodes = run.snapshot.nodes
    return [(id, result) for id, result in run.results.items() if nodes[id].op not in ("backward", "repeat_while")]


# As one would type it -----------------------------------------------------------------------------------------------


def test_the_tutorial_is_the_tutorial() -> None:
    assert code(example("blitz_mean")).splitlines() == [
        "x = torch.ones(2, 2, requires_grad=True)",
        "y = x + 2",
        "mul1 = y * y",
        "z = mul1 * 3",
        "out = z.mean()",
        "out.backward()",
    ]


def test_the_loop_of_the_tutorial_is_the_loop_of_the_tutorial() -> None:
    assert code(example("blitz_while")).splitlines() == [
        "torch.manual_seed(0)",
        "x = torch.randn(3, requires_grad=True)",
        "y = x * 2",
        "while y.data.norm() < 1000:",
        "    y = y * 2",
        "v = torch.tensor([0.1, 1.0, 0.0001])",
        "y.backward(v)",
    ]


def test_a_leaf_is_written_where_it_is_first_read() -> None:
    nodes: Written = {
        "a": leaf(2.0),
        "b": leaf(3.0),
        "c": leaf(4.0),
        "p": ("exp", {"input": "b"}),
        "q": ("mul", {"input": "p", "other": "a"}),
        "r": ("add", {"input": "q", "other": "b"}),
        "s": ("mul", {"input": "q", "other": "c"}),
    }
    assert code(nodes, {"fence": ("no_grad", "q s")}).splitlines() == [
        "b = torch.tensor(3.0, requires_grad=True)",
        "p = torch.exp(b)",
        "a = torch.tensor(2.0, requires_grad=True)",
        "c = torch.tensor(4.0, requires_grad=True)",
        "with torch.no_grad():",
        "    q = p * a",
        "    s = q * c",
        "r = q + b",
    ]


def test_what_hangs_together_is_written_together() -> None:
    nodes: Written = {
        "a": leaf(2.0),
        "b": leaf(3.0),
        "c": ("exp", {"input": "a"}),
        "d": ("exp", {"input": "b"}),
        "e": ("backward", {"tensor": "c"}),
        "f": ("backward", {"tensor": "d"}),
    }
    assert code(nodes).splitlines() == [
        "a = torch.tensor(2.0, requires_grad=True)",
        "c = torch.exp(a)",
        "b = torch.tensor(3.0, requires_grad=True)",
        "d = torch.exp(b)",
        "c.backward()",
        "d.backward()",
    ]


def test_what_the_condition_shares_with_the_body_is_computed_before_it() -> None:
    assert code(example("newton_sqrt")).splitlines() == [
        "a = torch.tensor(2.0, requires_grad=True)",
        "x = torch.tensor(1.0)",
        "while True:",
        "    square1 = torch.square(x)",
        "    e = square1 - a",
        "    if not torch.abs(e) > 1e-06:",
        "        break",
        "    mul1 = x * 2",
        "    div1 = e / mul1",
        "    x = x - div1",
        "x.backward()",
    ]


def test_several_carries_take_their_next_values_all_at_once() -> None:
    swap: Written = {
        "a": ("carry", {"start": "x", "next": "b"}),
        "b": ("carry", {"start": 1, "next": "a"}),
        "x": leaf(2.0),
    }
    assert code({**swap, **COUNTING}, {"while1": ("while", "a b n more few again")}).splitlines() == [
        "x = torch.tensor(2.0, requires_grad=True)",
        "a = x",
        "b = torch.tensor(1)",
        "n = torch.tensor(0)",
        "while n < 3:",
        "    a, b, n = b, a, n + 1",
    ]


def test_a_leaf_of_a_loop_parts_no_next_values() -> None:
    nodes: Written = {
        **COUNTING,
        "a": ("carry", {"start": "x", "next": "mul1"}),
        "b": ("carry", {"start": "x", "next": "sub1"}),
        "x": leaf(2.0),
        "c": leaf(3.0),
        "mul1": ("mul", {"input": "a", "other": "x"}),
        "sub1": ("sub", {"input": "b", "other": "c"}),
    }
    assert code(nodes, {"while1": ("while", "a b c mul1 sub1 n more few again")}).splitlines() == [
        "x = torch.tensor(2.0, requires_grad=True)",
        "a = x",
        "b = x",
        "n = torch.tensor(0)",
        "while n < 3:",
        "    c = torch.tensor(3.0, requires_grad=True)",
        "    n, a, b = n + 1, a * x, b - c",
    ]


def test_a_loop_in_a_loop_is_a_block_in_a_block() -> None:
    inner: Written = {
        "y": ("carry", {"start": "z", "next": "twice"}),
        "twice": ("mul", {"input": "y", "other": "x"}),
        "small": ("lt", {"input": "y", "other": 10}),
        "on": ("repeat_while", {"condition": "small"}),
        "z": ("carry", {"start": 1.0, "next": "less"}),
        "less": ("sub", {"input": "y", "other": 5}),
        "x": leaf(2.0),
        "end": ("backward", {"tensor": "z"}),
    }
    frames = {"inner": ("while", "y twice small on"), "outer": ("while", "inner z less n more few again")}
    assert code({**inner, **COUNTING}, frames).splitlines() == [
        "x = torch.tensor(2.0, requires_grad=True)",
        "n = torch.tensor(0)",
        "z = torch.tensor(1.0)",
        "while n < 3:",
        "    y = z",
        "    while y < 10:",
        "        y = y * x",
        "    n, z = n + 1, y - 5",
        "z.backward()",
    ]


def test_what_stands_in_a_no_grad_frame_is_one_block_where_the_order_allows() -> None:
    nodes: Written = {
        "a": leaf(2.0),
        "b": ("exp", {"input": "a"}),
        "c": ("exp", {"input": "a"}),
        "d": ("mul", {"input": "b", "other": "c"}),
        "e": ("exp", {"input": "a"}),
    }
    assert code(nodes, {"fence": ("no_grad", "c e")}).splitlines() == [
        "a = torch.tensor(2.0, requires_grad=True)",
        "b = torch.exp(a)",
        "with torch.no_grad():",
        "    c = torch.exp(a)",
        "    e = torch.exp(a)",
        "d = b * c",
    ]


def test_a_loop_under_no_grad_and_no_grad_in_a_loop() -> None:
    around = {"loop": ("while", "n more few again"), "fence": ("no_grad", "loop")}
    assert code(COUNTING, around).splitlines() == [
        "with torch.no_grad():",
        "    n = torch.tensor(0)",
        "    while n < 3:",
        "        n = n + 1",
    ]
    inside = {"fence": ("no_grad", "more"), "loop": ("while", "n fence few again")}
    assert code(COUNTING, inside).splitlines() == [
        "n = torch.tensor(0)",
        "while n < 3:",
        "    with torch.no_grad():",
        "        more = n + 1",
        "    n = more",
    ]


def test_random_numbers_without_a_seed_are_others_in_every_run() -> None:
    nodes: Written = {"a": ("rand", {"size": [2], "seed": 3}), "b": ("rand", {"size": [2]})}
    lines = torch_script(graph_of(nodes).snapshot())
    assert lines.splitlines()[2:] == [
        "torch.manual_seed(3)",
        "a = torch.rand(2)",
        "torch.seed()",
        "b = torch.rand(2)",
    ]
    first, again = (execute(lines)[0] for _ in range(2))
    assert first["a"].tolist() == again["a"].tolist()
    assert first["b"].tolist() != again["b"].tolist()


# What cannot run ----------------------------------------------------------------------------------------------------


def test_what_cannot_run_is_left_out_with_a_reason() -> None:
    nodes: Written = {
        "x": leaf(2.0),
        "y": ("mul", {"input": "x"}),
        "z": ("exp", {"input": "y"}),
        "what": ("some_op", {}),
        "end": ("backward", {}),
    }
    assert code(nodes).splitlines() == [
        "# what: unknown op: some_op",
        "x = torch.tensor(2.0, requires_grad=True)",
        "# y: needs other",
        "# z: waits for y",
        "# end: needs tensor",
    ]


@pytest.mark.parametrize(
    ("without", "reason"),
    [
        ({"again"}, "needs a repeat_while"),
        ({"n", "more", "few"}, "needs a carry"),
        ({"few"}, "again needs condition"),
        ({"more"}, "n needs next"),
    ],
)
def test_a_loop_that_is_not_whole_is_left_out_with_what_reads_it(without: set[str], reason: str) -> None:
    nodes = {id: made for id, made in COUNTING.items() if id not in without}
    nodes = {
        id: (op, {name: value for name, value in values.items() if value not in without})
        for id, (op, values) in nodes.items()
    }
    after = {"after": ("exp", {"input": "n"})} if "n" in nodes else {}
    lines = code({**nodes, **after}, {"while1": ("while", " ".join(nodes))}).splitlines()
    assert lines == [f"# while1: {reason}", *(["# after: waits for n"] if after else [])]


def test_a_cap_of_ones_own_is_a_comment_for_torch_knows_none() -> None:
    capped = {**COUNTING, "again": ("repeat_while", {"condition": "few", "most": 2000})}
    lines = code(capped, {"while1": ("while", " ".join(capped))}).splitlines()
    assert lines[1] == "while n < 3:  # at most 2,000 turns on the canvas"
    usual = {**COUNTING, "again": ("repeat_while", {"condition": "few", "most": 10_000})}
    assert "#" not in code(usual, {"while1": ("while", " ".join(usual))})


def test_a_second_repeat_while_is_left_out_with_a_reason() -> None:
    twice = {**COUNTING, "too": ("repeat_while", {"condition": "few"})}
    lines = code(twice, {"while1": ("while", " ".join(twice))}).splitlines()
    assert lines[:2] == ["n = torch.tensor(0)", "# too: while1 has its repeat_while already: again"]


@pytest.mark.parametrize(("kind", "deepest"), [("comment", 20), ("no_grad", 19)])
def test_what_stands_deeper_than_python_allows_is_left_out_with_a_reason(kind: str, deepest: int) -> None:
    program = Program()
    around = program.frame("fence", kind)
    for level in range(1, 23):
        around = program.frame(f"w{level}", inside=around)
        program.counted(around, 1)
    graph = program.graph()
    text = torch_script(graph.snapshot())
    assert text.count("while ") == deepest
    assert f"# w{deepest + 1}: blocks stand in each other 20 deep at most in Python" in text
    agree(graph)


CODE = "x\nraise SystemExit\rraise SystemExit\x0c\nraise SystemExit\u2028raise SystemExit\0\"\"\"\n'''raise SystemExit"


def test_titles_of_several_lines_stay_in_their_comments_and_nothing_in_them_runs() -> None:
    program = Program()
    program.frame("while1")
    program.frame("while2")
    program.counted("while1", 3)
    program.counted("while2", 3)
    program.add("y", "carry", "while1", start=1.0)  # needs next: the loop is left out
    program.add("too", "repeat_while", "while2", condition="while2_more")
    program.add("after", "exp", input="y")
    program.add("open", "mul", input="after")
    program.add("end", "backward")
    program.add("strange", "some_op")
    program.leaf("x", 1.0)
    graph = program.graph()
    for record in [*graph.nodes.values(), *graph.frames.values()]:
        graph.apply(Change(record, replace(record, title=CODE)))
    text = torch_script(graph.snapshot())
    assert len(text.splitlines()) == len(torch_script(program.graph().snapshot()).splitlines())
    assert all(line.lstrip().startswith("#") for line in text.splitlines() if "raise" in line)
    assert "raise" in text
    assert execute(text)[1] == ""


# Names --------------------------------------------------------------------------------------------------------------


def test_a_variable_is_called_as_its_node_if_python_allows_it() -> None:
    titles = {"a": "y", "b": "y", "c": "for", "d": "two words", "e": "θ", "torch": "", "1st": "", "mul-1": "torch"}
    nodes = [Node(id, "tensor", {"data": 1.0}, title=title) for id, title in titles.items()]
    _, made = agree(Graph(nodes))
    assert made.variables == {
        "a": "y",
        "b": "y_2",
        "c": "c",
        "d": "d",
        "e": "θ",
        "torch": "torch_3",
        "1st": "node_1st",
        "mul-1": "torch_2",
    }


def test_the_turns_of_an_unrolled_loop_have_names_that_can_be_typed() -> None:
    titles = ["x·0", "x·1", "x·1", "x_1_2", "x·1·2"]
    nodes = [Node(f"while1_{at}", "tensor", {"data": 1.0}, title=title) for at, title in enumerate(titles)]
    _, made = agree(Graph(nodes))
    assert list(made.variables.values()) == ["x_0", "x_1", "x_1_3", "x_1_2", "x_1_2_2"]


def test_an_empty_document_is_an_empty_program() -> None:
    assert torch_script(Graph().snapshot()) == "import torch\n"
