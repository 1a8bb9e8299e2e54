"""History: undo and redo, merging, and the clean mark."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.command import Command
from engine.document.commands import add_node, connect, move, rename, set_params
from engine.document.files import Document, dumps, loads
from engine.document.graph import Graph
from engine.document.history import History
from engine.document.records import Change, Node
from tests.document.edits import edit


def text(graph: Graph) -> str:
    return dumps(Document.of(graph))


@pytest.fixture
def history() -> History:
    return History(Graph([Node("x", "ones"), Node("add1", "add")]))


def test_undo_and_redo_tell_what_they_would_do(history):
    graph = history.graph
    assert (history.can_undo, history.undo_text) == (False, "")
    assert history.undo() is None
    history.do(connect(graph, "x", "add1", "input"))
    history.do(rename(graph, "x", "seven"))
    assert history.undo_text == "Rename x to seven"
    assert history.undo().text == "Rename x to seven"
    assert history.redo_text == "Rename x to seven"
    assert history.labels == ["Connect x to add1.input", "Rename x to seven"]
    assert history.index == 1
    assert history.redo().text == "Rename x to seven"
    assert history.redo() is None
    assert (history.can_redo, history.redo_text) == (False, "")


def test_a_new_command_drops_what_was_taken_back(history):
    history.do(rename(history.graph, "x", "a"))
    history.undo()
    history.do(rename(history.graph, "x", "b"))
    assert history.labels == ["Rename x to b"]
    assert not history.can_redo


def test_a_command_that_changes_nothing_leaves_no_step(history):
    history.do(rename(history.graph, "x", ""))
    assert not history.can_undo


def test_a_command_that_the_graph_does_not_take_leaves_no_step(history):
    with pytest.raises(ValueError, match=r"\w+"):
        history.do(Command("wrong", (Change(None, Node("x", "ones")),)))
    assert history.labels == []


def test_a_listener_that_fails_does_not_cost_the_step(history):
    def fail(changes):
        raise ZeroDivisionError

    leave = history.graph.listen(fail)
    with pytest.raises(ZeroDivisionError):
        history.do(rename(history.graph, "x", "a"))
    leave()
    history.undo()
    assert history.graph.nodes["x"].title == ""


def test_a_slider_is_one_step(history):
    for value in (1, 2, 3):
        history.do(set_params(history.graph, "add1", {"other": value}))
    assert history.labels == ["Set add1.other"]
    history.undo()
    assert "other" not in history.graph.nodes["add1"].params
    history.redo()
    assert history.graph.nodes["add1"].params["other"] == 3


@pytest.mark.parametrize("end", ["break_merge", "mark_clean", "undo and redo"])
def test_a_merged_run_ends_where_the_user_did_something_else(history, end):
    history.do(set_params(history.graph, "add1", {"other": 1}))
    if end == "undo and redo":
        history.undo()
        history.redo()
    else:
        getattr(history, end)()
    history.do(set_params(history.graph, "add1", {"other": 2}))
    assert len(history.labels) == 2


def test_other_params_and_other_nodes_are_steps_of_their_own(history):
    graph = history.graph
    history.do(set_params(graph, "add1", {"other": 1}))
    history.do(set_params(graph, "add1", {"input": 1}))
    history.do(set_params(graph, "x", {"size": [3]}))
    history.do(move(graph, {"x": (1, 1)}))
    history.do(move(graph, {"x": (2, 2)}))
    assert len(history.labels) == 5
    history.do(move(graph, {"x": (3, 3)}, merge="nudge"))
    history.do(move(graph, {"x": (4, 4)}, merge="nudge"))
    assert len(history.labels) == 6
    history.undo()
    assert graph.nodes["x"].position == (2, 2)


def test_clean_follows_undo_and_redo(history):
    graph = history.graph
    assert history.clean
    history.do(rename(graph, "x", "a"))
    assert not history.clean
    history.mark_clean()
    history.do(rename(graph, "x", "b"))
    history.undo()
    assert history.clean
    history.undo()
    assert not history.clean
    history.redo()
    assert history.clean


def test_clean_is_lost_when_a_new_edit_cuts_the_saved_state_off(history):
    history.do(rename(history.graph, "x", "a"))
    history.mark_clean()
    history.undo()
    history.do(rename(history.graph, "x", "b"))
    assert not history.clean
    history.undo()
    assert not history.clean


def test_an_edit_after_saving_is_never_merged_into_what_was_saved(history):
    history.do(set_params(history.graph, "add1", {"other": 1}))
    history.mark_clean()
    history.do(set_params(history.graph, "add1", {"other": 2}))
    assert not history.clean
    history.undo()
    assert history.clean


def test_a_run_that_comes_back_to_where_it_began_leaves_no_step(history):
    graph = history.graph
    history.do(rename(graph, "x", "a"))
    history.do(set_params(graph, "add1", {"other": 1.0}))
    history.mark_clean()
    for value in (2.0, 1.5, 1.0):
        history.do(set_params(graph, "add1", {"other": value}))
    assert (history.labels, history.index) == (["Rename x to a", "Set add1.other"], 2)
    assert history.clean
    history.do(move(graph, {"x": (1, 1)}, merge="nudge"))
    assert not history.clean
    history.do(move(graph, {"x": (0, 0)}, merge="nudge"))
    assert history.clean
    history.undo()
    assert "other" not in graph.nodes["add1"].params
    history.redo()
    assert history.clean


def test_after_a_run_that_came_to_nothing_the_next_one_is_a_step_of_its_own(history):
    graph = history.graph
    history.do(set_params(graph, "add1", {"other": 1.0}))
    history.break_merge()
    for value in (2.0, 1.0, 3.0, 4.0):
        history.do(set_params(graph, "add1", {"other": value}))
    assert history.index == 2
    history.undo()
    assert graph.nodes["add1"].params["other"] == 1.0


@pytest.mark.parametrize("value", [1, True])
def test_one_in_another_type_is_another_number(history, value):
    graph = history.graph
    name, number = ("other", 1.0) if value is not True else ("nobody", 1)
    graph.apply(Change(graph.nodes["add1"], Node("add1", "add", {name: number})))
    history.do(Command("a", (Change(graph.nodes["add1"], Node("add1", "add", {name: 7})),), merge="slider"))
    history.do(Command("b", (Change(graph.nodes["add1"], Node("add1", "add", {name: value})),), merge="slider"))
    assert history.labels == ["b"]
    assert not history.clean
    history.undo()
    assert type(graph.nodes["add1"].params[name]) is type(number)


def test_the_saved_state_that_was_cut_off_stays_lost_when_a_run_comes_to_nothing(history):
    graph = history.graph
    history.do(rename(graph, "x", "a"))
    history.mark_clean()
    history.undo()
    history.do(move(graph, {"x": (1, 1)}, merge="nudge"))
    history.do(move(graph, {"x": (0, 0)}, merge="nudge"))
    assert history.labels == []
    assert not history.clean


def test_watchers_hear_of_every_move(history):
    heard = []
    leave = history.listen(lambda: heard.append(history.index))
    history.do(rename(history.graph, "x", "a"))
    history.undo()
    history.redo()
    history.mark_clean()
    leave()
    history.undo()
    assert heard == [1, 0, 1, 1]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_history_undoes_to_the_start_and_redoes_to_the_end_byte_for_byte(data):
    graph = Graph()
    history = History(graph)
    history.do(add_node(graph, "add", (0, 0)))
    history = History(graph)
    start = text(graph)
    seen = {0: start}
    for _ in range(data.draw(st.integers(1, 25))):
        action = data.draw(st.sampled_from(["do"] * 6 + ["undo", "redo", "break"]))
        if action == "do":
            command = edit(data.draw, graph)
            if command is not None:
                history.do(command)
                seen[history.index] = text(graph)
        elif action == "break":
            history.break_merge()
        else:
            getattr(history, action)()
            assert text(graph) == seen[history.index]
    while history.can_redo:
        history.redo()
    end = text(graph)
    while history.can_undo:
        assert text(graph) == seen[history.index]
        history.undo()
    assert text(graph) == start
    while history.can_redo:
        history.redo()
    assert text(graph) == end
    assert dumps(loads(end)) == end
    assert text(loads(end).graph()) == end
