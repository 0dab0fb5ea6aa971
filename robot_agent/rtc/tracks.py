"""Our media as aiortc's tracks, already encoded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from robot_agent.media.interfaces import VIDEO_CLOCK_HZ, Codec, EncodedFrame, MicrophoneTap, VideoTap
from robot_agent.media.opus import OpusSettings
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.opus_stream import OpusStream
from robot_agent.media.sound_errors import SoundClosedError

VIDEO_TIME_BASE = Fraction(1, VIDEO_CLOCK_HZ)


class PictureTrack(MediaStreamTrack):
    """A `VideoTap` as a track of encoded pictures; `on_frame` hears of each just before it is packetised."""

    kind = "video"

    def __init__(self, tap: VideoTap, on_frame: Callable[[EncodedFrame], None] = lambda frame: None) -> None:
        super().__init__()
        self._tap = tap
        self._on_frame = on_frame

    def use(self, codec: Codec) -> None:
        """What was agreed on."""
        self._tap.use(codec)

    async def recv(self) -> av.Packet[Any]:
        """The next picture. Raises MediaStreamError after the end."""
        if self.readyState != "live":
            raise MediaStreamError
        frame = await self._tap.get()
        self._on_frame(frame)
        packet = av.Packet(frame.data)
        packet.pts = packet.dts = frame.pts_90k
        packet.time_base = VIDEO_TIME_BASE
        return packet


class RoomSoundTrack(MediaStreamTrack):
    """A `MicrophoneTap` as a track of mono Opus packets, encoded as `plan` says; it is asked every 10 ms.

    `room` has the encoders that this listener shares with others; without it has its own.
    """

    kind = "audio"

    def __init__(
        self,
        tap: MicrophoneTap,
        plan: Callable[[], OpusSettings] = OpusSettings,
        room: RoomEncoders | None = None,
    ) -> None:
        super().__init__()
        self._tap = tap
        self._plan = plan
        self._stream = OpusStream(plan(), room)

    async def recv(self) -> av.Packet[Any]:
        """The next packet. Raises MediaStreamError after the end."""
        while self.readyState == "live":
            try:
                block = await self._tap.get()
            except SoundClosedError:
                raise MediaStreamError from None  # aiortc would log any other exception with its traceback
            packet = self._stream.encode(block, self._plan())
            if packet is not None:
                return packet.to_av()
        raise MediaStreamError
