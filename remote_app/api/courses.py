"""Courses and their meetings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.api.bodies import (
    MAX_MEETINGS,
    CourseIn,
    CourseNew,
    CourseOut,
    CourseQuery,
    MeetingIn,
    MeetingOut,
    Page,
)
from remote_app.api.calls import Call, Reply, locked
from remote_app.api.noting import expect, note
from remote_app.api.problems import ApiError, nothing
from remote_app.api.running import may_cancel, may_move, nobody_inside, people_inside
from remote_app.invited import whole
from remote_app.store import courses
from remote_app.store.edit_table import EditKind
from remote_app.store.edits import rows_of
from remote_app.store.models import (
    Course,
    CourseSite,
    EvaluationSheet,
    Invitation,
    Meeting,
    MeetingTheme,
    Person,
    Robot,
    Seat,
    Site,
    Theme,
)


async def course_of(call: Call, *, held: bool = False) -> Course:
    """The course of the path, not one that was thrown away. Raises ApiError."""
    row = await seen_course(call, call.path["course"], held=held)
    if row is None:
        raise nothing("course", call.path["course"])
    return row


async def seen_course(call: Call, key: str, *, held: bool = False) -> Course | None:
    """The course of this id; None for one that was thrown away, and for a leader one that is at no site of theirs."""
    row: Course | None = await (locked(call.session, Course, key) if held else call.session.get(Course, key))
    if row is None or row.deleted_at is not None:
        return None
    own = _of_leader(call).where(CourseSite.course_id == key)
    if call.staff.role == "leader" and await call.session.scalar(own.limit(1)) is None:
        return None
    return row


def _of_leader(call: Call) -> Select[str]:
    """The courses at a leader's own sites."""
    return select(CourseSite.course_id).where(CourseSite.site_id.in_(call.staff.sites))


async def template(call: Call) -> Reply:
    """The course to begin with."""
    return Reply(call.desk.template)


async def list_courses(call: Call) -> Reply:
    """Courses by id, or those that were thrown away."""
    query: CourseQuery = call.query
    wanted = Course.deleted_at.is_not(None) if query.deleted else Course.deleted_at.is_(None)
    asked = select(Course).where(wanted, Course.id > query.after).order_by(Course.id).limit(query.limit + 1)
    if call.staff.role == "leader":
        asked = asked.where(Course.id.in_(_of_leader(call)))
    rows = (await call.session.scalars(asked)).all()
    shown = rows[: query.limit]
    items = tuple([await _course(call.session, row) for row in shown])
    return Reply(Page[CourseOut](items=items, next=shown[-1].id if len(rows) > query.limit else None))


async def add_course(call: Call) -> Reply:
    """A course of the template's meetings, or of none yet."""
    body: CourseNew = call.body
    plan = call.desk.template
    await _sites_are_there(call.session, body.sites)
    row = Course(
        name=body.name,
        telephone=body.telephone,
        language=body.language,
        waiting_room=body.waiting_room,
        ends_at=body.starts_at or call.now,
    )
    await courses.add_course(call.session, row, tuple(dict.fromkeys(body.sites)))
    if body.starts_at is not None:
        for theme, titles in plan.themes.items():
            if await call.session.get(Theme, theme) is None:
                await courses.put_theme(call.session, theme, titles)
        step = timedelta(days=body.every_days or plan.every_days)
        lasts = timedelta(minutes=body.minutes or plan.minutes)
        for number, meeting in enumerate(plan.meetings):
            starts = body.starts_at + number * step
            await courses.add_meeting(call.session, row.id, starts, starts + lasts, meeting.themes)
        await settle(call.session, row)
    return Reply(await _course(call.session, row), status=201, location=f"/api/v1/courses/{row.id}")


async def get_course(call: Call) -> Reply:
    """One course."""
    return Reply(await _course(call.session, await course_of(call)))


