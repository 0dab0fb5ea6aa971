"""The access log for people to read: who came in, was refused, let whom in. A leader sees that of their sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, or_, select

from remote_app.api.bodies import Body, Key, Moment, Page, Slug
from remote_app.api.calls import Call, Reply
from remote_app.api.courses import seen_course
from remote_app.api.problems import ApiError
from remote_app.api.tables import as_csv
from remote_app.policy import log_sites
from remote_app.store import courses
from remote_app.store.access_log import at_sites, by_links, check_log, earlier, newest_rows, of_meetings
from remote_app.store.chain import Deed
from remote_app.store.models import AccessEntry, Invitation, Meeting, Person, Robot, Site

MOST_ROWS: Final = 20_000  # of a file: a year of an installation of twenty robots
MOST_ASKED: Final = 1000  # names by their ids in one statement; when more are wanted all are read
HEAD: Final = ("nummer", "tid", "hva", "kommune", "sted", "robot", "plass", "rolle", "hvem", "av", "hvordan")
WORDS: Final[Mapping[Deed, str]] = {
    Deed.ENTERED: "kom inn",
    Deed.REFUSED: "slapp ikke inn",
    Deed.ADMITTED: "ble sluppet inn",
    Deed.TURNED_DOWN: "ble avvist",
    Deed.HANDED_OVER: "gikk over til en annen skjerm",
    Deed.LEFT: "gikk ut",
    Deed.ENDED: "ble avsluttet av kurslederen",
    Deed.PRIVATE_ON: "privat på",
    Deed.PRIVATE_OFF: "privat av",
    Deed.WITHDRAWN: "lenken ble trukket tilbake",
    Deed.RESTORED: "lenken ble gyldig igjen",
    Deed.LOGGED_IN: "logget inn",
    Deed.LOGGED_OUT: "logget ut",
    Deed.LOGIN_REFUSED: "fikk ikke logge inn",
    Deed.PASSKEY_ADDED: "la til en passnøkkel",
    Deed.PASSKEY_REMOVED: "fjernet en passnøkkel",
    Deed.ROLE_CHANGED: "rollen ble endret",
    Deed.DELETED: "slettet etter fristen",
    Deed.LOST: "linjer gikk tapt",
}


class LogFilter(Body):
    """Which entries: of a course, of one of its meetings, of the robots at a site, from a moment on."""

    course: Key | None = None
    meeting: Key | None = None
    site: Slug | None = None
    since: Moment | None = None


class LogQuery(LogFilter):
    """And which part of the list: `after` is the number of the last entry that was shown."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(pattern=r"^[0-9]{0,18}$")] = ""


class LogLine(BaseModel):
    """An entry. `name` is of whom it is about and `by` of who did it, as long as the store knows them; `link` and
    `done_by` are what stands in the log itself. `deed` and `detail` are words of a fixed vocabulary (docs/store.md)."""

    number: int
    at: datetime
    deed: str
    municipality: str
    site: str
    robot: str
    seat: str
    role: str
    name: str
    by: str
    detail: str
    link: str
    done_by: str


class LogChecked(BaseModel):
    """Whether the whole log is as it was written. `fingerprint`, kept elsewhere, tells this log from an older one."""

    whole: bool
    entries: int
    fault: str = Field(description="What is wrong, in words; empty when nothing is")
    fingerprint: str


async def entries(call: Call) -> Reply:
    """The newest first. Logins and what belongs to no robot are for coordinators and administrators."""
    query: LogQuery = call.query
    conditions = await _conditions(call, query)
    if query.after:
        conditions.append(earlier(int(query.after)))
    rows = await newest_rows(call.session, query.limit + 1, conditions)
    shown = rows[: query.limit]
    items = tuple(await _lines(call, shown))
    return Reply(Page[LogLine](items=items, next=str(shown[-1].seq) if len(rows) > query.limit else None))


async def entries_csv(call: Call) -> Reply:
    """The same as a table, times in the course's zone; at most the newest 20,000."""
    zone = ZoneInfo(call.desk.time_zone)
    lines = await _lines(call, await newest_rows(call.session, MOST_ROWS, await _conditions(call, call.query)))
    return as_csv("logg.csv", HEAD, [_cells(one, zone) for one in lines])


