"""What this node has to tell the other ones, in order, and the newest of each thing only."""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from protocol.base import Wire
from protocol.nodes import Missed
from protocol.topics import Channel
from remote_app.errors import BrokerOffError

log = logging.getLogger(__name__)

MAX_WAITING: Final = 20_000  # what a whole service has to tell a node that begins


class NodePublisher(Protocol):
    """The way to the other nodes."""

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        """Raises BrokerOffError."""

    async def publish_word(self, word: Missed) -> None:
        """A word about no robot. Raises BrokerOffError."""


class NodeTalk:
    """`put` never waits; what cannot be told is dropped, for whoever comes back asks with a roll call."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, str], tuple[Channel, str, Wire] | Missed] = {}
        self._news = asyncio.Event()
        self._count = 0

    def put(self, channel: Channel, robot: str, message: Wire, about: str) -> None:
        """A word about one robot; it takes the place of one about the same thing that still waits."""
        self._put((channel.name, robot, about), (channel, robot, message))

    def put_word(self, word: Missed) -> None:
        """A word about no robot."""
        self._count += 1
        self._put(("", "", str(self._count)), word)

    async def run(self, publisher: NodePublisher) -> None:
        """Tells until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                item = self._waiting.pop(next(iter(self._waiting)))
                try:
                    if isinstance(item, Missed):
                        await publisher.publish_word(item)
                    else:
                        await publisher.publish(*item)
                except BrokerOffError as error:
                    log.debug("%d words are not told to the other nodes: %s", len(self._waiting) + 1, error)
                    self._waiting.clear()

    def _put(self, key: tuple[str, str, str], item: tuple[Channel, str, Wire] | Missed) -> None:
        self._waiting.pop(key, None)
        if len(self._waiting) < MAX_WAITING:
            self._waiting[key] = item
            self._news.set()
