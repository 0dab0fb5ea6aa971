"""What the head shall do: limits, slew, watchdog, order of set-points. Pure; time is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from protocol.commands import GestureName
from robot_agent.head.aim import Aim, Beat, Gaps
from robot_agent.head.errors import ValueRangeError
from robot_agent.head.gesture import PAN_SWINGS, STILL, TILT_SWINGS, Breath, Sway, swayed
from robot_agent.head.profile import AxisState, Pace, advance, stoppable, stopping
from robot_agent.head.settings import AxisSettings, HeadSettings

SET_POINT_WATCHDOG_S: Final = 0.3  # so long after the last set-point the goal stands still; the servos need 0.1 s more
BRAKE_EARLY_S: Final = 0.02  # a tick: the brake is put on at ticks only
HARD_BRAKE_S: Final = 0.08  # from full slew to rest; no finger is there to feel it, and the current just allows it
HARD_BRAKE_EASE_S: Final = 0.03  # what it takes longer is lost to set-points that come late
THIN_S: Final = 0.08  # a page says its goal every 50 ms; where less arrives, a head that stands only waits for more
SPARE_S: Final = 0.005  # between the end of the usual gap and the brake: no gap is quite like the other
# From a gap of about a quarter of a second on there is no speed at which the head need not brake in it: the watchdog's
# time is nearly over, and it goes before. Slower than this the head would crawl, so it brakes and goes on.
SLOWEST_DEG_S: Final = 40.0
MAX_STEP_S: Final = 0.1  # after a pause of the computer the head goes on from where it was
BREATH_AFTER_S: Final = 4.0  # a head that has just turned is looked through, and stands still for it
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
        self.aim = Aim(settings.clamp(0.0))
        self._sway: tuple[Sway, float] | None = None
        self._swaying = STILL

    @property
    def goal(self) -> float:
        """Where it shall stand in the end."""
        return self.aim.goal

    @property
    def wanted(self) -> float | None:
        """Where the servo shall be now, degrees; None while nobody knows where it is."""
        return None if self.state is None else self.state.position + self._swaying.offset

    @property
    def swaying(self) -> Sway | None:
        """What moves it a little about where it stands."""
        return self._sway[0] if self._sway is not None else None

    @property
    def arrived(self) -> bool:
        """Nothing is left to do."""
        return self.stands and (self.state is None or self.state.position == self.goal)

    @property
    def stands(self) -> bool:
        """It does not move now."""
        return self.state is None or (self.state.velocity == 0 and self.state.acceleration == 0)

    def start_at(self, position: float, *, keep_goal: bool) -> None:
        """The axis stands still at `position`; it goes on to its goal from there, or stays."""
        self._forget_sway()
        self.state = AxisState(position)
        if not keep_goal:
            self.aim.at_once(position)

    def lose(self) -> None:
        """The servo is away: where the axis stands is not known any more."""
        self._forget_sway()
        self.state = None

    def sway(self, sway: Sway, now: float) -> float:
        """Begin to move a little about where it stands, within the limits; returns for how long, in seconds."""
        if self.state is None:
            return 0.0
        fitted = sway.within(self.state.position, self.settings.min_deg, self.settings.max_deg)
        self._sway = (fitted, now)
        return fitted.duration_s

    def stand(self) -> None:
        """End the sway: the axis goes on from where it is now."""
        if self.state is not None and self._sway is not None:
            now = self._swaying
            calm = isinstance(self._sway[0], Breath)  # slower than the servo can tell
            position = self.settings.clamp(self.state.position + now.offset)
            self.state = AxisState(position) if calm else AxisState(position, now.velocity, now.acceleration)
        self._forget_sway()

    def _forget_sway(self) -> None:
        self._sway, self._swaying = None, STILL

    def brake(self, pace: Pace) -> None:
        """Make the nearest point at which the axis can stop its goal."""
        if self.stands and self.state is not None:
            self.aim.at_once(self.state.position)
        elif self.state is not None:
            self.aim.at_once(self.settings.clamp(stopping(self.state, pace).position))

    def step(self, pace: Pace, now: float, dt: float) -> None:
        """Go on for `dt` seconds, until `now`."""
        if self._sway is not None:
            sway, began = self._sway
            self._swaying = swayed(sway, now - began)
            if now - began >= sway.duration_s:
                self._forget_sway()
        if self.state is None or self.arrived:
            return
        target = self.aim.target(now)
        state = AxisState(_nudged(self.state.position, target)) if self.stands else self.state
        new = advance(state, target, pace, dt)
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
        self.watched = False
        """Somebody is connected: the head may breathe."""
        self._still_since: float | None = None
        self._beat = Beat()
        self._gaps = Gaps()
        self._heard_at = -math.inf
        self._led_at = -math.inf
        self._stepped_at: float | None = None

    @property
    def arrived(self) -> bool:
        """Both axes stand at their goals."""
        return self.pan.arrived and self.tilt.arrived

    @property
    def aimed(self) -> tuple[Goal, float, float]:
        """What the head was told last: where the goal comes from, pan and tilt in degrees."""
        return self.goal, self.pan.goal, self.tilt.goal

    def steer(self, pan: float, tilt: float, seq: int, now: float) -> bool:
        """Follow a set-point for at most 300 ms. False when a newer one has been seen or it is no angle."""
        if seq <= self.seq or not (math.isfinite(pan) and math.isfinite(tilt)):
            return False
        self.seq = seq
        self._stand()
        goals = self.pan.settings.clamp(pan), self.tilt.settings.clamp(tilt)
        self._gaps.heard(now - self._heard_at)
        self._heard_at = now
        if self.aimed != (Goal.STEERED, *goals):  # the same again only says that somebody is there
            self._follow(goals, now)
        self._aimed(pan, tilt, Goal.STEERED)
        return True

    def _follow(self, goals: tuple[float, float], now: float) -> None:
        glide_s = self._beat.heard(now - self._led_at, self._gaps.longest_s)
        self._led_at = now
        for axis, goal in zip((self.pan, self.tilt), goals, strict=True):
            drag = self.goal in (Goal.STEERED, Goal.HOLD) and (not axis.stands or self._gaps.longest_s >= THIN_S)
            if drag and glide_s is not None:
                axis.aim.glide(goal, now, glide_s, SERVO_STEP_DEG if axis.stands else 0.0)
            else:  # the first touch is felt at once
                axis.aim.at_once(goal)

    def place(self, pan: float, tilt: float) -> Angles:
        """Turn to an angle and stay; says which one after the limits. Raises ValueRangeError."""
        for name, value in (("pan_deg", pan), ("tilt_deg", tilt)):
            if not math.isfinite(value):
                raise ValueRangeError(name, value)
        return self._turn(pan, tilt, Goal.PLACED)

    def gesture(self, name: GestureName, now: float) -> float | None:
        """Nod or shake; how long it takes, in seconds. None while the head is on its way, or without its servos."""
        if not self.arrived or self.pan.state is None or self.tilt.state is None:
            return None
        self._stand()
        axis, swings = (self.pan, PAN_SWINGS) if name in PAN_SWINGS else (self.tilt, TILT_SWINGS)
        return axis.sway(swings[name], now)

    def rest(self) -> None:
        """Turn to the rest pose."""
        self._turn(self._settings.rest_pan_deg, self._settings.rest_tilt_deg, Goal.REST)

    def forget_sequence(self) -> None:
        """Somebody else steers from now on and counts from 0."""
        self.seq = -1

    def hold(self) -> None:
        """Brake hard and stand still."""
        if self.goal is Goal.HOLD:
            return
        self.goal = Goal.HOLD
        for axis in (self.pan, self.tilt):
            axis.brake(self._pace(axis))

    def give_way(self, axis: Axis, measured: float) -> None:
        """Something holds the head: what it is pressed to is where it stays."""
        axis.start_at(measured, keep_goal=False)
        if axis.settings.clamp(measured) != measured:
            axis.aim.at_once(axis.settings.clamp(measured))

    def step(self, now: float) -> None:
        """Go on to time `now`."""
        before = now if self._stepped_at is None else self._stepped_at
        self._stepped_at = now
        if self.goal is Goal.STEERED and self._let_go(now):
            self.hold()
        self._breathe(now)
        dt = min(now - before, MAX_STEP_S)
        if dt <= 0:
            return
        for axis in (self.pan, self.tilt):
            axis.step(self._pace(axis), now, dt)

    def _breathe(self, now: float) -> None:
        """A head that has stood for a while and through which somebody looks moves as if it breathed."""
        sways = (self.pan.swaying, self.tilt.swaying)
        may = self.watched and self.goal in (Goal.HOLD, Goal.PLACED) and self._settings.breathing_deg > 0
        if isinstance(sways[1], Breath):
            if not may:
                self.tilt.stand()
        elif not may or not self.arrived or sways != (None, None):
            self._still_since = None
        elif self._still_since is None:
            self._still_since = now
        elif now - self._still_since >= BREATH_AFTER_S:
            self.tilt.sway(Breath(self._settings.breathing_deg), now)

    def _stand(self) -> None:
        self._still_since = None
        self.pan.stand()
        self.tilt.stand()

    def _let_go(self, now: float) -> bool:
        """The brake must be put on now, for both axes to stand when the watchdog is over."""
        moving = ((a.state, a.settings) for a in (self.pan, self.tilt) if a.state is not None and not a.stands)
        braking_s = max((stopping(state, _hard(settings)).seconds for state, settings in moving), default=0.0)
        return now + BRAKE_EARLY_S + braking_s >= self._heard_at + SET_POINT_WATCHDOG_S

    def _turn(self, pan: float, tilt: float, goal: Goal) -> Angles:
        self._stand()
        self.pan.aim.at_once(self.pan.settings.clamp(pan))
        self.tilt.aim.at_once(self.tilt.settings.clamp(tilt))
        return self._aimed(pan, tilt, goal)

    def _aimed(self, pan: float, tilt: float, goal: Goal) -> Angles:
        self.at_limit = (self.pan.goal, self.tilt.goal) != (pan, tilt)
        self.goal = goal
        return Angles(self.pan.goal, self.tilt.goal)

    def _pace(self, axis: Axis) -> Pace:
        rest, own, hard = self._settings, axis.settings, _hard(axis.settings)
        if self.goal is Goal.HOLD:
            return hard
        if self.goal is Goal.REST:
            pace = _eased(rest.rest_slew_deg_s, rest.rest_acceleration_deg_s2, rest.rest_ease_s)
        else:
            pace = _eased(self._followed(own), own.acceleration_deg_s2, own.ease_s)
        if axis.state is not None and abs(axis.state.acceleration) > pace.acceleration:
            # The hard brake comes off as quickly as it was put on; softly, the head would stop and go back.
            return replace(pace, jerk=max(pace.jerk, hard.jerk))
        return pace

    def _followed(self, axis: AxisSettings) -> float:
        """How fast it may turn, deg/s: on a thin line so slowly that the watchdog need not brake it in the usual gap.

        Faster, the head would be braked and let go again in every gap, and the picture would jerk with it.
        """
        if self.goal is not Goal.STEERED:
            return axis.slew_deg_s
        left_s = SET_POINT_WATCHDOG_S - BRAKE_EARLY_S - SPARE_S - self._gaps.longest_s
        return min(axis.slew_deg_s, max(stoppable(left_s, _hard(axis)), SLOWEST_DEG_S))


def _hard(axis: AxisSettings) -> Pace:
    acceleration = max(axis.acceleration_deg_s2, axis.slew_deg_s / HARD_BRAKE_S)
    return _eased(axis.slew_deg_s, acceleration, HARD_BRAKE_EASE_S)


def _eased(slew: float, acceleration: float, ease_s: float) -> Pace:
    return Pace(slew, acceleration, acceleration / ease_s)


def _nudged(position: float, target: float) -> float:
    """A move begins with one step of the servo: a finger feels a tick in which nothing could be written yet."""
    return position + max(-SERVO_STEP_DEG, min(SERVO_STEP_DEG, target - position))
