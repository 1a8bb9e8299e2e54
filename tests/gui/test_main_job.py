"""The main job: from an empty canvas to a watched backward pass, a saved file and back, with mouse and keys only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from engine.document.files import dumps, load
from tests.gui.driver import CTRL, Driver

FOURS = [[4.5, 4.5], [4.5, 4.5]]


def build(driver: Driver) -> dict[str, str]:
    """x = ones(2, 2) → y = x + 2 → z = y · y · 3 → out = mean(z) → backward, by hand."""
    ids = {
        "x": driver.drag_in("ones", -420, 0),
        "y": driver.quick_add(-150, 0, "add"),
        "square": driver.drag_in("mul", 120, 0),
        "z": driver.drag_in("mul", 390, 0),
        "out": driver.quick_add(120, 200, "mean"),
        "backward": driver.quick_add(400, 200, "backward"),
    }
    driver.wire(ids["x"], ids["y"], "input")
    driver.inline(ids["y"], "other", "2")
    driver.wire(ids["y"], ids["square"], "input")
    driver.wire(ids["y"], ids["square"], "other")
    driver.wire(ids["square"], ids["z"], "input")
    driver.inline(ids["z"], "other", "3")
    driver.wire(ids["z"], ids["out"], "input")
    driver.wire(ids["out"], ids["backward"], "tensor")
    for name in ("x", "y", "z", "out"):
        driver.title(ids[name], name)
    driver.select(ids["x"])
    if not driver.session.graph.nodes[ids["x"]].params.get("requires_grad"):
        driver.press_button("inspector.requires_grad")
    return ids


def test_a_learner_builds_the_tutorial_watches_it_saves_it_and_finds_it_again(driver: Driver, tmp_path: Path) -> None:
    ids = build(driver)
    x, out = ids["x"], ids["out"]
    assert driver.value(out) == 27.0
    assert driver.gradient(x) is None

    driver.click(driver.at(0, 400))  # nothing selected: B does what the backward node says
    driver.view.setFocus()
    driver.key(Qt.Key.Key_B)
    assert driver.gradient(out) == 1.0
    assert driver.gradient(x) is None
    while driver.player.done < driver.player.count:
        driver.key(Qt.Key.Key_Right)
    assert driver.gradient(x) == FOURS
    assert driver.scene.faces[x].strip == ".grad  4.5"
    while driver.player.done > driver.player.first_backward:
        driver.key(Qt.Key.Key_Left)
    assert driver.gradient(x) is None
    assert driver.scene.faces[x].strip == ".grad  None"
    assert driver.value(out) == 27.0

    path = tmp_path / "mine.autograd"
    driver.key(Qt.Key.Key_S, CTRL)
    driver.choose_file(path)
    assert path.is_file()
    assert not driver.window.isWindowModified()
    before = dumps(load(path))

    driver.key(Qt.Key.Key_N, CTRL)
    assert not driver.session.graph.nodes
    driver.open(path)
    assert dumps(load(path)) == before
    assert driver.value(out) == 27.0
    assert [driver.scene.faces[id].title for id in (x, ids["y"], out)] == ["x", "y = x + 2", "out = mean(z)"]
    driver.key(Qt.Key.Key_B)
    driver.key(Qt.Key.Key_End)
    assert driver.gradient(x) == FOURS
