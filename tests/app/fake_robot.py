"""A robot as the service meets it: speaks MQTT through the real broker, with nothing behind it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import aiomqtt

from protocol.base import Wire, parse
from protocol.cancellation import heed_cancellation
from protocol.commands import (
    ChoicesApplied,
    Command,
    Done,
    EndForPerson,
    EndSession,
    FloorApplied,
    GiveFloor,
    HandApplied,
    LeaderCommand,
    LookApplied,
    LookAt,
    LowerHand,
    MarkSeen,
    MoodApplied,
    PrivateApplied,
    RaiseHand,
    Refusal,
    Refused,
    SessionEnded,
    SetChoices,
    SetMood,
    SetPrivate,
    SetVolume,
    Speak,
    SpeechQueued,
    VolumeApplied,
)
from protocol.events import SessionClosed
from protocol.live import FarSetPoint
from protocol.meeting import EndMeeting, MeetingEnded, MeetingMode, MeetingModeApplied, SetMeetingMode
from protocol.rescue import RescueFrame, RescueParcel
from protocol.signals import Answer, Beat, Declined, Ended, EndReason, Hangup, Offer, TurnedAway
from protocol.state import (
    CameraView,
    Eyes,
    HandLight,
    HandState,
    HeadLimits,
    HeadPlace,
    Offline,
    Online,
    QualityState,
    RobotState,
    SessionState,
)
from protocol.topics import (
    COMMAND,
    EVENT,
    PRESENCE,
    REPLY,
    RESCUE_IN,
    RESCUE_OUT,
    ROLL_CALL,
    SET_POINT,
    SIGNAL_IN,
    SIGNAL_OUT,
    STATE,
    Channel,
    parse_topic,
)
from protocol.watching import Choices, WatchAnswer, WatchEnded, Watcher, WatchHangup, WatchOffer, WatchOver

T = TypeVar("T", bound=Wire)
WAIT_S = 8.0

ANSWER_SDP = "v=0\r\nanswer"


def client_for(url: str, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
    """A client for an `mqtt://user:password@host:port`."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return aiomqtt.Client(
        parts.hostname,
        parts.port,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        identifier=f"test-{secrets.token_hex(6)}",
        timeout=5,
        will=will,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )


