"""What a leader's page asks, as messages to robots and nodes. Robot's epoch and leader's name are added here."""

from __future__ import annotations

import logging
import secrets
import time

from protocol.commands import LeaderCommand
from protocol.leader import (
    Admit,
    LeaderAct,
    LeaderPing,
    LeaderPong,
    LeaderUnwatch,
    LeaderWatch,
    MakeScreen,
    ScreenLink,
    TurnDown,
    WithdrawScreen,
)
from protocol.lobby import LobbyAdmit, LobbyDecline
from protocol.meeting import EndMeeting, SetMeetingMode
from protocol.preflight import RunPreflight
from protocol.text import LeaderText
from protocol.topics import COMMAND, LOBBY
from remote_app.errors import BrokerOffError
from remote_app.journal import Journal
from remote_app.leader_page import LeaderPage
from remote_app.meeting_ends import MeetingEnds
from remote_app.policy import deed_of, may
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.screen_links import SCREEN_PATH, ScreenLinks
from remote_app.texts import Texts, channel_of, line_of
from remote_app.turn import TurnDesk
from remote_app.watches import Watches, Wish

log = logging.getLogger(__name__)

LeaderMessage = (
    LeaderAct | LeaderText | Admit | TurnDown | LeaderWatch | LeaderUnwatch | MakeScreen | WithdrawScreen | LeaderPing
)


class Leading:
    """One leader's page with its robots, for as long as the WebSocket lives."""

    def __init__(
        self,
        page: LeaderPage,
        rooms: dict[str, Room],
        texts: Texts,
        publisher: Publisher,
        journal: Journal,
        watches: Watches,
        ends: MeetingEnds,
        turn: TurnDesk,
        screens: ScreenLinks,
    ) -> None:
        self.page = page
        self.rooms = rooms
        self._texts = texts
        self._publisher = publisher
        self._journal = journal
        self._watches = watches
        self._ends = ends
        self._turn = turn
        self._screens = screens

    async def take(self, message: LeaderMessage) -> None:
        """Carries out one message of the page, or says why not."""
        now = time.monotonic()
        if isinstance(message, LeaderPing):
            self.page.tell(LeaderPong())
            return
        room = self.rooms.get(message.robot)
        if room is None or not may(self.page.claim, deed_of(message), message.robot):
            self.page.sorry("not_allowed", now, message.robot)
            return
        try:
            if isinstance(message, LeaderAct):
                await self._act(message, room, now)
            elif isinstance(message, LeaderText):
                await self._write(message)
            elif isinstance(message, LeaderWatch):
                wish = Wish("leader", message.sdp, message.sent_ms)
                await self._watches.ask(self.page, room, wish, self._publisher, now)
            elif isinstance(message, LeaderUnwatch):
                await self._watches.stop(self.page, self._publisher)
            elif isinstance(message, MakeScreen | WithdrawScreen):
                self._screen(message)
            else:
                await self._answer_the_door(message, room)
        except BrokerOffError as error:
            self.page.sorry("broker_off", now, error.why)

    async def _answer_the_door(self, message: Admit | TurnDown, room: Room) -> None:
        kind: type[LobbyAdmit] | type[LobbyDecline] = LobbyAdmit if isinstance(message, Admit) else LobbyDecline
        name = self.page.claim.name
        log.info("%s: %s by %s", room.robot, message.type, name)
        await self._publisher.publish(LOBBY, room.robot, kind(robot=room.robot, link=message.link, by=name))
        self._journal.at_the_door(self.page.claim, message)

    def _screen(self, message: MakeScreen | WithdrawScreen) -> None:
        path = ""
        if isinstance(message, MakeScreen):
            path = f"{SCREEN_PATH}{self._screens.token(message.robot, message.name)}"
        else:
            self._screens.withdraw(message.robot)
            self._ends.look()  # its pages close when the node has seen it
        self.page.tell(ScreenLink(robot=message.robot, path=path))

    async def _write(self, message: LeaderText) -> None:
        """To the person for whom it was begun; when they have gone nobody gets it, and the writer no echo."""
        if self._texts.goes_on(message.robot, message.session):
            line = line_of(message, robot=message.robot, session=message.session, name=self.page.claim.name)
            await self._publisher.publish(channel_of(line), message.robot, line)

    async def _act(self, message: LeaderAct, room: Room, now: float) -> None:
        if isinstance(message.action, EndMeeting):
            self._ends.over(room.robot)  # whether the robot can be told or not
        elif isinstance(message.action, SetMeetingMode):
            self._ends.goes_on(room.robot)
        if not self._publisher.connected:
            self.page.sorry("broker_off", now)
            return
        if not room.present(now) or room.epoch is None:
            self.page.sorry("robot_off", now, room.robot)
            return
        action = message.action
        if isinstance(action, RunPreflight):
            action = RunPreflight(ice=self._turn.setup(room.robot))  # no page says where a robot connects to
        command = LeaderCommand(
            id=f"lead-{secrets.token_urlsafe(12)}",
            epoch=room.epoch,
            session=message.session,
            by=self.page.claim.name,
            action=action,
        )
        self.page.ask(command.id, message.id)
        await self._publisher.publish(COMMAND, room.robot, command)
