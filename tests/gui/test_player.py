"""The player: where one stands in a log, and how time moves one on. Time here is what `advance` is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QTimer

from engine.run.backward import Pass, play
from engine.run.log import Deliver, Log, Seed
from engine.run.replay import State, fold
from gui.player import FORWARD_MS, SPEEDS, STEP_MS, Player, auto_pace
from tests.run.graphs import exact, example, leaf, run_of, written

STEPS = 11  # of the tutorial: 4 forward, then the seed, 5 deliveries and the leaf


def tutorial() -> Log:
    return written(run_of(example("blitz_mean")))


class Heard:
    """What a player signalled, in order."""

    def __init__(self, player: Player) -> None:
        self.events: list[object] = []
        self.player = player
        player.moved.connect(self.moved)
        player.loaded.connect(self.loaded)
        player.playing_changed.connect(self.playing)
        player.speed_changed.connect(self.speed)

    def moved(self) -> None:
        self.events.append(self.player.position)

    def loaded(self) -> None:
        self.events.append("loaded")

    def playing(self, playing: bool) -> None:
        self.events.append("playing" if playing else "stopped")

    def speed(self, speed: float) -> None:
        self.events.append(f"{speed}×")

    def take(self) -> list[object]:
        events, self.events = self.events, []
        return events


@pytest.fixture
def player() -> Iterator[Player]:
    """A player at the start of the tutorial's log."""
    player = Player()
    player.load(tutorial())
    yield player
    player.pause()


@pytest.fixture
def heard(player: Player) -> Heard:
    return Heard(player)


# Where one stands ----------------------------------------------------------------------------------------------------


def test_an_empty_player_stands_nowhere_and_nothing_can_move_it() -> None:
    player = Player()
    heard = Heard(player)
    for ask in (
        player.play,
        player.toggle,
        player.step,
        player.step_level,
        player.to_end,
        player.to_start,
        player.clear,
    ):
        ask()
    player.step(-1)
    player.step_level(-1)
    player.seek(3.0)
    player.advance(1000.0)
    assert (player.count, player.done, player.position, player.phase) == (0, 0, 0.0, 0.0)
    assert player.current is None
    assert player.first_backward == 0
    assert not player.playing
    assert exact(player.state()) == exact(State())
    assert heard.take() == []


def test_a_new_log_begins_at_its_start_and_is_told(player: Player, heard: Heard) -> None:
    player.seek(7.0)
    heard.take()
    player.load(tutorial())
    assert (player.position, player.count, player.first_backward) == (0.0, STEPS, 4)
    assert heard.take() == ["loaded", 0.0]


def test_a_log_can_be_loaded_in_the_middle_but_not_outside(player: Player) -> None:
    for asked, stands in ((5, 5), (99, STEPS), (-3, 0)):
        player.load(tutorial(), asked)
        assert player.done == stands


def test_loading_while_playing_stops(player: Player, heard: Heard) -> None:
    player.play()
    player.load(tutorial())
    assert not player.playing
    assert heard.take() == ["playing", "stopped", "loaded", 0.0]


def test_clearing_forgets_the_log(player: Player, heard: Heard) -> None:
    player.seek(4.0)
    heard.take()
    player.clear()
    assert (player.count, player.position, player.log) == (0, 0.0, ())
    assert heard.take() == ["loaded", 0.0]
    player.clear()
    assert heard.take() == []


def test_seeking_goes_there_at_once_and_stays_inside_the_log(player: Player, heard: Heard) -> None:
    for asked, stands in ((2.25, 2.25), (1e9, float(STEPS)), (-1.0, 0.0)):
        player.seek(asked)
        assert player.position == stands
    assert heard.take() == [2.25, 11.0, 0.0]
    player.seek(0.0)
    assert heard.take() == []  # nothing moved


def test_the_step_under_way_is_current_else_the_last_one_done(player: Player) -> None:
    assert player.current is None
    player.seek(4.5)
    assert (player.done, player.phase) == (4, 0.5)
    assert isinstance(player.steps[4].event, Seed)
    assert player.current is player.steps[4]
    player.seek(5.0)
    assert player.phase == 0
    assert player.current is player.steps[4]
    player.to_end()
    assert (player.done, player.phase) == (STEPS, 0.0)
    assert player.current is player.steps[-1]


def test_the_state_is_that_of_the_steps_that_are_done(player: Player) -> None:
    for position in (0.0, 3.0, 7.5, 11.0, 6.0, 0.5):
        player.seek(position)
        end = player.steps[player.done - 1].stop if player.done else 0
        assert exact(player.state()) == exact(fold(player.log, end))


def test_the_state_of_an_old_log_is_not_shown_for_a_new_one(player: Player) -> None:
    player.seek(2.0)
    assert player.state().computed == {"y", "mul1"}
    player.load(play(run_of({"x": leaf(1.0)}), [Pass("x")]), 2)
    assert list(player.state().trays) == ["x"]
    player.clear()
    assert exact(player.state()) == exact(State())


# Steps ---------------------------------------------------------------------------------------------------------------


