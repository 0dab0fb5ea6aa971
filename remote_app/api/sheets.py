"""Invitations to print, and calendar files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from remote_app.api.calls import Call, Reply
from remote_app.api.courses import course_of
from remote_app.api.people import invitation_of, invitation_row
from remote_app.api.problems import ApiError
from remote_app.sheet.content import Sheet, SheetMeeting
from remote_app.store import courses
from remote_app.store.models import Course, Meeting, Person


async def sheet(call: Call) -> Reply:
    """One page of A4 in the course's language: QR code, six digits, three steps, telephone. For this person alone."""
    course, link, person, meetings = await _invited(call)
    content = Sheet(
        course=course.name,
        name=person.display_name,
        language=course.language,
        telephone=course.telephone,
        link=link[0],
        host=_host(call),
        digits=link[1],
        meetings=await _as_printed(call, course, meetings),
    )
    from remote_app.sheet.pdf import invitation_pdf  # a quarter of a second, which only who prints has to wait

    data = await asyncio.to_thread(invitation_pdf, content)
    return Reply(data=data, kind="application/pdf", file_name="invitasjon.pdf")


async def own_calendar(call: Call) -> Reply:
    """The meetings with this person's link in each: for this person alone."""
    course, link, _, meetings = await _invited(call)
    return await _calendar(call, course, meetings, link[0])


async def calendar(call: Call) -> Reply:
    """The meetings of a course, without any link."""
    course = await course_of(call)
    return await _calendar(call, course, await courses.meetings_of(call.session, course.id), "")


async def _invited(call: Call) -> tuple[Course, tuple[str, str], Person, Sequence[Meeting]]:
    row = await invitation_row(call, held=False)
    course = await course_of(call)
    known = await invitation_of(call, row)
    person = await call.session.get(Person, row.person_id)
    if known.path is None or known.digits is None or person is None:
        raise ApiError(409, "the invitation is withdrawn; make a new one", "invitation", row.id)
    meetings = await courses.meetings_of(call.session, course.id)
    chosen = [one for one in meetings if row.meeting_id in (None, one.id)]
    return course, (call.desk.base_url + known.path, known.digits), person, chosen


async def _calendar(call: Call, course: Course, meetings: Sequence[Meeting], link: str) -> Reply:
    from remote_app.sheet.calendar import calendar_file  # as above

    shown = await _as_printed(call, course, meetings)
    data = calendar_file(course.name, course.language, shown, _host(call), call.now, link)
    return Reply(data=data, kind="text/calendar; charset=utf-8", file_name="moter.ics")


async def _as_printed(call: Call, course: Course, meetings: Sequence[Meeting]) -> tuple[SheetMeeting, ...]:
    """With their themes in the language of the course, bokmål where there is no title in it."""
    zone = ZoneInfo(call.desk.time_zone)
    shown = []
    for one in meetings:
        themes = await courses.themes_of(call.session, one.id)
        titles = tuple(theme.titles.get(course.language, theme.titles["nb"]) for theme in themes)
        shown.append(SheetMeeting(one.id, one.starts_at.astimezone(zone), one.ends_at.astimezone(zone), titles))
    return tuple(shown)


def _host(call: Call) -> str:
    return urlsplit(call.desk.base_url).netloc
