"""A session end to end with a real Chromium, and the ends that a session can come to."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from playwright.async_api import Page

from protocol.live import SetPoint, TextEdit
from protocol.state import Pose
from robot_agent.media.blocks import BLOCK
from robot_agent.media.video import VideoPipeline
from robot_agent.rtc import session as session_module
from robot_agent.rtc.errors import BadOfferError
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings, SessionHandlers
from tests.rtc.parts import PATIENCE_S, BadLine, Ear, Painter, ToneMicrophone, browser_page, until, until_page

pytestmark = pytest.mark.alone  # pictures and sound at full rate

LOOPBACK = RtcSettings(host_addresses=("127.0.0.1",))
WITH_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
POSE = Pose(pan_deg=1.5, tilt_deg=-2, goal_pan_deg=3, goal_tilt_deg=0, moving=True, at_limit=False, seq=7)


@dataclass
class Robot:
    """A pipeline and a session, with everything that the session said."""

    pipeline: VideoPipeline = field(default_factory=lambda: VideoPipeline(lambda: Painter(1280, 720)))
    ear: Ear = field(default_factory=Ear)
    microphone: ToneMicrophone = field(default_factory=lambda: ToneMicrophone(440))
    states: list[MediaState] = field(default_factory=list)
    set_points: list[SetPoint] = field(default_factory=list)
    texts: list[TextEdit] = field(default_factory=list)

    def session(self, settings: RtcSettings = LOOPBACK) -> RtcSession:
        handlers = SessionHandlers(self.states.append, self.set_points.append, self.texts.append)
        return RtcSession(self.pipeline.subscribe(), self.microphone, self.ear, handlers, settings)


def our_threads() -> list[str]:
    """Threads that a session or a pipeline starts; the event loop's own stay for its life."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.name.startswith("asyncio")
    ]


def left_over(before: Iterable[asyncio.Task[object]]) -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() - set(before) if not task.done()]


@asynccontextmanager
async def connected(
    robot: Robot, page: Page, microphone_hz: int, line: BadLine | None = None
) -> AsyncIterator[RtcSession]:
    before = asyncio.all_tasks()
    session = robot.session()
    await robot.pipeline.open()
    try:
        offer = await page.evaluate("options => offer(options)", {"microphone": microphone_hz})
        answer = await session.answer(offer)
        if line is not None:
            line.begin(session)
        await page.evaluate("sdp => accept(sdp)", answer)
        await until(lambda: session.state == MediaState.CONNECTED, "the connection")
        yield session
    finally:
        if line is not None:
            line.end()
        began_s = time.monotonic()
        await session.close()
        assert time.monotonic() - began_s < 1.0
        await robot.pipeline.close()
    assert session.state == MediaState.CLOSED
    assert robot.microphone.closed
    await until(lambda: not left_over(before), "the last task")
    assert not our_threads()


@pytest.mark.browser
async def test_everything_that_a_session_carries() -> None:
    robot = Robot()
    async with browser_page(*WITH_MICROPHONE) as page, connected(robot, page, 700) as session:
        await picture_is_decoded(page)
        await sound_goes_both_ways(robot, page)
        await set_points_and_poses(robot, session, page)
        await talk(robot, session, page)
        assert session.last_heard_s is not None
        assert time.monotonic() - session.last_heard_s < 1.0
        stats = session.stats
        assert stats.rtt_ms is not None
        assert stats.rtt_ms < 5000  # a busy machine
        assert stats.bitrate_bps > 50_000
        await the_line_is_measured(session)
        assert session.playout_delay is not None  # Chromium offers it, so the answer has it
        delay, (_, allowed_ms) = await page.evaluate("buffered()"), session.playout_delay.playout_ms
        assert delay < 0.02 + allowed_ms / 1000, f"the browser holds every picture {delay} s: it does not obey"


async def the_line_is_measured(session: RtcSession) -> None:
    """Chromium reports on every packet, and on loopback the rate climbs from 300 kbit/s within a second or two."""
    await until(lambda: session.stats.line_rtt_ms is not None, "a round trip")
    assert session.stats.source == "feedback"
    await until(lambda: session.stats.target_bps > 2_000_000, "a target over 2 Mbit/s", 60.0)
    line = session.line
    assert line.loss is None or line.loss < 0.2
    assert line.jitter_s is not None