def test_a_step_forward_takes_its_time_and_stops_at_its_end(player: Player, heard: Heard) -> None:
    player.seek(5.0)
    heard.take()
    player.step()
    assert player.playing
    assert player.position == 5.0
    player.advance(STEP_MS / 2)
    assert player.position == pytest.approx(5.5)
    player.advance(STEP_MS)
    assert player.position == 6.0
    assert not player.playing
    assert heard.take() == ["playing", pytest.approx(5.5), 6.0, "stopped"]


def test_a_step_back_is_immediate(player: Player, heard: Heard) -> None:
    player.seek(6.0)
    heard.take()
    player.step(-1)
    assert (player.position, player.playing) == (5.0, False)
    assert heard.take() == [5.0]


def test_a_step_from_the_middle_of_one_ends_it_or_takes_it_back(player: Player) -> None:
    player.seek(5.4)
    player.step(-1)
    assert player.position == 5.0
    player.seek(5.4)
    player.step()
    player.advance(STEP_MS)
    assert player.position == 6.0


def test_stepping_ends_at_the_ends(player: Player, heard: Heard) -> None:
    player.step(-1)
    player.to_end()
    heard.take()
    player.step()
    player.step_level()
    assert not player.playing
    assert heard.take() == []
    player.step(-99)
    assert player.position == 0.0


def test_stepping_back_to_the_start_undoes_every_step(player: Player) -> None:
    forth = [exact(player.state())]
    for _ in range(STEPS):
        player.step()
        player.advance(2 * STEP_MS)
        forth.append(exact(player.state()))
    back = [exact(player.state())]
    for _ in range(STEPS):
        player.step(-1)
        back.append(exact(player.state()))
    assert player.position == 0.0
    assert back == forth[::-1]


def test_a_level_is_all_that_one_function_sends(player: Player) -> None:
    stops = [player.position]
    while player.done < player.count:
        player.step_level()
        player.advance(10 * STEP_MS)
        assert not player.playing
        stops.append(player.position)
    assert stops == [0, 1, 2, 3, 4, 5, 6, 7, 9, 11]
    both = player.steps[7:9]
    assert [step.event.edge for step in both if isinstance(step.event, Deliver)] == [
        ("mul1", "input"),
        ("mul1", "other"),
    ]
    back = [player.position]
    while player.position > 0:
        player.step_level(-1)
        back.append(player.position)
    assert back == stops[::-1]


def test_a_level_back_from_its_middle_is_its_begin(player: Player) -> None:
    for position in (7.5, 8.0, 8.5, 9.0):
        player.seek(position)
        player.step_level(-1)
        assert player.position == 7.0


# Playing -------------------------------------------------------------------------------------------------------------


def test_playing_goes_through_every_step_to_the_end(player: Player, heard: Heard) -> None:
    player.play()
    player.advance(1e6)
    assert heard.take() == ["playing", *(float(n) for n in range(1, STEPS + 1)), "stopped"]


def test_playing_from_the_end_begins_again(player: Player, heard: Heard) -> None:
    player.to_end()
    heard.take()
    player.play()
    assert (player.position, player.playing) == (0.0, True)
    assert heard.take() == [0.0, "playing"]


def test_a_pause_stands_where_it_is_and_play_goes_on_from_there(player: Player) -> None:
    player.seek(4.0)
    player.play()
    player.advance(STEP_MS / 4)
    player.toggle()
    assert not player.playing
    player.advance(1e6)
    assert player.position == pytest.approx(4.25)
    player.toggle()
    assert player.playing
    player.advance(STEP_MS / 4)
    assert player.position == pytest.approx(4.5)


def test_time_that_passes_while_nothing_plays_moves_nothing(player: Player, heard: Heard) -> None:
    player.advance(1e6)
    player.play()
    player.advance(0.0)
    assert player.position == 0.0
    assert heard.take() == ["playing"]


def test_seeking_while_playing_stops(player: Player, heard: Heard) -> None:
    player.play()
    heard.take()
    player.seek(3.0)
    assert not player.playing
    assert heard.take() == ["stopped", 3.0]


def test_a_step_while_playing_is_there_at_once_and_begins_the_next(player: Player) -> None:
    player.seek(4.0)
    player.play()
    player.advance(STEP_MS / 2)
    player.step()
    assert player.position == 5.0
    player.advance(1e6)
    assert player.position == 6.0


def test_a_step_pressed_during_the_last_step_ends_it_and_stops(player: Player) -> None:
    player.seek(player.count - 1)
    player.step()
    player.advance(STEP_MS / 2)
    player.step()
    assert player.position == player.count
    assert not player.playing
    player.advance(1e6)


def test_as_many_presses_as_steps_are_that_many_steps(player: Player) -> None:
    for _ in range(5):
        player.step()
        player.advance(STEP_MS / 20)
    player.advance(1e6)
    assert player.position == 5.0


def test_pausing_twice_is_told_once(player: Player, heard: Heard) -> None:
    player.play()
    player.pause()
    player.pause()
    assert heard.take() == ["playing", "stopped"]


