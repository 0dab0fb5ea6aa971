"""Before the meeting: when it opens, that it does so by itself, and trying sound, microphone and line, in Chromium."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.door import TELEPHONE
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, ask, button, is_well_made, opened, says, width
from tests.web.test_screens import SKIPS

pytestmark = pytest.mark.browser

TRY = "Prøv lyd, mikrofon og nett"
CARRIES = re.compile("Nettet holder til bilde og lyd|Det går an")  # the second while this machine is busy
PLAYED = """
window.played = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...a) { played.push(this.frequency.value); return start.apply(this, a); };
"""
SILENT = """
const read = AnalyserNode.prototype.getFloatTimeDomainData;
AnalyserNode.prototype.getFloatTimeDomainData = function (into) { read.call(this, into); into.fill(0); };
"""
VOICE = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext(), note = new OscillatorNode(context, {frequency: 220});
  const out = context.createMediaStreamDestination();
  note.connect(new GainNode(context, {gain: 0.3})).connect(out);
  note.start();
  return out.stream;
};
"""  # somebody who speaks without a pause; the browser's own fake microphone beeps for 20 ms, twice a second
LEVEL = "() => parseFloat(document.querySelector('.try-level .level-bar')?.style.getPropertyValue('--level')) || 0"
REFUSED = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
}"""


def looked_at(page: Page) -> bool:
    """The tablet is taken up again, and the page asks at once, though at most every second and a half."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return True


def test_it_says_when_and_opens_by_itself(browser: Browser, service: FakeService) -> None:
    service.scene.opens_at = time.time() + 3600
    with opened(browser, service, timezone_id="Europe/Oslo") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text(
            re.compile(r"^Kurset åpner (i\sdag|i\smorgen)\skl\.\s\d\d\.\d\d$")
        )
        for words in ("Hei, Kari Nordmann!", "Mestringstreff på Helgeland", "Vefsn", "60 minutter", TELEPHONE):
            says(page, words)
        is_well_made(page)
        service.scene.opens_at = time.time() + 0.3
        wait_until(lambda: looked_at(page) and button(page, "Bli med").is_visible(), "the course to open")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        button(page, "Bli med").click()
        wait_until(lambda: width(page) > 0, "the picture")


def test_everything_can_be_tried_before_it_opens(browser: Browser, service: FakeService) -> None:
    service.scene.opens_at = time.time() + 3600
    with opened(browser, service, size=SIZES["telephone"], script=PLAYED + VOICE) as page:
        button(page, TRY).click()
        button(page, "Spill tonen").click()
        says(page, "Hører du tonen?")
        wait_until(lambda: len(ask(page, "played")) == 3, "three notes")
        button(page, "Nei").click()
        says(page, "Trykk på knappen for høyere lyd")
        button(page, "Ja, jeg hører den").click()
        says(page, "Da hører du rommet også")
        expect(button(page, "Ja, jeg hører den")).to_have_attribute("aria-pressed", "true")
        button(page, "Prøv mikrofonen").click()
        says(page, "Mikrofonen hører stemmen din")
        wait_until(lambda: ask(page, LEVEL) > 0.1, "the level to move")
        button(page, "Prøv nettet").click()
        expect(page.locator("main")).to_contain_text(CARRIES, timeout=15_000)
        is_well_made(page)
        service.scene.opens_at = None
        opened_now = page.get_by_text("Kurset er åpent nå.")
        wait_until(lambda: looked_at(page) and opened_now.is_visible(), "the course to open")
        button(page, "Til kurset").click()
        expect(button(page, "Bli med")).to_be_visible()
        assert ask(page, LEVEL) == 0


def test_what_does_not_work_says_what_to_do(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=SILENT + SKIPS) as page:
        button(page, TRY).click()
        button(page, "Prøv mikrofonen").click()
        says(page, "Si noe")
        page.evaluate("skip(9000)")
        says(page, "Mikrofonen hører deg ikke ennå")
        page.evaluate(REFUSED)
        button(page, "Prøv mikrofonen igjen").click()
        says(page, "Mikrofonen er ikke tillatt")
        says(page, "Slå på «Mikrofon», eller velg «Tillat»")
        service.scene.line_held = True
        button(page, "Prøv nettet").click()
        says(page, "Vi måler")
        service.scene.slow_line_s = [0.0, 0.0, 0.6]  # a pause that a conversation does not take
        service.scene.line_held = False
        says(page, "Nettet er for dårlig akkurat nå")
        says(page, "Gå nærmere ruteren")
        is_well_made(page)
        page.context.set_offline(True)
        button(page, "Prøv nettet igjen").click()
        says(page, "Vi får ikke kontakt med kurset")
