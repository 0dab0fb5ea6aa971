"""The rescue path's other end for the page's own tests: stills of the drawn room and a tone, and an ear."""

from __future__ import annotations

import asyncio
import struct
import time
from fractions import Fraction

import av
import cv2
import numpy as np
import numpy.typing as npt

from protocol.rescue import RescueFrame, RescueKind
from protocol.signals import Rescue
from tests.web.room_picture import view
from tests.web.stand_in_robot import Head

HEADER = struct.Struct(">BII")  # kind, sequence, milliseconds
STILL, SOUND = 1, 2
PACKET_S = 0.06
STILL_EVERY_S = 0.3
RATE_HZ = 48_000
TONE_HZ = 880.0


class StandInRescue:
    """What the page of one WebSocket asks for and says on the rescue path. Says nothing before it is `open`."""

    def __init__(self, head: Head) -> None:
        self.words: list[Rescue] = []
        self.heard: list[bytes] = []
        self.stills = 0
        self.open = False
        self._head = head
        self._newest = 0

    @property
    def on(self) -> bool:
        """Whether the page wants it."""
        return bool(self.words) and self.words[-1].on

    def hear(self, frame: RescueFrame) -> None:
        """One packet of the page's microphone."""
        assert frame.kind == RescueKind.SOUND
        assert frame.sequence > self._newest  # the page drops what it cannot send in time
        self._newest = frame.sequence
        self.heard.append(frame.body)

    def voice(self) -> npt.NDArray[np.float32]:
        """Everything that the page's microphone said, -1..1 at 48 kHz."""
        decoder = av.CodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = RATE_HZ, "mono"
        frames = [frame for packet in [*self.heard] for frame in decoder.decode(av.Packet(packet))]
        return np.concatenate([frame.to_ndarray().ravel() for frame in frames]).astype(np.float32) / 32768

    async def run(self, send: asyncio.Queue[bytes]) -> None:
        """Puts what the page is to see and hear on the queue, until cancelled."""
        sounds, still_at = 0, -1.0
        packets = _tone_packets()
        while True:
            await asyncio.sleep(PACKET_S)
            if not (self.on and self.open):
                continue
            sounds += 1
            send.put_nowait(self._frame(SOUND, sounds, packets[sounds % len(packets)]))
            seen = max(word.still for word in self.words) == self.stills
            if seen and time.monotonic() - still_at >= STILL_EVERY_S:
                still_at = time.monotonic()
                self.stills += 1
                _, jpeg = cv2.imencode(".jpg", view(self._head.pan, self._head.tilt), [cv2.IMWRITE_JPEG_QUALITY, 60])
                send.put_nowait(self._frame(STILL, self.stills, jpeg.tobytes()))

    def _frame(self, kind: int, sequence: int, body: bytes) -> bytes:
        return HEADER.pack(kind, sequence, int(time.monotonic() * 1000) % 2**32) + body


def _tone_packets() -> list[bytes]:
    """Three seconds of a steady tone in packets of 60 ms; its end fits its beginning."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE_HZ, "mono", "s16"
    encoder.bit_rate, encoder.options = 24_000, {"frame_duration": "60"}
    encoder.time_base = Fraction(1, RATE_HZ)
    encoder.open()
    count = int(PACKET_S * RATE_HZ)
    packets: list[bytes] = []
    for index in range(50):
        at = (np.arange(count) + index * count) / RATE_HZ
        samples = (np.sin(2 * np.pi * TONE_HZ * at) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, index * count
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets
