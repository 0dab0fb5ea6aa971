"""Many changes of session in one process: what is over is really gone, ours and the library's."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
import weakref
from collections import Counter

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from robot_agent import memory
from robot_agent.media.video import Tap, VideoPipeline
from robot_agent.rtc.channels import LiveChannels
from robot_agent.rtc.session import MediaState, RtcSession, SessionHandlers
from robot_agent.rtc.tracks import PictureTrack, RoomSoundTrack
from robot_agent.rtc.uplink import Uplink
from tests.rtc.parts import Ear, Painter, ToneMicrophone, until

CHANGES = 15
SETTLED = 5  # by then every cache of the libraries is filled
MOST_GROWTH = 100_000  # bytes a change; one session that stays holds a history of packets, more than twice that
OURS = (RtcSession, Tap, LiveChannels, Uplink, PictureTrack, RoomSoundTrack)


class Page:
    """The far side, played by aiortc."""

    def __init__(self) -> None:
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.heard = 0

    async def offer(self) -> str:
        self._peer.addTransceiver("video", direction="recvonly")
        self._peer.addTransceiver("audio", direction="recvonly")
        self._peer.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self._peer.createDataChannel("talk").on("message", self._hear)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def take(self, answer: str) -> None:
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        await self._peer.close()

    def _hear(self, _: object) -> None:
        self.heard += 1


async def opened(pipeline: VideoPipeline) -> tuple[RtcSession, Page]:
    page = Page()
    microphone = ToneMicrophone(440)
    session = RtcSession(pipeline.subscribe(), microphone, Ear(), SessionHandlers())
    await page.take(await session.answer(await page.offer()))
    await until(lambda: session.state is MediaState.CONNECTED, "the connection")
    return session, page


async def closed(session: RtcSession, page: Page) -> None:
    await session.close()
    await page.close()


def alive() -> Counter[str]:
    """How many of our objects, and of the library's connections, the process holds."""
    for _ in range(3):  # an object whose finaliser frees another takes two rounds
        gc.collect()
    kinds = (*OURS, RTCPeerConnection)
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds))


async def test_sessions_that_follow_each_other_leave_nothing() -> None:
    before = alive()
    pipeline = VideoPipeline(lambda: Painter(320, 180))
    await pipeline.open()
    tracemalloc.start()
    try:
        session, page = await opened(pipeline)
        for change in range(CHANGES):
            next_session, next_page = await opened(pipeline)  # made before the old one is broken
            await closed(session, page)
            session, page = next_session, next_page
            if change == SETTLED:
                at_first = bytes_held()
        grown = bytes_held() - at_first
        await asyncio.sleep(0)
        held = alive() - before
        assert held["RtcSession"] == 1, held
        assert held["Tap"] == 1, held
        await closed(session, page)
    finally:
        tracemalloc.stop()
        await pipeline.close()
    del session, page, next_session, next_page
    await asyncio.sleep(0)
    left = alive() - before
    assert not left, left
    changes = CHANGES - SETTLED - 1
    assert grown < changes * MOST_GROWTH, f"{grown // changes} bytes a change"


async def test_what_a_closed_session_leaves_is_freed_by_itself() -> None:
    """A connection of aiortc holds itself in circles; the collector's own rounds come too seldom for a long day."""
    memory.settle()
    gc.disable()  # so that nobody else takes it
    try:
        pipeline = VideoPipeline(lambda: Painter(320, 180))
        await pipeline.open()
        session, page = await opened(pipeline)
        await closed(session, page)
        await pipeline.close()
        uplink = weakref.ref(session._uplink)
        del session, page
        await until(lambda: uplink() is None, "the session's history of packets to be gone")
    finally:
        gc.enable()
        gc.unfreeze()


def bytes_held() -> int:
    """Allocated by Python now."""
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    return held
