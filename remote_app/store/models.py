"""The tables, one model for SQLite and PostgreSQL.

No picture, no sound, no health data, no national identity number, no address of a person. What is personal is a
display name, a role, a seat and a few choices; `retention.py` says how long each is kept.
"""

from __future__ import annotations

import re
import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Date, Enum, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from protocol.base import ID_PATTERN
from remote_app.store import edit_table, quality_table, staff_tables  # noqa: F401 (one model: who has it has those too)
from remote_app.store.columns import Base, PlainJson, UtcTime
from remote_app.store.errors import StoreValueError

ID_CHARS: Final = 16
LINK_CHARS: Final = 43
MAC_CHARS: Final = 64


def new_id() -> str:
    """An id that nobody guesses and that tells no order."""
    return secrets.token_urlsafe(12)


def slug(key: str, value: str) -> str:
    """A name as it goes on the wire. Raises StoreValueError."""
    if re.fullmatch(ID_PATTERN, value) is None:
        raise StoreValueError(key, f"is {value!r}: use 1 to 32 small letters, digits and -")
    return value


class PersonRole(StrEnum):
    """Who somebody is in a course, or for the service."""

    PATIENT = "patient"
    NURSE = "nurse"
    RELATIVE = "relative"
    SCREEN = "screen"
    LEADER = "leader"
    COORDINATOR = "coordinator"
    ADMINISTRATOR = "administrator"


STAFF: Final = frozenset((PersonRole.LEADER, PersonRole.COORDINATOR, PersonRole.ADMINISTRATOR))


class Moment(StrEnum):
    """When an evaluation form is filled in."""

    BEFORE = "before"
    AFTER_MEETING = "after_meeting"
    AFTER_COURSE = "after_course"


def _words(kind: type[StrEnum]) -> Enum:
    """The value itself in the table, as text: a new one needs no new table."""
    return Enum(
        kind, native_enum=False, create_constraint=False, length=16, values_callable=lambda k: [m.value for m in k]
    )


class Site(Base):
    """A municipality's place where robots stand and groups meet."""

    __tablename__ = "sites"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    municipality: Mapped[str] = mapped_column(String(80))
    telephone: Mapped[str] = mapped_column(String(40), default="")

    @validates("id")
    def _is_slug(self, _: str, value: str) -> str:
        return slug("sites.id", value)


class Robot(Base):
    """A robot; its id is its name on the wire."""

    __tablename__ = "robots"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    place: Mapped[str] = mapped_column(String(80))

    @validates("id")
    def _is_slug(self, _: str, value: str) -> str:
        return slug("robots.id", value)


class Course(Base):
    """A course; `ends_at` is what the retention of its people counts from, or its last meeting if that is later.

    One with `deleted_at` is in the waste-paper basket: its links open nothing, and it can be brought back for a while.
    """

    __tablename__ = "courses"
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    telephone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(8), default="nb")
    waiting_room: Mapped[bool] = mapped_column(default=True)
    ends_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)


class CourseSite(Base):
    """A site takes part in a course, with or without a robot."""

    __tablename__ = "course_sites"
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)


class Meeting(Base):
    """One meeting of a course."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        CheckConstraint("ends_at > starts_at", name="window"),
    )
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    number: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)


class MeetingEnd(Base):
    """A meeting is over at a robot: its links open nothing before the next one."""

    __tablename__ = "meeting_ends"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    robot_id: Mapped[str] = mapped_column(ForeignKey("robots.id", ondelete="CASCADE"), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UtcTime)


class WithdrawnScreen(Base):
    """A screen's link that a leader took back; of nobody, and forgotten when the link has run out anyway."""

    __tablename__ = "withdrawn_screens"
    link: Mapped[str] = mapped_column(String(LINK_CHARS), primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcTime)


class Theme(Base):
    """What a meeting can be about, in each language that it is written in (`{"nb": "…", "en": "…"}`)."""

    __tablename__ = "themes"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    titles: Mapped[dict[str, str]] = mapped_column(PlainJson)

    @validates("id")
    def _is_slug(self, _: str, value: str) -> str:
        return slug("themes.id", value)


class MeetingTheme(Base):
    """The themes of a meeting, in order."""

    __tablename__ = "meeting_themes"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    theme_id: Mapped[str] = mapped_column(ForeignKey("themes.id"))


class Seat(Base):
    """The one place in a course that a robot serves; `name` is its name on the wire."""

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("course_id", "name"),)
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"))
    robot_id: Mapped[str] = mapped_column(ForeignKey("robots.id"), index=True)
    name: Mapped[str] = mapped_column(String(32))

    @validates("name")
    def _is_slug(self, _: str, value: str) -> str:
        return slug("seats.name", value)


