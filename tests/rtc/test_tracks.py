"""Our tracks: encoded packets with the right time stamps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from robot_agent.media.blocks import BLOCK, Block
from robot_agent.media.interfaces import EncodedFrame
from robot_agent.media.opus import OpusDecoder
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.rtc.tracks import PictureTrack, RoomSoundTrack


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
    track = RoomSoundTrack(Blocks(4), room=RoomEncoders(lambda: now_s))
    assert (await track.recv()).pts == 0
    now_s += 0.01
    assert (await track.recv()).pts == BLOCK
    now_s += 5.0  # private for five seconds
    assert (await track.recv()).pts == BLOCK + 5 * 48_000
    now_s += 0.1  # a busy event loop is not a closed microphone
    assert (await track.recv()).pts == 2 * BLOCK + 5 * 48_000
