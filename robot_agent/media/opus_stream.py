"""One Opus stream whose settings change on the way: no click, no jump of the time stamps, no packets of silence."""

from __future__ import annotations

from collections import deque

from robot_agent.media.blocks import Block
from robot_agent.media.opus import OpusEncoder, OpusPacket, OpusSettings

HISTORY_BLOCKS = 12  # 120 ms: two of the longest frames, so that a new encoder has heard what the old one ended with
DTX_BYTES = 2  # a packet of at most so many says "nothing until the next" (RFC 6716 section 3.4; libopus' opus_encode)


class OpusStream:
    """Blocks in, the packets that are worth sending out. Not thread-safe.

    A change is a new encoder that is first given the last 120 ms and whose first packet relies on none before it: so
    it fits on what was played, and on a decoder that starts afresh as well as on one that goes on. Measured with
    a tone: no step from sample to sample over 1.3 times its own (a new encoder without this: 11 times). From
    `lowdelay` to `voip` and back the sound moves by 4 ms, the difference of their look-ahead.
    """

    def __init__(self, settings: OpusSettings | None = None) -> None:
        self._encoder = OpusEncoder(settings)
        self._history: deque[Block] = deque(maxlen=HISTORY_BLOCKS)
        self._silent = False

    @property
    def settings(self) -> OpusSettings:
        """What is in force."""
        return self._encoder.settings

    def encode(self, block: Block, wanted: OpusSettings) -> OpusPacket | None:
        """The next 10 ms; `wanted` comes into force with the next whole frame.

        None while a longer frame fills and while the far side has been told that nobody speaks: it needs the first
        packet of a silence (browsers then make their noise of it) and the one that libopus makes every 400 ms.
        Raises ValueError for a wrong shape.
        """
        if wanted != self._encoder.settings and self._encoder.between_frames:
            self._encoder = OpusEncoder(wanted, self._encoder.next_pts, tuple(self._history))
        packet = self._encoder.encode(block)
        self._history.append(block)
        if packet is None:
            return None
        was_silent, self._silent = self._silent, len(packet.data) <= DTX_BYTES
        return None if was_silent and self._silent else packet

    def skip(self, samples: int) -> None:
        """The microphone was closed for so long: a new beginning that much later in the time stamps."""
        self._encoder = OpusEncoder(self._encoder.settings, self._encoder.next_pts + samples)
        self._history.clear()
        self._silent = False
