"""How a course was used: which seat was in which meeting, how often and how long. No name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import select

from remote_app.api.bodies import Page
from remote_app.api.calls import Call, Reply
from remote_app.api.courses import course_of
from remote_app.api.tables import as_csv
from remote_app.attendance import Seen, attended
from remote_app.invited import whole
from remote_app.store.chain import Deed
from remote_app.store.models import AccessEntry, Meeting, Robot, Seat, Site

HEAD = ("møte", "begynner", "kommune", "sted", "plass", "robot", "besøk", "minutter")


class UseOut(BaseModel):
    """A seat in a meeting that has begun. `minutes` is how long it was taken, in all."""

    meeting: str
    number: int
    starts_at: datetime
    municipality: str
    site: str
    seat: str
    robot: str
    visits: int
    minutes: int


async def use(call: Call) -> Reply:
    """By meeting and seat; a seat that stayed empty too."""
    return Reply(Page[UseOut](items=tuple(await _use(call))))


async def use_csv(call: Call) -> Reply:
    """The same as a table, times in the course's zone."""
    zone = ZoneInfo(call.desk.time_zone)
    rows = [
        (
            one.number,
            f"{one.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            one.municipality,
            one.site,
            one.seat,
            one.robot,
            one.visits,
            one.minutes,
        )
        for one in await _use(call)
    ]
    return as_csv("bruk.csv", HEAD, rows)


async def _use(call: Call) -> Sequence[UseOut]:
    course = await course_of(call)
    meetings = (
        await call.session.scalars(select(Meeting).where(Meeting.course_id == course.id).order_by(Meeting.starts_at))
    ).all()
    query = select(Seat, Site).join(Robot, Robot.id == Seat.robot_id).join(Site, Site.id == Robot.site_id)
    seats = (await call.session.execute(query.where(Seat.course_id == course.id).order_by(Site.id, Seat.name))).all()
    times = [(meeting.id, (meeting.starts_at, meeting.ends_at)) for meeting in meetings]
    window = whole([one for _, one in times])
    if window is None:
        return []
    own = AccessEntry.robot.in_({seat.robot_id for seat, _ in seats}), AccessEntry.at.between(*window)
    deeds = AccessEntry.deed.in_((Deed.ENTERED, Deed.HANDED_OVER, Deed.LEFT))
    lines = await call.session.scalars(select(AccessEntry).where(*own, deeds).order_by(AccessEntry.seq))
    log = [Seen(line.at, line.deed, line.robot, line.seat, line.detail) for line in lines]
    by_meeting = {meeting.id: meeting for meeting in meetings}
    by_place = {(seat.robot_id, seat.name): site for seat, site in seats}
    return [
        UseOut(
            meeting=one.meeting,
            number=by_meeting[one.meeting].number,
            starts_at=by_meeting[one.meeting].starts_at,
            municipality=by_place[one.robot, one.seat].municipality,
            site=by_place[one.robot, one.seat].name,
            seat=one.seat,
            robot=one.robot,
            visits=one.visits,
            minutes=round(one.time.total_seconds() / 60),
        )
        for one in attended(list(by_place), times, log, call.now)
    ]
