"""How a servo's shaft moves: a pure function of its state, what it was told, and the time.

The profile is a time-optimal trapezoid limited in velocity and acceleration. The shaft follows it through two equal
first-order lags (a critically damped position loop): each is a moving average with positive weights, so the shaft
never moves faster than the profile, never beyond where the profile has been, and settles without oscillation.
Angles are degrees (0 is position 2048), times monotonic seconds, currents milliamperes. I and D gains have no effect.
"""

import math
from dataclasses import dataclass, replace

STEP_S = 0.001
BANDWIDTH_RAD_S = 50.0  # of the position loop at the factory's P gain: 40 ms behind a moving set-point
NO_LOAD_DEG_S = 624.0  # 104 rev/min at 5 V
ACCELERATION_PER_MA = 6.0  # deg/s^2 and mA: stall torque against the inertia of a 0.5 kg head
FRICTION_MA = 60.0  # a 288:1 gear stands still below this
COAST_DEG_S2 = 10_000.0  # how hard that friction brakes a free shaft
STIFFNESS_MA_PER_DEG = 90.0  # how hard a held shaft pushes against what blocks it
STRAIN_MA = 1000.0  # above this the motor heats faster than it cools
SETTLED_DEG = 1e-4


@dataclass(frozen=True, slots=True)
class Drive:
    """What the registers ask of the shaft. `gain` is the P gain relative to the factory's."""

    torque: bool = False
    goal_deg: float = 0.0
    velocity_deg_s: float = NO_LOAD_DEG_S
    acceleration_deg_s2: float = math.inf
    current_ma: float = 1750.0
    gain: float = 1.0
    low_deg: float = -math.inf  # where something solid is in the way
    high_deg: float = math.inf


@dataclass(frozen=True, slots=True)
class Shaft:
    """Where the shaft is. `profile_*` is the planned trajectory, `lag_deg` the loop's inner state."""

    time_s: float
    angle_deg: float = 0.0
    velocity_deg_s: float = 0.0
    current_ma: float = 0.0
    profile_deg: float = 0.0
    profile_deg_s: float = 0.0
    lag_deg: float = 0.0
    strain_s: float = 0.0  # for how long the current has been above STRAIN_MA

    @property
    def settled(self) -> bool:
        """Nothing moves and nothing is planned."""
        return self.velocity_deg_s == 0.0 and self.profile_deg_s == 0.0


def available_deg_s2(drive: Drive) -> float:
    """The acceleration that the current limit leaves over friction (0 when it cannot move at all)."""
    return max(0.0, drive.current_ma - FRICTION_MA) * ACCELERATION_PER_MA


def stop_angle(shaft: Shaft, drive: Drive) -> float:
    """Where the profile comes to rest when it brakes as hard as the motor can."""
    brake = available_deg_s2(drive) or COAST_DEG_S2
    return shaft.profile_deg + shaft.profile_deg_s * abs(shaft.profile_deg_s) / (2 * brake)


def advance(shaft: Shaft, drive: Drive, now_s: float) -> Shaft:
    """The shaft at `now_s` under a drive that did not change meanwhile. Time never runs backwards."""
    steps = int((now_s - shaft.time_s) / STEP_S + 1e-6)
    while steps > 0:
        moved = _step(shaft, drive)
        steps -= 1
        if replace(moved, time_s=shaft.time_s, strain_s=shaft.strain_s) == shaft:
            return _wait(moved, steps)
        shaft = moved
    return shaft


def _wait(shaft: Shaft, steps: int) -> Shaft:
    """Skips steps in which nothing would change but the clocks."""
    strain_s = shaft.strain_s + steps * STEP_S if shaft.strain_s else 0.0
    return replace(shaft, time_s=shaft.time_s + steps * STEP_S, strain_s=strain_s)


def _step(shaft: Shaft, drive: Drive) -> Shaft:
    follow = 1 - math.exp(-BANDWIDTH_RAD_S * math.sqrt(drive.gain) * STEP_S)
    if not drive.torque or follow == 0.0 or available_deg_s2(drive) == 0.0:
        return _coast(shaft, drive)
    profile_deg, profile_deg_s = _profile(shaft, drive)
    lag = _near(shaft.lag_deg + follow * (profile_deg - shaft.lag_deg), profile_deg)
    angle = _near(shaft.angle_deg + follow * (lag - shaft.angle_deg), lag)
    if not drive.low_deg <= angle <= drive.high_deg:
        return _blocked(shaft, drive)
    velocity = (angle - shaft.angle_deg) / STEP_S
    force = (velocity - shaft.velocity_deg_s) / STEP_S / ACCELERATION_PER_MA
    current = _clamp(force + math.copysign(FRICTION_MA, velocity) if velocity else 0.0, drive.current_ma)
    return _moved(shaft, angle, velocity, current, (profile_deg, profile_deg_s, lag))


def _profile(shaft: Shaft, drive: Drive) -> tuple[float, float]:
    """One step of the trapezoid: (angle, velocity). The braking parabola is the exact one for whole steps."""
    distance = drive.goal_deg - shaft.profile_deg
    rate = min(drive.acceleration_deg_s2, available_deg_s2(drive))
    change = rate * STEP_S
    brake = math.sqrt((change / 2) ** 2 + 2 * rate * abs(distance)) - change / 2
    wanted = min(drive.velocity_deg_s, NO_LOAD_DEG_S, brake, abs(distance) / STEP_S)
    wanted = math.copysign(wanted, distance)
    velocity = max(shaft.profile_deg_s - change, min(shaft.profile_deg_s + change, wanted))
    if velocity == wanted and abs(distance) <= abs(velocity) * STEP_S:
        return drive.goal_deg, velocity if abs(velocity) > change else 0.0
    return shaft.profile_deg + velocity * STEP_S, velocity


def _coast(shaft: Shaft, drive: Drive) -> Shaft:
    speed = max(0.0, abs(shaft.velocity_deg_s) - COAST_DEG_S2 * STEP_S)
    velocity = math.copysign(speed, shaft.velocity_deg_s) if speed else 0.0
    angle = shaft.angle_deg + velocity * STEP_S
    stopped = max(drive.low_deg, min(drive.high_deg, angle))
    if stopped != angle:
        angle, velocity = stopped, 0.0
    lag = angle + velocity / BANDWIDTH_RAD_S  # so that the velocity goes on when the torque comes back
    return _moved(shaft, angle, velocity, 0.0, (lag, velocity, lag))


def _blocked(shaft: Shaft, drive: Drive) -> Shaft:
    """The shaft stands against something solid and pushes; the profile starts again from here."""
    angle = max(drive.low_deg, min(drive.high_deg, shaft.angle_deg))
    current = _clamp((drive.goal_deg - angle) * STIFFNESS_MA_PER_DEG, drive.current_ma)
    return _moved(shaft, angle, 0.0, current, (angle, 0.0, angle))


def _moved(shaft: Shaft, angle: float, velocity: float, current: float, plan: tuple[float, float, float]) -> Shaft:
    strain_s = shaft.strain_s + STEP_S if abs(current) > STRAIN_MA else 0.0
    return Shaft(shaft.time_s + STEP_S, angle, velocity, current, *plan, strain_s)


def _near(value: float, target: float) -> float:
    return target if abs(target - value) < SETTLED_DEG else value


def _clamp(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
