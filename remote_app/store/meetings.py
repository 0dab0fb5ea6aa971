"""The end of a meeting at a robot: its links are used, until the next meeting of their course."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.invited import OPENS_BEFORE, STAYS_AFTER, distance
from remote_app.store.models import Course, Meeting, MeetingEnd, Seat, WithdrawnScreen

FORGOTTEN_AFTER: Final = timedelta(days=2)  # a link is good for one


async def end_meeting(session: AsyncSession, robot: str, now: datetime) -> str | None:
    """The meeting that goes on at this robot is over there; its id, None where none goes on (or is about to)."""
    meeting = await _now_at(session, robot, now)
    if meeting is None:
        return None
    if await session.get(MeetingEnd, (meeting, robot)) is None:
        session.add(MeetingEnd(meeting_id=meeting, robot_id=robot, ended_at=now))
        await session.flush()
    return meeting


async def go_on(session: AsyncSession, robot: str, now: datetime) -> bool:
    """It was not over after all; False where it was not."""
    meeting = await _now_at(session, robot, now)
    if meeting is None:
        return False
    deed = delete(MeetingEnd).where(MeetingEnd.meeting_id == meeting, MeetingEnd.robot_id == robot)
    return (await session.execute(deed.returning(MeetingEnd.meeting_id))).first() is not None


async def withdraw_screens(session: AsyncSession, links: Iterable[str], now: datetime) -> None:
    """These links of screens are useless from now on; those that have run out long ago are forgotten."""
    await session.execute(delete(WithdrawnScreen).where(WithdrawnScreen.withdrawn_at < now - FORGOTTEN_AFTER))
    for link in links:
        await session.merge(WithdrawnScreen(link=link, withdrawn_at=now))


async def _now_at(session: AsyncSession, robot: str, now: datetime) -> str | None:
    query = (
        select(Meeting)
        .join(Course, Course.id == Meeting.course_id)
        .join(Seat, Seat.course_id == Meeting.course_id)
        .where(
            Seat.robot_id == robot,
            Course.deleted_at.is_(None),
            Meeting.starts_at <= now + OPENS_BEFORE,
            Meeting.ends_at > now - STAYS_AFTER,
        )
        .distinct()
    )
    far = [
        (distance([(one.starts_at, one.ends_at)], now), one.course_id, one.id) for one in await session.scalars(query)
    ]
    near = sorted((away, course, meeting) for away, course, meeting in far if away is not None)
    return near[0][2] if near else None
