"""Picture and sound cannot connect, or are lost: stills and sound come by the service, until the video is back."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.ice import IceSetup
from tests.web.fake_service import FakeService, wait_until
from tests.web.stand_in_rescue import TONE_HZ
from tests.web.tablet import SIZES, ask, button, is_well_made, opened, says
from tests.web.test_screens import SKIPS

NOTHING_COMES = re.compile("Kobler til igjen|Bildet og lyden kommer ikke fram")  # the second from two failures on

pytestmark = pytest.mark.browser

NO_WAY = IceSetup(relay_only=True)  # and no server is named: the browser has nothing to connect by
LIVE = "Stillbilder nå. Vi prøver å få levende bilde."
SILENT = "Stillbilder uten lyd nå. Vi prøver videre."
# Keeps what goes to the loudspeaker, and whether at any moment neither a still nor the video was to be seen.
EAR = """
window.heard = []; window.black = 0;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to === this.context.destination && !(this instanceof ScriptProcessorNode)) {
    const tap = this.context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = (e) => { if (heard.length < 200) heard.push(Array.from(e.inputBuffer.getChannelData(0))); };
    connect.call(this, tap); connect.call(tap, to);
  }
  return connect.call(this, to, ...more);
};
const look = () => {
  const video = document.querySelector('video'), still = document.querySelector('.still');
  const live = video && video.readyState >= 2 && video.videoWidth > 2; // 2: Chromium's stand-in for no picture
  if (window.watching && (!still || still.hidden) && !live) black += 1;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
NO_CODECS = "delete window.AudioDecoder; delete window.AudioEncoder;"
SLOW_TAP = """
const add = AudioWorklet.prototype.addModule;
AudioWorklet.prototype.addModule = async function (...a) {
  await new Promise((go) => (window.letIn = go));
  return add.apply(this, a);
};
"""
SEEN = """() => {
  const still = document.querySelector('.still');
  if (!still || still.hidden) return null;
  const ink = new OffscreenCanvas(32, 18).getContext('2d');
  ink.drawImage(still, 0, 0, 32, 18);
  return Array.from(ink.getImageData(0, 0, 32, 18).data).filter((_, i) => i % 4 === 1);
}"""


def wait_for_stills(page: Page, service: FakeService, offers: int = 1) -> None:
    """Taps, and lets the time pass after which the page asks for stills."""
    wait_until(lambda: len(service.answered) >= offers, "the robot's answer")
    for _ in range(3):
        page.wait_for_timeout(450)  # the service says something meanwhile: its line is alive
        page.evaluate("skip(2700)")
    wait_until(lambda: page.evaluate(SEEN), "a still picture")


def strongest_hz(samples: Any) -> float:
    sound = np.asarray(samples, dtype=float)
    return float(np.argmax(np.abs(np.fft.rfft(sound * np.hanning(len(sound))))) * 48_000 / len(sound))


def seen(page: Page) -> Any:
    return np.asarray(page.evaluate(SEEN) or np.zeros(32 * 18), dtype=float)


def test_stills_and_sound_until_the_video_is_there(browser: Browser, service: FakeService) -> None:
    service.scene.ice = NO_WAY
    service.rescue.open = True
    with opened(browser, service, script=SKIPS + EAR) as page:
        button(page, "Bli med").click()
        wait_for_stills(page, service)
        page.evaluate("window.watching = true")
        says(page, LIVE)
        rescue = service.rescue
        # seen, and clocked by what was shown
        wait_until(lambda: rescue.words[-1].still >= 2, "two stills to be shown")
        assert ask(page, "document.querySelectorAll('video').length") == 1
        # the room is heard, and the room hears
        page.evaluate("heard.length = 0")
        wait_until(lambda: ask(page, "heard.length") >= 12, "a second of sound")
        heard = np.concatenate(page.evaluate("heard.slice(4, 12)"))
        assert abs(strongest_hz(heard) - TONE_HZ) < 5
        assert 0.1 < np.sqrt(np.mean(heard**2)) < 0.3
        wait_until(lambda: len(rescue.heard) > 17, "a second of the microphone")
        assert np.abs(rescue.voice()).max() > 0.05, "the fake microphone's beep"
        # muted means that nothing is sent
        button(page, "Mikrofon").click()
        page.wait_for_timeout(200)
        sent = len(rescue.heard)
        # the head turns by the service, and the stills show it
        before = seen(page)
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        wait_until(lambda: service.head.pan > 29, "the head to turn")
        wait_until(lambda: np.abs(seen(page) - before).mean() > 8, "a still of what is to the right")
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        assert len(rescue.heard) == sent
        page.locator("#quality").click()
        for words in ("over kurstjenesten", "Stillbilder i sekundet", "Lyd på vent"):
            expect(page.locator("#numbers")).to_contain_text(words)
        is_well_made(page)
        page.locator("#numbers button").click()
        # the way is open again: the video takes over, and nothing is black meanwhile
        service.scene.ice = IceSetup()
        service.tell(IceSetup())
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: ask(page, "document.querySelector('.still').hidden"), "the video to take over")
        wait_until(lambda: not rescue.on, "the end of the stills")
        expect(page.get_by_text(LIVE)).to_have_count(0)
        assert ask(page, "document.querySelector('video').readyState") >= 2
        assert ask(page, "black") == 0
        expect(button(page, "Ta ned hånda")).to_have_attribute("aria-pressed", "true")


def test_a_browser_without_sound_for_it_says_so_and_offers_writing(browser: Browser, service: FakeService) -> None:
    service.scene.ice = NO_WAY
    service.rescue.open = True
    with opened(browser, service, script=SKIPS + NO_CODECS, size=SIZES["telephone"]) as page:
        button(page, "Bli med").click()
        wait_for_stills(page, service)
        says(page, SILENT)
        says(page, "De hører deg ikke nå. Skriv, så sier roboten det")
        expect(page.locator(".microphone .control-state")).to_have_attribute("data-word", "Når ikke fram")
        is_well_made(page)
        assert not service.rescue.heard
        service.rescue.open = False
        page.evaluate("skip(3000)")
        page.wait_for_timeout(450)
        page.evaluate("skip(2500)")
        expect(page.locator("main")).to_contain_text(NOTHING_COMES, timeout=15_000)
        service.rescue.open = True
        says(page, SILENT)
        button(page, "Forlat").click()
        says(page, "Du har forlatt rommet")
        wait_until(lambda: not service.rescue.on, "the page's last word")


def test_the_microphone_is_not_said_to_be_on_before_it_has_a_way(browser: Browser, service: FakeService) -> None:
    service.scene.ice = NO_WAY
    service.rescue.open = True
    with opened(browser, service, script=SKIPS + SLOW_TAP) as page:
        button(page, "Bli med").click()
        wait_for_stills(page, service)
        says(page, "De hører deg ikke ennå. Vent litt")
        word = page.locator(".microphone .control-state")
        expect(word).to_have_attribute("data-word", "Venter …")
        expect(button(page, "Mikrofon")).to_have_attribute("aria-pressed", "true")
        assert not service.rescue.heard
        page.evaluate("letIn()")
        wait_until(lambda: service.rescue.heard, "the microphone to be heard")
        expect(word).to_have_attribute("data-word", "På")
        says(page, "De hører deg, men ser deg ikke")
