"""Somebody of the staff, as the rest of the service sees them. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remote_app.access import EVERY_ROBOT, LEADER_SEAT, StaffRole


@dataclass(frozen=True, slots=True)
class Staff:
    """Whoever is logged in. `id` is the person's; `sites` are those that a leader answers for."""

    id: str
    name: str
    role: StaffRole
    sites: frozenset[str]

    def covers_site(self, site: str) -> bool:
        """Whether this site is theirs: a leader has their own, the others all."""
        return self.role != "leader" or site in self.sites


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new session: its token is for the cookie and nothing else."""

    staff: Staff
    token: str


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """Why nobody is logged in, in one word: see `answers.SENTENCES`, and `unknown` for whom only the provider knows."""

    why: str
    retry_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StaffLeader:
    """Somebody who leads because they are logged in, with the robots that are theirs now: an `access.Leader`.

    `session` is what is kept of the session's token; when that ends, or anything here changes, the page is closed.
    """

    staff: Staff
    robots: frozenset[str]
    session: str

    @property
    def id(self) -> str:
        """The person's."""
        return self.staff.id

    @property
    def name(self) -> str:
        """As the others see it."""
        return self.staff.name

    @property
    def role(self) -> str:
        """Whose deeds of the policy are theirs."""
        return self.staff.role

    @property
    def robot(self) -> str:
        """`robots` says which."""
        return EVERY_ROBOT

    @property
    def seat(self) -> str:
        """None of a robot's."""
        return LEADER_SEAT

    @property
    def expires(self) -> float:
        """Never by itself: the session does."""
        return math.inf

    def covers(self, robot: str) -> bool:
        """Whether it stands at a site that is theirs."""
        return robot in self.robots or EVERY_ROBOT in self.robots
