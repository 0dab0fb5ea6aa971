"""Nod, shake and breath: smooth, small, within the limits, and over at the first set-point."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.commands import GestureName
from robot_agent.head.gesture import BREATH_S, PAN_SWINGS, TILT_SWINGS, Breath, Sway, Swing, swayed
from robot_agent.head.motion import BREATH_AFTER_S, Goal, HeadMotion
from robot_agent.head.settings import HeadSettings

TICK_S = 0.02
NOD, SHAKE = TILT_SWINGS[GestureName.NOD], PAN_SWINGS[GestureName.SHAKE]


def head_at(pan: float, tilt: float, breathing_deg: float = 0.0) -> HeadMotion:
    head = HeadMotion(HeadSettings(breathing_deg=breathing_deg))
    head.pan.start_at(pan, keep_goal=False)
    head.tilt.start_at(tilt, keep_goal=False)
    head.step(0.0)
    return head


def wanted(head: HeadMotion) -> tuple[float, float]:
    assert head.pan.wanted is not None
    assert head.tilt.wanted is not None
    return head.pan.wanted, head.tilt.wanted


def played(head: HeadMotion, seconds: float, start: float = 0.0) -> list[tuple[float, float]]:
    poses = []
    for tick in range(1, round(seconds / TICK_S) + 1):
        head.step(start + tick * TICK_S)
        poses.append(wanted(head))
    return poses


@pytest.mark.parametrize(("sway", "slew"), [(NOD, 100), (SHAKE, 150), (Swing(10, 0.95, one_sided=True), 150)])
def test_a_gesture_is_as_gentle_as_any_other_move(sway: Swing, slew: float) -> None:
    course = [swayed(sway, t / 1000) for t in range(round(sway.duration_s * 1000) + 1)]
    assert max(abs(m.velocity) for m in course) <= slew
    assert max(abs(m.acceleration) for m in course) <= 600
    for end in (course[0], course[-1]):
        assert end.offset == pytest.approx(0, abs=1e-9)
        assert end.velocity == pytest.approx(0, abs=0.1)
    assert max(abs(m.offset) for m in course) > 4, "seen from across the room"


def test_yes_goes_down_and_no_goes_both_ways() -> None:
    head = head_at(10, 5)
    took = head.gesture(GestureName.NOD, 0.0)
    assert took == pytest.approx(1.7)
    nod = played(head, 2.0)
    assert {pan for pan, _ in nod} == {10}
    assert max(tilt for _, tilt in nod) == 5
    assert min(tilt for _, tilt in nod) < 0
    assert nod[-1] == (10, 5)
    assert head.gesture(GestureName.SHAKE, 2.0) == pytest.approx(1.9)
    shake = played(head, 2.2, start=2.0)
    assert min(pan for pan, _ in shake) < 5
    assert max(pan for pan, _ in shake) > 15
    assert shake[-1] == (10, 5)
    assert head.arrived


@settings(max_examples=40, deadline=None)
@given(st.floats(-175, 175), st.floats(-25, 40), st.sampled_from(list(GestureName)))
def test_no_gesture_passes_a_limit(pan: float, tilt: float, name: GestureName) -> None:
    head = head_at(pan, tilt)
    assert head.gesture(name, 0.0) is not None
    moved = 0.0
    for at_pan, at_tilt in played(head, 2.2):
        assert -175.0001 <= at_pan <= 175.0001
        assert -25.0001 <= at_tilt <= 40.0001
        moved = max(moved, abs(at_pan - pan), abs(at_tilt - tilt))
    assert moved > 3
    assert wanted(head) == (pan, tilt)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 1.6))
def test_a_set_point_interrupts_a_gesture_without_a_jump(after: float) -> None:
    head = head_at(0, 0)
    head.gesture(GestureName.SHAKE, 0.0)
    ticks = round(after / TICK_S) or 1
    before = played(head, ticks * TICK_S)[-1][0]
    now = ticks * TICK_S
    for seq in range(60):
        head.steer(40, 10, seq, now)
        now += TICK_S
        head.step(now)
        pan = wanted(head)[0]
        assert abs(pan - before) <= 150 * TICK_S + 0.2
        before = pan
    assert wanted(head)[0] == pytest.approx(40, abs=1)
    assert head.goal is Goal.STEERED


def test_a_turn_and_the_rest_pose_interrupt_a_gesture_too() -> None:
    for interrupt in (lambda h: h.place(0, 20), lambda h: h.rest()):
        head = head_at(0, 20)
        head.gesture(GestureName.NOD, 0.0)
        played(head, 0.4)
        interrupt(head)
        played(head, 3.0, start=0.4)
        assert wanted(head) == (head.pan.goal, head.tilt.goal)


def test_a_head_on_its_way_or_without_a_servo_makes_no_gesture() -> None:
    head = head_at(0, 0)
    head.place(50, 0)
    head.step(TICK_S)
    assert head.gesture(GestureName.NOD, TICK_S) is None
    away = head_at(0, 0)
    away.tilt.lose()
    assert away.gesture(GestureName.SHAKE, 0.0) is None


def test_giving_way_ends_a_gesture() -> None:
    head = head_at(0, 0)
    head.gesture(GestureName.SHAKE, 0.0)
    played(head, 0.5)
    head.give_way(head.pan, 2.0)
    assert {pan for pan, _ in played(head, 2.0, start=0.5)} == {2.0}


def test_the_head_breathes_a_little_only_when_it_is_wished_and_somebody_is_there() -> None:
    for breathing_deg, watched in ((0.0, True), (0.5, False)):
        head = head_at(0, 10, breathing_deg)
        head.watched = watched
        assert set(played(head, 20.0)) == {(0, 10)}
    head = head_at(0, 10, 0.5)
    head.watched = True
    tilts = [tilt for _, tilt in played(head, BREATH_AFTER_S + 2 * BREATH_S)]
    assert set(tilts[: round((BREATH_AFTER_S - 0.1) / TICK_S)]) == {10}
    assert max(tilts) == pytest.approx(10.5, abs=0.01)
    assert min(tilts) == 10
    assert head.arrived, "it counts as standing"


def test_a_breath_is_held_for_a_finger_and_the_first_tick_is_felt() -> None:
    head = head_at(0, 10, 0.5)
    head.watched = True
    now = BREATH_AFTER_S + BREATH_S / 2 + 0.1
    before = played(head, now)[-1]
    assert before[1] > 10.3
    head.steer(0, 30, 0, now)
    head.step(now + TICK_S)
    assert wanted(head)[1] - before[1] >= 360 / 4096 - 1e-6
    assert wanted(head)[1] - before[1] < 0.3


def test_a_breath_ends_when_nobody_is_there_any_more() -> None:
    head = head_at(0, 10, 0.5)
    head.watched = True
    played(head, BREATH_AFTER_S + BREATH_S / 2)
    head.watched = False
    assert played(head, 1.0, start=BREATH_AFTER_S + BREATH_S / 2)[-1] == (0, 10)


def test_a_breath_at_the_upper_limit_goes_down() -> None:
    sway: Sway = Breath(0.5).within(40, -25, 40)
    assert min(sway.offset(t / 10) for t in range(50)) == pytest.approx(-0.5)
    assert sway.duration_s == math.inf
