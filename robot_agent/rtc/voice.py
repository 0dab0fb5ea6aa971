"""The far side's voice: from aiortc's packets to ours."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiortc.rtp import RtpPacket

from robot_agent.media.interfaces import VoiceSink
from robot_agent.media.voice_packet import VoicePacket


def voice_receiver(sink: VoiceSink, clock: Callable[[], float] = time.monotonic) -> Callable[[RtpPacket], None]:
    """What to call with each packet of the page's microphone. `clock` is the one that the sink plays by."""

    def deliver(packet: RtpPacket) -> None:
        sink.push(
            VoicePacket(
                ssrc=packet.ssrc,
                sequence=packet.sequence_number,
                timestamp=packet.timestamp,
                marker=bool(packet.marker),
                payload=packet.payload,
                arrived_s=clock(),
            )
        )

    return deliver
