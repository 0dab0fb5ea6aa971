"""The room's sound as Opus, encoded once for all who want it alike."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from robot_agent.media.blocks import BLOCK, Block
from robot_agent.media.opus import OpusEncoder, OpusPacket, OpusSettings

HISTORY_BLOCKS = 12  # 120 ms: two of the longest frames, so that a new encoder has heard what was sent before it
GAP_S = 0.2  # a microphone that was silent for so long was closed: the numbers jump with the clock
UNUSED_BLOCKS = 100  # an encoder that nobody has asked for a second is put away
BLOCK_S = 0.01


class RoomEncoders:
    """Numbers the microphone's blocks, and has an encoder for each of the settings in use. Belongs to one thread.

    Every listener brings every block; who brings it first has it numbered and encoded, the others get the same
    packet. Frames of all lengths begin at multiples of their length, so that a listener can go from one to the other.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recent: deque[tuple[int, Block]] = deque(maxlen=HISTORY_BLOCKS)
        self._newest = -1
        self._newest_s = -float("inf")
        self._lines: dict[OpusSettings, _Line] = {}
        self.frames_encoded = 0
        """Of all encoders, those for the beginning of a new one not counted."""

    def number(self, block: Block, after: int) -> int:
        """Which block this is; `after` is the last one that this listener brought, -1 before its first."""
        for number, known in self._recent:
            if number > after and known is block:
                return number
        self._follow_clock()
        self._newest += 1
        self._recent.append((self._newest, block))
        if self._newest % UNUSED_BLOCKS == 0:
            self._lines = {key: one for key, one in self._lines.items() if self._newest - one.asked <= UNUSED_BLOCKS}
        return self._newest

    def joins(self, settings: OpusSettings, number: int, left: OpusSettings) -> bool:
        """Can a listener go over from the encoder of `left` to this one with the frame that starts at this block?

        It needs a frame that relies on none before it. Where this is none, one comes with the next beginning of both.
        """
        step = math.lcm(_blocks(settings), _blocks(left))
        return number % step == 0 and self._line(settings, number).stands_alone(number, step)

    def packet(self, settings: OpusSettings, number: int) -> OpusPacket | None:
        """The frame that ends with this block; None while it fills. `pts` counts from the first block of all."""
        return self._line(settings, number).packet(number)

    def _line(self, settings: OpusSettings, number: int) -> _Line:
        line = self._lines.get(settings)
        if line is None or not line.reaches(number):
            line = self._lines[settings] = _Line(settings, number, self._recent, self._count)
        line.asked = max(line.asked, number)
        return line

    def _count(self) -> None:
        self.frames_encoded += 1

    def _follow_clock(self) -> None:
        now_s, before_s = self._clock(), self._newest_s
        self._newest_s = now_s
        if self._newest >= 0 and now_s - before_s > GAP_S:
            self._newest += round((now_s - before_s) / BLOCK_S) - 1
            self._recent.clear()
            self._lines.clear()


class _Line:
    """One encoder, and what it made of the newest blocks."""

    def __init__(
        self,
        settings: OpusSettings,
        number: int,
        recent: deque[tuple[int, Block]],
        count: Callable[[], None],
    ) -> None:
        """`number` is the first block that is asked for; the encoder begins with its frame, or with the next where some
        of that one is not known any more.
        """
        self._length = _blocks(settings)
        self._recent = recent
        self._count = count
        first = number - number % self._length
        if any(self._block(at) is None for at in range(first, number)):
            first += self._length
        before = tuple(block for at, block in recent if at < first)
        self._encoder = OpusEncoder(settings, first * BLOCK, before)
        self._next = first
        self._alone: deque[int] = deque([first], maxlen=HISTORY_BLOCKS)
        self._packets: deque[tuple[int, OpusPacket | None]] = deque(maxlen=HISTORY_BLOCKS)
        self.asked = number

    def reaches(self, number: int) -> bool:
        """Has it what comes until this block, or can it be given that?"""
        return number < self._next or all(self._block(at) is not None for at in range(self._next, number + 1))

    def stands_alone(self, number: int, step: int) -> bool:
        """Does the frame that begins here rely on none before it? If not, the next one will that `step` leads to."""
        wish = number
        while wish + self._length <= self._next and wish not in self._alone:  # encoded already
            wish += step
        if wish not in self._alone:
            self._alone.append(wish)
        return wish == number

    def packet(self, number: int) -> OpusPacket | None:
        """The frame that ends with this block. `reaches` must be true."""
        while self._next <= number:
            block = self._block(self._next)
            assert block is not None
            if self._next - self._next % self._length in self._alone:
                self._encoder.stand_alone()
            packet = self._encoder.encode(block)
            if packet is not None:
                self._count()
            self._packets.append((self._next, packet))
            self._next += 1
        return next((packet for at, packet in self._packets if at == number), None)

    def _block(self, number: int) -> Block | None:
        return next((block for at, block in self._recent if at == number), None)


def _blocks(settings: OpusSettings) -> int:
    return settings.frame_ms // 10
