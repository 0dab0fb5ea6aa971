"""Encoders that listeners share: each frame is made once, and who comes later or changes over hears no difference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, dbfs
from robot_agent.media.opus import OpusPacket, OpusSettings
from robot_agent.media.opus_room import HISTORY_BLOCKS
from robot_agent.media.opus_stream import OpusStream
from tests.media.pulse import tone
from tests.media.test_opus_stream import CHANGE, SETTINGS, TONE_HZ, decoded, largest_step, still_room

LISTENERS = 4


def blocks(count: int) -> list[Block]:
    return list(tone(TONE_HZ, 0, count * BLOCK).reshape(-1, BLOCK))


@pytest.mark.parametrize("settings", SETTINGS)
def test_who_want_it_alike_get_the_same_packets_of_one_encoder(settings: OpusSettings) -> None:
    room = still_room()
    streams = [OpusStream(settings, room) for _ in range(LISTENERS)]
    got: list[list[OpusPacket | None]] = [[] for _ in streams]
    for block in blocks(24):
        for mine, stream in zip(got, streams, strict=True):
            mine.append(stream.encode(block, settings))
    assert all(mine == got[0] for mine in got)
    assert room.frames_encoded == 240 // settings.frame_ms
    assert sum(packet is not None for packet in got[0]) == room.frames_encoded


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(SETTINGS, 2)))
def test_changing_over_to_an_encoder_that_others_hear_neither_clicks_nor_jumps(
    before: OpusSettings, after: OpusSettings
) -> None:
    room = still_room()
    there, comes = OpusStream(after, room), OpusStream(before, room)
    packets = []
    for number, block in enumerate(blocks(2 * CHANGE)):
        there.encode(block, after)
        packet = comes.encode(block, before if number < CHANGE else after)
        packets += [packet] if packet is not None else []
    assert comes.settings == after
    ends = [packet.pts + packet.samples for packet in packets]
    assert [packet.pts for packet in packets] == [0, *ends[:-1]]
    out = decoded(packets)
    steady, around = out[RATE_HZ // 2 : CHANGE * BLOCK - BLOCK], out[CHANGE * BLOCK - BLOCK : CHANGE * BLOCK + 9600]
    assert largest_step(around) <= 1.35 * largest_step(steady)
    levels = [dbfs(part) for part in around.reshape(-1, BLOCK)]
    assert min(levels) > dbfs(steady) - 3.0
    assert max(levels) < dbfs(steady) + 3.0


@pytest.mark.parametrize("settings", SETTINGS)
def test_who_comes_later_hears_it_at_its_level_from_the_first_packet(settings: OpusSettings) -> None:
    room = still_room()
    there, comes = OpusStream(settings, room), OpusStream(settings, room)
    packets = []
    for number, block in enumerate(blocks(CHANGE)):
        there.encode(block, settings)
        packet = comes.encode(block, settings) if number >= 47 else None  # in the middle of a longer frame
        packets += [packet] if packet is not None else []
    assert packets[0].pts < 2 * settings.frame_ms * 48 + 6 * BLOCK
    out = decoded(packets).reshape(-1, BLOCK)
    assert dbfs(out[3]) == pytest.approx(dbfs(out[-1]), abs=3.0)  # the codec's look-ahead comes first


@given(st.data())
def test_each_listener_has_a_stream_without_holes_whatever_the_others_do(data: st.DataObject) -> None:
    """Listeners lag, and ask for other settings; nobody loses a sample for it."""
    room, sound = still_room(), blocks(60)
    wanted = st.sampled_from(SETTINGS)
    streams = [OpusStream(data.draw(wanted), room) for _ in range(3)]
    taken, wishes = [0] * 3, [stream.settings for stream in streams]
    packets: list[list[OpusPacket]] = [[] for _ in streams]
    for end in range(1, len(sound) + 1):
        for who, stream in enumerate(streams):
            lag = data.draw(st.integers(0, 5)) if end < len(sound) else 0
            wishes[who] = data.draw(wanted) if data.draw(st.integers(0, 9)) == 0 else wishes[who]
            while taken[who] < end - lag:
                packet = stream.encode(sound[taken[who]], wishes[who])
                packets[who] += [packet] if packet is not None else []
                taken[who] += 1
    for mine in packets:
        assert all(one.pts + one.samples == next_one.pts for one, next_one in itertools.pairwise(mine))
        assert mine[0].pts <= HISTORY_BLOCKS * BLOCK
        assert mine[-1].pts + mine[-1].samples > (len(sound) - 6) * BLOCK


def test_blocks_that_one_listener_lost_leave_the_others_as_they_are() -> None:
    room, settings = still_room(), SETTINGS[0]
    steady, lossy = OpusStream(settings, room), OpusStream(settings, room)
    whole, holes = [], []
    for number, block in enumerate(blocks(40)):
        whole.append(steady.encode(block, settings))
        if not 10 <= number < 20:
            holes.append(lossy.encode(block, settings))
    assert [packet.pts // BLOCK for packet in whole if packet] == list(range(40))
    assert [packet for packet in whole if packet and not 10 <= packet.pts // BLOCK < 20] == holes
    assert room.frames_encoded == 40


def test_an_encoder_that_nobody_wants_any_more_is_put_away() -> None:
    room = still_room()
    stream = OpusStream(SETTINGS[0], room)
    for number, block in enumerate(blocks(400)):
        stream.encode(block, SETTINGS[number // 20 % 2] if number < 100 else SETTINGS[2])
    assert list(room._lines) == [SETTINGS[2]]


def test_silence_that_is_one_block_again_and_again_goes_on() -> None:
    silence = np.zeros(BLOCK, dtype=np.int16)
    room = still_room()
    streams = [OpusStream(SETTINGS[0], room) for _ in range(2)]
    got = [[stream.encode(silence, SETTINGS[0]) for stream in streams] for _ in range(30)]
    assert [[packet.pts if packet else None for packet in pair] for pair in got] == [[n * BLOCK] * 2 for n in range(30)]
