"""The meetings as a calendar file (RFC 5545). Moments are in UTC, so that no calendar has to know our zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from icalendar import Calendar, Event

from remote_app.sheet.content import SheetMeeting
from remote_app.sheet.words import words_of

PRODUCT: Final = "-//av1-telepresence//courses//NO"


def calendar_file(
    course: str, language: str, meetings: Sequence[SheetMeeting], host: str, now: datetime, link: str = ""
) -> bytes:
    """The file. A meeting keeps its UID when it moves, so that a calendar which reads the file again moves it too."""
    words = words_of(language)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for meeting in meetings:
        event = Event()
        event.add("uid", f"{meeting.id}@{host.partition(':')[0]}")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", meeting.starts.astimezone(UTC))
        event.add("dtend", meeting.ends.astimezone(UTC))
        event.add("summary", course)
        lines = [*meeting.themes, *([words.join.format(link=link)] if link else [])]
        if lines:
            event.add("description", "\n".join(lines))
        if link:
            event.add("url", link)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
