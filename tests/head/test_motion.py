"""Limits, slew, arrival, watchdog and order of set-points, for any course of events."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.head.errors import ValueRangeError
from robot_agent.head.motion import (
    HARD_BRAKE_EASE_S,
    HARD_BRAKE_S,
    SET_POINT_WATCHDOG_S,
    Goal,
    HeadMotion,
)
from robot_agent.head.profile import AxisState
from robot_agent.head.settings import HeadSettings

SETTINGS = HeadSettings()
TICK_S = 0.02
EPS = 1e-6
GENTLE = 1.01  # between the ends of a piece the velocity may swing by a hundredth
SERVO_STEP_DEG = 360 / 4096


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
        st.floats(0.001, 0.06),
    ),
    max_size=60,
)
rhythms = st.lists(st.tuples(st.floats(0.004, 0.03), st.one_of(st.none(), st.floats(-170, 170))), max_size=80)
HARDEST_DEG_S2 = max(SETTINGS.pan.acceleration_deg_s2, SETTINGS.pan.slew_deg_s / HARD_BRAKE_S)


@settings(max_examples=60, deadline=None)
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
        assert abs(after[0] - before[0]) <= 150 * GENTLE * dt + SERVO_STEP_DEG
        assert abs(after[1] - before[1]) <= 100 * GENTLE * dt + SERVO_STEP_DEG
        before = after


@settings(max_examples=60, deadline=None)
@given(rhythms)
def test_early_and_late_ticks_keep_to_velocity_acceleration_and_jerk(rhythm: list[tuple[float, float | None]]) -> None:
    """A new set-point brings the tick forward: what a tick may change goes by the time that has really passed."""
    head = motion()
    now = 0.0
    for seq, (dt, goal) in enumerate(rhythm):
        before = head.pan.state
        now += dt
        if goal is not None:
            head.steer(goal, 0, seq, now)
        head.step(now)
        after = head.pan.state
        assert before is not None
        assert after is not None
        usual = SETTINGS.pan.acceleration_deg_s2
        soft = head.goal is Goal.STEERED and abs(before.acceleration) <= usual
        jerk = usual / SETTINGS.pan.ease_s if soft else HARDEST_DEG_S2 / HARD_BRAKE_EASE_S
        assert abs(after.velocity) <= SETTINGS.pan.slew_deg_s * GENTLE
        assert abs(after.velocity - before.velocity) <= HARDEST_DEG_S2 * dt * GENTLE
        assert abs(after.position - before.position) <= SETTINGS.pan.slew_deg_s * GENTLE * dt + SERVO_STEP_DEG
        if after.velocity != 0:  # what arrives stands
            assert abs(after.acceleration - before.acceleration) <= jerk * dt * GENTLE + EPS


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


@pytest.mark.parametrize("followed_s", [0.02, 0.1, 0.25, 0.5, 1.0])
def test_without_set_points_the_goal_stands_still_after_300_ms_wherever_the_head_was_on_its_way(
    followed_s: float,
) -> None:
    head = motion(pan=-170, tilt=-20)
    now = last = 0.0
    while now < followed_s:
        head.steer(170, 35, round(now * 1000), now)
        last = now
        now += TICK_S
        head.step(now)
    before = position(head)
    while now <= last + SET_POINT_WATCHDOG_S:
        now += TICK_S
        head.step(now)
    still = position(head)
    assert still > before, "it brakes as late as it may"
    assert head.goal is Goal.HOLD
    assert head.arrived
    head.step(now + 5)
    assert position(head) == still


@pytest.mark.parametrize("period_s", [0.02, 0.05])
def test_a_set_point_that_is_lost_now_and_then_does_not_brake_the_head(period_s: float) -> None:
    """One of ten, far apart, at a speed at which a room is looked around."""
    head = motion(pan=-80)
    now, seq, due = 0.0, 0, 0.0
    slowest = math.inf
    while now < 2.0:
        if now >= due:
            if seq % 10 != 9:
                head.steer(-80 + 60 * now, 0, seq, now)
            seq, due = seq + 1, due + period_s
        now += TICK_S
        head.step(now)
        if now > 0.6 and head.pan.state is not None:
            slowest = min(slowest, head.pan.state.velocity)
    assert head.goal is Goal.STEERED
    assert slowest > 20


@settings(max_examples=40, deadline=None)
@given(st.floats(10, 110), st.sampled_from([0.02, 0.03, 0.05, 0.07]), st.floats(0, 0.02))
def test_a_dragged_finger_is_followed_smoothly_and_never_passed(speed: float, period_s: float, phase: float) -> None:
    head = motion(pan=-170)
    velocities = []
    due, newest, seq = phase, -170.0, 0
    for tick in range(1, 100):
        now = tick * TICK_S
        while due <= now:
            newest = -170 + speed * due
            head.steer(newest, 0, seq, due)
            seq, due = seq + 1, due + period_s
        head.step(now)
        state = head.pan.state
        assert state is not None
        assert state.position <= newest + SERVO_STEP_DEG
        velocities.append(state.velocity)
    steady = velocities[70:]
    assert max(steady) - min(steady) <= 0.1 * speed + 2
    assert sum(steady) / len(steady) == pytest.approx(speed, rel=0.05)


def test_a_finger_that_stops_is_met_where_it_stopped() -> None:
    head = motion()
    now = furthest = 0.0
    for seq in range(60):
        now += TICK_S
        head.steer(min(2.0 * seq, 50.0), 0, seq, now)
        head.step(now)
        furthest = max(furthest, position(head)[0])
    for seq in range(60, 100):
        now += TICK_S
        head.steer(50, 0, seq, now)
        head.step(now)
        furthest = max(furthest, position(head)[0])
    assert position(head)[0] == 50
    assert furthest <= 50 + SERVO_STEP_DEG / 2


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
    assert abs(moved) >= SERVO_STEP_DEG - EPS
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
