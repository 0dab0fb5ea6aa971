"""One Opus stream whose settings change on the way: no click, no jump of the time stamps, no packets of silence."""

from __future__ import annotations

from dataclasses import replace

from robot_agent.media.blocks import BLOCK, Block
from robot_agent.media.opus import OpusPacket, OpusSettings
from robot_agent.media.opus_room import RoomEncoders

DTX_BYTES = 2  # a packet of at most so many says "nothing until the next" (RFC 6716 section 3.4; libopus' opus_encode)


class OpusStream:
    """Blocks in, the packets that are worth sending out. Not thread-safe.

    A change is another encoder, which has heard the last 120 ms, from a packet on that relies on none before it: so
    it fits on what was played, and on a decoder that starts afresh as well as on one that goes on. Measured with
    a tone: no step from sample to sample over 1.3 times its own (a new encoder without this: 11 times). From
    `lowdelay` to `voip` and back the sound moves by 4 ms, the difference of their look-ahead.
    """

    def __init__(self, settings: OpusSettings | None = None, room: RoomEncoders | None = None) -> None:
        """`room` has the encoders that this stream shares with others; without it has its own."""
        self._room = room or RoomEncoders()
        self._settings = settings or OpusSettings()
        self._first: int | None = None
        self._number = -1
        self._begun = False
        self._silent = False

    @property
    def settings(self) -> OpusSettings:
        """What is in force."""
        return self._settings

    def encode(self, block: Block, wanted: OpusSettings) -> OpusPacket | None:
        """The next 10 ms; `wanted` comes into force with the next whole frame of both.

        None while a longer frame fills and while the far side has been told that nobody speaks: it needs the first
        packet of a silence (browsers then make their noise of it) and the one that libopus makes every 400 ms.
        Raises ValueError for a wrong shape.
        """
        number, before = self._room.number(block, self._number), self._number
        self._number = number
        if self._first is None:
            self._first = number
        elif number > before + 1:
            self._silent = False  # the far side has waited for what did not come
        self._change(wanted, number)
        packet = self._room.packet(self._settings, number) if self._begun else None
        if packet is None:
            return None
        was_silent, self._silent = self._silent, len(packet.data) <= DTX_BYTES
        return None if was_silent and self._silent else replace(packet, pts=packet.pts - self._first * BLOCK)

    def _change(self, wanted: OpusSettings, number: int) -> None:
        if self._begun and wanted == self._settings:
            return
        if self._room.joins(wanted, number, self._settings if self._begun else wanted):
            self._settings, self._begun = wanted, True