class Person(Base):
    """Somebody by the name that the others see. Staff belong to no course, everybody else to one."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('leader', 'coordinator', 'administrator')) = (course_id IS NULL)", name="course_unless_staff"
        ),
    )
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    display_name: Mapped[str] = mapped_column(String(60))
    role: Mapped[PersonRole] = mapped_column(_words(PersonRole))
    course_id: Mapped[str | None] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    seat_id: Mapped[str | None] = mapped_column(ForeignKey("seats.id", ondelete="SET NULL"), index=True)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)

    @validates("display_name")
    def _is_a_name(self, _: str, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise StoreValueError("people.display_name", "must be one line of text")
        return value


class PersonSite(Base):
    """The sites that a course leader answers for."""

    __tablename__ = "person_sites"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)


class Invitation(Base):
    """A join link without being it: `id` is the link's id, the token is signed anew from what stands here.

    A leader's has no seat, and no robot where it is for all. `code_mac` is what the six digits became under a key.
    """

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint("expires > not_before", name="window"),)
    id: Mapped[str] = mapped_column(String(LINK_CHARS), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    seat_id: Mapped[str | None] = mapped_column(ForeignKey("seats.id", ondelete="CASCADE"))
    robot_id: Mapped[str | None] = mapped_column(ForeignKey("robots.id", ondelete="CASCADE"))
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"))
    not_before: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime] = mapped_column(UtcTime, index=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    code_mac: Mapped[str | None] = mapped_column(String(MAC_CHARS), unique=True)


class Visibility(Base):
    """«Gruppene i de andre kommunene kan høre meg», «… kan se navnet mitt»: no, unless the person said yes."""

    __tablename__ = "visibility"
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    heard: Mapped[bool] = mapped_column(default=False)
    name_shown: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class EvaluationForm(Base):
    """A form as data: see `evaluation.Question`."""

    __tablename__ = "evaluation_forms"
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8), default="nb")
    moment: Mapped[Moment] = mapped_column(_words(Moment))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(PlainJson)


class CourseForm(Base):
    """A course asks this form."""

    __tablename__ = "course_forms"
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    form_id: Mapped[str] = mapped_column(ForeignKey("evaluation_forms.id", ondelete="CASCADE"), primary_key=True)


class EvaluationDone(Base):
    """A seat has answered a form: once, never what and when. `meeting_id` is empty for forms of the whole course."""

    __tablename__ = "evaluation_done"
    __table_args__ = ({"sqlite_with_rowid": False},)
    seat_id: Mapped[str] = mapped_column(ForeignKey("seats.id", ondelete="CASCADE"), primary_key=True)
    form_id: Mapped[str] = mapped_column(ForeignKey("evaluation_forms.id", ondelete="CASCADE"), primary_key=True)
    meeting_id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default="")


class EvaluationSheet(Base):
    """One filled-in form: of a day and a course, of nobody. The table keeps no order of arrival."""

    __tablename__ = "evaluation_sheets"
    __table_args__ = ({"sqlite_with_rowid": False},)
    id: Mapped[str] = mapped_column(String(ID_CHARS), primary_key=True, default=new_id)
    form_id: Mapped[str] = mapped_column(ForeignKey("evaluation_forms.id"), index=True)
    course_id: Mapped[str] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"))
    given_on: Mapped[date] = mapped_column(Date, index=True)


class EvaluationAnswer(Base):
    """One answer of a sheet: a number, a category, or words."""

    __tablename__ = "evaluation_answers"
    __table_args__ = ({"sqlite_with_rowid": False},)
    sheet_id: Mapped[str] = mapped_column(ForeignKey("evaluation_sheets.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int | None]
    category: Mapped[str | None] = mapped_column(String(80))
    words: Mapped[str | None] = mapped_column(String(2000))


class AccessEntry(Base):
    """One line of the access log: see `chain.Entry`. Refers to nobody by name and to no other table."""

    __tablename__ = "access_log"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    deed: Mapped[str] = mapped_column(String(16))
    robot: Mapped[str] = mapped_column(String(32), index=True)
    seat: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(16))
    link: Mapped[str] = mapped_column(String(LINK_CHARS))
    done_by: Mapped[str] = mapped_column(String(LINK_CHARS))
    detail: Mapped[str] = mapped_column(String(40))
    mac: Mapped[str] = mapped_column(String(MAC_CHARS))


class AccessHead(Base):
    """Where the access log begins and ends: one row, sealed."""

    __tablename__ = "access_log_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_seq: Mapped[int] = mapped_column(BigInteger)
    first_mac: Mapped[str] = mapped_column(String(MAC_CHARS))
    last_seq: Mapped[int] = mapped_column(BigInteger)
    last_mac: Mapped[str] = mapped_column(String(MAC_CHARS))
    seal: Mapped[str] = mapped_column(String(MAC_CHARS))
