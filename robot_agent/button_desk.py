"""What the button on the head does: short says how the robot is, long is *privat*, very long turns it off.

A course leader's *privat* goes the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from protocol.meeting import MeetingMode
from robot_agent.announcer import Announcer
from robot_agent.head.button import Press
from robot_agent.privacy import PrivacyKeeper
from robot_agent.status import Status, status_words
from robot_agent.words import Words

log = logging.getLogger(__name__)

OFF_WORDS_S: Final = 5.0  # the good-bye takes two seconds; a sound device that hangs must not keep the robot on


class ButtonDesk:
    """Belongs to one event loop; `run` is a task of the service. `changed` does what the privacy says by now."""

    def __init__(
        self,
        announcer: Announcer,
        words: Words,
        status: Callable[[], Status],
        keeper: PrivacyKeeper,
        changed: Callable[[], None],
    ) -> None:
        self._announcer = announcer
        self._words = words
        self._status = status
        self._keeper = keeper
        self._privacy = keeper.privacy
        self._do = changed
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
                self._press()
            case "very_long":
                log.info("turning off, by the button")
                self._off.set()

    def switch_private(self, on: bool, by: str) -> None:
        """*Privat* on or off, said aloud so that the room knows; what is so already is not said again."""
        self._change(by, lambda: self._privacy.press(on))

    def choose(self, mode: MeetingMode, by: str) -> None:
        """How the room takes part in the meeting; a break and its end are said aloud as *privat* is."""
        log.info("the room is in %s, by %s", mode.value, by)
        self._change(by, lambda: self._privacy.choose(mode))

    def over(self, by: str) -> None:
        """The meeting is over; *privat* that somebody pressed stays."""
        self._change(by, self._privacy.over)

    def _change(self, by: str, change: Callable[[], None]) -> None:
        was = self._privacy.private
        change()
        self._changed()
        if self._privacy.private != was:
            log.info("private is %s, by %s", "off" if was else "on", by)
            self._announcer.say(self._words.private_off if was else self._words.private_on)

    def _changed(self) -> None:
        self._do()
        self._keeper.changed()

    def _press(self) -> None:
        """In a break the button never opens the room: the room hears what is so."""
        self._privacy.button()
        self._changed()
        on = self._privacy.private
        log.info("private is %s, by the button", "on" if on else "off")
        stays = on and not self._privacy.pressed
        words = self._words.private_on if on else self._words.private_off
        self._announcer.say(self._words.private_in_break if stays else words)

    async def run(self, stop: asyncio.Event) -> None:
        """The room is as when the robot went off. Waits for the very long press, says good-bye and sets `stop`."""
        self._do()
        if self._privacy.private:
            log.info("private is on, as it was")
            self._announcer.say(self._words.private_on)
        await self._off.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OFF_WORDS_S):
                await self._announcer.say_now(self._words.going_off)
        stop.set()
