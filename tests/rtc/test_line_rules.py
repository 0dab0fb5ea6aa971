"""What is held back at the browser, and which pictures are sent more than once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.rate.packets import LineEstimate
from robot_agent.rtc.playout import CALM_S, MAX_JITTER_MS, MAX_MS, MIN_MS, RISE_S, STEP_MS, PlayoutRule
from robot_agent.rtc.protection import (
    BUDGET_S,
    CROWDED_BPS,
    ENOUGH_BPS,
    HARDLY_LOSS,
    NEAR_RTT_S,
    PICTURE_BPS,
    ROOMY_BPS,
    SOME_LOSS,
    SOME_LOSS_S,
    TOO_LITTLE_BPS,
    UNKNOWN_BPS,
    WIDE_LEAST_BPS,
    WIDE_MOST_BPS,
    Protection,
)
from robot_agent.rtc.rtp_packets import playout_value


def line(jitter_s: float | None = 0.001, loss: float | None = 0.0, congested: bool = False) -> LineEstimate:
    return LineEstimate(None, loss, jitter_s, 0.001, congested, "feedback")


def hold(rule: PlayoutRule, seen: LineEstimate, from_s: float, rtt_s: float = 0.02) -> tuple[int, int]:
    """The limits after the line looked like that for RISE_S."""
    rule.limits(seen, rtt_s, from_s)
    return rule.limits(seen, rtt_s, from_s + RISE_S)


def test_a_clean_line_holds_nothing_back() -> None:
    assert hold(PlayoutRule(), line(), 0.0) == (0, 0)
    assert hold(PlayoutRule(), line(None, None), 0.0) == (0, 0)


def test_jitter_is_evened_out_soon_and_let_go_slowly() -> None:
    rule = PlayoutRule()
    assert hold(rule, line(0.014), 0.0) == (0, 0)
    assert hold(rule, line(0.022), 1.0) == (MIN_MS, 50)
    assert hold(rule, line(0.400), 2.0) == (MIN_MS, MAX_JITTER_MS)
    assert rule.limits(line(0.010), 0.02, 3.0) == (MIN_MS, MAX_JITTER_MS)
    assert rule.limits(line(0.010), 0.02, 2.9 + CALM_S) == (MIN_MS, MAX_JITTER_MS)
    assert rule.limits(line(0.010), 0.02, 3.0 + CALM_S) == (MIN_MS, 20)  # jittery still: it is over 8 ms
    assert rule.limits(line(0.001), 0.02, 4.0 + CALM_S) == (MIN_MS, 20)
    assert rule.limits(line(0.001), 0.02, 4.0 + 2 * CALM_S) == (0, 0)
    assert hold(rule, line(0.010), 5.0 + 2 * CALM_S) == (0, 0)  # and calm until 15


def test_one_bad_moment_starts_the_calm_anew_and_raises_nothing() -> None:
    rule = PlayoutRule()
    hold(rule, line(0.030), 0.0)
    rule.limits(line(0.001), 0.02, 1.0)
    assert rule.limits(line(0.090), 0.02, 1.0 + CALM_S / 2) == (MIN_MS, 60)
    assert rule.limits(line(0.001), 0.02, 1.0 + CALM_S) == (MIN_MS, 60)


def test_it_rises_to_the_least_that_was_wanted_all_along() -> None:
    rule = PlayoutRule()
    rule.limits(line(0.090), 0.02, 0.0)
    rule.limits(line(0.020), 0.02, RISE_S / 2)
    assert rule.limits(line(0.090), 0.02, RISE_S) == (MIN_MS, 40)


def test_a_retransmission_over_a_long_line_is_waited_for() -> None:
    assert hold(PlayoutRule(), line(loss=0.05), 0.0, rtt_s=0.06) == (0, 0)  # it comes before anybody sees the gap
    assert hold(PlayoutRule(), line(loss=0.01), 0.0, rtt_s=0.24) == (0, 0)
    assert hold(PlayoutRule(), line(loss=0.05), 0.0, rtt_s=0.24) == (MIN_MS, 330)
    assert hold(PlayoutRule(), line(loss=0.05), 0.0, rtt_s=3.0) == (MIN_MS, MAX_MS)


def test_the_overflow_of_a_queue_is_not_a_lossy_line() -> None:
    assert hold(PlayoutRule(), line(loss=0.1, congested=True), 0.0, rtt_s=0.24) == (0, 0)


@given(st.lists(st.tuples(st.none() | st.floats(0, 5), st.none() | st.floats(0, 1), st.floats(0, 10), st.floats(0, 9))))
def test_limits_are_always_such_that_the_extension_takes_them(
    steps: list[tuple[float | None, float | None, float, float]],
) -> None:
    rule, now_s = PlayoutRule(), 0.0
    for jitter_s, loss, rtt_s, step_s in steps:
        now_s += step_s
        low, high = rule.limits(line(jitter_s, loss), rtt_s, now_s)
        assert (low, high) == (0, 0) or (low == MIN_MS <= high <= MAX_MS and high % STEP_MS == 0)
        playout_value(low, high)


# pictures more than once


def protection(seen: LineEstimate, rtt_s: float, target_bps: int = 1_000_000) -> Protection:
    rule = Protection()
    rule.look(seen, rtt_s, target_bps, target_bps, 0.0)
    return rule


def test_a_key_frame_is_sent_twice_where_it_pays() -> None:
    rule = protection(line(loss=0.05), 0.1)
    assert rule.copies_key_frame(20_000)
    assert rule.copies == 0  # a retransmission comes in time for the others


@pytest.mark.parametrize(
    ("target_bps", "seen", "rtt_s"),
    [
        (1_000_000, line(loss=0.019), 0.24),  # few losses
        (1_000_000, line(loss=0.05), 0.06),  # a retransmission comes soon enough
        (1_000_000, line(loss=0.05, congested=True), 0.24),  # it would make it worse
        (300_000, line(loss=0.05), 0.24),  # over the budget
        (1_000_000, line(None, None), 0.1),  # nothing is known of it, and it is not far
        (UNKNOWN_BPS - 1, line(None, None), 0.24),
    ],
)
def test_and_only_there(target_bps: int, seen: LineEstimate, rtt_s: float) -> None:
    rule = protection(seen, rtt_s, target_bps)
    assert not rule.copies_key_frame(20_000)
    assert rule.copies == 0


def test_every_picture_is_sent_twice_where_a_retransmission_is_seen_as_a_freeze() -> None:
    assert protection(line(loss=0.05), 0.24, ENOUGH_BPS).copies == 1
    assert protection(line(loss=0.05), 0.24, ENOUGH_BPS - 1).copies == 0
    assert Protection().copies == 0  # nothing is known of the line


def test_and_three_times_where_there_is_room_for_it() -> None:
    rule, seen = protection(line(loss=0.05), 0.24, ROOMY_BPS - 1), []
    for room_bps in (ROOMY_BPS, CROWDED_BPS, CROWDED_BPS - 1, ROOMY_BPS - 1, ROOMY_BPS):
        rule.look(line(loss=0.05), 0.24, 700_000, room_bps, 0.0)
        seen.append(rule.copies)
    assert seen == [2, 2, 1, 1, 2]


def test_the_copies_come_out_of_what_the_line_has() -> None:
    rule = protection(line(loss=0.05), 0.1)
    assert rule.picture_bps(700_000, 4_000_000) == 700_000
    rule = protection(line(loss=0.05), 0.24, 600_000)
    assert rule.picture_bps(600_000, 600_000) == 300_000
    rule = protection(line(loss=0.05), 0.24, 1_200_000)
    assert rule.picture_bps(700_000, 1_200_000) == 400_000
    assert rule.picture_bps(700_000, 4_000_000) == PICTURE_BPS
    assert rule.picture_bps(80_000, 1_200_000) == 80_000


def test_a_far_line_is_taken_for_lossy_until_its_loss_is_known() -> None:
    unknown = line(None, None)
    rule = protection(unknown, 0.24, UNKNOWN_BPS)
    assert rule.copies == 1
    assert not rule.copies_key_frame(1000)  # what a key frame needs is not known either
    rule.look(line(loss=0.0), 0.24, 300_000, 300_000, 0.0)
    assert rule.copies == 0
    rule = protection(unknown, 0.24, UNKNOWN_BPS)
    rule.look(line(loss=0.012), 0.24, 1_000_000, 1_000_000, 0.0)  # two of 150: chance may have been kind
    assert rule.copies == 1
    rule = protection(unknown, 0.24, UNKNOWN_BPS)
    rule.look(line(loss=0.05), 0.24, ENOUGH_BPS - 1, ENOUGH_BPS - 1, 0.0)  # too thin for it, as is known now
    assert rule.copies == 0


def test_copies_of_everything_do_not_come_and_go_with_every_moment() -> None:
    rule = protection(line(loss=0.05), 0.24)
    steps = [
        (line(loss=0.05, congested=True), 0.24, TOO_LITTLE_BPS),
        (line(loss=0.012), 0.13, TOO_LITTLE_BPS),
        (line(loss=0.05), 0.24, TOO_LITTLE_BPS - 1),
        (line(loss=0.05), 0.24, TOO_LITTLE_BPS),
        (line(loss=0.05), 0.24, ENOUGH_BPS),
        (line(loss=0.05), 0.11, ENOUGH_BPS),
    ]
    seen = []
    for now, rtt_s, target_bps in steps:
        rule.look(now, rtt_s, target_bps, target_bps, 0.0)
        seen.append(rule.copies)
    assert seen == [1, 1, 0, 0, 1, 0]


def test_protection_stays_until_the_line_is_clearly_better() -> None:
    rule, seen = Protection(), []
    for loss in (0.02, 0.012, 0.009, 0.012):
        rule.look(line(loss=loss), 0.24, 1_000_000, 1_000_000, 0.0)
        seen.append(rule.copies_key_frame(1000))
    assert seen == [True, True, False, False]


WIDE_BPS = 4_000_000


def test_a_wide_line_that_loses_now_and_then_carries_the_picture_twice() -> None:
    rule = protection(line(loss=0.01), 0.1, WIDE_BPS)
    assert rule.copies == 1
    assert rule.picture_bps(WIDE_BPS, WIDE_BPS) == WIDE_MOST_BPS
    assert rule.picture_bps(2_400_000, 2_400_000) == 1_200_000
    assert protection(line(loss=0.01), 0.1, 2 * WIDE_LEAST_BPS - 1).copies == 0  # half of it would show too little
    assert protection(line(loss=0.01), NEAR_RTT_S - 0.001, WIDE_BPS).copies == 0
    assert protection(line(loss=SOME_LOSS - 0.001), 0.1, WIDE_BPS).copies == 0
    assert protection(line(loss=0.01, congested=True), 0.1, WIDE_BPS).copies == 0
    assert protection(line(None, None), 0.1, WIDE_BPS).copies == 0


def test_a_picture_that_is_small_anyway_needs_less_room_for_its_copy() -> None:
    rule = Protection()
    rule.look(line(loss=0.05), 0.06, 700_000, 1_400_000, 0.0)
    assert rule.copies == 1
    assert rule.picture_bps(700_000, 1_400_000) == 700_000


def test_a_second_in_which_nothing_is_lost_does_not_end_it() -> None:
    rule, seen = protection(line(loss=0.01), 0.1, WIDE_BPS), []
    for loss, rtt_s, room_bps, now_s in (
        (0.0, 0.1, WIDE_BPS, SOME_LOSS_S),
        (HARDLY_LOSS, 0.1, WIDE_BPS, SOME_LOSS_S),
        (0.0, 0.1, WIDE_BPS, 2 * SOME_LOSS_S),
        (0.0, 0.045, 1_700_000, 2 * SOME_LOSS_S),
        (0.0, 0.1, WIDE_BPS, 2 * SOME_LOSS_S + 0.1),
        (0.01, 0.045, WIDE_BPS, 2 * SOME_LOSS_S + 0.2),
        (0.01, 0.1, 1_700_000, 2 * SOME_LOSS_S + 0.3),
        (0.01, 0.1, WIDE_BPS, 2 * SOME_LOSS_S + 0.4),
    ):
        rule.look(line(loss=loss), rtt_s, room_bps, room_bps, now_s)
        seen.append(rule.copies)
    assert seen == [1, 1, 1, 1, 0, 0, 0, 1]


def test_copies_on_a_wide_line_do_not_make_it_a_far_one() -> None:
    rule = protection(line(loss=0.05), 0.13, WIDE_BPS)
    rule.look(line(loss=0.05), 0.13, WIDE_BPS, WIDE_BPS, 1.0)
    assert rule.copies == 1
    rule.look(line(loss=0.05), 0.16, WIDE_BPS, WIDE_BPS, 2.0)
    assert rule.copies == 2


@given(
    st.integers(0, 500_000),
    st.integers(80_000, 8_000_000),
    st.none() | st.floats(0, 1),
    st.floats(0, 5),
    st.booleans(),
)
def test_never_more_than_the_budget(
    size: int, target_bps: int, loss: float | None, rtt_s: float, congested: bool
) -> None:
    rule = protection(line(0.0, loss, congested), rtt_s, target_bps)
    if rule.copies_key_frame(size):
        assert size * 8 <= BUDGET_S * target_bps
    assert (1 + rule.copies) * rule.picture_bps(target_bps, target_bps) <= target_bps
