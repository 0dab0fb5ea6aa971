"""A visit in Debian's Firefox ESR, which has no H.264: joins, sees, hears, is heard, turns, raises a hand, leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.demo import Demo
from tests.e2e.firefox import Tab, firefox_tab

pytestmark = pytest.mark.browser

WAIT_S = 60.0  # generous, as for Chromium: the machine is small and draws a room meanwhile
ARROW_RIGHT = "\ue014"
CODECS = "RTCRtpReceiver.getCapabilities('video').codecs.map((codec) => codec.mimeType)"
PLACE = """(() => {
  const named = (el) => (el.getAttribute('aria-label') || el.innerText.trim()) === %s;
  const box = [...document.querySelectorAll('button')].find(named)?.getBoundingClientRect();
  return box && box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
})()"""
# How many pictures were shown since the first look, and how far the lightest spot is above the darkest.
PICTURE = """(() => {
  const video = document.querySelector('video');
  if (!video?.videoWidth) return null;
  const count = () => { video.shown += 1; video.requestVideoFrameCallback(count); };
  if (video.shown === undefined) { video.shown = -1; count(); }
  const ink = new OffscreenCanvas(32, 18).getContext('2d');
  ink.drawImage(video, 0, 0, 32, 18);
  const data = [...ink.getImageData(0, 0, 32, 18).data].filter((_, place) => place % 4 === 1);
  return {shown: video.shown, spread: Math.max(...data) - Math.min(...data), width: video.videoWidth};
})()"""
# The level of what comes out of the decoder in a second: without a sound card Firefox's Web Audio never starts.
HEARD_DBFS = """(async () => {
  const energy = async () => {
    const reports = await Promise.all(peers.map(async (peer) => [...(await peer.getStats()).values()]));
    const sound = reports.flat().filter((one) => one.type === 'inbound-rtp' && one.kind === 'audio');
    const sum = (name) => sound.reduce((total, one) => total + one[name], 0);
    return {over: sum('totalAudioEnergy'), s: sum('totalSamplesDuration')};
  };
  const before = await energy();
  await new Promise((over) => setTimeout(over, 1000));
  const after = await energy();
  return 10 * Math.log10((after.over - before.over) / Math.max(after.s - before.s, 1e-3) + 1e-12);
})()"""
# Kept for HEARD_DBFS.
PEERS = """() => {
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...wishes) { super(...wishes); window.peers.push(this); }
  };
}"""


async def until(look: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool], what: str) -> Any:
    """The first answer that fits."""
    end_s = time.monotonic() + WAIT_S
    while not fits(answer := await look()):
        assert time.monotonic() < end_s, f"{what}: not within {WAIT_S} s, last {answer!r}"
        await asyncio.sleep(0.1)
    return answer


async def tap(tab: Tab, name: str) -> None:
    """Taps the button of that name, once it is there."""
    await tab.tap(*await until(lambda: tab.evaluate(PLACE % repr(name)), bool, f"the button «{name}»"))


async def visit(demo: Demo) -> None:
    """One visit, from the link to the way out."""

    def body() -> Awaitable[dict[str, Any]]:
        return asyncio.to_thread(demo.state)

    async with firefox_tab() as tab:
        await tab.preload(PEERS)
        await tab.open(demo.patient)
        codecs = await tab.evaluate(CODECS)
        assert "video/VP8" in codecs
        assert "video/H264" not in codecs, "another picture than the one that this is about"
        await tap(tab, "Bli med")
        moves = await until(lambda: tab.evaluate(PICTURE), lambda seen: seen and seen["shown"] >= 30, "a picture")
        assert moves["spread"] > 50, f"the room: {moves}"
        await until(lambda: tab.evaluate(PICTURE), lambda seen: seen["width"] == 1280, "the rate to climb")
        await until(lambda: tab.evaluate(HEARD_DBFS), lambda dbfs: dbfs > -50, "the room's sound")
        await until(body, lambda now: now["speaker_dbfs"] > -50, "the voice at the robot's speaker")
        await tab.press(ARROW_RIGHT)
        await until(body, lambda now: now["pan_deg"] > 8, "the head to turn")
        await tap(tab, "Rekk opp hånda")
        await until(lambda: asyncio.to_thread(demo.hand_is_up), bool, "the hand")
        await tap(tab, "Forlat")
        await until(body, lambda now: not now["camera_open"], "the camera to close")


def test_a_whole_visit_in_firefox(resting: Demo) -> None:
    with ThreadPoolExecutor(1) as pool:  # Playwright's own loop may run in this thread
        pool.submit(asyncio.run, visit(resting)).result()
