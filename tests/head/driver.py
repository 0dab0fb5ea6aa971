"""The head's driver as a process of its own, to be killed: `python -m tests.head.driver PORT`."""

from __future__ import annotations

import asyncio
import sys

from protocol.state import Eyes, HandLight
from robot_agent.head.controller import HeadController
from robot_agent.head.lights import Lights
from robot_agent.head.settings import HeadSettings, SerialSettings


async def main(port: str) -> None:
    """Eyes open, hand up, and the head on its way from one end to the other, until killed."""
    head = HeadController(
        SerialSettings(port=port), HeadSettings(), lambda pose: None, lambda fault, words: None, lambda press: None
    )
    head.set_lights(Lights(Eyes.NEUTRAL, HandLight.BLINK))
    async with asyncio.TaskGroup() as group:
        group.create_task(head.run())
        side = -170.0
        while True:
            if head.pose is not None and not head.pose.moving:
                side = -side
                head.look_at(side, 20)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
