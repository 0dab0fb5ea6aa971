"""Brings a database to the tables of this version, however old it is. Alembic does the work."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from remote_app.store import migrations
from remote_app.store.chain import ChainKey, Head
from remote_app.store.columns import Base
from remote_app.store.errors import StoreVersionError
from remote_app.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from remote_app.store.models import AccessHead

_LOCK: Final = 0x6176_3131  # any number, the same at every node
_HEAD_TABLE: Final = AccessHead.__tablename__


async def migrate(connection: AsyncConnection, key: ChainKey, target: str = HEAD) -> None:
    """Makes or changes the tables, in the transaction of this connection; nothing when they are right.

    Raises StoreVersionError for a database that is newer than this program, or another program's.
    """
    await connection.run_sync(_migrate, key, target)


def version(connection: Connection) -> str:
    """The revision of the tables; empty where there are none. Raises StoreVersionError."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        if foreign := tables & set(Base.metadata.tables):
            raise StoreVersionError(
                f"the database has a table {min(foreign)!r} that this service did not make; "
                "give it a database of its own"
            )
        return ""
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 (our own name)
    if found not in REVISIONS:
        raise StoreVersionError(
            f"the database is of version {found}, which this program does not know (it knows up to {HEAD}); "
            "install the newer program, or restore a backup that this one has made"
        )
    return str(found)


def _migrate(connection: Connection, key: ChainKey, target: str) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's transaction has begun with its lock
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = version(connection)
    if before and REVISIONS.index(before) >= REVISIONS.index(target):
        return
    had_log = bool(before) and inspect(connection).has_table(_HEAD_TABLE)
    _upgrade(connection, target)
    if not had_log and inspect(connection).has_table(_HEAD_TABLE):
        _begin_log(connection, key)


def _upgrade(connection: Connection, target: str) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # ten lines that tell nobody anything
    from alembic import command  # a third of a second that a start without changes need not wait
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _begin_log(connection: Connection, key: ChainKey) -> None:
    """Only here, where the table is new: a head that has gone missing later is a fault, not a beginning."""
    if connection.scalar(select(AccessHead.id)) is None:
        head = Head()
        connection.execute(
            insert(AccessHead).values(
                id=1,
                first_seq=head.first_seq,
                first_mac=head.first_mac,
                last_seq=head.last_seq,
                last_mac=head.last_mac,
                seal=key.seal(head),
            )
        )
