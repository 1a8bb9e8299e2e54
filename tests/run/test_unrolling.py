"""A loop laid out as plain nodes: the same values and the same gradients, bit for bit, and one step to undo."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from engine.document.columns import NODE
from engine.document.commands import Command, Refused
from engine.document.files import Document, dumps, loads
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.records import Edge, Frame, Node
from engine.document.unrolling import unroll
from engine.run.evaluate import Run, evaluate
from tests.run.graphs import exact, written


def unrolled(graph: Graph, frame: str = "while1", run: Run | None = None) -> Command:
    ran = run if run is not None else evaluate(graph.snapshot())

    def count(frame: str, outer: tuple[int, ...]) -> int | None:
        loop = ran.loops.get((frame, outer))
        return loop.count if loop is not None and loop.ended else None

    return unroll(graph, frame, count)


def came_to(run: Run, ids: list[str]) -> dict[str, list[np.ndarray]]:
    """The values of nodes, and what the passes of a document leave in their `.grad`."""
    assert written(run)
    found: dict[str, list[np.ndarray]] = {}
    for id in ids:
        tensor = run.tensor(id)
        grad = tensor.grad if tensor is not None and tensor.is_leaf else None
        found[id] = [each.array for each in (tensor, grad) if each is not None]
    return found


def keeps_order(graph: Graph, laid: Graph, outside: list[str]) -> bool:
    """Whether the turns run where the loop ran, seen from what makes functions outside of it."""
    before, after = ([id for id in each.order() if each.inputs(id)] for each in (graph, laid))
    first = next(at for at, id in enumerate(before) if id not in outside)
    kept = [id for id in before if id in outside]
    turns = [id for id in after if id not in outside]
    return after == [*kept[:first], *turns, *kept[first:]]


def both_ways(graph: Graph) -> tuple[Graph, bool]:
    """The graph with `while1` laid out, which must come to the same; and whether all of it runs in the same order.

    If so the gradients are the same bit for bit, otherwise they are summed in another order.
    """
    run = evaluate(graph.snapshot())
    stays = [id for id, node in graph.nodes.items() if node.frame is None]
    laid = Graph(graph.nodes.values(), graph.edges.values(), graph.frames.values())
    command = unrolled(graph, run=run)
    laid.apply(*command.changes)
    before, after = came_to(run, stays), came_to(evaluate(laid.snapshot()), stays)
    same_order = keeps_order(graph, laid, stays)
    if same_order:
        assert exact(after) == exact(before)
    for id in stays:
        for one, other in zip(before[id], after[id], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    return laid, same_order


def same_either_way(graph: Graph) -> Graph:
    """As `both_ways`, where the order is kept."""
    laid, same_order = both_ways(graph)
    assert same_order
    return laid


class Program:
    """A document that is written line by line. What an argument names is an edge, a number stands at its port."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.frames: list[Frame] = []

    def frame(self, id: str, kind: str = "while", inside: str | None = None) -> str:
        self.frames.append(Frame(id, kind, rect=(400 + 40 * len(self.frames), 0, 1000, 400), frame=inside))
        return id

    def add(self, id: str, op: str, frame: str | None = None, **values: object) -> str:
        x = 400.0 * (frame is not None) + 20 * len(self.nodes)
        self.nodes[id] = Node(id, op, {}, (x, 60), frame)
        self.set(id, **values)
        return id

    def set(self, id: str, **values: object) -> None:
        for name, value in values.items():
            if isinstance(value, str):
                self.edges.append(Edge(value, id, name))
            else:
                node = self.nodes[id]
                self.nodes[id] = replace(node, params={**node.params, name: value})  # type: ignore[dict-item]

    def leaf(self, id: str, data: object, frame: str | None = None) -> str:
        return self.add(id, "tensor", frame, data=data, requires_grad=True)

    def counted(self, loop: str, turns: object) -> str:
        """A counter in a loop, and a condition that ends it after so many turns."""
        count = self.add(f"{loop}_count", "carry", loop, start=0)
        self.add(f"{loop}_more", "lt", loop, input=count, other=turns)
        self.add(f"{loop}_on", "repeat_while", loop, condition=f"{loop}_more")
        self.set(count, next=self.add(f"{loop}_step", "add", loop, input=count, other=1))
        return count

    def graph(self) -> Graph:
        return Graph(self.nodes.values(), self.edges, self.frames)


