"""`make firefox`: the whole demo, and somebody who joins, sees, hears, is heard, turns, raises a hand and leaves."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.e2e.demo import Demo
from tests.firefox.bidi import BidiError, Tab, firefox_tab

WAIT_S = 30.0
PLUGIN_WAIT_S = 90.0
HAS_H264 = "RTCRtpReceiver.getCapabilities('video').codecs.some((codec) => codec.mimeType === 'video/H264')"
SAYS = "document.querySelector('h1')?.innerText === %s"
ARROW_RIGHT = "\ue014"
PLACE = """(() => {
  const named = (el) => (el.getAttribute('aria-label') || el.innerText.trim()) === %s;
  const box = [...document.querySelectorAll('button')].find(named)?.getBoundingClientRect();
  return box && box.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
})()"""
PICTURE = """(() => {
  const video = document.querySelector('video');
  if (!video?.videoWidth) return null;
  const ink = new OffscreenCanvas(32, 18).getContext('2d');
  ink.drawImage(video, 0, 0, 32, 18);
  const data = [...ink.getImageData(0, 0, 32, 18).data].filter((_, place) => place % 4 === 1);
  return {width: video.videoWidth, spread: Math.max(...data) - Math.min(...data),
    shown: video.getVideoPlaybackQuality().totalVideoFrames, at: performance.now()};
})()"""
HEARD = """(async () => {
  const context = new AudioContext(), meter = new AnalyserNode(context, {fftSize: 32768});
  await context.resume();
  context.createMediaStreamSource(new MediaStream(document.querySelector('video').srcObject.getAudioTracks()))
    .connect(meter);
  await new Promise((over) => setTimeout(over, 1500));
  const samples = new Float32Array(meter.fftSize);
  meter.getFloatTimeDomainData(samples);
  await context.close();
  return 10 * Math.log10(samples.reduce((sum, one) => sum + one * one, 0) / samples.length + 1e-12);
})()"""


async def comes_to_have_h264(tab: Tab) -> bool:
    """Whether OpenH264 is there, which Firefox fetches from its maker soon after its first start."""
    end_s = time.monotonic() + PLUGIN_WAIT_S
    while not (has := await tab.evaluate(HAS_H264)) and time.monotonic() < end_s:
        await asyncio.sleep(1)
    return bool(has)


class FailedError(Exception):
    """Something did not come; the text says what."""


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """The first true answer. Raises FailedError."""
    end_s = time.monotonic() + WAIT_S
    while not (answer := await look()):
        if time.monotonic() > end_s:
            raise FailedError(f"{what}: not within {WAIT_S:.0f} s")
        await asyncio.sleep(0.1)
    return answer


async def tap(tab: Tab, name: str) -> None:
    """Taps the button of that name, once it is there."""
    place = await until(lambda: tab.evaluate(PLACE % repr(name)), f"the button «{name}»")
    await tab.tap(*place)


async def visit(tab: Tab, demo: Demo) -> None:
    """One visit, told line by line. Raises FailedError."""

    async def body(fits: Callable[[dict[str, Any]], bool]) -> bool:
        return fits(await asyncio.to_thread(demo.state))

    print(await tab.evaluate("navigator.userAgent"))
    await tab.open(demo.patient)
    if not await comes_to_have_h264(tab):
        await tap(tab, "Bli med")
        await until(lambda: tab.evaluate(SAYS % repr("Bildet og lyden kom ikke i gang")), "the page's word for it")
        raise FailedError("no H.264 in this Firefox; the page says so, and nothing else could be tried")
    began_s = time.monotonic()
    await tap(tab, "Bli med")
    first = await until(lambda: tab.evaluate(PICTURE), "the picture")
    print(f"joined; the picture is there {time.monotonic() - began_s:.1f} s after the tap, {first['width']} px wide")
    await asyncio.sleep(3)
    then = await tab.evaluate(PICTURE)
    rate = 1000 * (then["shown"] - first["shown"]) / (then["at"] - first["at"])
    if rate < 5 or then["spread"] < 50:
        raise FailedError(f"the picture: {rate:.0f} a second, lightest above darkest {then['spread']}")
    print(f"sees: {rate:.0f} pictures a second")
    loud = -99.0

    async def hears() -> bool:
        nonlocal loud
        loud = max(loud, await tab.evaluate(HEARD))
        return loud > -50

    await until(hears, "the room's sound")
    print(f"hears: {loud:.0f} dBFS")
    await until(lambda: body(lambda now: now["speaker_dbfs"] > -50), "the voice at the robot's speaker")
    print("is heard")
    await tab.press(ARROW_RIGHT)
    await until(lambda: body(lambda now: now["pan_deg"] > 8), "the head")
    print("turns")
    await tap(tab, "Rekk opp hånda")
    await until(lambda: asyncio.to_thread(demo.hand_is_up), "the hand")
    print("raises a hand")
    await tap(tab, "Forlat")
    await until(lambda: body(lambda now: not now["camera_open"]), "the camera to close")
    print("leaves")


async def run() -> int:
    """The exit code: 0 when everything came, 1 when not, 2 without Firefox."""
    demo = await asyncio.to_thread(Demo.start)
    try:
        async with firefox_tab() as tab:
            await visit(tab, demo)
    except (BidiError, FailedError) as error:
        print(f"firefox: {error}", file=sys.stderr)
        return 2 if isinstance(error, BidiError) else 1
    finally:
        await asyncio.to_thread(demo.stop)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
