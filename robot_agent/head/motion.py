"""What the head shall do: limits, slew, watchdog, order of set-points. Pure; time is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from robot_agent.head.errors import ValueRangeError
from robot_agent.head.profile import AxisState, Pace, advance, stopping_point
from robot_agent.head.settings import AxisSettings, HeadSettings

SET_POINT_WATCHDOG_S: Final = 0.3  # six repeats at 50 ms: a finger that is heard of no more has let go
MAX_STEP_S: Final = 0.1  # after a pause of the computer the head goes on from where it was
SERVO_STEP_DEG: Final = 360 / 4096  # less than this a servo cannot be told (XL330 e-manual, Goal Position)


class Goal(StrEnum):
    """Where the goal comes from, which decides what ends it."""

    HOLD = "hold"  # stands still
    STEERED = "steered"  # a set-point: ends with the watchdog
    PLACED = "placed"  # a tap or a saved place: stays
    REST = "rest"  # placed, at the pace of resting


@dataclass(frozen=True, slots=True)
class Angles:
    """A direction of the head in degrees."""

    pan: float
    tilt: float


class Axis:
    """One axis. Its position is unknown (None) until a servo has told where it stands."""

    def __init__(self, settings: AxisSettings) -> None:
        self.settings = settings
        self.state: AxisState | None = None
        self.goal = settings.clamp(0.0)

    @property
    def arrived(self) -> bool:
        """Nothing is left to do."""
        return self.state is None or (self.state.position == self.goal and self.state.velocity == 0)

    @property
    def stands(self) -> bool:
        """It does not move now."""
        return self.state is None or self.state.velocity == 0

    def start_at(self, position: float, *, keep_goal: bool) -> None:
        """The axis stands still at `position`; it goes on to its goal from there, or stays."""
        self.state = AxisState(position)
        if not keep_goal:
            self.goal = position

    def lose(self) -> None:
        """The servo is away: where the axis stands is not known any more."""
        self.state = None

    def brake(self, acceleration: float) -> None:
        """Make the nearest point at which the axis can stop its goal."""
        if self.state is not None and self.state.velocity:
            self.goal = self.settings.clamp(stopping_point(self.state, acceleration))
        elif self.state is not None:
            self.goal = self.state.position

    def step(self, pace: Pace, dt: float) -> None:
        """Go on for `dt` seconds."""
        if self.state is None or self.arrived:
            return
        new = advance(self.state, self.goal, pace, dt)
        low = min(self.settings.min_deg, self.state.position)
        high = max(self.settings.max_deg, self.state.position)
        if low <= new.position <= high:
            self.state = new
        else:
            self.state = AxisState(min(max(new.position, low), high))


class HeadMotion:
    """Both axes and the goal they share."""

    def __init__(self, settings: HeadSettings) -> None:
        self._settings = settings
        self.pan = Axis(settings.pan)
        self.tilt = Axis(settings.tilt)
        self.goal = Goal.HOLD
        self.at_limit = False
        self.seq = -1
        self._heard_at = 0.0
        self._stepped_at: float | None = None

    @property
    def arrived(self) -> bool:
        """Both axes stand at their goals."""
        return self.pan.arrived and self.tilt.arrived

    def steer(self, pan: float, tilt: float, seq: int, now: float) -> bool:
        """Follow a set-point for at most 300 ms. False when a newer one has been seen or it is no angle."""
        if seq <= self.seq or not (math.isfinite(pan) and math.isfinite(tilt)):
            return False
        self.seq = seq
        self._heard_at = now
        self._aim(pan, tilt, Goal.STEERED)
        return True

    def place(self, pan: float, tilt: float) -> Angles:
        """Turn to an angle and stay; says which one after the limits. Raises ValueRangeError."""
        for name, value in (("pan_deg", pan), ("tilt_deg", tilt)):
            if not math.isfinite(value):
                raise ValueRangeError(name, value)
        return self._aim(pan, tilt, Goal.PLACED)

    def rest(self) -> None:
        """Turn to the rest pose."""
        self._aim(self._settings.rest_pan_deg, self._settings.rest_tilt_deg, Goal.REST)

    def forget_sequence(self) -> None:
        """Somebody else steers from now on and counts from 0."""
        self.seq = -1

    def hold(self) -> None:
        """Brake and stand still."""
        if self.goal is Goal.HOLD:
            return
        self.goal = Goal.HOLD
        for axis in (self.pan, self.tilt):
            axis.brake(self._pace(axis.settings).acceleration)

    def give_way(self, axis: Axis, measured: float) -> None:
        """Something holds the head: what it is pressed to is where it stays."""
        axis.start_at(measured, keep_goal=False)
        if axis.settings.clamp(measured) != measured:
            axis.goal = axis.settings.clamp(measured)

    def step(self, now: float) -> None:
        """Go on to time `now`."""
        before = now if self._stepped_at is None else self._stepped_at
        self._stepped_at = now
        if self.goal is Goal.STEERED and now - self._heard_at >= SET_POINT_WATCHDOG_S:
            self.hold()
        dt = min(now - before, MAX_STEP_S)
        if dt <= 0:
            return
        for axis in (self.pan, self.tilt):
            pace = self._pace(axis.settings)
            axis.step(pace, max(dt, _first_step_s(pace)) if axis.stands else dt)

    def _aim(self, pan: float, tilt: float, goal: Goal) -> Angles:
        self.pan.goal = self.pan.settings.clamp(pan)
        self.tilt.goal = self.tilt.settings.clamp(tilt)
        self.at_limit = (self.pan.goal, self.tilt.goal) != (pan, tilt)
        self.goal = goal
        return Angles(self.pan.goal, self.tilt.goal)

    def _pace(self, axis: AxisSettings) -> Pace:
        if self.goal is Goal.REST:
            return Pace(self._settings.rest_slew_deg_s, self._settings.rest_acceleration_deg_s2)
        return Pace(axis.slew_deg_s, axis.acceleration_deg_s2)


def _first_step_s(pace: Pace) -> float:
    """How long the first servo step of a move takes. A finger feels a tick in which nothing can be written yet."""
    return math.sqrt(2 * SERVO_STEP_DEG / pace.acceleration)