async def check(call: Call) -> Reply:
    """Goes through the whole hash chain."""
    found = await check_log(call.session, call.desk.log_key)
    return Reply(
        LogChecked(whole=not found.fault, entries=found.entries, fault=found.fault, fingerprint=found.head.fingerprint)
    )


async def _conditions(call: Call, query: LogFilter) -> list[ColumnElement[bool]]:
    """What an entry must fulfil to be shown to this caller. Raises ApiError for what is not there, or not theirs."""
    conditions: list[ColumnElement[bool]] = []
    own = log_sites(call.staff.role, call.staff.sites)
    if own is not None:
        conditions.append(at_sites(own))
    if query.site is not None:
        if await call.session.get(Site, query.site) is None:
            raise _unknown("site", query.site)
        if own is not None and query.site not in own:
            raise ApiError(422, "site: is not one of yours; ask for one of those", "site", query.site)
        conditions.append(at_sites((query.site,)))
    if query.since is not None:
        conditions.append(AccessEntry.at >= query.since)
    if query.meeting is not None:
        conditions.append(await _of_meeting(call, query.meeting, query.course))
    elif query.course is not None:
        course = await seen_course(call, query.course)
        if course is None:
            raise _unknown("course", query.course)
        meetings = await courses.meetings_of(call.session, course.id)
        conditions.append(or_(of_meetings(course.id, meetings), by_links(course.id)))
    return conditions


async def _of_meeting(call: Call, key: str, course: str | None) -> ColumnElement[bool]:
    meeting = await call.session.get(Meeting, key)
    if meeting is None or await seen_course(call, meeting.course_id) is None:
        raise _unknown("meeting", key)
    if course is not None and meeting.course_id != course:
        raise ApiError(
            422, "meeting: is of another course; leave the course out, or take one of its own", "meeting", key
        )
    return of_meetings(meeting.course_id, (meeting,))


def _unknown(key: str, value: str) -> ApiError:
    return ApiError(422, f"{key}: there is none of this id; ask for the list of them", key, value)


async def _lines(call: Call, rows: Sequence[AccessEntry]) -> Sequence[LogLine]:
    names = await _names(call, rows)
    query = select(Robot.id, Site).join(Site, Site.id == Robot.site_id)
    sites = {row[0]: row[1] for row in await call.session.execute(query)}
    lines = []
    for row in rows:
        site = sites.get(row.robot)
        lines.append(
            LogLine(
                number=row.seq,
                at=row.at,
                deed=row.deed,
                municipality=site.municipality if site is not None else "",
                site=site.name if site is not None else "",
                robot=row.robot,
                seat=row.seat,
                role=row.role,
                name=names.get(row.link, ""),
                by=names.get(row.done_by, ""),
                detail=row.detail,
                link=row.link,
                done_by=row.done_by,
            )
        )
    return lines


async def _names(call: Call, rows: Sequence[AccessEntry]) -> Mapping[str, str]:
    """By the id of a link or of a person."""
    if not rows:
        return {}
    by_link = select(Invitation.id, Person.display_name).join(Person, Person.id == Invitation.person_id)
    by_person = select(Person.id, Person.display_name)
    wanted = {one for row in rows for one in (row.link, row.done_by) if one}
    if len(wanted) <= MOST_ASKED:
        by_link, by_person = by_link.where(Invitation.id.in_(wanted)), by_person.where(Person.id.in_(wanted))
    names: dict[str, str] = {}
    for asked in (by_link, by_person):
        names |= {row[0]: row[1] for row in await call.session.execute(asked)}
    return names


def _cells(one: LogLine, zone: ZoneInfo) -> tuple[int | str, ...]:
    known = one.deed in {deed.value for deed in Deed}
    return (
        one.number,
        f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        WORDS[Deed(one.deed)] if known else one.deed,
        one.municipality,
        one.site,
        one.robot,
        one.seat,
        one.role,
        one.name or one.link,
        one.by or one.done_by,
        one.detail,
    )