async def picture_is_decoded(page: Page) -> None:
    await until_page(lambda: decoded(page, 30), "30 pictures; Chromium could not decode ours")


async def decoded(page: Page, count: int) -> bool:
    """So many pictures, on whichever step of the ladder a busy machine carries them."""
    got = await page.evaluate("inbound()")
    return bool(got["decoded"] >= count and got["width"] in (1280, 960, 640, 320))


async def sound_goes_both_ways(robot: Robot, page: Page) -> None:
    async def heard() -> bool:
        loudest = await page.evaluate("loudest()")
        return bool(abs(loudest["hz"] - 440) < 15 and loudest["db"] > -60)

    await until_page(heard, "440 Hz from the robot in the page")
    await until(lambda: abs(robot.ear.loudest_hz() - 700) < 5, "700 Hz from the page at the robot")
    assert robot.ear.lengths == {2 * BLOCK}


async def set_points_and_poses(robot: Robot, session: RtcSession, page: Page) -> None:
    await until_page(lambda: page.evaluate("got.channels === 2"), "both channels")
    good = {"type": "set_point", "pan_deg": 10.5, "tilt_deg": -5, "seq": 4, "sent_ms": 1}
    for message in (good, {**good, "seq": 3}, {**good, "seq": 5, "pan_deg": 999}, {**good, "seq": 6}):
        await page.evaluate("text => motion.send(text)", json.dumps(message))
    await page.evaluate("motion.send('{')")
    await page.evaluate("motion.send(new Uint8Array(5000))")
    await until(lambda: session.stats.refused_messages == 3, "three refused messages")
    await until(lambda: len(robot.set_points) == 2, "two good set-points")
    assert [point.seq for point in robot.set_points] == [4, 6]
    assert session.stats.stale_set_points == 1  # 3 came after 4
    assert session.send_pose(POSE)
    await until_page(lambda: page.evaluate("got.poses.length > 0"), "the pose in the page")
    assert await page.evaluate("got.poses[0].pan_deg") == 1.5


async def talk(robot: Robot, session: RtcSession, page: Page) -> None:
    await page.evaluate("""talk.send('{"type":"ping","sent_ms":12345}')""")
    answered = "got.talk.some(m => m.type === 'pong' && m.sent_ms === 12345)"
    await until_page(lambda: page.evaluate(answered), "the pong")
    await page.evaluate("""talk.send('{"type":"text","start":0,"text":"Hei på deg","seq":1}')""")
    await until(lambda: [text.text for text in robot.texts] == ["Hei på deg"], "the text")
    assert session.send_text(TextEdit(start=0, text="Takk", seq=1))
    await until_page(lambda: page.evaluate("got.talk.some(m => m.text === 'Takk')"), "our text")
    await until(lambda: session.last_beat_s is not None and session.stats.rtt_ms is not None, "a beat")


@pytest.mark.browser
async def test_a_page_without_a_microphone_hides_its_addresses_and_still_connects() -> None:
    robot = Robot()
    async with browser_page() as page, connected(robot, page, 0) as session:
        assert await page.evaluate("got.hidden") > 0  # every candidate was under an mDNS name
        await picture_is_decoded(page)
        assert robot.ear.total == 0
        # privacy: the picture closes and opens again under a session that stays
        await robot.pipeline.close()
        still = (await page.evaluate("inbound()"))["decoded"]
        await robot.pipeline.open()
        await until_page(lambda: decoded(page, still + 30), "the picture after it was closed")
        # the page goes: its good-bye ends the session by itself
        await page.evaluate("peer.close()")
        await until(lambda: session.state == MediaState.CLOSED, "the end of the session")
        assert not session.send_pose(POSE)


