"""From packets to the speaker's blocks, on seeded lines: delay, gaps, what was made up, and drift."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from robot_agent.media.libopus import OpusVoiceDecoder
from robot_agent.media.opus import OpusSettings
from robot_agent.media.sound_voice import INBOX_PACKETS, VoicePlayer
from tests.media.voice_line import BROWSER, START_S, Fate, delays_ms, longest_gap_ms, packets, run, voice

SHORT = replace(BROWSER, frame_ms=10)  # not what Chromium sends, but what another page may
SECONDS = 12.0


def clean() -> Fate:
    return lambda number, rng: 0.0005 + float(rng.exponential(0.0005))


def lossy(loss: float, delay_s: float, jitter_s: float) -> Fate:
    return lambda number, rng: None if rng.random() < loss else delay_s + float(rng.exponential(jitter_s))


@pytest.mark.parametrize(("settings", "most_ms"), [(SHORT, 40.0), (BROWSER, 50.0)])
def test_on_a_clean_line_mouth_to_room_is_short(settings: OpusSettings, most_ms: float) -> None:
    spoken = voice(SECONDS)
    heard = run(packets(spoken, settings), clean(), SECONDS - 0.2)
    delays, stats = delays_ms(spoken, heard), heard.player.stats
    print(f"clean, {settings.frame_ms} ms: p50 {np.median(delays):.1f}, p95 {np.percentile(delays, 95):.1f} ms")
    assert len(delays) > 100
    assert np.percentile(delays, 95) <= most_ms
    assert (stats.lost, stats.late, stats.concealed_ms) == (0, 0, 0.0)
    assert longest_gap_ms(heard) <= 10


@pytest.mark.parametrize("settings", [SHORT, BROWSER])
def test_with_losses_mouth_to_room_stays_short_and_nothing_is_missing(settings: OpusSettings) -> None:
    """30 ms, 5 %: at most 110 ms p95 and no gap over 40 ms."""
    spoken = voice(SECONDS)
    heard = run(packets(spoken, settings), lossy(0.05, 0.030, 0.002), SECONDS - 0.2)
    delays, stats = delays_ms(spoken, heard), heard.player.stats
    print(
        f"30 ms 5 %, {settings.frame_ms} ms: p50 {np.median(delays):.1f}, p95 {np.percentile(delays, 95):.1f} ms, "
        f"gap {longest_gap_ms(heard)} ms, "
        f"lost {stats.lost}, recovered {stats.recovered}, made up {stats.concealed_ms} ms"
    )
    assert np.percentile(delays, 95) <= 110
    assert longest_gap_ms(heard) <= 40
    assert stats.lost >= 20
    assert stats.recovered >= 0.7 * stats.lost
    assert stats.concealed_ms <= 0.02 * SECONDS * 1000


def test_the_wait_follows_the_jitter_up_and_down_again() -> None:
    spoken = voice(24.0)
    calm = lossy(0.0, 0.03, 0.001)
    rough = lossy(0.0, 0.03, 0.012)
    heard = run(packets(spoken, BROWSER), lambda n, rng: (rough if 200 < n < 500 else calm)(n, rng), 23.8)
    waits = [wait for wait in heard.waits_ms if wait is not None]
    assert max(waits[:180]) < 35
    assert max(waits[500:1000]) > 50
    assert max(waits[-200:]) < 35, "it shrinks again when the line has calmed down"
    assert heard.player.stats.shortened > 0
    assert longest_gap_ms(heard) <= 40


def test_two_seconds_of_outage_leave_no_delay_behind() -> None:
    spoken = voice(SECONDS)
    heard = run(packets(spoken, BROWSER), lambda n, rng: 0.03 + max(0.0, (250 < n < 350) * (7.0 - n * 0.02)), 11.8)
    delays = delays_ms(spoken, heard)
    assert np.percentile(delays[-25:], 95) < 100
    assert heard.player.stats.skipped > 50


def test_a_burst_of_losses_is_bridged_without_a_click() -> None:
    spoken = voice(6.0)
    sent = packets(spoken, BROWSER)
    heard = run(sent, lambda n, rng: None if 150 <= n < 155 else 0.03, 5.8)
    whole = run(sent, lambda n, rng: 0.03, 5.8)
    assert np.abs(np.diff(heard.sound.astype(int))).max() < 1.5 * np.abs(np.diff(whole.sound.astype(int))).max()
    assert heard.player.stats.lost == 5


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_clocks_that_run_apart_neither_run_dry_nor_pile_up(ppm: float) -> None:
    spoken = voice(60.0)
    heard = run(packets(spoken, BROWSER), lossy(0.0, 0.03, 0.001), 59.5, device_ppm=ppm)
    stats = heard.player.stats
    print(f"{ppm} ppm: estimated {stats.drift_ppm}, wait {stats.wait_ms} ms, shortened {stats.shortened}")
    assert stats.concealed_ms == 0.0
    assert (stats.shortened, stats.lengthened) == (0, 0), "resampling alone does it"
    assert stats.wait_ms is not None
    assert abs(stats.wait_ms - stats.target_ms) < 8
    assert 0.6 < stats.drift_ppm / ppm < 1.4
    assert longest_gap_ms(heard) <= 10


def test_a_device_that_asks_in_bursts_hears_no_gap() -> None:
    spoken = voice(8.0)
    heard = run(
        packets(spoken, SHORT), lossy(0.0, 0.03, 0.001), 7.8, asked_late_s=lambda rng: float(rng.exponential(0.004))
    )
    assert longest_gap_ms(heard) <= 10
    assert heard.player.stats.concealed_ms <= 30


def test_packets_that_the_decoder_refuses_are_concealed() -> None:
    sent = packets(voice(2.0), BROWSER)
    broken = [replace(one, payload=b"\x7b\xbf\xff\xff") if number == 50 else one for number, one in enumerate(sent)]
    heard = run(broken, lambda n, rng: 0.0, 1.8)
    assert heard.player.stats.refused >= 1
    assert longest_gap_ms(heard) <= 40


def test_a_stream_of_another_page_is_heard_too() -> None:
    first, second = voice(2.0), voice(2.0, seed=9)
    later = [replace(one, arrived_s=one.arrived_s + 1.5) for one in packets(second, SHORT, ssrc=77, sequence=9)]
    heard = run([*packets(first, SHORT)[:150], *later], lambda n, rng: 0.02, 3.2)
    shifted = np.concatenate([np.zeros(int(1.5 * 48_000), np.int16), second])
    assert len(delays_ms(shifted, heard)) >= 12


@pytest.mark.parametrize("sequence", [65_000, 20_000], ids=["numbers go on", "numbers begin anew"])
@pytest.mark.parametrize("jump_s", [-540, 540])
def test_a_stream_that_counts_anew_is_neither_stretched_nor_silent(jump_s: int, sequence: int) -> None:
    spoken = voice(6.0)
    sent = packets(spoken, BROWSER)
    half = len(sent) // 2
    number = (sequence + half) % 65_536
    again = [
        replace(
            packet,
            sequence=(number + index) % 65_536,
            timestamp=(packet.timestamp + jump_s * 48_000) % 2**32,
        )
        for index, packet in enumerate(sent[half:])
    ]
    heard = run([*sent[:half], *again], clean(), 5.8)
    waits = [wait for wait in heard.waits_ms if wait is not None]
    assert min(waits) > -100
    assert max(waits) < 300
    assert heard.player.stats.lengthened < 10
    assert not any(heard.silent[-150:])


def test_clearing_forgets_what_waits_but_not_the_counts() -> None:
    now = [START_S]
    player = VoicePlayer(clock=lambda: now[0])
    for one in packets(voice(0.5), SHORT):
        now[0] = one.arrived_s
        player.push(one)
        player.pop()
    player.clear()
    assert player.pop() is None
    assert player.stats.wait_ms is None
    assert player.stats.received > 20


def test_pushing_never_waits_and_holds_a_bounded_number() -> None:
    player = VoicePlayer(clock=lambda: START_S + 20)
    sent = packets(voice(4.0), SHORT)
    with player._turn:  # as if the device's thread were decoding for ever
        pushing = threading.Thread(target=lambda: [player.push(one) for one in sent])
        pushing.start()
        pushing.join(5.0)
        assert not pushing.is_alive()
    assert len(player._inbox) == INBOX_PACKETS


def test_what_the_decoder_alone_would_give_is_what_is_heard() -> None:
    """Without loss, jitter and drift the path adds nothing to the codec's own sound."""
    sent = packets(voice(3.0), SHORT)
    decoder = OpusVoiceDecoder()
    plain = np.concatenate([decoder.decode(one.payload) for one in sent])
    heard = run(sent, lambda n, rng: 0.0, 2.8)
    delays = delays_ms(plain, heard)
    assert np.ptp(delays[5:]) < 2.0
