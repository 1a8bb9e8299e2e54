"""Frames by hand: dropped, dragged, resized, joined and left; and why not, where the eye is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from engine.document import commands
from engine.document.graph import Snapshot
from tests.gui.driver import CTRL, LEFT, NONE, SHIFT, Driver


def put_frame(driver: Driver, kind: str, x: float, y: float, width: float, height: float, inside: str = "") -> str:
    """A frame, without hands."""
    command = driver.session.do(commands.add_frame, kind, (x, y), size=(width, height), inside=inside or None)
    assert command is not None
    driver.session.select(())
    driver.settle()
    assert command.select is not None
    return command.select[0]


def put(driver: Driver, op: str, frame: str, x: float, y: float, **params: object) -> str:
    """A node in a frame, without hands."""
    command = driver.session.do(commands.add_node, op, (x, y), params=params or None, inside=frame)
    assert command is not None
    driver.session.select(())
    driver.settle()
    return str(getattr(command.changes[0].after, "id", ""))


def same(one: Snapshot, other: Snapshot) -> bool:
    return (one.nodes, one.edges, one.frames) == (other.nodes, other.edges, other.frames)


def takes_back(driver: Driver, before: Snapshot) -> None:
    """One undo leads to where it was, one redo to where it is."""
    after = driver.session.graph.snapshot()
    assert not same(before, after)
    driver.key(Qt.Key.Key_Z, CTRL)
    assert same(driver.session.graph.snapshot(), before)
    assert driver.looks_fresh()
    driver.key(Qt.Key.Key_Y, CTRL)
    assert same(driver.session.graph.snapshot(), after)


@pytest.fixture
def fence(driver: Driver) -> str:
    """A no_grad region in the middle, and a view that shows it."""
    driver.look_at(0, 0, 0.8)
    return put_frame(driver, "no_grad", -240, -120, 480, 240)


@pytest.fixture
def loop(driver: Driver) -> str:
    driver.look_at(100, 50, 0.7)
    return put_frame(driver, "while", -300, -120, 816, 264)


# Coming --------------------------------------------------------------------------------------------------------------


def test_a_while_frame_is_dragged_in_and_brings_a_carry_and_a_repeat_while(driver: Driver) -> None:
    driver.look_at(0, 0, 0.8)
    before = driver.session.graph.snapshot()
    loop = driver.drag_in("while", 0, 0)
    assert driver.members(loop) == {driver.node_of("carry"), driver.node_of("repeat_while")}
    assert driver.frame(loop).needs
    assert not driver.frame(loop).error
    assert driver.session.selection == {loop}
    takes_back(driver, before)


def test_the_ghost_of_a_frame_is_to_be_seen_and_escape_takes_it_away(driver: Driver) -> None:
    clean = driver.pixels()
    driver.drag_in("no_grad", 0, 0, drop=False)
    assert driver.scene.preview.fence is not None
    assert driver.pixels() != clean
    QTest.keyClick(driver.view, Qt.Key.Key_Escape)
    assert driver.scene.preview.empty
    assert driver.pixels() == clean


def test_frames_are_found_by_typing_too(driver: Driver) -> None:
    fence = driver.quick_add(0, 0, "no_grad")
    assert driver.frame(fence).kind == "no_grad"


def test_what_is_dropped_or_typed_inside_a_frame_stands_in_it(driver: Driver, fence: str) -> None:
    dropped = driver.drag_in("ones", -100, 0)
    typed = driver.quick_add(120, 0, "exp")
    beside = driver.drag_in("ones", -100, 300)
    inner = driver.drag_in("comment", 0, 0)
    assert driver.members(fence) == {dropped, typed, inner}
    assert driver.session.graph.nodes[beside].frame is None


def test_the_node_that_a_dropped_wire_brings_stands_where_it_is_dropped(driver: Driver, fence: str) -> None:
    x = driver.put("ones", -520, -60, size=[2], requires_grad=True)
    driver.drag(driver.port(x), driver.at(-60, 0))
    driver.type("exp")
    driver.key(Qt.Key.Key_Return)
    y = driver.node_of("exp")
    assert driver.members(fence) == {y}
    assert driver.scene.faces[y].footer.startswith("no grad_fn")


def test_a_loop_dropped_inside_a_loop_stands_in_it_and_the_outer_one_grows_around_it(driver: Driver, loop: str) -> None:
    before = driver.session.graph.snapshot()
    inner = driver.drag_in("while", 260, 60)
    assert driver.session.graph.frames[inner].frame == loop
    assert driver.frame(loop).rect.contains(driver.frame(inner).rect)
    assert driver.frame(inner).depth == 1
    carries = {id for id, node in driver.session.graph.nodes.items() if node.op == "carry"}
    assert len(carries & driver.members(inner)) == len(carries & driver.members(loop)) == 1
    takes_back(driver, before)


def test_a_carry_dropped_outside_every_loop_is_refused_and_the_reason_stands_at_the_cursor(driver: Driver) -> None:
    driver.drag_in("carry", 0, 0, drop=False)
    assert driver.why_not().endswith("belongs to a loop: drop it into a while frame.")
    viewport = driver.window.palette_panel.viewport()
    QTest.mouseRelease(
        viewport, LEFT, NONE, viewport.mapFromGlobal(driver.view.viewport().mapToGlobal(driver.at(0, 0)))
    )
    driver.settle()
    assert not driver.session.graph.nodes
    assert driver.said().endswith("belongs to a loop: drop it into a while frame.")


# Joining and leaving -------------------------------------------------------------------------------------------------


def test_a_node_dragged_into_a_frame_joins_it_and_dragged_out_leaves_it(driver: Driver, fence: str) -> None:
    x = driver.put("ones", -560, -60, size=[2], requires_grad=True)
    y = driver.put("exp", 330, -60)
    driver.join(x, y, "input")
    before = driver.session.graph.snapshot()
    at = driver.drag_node_into(y, fence, drop=False)
    assert driver.scene.preview.into == {fence}
    driver.release(at)
    assert driver.members(fence) == {y}
    assert driver.session.history.undo_text == f"Move {y} into {fence}"
    assert not driver.session.run.tensor(y).requires_grad
    takes_back(driver, before)
    before = driver.session.graph.snapshot()
    driver.drag_node(y, 330, -60)
    assert driver.members(fence) == set()
    assert driver.session.history.undo_text == f"Move {y} out of {fence}"
    assert driver.session.run.tensor(y).requires_grad
    takes_back(driver, before)


def test_a_node_in_a_frame_is_moved_within_it_and_the_frame_grows_with_it(driver: Driver, fence: str) -> None:
    x = put(driver, "ones", fence, -200, -60)
    rect = driver.frame(fence).rect
    driver.drag_node(x, 140, -60)
    assert driver.members(fence) == {x}
    assert driver.frame(fence).rect.right() > rect.right()
    assert driver.session.graph.frames[fence].rect == (-240, -120, 480, 240)
    driver.drag_node(x, -200, -60)
    assert driver.frame(fence).rect == rect


def test_several_nodes_join_together_as_one_step(driver: Driver, fence: str) -> None:
    x = driver.put("ones", -520, -300, size=[2])
    y = driver.put("exp", -280, -300)
    driver.join(x, y, "input")
    driver.select(x)
    driver.click(driver.header(y), SHIFT)
    before = driver.session.graph.snapshot()
    driver.drag_node(y, 0, -60)
    assert driver.members(fence) == {x, y}
    takes_back(driver, before)


def test_escape_during_a_drag_into_a_frame_leaves_nothing_behind(driver: Driver, fence: str) -> None:
    x = driver.put("ones", -560, -60, size=[2])
    driver.select(x)
    before, clean = driver.session.graph.snapshot(), driver.pixels()
    driver.drag_node_into(x, fence, drop=False)
    assert driver.pixels() != clean
    driver.key(Qt.Key.Key_Escape)
    assert driver.pixels() == clean
    assert same(driver.session.graph.snapshot(), before)


# Frames as wholes ----------------------------------------------------------------------------------------------------


def test_a_frame_dragged_by_its_header_takes_along_what_is_in_it(driver: Driver, fence: str) -> None:
    x = put(driver, "ones", fence, -200, -60)
    inner = put_frame(driver, "comment", 20, -60, 180, 120, inside=fence)
    before = driver.session.graph.snapshot()
    driver.drag_frame(fence, 120, 96)
    assert driver.position(x) == (-80, 36)
    assert driver.session.graph.frames[inner].rect[:2] == (140, 36)
    assert driver.session.graph.frames[fence].rect[:2] == (-120, -24)
    takes_back(driver, before)


def test_a_frame_dragged_into_another_joins_it(driver: Driver, fence: str) -> None:
    comment = put_frame(driver, "comment", -240, 200, 180, 100)
    before = driver.session.graph.snapshot()
    driver.drag_frame(comment, 96, -240)
    assert driver.session.graph.frames[comment].frame == fence
    takes_back(driver, before)
    driver.drag_frame(comment, 0, 360)
    assert driver.session.graph.frames[comment].frame is None


def test_a_click_on_the_header_selects_a_frame_and_delete_takes_it_with_its_contents(driver: Driver, loop: str) -> None:
    driver.put("ones", -300, 240, size=[2])
    before = driver.session.graph.snapshot()
    driver.click(driver.frame_part(loop))
    assert driver.session.selection == {loop}
    driver.key(Qt.Key.Key_Delete)
    assert list(driver.session.graph.nodes) == [driver.node_of("ones")]
    assert not driver.scene.frames
    takes_back(driver, before)


def test_inside_a_frame_is_empty_canvas(driver: Driver, fence: str) -> None:
    x = put(driver, "ones", fence, -60, -60)
    driver.drag(driver.at(-120, -80), driver.at(180, 100))
    assert driver.session.selection == {x}
    driver.click(driver.at(200, 0))
    assert not driver.session.selection


def test_a_rubber_band_around_a_frame_selects_it_with_what_is_in_it_and_all_of_it_moves(
    driver: Driver, fence: str
) -> None:
    x = put(driver, "ones", fence, -60, -60)
    driver.drag(driver.at(-300, -180), driver.at(300, 180))
    assert driver.session.selection == {x, fence}
    driver.drag_node(x, 60, 60)
    assert driver.session.graph.frames[fence].rect[:2] == (-120, 0)
    assert driver.position(x) == (60, 60)
    driver.key(Qt.Key.Key_Z, CTRL)
    driver.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert driver.session.graph.frames[fence].rect[:2] == (-228, -120)
    assert driver.position(x) == (-48, -60)


def test_a_frame_is_copied_and_pasted_with_what_is_in_it(driver: Driver, loop: str) -> None:
    driver.click(driver.frame_part(loop))
    driver.key(Qt.Key.Key_C, CTRL)
    driver.click(driver.at(0, 300))
    QTest.mouseMove(driver.view.viewport(), driver.at(100, 330))
    driver.key(Qt.Key.Key_V, CTRL)
    (other,) = set(driver.session.graph.frames) - {loop}
    assert {driver.session.graph.nodes[id].op for id in driver.members(other)} == {"carry", "repeat_while"}
    assert driver.session.graph.frames[other].frame is None


# Size ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "rect"),
    [
        ("right", (-240, -120, 540, 240)),
        ("left", (-180, -120, 420, 240)),
        ("bottom", (-240, -120, 480, 300)),
        ("top left", (-180, -60, 420, 180)),
        ("bottom right", (-240, -120, 540, 300)),
    ],
)
def test_a_border_is_dragged_to_another_size(
    driver: Driver, fence: str, part: str, rect: tuple[float, float, float, float]
) -> None:
    before = driver.session.graph.snapshot()
    driver.drag_frame(fence, 60, 60, part)
    assert driver.session.graph.frames[fence].rect == rect
    takes_back(driver, before)


def test_a_frame_is_never_smaller_than_its_contents(driver: Driver, fence: str) -> None:
    x = put(driver, "ones", fence, -60, -60)
    driver.drag_frame(fence, -2000, -2000, "bottom right")
    assert driver.frame(fence).rect.contains(driver.scene.faces[x].body())
    assert driver.members(fence) == {x}


def test_what_a_frame_is_stretched_over_joins_it(driver: Driver, fence: str) -> None:
    x = driver.put("ones", 300, -60, size=[2])
    before = driver.session.graph.snapshot()
    driver.drag_frame(fence, 300, 0, "right")
    assert driver.members(fence) == {x}
    takes_back(driver, before)


# Around what is there ------------------------------------------------------------------------------------------------


def test_n_puts_a_no_grad_region_around_the_selection_and_dissolve_takes_it_away(driver: Driver) -> None:
    x = driver.put("ones", -400, -60, size=[2], requires_grad=True)
    y = driver.put("exp", -60, -60)
    driver.join(x, y, "input")
    start = driver.session.graph.snapshot()
    driver.select(y)
    driver.key(Qt.Key.Key_N)
    (fence,) = driver.session.graph.frames
    assert driver.members(fence) == {y}
    assert driver.frame(fence).rect.contains(driver.scene.faces[y].body())
    assert driver.session.selection == {fence}
    assert not driver.session.run.tensor(y).requires_grad
    takes_back(driver, start)
    driver.click(driver.frame_part(fence))
    driver.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert driver.session.graph.nodes == start.nodes
    assert not driver.session.graph.frames
    assert driver.session.run.tensor(y).requires_grad


def test_w_makes_the_selection_the_body_of_a_loop(driver: Driver) -> None:
    driver.look_at(0, 0, 0.7)
    y = driver.put("exp", -60, -60)
    start = driver.session.graph.snapshot()
    driver.select(y)
    driver.key(Qt.Key.Key_W)
    (loop,) = driver.session.graph.frames
    assert driver.members(loop) == {y, driver.node_of("carry"), driver.node_of("repeat_while")}
    takes_back(driver, start)


def test_dissolve_without_a_frame_says_how_to_choose_one(driver: Driver) -> None:
    driver.select(driver.put("ones", 0, 0, size=[2]))
    driver.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert driver.said() == "No frame is selected: click the header of one."


def test_the_menu_on_a_header_offers_what_can_be_done_with_a_frame(driver: Driver, fence: str) -> None:
    at = driver.frame_part(fence)
    driver.view.menu_wanted.emit(at)
    menu = driver.window.findChild(QMenu, "menu.node")
    assert {"action.frame.dissolve", "action.edit.delete"} <= {action.objectName() for action in menu.actions()}
    assert driver.session.selection == {fence}
    menu.close()
    QApplication.processEvents()


# Why not -------------------------------------------------------------------------------------------------------------


def refused(driver: Driver, at: QPoint, sentence: str) -> None:
    """It stands at the cursor while one drags; the release says it again, and nothing has changed."""
    before = driver.session.graph.snapshot()
    assert driver.why_not() == sentence
    driver.release(at)
    assert driver.said() == sentence
    assert same(driver.session.graph.snapshot(), before)
    assert driver.scene.preview.empty


def test_a_carry_cannot_be_dragged_out_of_its_loop(driver: Driver, loop: str) -> None:
    carry = driver.node_of("carry")
    at = driver.drag_node(carry, -100, 300, drop=False)
    refused(driver, at, f"{carry} belongs to a loop: drop it into a while frame.")


def test_a_backward_node_cannot_be_dragged_into_a_loop(driver: Driver, loop: str) -> None:
    node = driver.put("backward", -100, 240)
    at = driver.drag_node_into(node, loop, drop=False)
    refused(driver, at, f"{node} runs a pass when the program is done: it cannot stand inside a loop.")


def test_a_second_repeat_while_cannot_be_dragged_into_a_loop(driver: Driver, loop: str) -> None:
    first = driver.node_of("repeat_while")
    put_frame(driver, "while", -300, 260, 600, 180)
    (second,) = {id for id, node in driver.session.graph.nodes.items() if node.op == "repeat_while"} - {first}
    at = driver.drag_node_into(second, loop, drop=False)
    refused(driver, at, f"{loop} has its repeat_while already: {first}.")


def test_a_node_that_waits_for_a_loop_cannot_be_dragged_into_what_the_loop_needs(driver: Driver, loop: str) -> None:
    """x goes into the loop and comes out of it into y: y and x cannot both be in one that stands before it."""
    x = driver.put("ones", -560, -60, size=[2])
    driver.join(x, driver.node_of("carry"), "start")
    at = driver.drag_node_into(x, loop, drop=False)
    carry = driver.session.graph.nodes[driver.node_of("carry")].name
    refused(driver, at, f"{carry} is set before the loop begins: its start cannot come from {x}, which runs inside it.")


def test_a_node_between_two_nodes_of_a_loop_cannot_be_dragged_out(driver: Driver, loop: str) -> None:
    first, middle, last = (put(driver, "exp", loop, x, 120) for x in (-276, -60, 156))
    driver.join(first, middle, "input")
    driver.join(middle, last, "input")
    at = driver.drag_node(middle, 0, 300, drop=False)
    refused(
        driver, at, f"That would make a cycle: {middle} waits for the end of {loop}, and {last} in it needs {middle}."
    )


def test_a_frame_cannot_be_dragged_where_its_contents_cannot_stand(driver: Driver, loop: str) -> None:
    fence = put_frame(driver, "no_grad", -200, 240, 240, 160)
    node = put(driver, "backward", fence, -180, 270)
    at = driver.drag_frame(fence, 200, -300, drop=False)
    refused(driver, at, f"{node} runs a pass when the program is done: it cannot stand inside a loop.")


def test_only_the_wire_into_next_goes_back(driver: Driver, loop: str) -> None:
    carry = driver.node_of("carry")
    first, last = (put(driver, "mul", loop, x, -60, other=2) for x in (-40, 180))
    driver.join(carry, first, "input")
    driver.join(first, last, "input")
    driver.drag(driver.port(last), driver.port(first, "other"), drop=False)
    draft = driver.scene.preview.draft
    assert draft is not None
    assert "Only the wire into a carry's next goes back." in draft.reason
    assert (carry, "in", "next") in driver.scene.preview.fitting
    assert (first, "in", "other") not in driver.scene.preview.fitting
    driver.release(driver.port(first, "other"))
    assert driver.source_of(first, "other") is None
    assert "Only the wire into a carry's next goes back." in driver.said()
    driver.wire(last, carry, "next")
    assert driver.source_of(carry, "next") == last
    assert driver.scene.wires[carry, "next"].back is not None


# Looks ---------------------------------------------------------------------------------------------------------------


def test_the_back_wire_is_found_on_its_lane_and_two_carries_have_two(driver: Driver, loop: str) -> None:
    carry = driver.node_of("carry")
    other = put(driver, "carry", loop, -276, 120)
    body = put(driver, "mul", loop, 0, 100, other=2)
    driver.join(body, carry, "next")
    driver.join(body, other, "next")
    one, two = driver.scene.wires[carry, "next"], driver.scene.wires[other, "next"]
    assert one.back is not None
    assert two.back is not None
    assert one.back.y > two.back.y > driver.scene.faces[other].body().bottom()
    assert one.back.out > two.back.out
    assert driver.frame(loop).rect.contains(one.rect().adjusted(8, 8, -8, -8))
    for wire in (one, two):
        assert wire.back is not None
        driver.click(driver.at((wire.start.x() + wire.end.x()) / 2, wire.back.y))
        assert driver.session.selection == {wire.key}


@pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15])
def test_a_picture_with_frames_is_the_same_however_it_came_about(driver: Driver, zoom: float) -> None:
    fence = put_frame(driver, "no_grad", -240, -120, 480, 240)
    x = put(driver, "ones", fence, -60, -60)
    loop = put_frame(driver, "while", -300, 200, 816, 264)
    put_frame(driver, "comment", 300, -120, 200, 120)
    driver.look_at(0, 100, zoom)
    driver.drag_frame(fence, 60, 24)
    driver.drag_node(x, 60, 0)
    driver.click(driver.frame_part(loop))
    assert driver.looks_fresh()
    driver.key(Qt.Key.Key_Z, CTRL)
    driver.key(Qt.Key.Key_Z, CTRL)
    assert driver.looks_fresh()


def test_a_graph_of_many_frames_is_painted_from_far_away(driver: Driver) -> None:
    for row in range(11):
        for column in range(10):
            driver.session.do(commands.add_node, "ones", (column * 300, row * 300))
    fence = put_frame(driver, "no_grad", -40, -60, 600, 500)
    bare = driver.view.zoom
    driver.look_at(1500, 1500, 0.15)
    assert driver.view.zoom < bare
    seen = driver.pixels()
    driver.session.do(commands.delete, [], [], [fence])
    assert driver.pixels() != seen


def test_fit_shows_the_frames_whole(driver: Driver, fence: str) -> None:
    driver.look_at(5000, 5000, 1.0)
    driver.view.fit_all()
    shown = driver.view.mapToScene(driver.view.viewport().rect()).boundingRect()
    assert shown.contains(driver.frame(fence).bounds())
