"""The real service's rules for what a page says: who holds the seat, how much at once, what is passed on and what not.

Its own page, seat and conversation, so that no test's page may say what the service would refuse. What stands
behind them, the broker and the robot, is the test's.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from protocol.base import Wire, parse
from protocol.errors import MessageError
from protocol.rescue import RescueParcel
from protocol.signals import Answer, Declined, Ended, EndReason
from protocol.topics import Channel
from protocol.web import FROM_PAGE, MAX_PAGE_BYTES, Leave, SorryReason
from remote_app.access import Claim, LinkKey, new_claim
from remote_app.conversation import Conversation
from remote_app.door import Door
from remote_app.journal import Journal
from remote_app.outbox import Closing, Outbox
from remote_app.page import Page
from remote_app.presence import Presence
from remote_app.rooms import Room
from remote_app.seats import Seats
from remote_app.settings import RobotSettings, TurnSettings
from remote_app.switchboard import LEFT_CODE
from remote_app.turn import TurnDesk
from remote_app.watches import Watches

ROBOT, SEAT, NAME, PLACE = "vefsn", "rodoy", "Kari Nordmann", "Vefsn, kurssal 2"
SESSION, EPOCH = "session-of-kari", "abcdefgh"
CLAIM = new_claim(ROBOT, SEAT, NAME, not_before=0, expires=2**40)

ToRobot = Callable[[Wire | RescueParcel], Awaitable[None]]


class _WatchedPage(Page):
    """Remembers what was refused, and why."""

    def __init__(self, claim: Claim, tab: str, refused: list[tuple[str, str]]) -> None:
        super().__init__(claim, tab, time.monotonic())
        self._refused = refused

    def sorry(self, reason: SorryReason, now: float, detail: str = "") -> None:
        self._refused.append((reason, detail))
        super().sorry(reason, now, detail)


class _ToRobot:
    """A `Publisher` without a broker."""

    connected = True

    def __init__(self, take: ToRobot) -> None:
        self._take = take

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        await self._take(message)

    async def publish_parcel(self, robot: str, parcel: RescueParcel) -> None:
        await self._take(parcel)


class _OneSession:
    """In place of a `LinkKey`: every session has the same name."""

    def new_session(self, link_id: str) -> str:
        return SESSION

    def owns(self, link_id: str, session: str) -> bool:
        return False


class _FrontDoor(Door):
    """Open to everybody until the test closes it."""

    def __init__(self) -> None:
        super().__init__(lambda claim: True, cast("LinkKey", _OneSession()), "node0000")
        self.stands_open = True

    def is_open_to(self, claim: Claim, room: Room, now: float) -> bool:
        return self.stands_open or super().is_open_to(claim, room, now)


class Front:
    """The pages of one link. `take` gets what is passed on to the robot, `refused` has what was not."""

    def __init__(self, take: ToRobot) -> None:
        self.refused: list[tuple[str, str]] = []
        self._seats = Seats(cast("LinkKey", _OneSession()))
        self.room = Room(RobotSettings(id=ROBOT, place=PLACE))
        self.door = _FrontDoor()
        self._robot = _ToRobot(take)
        self._turn = TurnDesk(TurnSettings())
        self.watches = Watches(self._turn, Journal([].append))

    def enter(self, tab: str) -> Conversation:
        """A page came."""
        page = _WatchedPage(CLAIM, tab, self.refused)
        seat = self._seats.open(page, time.monotonic(), None)
        self.room.pages.add(page)
        return Conversation(page, seat, self.room, self._seats, self.door, self._robot, self._turn, self.watches)

    def close_the_door(self) -> None:
        """From now on a leader has to let the person in."""
        self.door.stands_open = False

    @property
    def admits(self) -> bool:
        """Whether the person may connect at once."""
        return self.door.is_open_to(CLAIM, self.room, time.monotonic())

    async def drop(self, talk: Conversation) -> None:
        """Its WebSocket is gone."""
        self.room.pages.discard(talk.page)
        self._seats.drop(talk.seat, talk.page, time.monotonic())
        await self.watches.stop(talk.page, self._robot)

    async def hear(self, talk: Conversation, said: str | bytes, *, present: bool) -> bool:
        """A message of the page, or a frame of its sound; whether it leaves. The robot is `present` or not."""
        page, now = talk.page, time.monotonic()
        self.room.presence = Presence(EPOCH, now if present else None)
        if isinstance(said, bytes):
            await talk.take_frame(said)
            return False
        if not page.messages.take(now):
            page.sorry("too_fast", now)
            return False
        try:
            message = parse(FROM_PAGE, "message", said, MAX_PAGE_BYTES)
        except MessageError as error:
            page.sorry("bad_message", now, str(error))
            return False
        if not isinstance(message, Leave):
            await talk.take(message)
            return False
        if talk.seat.is_of(page):
            self._seats.leave(talk.seat, time.monotonic())
        page.outbox.close(LEFT_CODE, "left")
        return True

    def answer(self, signal: Answer | Declined) -> None:
        """The robot's answer to an offer, to the page that it is for."""
        seat = self._seats.of_session(signal.session)
        if seat is None:
            return
        for page in seat.pages:
            if signal.connection == page.offered:
                page.tell(signal)
        old, ours = seat.connection, {"robot": ROBOT, "session": SESSION}
        if isinstance(signal, Answer):
            for page in seat.pages - {seat.holder}:
                if old is not None and page.connection == old:
                    page.tell(Ended(**ours, connection=old, reason=EndReason.REPLACED))
                    page.connection = None
            seat.answered(signal.connection)
        else:
            seat.over(signal.connection, began=False)

    def ended(self, signal: Ended) -> None:
        """The robot ended that connection (the pages are told by the test)."""
        seat = self._seats.of_session(signal.session)
        if seat is not None and signal.reason is not EndReason.MEDIA_FAILED:
            seat.over(signal.connection, began=True)

    def reply(self, command: str, message: Wire) -> None:
        """To the page that asked."""
        seat = self._seats.of_session(SESSION)
        page = seat.asker(command) if seat is not None else None
        if page is not None:
            page.tell(message)


async def pump(socket: web.WebSocketResponse, outbox: Outbox) -> None:
    """As the real service does, until the outbox is closed."""
    with contextlib.suppress(ConnectionError):
        while not isinstance(item := await outbox.next(), Closing):
            await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_str(item))
        await socket.close(code=item.code, message=item.words.encode())
