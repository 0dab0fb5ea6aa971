"""A screen in another room: its link from the leader's page, its queue in large letters, words when it sees nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.meeting import MeetingMode
from protocol.state import HandState
from protocol.watching import Choices
from tests.web.leader_service import LeaderService, person
from tests.web.tablet import is_well_made
from tests.web.test_leader import SIZES, card, leading, press

pytestmark = pytest.mark.browser

UP = HandState(raised=True, since_s=70)
FLOOR = HandState(raised=True, since_s=80, floor=True)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LeaderService]:
    with LeaderService(tmp_path_factory.mktemp("screen")) as service:
        yield service


@pytest.fixture
def service(running: LeaderService) -> Iterator[LeaderService]:
    running.reset()
    yield running
    running.reset()


def link_of(page: Page, place: str = "Vefsn") -> str:
    """The address that the leader's page shows for one room."""
    here = card(page, place)
    here.get_by_text("Skjerm i et annet rom").click()
    here.get_by_label("Hvor henger skjermen?").fill("Biblioteket")
    press(here, f"Vis lenken – {place}")
    return here.get_by_role("link").get_attribute("href") or ""


def test_a_screen_shows_the_queue_follows_the_floor_and_goes_when_its_link_is_withdrawn(
    browser: Browser, service: LeaderService
) -> None:
    with leading(browser, service, size=SIZES["telephone"]) as page:
        link = link_of(page)
        is_well_made(page)
        with leading(browser, service, link) as screen:
            expect(screen.get_by_text("Ingen er med gjennom roboten i Vefsn nå.")).to_be_visible()
            expect(screen.get_by_text("Ingen har hånda oppe.")).to_be_visible()
            is_well_made(screen)
            screen.get_by_role("button", name="Bare køen").click()
            expect(screen.locator("video")).to_have_count(0)
            service.put("bronnoy", session=person("Ola"), hand=UP)
            service.put("vefsn", session=person("Kari"), hand=HandState(raised=True, since_s=10))
            queue = screen.get_by_role("listitem")
            expect(queue).to_have_text(["1 En deltaker i Brønnøy", "2 En deltaker i Vefsn"])
            allowed = Choices(named_elsewhere=True, heard_elsewhere=True)
            service.put("bronnoy", choices=allowed, hand=FLOOR)
            expect(screen.get_by_text("Ola, Brønnøy har ordet")).to_be_visible()
            expect(queue).to_have_text(["1 En deltaker i Vefsn"])
            is_well_made(screen)

            screen.get_by_role("button", name="Vis rommet").click()
            expect(screen.locator(".screen-where")).to_have_text("Brønnøy")
            screen.get_by_role("button", name="Slå på lyden").click()
            expect(screen.get_by_text("Dere hører den som har ordet.")).to_be_visible()
            assert not screen.evaluate("document.querySelector('video').muted")
            is_well_made(screen)
            service.put("bronnoy", hand=HandState(raised=False))
            expect(screen.locator(".screen-where")).to_have_text("Vefsn")
            service.put("vefsn", mode=MeetingMode.GROUP)
            expect(screen.get_by_text("Vefsn er for seg selv nå.")).to_be_visible()
            expect(queue).to_have_count(0)
            press(card(page, "Vefsn"), "Ta lenken tilbake – Vefsn")
            expect(card(page, "Vefsn")).to_contain_text("Lenken er tatt tilbake, og skjermene er lukket.")
            expect(screen.get_by_text("Lenken åpner ingenting")).to_be_visible()
            is_well_made(screen)
