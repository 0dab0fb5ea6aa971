"""The administrator in Chromium: somebody is invited, changed, kept out and let in again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("staff")) as service:
        yield service


def send(context: BrowserContext, service: WholeService, method: str, path: str, body: object) -> None:
    """What our own page would send."""
    headers = {"Origin": service.where.http, "Sec-Fetch-Site": "same-origin"}
    assert context.request.fetch(f"{service.where.http}{path}", method=method, data=body, headers=headers).ok


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[BrowserContext]:
    """The administrator's browser, logged in, at a service with a site."""
    width, height = SIZES["telephone"]
    context = browser.new_context(viewport={"width": width, "height": height})
    token = service.where.administrator.partition("#first=")[2]
    account = {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD}
    send(context, service, "POST", "/api/staff/account", account)
    site = {"name": "Frisklivssentralen", "municipality": "Vefsn"}
    send(context, service, "PUT", "/api/v1/sites/vefsn", site)
    yield context
    context.close()


def test_somebody_is_invited_changed_kept_out_and_let_in_again(office: BrowserContext, service: WholeService) -> None:
    page = office.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{service.where.http}/courses")
    page.get_by_role("button", name="Hvem kan logge inn").click()
    expect(page.get_by_role("heading", name="Hvem kan logge inn")).to_be_focused()
    expect(page.get_by_role("heading", name="Tor (deg)")).to_be_visible()

    form = page.get_by_role("form", name="Lag lenke")
    form.get_by_label("Navn").fill("Ane")
    form.get_by_label("Frisklivssentralen, Vefsn").check()
    form.get_by_role("button", name="Lag lenke").click()
    expect(page.get_by_role("heading", name="Lenke til Ane")).to_be_visible()
    link = page.get_by_label("Lenken", exact=True).input_value()
    assert link.startswith(f"{service.where.http}/login#first=")
    expect(page.get_by_text("Kursleder: Frisklivssentralen")).to_be_visible()
    expect(page.get_by_text("Har ikke brukt lenken sin ennå")).to_be_visible()
    is_well_made(page)
    page.get_by_role("button", name="Ferdig").click()

    page.get_by_role("button", name="Endre: Ane").click()
    change = page.get_by_role("form", name="Endre: Ane")
    change.get_by_label("Oppgave").select_option(label="Koordinator")
    change.get_by_role("button", name="Lagre").click()
    expect(change).to_be_hidden()
    expect(page.locator("li", has_text="Ane").get_by_text("Koordinator", exact=True)).to_be_visible()

    page.get_by_role("button", name="Steng ute: Ane").click()
    expect(page.get_by_text("Slipper ikke inn", exact=True)).to_be_visible()
    page.get_by_role("button", name="Angre").click()
    expect(page.get_by_role("button", name="Steng ute: Ane")).to_be_visible()
    is_well_made(page)
    assert errors == []
