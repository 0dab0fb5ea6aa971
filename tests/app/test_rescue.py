"""The rescue path through the service: a real broker, a page's own WebSocket, and a robot that sends frames."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from protocol.rescue import MAX_SOUND_BYTES, MAX_STILL_BYTES, RescueFrame, RescueKind
from protocol.signals import Answer, Beat, Ended, EndReason, Offer, Rescue
from protocol.topics import SIGNAL_OUT
from protocol.web import Connect, PageBeat, PageRescue, Sorry
from remote_app.outbox import SOUND_AGE_S, Closing, Outbox
from tests.app.conftest import OFFER_SDP, PageEnd, Service
from tests.app.fake_robot import WAIT_S, FakeRobot, client_for, until
from tests.app.test_flow import connected_page, ready_page

STILL = b"\xff\xd8" + b"the room's picture" * 100
SOUND = b"the room's sound"


def frame(kind: RescueKind, sequence: int, body: bytes) -> RescueFrame:
    return RescueFrame(kind, sequence, sequence * 60, body)


@pytest.fixture
async def robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        yield robot


async def next_frame(page: PageEnd) -> RescueFrame:
    async with asyncio.timeout(WAIT_S):
        while True:
            message = await page.socket.receive()
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
            if message.type is aiohttp.WSMsgType.BINARY:
                return RescueFrame.from_bytes(message.data)


async def test_frames_reach_the_page_that_holds_the_seat_and_its_words_reach_the_robot(
    service: Service, robot: FakeRobot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = service.token()
    page, welcome = await connected_page(service, token, tab="one")
    other, _ = await ready_page(service, token, tab="two")
    offer = await robot.next(Offer)
    await page.send(PageRescue(on=True, still=7, sent_ms=1))
    word = await robot.next(Rescue)
    assert word == Rescue(session=welcome.session, connection=offer.connection, on=True, still=7, sent_ms=1)

    await robot.send_frame(frame(RescueKind.STILL, 1, STILL), "session-of-nobody")
    sent = frame(RescueKind.STILL, 2, STILL), frame(RescueKind.SOUND, 1, SOUND)
    for part in sent:
        await robot.send_frame(part)
    assert {await next_frame(page), await next_frame(page)} == set(sent)
    voice = frame(RescueKind.SOUND, 1, b"the page's voice")
    await page.socket.send_bytes(voice.to_bytes())
    await until(lambda: robot.parcels)
    assert (robot.parcels[0].session, robot.parcels[0].frame) == (welcome.session, voice)

    await other.send(PageRescue(on=True, sent_ms=1))
    assert (await other.next(Sorry)).reason == "opened_elsewhere"
    await other.socket.send_bytes(voice.to_bytes())
    assert (await other.next(Sorry)).reason == "opened_elsewhere"  # and no binary frame has come: `next` would fail
    assert len(robot.of(Rescue)) == 1
    assert len(robot.parcels) == 1
    assert not any(word in caplog.text for word in ("the room's", "the page's", "RescueParcel"))

    async with client_for(service.where.broker) as later:
        await later.subscribe("av1/1/#", 1)
        await later.publish("av1/1/end", b"x", qos=1)
        async with asyncio.timeout(WAIT_S):
            async for message in later.messages:
                assert "rescue" not in message.topic.value
                if message.topic.value == "av1/1/end":
                    break


async def test_what_is_no_sound_of_a_page_is_answered_and_goes_nowhere(service: Service, robot: FakeRobot) -> None:
    page, _ = await ready_page(service, service.token())
    await page.send(PageRescue(on=True, sent_ms=1))
    assert "connect first" in (await page.next(Sorry)).detail
    await page.socket.send_bytes(frame(RescueKind.SOUND, 1, SOUND).to_bytes())
    assert "connect first" in (await page.next(Sorry)).detail
    await page.send(Connect(sdp=OFFER_SDP, sent_ms=1))
    await page.next(Answer)
    header = frame(RescueKind.SOUND, 1, b"x").to_bytes()[:-1]
    for data, words in (
        (b"\x00", "no header"),
        (frame(RescueKind.STILL, 1, STILL).to_bytes(), "no pictures"),
        (header + bytes(MAX_SOUND_BYTES + 1), f"limit is {MAX_SOUND_BYTES}"),
    ):
        await page.socket.send_bytes(data)
        sorry = await page.next(Sorry)
        assert sorry.reason == "bad_message"
        assert words in sorry.detail
    await page.socket.send_bytes(header + bytes(MAX_SOUND_BYTES))
    await until(lambda: robot.parcels)
    for sequence in range(2, 1000):
        await page.socket.send_bytes(frame(RescueKind.SOUND, sequence, b"x").to_bytes())
    assert (await page.next(Sorry)).reason == "too_fast"


async def test_a_robot_cannot_show_itself_to_another_robots_page(service: Service, robot: FakeRobot) -> None:
    page, welcome = await connected_page(service, service.token())
    async with FakeRobot("bronnoy", service.robot_url("bronnoy")).running() as stranger:
        await stranger.send_frame(frame(RescueKind.SOUND, 1, b"stranger"), welcome.session)
        await until(lambda: stranger.connected)
        await robot.send_frame(frame(RescueKind.STILL, 1, bytes(MAX_STILL_BYTES)))
        assert (await next_frame(page)).body == bytes(MAX_STILL_BYTES)


async def test_a_page_whose_media_failed_still_keeps_its_seat_and_steers(service: Service, robot: FakeRobot) -> None:
    page, welcome = await connected_page(service, service.token())
    offer = await robot.next(Offer)
    ended = Ended(robot="vefsn", session=welcome.session, connection=offer.connection, reason=EndReason.MEDIA_FAILED)
    await robot.publish(SIGNAL_OUT, ended)
    await page.next(Ended)
    await page.send(PageBeat(sent_ms=5))
    assert (await robot.next(Beat)).connection == offer.connection
    await page.send(PageRescue(on=True, sent_ms=6))
    assert (await robot.next(Rescue)).connection == offer.connection


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_texts_go_first_then_sound_and_of_the_stills_the_newest_alone() -> None:
    outbox = Outbox(Clock())
    stills = [frame(RescueKind.STILL, number, STILL) for number in (1, 2, 3)]
    sounds = [frame(RescueKind.SOUND, number, SOUND) for number in (1, 2)]
    for part in itertools.chain(stills, sounds):
        outbox.put_frame(part)
    outbox.put("text")
    items = [await outbox.next() for _ in range(4)]
    assert items == ["text", *(sound.to_bytes() for sound in sounds), stills[-1].to_bytes()]
    outbox.put("more")
    assert await outbox.next() == "more", "nothing of the older stills is left"


async def test_sound_that_waited_for_a_second_is_dropped_and_the_box_stays_small() -> None:
    clock = Clock()
    outbox = Outbox(clock)
    outbox.put_frame(frame(RescueKind.SOUND, 1, SOUND))
    clock.now_s += SOUND_AGE_S + 0.01
    for number in range(2, 1000):
        outbox.put_frame(frame(RescueKind.SOUND, number, SOUND))
    outbox.put_frame(frame(RescueKind.STILL, 1, STILL))
    left = []
    while (item := await outbox.next()) != frame(RescueKind.STILL, 1, STILL).to_bytes():
        left.append(item)
    assert len(left) <= 64
    assert left[-1] == frame(RescueKind.SOUND, 999, SOUND).to_bytes(), "the newest are kept"


async def test_a_box_that_closes_sends_no_more_of_the_room() -> None:
    outbox = Outbox(Clock())
    outbox.put("text")
    outbox.put_frame(frame(RescueKind.STILL, 1, STILL))
    outbox.put_frame(frame(RescueKind.SOUND, 1, SOUND))
    outbox.close(1000, "done")
    outbox.put_frame(frame(RescueKind.SOUND, 2, SOUND))
    assert [await outbox.next(), await outbox.next()] == ["text", Closing(1000, "done")]
