"""What is painted: themes, levels of detail, scales, and that painting in parts is as good as painting anew."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDockWidget,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollArea,
    QToolButton,
    QWidget,
)

from engine.document.commands import Command
from engine.document.records import Change, Edge, Node
from gui.canvas import geometry
from gui.canvas.look import FEW
from gui.scale import GradScale, InkScale, short_number
from gui.theme import DARK, LIGHT, Theme, contrast, text_on
from tests.gui.driver import CTRL, Driver

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


# Names --------------------------------------------------------------------------------------------------------------


def reachable(driver: Driver) -> list[QWidget]:
    """Every widget that one can click or that takes the keyboard, outside of Qt's own inner parts."""
    driver.settle()
    found = []
    for widget in driver.window.findChildren(QWidget):
        takes_keys = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if (takes_keys or isinstance(widget, QAbstractButton | QComboBox)) and not _inner(widget):
            found.append(widget)
    return found


def _inner(widget: QWidget) -> bool:
    """Whether a widget is a part of another one that Qt made: a viewport, the list of a box, a field's button."""
    if widget.objectName().startswith("qt_"):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        viewport = isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget
        if viewport or isinstance(parent, QComboBox | QLineEdit):
            return True
        if isinstance(parent, QAbstractScrollArea) and not isinstance(parent, QScrollArea | QGraphicsView):
            return True  # headers and corners of tables
        widget, parent = parent, parent.parentWidget()
        if isinstance(parent, QScrollArea | QGraphicsView):
            return False  # from here on it is what stands in the area
    return False


@pytest.mark.parametrize("selected", ["x", "y", "backward1", ""])
def test_everything_that_one_can_reach_has_a_name_of_its_own_and_an_accessible_name(
    mean: Driver, selected: str
) -> None:
    mean.session.select([selected] if selected else [])
    widgets = reachable(mean)
    assert len(widgets) > 12
    nameless = [f"{type(each).__name__} in {_path(each)}" for each in widgets if not each.objectName()]
    assert nameless == []
    silent = [each.objectName() for each in widgets if not (each.accessibleName() or _speaks(each))]
    assert silent == []
    names = Counter(each.objectName() for each in widgets)
    assert [name for name, count in names.items() if count > 1] == []


def _ours(widget: QWidget) -> bool:
    """Whether the program made a widget, and not Qt for one of its own: a scroll bar, a header, the list of a box."""
    parent = widget.parentWidget()
    bars = parent is not None and parent.objectName() in ("qt_scrollarea_hcontainer", "qt_scrollarea_vcontainer")
    menu = isinstance(widget, QMenu) and isinstance(parent, QMenuBar)
    more = menu and widget.menuAction() not in parent.actions()  # the menus that have no room in the bar
    return not (bars or more or _inner(widget))


@pytest.mark.parametrize("selected", ["x", "y", "backward1", "batch", ""])
def test_every_widget_of_the_program_has_a_name_of_its_own(mean: Driver, selected: str) -> None:
    if selected == "batch":
        selected = mean.put("tensor", 0, 400, data=np.zeros((2, 2, 2)).tolist())
    mean.session.select([selected] if selected else [])
    mean.settle()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # the form of what was selected before
    widgets = [each for each in mean.window.findChildren(QWidget) if _ours(each)]
    assert len(widgets) > 60
    assert [f"{type(each).__name__} in {_path(each)}" for each in widgets if not each.objectName()] == []
    names = Counter(each.objectName() for each in widgets)
    assert [name for name, count in names.items() if count > 1] == []


def test_panels_docks_menus_and_bars_are_called_by_what_they_are(mean: Driver) -> None:
    mean.select("x")
    spoken = ("welcome", "palette", "inspector", "inspector.form", "timeline", "palette.viewport", "menu", "status")
    parts = [part for name in spoken for part in mean.window.findChildren(QWidget, name)]
    assert len(parts) == len(spoken)
    parts += [part for kind in (QDockWidget, QMenu) for part in mean.window.findChildren(kind) if _ours(part)]
    assert [part.objectName() for part in parts if not part.accessibleName()] == []


