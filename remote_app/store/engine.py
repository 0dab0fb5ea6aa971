"""The database: its file or address, its transactions, and what it says when it does not answer."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from remote_app.store.chain import ChainKey
from remote_app.store.changes import NOTIFY
from remote_app.store.errors import StoreError, StoreOffError
from remote_app.store.migrate import migrate

FILE: Final = "store.sqlite3"
BUSY_TIMEOUT_S: Final = 10.0  # another process deletes or restores; what it does takes a second
CONNECT_TIMEOUT_S: Final = 10.0
POOL: Final = 5  # connections of one node; each transaction takes milliseconds
PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an entry of the access log that was written is there after a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten
)
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700
_DRIVERS_PREFIX: Final = re.compile(r"^<class '[^']*'>: ")
_BEGIN: Final = "sqlite_begin"  # how a transaction begins there; empty: none is begun


class Store:
    """An open database with the key of its access log. Close it at the end."""

    def __init__(self, engine: AsyncEngine, key: ChainKey) -> None:
        self.engine = engine
        self.key = key
        self._writing = async_sessionmaker(
            engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}), expire_on_commit=False
        )
        self._looking = engine
        if engine.dialect.name == "postgresql":  # SQLite's transactions see one moment by themselves
            self._looking = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._reading = async_sessionmaker(self._looking, expire_on_commit=False)

    @classmethod
    async def open(cls, directory: Path, address: str, key: ChainKey) -> Store:
        """The store, with its tables as this version has them.

        `address` is a PostgreSQL URL, or empty for SQLite in `directory`. Raises StoreOffError or StoreVersionError.
        """
        store = cls(engine_for(directory, address), key)
        try:
            async with store.connection() as connection:
                await migrate(connection, key)
        except BaseException:
            await store.close()
            raise
        return store

    @asynccontextmanager
    async def write(self, *, quiet: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, undone by an exception. Raises StoreError.

        The other nodes are told that something has changed, unless it is `quiet`: of no consequence to them."""
        async with _InWords(), self._writing() as session, session.begin():
            yield session
            if not quiet and self.engine.dialect.name == "postgresql":
                await session.execute(text(NOTIFY))  # delivered when, and only when, it is committed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only looks, at everything as it is at one moment. Raises StoreError."""
        async with _InWords(), self._reading() as session:
            yield session

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """One transaction below the models, for migrations and backups. Raises StoreError."""
        async with _InWords(), self.engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """As `read`, below the models. Raises StoreError."""
        async with _InWords(), self._looking.begin() as connection:
            yield connection

    async def forget_deleted(self) -> None:
        """SQLite's log of changes no longer holds what was deleted. Raises StoreError."""
        if self.engine.dialect.name == "sqlite":
            async with _InWords(), self.engine.execution_options(**{_BEGIN: ""}).connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Ends every connection."""
        await self.engine.dispose()


class _InWords:
    """What a driver says becomes one sentence, without values and without the password."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, StatementError) and isinstance(error.orig, StoreError):
            raise error.orig from None
        if isinstance(error, DBAPIError) and (_is_about_the_database(error) or error.connection_invalidated):
            raise StoreOffError(_first_line(error.orig or error)) from error
        if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | PoolTimeoutError | OSError):
            raise StoreOffError(_first_line(error)) from error


def engine_for(directory: Path, address: str) -> AsyncEngine:
    """The engine; no connection is made yet. Raises StoreOffError when SQLite's file cannot be made."""
    if address:
        return create_async_engine(
            _postgresql(address),
            pool_size=POOL,
            pool_pre_ping=True,  # the database may have been started anew
            hide_parameters=True,
            connect_args={"timeout": CONNECT_TIMEOUT_S},
        )
    file = directory / FILE
    try:
        if not file.exists():
            directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            _make_file(file)
    except (OSError, sqlite3.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StoreOffError(f"{file} cannot be opened: {why}") from error
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)),
        pool_size=POOL,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )
    _set_up_sqlite(engine)
    return engine


def _make_file(file: Path) -> None:
    """An empty database, private, that writes ahead: several starters at once agree on one.

    Whoever turned it to writing ahead when another has it open already would be told that it is locked.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE))  # SQLite's own files get its mode
    try:
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute(PRAGMAS[0])
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()


def _set_up_sqlite(engine: AsyncEngine) -> None:
    """Transactions are begun by us, whole and with DDL in them; Python's sqlite3 would begin them late."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def began(connection: Connection) -> None:
        # one that reads first and writes then would fail when another process has written between
        if statement := connection.get_execution_options().get(_BEGIN, "BEGIN"):
            connection.exec_driver_sql(statement)


def _postgresql(address: str) -> URL:
    url = make_url(address).set(drivername="postgresql+asyncpg")
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return url.set(query=query)


def _is_about_the_database(error: DBAPIError) -> bool:
    """Not about what was asked: an unknown database, a wrong password and a lock have no class of their own."""
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DBAPIError


def _first_line(error: BaseException) -> str:
    text = _DRIVERS_PREFIX.sub("", str(error)).strip() or type(error).__name__
    return text.splitlines()[0]
