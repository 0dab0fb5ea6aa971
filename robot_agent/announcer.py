"""The robot's own words: one sentence after the other, also while nobody is connected."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundError
from robot_agent.words import Language

log = logging.getLogger(__name__)

MOST_WAITING: Final = 2  # a button that is pressed ten times is not answered ten times


class Announcer:
    """Says what it is given; `telling` is called with True when it begins and False when it is silent again."""

    def __init__(self, sound: RoomSound, language: Language, telling: Callable[[bool], None]) -> None:
        self._sound = sound
        self._language = language
        self._telling = telling
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    def say(self, text: str) -> bool:
        """Say it after what is being said; False, and a line in the log, when enough is waiting."""
        try:
            self._waiting.put_nowait(text)
        except asyncio.QueueFull:
            log.info("not said, enough is waiting: %s", text)
            return False
        return True

    async def run(self) -> None:
        """Says what comes, until cancelled."""
        while True:
            await self.say_now(await self._waiting.get())

    async def say_now(self, text: str) -> None:
        """Say it and return when it was said; what cannot be said stands in the log."""
        self._telling(True)
        try:
            log.info("saying: %s", text)
            await self._sound.tell(text, self._language)
        except SoundError as error:
            log.warning("not said: %s", error)
        finally:
            self._telling(False)
