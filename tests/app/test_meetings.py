"""The meeting as the frame of the queue: who is in one queue together, by the store, and who hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.base import parse
from protocol.commands import Done, LeaderCommand, RaiseHand
from protocol.leader import TO_LEADER, Admit, ElsewhereHand, HandQueue, LeaderAct, LeaderPong, Lobby
from protocol.meeting import EndMeeting, MeetingEnded, MeetingMode, MeetingModeApplied, MeetingOver, SetMeetingMode
from protocol.signals import Answer, Ended, EndReason
from protocol.state import HandState, RobotState
from protocol.web import Admitted, Knock, QueuePlace, Sorry, Waiting
from remote_app import registry
from remote_app.access import EVERY_ROBOT, new_claim
from remote_app.floor_desk import FloorDesk
from remote_app.floor_queue import FloorQueue
from remote_app.frames import NO_COURSE, Frame
from remote_app.leader_page import LeaderPage
from remote_app.leaders import REFUSED_CODE
from remote_app.rooms import Room
from remote_app.settings import RobotSettings
from remote_app.store import courses, people
from remote_app.store.engine import Store
from remote_app.store.models import Course, Invitation, PersonRole
from remote_app.store.service import open_store
from tests.app.conftest import PageEnd, Service
from tests.app.fake_robot import WAIT_S, FakeRobot
from tests.app.leading import CONNECT, act, lead, leading, page_of
from tests.app.test_lobby import session as held

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
        self.desk.meet({"vefsn": "a", "bronnoy": "a", "alstahaug": "b", "rana": "b"}, {})

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
    desk.desk.meet({"vefsn": "b", "bronnoy": "a", "alstahaug": "b", "rana": "b"}, {})
    assert (await queues(beside))[-1] == HandQueue()
    assert (await queues(other))[-1] == HandQueue(elsewhere=(ElsewhereHand(place=1, where="Vefsn"),), of=1)
    desk.desk.went(desk.rooms["vefsn"])
    assert (await queues(other))[-1] == HandQueue()


# The whole service


@pytest.fixture(autouse=True)
def reads_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "READ_EVERY_S", 0.1)


@pytest.fixture
async def two(service: Service) -> AsyncIterator[tuple[FakeRobot, FakeRobot]]:
    async with (
        FakeRobot("vefsn", service.robot_url("vefsn")).running() as one,
        FakeRobot("bronnoy", service.robot_url("bronnoy")).running() as other,
    ):
        yield one, other


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


# Ways of taking part in the meeting


async def hands_up(service: Service, *who: tuple[str, str]) -> list[PageEnd]:
    """Patients (name, robot) who are in and have the hand up, one after the other."""
    pages = []
    for name, robot in who:
        page, _ = await page_of(service, name, robot)
        await page.send(CONNECT)
        await page.next(Answer)
        await act(page, 1, RaiseHand(raised=True))
        await page.next(QueuePlace, lambda told: told.place > 0)
        pages.append(page)
    return pages


async def test_a_room_in_a_group_has_a_queue_of_its_own_until_it_comes_back(
    service: Service, two: tuple[FakeRobot, FakeRobot]
) -> None:
    kari, ola = await hands_up(service, ("Kari", "vefsn"), ("Ola", "bronnoy"))
    elsewhere, welcome = await leading(service, "bronnoy")
    assert (welcome.queue.hands[0].place, len(welcome.queue.elsewhere)) == (2, 1)
    own, _ = await leading(service, "vefsn")
    done = await lead(own, SetMeetingMode(mode=MeetingMode.GROUP), None)
    assert isinstance(done, Done)
    assert done.applied == MeetingModeApplied(mode=MeetingMode.GROUP, private=False)
    queue = await elsewhere.next(HandQueue)
    assert ([hand.place for hand in queue.hands], queue.elsewhere, queue.of) == ([1], (), 1)
    await ola.next(QueuePlace, lambda told: told == QueuePlace(place=1, of=1))
    assert (await kari.next(RobotState, lambda state: state.mode is MeetingMode.GROUP)).mode is MeetingMode.GROUP
    await kari.next(QueuePlace, lambda told: told == QueuePlace(place=1, of=1))
    await lead(own, SetMeetingMode(mode=MeetingMode.PLENARY), None)
    queue = await elsewhere.next(HandQueue, lambda told: told.of == 2)
    assert (queue.hands[0].place, queue.elsewhere) == (2, (ElsewhereHand(place=1, where="Vefsn"),))


async def test_a_leader_chooses_for_their_own_robots_alone(service: Service, two: tuple[FakeRobot, FakeRobot]) -> None:
    other, _ = await leading(service, "bronnoy")
    for action in (SetMeetingMode(mode=MeetingMode.BREAK), EndMeeting()):
        await other.send(LeaderAct(id="1", robot="vefsn", session=None, action=action))
        assert (await other.next(Sorry)).reason == "not_allowed"
    assert two[0].of(LeaderCommand) == []


async def invited(store: Store, course: str, name: str, robot: str) -> str:
    """A patient's link in the store, and the id of it."""
    async with store.write() as session:
        (seat,) = [one for one in await courses.seats_of(session, course) if one.robot_id == robot]
        person = await people.add_participant(session, name, PersonRole.PATIENT, course, seat.id)
        now = datetime.now(UTC)
        link = Invitation(
            id=f"link-of-{name.lower()}",
            person_id=person.id,
            seat_id=seat.id,
            not_before=now - timedelta(hours=1),
            expires=now + timedelta(days=9),
        )
        return (await people.invite(session, link)).id


