"""What the store says about links, six digits and robots, as one node has read it last. Pure: no store in here.

A link that the store keeps is as good as its row: the window is that of the course's next meeting, so a sheet that
was printed before a meeting was moved is still right, and one whose row is gone opens nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from remote_app.access import Claim

OPENS_BEFORE: Final = timedelta(minutes=30)  # time to try the sound, and for the leader to let everybody in
STAYS_AFTER: Final = timedelta(minutes=60)  # meetings run over
EVALUATED_AFTER: Final = timedelta(hours=24)  # the form of a meeting is filled in on its day, or the next morning

COURSE_EVALUATED_AFTER: Final = timedelta(days=14)  # that of the course: there is no next meeting to remind of it

Times = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class DueForm:
    """A form that a seat may fill in; `meeting` is empty for those about the whole course."""

    form: str
    meeting: str
    moment: str


@dataclass(frozen=True, slots=True)
class CourseWords:
    """What the pages say about a course, and whether it has a waiting room."""

    course: str
    name: str
    telephone: str
    language: str
    waiting_room: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """One reading of the store. `codes` by what six digits become under the link key, `robots` with their places."""

    claims: Mapping[str, Claim] = field(default_factory=dict)
    courses: Mapping[str, CourseWords] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    robots: Mapping[str, str] = field(default_factory=dict)
    meetings: Mapping[str, str] = field(default_factory=dict)
    """By robot, the course that it is in now."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """By robot, where it stands."""
    used: frozenset[str] = frozenset()
    """The links whose meeting is over before its time."""
    ended: frozenset[str] = frozenset()
    """The robots at which that is so."""
    starts: Mapping[str, datetime] = field(default_factory=dict)
    """By robot, when its next meeting begins."""
    forms: Mapping[str, tuple[DueForm, ...]] = field(default_factory=dict)
    """By link, the forms that its seat is asked to fill in now."""

    def lost_since(self, before: Invited) -> frozenset[str]:
        """The links whose pages must close: withdrawn, deleted, or of another robot now."""
        moved = (link for link, claim in before.claims.items() if claim.robot != self._robot(link))
        return self.withdrawn | frozenset(moved)

    def _robot(self, link: str) -> str:
        claim = self.claims.get(link)
        return claim.robot if claim is not None else ""


def window(meetings: Sequence[Times], now: datetime) -> Times | None:
    """When a link of these meetings (oldest first) is good: for the one that goes on or comes next, else the last."""
    windows = [(starts - OPENS_BEFORE, ends + STAYS_AFTER) for starts, ends in meetings]
    return next((one for one in windows if now < one[1]), windows[-1] if windows else None)


def goes_on(meeting: Times, now: datetime) -> bool:
    """Whether the links of this meeting are good, were it not over before its time."""
    return meeting[0] - OPENS_BEFORE <= now < meeting[1] + STAYS_AFTER


def whole(meetings: Sequence[Times]) -> Times | None:
    """From the first meeting's opening to the last one's end."""
    if not meetings:
        return None
    return meetings[0][0] - OPENS_BEFORE, max(ends for _, ends in meetings) + STAYS_AFTER


def distance(meetings: Sequence[Times], now: datetime) -> tuple[timedelta, datetime] | None:
    """How far the nearest of these meetings is from now, in either direction, and when it begins; None for none."""
    if not meetings:
        return None
    return min((max(starts - now, now - ends, timedelta()), starts) for starts, ends in meetings)


def next_starts(
    seats: Iterable[tuple[str, str]], meetings: Mapping[str, Sequence[Times]], now: datetime
) -> dict[str, datetime]:
    """By robot, the begin of the first meeting to come, of all courses in which it has a seat (robot, course)."""
    first: dict[str, datetime] = {}
    for robot, course in seats:
        for starts, _ in meetings.get(course, ()):
            if starts > now:
                first[robot] = min(starts, first.get(robot, starts))
    return first


def in_courses(
    seats: Iterable[tuple[str, str]], meetings: Mapping[str, Sequence[Times]], now: datetime
) -> dict[str, str]:
    """By robot, the course that it is in: of those in which it has a seat (robot, course) the one whose meeting is
    nearest in time, ties by its begin and the course's id. A course without meetings is none."""
    far = {course: distance(times, now) for course, times in meetings.items()}
    nearest: dict[str, tuple[timedelta, datetime, str]] = {}
    for robot, course in seats:
        if (away := far.get(course)) is not None:
            one = (*away, course)
            nearest[robot] = min(nearest.get(robot, one), one)
    return {robot: course for robot, (_, _, course) in nearest.items()}


def due_forms(
    forms: Sequence[tuple[str, str]],
    meetings: Sequence[tuple[str, Times]],
    done: Container[tuple[str, str]],
    now: datetime,
) -> tuple[DueForm, ...]:
    """Of the course's forms (id, moment) those that a seat is asked to fill in, by its meetings (oldest first).

    Before the course until its first meeting is over; after a meeting from its half until a day after it, the latest
    alone; after the course from the half of its last meeting for two weeks. `done` are forms with their meetings."""
    if not meetings:
        return ()
    first, last = meetings[0][1], meetings[-1][1]
    half = {meeting: times[0] + (times[1] - times[0]) / 2 for meeting, times in meetings}
    latest = next(((meeting, times) for meeting, times in reversed(meetings) if half[meeting] <= now), None)
    due: list[DueForm] = []
    for form, moment in forms:
        meeting = ""
        match moment:
            case "before":
                holds = now < first[1]
            case "after_meeting":
                holds = latest is not None and now < latest[1][1] + EVALUATED_AFTER
                meeting = latest[0] if latest is not None else ""
            case _:
                holds = half[meetings[-1][0]] <= now < last[1] + COURSE_EVALUATED_AFTER
        if holds and (form, meeting) not in done:
            due.append(DueForm(form, meeting, moment))
    return tuple(due)
