"""The far side's voice between the network's clock and the device's: packets in, blocks of 10 ms out."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from robot_agent.media.blocks import BLOCK, BLOCK_S, RATE_HZ, Block
from robot_agent.media.drift import DriftControl, Resampler
from robot_agent.media.jitter_buffer import (
    MARGIN_S,
    Comfort,
    Conceal,
    Decision,
    JitterBuffer,
    NewStream,
    Play,
    Recover,
    Silence,
)
from robot_agent.media.libopus import OpusDecodeError, OpusVoiceDecoder
from robot_agent.media.time_scale import ENOUGH, LAG_MAX, SIMILAR, Floats, fade_over, lengthen, shorten
from robot_agent.media.voice_packet import VoicePacket, packet_samples

logger = logging.getLogger(__name__)

INBOX_PACKETS = 128  # what may come between two blocks; a burst of more is mostly too old to be heard anyway
WINDOW_BLOCKS = 20  # 0.2 s: the shortest wait in it is the true one, the device's thread being late now and then
SHRINK_S = 0.006  # a wait longer than wanted by more is shortened at the next good moment
GROW_S = 0.005  # a wait shorter than wanted by more is lengthened
FORCE_S = 0.040  # so much too long, no moment is awaited
BLEND = 240  # samples, 5 ms, over which a jump in the stream is faded

BELIEVABLE_S = 2.0  # a longer wait is a stream that began to count anew, measured by its former count

_NONE: Floats = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class VoiceStats:
    """The voice since the start; `wait_ms` is the jitter buffer's delay now, None while nobody speaks to us.

    Packets `lost` include those `recovered` from the copy in the next packet. `late` packets came after their turn.
    """

    wait_ms: float | None = None
    target_ms: float = 0.0
    received: int = 0
    lost: int = 0
    recovered: int = 0
    late: int = 0
    duplicates: int = 0
    skipped: int = 0
    refused: int = 0
    concealed_ms: float = 0.0
    drift_ppm: float = 0.0
    shortened: int = 0
    lengthened: int = 0


class VoicePlayer:
    """A `VoiceSink` and a BlockSource. `push` from any thread, never waits; `pop` belongs to the device's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` in seconds is the one of `VoicePacket.arrived_s`. Raises OpusLibraryError without libopus."""
        self._clock = clock
        self._inbox: deque[VoicePacket] = deque(maxlen=INBOX_PACKETS)
        self._turn = threading.Lock()  # between `pop` and `clear`; `push` takes no lock
        self._decoder = OpusVoiceDecoder()
        self._drift = DriftControl()
        self._buffer = JitterBuffer()
        self._least_s = self._least_stock_s = float("inf")
        self._shortened = 0
        self._lengthened = 0
        self.stats = VoiceStats()
        self._begin()

    def _begin(self) -> None:
        self._resampler = Resampler()
        self._decoded = _NONE  # at the far side's clock, not yet resampled
        self._past = _NONE
        self._restart_window()
        self._excess_s = 0.0
        self._ratio = 1.0

    def push(self, packet: VoicePacket) -> None:
        """A packet came. The oldest of more than INBOX_PACKETS goes."""
        self._inbox.append(packet)

    def clear(self) -> None:
        """Forget what waits; the counts stay."""
        with self._turn:
            self._inbox.clear()
            counts = self._buffer.counts
            self._buffer = JitterBuffer()
            self._buffer.counts = counts
            self._decoder.reset()
            self._begin()
            self._publish(None, 0.0)

    def pop(self) -> Block | None:
        """The next 10 ms, or None where there is nothing to hear."""
        with self._turn:
            now_s = self._clock()
            while self._inbox:
                self._buffer.add(self._inbox.popleft())
            self._ratio = self._drift.ratio
            if not self._fill(now_s, self._resampler.needed(self._ratio)):
                if self._past.size:
                    self._begin()
                    self._publish(None, self._buffer.target_s(now_s))
                return None
            self._steer(now_s)
            return self._take()

    def _fill(self, now_s: float, wanted: int) -> bool:
        """Decode until `wanted` samples are there; False where there is nothing at all."""
        while self._decoded.size < wanted:
            decision = self._buffer.next(now_s, self._decoded.size + self._resampler.held)
            if isinstance(decision, Silence):
                if not self._decoded.size:
                    return False
                rest = np.zeros(wanted - self._decoded.size, dtype=np.float32)
                self._decoded = np.concatenate([self._decoded, rest])
            else:
                self._decoded = np.concatenate([self._decoded, self._make(decision)])
        return True

    def _make(self, decision: Decision) -> Floats:
        """The samples of one decision. A packet that the decoder refuses is concealed."""
        try:
            match decision:
                case Play(payload, skipped, drop):
                    before = self._conceal(BLEND) if skipped or drop else _NONE
                    sound = self._decoder.decode(payload).astype(np.float32)[drop:]
                    return fade_over(before[: sound.size], sound)
                case Recover(payload, samples, drop):
                    return self._decoder.recover(payload, samples)[drop:].astype(np.float32)
                case Conceal(samples, last):
                    sound = self._conceal(samples)
                    return sound * np.linspace(1.0, 0.0, samples, dtype=np.float32) if last else sound
                case Comfort(samples):
                    return self._conceal(samples)
                case NewStream():
                    self._decoder.reset()
        except OpusDecodeError as error:
            self._buffer.counts.refused += 1
            logger.debug("a packet of the far side's voice was concealed: %s", error)
            if isinstance(decision, Play):
                return self._conceal(packet_samples(decision.payload))
            if isinstance(decision, Recover):
                return self._conceal(decision.samples)[decision.drop :]
        return _NONE

    def _conceal(self, samples: int) -> Floats:
        return self._decoder.conceal(samples).astype(np.float32)

    def _steer(self, now_s: float) -> None:
        """Measure the wait; bring it nearer to what the line needs."""
        decoded = self._decoded.size + self._resampler.held
        target_s, wait_s = self._buffer.target_s(now_s), self._buffer.wait_s(now_s, decoded)
        if not self._buffer.playing or abs(wait_s) > BELIEVABLE_S:
            self._excess_s = 0.0
            self._restart_window()
            return
        self._least_s = min(self._least_s, wait_s)
        self._least_stock_s = min(self._least_stock_s, self._buffer.stock_s(decoded))
        self._seen += 1
        if self._seen >= WINDOW_BLOCKS:
            spare_s = self._least_stock_s - MARGIN_S  # what was never touched; where there is none, none is too much
            self._excess_s = min(self._least_s - target_s, max(0.0, spare_s))
            if self._buffer.playing:
                self._drift.update(self._excess_s, WINDOW_BLOCKS * BLOCK_S)
            self._publish(self._least_s, target_s)
            self._restart_window()
        if self._excess_s > SHRINK_S:
            self._shorten(now_s)
        elif self._excess_s < -GROW_S:
            self._lengthen()

    def _shorten(self, now_s: float) -> None:
        while self._decoded.size < ENOUGH and self._buffer.ready:
            decision = self._buffer.next(now_s, self._decoded.size + self._resampler.held)
            self._decoded = np.concatenate([self._decoded, self._make(decision)])
        most = int((self._excess_s + GROW_S / 2) * RATE_HZ)  # not so much that it must be lengthened again
        shorter = shorten(self._decoded, -1.0 if self._excess_s > FORCE_S else SIMILAR, most)
        if shorter is not None and shorter.size >= self._resampler.needed(self._ratio):
            self._shortened += 1
            self._change_to(shorter)

    def _lengthen(self) -> None:
        longer = lengthen(self._past, self._decoded, most=int((SHRINK_S / 2 - self._excess_s) * RATE_HZ))
        if longer is not None:
            self._lengthened += 1
            self._change_to(longer)

    def _change_to(self, decoded: Floats) -> None:
        self._excess_s += (decoded.size - self._decoded.size) / RATE_HZ
        self._decoded = decoded
        self._restart_window()

    def _restart_window(self) -> None:
        self._seen = 0
        self._least_s = self._least_stock_s = float("inf")

    def _take(self) -> Block:
        count = self._resampler.needed(self._ratio)
        samples, self._decoded = self._decoded[:count], self._decoded[count:]
        self._past = np.concatenate([self._past, samples])[-LAG_MAX:]
        heard = self._resampler.process(samples, self._ratio)
        block: Block = np.clip(np.rint(heard), -32768, 32767).astype(np.int16)
        assert block.size == BLOCK
        return block

    def _publish(self, wait_s: float | None, target_s: float) -> None:
        counts = self._buffer.counts
        self.stats = VoiceStats(
            wait_ms=None if wait_s is None else round(wait_s * 1000, 1),
            target_ms=round(target_s * 1000, 1),
            received=counts.received,
            lost=counts.lost,
            recovered=counts.recovered,
            late=counts.late,
            duplicates=counts.duplicates,
            skipped=counts.skipped,
            refused=counts.refused,
            concealed_ms=round(counts.concealed_samples / RATE_HZ * 1000, 1),
            drift_ppm=round(self._drift.drift_ppm, 1),
            shortened=self._shortened,
            lengthened=self._lengthened,
        )
