"""What the tables have in common: times, JSON, names of constraints, and values checked alike for both databases.

SQLite takes a text of any length and any time; PostgreSQL does not. So a value is checked when it is set on a row, and
both refuse the same with the same words.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, Float, Integer, MetaData, String, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import JSON, TypeDecorator

from remote_app.store.errors import StoreValueError

MAX_WHOLE_NUMBER: Final = 2**31 - 1  # what PostgreSQL's integer holds
NAMES: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
PlainJson: Final = JSON().with_variant(JSONB(), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """A moment, always with its zone: UTC. SQLite has no zones and gets the bare UTC time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the driver gets."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise StoreValueError("a time", f"is {value}: give it with its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the program gets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


def _check(key: str, kind: object, value: object) -> None:
    if isinstance(value, str) and isinstance(kind, String):
        if kind.length is not None and len(value) > kind.length:
            raise StoreValueError(key, f"has {len(value)} characters; at most {kind.length} fit")
        if "\x00" in value:
            raise StoreValueError(key, "has a character that is not text (NUL)")
    elif isinstance(kind, UtcTime) and isinstance(value, datetime) and value.tzinfo is None:
        raise StoreValueError(key, f"is {value}: give the time with its zone")
    elif isinstance(kind, Integer) and isinstance(value, int) and abs(value) > MAX_WHOLE_NUMBER:
        if kind.__class__ is Integer:
            raise StoreValueError(key, f"is {value}: at most {MAX_WHOLE_NUMBER} fits")
    elif isinstance(kind, Float) and isinstance(value, float) and value - value != 0:
        raise StoreValueError(key, f"is {value}: it must be a finite number")


@event.listens_for(Base, "attribute_instrument")
def _watch(_: type[Any], key: str, attribute: InstrumentedAttribute[Any]) -> None:
    """Every value is checked when it is set, before any database sees it."""
    columns = getattr(attribute.property, "columns", None)
    if not columns:
        return
    kind, table = columns[0].type, columns[0].table.name

    def check(_: object, value: object, *__: object) -> None:
        _check(f"{table}.{key}", kind, value)

    event.listen(attribute, "set", check)
