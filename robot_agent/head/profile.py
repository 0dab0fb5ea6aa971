"""One axis on its way to a goal: velocity, acceleration and jerk limited, without overshoot. Pure.

A step chooses the acceleration at its end so that the axis, braking from there as hard as its pace allows, comes to
rest at the goal. Where none does, it takes the one that comes nearest: the way out is then as fast as it may be, and
a goal that was moved behind the axis is gone back to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

PIECE_S: Final = 0.005  # the longest step in one piece: within it the acceleration changes linearly
ARRIVED_DEG: Final = 1e-3  # a hundredth of what a servo can be told
_TOLERANCE_DEG: Final = 1e-6
_MOST_TRIES: Final = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast (deg/s), how hard (deg/s²) and how suddenly (deg/s³) an axis may move."""

    slew: float
    acceleration: float
    jerk: float


@dataclass(frozen=True, slots=True)
class AxisState:
    """Angle in degrees, velocity in deg/s, acceleration in deg/s²."""

    position: float
    velocity: float = 0.0
    acceleration: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an axis comes to rest (degrees) when it brakes from now on, and after how many seconds."""

    position: float
    seconds: float


def advance(state: AxisState, goal: float, pace: Pace, dt: float) -> AxisState:
    """Where the axis is `dt` seconds later."""
    pieces = max(1, math.ceil(dt / PIECE_S - 1e-9))
    for _ in range(pieces):
        state = _piece(state, goal, pace, dt / pieces)
    return state


def stopping(state: AxisState, pace: Pace) -> Stop:
    """The shortest way to rest: the acceleration falls to the hardest braking, stays, and comes back to zero."""
    jerk = pace.jerk
    hardest = max(pace.acceleration, abs(state.acceleration))
    coasting = state.velocity + state.acceleration * abs(state.acceleration) / (2 * jerk)
    side = 1.0 if coasting >= 0 else -1.0
    velocity, before = state.velocity * side, state.acceleration * side
    braking = math.sqrt(max(jerk * velocity + before * before / 2, 0.0))
    held = 0.0
    if braking > hardest:
        braking = hardest
        held = (velocity + before * before / (2 * jerk)) / hardest - hardest / jerk
    falling = (before + braking) / jerk
    way = (velocity + (before / 2 - jerk * falling / 6) * falling) * falling
    velocity += (before - jerk * falling / 2) * falling
    way += (velocity - braking * held / 2) * held
    way += braking**3 / (6 * jerk * jerk)  # while the braking ends
    return Stop(state.position + side * way, falling + held + braking / jerk)


def stoppable(seconds: float, pace: Pace) -> float:
    """The fastest even velocity (deg/s) from which the shortest way to rest takes no more than `seconds`."""
    ease_s = pace.acceleration / pace.jerk
    if seconds >= 2 * ease_s:
        return (seconds - ease_s) * pace.acceleration
    return pace.jerk * max(seconds, 0.0) ** 2 / 4


def _piece(state: AxisState, goal: float, pace: Pace, dt: float) -> AxisState:
    stop = stopping(state, pace)
    if abs(stop.position - goal) <= ARRIVED_DEG and stop.seconds <= dt:
        return AxisState(goal)
    low, high = _admissible(state, pace, dt)
    return _moved(state, _towards(state, goal, pace, dt, low, high), dt)


def _moved(state: AxisState, acceleration: float, dt: float) -> AxisState:
    return AxisState(
        state.position + (state.velocity + (2 * state.acceleration + acceleration) * dt / 6) * dt,
        state.velocity + (state.acceleration + acceleration) / 2 * dt,
        acceleration,
    )


def _admissible(state: AxisState, pace: Pace, dt: float) -> tuple[float, float]:
    """The least and the greatest acceleration at the end of a piece, by jerk, acceleration and slew in this order."""
    change = pace.jerk * dt
    lowest, highest = state.acceleration - change, state.acceleration + change
    low = min(max(lowest, -pace.acceleration), highest)
    high = max(min(highest, pace.acceleration), lowest)
    coming = state.velocity + state.acceleration * dt / 2
    high = max(min(high, _levelling(pace.slew - coming, pace.jerk, dt)), low)
    low = min(max(low, -_levelling(pace.slew + coming, pace.jerk, dt)), high)
    return low, high


def _levelling(room: float, jerk: float, dt: float) -> float:
    """The acceleration at the end of a piece from which, brought to zero, the velocity uses up `room` (deg/s)."""
    return math.copysign(jerk * (math.sqrt(dt * dt / 4 + 2 * abs(room) / jerk) - dt / 2), room)


def _towards(state: AxisState, goal: float, pace: Pace, dt: float, low: float, high: float) -> float:
    """The acceleration between `low` and `high` from which braking ends at the goal (regula falsi, "Illinois")."""

    def beyond(acceleration: float) -> float:
        return stopping(_moved(state, acceleration, dt), pace).position - goal

    over = beyond(high)
    if over <= 0:
        return high
    under = beyond(low)
    if under >= 0:
        return low
    tried, side = low, 0
    for _ in range(_MOST_TRIES):
        tried = (low * over - high * under) / (over - under)
        found = beyond(tried)
        if abs(found) <= _TOLERANCE_DEG:
            break
        if found > 0:
            high, over, under = tried, found, under / 2 if side > 0 else under
            side = 1
        else:
            low, under, over = tried, found, over / 2 if side < 0 else over
            side = -1
    return tried
