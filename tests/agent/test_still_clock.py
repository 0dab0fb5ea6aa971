"""Stills follow what the page has shown; no test here waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.rescue import MAX_STILL_BYTES, STILL_EVERY_S, STILL_OVERDUE_S
from robot_agent.still_clock import FIRST_BYTES, LEAST_BYTES, StillClock


def play(clock: StillClock, took_s: float, stills: int, began_s: float = 0.0) -> float:
    """Full-size stills, each shown after `took_s`; the time after the last."""
    now_s = began_s
    for _ in range(stills):
        now_s += clock.wait_s(now_s)
        clock.sent(clock.most_bytes, now_s)
        if took_s < STILL_OVERDUE_S:
            clock.shown(clock.next_sequence - 1, now_s + took_s)
    return now_s


def test_the_first_goes_at_once_and_the_next_when_it_was_shown_but_not_sooner_than_half_a_second() -> None:
    clock = StillClock()
    assert clock.wait_s(100.0) == 0
    assert clock.next_sequence == 1
    clock.sent(9_000, 100.0)
    assert clock.wait_s(100.0) == STILL_OVERDUE_S
    assert clock.shown(1, 100.1)
    assert clock.wait_s(100.1) == pytest.approx(STILL_EVERY_S - 0.1)
    assert clock.wait_s(100.0 + STILL_EVERY_S) == 0
    assert clock.next_sequence == 2


def test_one_that_nobody_shows_holds_the_next_back_for_three_seconds() -> None:
    clock = StillClock()
    clock.sent(9_000, 0.0)
    assert clock.wait_s(STILL_OVERDUE_S - 0.5) == 0.5
    assert clock.wait_s(STILL_OVERDUE_S) == 0


def test_an_acknowledgement_counts_once_and_only_of_the_newest() -> None:
    clock = StillClock()
    clock.sent(9_000, 0.0)
    clock.sent(9_000, 3.0)
    assert not clock.shown(1, 3.1)
    assert not clock.shown(99, 3.1)
    assert clock.shown(2, 3.2)
    assert not clock.shown(2, 3.3)


def test_a_quick_line_gets_large_stills_and_a_slow_one_small() -> None:
    quick, slow, dead = StillClock(), StillClock(), StillClock()
    play(quick, 0.1, 10)
    assert quick.most_bytes == MAX_STILL_BYTES
    play(slow, 2.0, 10)
    assert slow.most_bytes == LEAST_BYTES
    play(dead, STILL_OVERDUE_S, 10)
    assert dead.most_bytes == LEAST_BYTES
    play(slow, 0.1, 20, began_s=1000.0)
    assert slow.most_bytes == MAX_STILL_BYTES, "a line that is better again is used"


def test_small_stills_of_a_plain_room_say_nothing_of_large_ones() -> None:
    clock = StillClock()
    for sequence in range(1, 20):
        clock.sent(2_000, float(sequence))
        clock.shown(sequence, sequence + 0.1)
    assert clock.most_bytes == FIRST_BYTES


@given(st.lists(st.tuples(st.sampled_from(["send", "show"]), st.integers(0, 40), st.floats(0, 10)), max_size=60))
def test_whatever_comes_size_wait_and_numbers_stay_within_their_limits(
    events: list[tuple[str, int, float]],
) -> None:
    clock, now_s, sent = StillClock(), 0.0, 0
    for kind, number, gap_s in events:
        now_s += gap_s
        if kind == "send" and clock.wait_s(now_s) == 0:
            sent += 1
            assert clock.next_sequence == sent
            clock.sent(clock.most_bytes, now_s)
        else:
            clock.shown(number, now_s)
        assert LEAST_BYTES <= clock.most_bytes <= MAX_STILL_BYTES
        assert 0 <= clock.wait_s(now_s) <= STILL_OVERDUE_S + 1e-6


def over(line_bps: float, way_s: float, stills: int = 60) -> tuple[StillClock, float]:
    """Stills over a line with that rate and that way there and back; the clock, and what the last one took to leave."""
    clock, now_s, leaves_s = StillClock(), 0.0, 0.0
    for _ in range(stills):
        now_s += clock.wait_s(now_s)
        leaves_s = clock.most_bytes * 8 / line_bps
        clock.sent(clock.most_bytes, now_s)
        clock.shown(clock.next_sequence - 1, now_s + leaves_s + way_s)
    return clock, leaves_s


def test_on_a_thin_line_a_still_leaves_in_a_quarter_of_a_second_so_that_the_sound_does_not_wait() -> None:
    clock, leaves_s = over(270_000, way_s=0.15)
    assert leaves_s < 0.26
    assert clock.most_bytes > LEAST_BYTES
    clock.sent(LEAST_BYTES, 1000.0)
    clock.shown(clock.next_sequence - 1, 1000.38)  # a small one, and a moment in which the machine was busy
    play(clock, 0.39, 10, began_s=2000.0)
    assert clock.most_bytes < 1.5 * FIRST_BYTES, "that is no long way: nothing is to be gained"
    assert over(100_000, way_s=0.15)[0].most_bytes < 1.5 * LEAST_BYTES


def test_a_long_way_is_not_taken_for_a_thin_line() -> None:
    clock, _ = over(8e6, way_s=0.65)
    assert clock.most_bytes > 3 * LEAST_BYTES
