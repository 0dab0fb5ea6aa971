"""A robot for the page's own tests: answers one offer with a drawn room, beats, poses and silence."""

from __future__ import annotations

import asyncio
import fractions
import json
from typing import Any

import av
import cv2
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

from protocol.quality import PageQuality
from protocol.state import Pose
from protocol.stills import CHUNK_BYTES, STILLS_CHANNEL, WHOLE, Look, StillHeader
from tests.web.room_picture import view

FPS = 10
POSE_EVERY_S = 1 / 30
SPEED_DEG_S = 150.0
PAN, TILT = (-175.0, 175.0), (-25.0, 40.0)


def _toward(now: float, goal: float, step: float) -> float:
    return now + max(-step, min(step, goal - now))


class Head:
    """Turns at a steady speed and stops at its limits."""

    def __init__(self) -> None:
        self.pan = self.tilt = self.goal_pan = self.goal_tilt = 0.0
        self.at_limit = False
        self.seq = 0
        self.heard: list[dict[str, Any]] = []

    def aim(self, point: dict[str, Any]) -> None:
        """A set-point as the page sends it."""
        self.heard.append(point)
        self.seq = point["seq"]
        self.goal_pan = max(PAN[0], min(PAN[1], point["pan_deg"]))
        self.goal_tilt = max(TILT[0], min(TILT[1], point["tilt_deg"]))
        self.at_limit = (self.goal_pan, self.goal_tilt) != (point["pan_deg"], point["tilt_deg"])

    def turn(self, seconds: float) -> None:
        """Time passes."""
        self.pan = _toward(self.pan, self.goal_pan, SPEED_DEG_S * seconds)
        self.tilt = _toward(self.tilt, self.goal_tilt, SPEED_DEG_S * seconds)

    def pose(self) -> Pose:
        """Where it is."""
        return Pose(
            pan_deg=self.pan,
            tilt_deg=self.tilt,
            goal_pan_deg=self.goal_pan,
            goal_tilt_deg=self.goal_tilt,
            moving=(self.pan, self.tilt) != (self.goal_pan, self.goal_tilt),
            at_limit=self.at_limit,
            seq=self.seq,
        )


class RoomTrack(MediaStreamTrack):
    """The drawn room, seen through the head."""

    kind = "video"

    def __init__(self, head: Head) -> None:
        super().__init__()
        self._head = head
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        """The next picture, in its time."""
        await asyncio.sleep(1 / FPS)
        self._count += 1
        frame = av.VideoFrame.from_ndarray(view(self._head.pan, self._head.tilt), format="bgr24")
        frame.pts, frame.time_base = self._count * 90000 // FPS, fractions.Fraction(1, 90000)
        return frame


class StandInRobot:
    """One media session. `mute` stops its beats and poses, as a line that breaks does."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.mute = False
        self.pings = 0
        self.seen: list[PageQuality] = []
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # else aiortc asks a public server
        self._motion: Any = None
        self._stills: Any = None
        self._taken = 0
        self._poses: asyncio.Task[None] | None = None

    async def answer(self, offer: str) -> str:
        """The answer to the page's offer, all candidates inside."""
        peer = self._peer
        peer.on("datachannel", self._channel)
        await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for transceiver in peer.getTransceivers():
            track = RoomTrack(self.head) if transceiver.kind == "video" else AudioStreamTrack()
            transceiver.sender.replaceTrack(track)
            transceiver.direction = "sendonly" if transceiver.kind == "video" else "sendrecv"
        await peer.setLocalDescription(await peer.createAnswer())
        self._poses = asyncio.create_task(self._tell_poses(), name="stand-in poses")
        return peer.localDescription.sdp

    @property
    def can_send_stills(self) -> bool:
        """Whether the page's channel for them is open."""
        return self._stills is not None and self._stills.readyState == "open"

    def send_still(self, request: str, left_s: float) -> int:
        """A sharp picture, all of it at once; its number."""
        self._taken += 1
        picture = view(self.head.pan, self.head.tilt)
        height, width = picture.shape[:2]
        data = cv2.imencode(".jpg", picture)[1].tobytes()
        header = StillHeader(
            request=request,
            still=self._taken,
            media_type="image/jpeg",
            bytes=len(data),
            width=width,
            height=height,
            region=WHOLE,
            full_width=width,
            full_height=height,
            look=Look(),
            left_s=left_s,
        )
        self._stills.send(header.model_dump_json())
        for at in range(0, len(data), CHUNK_BYTES):
            self._stills.send(data[at : at + CHUNK_BYTES])
        return self._taken

    async def close(self) -> None:
        """Ends the session without a word."""
        if self._poses is not None:
            self._poses.cancel()
            await asyncio.gather(self._poses, return_exceptions=True)
        await self._peer.close()

    def _channel(self, channel: Any) -> None:
        if channel.label == "motion":
            self._motion = channel
            channel.on("message", lambda text: self.head.aim(json.loads(text)))
        elif channel.label == STILLS_CHANNEL:
            self._stills = channel
        else:
            channel.on("message", lambda text: self._beat(channel, json.loads(text)))

    def _beat(self, channel: Any, message: dict[str, Any]) -> None:
        if message["type"] == "quality":
            self.seen.append(PageQuality.model_validate(message))
        elif message["type"] == "ping" and not self.mute:
            self.pings += 1
            channel.send(json.dumps({"type": "pong", "sent_ms": message["sent_ms"]}))

    async def _tell_poses(self) -> None:
        while True:
            await asyncio.sleep(POSE_EVERY_S)
            self.head.turn(POSE_EVERY_S)
            if self._motion is not None and self._motion.readyState == "open" and not self.mute:
                self._motion.send(self.head.pose().model_dump_json())
