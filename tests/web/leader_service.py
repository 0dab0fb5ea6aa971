"""The real service for the leader's page, without broker and robots: the test says what robots and nodes say.

What the page sends to a robot is answered as `Robot` has it; what it says of the waiting room comes back, as it would
from a broker.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from aiohttp import web

from protocol.base import Wire
from protocol.commands import (
    Applied,
    AskHeard,
    Done,
    EndForPerson,
    FloorApplied,
    GiveFloor,
    HeardApplied,
    LeaderCommand,
    LookApplied,
    LookAt,
    LowerHand,
    MarkSeen,
    PlacesApplied,
    PrivateApplied,
    Refusal,
    Refused,
    RemovePlace,
    SavePlace,
    SessionEnded,
    SetPrivate,
    SetVolume,
    VolumeApplied,
)
from protocol.lobby import LobbyKnock
from protocol.meeting import EndMeeting, MeetingEnded, MeetingModeApplied, SetMeetingMode
from protocol.preflight import Found, Preflight, PreflightApplied, RunPreflight
from protocol.rescue import RescueParcel
from protocol.state import Fault, HandState, HeadPlace, Hearing, QualityState, SessionState, VolumeState
from protocol.state import Heard as RoomHeard
from protocol.text import TextLine
from protocol.topics import LOBBY, REPLY, STATE, TEXT, Channel
from protocol.watching import WatchHangup, WatchOffer, WatchOver
from remote_app.access import EVERY_ROBOT, LinkKey, new_claim
from remote_app.app import make_app
from remote_app.bridge import Bridge, Heard
from remote_app.codes import CodeDesk
from remote_app.context import Context
from remote_app.data_directory import DataDirectory
from remote_app.journal import Journal
from remote_app.leaders import REFUSED_CODE
from remote_app.pairing import PairingDesk
from remote_app.registry import Registry
from remote_app.settings import AppSettings, TurnSettings
from remote_app.staff.desk import StaffDesk
from remote_app.store.chain import Entry
from remote_app.store.service import records
from remote_app.switchboard import Switchboard
from remote_app.turn import TurnDesk
from robot_agent.privacy import Privacy
from tests.app.fake_robot import FakeRobot
from tests.web.stand_in_look import StandInLook

STATIC = Path(__file__).resolve().parents[2] / "remote_app" / "static"
TICK_S = 0.1
BEAT_S = 0.5
PLACES = {"vefsn": "Vefsn", "bronnoy": "Brønnøy"}

T = TypeVar("T")


def person(name: str) -> SessionState:
    """Somebody who has been in for two minutes."""
    return SessionState(
        id=f"session-of-{name.lower()}",
        seat="rodoy",
        connection="connection-1",
        name=name,
        steering=True,
        since_s=120,
        lost_s=0,
        media="connected",
    )


@dataclass
class Robot:
    """What the test lets one robot say, and what it was told to do."""

    fake: FakeRobot
    here: bool = True
    answers: bool = True
    refuses: Refusal | None = None
    faults: tuple[Fault, ...] = ()
    volume: VolumeState = field(default_factory=VolumeState)
    hearing: Hearing = Hearing.HEARD
    snr_at_full_db: float | None = None
    """How the room hears it at 100 %; softer by the volume. None: it says how, and no figure."""
    privacy: Privacy = field(default_factory=Privacy)
    commands: list[LeaderCommand] = field(default_factory=list)
    finds: tuple[Found, ...] = ()
    preflight: Preflight | None = None
    quality: QualityState | None = None

    def obey(self, command: LeaderCommand) -> Done | Refused | None:
        """Carries it out, as the robot's own rules would."""
        self.commands.append(command)
        ids: Any = {"robot": self.fake.robot, "id": command.id}
        if not self.answers:
            return None
        if self.refuses is not None:
            return Refused(**ids, session=command.session or "", reason=self.refuses)
        return Done(**ids, session=command.session, applied=self._apply(command))

    def _heard(self) -> RoomHeard:
        if self.snr_at_full_db is None:
            return RoomHeard(hearing=self.hearing)
        snr_db = self.snr_at_full_db + 33.2 * math.log10(self.volume.percent / 100)
        return RoomHeard(hearing=Hearing.HEARD if snr_db >= 15 else Hearing.FAINT, snr_db=snr_db)

    def _apply(self, command: LeaderCommand) -> Applied:
        fake = self.fake
        match command.action:
            case SetVolume(percent=percent, whisper=whisper):
                self.volume = VolumeState(percent=percent, whisper=whisper)
                return VolumeApplied(percent=percent, whisper=whisper)
            case AskHeard():
                return HeardApplied(heard=self._heard())
            case SetPrivate(on=on):
                self.privacy.press(on)
                return PrivateApplied(on=self._in_mode().private)
            case LookAt(pan_deg=pan_deg, tilt_deg=tilt_deg):
                return LookApplied(pan_deg=pan_deg, tilt_deg=tilt_deg)
            case SavePlace(name=name):
                kept = tuple(place for place in fake.places if place.name != name)
                fake.places = (*kept, HeadPlace(name=name, pan_deg=20, tilt_deg=5))
                return PlacesApplied(places=fake.places)
            case RemovePlace(name=name):
                fake.places = tuple(place for place in fake.places if place.name != name)
                return PlacesApplied(places=fake.places)
            case SetMeetingMode(mode=mode):
                self.privacy.choose(mode)
                return self._in_mode()
            case EndMeeting():
                fake.session, fake.hand = None, HandState(raised=False)
                self.privacy.over()
                self._in_mode()
                return MeetingEnded()
            case RunPreflight():
                self.preflight = Preflight(found=self.finds)
                return PreflightApplied(preflight=self.preflight)
            case EndForPerson():
                fake.session, fake.hand = None, HandState(raised=False)
                return SessionEnded()
            case MarkSeen():
                fake.hand = fake.hand.model_copy(update={"seen": True})
            case GiveFloor(given=given):
                fake.hand = fake.hand.model_copy(update={"floor": given})
            case LowerHand():
                fake.hand = HandState(raised=False)
        return FloorApplied(raised=fake.hand.raised, seen=fake.hand.seen, floor=fake.hand.floor)

    def _in_mode(self) -> MeetingModeApplied:
        fake, privacy = self.fake, self.privacy
        fake.mode, fake.private = privacy.mode, privacy.private
        fake.session = None if privacy.private else fake.session
        return MeetingModeApplied(mode=privacy.mode, private=privacy.private)


