"""A sentence through the speaker while the robot's sound is closed: the microphone stays closed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import Block, silence
from robot_agent.media.sound_device import open_sound_device
from robot_agent.media.sound_errors import SoundDeviceError
from robot_agent.media.worker import to_the_end

TAIL_BLOCKS: Final = 20  # 200 ms: what the card still has in its queue is heard too


async def play_alone(source: str, blocks: npt.NDArray[np.int16], cut: asyncio.Event) -> None:
    """Play `blocks`, shape (n, 480), on the speaker of `source`; returns when it was heard, or `cut` is set.

    Raises SoundOpenError, and SoundLostError when the device goes away meanwhile.
    """
    loop = asyncio.get_running_loop()
    over: asyncio.Future[SoundDeviceError | None] = loop.create_future()
    waiting: deque[Block] = deque([*blocks, *([silence()] * TAIL_BLOCKS)])

    def end(error: SoundDeviceError | None) -> None:
        if not over.done():
            over.set_result(error)

    def process(_microphone: Block) -> Block:
        if not waiting:
            loop.call_soon_threadsafe(end, None)
            return silence()
        return waiting.popleft()

    def failed(error: SoundDeviceError) -> None:
        loop.call_soon_threadsafe(end, error)

    device = open_sound_device(source, microphone=False)
    try:
        await to_the_end(asyncio.to_thread(device.open, process, failed))
        cutting = asyncio.create_task(cut.wait(), name="sound-cut")
        try:
            ends: set[asyncio.Future[Any]] = {over, cutting}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cutting.cancel()
    finally:
        await to_the_end(asyncio.to_thread(device.close))
    if over.done() and (error := over.result()) is not None:
        raise error