def doubling(turns: object = 3) -> Program:
    """y = x; so many times: y = y · w; out = sum(y), backward from it."""
    program = Program()
    program.leaf("x", [0.3, -0.8, 0.5])
    program.leaf("w", [1.1, 0.7, 1.3])
    loop = program.frame("while1")
    program.counted(loop, turns)
    program.add("y", "carry", loop, start="x")
    program.add("mul1", "mul", loop, input="y", other="w")
    program.set("y", next="mul1")
    program.add("out", "sum", input="y")
    program.add("b", "backward", tensor="out")
    return program


def test_every_turn_becomes_nodes_that_come_to_the_same() -> None:
    laid = same_either_way(doubling().graph())
    assert not laid.frames
    assert [node.title for node in laid.nodes.values() if node.op == "mul"] == ["mul1·1", "mul1·2", "mul1·3"]


def test_what_makes_the_next_value_of_a_carry_with_a_title_is_called_by_it() -> None:
    program = doubling()
    program.nodes["y"] = replace(program.nodes["y"], title="state")
    laid = same_either_way(program.graph())
    assert [node.title for node in laid.nodes.values() if node.op == "mul"] == ["state·1", "state·2", "state·3"]


def test_carries_and_conditions_are_no_nodes_any_more() -> None:
    laid = same_either_way(doubling().graph())
    assert {node.op for node in laid.nodes.values()} == {"tensor", "mul", "sum", "backward"}


def test_a_loop_that_ran_no_turn_gives_its_start() -> None:
    laid = same_either_way(doubling(turns=0).graph())
    assert set(laid.nodes) == {"x", "w", "out", "b"}
    assert laid.edges["out", "input"].source == "x"


def test_a_number_to_start_with_becomes_a_tensor_that_stands_before_the_first_turn() -> None:
    program = doubling(2)
    program.edges.remove(Edge("x", "y", "start"))
    program.set("y", start=2.5)
    program.nodes["y"] = replace(program.nodes["y"], title="state")
    laid = same_either_way(program.graph())
    states = [node for node in laid.nodes.values() if node.title.startswith("state")]
    assert [(node.title, node.op) for node in states] == [("state·0", "tensor"), ("state·1", "mul"), ("state·2", "mul")]
    assert states[0].params["data"] == 2.5


def test_a_head_that_the_body_reads_is_laid_out_once_more_where_it_is_read_at_the_end() -> None:
    program = doubling(2)
    program.add("half", "mul", "while1", input="y", other=0.5)
    program.edges.remove(Edge("while1_count", "while1_more", "input"))
    program.add("seen", "sum", "while1", input="half")
    program.add("least", "clamp", "while1", input="seen", max=0)
    program.add("ahead", "add", "while1", input="least", other="while1_count")
    program.set("while1_more", input="ahead")
    program.add("out2", "sum", input="half")
    program.add("b2", "backward", tensor="out2")
    laid, _ = both_ways(program.graph())
    titles = [node.title for node in laid.nodes.values() if node.op == "mul"]
    assert [title for title in titles if title.startswith("half")][-1].startswith("half·")
    assert not [node for node in laid.nodes.values() if node.title.startswith("ahead")]


def test_carries_that_are_swapped_stay_swapped() -> None:
    program = doubling(3)
    program.leaf("z", [2.0, 3.0, 5.0])
    program.add("one", "carry", "while1", start="x", next="other")
    program.add("other", "carry", "while1", start="z", next="one")
    program.add("both", "sub", input="one", other="other")
    program.add("both2", "mul", input="both", other="y")
    program.add("both3", "sum", input="both2")
    program.edges.remove(Edge("out", "b", "tensor"))
    program.set("b", tensor="both3")
    both_ways(program.graph())


def test_a_loop_in_a_loop_is_laid_out_with_it() -> None:
    program = doubling(3)
    inner = program.frame("while2", inside="while1")
    program.counted(inner, "while1_count")  # none, one, two turns
    program.add("z", "carry", inner, start="mul1")
    program.add("sin1", "sin", inner, input="z")
    program.set("z", next="sin1")
    program.edges.remove(Edge("mul1", "y", "next"))
    program.set("y", next="z")
    laid = same_either_way(program.graph())
    assert [node.title for node in laid.nodes.values() if node.op == "sin"] == ["sin1·2·1", "sin1·3·1", "sin1·3·2"]


