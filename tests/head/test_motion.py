"""Limits, slew, arrival, watchdog and order of set-points, for any course of events."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.head.errors import ValueRangeError
from robot_agent.head.motion import SET_POINT_WATCHDOG_S, Goal, HeadMotion
from robot_agent.head.profile import AxisState, Pace, advance, stopping_point
from robot_agent.head.settings import HeadSettings

SETTINGS = HeadSettings()
TICK_S = 0.02
EPS = 1e-6


def motion(pan: float = 0.0, tilt: float = 0.0) -> HeadMotion:
    head = HeadMotion(SETTINGS)
    head.pan.start_at(pan, keep_goal=False)
    head.tilt.start_at(tilt, keep_goal=False)
    head.step(0.0)
    return head


def position(head: HeadMotion) -> tuple[float, float]:
    assert head.pan.state is not None
    assert head.tilt.state is not None
    return head.pan.state.position, head.tilt.state.position


angles = st.floats(-400, 400)
steps = st.lists(
    st.tuples(
        st.sampled_from(["steer", "place", "hold", "none", "none"]),
        angles,
        angles,
        st.floats(0.001, 0.1),
    ),
    max_size=120,
)


@settings(max_examples=200, deadline=None)
@given(st.floats(-175, 175), st.floats(-25, 40), steps)
def test_never_beyond_the_limits_and_never_faster_than_the_slew(
    pan: float, tilt: float, events: list[tuple[str, float, float, float]]
) -> None:
    head = motion(pan, tilt)
    now, before = 0.0, position(head)
    for seq, (what, pan_goal, tilt_goal, dt) in enumerate(events):
        if what == "steer":
            head.steer(pan_goal, tilt_goal, seq, now)
        elif what == "place":
            head.place(pan_goal, tilt_goal)
        elif what == "hold":
            head.hold()
        now += dt
        head.step(now)
        after = position(head)
        assert -175 - EPS <= after[0] <= 175 + EPS
        assert -25 - EPS <= after[1] <= 40 + EPS
        assert abs(after[0] - before[0]) <= 150 * dt + EPS
        assert abs(after[1] - before[1]) <= 100 * dt + EPS
        before = after


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-175, 175),
    st.floats(-175, 175),
    st.lists(st.floats(0.002, 0.05), min_size=1, max_size=20),
    st.floats(20, 400),
    st.floats(50, 3000),
)
def test_arrives_without_overshoot_within_the_acceleration(
    start: float, goal: float, pattern: list[float], slew: float, acceleration: float
) -> None:
    pace = Pace(slew, acceleration)
    state = AxisState(start)
    side = 1 if goal >= start else -1
    elapsed, turn = 0.0, 0
    limit = abs(goal - start) / slew + slew / acceleration + 2 * math.sqrt(abs(goal - start) / acceleration) + 1
    while state != AxisState(goal):
        dt = pattern[turn % len(pattern)]
        new = advance(state, goal, pace, dt)
        assert side * (goal - new.position) >= -EPS, "overshoot"
        assert abs(new.velocity) <= slew + EPS
        assert abs(new.velocity - state.velocity) <= acceleration * dt + EPS
        state = new
        elapsed += dt
        turn += 1
        assert elapsed < limit, "it never arrives"


@given(st.floats(-100, 100), st.floats(-150, 150))
def test_braking_ends_at_the_stopping_point(start: float, velocity: float) -> None:
    state = AxisState(start, velocity)
    goal = stopping_point(state, 600)
    for _ in range(100):
        state = advance(state, goal, Pace(150, 600), TICK_S)
    assert state == AxisState(goal)


def test_a_turn_of_60_degrees_takes_no_longer_than_it_must() -> None:
    head = motion()
    head.place(60, 0)
    ticks = 0
    while not head.arrived:
        ticks += 1
        head.step(ticks * TICK_S)
    # 60/150 + 150/600 s at the ideal trapezoid
    assert ticks * TICK_S == pytest.approx(0.65, abs=2 * TICK_S)


def test_the_newest_set_point_wins_and_older_ones_are_ignored() -> None:
    head = motion()
    assert head.steer(10, 0, 5, 0.0)
    assert not head.steer(-90, 0, 4, 0.01)
    assert not head.steer(-90, 0, 5, 0.01)
    assert head.pan.goal == 10
    assert head.seq == 5
    assert head.steer(20, 0, 6, 0.02)
    assert head.pan.goal == 20
    head.forget_sequence()
    assert head.steer(30, 0, 0, 0.03)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_angle_changes_nothing(bad: float) -> None:
    head = motion()
    assert not head.steer(bad, 0, 1, 0.0)
    with pytest.raises(ValueRangeError, match="tilt_deg"):
        head.place(0, bad)
    assert head.pan.goal == 0


def test_without_set_points_the_head_brakes_and_holds_still() -> None:
    head = motion()
    head.steer(170, 0, 1, 0.0)
    now = 0.0
    while now < SET_POINT_WATCHDOG_S - TICK_S / 2:
        now += TICK_S
        head.step(now)
    assert head.pan.state is not None
    assert head.pan.state.velocity > 100
    stopped_by = SET_POINT_WATCHDOG_S + 150 / 600 + 2 * TICK_S
    while now < stopped_by:
        now += TICK_S
        head.step(now)
    assert head.pan.state.velocity == 0
    still = position(head)
    head.step(now + 5)
    assert position(head) == still
    assert head.goal is Goal.HOLD


def test_a_placed_goal_needs_no_repeats() -> None:
    head = motion()
    head.place(170, 0)
    for tick in range(100):
        head.step(tick * TICK_S)
    assert position(head)[0] == 170


def test_repeated_set_points_keep_the_head_moving() -> None:
    head = motion()
    now = 0.0
    for seq in range(60):
        now = seq * 0.05
        head.steer(170, 0, seq, now)
        head.step(now)
    assert position(head)[0] == 170


def test_a_set_point_beyond_a_limit_is_cut_and_says_so() -> None:
    head = motion()
    head.steer(-300, 10, 1, 0.0)
    assert (head.pan.goal, head.at_limit) == (-175, True)
    head.steer(30, 10, 2, 0.0)
    assert not head.at_limit
    applied = head.place(0, 90)
    assert (applied.pan, applied.tilt, head.at_limit) == (0, 40, True)


def test_rest_from_the_far_end_is_fast_enough_for_the_stop() -> None:
    head = motion(pan=175, tilt=40)
    head.rest()
    now = 0.0
    while not head.arrived:
        now += TICK_S
        head.step(now)
    assert now < 1.1
    assert position(head) == (0, -20)


@pytest.mark.parametrize("dt", [0.001, 0.01, TICK_S])
@pytest.mark.parametrize("goal", [90.0, -90.0])
def test_the_first_tick_of_a_move_is_already_a_step_of_the_servo(dt: float, goal: float) -> None:
    head = motion(pan=0.04)
    head.steer(goal, 0, 1, 0.0)
    head.step(dt)
    moved = position(head)[0] - 0.04
    assert abs(moved) >= 360 / 4096 - EPS
    assert moved * goal > 0


def test_after_a_pause_of_the_computer_the_head_does_not_jump() -> None:
    head = motion()
    head.place(170, 0)
    head.step(TICK_S)
    before = position(head)[0]
    head.step(TICK_S + 30)
    assert position(head)[0] - before <= 150 * 0.1


def test_an_axis_without_a_servo_does_not_move_but_keeps_its_goal() -> None:
    head = motion()
    head.tilt.lose()
    head.place(30, 30)
    for tick in range(100):
        head.step(tick * TICK_S)
    assert head.pan.state == AxisState(30)
    assert head.tilt.state is None
    head.tilt.start_at(5, keep_goal=True)
    for tick in range(100, 200):
        head.step(tick * TICK_S)
    assert position(head) == (30, 30)


def test_giving_way_stays_where_the_head_was_pressed_to() -> None:
    head = motion()
    head.place(100, 0)
    for tick in range(20):
        head.step(tick * TICK_S)
    head.give_way(head.pan, 12.0)
    for tick in range(20, 40):
        head.step(tick * TICK_S)
    assert position(head)[0] == 12.0
