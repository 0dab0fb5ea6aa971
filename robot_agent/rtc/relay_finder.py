"""Which way to a TURN server the robot uses: UDP before TCP before TLS, found without holding an answer up.

aiortc uses only the first TURN server that it is given, so one is chosen here. The ways are tried side by side, each
a little after the one before (as RFC 8305 does with addresses), and what worked is used again at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from protocol.ice import IceAddress, IceServer, IceSetup
from robot_agent.rtc.reach import Reach, first_stun
from robot_agent.rtc.turn_check import CHECK_TIMEOUT_S, Checked, RelayWay, check_relay, reasons, ways_of

log = logging.getLogger(__name__)

STEP_S = 0.3  # the head start of a better way: two round trips of an allocation on a line of 150 ms
GRACE_S = 0.25  # a better way that is nearly there is worth waiting for: TCP stalls where UDP loses one packet
HOLD_S = 1.5  # how long an answer waits for a relay while the page may well be reached without one
REMEMBERED_S = 600.0  # a way that worked is trusted for so long; then UDP gets its chance again
RECHECK_S = 60.0  # how soon it is noticed that a relay works again

Check = Callable[[RelayWay], Awaitable[Checked]]


@dataclass(frozen=True, slots=True)
class _Found:
    """The way that worked, among these ways, at this monotonic time."""

    among: tuple[IceAddress, ...]
    address: IceAddress
    at_s: float


async def race(ways: Sequence[RelayWay], check: Check) -> tuple[RelayWay | None, tuple[Checked, ...]]:
    """The best way that works, and what was learnt of the others. `ways` in order of preference."""
    running: dict[asyncio.Task[Checked], int] = {}
    done: dict[int, Checked] = {}
    waiting = list(range(len(ways)))
    best: int | None = None
    try:
        while waiting or running:
            if waiting and best is None:
                number = waiting.pop(0)
                running[asyncio.ensure_future(check(ways[number]))] = number
            better = {task for task, number in running.items() if best is None or number < best}
            if not better:
                break
            pause_s = GRACE_S if best is not None else STEP_S if waiting else None
            ended, _ = await asyncio.wait(better, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            if best is not None and not ended:
                break
            for task in ended:
                number = running.pop(task)
                done[number] = task.result()
                if done[number].fault is None and (best is None or number < best):
                    best = number
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return (None if best is None else ways[best]), tuple(done[number] for number in sorted(done))


class RelayFinder:
    """Remembers what worked. `on_verdict` hears None when a relay works or none is named, else why none does."""

    def __init__(self, on_verdict: Callable[[str | None], None], check: Check = check_relay) -> None:
        self._on_verdict = on_verdict
        self._check = check
        self._found: _Found | None = None
        self._failed: tuple[IceAddress, ...] | None = None
        self._ways: list[RelayWay] = []
        self._search: asyncio.Task[None] | None = None
        self._first_round = asyncio.Event()

    async def find(self, servers: Sequence[IceServer], *, needed: bool = False) -> RelayWay | None:
        """The way to use now, None without one that works. Waits up to HOLD_S, longer when nothing else may be used.

        Ways of which all failed a while ago hold nothing up: they are being tried again meanwhile.
        """
        self._ways = ways_of(servers)
        among = tuple(way.address for way in self._ways)
        if not among:
            await self.close()
            self._failed = None
            self._on_verdict(None)
            return None
        if (way := self._remembered(among)) is not None:
            return way
        failed_before = self._failed == among and not needed
        await self.close()
        self._first_round.clear()
        self._search = asyncio.create_task(self._look(among), name="relay-search")
        hold_s = 0.0 if failed_before else CHECK_TIMEOUT_S + len(among) * STEP_S if needed else HOLD_S
        try:
            async with asyncio.timeout(hold_s):
                await self._first_round.wait()
        except TimeoutError:
            log.info("no relay after %g s; the answer does not wait for one", hold_s)
        return self._remembered(among)

    def forget(self) -> None:
        """What was remembered did not keep its promise."""
        self._found = None

    async def close(self) -> None:
        """Ends a search that is under way."""
        search, self._search = self._search, None
        if search is not None:
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)

    def _remembered(self, among: tuple[IceAddress, ...]) -> RelayWay | None:
        found = self._found
        if found is None or found.among != among or time.monotonic() - found.at_s > REMEMBERED_S:
            return None
        return next((way for way in self._ways if way.address == found.address), None)

    async def _look(self, among: tuple[IceAddress, ...]) -> None:
        """Rounds of trying until a way works; a password that has run out ends them, as it cannot get better."""
        while True:
            try:
                way, checked = await race(self._ways, self._check)
                self._tell(among, way, checked)
            finally:
                self._first_round.set()  # also of a search that failed: an answer waits for it
            ends = [one.expires_s for one in self._ways if one.expires_s is not None]
            if way is not None or (ends and max(ends) <= time.time() + RECHECK_S):
                return
            await asyncio.sleep(RECHECK_S)

    def _tell(self, among: tuple[IceAddress, ...], way: RelayWay | None, checked: tuple[Checked, ...]) -> None:
        if way is None:
            self._found, self._failed = None, among
            self._on_verdict(reasons(checked))
            return
        self._failed = None
        self._found = _Found(among, way.address, time.monotonic())
        for one in checked:
            log.log(logging.INFO if one.fault is None else logging.WARNING, "relay %s", one)
        self._on_verdict(None)


async def reach_by(relays: RelayFinder, own: Sequence[IceServer], given: IceSetup) -> Reach:
    """How a page is reached with the robot's own servers and those that the service gave for it."""
    servers = (*own, *given.servers)
    relay = await relays.find(servers, needed=given.relay_only)
    return Reach(stun=first_stun(servers), relay=relay, relay_only=given.relay_only)
