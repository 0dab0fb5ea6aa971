"""Between pages and robots: who is in, what the robots say to whom, what happens when time passes."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from protocol.commands import Done, Refused
from protocol.events import SessionClosed
from protocol.ice import IceSetup
from protocol.lobby import LobbyAdmit, LobbyDecline, LobbyGone, LobbyHandOver, LobbyKnock
from protocol.meeting import MeetingOver
from protocol.nodes import Missed, NodeGone, SeatHold
from protocol.rescue import RescueParcel
from protocol.signals import Answer, Declined, Ended, EndReason
from protocol.state import Offline, Online, Pose, RobotState
from protocol.text import TextLine
from protocol.topics import HOLD, LOBBY
from protocol.watching import WatchAnswer, WatchEnded
from protocol.web import Welcome
from remote_app.access import Claim, LinkKey
from remote_app.bridge import Heard
from remote_app.conversation import Conversation, end, hang_up
from remote_app.door import Door
from remote_app.errors import BrokerOffError
from remote_app.invited import CourseWords, Invited
from remote_app.journal import Journal
from remote_app.leaders import REFUSED_CODE, Leaders
from remote_app.misses import Misses
from remote_app.node_talk import NodeTalk
from remote_app.page import Page
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.screen_links import ScreenLinks
from remote_app.screens import Screens
from remote_app.seats import Seat, Seats
from remote_app.settings import AppSettings, RobotSettings
from remote_app.texts import Texts, channel_of, slot_of
from remote_app.turn import TurnDesk
from remote_app.visit_quality import QualityDesk
from remote_app.watches import Viewer, Watches

log = logging.getLogger(__name__)

TICK_S: Final = 0.25  # how late a silent robot's going may be told
LEFT_CODE: Final = 1000
BY_LEADER: Final = (EndReason.LEADER, EndReason.MEETING_OVER)  # whoever was in has to knock again
GOING_AWAY_CODE: Final = 1001


class Switchboard:
    """The rooms and seats of one node. Everything runs on the event loop's thread."""

    def __init__(self, settings: AppSettings, key: LinkKey, turn: TurnDesk, journal: Journal) -> None:
        self._settings = settings
        self._turn = turn
        self.journal = journal
        self.quality = QualityDesk(journal.has)
        self.rooms = {robot.id: Room(robot) for robot in settings.robots}
        self.courses: Mapping[str, CourseWords] = {}  # by link, of those that the store keeps
        self.node = secrets.token_hex(8)
        self.talk = NodeTalk()
        self.seats = Seats(key, self.node, lambda word: self.talk.put(HOLD, word.robot, word, word.link))
        self.misses = Misses(key, self.node, self.talk.put_word)
        self._roll_called: bool | None = None
        self.door = Door(self._waits, key, self.node)
        self.texts = Texts()
        self.watches = Watches(turn, journal)
        links = ScreenLinks(key)
        self.leaders = Leaders(self.rooms, self.door, self.texts, settings.course, journal, self.watches, turn, links)
        self.screens = Screens(self.rooms, self.leaders.floor, self.watches)

    def enter(self, page: Page, publisher: Publisher) -> Conversation:
        """A page has opened its WebSocket: it gets its seat and a Welcome."""
        now = time.monotonic()
        room = self.rooms[page.claim.robot]
        present = room.present(now)
        at_robot = room.state.session if present and room.state is not None else None
        seat = self.seats.open(page, now, at_robot)
        course = self.courses.get(page.claim.id, self._settings.course)
        if seat.holder is page and seat.taken_from is not None:
            self.journal.goes_on(seat)
        room.pages.add(page)
        page.tell(
            Welcome(
                robot=room.robot,
                seat=page.claim.seat,
                name=page.claim.name,
                place=room.place,
                course=course.name,
                telephone=course.telephone,
                session=seat.session,
                present=present,
                state=room.state,
                ice=self.servers_for(page, now),
                admitted=self.door.is_open_to(page.claim, room, now),
                lines=self.texts.lines(room.robot, seat.session),
            )
        )
        if (place := self.leaders.place_of(room.robot)).place:
            page.tell(place)
        log.info("%s: a page of seat %s came (%d open)", room.robot, page.claim.seat, len(seat.pages))
        return Conversation(page, seat, room, self.seats, self.door, publisher, self._turn, self.watches)

    def drop(self, talk: Conversation) -> None:
        """The page's WebSocket is gone, wanted or not."""
        talk.room.pages.discard(talk.page)
        self.seats.drop(talk.seat, talk.page, time.monotonic())
        log.info("%s: a page of seat %s went", talk.room.robot, talk.page.claim.seat)
        self.watches.gone(talk.page)

    async def leave(self, talk: Conversation, publisher: Publisher) -> None:
        """The person pressed Forlat. A page that only looks on goes without ending the holder's session."""
        if talk.seat.is_of(talk.page):
            await self._end(talk.seat, publisher)
            await self.door.leave(talk.page.claim, talk.room, publisher, time.monotonic())
        talk.page.outbox.close(LEFT_CODE, "left")

    def hear(self, heard: Heard) -> None:
        """A message of a robot, or of a node about one, to whom it concerns."""
        room = self.rooms.get(heard.robot)
        if room is None:
            log.debug("%s is no robot of ours", heard.robot)
            return
        now = time.monotonic()
        match heard.message:
            case RobotState() as state:
                never_heard = room.epoch is None
                room.hear_state(state, now, retained=heard.retained)
                if not heard.retained:
                    self._hear_live(state, now)
                elif never_heard and state.session is not None:  # what other nodes tell of it is not for nobody
                    self.texts.session_is(state.robot, state.session.id, now)
            case Online() | Offline() as message:
                room.hear_presence(message, now, retained=heard.retained)
            case Pose() as pose:
                room.hear_pose(pose)
            case Answer() | Declined() | Ended() as signal:
                if isinstance(signal, Ended) and signal.reason in BY_LEADER:  # before its page can ask again
                    self.door.ended_by_leader(room.robot, signal.session)
                self._pass_signal(room, signal)
            case WatchAnswer() | WatchEnded() as signal:
                self._show_text(room, self.watches.hear(signal))
            case Done() | Refused() as reply:
                self._pass_reply(room, reply)
            case LobbyKnock() | LobbyAdmit() | LobbyDecline() | LobbyGone() as word:
                self.door.hear(word, room, now)
            case LobbyHandOver() as word:
                self.watches.hand_over(word)
            case SessionClosed() as event:
                log.info("%s: the session is closed: %s", room.robot, event.reason.value)
                if event.reason in BY_LEADER:
                    self.door.ended_by_leader(room.robot, event.session)
                self.quality.over(event.session)
                self.journal.closed(event)
            case SeatHold() as word:
                if (session := self.seats.hear(word, now)) is not None:
                    self.journal.moved(session)
            case TextLine() as line:
                self._pass_text(room, line)
            case RescueParcel() as parcel:
                self._pass_frame(room, parcel)
            case event:
                log.info("%s: %s", room.robot, event.model_dump_json(exclude={"session", "name", "epoch"}))

    def hear_node(self, word: NodeGone | Missed) -> None:
        """Another node's word that is about no robot, or the broker's about that node."""
        if isinstance(word, Missed):
            self.misses.hear(word, time.monotonic())
        elif word.node == self.node:  # an earlier connection of this node's own
            self.roll_called(other=False)
        else:
            self.seats.node_gone(word.node)

    def roll_called(self, other: bool) -> None:
        """A node begins; it is told with the next tick, when the robots have answered it.

        When it is this one that is back at the broker, the others may take it for gone, and hear what it holds."""
        self._roll_called = other or self._roll_called is True

    def _answer_roll_call(self, now: float) -> None:
        """Everything that robots do not tell."""
        other, self._roll_called = self._roll_called, None
        for word in self.seats.again():
            self.talk.put(HOLD, word.robot, word, word.link)
        if not other:
            return
        for said in self.door.again(now):
            self.talk.put(LOBBY, said.robot, said, said.link)
        for line in self.texts.everything():
            self.talk.put(channel_of(line), line.robot, line, slot_of(line))

    async def tick(self, publisher: Publisher) -> None:
        """Presence by age, who waits, what nobody keeps any more, seats whose grace is over, and TURN's passwords."""
        now = time.monotonic()
        self._renew_servers(now)
        for room in self.rooms.values():
            room.tick(now)
        self.leaders.tick(now)
        self.screens.tick(now)
        self.texts.tick(now)
        self.seats.tick(now)
        self.quality.tick(now)
        if self._roll_called is not None:
            self._answer_roll_call(now)
        await self.watches.tell(publisher)
        await self.door.tick(self.rooms, publisher, now)
        for seat in self.seats.due(now):
            try:
                await hang_up(seat, self.rooms[seat.claim.robot], publisher)
            except BrokerOffError as error:
                log.warning("%s: hang-up not sent, the robot finds out itself: %s", seat.claim.robot, error)
            if seat.holder is None:
                self.seats.let_go(seat)

    async def withdraw(self, link_ids: Container[str], publisher: Publisher) -> None:
        """Links that are no longer good: their sessions end and their pages are closed, at once. Leaders' too."""
        self.leaders.close(link_ids)
        for seat in self.seats.withdrawn(link_ids):
            pages = tuple(seat.pages)
            await self._end(seat, publisher)
            for page in pages:
                page.outbox.close(REFUSED_CODE, "the link is withdrawn")
        looking = [*self.screens.pages, *(page for room in self.rooms.values() for page in room.watchers)]
        for page in [page for page in looking if page.claim.id in link_ids]:
            await self.watches.stop(page, publisher)
            page.outbox.close(REFUSED_CODE, "the link is withdrawn")

    async def over(self, link_ids: Container[str], publisher: Publisher) -> None:
        """The meeting of these links is over: whoever has one open is told so, and let go."""
        for seat in self.seats.withdrawn(link_ids):
            for page in seat.pages:
                page.tell(MeetingOver())
        await self.withdraw(link_ids, publisher)

    def read(self, invited: Invited) -> None:
        """What the store says now: robots come and move without a new start, and go when nobody is there."""
        self.courses = invited.courses
        wanted = {robot.id: robot.place for robot in self._settings.robots} | dict(invited.robots)
        for robot, place in wanted.items():
            room = self.rooms.get(robot)
            if room is not None:
                room.place = place
                continue
            self.rooms[robot] = Room(RobotSettings(id=robot, place=place))
            self.leaders.came(self.rooms[robot])
            log.info("%s: a robot of ours from now on", robot)
        for robot in self.rooms.keys() - wanted.keys() - self.seats.robots():
            self.leaders.went(self.rooms.pop(robot))
            log.info("%s: no robot of ours any longer", robot)
        self.leaders.floor.meet(invited.meetings, invited.sites)
        self.leaders.ends.closed = invited.ended
        self.leaders.screens.withdrawn = invited.withdrawn

    def stop(self) -> None:
        """The node goes: pages are told and closed. Sessions go on; another node takes the pages up."""
        now = time.monotonic()
        for page in self.pages():
            page.sorry("stopping", now)
            page.outbox.close(GOING_AWAY_CODE, "the service stops")
        for leader in self.leaders.pages:
            leader.sorry("stopping", now)
            leader.outbox.close(GOING_AWAY_CODE, "the service stops")

    def pages(self) -> Iterator[Page]:
        """Every open page of a seat, a watcher or a screen."""
        for room in self.rooms.values():
            yield from (*room.pages, *room.watchers)
        yield from self.screens.pages

    def _waits(self, claim: Claim) -> bool:
        return self.courses.get(claim.id, self._settings.course).waiting_room

    def _hear_live(self, state: RobotState, now: float) -> None:
        self.texts.session_is(state.robot, state.session.id if state.session is not None else None, now)
        self.leaders.hear(state, now)
        self.quality.hear(state, now, datetime.now(UTC))
        self.screens.hear(state.robot)
        if state.session is not None:
            self.door.hear_session(state.robot, state.session.id, now)

    def servers_for(self, page: Page, now: float) -> IceSetup:
        """The servers that a page may use now; renewed as long as it is open."""
        page.servers_given_s = now
        return self._turn.setup(f"{page.claim.robot}-{page.claim.seat}")

    def servers_of(self, robot: str) -> IceSetup:
        """STUN and TURN servers for a robot."""
        return self._turn.setup(robot)

    def _renew_servers(self, now: float) -> None:
        """New passwords long before the old ones run out, as long as the page's link is good."""
        age_s = self._turn.renew_after_s
        if age_s is None:
            return
        for page in self.pages():
            if now - page.servers_given_s >= age_s and time.time() < page.claim.expires:
                page.tell(self.servers_for(page, now))

    async def _end(self, seat: Seat, publisher: Publisher) -> None:
        ended, now = replace(seat), time.monotonic()
        self.seats.leave(seat, now)  # before anything waits: a page that comes meanwhile begins a session of its own
        try:
            await end(ended, self.rooms[seat.claim.robot], publisher, now)
        except BrokerOffError as error:
            log.warning("%s: leaving not sent, the robot finds out itself: %s", seat.claim.robot, error)

    def _pass_signal(self, room: Room, signal: Answer | Declined | Ended) -> None:
        """Answers are for one connection: an older one of the same page has nobody left to tell.

        A connection whose media failed still holds the robot: its beats and commands go on by way of the service."""
        seat = self.seats.of_session(signal.session)
        if seat is None:
            log.info("%s: %s for a session that is not here", room.robot, signal.type)
            return
        made_room = isinstance(signal, Ended) and signal.reason is EndReason.REPLACED
        for page in seat.pages:
            # the robot ends the old connection just before it answers the same page's new offer: nobody took its place
            own_doing = made_room and page.offered is not None
            if signal.connection == page.offered or (signal.connection == page.connection and not own_doing):
                page.tell(signal)
        if isinstance(signal, Answer):
            if signal.connection == seat.offered:
                self.journal.answered(seat)
            self.seats.answered(seat, signal.connection, time.monotonic())
        elif not (isinstance(signal, Ended) and signal.reason is EndReason.MEDIA_FAILED):
            if isinstance(signal, Declined):
                self.journal.declined(seat, signal, time.monotonic())
            seat.over(signal.connection, began=isinstance(signal, Ended))

    def _pass_frame(self, room: Room, parcel: RescueParcel) -> None:
        """The room's picture and sound are for nobody but the page that holds the seat, and never for a log."""
        seat = self.seats.of_session(parcel.session)
        if seat is not None and seat.holder is not None and seat.claim.robot == room.robot:
            seat.holder.outbox.put_frame(parcel.frame)

    def _pass_text(self, room: Room, line: TextLine) -> None:
        """To every screen of the session, those beside it and every leader, the writer's own too: its receipt. Never to
        a log."""
        seat = self.seats.of_session(line.session)
        pages = (seat.pages if seat is not None else set()) | set(self._beside(room, line.session))
        for news in self.texts.hear(line):
            slot = slot_of(news)
            for page in pages:
                page.outbox.put(news.model_dump_json(), slot)
            room.tell_leaders(news, slot)

    def _beside(self, room: Room, session: str) -> Iterator[Page]:
        """The pages that look on as another tablet of the session's seat, by whichever link."""
        return (
            page
            for page in room.pages
            if room.seated(page.claim.seat) == session and self.watches.beside(page) is not None
        )

    def _show_text(self, room: Room, begins: Viewer | None) -> None:
        """Whoever begins to look on beside the person reads what has been written."""
        for page in room.pages:
            session = room.seated(page.claim.seat) if page is begins else None
            for line in self.texts.lines(room.robot, session) if session is not None else ():
                page.outbox.put(line.model_dump_json(), slot_of(line))

    def _pass_reply(self, room: Room, reply: Done | Refused) -> None:
        if self.leaders.answered(reply):
            return
        seat = self.seats.of_session(reply.session) if reply.session else None
        page = seat.asker(reply.id) if seat is not None else None
        if page is not None:
            page.tell(reply)
        elif isinstance(reply, Refused):
            log.warning("%s refused (%s): %s", room.robot, reply.reason, reply.detail)
