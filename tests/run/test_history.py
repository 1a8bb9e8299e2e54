"""Where a value's history came from, and what ended it: in words, and against the functions that were recorded."""

from __future__ import annotations

from hypothesis import given

from engine.autograd import AccumulateGrad, Function, Tensor
from engine.document.graph import Graph
from engine.run.evaluate import Run, evaluate
from engine.run.history import MOST_PLACES, End, history, sentence
from tests.run.drawing import graphs
from tests.run.graphs import graph_of, leaf, run_of

X = leaf(2.0)
C = leaf(4.0, False)


def said(graph: Graph, target: str, port: str, *turn: int, run: Run | None = None) -> str:
    """What one reads over the wire into a port."""
    run = run or evaluate(graph.snapshot())
    of = history(run, graph.edges[target, port], turn)
    assert of is not None
    return sentence(of, str)


def test_a_leaf_carries_history_because_it_asks_for_a_gradient() -> None:
    graph = graph_of({"x": X, "y": ("mul", {"input": "x", "other": 3})})
    assert said(graph, "y", "input") == "Carries history: requires_grad is on at x."


def test_history_is_said_to_have_come_through_the_inputs_that_brought_it() -> None:
    graph = graph_of(
        {
            "x": X,
            "w": leaf(3.0),
            "c": C,
            "one": ("mul", {"input": "c", "other": "x"}),
            "both": ("mul", {"input": "one", "other": "w"}),
            "twice": ("mul", {"input": "one", "other": "one"}),
            "s": ("add", {"input": "both", "other": "twice"}),
            "b": ("backward", {"tensor": "s"}),
        }
    )
    assert said(graph, "both", "input") == "Carries history: x brought it through other."
    assert said(graph, "s", "input") == "Carries history: x brought it through input, w through other."
    assert said(graph, "s", "other") == "Carries history: x brought it through input and other."
    assert said(graph, "b", "tensor") == "Carries history: w and x brought it through input, x through other."


def test_many_leaves_are_counted() -> None:
    leaves = {f"x{i}": X for i in range(5)}
    graph = graph_of(
        {**leaves, "s": ("stack", {f"tensors{i + 1}": f"x{i}" for i in range(5)}), "n": ("neg", {"input": "s"})}
        | {"m": ("neg", {"input": "n"})}
    )
    assert said(graph, "m", "input") == "Carries history: x0, x1 and 3 more brought it through input."


def test_the_four_stops_are_told_apart() -> None:
    graph = graph_of(
        {
            "x": X,
            "c": C,
            "d": ("detach", {"input": "x"}),
            "e": ("data", {"input": "x"}),
            "n": ("mul", {"input": "x", "other": "x"}),
            "m": ("neg", {"input": "n"}),
            "u": ("neg", {"input": "c"}),
            "y": ("add", {"input": "d", "other": "m"}),
            "z": ("add", {"input": "e", "other": "u"}),
            "w": ("add", {"input": "u", "other": "y"}),
            "v": ("add", {"input": "w", "other": "z"}),
        },
        {"fence": ("no_grad", "n m")},
    )
    assert said(graph, "y", "input") == "No history: d cut it off."
    assert said(graph, "y", "other") == "No history: computed under no_grad in fence."
    assert said(graph, "z", "input") == "No history: e is the bare data, unseen by autograd."
    assert said(graph, "z", "other") == "No history: requires_grad is off at c."
    assert said(graph, "w", "other") == "No history: d cut it off, computed under no_grad in fence."
    assert said(graph, "w", "input") == "No history: requires_grad is off at c."
    assert said(graph, "v", "input").startswith("No history: d cut it off"), (
        "a cut comes before a leaf that never had it"
    )


def test_over_a_wire_into_a_cut_one_reads_that_history_ends_here() -> None:
    graph = graph_of(
        {
            "x": X,
            "c": C,
            "y": ("neg", {"input": "x"}),
            "d": ("detach", {"input": "x"}),
            "e": ("data", {"input": "y"}),
            "f": ("detach", {"input": "c"}),
        }
    )
    assert said(graph, "d", "input") == ("Carries history: requires_grad is on at x. It ends here: detach cuts it off.")
    assert said(graph, "e", "input") == (
        "Carries history: x brought it through input. It ends here: .data hands on bare numbers, unseen by autograd."
    )
    assert said(graph, "f", "input") == "No history: requires_grad is off at c."


def test_a_stop_is_to_blame_only_if_there_was_something_to_stop() -> None:
    graph = graph_of(
        {"c": C, "d": ("detach", {"input": "c"}), "n": ("neg", {"input": "d"}), "m": ("neg", {"input": "n"})},
        {"fence": ("no_grad", "n")},
    )
    assert said(graph, "m", "input") == "No history: requires_grad is off at c."


def test_a_leaf_under_no_grad_keeps_its_flag() -> None:
    graph = graph_of({"x": X, "y": ("neg", {"input": "x"})}, {"fence": ("no_grad", "x")})
    assert said(graph, "y", "input") == "Carries history: requires_grad is on at x."