@pytest.mark.browser
async def test_on_a_thin_and_lossy_line_pictures_keep_coming() -> None:
    """400 kbit/s, 5 % loss, 100 ms: after the start the rate fits, and what is lost is sent again."""
    robot, line = Robot(), BadLine(rate_bps=400_000, loss=0.05, delay_s=0.1)
    async with browser_page() as page, connected(robot, page, 0, line) as session:
        await picture_is_decoded(page)
        await until(lambda: session.stats.retransmitted > 3, "retransmissions")
        await until(lambda: session.stats.congested or session.stats.target_bps < 400_000, "a rate that fits")
        before = (await page.evaluate("inbound()"))["decoded"]
        await until_page(lambda: decoded(page, before + 60), "60 more pictures")
        stats = session.stats
        assert stats.target_bps < 600_000
        assert stats.line_rtt_ms is not None
        assert stats.line_rtt_ms > 80
        assert line.lost > 3
        line.end()
        await until(lambda: session.stats.target_bps > 500_000, "the rate when the line is good again", 30.0)


async def test_a_bad_offer_is_a_typed_error_and_closing_is_enough() -> None:
    robot = Robot()
    before = asyncio.all_tasks()
    session = robot.session()
    with pytest.raises(BadOfferError):
        await session.answer("v=0\r\nnonsense")
    await session.close()
    await session.close()
    with pytest.raises(RuntimeError):
        await session.answer("v=0")
    await until(lambda: not left_over(before), "the last task")
    assert robot.states == [MediaState.CLOSED]


async def offer_of_nobody() -> str:
    """An offer whose page is gone before it gets the answer."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video", direction="recvonly")
    peer.addTransceiver("audio")
    peer.createDataChannel("motion")
    sdp = (await peer.createOffer()).sdp
    await peer.close()
    return sdp


async def test_a_page_that_never_comes_fails_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "CONNECT_TIMEOUT_S", 0.2)
    robot = Robot()
    before = asyncio.all_tasks()
    session = robot.session()
    answer = await session.answer(await offer_of_nobody())
    hosts = {line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate:")}
    assert hosts == {"127.0.0.1"}
    await until(lambda: session.state == MediaState.FAILED, "the failure")
    with pytest.raises(RuntimeError, match="one offer"):
        await session.answer(answer)
    await session.close()
    assert robot.states == [MediaState.CONNECTING, MediaState.FAILED]
    await until(lambda: not left_over(before), "the last task")
    assert not our_threads()


async def test_closing_while_the_answer_is_made() -> None:
    robot = Robot()
    before = asyncio.all_tasks()
    session = robot.session()
    answering = asyncio.ensure_future(session.answer(await offer_of_nobody()))
    await asyncio.sleep(0)
    await session.close()
    with pytest.raises(BadOfferError):
        await asyncio.wait_for(answering, PATIENCE_S)
    await until(lambda: not left_over(before), "the last task")


async def test_after_silence_nothing_of_the_room_leaves_though_the_connection_stands() -> None:
    robot = Robot()
    session = robot.session()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("video", direction="recvonly")
    peer.addTransceiver("audio", direction="recvonly")
    peer.createDataChannel("talk")
    await robot.pipeline.open()
    try:
        await peer.setLocalDescription(await peer.createOffer())
        answer = await session.answer(peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

        async def arrived() -> list[int]:
            reports = [await transceiver.receiver.getStats() for transceiver in peer.getTransceivers()]
            return [
                part.packetsReceived for report in reports for part in report.values() if part.type == "inbound-rtp"
            ]

        async def flow() -> bool:
            return len(counts := await arrived()) == 2 and min(counts) > 0

        await until_page(flow, "picture and sound")
        session.silence()
        session.silence()
        await asyncio.sleep(0.1)  # what was on the loopback line
        counts = await arrived()
        await asyncio.sleep(0.5)
        assert await arrived() == counts
        assert session.state is MediaState.CONNECTED
    finally:
        await session.close()
        await peer.close()
        await robot.pipeline.close()


async def test_ten_sessions_leave_nothing() -> None:
    robot = Robot()
    before = asyncio.all_tasks()
    for _ in range(10):
        session = robot.session()
        await session.answer(await offer_of_nobody())
        await session.close()
    await until(lambda: not left_over(before), "the last task")
    assert not our_threads()
