"""The rate rule by its properties, and by example where there are only receiver reports."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.media.rate.control import (
    CEILING_BPS,
    FLOOR_BPS,
    LINE_SHARE,
    PACING,
    SOUND_BPS,
    START_BPS,
    RateControl,
    RateSettings,
)
from robot_agent.media.rate.packets import LineEstimate, PacketResult
from robot_agent.media.rate.reports import REMB_SHARE

LOSS = st.floats(0, 1)
RTT = st.one_of(st.none(), st.floats(0, 5))
REPORTS = st.tuples(st.floats(0, 10), st.one_of(st.tuples(LOSS, RTT), st.integers(0, 10**8)))
STEPS = st.lists(REPORTS, max_size=100)

NUMBERS = st.one_of(st.floats(-10, 10), st.floats(-1e6, 1e6), st.floats(allow_nan=True, allow_infinity=True))
RESULTS = st.lists(
    st.builds(
        PacketResult,
        sequence=st.integers(0, 300),
        size_bytes=st.integers(0, 1500),
        sent_s=NUMBERS,
        arrived_s=st.one_of(st.none(), NUMBERS),
        probe=st.one_of(st.none(), st.integers(1, 3)),
    ),
    max_size=40,
)
ANYTHING = st.lists(st.tuples(st.floats(-2, 5), st.one_of(RESULTS, st.tuples(LOSS, RTT), st.integers(0, 10**8))))


def feed(rate: RateControl, steps: list[tuple[float, tuple[float, float | None] | int]]) -> float:
    now_s = 0.0
    for step, value in steps:
        now_s += step
        if isinstance(value, int):
            rate.on_remb(value, now_s)
        else:
            rate.on_report(value[0], now_s, value[1])
    return now_s


def healthy(rate: RateControl, begin_s: float, seconds: float, first: int, bps: float = 0.0) -> float:
    """An empty line with a way of 30 ms that carries everything that is asked for, probes too, each 100 ms."""
    now_s, sequence = begin_s, first
    while now_s < begin_s + seconds:
        probe = rate.next_probe(now_s)
        results = []
        count = max(1, int((bps or rate.target_bps) / 80_000))
        for number in range(count):
            sent_s = now_s - 0.1 + number * 0.1 / count
            results.append(PacketResult(sequence, 1000, sent_s, sent_s + 5.03))
            sequence += 1
        if probe is not None:
            for number in range(probe.bytes // 1000 + 1):
                sent_s = now_s + number * 8000 / probe.rate_bps
                results.append(PacketResult(sequence, 1000, sent_s, sent_s + 5.03, probe.cluster))
                sequence += 1
        now_s += 0.1
        rate.on_feedback(results, now_s)
    return now_s


@given(ANYTHING, st.integers(0, 200_000))
@settings(max_examples=200, deadline=None)
def test_nothing_that_is_fed_in_breaks_a_bound(
    steps: list[tuple[float, list[PacketResult] | tuple[float, float | None] | int]], sound_bps: int
) -> None:
    rate = RateControl()
    rate.sound_bps = sound_bps
    now_s = 0.0
    for step_s, value in steps:
        now_s += step_s
        if isinstance(value, list):
            rate.on_feedback(value, now_s)
        elif isinstance(value, int):
            rate.on_remb(value, now_s)
        else:
            rate.on_report(value[0], now_s, value[1])
        probe = rate.next_probe(now_s)
        assert FLOOR_BPS <= rate.target_bps <= CEILING_BPS
        assert rate.pacing_bps >= rate.target_bps + sound_bps
        if probe is not None:
            assert 0 < probe.rate_bps <= 1.2 * (CEILING_BPS + sound_bps) / LINE_SHARE
            assert 0 < probe.bytes < 60_000
        check(rate.line())


def check(line: LineEstimate) -> None:
    for number in (line.rtt_s, line.jitter_s, line.queue_s):
        assert number is None or (math.isfinite(number) and number >= 0.0)
    assert line.loss is None or 0.0 <= line.loss <= 1.0


@given(ANYTHING)
@settings(max_examples=8, deadline=None)
def test_a_good_line_is_used_again_after_anything(
    steps: list[tuple[float, list[PacketResult] | tuple[float, float | None] | int]],
) -> None:
    rate = RateControl()
    now_s = 0.0
    for step_s, value in steps:
        now_s += step_s
        if isinstance(value, list):
            rate.on_feedback(value, now_s)
    healthy(rate, max(now_s, 1e6) + 5.0, 30.0, first=1000)
    assert rate.target_bps == CEILING_BPS


@given(st.lists(st.sampled_from(["again", "shuffle", "late"]), min_size=1, max_size=30), st.randoms())
@settings(deadline=None)
def test_twice_told_and_out_of_order_is_the_same_as_told_once(how: list[str], chance: object) -> None:
    plain, messy = RateControl(), RateControl()
    sequence, now_s = 0, 1.0
    for trick in how:
        results = []
        for _ in range(10):
            sequence += 1
            sent_s = now_s + 0.01 * (sequence % 10)
            results.append(PacketResult(sequence, 800, sent_s, sent_s + 9.05))
        now_s += 0.2
        plain.on_feedback(results, now_s)
        if trick == "shuffle":
            chance.shuffle(results)  # type: ignore[attr-defined]
        messy.on_feedback(results + results if trick == "again" else results, now_s)
        if trick == "late":
            messy.on_feedback([one._replace(arrived_s=None) for one in results], now_s)
    assert messy.target_bps == plain.target_bps
    assert messy.line() == plain.line()


def test_feedback_leads_and_reports_take_over_when_it_stays_away() -> None:
    rate = RateControl()
    assert rate.line().source == "reports"
    now_s = healthy(rate, 10.0, 5.0, first=1)
    found_bps = rate.target_bps
    rate.on_remb(200_000, now_s)
    rate.on_report(0.5, now_s)
    assert (rate.line().source, rate.target_bps) == ("feedback", found_bps)
    rate = RateControl()
    now_s = healthy(rate, 10.0, 5.0, first=1)
    for second in range(1, 8):
        rate.on_report(0.0, now_s + second, 0.05)
    assert rate.line().source == "reports"
    assert rate.next_probe(now_s + 8) is None
    healthy(rate, now_s + 9, 3.0, first=10_000)
    assert rate.line().source == "feedback"


def test_the_end_of_a_silence_is_told_once() -> None:
    rate = RateControl()
    now_s = healthy(rate, 10.0, 3.0, first=1)
    assert not rate.take_return()
    for step in range(20):
        assert rate.next_probe(now_s + step / 10) is None or step < 10
    assert rate.line().congested
    healthy(rate, now_s + 3.0, 0.05, first=10_000)
    assert rate.take_return()
    assert not rate.take_return()


def still(rate: RateControl, at_s: float, first: int) -> None:
    """A still of eight packets at `at_s`, and a report on it a round trip later."""
    sent = [at_s + number / 1000 for number in range(8)]
    results = [PacketResult(first + n, 1000, one_s, one_s + 5.03) for n, one_s in enumerate(sent)]
    rate.on_feedback(results, at_s + 0.2)


def test_nothing_sent_between_stills_is_no_silence() -> None:
    rate = RateControl()
    now_s = healthy(rate, 10.0, 3.0, first=1)
    found_bps = rate.target_bps
    for number in range(5):  # a still each two seconds; nothing else carries a number
        still(rate, now_s, first=10_000 + 8 * number)
        for step in range(2, 20):
            rate.next_probe(now_s + step / 10, None)
        assert not rate.line().congested
        now_s += 2.0
    assert not rate.take_return()
    assert rate.target_bps > 0.9 * found_bps


def test_a_still_that_nobody_answers_is_one() -> None:
    rate = RateControl()
    now_s = healthy(rate, 10.0, 3.0, first=1)
    still(rate, now_s, first=10_000)
    rate.next_probe(now_s + 1.9, None)
    sent_s = now_s + 2.0
    rate.next_probe(sent_s + 0.9, sent_s)
    assert not rate.line().congested
    rate.next_probe(sent_s + 1.1, sent_s)
    assert rate.line().congested
    still(rate, sent_s + 2.0, first=10_008)
    assert rate.take_return()


def test_a_still_picture_neither_grows_nor_shrinks_the_rate_for_long() -> None:
    rate = RateControl(RateSettings(ceiling_bps=2_000_000))
    now_s = healthy(rate, 10.0, 5.0, first=1)
    before_bps = rate.target_bps
    healthy(rate, now_s, 20.0, first=100_000, bps=80_000)
    assert rate.target_bps == pytest.approx(before_bps, rel=0.1)


def test_sound_is_set_aside_before_the_picture() -> None:
    rate = RateControl()
    rate.on_remb(500_000, 0.0)
    with_short_frames = rate.target_bps
    rate.sound_bps = SOUND_BPS // 2
    rate.on_report(0.0, 1.0)
    assert with_short_frames <= LINE_SHARE * REMB_SHARE * 500_000 - SOUND_BPS + 1
    assert rate.target_bps > with_short_frames
    assert rate.pacing_bps == int(PACING * (rate.target_bps + rate.sound_bps))
    with pytest.raises(ValueError, match="sound"):
        rate.sound_bps = -1


@given(STEPS, st.integers(0, 10**7))
@settings(deadline=None)
def test_never_above_what_the_receiver_estimates(
    steps: list[tuple[float, tuple[float, float | None] | int]], bps: int
) -> None:
    rate = RateControl()
    now_s = feed(rate, steps)
    rate.on_remb(bps, now_s)
    assert rate.target_bps <= max(FLOOR_BPS, REMB_SHARE * bps - SOUND_BPS)


@given(STEPS)
@settings(max_examples=50, deadline=None)
def test_reports_alone_find_a_clear_line_again(steps: list[tuple[float, tuple[float, float | None] | int]]) -> None:
    rate = RateControl()
    now_s = feed(rate, steps)
    rate.on_remb(10**8, now_s)
    for second in range(1, 80):
        rate.on_report(0.0, now_s + second)
    assert rate.target_bps == CEILING_BPS


def test_reports_of_heavy_loss_lower_the_rate_until_it_is_in_vain() -> None:
    rate = RateControl()
    rate.on_report(0.4, 1.0)
    assert rate.target_bps < 0.7 * START_BPS
    for second in range(2, 40):
        rate.on_report(0.15, float(second), 0.2)
    assert rate.target_bps > FLOOR_BPS  # the line loses by itself


def test_reports_of_some_loss_do_not_hold_a_line_without_a_queue() -> None:
    rate = RateControl()
    for second in range(1, 20):
        rate.on_report(0.05, float(second), 0.24)
    assert rate.target_bps > 2 * START_BPS


def test_reports_of_a_growing_round_trip_lower_the_rate() -> None:
    rate = RateControl()
    rate.on_report(0.0, 1.0, 0.05)
    before_bps = rate.target_bps
    rate.on_report(0.0, 2.0, 0.25)
    assert rate.target_bps < before_bps
    assert rate.line().congested
    assert rate.line().queue_s == pytest.approx(0.2, abs=0.01)


def test_an_outage_in_the_reports_is_no_queue() -> None:
    rate = RateControl()
    rate.on_report(0.0, 1.0)
    before_bps = rate.target_bps
    rate.on_report(1.0, 2.0)
    assert rate.target_bps == before_bps


def test_starts_where_it_says_and_a_long_silence_is_no_leap() -> None:
    rate = RateControl()
    assert rate.target_bps == START_BPS
    rate.on_report(0.0, 1.0)
    rate.on_report(0.0, 1000.0)
    assert rate.target_bps < 2.6 * START_BPS


def test_a_burst_of_reports_raises_no_faster_than_time_passes() -> None:
    rate = RateControl()
    for number in range(1000):
        rate.on_report(0.0, 1.0 + number / 1000)
    assert rate.target_bps < 1.7 * START_BPS


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
    with pytest.raises(ValueError, match="negative"):
        rate.on_remb(math.nan, 0)
