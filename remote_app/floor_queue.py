"""The one queue of raised hands over all robots: oldest first, ties by robot id. Pure; time is monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protocol.state import RobotState

AGAIN_AFTER_S: Final = 5.0  # a command that is older is refused, so no heartbeat that matters is this late


@dataclass(frozen=True, slots=True)
class _Hand:
    session: str
    raised_s: float


class FloorQueue:
    """Hands that are up and have not got the floor.

    A heartbeat tells how long the hand has been up, and comes late by as much as the line is slow: the earliest time
    that any of them gives is the nearest to the truth, and keeps two hands from changing places with every beat.
    """

    def __init__(self) -> None:
        self._hands: dict[str, _Hand] = {}

    def hear(self, state: RobotState, now: float) -> None:
        """A heartbeat that is of now."""
        robot, hand, session = state.robot, state.hand, state.session
        if session is None or not hand.raised or hand.floor:
            self.forget(robot)
            return
        raised_s = now - hand.since_s
        before = self._hands.get(robot)
        if before is not None and before.session == session.id and 0 <= raised_s - before.raised_s < AGAIN_AFTER_S:
            return
        self._hands[robot] = _Hand(session.id, raised_s)

    def forget(self, robot: str) -> None:
        """The robot is gone, or its hand is down."""
        self._hands.pop(robot, None)

    def order(self) -> tuple[str, ...]:
        """The robots whose hand waits, in the order in which they get the floor."""
        return tuple(sorted(self._hands, key=lambda robot: (self._hands[robot].raised_s, robot)))
