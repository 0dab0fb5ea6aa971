"""What was removed, kept as rows until it is put back or forgotten. Plain functions over one session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.store.columns import Base, UtcTime
from remote_app.store.edit_table import Edit, EditKind

Rows = dict[str, list[dict[str, Any]]]

# The table of the thing and those that are deleted with it, in the order in which they can be put back; and the column
# that says to which thing a row belongs.
BELONGING: Final[Mapping[EditKind, tuple[tuple[str, str], ...]]] = {
    EditKind.MEETING: (
        ("meetings", "id"),
        ("meeting_themes", "meeting_id"),
        ("meeting_ends", "meeting_id"),
        ("invitations", "meeting_id"),
    ),
    EditKind.SEAT: (("seats", "id"), ("evaluation_done", "seat_id"), ("invitations", "seat_id")),
    EditKind.PERSON: (("people", "id"), ("visibility", "person_id"), ("invitations", "person_id")),
    EditKind.SITE: (("sites", "id"),),
    EditKind.ROBOT: (("robots", "id"), ("meeting_ends", "robot_id")),
}


async def rows_of(session: AsyncSession, kind: EditKind, thing: str) -> Rows:
    """A thing and what is deleted with it, as JSON has it."""
    await session.flush()
    found: Rows = {}
    for name, column in BELONGING[kind]:
        table = Base.metadata.tables[name]
        rows = (await session.execute(select(table).where(table.c[column] == thing))).mappings().all()
        found[name] = [{key: _out(value) for key, value in row.items()} for row in rows]
    return found


async def put_back(session: AsyncSession, kind: EditKind, rows: Rows) -> None:
    """The rows are there again. Raises IntegrityError where what they belong to is gone, or another has their place."""
    for name, _ in BELONGING[kind]:
        table = Base.metadata.tables[name]
        if rows.get(name):
            await session.execute(insert(table), [_in(table, row) for row in rows[name]])


async def edits_of(session: AsyncSession, kind: EditKind, thing: str, limit: int = 50) -> Sequence[Edit]:
    """What was changed of a thing, the newest first."""
    query = select(Edit).where(Edit.kind == kind, Edit.thing == thing).order_by(Edit.at.desc(), Edit.id).limit(limit)
    return (await session.scalars(query)).all()


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _in(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _typed(table.c[key], value) for key, value in row.items()}


def _typed(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcTime):
        return datetime.fromisoformat(value)
    kind = column.type.python_type
    return kind(value) if issubclass(kind, StrEnum) else value
