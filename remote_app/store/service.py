"""The store as a running service has it: open, with its access log and the job that deletes in time."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from remote_app.data_directory import LOG_KEY, DataDirectory
from remote_app.settings import AppSettings
from remote_app.store.chain import ChainKey
from remote_app.store.changes import Changes
from remote_app.store.engine import Store
from remote_app.store.errors import StoreError, StoreOffError
from remote_app.store.log_writer import AccessLogWriter, running
from remote_app.store.retention import delete_due

log = logging.getLogger(__name__)

FIRST_DELETION_S: Final = 60.0  # the start is for people who wait
DELETE_EVERY_S: Final = 24 * 3600.0  # every period is counted in days
_PRIVATE_DIRECTORY: Final = 0o700


async def open_store(settings: AppSettings) -> Store:
    """The store that the settings name; close it. Raises SettingsError in words."""
    directory = settings.data.directory
    address = await asyncio.to_thread(settings.store.address)
    key = ChainKey(await asyncio.to_thread(DataDirectory(directory).log_key))
    try:
        return await Store.open(directory, address, key)
    except StoreError as error:
        raise SettingsError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Records:
    """The open store of a service, and the way into its access log."""

    store: Store
    log: AccessLogWriter
    writing: asyncio.Task[None]
    changes: Changes

    async def watch(self) -> None:
        """Lasts as long as the access log is written; raises what ended it."""
        await asyncio.shield(self.writing)

    async def delete_daily(self) -> None:
        """Deletes in time, until cancelled."""
        wait_s = FIRST_DELETION_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = DELETE_EVERY_S
            try:
                await delete_due(self.store, datetime.now(UTC))
            except StoreOffError as error:
                log.error("nothing is deleted now: %s", error)
                wait_s = FIRST_DELETION_S


@asynccontextmanager
async def records(settings: AppSettings) -> AsyncIterator[Records]:
    """The store of a service for as long as the block lasts. Raises SettingsError when it does not open."""
    directory, address = settings.data.directory, await asyncio.to_thread(settings.store.address)
    with in_use(directory, alone=False):
        store = await open_store(settings)
        try:
            with contextlib.nullcontext() if address else _only_node(directory):
                async with running(store) as (writer, task):
                    yield Records(store, writer, task, Changes(address))
        finally:
            await store.close()


@contextmanager
def _only_node(directory: Path) -> Iterator[None]:
    """SQLite is one node's: a second one would not hear of what the first one writes. Raises SettingsError."""
    with (directory / LOG_KEY).open("rb") as mark:  # a file that every data directory has, and nobody replaces
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"another service runs with data.directory {directory}, and SQLite is for one: stop it, or give "
                "both of them the same PostgreSQL database (store.url_file)"
            ) from None
        yield


@contextmanager
def in_use(directory: Path, *, alone: bool) -> Iterator[None]:
    """Marks the data directory as used: by services together, or by a restore alone. Raises SettingsError."""
    try:
        directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        mark = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise SettingsError(f"data.directory {directory} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(mark, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(mark)
        raise SettingsError(
            f"the service runs with data.directory {directory}; stop it first"
            if alone
            else f"a backup is being restored into data.directory {directory}; start again when it is done"
        ) from None
    try:
        yield
    finally:
        os.close(mark)
