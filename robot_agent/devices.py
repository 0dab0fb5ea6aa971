"""When camera and microphone are open: as long as somebody who may see and hear wants them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from protocol.state import Fault
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundError
from robot_agent.media.video import VideoPipeline

SOUND_RETRY_S = 2.0  # a sound server that restarts, or a plug that is put back


class Devices:
    """Camera and sound, open while anybody holds them. `fault` is told of a part that fails, or works again."""

    def __init__(self, video: VideoPipeline, sound: RoomSound, fault: Callable[[Fault, str | None], None]) -> None:
        self._video = video
        self._sound = sound
        self._fault = fault
        self._held_by: set[str] = set()
        self._turn = asyncio.Lock()  # opening and closing take their time, and never overlap
        self._sound_due_s = 0.0

    async def hold(self, whom: str) -> None:
        """Opens both, where they are not open. Who holds them already may say it again."""
        self._held_by.add(whom)
        async with self._turn:
            if self._held_by:
                await self._video.open()
                await self._open_sound()

    async def release(self, whom: str) -> None:
        """Closes both when nobody else holds them."""
        self._held_by.discard(whom)
        async with self._turn:
            if not self._held_by:
                await self._close()

    @property
    def sound_is_due(self) -> bool:
        """Whether the sound should be open, is not, and it is time to try it again."""
        return bool(self._held_by) and not self._sound.is_open and time.monotonic() > self._sound_due_s

    async def mend(self) -> None:
        """Tries the sound again."""
        async with self._turn:
            if self._held_by:
                await self._open_sound()

    async def _open_sound(self) -> None:
        self._sound_due_s = time.monotonic() + SOUND_RETRY_S
        try:
            await self._sound.open()
        except SoundError as error:
            self._fault(Fault.MICROPHONE, str(error))
        else:
            self._fault(Fault.MICROPHONE, None)

    async def _close(self) -> None:
        try:
            await self._video.close()
        except TimeoutError as error:
            self._fault(Fault.CAMERA, str(error))
        try:
            await self._sound.close()
        except SoundError as error:
            self._fault(Fault.MICROPHONE, str(error))
