"""The third data channel, `stills`: one picture at a time, in chunks, no faster than the line has room for."""

from __future__ import annotations

import asyncio
import logging
import time

from aiortc import RTCDataChannel

from protocol.base import parse
from protocol.errors import MessageError
from protocol.live import MAX_LIVE_BYTES
from protocol.stills import CHUNK_BYTES, STILL_CANCEL, StillHeader
from robot_agent.media.rate.still_pace import StillPace
from robot_agent.rtc.uplink import Uplink

log = logging.getLogger(__name__)

STUCK_TIMEOUT_S = 10.0  # a far side that takes nothing for so long is gone, or its browser sleeps


class StillLane:
    """The channel of one connection. Belongs to one event loop."""

    def __init__(self, uplink: Uplink) -> None:
        self._uplink = uplink
        self._channel: RTCDataChannel | None = None
        self._drained = asyncio.Event()
        self._sending = ""
        self._unwanted = ""
        self._silent = False

    @property
    def is_open(self) -> bool:
        """Whether a picture can be sent."""
        return not self._silent and self._channel is not None and self._channel.readyState == "open"

    def accept(self, channel: RTCDataChannel) -> None:
        """A channel that the page opened; a second one is closed."""
        if self._channel is not None:
            log.warning("a second data channel for stills, closed")
            channel.close()
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = CHUNK_BYTES
        channel.on("message", self._on_message)
        channel.on("bufferedamountlow", self._drained.set)
        channel.on("close", self._drained.set)

    async def send(self, header: StillHeader, data: bytes) -> bool:
        """Send a picture; False when the page wanted no more of it, or the channel closed or stood still.

        A second call while one is under way is the caller's mistake: cancel the first one's task before.
        """
        self._sending, self._unwanted = header.request, ""
        pace = StillPace(self._uplink.line_bps, time.monotonic())
        try:
            if not self._put(header.model_dump_json()):
                return False
            due_s, sent = time.monotonic(), 0
            while sent < len(data):
                if not await self._has_room() or self._unwanted == header.request:
                    return False
                pace.look(self._uplink.line, self._uplink.line_bps, time.monotonic())
                self._uplink.reserve(pace.reserved_bps(self._uplink.line_bps))
                chunk = data[sent : sent + pace.chunk_bytes(CHUNK_BYTES)]
                if not self._put(chunk):
                    return False
                sent += len(chunk)
                due_s = max(due_s, time.monotonic()) + len(chunk) * 8 / pace.bps
                await asyncio.sleep(due_s - time.monotonic())
            return True
        finally:
            self._sending = ""
            self._uplink.reserve(0)

    def silence(self) -> None:
        """Nothing of a picture is put on the line any more."""
        self._silent = True
        self._drained.set()

    def _put(self, message: str | bytes) -> bool:
        if not self.is_open:
            return False
        assert self._channel is not None
        self._channel.send(message)
        return True

    async def _has_room(self) -> bool:
        """Waits until the library holds no more than one chunk; False when it does not let go of it."""
        try:
            async with asyncio.timeout(STUCK_TIMEOUT_S):
                while self.is_open and self._channel is not None and self._channel.bufferedAmount > CHUNK_BYTES:
                    self._drained.clear()
                    await self._drained.wait()
        except TimeoutError:
            log.warning("the page takes nothing of a picture for %s s; given up", STUCK_TIMEOUT_S)
            return False
        return self.is_open

    def _on_message(self, data: str | bytes) -> None:
        try:
            cancel = parse(STILL_CANCEL, "still message", data, MAX_LIVE_BYTES)
        except MessageError as error:
            log.debug("dropped: %s", error)
            return
        if cancel.request == self._sending:
            self._unwanted = cancel.request
