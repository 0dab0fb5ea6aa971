"""What a page asks, as messages to its robot. The page knows neither robot, session nor epoch: they are added here."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import Final

from protocol.commands import Command, EndSession, Refusal, Refused
from protocol.errors import MessageError
from protocol.live import FarSetPoint, SetPoint
from protocol.lobby import LobbyHandOver
from protocol.rescue import RescueFrame, RescueKind, RescueParcel
from protocol.signals import Beat, Hangup, Offer, Rescue
from protocol.text import WriteText
from protocol.topics import COMMAND, LOBBY, SET_POINT, SIGNAL_IN
from protocol.watching import StopWatching, Watch
from protocol.web import Act, Asked, Connect, HandOver, Knock, Leave, PageBeat, PageRescue
from remote_app.door import Door
from remote_app.errors import BrokerOffError
from remote_app.page import Page
from remote_app.policy import SOUND, deed_of, may
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.seats import Seat, Seats
from remote_app.texts import channel_of, line_of
from remote_app.turn import TurnDesk
from remote_app.watches import Watches, Wish

log = logging.getLogger(__name__)

SET_POINT_INTERVAL_S: Final = 0.1  # 10 Hz on the way round by the broker; the data channel does 50

PageMessage = (
    Connect | Act | SetPoint | PageBeat | PageRescue | WriteText | Knock | Watch | StopWatching | HandOver | Leave
)
_NO_CLOCK = WriteText | Knock | Watch | StopWatching | HandOver | Leave  # say nothing of the clock that commands go by


class Conversation:
    """One page with its seat and its robot, for as long as the WebSocket lives."""

    def __init__(
        self,
        page: Page,
        seat: Seat,
        room: Room,
        seats: Seats,
        door: Door,
        publisher: Publisher,
        turn: TurnDesk,
        watches: Watches,
    ) -> None:
        self.page = page
        self.seat = seat
        self.room = room
        self._seats = seats
        self._door = door
        self._publisher = publisher
        self._turn = turn
        self._watches = watches

    async def take(self, message: PageMessage) -> None:
        """Carries out one message of the page (Leave is the switchboard's), or says why not."""
        now = time.monotonic()
        if not may(self.page.claim, deed_of(message), self.room.robot):
            self.page.sorry("not_allowed", now, message.type)
            return
        if self.seat.holder is self.page and not isinstance(message, _NO_CLOCK):
            self.seat.hear_clock(message.sent_ms, now)
        try:
            match message:
                case Connect():
                    await self._connect(message, now)
                case Act():
                    await self._act(message, now)
                case SetPoint():
                    self._aim(message, now)
                case PageBeat():
                    await self._beat(message, now)
                case Knock():
                    await self._knock(message, now)
                case PageRescue():
                    await self._rescue(message, now)
                case WriteText():
                    await self._write(message, now)
                case Watch():
                    await self._watch(message, now)
                case StopWatching():
                    await self._watches.stop(self.page, self._publisher)
                case HandOver():
                    await self._hand_over(message, now)
        except BrokerOffError as error:
            self.page.sorry("broker_off", now, error.why)

    async def take_frame(self, data: bytes) -> None:
        """A binary frame: the page's voice on the rescue path, to the robot; or says why not."""
        now = time.monotonic()
        if not may(self.page.claim, SOUND, self.room.robot):
            self.page.sorry("not_allowed", now, SOUND)
            return
        if not self.page.frames.take(now):
            self.page.sorry("too_fast", now, "sound")
            return
        try:
            frame = RescueFrame.from_bytes(data)
        except MessageError as error:
            self.page.sorry("bad_message", now, str(error))
            return
        if frame.kind is not RescueKind.SOUND:
            self.page.sorry("bad_message", now, "a page sends sound, no pictures")
            return
        if not self._holds(now):
            return
        if self.seat.holder is not self.page:
            self.page.sorry("bad_message", now, "sound: connect first")
            return
        try:
            await self._publisher.publish_parcel(self.room.robot, RescueParcel(self.seat.session, frame))
        except BrokerOffError as error:
            self.page.sorry("broker_off", now, error.why)

    async def run_set_points(self) -> None:
        """Hands on the newest set-point, at most ten a second, until cancelled."""
        while True:
            await self.page.goal_changed.wait()
            self.page.goal_changed.clear()
            goal, connection = self.page.goal, self.page.connection
            if goal is not None and connection is not None:
                far = FarSetPoint(session=self.seat.session, connection=connection, point=goal)
                try:
                    await self._publisher.publish(SET_POINT, self.room.robot, far)
                except BrokerOffError as error:
                    self.page.sorry("broker_off", time.monotonic(), error.why)
            await asyncio.sleep(SET_POINT_INTERVAL_S)

    async def _connect(self, message: Connect, now: float) -> None:
        if not self.page.connects.take(now):
            self.page.sorry("too_fast", now, "connect")
            return
        epoch = self._epoch(now)
        if epoch is None:
            return
        if not self._door.is_open_to(self.page.claim, self.room, now):
            self.page.sorry("not_admitted", now)
            return
        if self.seat.held_by_other(self.page) and not message.replace:
            self.page.sorry("opened_elsewhere", now)
            return
        connection = self.seat.take(self.page)
        self._seats.taken(self.seat, now)
        self.page.tell(Asked(connection=connection, sent_ms=message.sent_ms))
        self.seat.hear_clock(message.sent_ms, now)
        offer = Offer(
            session=self.seat.session,
            connection=connection,
            seat=self.seat.claim.seat,
            epoch=epoch,
            name=self.seat.claim.name,
            companion=message.companion,
            language=message.language,
            replace=message.replace,
            sent_ms=message.sent_ms,
            sdp=message.sdp,
            ice=self._turn.setup(self.room.robot),
        )
        await self._publisher.publish(SIGNAL_IN, self.room.robot, offer)

    async def _knock(self, message: Knock, now: float) -> None:
        if self.page.knocks.take(now):
            await self._door.knock(self.page, self.room, message.companion, self._publisher, now)
        else:
            self.page.sorry("too_fast", now, "knock")

    async def _act(self, message: Act, now: float) -> None:
        if not self.page.acts.take(now):
            self.page.sorry("too_fast", now, "act")
            return
        epoch = self._epoch(now)
        if epoch is None or not self._holds(now):
            return
        if self.page.connection is None:
            self.page.tell(self._not_connected(message))
            return
        self.seat.seq = max(self.seat.seq, message.seq)
        self.seat.ask(message.id, self.page)
        command = Command(
            id=message.id,
            session=self.seat.session,
            connection=self.page.connection,
            epoch=epoch,
            seq=message.seq,
            sent_ms=message.sent_ms,
            action=message.action,
        )
        await self._publisher.publish(COMMAND, self.room.robot, command)

    def _aim(self, message: SetPoint, now: float) -> None:
        if self._epoch(now) is None or not self._holds(now):
            return
        if self.page.goal is None or message.seq > self.page.goal.seq:
            self.page.goal = message
            self.page.goal_changed.set()

    async def _beat(self, message: PageBeat, now: float) -> None:
        connection = self.page.connection
        if connection is None or self.seat.held_by_other(self.page) or not self.page.beats.take(now):
            return
        beat = Beat(session=self.seat.session, connection=connection, sent_ms=message.sent_ms)
        await self._publisher.publish(SIGNAL_IN, self.room.robot, beat)

    async def _rescue(self, message: PageRescue, now: float) -> None:
        """The page has no media path; its words also keep the seat."""
        if not self.page.rescues.take(now):
            self.page.sorry("too_fast", now, "rescue")
            return
        if self._epoch(now) is None or not self._holds(now):
            return
        connection = self.page.connection or self.page.offered or self.seat.connection
        if connection is None:
            self.page.sorry("bad_message", now, "rescue: connect first")
            return
        word = Rescue(
            session=self.seat.session,
            connection=connection,
            on=message.on,
            still=message.still,
            sent_ms=message.sent_ms,
        )
        await self._publisher.publish(SIGNAL_IN, self.room.robot, word)

    async def _write(self, message: WriteText, now: float) -> None:
        """The robot has no part in it. A page that has no seat yet gets no echo, so that it knows and says it again."""
        if not self.page.texts.take(now):
            self.page.sorry("too_fast", now, "text")
            return
        session, name = self.seat.session, self.seat.claim.name
        held, beside = self.room.seated(self.seat.claim.seat), self._watches.beside(self.page)
        if held is not None and beside is not None and (held != session or self.seat.holder is not self.page):
            session, name = held, beside  # another tablet of the seat, which need not be of the same link
        elif not self._holds(now) or self.seat.holder is not self.page:
            return
        line = line_of(message, robot=self.room.robot, session=session, name=name)
        await self._publisher.publish(channel_of(line), self.room.robot, line)

    async def _watch(self, message: Watch, now: float) -> None:
        """Another tablet of the seat looks on while the first one steers."""
        if not self._door.is_open_to(self.page.claim, self.room, now):
            self.page.sorry("not_admitted", now)
            return
        wish = Wish("companion", message.sdp, message.sent_ms, self.seat.session, message.companion)
        await self._watches.ask(self.page, self.room, wish, self._publisher, now)

    async def _hand_over(self, message: HandOver, now: float) -> None:
        """By way of all nodes: the other tablet's page may be at another one."""
        if not self.page.acts.take(now):
            self.page.sorry("too_fast", now, "hand_over")
        elif self._holds(now) and self.seat.holder is self.page:
            word = LobbyHandOver(robot=self.room.robot, seat=self.seat.claim.seat, to=message.to)
            await self._publisher.publish(LOBBY, self.room.robot, word)

    def _epoch(self, now: float) -> str | None:
        """The robot's epoch when it can be reached; otherwise None, and the page is told why."""
        if not self._publisher.connected:
            self.page.sorry("broker_off", now)
        elif not self.room.present(now) or self.room.epoch is None:
            self.page.sorry("robot_off", now)
        else:
            return self.room.epoch
        return None

    def _not_connected(self, message: Act) -> Refused:
        return Refused(
            robot=self.room.robot,
            id=message.id,
            session=self.seat.session,
            reason=Refusal.NO_SESSION,
            detail="connect first",
        )

    def _holds(self, now: float) -> bool:
        if self.seat.held_by_other(self.page):
            self.page.sorry("opened_elsewhere", now)
            return False
        return True


async def end(seat: Seat, room: Room, publisher: Publisher, now: float) -> None:
    """Tells the robot that the person left: `end_session`, then a hang-up. Raises BrokerOffError."""
    newest = seat.connection or seat.offered
    if newest is None:
        return
    if seat.clock is not None and room.epoch is not None:
        command = Command(
            id=f"leave-{secrets.token_urlsafe(6)}",
            session=seat.session,
            connection=newest,
            epoch=room.epoch,
            seq=seat.seq + 1,
            sent_ms=seat.clock.at(now),
            action=EndSession(),
        )
        await publisher.publish(COMMAND, room.robot, command)
    await hang_up(seat, room, publisher)


async def hang_up(seat: Seat, room: Room, publisher: Publisher) -> None:
    """Tells the robot that the seat's connection, and one that it was asked for, are gone for good.

    Raises BrokerOffError."""
    for connection in seat.at_robot:
        message = Hangup(session=seat.session, connection=connection)
        await publisher.publish(SIGNAL_IN, room.robot, message)
