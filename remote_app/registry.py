"""Keeps a node in step with the store: links, six digits, courses and robots, read again and again, and at once when
this node has changed something."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from protocol.errors import SettingsError
from remote_app.broker import EmbeddedBroker
from remote_app.context import Context
from remote_app.data_directory import DataDirectory
from remote_app.settings import NODE_USER

if TYPE_CHECKING:
    from remote_app.store.engine import Store

log = logging.getLogger(__name__)

LAST_TRY_S: Final = 1.0  # the whole service stops within two seconds
READ_EVERY_S: Final = 2.0  # windows open by the clock; what another node has changed PostgreSQL tells at once


class Registry:
    """`addresses` is the pairing desk's: robots with their broker addresses; new ones are added to it."""

    def __init__(
        self,
        context: Context,
        store: Store,
        data: DataDirectory,
        broker: EmbeddedBroker | None,
        addresses: dict[str, str],
    ) -> None:
        self._context = context
        self.store = store
        self._data = data
        self._broker = broker
        self._addresses = addresses
        self._turn = asyncio.Lock()
        self._keeping = asyncio.Lock()
        context.switchboard.leaders.ends.wake = context.records.changes.here

    async def read(self) -> None:
        """The node knows what the store says now, and closes the pages whose links are good no longer.

        Raises StoreError or SettingsError; what was known before stays known then."""
        from remote_app.store.invited import read_invited  # not above: SQLAlchemy takes half a second to import

        context = self._context
        async with self._turn:
            async with self.store.read() as session:
                invited = await read_invited(session, datetime.now(UTC))
            context.withdrawn = await asyncio.to_thread(self._data.withdrawn) | invited.withdrawn
            lost = invited.lost_since(context.invited)
            over = invited.used - context.invited.used
            context.invited = invited
            await self._let_in(invited.robots.keys() - {NODE_USER})
            context.switchboard.read(invited)
            await context.switchboard.over(over, context.bridge)
            await context.switchboard.withdraw(context.withdrawn | lost, context.bridge)

    async def run(self) -> None:
        """Reads for ever, until cancelled."""
        from remote_app.store.errors import StoreError

        while True:
            if not self._context.switchboard.leaders.ends.waiting:
                await self._context.records.changes.wait(READ_EVERY_S)
            try:
                await self.catch_up()
            except (StoreError, SettingsError) as error:
                log.error("links, courses and robots stay as they were: %s", error)

    async def catch_up(self) -> None:
        """Tells the store what leaders have said, and knows what it says then. Raises StoreError or SettingsError."""
        await self._end_meetings()
        await self._keep_visits()
        await self.read()

    async def stop(self) -> None:
        """The node goes: how the lines were of the visits that it has is written, or lost when that takes too long."""
        from remote_app.store.errors import StoreError

        self._context.switchboard.quality.stop()
        try:
            async with asyncio.timeout(LAST_TRY_S):
                await self._keep_visits()
        except (StoreError, TimeoutError) as error:
            log.error("how the lines were of the visits that went on is lost: %s", error or "it took too long")

    async def _keep_visits(self) -> None:
        """Tells the store how the lines of visits were. Raises StoreError; then it is told later."""
        from remote_app.store.quality import keep_visits

        quality = self._context.switchboard.quality
        async with self._keeping:  # at the end of the node, one that is being written is waited for
            visits = quality.take()
            if not visits:
                return
            kept = False
            try:
                await keep_visits(self.store, visits)
                kept = True
            finally:
                if not kept:
                    quality.back(visits)

    async def _end_meetings(self) -> None:
        """Tells the store which meetings leaders have ended, or let go on, and which screens they withdrew. Raises
        StoreError; then it is told later."""
        from remote_app.store.errors import StoreError
        from remote_app.store.meetings import end_meeting, go_on, withdraw_screens

        ends = self._context.switchboard.leaders.ends
        said, screens = ends.take(), self._context.switchboard.leaders.screens.untold()
        if not said and not screens:
            return
        now = datetime.now(UTC)
        try:
            async with self.store.write() as session:
                for robot, over in said.items():
                    await (end_meeting if over else go_on)(session, robot, now)
                await withdraw_screens(session, screens, now)
        except StoreError:
            ends.back(said)
            raise

    async def _let_in(self, robots: frozenset[str] | set[str]) -> None:
        """New robots get a name and a password at our own broker."""
        new = sorted(robots - self._addresses.keys())
        if self._broker is None or not new:
            return
        passwords = await asyncio.to_thread(lambda: {robot: self._data.robot_password(robot) for robot in new})
        await self._broker.admit(passwords)
        self._addresses |= {robot: self._broker.address(robot).with_secret() for robot in new}
