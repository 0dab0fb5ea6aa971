"""One axis on its way to a goal: velocity and acceleration limited, without overshoot. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast (deg/s) and how hard (deg/s²) an axis may move."""

    slew: float
    acceleration: float


@dataclass(frozen=True, slots=True)
class AxisState:
    """Angle in degrees and velocity in deg/s."""

    position: float
    velocity: float = 0.0


def advance(state: AxisState, goal: float, pace: Pace, dt: float) -> AxisState:
    """Where the axis is `dt` seconds later.

    Between two calls the velocity changes linearly, so the result holds for any `dt`: the fastest velocity
    from which the axis can still stop at the goal, within the slew and the acceleration.
    """
    side = 1.0 if goal >= state.position else -1.0
    distance = abs(goal - state.position)
    before = state.velocity * side  # towards the goal
    reach = min(pace.acceleration * dt * dt / 2, pace.slew * dt)
    if distance <= reach and abs(before) <= pace.acceleration * dt:
        return AxisState(goal)
    step = pace.acceleration * dt
    after = min(_stoppable(distance, before, pace.acceleration, dt), pace.slew, before + step)
    after = max(after, before - step)
    return AxisState(state.position + side * (before + after) / 2 * dt, after * side)


def _stoppable(distance: float, before: float, acceleration: float, dt: float) -> float:
    """The velocity v with v²/2a = what is left of `distance` after this step."""
    root = (acceleration * dt / 2) ** 2 + acceleration * (2 * distance - before * dt)
    return math.sqrt(root) - acceleration * dt / 2 if root >= 0 else -math.inf


def stopping_point(state: AxisState, acceleration: float) -> float:
    """Where the axis comes to rest when it brakes now."""
    return state.position + state.velocity * abs(state.velocity) / (2 * acceleration)
