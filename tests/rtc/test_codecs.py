"""Two connections to one camera: one that knows H.264, and one that does not and gets VP8."""

from __future__ import annotations

import asyncio
import re

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from robot_agent.media.video import VideoPipeline
from robot_agent.rtc.session import RtcSession, RtcSettings
from tests.rtc.parts import PATIENCE_S, Ear, Painter, ToneMicrophone

LOOPBACK = RtcSettings(host_addresses=("127.0.0.1",))


class Watcher:
    """A far side of aiortc's own, which decodes what it gets. Its offer may be without H.264, as Firefox's is where it
    has no OpenH264."""

    def __init__(self, *, h264: bool) -> None:
        self._h264 = h264
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._track: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
        self._peer.on("track", self._track.set_result)
        self.codecs: list[str] = []

    async def connect(self, session: RtcSession) -> None:
        self._peer.addTransceiver("video", direction="recvonly")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        offer = self._peer.localDescription.sdp
        answer = await session.answer(offer if self._h264 else offer.replace(" H264/90000", " H265/90000"))
        self.codecs = re.findall(r"a=rtpmap:\d+ (\w+)/", answer)
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def pictures(self, count: int) -> list[tuple[int, int]]:
        track, sizes = await self._track, []
        while len(sizes) < count:
            frame = await track.recv()
            assert isinstance(frame, av.VideoFrame)
            sizes.append((frame.width, frame.height))
        return sizes

    async def close(self) -> None:
        await self._peer.close()
        await asyncio.sleep(0)


async def test_a_viewer_without_h264_gets_vp8_while_another_gets_h264() -> None:
    pipeline = VideoPipeline(lambda: Painter(320, 180))
    watchers = [Watcher(h264=True), Watcher(h264=False)]
    sessions = [RtcSession(pipeline.subscribe(), ToneMicrophone(440), Ear(), settings=LOOPBACK) for _ in watchers]
    await pipeline.open()
    try:
        for watcher, session in zip(watchers, sessions, strict=True):
            await watcher.connect(session)
        async with asyncio.timeout(PATIENCE_S):
            seen = await asyncio.gather(*(watcher.pictures(10) for watcher in watchers))
    finally:
        for closing in (*watchers, *sessions, pipeline):
            await closing.close()
    assert [set(watcher.codecs) for watcher in watchers] == [{"H264", "rtx"}, {"VP8", "rtx"}]
    assert seen == [[(320, 180)] * 10] * 2
