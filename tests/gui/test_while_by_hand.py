"""The tutorial's loop: built from an empty canvas, run again with other numbers, watched, scrubbed, saved and found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt

from engine import torch
from engine.document.files import dumps, load
from engine.document.records import Frame
from gui.panels.inspector.fields import Field
from tests.gui.driver import CTRL, Driver

V = [0.1, 1.0, 0.0001]


def build(driver: Driver) -> dict[str, str]:
    """x = randn(3) → y = x · 2 → while ‖y.data‖ < 1000: y = y · 2 → y.backward(v), by hand."""
    driver.look_at(300, 100, 0.45)
    ids = {
        "x": driver.drag_in("randn", -560, 60),
        "double": driver.drag_in("mul", -300, 60),
        "loop": driver.drag_in("while", 380, 100),
    }
    ids["y"], ids["repeat"] = driver.node_of("carry"), driver.node_of("repeat_while")
    driver.drag_frame(ids["loop"], 336, 132, part="bottom right")
    driver.drag_node(ids["repeat"], 930, 16)
    ids["data"] = driver.drag_in("data", 350, 70)
    ids["norm"] = driver.quick_add(585, 70, "norm")
    ids["lt"] = driver.quick_add(810, 70, "lt")
    ids["again"] = driver.drag_in("mul", 350, 220)
    ids["v"] = driver.drag_in("tensor", 1000, 480)
    ids["backward"] = driver.drag_in("backward", 1340, 360)
    for source, target, port in (
        ("x", "double", "input"),
        ("double", "y", "start"),
        ("y", "data", "input"),
        ("data", "norm", "input"),
        ("norm", "lt", "input"),
        ("lt", "repeat", "condition"),
        ("y", "again", "input"),
        ("again", "y", "next"),
        ("y", "backward", "tensor"),
        ("v", "backward", "gradient"),
    ):
        driver.wire(ids[source], ids[target], port)
        assert driver.source_of(ids[target], port) == ids[source], driver.said()
    driver.inline(ids["double"], "other", "2")
    driver.inline(ids["lt"], "other", "1000")
    driver.inline(ids["again"], "other", "2")
    for name in ("x", "y", "v"):
        driver.title(ids[name], name)
    driver.select(ids["x"])
    driver.fill("inspector.size", "3")
    if not driver.session.graph.nodes[ids["x"]].params.get("requires_grad"):
        driver.press_button("inspector.requires_grad")
    driver.paste_values(ids["v"], V)
    driver.click(driver.at(-560, 420))  # nothing is selected: R and B are for all
    driver.view.setFocus()
    return ids


def doubled(x: object) -> tuple[int, np.ndarray]:
    """How often torch's own loop doubles these numbers, and the gradient that it hands to x."""
    leaf = torch.tensor(x, requires_grad=True)
    y = leaf * 2
    turns = 0
    while y.data.norm() < 1000:
        y = y * 2
        turns += 1
    y.backward(torch.tensor(V))
    assert leaf.grad is not None
    return turns, leaf.grad.numpy()


def run_backward(driver: Driver) -> None:
    driver.view.setFocus()
    driver.key(Qt.Key.Key_B)
    driver.key(Qt.Key.Key_End)


def shown_gradient(driver: Driver, node: str) -> np.ndarray:
    """Bit for bit."""
    shown = driver.scene.faces[node].gradient
    assert shown is not None
    return shown.array


def test_the_loop_is_built_by_hand_and_every_run_gives_its_own_count_and_gradient(driver: Driver) -> None:
    ids = build(driver)
    assert driver.members(ids["loop"]) == {ids[name] for name in ("y", "repeat", "data", "norm", "lt", "again")}
    assert driver.scene.wires[ids["y"], "next"].back is not None
    counts = set()
    for _ in range(10):
        driver.key(Qt.Key.Key_R)
        turns, gradient = doubled(driver.value(ids["x"]))
        assert driver.frame(ids["loop"]).turns == turns
        run_backward(driver)
        assert np.array_equal(shown_gradient(driver, ids["x"]), gradient)
        assert np.allclose(gradient, 2.0 ** (turns + 1) * np.array(V))
        counts.add(turns)
    assert len(counts) > 1
    for _ in range(10):
        driver.key(Qt.Key.Key_Z, CTRL)  # each new set of numbers was one step
    assert driver.session.graph.nodes[ids["x"]].params["seed"] == 0


