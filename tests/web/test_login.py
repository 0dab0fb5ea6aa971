"""Staff log in, in Chromium, with the real service: the first account, wrong passwords, and on to the leader's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.leader_service import LeaderService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LeaderService]:
    with LeaderService(tmp_path_factory.mktemp("login")) as service:
        yield service


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    width, height = SIZES["telephone"]
    tab = browser.new_context(viewport={"width": width, "height": height})
    page = tab.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    tab.close()
    assert not errors


def fill(page: Page, password: str, button: str, **more: str) -> None:
    for label, text in {**more, "Brukernavn": "tor", "Passord": password}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()


def test_from_the_first_link_to_the_leaders_page(page: Page, service: LeaderService) -> None:
    page.goto(f"{service.url}/login#first={service.first_link()}")
    expect(page.get_by_role("heading", name="Lag kontoen din")).to_be_focused()
    is_well_made(page)
    name = {"Navnet ditt, slik de andre ser det": "Tor"}
    fill(page, "kort", "Lag konto", **name)
    expect(page.get_by_role("alert")).to_have_text("Passordet må ha minst 12 tegn.")
    is_well_made(page)
    fill(page, PASSWORD, "Lag konto", **name)
    expect(page.get_by_role("heading", name="Du er logget inn")).to_be_visible()
    expect(page.get_by_text("Tor, administrator")).to_be_visible()
    assert "first" not in page.url
    is_well_made(page)
    page.get_by_role("button", name="Logg ut").click()
    expect(page.get_by_role("heading", name="Logg inn")).to_be_focused()
    page.goto(f"{service.url}/lead")
    expect(page).to_have_url(f"{service.url}/login?next=/lead")
    fill(page, "feil passord", "Logg inn")
    expect(page.get_by_role("alert")).to_have_text("Feil brukernavn eller passord. Prøv igjen.")
    is_well_made(page)
    fill(page, PASSWORD, "Logg inn")
    expect(page.get_by_role("region", name="Vefsn", exact=True)).to_be_visible()
    expect(page.get_by_text("Du er Tor")).to_be_visible()
    assert page.url == f"{service.url}/lead"
    is_well_made(page)
    page.get_by_role("link", name="Kurs og logg").click()
    expect(page.get_by_role("heading", name="Kurs", exact=True)).to_be_focused()
    page.get_by_role("link", name="Til rommene").click()
    expect(page.get_by_role("region", name="Vefsn", exact=True)).to_be_visible()


def test_a_link_that_was_used_and_a_page_elsewhere(page: Page, service: LeaderService) -> None:
    used = service.first_link()
    page.goto(f"{service.url}/login?next=//example.org/lead#first={service.first_link()}")
    fill(page, PASSWORD, "Lag konto", **{"Navnet ditt, slik de andre ser det": "Tor"})
    expect(page.get_by_role("heading", name="Du er logget inn")).to_be_visible()
    page.context.clear_cookies()
    page.goto("about:blank")
    page.goto(f"{service.url}/login#first={used}")
    expect(page.get_by_role("heading", name="Lenken virker ikke lenger")).to_be_focused()
    is_well_made(page)
