"""SIGKILL in the middle of a turn: servos and head board come to themselves without the driver."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from hardware_sim.bus.body import Body, BodyState
from hardware_sim.bus.bus import Reply
from hardware_sim.bus.headboard import Eyes
from hardware_sim.bus.packets import Damaged, Instruction
from hardware_sim.bus.port import SerialPort

WAIT_S = 20.0
STOPS_WITHIN_S = 0.4
STILL_DEG = 0.1  # the servo counts in steps of 0.088


class Watched:
    """A simulated body that remembers when it last got a word from the driver. Its clock is the test's."""

    def __init__(self) -> None:
        self.body = Body(time.monotonic)
        self.last_word_s = 0.0

    def handle(self, packet: Instruction | Damaged) -> list[Reply]:
        self.last_word_s = time.monotonic()
        return self.body.handle(packet)

    def until(self, fits: Callable[[BodyState], bool]) -> None:
        deadline_s = time.monotonic() + WAIT_S
        while not fits(state := self.body.state()):
            assert time.monotonic() < deadline_s, state
            time.sleep(0.005)

    def watchdogs(self) -> list[int]:
        return [r.value for r in self.body.registers() if r.name == "bus_watchdog"]


def test_servos_stop_within_400_ms_and_the_board_shows_that_the_robot_is_gone() -> None:
    watched = Watched()
    port = SerialPort(watched.handle)
    driver = subprocess.Popen([sys.executable, "-m", "tests.head.driver", port.name])
    try:
        watched.until(lambda now: now.lights.eyes is Eyes.NEUTRAL and 30 < now.pan_deg < 120)
        assert watched.watchdogs() == [15, 15], "300 ms, in steps of 20"
        driver.kill()
        driver.wait(WAIT_S)
        moved_s = looked_s = watched.last_word_s
        pan = watched.body.pose()[0]
        while looked_s < watched.last_word_s + 2 * STOPS_WITHIN_S:
            now = watched.body.pose()[0]
            if abs(now - pan) > STILL_DEG:
                moved_s, pan = looked_s, now  # it was still on its way at the look before, however long ago that is
            looked_s = time.monotonic()
            time.sleep(0.005)
        assert watched.watchdogs() == [-1, -1], "tripped"
        assert moved_s - watched.last_word_s <= STOPS_WITHIN_S
        assert abs(pan) < 165, "on its way, not where it wanted to go"
        watched.until(lambda now: now.lights.fault)
        lights = watched.body.state().lights
        assert lights.eyes is Eyes.CLOSED
        assert lights.half_period_s * 2 >= 1 / 3, "the fault pattern hurts nobody either"
    finally:
        driver.kill()
        driver.wait(WAIT_S)
        port.close()
