"""One XL330 of the head: how it is set up, what it measured, and when it counts as away."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from robot_agent.head.bus import Bus, Unicast
from robot_agent.head.errors import DeviceError, StatusError
from robot_agent.head.health import RESTART_PAUSE_S, Health, HealthWatch, Limits, why_not_restart
from robot_agent.head.registers import (
    BUS_WATCHDOG,
    CURRENT_BASED_POSITION,
    CURRENT_LIMIT,
    GOAL_CURRENT,
    GOAL_POSITION,
    HARDWARE_ERROR,
    HEALTH,
    LIMITS,
    MAX_POSITION,
    MIN_POSITION,
    MODEL_NUMBER,
    OPERATING_MODE,
    PRESENT,
    PRESENT_CURRENT,
    PRESENT_POSITION,
    PRESENT_VELOCITY,
    PROFILE_ACCELERATION,
    PROFILE_VELOCITY,
    RETURN_DELAY,
    STATUS_RETURN_LEVEL,
    TORQUE_ENABLE,
    XL330_M288,
    Register,
    hardware_error_words,
)
from robot_agent.head.settings import AxisSettings

LOG = logging.getLogger(__name__)

BUS_WATCHDOG_MS: Final = 300  # the servo's own dead man's switch: 15 ticks without a word
RETURN_DELAY_US: Final = 20  # enough for an adapter to turn the line around
ALL_ANSWER: Final = 2  # status return level
PUSHING_SHARE: Final = 0.8  # of the current limit; turning freely takes a fifth
SILENT_AFTER_S: Final = 0.5  # without an answer for so long it is away; a busy computer's hiccups are shorter
SILENT_AFTER_TICKS: Final = 15  # and really asked so often: a pause of the computer is not the servo's silence


@dataclass(frozen=True, slots=True)
class Measured:
    """What a servo measured, in the head's angles: deg, deg/s; mA as the servo counts."""

    deg: float
    deg_s: float
    ma: float