async def put_course(call: Call) -> Reply:
    """Changes a course's name, telephone, language, waiting room and sites. A site with somebody in stays."""
    body: CourseIn = call.body
    row = await course_of(call, held=True)
    before = await _course(call.session, row)
    await expect(call, EditKind.COURSE, row.id, before)
    await _sites_are_there(call.session, body.sites)
    gone = set(before.sites) - set(body.sites)
    if gone:
        left = people_inside(call.desk, await seats_at(call.session, row.id, gone))
        nobody_inside(left, "the site can be taken from the course when the meeting is over", "sites")
    row.name, row.telephone, row.language = body.name, body.telephone, body.language
    row.waiting_room = body.waiting_room
    await call.session.execute(delete(CourseSite).where(CourseSite.course_id == row.id))
    call.session.add_all(CourseSite(course_id=row.id, site_id=site) for site in dict.fromkeys(body.sites))
    await call.session.flush()
    after = await _course(call.session, row)
    await note(call, EditKind.COURSE, row.id, before=before, after=after, course=row.id)
    return Reply(after)


async def delete_course(call: Call) -> Reply:
    """Throws a course away: its links open nothing from now on. It can be brought back for 30 days."""
    row = await course_of(call, held=True)
    row.deleted_at = call.now
    return Reply(await _course(call.session, row))


async def restore_course(call: Call) -> Reply:
    """Brings a course back that was thrown away, with everything in it."""
    row: Course | None = await locked(call.session, Course, call.path["course"])
    if row is None:
        raise nothing("course", call.path["course"])
    row.deleted_at = None
    return Reply(await _course(call.session, row))


async def list_meetings(call: Call) -> Reply:
    """The meetings of a course, by time."""
    rows = await courses.meetings_of(call.session, (await course_of(call)).id)
    return Reply(Page[MeetingOut](items=tuple([await meeting_words(call.session, row) for row in rows])))


async def add_meeting(call: Call) -> Reply:
    """One meeting more."""
    body: MeetingIn = call.body
    course = await course_of(call, held=True)
    if len(await courses.meetings_of(call.session, course.id)) >= MAX_MEETINGS:
        raise ApiError(409, f"a course has at most {MAX_MEETINGS} meetings; delete one first", "course", course.id)
    await _themes_are_there(call.session, body.themes)
    row = await courses.add_meeting(call.session, course.id, body.starts_at, body.ends_at, body.themes)
    await settle(call.session, course)
    after = await meeting_words(call.session, row)
    await note(call, EditKind.MEETING, row.id, before=None, after=after, course=course.id)
    return Reply(after, status=201)


async def put_meeting(call: Call) -> Reply:
    """Moves a meeting or gives it other themes. Links that were printed before follow it. While people
    are in, one that has begun can only end at another time, and not in the past."""
    body: MeetingIn = call.body
    course = await course_of(call, held=True)
    row = await _meeting_row(call, course)
    before = await meeting_words(call.session, row)
    await expect(call, EditKind.MEETING, row.id, before)
    await _themes_are_there(call.session, body.themes)
    inside = people_inside(call.desk, await seats_at(call.session, course.id))
    may_move((row.starts_at, row.ends_at), (body.starts_at, body.ends_at), inside, call.now)
    row.starts_at, row.ends_at = body.starts_at, body.ends_at
    await call.session.execute(delete(MeetingTheme).where(MeetingTheme.meeting_id == row.id))
    call.session.add_all(
        MeetingTheme(meeting_id=row.id, position=position, theme_id=theme) for position, theme in enumerate(body.themes)
    )
    await settle(call.session, course)
    after = await meeting_words(call.session, row)
    await note(call, EditKind.MEETING, row.id, before=before, after=after, course=course.id)
    return Reply(after)


