"""Which meeting a robot is in, who is in one queue together, and an end that waits for the store. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from protocol.meeting import MeetingMode
from remote_app.frames import NO_COURSE, Frame, Frames, frame_of
from remote_app.invited import Times, in_courses
from remote_app.meeting_ends import MeetingEnds

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def at(hours: float, long: float = 2.0) -> Times:
    """A meeting that begins so many hours after noon."""
    starts = NOON + timedelta(hours=hours)
    return starts, starts + timedelta(hours=long)


@pytest.mark.parametrize(
    ("meetings", "course"),
    [
        ({"a": [at(-1)], "b": [at(1.5)]}, "a"),  # goes on now
        ({"a": [at(-2.25)], "b": [at(0.5)]}, "a"),  # over since a quarter of an hour, the next one in half an hour
        ({"a": [at(-2.75)], "b": [at(0.5)]}, "b"),
        ({"a": [at(-400), at(100)], "b": [at(-3)]}, "b"),  # whichever of its meetings is nearest
        ({"b": [at(-1)], "a": [at(-1)]}, "a"),  # the same time: by id
        ({"b": [at(-1.5)], "a": [at(-1)]}, "b"),  # both go on: the one that began first
        ({"a": [], "b": [at(900)]}, "b"),
        ({"a": [], "b": []}, None),
    ],
)
def test_a_robot_is_in_the_course_whose_meeting_is_nearest(
    meetings: dict[str, list[Times]], course: str | None
) -> None:
    seats = [("vefsn", name) for name in meetings]
    known = in_courses(seats, meetings, NOON)
    assert known == ({"vefsn": course} if course else {})
    assert in_courses(list(reversed(seats)), meetings, NOON) == known


def test_a_robot_without_a_seat_is_in_no_course() -> None:
    assert in_courses([], {"a": [at(0)]}, NOON) == {}
    assert Frames().of("vefsn") == NO_COURSE


def test_what_the_store_could_not_be_told_is_told_later_unless_it_has_changed() -> None:
    ends = MeetingEnds()
    ends.goes_on("vefsn")
    assert ends.take() == {}, "it was not over"
    ends.over("vefsn")
    ends.over("bronnoy")
    said = ends.take()
    assert said == {"vefsn": True, "bronnoy": True}
    ends.over("rana")
    ends.goes_on("rana")
    ends.back(said)
    assert ends.take() == {"vefsn": True, "bronnoy": True, "rana": False}
    ends.closed = frozenset({"vefsn"})
    ends.goes_on("vefsn")
    assert ends.take() == {"vefsn": False}


@pytest.mark.parametrize(
    ("site", "mode", "frame"),
    [
        ("a", MeetingMode.PLENARY, Frame("m")),
        ("a", MeetingMode.GROUP, Frame("m", "site a")),
        ("", MeetingMode.GROUP, Frame("m", "robot vefsn")),
        ("a", MeetingMode.ONE_TO_ONE, Frame("m", "robot vefsn")),
        ("a", MeetingMode.BREAK, Frame("m", "robot vefsn")),
    ],
)
def test_the_frame_follows_from_how_the_room_takes_part(site: str, mode: MeetingMode, frame: Frame) -> None:
    assert frame_of("vefsn", "m", site, mode) == frame
