"""Which forms a course asks, and which seat has answered them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.store import evaluation
from remote_app.store.errors import StoreValueError
from remote_app.store.evaluation import Answer
from remote_app.store.models import CourseForm, EvaluationDone, EvaluationForm, Invitation, Meeting, Moment, Seat

ORDER: Final = {Moment.BEFORE: 0, Moment.AFTER_MEETING: 1, Moment.AFTER_COURSE: 2}


async def choose(session: AsyncSession, course: str, form: str) -> None:
    """The course asks this form from now on; it may ask it already."""
    if await session.get(CourseForm, (course, form)) is None:
        session.add(CourseForm(course_id=course, form_id=form))
        await session.flush()


async def drop(session: AsyncSession, course: str, form: str) -> None:
    """The course asks this form no longer; what was answered stays."""
    await session.execute(delete(CourseForm).where(CourseForm.course_id == course, CourseForm.form_id == form))


async def forms_of(session: AsyncSession, course: str) -> Sequence[EvaluationForm]:
    """The forms that the course asks, in the order in which they are filled in."""
    query = select(EvaluationForm).join(CourseForm, CourseForm.form_id == EvaluationForm.id)
    rows = (await session.scalars(query.where(CourseForm.course_id == course))).all()
    return sorted(rows, key=lambda form: (ORDER[form.moment], form.name, form.id))


async def forms_by_course(session: AsyncSession) -> Mapping[str, list[tuple[str, str]]]:
    """By course the forms that it asks, with their moments; a course that asks none is left out."""
    query = select(CourseForm.course_id, EvaluationForm.id, EvaluationForm.moment, EvaluationForm.name)
    rows = (await session.execute(query.join(EvaluationForm, EvaluationForm.id == CourseForm.form_id))).all()
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for course, form, moment, _ in sorted(rows, key=lambda row: (ORDER[row[2]], row[3], row[1])):
        found[course].append((form, moment.value))
    return found


async def done_by_seat(session: AsyncSession) -> Mapping[str, set[tuple[str, str]]]:
    """By seat the forms that it has answered, with their meetings."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    query = select(EvaluationDone.seat_id, EvaluationDone.form_id, EvaluationDone.meeting_id)
    for seat, form, meeting in await session.execute(query):
        found[seat].add((form, meeting))
    return found


async def answer(
    session: AsyncSession, link: str, form: str, meeting: str, answers: Mapping[str, Answer], now: datetime
) -> bool:
    """Saves what the seat of this link has answered; False when it has answered that before. Raises StoreValueError.

    It may come late: a tablet keeps it until there is a network. Seat and sheet are rows that do not know each other.
    """
    seat = await session.scalar(
        select(Seat).join(Invitation, Invitation.seat_id == Seat.id).where(Invitation.id == link)
    )
    row = await session.get(EvaluationForm, form)
    if seat is None or row is None or await session.get(CourseForm, (seat.course_id, form)) is None:
        raise StoreValueError("form", f"is {form!r}, which this course does not ask")
    if meeting:
        held = await session.get(Meeting, meeting)
        if held is None or held.course_id != seat.course_id or held.starts_at > now:
            raise StoreValueError("meeting", f"is {meeting!r}, which is none of this course that has begun")
    if await session.get(EvaluationDone, (seat.id, form, meeting)) is not None:
        return False
    try:
        async with session.begin_nested():
            session.add(EvaluationDone(seat_id=seat.id, form_id=form, meeting_id=meeting))
            await session.flush()
    except IntegrityError:  # another tablet of the same seat, at the same moment
        return False
    await evaluation.add_sheet(session, row, seat.course_id, answers, now.date(), meeting or None)
    return True
