"""One reading of the store for the doors of the service: links, six digits, courses, robots. A few milliseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import Claim
from remote_app.invited import OPENS_BEFORE, CourseWords, Invited, Times, goes_on, in_courses, window
from remote_app.store.models import Course, Invitation, Meeting, MeetingEnd, Person, Robot, Seat


async def read_invited(session: AsyncSession, now: datetime) -> Invited:
    """What is good now. A link of a course without meetings, or of one that was deleted, is not among the claims."""
    meetings: defaultdict[str, list[tuple[str, Times]]] = defaultdict(list)
    single: dict[str, tuple[str, Times]] = {}
    for one in await session.scalars(select(Meeting).order_by(Meeting.starts_at)):
        single[one.id] = (one.id, (one.starts_at, one.ends_at))
        meetings[one.course_id].append(single[one.id])
    ends = {(one.meeting_id, one.robot_id): one.ended_at for one in await session.scalars(select(MeetingEnd))}
    query = (
        select(Invitation, Person, Seat, Course)
        .join(Person, Person.id == Invitation.person_id)
        .join(Seat, Seat.id == Invitation.seat_id)
        .join(Course, Course.id == Seat.course_id)
        .where(Course.deleted_at.is_(None))
    )
    claims: dict[str, Claim] = {}
    courses: dict[str, CourseWords] = {}
    codes: dict[str, str] = {}
    withdrawn: set[str] = set()
    used: set[str] = set()
    ended: set[str] = set()
    words: dict[str, CourseWords] = {}
    for link, person, seat, course in (await session.execute(query)).all():
        if link.withdrawn_at is not None:
            withdrawn.add(link.id)
        its = [single[link.meeting_id]] if link.meeting_id is not None else meetings[course.id]
        good = _window(its, ends, seat.robot_id, now)
        if good is None:
            continue
        if any((one, seat.robot_id) in ends and goes_on(times, now) for one, times in its):
            used.add(link.id)
            ended.add(seat.robot_id)
        claims[link.id] = Claim(
            r=seat.robot_id,
            s=seat.name,
            n=person.display_name,
            b=int(good[0].timestamp()),
            e=int(good[1].timestamp()),
            i=link.id,
            k=True,
        )
        courses[link.id] = words.setdefault(course.id, _words(course))
        if link.code_mac is not None:
            codes[link.code_mac] = link.id
    stand = (await session.scalars(select(Robot))).all()
    taken = (
        select(Seat.robot_id, Seat.course_id)
        .join(Course, Course.id == Seat.course_id)
        .where(Course.deleted_at.is_(None))
        .distinct()
    )
    seats = [(robot, course) for robot, course in (await session.execute(taken)).all()]
    times = {course: [one for _, one in its] for course, its in meetings.items()}
    return Invited(
        claims,
        courses,
        codes,
        frozenset(withdrawn),
        robots={robot.id: robot.place for robot in stand},
        meetings=in_courses(seats, times, now),
        sites={robot.id: robot.site_id for robot in stand},
        used=frozenset(used),
        ended=frozenset(ended),
    )


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
