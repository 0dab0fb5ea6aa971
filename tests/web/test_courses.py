"""The coordinator in Chromium, with the whole service: a course is made, an invitation printed, and a patient comes in
by its six digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"
ZONE = "Europe/Oslo"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("courses")) as service:
        yield service


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[BrowserContext]:
    """The coordinator's browser, logged in."""
    width, height = SIZES["telephone"]
    context = browser.new_context(viewport={"width": width, "height": height}, timezone_id=ZONE)
    token = service.where.administrator.partition("#first=")[2]
    account = {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD}
    headers = {"Origin": service.where.http, "Sec-Fetch-Site": "same-origin"}
    assert context.request.post(f"{service.where.http}/api/staff/account", data=account, headers=headers).ok
    yield context
    context.close()


def fill(page: Page, form: str, **fields: str) -> None:
    """Fills a form in and sends it; the button has the form's name."""
    part = page.get_by_role("form", name=form, exact=True)
    for label, text in fields.items():
        part.get_by_label(label.replace("_", " "), exact=True).fill(text)
    part.get_by_role("button", name=form, exact=True).click()


def plan(page: Page, starts: datetime) -> None:
    """A course with a site, a robot, a seat and a patient, as somebody does it who comes for the first time."""
    expect(page.get_by_role("heading", name="Kurs", exact=True)).to_be_focused()
    is_well_made(page)
    fill(page, "Legg til stedet", Navn_på_stedet="Helsesenteret", Kommune="Rødøy")
    fill(page, "Legg til roboten", Robotens_navn="Rødøy 1", Hvor_den_står="Stua")
    expect(page.get_by_text("Stua (rodoy-1): på")).to_be_visible(timeout=20_000)
    page.get_by_label("Helsesenteret, Rødøy").check()
    fill(
        page,
        "Lag kurset",
        Navn_på_kurset="Mestringstreff",
        Telefon_for_hjelp="75 00 00 00",
        Første_møte=f"{starts:%Y-%m-%d}",
        Fra_klokka=f"{starts:%H:%M}",
    )
    expect(page.get_by_role("heading", name="Mestringstreff")).to_be_focused()
    expect(page.get_by_role("heading", name="Møte 6")).to_be_visible()
    fill(page, "Legg til plassen", Navn_på_plassen="Stua")
    fill(page, "Legg til deltakeren", Navn="Kari Ødegård")
    expect(page.get_by_role("heading", name="Kari Ødegård")).to_be_visible()
    is_well_made(page)


def test_from_the_course_to_the_patient_by_six_digits(
    browser: Browser, service: WholeService, office: BrowserContext
) -> None:
    page = office.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{service.where.http}/courses")
    here = page.evaluate("() => -new Date().getTimezoneOffset()")
    plan(page, datetime.now(UTC) + timedelta(minutes=here))
    page.get_by_role("button", name="Inviter Kari Ødegård").click()
    digits = page.locator(".planning-digits").inner_text()
    assert re.fullmatch(r"\d{3} \d{3}", digits)
    is_well_made(page)
    link = page.get_by_role("link", name="Skriv ut invitasjonen til Kari Ødegård").get_attribute("href")
    printed = office.request.get(f"{service.where.http}{link}").body()
    assert digits in pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_range()

    tablet = browser.new_context()
    patient = tablet.new_page()
    patient.on("pageerror", lambda error: errors.append(str(error)))
    patient.goto(service.where.http)
    patient.get_by_role("textbox").fill(digits.replace(" ", ""))
    patient.get_by_role("button", name="Gå videre").click()
    expect(patient.get_by_text("Kari Ødegård")).to_be_visible()
    expect(patient.get_by_text("Mestringstreff")).to_be_visible()
    page.get_by_role("button", name="Trekk tilbake invitasjonen til Kari Ødegård").click()
    expect(page.get_by_role("button", name="Inviter Kari Ødegård")).to_be_visible()
    patient.reload()
    expect(patient.get_by_role("heading", name="Lenken gjelder ikke lenger")).to_be_visible()
    tablet.close()

    page.get_by_role("button", name="Slett kurset").click()
    page.get_by_role("button", name="Ja, slett").click()
    expect(page.get_by_text("Det er ingen kurs ennå.")).to_be_visible()
    page.get_by_role("button", name="Angre", exact=True).click()
    expect(page.get_by_role("button", name="Åpne Mestringstreff")).to_be_visible()
    assert not errors


def test_whoever_is_not_logged_in_goes_to_where_that_is_done(browser: Browser, service: WholeService) -> None:
    tab = browser.new_context()
    page = tab.new_page()
    page.goto(f"{service.where.http}/courses")
    expect(page).to_have_url(f"{service.where.http}/login?next=%2Fcourses")
    tab.close()
