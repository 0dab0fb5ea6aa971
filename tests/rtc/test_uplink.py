"""The way out over the library's own senders, with a wire that remembers in place of the transport."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters as Extension
from aiortc.rtcrtpparameters import RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from robot_agent.media.interfaces import EncodedFrame
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.rate.packets import LineEstimate, Probe
from robot_agent.rtc import patches, protection, retransmission
from robot_agent.rtc.negotiation import Section
from robot_agent.rtc.rtp_packets import MID_URI, PLAYOUT_DELAY_URI, SEND_TIME_URI, TRANSPORT_CC_URI
from robot_agent.rtc.uplink import COPY_GAP_S, Uplink
from tests.rtc.parts import until

NUMBERS = {TRANSPORT_CC_URI: 4, SEND_TIME_URI: 2, MID_URI: 9, PLAYOUT_DELAY_URI: 5}
AGREED = RTCRtpParameters(headerExtensions=[Extension(id=n, uri=uri) for uri, n in NUMBERS.items()], muxId="0")
RTX_TYPE = 109
NEAR_S, FAR_S = 0.14, 0.2  # the way there and back: below and above what makes copies of everything pay
LOSSY = LineEstimate(rtt_s=FAR_S, loss=0.05, jitter_s=0.001, queue_s=0.0, congested=False, source="feedback")


class Tap:
    """A `VideoTap` of which only the wishes matter."""

    def __init__(self) -> None:
        self.bps: list[int] = []
        self.key_frames = 0
        self.strained = False

    async def get(self) -> EncodedFrame:
        raise NotImplementedError

    def request_key_frame(self) -> None:
        self.key_frames += 1

    def set_bitrate(self, bps: int, strained: bool = False) -> None:
        self.bps.append(bps)
        self.strained = strained

    def close(self) -> None: ...


@dataclass
class Bench:
    """An uplink whose packets end in `sent`."""

    uplink: Uplink
    picture: patches.RTCRtpSender
    sound: patches.RTCRtpSender
    tap: Tap
    sent: list[tuple[float, RtpPacket]] = field(default_factory=list)
    sequence: int = 100

    async def frame(self, size: int, key: bool = False, timestamp: int = 0) -> None:
        """A picture, packetised as the library does it."""
        self.uplink.on_frame(EncodedFrame(bytes(size), timestamp, key))
        for at in range(0, size, 1200):
            packet = RtpPacket(108, sequence_number=self.sequence, timestamp=timestamp, ssrc=self.picture._ssrc)
            packet.payload, packet.marker = bytes(min(1200, size - at)), int(at + 1200 >= size)
            self.sequence = (self.sequence + 1) % 2**16
            await self.picture.transport._send_rtp(packet.serialize(extensions_of(self.picture)))

    async def speak(self) -> None:
        packet = RtpPacket(111, sequence_number=1, ssrc=self.sound._ssrc, payload=b"opus")
        await self.sound.transport._send_rtp(packet.serialize(extensions_of(self.sound)))

    def of(self, ssrc: int) -> list[RtpPacket]:
        return [packet for _, packet in self.sent if packet.ssrc == ssrc]


def extensions_of(sender: patches.RTCRtpSender) -> HeaderExtensionsMap:
    found: HeaderExtensionsMap = sender._RTCRtpSender__rtp_header_extensions_map  # type: ignore[attr-defined]
    return found


@asynccontextmanager
async def bench(start_bps: int = 300_000, rtt_s: float = NEAR_S) -> AsyncIterator[Bench]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    picture, sound = peer.addTransceiver("video"), peer.addTransceiver("audio")
    sound.sender.setTransport(picture.sender.transport)
    tap, known = Tap(), HeaderExtensionsMap()
    known.configure(AGREED)
    uplink = Uplink(tap, RateSettings(start_bps=start_bps), lambda: rtt_s)
    one = Bench(uplink, picture.sender, sound.sender, tap)

    async def wire(data: bytes) -> None:
        one.sent.append((time.monotonic(), RtpPacket.parse(data, known)))

    picture.sender.transport._send_rtp = wire  # type: ignore[method-assign]
    uplink.attach({"video": Section(picture, AGREED), "audio": Section(sound, AGREED)})
    for sender in (picture.sender, sound.sender):
        extensions_of(sender).configure(AGREED)
    picture.sender._RTCRtpSender__rtx_payload_type = RTX_TYPE  # type: ignore[attr-defined]
    task = asyncio.create_task(uplink.run(), name="uplink")
    try:
        yield one
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await peer.close()


async def test_a_picture_leaves_evenly_and_sound_overtakes_it() -> None:
    async with bench() as one:
        await one.frame(12_000, key=True)
        await one.speak()
        assert len(one.of(one.sound._ssrc)) == 1
        await until(lambda: len(one.of(one.picture._ssrc)) == 10, "the whole picture")
        sequence = [packet.sequence_number for packet in one.of(one.picture._ssrc)]
        assert sequence == list(range(100, 110))
        took_s = one.sent[-1][0] - one.sent[0][0]
        assert took_s > 0.5 * 9 * 1200 * 8 / one.uplink.rate.pacing_bps
        numbers = [packet.extensions.transport_sequence_number for _, packet in one.sent]
        assert numbers == list(range(11))  # one count for the whole connection, in the order of leaving
        assert one.uplink.picture_bytes == 12_000


async def test_a_picture_leaves_at_once_on_a_clean_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench() as one:
        clean = LineEstimate(0.001, 0.0, 0.0, 0.0, False, "feedback")
        monkeypatch.setattr(one.uplink.rate, "line", lambda: clean)
        began_s = time.monotonic()
        await one.frame(60_000, key=True)
        await until(lambda: len(one.of(one.picture._ssrc)) == 50, "the whole picture")
        evenly_s = 49 * 1200 * 8 / one.uplink.rate.pacing_bps
        assert one.sent[-1][0] - began_s < evenly_s / 2


async def test_a_lost_packet_is_sent_again_once_behind_what_is_fresh() -> None:
    async with bench() as one:
        await one.frame(2400)
        await until(lambda: len(one.sent) == 2, "the first picture")
        await one.frame(2400, timestamp=3000)
        for _ in range(5):
            one.uplink.on_nack(100)
        one.uplink.on_nack(20)  # before the first one
        await until(lambda: len(one.sent) == 5, "the second picture and the retransmission")
        again = one.sent[-1][1]
        assert (again.ssrc, again.payload_type) == (one.picture._rtx_ssrc, RTX_TYPE)
        assert struct.unpack_from("!H", again.payload)[0] == 100
        assert again.extensions.transport_sequence_number == 4
        assert one.uplink.guard.allowed == 1


async def test_a_packet_that_is_lost_for_good_brings_one_key_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retransmission, "MIN_MAX_AGE_S", -1.0)
    monkeypatch.setattr(retransmission, "MAX_AGE_RTTS", 0.0)  # everything is too old
    async with bench() as one:
        await one.frame(2400, key=True)
        await one.frame(2400, timestamp=3000)
        await until(lambda: len(one.of(one.picture._ssrc)) == 4, "both pictures")
        for sequence in (102, 101, 102, 103):
            one.uplink.on_nack(sequence)
        assert one.tap.key_frames == 1  # and not one for each of them
        await one.frame(2400, key=True, timestamp=6000)
        await until(lambda: len(one.of(one.picture._ssrc)) == 6, "the key frame")
        one.uplink.on_nack(103)
        assert one.tap.key_frames == 1  # what was before it is needed no more
        one.uplink.on_nack(105)
        assert one.tap.key_frames == 2
        assert one.uplink.guard.allowed == 0


async def test_what_the_pacer_drops_leaves_no_gap() -> None:
    async with bench() as one:
        one.sequence = 65_530
        await one.frame(60_000, key=True)
        for n in range(40):  # far more than the line takes while the key frame leaves
            await one.frame(12_000, timestamp=3000 * (n + 1))
        await until(lambda: one.tap.key_frames > 0, "the wish for a key frame")
        await one.frame(2400, key=True, timestamp=900_000)
        await until(lambda: any(p.timestamp == 900_000 and p.marker for _, p in one.sent), "the key frame")
        numbers = [packet.sequence_number for packet in one.of(one.picture._ssrc)]
        assert numbers == [(65_530 + n) % 2**16 for n in range(len(numbers))]
        assert len(numbers) < 52 + 40 * 10


async def test_a_key_frame_is_sent_twice_on_a_lossy_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "FREEZE_RTT_S", 9.0)
    async with bench(start_bps=1_500_000, rtt_s=FAR_S) as one:
        monkeypatch.setattr(one.uplink.rate, "line", lambda: LOSSY)
        await one.frame(6000, key=True)
        await one.frame(2400, timestamp=3000)
        await until(lambda: len(one.sent) == 5 + 2 + 5, "both pictures and the copies")
        copies = [struct.unpack_from("!H", packet.payload)[0] for packet in one.of(one.picture._rtx_ssrc)]
        assert copies == [100, 101, 102, 103, 104]
        assert [packet.ssrc for _, packet in one.sent[:5]] == [one.picture._ssrc] * 5
        assert one.uplink.protected == 1
        one.uplink.on_nack(102)  # the copy is the answer
        assert one.uplink.guard.refused == 1


async def test_every_picture_is_sent_three_times_on_a_long_lossy_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(start_bps=2_000_000, rtt_s=FAR_S) as one:
        monkeypatch.setattr(one.uplink.rate, "line", lambda: LOSSY)
        await one.frame(2400)
        await until(lambda: len(one.sent) == 6, "the picture and its copies")
        sources = [one.picture._ssrc] * 2 + [one.picture._rtx_ssrc] * 4
        assert [packet.ssrc for _, packet in one.sent] == sources  # what is fresh waits for no copy
        again = [struct.unpack_from("!H", packet.payload)[0] for packet in one.of(one.picture._rtx_ssrc)]
        assert again == [100, 101, 100, 101]
        assert one.sent[4][0] - one.sent[1][0] >= COPY_GAP_S / 2
        assert one.uplink.protected == 1
        await until(lambda: one.tap.bps[-1] == protection.PICTURE_BPS, "what the copies leave for the encoder")


async def test_what_is_asked_for_on_a_long_lossy_line_is_sent_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(start_bps=600_000, rtt_s=FAR_S) as one:
        monkeypatch.setattr(one.uplink.rate, "line", lambda: LOSSY)
        await one.frame(1200)
        await until(lambda: len(one.sent) == 2, "the picture and its copy")
        monkeypatch.setattr(retransmission, "RTT_SHARE", 0.0)
        await asyncio.sleep(2 * retransmission.MIN_REPEAT_S)
        one.uplink.on_nack(100)
        await until(lambda: len(one.sent) == 4, "two answers")
        assert len(one.of(one.picture._rtx_ssrc)) == 3
        assert one.uplink.guard.allowed == 1


async def test_a_far_line_is_guarded_before_the_first_report() -> None:
    async with bench() as one:
        one.uplink.on_check(FAR_S)
        assert one.tap.bps[-1] == one.uplink.rate.room_bps // 2  # what the first picture is made for
        await one.frame(2400, key=True)
        await until(lambda: len(one.sent) == 4, "the first picture and its copy")


async def test_the_tap_hears_of_its_rate_when_it_changes() -> None:
    async with bench() as one:
        one.uplink.on_remb(200_000)
        told = len(one.tap.bps)
        for _ in range(20):
            one.uplink.on_remb(200_000)
        assert len(one.tap.bps) == told
        one.uplink.on_remb(150_000)
        assert len(one.tap.bps) == told + 1


async def test_the_playout_delay_follows_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(rtt_s=FAR_S) as one:
        assert one.uplink.playout_delay is not None
        monkeypatch.setattr(one.uplink.rate, "line", lambda: LOSSY)
        playout = one.uplink.playout_delay
        await until(lambda: playout.playout_ms == (10, 280), "limits for a lossy line with a round trip of 200 ms")


async def test_a_probe_is_filled_with_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench() as one:
        probes = [Probe(cluster=3, rate_bps=2_000_000, bytes=6000)]
        monkeypatch.setattr(one.uplink.rate, "next_probe", lambda now_s, unanswered_s: probes.pop() if probes else None)
        await asyncio.sleep(0.12)
        assert len(probes) == 1  # nothing was sent yet that could fill it
        await one.frame(1200)
        await until(lambda: sum(len(packet.payload) for _, packet in one.sent) >= 6000, "the probe")
        assert len(one.of(one.picture._ssrc)) == 1
        copies = one.of(one.picture._rtx_ssrc)
        assert len({packet.sequence_number for packet in copies}) == len(copies) >= 4
        heard = list[int | None]()
        monkeypatch.setattr(one.uplink.rate, "on_feedback", lambda r, now_s: heard.extend(x.probe for x in r))
        count = len(one.sent)
        body = struct.pack("!LLHHL", 1, 2, 0, count, 0) + struct.pack("!H", 0x2000 | count) + bytes([4] * count)
        body += bytes(-len(body) % 4)
        one.uplink.on_transport_feedback(struct.pack("!BBH", 0x8F, 205, len(body) // 4) + body)
        assert heard.count(3) >= 4
        one.uplink.on_transport_feedback(b"junk")
        assert one.uplink.bad_feedback == 1


async def test_after_a_silence_a_key_frame_is_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench() as one:
        await one.frame(1200)
        await until(lambda: len(one.sent) == 1, "the picture")
        report = struct.pack("!BBHLLHHLHBx", 0x8F, 205, 5, 1, 2, 0, 1, 0, 0x2001, 4)
        one.uplink.on_transport_feedback(report)
        assert one.uplink.bad_feedback == 0
        assert one.tap.key_frames == 0
        returns = [True]
        monkeypatch.setattr(one.uplink.rate, "take_return", lambda: bool(returns and returns.pop()))
        for _ in range(3):
            one.uplink.on_transport_feedback(report)
        assert one.tap.key_frames == 1


async def test_between_two_stills_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench() as one:
        asked = list[float | None]()
        monkeypatch.setattr(one.uplink.rate, "next_probe", lambda now_s, unanswered_s: asked.append(unanswered_s))
        await one.frame(1200)
        await until(lambda: bool(asked), "a look at the line")
        assert asked[-1] is not None
        one.uplink.on_transport_feedback(struct.pack("!BBHLLHHLHBx", 0x8F, 205, 5, 1, 2, 0, 1, 0, 0x2001, 4))
        await until(lambda: asked[-1] is None, "all that was sent is told of")


async def test_reports_steer_the_picture() -> None:
    async with bench() as one:
        one.uplink.on_remb(250_000)
        one.uplink.on_report(patches.ReceptionReport(loss=0.0, jitter=0, lsr=0, dlsr=0))
        assert one.tap.bps[-1] < 300_000
        assert not one.tap.strained
        one.uplink.on_remb(100_000)
        for _ in range(3):
            one.uplink.on_report(patches.ReceptionReport(loss=0.5, jitter=0, lsr=0, dlsr=0))
        assert one.tap.bps[-1] == RateSettings().floor_bps
        assert one.tap.strained
        one.uplink.on_key_frame_request()
        assert one.tap.key_frames == 1
