"""A relative's page: words while the room is closed to them, the room when it is open, no button without use."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from protocol.watching import Choices
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, button, is_well_made, opened, says, width

pytestmark = pytest.mark.browser

ENTER = "Se og hør rommet"


@pytest.mark.parametrize("size", ["landscape", "telephone"])
def test_a_relative_sees_the_room_for_as_long_as_the_person_says_so(
    browser: Browser, service: FakeService, size: str
) -> None:
    scene = service.scene
    scene.link_role = "relative"
    with opened(browser, service, size=SIZES[size]) as page:
        expect(button(page, ENTER)).to_be_visible()
        is_well_made(page)
        button(page, ENTER).click()
        says(page, "Ingen er i rommet nå.")
        scene.holder, scene.holder_companion = "Kari", "Siri"
        says(page, "har ikke sagt ja til det")
        is_well_made(page)
        scene.choices = Choices(relatives_watch=True)
        wait_until(lambda: width(page) > 0, "the picture")
        says(page, "Du ser og hører rommet. Ingen ser eller hører deg.")
        says(page, "Kari: deltaker")
        says(page, "Siri: sitter sammen med deltakeren")
        assert page.get_by_role("button").all_inner_texts() == ["Gå ut"]
        is_well_made(page)
        scene.choices = Choices()
        expect(page.locator("video")).to_have_count(0)
        says(page, "har ikke sagt ja til det")
        scene.private = True
        says(page, "Rommet er privat nå.")
        button(page, "Gå ut").click()
        says(page, "Du har gått ut")
        is_well_made(page)
        wait_until(lambda: service.watch.sent[-1] == "leave", "the good-bye")
        assert "microphone" not in page.evaluate("document.body.innerText")