async def fault(service: Service, token: str) -> str:
    async with service.http.get(f"{service.where.http}/api/link/{token}") as answer:
        return str((await answer.json()).get("fault", "good"))


async def faulty(service: Service, token: str, wanted: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while await fault(service, token) != wanted:
            await asyncio.sleep(0.02)


async def test_the_end_of_the_meeting_closes_its_rooms_and_uses_up_its_links(
    service: Service, store: Store, two: tuple[FakeRobot, FakeRobot]
) -> None:
    """Of the leader's own robots: the other municipality goes on. The link opens again for the next meeting."""
    course = await plan(store, "Mestringstreff", "vefsn", "bronnoy")
    tokens = []
    for name, robot in (("Kari", "vefsn"), ("Ola", "bronnoy")):
        link = await invited(store, course, name, robot)
        claim = service.key.sign(
            new_claim(robot, f"seat-{robot}", name, not_before=0, expires=1).model_copy(
                update={"id": link, "kept": True}
            )
        )
        tokens.append(claim)
        await faulty(service, claim, "good")
    kari, _ = await service.open(tokens[0])
    ola, _ = await service.open(tokens[1])
    leader, _ = await leading(service, "vefsn")
    for page in (kari, ola):
        await page.send(Knock())
    lobby = await leader.next(Lobby, lambda m: bool(m.waiting))
    await leader.send(Admit(robot="vefsn", link=lobby.waiting[0].link))
    await kari.next(Admitted)
    await kari.send(CONNECT)
    await kari.next(Answer)
    done = await lead(leader, EndMeeting(), None)
    assert isinstance(done, Done)
    assert done.applied == MeetingEnded()
    assert (await kari.next(Ended)).reason is EndReason.MEETING_OVER
    await kari.next(MeetingOver)
    assert await kari.closed() == REFUSED_CODE
    assert two[0].session is None
    await faulty(service, tokens[0], "expired")
    assert await fault(service, tokens[1]) == "good"
    await ola.send(Knock())
    await ola.next(Waiting)
    async with store.write() as session:
        now = datetime.now(UTC)
        await courses.add_meeting(session, course, now + timedelta(days=7), now + timedelta(days=7, hours=2))
    await faulty(service, tokens[0], "not_yet")
    await lead(leader, SetMeetingMode(mode=MeetingMode.PLENARY), None)  # it was not over after all
    await faulty(service, tokens[0], "good")


async def test_a_meeting_ends_at_a_robot_that_is_off_too(service: Service, store: Store) -> None:
    course = await plan(store, "Mestringstreff", "vefsn")
    claim = service.key.sign(
        new_claim("vefsn", "seat-vefsn", "Kari", not_before=0, expires=1).model_copy(
            update={"id": await invited(store, course, "Kari", "vefsn"), "kept": True}
        )
    )
    await faulty(service, claim, "good")
    leader, _ = await leading(service, "vefsn")
    await leader.send(LeaderAct(id="1", robot="vefsn", session=None, action=EndMeeting()))
    assert (await leader.next(Sorry)).reason == "robot_off"
    await faulty(service, claim, "expired")
