"""The links of screens that leaders make: one for each robot, good for a day, another one when it is withdrawn. Pure,
but for the time of day.

Its id follows from the robot and from how many were withdrawn before, under the link key: so every node knows which one
is good, and a leader who comes back finds the one that is out there. The store has only those that were withdrawn.
"""

from __future__ import annotations

import itertools
import time
from typing import Final

from remote_app.access import LinkKey, new_claim

GOOD_FOR_S: Final = 86_400.0
SCREEN_PATH: Final = "/s/"
SCREEN_SEAT: Final = "screen"


class ScreenLinks:
    """`withdrawn` is what the store says. One writer takes what it has to be told."""

    def __init__(self, key: LinkKey) -> None:
        self._key = key
        self._said: frozenset[str] = frozenset()
        self.withdrawn: frozenset[str] = frozenset()

    def token(self, robot: str, name: str) -> str:
        """The link's token; `name` is what the people at the robot read of who watches."""
        now = time.time()
        claim = new_claim(robot, SCREEN_SEAT, name, not_before=now - 60, expires=now + GOOD_FOR_S, role="screen")
        return self._key.sign(claim.model_copy(update={"id": self._id(robot)}))

    def withdraw(self, robot: str) -> None:
        """The link that is out there is useless as soon as the store knows."""
        self._said |= {self._id(robot)}

    def untold(self) -> frozenset[str]:
        """What the store does not know yet."""
        return self._said - self.withdrawn

    def _id(self, robot: str) -> str:
        gone = self.withdrawn | self._said
        return next(link for turn in itertools.count() if (link := self._key.screen_id(robot, turn)) not in gone)