async def until(condition: Callable[[], Any], seconds: float = WAIT_S) -> None:
    """Waits until the condition is true, or fails."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def _told(offer: WatchOffer) -> Watcher:
    return Watcher(role=offer.role, name=offer.name, connection=offer.connection, since_s=0, seeing=True)


@dataclass
class FakeRobot:
    """One life (epoch) of a robot. Run it with `running()`; `heard` holds all that came in, in order."""

    robot: str
    url: str
    epoch: str = field(default_factory=lambda: secrets.token_hex(6))
    will: bool = True
    beating: bool = True
    takes_offers: bool = True  # else they are lost on the way
    interval_s: float = 0.2
    heard: list[Wire] = field(default_factory=list)
    parcels: list[RescueParcel] = field(default_factory=list)
    roll_calls: int = 0
    session: SessionState | None = None
    places: tuple[HeadPlace, ...] = ()
    hand: HandState = field(default_factory=lambda: HandState(raised=False))
    private: bool = False
    mode: MeetingMode = MeetingMode.PLENARY
    choices: Choices = field(default_factory=Choices)
    watchers: list[WatchOffer] = field(default_factory=list)
    quality: QualityState | None = None
    _seq: int = 0
    _client: aiomqtt.Client | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FakeRobot]:
        """Connected, known to the broker, beating; reconnects with a new epoch when the broker goes."""
        task = asyncio.create_task(self._live(), name=f"fake robot {self.robot}")
        try:
            await until(lambda: self._client is not None or task.done())
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def connected(self) -> bool:
        """At the broker now."""
        return self._client is not None

    def of(self, kind: type[T]) -> list[T]:
        """What came in of one kind."""
        return [message for message in self.heard if isinstance(message, kind)]

    async def next(self, kind: type[T], count: int = 1) -> T:
        """The newest of a kind, once `count` of them have come."""
        await until(lambda: len(self.of(kind)) >= count)
        return self.of(kind)[-1]

    def state(self) -> RobotState:
        """The heartbeat as it would be sent now."""
        self._seq += 1
        return RobotState(
            robot=self.robot,
            epoch=self.epoch,
            seq=self._seq,
            session=self.session,
            places=self.places,
            hand=self.hand,
            private=self.private,
            mode=self.mode,
            choices=self.choices,
            watchers=tuple(_told(one) for one in self.watchers),
            eyes=Eyes.NEUTRAL if self.session else Eyes.CLOSED,
            hand_light=HandLight.BLINK if self.hand.raised else HandLight.OFF,
            pose=None,
            limits=HeadLimits(pan_min_deg=-175, pan_max_deg=175, tilt_min_deg=-25, tilt_max_deg=40),
            view=CameraView(width=1280, height=720, hfov_deg=78),
            camera_open=self.session is not None,
            microphone_open=self.session is not None,
            speaking=False,
            quality=self.quality,
            battery=None,
        )

    async def publish(self, channel: Channel, message: Wire) -> None:
        """Publishes as this robot."""
        assert self._client is not None
        await self._client.publish(
            channel.topic(self.robot), message.model_dump_json(), qos=channel.qos, retain=channel.retain
        )
        heed_cancellation()

    async def send_frame(self, frame: RescueFrame, session: str = "") -> None:
        """A frame of the rescue path, of the session that holds this robot unless said otherwise."""
        assert self._client is not None
        assert session or self.session is not None
        parcel = RescueParcel(session or (self.session.id if self.session is not None else ""), frame)
        await self._client.publish(RESCUE_OUT.topic(self.robot), parcel.to_bytes(), qos=RESCUE_OUT.qos)
        heed_cancellation()

    async def beat(self) -> None:
        """One heartbeat now."""
        await self.publish(STATE, self.state())

    async def _live(self) -> None:
        while True:
            try:
                await self._live_once()
            except* aiomqtt.MqttError:
                pass  # the broker is gone; a robot comes back with a new epoch
            heed_cancellation()
            await asyncio.sleep(0.1)
            self.epoch = secrets.token_hex(6)

    async def _live_once(self) -> None:
        gone = Offline(robot=self.robot, epoch=self.epoch, reason="lost").model_dump_json()
        will = aiomqtt.Will(PRESENCE.topic(self.robot), gone, qos=1, retain=True) if self.will else None
        async with client_for(self.url, will) as client, asyncio.TaskGroup() as tasks:
            await client.subscribe([(c.topic(self.robot), c.qos) for c in (COMMAND, SIGNAL_IN, SET_POINT, RESCUE_IN)])
            await client.subscribe(ROLL_CALL, 1)
            self._client = client
            try:
                await self.publish(PRESENCE, Online(robot=self.robot, epoch=self.epoch))
                beats = tasks.create_task(self._beat_on(), name="fake heartbeat")
                async for message in client.messages:
                    await self._take(message)
                beats.cancel()
            finally:
                self._client = None

    async def _beat_on(self) -> None:
        while True:
            if self.beating:
                await self.beat()
            await asyncio.sleep(self.interval_s)

    async def _take(self, message: aiomqtt.Message) -> None:
        if message.topic.value == ROLL_CALL:
            self.roll_calls += 1
            await self.beat()
            return
        _, channel = parse_topic(message.topic.value)
        assert isinstance(message.payload, bytes)
        if not isinstance(channel, Channel):
            self.parcels.append(RescueParcel.from_bytes(message.payload))
            return
        heard = parse(channel.messages, channel.name, message.payload)
        self.heard.append(heard)
        match heard:
            case WatchOffer():
                await self._watch(heard)
            case WatchHangup():
                self.watchers = [one for one in self.watchers if one.connection != heard.connection]
                await self.beat()
            case Offer():
                await self._offered(heard)
            case LeaderCommand():
                await self._led(heard)
            case Command():
                await self._commanded(heard)
            case Hangup():
                if self.session is not None and self.session.connection == heard.connection:
                    self.session = None
                    await self.beat()
            case Beat() | FarSetPoint() | _:
                pass

    async def _watch(self, offer: WatchOffer) -> None:
        ids: Any = {"robot": self.robot, "connection": offer.connection}
        if offer.role == "relative" and not self.choices.relatives_watch:
            await self.publish(SIGNAL_OUT, WatchEnded(**ids, reason=WatchOver.NOT_ALLOWED))
            return
        self.watchers.append(offer)
        await self.publish(SIGNAL_OUT, WatchAnswer(**ids, sdp=ANSWER_SDP))
        await self.beat()

    async def end_watching(self, reason: WatchOver) -> None:
        """Nobody may watch any more."""
        over, self.watchers = self.watchers, []
        for one in over:
            ended = WatchEnded(robot=self.robot, connection=one.connection, reason=reason)
            await self.publish(SIGNAL_OUT, ended)

    async def _offered(self, offer: Offer) -> None:
        if not self.takes_offers:
            return
        held = self.session
        session, connection = offer.session, offer.connection
        if held is not None and held.id != offer.session and not offer.replace:
            declined = Declined(
                robot=self.robot,
                session=session,
                connection=connection,
                reason=TurnedAway.BUSY,
                holder=held.name,
            )
            await self.publish(SIGNAL_OUT, declined)
            return
        if held is not None:
            ended = Ended(robot=self.robot, session=held.id, connection=held.connection, reason=EndReason.REPLACED)
            await self.publish(SIGNAL_OUT, ended)
        self.session = SessionState(
            id=offer.session,
            seat=offer.seat,
            connection=offer.connection,
            name=offer.name,
            steering=True,
            since_s=0,
            lost_s=0,
            media="connecting",
        )
        await self.publish(SIGNAL_OUT, Answer(robot=self.robot, session=session, connection=connection, sdp=ANSWER_SDP))
        await self.beat()

    async def _commanded(self, command: Command) -> None:
        command_id, session = command.id, command.session
        if self.session is None or self.session.id != command.session or command.epoch != self.epoch:
            why = Refusal.OTHER_SESSION
            await self.publish(REPLY, Refused(robot=self.robot, id=command_id, session=session, reason=why))
            return
        applied: HandApplied | SpeechQueued | LookApplied | MoodApplied | VolumeApplied | ChoicesApplied | SessionEnded
        match command.action:
            case RaiseHand(raised=raised):
                self.hand = HandState(raised=raised)
                applied = HandApplied(raised=raised)
            case Speak():
                applied = SpeechQueued(duration_s=1.0)
            case LookAt(pan_deg=pan, tilt_deg=tilt):
                applied = LookApplied(pan_deg=pan, tilt_deg=max(-25, min(40, tilt)))
            case SetMood(mood=mood):
                applied = MoodApplied(mood=mood)
            case SetVolume(percent=percent, whisper=whisper):
                applied = VolumeApplied(percent=percent, whisper=whisper)
            case SetChoices(choices=choices):
                self.choices = choices
                applied = ChoicesApplied(choices=choices)
            case EndSession():
                self.session = None
                applied = SessionEnded()
        await self.publish(REPLY, Done(robot=self.robot, id=command_id, session=session, applied=applied))
        await self.beat()

    async def _led(self, command: LeaderCommand) -> None:
        """As the robot's gate has it: *privat* needs no session, everything else this one."""
        session = command.session
        here = self.session is not None and self.session.id == session
        if command.epoch != self.epoch or not (
            here or isinstance(command.action, SetPrivate | SetMeetingMode | EndMeeting)
        ):
            why = Refusal.OTHER_EPOCH if command.epoch != self.epoch else Refusal.OTHER_SESSION
            await self.publish(REPLY, Refused(robot=self.robot, id=command.id, session=session or "", reason=why))
            return
        applied: FloorApplied | PrivateApplied | SessionEnded | MeetingModeApplied | MeetingEnded
        match command.action:
            case SetPrivate(on=on):
                self.private = on
                applied = PrivateApplied(on=on)
            case EndForPerson():
                assert self.session is not None
                await self._end_by_leader(self.session)
                applied = SessionEnded()
            case SetMeetingMode(mode=mode):
                self.mode, self.private = mode, mode is MeetingMode.BREAK
                applied = MeetingModeApplied(mode=mode, private=self.private)
            case EndMeeting():
                if self.session is not None:
                    await self._end_by_leader(self.session, EndReason.MEETING_OVER)
                self.mode = MeetingMode.PLENARY
                applied = MeetingEnded()
            case MarkSeen() | GiveFloor() | LowerHand() as action:
                self.hand = _after(self.hand, action)
                hand = self.hand
                applied = FloorApplied(raised=hand.raised, seen=hand.seen, floor=hand.floor)
        await self.publish(REPLY, Done(robot=self.robot, id=command.id, session=session, applied=applied))
        await self.beat()

    async def _end_by_leader(self, held: SessionState, reason: EndReason = EndReason.LEADER) -> None:
        self.session = None
        ids: Any = {"robot": self.robot, "session": held.id}
        await self.publish(SIGNAL_OUT, Ended(**ids, connection=held.connection, reason=reason))
        await self.publish(EVENT, SessionClosed(**ids, epoch=self.epoch, reason=reason))


def _after(hand: HandState, action: MarkSeen | GiveFloor | LowerHand) -> HandState:
    match action:
        case MarkSeen():
            return hand.model_copy(update={"seen": True})
        case GiveFloor(given=given):
            return hand.model_copy(update={"seen": hand.seen or given, "floor": given})
        case LowerHand():
            return HandState(raised=False)
