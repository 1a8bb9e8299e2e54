from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.document import commands
from engine.run.log import Accumulate, Blocked, Deliver, Fail, Forward, Seed
from engine.run.replay import Step
from gui.panels.timeline import Timeline, sentence
from gui.panels.timeline.sentence import label, numbers
from gui.panels.timeline.spans import spans
from gui.panels.timeline.track import LINE_Y, REACH, Kind, Track, kind
from gui.running import Running
from gui.scale import GradScale
from gui.session import Session
from gui.theme import DARK, LIGHT, font
from tests.gui.driver import EXAMPLES


class Desk:
    """A timeline over y = x · x, out = sum(y · 3), and what a test asks of it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = session = Session()
        self.player = session.player
        self.player.duration_scale = 0.0
        self.panel = Timeline(session)
        running = Running(session, self.panel)
        self.panel.play_wanted.connect(running.play_or_pause)
        self.panel.step_wanted.connect(running.step_forward)
        qtbot.addWidget(self.panel)
        self.panel.resize(1000, 172)
        self.panel.show()

    def build(self) -> None:
        do = self.session.do
        do(
            commands.add_node,
            "tensor",
            (0, 0),
            id="x",
            title="x",
            params={"data": [1.5, -1.5], "requires_grad": True},
        )
        do(commands.add_node, "mul", (0, 0), id="y", title="y")
        do(commands.connect, "x", "y", "input")
        do(commands.connect, "x", "y", "other")
        do(commands.add_node, "mul", (0, 0), id="mul1", params={"other": 3})
        do(commands.connect, "y", "mul1", "input")
        do(commands.add_node, "sum", (0, 0), id="out", title="out")
        do(commands.connect, "mul1", "out", "input")
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.session.busy)

    def backward(self) -> None:
        self.session.backward("out")
        self.settle()

    def click(self, button: QWidget) -> None:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def sentences(self) -> list[str]:
        return [sentence(step, self.session.graph) for step in self.player.steps]


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(qtbot)
    yield desk
    desk.session.close()


def test_an_empty_document_offers_nothing_to_press_but_a_hint(desk: Desk) -> None:
    panel = desk.panel
    assert panel.hint.isVisible()
    assert not any(b.isEnabled() for b in (panel.start, panel.back, panel.play, panel.forward, panel.end))


def test_a_pass_is_told_in_sentences(desk: Desk) -> None:
    desk.build()
    desk.backward()
    assert desk.sentences() == [
        "y computes x × x",
        "y × 3 is computed",
        "out computes sum(y × 3)",
        "The pass starts at out: its gradient with respect to itself is +1",
        "out sends +1 (2,) back along input to y × 3",
        "y × 3 sends +3 (2,) back along input to y",
        "y sends [+4.5, -4.5] back along input to x (1 of 2)",
        "y sends [+4.5, -4.5] back along other to x (2 of 2)",
        "x.grad was None and becomes [+9, -9]",
    ]


def test_other_events_have_sentences_too(desk: Desk) -> None:
    desk.build()
    graph = desk.session.graph
    nine, two = np.array(9.0), np.array([1.0, 2.0])

    def told(event: object) -> str:
        return sentence(Step(0, 1, event, 1), graph)  # type: ignore[arg-type]

    assert told(Accumulate("x", nine, nine, nine + nine)) == "x.grad accumulates: +9 and +9 make +18"
    assert told(Blocked(("y", "other"), "constant")) == "y sends no gradient along other to x: constant"
    assert told(Seed("y", two)) == "The pass starts at y with the gradient [+1, +2]"
    assert told(Fail("y", "no")) == "The pass stops at y: no"
    assert label(Step(0, 1, Fail("y", "no"), 1), graph) == "error"


def test_gradients_are_written_briefly() -> None:
    assert numbers(np.array(0.75)) == "+0.75"
    assert numbers(np.full((2, 2), -2.25)) == "-2.25 (2×2)"
    assert numbers(np.arange(-1.0, 11.0).reshape(3, 4)) == "-1 … +10 (3×4)"


def test_it_follows_the_player(desk: Desk) -> None:
    desk.build()
    desk.backward()
    panel, player = desk.panel, desk.player
    assert not panel.hint.isVisible()
    assert panel.step.text() == f"step {player.done}/{player.count}"
    assert panel.sentence.text().startswith("The pass starts at out")
    assert panel.track.accessibleDescription() == panel.sentence.text()
    player.to_end()
    assert panel.step.text() == "step 9/9"
    assert not panel.forward.isEnabled()
    assert not panel.end.isEnabled()
    player.to_start()
    assert panel.sentence.text() == ""
    assert not panel.back.isEnabled()
    assert panel.forward.isEnabled()


def test_the_buttons_move_the_player(desk: Desk) -> None:
    desk.build()
    desk.backward()
    panel, player = desk.panel, desk.player
    for button, done in (
        (panel.end, 9), (panel.back, 8), (panel.start, 0), (panel.forward, 1), (panel.play, 9), (panel.back, 8),
    ):  # fmt: skip
        desk.click(button)
        assert player.done == done


def test_forward_without_a_log_runs_backward_first(desk: Desk) -> None:
    desk.build()
    desk.session.do(commands.add_node, "backward", (0, 0), id="b")
    desk.session.do(commands.connect, "out", "b", "tensor")
    desk.settle()
    desk.click(desk.panel.forward)
    desk.settle()
    assert desk.player.done == desk.player.first_backward + 1


def test_play_without_a_log_runs_backward_and_plays(desk: Desk) -> None:
    desk.build()
    desk.session.do(commands.add_node, "backward", (0, 0), id="b")
    desk.session.do(commands.connect, "out", "b", "tensor")
    desk.settle()
    desk.click(desk.panel.play)
    desk.qtbot.waitUntil(lambda: desk.player.count > 0 and desk.player.done == desk.player.count)


def test_play_becomes_pause_while_it_plays(desk: Desk) -> None:
    desk.build()
    desk.backward()
    desk.player.to_start()
    desk.player.duration_scale = 1000.0
    before = desk.panel.play.icon().cacheKey()
    desk.click(desk.panel.play)
    assert desk.player.playing
    assert desk.panel.play.icon().cacheKey() != before
    desk.click(desk.panel.play)
    assert not desk.player.playing


def test_an_edit_empties_the_timeline(desk: Desk) -> None:
    desk.build()
    desk.backward()
    desk.session.do(commands.set_params, "mul1", {"other": 4})
    desk.settle()
    assert desk.panel.hint.isVisible()
    assert desk.panel.track.count == 0


def test_a_click_on_a_tick_goes_to_the_end_of_its_step(desk: Desk) -> None:
    desk.build()
    desk.backward()
    track = desk.panel.track
    for step in (0, 4, 8):
        QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track.tick_x(step)), 26))
        assert desk.player.position == step + 1


def test_dragging_scrubs_between_steps_too(desk: Desk) -> None:
    desk.build()
    desk.backward()
    track = desk.panel.track
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track.x_of(1.0)), 26))
    assert desk.player.position == 1.0
    QTest.mouseMove(track, QPoint(round(track.x_of(5.4)), 26))
    assert desk.player.position == pytest.approx(5.4, abs=0.02)
    QTest.mouseMove(track, QPoint(5000, 26))
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(5000, 26))
    assert desk.player.position == 9
    QTest.mouseMove(track, QPoint(10, 26))
    assert desk.player.position == 9


def test_arrows_home_and_end_move_on_the_track(desk: Desk) -> None:
    desk.build()
    desk.backward()
    track = desk.panel.track
    for key, done in (
        (Qt.Key.Key_Home, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1), (Qt.Key.Key_End, 9),
    ):  # fmt: skip
        QTest.keyClick(track, key)
        assert desk.player.done == done


def test_the_wheel_steps(desk: Desk) -> None:
    desk.build()
    desk.backward()
    desk.player.seek(4)
    track = desk.panel.track
    at = QPointF(track.rect().center())
    for turn, done in ((-120, 5), (-60, 5), (-60, 6), (120, 5)):
        wheel = QWheelEvent(
            at, track.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(track, wheel)
        assert desk.player.done == done


def test_the_speed_is_chosen_and_followed(desk: Desk) -> None:
    speed = desk.panel.speed
    speed.setFocus()
    QTest.keyClick(speed, Qt.Key.Key_Down)
    assert desk.player.speed == 2.0
    desk.player.slower()
    assert speed.currentText() == "1×"
    QTest.keyClicks(speed, "M")
    assert np.isinf(desk.player.speed)


def test_speeds_are_written_in_digits(desk: Desk) -> None:
    speed = desk.panel.speed
    texts = [speed.itemText(row) for row in range(speed.count())]
    assert texts == ["0.25×", "0.5×", "1×", "2×", "4×", "8×", "Max"]


def test_the_list_of_speeds_opens_whole_and_inside_the_window(desk: Desk) -> None:
    desk.panel.setStyleSheet(DARK.stylesheet(12))
    desk.panel.move(40, 60)
    speed = desk.panel.speed
    for height in (400, 260):  # with room below the box, and without
        desk.panel.resize(700, height)
        QApplication.processEvents()
        speed.showPopup()
        QApplication.processEvents()
        view, window = speed.view(), desk.panel
        popup = view.window()
        rows = [view.visualRect(speed.model().index(row, 0)) for row in range(speed.count())]
        assert rows[0].top() >= 0
        assert rows[-1].bottom() <= view.viewport().height()
        assert window.mapToGlobal(QPoint(0, 0)).y() <= popup.y()
        assert popup.geometry().bottom() <= window.mapToGlobal(window.rect().bottomLeft()).y()
        speed.hidePopup()


@pytest.mark.parametrize("width", [500, 1000])
def test_the_sentence_has_the_whole_width(desk: Desk, width: int) -> None:
    desk.build()
    desk.backward()
    desk.player.seek(7)
    desk.panel.resize(width, 176)
    QApplication.processEvents()
    line, track = desk.panel.sentence, desk.panel.track
    assert line.width() == width - 32
    assert line.fontMetrics().horizontalAdvance(line.text()) <= line.width()
    assert (
        desk.panel.play.mapTo(desk.panel, QPoint(0, desk.panel.play.height())).y()
        <= line.mapTo(desk.panel, QPoint(0, 0)).y()
    )
    assert track.mapTo(desk.panel, QPoint(0, track.height())).y() <= desk.panel.height()


def test_the_legend_shows_only_beside_steps(desk: Desk) -> None:
    assert not desk.panel.legend.isVisible()
    desk.build()
    desk.backward()
    assert desk.panel.legend.isVisible()


def test_it_paints_only_when_the_player_moved(desk: Desk) -> None:
    desk.build()
    desk.backward()
    QApplication.processEvents()
    painted: list[int] = []
    track, paint = desk.panel.track, desk.panel.track.paintEvent

    def count(event: object) -> None:
        painted.append(1)
        paint(event)  # type: ignore[arg-type]

    track.paintEvent = count  # type: ignore[method-assign, assignment]
    desk.player.seek(desk.player.position)
    QApplication.processEvents()
    assert painted == []
    desk.player.to_end()
    desk.qtbot.waitUntil(lambda: bool(painted))


@pytest.mark.parametrize(
    ("gradient", "look"),
    [
        ([0.0, -0.0], Kind.ZERO),
        ([], Kind.ZERO),
        ([1.0, -1.0], Kind.POSITIVE),  # the sum is 0, the gradient is not
        ([1.0, -2.0], Kind.NEGATIVE),
        ([0.0, 1e-30], Kind.POSITIVE),
        ([1.0, np.nan], Kind.NAN),
        ([-np.inf, np.inf], Kind.NAN),
    ],
)
def test_a_tick_has_the_colour_of_its_wire(gradient: list[float], look: Kind) -> None:
    array = np.array(gradient)
    for event in (Seed("y", array), Deliver("y", ("y", "input"), array, 1, 1), Accumulate("x", None, array, array)):
        assert kind(Step(0, 1, event, 1)) is look
    token = {Kind.POSITIVE: "positive", Kind.NEGATIVE: "negative", Kind.NAN: "nan", Kind.ZERO: "zero"}[look]
    scale = GradScale(float(np.sqrt(np.mean(array**2))) if look in (Kind.POSITIVE, Kind.NEGATIVE) else 1.0, 2)
    assert scale.edge_color(array, DARK) == DARK.color(token)


def test_in_a_loop_the_track_shows_where_each_turn_begins(desk: Desk) -> None:
    desk.session.open(EXAMPLES / "blitz_while.autograd")
    desk.settle()
    desk.session.backward()
    desk.settle()
    desk.player.to_end()
    steps, run, track = desk.player.steps, desk.session.run, desk.panel.track
    assert run is not None
    found = spans(steps, run)
    count = run.turns("while1")
    assert count is not None
    forward = ["", *map(str, range(1, count + 1)), "end"]
    assert [span.text for span in found if not steps[span.start].backward] == forward
    assert [span.text for span in found if steps[span.start].backward][:-1] == forward[:0:-1]
    assert [step for span in found for step in range(span.start, span.stop)] == list(range(len(steps)))
    for theme in (DARK, LIGHT):
        desk.panel.set_theme(theme)
        picture = track.grab().toImage()
        above = round(LINE_Y - REACH + 2)
        lines = [x for x in range(track.width()) if picture.pixelColor(x, above) != picture.pixelColor(0, above)]
        assert lines[: len(found) - 1] == [round(track.x_of(span.start)) for span in found[1:]]


@given(st.integers(1, 60), st.integers(1, 3), st.integers(200, 1600))
def test_turns_are_numbered_in_an_even_rhythm(count: int, length: int, width: int) -> None:
    metrics = QFontMetricsF(font(11, mono=True))
    track = Track()
    track.resize(width, 50)
    steps = [Step(i, i + 1, Forward("x", (i // length,)), 1) for i in range(count * length)]
    track.show_steps(steps, [], spans(steps, None))
    labels = track.turn_labels(metrics)
    numbers = [int(label.text.split()[-1]) for label in labels]
    assert len({after - before for before, after in pairwise(numbers)}) <= 1
    assert all(one.right < other.left for one, other in pairwise(labels))


def test_a_log_without_loops_has_no_turns(desk: Desk) -> None:
    desk.build()
    desk.backward()
    assert spans(desk.player.steps, desk.session.run) == ()


def test_it_paints_every_kind_of_track_in_both_themes(desk: Desk) -> None:
    desk.build()
    desk.backward()
    steps = desk.player.steps
    for theme in (DARK, LIGHT):
        desk.panel.set_theme(theme)
        for many in (1, 15, 400):
            desk.panel.track.show_steps(steps * many, ["a long label"] * (len(steps) * many), ())
            for position in (0.0, 4.5, 9.0 * many):
                desk.panel.track.show_position(position)
                assert not desk.panel.grab().isNull()
