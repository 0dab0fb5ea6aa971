"""What may still be done: refuses commands that are out of order, too old, or from elsewhere. Pure.

Ages are measured on monotonic clocks. The tablet's clock is never compared with ours but through the smallest
difference seen of late: the fastest message defines age zero, and a message is as old as it is later than that.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from protocol.commands import (
    AskHeard,
    Command,
    LeaderCommand,
    LookAt,
    MakeGesture,
    Refusal,
    RemovePlace,
    SavePlace,
    SetPrivate,
    SetVolume,
)
from protocol.meeting import EndMeeting, SetMeetingMode
from protocol.preflight import RunPreflight

MOTION_MAX_AGE_MS = 500.0  # a head that turns later than this surprises people
OTHER_MAX_AGE_MS = 5_000.0  # a hand or a sentence still means the same
SUSPENDED_MS = 2_500.0  # two missed beats: a tablet that slept has a clock that slept too
WINDOW_MS = 30_000.0  # 100 ppm of drift is 3 ms in this time
REMEMBERED = 32  # ids of leaders' commands: a broker that says one twice does so within moments
FOR_THE_ROBOT = (SetPrivate, SetMeetingMode, EndMeeting, LookAt, SavePlace, RemovePlace, RunPreflight)
BEFORE_ANYBODY = (SetVolume, AskHeard)  # of a leader who places the robot


class ClockOffset:
    """The smallest `ours - theirs` of the last 30 to 60 seconds, so that drifting clocks do no harm."""

    def __init__(self) -> None:
        self._window_began_ms: float | None = None
        self._current_ms = 0.0
        self._previous_ms: float | None = None

    def age_ms(self, sent_ms: float, now_ms: float) -> float:
        """How much later than the fastest message this one came, in ms; learns from it too."""
        offset = now_ms - sent_ms
        if self._window_began_ms is None:
            self._window_began_ms, self._current_ms = now_ms, offset
        elif now_ms - self._window_began_ms > WINDOW_MS:
            self._previous_ms = self._current_ms
            self._window_began_ms, self._current_ms = now_ms, offset
        else:
            self._current_ms = min(self._current_ms, offset)
        known = self._current_ms if self._previous_ms is None else min(self._current_ms, self._previous_ms)
        return offset - known


@dataclass(slots=True)
class _Place:
    session: str
    connection: str
    clock: ClockOffset
    newest_command: int = -1
    beat_ms: float | None = None


class CommandGate:
    """Lets through what belongs to the connection that holds the robot, in order and in time; and what leaders say."""

    def __init__(self) -> None:
        self._place: _Place | None = None
        self._led: deque[str] = deque(maxlen=REMEMBERED)

    def open_for(self, session: str, connection: str, sent_ms: float, now_ms: float) -> None:
        """A new connection holds the robot: its own clock and its own count of commands."""
        self._place = _Place(session, connection, ClockOffset())
        self._place.clock.age_ms(sent_ms, now_ms)

    def close(self) -> None:
        """Nobody holds the robot."""
        self._place = None

    def beat(self, connection: str, sent_ms: float, now_ms: float) -> None:
        """Learns the clock from a beat of the holder."""
        place = self._place
        if place is None or place.connection != connection:
            return
        if place.beat_ms is not None and now_ms - place.beat_ms > SUSPENDED_MS:
            place.clock = ClockOffset()
        place.beat_ms = now_ms
        place.clock.age_ms(sent_ms, now_ms)

    def set_point_is_fresh(self, sent_ms: float, now_ms: float) -> bool:
        """Whether a set-point of the holder is young enough to move the head."""
        return self._place is not None and self._place.clock.age_ms(sent_ms, now_ms) <= MOTION_MAX_AGE_MS

    def check(self, command: Command, epoch: str, now_ms: float) -> Refusal | None:
        """Why the command must not be carried out, or None. A refused command leaves the gate as it was."""
        place = self._place
        if place is None:
            return Refusal.NO_SESSION
        if command.session != place.session or command.connection != place.connection:
            return Refusal.OTHER_SESSION
        if command.epoch != epoch:
            return Refusal.OTHER_EPOCH
        if command.seq <= place.newest_command:
            return Refusal.OUT_OF_ORDER
        limit_ms = MOTION_MAX_AGE_MS if isinstance(command.action, LookAt | MakeGesture) else OTHER_MAX_AGE_MS
        if place.clock.age_ms(command.sent_ms, now_ms) > limit_ms:
            return Refusal.TOO_OLD
        place.newest_command = command.seq
        return None

    def check_leader(self, command: LeaderCommand, epoch: str) -> Refusal | None:
        """The same for a course leader's: of this epoch, only once, and for who is here now if for anybody.

        The room's volume and «hører dere meg?» are asked for nobody while the robot is placed, before anybody is in.
        """
        if command.epoch != epoch:
            return Refusal.OTHER_EPOCH
        if command.id in self._led:
            return Refusal.OUT_OF_ORDER
        refusal = None if isinstance(command.action, FOR_THE_ROBOT) else self._whom(command)
        if refusal is None:
            self._led.append(command.id)
        return refusal

    def _whom(self, command: LeaderCommand) -> Refusal | None:
        if self._place is None:
            placing = command.session is None and isinstance(command.action, BEFORE_ANYBODY)
            return None if placing else Refusal.NO_SESSION
        return None if command.session == self._place.session else Refusal.OTHER_SESSION