def test_every_action_of_a_menu_has_a_name_of_its_own(mean: Driver, tmp_path: Path) -> None:
    recent = mean.window.menus.recent
    for name in ("", "one.autograd", "two.autograd"):
        if name:
            (tmp_path / name).touch()
            mean.window.settings.remember(tmp_path / name)
        recent.aboutToShow.emit()
        menus = mean.window.findChildren(QMenu)
        actions = [each for menu in menus for each in menu.actions() if not (each.isSeparator() or each.menu())]
        assert [each.text() for each in actions if not each.objectName()] == []
        assert {each.objectName() for each in recent.actions()} <= {f"action.recent.{n}" for n in ("none", 0, 1, 2)}


def test_names_are_the_same_in_another_window_of_another_day(mean: Driver) -> None:
    names = {each.objectName() for each in reachable(mean)}
    mean.window.toggle_theme()
    mean.key(Qt.Key.Key_B)
    mean.key(Qt.Key.Key_N, CTRL)
    assert {each.objectName() for each in reachable(mean)} >= {name for name in names if "inspector" not in name}


def _speaks(widget: QWidget) -> bool:
    """A button or a label is called by its text; a label without one is not to be seen."""
    return isinstance(widget, QLabel) or (isinstance(widget, QAbstractButton) and bool(widget.text()))


def _path(widget: QWidget) -> str:
    names = []
    parent = widget.parentWidget()
    while parent is not None:
        names.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names)


# Themes -------------------------------------------------------------------------------------------------------------


@THEMES
@pytest.mark.parametrize(
    ("ink", "grounds"),
    [
        ("text", ("canvas", "dock", "node", "header", "raised", "hover")),
        ("text2", ("canvas", "dock", "node", "header", "raised")),
        ("muted", ("canvas", "dock", "node")),
        ("positive", ("canvas", "dock", "node")),
        ("negative", ("canvas", "dock", "node")),
        ("chip_positive_text", ("chip_positive",)),
        ("chip_negative_text", ("chip_negative",)),
        ("warn_text", ("warn",)),
        ("error_text", ("error",)),
        ("accent_text", ("accent",)),
    ],
)
def test_text_stands_out_from_its_ground(theme: Theme, ink: str, grounds: tuple[str, ...]) -> None:
    for ground in grounds:
        assert contrast(theme.color(ink), theme.color(ground)) >= 4.5, ground


@THEMES
@pytest.mark.parametrize("token", ["edge", "edge_untracked", "selection", "focus", "nan", "ok"])
def test_lines_stand_out_from_the_canvas(theme: Theme, token: str) -> None:
    assert contrast(theme.color(token), theme.color("canvas")) >= 3.0


@THEMES
def test_a_number_in_a_cell_can_be_read_on_every_colour_of_the_scales(theme: Theme) -> None:
    grads, inks = GradScale(10.0, 3), InkScale(1.0, 10.0)
    for value in np.linspace(-10, 10, 81):
        for ground in (grads.color(float(value), theme), inks.color(float(value), theme)):
            assert contrast(text_on(ground), ground) >= 4.5


@THEMES
def test_every_kind_of_node_is_painted_in_both_themes_at_every_zoom(mean: Driver, theme: Theme) -> None:
    _one_of_each(mean)
    mean.window.set_theme(theme)
    mean.select("x")
    mean.key(Qt.Key.Key_B)
    for zoom in (0.1, 0.3, 1.0, 2.0):
        mean.look_at(600, 200, zoom)
        for position in (mean.player.first_backward + 0.5, float(mean.player.count)):
            mean.player.seek(position)
            picture = mean.picture()
            colors = {picture.pixelColor(x, y).rgb() for x in range(0, picture.width(), 5) for y in range(0, 600, 5)}
            assert len(colors) > 3
    assert mean.view.paint_errors == 0


