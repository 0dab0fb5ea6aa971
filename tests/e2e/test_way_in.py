"""Between the link and the room, provoked for real: too early, no microphone, no network, an old browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.demo import Demo, until
from tests.e2e.people import WAIT_MS, says
from tests.e2e.tablet import FLAGS, TABLET, PatientPage, tap
from tests.e2e.test_failures import command, heading, new_link

pytestmark = pytest.mark.browser

EARLY_S = 15  # the link is made and opened sooner, also on a machine that has other things to do
CARRIES = re.compile("Nettet holder til bilde og lyd|Det går an")  # the second while this machine is busy
CALL = "Ring 75 00 00 00"
REST = [flag for flag in FLAGS if "media-stream" not in flag]
FAKE_DEVICE, ASKS_NOBODY = "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"


@pytest.fixture
def offline(tablet: Page) -> Iterator[Page]:
    """A tablet whose network the test may take away; it has it again afterwards."""
    yield tablet
    tablet.context.set_offline(False)


def test_what_is_tried_before_the_meeting_works_and_the_link_that_is_taken_back_ends_it(
    tablet: Page, resting: Demo
) -> None:
    opens = datetime.now(UTC) + timedelta(seconds=EARLY_S)
    link = new_link(resting, "Kari", f"--opens={opens.isoformat()}")
    room = PatientPage(tablet, link)
    heading(tablet, "Kurset åpner i")
    tap(tablet, "Prøv lyd, mikrofon og nett")
    tap(tablet, "Spill tonen")
    tap(tablet, "Ja, jeg hører den")
    says(tablet, "Da hører du rommet også")
    tap(tablet, "Prøv mikrofonen")
    says(tablet, "Mikrofonen hører stemmen din")
    tap(tablet, "Prøv nettet")
    says(tablet, CARRIES)
    says(tablet, "Kurset er åpent nå.")
    tap(tablet, "Til kurset")
    room.join()
    command(resting, "withdraw", link)
    heading(tablet, "Lenken gjelder ikke lenger")
    until(lambda: not resting.state()["camera_open"], "the camera to close")


@pytest.mark.parametrize(
    ("flags", "title"),
    [
        ([FAKE_DEVICE, f"{ASKS_NOBODY}=deny"], "Mikrofonen er ikke tillatt"),
        ([ASKS_NOBODY, "--disable-audio-input"], "Vi finner ingen mikrofon"),
    ],
    ids=["refused", "none"],
)
def test_without_a_microphone_one_goes_in_and_sees(
    browser: Browser, resting: Demo, flags: list[str], title: str
) -> None:
    own = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=[*REST, *flags])
    try:
        page = own.new_context(viewport=TABLET, has_touch=True, locale="nb-NO").new_page()
        room = PatientPage(page, resting.patient)
        room.button("join").tap()
        heading(page, title)
        assert page.locator("ol.steps li").count() >= 2
        tap(page, "Gå inn uten mikrofon")
        room.wait_for_picture()
        says(page, "De hører deg ikke")
        room.leave()
    finally:
        own.close()


def test_without_a_network_it_says_so_and_comes_in_by_itself(offline: Page, resting: Demo) -> None:
    room = PatientPage(offline, resting.patient)
    expect(room.button("join")).to_be_visible()
    offline.evaluate("navigator.serviceWorker.ready.then(() => true)")
    offline.context.set_offline(True)
    offline.reload()
    heading(offline, "Vi får ikke kontakt")
    expect(offline.get_by_role("link", name=CALL)).to_be_visible()
    offline.context.set_offline(False)
    expect(room.button("join")).to_be_visible(timeout=WAIT_MS)

    offline.context.set_offline(True)
    room.button("join").tap()
    heading(offline, "Vi får ikke kontakt")
    offline.context.set_offline(False)
    room.wait_for_picture()
    until(lambda: resting.state()["eyes"] != "closed", "the eyes to open")
    room.leave()


def test_an_old_browser_is_told_what_to_do(tablet: Page, browser: Browser, demo: Demo) -> None:
    tablet.add_init_script("delete window.RTCPeerConnection")
    tablet.goto(demo.patient)
    heading(tablet, "Nettleseren er for gammel")
    assert tablet.locator("ol.steps li").count() >= 2
    expect(tablet.get_by_role("link", name=CALL)).to_be_visible()
    context = browser.new_context(viewport=TABLET, has_touch=True, java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(demo.patient)
        expect(page.get_by_text("Nettleseren er kanskje for gammel")).to_contain_text("75 00 00 00")
    finally:
        context.close()
