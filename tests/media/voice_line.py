"""A voice over a line of packets without network, threads or clocks: encoder, seeded line, player, measurement."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK, BLOCK_S, RATE_HZ
from robot_agent.media.opus import OpusEncoder, OpusSettings
from robot_agent.media.sound_voice import VoicePlayer
from robot_agent.media.voice_packet import VoicePacket

Sound = npt.NDArray[np.int16]
BROWSER = OpusSettings(application="voip", frame_ms=20, fec=True, loss_percent=10)
START_S = 1000.0  # of the monotonic clock: nothing may depend on its being small
Fate = Callable[[int, np.random.Generator], float | None]
"""Packet number and the line's random numbers -> its delay in seconds, or None for lost."""


@dataclass
class Heard:
    """What came out: sound, and for each block the time at which the device asked for it."""

    sound: Sound
    asked_s: list[float]
    silent: list[bool]
    waits_ms: list[float | None]
    player: VoicePlayer = field(repr=False)


def voice(seconds: float, seed: int = 3) -> Sound:
    """Without pauses: gliding pitch under moving formants, and breath, so that every 100 ms is unlike any other."""
    count = int(seconds * RATE_HZ) // BLOCK * BLOCK
    times = np.arange(count) / RATE_HZ
    rng = np.random.default_rng(seed)
    steps = int(seconds * 8) + 2
    knots = np.arange(steps) / 8
    pitch = np.interp(times, knots, rng.uniform(95, 210, steps))
    formant = np.interp(times, knots, rng.uniform(350, 1900, steps))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    made = rng.normal(0.0, 0.03, count)
    for harmonic in range(1, 25):
        made += (np.exp(-(((harmonic * pitch - formant) / 350) ** 2)) + 0.2 / harmonic) * np.sin(harmonic * phase)
    return np.rint(made * 9000 / np.abs(made).max()).astype(np.int16)


def packets(sound: Sound, settings: OpusSettings, *, ssrc: int = 7, sequence: int = 65_000) -> list[VoicePacket]:
    """Each with the time at which its last sample was spoken as `arrived_s`; numbers that wrap on the way."""
    encoder, made = OpusEncoder(settings), []
    timestamp = 2**32 - 48_000
    for number, block in enumerate(sound.reshape(-1, BLOCK)):
        packet = encoder.encode(block)
        if packet is not None:
            spoken_s = START_S + (number + 1) * BLOCK_S
            stamp = (timestamp + packet.pts) % 2**32
            made.append(VoicePacket(ssrc, (sequence + len(made)) % 65_536, stamp, not made, packet.data, spoken_s))
    return made


def run(
    sent: list[VoicePacket],
    fate: Fate,
    seconds: float,
    *,
    seed: int = 5,
    device_ppm: float = 0.0,
    asked_late_s: Callable[[np.random.Generator], float] = lambda rng: 0.0,
) -> Heard:
    """Send everything, ask every 10 ms by the device's clock."""
    rng = np.random.default_rng(seed)
    line: list[tuple[float, int, VoicePacket]] = []
    for number, packet in enumerate(sent):
        delay_s = fate(number, rng)
        if delay_s is not None:
            heapq.heappush(line, (packet.arrived_s + delay_s, number, packet))
    now = [START_S]
    player = VoicePlayer(clock=lambda: now[0])
    heard = Heard(np.zeros(0, np.int16), [], [], [], player)
    blocks = []
    for tick in range(int(seconds / BLOCK_S)):
        due_s = START_S + 0.0037 + tick * BLOCK_S * (1 + device_ppm * 1e-6)
        now[0] = due_s + asked_late_s(rng)
        while line and line[0][0] <= now[0]:
            arrived_s, _, packet = heapq.heappop(line)
            fields = (packet.ssrc, packet.sequence, packet.timestamp, packet.marker, packet.payload)
            player.push(VoicePacket(*fields, arrived_s))
        block = player.pop()
        blocks.append(np.zeros(BLOCK, np.int16) if block is None else block)
        heard.asked_s.append(due_s)
        heard.silent.append(block is None)
        heard.waits_ms.append(player.stats.wait_ms)
    heard.sound = np.concatenate(blocks)
    return heard


def delays_ms(spoken: Sound, heard: Heard, window_s: float = 0.1, most_s: float = 0.5) -> npt.NDArray[np.float64]:
    """Mouth to room for every window of the sound that can be recognised: spoken to handed to the device."""
    size, most = int(window_s * RATE_HZ), int(most_s * RATE_HZ)
    found = []
    for start in range(most, heard.sound.size - size, size):
        piece = heard.sound[start : start + size].astype(np.float64)
        played = int((heard.asked_s[start // BLOCK] - START_S) * RATE_HZ) + start % BLOCK
        first = played - most
        field_ = spoken[max(0, first) : played + size].astype(np.float64)
        if field_.size < size + 1 or np.abs(piece).max() < 300 or first < 0:
            continue
        length = field_.size + size
        product = np.fft.irfft(np.fft.rfft(field_, length) * np.conj(np.fft.rfft(piece, length)), length)
        product = product[: field_.size - size + 1]
        squares = np.concatenate([[0.0], np.cumsum(field_**2)])
        energy = squares[size:] - squares[:-size]
        score = product / np.sqrt(energy * np.sum(piece**2) + 1.0)
        best = int(np.argmax(score))
        if score[best] > 0.7:
            found.append((played - (first + best)) / RATE_HZ * 1000)
    return np.array(found)


def longest_gap_ms(heard: Heard, after_s: float = 0.5, floor: float = 200.0) -> float:
    """The longest run of 5 ms pieces without sound, after `after_s`; the voice itself never pauses."""
    piece = BLOCK // 2
    levels = np.sqrt(np.mean(heard.sound.astype(np.float64).reshape(-1, piece) ** 2, axis=1))
    longest = run_ = 0
    for level in levels[int(after_s / BLOCK_S) * 2 :]:
        run_ = run_ + 1 if level < floor else 0
        longest = max(longest, run_)
    return longest * 5.0
