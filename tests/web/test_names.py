"""Who is with the person: written on the page with «Bli med», kept on the tablet, seen by everybody, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web.fake_service import FakeService
from tests.web.tablet import button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

FIELD = "Er noen sammen med deg?"


def test_the_name_goes_along_is_shown_and_is_remembered(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        field = page.get_by_label(FIELD)
        expect(field).to_have_value("")
        field.fill("  Anne  Berg\u00a0")
        field.press("Enter")
        expect(button(page, "Bli med")).to_be_visible()
        expect(field).to_have_value("Anne Berg")
        is_well_made(page)
        join(page)
        assert service.offers[-1].companion == "Anne Berg"
        button(page, "Mer").click()
        says(page, "Kari Nordmann: deltaker, styrer roboten")
        says(page, "Anne Berg: sitter sammen med deltakeren")
        is_well_made(page)
        page.reload()
        expect(page.get_by_label(FIELD)).to_have_value("Anne Berg")
        page.get_by_label(FIELD).fill("")
        page.get_by_label(FIELD).press("Enter")
        page.reload()
        expect(page.get_by_label(FIELD)).to_have_value("")


def test_the_one_button_is_in_sight_on_a_small_telephone(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, size=(360, 640)) as page:
        box = button(page, "Bli med").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 640
