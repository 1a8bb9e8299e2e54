"""Where history ends: detach, no_grad, requires_grad=False and .data are told apart by eye; wires show what has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from engine.document import framing
from engine.document.records import Change, Node
from gui.canvas import hints
from gui.canvas.geometry import wire_points
from gui.canvas.look import FEW
from gui.theme import DARK, LIGHT, Theme
from tests.gui.driver import EXAMPLES, Driver

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
ZOOMS = pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15], ids=["100 %", "40 %", "15 %"])
ROWS = ("plain", "detach", "no_grad", "constant", "data")
HIGH = 340
LOWER = 130.0  # the middle of a row, so that no wire runs over another


@pytest.fixture
def stops(driver: Driver) -> Driver:
    """x · y(x) below each other, five times: with history, detached, under no_grad, with a constant, with bare data."""
    for row, name in enumerate(ROWS):
        y = row * HIGH
        x = driver.put("tensor", 0, y, "x", data=2.0, requires_grad=True)
        z = driver.put("mul", 800, y)
        driver.join(x, z, "input")
        if name == "constant":
            last = driver.put("tensor", 400, y + LOWER, "c", data=2.0)
        else:
            op = {"plain": "square", "no_grad": "square"}.get(name, name)
            last = driver.put(op, 400, y + LOWER)
            driver.join(x, last, "input")
        driver.join(last, z, "other")
        if name == "no_grad":
            assert driver.session.do(framing.wrap, [last], "no_grad", (370, y + LOWER - 30, 240, 190)) is not None
        driver.settle()
    return driver


def row(driver: Driver, name: str) -> tuple[str, str]:
    """The ids of what stands in the middle of a row, and of the product behind it."""
    y = ROWS.index(name) * HIGH
    at = {node.position: node.id for node in driver.session.graph.nodes.values()}
    return at[400.0, y + LOWER], at[800.0, y]


def hover(driver: Driver, node: str, port: str, share: float = 0.7) -> None:
    """The mouse over a wire."""
    wire = driver.scene.wires[node, port]
    x, y = wire_points(wire.start, wire.end, np.array([share]), wire.back)[0]
    QTest.mouseMove(driver.view.viewport(), driver.at(x, y))
    assert driver.scene.hover[2] == (node, port)


def hint(driver: Driver) -> str:
    """What is written over the wire under the mouse."""
    found = hints.hint(driver.scene)
    return hints.words(found[1], driver.session.graph) if found else ""


def with_many(driver: Driver) -> None:
    """So many nodes elsewhere that from far away all are mere blocks."""
    driver.session.graph.apply(*[Change(None, Node(f"far{i}", "ones", position=(9000, 200 * i))) for i in range(FEW)])
    driver.settle()


# Wires ---------------------------------------------------------------------------------------------------------------


@THEMES
@ZOOMS
def test_a_wire_is_solid_exactly_if_its_value_has_history(stops: Driver, theme: Theme, zoom: float) -> None:
    stops.window.set_theme(theme)
    with_many(stops)
    for name in ROWS:
        stops.look_at(600, ROWS.index(name) * HIGH + 100, zoom)
        middle, product = row(stops, name)
        assert solid(stops, product, "input")
        assert solid(stops, product, "other") == (name == "plain"), name
        if name in ("plain", "no_grad"):
            assert solid(stops, middle, "input")


def solid(driver: Driver, node: str, port: str) -> bool:
    """Whether no ground shows through a wire between the nodes at its ends."""
    picture, wire = driver.picture(), driver.scene.wires[node, port]
    ground = driver.scene.look.theme.color("canvas").lightness()
    points = wire_points(wire.start, wire.end, np.linspace(0, 1, 200))
    if driver.view.zoom < 0.2:
        points = np.linspace([wire.start.x(), wire.start.y()], [wire.end.x(), wire.end.y()], 200)
    bodies = [face.body().adjusted(-15, -15, 15, 15) for face in driver.scene.faces.values()]
    free = [driver.at(x, y) for x, y in points if not any(body.contains(QPointF(x, y)) for body in bodies)]
    assert free
    around = [QPoint(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    near = [[picture.pixelColor(at + away).lightness() for away in around] for at in free]
    return all(max(abs(light - ground) for light in box) > 30 for box in near)


def test_scissors_are_on_the_wire_as_soon_as_it_goes_into_a_detach_node(driver: Driver) -> None:
    x = driver.put("tensor", 0, 0, data=2.0, requires_grad=True)
    cut = driver.drag_in("detach", 400, 60)
    assert driver.scene.faces[cut].icon == "scissors"
    driver.wire(x, cut, "input")
    wire = driver.scene.wires[cut, "input"]
    assert (wire.stop, wire.tracked) == ("detach", True)
    bare = driver.drag_in("data", 400, 300)
    driver.wire(x, bare, "input")
    assert driver.scene.faces[bare].icon == "unseen"
    assert driver.scene.wires[bare, "input"].stop == "data"


def test_a_pass_leaves_the_mark_of_the_stop_on_the_wire_that_it_could_not_go_along(stops: Driver) -> None:
    marks = {}
    for name in ROWS:
        _, product = row(stops, name)
        stops.session.select([product])
        stops.session.backward(product)
        stops.settle()
        stops.player.seek(stops.player.count)
        marks[name] = stops.scene.wires[product, "other"].stop
        assert stops.gradient(product) == 1
    assert marks == {"plain": "", "detach": "detach", "no_grad": "no_grad", "constant": "constant", "data": "data"}


# At a glance ---------------------------------------------------------------------------------------------------------


@THEMES
@ZOOMS
def test_the_stops_differ_to_the_eye_without_any_colour(stops: Driver, theme: Theme, zoom: float) -> None:
    stops.window.set_theme(theme)
    with_many(stops)
    pictures = {}
    for name in ROWS:
        stops.look_at(400, ROWS.index(name) * HIGH + 160, zoom)
        corner, opposite = (stops.at(x, ROWS.index(name) * HIGH + y) for x, y in ((220, 60), (620, 310)))
        part = stops.picture().copy(QRect(corner, opposite)).convertToFormat(QImage.Format.Format_Grayscale8)
        pictures[name] = part
    least = 3 + round(60 * zoom)
    for one in ROWS:
        for other in ROWS:
            if one < other:
                assert differing(pictures[one], pictures[other]) > least, (one, other)


def differing(one: QImage, other: QImage) -> int:
    """How many pixels of two grey pictures differ so much that one sees it."""
    assert one.size() == other.size()
    grey = [
        np.array([[image.pixelColor(x, y).red() for x in range(image.width())] for y in range(image.height())])
        for image in (one, other)
    ]
    return int((np.abs(grey[0] - grey[1]) > 40).sum())


def test_the_foot_of_a_node_says_why_it_has_no_history(stops: Driver) -> None:
    feet = {name: stops.scene.faces[row(stops, name)[0]].footer for name in ROWS}
    assert feet == {
        "plain": "grad_fn PowBackward0",
        "detach": "no grad_fn: detached",
        "no_grad": "no grad_fn: under no_grad",
        "constant": "leaf · requires_grad ✗",
        "data": "no grad_fn: unseen",
    }


def test_the_tray_of_a_leaf_is_closed_while_requires_grad_is_off(stops: Driver) -> None:
    leaf, product = row(stops, "constant")
    face = stops.scene.faces[leaf]
    assert (face.closed, face.tray, face.strip) == (True, False, "no .grad")
    before = stops.pixels()
    stops.select(leaf)
    stops.press_button("inspector.requires_grad")
    face = stops.scene.faces[leaf]
    assert (face.closed, face.tray, face.strip) == (False, True, ".grad  None")
    assert stops.scene.wires[product, "other"].tracked
    stops.session.history.undo()
    stops.settle()
    stops.session.select(())
    assert stops.scene.faces[leaf].closed
    assert stops.pixels() == before


def test_a_leaf_under_no_grad_keeps_its_open_tray(driver: Driver) -> None:
    x = driver.put("tensor", 0, 0, data=2.0, requires_grad=True)
    driver.session.do(framing.wrap, [x], "no_grad", (-30, -30, 240, 190))
    driver.settle()
    assert (driver.scene.faces[x].tray, driver.scene.faces[x].closed) == (True, False)


def test_a_constant_says_how_it_was_made(driver: Driver) -> None:
    x = driver.put("ones", 0, 0, size=[2, 3])
    assert driver.scene.faces[x].strip == "no .grad · ones(2, 3)"


# Hovering ------------------------------------------------------------------------------------------------------------


def test_hovering_over_a_wire_says_which_input_brought_its_history_or_what_ended_it(stops: Driver) -> None:
    said = {}
    for name in ROWS:
        stops.look_at(600, ROWS.index(name) * HIGH + 100)
        hover(stops, row(stops, name)[1], "other")
        said[name] = hint(stops)
    assert said == {
        "plain": "Carries history: x brought it through input.",
        "detach": "No history: detach(x) cut it off.",
        "no_grad": "No history: computed under no_grad.",
        "constant": "No history: requires_grad is off at c.",
        "data": "No history: x.data is the bare data, unseen by autograd.",
    }


@THEMES
def test_the_port_that_brought_history_is_ringed_and_its_way_lights_up(stops: Driver, theme: Theme) -> None:
    stops.window.set_theme(theme)
    middle, product = row(stops, "plain")
    stops.look_at(500, 100)
    before, focus = stops.pixels(), theme.color("focus")
    port = stops.port(middle, "input")
    assert not stops.shows(port + QPoint(0, -9), focus)
    hover(stops, product, "other")
    assert stops.shows(port + QPoint(0, -9), focus)
    QTest.mouseMove(stops.view.viewport(), stops.at(500, -150))
    assert hint(stops) == ""
    assert stops.pixels() == before


def test_in_a_loop_one_reads_how_the_history_came_in_the_turn_that_is_shown(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_while.autograd")
    wire = driver.scene.wires["mul2", "input"]
    driver.look_at(wire.start.x(), wire.start.y() + 60)
    hover(driver, "mul2", "input", 0.6)
    assert hint(driver) == "Carries history: x brought it through next."
    driver.session.turns.look("while1", 0)
    assert hint(driver) == "Carries history: x brought it through start."
    assert driver.scene.faces["repeat_while1"].strip == "at most 10,000 turns"
    assert driver.scene.wires["data1", "input"].stop == "data"


def test_over_the_mark_of_a_cut_one_reads_that_history_ends_here(stops: Driver) -> None:
    for name, words in (
        ("detach", "detach cuts it off."),
        ("data", ".data hands on bare numbers, unseen by autograd."),
    ):
        stops.look_at(300, ROWS.index(name) * HIGH + 100)
        hover(stops, row(stops, name)[0], "input", 0.5)
        assert hint(stops) == f"Carries history: requires_grad is on at x. It ends here: {words}"


sizes = st.tuples(st.floats(40, 380), st.floats(20, 90))
points = st.tuples(st.floats(-200, 1400), st.floats(-200, 1000))


@given(size=sizes, middle=points, ends=st.tuples(st.floats(0, 800), st.floats(0, 300)), back=st.booleans())
def test_the_words_stay_within_the_window(
    size: tuple[float, float], middle: tuple[float, float], ends: tuple[float, float], back: bool
) -> None:
    at, (wide, high) = QPointF(*middle), ends
    tops = hints.places(size[1], at, QRectF(at.x() - wide / 2, at.y() - high, wide, high), back)
    rect = hints.beside(QSizeF(*size), at, tops, QRectF(0, 0, 1200, 800), lambda _box: 0)
    assert QRectF(0, 0, 1200, 800).contains(rect)


def test_the_words_stand_where_they_cover_the_fewest_nodes() -> None:
    middle, window = QPointF(600, 400), QRectF(0, 0, 1200, 800)

    def stands(*nodes: QRectF, back: bool = False) -> QRectF:
        tops = hints.places(30, middle, QRectF(500, 340, 200, 120), back)
        return hints.beside(QSizeF(300, 30), middle, tops, window, lambda box: sum(map(box.intersects, nodes)))

    above, below = QRectF(450, 340, 120, 60), QRectF(450, 410, 120, 60)
    assert stands().bottom() < middle.y()
    assert stands(above).top() > middle.y()
    assert not any(stands(above, below).intersects(node) for node in (above, below))
    assert stands(back=True).top() > middle.y()


def test_the_words_about_a_wire_that_goes_back_stand_under_its_lane(driver: Driver) -> None:
    driver.open(EXAMPLES / "blitz_while.autograd")
    key = next(key for key, wire in driver.scene.wires.items() if wire.back is not None)
    wire = driver.scene.wires[key]
    assert wire.back is not None
    before = driver.picture()
    hover(driver, *key, 0.5)
    raised = driver.scene.look.theme.color("raised")
    under = driver.at((wire.start.x() + wire.end.x()) / 2, wire.back.y) + QPoint(0, 20)
    assert before.pixelColor(under) != raised
    assert driver.picture().pixelColor(under) == raised


def test_nothing_is_said_of_a_wire_without_a_value_nor_while_a_pass_plays(stops: Driver) -> None:
    _, product = row(stops, "plain")
    open_node = stops.put("neg", 400, -300)
    after = stops.put("neg", 800, -300)
    stops.join(open_node, after, "input")
    stops.look_at(600, -200)
    hover(stops, after, "input")
    assert hint(stops) == ""
    stops.look_at(600, 100)
    hover(stops, product, "other")
    assert hint(stops)
    stops.player.duration_scale = 1.0
    stops.session.backward(product)
    stops.settle()
    stops.player.play()
    assert stops.player.playing
    assert hint(stops) == ""
    stops.player.pause()
    assert hint(stops)
