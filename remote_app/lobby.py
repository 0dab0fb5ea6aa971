"""The waiting room: who waits at which robot, and who has been let in. Pure; time comes in as monotonic seconds.

A link stands for its person, on however many screens. What is known here is what was said on the channel `lobby`,
so it is the same at every node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protocol.lobby import KNOCK_EVERY_S, MISSED_KNOCKS, LobbyAdmit, LobbyDecline, LobbyGone, LobbyKnock

GONE_AFTER_S: Final = KNOCK_EVERY_S * MISSED_KNOCKS
ADMITTED_KEPT_S: Final = 600.0  # a tablet that was put aside for so long asks anew; a tunnel or a reload does not
DEAF_AFTER_DECLINE_S: Final = 1.0  # a knock that was on its way when the leader said no is no new question


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who waits: since when, and when the last knock was heard."""

    link: str
    seat: str
    name: str
    companion: str
    since_s: float
    heard_s: float


@dataclass(slots=True)
class _Admission:
    by: str
    seen_s: float


Key = tuple[str, str]  # robot and link


class Lobby:
    """Everybody who waits, and everybody who was let in."""

    def __init__(self) -> None:
        self._waiting: dict[Key, Guest] = {}
        self._admitted: dict[str, dict[str, _Admission]] = {}  # by robot and link: each heartbeat asks for one robot's
        self._declined_s: dict[Key, float] = {}

    def knock(self, word: LobbyKnock, now: float) -> bool:
        """Somebody waits, or still waits; True when that, or a name, is new. Whoever was let in does not wait."""
        key = (word.robot, word.link)
        declined_s = self._declined_s.get(key)
        if self.is_admitted(*key) or (declined_s is not None and now - declined_s < DEAF_AFTER_DECLINE_S):
            return False
        before = self._waiting.get(key)
        since_s = now - word.waited_s
        if before is not None:
            since_s = min(since_s, before.since_s)
        guest = Guest(word.link, word.seat, word.name, word.companion, since_s, now)
        self._waiting[key] = guest
        return before is None or (before.name, before.companion) != (guest.name, guest.companion)

    def admit(self, word: LobbyAdmit, now: float) -> None:
        """A leader lets the person in."""
        key = (word.robot, word.link)
        self._waiting.pop(key, None)
        self._declined_s.pop(key, None)
        self._admitted.setdefault(word.robot, {})[word.link] = _Admission(word.by, now)

    def decline(self, word: LobbyDecline, now: float) -> bool:
        """A leader does not; the person may knock again. False when nobody waits there: another leader was quicker."""
        key = (word.robot, word.link)
        if self._waiting.pop(key, None) is None:
            return False
        self._declined_s[key] = now
        return True

    def gone(self, word: LobbyGone) -> None:
        """The person waits no longer, or has left."""
        self._waiting.pop((word.robot, word.link), None)
        self.revoke(word.robot, word.link)

    def revoke(self, robot: str, link: str) -> None:
        """Whoever was let in has to knock again."""
        self._admitted.get(robot, {}).pop(link, None)

    def seen(self, robot: str, link: str, now: float) -> None:
        """Somebody who was let in is still there."""
        admission = self._admitted.get(robot, {}).get(link)
        if admission is not None:
            admission.seen_s = now

    def is_admitted(self, robot: str, link: str) -> bool:
        """Whether a leader has let this link's person in."""
        return link in self._admitted.get(robot, {})

    def admitted_by(self, robot: str, link: str) -> str | None:
        """Who let this link's person in; None for nobody."""
        admission = self._admitted.get(robot, {}).get(link)
        return None if admission is None else admission.by

    def admitted(self, robot: str) -> tuple[str, ...]:
        """The links that were let in to one robot."""
        return tuple(self._admitted.get(robot, {}))

    def waiting(self, robot: str) -> tuple[Guest, ...]:
        """Who waits at one robot, the longest first; ties by link."""
        here = (guest for (at, _), guest in self._waiting.items() if at == robot)
        return tuple(sorted(here, key=lambda guest: (guest.since_s, guest.link)))

    def everybody(self) -> tuple[tuple[str, Guest], ...]:
        """Who waits at any robot, with the robot."""
        return tuple((robot, guest) for (robot, _), guest in self._waiting.items())

    def let_in(self) -> tuple[tuple[str, str, str], ...]:
        """Who was let in: robot, link, and by whom."""
        return tuple((robot, link, it.by) for robot, here in self._admitted.items() for link, it in here.items())

    def waited_s(self, robot: str, link: str, now: float) -> float:
        """How long this link's person has waited; 0 when the first knock has not been heard."""
        guest = self._waiting.get((robot, link))
        return 0.0 if guest is None else max(0.0, now - guest.since_s)

    def tick(self, now: float) -> frozenset[str]:
        """Forgets who fell silent; returns the robots at which somebody waits no longer."""
        silent = [key for key, guest in self._waiting.items() if now - guest.heard_s >= GONE_AFTER_S]
        for key in silent:
            del self._waiting[key]
        self._declined_s = {k: s for k, s in self._declined_s.items() if now - s < DEAF_AFTER_DECLINE_S}
        return frozenset(robot for robot, _ in silent)

    def forget(self, now: float) -> None:
        """Whoever was let in and has not been seen for long has to knock again."""
        for robot, here in tuple(self._admitted.items()):
            for link in [link for link, it in here.items() if now - it.seen_s >= ADMITTED_KEPT_S]:
                del here[link]
            if not here:
                del self._admitted[robot]
