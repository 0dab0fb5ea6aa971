"""Our tracks: encoded packets with the right time stamps, and the far side's voice without growing delay."""

from __future__ import annotations

import asyncio
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from robot_agent.media.blocks import BLOCK, Block
from robot_agent.media.interfaces import EncodedFrame
from robot_agent.media.opus import OpusDecoder
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.rtc.tracks import BACKLOG_FRAMES, PictureTrack, RoomSoundTrack, play_voice
from tests.rtc.parts import Ear


class Frames:
    """A `VideoTap` of frames made beforehand."""

    def __init__(self, *frames: EncodedFrame) -> None:
        self._frames = list(frames)

    async def get(self) -> EncodedFrame:
        return self._frames.pop(0)

    def request_key_frame(self) -> None:
        raise AssertionError("not asked for here")

    def set_bitrate(self, bps: int) -> None:
        raise AssertionError("not asked for here")

    def close(self) -> None:
        pass


class Blocks:
    """A `MicrophoneTap` of a fixed number of blocks."""

    def __init__(self, count: int) -> None:
        self.left = count

    async def get(self) -> Block:
        if self.left == 0:
            raise SoundClosedError
        self.left -= 1
        return (3000 * np.sin(2 * np.pi * 600 * np.arange(BLOCK) / 48_000)).astype(np.int16)

    def close(self) -> None:
        pass


async def test_a_picture_is_passed_on_as_it_is() -> None:
    track = PictureTrack(Frames(EncodedFrame(b"unit", 4711, True)))
    packet = await track.recv()
    assert bytes(packet) == b"unit"
    assert packet.pts == 4711
    assert packet.time_base == Fraction(1, 90_000)
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


async def test_room_sound_is_mono_opus_of_ten_milliseconds() -> None:
    track = RoomSoundTrack(Blocks(50))
    packets = [await track.recv() for _ in range(50)]
    assert [packet.pts for packet in packets] == [number * BLOCK for number in range(50)]
    assert 25_000 < sum(packet.size for packet in packets) * 8 / 0.5 < 40_000
    decoder = OpusDecoder()
    sound = np.concatenate([block for packet in packets for block in decoder.decode(bytes(packet))])
    assert np.abs(sound[BLOCK * 10 :]).max() > 2000


async def test_the_end_of_the_microphone_is_the_end_of_the_track() -> None:
    with pytest.raises(MediaStreamError):
        await RoomSoundTrack(Blocks(0)).recv()


async def test_time_stamps_jump_over_a_closed_microphone() -> None:
    now_s = 100.0
    track = RoomSoundTrack(Blocks(4), clock=lambda: now_s)
    assert (await track.recv()).pts == 0
    now_s += 0.01
    assert (await track.recv()).pts == BLOCK
    now_s += 5.0  # private for five seconds
    assert (await track.recv()).pts == BLOCK + 5 * 48_000
    now_s += 0.1  # a busy event loop is not a closed microphone
    assert (await track.recv()).pts == 2 * BLOCK + 5 * 48_000


def stereo(number: int, left: int, right: int, rate: int = 48_000) -> av.AudioFrame:
    samples = np.empty((1, rate // 50 * 2), np.int16)
    samples[0, ::2], samples[0, 1::2] = left, right
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, number * rate // 50, Fraction(1, rate)
    return frame


async def test_a_voice_becomes_mono_blocks() -> None:
    track, ear = RemoteStreamTrack("audio"), Ear()
    playing = asyncio.ensure_future(play_voice(track, ear))
    for number in range(5):
        track._queue.put_nowait(stereo(number, 1000, 3000))
        await asyncio.sleep(0.01)
    track._queue.put_nowait(None)
    await asyncio.wait_for(playing, 5)
    assert ear.total == 10
    assert abs(int(ear.blocks[-1].mean()) - 2000) < 50


async def test_a_gap_in_the_time_stamps_is_not_filled_with_delay() -> None:
    track, ear = RemoteStreamTrack("audio"), Ear()
    playing = asyncio.ensure_future(play_voice(track, ear))
    for number in (0, 1, 500, 501):
        track._queue.put_nowait(stereo(number, 500, 500))
        await asyncio.sleep(0.01)
    track._queue.put_nowait(None)
    await asyncio.wait_for(playing, 5)
    assert ear.total == 8


async def test_a_backlog_does_not_stay_as_delay() -> None:
    track, ear = RemoteStreamTrack("audio"), Ear()
    for number in range(100):  # two seconds that came while the loop was busy
        track._queue.put_nowait(stereo(number, number, number))
    playing = asyncio.ensure_future(play_voice(track, ear))
    while ear.total < 2:
        await asyncio.sleep(0)
    track._queue.put_nowait(None)
    await asyncio.wait_for(playing, 5)
    assert ear.total <= 2 * (BACKLOG_FRAMES + 1)
    assert int(ear.blocks[-1].mean()) == 99  # what is kept is the newest