def test_a_fence_inside_is_copied_for_each_turn() -> None:
    program = doubling(2)
    program.frame("no_grad1", "no_grad", "while1")
    program.add("quiet", "exp", "no_grad1", input="y")
    program.add("more", "add", "while1", input="mul1", other="quiet")
    program.edges.remove(Edge("mul1", "y", "next"))
    program.set("y", next="more")
    laid = same_either_way(program.graph())
    assert [frame.kind for frame in laid.frames.values()] == ["no_grad", "no_grad"]
    assert [laid.nodes[id].title for frame in laid.frames for id in laid.members(frame)] == ["quiet·1", "quiet·2"]


def test_a_loop_in_a_fence_is_laid_out_in_it() -> None:
    program = doubling(2)
    program.frame("no_grad1", "no_grad")
    program.frames[0] = replace(program.frames[0], frame="no_grad1")
    graph = program.graph()
    graph.apply(*unrolled(graph).changes)
    assert {graph.nodes[id].title for id in graph.members("no_grad1")} >= {"mul1·1", "mul1·2"}


def test_a_leaf_of_a_loop_is_another_leaf_in_each_turn() -> None:
    program = doubling(2)
    program.leaf("own", [2.0, 4.0, 8.0], "while1")
    program.add("more", "mul", "while1", input="mul1", other="own")
    program.edges.remove(Edge("mul1", "y", "next"))
    program.set("y", next="more")
    laid = same_either_way(program.graph())
    assert [node.title for node in laid.nodes.values() if node.title.startswith("own")] == ["own·1", "own·2"]


def test_unrolling_is_one_step() -> None:
    graph = doubling().graph()
    history = History(graph)
    before = dumps(Document.of(graph))
    history.do(unrolled(graph))
    after = dumps(Document.of(graph))
    assert (history.index, history.undo_text) == (1, "Unroll while1")
    assert dumps(loads(after)) == after
    history.undo()
    assert dumps(Document.of(graph)) == before


def test_the_turns_stand_side_by_side_and_what_is_right_of_the_loop_makes_room() -> None:
    program = doubling(4)
    program.nodes["out"] = replace(program.nodes["out"], position=(1500, 0))
    graph = program.graph()
    graph.apply(*unrolled(graph).changes)
    places = [node.position for node in graph.nodes.values() if node.op == "mul"]
    steps = {round(right[0] - left[0]) for left, right in pairwise(places)}
    assert len(steps) == 1
    assert min(steps) >= NODE
    assert graph.nodes["out"].position[0] >= places[-1][0] + NODE


def test_a_pass_in_a_loop_is_not_laid_out() -> None:
    program = doubling(2)
    program.add("inner_pass", "backward", "while1", tensor="y")
    refusal = r"^inner_pass runs a pass when the program is done: it cannot stand inside a loop\.$"
    with pytest.raises(Refused, match=refusal):
        unrolled(program.graph())


def test_what_has_no_seed_is_not_laid_out() -> None:
    program = doubling(2)
    program.add("noise", "randn", "while1", size=[3])
    with pytest.raises(Refused, match=r"^noise has no seed: laid out it would draw other numbers\.$"):
        unrolled(program.graph())


def test_a_loop_of_thousands_of_nodes_is_not_laid_out() -> None:
    refusal = r"^Unrolled, while1 would be 2001 nodes; at most 2000 can be laid out\.$"
    with pytest.raises(Refused, match=refusal):
        unrolled(doubling(2001).graph())
    assert len(unrolled(doubling(2000).graph()).select or ()) == 2000


def test_a_loop_that_came_to_no_end_is_not_laid_out() -> None:
    program = doubling(3)
    program.set("while1_on", most=2)
    with pytest.raises(Refused, match=r"^while1 has not come to its end: there are no turns to lay out\.$"):
        unrolled(program.graph())


