"""What this node knows of each robot: presence, newest state, and the pages, watchers and leaders that look at it."""

from __future__ import annotations

from typing import Final

from protocol.base import Wire
from protocol.leader import PresenceNews
from protocol.state import Offline, Online, Pose, RobotState
from protocol.web import RobotPresent
from remote_app.leader_page import LeaderPage
from remote_app.page import Page
from remote_app.presence import Presence
from remote_app.settings import RobotSettings

STATE_SLOT: Final = "state"
POSE_SLOT: Final = "pose"
PRESENT_SLOT: Final = "present"


class Room:
    """One robot. `now` is monotonic seconds; every change is sent to the pages at once."""

    def __init__(self, settings: RobotSettings) -> None:
        self.robot = settings.id
        self.place = settings.place
        self.pages: set[Page] = set()
        self.watchers: set[Page] = set()
        self.leaders: set[LeaderPage] = set()
        self.state: RobotState | None = None
        self.presence = Presence()
        self._told_present = False
        self._leaders_state_slot = f"{STATE_SLOT} {self.robot}"

    @property
    def epoch(self) -> str | None:
        """The epoch that commands must carry, None before the robot has been heard."""
        return self.presence.epoch

    def present(self, now: float) -> bool:
        """Whether the robot is there, as the pages were told or will be at the next `tick`."""
        return self.presence.present(now)

    def seated(self, seat: str) -> str | None:
        """The session that the robot has from this seat, by whichever link; None when it is nobody's or another's."""
        held = self.state.session if self.state is not None else None
        return held.id if held is not None and held.seat == seat else None

    def hear_state(self, state: RobotState, now: float, *, retained: bool) -> None:
        """The heartbeat. A retained one is shown while there is no better, and proves no presence."""
        if retained and self.state is not None:
            return
        self.state = state
        if not retained:
            self.presence = self.presence.beat(state.epoch, now, in_session=state.session is not None)
        self._tell_state(state)
        self.tick(now)

    def hear_presence(self, message: Online | Offline, now: float, *, retained: bool) -> None:
        """Coming and going, which only make quicker what the heartbeat's age tells anyway."""
        if isinstance(message, Offline):
            self.presence = self.presence.offline(message.epoch)
        elif not retained:
            self.presence = self.presence.online(message.epoch, now)
        self.tick(now)

    def hear_pose(self, pose: Pose) -> None:
        """The measured pose, for pages without a data channel."""
        self.tell_pages(pose, POSE_SLOT)

    def tick(self, now: float) -> None:
        """Tells the pages when presence has changed. Call often: a robot goes silent without a message."""
        present = self.present(now)
        if present != self._told_present:
            self._told_present = present
            self.tell_pages(RobotPresent(present=present), PRESENT_SLOT)
            self.tell_watchers(RobotPresent(present=present), PRESENT_SLOT)
            self.tell_leaders(PresenceNews(robot=self.robot, present=present), PRESENT_SLOT)

    def _tell_state(self, state: RobotState) -> None:
        """To everybody, written once: it is most of what a node says."""
        if not (self.pages or self.watchers or self.leaders):
            return
        text = state.model_dump_json()
        for page in (*self.pages, *self.watchers):
            page.outbox.put(text, STATE_SLOT)
        for leader in self.leaders:
            leader.outbox.put(text, self._leaders_state_slot)

    def tell_pages(self, message: Wire, slot: str) -> None:
        """Sends one message to every page; in the slot it takes the place of one that still waits."""
        _tell(self.pages, message, slot)

    def tell_watchers(self, message: Wire, slot: str) -> None:
        """The same for pages that only watch."""
        _tell(self.watchers, message, slot)

    def tell_leaders(self, message: Wire, slot: str) -> None:
        """Sends one message to every leader of this robot; in the slot it takes the place of one that still waits."""
        if self.leaders:
            text = message.model_dump_json()
            for page in self.leaders:
                page.outbox.put(text, f"{slot} {self.robot}")


def _tell(pages: set[Page], message: Wire, slot: str) -> None:
    if pages:
        text = message.model_dump_json()
        for page in pages:
            page.outbox.put(text, slot)
