"""Who of this node's pages watches which robot: asks the robot, and gives its answer to the page that asked.

A page watches one robot at a time: asking again ends what it had. Whether it may is the robot's to say, out of what the
person in the room allows; that the page has such a link at all was asked of `policy.py` before.
"""

from __future__ import annotations

import logging
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from protocol.base import Wire
from protocol.lobby import LobbyHandOver
from protocol.topics import SIGNAL_IN
from protocol.watching import WatchAnswer, WatchEnded, WatchHangup, WatchOffer, WatchRole
from protocol.web import Asked, SorryReason, Steer
from remote_app.access import Leader
from remote_app.errors import BrokerOffError
from remote_app.journal import Journal
from remote_app.limits import TokenBucket
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.turn import TurnDesk

log = logging.getLogger(__name__)


class Viewer(Protocol):
    """A page, of whatever kind."""

    connects: TokenBucket

    @property
    def claim(self) -> Leader:
        """Whose link it is, or who is logged in."""

    def tell(self, message: Wire) -> None:
        """Sends one message to the page."""

    def sorry(self, reason: SorryReason, now: float, detail: str = "") -> None:
        """Says why nothing was done."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page offers: as what it wants to watch, of whose session it is a tablet (if any), and its side of it.

    `name` is who sits there, where that is not the person of the link.
    """

    role: WatchRole
    sdp: str
    sent_ms: float
    session: str | None = None
    name: str = ""


@dataclass(slots=True)
class _Watch:
    viewer: Viewer
    role: WatchRole
    room: Room
    connection: str
    name: str
    answered: bool = False


class Watches:
    """All watching of one node. Everything runs on the event loop's thread; `now` is monotonic seconds."""

    def __init__(self, turn: TurnDesk, journal: Journal) -> None:
        self._turn = turn
        self._journal = journal
        self._by_connection: dict[str, _Watch] = {}
        self._untold: deque[_Watch] = deque()

    async def ask(self, viewer: Viewer, room: Room, wish: Wish, publisher: Publisher, now: float) -> None:
        """Asks the robot, or says why not. Raises BrokerOffError."""
        if not viewer.connects.take(now):
            viewer.sorry("too_fast", now, "watch")
            return
        if not publisher.connected:
            viewer.sorry("broker_off", now)
            return
        if not room.present(now) or room.epoch is None:
            viewer.sorry("robot_off", now)
            return
        await self.stop(viewer, publisher)
        connection = secrets.token_urlsafe(12)
        name = wish.name or viewer.claim.name
        self._by_connection[connection] = _Watch(viewer, wish.role, room, connection, name)
        viewer.tell(Asked(connection=connection, sent_ms=wish.sent_ms))
        offer = WatchOffer(
            connection=connection,
            role=wish.role,
            name=name,
            seat=None if wish.role == "leader" else viewer.claim.seat,
            session=wish.session,
            epoch=room.epoch,
            sdp=wish.sdp,
            ice=self._turn.setup(room.robot),
        )
        await publisher.publish(SIGNAL_IN, room.robot, offer)

    def gone(self, viewer: Viewer) -> None:
        """The page is gone; the robot is told with the next `tell`."""
        for watch in [one for one in self._by_connection.values() if one.viewer is viewer]:
            self._over(watch, "left")
            self._untold.append(watch)

    async def tell(self, publisher: Publisher) -> None:
        """Tells the robots who is gone. One that cannot be told finds out by itself."""
        while self._untold:
            watch = self._untold.popleft()
            try:
                await publisher.publish(SIGNAL_IN, watch.room.robot, WatchHangup(connection=watch.connection))
            except BrokerOffError as error:
                log.warning("%s: that a watcher went is not sent: %s", watch.room.robot, error)

    async def stop(self, viewer: Viewer, publisher: Publisher) -> None:
        """The page watches no longer, as somebody wished it."""
        self.gone(viewer)
        await self.tell(publisher)

    def hear(self, signal: WatchAnswer | WatchEnded) -> Viewer | None:
        """What the robot says goes to the page that asked, if that still waits; returns who looks on from now."""
        watch = self._by_connection.get(signal.connection)
        if watch is None or watch.room.robot != signal.robot:
            return None
        watch.viewer.tell(signal)
        if isinstance(signal, WatchAnswer):
            watch.answered = True
            self._journal.watches(watch.viewer.claim, signal.robot)
            return watch.viewer
        self._over(watch, signal.reason.value)
        return None

    def beside(self, viewer: Viewer) -> str | None:
        """The name of who looks on at this page as another tablet of its seat, by the robot's leave; None if nobody."""
        mine = (one for one in self._by_connection.values() if one.viewer is viewer)
        return next((one.name for one in mine if one.role == "companion" and one.answered), None)

    def hand_over(self, word: LobbyHandOver) -> None:
        """The steering goes to a tablet of the same seat, if that looks on at this node."""
        watch = self._by_connection.get(word.to)
        if watch is None or watch.role != "companion" or watch.room.robot != word.robot:
            return
        if watch.viewer.claim.seat == word.seat:
            watch.viewer.tell(Steer())

    def _over(self, watch: _Watch, why: str) -> None:
        del self._by_connection[watch.connection]
        if watch.answered:
            self._journal.watched(watch.viewer.claim, watch.room.robot, why)
