"""One reading of the store for the doors of the service: links, six digits, courses, robots. A few milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import Claim, LinkRole
from remote_app.invited import (
    OPENS_BEFORE,
    CourseWords,
    DueForm,
    Invited,
    Times,
    due_forms,
    goes_on,
    in_courses,
    next_starts,
    window,
)
from remote_app.store.forms import done_by_seat, forms_by_course
from remote_app.store.models import (
    Course,
    Invitation,
    Meeting,
    MeetingEnd,
    Person,
    PersonRole,
    Robot,
    Seat,
    WithdrawnScreen,
)

ANSWERING: Final = (PersonRole.PATIENT, PersonRole.NURSE)  # those in the seat

LINKS = (  # columns, not objects: a thousand of those would hold the event loop up for a tenth of a second
    select(
        *(Invitation.id, Invitation.withdrawn_at, Invitation.meeting_id, Invitation.code_mac),
        *(Person.display_name, Person.role, Seat.robot_id, Seat.name, Course.id),
    )
    .join(Person, Person.id == Invitation.person_id)
    .join(Seat, Seat.id == Invitation.seat_id)
    .join(Course, Course.id == Seat.course_id)
    .where(Course.deleted_at.is_(None))
)
TAKEN = (
    select(Seat.robot_id, Seat.course_id)
    .join(Course, Course.id == Seat.course_id)
    .where(Course.deleted_at.is_(None))
    .distinct()
)


async def read_invited(session: AsyncSession, now: datetime) -> Invited:
    """What is good now. A link of a course without meetings, or of one that was deleted, is not among the claims."""
    meetings: defaultdict[str, list[tuple[str, Times]]] = defaultdict(list)
    single: dict[str, tuple[str, Times]] = {}
    times_of = select(Meeting.id, Meeting.course_id, Meeting.starts_at, Meeting.ends_at).order_by(Meeting.starts_at)
    for meeting_id, course_id, starts_at, ends_at in await session.execute(times_of):
        single[meeting_id] = (meeting_id, (starts_at, ends_at))
        meetings[course_id].append(single[meeting_id])
    ends = {(one.meeting_id, one.robot_id): one.ended_at for one in await session.scalars(select(MeetingEnd))}
    claims: dict[str, Claim] = {}
    courses: dict[str, CourseWords] = {}
    codes: dict[str, str] = {}
    withdrawn: set[str] = set()
    used: set[str] = set()
    ended: set[str] = set()
    words = {course.id: _words(course) for course in await session.scalars(select(Course))}
    for link, withdrawn_at, meeting, code_mac, name, role, robot, seat, course in (await session.execute(LINKS)).all():
        if withdrawn_at is not None:
            withdrawn.add(link)
        its = [single[meeting]] if meeting is not None else meetings[course]
        good = _window(its, ends, robot, now)
        if good is None:
            continue
        if any((one, robot) in ends and goes_on(times, now) for one, times in its):
            used.add(link)
            ended.add(robot)
        begin, end = int(good[0].timestamp()), int(good[1].timestamp())
        sits_as: LinkRole = "nurse" if role is PersonRole.NURSE else "patient"
        claims[link] = Claim(r=robot, s=seat, n=name, b=begin, e=end, i=link, o=sits_as, k=True)
        courses[link] = words[course]
        if code_mac is not None:
            codes[code_mac] = link
    stand = (await session.execute(select(Robot.id, Robot.place, Robot.site_id))).all()
    seats = [(robot, course) for robot, course in (await session.execute(TAKEN)).all()]
    times = {course: [one for _, one in its] for course, its in meetings.items()}
    return Invited(
        claims,
        courses,
        codes,
        frozenset(withdrawn | set(await session.scalars(select(WithdrawnScreen.link)))),
        robots={robot.id: robot.place for robot in stand},
        meetings=in_courses(seats, times, now),
        sites={robot.id: robot.site_id for robot in stand},
        used=frozenset(used),
        ended=frozenset(ended),
        starts=next_starts(seats, times, now),
        forms=await _forms(session, meetings, ends, now),
    )


async def _forms(
    session: AsyncSession,
    meetings: Mapping[str, Sequence[tuple[str, Times]]],
    ends: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> dict[str, tuple[DueForm, ...]]:
    """By link what its seat is asked to fill in now; links that are asked nothing are left out. A meeting that a leader
    ended was as long as it was."""
    asked = await forms_by_course(session)
    if not asked:
        return {}
    done = await done_by_seat(session)
    query = (
        select(Invitation.id, Seat.id, Seat.robot_id, Seat.course_id)
        .join(Person, Person.id == Invitation.person_id)
        .join(Seat, Seat.id == Invitation.seat_id)
        .join(Course, Course.id == Seat.course_id)
        .where(Course.deleted_at.is_(None), Person.role.in_(ANSWERING), Seat.course_id.in_(asked))
    )
    found: dict[str, tuple[DueForm, ...]] = {}
    for link, seat, robot, course in await session.execute(query):
        held = [(one, _held(times, ends.get((one, robot)))) for one, times in meetings.get(course, ())]
        due = due_forms(asked[course], held, done.get(seat, ()), now)
        if due:
            found[link] = due
    return found


def _held(times: Times, ended: datetime | None) -> Times:
    starts, ends = times
    return times if ended is None else (starts, min(max(starts, ended), ends))


def _window(
    meetings: Sequence[tuple[str, Times]], ends: Mapping[tuple[str, str], datetime], robot: str, now: datetime
) -> Times | None:
    """When a link is good: for a meeting that is not over at its robot; where all are, until the last one's end."""
    left = window([times for meeting, times in meetings if (meeting, robot) not in ends], now)
    if left is not None or not meetings:
        return left
    meeting, times = meetings[-1]
    return times[0] - OPENS_BEFORE, max(ends[meeting, robot], times[0] - OPENS_BEFORE + timedelta(seconds=1))


def _words(course: Course) -> CourseWords:
    return CourseWords(course.id, course.name, course.telephone, course.language, course.waiting_room)
