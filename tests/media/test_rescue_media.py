"""The rescue path's small pictures, and the voice that comes by TCP."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from protocol.rescue import MAX_STILL_BYTES
from robot_agent.media.blocks import BLOCK, BLOCK_S, RATE_HZ, Block, dbfs
from robot_agent.media.camera import to_i420
from robot_agent.media.interfaces import VideoFrame
from robot_agent.media.opus import OpusEncoder, OpusSettings
from robot_agent.media.slow_voice import FIRST_WAIT_S, MOST_WAIT_S, SPARE_S, SlowVoice
from robot_agent.media.still_jpeg import still_jpeg

NOISE = np.random.default_rng(7)
PACKET_S = 0.06


def frame_of(bgr: np.ndarray) -> VideoFrame:
    return VideoFrame(0, 0.0, to_i420(bgr.astype(np.uint8)))


def grain() -> VideoFrame:
    return frame_of(NOISE.integers(0, 256, (720, 1280, 3)))


def scene() -> VideoFrame:
    across = np.linspace(0, 255, 1280)[None, :, None] * np.ones((720, 1, 3))
    return frame_of(np.clip(across + NOISE.normal(0, 4, across.shape), 0, 255))


def decoded(jpeg: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


@pytest.mark.parametrize("most", [5_000, 16_000, MAX_STILL_BYTES])
def test_a_still_keeps_to_its_size_and_is_the_best_that_does(most: int) -> None:
    jpeg = still_jpeg(scene(), most)
    assert len(jpeg) <= most
    picture = decoded(jpeg)
    assert picture.shape[0] <= 360
    assert picture.shape[1] * 9 == picture.shape[0] * 16
    assert picture[:, -20:].mean() - picture[:, :20].mean() > 200, "the scene, the right way round"


def test_more_bytes_give_more_lines() -> None:
    assert decoded(still_jpeg(scene(), MAX_STILL_BYTES)).shape == (360, 640, 3)
    assert decoded(still_jpeg(grain(), 12_000)).shape == (180, 320, 3)


def test_even_grain_keeps_to_the_wires_limit() -> None:
    assert len(still_jpeg(grain(), MAX_STILL_BYTES)) <= MAX_STILL_BYTES


def test_a_small_camera_is_not_made_larger() -> None:
    assert decoded(still_jpeg(frame_of(np.full((120, 160, 3), 90)), MAX_STILL_BYTES)).shape == (120, 160, 3)


def packets(seconds: float, frame_ms: int = 60) -> list[bytes]:
    encoder = OpusEncoder(OpusSettings(application="voip", bitrate_bps=16_000, frame_ms=frame_ms))
    at = np.arange(int(seconds * RATE_HZ) // BLOCK * BLOCK) / RATE_HZ
    sound = (np.sin(2 * np.pi * 440 * at) * 10_000).astype(np.int16).reshape(-1, BLOCK)
    made = [encoder.encode(block) for block in sound]
    return [packet.data for packet in made if packet is not None]


def heard(voice: SlowVoice, seconds: float) -> list[Block | None]:
    return [voice.pop() for _ in range(round(seconds / BLOCK_S))]


def say(voice: SlowVoice, first: int, sounds: list[bytes]) -> None:
    for sequence, sound in enumerate(sounds, first):
        voice.push(sequence, sound)


@pytest.mark.parametrize("frame_ms", [20, 60])
def test_it_begins_when_enough_is_there_and_is_heard_whole(frame_ms: int) -> None:
    voice, sounds = SlowVoice(), packets(0.54, frame_ms)
    before = int(0.18 * 1000 / frame_ms)
    say(voice, 1, sounds[:before])
    assert voice.pop() is None, "180 ms are not yet enough"
    say(voice, before + 1, sounds[before:])
    blocks = heard(voice, 0.6)
    played = [block for block in blocks if block is not None]
    assert len(played) == 54
    assert dbfs(np.concatenate(played[10:])) == pytest.approx(-13.3, abs=2)


def test_a_line_that_stands_still_makes_it_wait_longer_the_next_time_and_calm_makes_it_shorter() -> None:
    voice, sounds = SlowVoice(), packets(3.0)
    say(voice, 1, sounds[:5])
    heard(voice, 0.4)
    assert FIRST_WAIT_S < voice.wait_s <= MOST_WAIT_S
    longer, sequence = voice.wait_s, 6
    say(voice, sequence, sounds[:10])  # all that had stood still
    sequence += 10
    for turn in range(300):  # 18 s, a packet for each packet's time
        say(voice, sequence, [sounds[turn % len(sounds)]])
        assert all(block is not None for block in heard(voice, PACKET_S))
        sequence += 1
    assert voice.wait_s < longer
    held = sum(block is not None for block in heard(voice, 2.0)) * BLOCK_S
    assert held <= FIRST_WAIT_S + PACKET_S, "what it had held back is let go of, too"


def test_a_line_that_stands_still_every_few_seconds_keeps_the_wait_that_it_needs() -> None:
    voice, sounds = SlowVoice(), packets(3.0)
    say(voice, 1, sounds[:5])
    heard(voice, 0.4)
    needed, sequence = voice.wait_s, 6
    say(voice, sequence, sounds[:6])
    for turn in range(1, 400):  # 24 s; every 3 s nothing comes for a while, and then all of it at once
        sequence += 6
        standing = turn % 50 in range(1, 6)
        late = sounds[:6] if turn % 50 == 6 else sounds[:1]
        say(voice, sequence + 1, [] if standing else late)
        assert all(block is not None for block in heard(voice, PACKET_S))
    assert voice.wait_s == needed


def test_however_often_it_runs_dry_it_never_waits_longer_than_a_second() -> None:
    voice, sounds = SlowVoice(), packets(1.2)
    for turn in range(12):
        say(voice, turn * 100 + 1, sounds)
        heard(voice, 2.0)
    assert voice.wait_s == MOST_WAIT_S


def test_what_piled_up_while_the_line_stood_still_is_skipped_not_heard_late() -> None:
    voice = SlowVoice()
    say(voice, 1, packets(8.0))
    assert voice.skipped > 0
    assert sum(block is not None for block in heard(voice, 8.0)) * BLOCK_S <= FIRST_WAIT_S + SPARE_S + PACKET_S


def test_what_is_no_voice_is_counted_and_a_page_that_counts_anew_is_heard() -> None:
    voice, sounds = SlowVoice(), packets(0.6)
    say(voice, 100, sounds[:2])
    voice.push(101, sounds[1])
    voice.push(102, b"\xff\xff\xff")
    assert voice.refused == 2
    voice.clear()
    assert heard(voice, 0.1) == [None] * 10
    say(voice, 50, sounds[:2])
    say(voice, 1, sounds[2:6])
    assert voice.refused == 2
    assert any(block is not None for block in heard(voice, 0.3))
