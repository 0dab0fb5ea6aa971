"""A backup: one ZIP file with every table and every secret of the data directory, the same for both databases.

`manifest.json` says what is in it and how to know that it is whole; `tables/<name>.jsonl` has a JSON object for each
row, times in UTC; `data/<name>` are files of the data directory. One that was made of SQLite can be restored into
PostgreSQL, and the other way round. It is as secret as the data directory: only its owner can read the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, MetaData, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from remote_app.store.columns import Base
from remote_app.store.engine import FILE, Store
from remote_app.store.errors import BackupError
from remote_app.store.migrate import version
from remote_app.store.migrations import HEAD

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
BATCH: Final = 1000  # rows in memory at a time
MAX_SECRET_BYTES: Final = 1024 * 1024  # a secret of the data directory has a hundred
_PRIVATE_FILE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Part:
    """A table or a file: how many rows it has (1 for a file) and the SHA-256 of what stands in the ZIP."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup."""

    format: int
    made: str
    revision: str
    tables: dict[str, Part]
    files: dict[str, Part]

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Raises ValueError."""
        return TypeAdapter(cls).validate_json(text)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.tables.values())


async def backup(store: Store, directory: Path, file: Path, now: datetime) -> Manifest:
    """Writes everything into `file`, which must not be there yet; the service may run meanwhile.

    Raises BackupError, and then leaves no file, or StoreError.
    """
    with _new_zip(file) as archive:
        async with store.snapshot() as connection:
            revision, metadata = await connection.run_sync(_tables)
            tables = {table.name: await _write_table(connection, table, archive) for table in metadata.sorted_tables}
        files = {path.name: _write(archive, f"data/{path.name}", _secret(path)) for path in secret_files(directory)}
        manifest = Manifest(FORMAT, now.astimezone(UTC).isoformat(timespec="seconds"), revision, tables, files)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
    return manifest


def secret_files(directory: Path) -> list[Path]:
    """What a data directory holds beside the database."""
    try:
        found = sorted(directory.iterdir()) if directory.is_dir() else []
    except OSError as error:
        raise BackupError(f"data.directory {directory} cannot be read: {error.strerror}") from error
    return [path for path in found if path.is_file() and not path.name.startswith((FILE, "."))]


def our_tables(connection: Connection, revision: str) -> MetaData:
    """The tables of this revision, which the database has: the model's, or as they are found for an older one."""
    if revision == HEAD:
        return Base.metadata
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in Base.metadata.tables, resolve_fks=False)
    return metadata


def plain(value: object) -> object:
    """A value of a row as JSON has it. SQLite's times have no zone and are UTC."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _tables(connection: Connection) -> tuple[str, MetaData]:
    revision = version(connection)
    if not revision:
        raise BackupError("the database has no tables yet: start the service once")
    return revision, our_tables(connection, revision)


async def _write_table(connection: AsyncConnection, table: Table, archive: zipfile.ZipFile) -> Part:
    digest, rows = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as target:
        stream = await connection.stream(select(table).order_by(*table.primary_key).execution_options(yield_per=BATCH))
        async for batch in stream.mappings().partitions():
            text = "".join(json.dumps({key: plain(value) for key, value in row.items()}) + "\n" for row in batch)
            digest.update(text.encode())
            target.write(text.encode())
            rows += len(batch)
    return Part(rows, digest.hexdigest())


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> Part:
    archive.writestr(name, data)
    return Part(1, hashlib.sha256(data).hexdigest())


def _secret(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_SECRET_BYTES:
        raise BackupError(f"{path} has {len(data)} bytes and is no file of this service; move it out of the directory")
    return data


@contextmanager
def _new_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP that gets its name when it is whole, and that only its owner can read."""
    if file.exists():
        raise BackupError(f"{file} is there already; give another name")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            raw.flush()
            os.fsync(raw.fileno())
        os.link(draft, file)
    except FileExistsError:
        raise BackupError(f"{file} is there already; give another name") from None
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def open_backup(file: Path) -> tuple[zipfile.ZipFile, Manifest]:
    """A backup whose every part is as it was written. Close it. Raises BackupError."""
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError:
        raise BackupError(f"{file} does not exist") from None
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}") from error
    except zipfile.BadZipFile:
        raise BackupError(f"{file} is no backup of this service, or its end is missing") from None
    try:
        manifest = Manifest.read(archive.read(MANIFEST))
        _check(archive, manifest)
    except BaseException as error:
        archive.close()
        if isinstance(error, KeyError | ValidationError | zipfile.BadZipFile | ValueError | EOFError | OSError):
            raise BackupError(f"{file} is no backup of this service, or it is damaged: {_why(error)}") from error
        raise
    return archive, manifest


def rows_of(archive: zipfile.ZipFile, table: str) -> Iterator[dict[str, Any]]:
    """The rows of one table."""
    with archive.open(f"tables/{table}.jsonl") as source:
        for line in source:
            yield json.loads(line)


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if manifest.format != FORMAT:
        raise ValueError(f"it is of format {manifest.format}, this program reads {FORMAT}")
    if unknown := set(manifest.tables) - set(Base.metadata.tables):
        raise ValueError(f"this program has no table {min(unknown)}")
    parts = {f"tables/{name}.jsonl": part for name, part in manifest.tables.items()}
    parts |= {f"data/{name}": part for name, part in manifest.files.items()}
    for name in manifest.files:
        if Path(name).name != name or name.startswith((FILE, ".")):
            raise ValueError(f"it names a file {name!r}")
    for name, part in parts.items():
        digest = hashlib.sha256()
        with archive.open(name) as source:
            while data := source.read(1 << 16):
                digest.update(data)
        if digest.hexdigest() != part.sha256:
            raise ValueError(f"{name} is not as it was written")


def _why(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return f"its {MANIFEST} is not as this program writes it"
    if isinstance(error, KeyError):
        return f"{error.args[0]}" if error.args else "a part is missing"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