def test_a_loop_in_a_loop_alone_is_not_laid_out() -> None:
    program = doubling(2)
    program.counted(program.frame("while2", inside="while1"), 2)
    with pytest.raises(Refused, match=r"^while2 runs anew in each turn of while1: unroll while1\.$"):
        unrolled(program.graph(), "while2")


def test_only_a_loop_can_be_laid_out() -> None:
    program = doubling()
    program.frame("no_grad1", "no_grad")
    for frame in ("no_grad1", "nothing", ""):
        with pytest.raises(Refused, match=r"^Select a while loop to unroll it\.$"):
            unrolled(program.graph(), frame)


# Any loop ------------------------------------------------------------------------------------------------------------

UNARY = ("sin", "tanh", "neg", "detach", "data")
BINARY = ("add", "mul", "sub")
FENCES = st.sampled_from(["no_grad", "comment"])


@st.composite
def loops(draw: DrawFn, after: str = "x_after") -> Graph:
    """A loop over some leaves, with carries, fences and perhaps another loop in it, and what reads it.

    What comes after it has such ids; by default they are such that it runs after all turns.
    """
    program = Program()
    outer = [
        program.leaf(f"{name}1", [draw(st.floats(-2, 2).map(lambda each: round(each, 2) / 3)) for _ in range(2)])
        for name in ("a", "c", "m")
    ]
    outer += _grown(draw, program, list(outer), None, "before", 2)
    ends = _loop(draw, program, outer, "while1", None, depth=draw(st.integers(1, 2)))
    read = _grown(draw, program, [*outer, *ends], None, after, 4, only=ends)
    program.add("z_loss", "sum", input=draw(st.sampled_from(read)))
    program.add("z_pass", "backward", tensor="z_loss")
    return program.graph()


def _loop(
    draw: DrawFn, program: Program, around: list[str], id: str, inside: str | None, depth: int, outer: str = ""
) -> list[str]:
    """A loop, perhaps with as many turns as a counter around it says; returns what can be read of it from outside."""
    loop = program.frame(id, inside=inside)
    turns: list[object] = [0, 1, 2, 3]
    count = program.counted(loop, draw(st.sampled_from([*turns, outer] if outer else turns)))
    carries = [
        program.add(f"{id}_y{i}", "carry", loop, start=draw(st.sampled_from(around)))
        for i in range(draw(st.integers(1, 3)))
    ]
    pool = [*around, *carries]
    body = _grown(draw, program, pool, loop, f"{id}_b", draw(st.integers(1, 4)))
    if depth > 1:
        around_it = loop if draw(st.booleans()) else program.frame(f"{id}_fence", draw(FENCES), loop)
        inner = _loop(draw, program, [*pool, *body], f"{id}{id[-1]}", around_it, depth - 1, count)
        body += _grown(draw, program, [*pool, *inner], loop, f"{id}_c", 2, only=inner)
    for carry in carries:
        others = [each for each in (*pool, *body) if each != carry]
        program.set(carry, next=draw(st.sampled_from(others)))
    return carries


def _grown(
    draw: DrawFn,
    program: Program,
    pool: list[str],
    frame: str | None,
    name: str,
    count: int,
    only: list[str] | None = None,
) -> list[str]:
    """Some ops over what is there, each of them over one of `only` if that is given; now and then in a fence."""
    made: list[str] = []
    for i in range(count):
        fence = frame
        if frame is not None and draw(st.integers(0, 5)) == 0:
            fence = program.frame(f"{name}{i}_fence", draw(FENCES), frame)
        first = draw(st.sampled_from([*(only or pool), *made]))
        if draw(st.booleans()):
            made.append(program.add(f"{name}{i}", draw(st.sampled_from(UNARY)), fence, input=first))
        else:
            second = draw(st.sampled_from([*pool, *made]))
            made.append(program.add(f"{name}{i}", draw(st.sampled_from(BINARY)), fence, input=first, other=second))
    return made


@given(loops())
@settings(deadline=None)
def test_any_loop_laid_out_comes_to_the_same_bit_for_bit(graph: Graph) -> None:
    same_either_way(graph)


@given(loops(after="late"))
@settings(deadline=None)
def test_at_worst_a_sum_is_made_in_another_order(graph: Graph) -> None:
    both_ways(graph)
