"""A head controller on the pty of a fake bus, and what it told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from protocol.state import Eyes, Fault, HandLight, Pose
from robot_agent.head.controller import HeadController
from robot_agent.head.lights import Lights
from robot_agent.head.settings import HeadSettings, PanSettings, SerialSettings
from tests.head.fake_bus import FakeBus

GENEROUS_S = 15.0
SLACK_S = 0.5  # a machine that runs other tests beside this one
HAND_UP = Lights(Eyes.HAPPY, HandLight.BLINK)
HAND_UP_BYTES = bytes([2, 0, 0, 180, 60, 20, 15, 0])


class Head:
    """A controller that runs, and what it told."""

    def __init__(self, fake: FakeBus, pan: PanSettings | None = None) -> None:
        serial, settings = SerialSettings(port=str(fake.path)), HeadSettings(pan=pan or PanSettings())
        self.poses: list[Pose] = []
        self.faults: dict[Fault, str] = {}
        self.pressed: list[str] = []
        self.controller = HeadController(serial, settings, self.poses.append, self._fault, self.pressed.append)

    def _fault(self, fault: Fault, words: str | None) -> None:
        if words is None:
            del self.faults[fault]
        else:
            self.faults[fault] = words

    def at(self, pan: float, tilt: float, within: float = 0.5) -> bool:
        pose = self.controller.pose
        return (
            pose is not None
            and abs(pose.pan_deg - pan) <= within
            and abs(pose.tilt_deg - tilt) <= within
            and not pose.moving
        )


@asynccontextmanager
async def running(fake: FakeBus, pan: PanSettings | None = None) -> AsyncIterator[Head]:
    head = Head(fake, pan)
    task = asyncio.create_task(head.controller.run())
    try:
        yield head
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], object], what: str = "") -> None:
    deadline = time.monotonic() + GENEROUS_S
    while not condition():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        await asyncio.sleep(0.005)


def both_up(fake: FakeBus) -> bool:
    return fake.pan.table[98] == 15 and fake.tilt.table[98] == 15


def shown(fake: FakeBus) -> bytes:
    return bytes(fake.board.table[64:72])
