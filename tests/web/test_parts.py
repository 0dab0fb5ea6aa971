"""What is fetched when the room has opened: it comes by itself, is asked for again, and its absence is said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import WORDS, button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

LATE = "**/assets/late-*"
PRESS = "document.querySelector('.sharp .coming button')?.click()"  # the page's own try may have been quicker
MISSING = "Denne delen kom ikke fram. Siden prøver igjen av seg selv."


def asked_for(page: Page) -> list[str]:
    """The addresses of the part, as they are asked for from now on."""
    asked: list[str] = []

    def look(request: Request) -> None:
        if "/late-" in request.url:
            asked.append(request.url)

    page.on("request", look)
    return asked


def test_it_is_not_asked_for_before_the_room_opens_and_once_then(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        asked = asked_for(page)
        expect(button(page, "Bli med")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert asked == []
        join(page)
        wait_until(lambda: page.evaluate("1") and asked, "the part to be asked for, before anybody needs it")
        page.locator("#quality").click()
        expect(page.locator(".numbers-list")).to_be_visible()
        assert len(asked) == 1


def test_a_part_that_does_not_come_is_said_and_comes_when_it_can(browser: Browser, service: FakeService) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    with opened(browser, service) as page:
        page.route(LATE, refuse)
        asked = asked_for(page)
        join(page)
        button(page, WORDS["nb"]["quality"]).click()
        expect(page.locator("#numbers")).to_contain_text(MISSING)
        is_well_made(page)
        page.keyboard.press("Escape")
        button(page, WORDS["nb"]["sharp"]).click()
        says(page, MISSING)
        is_well_made(page)
        expect(button(page, "Prøv nå")).to_be_visible()
        page.unroute(LATE, refuse)
        page.evaluate(PRESS)
        expect(page.locator(".sharp-stage")).to_be_visible()
        assert len({*asked}) == len(asked), "no address is asked for twice: the browser would not ask"
