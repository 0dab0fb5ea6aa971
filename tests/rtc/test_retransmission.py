"""The guard's rule: once in a round trip, not too old, within the budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.rtc.retransmission import BUDGET_BURST_S, BUDGET_SHARE, Needed, RetransmissionGuard

STEPS = st.lists(
    st.tuples(st.floats(0, 0.05), st.integers(0, 30), st.integers(40, 1300), st.floats(0, 2)), max_size=300
)


@given(STEPS, st.floats(0.001, 0.6), st.integers(80_000, 2_500_000))
def test_never_more_than_the_budget_and_never_twice_in_a_round_trip(
    steps: list[tuple[float, int, int, float]], rtt_s: float, target_bps: int
) -> None:
    guard, now_s, bits, last = RetransmissionGuard(), 0.0, 0, dict[int, float]()
    for step, sequence, size, age_s in steps:
        now_s += step
        if guard.allow(sequence, size, age_s, rtt_s, target_bps, now_s):
            bits += size * 8
            assert age_s <= max(0.4, min(4.0 * rtt_s, 1.0))
            assert now_s - last.get(sequence, -9) >= 0.9 * rtt_s
            last[sequence] = now_s
    burst = max(BUDGET_SHARE * target_bps * BUDGET_BURST_S, 12_000)
    assert bits <= burst + BUDGET_SHARE * target_bps * now_s + 1
    assert guard.allowed + guard.refused == len(steps)


def test_asked_again_after_a_round_trip_it_is_sent_again() -> None:
    guard = RetransmissionGuard()
    assert guard.allow(5, 1000, 0.0, 0.1, 1_000_000, 0.0)
    assert not guard.allow(5, 1000, 0.05, 0.1, 1_000_000, 0.05)
    assert guard.allow(5, 1000, 0.1, 0.1, 1_000_000, 0.1)


@pytest.mark.parametrize(("rtt_s", "most_s"), [(0.02, 0.4), (0.24, 0.96), (0.6, 1.0)])
def test_over_a_long_way_there_is_time_for_an_answer_that_is_lost(rtt_s: float, most_s: float) -> None:
    assert not RetransmissionGuard.is_too_old(most_s - 0.01, rtt_s)
    assert RetransmissionGuard.is_too_old(most_s + 0.01, rtt_s)


def test_one_packet_always_fits_the_budget() -> None:
    assert RetransmissionGuard().allow(1, 1300, 0.0, 0.05, 10_000, 0.0)


def test_memory_is_bounded() -> None:
    guard = RetransmissionGuard()
    for sequence in range(5000):
        assert guard.allow(sequence, 10, 0.0, 0.05, 10**8, sequence / 100)
    assert len(guard._answered) <= 1024


def test_a_copy_that_went_out_unasked_counts_as_an_answer() -> None:
    guard = RetransmissionGuard()
    guard.note(7, 1.0)
    assert not guard.allow(7, 1000, 0.01, 0.1, 1_000_000, 1.05)
    assert guard.allow(7, 1000, 0.1, 0.1, 1_000_000, 1.1)


def test_what_is_needed_begins_with_the_key_frame() -> None:
    needed = Needed()
    assert 5 in needed
    needed.begin(65_534)
    assert [sequence for sequence in (65_000, 65_533, 65_534, 65_535, 0, 900) if sequence in needed] == [
        65_534, 65_535, 0, 900,
    ]  # fmt: skip


def test_without_key_frames_for_long_the_newest_are_needed_still() -> None:
    needed = Needed()
    needed.begin(7)
    for number in range(7, 7 + 0x18000):
        needed.sent(number & 0xFFFF)
        assert number & 0xFFFF in needed, number
    assert (7 + 0x18000 - 1024) & 0xFFFF in needed, "all that can be asked for"
