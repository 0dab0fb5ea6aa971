"""Who is in one queue together: the robots of a meeting. Pure.

A robot whose room is by itself is in a frame of that room's. Robots of no course share one frame.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Final, NamedTuple

from protocol.meeting import MeetingMode


class Frame(NamedTuple):
    """A meeting (its course; empty for none), and within it one room that is by itself (empty: all that are not)."""

    meeting: str = ""
    room: str = ""


NO_COURSE: Final = Frame()


def frame_of(robot: str, meeting: str, site: str, mode: MeetingMode) -> Frame:
    """Where a robot's hand waits: in plenary with the whole meeting, in a group with its site (alone
    where that is not known), one to one alone."""
    if mode is MeetingMode.PLENARY:
        return Frame(meeting)
    if mode is MeetingMode.GROUP and site:
        return Frame(meeting, f"site {site}")
    return Frame(meeting, f"robot {robot}")


class Frames:
    """Which robots are in which frame. Asking costs the same however many there are."""

    def __init__(self) -> None:
        self._frames: dict[str, Frame] = {}
        self._robots: dict[Frame, set[str]] = {}

    def put(self, robot: str, frame: Frame) -> tuple[Frame, ...]:
        """The robot is in this frame now; the frames that have changed: none, or the one it left and this one."""
        before = self._frames.get(robot)
        if before == frame:
            return ()
        if before is not None:
            self._leave(robot, before)
        self._frames[robot] = frame
        self._robots.setdefault(frame, set()).add(robot)
        return (frame,) if before is None else (before, frame)

    def drop(self, robot: str) -> tuple[Frame, ...]:
        """The robot is ours no longer; the frame that it left."""
        before = self._frames.pop(robot, None)
        if before is None:
            return ()
        self._leave(robot, before)
        return (before,)

    def of(self, robot: str) -> Frame:
        """The frame of a robot; that of no course for one that is not known."""
        return self._frames.get(robot, NO_COURSE)

    def robots(self, frame: Frame) -> Set[str]:
        """Everybody in it."""
        return self._robots.get(frame, frozenset())

    def _leave(self, robot: str, frame: Frame) -> None:
        robots = self._robots[frame]
        robots.discard(robot)
        if not robots:
            del self._robots[frame]
