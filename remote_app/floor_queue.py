"""The queues of raised hands, one for each frame (a meeting): oldest first, ties by robot id. Pure; time is monotonic
seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from protocol.state import RobotState
from remote_app.frames import NO_COURSE, Frame

AGAIN_AFTER_S: Final = 5.0  # a command that is older is refused, so no heartbeat that matters is this late
JUST_UP_S: Final = 0.5  # a robot says at once that a hand went up, and again every second


@dataclass(frozen=True, slots=True)
class _Hand:
    session: str
    raised_s: float
    seen_up: bool
    """Whether it was heard to go up, and was not up already when it was first heard of."""
    frame: Frame


class FloorQueue:
    """Hands that are up and have not got the floor.

    Hands that were heard to go up stand in the order in which the broker passed them on: the same for every node.
    Of one that was up before this node heard of its robot the heartbeat tells for how long, and comes late by as much
    as the line is slow: the earliest time that any of them gives is the nearest to the truth.
    """

    def __init__(self) -> None:
        self._hands: dict[str, _Hand] = {}
        self._frames: dict[Frame, set[str]] = {}

    def hear(self, state: RobotState, now: float, frame: Frame = NO_COURSE) -> None:
        """A heartbeat that is of now, of a robot in this frame."""
        robot, hand, session = state.robot, state.hand, state.session
        if session is None or not hand.raised or hand.floor:
            self.forget(robot)
            return
        raised_s, before = now - hand.since_s, self._hands.get(robot)
        if before is not None and before.session == session.id and raised_s - before.raised_s < AGAIN_AFTER_S:
            earliest = before.raised_s if before.seen_up else min(before.raised_s, raised_s)
            self._put(robot, replace(before, raised_s=earliest, frame=frame))
        else:
            seen_up = hand.since_s < JUST_UP_S
            self._put(robot, _Hand(session.id, now if seen_up else raised_s, seen_up, frame))

    def move(self, robot: str, frame: Frame) -> None:
        """The robot is in another frame now; its hand has been up as long as before."""
        hand = self._hands.get(robot)
        if hand is not None:
            self._put(robot, replace(hand, frame=frame))

    def forget(self, robot: str) -> None:
        """The robot is gone, or its hand is down."""
        hand = self._hands.pop(robot, None)
        if hand is not None:
            self._leave(robot, hand.frame)

    def order(self, frame: Frame = NO_COURSE) -> tuple[str, ...]:
        """The robots of one frame whose hand waits, in the order in which they get the floor."""
        robots = self._frames.get(frame, ())
        return tuple(sorted(robots, key=lambda robot: (self._hands[robot].raised_s, robot)))

    def robots(self) -> Iterator[str]:
        """Every robot whose hand waits, in no order."""
        return iter(tuple(self._hands))

    def frames(self) -> tuple[Frame, ...]:
        """Every frame in which a hand waits, in an order that is the same at every node."""
        return tuple(sorted(self._frames))

    def _put(self, robot: str, hand: _Hand) -> None:
        before = self._hands.get(robot)
        if before == hand:
            return
        if before is not None and before.frame != hand.frame:
            self._leave(robot, before.frame)
        self._hands[robot] = hand
        self._frames.setdefault(hand.frame, set()).add(robot)

    def _leave(self, robot: str, frame: Frame) -> None:
        robots = self._frames[frame]
        robots.discard(robot)
        if not robots:
            del self._frames[frame]
