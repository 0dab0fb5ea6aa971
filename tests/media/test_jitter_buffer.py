"""The jitter buffer's decisions, packet by packet, without a codec."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.media.arrivals import PEAK_HOLD_S, WINDOW_S, Arrivals
from robot_agent.media.jitter_buffer import (
    CAPACITY,
    MAX_BRIDGE,
    MAX_WAIT_S,
    MIN_WAIT_S,
    Comfort,
    Conceal,
    Decision,
    JitterBuffer,
    NewStream,
    Play,
    Recover,
    Silence,
)
from robot_agent.media.voice_packet import RATE_HZ, VoicePacket

PLAIN = 0x78  # hybrid, 20 ms, one frame; then the frame's first byte: 0x40 set = with a copy of the frame before
TICK_S = 0.010


def packet(
    number: int, arrived_s: float, *, ssrc: int = 1, fec: bool = False, timestamp: int | None = None, dtx: bool = False
) -> VoicePacket:
    """Packet `number` of 20 ms; its payload tells its number."""
    stamp = number * 960 if timestamp is None else timestamp
    body = bytes([PLAIN]) if dtx else bytes([PLAIN, 0x40 if fec else 0, number % 256])
    return VoicePacket(ssrc, number % 65_536, stamp % 2**32, False, body, arrived_s)


class Listener:
    """Asks every 10 ms like a device, and writes down what it was told."""

    def __init__(self, now_s: float = 0.0) -> None:
        self.buffer = JitterBuffer()
        self.now_s = now_s
        self.decoded = 0
        self.told: list[Decision] = []

    def tick(self) -> None:
        while self.decoded < 480:
            decision = self.buffer.next(self.now_s, self.decoded)
            self.told.append(decision)
            match decision:
                case Play():
                    self.decoded += 960
                case Recover(_, samples, drop):
                    self.decoded += samples - drop
                case Conceal(samples) | Comfort(samples):
                    self.decoded += samples
                case Silence():
                    self.decoded = 480
        self.decoded -= 480
        self.now_s += TICK_S

    def listen(self, packets: list[VoicePacket], seconds: float) -> list[Decision]:
        """Packets at their time; what was told meanwhile."""
        before = len(self.told)
        waiting = sorted(packets, key=lambda one: one.arrived_s)
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            while waiting and waiting[0].arrived_s <= self.now_s:
                self.buffer.add(waiting.pop(0))
            self.tick()
        return self.told[before:]

    @property
    def numbers(self) -> list[int]:
        return [one.payload[2] for one in self.told if isinstance(one, Play) and len(one.payload) > 2]


def stream(count: int, lost: tuple[int, ...] = (), first: int = 0, **options: bool) -> list[VoicePacket]:
    return [packet(n, n * 0.02, **options) for n in range(first, first + count) if n not in lost]


def test_an_even_stream_is_played_in_order_and_whole() -> None:
    listener = Listener()
    listener.listen(stream(50), 0.95)
    assert listener.numbers == list(range(len(listener.numbers)))
    assert len(listener.numbers) >= 45
    assert not any(isinstance(one, Conceal | Recover) for one in listener.told)
    assert MIN_WAIT_S <= listener.buffer.wait_s(listener.now_s, listener.decoded) <= MIN_WAIT_S + TICK_S


def test_a_lost_packet_comes_from_the_copy_in_the_next() -> None:
    listener = Listener()
    listener.listen(stream(50, lost=(20,), fec=True), 0.9)
    recovered = [one for one in listener.told if isinstance(one, Recover)]
    assert [(one.payload[2], one.samples) for one in recovered] == [(21, 960)]
    assert (listener.buffer.counts.lost, listener.buffer.counts.recovered) == (1, 1)
    assert listener.numbers == [n for n in range(listener.numbers[-1] + 1) if n != 20]


def test_without_a_copy_a_lost_packet_is_concealed() -> None:
    listener = Listener()
    listener.listen(stream(50, lost=(20,)), 0.9)
    assert sum(one.samples for one in listener.told if isinstance(one, Conceal)) in (960, 1440)
    assert listener.buffer.counts.lost == 1


def test_of_several_lost_packets_the_last_is_recovered() -> None:
    listener = Listener()
    listener.listen(stream(50, lost=(20, 21, 22), fec=True), 0.9)
    counts = listener.buffer.counts
    assert (counts.lost, counts.recovered) == (3, 1)
    assert listener.numbers == [n for n in range(listener.numbers[-1] + 1) if n not in (20, 21, 22)]


def test_repeated_losses_make_waiting_for_the_copy_worth_it() -> None:
    listener = Listener()
    listener.listen(stream(100, lost=(20, 40), fec=True), 1.0)
    assert listener.buffer.target_s(listener.now_s) == pytest.approx(0.030, abs=0.002)
    without = Listener()
    without.listen(stream(100, lost=(20, 40)), 1.0)
    assert without.buffer.target_s(without.now_s) == MIN_WAIT_S


def test_a_packet_that_is_only_late_is_played_and_the_wait_grows_at_once() -> None:
    listener = Listener()
    late = [packet(n, n * 0.02 + (0.06 if n >= 20 else 0.0)) for n in range(40)]
    listener.listen(late, 0.8)
    assert listener.numbers == list(range(len(listener.numbers)))
    assert listener.buffer.counts.lost == 0
    assert 0.06 <= listener.buffer.wait_s(listener.now_s, listener.decoded) <= 0.08


def test_reordered_packets_are_put_in_order_and_twins_dropped() -> None:
    listener = Listener()
    packets = stream(50)
    swapped = [packet(20, 0.42), packet(21, 0.40)]
    listener.listen([*packets[:20], *swapped, *packets[22:], packet(30, 0.6)], 0.9)
    assert listener.numbers == list(range(len(listener.numbers)))
    assert listener.buffer.counts.duplicates + listener.buffer.counts.late == 1


def test_a_packet_after_its_turn_is_counted_and_dropped() -> None:
    listener = Listener()
    listener.listen([*stream(50, lost=(20,), fec=True), packet(20, 0.6)], 0.9)
    assert listener.buffer.counts.late == 1
    assert 20 not in listener.numbers


def test_numbers_wrap_without_a_seam() -> None:
    listener = Listener()
    base = 2**32 - 25 * 960
    packets = [packet(65_520 + n, n * 0.02, timestamp=base + n * 960) for n in range(60)]
    listener.listen(packets, 1.1)
    first = (65_520) % 256
    assert listener.numbers == [(first + n) % 256 for n in range(len(listener.numbers))]
    assert len(listener.numbers) > 50
    assert listener.buffer.counts.lost == listener.buffer.counts.late == 0


def test_a_pause_is_filled_with_comfort_noise_and_costs_no_delay() -> None:
    """The far side stops sending (DTX), shows itself once, and speaks again 2 s later."""
    listener = Listener()
    talk = [*stream(20), packet(20, 0.4, dtx=True)]
    alive = [packet(21 + n, 0.8 + 0.4 * n, timestamp=960 * (40 + 20 * n), dtx=True) for n in range(4)]
    again = [packet(25 + n, 2.4 + 0.02 * n, timestamp=960 * (120 + n)) for n in range(20)]
    told = listener.listen([*talk, *alive, *again], 2.7)
    assert not any(isinstance(one, Conceal) for one in told)
    assert sum(one.samples for one in told if isinstance(one, Comfort)) > 1.8 * RATE_HZ
    assert listener.numbers == [*range(20), *range(25, listener.numbers[-1] + 1)]
    assert listener.numbers[-1] > 35
    assert listener.buffer.counts.lost == 0
    assert listener.buffer.wait_s(listener.now_s, listener.decoded) <= MIN_WAIT_S + TICK_S


def test_a_sender_that_vanishes_is_bridged_and_then_silent() -> None:
    listener = Listener()
    told = listener.listen(stream(20), 1.0)
    bridged = [one for one in told if isinstance(one, Conceal)]
    assert sum(one.samples for one in bridged) == MAX_BRIDGE
    assert [one.last for one in bridged] == [False] * (len(bridged) - 1) + [True]
    assert isinstance(told[-1], Silence)


def test_after_an_outage_the_old_is_left_out() -> None:
    """Two seconds of sound come at once: what is older than a moment is not played."""
    listener = Listener()
    held = [packet(n, max(n * 0.02, 2.4 if n >= 20 else 0.0)) for n in range(150)]
    listener.listen(held, 3.0)
    assert listener.buffer.counts.skipped > 60
    assert listener.numbers == sorted(listener.numbers)
    assert listener.buffer.wait_s(listener.now_s, listener.decoded) < MAX_WAIT_S + 0.1


def test_a_new_stream_takes_over_and_the_old_one_is_not_heard_until_it_is_alone() -> None:
    listener = Listener()
    listener.listen(stream(20), 0.4)
    both = [one for n in range(20, 60) for one in (packet(n, n * 0.02), packet(1000 + n, n * 0.02 + 0.001, ssrc=2))]
    told = listener.listen(both, 0.8)
    assert sum(isinstance(one, NewStream) for one in told) == 1
    new = [one.payload[2] for one in told if isinstance(one, Play)]
    first = new.index((1000 + 20) % 256)  # what was on its way of the old stream may come before
    assert new[first:] == [(1000 + 20 + n) % 256 for n in range(len(new) - first)]
    assert len(new) - first > 30
    alone = [packet(n, n * 0.02) for n in range(120, 160)]
    told = listener.listen(alone, 2.0)
    assert NewStream() in told
    assert sum(isinstance(one, Play) for one in told) >= 35


def test_what_is_not_opus_is_counted_and_changes_nothing() -> None:
    listener = Listener()
    listener.buffer.add(VoicePacket(1, 5, 0, False, b"", 0.0))
    assert listener.buffer.counts.refused == 1
    assert listener.listen([], 0.05) == [Silence()] * 5


def test_there_is_never_more_than_the_capacity() -> None:
    buffer = JitterBuffer()
    for number in range(3 * CAPACITY):
        buffer.add(packet(number, 0.0))
    assert buffer.counts.skipped == 2 * CAPACITY


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 0.3), st.floats(0, 0.1), st.floats(0, 0.3), st.booleans())
def test_on_any_line_sound_moves_forward_and_the_books_balance(
    seed: int, loss: float, jitter_s: float, twins: float, fec: bool
) -> None:
    rng = np.random.default_rng(seed)
    sent: list[VoicePacket] = []
    for number in range(100):
        if rng.random() >= loss:
            sent.append(packet(number, number * 0.02 + rng.uniform(0, jitter_s), fec=fec))
            if rng.random() < twins:
                sent.append(packet(number, number * 0.02 + rng.uniform(0, jitter_s), fec=fec))
    listener = Listener()
    told = listener.listen(sent, 3.0)
    counts = listener.buffer.counts
    assert listener.numbers == sorted(set(listener.numbers))
    assert counts.received == len(sent)
    assert counts.received == len(listener.numbers) + counts.late + counts.duplicates + counts.skipped
    assert counts.recovered <= counts.lost <= 100
    assert MIN_WAIT_S <= listener.buffer.target_s(listener.now_s) <= MAX_WAIT_S
    for one in told:
        if isinstance(one, Conceal | Recover):
            assert one.samples % 120 == 0
            assert 0 < one.samples <= MAX_BRIDGE
        if isinstance(one, Recover):
            assert 0 <= one.drop < one.samples


def test_lateness_is_measured_against_the_fastest_of_late() -> None:
    arrivals = Arrivals()
    for number in range(1000):
        arrivals.add(number * 960, 50.0 + number * 0.02 + (0.03 if number % 10 == 0 else 0.0))
    assert arrivals.base_s == pytest.approx(50.0)
    assert arrivals.high_s(70.0) == pytest.approx(0.03)
    assert arrivals.usual_s == pytest.approx(0.0)


def test_a_path_that_is_slower_for_all_is_no_jitter() -> None:
    arrivals = Arrivals()
    for number in range(600):
        arrivals.add(number * 960, number * 0.02 + (0.3 if number >= 300 else 0.0))
        if number == 300 + 30:
            assert arrivals.base_s == pytest.approx(0.3)
    assert arrivals.high_s(600 * 0.02) == pytest.approx(0.0, abs=1e-6)


def test_another_clock_starts_the_measurement_anew() -> None:
    arrivals = Arrivals()
    for number in range(100):
        arrivals.add(number * 960, number * 0.02)
    assert arrivals.add(100 * 960 - 48_000 * 60, 2.0) == 0.0


def test_jitter_is_forgotten_after_the_window() -> None:
    arrivals = Arrivals()
    for number in range(int(2.5 * WINDOW_S / 0.02)):
        spoken_s = number * 0.02
        arrivals.add(number * 960, spoken_s + (0.05 if spoken_s < 2 and number % 3 == 0 else 0.0))
    assert arrivals.high_s(spoken_s) == pytest.approx(0.0, abs=1e-6)


def test_one_miss_is_an_accident_and_two_count_at_once_for_a_while() -> None:
    arrivals = Arrivals()
    arrivals.add(0, 0.0)
    arrivals.missed(0.08, 1.0)
    assert arrivals.high_s(1.0) == 0.0
    arrivals.missed(0.06, 1.5)
    assert arrivals.high_s(1.5) == 0.06
    assert arrivals.high_s(1.6 + PEAK_HOLD_S) == 0.0


@pytest.mark.parametrize("phase_s", [0.0, 0.002, 0.005, 0.009])
def test_a_stream_begins_with_just_the_wait_it_needs(phase_s: float) -> None:
    """Whenever the device happens to ask: what would wait longer is cut off the beginning."""
    listener = Listener(now_s=phase_s)
    listener.listen(stream(50), 0.9)
    dropped = [one.drop for one in listener.told if isinstance(one, Play) and one.drop]
    assert len(dropped) <= 1
    assert sum(dropped) <= 480
    listener.decoded -= sum(dropped)  # the listener here does not cut
    assert listener.buffer.wait_s(listener.now_s, listener.decoded) == pytest.approx(MIN_WAIT_S, abs=0.0005)


def test_packets_that_are_all_late_are_no_backlog() -> None:
    """The path gets 300 ms slower and brings two packets at a time: every one of them is needed."""
    listener = Listener()
    slower = [packet(n, n * 0.02 if n < 50 else (n | 1) * 0.02 + 0.3) for n in range(100)]
    listener.listen(slower, 2.4)
    assert listener.buffer.counts.skipped == 0
    assert listener.numbers == list(range(100))


def test_the_stock_is_what_is_here() -> None:
    listener = Listener()
    listener.listen(stream(20), 0.39)
    assert listener.buffer.stock_s(listener.decoded) == pytest.approx(0.03, abs=0.011)
    listener.buffer.add(packet(24, 0.39))
    assert listener.buffer.stock_s(listener.decoded) > 0.1
