"""What was changed in a plan: who, when, how it was before. What *undo* puts back, and what a refusal tells of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Enum, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from remote_app.store.columns import Base, PlainJson, UtcTime

ID_CHARS: Final = 16
THING_CHARS: Final = 43  # a link's id is the longest


class EditKind(StrEnum):
    """What was changed."""

    COURSE = "course"
    MEETING = "meeting"
    SITE = "site"
    ROBOT = "robot"
    SEAT = "seat"
    PERSON = "person"
    INVITATION = "invitation"


class EditDeed(StrEnum):
    """How."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


def _words(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind, native_enum=False, create_constraint=False, length=16, values_callable=lambda k: [m.value for m in k]
    )


class Edit(Base):
    """One change. `before` and `after` are the API's own words for the thing; sites and robots are of no course.

    `kept` is what else undoing needs: the rows of what was removed, or the links that were withdrawn with the change.
    """

    __tablename__ = "edits"
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True)
    course_id: Mapped[str | None] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EditKind] = mapped_column(_words(EditKind))
    thing: Mapped[str] = mapped_column(String(THING_CHARS), index=True)
    deed: Mapped[EditDeed] = mapped_column(_words(EditDeed))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    done_by: Mapped[str] = mapped_column(String(ID_CHARS))
    undoes: Mapped[str | None] = mapped_column(String(ID_CHARS))
    before: Mapped[dict[str, Any] | None] = mapped_column(PlainJson)
    after: Mapped[dict[str, Any] | None] = mapped_column(PlainJson)
    kept: Mapped[dict[str, Any]] = mapped_column(PlainJson, default=dict)
