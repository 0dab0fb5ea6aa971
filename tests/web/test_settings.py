"""*Mer*: how loud the person is, the mood of the eyes, help and the way out. What is shown is what the robot does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.commands import SetMood, SetVolume
from protocol.signals import EndReason
from protocol.state import Mood, VolumeState
from tests.web.door import TELEPHONE
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

NOT_DONE = "Roboten har ikke gjort det ennå."


def volumes(service: FakeService) -> list[tuple[float, bool]]:
    return [(act.action.percent, act.action.whisper) for act in service.acts if isinstance(act.action, SetVolume)]


def moods(service: FakeService) -> list[Mood]:
    return [act.action.mood for act in service.acts if isinstance(act.action, SetMood)]


def open_more(page: Page) -> None:
    join(page)
    button(page, "Mer").tap()
    says(page, "100 av 100")


@pytest.mark.parametrize("size", ["landscape", "telephone"])
def test_volume_whisper_and_mood_are_what_the_robot_does(browser: Browser, service: FakeService, size: str) -> None:
    with opened(browser, service, size=SIZES[size]) as page:
        open_more(page)
        for _ in range(3):
            button(page, "Lavere").tap()
        says(page, "70 av 100")
        page.get_by_role("switch", name="Hviske: nei").tap()
        expect(page.get_by_role("switch", name="Hviske: ja")).to_have_attribute("aria-checked", "true")
        page.get_by_role("radio", name="Glade").tap()
        expect(page.get_by_role("radio", name="Glade")).to_be_checked()
        is_well_made(page)
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name="Triste")).to_be_checked()
        expect(page.get_by_role("radio", name="Triste")).to_be_focused()
        wait_until(lambda: (service.scene.mood, service.scene.volume.whisper) == (Mood.SAD, True), "both to arrive")
        assert [percent for percent, _ in volumes(service)] == [90, 80, 70, 70]
        assert not service.head.heard, "the arrow chose a mood and did not turn the head"
        service.scene.volume = VolumeState(percent=60)  # a course leader
        says(page, "60 av 100")
        expect(page.get_by_role("switch", name="Hviske: nei")).to_be_visible()
        expect(page.get_by_role("link", name=f"Ring {TELEPHONE}")).to_have_attribute(
            "href", f"tel:{TELEPHONE.replace(' ', '')}"
        )
        assert len(volumes(service)) == 4, "who in the room turned it last has the word"
        button(page, "Forlat rommet").tap()
        says(page, "Du har forlatt rommet")


def test_a_robot_that_forgot_in_a_break_is_told_again(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        open_more(page)
        button(page, "Lavere").tap()
        says(page, "90 av 100")
        page.get_by_role("radio", name="Glade").tap()
        expect(page.get_by_role("radio", name="Glade")).to_be_checked()
        page.keyboard.press("Escape")
        service.scene.silent = True
        service.end(EndReason.LOST)
        says(page, "Kobler til igjen")
        service.acts.clear()
        service.scene.volume, service.scene.mood = VolumeState(), Mood.NEUTRAL
        service.scene.silent = False
        wait_until(lambda: volumes(service) == [(90, False)] and moods(service) == [Mood.HAPPY], "both wishes again")


def test_a_robot_that_does_not_obey_is_said_and_asked_again(browser: Browser, service: FakeService) -> None:
    service.scene.obeys_settings = False
    with opened(browser, service) as page:
        open_more(page)
        button(page, "Lavere").tap()
        says(page, "100 av 100 (sender …)")
        says(page, NOT_DONE)
        is_well_made(page)
        service.scene.obeys_settings = True
        says(page, "90 av 100")
        expect(page.get_by_text(NOT_DONE)).to_have_count(0)
