"""A leader places the real robot from their page: the room is seen, the head turns, sound and volume are tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.demo import Demo, until

pytestmark = pytest.mark.browser

SOUND_MS = 60_000  # four rounds of tone and listening, on a machine that has other things to do


@pytest.fixture
def page(browser: Browser, resting: Demo) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="nb-NO")
    opened = context.new_page()
    opened.goto(resting.leader)
    yield opened
    context.close()


def is_loudest(guide: Locator) -> bool:
    """Whether it is; a step louder where it is not."""
    if "Lyden i rommet: 100 %" in guide.inner_text():
        return True
    guide.get_by_role("button", name="Høyere").click()
    return False


def test_the_guide_from_switching_on_to_the_volume(page: Page, demo: Demo) -> None:
    page.get_by_role("button", name=re.compile("^Sett opp roboten")).click()
    guide = page.get_by_role("dialog")
    press = guide.get_by_role("button", name="Neste").click
    expect(guide).to_contain_text("Roboten er på og på nett.")
    assert demo.state()["eyes"] == "closed"
    press()
    until(lambda: page.evaluate("document.querySelector('video')?.videoWidth ?? 0") > 0, "the picture of the room")
    until(lambda: demo.state()["eyes"] != "closed", "the eyes to say that somebody looks")
    press()
    before = demo.state()["pan_deg"]
    guide.get_by_role("button", name="Til høyre").click()
    until(lambda: abs(demo.state()["pan_deg"] - before) > 5, "the head to turn")
    press()
    expect(guide).to_contain_text("Lyden fra rommet kommer fram hit.", timeout=SOUND_MS)  # the course talks
    demo.room_sound(kind="silence")
    guide.get_by_role("button", name="Spill en tone").click()
    expect(guide).to_contain_text("høyttaleren og mikrofonen virker", timeout=SOUND_MS)
    press()
    guide.get_by_role("button", name="Hører dere meg?").click()
    expect(guide).to_contain_text("Rommet hører roboten godt.", timeout=SOUND_MS)
    until(lambda: is_loudest(guide), "the volume that the other tests have", every_s=0.5)
    guide.get_by_role("button", name="Ferdig").click()
    until(lambda: not demo.state()["camera_open"], "the camera to close: nobody looks any more")
