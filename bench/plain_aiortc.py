"""aiortc as shipped: a plain connection with a `VideoStreamTrack`, whatever codec the offer names first.

JSON lines as `bench.ours`. It imports nothing of `robot_agent.rtc`, so that none of our changes reach it.
"""

from __future__ import annotations

import asyncio
import json
import sys

import av
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from bench.source import FPS, StampedSource


class PaintedTrack(VideoStreamTrack):
    """The bench's picture, painted when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._source = StampedSource()
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        self._number = int(pts * time_base * FPS)
        frame = av.VideoFrame.from_ndarray(self._source.paint(self._number), "yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


async def serve() -> None:
    """Until the end of stdin."""
    peers = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        peer = RTCPeerConnection()
        peers.append(peer)
        peer.addTrack(PaintedTrack())
        await peer.setRemoteDescription(RTCSessionDescription(json.loads(line)["offer"], "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        print(json.dumps({"answer": peer.localDescription.sdp}), flush=True)
    for peer in peers:
        await peer.close()


if __name__ == "__main__":
    asyncio.run(serve())
