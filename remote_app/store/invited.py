"""One reading of the store for the doors of the service: links, six digits, courses, robots. A few milliseconds."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import Claim
from remote_app.invited import CourseWords, Invited, Times, in_courses, window
from remote_app.store.models import Course, Invitation, Meeting, Person, Robot, Seat


async def read_invited(session: AsyncSession, now: datetime) -> Invited:
    """What is good now. A link of a course without meetings, or of one that was deleted, is not among the claims."""
    meetings: defaultdict[str, list[Times]] = defaultdict(list)
    single: dict[str, Times] = {}
    for one in await session.scalars(select(Meeting).order_by(Meeting.starts_at)):
        meetings[one.course_id].append((one.starts_at, one.ends_at))
        single[one.id] = (one.starts_at, one.ends_at)
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
    words: dict[str, CourseWords] = {}
    for link, person, seat, course in (await session.execute(query)).all():
        if link.withdrawn_at is not None:
            withdrawn.add(link.id)
        times = [single[link.meeting_id]] if link.meeting_id is not None else meetings[course.id]
        good = window(times, now)
        if good is None:
            continue
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
    robots = {robot.id: robot.place for robot in await session.scalars(select(Robot))}
    taken = (
        select(Seat.robot_id, Seat.course_id)
        .join(Course, Course.id == Seat.course_id)
        .where(Course.deleted_at.is_(None))
        .distinct()
    )
    seats = [(robot, course) for robot, course in (await session.execute(taken)).all()]
    return Invited(claims, courses, codes, frozenset(withdrawn), robots, in_courses(seats, meetings, now))


def _words(course: Course) -> CourseWords:
    return CourseWords(course.id, course.name, course.telephone, course.language, course.waiting_room)
