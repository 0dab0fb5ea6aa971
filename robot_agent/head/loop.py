"""One life on an open bus: the 50 Hz tick, and in the gaps between ticks the care of servos and board."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from protocol.state import Pose
from robot_agent.head.body import Body, Limb
from robot_agent.head.bus import Bus, Unicast
from robot_agent.head.errors import DeviceError, ExchangeError, NoReplyError, PortLostError
from robot_agent.head.lane import SlowLane
from robot_agent.head.poller import PresentPoller
from robot_agent.head.registers import GOAL_POSITION, HARDWARE_ERROR
from robot_agent.head.ticker import Ticker

LOG = logging.getLogger(__name__)

TICK_S: Final = 0.02  # 50 Hz
MIN_TICK_GAP_S: Final = 0.004  # a set-point brings the next tick forward; the last one has its answers by then
REPEAT_TICKS: Final = 5  # a third of the servos' own watchdog
GUARD_S: Final = 0.002  # the bus is left alone for so long before a tick
MIN_MEASURE_S: Final = 0.016  # a tick that began late takes it from the next one, rather than learn nothing
POSE_PERIOD_S: Final = 1 / 30
CARE_PERIOD_S: Final = 0.5  # how often a servo's health is read, and an absent servo is looked for
LANE_SLOTS: Final = 5  # gaps between ticks that one exchange may use before the device counts as silent
LOG_PERIOD_S: Final = 10.0


class HeadLoop:
    """Drives `body` over `bus` until `stop_by` says so. Used once."""

    def __init__(
        self,
        bus: Bus,
        body: Body,
        on_pose: Callable[[Pose], None],
        stop_by: Callable[[], float | None],
        worked: Callable[[], None],
    ) -> None:
        """`stop_by` is None, or the time by which the head shall be at rest; `worked`: a device answered."""
        self.ticker = Ticker(TICK_S, MIN_TICK_GAP_S)
        self._bus = bus
        self._body = body
        self._on_pose = on_pose
        self._stop_by = stop_by
        self._worked = worked
        self._lane = SlowLane()
        self._poller = PresentPoller(bus)
        self._caring = False
        self._written: dict[int, float] = {}
        self._unwritten = 0
        self._pose_at = 0.0
        self._missed = 0
        self._missed_logged_at = time.monotonic()

    def hurry(self) -> None:
        """Somebody feels how soon the next goal is on the bus: all that can wait gives way."""
        self.ticker.hurry()
        self._bus.make_way()

    async def run(self) -> None:
        """Until the head is to stop and rests; then lights and torque are off. Raises PortLostError."""
        lost: PortLostError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                care = group.create_task(self._care(), name="head-care")
                await self._ticks()
                care.cancel()
        except* PortLostError as errors:
            lost = next(e for e in errors.exceptions if isinstance(e, PortLostError))
        if lost is not None:
            raise lost
        await self._shut_down()

    async def _ticks(self) -> None:
        while True:
            self._count_missed(await self.ticker.next())
            self._lane.shut()
            self._body.motion.step(time.monotonic())
            await self._move()
            now = await self._measure()
            self._report(now)
            stop_by = self._stop_by()
            if stop_by is not None and (self._body.settled or now >= stop_by):
                return
            if self._care_due(now):
                self._lane.open(self.ticker.due - GUARD_S)

    async def _move(self) -> None:
        """Write the goals; one that stands is repeated now and then, because nobody answers to it."""
        goals = self._body.goals()
        self._unwritten = 0 if goals != self._written else self._unwritten + 1
        if goals and self._unwritten % REPEAT_TICKS == 0:
            self._written = goals
            await self._bus.sync_write(GOAL_POSITION, goals)

    async def _measure(self) -> float:
        up = [limb.servo.axis.id for limb in self._body.limbs if limb.servo.up]
        give_up_at = max(self.ticker.due - GUARD_S, time.monotonic() + MIN_MEASURE_S)
        found = await self._poller.poll(up, give_up_at, lambda: self.ticker.hurried) if up else {}
        now = time.monotonic()
        self._body.measured(found, self._poller.asked, now)
        return now

    def _report(self, now: float) -> None:
        if now < self._pose_at:
            return
        self._pose_at = max(self._pose_at + POSE_PERIOD_S, now - POSE_PERIOD_S)
        pose = self._body.pose
        if pose is not None:
            self._on_pose(pose)

    def _count_missed(self, missed: int) -> None:
        self._missed += missed
        now = time.monotonic()
        if self._missed and now - self._missed_logged_at >= LOG_PERIOD_S:
            LOG.warning("%d head ticks were missed in the last %.0f s", self._missed, LOG_PERIOD_S)
            self._missed, self._missed_logged_at = 0, now

    def _care_due(self, now: float) -> bool:
        return self._caring or self._body.board.due(now) or any(now >= limb.care_at for limb in self._body.limbs)

    async def _care(self) -> None:
        """Whatever is due, one after another, in the gaps that the ticks leave."""
        line = Unicast(self._bus, self._lane.slot, slots=LANE_SLOTS)
        while True:
            await self._lane.slot()
            self._caring = True
            now = time.monotonic()
            if self._body.board.due(now):
                await self._body.board.service(line, now)
                self._body.board_served()
                if self._body.board.answered:
                    self._worked()
            for limb in self._body.limbs:
                if now >= limb.care_at:
                    await self._care_for(limb, line)
            self._caring = False
            if not self._care_due(time.monotonic()):
                self._lane.shut()

    async def _care_for(self, limb: Limb, line: Unicast) -> None:
        limb.care_at = time.monotonic() + CARE_PERIOD_S
        try:
            if limb.servo.up:
                await self._check(limb, line)
            else:
                self._body.ready(limb, await limb.servo.set_up(self._bus, line))
                self._worked()
        except NoReplyError:
            self._body.drop(limb, limb.silence)
        except ExchangeError as error:
            self._body.drop(limb, str(error))
        finally:
            self._body.looked_after(limb)

    async def _check(self, limb: Limb, line: Unicast) -> None:
        try:
            await limb.servo.check(line)
        except DeviceError as error:
            LOG.warning("%s; setting it up again", error)
            # It is no fault to speak of unless the servo protects itself, or does not come back.
            protects_itself = error.register == HARDWARE_ERROR.name
            self._body.drop(limb, str(error) if protects_itself else None)
            limb.care_at = 0.0  # at once
        except ExchangeError as error:
            LOG.debug("%s", error)  # the tick judges silence

    async def _shut_down(self) -> None:
        line = self._bus.unicast
        await _tried(self._body.board.shut_down(line))
        for limb in self._body.limbs:
            if limb.servo.up:
                await _tried(limb.servo.let_go(line))


async def _tried(exchange: Coroutine[Any, Any, None]) -> None:
    """The last words to a device: it may be away."""
    try:
        await exchange
    except ExchangeError as error:
        LOG.warning("at the stop: %s", error)
