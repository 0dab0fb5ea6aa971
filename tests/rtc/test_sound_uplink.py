"""The room's sound follows the line: what reports do to it, and a real browser that loses packets."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc import RTCRtpSender
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from robot_agent.media.blocks import Block
from robot_agent.media.interfaces import EncodedFrame
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.sound_plan import STEPS, sound_bps
from robot_agent.media.video import VideoPipeline
from robot_agent.rtc import patches
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings
from robot_agent.rtc.sound_uplink import REPORT_AGE_S, SoundUplink
from robot_agent.rtc.uplink import Uplink
from tests.media.test_echo import as_blocks, speech_like
from tests.rtc.parts import BadLine, Ear, Painter, ToneMicrophone, browser_page, until, until_page
from tests.rtc.test_patches import transport

LOST = 0.2


class NoPicture:
    """A `VideoTap` that is only told its rate."""

    def __init__(self) -> None:
        self.bps = 0

    async def get(self) -> EncodedFrame:
        raise AssertionError("not asked for here")

    def request_key_frame(self) -> None:
        raise AssertionError("not asked for here")

    def set_bitrate(self, bps: int) -> None:
        self.bps = bps

    def close(self) -> None:
        pass


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def report(loss: float) -> patches.ReceptionReport:
    return patches.ReceptionReport(loss, jitter=0, lsr=0, dlsr=0)


def uplink(bps: int) -> tuple[Uplink, SoundUplink, Clock]:
    line = Uplink(NoPicture(), RateSettings(start_bps=bps, floor_bps=80_000, ceiling_bps=bps), lambda: 0.03)
    clock = Clock()
    return line, SoundUplink(line, clock), clock


@pytest.mark.parametrize(("bps", "step"), [(4_000_000, 0), (400_000, 1), (150_000, 2), (80_000, 3)])
def test_the_picture_is_told_what_the_sound_costs(bps: int, step: int) -> None:
    line, sound, clock = uplink(bps)
    settings = sound.settings()
    assert settings == STEPS[step].clean
    assert line.rate.sound_bps == sound_bps(settings)
    clock.now_s += 1.0
    assert sound.settings() == settings  # and that does not move the next answer


def test_reports_on_the_sound_bring_error_correction_and_grow_old() -> None:
    _, sound, clock = uplink(4_000_000)
    assert not sound.settings().fec
    sound.on_report(report(0.1))
    for _ in range(30):
        clock.now_s += 0.1
        sound.settings()
    assert sound.settings().fec
    sound.on_key_frame_request()
    sound.on_remb(1)
    clock.now_s += REPORT_AGE_S + 1  # nobody knows any more: what was found stays
    assert sound.settings().fec
    for number in range(300):
        if number % 50 == 0:
            sound.on_report(report(0.0))
        clock.now_s += 0.1
        sound.settings()
    assert not sound.settings().fec


async def test_the_reports_of_the_sounds_own_sender_are_delivered() -> None:
    _, sound, clock = uplink(4_000_000)
    sender = RTCRtpSender("audio", transport())
    patches.deliver_feedback(sender, sound)
    info = RtcpReceiverInfo(sender._ssrc, 51, 9, 0, 0, 0, 0)  # 51/256 lost
    await sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[info]))
    for _ in range(20):
        clock.now_s += 0.1
        settings = sound.settings()
    assert settings.fec


class Lecturer(ToneMicrophone):
    """A `MicrophoneTap` that hears somebody talk, paced by the clock."""

    def __init__(self) -> None:
        super().__init__(440)
        self._talk = as_blocks(speech_like(4.0, seed=8))

    async def get(self) -> Block:
        await super().get()
        block: Block = self._talk[self._blocks % len(self._talk)]
        return block


async def sound_stats(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(
        """async () => [...(await peer.getStats()).values()]
            .find((report) => report.type === "inbound-rtp" && report.kind === "audio") ?? {}"""
    )
    return found


@pytest.mark.browser
async def test_a_browser_that_loses_sound_gets_it_twice() -> None:
    pipeline, microphone, ear = VideoPipeline(lambda: Painter(320, 180)), Lecturer(), Ear()
    session = RtcSession(pipeline.subscribe(), microphone, ear, None, RtcSettings(host_addresses=("127.0.0.1",)))
    line = BadLine(rate_bps=1e9, loss=0.0, delay_s=0.0)
    async with browser_page() as page:
        await pipeline.open()
        try:
            answer = await session.answer(await page.evaluate("offer({})"))
            line.begin(session)
            await page.evaluate("sdp => accept(sdp)", answer)
            await until(lambda: session.state == MediaState.CONNECTED, "the connection")

            async def heard() -> bool:
                return bool((await sound_stats(page)).get("packetsReceived", 0) > 40)

            await until_page(heard, "sound in the page")
            before = await sound_stats(page)
            assert before.get("fecPacketsReceived", 0) == 0
            line.loss = LOST

            async def repaired() -> bool:
                return bool((await sound_stats(page)).get("fecPacketsReceived", 0) > 20)

            await until_page(repaired, "packets with a copy of the one before in the page")
        finally:
            line.end()
            await session.close()
            await pipeline.close()
