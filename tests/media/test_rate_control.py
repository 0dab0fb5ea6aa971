"""The rate rule: bounds always, down on loss, up when clear, the receiver's estimate as a lid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.rate.control import (
    CEILING_BPS,
    FLOOR_BPS,
    REMB_SHARE,
    SOUND_BPS,
    START_BPS,
    RateControl,
    RateSettings,
)

LOSS = st.floats(0, 1)
STEPS = st.lists(st.tuples(st.floats(0, 10), st.one_of(LOSS, st.integers(0, 10**8))), max_size=100)


def feed(rate: RateControl, steps: list[tuple[float, float | int]]) -> float:
    now_s = 0.0
    for step, value in steps:
        now_s += step
        if isinstance(value, int):
            rate.on_remb(value, now_s)
        else:
            rate.on_report(value, now_s)
    return now_s


@given(STEPS)
def test_always_between_floor_and_ceiling(steps: list[tuple[float, float | int]]) -> None:
    rate = RateControl()
    feed(rate, steps)
    assert FLOOR_BPS <= rate.target_bps <= CEILING_BPS


@given(STEPS, st.integers(0, 10**7))
def test_never_above_what_the_receiver_estimates(steps: list[tuple[float, float | int]], bps: int) -> None:
    rate = RateControl()
    now_s = feed(rate, steps)
    rate.on_remb(bps, now_s)
    assert rate.target_bps <= max(FLOOR_BPS, REMB_SHARE * bps - SOUND_BPS)  # sound keeps its share


@given(STEPS, st.floats(0.11, 1.0))
def test_heavy_loss_never_raises(steps: list[tuple[float, float | int]], loss: float) -> None:
    rate = RateControl()
    now_s = feed(rate, steps)
    before = rate.target_bps
    rate.on_report(loss, now_s + 1)
    assert rate.target_bps < before or before == FLOOR_BPS


@given(STEPS)
def test_a_clear_line_is_used_again_after_anything(steps: list[tuple[float, float | int]]) -> None:
    rate = RateControl()
    now_s = feed(rate, steps)
    rate.on_remb(10**8, now_s)
    for second in range(1, 60):
        rate.on_report(0.0, now_s + second)
    assert rate.target_bps == CEILING_BPS


def test_starts_where_it_says_and_holds_in_between() -> None:
    rate = RateControl()
    assert rate.target_bps == START_BPS
    rate.on_report(0.05, 1.0)
    rate.on_report(0.05, 2.0)
    assert rate.target_bps == START_BPS


def test_a_long_silence_is_no_leap() -> None:
    rate = RateControl()
    rate.on_report(0.0, 1.0)
    rate.on_report(0.0, 1000.0)
    assert rate.target_bps < 1.2 * START_BPS


def test_a_burst_of_reports_raises_no_faster_than_time_passes() -> None:
    rate = RateControl()
    for number in range(1000):
        rate.on_report(0.0, 1.0 + number / 1000)
    assert rate.target_bps < 1.1 * START_BPS


@pytest.mark.parametrize(("start", "floor", "ceiling"), [(1, 2, 3), (4, 2, 3), (1, 0, 3)])
def test_settings_that_contradict_themselves(start: int, floor: int, ceiling: int) -> None:
    with pytest.raises(ValueError, match="floor_bps"):
        RateSettings(start, floor, ceiling)


def test_nonsense_is_refused() -> None:
    rate = RateControl()
    with pytest.raises(ValueError, match="fraction"):
        rate.on_report(1.5, 0)
    with pytest.raises(ValueError, match="negative"):
        rate.on_remb(-1, 0)