def test_integers_truth_and_new_values_have_no_history_of_their_own() -> None:
    graph = graph_of(
        {
            "x": leaf([2.0, 1.0]),
            "i": ("argmax", {"input": "x"}),
            "g": ("gt", {"input": "x", "other": 1}),
            "o": ("ones_like", {"input": "x"}),
            "k": ("tensor", {"data": [1, 2]}),
            "ni": ("neg", {"input": "i"}),
            "ng": ("logical_not", {"input": "g"}),
            "no": ("neg", {"input": "o"}),
            "nk": ("neg", {"input": "k"}),
        }
    )
    run = evaluate(graph.snapshot())
    assert said(graph, "ni", "input", run=run) == "No history: i holds integers, which have no gradient."
    assert said(graph, "ng", "input", run=run) == "No history: g is true or false, which has no gradient."
    assert said(graph, "no", "input", run=run) == "No history: requires_grad is off at o."
    assert said(graph, "nk", "input", run=run) == "No history: k holds integers, which have no gradient."


def test_a_wire_without_a_value_has_nothing_to_tell() -> None:
    graph = graph_of({"y": ("neg", {}), "z": ("neg", {"input": "y"})})
    assert history(evaluate(graph.snapshot()), graph.edges["z", "input"]) is None


# Loops ---------------------------------------------------------------------------------------------------------------


def loop(end: float, *, body: str = "mul", cut: bool = False, learnt: bool = False, fence: bool = False) -> Graph:
    """y = x, then y = y · w while y < end; with `cut` y is detached in every turn, with `learnt` w has a gradient."""
    frames = {"while1": ("while", "y bare low again cut n")}
    return graph_of(
        {
            "x": leaf(1.0),
            "w": leaf(2.0, learnt),
            "y": ("carry", {"start": "x", "next": "n"}),
            "bare": ("data", {"input": "y"}),
            "low": ("lt", {"input": "bare", "other": end}),
            "again": ("repeat_while", {"condition": "low"}),
            "cut": ("detach", {"input": "y"}),
            "n": (body, {"input": "cut" if cut else "y", "other": "w"}),
            "z": ("neg", {"input": "y"}),
        },
        {**frames, "fence": ("no_grad", "while1")} if fence else frames,
    )


def test_in_a_loop_history_comes_in_through_start_and_later_through_next() -> None:
    graph = loop(8.0)
    assert said(graph, "n", "input", 0) == "Carries history: x brought it through start."
    assert said(graph, "n", "input", 1) == "Carries history: x brought it through next."
    assert said(graph, "z", "input") == "Carries history: x brought it through next."
    of = history(evaluate(graph.snapshot()), graph.edges["z", "input"])
    assert of is not None
    assert set(of.trail) == {("y", "next"), ("n", "input"), ("y", "start")}


def test_what_a_loop_cuts_off_did_not_come_from_before_it() -> None:
    graph = loop(8.0, cut=True)
    assert said(graph, "n", "input", 2) == "No history: cut cut it off."
    assert said(graph, "z", "input") == "No history: cut cut it off."
    assert said(loop(8.0, cut=True, learnt=True), "z", "input") == "Carries history: w brought it through next."
    assert said(loop(0.5, cut=True), "z", "input") == "Carries history: x brought it through start.", "it ran no turn"


def test_a_loop_may_begin_with_a_plain_number() -> None:
    graph = graph_of(
        {"y": ("carry", {"start": 1.0, "next": "n"}), "n": ("neg", {"input": "y"}), "z": ("neg", {"input": "y"})}
        | {"low": ("lt", {"input": "n", "other": 0}), "again": ("repeat_while", {"condition": "low"})},
        {"while1": ("while", "y n low again")},
    )
    assert said(graph, "z", "input") == "No history: y is made of plain numbers."


def test_a_loop_under_no_grad_loses_what_its_turns_compute() -> None:
    assert said(loop(8.0, fence=True), "z", "input") == "No history: computed under no_grad in fence."


def test_the_history_of_a_long_loop_is_followed_to_where_it_came_in() -> None:
    graph = loop(4.0 * MOST_PLACES, body="add", learnt=True)
    run = evaluate(graph.snapshot())
    assert run.turns("while1") == 2 * MOST_PLACES
    assert said(graph, "z", "input", run=run) == "Carries history: w and x brought it through next."


# Against the engine --------------------------------------------------------------------------------------------------


@given(graphs())
def test_what_is_said_is_what_was_recorded(graph: Graph) -> None:
    """A wire has history exactly if its value has; its leaves are those that the recorded functions lead to."""
    run = run_of(graph)
    leaves = {id(tensor): node for node in run.order if (tensor := run.tensor(node)) is not None and tensor.is_leaf}
    for edge in graph.edges.values():
        of, tensor = history(run, edge), run.tensor(edge.source)
        if tensor is None:
            assert of is None
            continue
        assert of is not None
        assert of.carried == tensor.requires_grad
        brought = {leaf for _, each in of.ways for leaf in each}
        itself = {of.node} if of.carried and not of.ways else set()
        assert brought | itself == {leaves[id(each)] for each in _recorded(tensor)}
        assert bool(of.ends) != of.carried
        assert all(isinstance(end, End) for end in of.ends)
        assert sentence(of, str).endswith(".")


def _recorded(tensor: Tensor) -> list[Tensor]:
    """The leaves that a value's functions lead back to."""
    if tensor.grad_fn is None:
        return [tensor] if tensor.requires_grad else []
    seen: set[Function] = set()
    front, found = [tensor.grad_fn], []
    while front:
        function = front.pop()
        if function in seen:
            continue
        seen.add(function)
        if isinstance(function, AccumulateGrad):
            found.append(function.variable)
        front += [each for each in function.next if each is not None]
    return found
