"""The head as the rest of the robot sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

from protocol.commands import GestureName
from protocol.state import BatteryState, Pose
from robot_agent.head.body import Body
from robot_agent.head.bus import Bus
from robot_agent.head.button import Press
from robot_agent.head.errors import PortError
from robot_agent.head.faults import FaultCallback
from robot_agent.head.lights import LIGHTS_OFF, Lights
from robot_agent.head.loop import HeadLoop
from robot_agent.head.reopen import ReopenPolicy
from robot_agent.head.settings import HeadSettings, SerialSettings
from robot_agent.head.ticker import TickStats

LOG = logging.getLogger(__name__)

REST_LIMIT_S: Final = 1.3  # of the 2 s that a stop of the whole robot may take
STOP_LIMIT_S: Final = 1.6


class HeadController:
    """Runs the head. Everything but `run` and `stop` returns at once and may be called at any time.

    `on_pose` gets the measured pose at 30 Hz, `on_fault` the words for a fault or None when it is over,
    `on_button` each press of the head's button, `on_battery` tells that the battery's figures are others than
    before. All are called on the event loop.
    """

    def __init__(
        self,
        serial: SerialSettings,
        settings: HeadSettings,
        on_pose: Callable[[Pose], None],
        on_fault: FaultCallback,
        on_button: Callable[[Press], None] | None = None,
        on_battery: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._serial = serial
        self._on_pose = on_pose
        self._body = Body(settings, on_fault, on_button or (lambda _press: None), on_battery)
        self._reopen = ReopenPolicy()
        self._loop: HeadLoop | None = None
        self._stats = TickStats(0, 0, 0.0, 0.0, 0.0)
        self._was_run = False
        self._stop_by: float | None = None
        self._wake = asyncio.Event()
        self._done = asyncio.Event()
        self._done.set()

    @property
    def pose(self) -> Pose | None:
        """Where the head is (measured) and shall be; None until a servo has answered."""
        return self._body.pose

    @property
    def battery(self) -> BatteryState | None:
        """The battery as last read; None while the board is silent."""
        return self._body.board.battery

    @property
    def lights(self) -> Lights:
        """What the robot is to show."""
        return self._body.board.lights

    @property
    def tick_stats(self) -> TickStats:
        """Lateness of the 50 Hz tick on the present line, or on the last one."""
        return self._loop.ticker.stats if self._loop is not None else self._stats

    def steer(self, pan_deg: float, tilt_deg: float, seq: int) -> bool:
        """Follow a set-point for 300 ms; False when a newer one has been seen (or the head is stopping)."""
        motion = self._body.motion
        before = motion.aimed
        if self._stopping or not motion.steer(pan_deg, tilt_deg, seq, time.monotonic()):
            return False
        if motion.aimed != before:
            self._hurry()
        return True

    def look_at(self, pan_deg: float, tilt_deg: float) -> tuple[float, float]:
        """Turn there and stay; returns the angles after the limits. Raises ValueRangeError."""
        if self._stopping:
            return (self.settings.rest_pan_deg, self.settings.rest_tilt_deg)
        applied = self._body.motion.place(pan_deg, tilt_deg)
        self._hurry()
        return (applied.pan, applied.tilt)

    def make_gesture(self, name: GestureName) -> float | None:
        """Nod or shake; how long it takes, in seconds. None while the head turns, has no servos, or stops."""
        duration_s = None if self._stopping else self._body.motion.gesture(name, time.monotonic())
        self._hurry()
        return duration_s

    def set_watched(self, watched: bool) -> None:
        """Whether somebody is connected: only then the head may breathe."""
        self._body.motion.watched = watched

    def rest(self) -> None:
        """Turn to the rest pose; whoever steers next counts from 0."""
        self._body.motion.rest()
        self._body.motion.forget_sequence()
        self._hurry()

    def begin_steering(self) -> None:
        """Another connection steers from now on, and counts its set-points from 0."""
        self._body.motion.forget_sequence()

    def set_lights(self, lights: Lights) -> None:
        """Show `lights`; written again until the board has them."""
        if not self._stopping:
            self._body.board.set_lights(lights)

    async def run(self) -> None:
        """Own the bus until `stop` or cancellation; a lost port is opened again.

        When `run` is cancelled the port is closed at once: the servos stop and the board shows its fault
        pattern by their own watchdogs. A `stop` after that opens the port once more and rests the head.
        """
        self._was_run = True
        self._done.clear()
        try:
            while not await self._live() and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._reopen.delay_s())
        finally:
            self._done.set()

    async def stop(self) -> None:
        """Rest, lights off, torque off, port closed: within 1.6 s. `run` then returns."""
        if not self._was_run:
            return
        if not self._stopping:
            self._body.motion.rest()
            self._body.board.set_lights(LIGHTS_OFF)
            self._stop_by = time.monotonic() + REST_LIMIT_S
            self._wake.set()
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                if self._done.is_set():
                    await self._live_once_more()
                await self._done.wait()
        except TimeoutError:
            LOG.warning("the head did not come to rest in %.1f s", STOP_LIMIT_S)

    @property
    def _stopping(self) -> bool:
        return self._stop_by is not None

    def _hurry(self) -> None:
        if self._loop is not None:
            self._loop.hurry()

    async def _live_once_more(self) -> None:
        self._was_run = False  # nothing is left for another stop
        await self._live()

    async def _live(self) -> bool:
        """One open port, from opening to losing it; True when it ended by `stop`."""
        serial = self._serial
        try:
            bus = Bus(serial.port, serial.baud, serial.latency_ms / 1000)
        except PortError as error:
            self._body.disconnected(str(error))
            return False
        try:
            self._body.connected()
            self._loop = HeadLoop(bus, self._body, self._on_pose, lambda: self._stop_by, self._reopen.worked)
            await self._loop.run()
        except PortError as error:
            self._body.disconnected(str(error))
            return False
        finally:
            self._stats, self._loop = self.tick_stats, None
            LOG.info("the head's ticks on this line: %s", self._stats)
            bus.close()
        return True
