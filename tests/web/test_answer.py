"""A form on the patient's tablet, in Chromium with the whole service: a question at a time, without a network too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"
FORM = {
    "name": "Spørsmål om møtet",
    "moment": "before",
    "questions": [
        {
            "kind": "scale",
            "id": "nytte",
            "text": "Hvor nyttig tror du kurset blir?",
            "low": "ikke nyttig",
            "high": "svært nyttig",
        },
        {
            "kind": "category",
            "id": "hjemme",
            "text": "Hvor er du når du er med?",
            "choices": ["Hjemme", "På helsesenteret", "Et annet sted"],
        },
        {"kind": "words", "id": "mer", "text": "Er det noe du lurer på?"},
    ],
}


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("answer")) as service:
        yield service


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    width, height = SIZES["landscape"]
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, service_workers="block")
    yield context
    context.close()


class Office:
    """The coordinator, by REST."""

    def __init__(self, browser: Browser, service: WholeService) -> None:
        self._context = browser.new_context()
        self._base = service.where.http
        token = service.where.administrator.partition("#first=")[2]
        self("POST", "/api/staff/account", {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD})

    def __call__(self, method: str, path: str, data: object = None) -> Any:
        own = {"Origin": self._base, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        answer = self._context.request.fetch(f"{self._base}{path}", method=method, data=data, headers=own)
        assert answer.ok, answer.text()
        return answer.json() if answer.body() else None

    def close(self) -> None:
        self._context.close()

    def page(self) -> Page:
        return self._context.new_page()

    def invited(self) -> tuple[str, str, str]:
        """A course that asks one form before it begins; its path, the form's id, and a patient's link."""
        api = "/api/v1"
        self("PUT", f"{api}/sites/rodoy", {"name": "Helsesenteret", "municipality": "Rødøy"})
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        named = {"name": "Mestringstreff", "telephone": "75 00 00 00", "sites": ["rodoy"]}
        course = f"{api}/courses/{self('POST', f'{api}/courses', {**named, 'starts_at': starts.isoformat()})['id']}"
        form = self("POST", f"{api}/forms", FORM)["id"]
        self("PUT", f"{course}/forms/{form}")
        return course, form, self.link(course, "stua")

    def link(self, course: str, name: str) -> str:
        """A seat with a robot and a patient, and where their link leads."""
        self("PUT", f"/api/v1/robots/{name}", {"site": "rodoy", "place": "Stua"})
        seat = self("POST", f"{course}/seats", {"name": name, "robot": name})["id"]
        kari = {"display_name": f"Kari på {name}", "role": "patient", "seat": seat}
        person = self("POST", f"{course}/people", kari)["id"]
        return str(self("POST", f"{course}/invitations", {"person": person})["path"])


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[Office]:
    office = Office(browser, service)
    yield office
    office.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_focused()
    is_well_made(page)


def test_a_form_is_left_taken_up_again_and_kept_without_a_network(
    service: WholeService, tablet: BrowserContext, office: Office
) -> None:
    course, form, path = office.invited()
    page = tablet.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    link = f"{service.where.http}{path}"
    page.goto(link)
    page.get_by_role("link", name="Svar på noen spørsmål").click()
    heading(page, "Spørsmål om møtet")
    press(page, "Begynn")
    heading(page, "Hvor nyttig tror du kurset blir?")
    page.get_by_role("radio", name="7", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="8", exact=True)).to_be_checked()
    press(page, "Neste")
    width, height = SIZES["telephone"]
    page.set_viewport_size({"width": width, "height": height})
    heading(page, "Hvor er du når du er med?")
    page.reload()
    heading(page, "Spørsmål om møtet")
    press(page, "Fortsett der du slapp")
    press(page, "Forrige")
    heading(page, "Hvor nyttig tror du kurset blir?")
    expect(page.get_by_role("radio", name="8", exact=True)).to_be_checked()
    press(page, "Neste")
    press(page, "Hopp over")
    heading(page, "Er det noe du lurer på?")
    page.get_by_role("textbox").fill("Hvor lenge varer det?")
    press(page, "Neste")
    heading(page, "Vil du sende svarene?")
    expect(page.get_by_text("Du har svart på 2 av 3 spørsmål.")).to_be_visible()

    def no_network(route: Route) -> None:
        route.abort("internetdisconnected")

    page.route("**/api/forms/**", no_network)
    press(page, "Send svarene")
    heading(page, "Takk, svarene er tatt vare på")
    page.unroute("**/api/forms/**", no_network)
    page.goto(link.replace("/j/", "/e/"))
    heading(page, "Takk for svarene")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('av1-form')).length") == 0
    assert office("GET", f"{course}/results?form={form}")["items"][0]["answers"] is None, "one answer is not shown"
    page.goto(link)
    expect(page.get_by_role("heading", name="Kurset åpner", exact=False)).to_be_visible()
    expect(page.get_by_role("link", name="Svar på noen spørsmål")).to_be_hidden()
    assert not errors


def test_the_coordinator_sees_bars_from_five_answers_on(service: WholeService, office: Office) -> None:
    course, form, first = office.invited()
    page = office.page()
    page.set_viewport_size({"width": SIZES["telephone"][0], "height": SIZES["telephone"][1]})
    page.goto(f"{service.where.http}/courses")
    page.get_by_role("button", name="Åpne Mestringstreff", exact=True).click()
    part = page.get_by_role("region", name="Bruk og evaluering")
    expect(part.get_by_role("checkbox", name="Spørsmål om møtet")).to_be_checked()
    part.get_by_role("button", name="Vis svarene: Spørsmål om møtet").click()
    expect(part.get_by_text("Færre enn fem har svart. Da vises ingenting.").first).to_be_visible()
    links = [first, *(office.link(course, f"stua-{number}") for number in range(2, 6))]
    for number, link in enumerate(links):
        answers = {"nytte": 6 + number % 3, "hjemme": "Hjemme", "mer": f"Svar {number}"}
        office("POST", f"/api/forms/{link.rpartition('/')[2]}", {"form": form, "answers": answers})
    part.get_by_role("button", name="Skjul svarene: Spørsmål om møtet").click()
    part.get_by_role("button", name="Vis svarene: Spørsmål om møtet").click()
    expect(part.get_by_text("5 svar, snitt 6,8")).to_be_visible()
    expect(part.locator(".bars").nth(1).get_by_role("listitem").first).to_have_text("Hjemme5")
    is_well_made(page)
    page.set_viewport_size({"width": SIZES["landscape"][0], "height": SIZES["landscape"][1]})
    is_well_made(page)
    part.get_by_label("Hent inn et skjema fra en fil").set_input_files(
        {"name": "skjema.json", "mimeType": "application/json", "buffer": json.dumps({**FORM, "name": "Nytt"}).encode()}
    )
    part.get_by_role("checkbox", name="Nytt").check()
    expect(part.get_by_role("checkbox", name="Nytt")).to_be_checked()
    with page.expect_download() as table:
        part.get_by_role("link", name="Frammøte og tid (CSV)").click()
    assert table.value.path().read_bytes().startswith(b"\xef\xbb\xbfm\xc3\xb8te;begynner;")
