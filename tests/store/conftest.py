"""The store on both databases: each test runs on SQLite and on a real PostgreSQL, which is started once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from remote_app.store.chain import NOTHING, ChainKey, Head
from remote_app.store.columns import Base
from remote_app.store.engine import FILE, Store
from remote_app.store.migrations import HEAD, VERSION_TABLE
from tests.store.postgres import Postgres, running_postgres

SECRET: Final = "ab" * 32
KEY: Final = ChainKey(bytes.fromhex(SECRET))
TEMPLATE: Final = "ready"
HEAD_ROW: Final = f"(1, 1, '{NOTHING}', 0, '{NOTHING}', '{KEY.seal(Head())}')"
CLEAN: Final = (
    f"UPDATE {VERSION_TABLE} SET version_num = '{HEAD}'",
    *(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)),
    f"INSERT INTO access_log_head (id, first_seq, first_mac, last_seq, last_mac, seal) VALUES {HEAD_ROW}",
)
_NUMBERS: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """A database: a directory with the log's key, and the address, which is empty for SQLite."""

    directory: Path
    address: str

    async def open(self) -> Store:
        """The store there."""
        return await Store.open(self.directory, self.address, KEY)


class Databases:
    """Makes databases of either kind. PostgreSQL's are cleaned and lent again: to make one takes 300 files."""

    def __init__(self, postgres: Postgres, directory: Path) -> None:
        self._postgres = postgres
        self._directory = directory
        self._free: list[str] = []
        self._lent: list[str] = []
        self._ready: set[str] = set()

    async def empty(self, kind: str) -> Place:
        """One without tables."""
        if kind == "sqlite":
            return Place(self._new_directory(), "")
        address = await self._lend()
        await sql(address, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return Place(self._new_directory(), address)

    async def with_tables(self, kind: str) -> Place:
        """One as a service has left it that was started once."""
        directory = self._new_directory()
        if kind == "sqlite":
            ready = self._directory / TEMPLATE
            if kind not in self._ready:
                await (await Store.open(ready, "", KEY)).close()
                self._ready.add(kind)
            shutil.copy(ready / FILE, directory / FILE)
            return Place(directory, "")
        place = Place(directory, await self._lend())
        try:
            await sql(place.address, *CLEAN)
        except asyncpg.UndefinedTableError:
            await sql(place.address, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
            await (await place.open()).close()
        return place

    def take_back(self) -> None:
        """The test is over."""
        self._free += self._lent
        self._lent.clear()

    async def _lend(self) -> str:
        if not self._free:
            name = f"db{next(_NUMBERS)}"
            await sql(self._postgres.url("postgres"), f"CREATE DATABASE {name}")
            self._free.append(self._postgres.url(name))
        self._lent.append(self._free.pop())
        return self._lent[-1]

    def _new_directory(self) -> Path:
        directory = self._directory / f"data-{next(_NUMBERS)}"
        directory.mkdir(mode=0o700)
        (directory / "log-key").write_text(SECRET)
        (directory / "log-key").chmod(0o600)
        return directory


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def all_databases(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Those of all tests."""
    return Databases(postgres, tmp_path_factory.mktemp("databases"))


@pytest.fixture
def databases(all_databases: Databases) -> Iterator[Databases]:
    """As many databases as a test wants."""
    yield all_databases
    all_databases.take_back()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
async def empty(databases: Databases, kind: str) -> Place:
    """A database without tables."""
    return await databases.empty(kind)


@pytest.fixture
async def place(databases: Databases, kind: str) -> Place:
    """A database with its tables."""
    return await databases.with_tables(kind)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """The open store in `place`."""
    store = await place.open()
    yield store
    await store.close()


async def sql(address: str, *statements: str) -> None:
    """Statements outside any transaction."""
    connection = await asyncpg.connect(address)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
