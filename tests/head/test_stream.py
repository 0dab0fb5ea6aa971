"""Set-points that come slowly or unevenly, as over a thin line: the head goes on between them and stops in time."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.head.aim import FADING_S, LONGEST_S, Gaps
from robot_agent.head.motion import HARD_BRAKE_EASE_S, HARD_BRAKE_S, SLOWEST_DEG_S, HeadMotion
from robot_agent.head.profile import AxisState
from robot_agent.head.settings import HeadSettings

SETTINGS = HeadSettings()
TICK_S = 0.02
REST_S = 0.4  # after the last set-point, whatever came before
GENTLE = 1.01  # between the ends of a piece the velocity may swing by a hundredth
SERVO_STEP_DEG = 360 / 4096
HARDEST_DEG_S2 = max(SETTINGS.pan.acceleration_deg_s2, SETTINGS.pan.slew_deg_s / HARD_BRAKE_S)
SMOOTH_DEG_S = 80.0  # a stream at 0.2 s is followed so fast without a brake; at 0.22 s half as fast

Arrivals = Iterable[tuple[float, float]]  # when a set-point comes, in seconds, and its pan, in degrees


def at(head: HeadMotion) -> AxisState:
    assert head.pan.state is not None
    return head.pan.state


def course(arrivals: Arrivals, until_s: float, start: float = 0.0) -> list[tuple[float, AxisState]]:
    """Time and pan after each tick. Nothing hurries the ticks, so a set-point waits for up to one."""
    head = HeadMotion(SETTINGS)
    head.pan.start_at(start, keep_goal=False)
    head.tilt.start_at(0.0, keep_goal=False)
    head.step(0.0)
    waiting, seen = deque(enumerate(arrivals)), [(0.0, at(head))]
    for tick in range(1, round(until_s / TICK_S) + 1):
        now = tick * TICK_S
        while waiting and waiting[0][1][0] <= now:
            seq, (came, pan) = waiting.popleft()
            head.steer(pan, 0.0, seq, came)
        head.step(now)
        seen.append((now, at(head)))
    return seen


def even(period_s: float, phase_s: float, until_s: float, speed: float, start: float) -> list[tuple[float, float]]:
    """A finger that is dragged at one speed, in deg/s."""
    count = int((until_s - phase_s) / period_s)
    return [(phase_s + n * period_s, start + speed * n * period_s) for n in range(count)]


@settings(max_examples=40, deadline=None)
@given(st.floats(5, 110), st.sampled_from([0.1, 0.15, 0.17, 0.2]), st.floats(0, TICK_S))
def test_an_even_drag_is_followed_evenly_however_slowly_it_comes(speed: float, period_s: float, phase_s: float) -> None:
    arrivals = even(period_s, phase_s, 3.0, speed, -170.0)
    seen = course(arrivals, 3.0 - period_s, -170.0)
    steady = [state.velocity for now, state in seen if now > 1.5]
    followed = min(speed, SMOOTH_DEG_S)
    assert min(steady) >= 0.8 * followed
    assert max(steady) - min(steady) <= 0.2 * followed + 2
    assert max(state.position for _, state in seen) <= arrivals[-1][1] + SERVO_STEP_DEG


@settings(max_examples=30, deadline=None)
@given(st.floats(0.17, 0.22), st.floats(0, TICK_S))
def test_a_far_goal_that_is_seldom_repeated_is_gone_to_without_a_jerk(period_s: float, phase_s: float) -> None:
    arrivals = [(phase_s + n * period_s, 170.0) for n in range(20)]
    seen = course(arrivals, 3.0, -170.0)
    steady = [state.velocity for now, state in seen if now > 1.0 and state.position < 100]  # it does not arrive yet
    assert min(steady) >= 0.6 * max(steady)
    assert min(steady) >= 0.6 * SLOWEST_DEG_S


@pytest.mark.parametrize("phase_s", [0.0, 0.007, 0.013, 0.019])
def test_at_a_quarter_of_a_second_the_watchdog_slows_the_head_but_does_not_stop_it(phase_s: float) -> None:
    arrivals = even(0.24, phase_s, 4.0, 30.0, -60.0)
    steady = [state.velocity for now, state in course(arrivals, 3.7, -60.0) if now > 1.5]
    assert min(steady) > 5


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 0.35), st.floats(-170, 170)), min_size=1, max_size=15))
def test_any_stream_keeps_to_every_limit_and_the_head_stands_soon_after_the_last(
    stream: list[tuple[float, float]],
) -> None:
    times = list(itertools.accumulate(gap for gap, _ in stream))
    arrivals = [(time, pan) for time, (_, pan) in zip(times, stream, strict=True)]
    seen = course(arrivals, times[-1] + 1.0)
    for (_, before), (now, after) in itertools.pairwise(seen):
        assert abs(after.position) <= 175
        assert abs(after.position - before.position) <= SETTINGS.pan.slew_deg_s * GENTLE * TICK_S + SERVO_STEP_DEG
        assert abs(after.velocity) <= SETTINGS.pan.slew_deg_s * GENTLE
        assert abs(after.velocity - before.velocity) <= HARDEST_DEG_S2 * TICK_S * GENTLE
        if after.velocity != 0:  # what arrives stands
            change = abs(after.acceleration - before.acceleration)
            assert change <= HARDEST_DEG_S2 / HARD_BRAKE_EASE_S * TICK_S * GENTLE
        if now >= times[-1] + REST_S:
            assert (after.velocity, after.acceleration, after.position) == (0, 0, seen[-1][1].position)


@settings(max_examples=30, deadline=None)
@given(st.floats(-60, 60), st.floats(0.02, 0.3), st.floats(0, TICK_S))
def test_a_goal_is_reached_and_not_passed_at_any_rhythm(goal: float, period_s: float, phase_s: float) -> None:
    seen = course([(phase_s + n * period_s, goal) for n in range(int(8 / period_s))], 8.0)
    assert seen[-1][1] == AxisState(goal)
    side = 1 if goal >= 0 else -1
    assert max(side * (state.position - goal) for _, state in seen) <= 0.5


def test_on_a_good_line_a_finger_that_paused_is_followed_at_once() -> None:
    pause = [(n * 0.05, 0.0) for n in range(5)]
    turn = [(0.25 + n * 0.05, 20.0) for n in range(4)]
    paused, fresh = course([*pause, *turn], 0.4), course(turn, 0.4)
    assert paused == fresh
    assert paused[-1][1].position > 2


def test_the_longest_gap_of_late_is_remembered_past_repeats_and_fades() -> None:
    gaps = Gaps()
    for _ in range(5):
        for interval_s in (0.18, 0.01, 0.01):  # a goal goes out three times
            gaps.heard(interval_s)
            assert gaps.longest_s >= 0.95 * 0.18
    for _ in range(round(FADING_S / 0.05)):
        gaps.heard(0.05)
    assert gaps.longest_s < 0.18 / 2
    gaps.heard(LONGEST_S + 0.01)
    assert gaps.longest_s == 0
