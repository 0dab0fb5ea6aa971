"""What the button on the head does: short says how the robot is, long is *privat*, very long turns it off.

A course leader's *privat* goes the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from robot_agent.announcer import Announcer
from robot_agent.head.button import Press
from robot_agent.status import Status, status_words
from robot_agent.words import Words

log = logging.getLogger(__name__)

OFF_WORDS_S: Final = 5.0  # the good-bye takes two seconds; a sound device that hangs must not keep the robot on


class ButtonDesk:
    """Belongs to one event loop; `run` is a task of the service. `set_private` does what *privat* is."""

    def __init__(
        self, announcer: Announcer, words: Words, status: Callable[[], Status], set_private: Callable[[bool], None]
    ) -> None:
        self._announcer = announcer
        self._words = words
        self._status = status
        self._set_private = set_private
        self._off = asyncio.Event()

    @property
    def turned_off(self) -> bool:
        """A very long press asked for the end."""
        return self._off.is_set()

    def pressed(self, press: Press) -> None:
        """One press; returns at once."""
        match press:
            case "short":
                self._announcer.say(status_words(self._words, self._status()))
            case "long":
                self.switch_private(not self._status().private, "the button")
            case "very_long":
                log.info("turning off, by the button")
                self._off.set()

    def switch_private(self, on: bool, by: str) -> None:
        """*Privat* on or off, said aloud so that the room knows; what is so already is not said again."""
        if self._status().private == on:
            return
        log.info("private is %s, by %s", "on" if on else "off", by)
        self._set_private(on)
        self._announcer.say(self._words.private_on if on else self._words.private_off)

    async def run(self, stop: asyncio.Event) -> None:
        """Waits for the very long press, says good-bye and sets `stop`."""
        await self._off.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OFF_WORDS_S):
                await self._announcer.say_now(self._words.going_off)
        stop.set()