class Servo:
    """The servo of one axis; `up` while it is set up and answers."""

    def __init__(self, name: str, axis: AxisSettings, fastest_deg_s: float) -> None:
        self.name = name
        self.axis = axis
        self.up = False
        self.tried = False
        self.measured: Measured | None = None
        self.health = HealthWatch(f"the {name} servo (id {axis.id})")
        self._limits: Limits | None = None
        self._restarted_at = -math.inf
        self._heard_at = 0.0
        self._misses = 0
        # The servo's own limit, above every slew that is asked for: a second line against a jump.
        self._profile_deg_s = fastest_deg_s * 1.25

    async def set_up(self, bus: Bus, line: Unicast) -> float:
        """Make the servo ready and hold where it stands; returns that angle (head).

        Raises ExchangeError; a servo in alarm is restarted when it has cooled, and is ready at a later try.
        """
        self.tried = True
        device = self.axis.id
        info = await line.ping(device)
        if info.model != XL330_M288:
            raise DeviceError(device, MODEL_NUMBER.name, info.model, f"model {info.model} is not an XL330-M288")
        await bus.sync_write(STATUS_RETURN_LEVEL, {device: ALL_ANSWER})  # needs no answer itself
        await self._end_alarm(line)
        await line.write(device, BUS_WATCHDOG, 0)  # a tripped one refuses goals
        await self._configure(line)
        for register, value in self._ram().items():
            await line.write(device, register, value)
        angle = await self._hold(line)
        await line.write(device, BUS_WATCHDOG, BUS_WATCHDOG_MS)
        self.up = True
        self._heard_at = time.monotonic()
        self._misses = 0
        return angle

    async def check(self, line: Unicast) -> None:
        """Raises DeviceError when the servo has let go of the head (restarted, protected itself, tripped)."""
        data, health = await self._look(line)
        if health.error:
            raise self._alarm(health)
        if not TORQUE_ENABLE.within(HEALTH, data):
            raise DeviceError(self.axis.id, TORQUE_ENABLE.name, 0, "the servo has let go (it restarted?)")
        if BUS_WATCHDOG.within(HEALTH, data) != BUS_WATCHDOG_MS:
            raise DeviceError(self.axis.id, BUS_WATCHDOG.name, -1, "the servo's own watchdog stopped it")

    async def let_go(self, line: Unicast) -> None:
        """Torque off, and no watchdog that trips when nobody speaks to the servo any more."""
        self.up = False
        await line.write(self.axis.id, TORQUE_ENABLE, 0)
        await line.write(self.axis.id, BUS_WATCHDOG, 0)

    def heard(self, data: bytes, now: float) -> None:
        """The servo answered with the registers of PRESENT."""
        self._heard_at = now
        self._misses = 0
        direction = self.axis.direction
        self.measured = Measured(
            self.axis.to_head(PRESENT_POSITION.within(PRESENT, data)),
            PRESENT_VELOCITY.within(PRESENT, data) * direction,
            PRESENT_CURRENT.within(PRESENT, data) * direction,
        )

    @property
    def pushing(self) -> bool:
        """It uses nearly all the force that it may."""
        return self.measured is not None and abs(self.measured.ma) >= PUSHING_SHARE * self.axis.goal_current_ma

    def missed(self, now: float) -> bool:
        """The servo did not answer in this tick; True when that makes it one that is away."""
        self._misses += 1
        return self._misses >= SILENT_AFTER_TICKS and now - self._heard_at > SILENT_AFTER_S

    def _eeprom(self) -> Mapping[Register, float]:
        ends = sorted((self.axis.to_servo(self.axis.min_deg), self.axis.to_servo(self.axis.max_deg)))
        return {
            RETURN_DELAY: RETURN_DELAY_US,
            OPERATING_MODE: CURRENT_BASED_POSITION,
            CURRENT_LIMIT: max(self.axis.goal_current_ma, 100),
            MAX_POSITION: ends[1],
            MIN_POSITION: ends[0],
        }

    def _ram(self) -> Mapping[Register, float]:
        return {
            GOAL_CURRENT: self.axis.goal_current_ma,
            PROFILE_ACCELERATION: 0,  # off: the agent's own profile leads, tick by tick
            PROFILE_VELOCITY: self._profile_deg_s,
        }

    async def _configure(self, line: Unicast) -> None:
        """Write the EEPROM registers that differ: they wear out, and they are locked while torque is on."""
        device = self.axis.id
        wanted = {
            register: value
            for register, value in self._eeprom().items()
            if register.encode(value) != register.encode(await line.read(device, register))
        }
        if wanted:
            await line.write(device, TORQUE_ENABLE, 0)
        for register, value in wanted.items():
            LOG.info("%s servo (id %d): setting %s to %g", self.name, device, register.name, value)
            await line.write(device, register, value)

    async def _hold(self, line: Unicast) -> float:
        device = self.axis.id
        present = await line.read(device, PRESENT_POSITION)
        try:
            await line.write(device, GOAL_POSITION, present)
        except StatusError:  # somebody turned it beyond its limits by hand: the limit is the nearest hold
            within = self.axis.clamp(self.axis.to_head(present))
            await line.write(device, GOAL_POSITION, self.axis.to_servo(within))
        await line.write(device, TORQUE_ENABLE, 1)
        return self.axis.to_head(present)

    async def _end_alarm(self, line: Unicast) -> None:
        """Restart a servo that protects itself, once that can help. Raises DeviceError where it is in alarm."""
        if self._limits is None:
            self._limits = Limits.from_block(await line.read_block(self.axis.id, LIMITS))
        _, health = await self._look(line)
        if not health.error:
            return
        waits_for = why_not_restart(health, self._limits)
        now = time.monotonic()
        if waits_for is None and now - self._restarted_at >= RESTART_PAUSE_S:
            self._restarted_at = now
            words = hardware_error_words(health.error)
            LOG.warning("%s servo (id %d): restarting it: %s", self.name, self.axis.id, words)
            await line.reboot(self.axis.id)
        raise self._alarm(health, waits_for)

    async def _look(self, line: Unicast) -> tuple[bytes, Health]:
        data = await line.read_block(self.axis.id, HEALTH)
        health = Health.from_block(data)
        if self._limits is not None:
            self.health.update(health, self._limits)
        return data, health

    def _alarm(self, health: Health, waits_for: str | None = None) -> DeviceError:
        words = hardware_error_words(health.error)
        return DeviceError(
            self.axis.id, HARDWARE_ERROR.name, health.error, f"{words}; {waits_for}" if waits_for else words
        )
