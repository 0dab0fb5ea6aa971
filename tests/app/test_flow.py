"""A page's whole visit, and what happens when the robot, the broker or the page goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import psutil
import pytest

from protocol.commands import Command, Done, EndSession, HandApplied, RaiseHand, Refusal, Refused
from protocol.live import FarSetPoint, SetPoint
from protocol.signals import Answer, Beat, Declined, Ended, EndReason, Hangup, Offer, TurnedAway
from protocol.state import Pose, RobotState
from protocol.topics import POSE, SIGNAL_OUT
from protocol.web import Act, Asked, Connect, Leave, PageBeat, RobotPresent, Sorry, Welcome
from remote_app import seats
from tests.app.conftest import OFFER_SDP, PageEnd, Service
from tests.app.fake_robot import ANSWER_SDP, FakeRobot, until

CONNECT = Connect(sdp=OFFER_SDP, sent_ms=1000, companion="Anne")
TAKE_OVER = Connect(sdp=OFFER_SDP, sent_ms=1000, replace=True)
HAND_UP = Act(id="1", seq=1, sent_ms=1500, action=RaiseHand(raised=True))


@pytest.fixture
async def robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        yield robot


async def ready_page(service: Service, token: str, tab: str = "") -> tuple[PageEnd, Welcome]:
    """A page that has been told that the robot is there."""
    page, welcome = await service.open(token, tab)
    if not welcome.present:
        await page.next(RobotPresent, lambda message: message.present)
    return page, welcome


async def connected_page(service: Service, token: str, tab: str = "") -> tuple[PageEnd, Welcome]:
    """A page whose offer is answered."""
    page, welcome = await ready_page(service, token, tab)
    await page.send(CONNECT)
    await page.next(Answer)
    return page, welcome


async def test_a_whole_visit(service: Service, robot: FakeRobot) -> None:
    page, welcome = await ready_page(service, service.token())
    assert (welcome.robot, welcome.seat, welcome.name, welcome.place) == ("vefsn", "rodoy", "Kari", "Vefsn")
    assert (welcome.course, welcome.telephone) == ("Mestringstreff", "75 00 00 00")

    await page.send(CONNECT)
    asked = await page.next(Asked)
    answer = await page.next(Answer)
    offer = await robot.next(Offer)
    assert (asked.connection, asked.sent_ms) == (answer.connection, CONNECT.sent_ms)
    assert answer.sdp == ANSWER_SDP
    assert (offer.sdp, offer.name, offer.seat, offer.replace) == (OFFER_SDP, "Kari", "rodoy", False)
    assert offer.companion == "Anne"
    assert (offer.session, offer.epoch) == (welcome.session, robot.epoch)
    assert answer.connection == offer.connection

    await page.send(HAND_UP)
    done = await page.next(Done)
    command = await robot.next(Command)
    assert done.applied == HandApplied(raised=True)
    assert (command.session, command.connection) == (welcome.session, offer.connection)
    assert (command.epoch, command.seq, command.sent_ms) == (robot.epoch, 1, 1500)
    state = await page.next(RobotState, lambda state: state.hand.raised)
    assert state.session is not None
    assert state.session.id == welcome.session

    await page.send(Leave())
    assert await page.closed() == 1000
    last = await robot.next(Command, 2)
    assert last.action == EndSession()
    assert last.seq > 1
    assert 1500 <= last.sent_ms < 1500 + 8000
    hangup = await robot.next(Hangup)
    assert hangup.connection == offer.connection
    assert robot.heard.index(last) < robot.heard.index(hangup)

    _, again = await service.open(service.token())
    assert again.session != welcome.session


async def test_a_state_reaches_every_page_at_once(service: Service, robot: FakeRobot) -> None:
    robot.beating = False
    pages = [(await service.open(service.token(name=name)))[0] for name in ("Kari", "Ola")]
    await asyncio.sleep(0)
    sent = time.monotonic()
    await robot.beat()
    newest = robot._seq
    for page in pages:
        await page.next(RobotState, lambda state: state.seq == newest)
    assert time.monotonic() - sent < 1.0
    await robot.publish(
        POSE, Pose(pan_deg=3, tilt_deg=0, goal_pan_deg=3, goal_tilt_deg=0, moving=False, at_limit=False)
    )
    for page in pages:
        assert (await page.next(Pose)).pan_deg == 3


async def test_beats_go_to_the_robot_only_in_a_connection(service: Service, robot: FakeRobot) -> None:
    page, _ = await ready_page(service, service.token())
    await page.send(PageBeat(sent_ms=1))
    await page.send(CONNECT)
    await page.next(Answer)
    await page.send(PageBeat(sent_ms=2))
    beat = await robot.next(Beat)
    assert beat.sent_ms == 2
    assert beat.connection == (await robot.next(Offer)).connection


async def test_set_points_are_thinned_to_the_newest(service: Service, robot: FakeRobot) -> None:
    page, _ = await connected_page(service, service.token())
    begun = time.monotonic()
    for number in range(50):
        await page.send(SetPoint(pan_deg=number, tilt_deg=0, seq=number + 1, sent_ms=number))
        await asyncio.sleep(0.01)
    await until(lambda: robot.of(FarSetPoint) and robot.of(FarSetPoint)[-1].point.pan_deg == 49)
    offer = await robot.next(Offer)
    assert {(far.session, far.connection) for far in robot.of(FarSetPoint)} == {(offer.session, offer.connection)}
    points = [far.point for far in robot.of(FarSetPoint)]
    assert len(points) <= (time.monotonic() - begun) * 10 + 2
    assert [point.seq for point in points] == sorted({point.seq for point in points})


async def test_an_act_before_a_connection_is_refused(service: Service, robot: FakeRobot) -> None:
    page, _ = await ready_page(service, service.token())
    await page.send(HAND_UP)
    refused = await page.next(Refused)
    assert (refused.id, refused.reason) == ("1", Refusal.NO_SESSION)
    assert not robot.of(Command)


async def test_a_page_that_connects_again_is_not_told_that_its_place_is_taken(
    service: Service, robot: FakeRobot
) -> None:
    page, _ = await connected_page(service, service.token())
    first = (await robot.next(Offer)).connection
    await page.send(CONNECT)
    await page.next(Answer, lambda answer: answer.connection != first)
    await page.send(HAND_UP)
    await page.next(Done)
    assert not any(isinstance(message, Ended) for message in page.seen)


@pytest.mark.parametrize("declined", [False, True], ids=["lost", "declined"])
async def test_an_offer_that_comes_to_nothing_leaves_the_session_as_it_was(
    service: Service, robot: FakeRobot, declined: bool
) -> None:
    page, welcome = await connected_page(service, service.token())
    first = (await robot.next(Offer)).connection
    robot.takes_offers = False
    await page.send(CONNECT)
    second = (await robot.next(Offer, 2)).connection
    if declined:
        busy = Declined(robot="vefsn", session=welcome.session, connection=second, reason=TurnedAway.BUSY)
        await robot.publish(SIGNAL_OUT, busy)
        assert (await page.next(Declined)).connection == second
    await page.send(HAND_UP)
    await page.next(Done)
    assert robot.of(Command)[-1].connection == first
    await page.send(Leave())
    hung_up = [first] if declined else [first, second]
    await until(lambda: [hangup.connection for hangup in robot.of(Hangup)] == hung_up)
    assert isinstance(robot.of(Command)[-1].action, EndSession)
    assert robot.of(Command)[-1].connection == first
    await until(lambda: robot.session is None)


async def test_two_links_one_robot(service: Service, robot: FakeRobot) -> None:
    first, _ = await connected_page(service, service.token(name="Kari"))
    second, _ = await ready_page(service, service.token(name="Ola"))
    await second.send(CONNECT)
    declined = await second.next(Declined)
    assert (declined.reason, declined.holder) == (TurnedAway.BUSY, "Kari")
    await second.send(TAKE_OVER)
    await second.next(Answer)
    ended = await first.next(Ended)
    assert ended.reason is EndReason.REPLACED
    assert not any(isinstance(message, Ended) for message in second.seen)
    assert not any(isinstance(message, Declined) for message in first.seen)


async def test_two_pages_one_link(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    first, welcome = await connected_page(service, token)
    second, same = await ready_page(service, token)
    assert same.session == welcome.session
    await second.send(CONNECT)
    assert (await second.next(Sorry)).reason == "opened_elsewhere"
    await second.send(HAND_UP)
    assert (await second.next(Sorry)).reason == "opened_elsewhere"
    assert len(robot.of(Offer)) == 1

    await second.send(TAKE_OVER)
    await second.next(Answer)
    assert (await first.next(Ended)).reason is EndReason.REPLACED
    await first.send(HAND_UP)
    assert (await first.next(Sorry)).reason == "opened_elsewhere"
    await first.send(Leave())
    assert await first.closed() == 1000
    await second.send(HAND_UP)
    await second.next(Done)
    assert not robot.of(Hangup)


async def test_leaving_on_one_screen_leaves_the_other_a_working_page(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    first, welcome = await connected_page(service, token)
    second, _ = await ready_page(service, token)
    await first.send(Leave())
    assert await first.closed() == 1000
    await robot.next(Hangup)
    await second.send(CONNECT)
    await second.next(Answer)
    await second.send(HAND_UP)
    await second.next(Done)
    assert robot.of(Offer)[-1].session != welcome.session


async def test_a_reply_goes_to_the_page_that_asked(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    first, _ = await connected_page(service, token)
    second, _ = await ready_page(service, token)
    await first.send(HAND_UP)
    await first.next(Done)
    await second.socket.close()
    assert not any(isinstance(message, Done) for message in second.seen)


async def test_a_page_that_drops_keeps_session_and_connection(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    page, welcome = await connected_page(service, token)
    await page.send(HAND_UP)
    await page.next(RobotState, lambda state: state.hand.raised)
    await page.socket.close()
    page, again = await service.open(token)
    assert again.session == welcome.session
    assert again.state is not None
    assert again.state.hand.raised
    await page.send(HAND_UP)  # the media never stopped: no new offer is needed
    await page.next(Done)
    assert not robot.of(Hangup)
    assert len(robot.of(Offer)) == 1


async def test_the_same_tab_takes_its_own_place(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    old, _ = await connected_page(service, token, tab="tab-1")
    new, _ = await ready_page(service, token, tab="tab-1")
    assert await old.closed() == seats.SAME_TAB_CODE
    await new.send(CONNECT)
    await new.next(Answer)


async def test_a_page_that_stays_away_is_hung_up(
    service: Service, robot: FakeRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "GRACE_S", 0.3)
    token = service.token()
    page, welcome = await connected_page(service, token)
    await page.socket.close()
    assert (await robot.next(Hangup)).session == welcome.session
    await until(lambda: robot.session is None)
    _, again = await service.open(token)
    assert again.session != welcome.session


async def test_a_silent_robot_is_off_without_a_last_will(service: Service) -> None:
    async with FakeRobot("vefsn", service.robot_url(), will=False).running() as robot:
        page, _ = await connected_page(service, service.token())
        robot.beating = False
        silent = time.monotonic()
        await page.next(RobotPresent, lambda message: not message.present)
        assert 2.5 < time.monotonic() - silent < 5
        await page.send(CONNECT)
        assert (await page.next(Sorry)).reason == "robot_off"
        robot.beating = True
        await page.next(RobotPresent, lambda message: message.present)


async def test_a_robot_that_is_not_there(service: Service) -> None:
    page, welcome = await service.open(service.token("bronnoy"))
    assert not welcome.present
    assert welcome.state is None
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "robot_off"


async def test_a_stranger_cannot_answer_for_another_connection(service: Service, robot: FakeRobot) -> None:
    page, welcome = await connected_page(service, service.token())
    wrong = Ended(robot="vefsn", session=welcome.session, connection="not-this-one", reason=EndReason.LOST)
    await robot.publish(SIGNAL_OUT, wrong)
    await page.send(HAND_UP)
    await page.next(Done)
    assert not any(isinstance(message, Ended) for message in page.seen)


def broker_child() -> psutil.Process:
    """The Mosquitto that this process runs."""
    return next(child for child in psutil.Process().children() if child.name() == "mosquitto")


async def test_a_killed_broker_comes_back_and_everything_works(service: Service, robot: FakeRobot) -> None:
    page, welcome = await connected_page(service, service.token())
    old_epoch, old = robot.epoch, broker_child()
    os.kill(old.pid, signal.SIGKILL)
    await until(lambda: robot.epoch != old_epoch and robot.connected)
    await page.next(RobotState, lambda state: state.epoch == robot.epoch)
    assert broker_child().pid != old.pid
    await page.send(CONNECT)
    await page.next(Answer)
    await page.send(HAND_UP)
    await page.next(Done)
    assert (await robot.next(Offer)).session == welcome.session


async def test_a_page_is_told_that_the_broker_is_off(service: Service, robot: FakeRobot) -> None:
    page, _ = await ready_page(service, service.token())
    os.kill(broker_child().pid, signal.SIGSTOP)  # it is there and says nothing
    try:
        await page.send(CONNECT)
        assert (await page.next(Sorry)).reason == "broker_off"
    finally:
        os.kill(broker_child().pid, signal.SIGCONT)
