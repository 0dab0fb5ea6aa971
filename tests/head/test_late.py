"""Set-points that come late, twice, or no more: when the brake is put on, and when the simulated servo stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hardware_sim.bus.motion import Drive, Shaft, advance
from robot_agent.head.motion import Goal, HeadMotion
from robot_agent.head.settings import HeadSettings

SETTINGS = HeadSettings()
SLEW_DEG_S = SETTINGS.pan.slew_deg_s
TICK_S = 0.02
EPS = 1e-6
SERVO_STEP_DEG = 360 / 4096
STILL_AFTER_S = 0.4  # the head itself, after the last set-point
DRIVE = Drive(torque=True, velocity_deg_s=SETTINGS.rest_slew_deg_s * 1.25, current_ma=SETTINGS.pan.goal_current_ma)


def motion(pan: float) -> HeadMotion:
    head = HeadMotion(SETTINGS)
    head.pan.start_at(pan, keep_goal=False)
    head.tilt.start_at(0.0, keep_goal=False)
    head.step(0.0)
    return head


def velocities(head: HeadMotion, goal: Callable[[float], float], apart_s: float, end_s: float) -> Iterator[float]:
    """Of each tick, with a set-point every `apart_s`."""
    now, seq = 0.0, 0
    while now < end_s:
        if now >= seq * apart_s - EPS:
            head.steer(goal(now), 0, seq, now)
            seq += 1
        now += TICK_S
        head.step(now)
        assert head.pan.state is not None
        yield head.pan.state.velocity


@pytest.mark.parametrize("apart_s", [0.05, 0.1, 0.14, 0.16])
def test_at_full_speed_set_points_that_come_late_do_not_brake_the_head(apart_s: float) -> None:
    """Some were lost, or the service is slow: the brake waits as long as it can."""
    head = motion(-170)
    course = list(velocities(head, lambda now: 170, apart_s, 1.6))
    assert head.goal is Goal.STEERED
    assert min(course[30:]) >= SLEW_DEG_S - 0.5


@pytest.mark.parametrize(("apart_s", "slowest_deg_s"), [(0.2, 70.0), (0.22, 15.0)])
def test_a_set_point_takes_the_hard_brake_off_before_the_head_stands(apart_s: float, slowest_deg_s: float) -> None:
    """Let go softly, such a brake would stop the head and turn it back."""
    head = motion(-170)
    course = list(velocities(head, lambda now: 170, apart_s, 2.0))[30:]
    assert min(course) >= slowest_deg_s
    assert min(course) < SLEW_DEG_S - 5, "it was put on"


@pytest.mark.parametrize("apart_s", [0.1, 0.14, 0.18, 0.2])
def test_a_drag_whose_set_points_come_seldom_does_not_stop_at_each(apart_s: float) -> None:
    """As by the service, on a line that holds packets up."""
    head = motion(-80)
    course = list(velocities(head, lambda now: -80 + 45 * now, apart_s, 3.0))[75:]
    assert min(course) > 10
    assert sum(course) / len(course) == pytest.approx(45, rel=0.1)


@pytest.mark.parametrize("came_before_s", [0.0, 0.004, 0.01, 0.016])
@pytest.mark.parametrize("speed", [20.0, 45.0, 90.0, math.inf])
def test_the_servo_stands_in_time_after_the_last_set_point(speed: float, came_before_s: float) -> None:
    """The simulator's shaft behind the goal, tick by tick; at infinite speed the head turns as fast as it may."""
    head = motion(-170)
    shaft = Shaft(0.0, angle_deg=-170, profile_deg=-170, lag_deg=-170)
    course: list[tuple[float, float]] = []
    last_s = 0.0
    for tick in range(1, 100):
        now = tick * TICK_S
        if now < 1.0:
            last_s = now - came_before_s
            head.steer(170 if math.isinf(speed) else -170 + speed * last_s, 0, tick, last_s)
        head.step(now)
        assert head.pan.wanted is not None
        goal = round(head.pan.wanted / SERVO_STEP_DEG) * SERVO_STEP_DEG
        for part in range(1, 5):
            shaft = advance(shaft, replace(DRIVE, goal_deg=goal), now + part * TICK_S / 4)
            course.append((shaft.time_s - last_s, shaft.angle_deg))
    end = course[-1][1]
    assert end > -165
    assert max(angle for _, angle in course) <= end + SERVO_STEP_DEG, "it does not come back"
    assert max(after_s for after_s, angle in course if abs(angle - end) > SERVO_STEP_DEG) <= STILL_AFTER_S


def test_the_same_set_point_again_changes_nothing_but_the_watchdog() -> None:
    """Repetitions against loss come 10 ms apart: they are no drag, and no reason to be quick."""
    once, often = motion(0), motion(0)
    for head, copies in ((once, 1), (often, 3)):
        for tick in range(30):
            for copy in range(copies if tick % 3 == 0 else 0):
                head.steer(2.0 * tick, 0, tick * 3 + copy, tick * TICK_S)
            head.step((tick + 1) * TICK_S)
    assert once.pan.state == often.pan.state
    told = often.aimed
    assert often.steer(told[1], 0, 1000, 0.62)
    assert often.aimed == told
    assert often.steer(told[1] + 1, 0, 1001, 0.62)
    assert often.aimed != told
