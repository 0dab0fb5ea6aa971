"""*Mer*: who is there, and what the person allows: off until they say so, obeyed at once, kept through a break."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.commands import SetChoices
from protocol.watching import Choices, Watcher
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

RELATIVES = "Pårørende kan se rommet sammen med meg"
NAMED = "Gruppene i de andre kommunene kan se navnet mitt"


def switch(page: Page, label: str, now: str) -> Locator:
    return page.get_by_role("switch", name=f"{label}: {now}", exact=True)


def asked(service: FakeService) -> list[Choices]:
    return [act.action.choices for act in service.acts if isinstance(act.action, SetChoices)]


@pytest.mark.parametrize("size", ["landscape", "telephone"])
def test_relatives_are_allowed_seen_and_sent_away(browser: Browser, service: FakeService, size: str) -> None:
    with opened(browser, service, size=SIZES[size]) as page:
        join(page)
        service.scene.watchers = (Watcher(role="relative", name="Per", since_s=0, seeing=True),)
        says(page, "Per er med nå (pårørende, ser og hører).")
        is_well_made(page)
        button(page, "Mer").click()
        says(page, "Kari Nordmann: deltaker, styrer roboten")
        says(page, "Per: pårørende, ser og hører")
        expect(switch(page, NAMED, "nei")).to_have_attribute("aria-checked", "false")
        switch(page, RELATIVES, "nei").click()
        expect(switch(page, RELATIVES, "ja")).to_have_attribute("aria-checked", "true")
        is_well_made(page)
        switch(page, RELATIVES, "ja").click()
        expect(switch(page, RELATIVES, "nei")).to_be_visible()
        assert asked(service) == [Choices(relatives_watch=True), Choices()]


def test_a_robot_that_has_forgotten_is_told_again(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Mer").click()
        switch(page, NAMED, "nei").click()
        expect(switch(page, NAMED, "ja")).to_be_visible()
        service.scene.choices = Choices()
        wait_until(lambda: len(asked(service)) == 2, "the choice again")
        assert asked(service)[1] == Choices(named_elsewhere=True)
        expect(switch(page, NAMED, "ja")).to_be_visible()
