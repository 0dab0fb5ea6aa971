"""The door of the room: who may come in, who knocks, and what leaders and other nodes say of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from protocol.leader import Lobby as LobbyNews
from protocol.leader import WaitingPerson
from protocol.lobby import LobbyAdmit, LobbyDecline, LobbyGone, LobbyKnock
from protocol.topics import LOBBY
from protocol.web import Admitted, NotAdmitted, Waiting
from remote_app.access import Claim, LinkKey
from remote_app.errors import BrokerOffError
from remote_app.lobby import Lobby
from remote_app.page import Page
from remote_app.publisher import Publisher
from remote_app.rooms import Room

log = logging.getLogger(__name__)

LOBBY_SLOT: Final = "lobby"
LOOK_EVERY_S: Final = 5.0  # whoever was let in is remembered for minutes


class Door:
    """The waiting room as one node has it. `waits` says for a link whether its course has one.

    What is said here goes to the broker and counts when it comes back, so that every node hears it in one order.
    """

    def __init__(self, waits: Callable[[Claim], bool], key: LinkKey, node: str) -> None:
        self._waits = waits
        self._key = key
        self._node = node
        self._lobby = Lobby()
        self._held: dict[str, tuple[str, float]] = {}  # by robot, the session that was looked at last, and when
        self._looked_s = -LOOK_EVERY_S
        self._owed: dict[tuple[str, str], LobbyAdmit] = {}
        self._ended: dict[str, str] = {}  # by robot, the session that a leader ended last

    def is_open_to(self, claim: Claim, room: Room, now: float) -> bool:
        """Whether this link's person may connect. A session that the robot has from this link was let in before."""
        if not self._waits(claim):
            return True
        if self._lobby.is_admitted(room.robot, claim.id):
            self._lobby.seen(room.robot, claim.id, now)
            return True
        session = room.state.session if room.state is not None and room.present(now) else None
        if session is None or session.id == self._ended.get(room.robot):  # the robot's next state will not have it
            return False
        return self._key.owns(claim.id, session.id)

    async def knock(self, page: Page, room: Room, companion: str, publisher: Publisher, now: float) -> None:
        """The page waits. Raises BrokerOffError."""
        if self.is_open_to(page.claim, room, now):
            page.tell(Admitted())
            return
        claim = page.claim
        waited_s = self._lobby.waited_s(room.robot, claim.id, now)
        word = LobbyKnock(
            robot=room.robot,
            seat=claim.seat,
            link=claim.id,
            name=claim.name,
            companion=companion,
            waited_s=waited_s,
            node=self._node,
        )
        await publisher.publish(LOBBY, room.robot, word)
        page.tell(Waiting(since_s=waited_s))

    async def leave(self, claim: Claim, room: Room, publisher: Publisher, now: float) -> None:
        """The person has left, or waits no longer: known here at once, and elsewhere if the broker is there."""
        if not self._waits(claim):
            return
        word = LobbyGone(robot=room.robot, link=claim.id)
        self.hear(word, room, now)
        try:
            await publisher.publish(LOBBY, room.robot, word)
        except BrokerOffError as error:
            log.warning("%s: that somebody left is not told to the other nodes: %s", room.robot, error)

    def hear(self, word: LobbyKnock | LobbyAdmit | LobbyDecline | LobbyGone, room: Room, now: float) -> None:
        """What a node said, this one too; pages and leaders are told."""
        match word:
            case LobbyKnock():
                if not self._lobby.knock(word, now):
                    self._remind(word)
                    return
                log.info("%s: somebody waits at seat %s", room.robot, word.seat)
            case LobbyAdmit():
                self._lobby.admit(word, now)
                self._ended.pop(word.robot, None)
                _tell(room, word.link, Admitted())
            case LobbyDecline():
                if not self._lobby.decline(word, now):
                    return
                _tell(room, word.link, NotAdmitted())
            case LobbyGone():
                self._owed.pop((word.robot, word.link), None)
                self._lobby.gone(word)
        self._tell_leaders(room, now)

    def again(self, now: float) -> Iterator[LobbyKnock | LobbyAdmit]:
        """Everybody who waits and everybody who was let in, for a node that begins."""
        for robot, guest in self._lobby.everybody():
            yield LobbyKnock(
                robot=robot,
                seat=guest.seat,
                link=guest.link,
                name=guest.name,
                companion=guest.companion,
                waited_s=max(0.0, now - guest.since_s),
                node=self._node,
            )
        for robot, link, by in self._lobby.let_in():
            yield LobbyAdmit(robot=robot, link=link, by=by)

    def hear_session(self, robot: str, session: str, now: float) -> None:
        """The robot is held by this session: whoever was let in and made it is still there."""
        held, since_s = self._held.get(robot, ("", 0.0))
        if held == session and now - since_s < LOOK_EVERY_S:
            return  # said with every heartbeat, and each link is a hash to be computed
        self._held[robot] = (session, now)
        for link in self._lobby.admitted(robot):
            if self._key.owns(link, session):
                self._lobby.seen(robot, link, now)

    def ended_by_leader(self, robot: str, session: str) -> None:
        """A leader ended this session: whoever made it has to knock again."""
        self._ended[robot] = session
        for link in self._lobby.admitted(robot):
            if self._key.owns(link, session):
                self._owed.pop((robot, link), None)
                self._lobby.revoke(robot, link)

    def waiting(self, robot: str, now: float) -> tuple[WaitingPerson, ...]:
        """Everybody at one robot's door, for its leaders."""
        return tuple(
            WaitingPerson(
                link=guest.link,
                seat=guest.seat,
                name=guest.name,
                companion=guest.companion,
                since_s=max(0.0, now - guest.since_s),
            )
            for guest in self._lobby.waiting(robot)
        )

    async def tick(self, rooms: dict[str, Room], publisher: Publisher, now: float) -> None:
        """Who has the page open is still there, who fell silent is not; nodes are told what they missed."""
        if now - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now
            for robot, room in rooms.items():
                for page in room.pages:
                    self._lobby.seen(robot, page.claim.id, now)
            self._lobby.forget(now)
        for robot in self._lobby.tick(now):
            if robot in rooms:
                self._tell_leaders(rooms[robot], now)
        owed, self._owed = self._owed, {}
        for word in owed.values():
            try:
                await publisher.publish(LOBBY, word.robot, word)
            except BrokerOffError as error:
                log.warning("%s: an admission is not told again: %s", word.robot, error)

    def _remind(self, word: LobbyKnock) -> None:
        """Somebody was let in, and a node does not know: it began later, or was away when it was said."""
        by = self._lobby.admitted_by(word.robot, word.link)
        if by is not None and word.node != self._node:
            self._owed[word.robot, word.link] = LobbyAdmit(robot=word.robot, link=word.link, by=by)

    def _tell_leaders(self, room: Room, now: float) -> None:
        room.tell_leaders(LobbyNews(robot=room.robot, waiting=self.waiting(room.robot, now)), LOBBY_SLOT)


def _tell(room: Room, link: str, word: Admitted | NotAdmitted) -> None:
    for page in room.pages:
        if page.claim.id == link:
            page.tell(word)
