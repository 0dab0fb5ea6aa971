"""A course leader's page at the real service: who waits and is let in, hands and floor, *privat*, the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from protocol.base import Wire, parse
from protocol.commands import (
    EndForPerson,
    FloorApplied,
    GiveFloor,
    LeaderCommand,
    LowerHand,
    MarkSeen,
    PrivateApplied,
    RaiseHand,
    Refusal,
    Refused,
    SessionEnded,
    SetPrivate,
)
from protocol.leader import (
    Admit,
    HandQueue,
    LeaderAct,
    LeaderPing,
    LeaderPong,
    LeaderWelcome,
    Lobby,
    PresenceNews,
    TurnDown,
)
from protocol.lobby import LobbyAdmit, LobbyGone, LobbyKnock
from protocol.signals import Answer, Ended, EndReason, Offer
from protocol.state import Offline, RobotState
from protocol.topics import LOBBY, PRESENCE, parse_topic
from protocol.web import Admitted, Knock, Leave, NotAdmitted, QueuePlace, Sorry, Waiting
from remote_app.access import EVERY_ROBOT, LinkKey, new_claim
from remote_app.data_directory import DataDirectory
from remote_app.door import Door
from remote_app.journal import Journal
from remote_app.leader_page import LeaderPage
from remote_app.leaders import REFUSED_CODE, Leaders
from remote_app.outbox import Closing
from remote_app.settings import AppSettings, CourseSettings, TurnSettings
from remote_app.texts import Texts
from remote_app.turn import TurnDesk
from remote_app.watches import Watches
from tests.app.conftest import Service, settings_for
from tests.app.fake_robot import WAIT_S, FakeRobot, client_for, until
from tests.app.leading import CONNECT, LeaderEnd, act, applied, lead, leader_token, leading, let_in, page_of
from tests.app.test_lobby import session as held

Say = Callable[[str, Wire], Awaitable[None]]


@pytest.fixture
def service_settings(tmp_path: Path) -> AppSettings:
    """With a waiting room, as a course has it unless it is told otherwise."""
    table = settings_for(tmp_path).model_dump()
    table["course"]["waiting_room"] = True
    return AppSettings.model_validate(table)


@pytest.fixture
async def robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        yield robot


@pytest.fixture
async def other_robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("bronnoy", service.robot_url("bronnoy")).running() as robot:
        yield robot


async def test_nobody_gets_in_unasked_and_whoever_is_let_in_does(service: Service, robot: FakeRobot) -> None:
    leader, welcome = await leading(service)
    assert (welcome.name, welcome.course, welcome.telephone) == ("Ane", "Mestringstreff", "75 00 00 00")
    assert {(known.robot, known.place) for known in welcome.robots} == {("vefsn", "Vefsn"), ("bronnoy", "Brønnøy")}

    page, hello = await page_of(service, "Kari")
    assert not hello.admitted
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "not_admitted"
    assert not robot.of(Offer)

    await page.send(Knock(companion="Siri"))
    waiting = await page.next(Waiting)
    assert waiting.since_s < WAIT_S
    lobby = await leader.next(Lobby, lambda message: bool(message.waiting))
    (guest,) = lobby.waiting
    assert (lobby.robot, guest.seat, guest.name, guest.companion) == ("vefsn", "rodoy", "Kari", "Siri")
    late, seen = await leading(service, "vefsn")
    assert [person.name for known in seen.robots for person in known.waiting] == ["Kari"]

    await leader.send(Admit(robot="vefsn", link=guest.link))
    await page.next(Admitted)
    await late.next(Lobby, lambda message: not message.waiting)
    await page.send(CONNECT)
    await page.next(Answer)
    assert (await robot.next(Offer)).name == "Kari"
    state = await leader.next(RobotState, lambda message: message.session is not None)
    assert state.session is not None
    assert state.session.name == "Kari"


async def test_not_now_is_told_and_a_new_knock_asks_again(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    page, _ = await page_of(service, "Kari")
    await page.send(Knock())
    lobby = await leader.next(Lobby, lambda message: bool(message.waiting))
    await leader.send(TurnDown(robot="vefsn", link=lobby.waiting[0].link))
    await page.next(NotAdmitted)
    await leader.next(Lobby, lambda message: not message.waiting)
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "not_admitted"
    again = asyncio.create_task(leader.next(Lobby, lambda message: bool(message.waiting)))
    while not again.done():
        await page.send(Knock())
        await page.next(Waiting)
        await asyncio.wait({again}, timeout=1.0)
    assert (await again).waiting[0].name == "Kari"


async def test_whoever_was_let_in_stays_so_over_a_break_until_leaving(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    token = service.token()
    page, _ = await service.open(token, "tab-1")
    await page.send(Knock())
    lobby = await leader.next(Lobby, lambda message: bool(message.waiting))
    await leader.send(Admit(robot="vefsn", link=lobby.waiting[0].link))
    await page.next(Admitted)
    await page.socket.close()
    back, welcome = await service.open(token, "tab-1")
    assert welcome.admitted
    await back.send(Knock())
    await back.next(Admitted)
    await back.send(Leave())
    await back.closed()
    _, later = await service.open(token, "tab-1")
    assert not later.admitted


async def test_a_session_that_the_robot_has_from_this_link_was_let_in_before(
    service: Service, robot: FakeRobot
) -> None:
    """As after a restart of the service: nothing is known but what the robot says."""
    claim = service.claim()
    leader, _ = await leading(service)
    robot.session = held(service.key.new_session(claim.id))
    await leader.next(RobotState, lambda state: state.session is not None)
    page, welcome = await service.open(service.key.sign(claim))
    assert welcome.admitted
    await page.send(CONNECT)
    await page.next(Answer)
    robot.session = held(service.key.new_session("another-link"))
    await leader.next(RobotState, lambda state: state.session == robot.session)
    _, stranger = await service.open(service.token())
    assert not stranger.admitted


async def test_hand_floor_and_the_queue_over_two_robots(
    service: Service, robot: FakeRobot, other_robot: FakeRobot
) -> None:
    leader, _ = await leading(service)
    kari, ola = await let_in(service, leader), await let_in(service, leader, "Ola", "bronnoy")
    await act(kari, 1, RaiseHand(raised=True))
    assert await kari.next(QueuePlace) == QueuePlace(place=1, of=1)
    await act(ola, 1, RaiseHand(raised=True))
    assert await ola.next(QueuePlace) == QueuePlace(place=2, of=2)
    assert await kari.next(QueuePlace) == QueuePlace(place=1, of=2)
    queue = await leader.next(HandQueue, lambda message: message.of == 2)
    assert [(hand.robot, hand.place) for hand in queue.hands] == [("vefsn", 1), ("bronnoy", 2)]
    _, seen = await leading(service, "bronnoy")
    assert [(hand.robot, hand.place) for hand in seen.queue.hands] == [("bronnoy", 2)]
    assert [known.robot for known in seen.robots] == ["bronnoy"]

    assert robot.session is not None
    session = robot.session.id
    assert await applied(leader, MarkSeen(), session) == FloorApplied(raised=True, seen=True, floor=False)
    await kari.next(RobotState, lambda state: state.hand.seen)
    assert await applied(leader, GiveFloor(given=True), session) == FloorApplied(raised=True, seen=True, floor=True)
    assert await ola.next(QueuePlace) == QueuePlace(place=1, of=1)
    assert await kari.next(QueuePlace, lambda m: m.of == 1) == QueuePlace(place=0, of=1)
    assert await applied(leader, LowerHand(), session) == FloorApplied(raised=False, seen=False, floor=False)
    command = robot.of(LeaderCommand)[-1]
    assert (command.by, command.epoch, command.session) == ("Ane", robot.epoch, session)
    assert len({led.id for led in robot.of(LeaderCommand)}) == 3, "each has an id of its own, whatever the page says"


async def test_a_robot_that_goes_away_gives_up_its_place(
    service: Service, robot: FakeRobot, other_robot: FakeRobot
) -> None:
    leader, _ = await leading(service)
    kari, ola = await let_in(service, leader), await let_in(service, leader, "Ola", "bronnoy")
    await act(kari, 1, RaiseHand(raised=True))
    await act(ola, 1, RaiseHand(raised=True))
    await ola.next(QueuePlace, lambda message: message.place == 2)
    robot.beating = False
    await robot.publish(PRESENCE, Offline(robot="vefsn", epoch=robot.epoch, reason="stopped"))
    await leader.next(PresenceNews, lambda news: news == PresenceNews(robot="vefsn", present=False))
    await ola.next(QueuePlace, lambda message: message == QueuePlace(place=1, of=1))


async def test_privat_needs_nobody_and_the_end_is_final_until_let_in_again(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    assert await applied(leader, SetPrivate(on=True), None) == PrivateApplied(on=True)
    await leader.next(RobotState, lambda state: state.private)
    assert await applied(leader, SetPrivate(on=False), None) == PrivateApplied(on=False)
    page = await let_in(service, leader)
    assert robot.session is not None
    assert await applied(leader, EndForPerson(), robot.session.id) == SessionEnded()
    assert (await page.next(Ended)).reason is EndReason.LEADER
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "not_admitted"


async def test_what_was_meant_for_somebody_else_is_refused_by_the_robot(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    await let_in(service, leader)
    refused = await lead(leader, EndForPerson(), "session-of-somebody-else")
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.OTHER_SESSION
    assert robot.session is not None


async def test_another_leaders_robot_cannot_be_touched(
    service: Service, robot: FakeRobot, other_robot: FakeRobot
) -> None:
    leader, _ = await leading(service, "bronnoy")
    page, _ = await page_of(service, "Kari")
    await page.send(Knock())
    await page.next(Waiting)
    everybody, welcome = await leading(service)
    known = [person.link for robot_ in welcome.robots for person in robot_.waiting]
    if not known:
        known = [person.link for person in (await everybody.next(Lobby)).waiting]
    for message in (
        LeaderAct(id="1", robot="vefsn", session=None, action=SetPrivate(on=True)),
        Admit(robot="vefsn", link=known[0]),
        TurnDown(robot="vefsn", link=known[0]),
        LeaderAct(id="1", robot="nowhere", session=None, action=SetPrivate(on=True)),
    ):
        await leader.send(message)
        assert (await leader.next(Sorry)).reason == "not_allowed"
    await leader.send(Admit(robot="bronnoy", link=known[0]))  # at another door
    await leader.send(LeaderPing())
    await leader.next(LeaderPong)
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "not_admitted"
    assert not robot.of(LeaderCommand)


async def test_a_robot_that_is_off_and_a_message_that_is_none_get_a_word(service: Service) -> None:
    leader, _ = await leading(service)
    await leader.send(LeaderAct(id="1", robot="vefsn", session=None, action=SetPrivate(on=True)))
    sorry = await leader.next(Sorry)
    assert (sorry.reason, sorry.detail) == ("robot_off", "vefsn")
    await leader.send(CONNECT)
    assert (await leader.next(Sorry)).reason == "bad_message"


async def test_each_role_has_its_own_door(service: Service) -> None:
    patient, leader = service.token(), leader_token(service)
    for path, token, status in (
        ("l", leader, 200),
        ("api/link", leader, 403),
        ("api/leader", patient, 403),
        ("api/leader", leader, 200),
        ("api/leader", leader[:-1], 403),
        ("ws", leader, 403),
        ("ws-leader", patient, 403),
        ("ws-leader", leader, 426),
    ):
        async with service.http.get(f"{service.where.http}/{path}/{token}") as answer:
            assert answer.status == status, path
            if path == "api/leader" and status == 200:
                told = await answer.json()
                assert (told["name"], told["course"]) == ("Ane", "Mestringstreff")


async def test_a_withdrawn_leader_leads_no_longer(service: Service, service_settings: AppSettings) -> None:
    token = leader_token(service)
    url = f"{service.where.http}/ws-leader/{token}"
    page = LeaderEnd(await service.http.ws_connect(url))
    await page.next(LeaderWelcome)
    claim = service.key.claim_of(token)
    assert claim is not None
    await asyncio.to_thread(DataDirectory(service_settings.data.directory).withdraw, claim.id)
    assert await page.closed() == REFUSED_CODE


async def test_a_leaders_page_ends_with_its_link() -> None:
    journal, turn = Journal([].append), TurnDesk(TurnSettings())
    door, watches = Door(lambda _: True, LinkKey(bytes(32)), "n" * 8), Watches(turn, journal)
    leaders = Leaders({}, door, Texts(), CourseSettings(), journal, watches, turn, cast("Any", None))
    over = new_claim(EVERY_ROBOT, "leader", "Ane", not_before=0, expires=time.time() - 1, role="leader")
    good = new_claim(EVERY_ROBOT, "leader", "Ane", not_before=0, expires=time.time() + 60, role="leader")
    pages = [LeaderPage(claim, 0, time.monotonic()) for claim in (over, good)]
    leaders.pages.update(pages)
    leaders.close(())
    pages[1].outbox.close(1000, "")
    ends = [await page.outbox.next() for page in pages]
    assert [end.code for end in ends if isinstance(end, Closing)] == [REFUSED_CODE, 1000]


@contextlib.asynccontextmanager
async def other_node(service: Service) -> AsyncIterator[tuple[list[Wire], Say]]:
    """Another node's place at the broker: what it hears of the lobby, and how it speaks there."""
    heard: list[Wire] = []
    async with client_for(service.where.broker) as client:
        await client.subscribe(LOBBY.topic("+"), LOBBY.qos)

        async def read() -> None:
            async for message in client.messages:
                parse_topic(message.topic.value)
                assert isinstance(message.payload, bytes)
                heard.append(parse(LOBBY.messages, "lobby", message.payload))

        async def say(robot: str, word: Wire) -> None:
            await client.publish(LOBBY.topic(robot), word.model_dump_json(), qos=LOBBY.qos)

        reading = asyncio.create_task(read(), name="other node")
        try:
            yield heard, say
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def test_nodes_tell_each_other(service: Service) -> None:
    leader, _ = await leading(service)
    async with other_node(service) as (heard, say):
        page, _ = await service.open(service.token())
        await page.send(Knock())
        await until(lambda: [word for word in heard if isinstance(word, LobbyKnock)])
        (ours,) = [word for word in heard if isinstance(word, LobbyKnock)]
        assert (ours.robot, ours.name, ours.seat) == ("vefsn", "Kari", "rodoy")
        await leader.next(Lobby, lambda message: bool(message.waiting))

        theirs = LobbyKnock(robot="bronnoy", seat="traena", link="link-at-other", name="Ola", waited_s=30, node="n" * 8)
        await say("bronnoy", theirs)
        lobby = await leader.next(Lobby, lambda message: message.robot == "bronnoy" and bool(message.waiting))
        assert (lobby.waiting[0].name, lobby.waiting[0].seat) == ("Ola", "traena")
        assert lobby.waiting[0].since_s >= 30
        await leader.send(Admit(robot="vefsn", link=ours.link))
        await page.next(Admitted)
        admission = LobbyAdmit(robot="vefsn", link=ours.link, by="Ane")
        await until(lambda: heard.count(admission) == 1)
        await say("vefsn", ours.model_copy(update={"node": "n" * 8}))  # a node that was away when it was said
        await until(lambda: heard.count(admission) == 2)
        await page.send(Leave())
        await until(lambda: LobbyGone(robot="vefsn", link=ours.link) in heard)
        await leader.next(Lobby, lambda message: message.robot == "vefsn" and not message.waiting)
