"""Sites, robots and themes."""

from __future__ import annotations

from sqlalchemy import select

from remote_app.api.bodies import (
    ListQuery,
    Page,
    RobotIn,
    RobotOut,
    SiteIn,
    SiteOut,
    ThemeIn,
    ThemeOut,
)
from remote_app.api.calls import Call, Reply, locked
from remote_app.api.noting import expect, note
from remote_app.api.problems import ApiError, nothing
from remote_app.api.running import nobody_inside, people_inside
from remote_app.settings import NODE_USER
from remote_app.store import courses
from remote_app.store.edit_table import EditKind
from remote_app.store.edits import rows_of
from remote_app.store.models import Course, CourseSite, MeetingTheme, PersonSite, Robot, Seat, Site, Theme


def _site(row: Site) -> SiteOut:
    return SiteOut(id=row.id, name=row.name, municipality=row.municipality, telephone=row.telephone).marked()


def _robot(call: Call, row: Robot) -> RobotOut:
    return RobotOut(id=row.id, site=row.site_id, place=row.place, present=call.desk.present(row.id)).marked()


async def themes(call: Call) -> Reply:
    """Every theme that is there."""
    rows = (await call.session.scalars(select(Theme).order_by(Theme.id))).all()
    return Reply(Page[ThemeOut](items=tuple(ThemeOut(id=row.id, titles=row.titles).marked() for row in rows)))


async def put_theme(call: Call) -> Reply:
    """Makes a theme, or changes its titles."""
    body: ThemeIn = call.body
    key = call.path["theme"]
    old = await locked(call.session, Theme, key)
    if old is not None:
        call.expect(ThemeOut(id=old.id, titles=old.titles))
    row = await courses.put_theme(call.session, key, body.titles)
    return Reply(ThemeOut(id=row.id, titles=row.titles).marked(), status=200 if old is not None else 201)


async def delete_theme(call: Call) -> Reply:
    """Deletes a theme that no meeting has."""
    key = call.path["theme"]
    row = await locked(call.session, Theme, key)
    if row is None:
        raise nothing("theme", key)
    used = await call.session.scalar(select(MeetingTheme.meeting_id).where(MeetingTheme.theme_id == key).limit(1))
    if used is not None:
        raise ApiError(409, "a meeting has this theme; take it from the meeting first", "theme", key)
    await call.session.delete(row)
    return Reply(status=204)


async def sites(call: Call) -> Reply:
    """Sites by id."""
    query: ListQuery = call.query
    rows = (
        await call.session.scalars(select(Site).where(Site.id > query.after).order_by(Site.id).limit(query.limit + 1))
    ).all()
    shown = rows[: query.limit]
    return Reply(
        Page[SiteOut](items=tuple(_site(row) for row in shown), next=shown[-1].id if len(rows) > query.limit else None)
    )


async def put_site(call: Call) -> Reply:
    """Makes a site, or changes it."""
    body: SiteIn = call.body
    key = call.path["site"]
    old = await locked(call.session, Site, key)
    before = _site(old) if old is not None else None
    if before is not None:
        await expect(call, EditKind.SITE, key, before)
    row = await courses.put_site(call.session, key, body.name, body.municipality, body.telephone)
    await note(call, EditKind.SITE, key, before=before, after=_site(row))
    return Reply(_site(row), status=200 if old is not None else 201)


async def delete_site(call: Call) -> Reply:
    """Deletes a site that nothing is at."""
    key = call.path["site"]
    row = await locked(call.session, Site, key)
    if row is None:
        raise nothing("site", key)
    if (robot := await call.session.scalar(select(Robot.id).where(Robot.site_id == key).limit(1))) is not None:
        raise ApiError(
            409, f"the robot {robot!r} stands there; move or delete it first", "site", key,
            code="site_has_robot", facts={"names": robot},
        )  # fmt: skip
    query = select(Course.name).join(CourseSite, CourseSite.course_id == Course.id).where(CourseSite.site_id == key)
    if (course := await call.session.scalar(query.limit(1))) is not None:
        raise ApiError(
            409, f"the course {course!r} is there; take the site from it first", "site", key,
            code="in_course", facts={"names": course},
        )  # fmt: skip
    if await call.session.scalar(select(PersonSite.person_id).where(PersonSite.site_id == key).limit(1)) is not None:
        raise ApiError(
            409, "a course leader answers for it; give that leader other sites first", "site", key,
            code="site_has_leader",
        )  # fmt: skip
    before, kept = _site(row), await rows_of(call.session, EditKind.SITE, key)
    await call.session.delete(row)
    await note(call, EditKind.SITE, key, before=before, after=None, kept=kept)
    return Reply(status=204)


async def robots(call: Call) -> Reply:
    """All robots: those at a site, and after them those that are in the settings alone."""
    rows = (await call.session.scalars(select(Robot).order_by(Robot.id))).all()
    known = {row.id for row in rows}
    loose = [
        RobotOut(id=robot, site=None, place=place, present=call.desk.present(robot)).marked()
        for robot, place in sorted(call.desk.robots.items())
        if robot not in known
    ]
    return Reply(Page[RobotOut](items=(*(_robot(call, row) for row in rows), *loose)))


async def put_robot(call: Call) -> Reply:
    """Puts a robot at a site; one that is not known gets a name and password at the broker at once."""
    body: RobotIn = call.body
    key = call.path["robot"]
    if key == NODE_USER:
        raise ApiError(409, "is the service's own name; choose another id", "robot", key)
    if await call.session.get(Site, body.site) is None:
        raise ApiError(422, f"there is no site {body.site!r}; make it first", "site", body.site)
    old = await locked(call.session, Robot, key)
    before = _robot(call, old) if old is not None else None
    if before is not None:
        await expect(call, EditKind.ROBOT, key, before)
        if before.site != body.site:
            seats = await call.session.scalars(select(Seat.name).where(Seat.robot_id == key))
            inside = people_inside(call.desk, [(seat, key) for seat in set(seats)])
            nobody_inside(inside, "move the robot to another site when the meeting is over", "site")
    row = await courses.put_robot(call.session, key, body.site, body.place)
    await note(call, EditKind.ROBOT, key, before=before, after=_robot(call, row))
    return Reply(_robot(call, row), status=200 if old is not None else 201)


async def delete_robot(call: Call) -> Reply:
    """Deletes a robot that serves no seat."""
    key = call.path["robot"]
    row = await locked(call.session, Robot, key)
    if row is None:
        raise nothing("robot", key)
    query = select(Course.name).join(Seat, Seat.course_id == Course.id).where(Seat.robot_id == key)
    if (course := await call.session.scalar(query.limit(1))) is not None:
        raise ApiError(
            409, f"it serves a seat of the course {course!r}; give the seat another robot", "robot", key,
            code="in_course", facts={"names": course},
        )  # fmt: skip
    before, kept = _robot(call, row), await rows_of(call.session, EditKind.ROBOT, key)
    await call.session.delete(row)
    await note(call, EditKind.ROBOT, key, before=before, after=None, kept=kept)
    return Reply(status=204)
