"""Screens in other rooms: whom they follow, what they are told, who makes and withdraws their link."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from protocol.commands import Done, GiveFloor, RaiseHand, SetChoices
from protocol.leader import ElsewhereHand, MakeScreen, ScreenLink, WithdrawScreen
from protocol.meeting import MeetingMode, SetMeetingMode
from protocol.screen import TO_SCREEN, ScreenView, ScreenWatch, ScreenWelcome, Speaker
from protocol.signals import Answer
from protocol.state import HandState
from protocol.watching import Choices, StopWatching, WatchAnswer, WatchHangup, WatchOffer
from protocol.web import Act, Leave, Sorry
from remote_app import registry
from remote_app.access import LinkKey
from remote_app.following import RoomSeen, view
from remote_app.leaders import REFUSED_CODE
from tests.app.conftest import OFFER_SDP, PageEnd, Service
from tests.app.fake_robot import WAIT_S, FakeRobot
from tests.app.leading import CONNECT, LeaderEnd, SocketEnd, act, lead, leading, page_of
from tests.app.test_lobby import session as held

PLENARY, GROUP, ONE_TO_ONE, BREAK = MeetingMode


# Whom a screen follows, without a service


def room(robot: str, **change: Any) -> RoomSeen:
    """A room in which somebody is, unless the change says otherwise."""
    body = FakeRobot(robot, "")
    body.session = held(f"session-{robot}")
    here = change.pop("here", True)
    for name, value in change.items():
        setattr(body, name, value)
    return RoomSeen(robot, robot.title(), here, body.state())


FLOOR = HandState(raised=True, since_s=2, floor=True)
WAITS = (ElsewhereHand(place=1, where="Rana"),)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, "open"),
        ({"here": False}, "off"),
        ({"session": None}, "nobody_in"),
        ({"private": True}, "private"),
        ({"mode": BREAK, "private": True}, "break"),
        ({"mode": GROUP}, "by_itself"),
        ({"mode": ONE_TO_ONE}, "by_itself"),
    ],
)
def test_a_room_is_open_or_it_is_said_why_not(change: dict[str, Any], shown: str) -> None:
    seen = view(room("vefsn", **change), [], WAITS)
    assert (seen.robot, seen.room, seen.speaker, seen.heard) == ("vefsn", shown, None, False)
    hidden = shown in ("private", "break", "by_itself")
    assert seen.queue == (() if hidden else WAITS)


def test_whoever_has_the_floor_is_followed_the_own_room_first() -> None:
    own, rana, bronnoy = room("vefsn"), room("rana", hand=FLOOR), room("bronnoy", hand=FLOOR)
    assert view(own, [rana, bronnoy], ()).robot == "bronnoy"
    assert view(own, [room("bronnoy"), rana], ()).robot == "rana"
    assert view(room("vefsn", hand=FLOOR), [rana, bronnoy], ()).robot == "vefsn"
    assert view(own, [room("rana", hand=FLOOR, private=True)], ()).robot == "vefsn", "nobody looks into a private room"
    assert view(room("vefsn", here=False), [rana], ()).robot == "rana"
    assert view(room("vefsn", mode=GROUP), [rana], ()).robot == "vefsn", "this room is by itself"


def test_the_speaker_is_named_and_heard_only_as_they_allow() -> None:
    plain = view(room("vefsn", hand=FLOOR), [], ())
    assert (plain.speaker, plain.heard) == (Speaker(where="Vefsn"), False)
    open_to_all = Choices(heard_elsewhere=True, named_elsewhere=True)
    seen = view(room("vefsn", hand=FLOOR, choices=open_to_all), [], ())
    assert (seen.speaker, seen.heard) == (Speaker(where="Vefsn", name="Kari"), True)
    assert not view(room("vefsn", choices=open_to_all), [], ()).heard, "without the floor nobody is heard"


def test_the_id_of_a_link_follows_from_robot_and_turn() -> None:
    key, other = LinkKey(bytes(32)), LinkKey(bytes(range(32)))
    ids = {key.screen_id(robot, turn) for robot in ("vefsn", "bronnoy") for turn in range(3)}
    assert len(ids | {other.screen_id("vefsn", 0)}) == 7
    assert key.screen_id("vefsn", 1) in ids


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


async def made(leader: LeaderEnd, robot: str = "vefsn") -> str:
    """The path of a screen's link."""
    await leader.send(MakeScreen(robot=robot, name="Biblioteket"))
    return (await leader.next(ScreenLink)).path


async def screen_at(service: Service, path: str) -> tuple[SocketEnd, ScreenWelcome]:
    url = f"{service.where.http}/ws-screen/{path.removeprefix('/s/')}"
    page = SocketEnd(await service.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)), TO_SCREEN)
    return page, await page.next(ScreenWelcome)


