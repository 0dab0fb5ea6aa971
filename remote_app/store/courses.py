"""Sites, robots, courses, meetings and seats: plain functions over one session. All raise StoreValueError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.store.errors import StoreValueError
from remote_app.store.models import Course, CourseSite, Meeting, MeetingTheme, Robot, Seat, Site, Theme


async def put_site(session: AsyncSession, site: str, name: str, municipality: str, telephone: str = "") -> Site:
    """Makes a site, or changes the one that has this id."""
    return await session.merge(Site(id=site, name=name, municipality=municipality, telephone=telephone))


async def put_robot(session: AsyncSession, robot: str, site: str, place: str) -> Robot:
    """Makes a robot's row, or moves the robot to another site or place."""
    await _there(session, Site, site)
    return await session.merge(Robot(id=robot, site_id=site, place=place))


async def put_theme(session: AsyncSession, theme: str, titles: Mapping[str, str]) -> Theme:
    """Makes a theme, or changes the one that has this id. `titles` by language, bokmål at least."""
    if not titles.get("nb"):
        raise StoreValueError("themes.titles", f"of {theme!r} has no title in bokmål ('nb')")
    return await session.merge(Theme(id=theme, titles=dict(titles)))


async def add_course(session: AsyncSession, course: Course, sites: Sequence[str] = ()) -> Course:
    """A new course at these sites."""
    for site in sites:
        await _there(session, Site, site)
    session.add(course)
    await session.flush()
    session.add_all(CourseSite(course_id=course.id, site_id=site) for site in sites)
    await session.flush()
    return course


async def add_meeting(
    session: AsyncSession, course: str, starts_at: datetime, ends_at: datetime, themes: Sequence[str] = ()
) -> Meeting:
    """The next meeting of a course; its number comes after those that it has."""
    await _there(session, Course, course)
    if ends_at <= starts_at:
        raise StoreValueError("meetings.ends_at", f"is {ends_at}: it must be after the start, {starts_at}")
    for theme in themes:
        await _there(session, Theme, theme)
    numbers = await session.scalars(select(Meeting.number).where(Meeting.course_id == course))
    meeting = Meeting(course_id=course, number=max(numbers, default=0) + 1, starts_at=starts_at, ends_at=ends_at)
    session.add(meeting)
    await session.flush()
    session.add_all(
        MeetingTheme(meeting_id=meeting.id, position=position, theme_id=theme) for position, theme in enumerate(themes)
    )
    await session.flush()
    return meeting


async def meetings_of(session: AsyncSession, course: str) -> Sequence[Meeting]:
    """The meetings of a course, in order."""
    return (await session.scalars(select(Meeting).where(Meeting.course_id == course).order_by(Meeting.number))).all()


async def themes_of(session: AsyncSession, meeting: str) -> Sequence[Theme]:
    """What a meeting is about, in order."""
    query = select(Theme).join(MeetingTheme, MeetingTheme.theme_id == Theme.id)
    query = query.where(MeetingTheme.meeting_id == meeting).order_by(MeetingTheme.position)
    return (await session.scalars(query)).all()


async def add_seat(session: AsyncSession, course: str, name: str, robot: str) -> Seat:
    """A new seat of a course, served by this robot."""
    await _there(session, Course, course)
    await _there(session, Robot, robot)
    taken = await session.scalar(select(Seat.id).where(Seat.course_id == course, Seat.name == name))
    if taken is not None:
        raise StoreValueError("seats.name", f"is {name!r}, which the course has already; give another name")
    seat = Seat(course_id=course, name=name, robot_id=robot)
    session.add(seat)
    await session.flush()
    return seat


async def seats_of(session: AsyncSession, course: str) -> Sequence[Seat]:
    """The seats of a course by name."""
    return (await session.scalars(select(Seat).where(Seat.course_id == course).order_by(Seat.name))).all()


async def _there(session: AsyncSession, table: type[Site | Robot | Course | Theme], key: str) -> None:
    if await session.get(table, key) is None:
        raise StoreValueError(f"{table.__tablename__}.id", f"{key!r} is not known")
