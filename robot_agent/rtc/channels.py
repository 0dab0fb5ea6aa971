"""The two data channels: `motion` (newest wins, never sent again) and `talk` (reliable, with the beats)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from aiortc import RTCDataChannel
from pydantic import TypeAdapter

from protocol.base import parse
from protocol.errors import MessageError
from protocol.live import (
    MAX_LIVE_BYTES,
    MOTION_CHANNEL,
    SET_POINT,
    TALK,
    TALK_CHANNEL,
    Ping,
    Pong,
    SetPoint,
    TextEdit,
)
from protocol.quality import PageQuality
from protocol.state import Pose

log = logging.getLogger(__name__)

MAX_BUFFERED_BYTES = 64 * 1024  # of beats and text; a far side that takes none of it is gone
PAGE_WORD_S = 3.0  # the page says a second's worth every second; two may be late
MAX_RTT_S = 60.0  # an answer to a ping from before that is nonsense

M = TypeVar("M")


class LiveChannels:
    """Both channels of one connection. Messages that are not valid are counted and dropped."""

    def __init__(
        self,
        on_set_point: Callable[[SetPoint], None],
        on_text: Callable[[TextEdit], None],
        on_beat: Callable[[float], None],
    ) -> None:
        """`on_beat` gets the page's own clock (`sent_ms`) with each of its pings."""
        self._on_set_point = on_set_point
        self._on_text = on_text
        self._on_beat = on_beat
        self._channels: dict[str, RTCDataChannel] = {}
        self._newest_seq = -1
        self.refused = 0
        self.stale = 0
        self.rtt_s: float | None = None
        self.last_beat_s: float | None = None
        self._page: PageQuality | None = None
        self._page_s = 0.0

    @property
    def page(self) -> PageQuality | None:
        """What the page saw in the last second; None when it has not said so of late."""
        return self._page if time.monotonic() - self._page_s < PAGE_WORD_S else None

    def accept(self, channel: RTCDataChannel) -> None:
        """A channel that the page opened; unknown and second ones are closed."""
        handlers = {MOTION_CHANNEL: self._on_motion, TALK_CHANNEL: self._on_talk}
        handler = handlers.get(channel.label)
        if handler is None or channel.label in self._channels:
            log.warning("data channel %r is not one of ours, closed", channel.label[:40])
            channel.close()
            return
        self._channels[channel.label] = channel
        channel.on("message", handler)

    def send_pose(self, pose: Pose) -> bool:
        """The measured pose; dropped (False) while the channel is not open or still holds the one before."""
        channel = self._open_channel(MOTION_CHANNEL)
        if channel is None or channel.bufferedAmount > 0:
            return False
        channel.send(pose.model_dump_json())
        return True

    def send_talk(self, message: Ping | Pong | TextEdit) -> bool:
        """A beat or text; dropped (False) while the channel is not open or the far side takes nothing."""
        channel = self._open_channel(TALK_CHANNEL)
        if channel is None or channel.bufferedAmount > MAX_BUFFERED_BYTES:
            return False
        channel.send(message.model_dump_json())
        return True

    def beat(self) -> None:
        """Ask whether the page is there; the answer gives the round trip."""
        self.send_talk(Ping(sent_ms=time.monotonic() * 1000))

    def _open_channel(self, label: str) -> RTCDataChannel | None:
        channel = self._channels.get(label)
        return channel if channel is not None and channel.readyState == "open" else None

    def _on_motion(self, data: str | bytes) -> None:
        set_point = self._read(SET_POINT, "set_point", data)
        if set_point is None:
            return
        if set_point.seq <= self._newest_seq:
            self.stale += 1
            return
        self._newest_seq = set_point.seq
        self._on_set_point(set_point)

    def _on_talk(self, data: str | bytes) -> None:
        message = self._read(TALK, "talk message", data)
        if message is None:
            return
        self.last_beat_s = time.monotonic()
        if isinstance(message, Ping):
            self._on_beat(message.sent_ms)
            self.send_talk(Pong(sent_ms=message.sent_ms))
        elif isinstance(message, Pong):
            self._take_rtt(self.last_beat_s - message.sent_ms / 1000)
        elif isinstance(message, PageQuality):
            self._page, self._page_s = message, self.last_beat_s
        else:
            self._on_text(message)

    def _take_rtt(self, rtt_s: float) -> None:
        if 0.0 <= rtt_s <= MAX_RTT_S:
            self.rtt_s = rtt_s
        else:
            self.refused += 1

    def _read(self, adapter: TypeAdapter[M], kind: str, data: str | bytes) -> M | None:
        try:
            return parse(adapter, kind, data, MAX_LIVE_BYTES)
        except MessageError as error:
            self.refused += 1
            log.debug("dropped: %s", error)
            return None
