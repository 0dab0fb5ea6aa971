"""The coordinator in Chromium changes what is there already, by the whole service: undo, and two who edit at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"
ZONE = "Europe/Oslo"
IN_A_WEEK = (datetime.now(UTC) + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)


@dataclass
class Office:
    """The coordinator's browser, logged in, and a course with a patient."""

    context: BrowserContext
    url: str
    course: str = ""
    person: str = ""

    def send(self, method: str, path: str, body: object = None, version: str | None = None) -> Any:
        """What our own page would send; None where nothing comes back."""
        answer = self.fetch(f"/api/v1{path}", method, body, version)
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None

    def fetch(self, path: str, method: str, body: object, version: str | None = None) -> APIResponse:
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.context.request.fetch(f"{self.url}{path}", method=method, data=body, headers=headers)

    def items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("GET", path)["items"]
        return found


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("editing")) as service:
        yield service


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[Office]:
    width, height = SIZES["telephone"]
    context = browser.new_context(viewport={"width": width, "height": height}, timezone_id=ZONE)
    office = Office(context, service.where.http)
    token = service.where.administrator.partition("#first=")[2]
    account = {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD}
    assert office.fetch("/api/staff/account", "POST", account).ok
    office.send("PUT", "/sites/rodoy", {"name": "Helsesenteret", "municipality": "Rødøy"})
    office.send("PUT", "/robots/rodoy-1", {"site": "rodoy", "place": "Stua"})
    plan = {"name": "Mestringstreff", "telephone": "75 00 00 00", "sites": ["rodoy"]}
    course = office.send("POST", "/courses", {**plan, "starts_at": IN_A_WEEK.isoformat()})
    office.course = f"/courses/{course['id']}"
    seat = office.send("POST", f"{office.course}/seats", {"name": "stua", "robot": "rodoy-1"})
    patient = {"display_name": "Kari Ødegård", "role": "patient", "seat": seat["id"]}
    office.person = office.send("POST", f"{office.course}/people", patient)["id"]
    office.send("POST", f"{office.course}/invitations", {"person": office.person})
    yield office
    context.close()


@pytest.fixture
def page(office: Office) -> Iterator[Page]:
    """The course, open. Fails on any error of the page itself."""
    page = office.context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{office.url}/courses")
    page.get_by_role("button", name="Åpne Mestringstreff").click()
    expect(page.get_by_role("heading", name="Mestringstreff")).to_be_focused()
    yield page
    assert not errors


def remove_kari(page: Page) -> None:
    page.get_by_role("button", name="Slett Kari Ødegård").click()
    asked = page.get_by_role("group", name="Slette Kari Ødegård?")
    expect(asked).to_contain_text("Du kan angre i 7 dager. Etter det er navn, lenker og valg borte for godt.")
    expect(asked.get_by_role("button", name="Nei, behold")).to_be_focused()
    asked.get_by_role("button", name="Ja, slett").click()


def test_somebody_is_removed_by_mistake_and_comes_back_with_the_same_link(page: Page, office: Office) -> None:
    digits = office.items(f"{office.course}/invitations")[0]["digits"]
    remove_kari(page)
    notice = page.locator(".planning-notice")
    expect(notice).to_contain_text("Fjernet: Kari Ødegård")
    expect(page.get_by_role("heading", name="Kari Ødegård")).to_have_count(0)
    expect(page.locator(".planning-notices")).to_be_focused()
    expect(notice).to_be_in_viewport()
    is_well_made(page)
    page.keyboard.press("Tab")
    expect(notice.get_by_role("button", name="Angre: Fjernet: Kari Ødegård")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kari Ødegård")).to_be_visible()
    expect(notice).to_contain_text("Angret. Lagt til: Kari Ødegård")
    assert office.items(f"{office.course}/invitations")[0]["digits"] == digits
    notice.get_by_role("button", name="Lukk").click()
    expect(notice).to_have_count(0)
    expect(page.locator("body")).not_to_be_focused()


def test_the_latest_changes_stand_in_words_and_each_is_undone(page: Page, office: Office) -> None:
    (seat,) = office.items(f"{office.course}/seats")
    (person,) = office.items(f"{office.course}/people")
    named = {"display_name": "Kari Ø.", "role": "nurse", "seat": seat["id"]}
    office.send("PUT", f"{office.course}/people/{office.person}", named, person["version"])
    page.reload()
    page.get_by_role("button", name="Åpne Mestringstreff").click()
    changes = page.get_by_role("region", name="Siste endringer")
    line = changes.get_by_role("listitem").first
    expect(line).to_contain_text("Endret: Kari Ødegård")
    expect(line).to_contain_text("Navn: Kari Ø. (før: Kari Ødegård)")
    expect(line).to_contain_text("Rolle: sykepleier (før: pasient)")
    expect(line).to_contain_text("Du, ")
    is_well_made(page)
    line.get_by_role("button", name="Angre: Endret: Kari Ødegård").click()
    expect(page.get_by_role("heading", name="Kari Ødegård")).to_be_visible()
    expect(changes.get_by_role("listitem").first).to_contain_text("Angret. Endret: Kari Ø.")
    expect(changes.get_by_role("listitem").nth(1).get_by_role("button")).to_have_count(0)


def test_undo_that_does_not_fit_any_longer_says_why(page: Page, office: Office) -> None:
    remove_kari(page)
    expect(page.locator(".planning-notice")).to_be_visible()
    (seat,) = office.items(f"{office.course}/seats")
    office.send("DELETE", f"{office.course}/seats/{seat['id']}")
    page.locator(".planning-notice").get_by_role("button", name="Angre").click()
    said = page.get_by_text("Det dette hørte til, er fjernet eller erstattet. Hent det tilbake først.")
    expect(said).to_be_in_viewport()
    is_well_made(page)
    changes = page.get_by_role("region", name="Siste endringer")
    changes.get_by_role("button", name="Angre: Fjernet: plassen stua").click()
    expect(page.get_by_text("stua: roboten rodoy-1")).to_be_visible()
    changes.get_by_role("button", name="Angre: Fjernet: Kari Ødegård").click()
    expect(page.get_by_role("heading", name="Kari Ødegård")).to_be_visible()


def test_a_deleted_course_is_found_among_the_latest_changes(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Slett kurset").click()
    expect(page.get_by_role("group", name="Slette «Mestringstreff»?")).to_contain_text("Du kan angre i 30 dager.")
    page.get_by_role("button", name="Ja, slett").click()
    expect(page.get_by_text("Det er ingen kurs ennå.")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Angre: Mestringstreff").click()
    expect(page.get_by_role("button", name="Åpne Mestringstreff")).to_be_visible()
    expect(page.get_by_role("button", name="Angre: Mestringstreff")).to_have_count(0)
    is_well_made(page)
