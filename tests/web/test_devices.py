"""A microphone that the browser refuses, that is not there, or that a page without TLS does not get: by the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import WITHOUT_WINDOWS
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import FLAGS, ask, button, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

REST = [flag for flag in FLAGS if "media-stream" not in flag]
FAKE_DEVICE, ASKS_NOBODY = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"

ELSEWHERE = "robot.example"  # by name, so that the browser does not take the page for this machine's own

IN_A_CALL = """(() => {
  Object.assign(window, {captured: [], sent: [], inCall: false});
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (inCall) throw new DOMException("somebody speaks", "NotReadableError");
    const stream = await ask(wish);
    captured.push(stream.getAudioTracks()[0]);
    return stream;
  };
  const replace = RTCRtpSender.prototype.replaceTrack;
  RTCRtpSender.prototype.replaceTrack = function (track) { sent.push(track); return replace.call(this, track); };
})()"""  # a telephone call cannot be had here: it ends the microphone, and nobody gets it until it is over
AWAKE = """window.locks = [];
Object.defineProperty(Navigator.prototype, 'wakeLock', {value: {request: async (kind) => {
  const lock = {kind, released: false, release: async () => { lock.released = true; }};
  locks.push(lock);
  return lock;
}}});"""
ENDED = "captured.at(-1).stop(); captured.at(-1).dispatchEvent(new Event('ended'))"
SENDS_THE_NEWEST = "sent.at(-1) === captured.at(-1) && captured.at(-1).readyState === 'live'"


@pytest.mark.parametrize(
    ("flags", "host", "title"),
    [
        ([FAKE_DEVICE, f"{ASKS_NOBODY}=deny"], "", "Mikrofonen er ikke tillatt"),
        ([ASKS_NOBODY, "--disable-audio-input"], "", "Vi finner ingen mikrofon"),
        ([f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"], ELSEWHERE, "Mikrofonen er ikke trygg her"),
    ],
    ids=["refused", "none", "no TLS"],
)
def test_what_the_browser_says_of_the_microphone(
    browser: Browser, service: FakeService, flags: list[str], host: str, title: str
) -> None:
    own = browser.browser_type.launch(executable_path=WITHOUT_WINDOWS, args=[*REST, *flags])
    try:
        with opened(own, service) as page:
            if host:
                page.goto(f"{service.url.replace('127.0.0.1', host)}/j/any?lang=nb")
            button(page, "Bli med").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            assert (page.locator("ol.steps li").count() >= 2) == (not host), "steps where a person can do something"
            button(page, "Gå inn uten mikrofon").click()
            wait_until(lambda: width(page) > 0, "the picture")
            says(page, "De hører deg ikke")
    finally:
        own.close()


def test_after_a_telephone_call_the_microphone_is_there_again_as_it_was(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=IN_A_CALL) as page:
        join(page)
        says(page, "De hører deg")
        page.evaluate(f"inCall = true; {ENDED}")
        says(page, "De hører deg ikke: noe annet bruker mikrofonen")
        is_well_made(page)
        page.evaluate("inCall = false")
        expect(page.locator(".status")).to_contain_text("De hører deg, men ser deg ikke", timeout=15_000)
        assert page.evaluate(SENDS_THE_NEWEST), "what the robot gets is the new one"
        button(page, "Mikrofon").click()
        says(page, "De hører deg ikke: mikrofonen er av")
        page.evaluate(f"{ENDED}; document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(lambda: ask(page, "captured.length") == 3, "the microphone to be captured on return")
        wait_until(lambda: ask(page, SENDS_THE_NEWEST), "the new one to be sent")
        assert not page.evaluate("captured.at(-1).enabled"), "it stays off where the person had it off"
        button(page, "Forlat").click()
        assert ask(page, "captured.every((one) => one.readyState === 'ended')")


def test_the_screen_stays_on_from_the_tap_until_the_person_leaves(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=AWAKE) as page:
        expect(button(page, "Bli med")).to_be_visible()
        assert not ask(page, "locks.length")
        join(page)
        assert ask(page, "locks.map(({kind, released}) => kind + released)") == ["screenfalse"]
        page.evaluate("locks[0].released = true; document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(lambda: ask(page, "locks.length") == 2, "the screen to be held again after another page")
        button(page, "Forlat").click()
        wait_until(lambda: ask(page, "locks.every(({released}) => released)"), "the screen to be let go")