def _one_of_each(driver: Driver) -> None:
    """A scalar, a long vector, a matrix, a big matrix, a batch, nothing at all, NaN, an error, an open port."""
    shapes: list[list[int]] = [[], [100], [3, 4], [60, 90], [2, 3, 4], [0], [1, 0, 2]]
    for place, size in enumerate(shapes):
        driver.put("randn", 300 * place - 400, 400, size=size, seed=0, requires_grad=True)
    driver.put("tensor", -400, 600, data=["nan", "inf", "-inf", 0.0, 1.0])
    driver.put("tensor", -100, 600, data=[True, False])
    driver.put("tensor", 200, 600, data=[1, 2, 3], dtype="int64")
    left, right = driver.put("ones", 400, 800, size=[2]), driver.put("ones", 400, 1000, size=[3])
    bad = driver.put("add", 800, 800)
    driver.join(left, bad, "input")
    driver.join(right, bad, "other")
    driver.put("mul", 500, 600)


def test_another_theme_changes_the_whole_picture_and_back_again(mean: Driver) -> None:
    mean.look_at(700, 60)
    before = mean.pixels()
    mean.window.toggle_theme()
    other = mean.pixels()
    assert other != before
    mean.window.toggle_theme()
    assert mean.pixels() == before


# Painting in parts --------------------------------------------------------------------------------------------------


def close(one: bytes, other: bytes) -> bool:
    """The same picture, but for the rounding of soft edges: three levels of 255, which no eye sees."""
    difference = np.frombuffer(one, np.uint8).astype(int) - np.frombuffer(other, np.uint8)
    return bool(np.abs(difference).max() <= 4)


def crowd(driver: Driver) -> list[str]:
    """Nodes that overlap, whose texts and shadows reach into each other."""
    ids = [driver.put("ones", 90 * i - 300, 70 * i - 250, size=[2, 2], requires_grad=i % 2 == 0) for i in range(6)]
    total = driver.put("add", -200, 60, other=2.5)
    bad = driver.put("matmul", 100, -200)
    wide = driver.put("ones", -480, 40, size=[3])
    driver.join(ids[0], total, "input")
    driver.join(ids[1], bad, "input")
    driver.join(wide, bad, "other")
    return [*ids, total, bad, wide]


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.3, 0.1])
def test_panning_shows_what_painting_anew_would(driver: Driver, zoom: float) -> None:
    crowd(driver)
    driver.look_at(0, 0, zoom)
    driver.pixels()
    corner = QPoint(2, 2)
    for away in (QPoint(37, 0), QPoint(-64, 21), QPoint(5, -90), QPoint(700, 3)):
        middle = driver.view.viewport().rect().center()
        driver.drag(middle, middle + away, button=Qt.MouseButton.MiddleButton)
        QTest.mouseMove(driver.view.viewport(), corner)
        assert close(driver.pixels(), driver.fresh_pixels())


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.3, 0.1])
def test_edits_show_what_painting_anew_would(driver: Driver, zoom: float) -> None:
    ids = crowd(driver)
    driver.look_at(0, 0, zoom)
    driver.pixels()
    session = driver.session
    for edit in (
        lambda: session.select([ids[2], ids[6]]),
        lambda: driver.key(Qt.Key.Key_Down),
        lambda: driver.key(Qt.Key.Key_D, CTRL),
        lambda: driver.key(Qt.Key.Key_Delete),
        lambda: session.select([ids[1], (ids[7], "other")]),
        lambda: driver.key(Qt.Key.Key_Delete),
        lambda: driver.key(Qt.Key.Key_Z, CTRL),
        lambda: session.select([ids[6]]),
        lambda: driver.key(Qt.Key.Key_B),
        lambda: driver.key(Qt.Key.Key_End),
        lambda: driver.key(Qt.Key.Key_Z),
    ):
        edit()
        driver.settle()
        driver.window.notice.hide()
        assert close(driver.pixels(), driver.fresh_pixels())


def test_a_drag_shows_what_painting_anew_would_while_it_goes_on_and_afterwards(driver: Driver) -> None:
    ids = crowd(driver)
    driver.look_at(0, 0)
    driver.pixels()
    start = driver.header(ids[5])
    driver.drag(start, start + QPoint(-120, -60), drop=False)
    assert close(driver.pixels(), driver.fresh_pixels())
    driver.release(start + QPoint(-120, -60))
    QTest.mouseMove(driver.view.viewport(), QPoint(2, 2))
    assert close(driver.pixels(), driver.fresh_pixels())


