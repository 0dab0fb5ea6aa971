"""Our sender in a process of its own: JSON lines on stdin and stdout.

`{"offer": SDP}` -> `{"answer": SDP}`, one session each; `{"close": true}` ends the oldest one -> `{}`;
`{"count": true}` -> `{"encoded": N}`, pictures so far, of every size together. The end of stdin ends it. With
`--paint-only` the pictures are painted at the same rate and nothing is done with them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections import deque
from typing import Any

from bench.source import StampedSource
from robot_agent import memory
from robot_agent.media.blocks import Block
from robot_agent.media.interfaces import MicrophoneTap, VoiceSink
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.video import VideoPipeline
from robot_agent.media.voice_packet import VoicePacket
from robot_agent.rtc.session import RtcSession, RtcSettings

log = logging.getLogger("bench.ours")

SWITCH_INTERVAL_S = 0.0005  # as in the agent: a busy thread must not delay a block of sound


class NoMicrophone:
    """A `MicrophoneTap` in a room without sound."""

    async def get(self) -> Block:
        await asyncio.Event().wait()
        raise AssertionError("never")

    def close(self) -> None:
        pass


class NoEar:
    """A `VoiceSink` that nobody listens to."""

    def push(self, packet: VoicePacket) -> None:
        pass


class Robot:
    """One picture, one room, and the sessions of everybody who is in it."""

    def __init__(self, rates: RateSettings, room: str | None) -> None:
        self._rates = rates
        self._pipeline = VideoPipeline(StampedSource, rates)
        self._sound = RoomSound(f"socket:{room}", lambda error: log.error("%s", error)) if room else None
        self._encoders = RoomEncoders()
        self._sessions: deque[RtcSession] = deque()

    async def open(self) -> None:
        await self._pipeline.open()
        if self._sound is not None:
            await self._sound.open()

    async def answer(self, words: dict[str, Any]) -> dict[str, Any]:
        if "count" in words:
            return {"encoded": self._pipeline.stats().encoded}
        if "close" in words:
            await self._sessions.popleft().close()
            return {}
        microphone: MicrophoneTap = self._sound.subscribe_microphone() if self._sound else NoMicrophone()
        voice: VoiceSink = self._sound.voice_input if self._sound else NoEar()
        settings = RtcSettings(rates=self._rates)
        session = RtcSession(self._pipeline.subscribe(), microphone, voice, settings=settings, room=self._encoders)
        self._sessions.append(session)
        return {"answer": await session.answer(words["offer"])}

    async def close(self) -> None:
        for session in self._sessions:
            await session.close()
        await self._pipeline.close()
        if self._sound is not None:
            await self._sound.stop()


def paint_only() -> None:
    """Until killed."""
    source, sequence = StampedSource(), -1
    source.open()
    print("{}", flush=True)
    while True:
        frame = source.wait_newer(sequence, 1.0)
        sequence = frame.sequence if frame is not None else sequence


async def serve(rates: RateSettings, room: str | None) -> None:
    """Until the end of stdin."""
    robot = Robot(rates, room)
    await robot.open()
    memory.settle()
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await robot.answer(json.loads(line))), flush=True)
    finally:
        await robot.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.ours", description=__doc__)
    parser.add_argument("--paint-only", action="store_true")
    parser.add_argument("--fixed-bps", type=int, help="send at this rate instead of finding one")
    parser.add_argument("--room", help="socket of the room's sound (bench.room)")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    fixed = options.fixed_bps
    rates = RateSettings(start_bps=fixed, floor_bps=fixed, ceiling_bps=fixed) if fixed else RateSettings()
    if options.paint_only:
        paint_only()
    else:
        asyncio.run(serve(rates, options.room))


if __name__ == "__main__":
    main()
