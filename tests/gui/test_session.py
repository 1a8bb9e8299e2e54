"""The session with frames: what is selected, what is evaluated again, and which edits drop a log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.document import commands
from gui.session import Session


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """x = 3 with requires_grad, y = x·2 and a backward from y, evaluated."""
    session = Session()
    session.do(commands.add_node, "tensor", (0, 0), id="x", params={"data": 3.0, "requires_grad": True})
    session.do(commands.add_node, "mul", (300, 0), id="y", params={"other": 2})
    session.do(commands.connect, "x", "y", "input")
    session.do(commands.add_node, "backward", (600, 0))
    session.do(commands.connect, "y", "backward1", "tensor")
    session.settle()
    yield session
    session.close()
    session.deleteLater()


def grad_fn(session: Session, node: str) -> object:
    assert session.run is not None
    tensor = session.run.tensor(node)
    assert tensor is not None
    return tensor.grad_fn


def test_frames_are_selected_beside_nodes_and_deleted_with_what_is_in_them(session: Session) -> None:
    session.do(commands.wrap, ["y"], "no_grad", (250, -50, 300, 200))
    assert session.selected_frames == ["no_grad1"]
    assert session.selected_nodes == []
    session.select(["x", "no_grad1", ("y", "input"), "gone"])
    assert session.selected_nodes == ["x"]
    assert session.selected_frames == ["no_grad1"]
    assert session.selected_edges == [("y", "input")]
    session.delete_selection()
    assert set(session.graph.nodes) == {"backward1"}
    assert session.selection == frozenset()
    session.undo()
    assert session.graph.nodes["y"].frame == "no_grad1"
    session.settle()


def test_a_frame_around_a_node_is_evaluated_and_one_that_moves_is_not(session: Session) -> None:
    assert grad_fn(session, "y") is not None
    session.do(commands.wrap, ["y"], "no_grad", (250, -50, 300, 200))
    assert session.busy
    session.settle()
    assert grad_fn(session, "y") is None
    session.do(commands.move_frame, "no_grad1", (10, 10))
    session.do(commands.rename_frame, "no_grad1", "fence")
    assert not session.busy
    session.do(commands.dissolve, "no_grad1")
    session.settle()
    assert grad_fn(session, "y") is not None


def test_a_log_outlives_an_empty_frame_beside_it_and_a_move_but_not_a_fence_around_its_nodes(session: Session) -> None:
    session.backward()
    session.settle()
    assert session.player.count
    session.do(commands.add_frame, "comment", (900, 0))
    session.settle()
    session.do(commands.move_frame, "comment1", (10, 10))
    assert session.player.count
    session.do(commands.wrap, ["y"], "no_grad", (250, -50, 300, 200))
    assert not session.player.count
    session.settle()


def test_zeroing_reaches_the_leaves_of_every_turn(session: Session) -> None:
    """A leaf inside a loop is another one in every turn."""
    session.do(commands.add_frame, "while", (0, 300))
    session.do(
        commands.add_node, "tensor", (0, 0), id="w", params={"data": 2.0, "requires_grad": True}, inside="while1"
    )
    session.do(commands.add_node, "mul", (0, 0), id="z", inside="while1")
    session.do(commands.add_node, "lt", (0, 0), id="small", params={"other": 20}, inside="while1")
    for source, target, port in (
        ("x", "carry1", "start"),
        ("z", "carry1", "next"),
        ("carry1", "z", "input"),
        ("w", "z", "other"),
        ("carry1", "small", "input"),
        ("small", "repeat_while1", "condition"),
        ("carry1", "backward1", "tensor"),
    ):
        assert session.do(commands.connect, source, target, port) is not None
    session.backward()
    session.settle()
    assert session.run is not None
    leaves = list(session.run.leaves())
    assert [leaf.grad is not None for leaf in leaves].count(True) == 4  # x, and w in three turns
    session.zero_grad()
    assert all(leaf.grad is None for leaf in leaves)