def test_a_wire_that_is_lifted_and_put_back_leaves_no_trace(driver: Driver) -> None:
    ids = crowd(driver)
    driver.look_at(0, 0)
    before = driver.pixels()
    driver.drag(driver.port(ids[6], "input"), driver.at(300, 300), drop=False)
    driver.key(Qt.Key.Key_Escape)
    driver.release(driver.at(300, 300))
    QTest.mouseMove(driver.view.viewport(), QPoint(2, 2))
    assert driver.pixels() == before


def test_the_outline_under_the_mouse_goes_when_the_mouse_goes(driver: Driver) -> None:
    node = driver.put("ones", -100, -60)
    driver.look_at(0, 0)
    before = driver.pixels()
    QTest.mouseMove(driver.view.viewport(), driver.body(node))
    assert driver.pixels() != before
    QTest.mouseMove(driver.view.viewport(), QPoint(2, 2))
    assert driver.pixels() == before


class Paints(QObject):
    """Counts the paint events of what it watches."""

    count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


# Rest ---------------------------------------------------------------------------------------------------------------


def test_at_rest_nothing_ticks(mean: Driver) -> None:
    mean.key(Qt.Key.Key_B)
    mean.key(Qt.Key.Key_End)
    mean.window.notice.hide()
    assert [timer for timer in mean.window.findChildren(QTimer) if timer.isActive()] == []


def test_at_rest_nothing_is_painted(mean: Driver) -> None:
    mean.settle()
    paints = Paints()
    mean.view.viewport().installEventFilter(paints)
    mean.settle()
    mean.settle()
    assert paints.count == 0
    mean.key(Qt.Key.Key_Plus, CTRL)
    assert paints.count > 0


# Scales -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "signed", "text"),
    [
        (27, False, "27"),
        (4.5, False, "4.5"),
        (2.25, True, "+2.25"),
        (-0.003, False, "-.003"),
        (1e-5, False, "1e-5"),
        (0.75, False, "0.75"),
        (0.0, True, "0"),
        (123456.0, False, "1e5"),
        (float("nan"), False, "nan"),
        (float("-inf"), True, "-inf"),
        (True, False, "true"),
        (1 / 3, False, "0.333"),
        (99999, False, "99999"),
    ],
)
def test_a_number_is_written_in_five_glyphs(number: float, signed: bool, text: str) -> None:
    assert short_number(number, signed) == text


def test_short_numbers_are_short_and_near_the_truth() -> None:
    for value in np.random.default_rng(0).normal(size=300) * 10.0 ** np.random.default_rng(1).integers(-9, 9, 300):
        text = short_number(value, signed=True)
        assert len(text) <= 6
        assert abs(float(text) - value) <= 0.5 * abs(value)


def test_the_scale_of_gradients_spans_what_the_pass_has() -> None:
    scale = GradScale.of([np.array([4.5, -0.25]), np.array(0.0), np.array([np.nan, np.inf])])
    assert scale == GradScale(4.5, 2)
    assert GradScale.of([np.array([1.0, 1e-5])]).decades == 5
    assert GradScale.of([np.array([1.0, 1e-30])]).decades == 8
    assert GradScale.of([]) == GradScale.of([np.zeros(3)]) == GradScale()


def test_the_largest_gradient_has_the_full_hue_and_the_smallest_can_be_told_from_zero() -> None:
    scale = GradScale(10.0, 4)
    assert scale.color(10.0, DARK) == DARK.color("positive")
    assert scale.color(-10.0, DARK) == DARK.color("negative")
    assert scale.color(0.0, DARK) == DARK.color("zero")
    assert scale.color(float("nan"), DARK) == DARK.color("nan")
    assert scale.color(1e-9, DARK) != DARK.color("zero")
    reds = [_distance(scale.color(10.0**power, DARK), DARK.color("zero")) for power in range(-3, 2)]
    assert reds == sorted(reds)


def test_a_wire_is_as_wide_as_its_gradient_is_strong_however_many_elements_it_has() -> None:
    scale = GradScale(1.0, 2)
    assert scale.width(np.array(1.0)) == scale.width(np.ones(1000)) == pytest.approx(6.0)
    assert scale.width(np.array(0.0)) == pytest.approx(1.5)
    assert scale.width(np.zeros(0)) == pytest.approx(1.5)