def test_the_pass_is_watched_turn_by_turn_and_scrubbed_back(driver: Driver) -> None:
    ids = build(driver)
    loop = ids["loop"]
    turns = driver.frame(loop).turns
    assert turns
    assert driver.frame(loop).turn_text() == "end"
    assert driver.value(ids["lt"]) is False
    driver.key(Qt.Key.Key_B)
    seen = [driver.frame(loop).shown]
    while driver.player.done < driver.player.count:
        driver.key(Qt.Key.Key_Right)
        seen.append(driver.frame(loop).shown)
    assert seen == sorted(seen, reverse=True)
    assert set(range(turns)) <= set(seen)
    driver.key(Qt.Key.Key_Home)
    assert driver.gradient(ids["x"]) is None


def test_the_stepper_in_the_header_shows_the_values_of_another_turn(driver: Driver) -> None:
    ids = build(driver)
    loop, turns = ids["loop"], driver.frame(ids["loop"]).turns
    assert turns
    last = driver.value(ids["y"])
    driver.click(driver.frame_part(loop, "back"))
    assert driver.frame(loop).turn_text() == f"{turns}/{turns}"
    assert np.allclose(np.array(driver.value(ids["y"])) * 2, last)
    assert driver.value(ids["lt"]) is True
    at = driver.frame_part(loop, "turn")
    driver.drag(at, at - driver.at(2000, 0) + driver.at(0, 0))
    assert driver.frame(loop).shown == 0
    assert driver.value(ids["y"]) == driver.value(ids["double"])
    driver.click(driver.frame_part(loop, "on"))
    assert driver.frame(loop).shown == 1
    driver.double_click(driver.frame_part(loop, "on"))
    assert driver.frame(loop).shown == 3


def test_the_loop_is_saved_and_found_again_as_it_was(driver: Driver, tmp_path: Path) -> None:
    ids = build(driver)
    turns, rect = driver.frame(ids["loop"]).turns, driver.frame(ids["loop"]).rect
    path = tmp_path / "loop.autograd"
    driver.key(Qt.Key.Key_S, CTRL)
    driver.choose_file(path)
    before = dumps(load(path))
    driver.key(Qt.Key.Key_N, CTRL)
    assert not driver.scene.frames
    driver.open(path)
    assert dumps(load(path)) == before
    assert (driver.frame(ids["loop"]).turns, driver.frame(ids["loop"]).rect) == (turns, rect)
    assert driver.frame(ids["loop"]).title.startswith("while ")
    assert driver.frame(ids["loop"]).title.endswith(" < 1000")
    run_backward(driver)
    assert np.array_equal(shown_gradient(driver, ids["x"]), doubled(driver.value(ids["x"]))[1])


def test_every_step_of_building_the_loop_is_taken_back_and_made_again(driver: Driver) -> None:
    build(driver)
    made, steps = driver.session.graph.snapshot(), driver.steps
    pictures = [driver.fresh_pixels()]
    for _ in range(steps):
        driver.key(Qt.Key.Key_Z, CTRL)
    assert not driver.session.graph.nodes
    assert not driver.scene.frames
    for _ in range(steps):
        driver.key(Qt.Key.Key_Y, CTRL)
    after = driver.session.graph.snapshot()
    assert (after.nodes, after.edges, after.frames) == (made.nodes, made.edges, made.frames)
    assert all(isinstance(frame, Frame) for frame in after.frames.values())
    driver.session.select(())
    pictures.append(driver.fresh_pixels())
    assert pictures[0] == pictures[1]


def test_what_a_carry_takes_on_is_no_number_to_type(driver: Driver) -> None:
    driver.drag_in("while", 0, 0)
    carry = driver.node_of("carry")
    driver.double_click(driver.port(carry, "next"))
    assert not driver.window.number.isVisible()
    driver.select(carry)
    fields = {field.objectName() for field in driver.find("inspector.form").findChildren(Field)}
    assert fields == {"inspector.field.start"}
    driver.inline(carry, "start", "2")
    assert driver.session.graph.nodes[carry].params == {"start": 2}
