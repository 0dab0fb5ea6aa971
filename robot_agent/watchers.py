"""Everybody who sees and hears the room without holding the robot: let in by `watching.py`, ended when it says so.

They hold no seat and steer nothing: what a watcher's connection sends is thrown away. One task answers offers and
closes what is over, so that the person's own session waits for none of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from protocol.ice import IceServer
from protocol.signals import SignalFromRobot
from protocol.watching import WatchAnswer, WatchEnded, Watcher, WatchHangup, WatchOffer, WatchOver
from robot_agent.devices import Devices
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.video import VideoPipeline
from robot_agent.media.voice_packet import VoicePacket
from robot_agent.rtc.errors import BadOfferError
from robot_agent.rtc.relay_finder import RelayFinder, reach_by
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings, SessionHandlers
from robot_agent.watching import RoomNow, why_not

log = logging.getLogger(__name__)

DEVICES = "watchers"  # by this name they hold camera and microphone
LOOK_INTERVAL_S = 1.0  # how soon it is noticed that a watcher is silent
SILENT_S = 10.0  # a page says a beat a second; one that is gone need not be shown to the room for longer
WAITING_OFFERS = 16  # more is somebody's fault


class NoVoice:
    """Where a watcher's voice goes, should a page send any: nowhere."""

    def push(self, packet: VoicePacket) -> None:
        """See `VoiceSink.push`."""


@dataclass(frozen=True, slots=True)
class WatchOutlets:
    """What the watchers tell the rest of the robot. `watched`: the first is here, or the last is gone."""

    signal: Callable[[SignalFromRobot], Awaitable[None]]
    watched: Callable[[bool], None]
    changed: Callable[[], None]


@dataclass(slots=True)
class _Member:
    offer: WatchOffer
    since_s: float
    rtc: RtcSession | None = None
    over: WatchOver | None = None
    detail: str = ""
    answering: asyncio.Timeout | None = None


