"""Our sender in a process of its own: JSON lines on stdin and stdout.

`{"offer": SDP}` -> `{"answer": SDP}`; the end of stdin ends it.
With `--paint-only` the pictures are painted at the same rate and nothing is done with them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from bench.source import BITRATE_BPS, StampedSource
from robot_agent.media.blocks import Block
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.video import VideoPipeline
from robot_agent.media.voice_packet import VoicePacket
from robot_agent.rtc.session import RtcSession, RtcSettings


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


def paint_only() -> None:
    """Until killed."""
    source, sequence = StampedSource(), -1
    source.open()
    print("{}", flush=True)
    while True:
        frame = source.wait_newer(sequence, 1.0)
        sequence = frame.sequence if frame is not None else sequence


async def serve() -> None:
    """One session."""
    rates = RateSettings(start_bps=BITRATE_BPS, floor_bps=BITRATE_BPS, ceiling_bps=BITRATE_BPS)
    pipeline = VideoPipeline(StampedSource, rates)
    session = RtcSession(pipeline.subscribe(), NoMicrophone(), NoEar(), settings=RtcSettings(rates=rates))
    await pipeline.open()
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({"answer": await session.answer(json.loads(line)["offer"])}), flush=True)
    finally:
        await session.close()
        await pipeline.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.ours", description=__doc__)
    parser.add_argument("--paint-only", action="store_true")
    if parser.parse_args().paint_only:
        paint_only()
    else:
        asyncio.run(serve())


if __name__ == "__main__":
    main()
