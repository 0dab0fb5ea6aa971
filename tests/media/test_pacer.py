"""The pacer: sound at once, fresh before old, nothing late, probes at their own rate, and never above the rate."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.media.rate.pacer import (
    BACKLOG_S,
    CATCH_UP_S,
    KEY_FRAME_BACKLOG_S,
    MAX_WAIT_S,
    PROBE_PATIENCE_S,
    RETRANSMISSION_WAIT_S,
    Kind,
    Pacer,
)
from robot_agent.media.rate.packets import Probe

RATE_BPS = 800_000  # 100 bytes a millisecond
KINDS = st.sampled_from(["sound", "fresh", "retransmission", "padding"])


def drain(pacer: Pacer[Any], until_s: float, now_s: float = 0.0) -> list[tuple[float, Any]]:
    """Everything that leaves until `until_s`, with the moment."""
    left: list[tuple[float, Any]] = []
    while True:
        while (packet := pacer.pop(now_s)) is not None:
            left.append((now_s, packet))
        due_s = pacer.next_due_s(now_s)
        if due_s is None or due_s > until_s:
            return left
        now_s = max(now_s + 1e-6, due_s)


def test_packets_leave_at_the_rate_and_in_order() -> None:
    pacer: Pacer[int] = Pacer(RATE_BPS)
    for number in range(10):
        pacer.push(number, 1000, "fresh", 0.0, frame=1)
    assert pacer.queued_s == pytest.approx(0.1)
    left = drain(pacer, 1.0)
    assert [packet for _, packet in left] == list(range(10))
    assert [moment for moment, _ in left] == pytest.approx([n * 0.01 for n in range(10)], abs=1e-4)
    assert pacer.queued_s == 0.0
    assert pacer.next_due_s(1.0) is None


def test_sound_goes_at_once_then_fresh_then_what_was_lost() -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    pacer.push("again", 1000, "retransmission", 0.0)
    pacer.push("fresh", 1000, "fresh", 0.0)
    pacer.push("sound", 100, "sound", 0.0)
    assert pacer.pop(0.0) == "sound"
    pacer.push("more sound", 100, "sound", 0.0)
    assert pacer.pop(0.0) == "more sound"
    assert [packet for _, packet in drain(pacer, 1.0)] == ["fresh", "again"]


def push_pictures(pacer: Pacer[str], first: int, count: int, now_s: float, key: bool = False) -> list[bool]:
    return [pacer.push(f"{first + n}", 1000, "fresh", now_s, frame=first + n, key=key and n == 0) for n in range(count)]


def test_pictures_that_would_come_too_late_are_dropped_with_all_that_need_them() -> None:
    pacer: Pacer[str] = Pacer(80_000)  # 100 ms a picture
    assert push_pictures(pacer, 1, 3, 0.0) == [True] * 3
    assert pacer.pop(0.0) == "1"
    assert push_pictures(pacer, 4, 1, 0.0) == [True]
    assert pacer.queued_s > BACKLOG_S
    assert push_pictures(pacer, 5, 2, 0.0) == [False] * 2
    assert drain(pacer, 0.2) == []
    assert pacer.take_key_frame_wanted()
    assert not pacer.take_key_frame_wanted()
    assert pacer.dropped == 5
    assert push_pictures(pacer, 7, 1, 1.0) == [False]
    assert pacer.take_key_frame_wanted()
    assert push_pictures(pacer, 8, 2, 1.1, key=True) == [True] * 2
    assert [packet for _, packet in drain(pacer, 2.0, 1.1)] == ["8", "9"]


def test_a_picture_on_its_way_out_is_finished() -> None:
    pacer: Pacer[str] = Pacer(80_000)
    for part in range(4):
        pacer.push(f"1.{part}", 1000, "fresh", 0.0, frame=1)
    assert pacer.pop(0.0) == "1.0"
    assert push_pictures(pacer, 2, 1, 0.03) == [False]
    assert [packet for _, packet in drain(pacer, 1.0, 0.03)] == ["1.1", "1.2", "1.3"]


def test_pictures_behind_a_key_frame_have_its_time_too() -> None:
    pacer: Pacer[str] = Pacer(80_000)
    for part in range(6):
        assert pacer.push(f"key {part}", 1000, "fresh", 0.0, frame=1, key=True)
    assert push_pictures(pacer, 2, 2, 0.0) == [True] * 2
    assert len(drain(pacer, 1.0)) == 8
    for part in range(12):
        assert pacer.push(f"key {part}", 1000, "fresh", 1.0, frame=5, key=True)
    assert pacer.queued_s > KEY_FRAME_BACKLOG_S
    assert push_pictures(pacer, 6, 1, 1.0) == [False]
    assert not pacer.push("the rest", 1000, "fresh", 1.0, frame=5, key=True)


def test_a_waiting_key_frame_takes_over_from_late_pictures() -> None:
    pacer: Pacer[str] = Pacer(80_000)
    push_pictures(pacer, 1, 2, 0.0)
    assert push_pictures(pacer, 3, 2, 0.0, key=True) == [True] * 2
    pacer.set_rate(40_000)  # now the two before it are late
    push_pictures(pacer, 5, 1, 0.0)
    assert [packet for _, packet in drain(pacer, 0.9)] == ["3", "4", "5"]
    assert not pacer.take_key_frame_wanted()


def test_nothing_waits_longer_than_a_second_by_the_clock() -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    push_pictures(pacer, 1, 2, 0.0)
    assert pacer.pop(MAX_WAIT_S + 0.01) is None
    assert pacer.take_key_frame_wanted()


def test_old_retransmissions_are_forgotten() -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    pacer.push("old", 1000, "retransmission", 0.0)
    assert pacer.pop(RETRANSMISSION_WAIT_S + 0.01) is None
    assert pacer.dropped == 1


def test_a_probe_takes_what_waits_and_asks_for_padding() -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    pacer.push("picture", 1000, "fresh", 0.0)
    assert not pacer.push("no probe", 500, "padding", 0.0)
    pacer.start_probe(Probe(cluster=7, rate_bps=4_000_000, bytes=3000), 0.0)
    assert pacer.pop(0.0) == "picture"
    assert pacer.cluster == 7
    now_s, sent = 0.0, 1000
    while (due_s := pacer.next_due_s(now_s)) is not None:
        now_s = max(due_s, now_s + 1e-6)
        wanted = pacer.padding_wanted(now_s)
        if wanted:
            pacer.push("padding", min(wanted, 250), "padding", now_s)
        if pacer.pop(now_s) is not None:
            assert pacer.cluster == 7
            sent += 250
    assert sent == 3000
    assert now_s == pytest.approx((3000 - 250) * 8 / 4_000_000, abs=1e-3)
    assert not pacer.probing
    assert pacer.padding_wanted(now_s) == 0


def test_a_probe_without_padding_ends_and_the_next_packet_is_not_marked() -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    pacer.start_probe(Probe(cluster=1, rate_bps=800_000, bytes=1000), 0.0)
    pacer.push("late", 1000, "fresh", 0.02 + PROBE_PATIENCE_S)
    assert pacer.pop(0.02 + PROBE_PATIENCE_S) == "late"
    assert pacer.cluster is None


def test_a_rate_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Pacer(0)


STEPS = st.lists(
    st.tuples(st.floats(0, 0.05), KINDS, st.integers(1, 1500), st.integers(0, 5), st.booleans(), st.booleans()),
    max_size=120,
)


@given(STEPS, st.integers(50_000, 10_000_000))
@settings(deadline=None)
def test_nothing_leaves_late_and_sound_never_stays(
    steps: list[tuple[float, Kind, int, int, bool, bool]], rate_bps: int
) -> None:
    pacer: Pacer[tuple[Kind, float]] = Pacer(rate_bps)
    now_s, sound_waits = 0.0, 0
    for step_s, kind, size, frame, key, pops in steps:
        now_s += step_s
        pacer.push((kind, now_s), size, kind, now_s, frame=frame, key=key)
        sound_waits += kind == "sound"
        while pops and (packet := pacer.pop(now_s)) is not None:
            what, pushed_s = packet
            sound_waits -= what == "sound"
            assert what == "sound" or now_s - pushed_s <= MAX_WAIT_S
        assert not pops or sound_waits == 0


@given(st.lists(st.integers(1, 1500), min_size=1, max_size=200), st.integers(100_000, 5_000_000), st.integers(0, 20))
@settings(deadline=None)
def test_a_backlog_leaves_no_faster_than_paced(sizes: list[int], rate_bps: int, late_ms: int) -> None:
    pacer: Pacer[int] = Pacer(rate_bps)
    for size in sizes:
        pacer.push(size, size, "fresh", 0.0, frame=1, key=True)
    now_s, sent = 0.0, 0
    while (due_s := pacer.next_due_s(now_s)) is not None:
        now_s = max(due_s, now_s + 1e-6) + late_ms / 1000  # an event loop that wakes late
        while (size_or_none := pacer.pop(now_s)) is not None:
            assert sent * 8 <= rate_bps * (now_s + CATCH_UP_S) + 1
            sent += size_or_none
    assert sent == sum(sizes) or now_s > MAX_WAIT_S


@given(st.floats(0, 0.2), st.floats(-5, 5))
@settings(deadline=None)
def test_a_clock_that_goes_back_changes_nothing(now_s: float, jump_s: float) -> None:
    pacer: Pacer[str] = Pacer(RATE_BPS)
    pacer.push("one", 1000, "fresh", now_s)
    pacer.push("two", 1000, "sound", now_s + jump_s)
    assert pacer.pop(now_s) == "two"
