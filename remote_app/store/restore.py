"""Puts a backup back: all or nothing in the database, and never over what is there unless that is asked for."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Date, DateTime, Table, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from remote_app.store.access_log import check_log
from remote_app.store.backup import BATCH, Manifest, backup, open_backup, our_tables, rows_of, secret_files
from remote_app.store.chain import ChainKey
from remote_app.store.columns import Base, UtcTime
from remote_app.store.engine import Store, engine_for
from remote_app.store.errors import BackupError
from remote_app.store.migrate import migrate, version
from remote_app.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from remote_app.store.models import AccessHead

LOG_KEY: Final = "log-key"
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back; `kept` is where the old contents are, `fault` what is wrong with the access log."""

    manifest: Manifest
    kept: Path | None
    fault: str


async def restore(directory: Path, address: str, file: Path, now: datetime, *, replace: bool) -> Restored:
    """Puts the backup in `file` into the database at `address` (or SQLite in `directory`) and into `directory`.

    Where something is there already it refuses; with `replace` that is first written to a backup of its own. The
    service must not run. Raises BackupError or StoreError; the database is then as it was.
    """
    archive, manifest = open_backup(file)
    with archive:
        if manifest.revision not in REVISIONS:
            raise BackupError(
                f"{file} is of version {manifest.revision}, which this program does not know (it knows up to {HEAD}); "
                "restore it with the program that made it, or a newer one"
            )
        key = _key_in(archive, manifest)
        store = Store(engine_for(directory, address), key)
        try:
            rows, kept = await _rows_in(store), None
            conflicts = _conflicts(archive, manifest, directory)
            if rows or conflicts:
                what = f"{rows} rows" if rows else conflicts[0]
                if not replace:
                    raise BackupError(
                        f"there is something already ({what}); give an empty database and data.directory, "
                        "or --replace, which first makes a backup of what is there"
                    )
                kept = await _keep(store, directory, file, now)
            async with store.connection() as connection:
                await connection.run_sync(_empty)
                await migrate(connection, key, manifest.revision)
                await connection.run_sync(_load, archive, manifest)
                await migrate(connection, key)
                _put_files(archive, manifest, directory)
            await store.forget_deleted()
            async with store.read() as session:
                fault = (await check_log(session, key)).fault
        except IntegrityError as error:
            raise BackupError(f"{file} does not fit together: {str(error.orig).splitlines()[0]}") from error
        finally:
            await store.close()
    return Restored(manifest, kept, fault)


def _key_in(archive: zipfile.ZipFile, manifest: Manifest) -> ChainKey:
    if LOG_KEY not in manifest.files:
        raise BackupError(f"the backup has no {LOG_KEY}, without which the access log proves nothing")
    try:
        return ChainKey(bytes.fromhex(archive.read(f"data/{LOG_KEY}").decode("ascii").strip()))
    except ValueError:
        raise BackupError(f"the backup's {LOG_KEY} is not a key") from None


async def _rows_in(store: Store) -> int:
    """Rows in the database, the head of a log in which nothing stands apart."""
    async with store.snapshot() as connection:
        return await connection.run_sync(_count)


def _count(connection: Connection) -> int:
    if not version(connection):
        return 0
    rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _there(connection)}
    head = rows.pop(AccessHead.__tablename__, 0)
    begun = bool(head) and bool(connection.scalar(select(func.max(AccessHead.last_seq))))
    return sum(rows.values()) + begun


def _conflicts(archive: zipfile.ZipFile, manifest: Manifest, directory: Path) -> list[str]:
    there = {path.name: path for path in secret_files(directory)}
    return [
        f"{there[name]} is another one than in the backup"
        if name in manifest.files
        else f"{there[name]} is not in the backup"
        for name in there
        if name not in manifest.files or there[name].read_bytes() != archive.read(f"data/{name}")
    ]


async def _keep(store: Store, directory: Path, file: Path, now: datetime) -> Path | None:
    """A backup of what is there, beside the one that takes its place."""
    kept = file.with_name(f"{file.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    async with store.connection() as connection:
        await migrate(connection, store.key)  # a database without tables gets them, so that its files are kept
    await backup(store, directory, kept, now)
    return kept


def _there(connection: Connection) -> list[Table]:
    """Our tables that the database has, each after those that it refers to."""
    names = set(inspect(connection).get_table_names())
    return [table for table in Base.metadata.sorted_tables if table.name in names]


def _empty(connection: Connection) -> None:
    if version(connection):
        for table in reversed(_there(connection)):
            table.drop(connection)
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))


def _load(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    tables, zones = our_tables(connection, manifest.revision), connection.dialect.name != "sqlite"
    if AccessHead.__tablename__ in manifest.tables and AccessHead.__tablename__ in tables.tables:
        connection.execute(tables.tables[AccessHead.__tablename__].delete())
    for table in tables.sorted_tables:
        if table.name not in manifest.tables:
            raise BackupError(f"the backup has no table {table.name}, which its version {manifest.revision} has")
        rows = (_typed(table, row, zones=zones) for row in rows_of(archive, table.name))
        count = 0
        while batch := list(islice(rows, BATCH)):
            connection.execute(insert(table), batch)
            count += len(batch)
        if count != manifest.tables[table.name].rows:
            raise BackupError(f"the backup has {count} rows of {table.name}, not {manifest.tables[table.name].rows}")


def _typed(table: Table, row: dict[str, object], *, zones: bool) -> dict[str, object]:
    """The row as the database's driver takes it: `zones` says whether its times have one."""
    if set(row) != {column.name for column in table.columns}:
        raise BackupError(f"the backup has another {table.name} than its version says")
    return {column.name: _value(column.type, row[column.name], zones=zones) for column in table.columns}


def _value(kind: object, value: object, *, zones: bool) -> object:
    if isinstance(value, str) and isinstance(kind, DateTime | UtcTime):
        moment = datetime.fromisoformat(value)
        return moment if zones or isinstance(kind, UtcTime) else moment.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, str) and isinstance(kind, Date):
        return date.fromisoformat(value)
    return value


def _put_files(archive: zipfile.ZipFile, manifest: Manifest, directory: Path) -> None:
    """Last, when the database has taken everything: if the disk says no, the database is as it was."""
    wanted = set(manifest.files)
    try:
        directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        for name in manifest.files:
            draft = directory / f".{name}.restoring"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE), "wb") as target:
                target.write(archive.read(f"data/{name}"))
            draft.replace(directory / name)
        for path in secret_files(directory):
            if path.name not in wanted:
                path.unlink()
    except OSError as error:
        raise BackupError(f"data.directory {directory} cannot be written: {error.strerror or error}") from error
