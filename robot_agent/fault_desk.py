"""What is broken: kept in the live state, told in the log and as events, and the battery's warning said aloud."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from protocol.events import Event, FaultCleared, FaultRaised
from protocol.state import Fault
from robot_agent.announcer import Announcer
from robot_agent.fault_news import FaultNews
from robot_agent.live_state import LiveState
from robot_agent.words import Words

log = logging.getLogger(__name__)

NEWS_INTERVAL_S: Final = 1.0  # how late other words for a fault may come; a new fault is told at once


class FaultDesk:
    """Hears of faults from every part. `epoch` is the robot's at the broker, `event` takes what goes there."""

    def __init__(
        self,
        robot: str,
        live: LiveState,
        announcer: Announcer,
        words: Words,
        epoch: Callable[[], str],
        event: Callable[[Event], None],
    ) -> None:
        self._robot = robot
        self._live = live
        self._announcer = announcer
        self._words = words
        self._epoch = epoch
        self._event = event
        self._news = FaultNews()
        self._loop: asyncio.AbstractEventLoop | None = None

    def set(self, fault: Fault, words: str | None) -> None:
        """A part is broken, for the reason in `words`, or works again (None). On the event loop's thread."""
        changed = self._live.set_fault(fault, words is not None)
        self._news.note(fault, words)
        self._tell()
        if changed and words is None:
            log.info("%s works again", fault.value)
            self._event(FaultCleared(robot=self._robot, epoch=self._epoch(), fault=fault))
        elif changed and fault is Fault.BATTERY_LOW:
            self._announcer.say(self._words.faults[fault])

    def set_from_thread(self, fault: Fault, words: str | None) -> None:
        """The same from a driver's own thread; before `run` and after the loop's end it is nobody's business."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.set, fault, words)

    async def run(self) -> None:
        """Tells what is due, until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(NEWS_INTERVAL_S)
            self._tell()

    def _tell(self) -> None:
        for fault, words in self._news.due(time.monotonic()):
            log.warning("%s: %s", fault.value, words)
            self._event(FaultRaised(robot=self._robot, epoch=self._epoch(), fault=fault, detail=words[:300]))
