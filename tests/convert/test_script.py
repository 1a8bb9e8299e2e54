"""Graph to code: what is written is what one would have typed, and does what the document does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.convert.reading import Reading
from engine.convert.script import torch_script
from engine.document.commands import add_node, connect, delete
from engine.document.graph import Graph
from engine.document.records import Node
from engine.run.evaluate import Run
from tests.convert.code import agree, execute
from tests.run import drawing, looping
from tests.run.graphs import NAMES, Written, example, graph_of, leaf, run_of

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
        "v = torch.tensor([0.1, 1.0, 0.0001])",
        "torch.manual_seed(0)",
        "x = torch.randn(3, requires_grad=True)",
        "y = x * 2",
        "while y.data.norm() < 1000:",
        "    y = y * 2",
        "y.backward(v)",
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


# Names --------------------------------------------------------------------------------------------------------------


def test_a_variable_is_called_as_its_node_if_python_allows_it() -> None:
    titles = {"a": "y", "b": "y", "c": "for", "d": "two words", "e": "θ", "torch": "", "1st": "", "mul-1": "torch"}
    nodes = [Node(id, "tensor", {"data": 1.0}, title=title) for id, title in titles.items()]
    _, made = agree(Graph(nodes))
    assert made.variables == {
        "a": "y",
        "b": "b",
        "c": "c",
        "d": "d",
        "e": "θ",
        "torch": "torch_2",
        "1st": "node_1st",
        "mul-1": "mul_1",
    }


def test_an_empty_document_is_an_empty_program() -> None:
    assert torch_script(Graph().snapshot()) == "import torch\n"
