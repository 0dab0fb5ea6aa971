"""The battery: when it is low, how often that is said, and how long it lasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.head.battery import CHARGING_FOR_S, HYSTERESIS, BatteryWatch

LOW = 15.0


def test_low_is_one_event_though_the_figure_goes_to_and_fro() -> None:
    watch, told = BatteryWatch(LOW), []
    for second, percent in enumerate([16, 15, 14, 15, 14, 16, 15, 14, 17, 14] * 20):
        watch.update(percent, charging=False, now_s=second)
        told.append(watch.low)
    assert told.count(False) == 2, "until it was low for the first time"
    watch.update(LOW + HYSTERESIS, charging=False, now_s=300)
    assert not watch.low


def test_a_plug_with_a_loose_contact_is_no_charger() -> None:
    watch = BatteryWatch(LOW)
    watch.update(10, charging=False, now_s=0)
    assert watch.low
    for second in range(1, 60):
        watch.update(10, charging=second % 2 == 0, now_s=second)
        assert watch.low
    watch.update(10, charging=True, now_s=60)
    watch.update(10, charging=True, now_s=60 + CHARGING_FOR_S)
    assert not watch.low
    watch.update(10, charging=False, now_s=70)
    assert watch.low, "the charger is needed again"


def test_a_robot_that_starts_on_its_charger_is_not_low() -> None:
    watch = BatteryWatch(LOW)
    watch.update(3, charging=True, now_s=0)
    assert not watch.low


@pytest.mark.parametrize("charging", [False, True])
@given(minutes=st.floats(0.5, 20))
def test_time_left_follows_the_rate(charging: bool, minutes: float) -> None:
    watch = BatteryWatch(LOW)
    step_s, start = 60 * minutes, 50.0
    for number in range(11):
        state = watch.update(start + (number if charging else -number), charging=charging, now_s=number * step_s)
        assert (state.left_s is None) == (number < 3), "after three changes of the figure two whole percents are known"
    assert state.left_s == pytest.approx(40 * step_s)
    later = watch.update(state.percent, charging=charging, now_s=10 * step_s + 30)
    assert later.left_s == pytest.approx(40 * step_s - 30)


def test_the_rate_of_now_counts_and_a_plug_or_a_jump_begins_anew() -> None:
    watch = BatteryWatch(LOW)
    now_s = 0.0
    for percent in range(100, 60, -1):
        now_s += 600 if percent > 80 else 60
        state = watch.update(percent, charging=False, now_s=now_s)
    assert state.left_s == pytest.approx(61 * 60)
    assert watch.update(61, charging=True, now_s=now_s + 1).left_s is None
    assert watch.update(61, charging=False, now_s=now_s + 2).left_s is None
    assert watch.update(99, charging=False, now_s=now_s + 3).left_s is None


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans(), st.floats(0, 100)), max_size=40))
def test_no_course_of_figures_makes_a_state_that_cannot_be_told(course: list[tuple[int, bool, float]]) -> None:
    watch, now_s = BatteryWatch(LOW), 0.0
    for percent, charging, wait_s in course:
        now_s += wait_s
        state = watch.update(percent, charging=charging, now_s=now_s)
        assert state.left_s is None or 0 <= state.left_s <= 1e8
