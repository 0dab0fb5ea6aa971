"""What another node changes is heard at once from PostgreSQL; SQLite is one node's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from remote_app.settings import AppSettings
from remote_app.store.changes import Changes
from remote_app.store.courses import put_site
from remote_app.store.engine import Store
from remote_app.store.service import records
from tests.store.conftest import Databases

LONG_S = 60.0


async def test_a_change_is_heard_by_whoever_waits_and_one_that_is_undone_is_not(databases: Databases) -> None:
    place = await databases.with_tables("postgresql")
    changes, store = Changes(place.address), await place.open()
    listening = asyncio.create_task(changes.run(), name="listening")
    try:
        await asyncio.wait_for(changes.listening.wait(), LONG_S)
        waiting = [asyncio.create_task(changes.wait(LONG_S), name=f"waits {number}") for number in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(ZeroDivisionError):
            await undone(store)
        async with store.write(quiet=True) as session:
            await put_site(session, "quiet", "Helsesenteret", "Rødøy")
        assert not any(task.done() for task in waiting)
        async with store.write() as session:
            await put_site(session, "vefsn", "Frisklivssentralen", "Vefsn")
        async with asyncio.timeout(LONG_S / 2):
            await asyncio.gather(*waiting)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await store.close()


async def undone(store: Store) -> None:
    async with store.write() as session:
        await put_site(session, "undone", "Helsesenteret", "Rødøy")
        raise ZeroDivisionError


async def test_whoever_does_not_hear_of_changes_waits_for_the_clock() -> None:
    changes = Changes()
    await changes.run()
    await changes.wait(0.01)


async def test_a_second_node_on_sqlite_says_what_to_do(tmp_path: Path) -> None:
    settings = AppSettings.model_validate({"data": {"directory": tmp_path / "data"}})
    async with records(settings):
        with pytest.raises(SettingsError, match=r"another service runs with data\.directory .* the same PostgreSQL"):
            async with records(settings):
                pass
    async with records(settings):
        pass


async def test_two_nodes_on_postgresql_share_a_data_directory(databases: Databases, tmp_path: Path) -> None:
    place = await databases.with_tables("postgresql")
    settings = AppSettings.model_validate({"data": {"directory": place.directory}, "store": {"url": place.address}})
    async with records(settings), records(settings) as second:
        assert second.store.engine.dialect.name == "postgresql"
