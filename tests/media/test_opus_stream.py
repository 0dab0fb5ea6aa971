"""A stream of Opus whose settings change: nothing clicks, nothing jumps, and silence costs next to nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block, dbfs
from robot_agent.media.libopus import OpusVoiceDecoder
from robot_agent.media.opus import OpusDecoder, OpusEncoder, OpusPacket, OpusSettings
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.opus_stream import DTX_BYTES, OpusStream
from robot_agent.media.sound_plan import STEPS
from tests.media.pulse import tone
from tests.media.test_echo import as_blocks, speech_like

TONE_HZ = 443.7  # at no moment of a change does it cross zero
CHANGE = 100  # blocks before the change
SETTINGS = [replace(settings, dtx=False) for step in STEPS for settings in (step.clean, step.guarded)]
NOISE_DBFS = -62.0


def still_room() -> RoomEncoders:
    """Whose clock does not move: no gap, however slow the machine."""
    return RoomEncoders(lambda: 0.0)


def sent(samples: Block, stream: OpusStream, plan: list[OpusSettings]) -> list[OpusPacket]:
    """`plan` has the settings that are wanted for each block."""
    pairs = zip(samples.reshape(-1, BLOCK), plan, strict=True)
    return [packet for block, wanted in pairs if (packet := stream.encode(block, wanted)) is not None]


def decoded(packets: list[OpusPacket]) -> npt.NDArray[np.int16]:
    decoder = OpusDecoder()
    return np.concatenate([block for packet in packets for block in decoder.decode(packet.data)])


def largest_step(samples: npt.NDArray[np.int16]) -> int:
    return int(np.abs(np.diff(samples.astype(np.int32))).max())


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(SETTINGS, 2)))
def test_a_change_of_settings_neither_clicks_nor_jumps(before: OpusSettings, after: OpusSettings) -> None:
    sound = tone(TONE_HZ, 0, 2 * RATE_HZ)
    packets = sent(sound, OpusStream(before, still_room()), [before] * CHANGE + [after] * CHANGE)
    ends = [packet.pts + packet.samples for packet in packets]
    assert [packet.pts for packet in packets] == [0, *ends[:-1]]
    out = decoded(packets)
    steady, around = out[RATE_HZ // 2 : CHANGE * BLOCK - BLOCK], out[CHANGE * BLOCK - BLOCK : CHANGE * BLOCK + 9600]
    assert largest_step(around) <= 1.35 * largest_step(steady)
    levels = [dbfs(part) for part in around.reshape(-1, BLOCK)]
    assert min(levels) > dbfs(steady) - 3.0
    assert max(levels) < dbfs(steady) + 3.0


def test_a_new_encoder_that_heard_nothing_before_does_click() -> None:
    """What the history is for: when this fails, libopus does without it."""
    sound = tone(TONE_HZ, 0, 2 * RATE_HZ).reshape(-1, BLOCK)
    old, new = OpusEncoder(SETTINGS[0]), OpusEncoder(replace(SETTINGS[0], bitrate_bps=32_000))
    packets = [old.encode(block) for block in sound[:CHANGE]] + [new.encode(block) for block in sound[CHANGE:]]
    out = decoded([packet for packet in packets if packet is not None])
    assert largest_step(out[CHANGE * BLOCK :]) > 1.5 * largest_step(out[RATE_HZ // 2 : CHANGE * BLOCK - BLOCK])


def test_a_change_waits_for_the_frame_that_is_being_filled() -> None:
    long, short = OpusSettings("voip", 24_000, 60), OpusSettings("lowdelay", 40_000, 10)
    packets = sent(tone(TONE_HZ, 0, 10 * BLOCK), OpusStream(long, still_room()), [long] * 2 + [short] * 8)
    assert [packet.samples for packet in packets] == [6 * BLOCK] + [BLOCK] * 4


def talk_and_pause(seed: int = 4) -> tuple[Block, slice]:
    """Three seconds of talk in a room's noise, then two of the noise alone, and where that is."""
    rng = np.random.default_rng(seed)
    count = 5 * RATE_HZ
    spectrum = np.fft.rfft(rng.normal(size=count)) / (1 + (np.fft.rfftfreq(count, 1 / RATE_HZ) / 350) ** 1.5)
    noise = np.fft.irfft(spectrum, count)
    noise *= 10 ** (NOISE_DBFS / 20) / np.sqrt(np.mean(noise**2))
    talk = speech_like(5.0, seed)
    talk[3 * RATE_HZ :] = 0.0
    return as_blocks(noise + talk).reshape(-1), slice(int(3.6 * RATE_HZ), 5 * RATE_HZ)


def test_silence_costs_little_and_the_rooms_noise_is_not_cut_off() -> None:
    sound, pause = talk_and_pause()
    wanted = OpusSettings("voip", 28_000, 20, dtx=True)
    packets = sent(sound, OpusStream(wanted, still_room()), [wanted] * 500)
    in_pause = [packet for packet in packets if pause.start <= packet.pts < pause.stop]
    assert 0 < len(in_pause) <= 10  # of 70: two each 420 ms
    told = [len(packet.data) <= DTX_BYTES for packet in packets]
    assert not any(first and second for first, second in itertools.pairwise(told))
    heard = played(packets, sound.size)[pause]
    assert dbfs(heard) == pytest.approx(dbfs(sound[pause]), abs=6.0)
    assert min(dbfs(part) for part in heard.reshape(-1, 4 * BLOCK)) > NOISE_DBFS - 12.0


def played(packets: list[OpusPacket], samples: int) -> npt.NDArray[np.int16]:
    """As a browser plays it: where no packet comes, the decoder makes up its own."""
    decoder, due = OpusVoiceDecoder(), {packet.pts: packet.data for packet in packets}
    frames = []
    for pts in range(0, samples, 960):
        data = due.get(pts, b"")
        frames.append(decoder.decode(data) if len(data) > DTX_BYTES else decoder.conceal(960))
    return np.concatenate(frames)


def test_lowdelay_would_cut_it_off_so_dtx_is_refused_there() -> None:
    with pytest.raises(ValueError, match="voip"):
        OpusSettings("lowdelay", dtx=True)


def test_after_a_gap_the_time_stamps_have_moved_on() -> None:
    wanted, now_s = SETTINGS[0], 10.0
    stream = OpusStream(wanted, RoomEncoders(lambda: now_s))
    first = sent(tone(TONE_HZ, 0, 2 * BLOCK), stream, [wanted] * 2)
    now_s += 1.01
    second = sent(tone(TONE_HZ, 0, 2 * BLOCK), stream, [wanted] * 2)
    assert [packet.pts for packet in first + second] == [0, 480, 48_960, 49_440]