async def delete_meeting(call: Call) -> Reply:
    """Deletes a meeting that nobody has evaluated and nobody is in, with the links to it alone."""
    course = await course_of(call, held=True)
    row = await _meeting_row(call, course)
    query = select(EvaluationSheet.id).where(EvaluationSheet.meeting_id == row.id).limit(1)
    if await call.session.scalar(query) is not None:
        raise ApiError(
            409, "answers to a form belong to this meeting; it stays as long as they do", "meeting", row.id,
            code="has_answers",
        )  # fmt: skip
    may_cancel(
        (row.starts_at, row.ends_at), people_inside(call.desk, await seats_at(call.session, course.id)), call.now
    )
    before, kept = await meeting_words(call.session, row), await rows_of(call.session, EditKind.MEETING, row.id)
    await call.session.delete(row)
    await settle(call.session, course)
    await note(call, EditKind.MEETING, row.id, before=before, after=None, course=course.id, kept=kept)
    return Reply(status=204)


async def seats_at(session: AsyncSession, course: str, sites: Collection[str] | None = None) -> list[tuple[str, str]]:
    """A course's seats as (name, robot): all, or those whose robot stands at one of these sites."""
    query = select(Seat.name, Seat.robot_id).where(Seat.course_id == course)
    if sites is not None:
        query = query.join(Robot, Robot.id == Seat.robot_id).where(Robot.site_id.in_(sites))
    return [(name, robot) for name, robot in (await session.execute(query)).all()]


async def _meeting_row(call: Call, course: Course) -> Meeting:
    key = call.path["meeting"]
    row = await call.session.get(Meeting, key)
    if row is None or row.course_id != course.id:
        raise nothing("meeting", key)
    return row


async def settle(session: AsyncSession, course: Course) -> None:
    """Numbers follow the time; the end of the course and the windows of its links follow the meetings."""
    await session.flush()
    rows = (await session.scalars(select(Meeting).where(Meeting.course_id == course.id))).all()
    ordered = sorted(rows, key=lambda one: (one.starts_at, one.number))
    for offset in (10_000, 0):  # by way of numbers that nobody has: two that change places would be alike for a moment
        for number, one in enumerate(ordered, 1):
            one.number = number + offset
        await session.flush()
    times = [(one.starts_at, one.ends_at) for one in ordered]
    if times:
        course.ends_at = max(ends for _, ends in times)
    everyone = select(Person.id).where(Person.course_id == course.id)
    single = {one.id: (one.starts_at, one.ends_at) for one in ordered}
    for link in await session.scalars(select(Invitation).where(Invitation.person_id.in_(everyone))):
        span = whole([single[link.meeting_id]] if link.meeting_id in single else times)
        if span is not None:
            link.not_before, link.expires = span
    await session.flush()


async def _course(session: AsyncSession, row: Course) -> CourseOut:
    query = select(CourseSite.site_id).where(CourseSite.course_id == row.id).order_by(CourseSite.site_id)
    return CourseOut(
        id=row.id,
        name=row.name,
        telephone=row.telephone,
        language=row.language,
        waiting_room=row.waiting_room,
        sites=tuple(await session.scalars(query)),
        ends_at=row.ends_at,
        deleted_at=row.deleted_at,
    ).marked()


async def meeting_words(session: AsyncSession, row: Meeting) -> MeetingOut:
    """What the API says of a meeting."""
    query = select(MeetingTheme.theme_id).where(MeetingTheme.meeting_id == row.id).order_by(MeetingTheme.position)
    return MeetingOut(
        id=row.id,
        number=row.number,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        themes=tuple(await session.scalars(query)),
    ).marked()


async def _sites_are_there(session: AsyncSession, wanted: Sequence[str]) -> None:
    await _are_there(session, Site, "sites", wanted)


async def _themes_are_there(session: AsyncSession, wanted: Sequence[str]) -> None:
    await _are_there(session, Theme, "themes", wanted)


async def _are_there(session: AsyncSession, table: type[Any], key: str, wanted: Sequence[str]) -> None:
    for one in wanted:
        if await session.get(table, one) is None:
            raise ApiError(422, f"{key}: there is no {one!r}; make it first, or take it away", key, one)