def test_the_timer_runs_only_while_something_moves(player: Player) -> None:
    [timer] = player.findChildren(QTimer)
    assert not timer.isActive()
    player.play()
    assert timer.isActive()
    player.advance(1e6)
    assert not timer.isActive()
    player.step(-1)
    player.step()
    assert timer.isActive()
    player.to_end()
    assert not timer.isActive()


# Pace ----------------------------------------------------------------------------------------------------------------


def milliseconds(player: Player, steps: int) -> float:
    """How long the next steps take, measured with a clock of one millisecond."""
    goal, passed = player.done + steps, 0
    player.play()
    while player.done < goal:
        player.advance(1.0)
        passed += 1
    player.pause()
    return passed


def test_forward_steps_are_quick_and_backward_steps_can_be_followed(player: Player) -> None:
    assert milliseconds(player, 1) == pytest.approx(FORWARD_MS, abs=1)
    player.seek(4.0)
    assert milliseconds(player, 1) == pytest.approx(STEP_MS, abs=1)


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 8.0])
def test_speed_shortens_a_step(player: Player, speed: float) -> None:
    player.seek(4.0)
    player.set_speed(speed)
    assert milliseconds(player, 1) == pytest.approx(STEP_MS / speed, abs=1)


def test_a_long_pass_takes_about_twelve_seconds_but_no_step_less_than_60_ms() -> None:
    assert auto_pace(1) == auto_pace(11) == STEP_MS
    assert auto_pace(100) == 120
    assert auto_pace(0) == STEP_MS
    assert auto_pace(100_000) == 60


def test_the_fastest_speed_does_not_animate(player: Player, heard: Heard) -> None:
    player.set_speed(math.inf)
    player.step()
    assert (player.position, player.playing) == (1.0, False)
    player.play()
    assert (player.position, player.playing) == (float(STEPS), False)
    assert heard.take() == ["inf×", 1.0, 11.0]


def test_with_reduced_motion_steps_happen_at_once(player: Player, heard: Heard) -> None:
    player.duration_scale = 0.0
    player.step()
    player.step_level()
    player.play()
    assert heard.take() == [1.0, 2.0, 11.0]


def test_motion_reduced_while_playing_ends_the_animation(player: Player) -> None:
    player.play()
    player.duration_scale = 0.0
    player.advance(1.0)
    assert (player.position, player.playing) == (float(STEPS), False)


def test_speed_goes_up_and_down_its_ladder_and_is_told_when_it_changes(player: Player, heard: Heard) -> None:
    for _ in SPEEDS:
        player.faster()
    assert player.speed == SPEEDS[-1]
    for _ in SPEEDS:
        player.slower()
    assert player.speed == SPEEDS[0]
    assert len(heard.take()) == (len(SPEEDS) - 1 - SPEEDS.index(1.0)) + (len(SPEEDS) - 1)


@given(
    times=st.lists(st.floats(0.0, 4000.0), max_size=12), speed=st.sampled_from(SPEEDS), start=st.integers(0, STEPS - 1)
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_time_is_cut_up_a_player_never_turns_back_and_never_passes_the_end(
    player: Player, times: list[float], speed: float, start: int
) -> None:
    player.set_speed(speed)
    player.seek(start)
    player.play()
    for time in times:
        before = player.position
        player.advance(time)
        assert before <= player.position <= STEPS
        assert player.playing == (player.position < STEPS)
        assert 0 <= player.phase < 1
    player.advance(1e7)
    assert player.position == STEPS


def test_a_step_that_is_all_but_done_is_not_lost_in_rounding(player: Player) -> None:
    player.seek(STEPS - 1)
    player.play()
    player.advance(math.nextafter(STEP_MS, 0))  # so near the end that the position rounds up to it
    assert not player.playing or player.position < STEPS
    player.advance(1.0)
    assert (player.position, player.playing) == (STEPS, False)


# Listeners that act --------------------------------------------------------------------------------------------------


class Acting:
    """Does something with the player as soon as it has come to a position."""

    def __init__(self, player: Player, at: float, act: Callable[[], None]) -> None:
        self.player, self.at, self.act = player, at, act
        player.moved.connect(self.moved)

    def moved(self) -> None:
        if self.player.position == self.at:
            self.at = -1.0
            self.act()


def test_a_listener_may_pause_clear_or_send_the_player_elsewhere(player: Player) -> None:
    for act, stands in (
        (player.pause, 3.0),
        (player.to_start, 0.0),
        (player.to_end, float(STEPS)),
        (player.step_level, 4.0),
        (player.clear, 0.0),
    ):
        player.load(tutorial())
        acting = Acting(player, 3.0, act)
        player.play()
        player.advance(1e6)
        assert acting.at == -1.0
        assert (player.position, player.playing) == (stands, False)


def test_a_listener_may_start_over_at_the_end(player: Player) -> None:
    acting = Acting(player, float(STEPS), player.play)
    player.play()
    player.advance(4 * FORWARD_MS + 7 * STEP_MS + FORWARD_MS / 2)
    assert acting.at == -1.0
    assert player.playing
    assert player.position == pytest.approx(0.5)
