"""Reads all servos in each tick, so that a silent or faulty one never costs the others theirs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from robot_agent.head.bus import BatchResult, Bus, Unicast
from robot_agent.head.errors import ExchangeError
from robot_agent.head.registers import PRESENT

LOG = logging.getLogger(__name__)

SUSPECT_AFTER: Final = 2  # ticks without an answer, then it is asked alone, after the others
REJOIN_TICKS: Final = 5  # so often it is asked with them again: on a busy computer only the first asked are in time
PLAIN_AFTER: Final = 10  # batches in a row that failed although the servos answer one by one


class PresentPoller:
    """One fast sync read for the servos that answer; what failed is asked again alone, while time is left."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.asked: frozenset[int] = frozenset()
        """Whom the last poll had the time to ask."""
        self._turn = 0
        self._misses: dict[int, int] = {}
        self._failed_batches = 0
        self._fast = True

    async def poll(self, ids: Iterable[int], give_up_at: float, hurried: Callable[[], bool]) -> dict[int, bytes]:
        """The registers of PRESENT by id, without those that did not answer. Ends by `give_up_at`.

        Once `hurried`, nobody is asked again: the next goal is felt, where the head is now can be asked later.
        """
        wanted = tuple(ids)
        self._turn += 1
        together = self._turn % REJOIN_TICKS == 0
        batch = tuple(i for i in wanted if together or self._misses.get(i, 0) < SUSPECT_AFTER)
        self.asked = frozenset(batch)
        found = (await self._batch(batch, give_up_at)).data if batch else {}
        rest = sorted((i for i in wanted if i not in found), key=lambda i: self._misses.get(i, 0))
        if rest:
            alone = await self._one_by_one(rest, give_up_at, hurried)
            self._judge_batch(failed=not found and bool(batch), alone=len(alone))
            found |= alone
        else:
            self._failed_batches = 0
        for device in self.asked:
            self._misses[device] = 0 if device in found else self._misses.get(device, 0) + 1
        return found

    async def _batch(self, ids: tuple[int, ...], give_up_at: float) -> BatchResult:
        read = self._bus.fast_sync_read if self._fast else self._bus.sync_read
        return await read(PRESENT, ids, give_up_at)

    async def _one_by_one(self, ids: list[int], give_up_at: float, hurried: Callable[[], bool]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}

        async def slot() -> float:
            return give_up_at

        line = Unicast(self._bus, slot, attempts=1)
        for device in ids:
            if hurried() or time.monotonic() >= give_up_at:
                break
            self.asked |= {device}
            try:
                found[device] = await line.read_block(device, PRESENT)
            except ExchangeError as error:
                LOG.debug("%s", error)
        return found

    def _judge_batch(self, *, failed: bool, alone: int) -> None:
        """A firmware that does not know the fast read answers one by one only."""
        self._failed_batches = self._failed_batches + 1 if failed and alone else 0
        if self._fast and self._failed_batches >= PLAIN_AFTER:
            LOG.warning("the servos do not answer the fast sync read; going on with the plain one")
            self._fast = False
