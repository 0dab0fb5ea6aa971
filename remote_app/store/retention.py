"""How long each kind of personal data is kept, and the job that deletes it. `python -m remote_app.store.retention`
prints the table for docs/store.md."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.store.access_log import append, delete_before
from remote_app.store.chain import ChainKey, Deed, Entry
from remote_app.store.edit_table import Edit
from remote_app.store.engine import Store
from remote_app.store.errors import LogBrokenError
from remote_app.store.models import (
    Course,
    EvaluationAnswer,
    EvaluationDone,
    EvaluationSheet,
    Invitation,
    Meeting,
    Person,
    Seat,
    Visibility,
)
from remote_app.store.quality import delete_visits
from remote_app.store.staff_tables import StaffChallenge, StaffLink, StaffSession

log = logging.getLogger(__name__)

Job = Callable[[AsyncSession, ChainKey, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Period:
    """One kind of personal data: `days` after `since` it is deleted by `job`, which gets the moment before which."""

    kind: str
    holds: str
    days: int
    since: str
    why: str
    job: Job


def _ended(cutoff: datetime) -> Select[str]:
    """The courses that were over, their last meeting too, before this moment."""
    goes_on = exists().where(Meeting.course_id == Course.id, Meeting.ends_at >= cutoff)
    return select(Course.id).where(Course.ends_at < cutoff, ~goes_on)


async def _participants(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    query = delete(Person).where(Person.course_id.in_(_ended(cutoff))).returning(Person.id)
    return len((await session.execute(query)).all())


async def _thrown_away(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    return len((await session.execute(delete(Course).where(Course.deleted_at < cutoff).returning(Course.id))).all())


async def _choices(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    people = select(Person.id).where(Person.course_id.in_(_ended(cutoff)))
    query = delete(Visibility).where(Visibility.person_id.in_(people)).returning(Visibility.person_id)
    return len((await session.execute(query)).all())


async def _staff(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    return len((await session.execute(delete(Person).where(Person.left_at < cutoff).returning(Person.id))).all())


async def _logins(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    old = delete(StaffSession).where(StaffSession.seen_at < cutoff).returning(StaffSession.token_hash)
    used = delete(StaffLink).where(StaffLink.expires < cutoff).returning(StaffLink.token_hash)
    answered = delete(StaffChallenge).where(StaffChallenge.expires < cutoff).returning(StaffChallenge.challenge_hash)
    return sum([len((await session.execute(query)).all()) for query in (old, used, answered)])


async def _invitations(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    query = delete(Invitation).where(Invitation.expires < cutoff).returning(Invitation.id)
    return len((await session.execute(query)).all())


async def _done(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    seats = select(Seat.id).where(Seat.course_id.in_(_ended(cutoff)))
    query = delete(EvaluationDone).where(EvaluationDone.seat_id.in_(seats)).returning(EvaluationDone.seat_id)
    return len((await session.execute(query)).all())


async def _words(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    old = select(EvaluationSheet.id).where(EvaluationSheet.given_on < cutoff.date())
    query = delete(EvaluationAnswer).where(EvaluationAnswer.words.is_not(None), EvaluationAnswer.sheet_id.in_(old))
    return len((await session.execute(query.returning(EvaluationAnswer.sheet_id))).all())


async def _edits(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    return len((await session.execute(delete(Edit).where(Edit.at < cutoff).returning(Edit.id))).all())


async def _sheets(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    query = delete(EvaluationSheet).where(EvaluationSheet.given_on < cutoff.date()).returning(EvaluationSheet.id)
    return len((await session.execute(query)).all())


RETENTION: Final = (
    Period(
        kind="participants",
        holds="display name, role and seat of patients, nurses, relatives and screens; with them their invitations",
        days=30,
        since="the end of the course, or of its last meeting if that is later",
        why="questions after the last meeting",
        job=_participants,
    ),
    Period(
        kind="thrown-away",
        holds="a course that a coordinator has deleted, with its meetings, people, links and answers",
        days=30,
        since="the day it was deleted",
        why="it was deleted by mistake",
        job=_thrown_away,
    ),
    Period(
        kind="staff",
        holds="display name, role and sites of leaders, coordinators and administrators; with them their invitations "
        "(what they log in with goes at once)",
        days=30,
        since="the day they leave",
        why="the access log of their last weeks can be read with names",
        job=_staff,
    ),
    Period(
        kind="logins",
        holds="that somebody of the staff was logged in, and since when; one-time links that nobody used; that a "
        "passkey's challenge was answered",
        days=1,
        since="the last use, or the end of the link or challenge",
        why="no login lasts so long unused",
        job=_logins,
    ),
    Period(
        kind="visibility",
        holds="whether the other municipalities may hear a person and see the name",
        days=1,
        since="the end of the course, or of its last meeting if that is later",
        why="of no use when there are no meetings",
        job=_choices,
    ),
    Period(
        kind="invitations",
        holds="the link's id, its window, whether it was withdrawn, and the six digits under a key",
        days=30,
        since="the end of the link's window",
        why="the access log can be read with names for so long",
        job=_invitations,
    ),
    Period(
        kind="edits",
        holds="what was changed in a plan, how it was before, and by whom; what was removed, with the names in it",
        days=7,
        since="the change",
        why="a mistake is seen at the next meeting at the latest, and can be undone",
        job=_edits,
    ),
    Period(
        kind="evaluation-done",
        holds="that a seat has answered a form, not what or when",
        days=30,
        since="the end of the course, or of its last meeting if that is later",
        why="nobody is asked twice, and a tablet may send late",
        job=_done,
    ),
    Period(
        kind="evaluation-words",
        holds="what was written in free words, in which people may name themselves",
        days=180,
        since="the day the form was filled in",
        why="the report on the course",
        job=_words,
    ),
    Period(
        kind="evaluation-sheets",
        holds="numbers and categories by course and day, of nobody in particular",
        days=5 * 365,
        since="the day the form was filled in",
        why="comparison of courses over the years",
        job=_sheets,
    ),
    Period(
        kind="visit-quality",
        holds="how the line of a visit was: meeting, site, robot and seat, from when to when, and figures; no name, "
        "no address, no content",
        days=365,
        since="the end of the visit",
        why="which places need a better line shows over a year of courses",
        job=delete_visits,
    ),
    Period(
        kind="access-log",
        holds="time, robot, seat, role and the link's id of entries, refusals, hand-overs and withdrawals",
        days=365,
        since="the entry",
        why="somebody may ask a year later who was connected",
        job=delete_before,
    ),
)


async def delete_due(store: Store, now: datetime) -> dict[str, int]:
    """Deletes what has been kept long enough; how many rows by kind, those with none left out.

    What was deleted stands in the access log, as kind and number. Raises StoreError; what one kind's transaction has
    deleted stays deleted. An access log that somebody has changed is not deleted from, and that is logged.
    """
    gone: dict[str, int] = {}
    for period in RETENTION:
        try:
            async with store.write() as session:
                count = await period.job(session, store.key, now - timedelta(days=period.days))
                if count:
                    gone[period.kind] = count
                    await append(session, store.key, [Entry(now, Deed.DELETED, detail=f"{period.kind}.{count}")])
        except LogBrokenError as error:
            log.error("%s", error)
    if gone:
        await store.forget_deleted()
        log.info("deleted in time: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items()))
    return gone


def table() -> str:
    """The periods as they stand in docs/store.md."""
    lines = ["| kind | what is kept | days | counted from | why so long |", "|---|---|---|---|---|"]
    lines += [f"| {p.kind} | {p.holds} | {p.days} | {p.since} | {p.why} |" for p in RETENTION]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
