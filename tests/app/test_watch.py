"""Watching a room: a relative's page, a leader's and a second tablet's, at the real service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from protocol.commands import ChoicesApplied, Done, RaiseHand, SetChoices
from protocol.leader import ElsewhereHand, HandQueue, LeaderUnwatch, LeaderWatch
from protocol.signals import Answer
from protocol.state import RobotState
from protocol.watching import (
    Choices,
    StopWatching,
    Watch,
    WatchAnswer,
    WatchEnded,
    WatchHangup,
    WatchOffer,
    WatchOver,
)
from protocol.web import TO_WATCHER, Act, Asked, Connect, HandOver, Leave, RobotPresent, Sorry, Steer, WatchWelcome
from remote_app.access import LinkRole, new_claim
from remote_app.data_directory import DataDirectory
from remote_app.leaders import REFUSED_CODE
from remote_app.settings import AppSettings
from tests.app.conftest import OFFER_SDP, Service
from tests.app.fake_robot import FakeRobot, until
from tests.app.leading import CONNECT, SocketEnd, act, leading, page_of

WATCH = Watch(sdp=OFFER_SDP, sent_ms=1000)
SEEN = Choices(relatives_watch=True)


class WatcherEnd(SocketEnd):
    """A relative's page's end of the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket, TO_WATCHER)


def token(service: Service, role: LinkRole = "relative") -> str:
    now = time.time()
    return service.key.sign(new_claim("vefsn", "rodoy", "Per", not_before=now - 60, expires=now + 600, role=role))


async def looking_on(service: Service, link: str = "") -> WatcherEnd:
    """A relative's page that has been told that the robot is there."""
    url = f"{service.where.http}/ws-watch/{link or token(service)}"
    page = WatcherEnd(await service.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)))
    welcome = await page.next(WatchWelcome)
    assert (welcome.name, welcome.place) == ("Per", "Vefsn")
    if not welcome.present:
        await page.next(RobotPresent, lambda message: message.present)
    return page


@pytest.fixture
async def robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        yield robot


async def test_a_relative_watches_when_the_person_allows_it_and_no_longer_when_not(
    service: Service, robot: FakeRobot
) -> None:
    patient, welcome = await page_of(service, "Kari")
    await patient.send(CONNECT)
    await patient.next(Answer)
    page = await looking_on(service)
    await page.send(WATCH)
    assert (await page.next(WatchEnded)).reason is WatchOver.NOT_ALLOWED

    await patient.send(Act(id="1", seq=1, sent_ms=1500, action=SetChoices(choices=SEEN)))
    assert (await patient.next(Done)).applied == ChoicesApplied(choices=SEEN)
    await page.next(RobotState, lambda state: state.choices == SEEN)
    await page.send(WATCH)
    asked = await page.next(Asked)
    answer = await page.next(WatchAnswer)
    assert answer.connection == asked.connection
    offer = await robot.next(WatchOffer, 2)
    assert (offer.role, offer.name, offer.seat, offer.session) == ("relative", "Per", "rodoy", None)
    assert welcome.session not in offer.model_dump_json(), "a relative's connection knows nothing of the session"
    shown = await patient.next(RobotState, lambda state: bool(state.watchers))
    assert [(one.role, one.name) for one in shown.watchers] == [("relative", "Per")]

    await robot.end_watching(WatchOver.PRIVATE)
    assert (await page.next(WatchEnded)).reason is WatchOver.PRIVATE


@pytest.mark.parametrize("how", ["stops", "leaves", "is gone"])
async def test_the_robot_is_told_when_a_watcher_goes(service: Service, robot: FakeRobot, how: str) -> None:
    robot.choices = SEEN
    page = await looking_on(service)
    await page.send(WATCH)
    answer = await page.next(WatchAnswer)
    if how == "is gone":
        await page.socket.close()
    else:
        await page.send(StopWatching() if how == "stops" else Leave())
    if how == "leaves":
        assert await page.closed() == 1000
    assert (await robot.next(WatchHangup)).connection == answer.connection


async def test_a_relatives_link_opens_nothing_else(service: Service, robot: FakeRobot) -> None:
    link = token(service)
    async with service.http.get(f"{service.where.http}/api/link/{link}") as info:
        assert (await info.json())["role"] == "relative"
    for path in ("ws", "ws-leader"):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await service.http.ws_connect(f"{service.where.http}/{path}/{link}")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await service.http.ws_connect(f"{service.where.http}/ws-watch/{token(service, 'patient')}")
    page = await looking_on(service, link)
    for message in (CONNECT, Act(id="1", seq=1, sent_ms=1, action=SetChoices(choices=SEEN))):
        await page.send(message)
        assert (await page.next(Sorry)).reason == "bad_message"
    assert not robot.heard


