"""The profile: arrival without overshoot, within slew, acceleration and jerk, at any rhythm of ticks."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.head.profile import PIECE_S, AxisState, Pace, advance, stoppable, stopping

TICK_S = 0.02
SERVO_STEP_DEG = 360 / 4096
DEFAULT = Pace(150, 600, 8000)
GENTLE = 1.01  # between the ends of a piece the velocity may swing by a hundredth

paces = st.builds(
    lambda slew, acceleration, ease_s: Pace(slew, acceleration, acceleration / ease_s),
    st.floats(30, 400),
    st.floats(100, 3000),
    st.floats(0.04, 0.3),
)
rhythms = st.lists(st.floats(0.004, 0.05), min_size=1, max_size=10)


def longest_s(way: float, pace: Pace) -> float:
    """More than a move takes, whatever limits it."""
    ease_s = pace.acceleration / pace.jerk
    return way / pace.slew + pace.slew / pace.acceleration + 2 * (way / pace.acceleration) ** 0.5 + 4 * ease_s + 1


@settings(max_examples=60, deadline=None)
@given(st.floats(-175, 175), st.floats(-175, 175), rhythms, paces)
def test_it_arrives_without_overshoot_and_within_every_limit(
    start: float, goal: float, rhythm: list[float], pace: Pace
) -> None:
    state = AxisState(start)
    side = 1 if goal >= start else -1
    elapsed = 0.0
    for dt in itertools.cycle(rhythm):
        if state == AxisState(goal):
            break
        new = advance(state, goal, pace, dt)
        assert side * (new.position - goal) <= SERVO_STEP_DEG / 2, "overshoot"
        assert abs(new.velocity) <= pace.slew * GENTLE
        assert abs(new.acceleration) <= pace.acceleration * GENTLE
        if new != AxisState(goal):
            assert abs(new.acceleration - state.acceleration) <= pace.jerk * dt * GENTLE
        state = new
        elapsed += dt
        assert elapsed < longest_s(abs(goal - start), pace), "it never arrives"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-175, 175), st.integers(1, 30)), min_size=2, max_size=6), paces)
def test_a_goal_that_changes_on_the_way_is_reached_too(route: list[tuple[float, int]], pace: Pace) -> None:
    state = AxisState(0.0)
    for goal, ticks in route:
        for _ in range(ticks):
            before, state = state, advance(state, goal, pace, TICK_S)
            assert abs(state.position - before.position) <= pace.slew * GENTLE * TICK_S + SERVO_STEP_DEG
            assert abs(state.velocity) <= pace.slew * GENTLE
    goal = route[-1][0]
    for _ in range(int((longest_s(350, pace) + longest_s(100, pace)) / TICK_S)):
        state = advance(state, goal, pace, TICK_S)
    assert state == AxisState(goal)


@settings(max_examples=60, deadline=None)
@given(st.floats(-100, 100), st.floats(-150, 150), st.floats(-600, 600))
def test_braking_ends_at_the_stopping_point_and_in_its_time(start: float, velocity: float, acceleration: float) -> None:
    state = AxisState(start, velocity, acceleration)
    stop = stopping(state, DEFAULT)
    goal = stop.position
    taken = 0.0
    while state != AxisState(goal):
        state = advance(state, goal, DEFAULT, TICK_S)
        taken += TICK_S
        assert taken <= stop.seconds + 5 * TICK_S
    assert taken >= stop.seconds - 1e-9


def test_the_stopping_point_by_hand() -> None:
    # 60 deg/s at 600 deg/s² and 8000 deg/s³: 0.075 s to brake hard, 0.025 s of that, 0.075 s to end
    stop = stopping(AxisState(10.0, 60.0), DEFAULT)
    assert stop.seconds == pytest.approx(0.175)
    assert stop.position == pytest.approx(10 + 60 * 0.175 / 2)  # the course of the velocity is symmetric
    assert stopping(AxisState(10.0, -60.0), DEFAULT).position == pytest.approx(10 - 60 * 0.175 / 2)
    assert stopping(AxisState(5.0), DEFAULT).position == 5.0


def test_a_turn_of_60_degrees_takes_no_longer_than_it_must_and_does_not_pass_its_end() -> None:
    state, ticks, furthest = AxisState(0.0), 0, 0.0
    while state != AxisState(60.0):
        state = advance(state, 60.0, DEFAULT, TICK_S)
        furthest = max(furthest, state.position)
        ticks += 1
    # 60/150 + 150/600 + 600/8000 s at the ideal course
    assert ticks * TICK_S == pytest.approx(0.725, abs=2 * TICK_S)
    assert furthest <= 60 + 0.01


def test_faster_than_its_pace_it_slows_down_and_still_arrives() -> None:
    """The pace changes on the way, as when the head goes to rest while it is turned."""
    state = AxisState(0.0, 250.0, 900.0)
    for _ in range(200):
        state = advance(state, 100.0, DEFAULT, TICK_S)
    assert state == AxisState(100.0)


def test_a_long_tick_is_drawn_in_pieces() -> None:
    once = advance(AxisState(0.0), 60.0, DEFAULT, 0.1)
    often = AxisState(0.0)
    for _ in range(round(0.1 / PIECE_S)):
        often = advance(often, 60.0, DEFAULT, PIECE_S)
    assert once.position == pytest.approx(often.position)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.001, 1), paces)
def test_a_stoppable_velocity_is_stopped_in_just_that_time(seconds: float, pace: Pace) -> None:
    velocity = stoppable(seconds, pace)
    assert stopping(AxisState(0.0, velocity), pace).seconds == pytest.approx(seconds)
    assert stoppable(0.0, pace) == stoppable(-1.0, pace) == 0
