"""The leaders' pages of one node, with their robots, and the queue of raised hands that everybody is told of."""

from __future__ import annotations

import logging
import time
from collections.abc import Container, Mapping
from typing import Final

from protocol.commands import Done, Refused
from protocol.leader import LeaderRobot, LeaderWelcome
from protocol.state import RobotState
from protocol.web import QueuePlace
from remote_app.door import Door
from remote_app.floor_desk import FloorDesk
from remote_app.journal import Journal
from remote_app.leader_page import LeaderPage
from remote_app.leading import Leading
from remote_app.meeting_ends import MeetingEnds
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.screen_links import ScreenLinks
from remote_app.settings import CourseSettings
from remote_app.texts import Texts
from remote_app.turn import TurnDesk
from remote_app.watches import Watches

log = logging.getLogger(__name__)

REFUSED_CODE: Final = 4403  # the link is withdrawn, or has run out


class Leaders:
    """Everything runs on the event loop's thread. `rooms` are those of the node."""

    def __init__(
        self,
        rooms: Mapping[str, Room],
        door: Door,
        texts: Texts,
        course: CourseSettings,
        journal: Journal,
        watches: Watches,
        turn: TurnDesk,
        screens: ScreenLinks,
    ) -> None:
        self._rooms = rooms
        self._door = door
        self._texts = texts
        self._course = course
        self._journal = journal
        self._watches = watches
        self._turn = turn
        self.screens = screens
        self.floor = FloorDesk(rooms)
        self.ends = MeetingEnds()
        self.pages: set[LeaderPage] = set()
        self._talks: dict[LeaderPage, Leading] = {}

    def enter(self, page: LeaderPage, publisher: Publisher) -> Leading:
        """A leader's page has opened its WebSocket: it gets its robots and a welcome."""
        now = time.monotonic()
        rooms = {robot: room for robot, room in self._rooms.items() if page.claim.covers(robot)}
        for room in rooms.values():
            room.leaders.add(page)
        self.pages.add(page)
        talk = Leading(
            page, rooms, self._texts, publisher, self._journal, self._watches, self.ends, self._turn, self.screens
        )
        self._talks[page] = talk
        self._welcome(talk, now)
        log.info("%s: the page of a leader came (%d open)", ", ".join(rooms) or "no robot", len(self.pages))
        return talk

    def came(self, room: Room) -> None:
        """A robot is ours from now on: who leads every robot, or this one, gets it."""
        for page, talk in self._talks.items():
            if page.claim.covers(room.robot):
                room.leaders.add(page)
                talk.rooms[room.robot] = room
                self._welcome(talk, time.monotonic())

    def went(self, room: Room) -> None:
        """A robot is ours no longer."""
        for talk in self._talks.values():
            if talk.rooms.pop(room.robot, None) is not None:
                self._welcome(talk, time.monotonic())
        self.floor.went(room)

    def drop(self, talk: Leading) -> None:
        """The page's WebSocket is gone."""
        for room in talk.rooms.values():
            room.leaders.discard(talk.page)
        self.pages.discard(talk.page)
        self._talks.pop(talk.page, None)
        log.info("%s: the page of a leader went", ", ".join(talk.rooms) or "no robot")
        self._watches.gone(talk.page)

    def count(self, link_id: str) -> int:
        """How many pages are open with one link."""
        return sum(page.claim.id == link_id for page in self.pages)

    def close(self, withdrawn: Container[str]) -> None:
        """Leaders whose link is withdrawn, or has run out, lead no longer."""
        for page in tuple(self.pages):
            if page.claim.id in withdrawn:
                page.outbox.close(REFUSED_CODE, "the link is withdrawn")
            elif time.time() >= page.claim.expires:
                page.outbox.close(REFUSED_CODE, "the link has run out")

    def answered(self, reply: Done | Refused) -> bool:
        """Gives a robot's reply to the page that asked, under the name that the page gave it; False for nobody's."""
        for page in self.pages:
            own = page.asked(reply.id)
            if own is not None:
                page.tell(reply.model_copy(update={"id": own}))
                if isinstance(reply, Done):
                    self._journal.led(page.claim, reply)
                return True
        return False

    def hear(self, state: RobotState, now: float) -> None:
        """A heartbeat that is of now may change the queue."""
        self.floor.hear(self._rooms[state.robot], state, now)

    def tick(self, now: float) -> None:
        """The hand of a robot that is gone waits no longer."""
        self.floor.tick(now)

    def place_of(self, robot: str) -> QueuePlace:
        """Where the hand of one robot stands, for its patient."""
        return self.floor.place_of(robot)

    def _welcome(self, talk: Leading, now: float) -> None:
        talk.page.tell(
            LeaderWelcome(
                name=talk.page.claim.name,
                course=self._course.name,
                telephone=self._course.telephone,
                robots=tuple(self._as_told(room, now) for room in talk.rooms.values()),
                queue=self.floor.queue_for(talk.page),
                ice=self._turn.setup("leader"),
            )
        )

    def _as_told(self, room: Room, now: float) -> LeaderRobot:
        session = room.state.session if room.state is not None else None
        return LeaderRobot(
            robot=room.robot,
            place=room.place,
            present=room.present(now),
            state=room.state,
            lines=self._texts.lines(room.robot, session.id) if session is not None else (),
            waiting=self._door.waiting(room.robot, now),
        )