async def test_a_leader_watches_one_robot_at_a_time(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    await leader.send(LeaderWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=1))
    first = await leader.next(WatchAnswer)
    offer = await robot.next(WatchOffer)
    assert (offer.role, offer.name, offer.seat) == ("leader", "Ane", None)
    await leader.next(RobotState, lambda state: [one.role for one in state.watchers] == ["leader"])
    await leader.send(LeaderWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=2))
    assert (await leader.next(WatchAnswer)).connection != first.connection
    assert (await robot.next(WatchHangup)).connection == first.connection
    await leader.send(LeaderUnwatch(robot="vefsn"))
    await robot.next(WatchHangup, 2)
    other, _ = await leading(service, "bronnoy")
    await other.send(LeaderWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=3))
    assert (await other.next(Sorry)).reason == "not_allowed"


async def test_the_seats_second_tablet_looks_on_as_companion(service: Service, robot: FakeRobot) -> None:
    link = service.token()
    first, welcome = await service.open(link, tab="one")
    await until(lambda: robot.connected)
    await first.send(Connect(sdp=OFFER_SDP, sent_ms=1000))
    await first.next(Answer)
    second, again = await service.open(link, tab="two")
    assert again.session == welcome.session
    await second.send(Watch(sdp=OFFER_SDP, sent_ms=1000, companion="Anne"))
    answer = await second.next(WatchAnswer)
    offer = await robot.next(WatchOffer)
    assert (offer.role, offer.name, offer.session) == ("companion", "Anne", welcome.session)
    shown = await first.next(RobotState, lambda state: bool(state.watchers))
    assert [(one.name, one.connection) for one in shown.watchers] == [("Anne", answer.connection)]
    await second.send(Leave())
    assert await second.closed() == 1000
    await robot.next(WatchHangup)
    assert robot.session is not None, "who looked on goes without ending anything"


async def test_the_steering_is_handed_to_a_tablet_of_the_seat_alone(service: Service, robot: FakeRobot) -> None:
    """By the same link or the nurse's own; by whoever steers, and to nobody who only watches."""
    robot.choices = SEEN
    kari, _ = await page_of(service, "Kari")
    await kari.send(CONNECT)
    await kari.next(Answer)
    siri, _ = await service.open(token(service, "nurse"))
    per = await looking_on(service)
    connections = []
    for page in (siri, per):
        await page.send(WATCH)
        connections.append((await page.next(WatchAnswer)).connection)
    siris, pers = connections
    await siri.send(HandOver(to=siris))
    await kari.send(HandOver(to=pers))
    await kari.send(HandOver(to=siris))
    await siri.next(Steer)
    robot.watchers.clear()  # a beat with this comes after whatever the service said before
    await robot.beat()
    await per.next(RobotState, lambda state: not state.watchers)  # fails at any word that is not for a relative
    await siri.next(RobotState, lambda state: not state.watchers)
    assert sum(isinstance(one, Steer) for one in siri.seen) == 1, "nobody takes it by themselves this way"


async def test_a_withdrawn_relative_watches_no_longer(
    service: Service, robot: FakeRobot, service_settings: AppSettings
) -> None:
    robot.choices, link = SEEN, token(service)
    page = await looking_on(service, link)
    await page.send(WATCH)
    await page.next(WatchAnswer)
    claim = service.key.claim_of(link)
    assert claim is not None
    await asyncio.to_thread(DataDirectory(service_settings.data.directory).withdraw, claim.id)
    assert await page.closed() == REFUSED_CODE
    await robot.next(WatchHangup)


async def test_leaders_elsewhere_see_a_name_only_when_the_person_says_so(service: Service, robot: FakeRobot) -> None:
    """At once, both ways; the leaders of the robot itself know who is there."""
    patient, _ = await page_of(service, "Kari")
    await patient.send(CONNECT)
    await patient.next(Answer)
    elsewhere, _ = await leading(service, "bronnoy")
    await act(patient, 1, RaiseHand(raised=True))
    queue = await elsewhere.next(HandQueue, lambda message: message.of == 1)
    assert (queue.hands, queue.elsewhere) == ((), (ElsewhereHand(place=1, where="Vefsn"),))
    await act(patient, 2, SetChoices(choices=Choices(named_elsewhere=True)))
    queue = await elsewhere.next(HandQueue)
    assert queue.elsewhere == (ElsewhereHand(place=1, where="Vefsn", name="Kari"),)
    await act(patient, 3, SetChoices(choices=Choices()))
    assert (await elsewhere.next(HandQueue)).elsewhere[0].name == ""
    own, welcome = await leading(service, "vefsn")
    assert welcome.queue.elsewhere == ()
    await own.socket.close()


async def test_a_robot_that_is_off_cannot_be_watched(service: Service) -> None:
    url = f"{service.where.http}/ws-watch/{token(service)}"
    page = WatcherEnd(await service.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)))
    assert not (await page.next(WatchWelcome)).present
    await page.send(WATCH)
    assert (await page.next(Sorry)).reason == "robot_off"