async def inside(service: Service, name: str, robot: str) -> PageEnd:
    page, _ = await page_of(service, name, robot)
    await page.send(CONNECT)
    await page.next(Answer)
    return page


async def test_a_screen_shows_the_queue_and_follows_whoever_has_the_floor(
    service: Service, two: tuple[FakeRobot, FakeRobot]
) -> None:
    leader, _ = await leading(service)
    kari, ola = await inside(service, "Kari", "vefsn"), await inside(service, "Ola", "bronnoy")
    screen, welcome = await screen_at(service, await made(leader))
    assert (welcome.name, welcome.course) == ("Biblioteket", "Mestringstreff")
    if welcome.view.room != "open":
        await screen.next(ScreenView, lambda told: told.room == "open")
    await act(ola, 1, RaiseHand(raised=True))
    seen = await screen.next(ScreenView, lambda told: bool(told.queue))
    assert (seen.robot, seen.queue) == ("vefsn", (ElsewhereHand(place=1, where="Brønnøy"),))

    await screen.send(ScreenWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=1))
    await screen.next(WatchAnswer)
    offer = await two[0].next(WatchOffer)
    assert (offer.role, offer.name) == ("screen", "Biblioteket")

    held_by = two[1].session
    assert held_by is not None
    done = await lead(leader, GiveFloor(given=True), held_by.id, "bronnoy")
    assert isinstance(done, Done)
    seen = await screen.next(ScreenView, lambda told: told.speaker is not None)
    assert (seen.robot, seen.speaker, seen.heard) == ("bronnoy", Speaker(where="Brønnøy"), False)
    await two[0].next(WatchHangup)  # what it saw is over, whatever the page does
    await screen.send(ScreenWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=2))
    assert (await screen.next(Sorry)).reason == "not_allowed"
    await screen.send(ScreenWatch(robot="bronnoy", sdp=OFFER_SDP, sent_ms=3))
    await screen.next(WatchAnswer)
    await act(ola, 2, SetChoices(choices=Choices(heard_elsewhere=True, named_elsewhere=True)))
    seen = await screen.next(ScreenView, lambda told: told.heard)
    assert seen.speaker == Speaker(where="Brønnøy", name="Ola")

    await lead(leader, SetMeetingMode(mode=GROUP), None, "vefsn")
    seen = await screen.next(ScreenView)
    assert (seen.robot, seen.room, seen.queue) == ("vefsn", "by_itself", ())
    await screen.send(ScreenWatch(robot="vefsn", sdp=OFFER_SDP, sent_ms=4))
    assert (await screen.next(Sorry)).reason == "not_allowed"
    await screen.send(StopWatching())
    await screen.send(Leave())
    assert await screen.closed() == 1000
    await kari.socket.close()


async def test_a_screen_does_nothing_but_look(service: Service, two: tuple[FakeRobot, FakeRobot]) -> None:
    leader, _ = await leading(service)
    screen, _ = await screen_at(service, await made(leader))
    await screen.send(Act(id="1", seq=1, sent_ms=1, action=RaiseHand(raised=True)))
    assert (await screen.next(Sorry)).reason == "bad_message"
    assert two[0].heard == []


async def test_the_link_is_the_same_until_it_is_withdrawn_at_once(
    service: Service, two: tuple[FakeRobot, FakeRobot]
) -> None:
    leader, _ = await leading(service, "vefsn")
    path = await made(leader)
    again, other_leader = await made(leader), (await leading(service))[0]
    claims = [service.key.claim_of(one.removeprefix("/s/")) for one in (path, again, await made(other_leader))]
    assert len({claim.id for claim in claims if claim is not None}) == 1
    screen, _ = await screen_at(service, path)
    await leader.send(WithdrawScreen(robot="vefsn"))
    assert (await leader.next(ScreenLink)).path == ""
    assert await screen.closed() == REFUSED_CODE
    async with service.http.get(f"{service.where.http}/api/screen/{path.removeprefix('/s/')}") as answer:
        assert (answer.status, (await answer.json())["fault"]) == (403, "withdrawn")
    fresh = await made(leader)
    async with asyncio.timeout(WAIT_S):
        await screen_at(service, fresh)


async def test_a_leader_makes_screens_of_their_own_rooms_alone(service: Service) -> None:
    leader, _ = await leading(service, "bronnoy")
    for message in (MakeScreen(robot="vefsn", name="Biblioteket"), WithdrawScreen(robot="vefsn")):
        await leader.send(message)
        assert (await leader.next(Sorry)).reason == "not_allowed"
