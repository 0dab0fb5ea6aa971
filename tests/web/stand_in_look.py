"""The rooms as a leader sees them: stand-in robots that answer a watcher, name them, and end it as they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from protocol.base import Wire
from protocol.topics import SIGNAL_OUT, Channel
from protocol.watching import WatchAnswer, WatchEnded, Watcher, WatchHangup, WatchOffer, WatchOver
from tests.web.stand_in_robot import Head, StandInRobot

MOST: Final = 8


class StandInLook:
    """`hear(robot, channel, message)` gives the service what a robot says."""

    def __init__(self, hear: Callable[[str, Channel, Wire], None]) -> None:
        self._hear = hear
        self._seen: dict[str, tuple[str, WatchOffer, StandInRobot]] = {}
        self.refuses: WatchOver | None = None
        self.sdps: list[str] = []

    def watchers(self, robot: str) -> tuple[Watcher, ...]:
        """Who looks on at this robot."""
        offers = [offer for where, offer, _ in self._seen.values() if where == robot]
        return tuple(Watcher(role=offer.role, name=offer.name, since_s=1, seeing=True) for offer in offers)

    async def take(self, robot: str, message: WatchOffer | WatchHangup) -> None:
        """Somebody wants to watch, or is gone."""
        connection = message.connection
        if isinstance(message, WatchHangup):
            if (seen := self._seen.pop(connection, None)) is not None:
                await seen[2].close()
        elif self.refuses is not None:
            self._hear(robot, SIGNAL_OUT, WatchEnded(robot=robot, connection=connection, reason=self.refuses))
        else:
            self.sdps.append(message.sdp)
            eyes = StandInRobot(Head())
            self._seen[connection] = (robot, message, eyes)
            sdp = await eyes.answer(message.sdp)
            self._hear(robot, SIGNAL_OUT, WatchAnswer(robot=robot, connection=connection, sdp=sdp))

    async def end(self, robot: str, why: WatchOver) -> None:
        """Nobody watches this robot any more."""
        for connection in [name for name, (where, _, _) in self._seen.items() if where == robot]:
            _, _, eyes = self._seen.pop(connection)
            self._hear(robot, SIGNAL_OUT, WatchEnded(robot=robot, connection=connection, reason=why))
            await eyes.close()

    async def close(self) -> None:
        """As new."""
        while self._seen:  # a page that goes meanwhile takes its own
            await self._seen.popitem()[1][2].close()
        self.refuses = None
