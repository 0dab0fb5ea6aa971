"""The page in each language: chosen on the page, remembered on the tablet, and said in `lang`, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.fake_service import FakeService
from tests.web.tablet import button, is_well_made, join, opened

pytestmark = pytest.mark.browser

CHOICE = "Språk / Language"


def choose(page: Page, menu: str, language: str) -> None:
    page.get_by_text(menu, exact=True).click()
    page.get_by_role("link", name=language, exact=True).click()


def spoken(page: Page) -> object:
    return page.evaluate("document.documentElement.lang")


def test_the_choice_is_on_the_page_and_is_remembered(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, size=(360, 640)) as page:
        page.get_by_text(CHOICE, exact=True).click()
        expect(page.get_by_role("link", name="Bokmål")).to_have_attribute("aria-current", "true")
        is_well_made(page)
        page.get_by_role("link", name="Nynorsk", exact=True).click()
        expect(page.get_by_label("Er nokon saman med deg?")).to_be_visible()
        assert spoken(page) == "nn"
        is_well_made(page)
        page.goto(f"{service.url}/j/any")
        expect(page.get_by_label("Er nokon saman med deg?")).to_be_visible()
        join(page)
        assert service.offers[-1].language == "nn"
        expect(button(page, "Rekk opp handa")).to_be_visible()


def test_south_sami_has_bokmal_where_a_word_is_missing_and_each_says_which_it_is(
    browser: Browser, service: FakeService
) -> None:
    with opened(browser, service) as page:
        choose(page, CHOICE, "Åarjelsaemien")
        hello = page.get_by_text("Buaregh, Kari Nordmann!")
        expect(hello).to_be_visible()
        assert spoken(page) == "sma"
        assert page.locator(":lang(sma)").filter(has_text="Buaregh").count() > 0
        assert hello.evaluate("(e) => e.closest('[lang]').lang") == "sma"
        assert button(page, "Bli med").evaluate("(e) => e.closest('[lang]').lang") == "nb"
        is_well_made(page)
        join(page)
        assert service.offers[-1].language == "sma"
        assert (
            button(page, "Vielie").locator("span", has_text="Vielie").evaluate("(e) => e.closest('[lang]').lang")
            == "sma"
        )
        assert button(page, "Rekk opp hånda").locator("span").last.evaluate("(e) => e.closest('[lang]').lang") == "nb"
        is_well_made(page)
