"""Tells everybody what the queues of raised hands are: patients their place, leaders their own and the others'.

A change in one meeting costs what that meeting is large, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from protocol.leader import ElsewhereHand, HandQueue, QueuedHand
from protocol.meeting import MeetingMode
from protocol.state import RobotState
from protocol.web import QueuePlace
from remote_app.floor_queue import FloorQueue
from remote_app.following import name_elsewhere
from remote_app.frames import Frame, Frames, frame_of
from remote_app.leader_page import LeaderPage
from remote_app.rooms import Room

QUEUE_SLOT: Final = "queue"


@dataclass(frozen=True, slots=True)
class _Told:
    order: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class FloorDesk:
    """`rooms` are those of the node. Everything runs on the event loop's thread; `now` is monotonic seconds."""

    def __init__(self, rooms: Mapping[str, Room]) -> None:
        self._rooms = rooms
        self._queue = FloorQueue()
        self._meetings: Mapping[str, str] = {}
        self._sites: Mapping[str, str] = {}
        self.frames = Frames()
        self._told: dict[Frame, _Told] = {}
        for room in rooms.values():
            self._place(room)

    def meet(self, meetings: Mapping[str, str], sites: Mapping[str, str]) -> None:
        """Which course each robot is in now, and at which site; one that is not named is in none."""
        self._meetings, self._sites = meetings, sites
        for room in self._rooms.values():
            self._tell(self._place(room), anew=True)

    def hear(self, room: Room, state: RobotState, now: float) -> None:
        """A heartbeat that is of now may change the queue."""
        moved = self._place(room)
        frame = self.frames.of(room.robot)
        self._queue.hear(state, now, frame)
        self._tell(moved, anew=True)
        self._tell((frame,))

    def went(self, room: Room) -> None:
        """A robot is ours no longer."""
        self._queue.forget(room.robot)
        self._tell(self.frames.drop(room.robot), anew=True)

    def tick(self, now: float) -> None:
        """The hand of a robot that is gone waits no longer."""
        for robot in self._queue.robots():
            if not self._rooms[robot].present(now):
                self._queue.forget(robot)
                self._tell((self.frames.of(robot),))

    def order(self, frame: Frame) -> tuple[str, ...]:
        """The robots of one frame whose hand waits, in their order."""
        return self._queue.order(frame)

    def place_of(self, robot: str) -> QueuePlace:
        """Where the hand of one robot stands, for its patient."""
        order = self._queue.order(self.frames.of(robot))
        return QueuePlace(place=order.index(robot) + 1 if robot in order else 0, of=len(order))

    def queue_for(self, page: LeaderPage) -> HandQueue:
        """The hands of this leader's robots, and whose come between them in the same meetings."""
        hands: list[QueuedHand] = []
        elsewhere: list[ElsewhereHand] = []
        of = 0
        for frame in self._queue.frames():
            if not any(page.claim.covers(robot) for robot in self.frames.robots(frame)):
                continue
            order = self._queue.order(frame)
            of += len(order)
            for place, robot in enumerate(order, 1):
                room = self._rooms[robot]
                if page.claim.covers(robot):
                    hands.append(QueuedHand(robot=robot, place=place))
                else:
                    elsewhere.append(ElsewhereHand(place=place, where=room.place, name=name_elsewhere(room.state)))
        return HandQueue(hands=tuple(hands), elsewhere=tuple(elsewhere), of=of)

    def _place(self, room: Room) -> tuple[Frame, ...]:
        robot, mode = room.robot, room.state.mode if room.state is not None else MeetingMode.PLENARY
        frame = frame_of(robot, self._meetings.get(robot, ""), self._sites.get(robot, ""), mode)
        moved = self.frames.put(room.robot, frame)
        if moved:
            self._queue.move(room.robot, frame)
        return moved

    def _tell(self, frames: Iterable[Frame], *, anew: bool = False) -> None:
        """Tells everybody in these frames; unless `anew`, only what they have not been told."""
        for frame in frames:
            order = self._queue.order(frame)
            now = _Told(order, tuple(name_elsewhere(self._rooms[robot].state) for robot in order))
            before = self._told.get(frame, _Told())
            if now == before and not anew:
                continue
            self._tell_patients(frame, before, now, anew=anew)
            if order:
                self._told[frame] = now
            else:
                self._told.pop(frame, None)
            pages: set[LeaderPage] = set()
            for robot in self.frames.robots(frame):
                pages |= self._rooms[robot].leaders
            for page in pages:
                page.tell(self.queue_for(page), QUEUE_SLOT)

    def _tell_patients(self, frame: Frame, before: _Told, now: _Told, *, anew: bool) -> None:
        if before.order == now.order and not anew:
            return
        for robot in {*before.order, *now.order} & self.frames.robots(frame):
            self._rooms[robot].tell_pages(self.place_of(robot), QUEUE_SLOT)
