"""How media leave: paced, numbered for the far side's reports, sent again where it helps, as fast as the line bears."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle

from robot_agent.media.interfaces import VIDEO_CLOCK_HZ, EncodedFrame, VideoTap
from robot_agent.media.rate.control import PACING, RateControl, RateSettings
from robot_agent.media.rate.pacer import Pacer
from robot_agent.media.rate.packets import LineEstimate
from robot_agent.rtc import patches
from robot_agent.rtc.errors import BadFeedbackError
from robot_agent.rtc.history import REMEMBERED, PacketHistory
from robot_agent.rtc.negotiation import Section
from robot_agent.rtc.pace import pace_bps
from robot_agent.rtc.playout import PlayoutRule
from robot_agent.rtc.protection import Protection
from robot_agent.rtc.retransmission import Needed, RetransmissionGuard
from robot_agent.rtc.round_trip import RoundTrip
from robot_agent.rtc.rtp_packets import as_retransmission, is_rtcp, payload_start, sequence_time_ssrc, set_sequence
from robot_agent.rtc.sent_packets import SentPackets
from robot_agent.rtc.transport_feedback import parse_transport_feedback

ASSUMED_RTT_S = 0.1  # until the first report or beat comes back
TICK_S = 0.05  # how often rate and probes are looked at when nothing else happens
AGE_WEIGHT = 0.1  # of a new picture in the mean age: a third of a second
BREATH_PACKETS = 8  # sent in one go, 0.5 ms; then whoever else waits for the event loop (the sound) has a turn
COPY_GAP_S = 0.02  # before the second copy: what hits two packets in a row on the air is over by then
BATCH_S = 0.004  # packets that are due closer together leave together: each waking costs as much as sending one


@dataclass(slots=True)
class _Packet:
    """`fresh`: of a picture, not sent before. `begins_key`: the first of a key frame. `copies` are to follow."""

    data: bytearray
    fresh: bool = False
    begins_key: bool = False
    copies: int = 0


class Uplink:
    """The sending side of one connection. Implements `patches.SenderFeedback`; belongs to one event loop.

    `attach` before the answer, `run` as a task of the owner's until the connection ends.
    """

    def __init__(self, video: VideoTap, rates: RateSettings, beat_rtt_s: Callable[[], float | None]) -> None:
        """`beat_rtt_s` is the page's own round trip, used until the first receiver report tells one."""
        self._video = video
        self._beat_rtt_s = beat_rtt_s
        self.rate = RateControl(rates)
        self.guard = RetransmissionGuard()
        self._pacer: Pacer[_Packet] = Pacer(self.rate.pacing_bps)
        self._sent = SentPackets()
        self._history = PacketHistory()
        self._round_trip = RoundTrip()
        self._playout = PlayoutRule()
        self._protection = Protection()
        self._later: deque[tuple[float, int]] = deque(maxlen=REMEMBERED)
        self._tick_due_s = 0.0
        self._told: tuple[int, bool] | None = None
        self._wake = asyncio.Event()
        self._wire: patches.SendBytes | None = None
        self._extensions: dict[int, patches.FixedExtensionsMap] = {}
        self._picture: Section | None = None
        self._picture_source = self._rtx_source = -1
        self._rtx_sequence = 0
        self._sequence: int | None = None
        self._timestamp: int | None = None
        self._needed = Needed()
        self._frame: EncodedFrame | None = None
        self._copies = 0
        self._silent = False
        self.picture_bytes = 0
        self.protected = 0
        self.bad_feedback = 0
        self.frame_age_s: float | None = None  # from a picture's arrival to its last packet, smoothed

    @property
    def line(self) -> LineEstimate:
        """The line as it looks now."""
        return self.rate.line()

    @property
    def line_bps(self) -> float:
        """What the whole line is believed to carry, bit/s."""
        return self.rate.line_bps

    def reserve(self, bps: int) -> None:
        """From now on the moving picture leaves so much of the line to a still, bit/s."""
        if bps != self.rate.still_bps:
            self.rate.still_bps = bps
            self._follow()

    @property
    def rtt_s(self) -> float:
        """The way there and back, as far as it is known: what a retransmission takes."""
        return self._round_trip.shortest_s or self._beat_rtt_s() or ASSUMED_RTT_S

    def on_check(self, rtt_s: float) -> None:
        """What a connectivity check took, there and back: the first that is known of the way."""
        self._round_trip.on_sight(rtt_s)
        if self._frame is None:  # the first picture has the size that is left when it is copied
            self._protect(self.line)
            self._follow()

    @property
    def queued_s(self) -> float:
        """How long what waits here takes to leave."""
        return self._pacer.queued_s

    @property
    def playout_delay(self) -> patches.FixedExtensionsMap | None:
        """What the browser is told of buffering; None where it does not know the extension."""
        extensions = self._extensions.get(self._picture_source)
        return extensions if extensions is not None and extensions.has_playout_delay else None

    def attach(self, sections: Mapping[str, Section]) -> None:
        """Take over the senders of picture and sound. Call between `setRemoteDescription` and `createAnswer`."""
        for section in sections.values():
            source, again = patches.sources(section.transceiver.sender)
            self._extensions[source] = patches.teach_extensions(section.transceiver, section.offered)
            if section.transceiver.kind == "video":
                self._picture, self._picture_source, self._rtx_source = section, source, again
                self._extensions[again] = self._extensions[source]
        leading = self._picture or next(iter(sections.values()), None)
        if leading is None:
            return
        sender = leading.transceiver.sender
        patches.deliver_feedback(sender, self)
        patches.deliver_transport_feedback(sender.transport, self.on_transport_feedback)
        self._wire = patches.take_over_sending(sender.transport, self._leave)
        if self._picture is not None:
            patches.deliver_nacks(sender, self.on_nack)
            self._video.set_bitrate(self.rate.target_bps)

    def silence(self) -> None:
        """No packet of picture or sound leaves any more, also of those that wait here or are asked for again."""
        self._silent = True

    def on_frame(self, frame: EncodedFrame) -> None:
        """The packets that come next are this picture's."""
        self._frame = frame
        age_s = time.monotonic() - frame.pts_90k / VIDEO_CLOCK_HZ + self.queued_s
        known_s = age_s if self.frame_age_s is None else self.frame_age_s
        self.frame_age_s = known_s + (age_s - known_s) * AGE_WEIGHT
        line, protection = self.line, self._protection
        self._protect(line)
        self._copies = protection.copies or int(frame.key and protection.copies_key_frame(len(frame.data)))
        self.protected += self._copies > 0
        self._set_pace(line)

    def _protect(self, line: LineEstimate) -> None:
        self._protection.look(line, self.rtt_s, self.rate.target_bps, self.rate.room_bps, time.monotonic())

    async def run(self) -> None:
        """Send what is due, until the connection is gone."""
        in_one_go = 0
        while True:
            now_s = time.monotonic()
            packet = self._pacer.pop(now_s)
            if packet is not None:
                try:
                    await self._transmit(packet, now_s, self._pacer.cluster)
                except ConnectionError:
                    return  # closed under us; the session hears of it by the connection's state
                in_one_go += 1
                if in_one_go % BREATH_PACKETS == 0:
                    await asyncio.sleep(0)
            elif not self._pad(now_s):
                await self._rest(now_s)
                self._tick(time.monotonic())

    # what the library hands over

    async def _leave(self, data: bytes) -> None:
        """In place of the transport's own sending. Raises ConnectionError while it is not connected."""
        assert self._wire is not None
        now_s = time.monotonic()
        if is_rtcp(data):
            self._round_trip.on_sending(data, now_s)
            await self._wire(data)
            return
        sequence, timestamp, source = sequence_time_ssrc(data)
        if source == self._picture_source:
            if self._sequence is None:
                self._sequence = sequence
            key = self._frame is not None and self._frame.key
            begins_key = key and timestamp != self._timestamp
            self._timestamp = timestamp
            packet = _Packet(bytearray(data), fresh=True, begins_key=begins_key, copies=self._copies)
            if self._pacer.push(packet, len(data), "fresh", now_s, frame=timestamp, key=key):
                self._wake.set()
        elif source in self._extensions:
            await self._transmit(_Packet(bytearray(data)), now_s, None)  # sound never waits
        else:
            await self._wire(data)

    async def _transmit(self, packet: _Packet, now_s: float, probe: int | None) -> None:
        assert self._wire is not None
        if self._silent:
            return
        if packet.fresh:
            self._number(packet.data)
        sequence, _, source = sequence_time_ssrc(packet.data)
        layout = self._extensions[source].layout
        if layout.transport_at is None:
            layout.stamp(packet.data, 0, now_s)
        else:
            layout.stamp(packet.data, self._sent.assign(len(packet.data), now_s, probe), now_s)
        data = bytes(packet.data)
        if packet.fresh:
            self._history.remember(sequence, data, now_s)
            self.picture_bytes += len(data) - payload_start(data)
            if packet.begins_key:
                self._needed.begin(sequence)
            self._needed.sent(sequence)
        if packet.copies:
            self._push_copy(sequence, data, now_s)
            if packet.copies > 1:
                self._later.append((now_s + COPY_GAP_S, sequence))
        await self._wire(data)

    def _push_copy(self, sequence: int, data: bytes, now_s: float) -> None:
        self.guard.note(sequence, now_s)  # under way before the far side can ask for it
        self._push_again(data, now_s)

    def _push_again(self, data: bytes, now_s: float) -> None:
        again = self._again(data)
        self._pacer.push(again, len(again.data), "retransmission", now_s)

    def _number(self, packet: bytearray) -> None:
        """The picture's numbers follow what leaves: a picture that the pacer dropped is not asked for as lost."""
        assert self._sequence is not None
        set_sequence(packet, self._sequence)
        self._sequence = (self._sequence + 1) & 0xFFFF

    # what the far side says

    def on_key_frame_request(self) -> None:
        """The browser cannot decode (PLI or FIR)."""
        self._video.request_key_frame()

    def on_remb(self, bps: int) -> None:
        """The browser's estimate of the line."""
        self.rate.on_remb(bps, time.monotonic())
        self._follow()

    def on_report(self, report: patches.ReceptionReport) -> None:
        """A receiver report of the picture (of the sound when there is no picture)."""
        now_s = time.monotonic()
        rtt_s = self._round_trip.on_report(report.lsr, report.dlsr, now_s)
        self.rate.on_report(report.loss, now_s, rtt_s if rtt_s is not None else self._beat_rtt_s())
        self._follow()

    def on_transport_feedback(self, packet: bytes) -> None:
        """A report on all packets of the connection, whole."""
        try:
            results = self._sent.settle(parse_transport_feedback(packet))
        except BadFeedbackError:
            self.bad_feedback += 1
            return
        self.rate.on_feedback(results, time.monotonic())
        if (rtt_s := self.line.rtt_s) is not None:
            self._round_trip.on_sight(rtt_s)
        if self.rate.take_return():
            self._video.request_key_frame()  # what was sent into the silence is lost
        self._tick_due_s = 0.0
        self._wake.set()  # the report may call for a probe

    def on_nack(self, sequence: int) -> None:
        """The far side misses a packet of the picture."""
        sent, now_s = self._history.get(sequence), time.monotonic()
        if sent is None or self.guard.is_too_old(now_s - sent[1], self.rtt_s):
            self._give_up(sequence)
            return
        data, age_s = sent[0], now_s - sent[1]
        times = 2 if self._protection.copies else 1  # one that is lost again costs another round trip
        if self.guard.allow(sequence, times * len(data), age_s, self.rtt_s, self.rate.target_bps, now_s):
            self._push_again(data, now_s)
            if times > 1:
                self._later.append((now_s + COPY_GAP_S, sequence))
            self._wake.set()

    def _give_up(self, sequence: int) -> None:
        if self._sequence is not None and sequence in self._needed:
            self._needed.begin(self._sequence)
            self._video.request_key_frame()

    # the clock

    def _tick(self, now_s: float) -> None:
        if self._pacer.take_key_frame_wanted():
            self._video.request_key_frame()
        while self._later and self._later[0][0] <= now_s:
            _, sequence = self._later.popleft()
            if (sent := self._history.get(sequence)) is not None:
                self._push_copy(sequence, sent[0], now_s)
        if now_s >= self._tick_due_s:
            self._tick_due_s = now_s + TICK_S
            self._look(now_s)

    def _look(self, now_s: float) -> None:
        # without a packet that was sent there is nothing to pad a probe with
        if len(self._history):
            probe = self.rate.next_probe(now_s, self._sent.unanswered_s)
            if probe is not None:
                self._pacer.start_probe(probe, now_s)
        if (playout := self.playout_delay) is not None:
            limits = self._playout.limits(self.line, self.rtt_s, now_s)
            if limits != playout.playout_ms:
                playout.set_playout(*limits)
        self._follow()

    def _follow(self) -> None:
        line = self.line
        if self._picture is not None:
            target_bps = self.rate.target_bps
            strained = target_bps <= self.rate.settings.floor_bps and line.congested
            told = self._protection.picture_bps(target_bps, self.rate.room_bps), strained
            if told != self._told:
                self._told = told
                self._video.set_bitrate(told[0], strained=strained)
        self._set_pace(line)

    def _set_pace(self, line: LineEstimate) -> None:
        times = 1 + self._copies
        size = 0 if self._frame is None else len(self._frame.data) * times
        pacing_bps = self.rate.pacing_bps
        if times > 1 and self._told is not None:
            pacing_bps = max(pacing_bps, int(PACING * (self._told[0] * times + self.rate.sound_bps)))
        self._pacer.set_rate(pace_bps(pacing_bps, size, line))

    def _pad(self, now_s: float) -> bool:
        """Whether padding for a probe was put in: copies of the newest packets, which the receiver throws away."""
        wanted = self._pacer.padding_wanted(now_s)
        if wanted <= 0 or not len(self._history):
            return False
        pushed = False
        for data in cycle(list(self._history.newest_first())):
            padding = self._again(data)
            if not self._pacer.push(padding, len(padding.data), "padding", now_s):
                break
            pushed = True
            wanted -= len(padding.data)
            if wanted <= 0:
                break
        return pushed

    def _again(self, data: bytes) -> _Packet:
        """A copy to be sent again: as retransmission where the far side knows them, as it was where not."""
        assert self._picture is not None
        payload_type = patches.retransmission_type(self._picture.transceiver.sender)
        if payload_type is None:
            return _Packet(bytearray(data))
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        return _Packet(as_retransmission(data, payload_type, self._rtx_source, self._rtx_sequence))

    async def _rest(self, now_s: float) -> None:
        due_s = self._pacer.next_due_s(now_s)
        wait_s = TICK_S if due_s is None else min(TICK_S, max(0.0, due_s - now_s))
        if due_s is not None and not self._pacer.probing:
            wait_s = max(wait_s, BATCH_S)
        timer = asyncio.get_running_loop().call_later(wait_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        self._wake.clear()
