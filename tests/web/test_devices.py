"""A microphone that the browser refuses, that is not there, or that a page without TLS does not get: by the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import WITHOUT_WINDOWS
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import FLAGS, button, opened, says, width

pytestmark = pytest.mark.browser

REST = [flag for flag in FLAGS if "media-stream" not in flag]
FAKE_DEVICE, ASKS_NOBODY = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"

ELSEWHERE = "robot.example"  # by name, so that the browser does not take the page for this machine's own


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
