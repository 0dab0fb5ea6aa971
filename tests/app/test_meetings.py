"""The meeting as the frame of the queue: who is in one queue together, by the store, and who hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.base import parse
from protocol.commands import RaiseHand
from protocol.leader import TO_LEADER, ElsewhereHand, HandQueue, LeaderPong
from protocol.signals import Answer
from protocol.state import HandState
from protocol.web import QueuePlace
from remote_app import registry
from remote_app.access import EVERY_ROBOT, new_claim
from remote_app.floor_desk import FloorDesk
from remote_app.floor_queue import FloorQueue
from remote_app.frames import NO_COURSE, Frame, Frames
from remote_app.invited import Times, in_courses
from remote_app.leader_page import LeaderPage
from remote_app.rooms import Room
from remote_app.settings import RobotSettings
from remote_app.store import courses
from remote_app.store.engine import Store
from remote_app.store.models import Course
from remote_app.store.service import open_store
from tests.app.conftest import Service
from tests.app.fake_robot import FakeRobot
from tests.app.leading import CONNECT, act, leading, page_of
from tests.app.test_lobby import session as held

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def at(hours: float, long: float = 2.0) -> Times:
    """A meeting that begins so many hours after noon."""
    starts = NOON + timedelta(hours=hours)
    return starts, starts + timedelta(hours=long)


# Which course a robot is in


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


# The queues, without a service


def up(robot: str, since_s: float, **other: Any) -> FakeRobot:
    body = FakeRobot(robot, "")
    body.session = held(f"session-{robot}")
    body.hand = HandState(raised=True, since_s=since_s, **other)
    return body


FRAMES = (Frame("a"), Frame("b"), Frame("a", "vefsn"), NO_COURSE)
ROBOTS = ("vefsn", "bronnoy", "alstahaug", "rana")
DEED = st.tuples(st.sampled_from(ROBOTS), st.sampled_from(FRAMES), st.sampled_from([0.0, 1.0, 1.0, 4.0]), st.booleans())


@given(st.lists(DEED, max_size=25))
def test_every_hand_waits_in_the_frame_of_its_robot_and_nowhere_else(
    deeds: list[tuple[str, Frame, float, bool]],
) -> None:
    queue = FloorQueue()
    frame_of: dict[str, Frame] = {}
    for robot, frame, since_s, raised in deeds:
        body = up(robot, since_s)
        body.hand = body.hand if raised else HandState(raised=False)
        queue.hear(body.state(), 100.0, frame)
        frame_of.pop(robot, None)
        if raised:
            frame_of[robot] = frame
    assert sorted(queue.robots()) == sorted(frame_of)
    assert queue.frames() == tuple(sorted(set(frame_of.values())))
    for frame in FRAMES:
        assert sorted(queue.order(frame)) == sorted(robot for robot, in_it in frame_of.items() if in_it == frame)


def test_a_robot_that_comes_to_another_meeting_keeps_its_time() -> None:
    queue = FloorQueue()
    queue.hear(up("vefsn", 3.0).state(), 100.0, Frame("a"))
    queue.hear(up("bronnoy", 2.0).state(), 100.0, Frame("b"))
    queue.move("vefsn", Frame("b"))
    queue.move("rana", Frame("b"))  # has no hand up
    assert (queue.order(Frame("a")), queue.order(Frame("b"))) == ((), ("vefsn", "bronnoy"))


class Desk:
    """The desk with four rooms, in two meetings of two, and a leader of whatever robots are asked for."""

    def __init__(self) -> None:
        self.rooms = {robot: Room(RobotSettings(id=robot, place=robot.title())) for robot in ROBOTS}
        self.desk = FloorDesk(self.rooms)
        self.desk.meet({"vefsn": "a", "bronnoy": "a", "alstahaug": "b", "rana": "b"})

    def leader(self, robot: str) -> LeaderPage:
        claim = new_claim(robot, "leader", "Ane", not_before=0, expires=2**40, role="leader")
        page = LeaderPage(claim, len(self.rooms), 0.0)
        for room in self.rooms.values():
            if claim.covers(room.robot):
                room.leaders.add(page)
        return page

    def hear(self, body: FakeRobot) -> None:
        room, state = self.rooms[body.robot], body.state()
        room.hear_state(state, 100.0, retained=False)
        self.desk.hear(room, state, 100.0)


async def queues(page: LeaderPage) -> list[HandQueue]:
    """What the page has been told of the queue since it was asked last; the newest alone, as it is in a slot."""
    page.tell(LeaderPong())
    told: list[HandQueue] = []
    while True:
        message = parse(TO_LEADER, "message", str(await page.outbox.next()))
        if isinstance(message, LeaderPong):
            return told
        if isinstance(message, HandQueue):
            told.append(message)


async def test_a_hand_is_told_in_its_own_meeting_and_in_no_other() -> None:
    desk = Desk()
    beside, other, both = desk.leader("bronnoy"), desk.leader("alstahaug"), desk.leader(EVERY_ROBOT)
    desk.hear(up("vefsn", 3.0))
    assert await queues(beside) == [HandQueue(elsewhere=(ElsewhereHand(place=1, where="Vefsn"),), of=1)]
    assert await queues(other) == []
    (seen,) = await queues(both)
    assert ([hand.robot for hand in seen.hands], seen.of) == (["vefsn"], 1)
    desk.hear(up("rana", 5.0))
    assert await queues(beside) == []
    assert [hand.where for told in await queues(other) for hand in told.elsewhere] == ["Rana"]
    (seen,) = await queues(both)
    assert [(hand.robot, hand.place) for hand in seen.hands] == [("vefsn", 1), ("rana", 1)], "the first in each meeting"
    assert desk.desk.place_of("vefsn") == desk.desk.place_of("rana") == QueuePlace(place=1, of=1)


async def test_nothing_is_told_twice_and_a_move_is_told_in_both_meetings() -> None:
    desk = Desk()
    beside, other = desk.leader("bronnoy"), desk.leader("alstahaug")
    desk.hear(up("vefsn", 3.0))
    await queues(beside)
    desk.hear(up("vefsn", 3.0))
    assert await queues(beside) == []
    desk.desk.meet({"vefsn": "b", "bronnoy": "a", "alstahaug": "b", "rana": "b"})
    assert (await queues(beside))[-1] == HandQueue()
    assert (await queues(other))[-1] == HandQueue(elsewhere=(ElsewhereHand(place=1, where="Vefsn"),), of=1)
    desk.desk.went(desk.rooms["vefsn"])
    assert (await queues(other))[-1] == HandQueue()


# The whole service


@pytest.fixture(autouse=True)
def reads_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "READ_EVERY_S", 0.1)


@pytest.fixture
async def store(service: Service) -> AsyncIterator[Store]:
    store = await open_store(service.settings)
    yield store
    await store.close()


async def plan(store: Store, name: str, *robots: str) -> str:
    """A course that goes on now, with a seat at each of these robots; its id."""
    now = datetime.now(UTC)
    async with store.write() as session:
        course = await courses.add_course(session, Course(name=name, ends_at=now + timedelta(days=1)))
        await courses.add_meeting(session, course.id, now - timedelta(hours=1), now + timedelta(hours=1))
        for robot in robots:
            await courses.put_site(session, robot, robot, robot)
            await courses.put_robot(session, robot, robot, robot.title())
            await courses.add_seat(session, course.id, f"seat-{robot}", robot)
        return course.id


async def test_two_courses_have_a_queue_each_as_the_store_says(service: Service, store: Store) -> None:
    """And one again when a seat is made for the other robot: within a reading of the store."""
    first = await plan(store, "Første", "vefsn")
    await plan(store, "Andre", "bronnoy")
    async with (
        FakeRobot("vefsn", service.robot_url("vefsn")).running(),
        FakeRobot("bronnoy", service.robot_url("bronnoy")).running(),
    ):
        kari, _ = await page_of(service, "Kari")
        ola, _ = await page_of(service, "Ola", "bronnoy")
        for page in (kari, ola):
            await page.send(CONNECT)
            await page.next(Answer)
        elsewhere, _ = await leading(service, "bronnoy")
        await act(kari, 1, RaiseHand(raised=True))
        await kari.next(QueuePlace, lambda told: told == QueuePlace(place=1, of=1))
        await act(ola, 1, RaiseHand(raised=True))
        queue = await elsewhere.next(
            HandQueue, lambda told: bool(told.hands) and told.of == 1
        )  # when the store is read
        assert ([hand.place for hand in queue.hands], queue.elsewhere) == ([1], ())
        async with store.write() as session:
            await courses.add_seat(session, first, "bronnoy", "bronnoy")
            now = datetime.now(UTC)
            await courses.add_meeting(session, first, now - timedelta(hours=2), now + timedelta(hours=2))
        queue = await elsewhere.next(HandQueue, lambda told: told.of == 2)
        assert (queue.hands[0].place, queue.elsewhere) == (2, (ElsewhereHand(place=1, where="Vefsn"),))
        await ola.next(QueuePlace, lambda told: told == QueuePlace(place=2, of=2))