class Watchers:
    """Owner of the watchers' connections. `most` of them at a time; `room` says what is true of the robot now."""

    def __init__(
        self,
        robot: str,
        video: VideoPipeline,
        sound: RoomSound,
        devices: Devices,
        encoders: RoomEncoders,
        rtc: RtcSettings,
        own_servers: Sequence[IceServer],
        most: int,
        room: Callable[[], RoomNow],
        outlets: WatchOutlets,
    ) -> None:
        self._robot = robot
        self._video = video
        self._sound = sound
        self._devices = devices
        self._encoders = encoders
        self._elsewhere = RoomEncoders()  # what other rooms hear is another sound; once for all of them
        self._settings = rtc
        self._own_servers = own_servers
        self._most = most
        self._room = room
        self._out = outlets
        self._relays = RelayFinder(lambda words: None)  # the person's own finder tells of faults
        self._asked: deque[WatchOffer] = deque()
        self._members: dict[str, _Member] = {}
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def told(self) -> tuple[Watcher, ...]:
        """Everybody who watches, or is about to."""
        now_s = time.monotonic()
        return tuple(
            Watcher(
                role=member.offer.role,
                name=member.offer.name,
                connection=member.offer.connection,
                since_s=max(0.0, now_s - member.since_s),
                seeing=_is_connected(member),
            )
            for member in self._members.values()
            if member.over is None
        )

    @property
    def seeing(self) -> bool:
        """Whether somebody sees or hears the room this way."""
        return any(_is_connected(member) for member in self._members.values())

    @property
    def heard_elsewhere(self) -> bool:
        """Whether another room listens."""
        return any(_is_connected(member) and member.offer.role == "screen" for member in self._members.values())

    @property
    def connecting(self) -> bool:
        """Whether somebody is about to."""
        return any(member.over is None for member in self._members.values()) and not self.seeing

    async def ask(self, offer: WatchOffer, epoch: str) -> None:
        """Somebody wants to watch; declined at once when too many ask, or the offer is for another epoch."""
        if offer.epoch != epoch:
            await self._say_ended(offer.connection, WatchOver.OTHER_EPOCH)
        elif len(self._asked) >= WAITING_OFFERS:
            await self._say_ended(offer.connection, WatchOver.FULL, "too many ask at once")
        else:
            self._asked.append(offer)
            self._news.set()

    def hang_up(self, hangup: WatchHangup) -> None:
        """The service says that a watcher is gone."""
        waiting = [offer for offer in self._asked if offer.connection == hangup.connection]
        for offer in waiting:
            self._asked.remove(offer)
        if (member := self._members.get(hangup.connection)) is not None:
            self._end(member, WatchOver.LEFT)

    def review(self) -> None:
        """Something of the room changed: whoever may no longer watch sees and hears nothing from now on."""
        now = self._room()
        for member in self._members.values():
            why = why_not(member.offer, now)
            if why is not None:
                self._end(member, why)

    async def stop(self) -> None:
        """The robot stops, as `room` says by now; returns when all have been told and closed."""
        self.review()
        await self._empty.wait()

    async def run(self) -> None:
        """Serves until cancelled; no connection is left."""
        try:
            while True:
                await self._wait()
                self._look(time.monotonic())
                await self._close_what_is_over()
                if self._asked:
                    await self._consider(self._asked.popleft())
                elif self._members and self._devices.sound_is_due:
                    await self._devices.mend()
        finally:
            await self._relays.close()
            await asyncio.gather(*(member.rtc.close() for member in self._members.values() if member.rtc))
            self._members.clear()
            await self._devices.release(DEVICES)

    async def _wait(self) -> None:
        if not self._asked:
            try:
                async with asyncio.timeout(LOOK_INTERVAL_S if self._members else None):
                    await self._news.wait()
            except TimeoutError:
                pass
        self._news.clear()

    def _look(self, now_s: float) -> None:
        for member in self._members.values():
            heard_s = max(member.since_s, (member.rtc.last_beat_s if member.rtc else None) or 0.0)
            if now_s - heard_s > SILENT_S:
                self._end(member, WatchOver.LOST)

    async def _consider(self, offer: WatchOffer) -> None:
        why = why_not(offer, self._room())
        if why is None and offer.connection in self._members:
            why = WatchOver.BAD_OFFER
        if why is None and len(self._members) >= self._most:
            why = WatchOver.FULL
        if why is not None:
            log.info("%s may not watch: %s", offer.name, why.value)
            await self._say_ended(offer.connection, why)
            return
        member = self._members[offer.connection] = _Member(offer, time.monotonic())
        self._empty.clear()
        self._out.changed()
        if len(self._members) == 1:
            self._out.watched(True)
        await self._devices.hold(DEVICES)
        sdp = await self._answer(member)
        if member.over is None and sdp is not None:
            log.info("%s watches (%s)", offer.name, offer.role)
            await self._out.signal(WatchAnswer(robot=self._robot, connection=offer.connection, sdp=sdp))

    async def _answer(self, member: _Member) -> str | None:
        """The answer; None when the watcher is over, which the task then closes with others."""
        if member.over is not None:
            return None
        try:
            async with asyncio.timeout(None) as member.answering:  # ends early by `_end` alone
                return await self._negotiate(member)
        except BadOfferError as error:
            member.detail, member.answering = str(error)[:300], None
            self._end(member, WatchOver.BAD_OFFER)
        except TimeoutError:
            member.answering = None
            self._end(member, WatchOver.MEDIA_FAILED)  # unless `_end` has said already why
        finally:
            member.answering = None
        return None

    async def _negotiate(self, member: _Member) -> str:
        reach = await reach_by(self._relays, self._own_servers, member.offer.ice)

        def on_state(state: MediaState) -> None:
            if state is MediaState.FAILED:
                self._end(member, WatchOver.MEDIA_FAILED)
            self._out.changed()

        elsewhere = member.offer.role == "screen"
        microphone = self._sound.subscribe_elsewhere() if elsewhere else self._sound.subscribe_microphone()
        encoders = self._elsewhere if elsewhere else self._encoders
        video = self._video.subscribe(guest=True)
        settings = replace(self._settings, reach=reach, rates=self._rates())
        handlers = SessionHandlers(on_state=on_state)
        member.rtc = RtcSession(video, microphone, NoVoice(), handlers, settings, encoders)
        return await member.rtc.answer(member.offer.sdp)

    def _rates(self) -> RateSettings:
        """A guest begins with what is sent anyway: it has no say on it, and finds out whether its line carries it."""
        rates = self._settings.rates
        return replace(rates, start_bps=min(max(rates.start_bps, self._video.stats().bitrate_bps), rates.ceiling_bps))

    def _end(self, member: _Member, why: WatchOver) -> None:
        """Nothing of the room goes out to this one any more, at once; the task closes up."""
        if member.over is not None:
            return
        member.over = why
        if member.rtc is not None:
            member.rtc.silence()
        if member.answering is not None:
            member.answering.reschedule(asyncio.get_running_loop().time())
        self._news.set()
        self._out.changed()

    async def _close_what_is_over(self) -> None:
        over = [member for member in self._members.values() if member.over is not None]
        if not over:
            return
        for member in over:
            del self._members[member.offer.connection]
            log.info("%s watches no longer: %s", member.offer.name, member.over)
        if not self._members:
            await self._devices.release(DEVICES)
            self._out.watched(False)
        for member in over:
            await self._say_ended(member.offer.connection, member.over or WatchOver.LEFT, member.detail)
        await asyncio.gather(*(member.rtc.close() for member in over if member.rtc is not None))
        if not self._members:
            self._empty.set()
        self._out.changed()

    async def _say_ended(self, connection: str, reason: WatchOver, detail: str = "") -> None:
        await self._out.signal(WatchEnded(robot=self._robot, connection=connection, reason=reason, detail=detail))


def _is_connected(member: _Member) -> bool:
    return member.over is None and member.rtc is not None and member.rtc.state is MediaState.CONNECTED