@THEMES
def test_values_are_ink_from_dark_to_light(theme: Theme) -> None:
    scale = InkScale.of([np.array([-4.0, 1.0, 2.0])])
    assert (scale.typical, scale.high) == (2.0, 4.0)
    lights = [scale.color(value, theme).lightnessF() for value in (-4.0, -1.0, 0.0, 1.0, 4.0)]
    assert lights == sorted(lights)
    assert scale.color(4.0, theme) == theme.color("ink_high")
    assert scale.color(-4.0, theme) == theme.color("ink_low")
    assert scale.color(float("inf"), theme) == theme.color("nan")


def _distance(one: QColor, other: QColor) -> float:
    return math.dist(one.getRgb()[:3], other.getRgb()[:3])


def test_buttons_of_the_transport_are_drawn_not_written(driver: Driver) -> None:
    """Signs such as ⏭ are missing on many machines."""
    for name in ("start", "back", "play", "forward", "end"):
        button = driver.find(f"timeline.{name}")
        assert isinstance(button, QToolButton)
        assert button.text() == ""
        assert not button.icon().isNull()


def test_many_nodes_far_away_are_blocks_in_the_colours_of_what_they_hold(driver: Driver) -> None:
    nodes = [Node("x0", "ones", {"size": [2], "requires_grad": True}, (0.0, 0.0))]
    edges = []
    for i in range(1, FEW + 20):
        nodes.append(Node(f"x{i}", "sin", {}, (284.0 * (i % 20), 200.0 * (i // 20))))
        edges.append(Edge(f"x{i - 1}", f"x{i}", "input"))
    changes = [Change(None, record) for record in (*nodes, *edges)]
    driver.session.perform(Command("Add many", tuple(changes)))
    driver.settle()
    driver.look_at(2800, 600, 0.15)
    block = driver.at(284 * 5 + 60, 60)
    assert driver.shows(block, driver.scene.look.theme.color("border"))
    driver.session.select(["x5"])
    assert driver.shows(block, driver.scene.look.theme.color("selection"))
    driver.view.horizontalScrollBar().setValue(driver.view.horizontalScrollBar().value() + 60)
    assert close(driver.pixels(), driver.fresh_pixels())


# What a pass leaves on the canvas, in pixels --------------------------------------------------------------------------


@pytest.fixture
def at_the_end(mean: Driver) -> Driver:
    mean.key(Qt.Key.Key_B)
    mean.key(Qt.Key.Key_End)
    mean.look_at(700, 60)
    return mean


def thickness(driver: Driver, at: QPoint) -> int:
    """How many px of a wire, and not of the ground, stand above and below a point."""
    ground = driver.scene.look.theme.color("canvas").getRgb()[:3]
    picture = driver.picture()
    column = [picture.pixelColor(at + QPoint(0, dy)).getRgb()[:3] for dy in range(-12, 13)]
    return sum(math.dist(rgb, ground) > 60 for rgb in column)


def test_a_wire_is_as_wide_as_its_gradient_is_large(at_the_end: Driver) -> None:
    large = thickness(at_the_end, at_the_end.on_wire("mul1", "input"))
    small = thickness(at_the_end, at_the_end.on_wire("z", "input"))
    assert large > small + 1
    at_the_end.key(Qt.Key.Key_Home)
    assert thickness(at_the_end, at_the_end.on_wire("mul1", "input")) < large - 2


def inside(driver: Driver, node: str, x: float, y: float) -> QPoint:
    place = driver.scene.faces[node].position
    return driver.at(place.x() + x, place.y() + y)


def test_a_full_tray_is_painted_in_the_colour_of_its_sign(at_the_end: Driver) -> None:
    at_the_end.look_at(300, 60)
    color = at_the_end.scene.look.theme.color
    place = at_the_end.scene.faces["x"].layout
    corner = inside(at_the_end, "x", place.width - 24, place.strip_top + 14)
    assert at_the_end.shows(corner, color("chip_positive"))
    at_the_end.key(Qt.Key.Key_Home)
    assert at_the_end.shows(corner, color("node"))


def test_the_counter_of_a_fan_in_is_painted(at_the_end: Driver) -> None:
    place = at_the_end.scene.faces["y"].layout
    at_the_end.look_at(300, 60)
    pill = inside(at_the_end, "y", place.width - geometry.PAD - 4, geometry.HEADER + 11)
    assert at_the_end.shows(pill, at_the_end.scene.look.theme.color("chip_positive"))
    at_the_end.key(Qt.Key.Key_Home)
    assert at_the_end.shows(pill, at_the_end.scene.look.theme.color("node"))


def test_the_legend_runs_from_orange_to_blue_while_there_are_gradients(mean: Driver) -> None:
    height = mean.view.viewport().height()
    left, right = (QPoint(round(x), height - 40) for x in (16 + 66 + 3, 16 + 66 + 197))
    theme = mean.scene.look.theme
    assert not mean.shows(left, theme.color("negative"))
    mean.key(Qt.Key.Key_B)
    assert mean.shows(left, theme.color("negative"))
    assert mean.shows(right, theme.color("positive"))


def test_two_fingers_pan_and_do_not_zoom(mean: Driver) -> None:
    before, middle = mean.view.viewpoint(), mean.view.viewport().rect().center()
    event = QWheelEvent(
        QPointF(middle), QPointF(mean.view.viewport().mapToGlobal(middle)), QPoint(30, 20), QPoint(60, 40),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.ScrollUpdate, False,
    )  # fmt: skip
    QApplication.sendEvent(mean.view.viewport(), event)
    after = mean.view.viewpoint()
    assert after["zoom"] == before["zoom"]
    assert after["center"] != before["center"]


def test_with_reduced_motion_steps_happen_at_once(mean: Driver) -> None:
    mean.player.duration_scale = 1.0
    mean.window.actions_by_id["view.motion"].trigger()
    mean.key(Qt.Key.Key_B)
    done = mean.player.done
    mean.key(Qt.Key.Key_Right)
    assert mean.player.position == done + 1
    assert not mean.player.playing
    assert mean.window.settings.reduced_motion


# Numbers that are none ---------------------------------------------------------------------------------------------


def test_nan_is_marked_where_it_begins_and_where_it_came_in(driver: Driver) -> None:
    x = driver.put("tensor", 0, 0, data=[4.0, -1.0], title="x")
    root, twice = driver.put("sqrt", 260, 0), driver.put("mul", 520, 0, other=2.0)
    driver.join(x, root, "input")
    driver.join(root, twice, "input")
    faces = driver.scene.faces
    assert (faces[x].not_finite, faces[x].origin) == ("", False)
    assert (faces[root].not_finite, faces[root].origin) == ("NaN · origin here", True)
    assert (faces[twice].not_finite, faces[twice].origin) == ("NaN", False)
    chip = faces[root].layout
    at = driver.at(260 + geometry.PAD + 50, chip.height + geometry.FOOTER + 5)
    for theme in (DARK, LIGHT):
        driver.window.set_theme(theme)
        assert driver.shows(at, theme.color("warn"))


def test_the_inspector_says_in_one_sentence_where_nan_begins(driver: Driver) -> None:
    x = driver.put("tensor", 0, 0, data=[0.0, 1.0], title="x")
    log, neg = driver.put("log", 260, 0, title="l"), driver.put("neg", 520, 0)
    driver.join(x, log, "input")
    driver.join(log, neg, "input")
    said = driver.window.inspector.warning
    for node, sentence in (
        (x, ""),
        (log, "Inf begins here: all that the wires bring is finite."),
        (neg, "There is Inf among these numbers; it began at l."),
    ):
        driver.select(node)
        assert said.text() == sentence
        assert said.isVisible() == bool(sentence)


def test_a_long_vector_shows_its_nans(driver: Driver) -> None:
    node = driver.put("tensor", 0, 0, data=[*map(float, range(8)), "nan", 1.0])
    room = driver.scene.faces[node].layout.values
    at = driver.at(room.left() + 96 * 8.5 / 10, room.top() + 3)
    picture = driver.picture()
    near = [picture.pixelColor(at + QPoint(dx, dy)) for dx in range(-3, 4) for dy in range(-2, 3)]
    nan = DARK.color("nan")
    assert min(math.dist(color.getRgb()[:3], nan.getRgb()[:3]) for color in near) < 40