class LeaderService:
    """`with LeaderService(directory) as service:` serves the built pages on a free port of this machine."""

    def __init__(self, directory: Path) -> None:
        self.robots = {robot: Robot(FakeRobot(robot, "")) for robot in PLACES}
        self.connected = True  # as a bridge
        self.look = StandInLook(self._hear)
        self._settings = AppSettings.model_validate(
            {
                "data": {"directory": directory},
                "course": {"name": "Mestringstreff på Helgeland", "telephone": "75 11 22 33"},
                "robots": [{"id": robot, "place": place} for robot, place in PLACES.items()],
            }
        )
        self._key = LinkKey(bytes(range(32)))
        self.log: list[Entry] = []
        self._board = Switchboard(self._settings, self._key, TurnDesk(TurnSettings()), Journal(self.log.append))
        data = DataDirectory(directory)
        pairing = PairingDesk(data, {}, listens_everywhere=False)
        codes = CodeDesk(data, time.monotonic())
        self._desks = (pairing, codes)
        self._open = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="leader service")
        self._runner: web.AppRunner | None = None
        self._beating: asyncio.Task[None] | None = None
        self.url = ""

    def __enter__(self) -> LeaderService:
        self._thread.start()
        self.url = self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something in the service's thread and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def reset(self) -> None:
        """As new: both robots are there, nobody is in, nobody waits, no page is open."""
        self.run(self._reset())

    def link(self, robot: str = EVERY_ROBOT, *, hours: float = 1, opens_in_s: float = -7200) -> str:
        """The address of a leader's page, good from `opens_in_s` from now until `hours` from now."""
        now = time.time()
        times = {"not_before": now + opens_in_s, "expires": now + hours * 3600}
        return f"{self.url}/l/{self._key.sign(new_claim(robot, 'leader', 'Ane', role='leader', **times))}"

    def first_link(self) -> str:
        """The token of a link that makes the administrator's account."""
        token = self.run(self._context.staff.administrator_link())
        assert token is not None, "there is an administrator"
        return token

    def put(self, robot: str, **change: Any) -> None:
        """Changes what a robot is (`session`, `hand`, `private`, `faults`, `hearing`, `here`, `answers`, `refuses`)."""
        self.run(self._put(self.robots[robot], change))

    def knock(self, robot: str, name: str, companion: str = "") -> None:
        """Somebody waits, and knocks once."""
        link = f"link-of-{name.lower()}"
        word = LobbyKnock(robot=robot, seat="rodoy", link=link, name=name, companion=companion, node="n" * 8)
        self.run(self.publish(LOBBY, robot, word))

    def write(self, robot: str, text: str, seq: int) -> None:
        """Whoever is there writes; it is a line under way."""
        held = self.robots[robot].fake.session
        assert held is not None
        line = TextLine(
            robot=robot,
            session=held.id,
            author="patient",
            name=held.name,
            writer="a-tablet",
            entry=1,
            seq=seq,
            text=text,
            done=False,
        )
        self.run(self.publish(TEXT, robot, line))

    def lines(self, robot: str) -> tuple[TextLine, ...]:
        """What has been written with whoever is there."""
        held = self.robots[robot].fake.session
        return self._board.texts.lines(robot, held.id) if held is not None else ()

    def close_pages(self, code: int = REFUSED_CODE) -> None:
        """Every leader's WebSocket is closed."""
        self.run(self._close(code))

    # As a bridge to the broker

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        """What a node says comes back to it; what a robot is told is answered."""
        if isinstance(message, LeaderCommand):
            reply = self.robots[robot].obey(message)
            if reply is not None:
                self._hear(robot, REPLY, reply)
            self._beat(self.robots[robot])
        elif isinstance(message, WatchOffer | WatchHangup):
            await self.look.take(robot, message)
            self._beat(self.robots[robot])
        else:
            self._hear(robot, channel, message)

    async def publish_parcel(self, robot: str, parcel: RescueParcel) -> None:
        """Nobody is on the rescue path here."""
        raise AssertionError("a leader sends no sound")

    def _hear(self, robot: str, channel: Channel, message: Wire) -> None:
        self._board.hear(Heard(robot, channel, message, retained=False))

    def _beat(self, robot: Robot) -> None:
        if robot.here:
            told = {name: getattr(robot, name) for name in ("faults", "volume", "preflight", "quality")}
            watchers = self.look.watchers(robot.fake.robot)
            state = robot.fake.state().model_copy(update={**told, "watchers": watchers})
            self._hear(robot.fake.robot, STATE, state)

    async def _start(self) -> str:
        kept = await self._open.enter_async_context(records(self._settings))
        staff = StaffDesk(kept.store, Journal(kept.log.put), self._settings.staff)
        self._context = Context(
            self._settings, self._key, self._board, cast("Bridge", self), STATIC, *self._desks, kept, staff
        )
        data = DataDirectory(self._settings.data.directory)
        self._context.registry = Registry(self._context, kept.store, data, None, {})
        self._runner = web.AppRunner(make_app(self._context), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._beating = asyncio.create_task(self._beats(), name="robots")
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _beats(self) -> None:
        beat_s = 0.0
        while True:
            now = time.monotonic()
            if now - beat_s >= BEAT_S:
                beat_s = now
                for robot in self.robots.values():
                    self._beat(robot)
            await self._board.tick(self)
            if self._board.leaders.ends.waiting and self._context.registry is not None:
                await self._context.registry.catch_up()
            await asyncio.sleep(TICK_S)

    async def _put(self, robot: Robot, change: dict[str, Any]) -> None:
        for name, value in change.items():
            setattr(robot if hasattr(robot, name) else robot.fake, name, value)
        if robot.fake.private:
            await self.look.end(robot.fake.robot, WatchOver.PRIVATE)
        self._beat(robot)
        if not robot.here:
            room = self._board.rooms[robot.fake.robot]
            room.presence = room.presence.offline(room.presence.epoch or "")

    async def _close(self, code: int) -> None:
        for page in tuple(self._board.leaders.pages):
            page.outbox.close(code, "by the test")

    async def _reset(self) -> None:
        await self._close(1001)
        while self._board.leaders.pages:
            await asyncio.sleep(0.01)
        await self.look.close()
        self.robots = {robot: Robot(FakeRobot(robot, "")) for robot in PLACES}
        self.log.clear()
        self._board = Switchboard(self._settings, self._key, TurnDesk(TurnSettings()), Journal(self.log.append))
        self._context.switchboard = self._board
        for robot in self.robots.values():
            self._beat(robot)

    async def _stop(self) -> None:
        await self._close(1001)
        await self.look.close()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        await self._open.aclose()
