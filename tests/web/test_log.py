"""The access log in words, in Chromium over the whole service: the coordinator's whole, a leader's own sites alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import text

from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.engine import Store
from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made
from tests.web.test_answer import FORM, PASSWORD, Office

pytestmark = pytest.mark.browser

SITES = {"vefsn": ("Frisklivssentralen", "Vefsn"), "bronnoy": ("Biblioteket", "Brønnøy")}
OLD = 60  # entries of another week: more than a page of the list


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("log")) as service:
        yield service


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[Office]:
    office = Office(browser, service)
    yield office
    office.close()


@pytest.fixture
def leader(browser: Browser, service: WholeService, office: Office) -> Iterator[BrowserContext]:
    """Ane leads at Brønnøy: her browser, logged in."""
    planned(office, service)
    made = office("POST", "/api/v1/staff", {"display_name": "Ane", "role": "leader", "sites": ["bronnoy"]})
    context = browser.new_context()
    account = {
        "token": made["link"].partition("#first=")[2],
        "name": "Ane",
        "login": "ane",
        "password": PASSWORD,
    }
    own = {"Origin": service.where.http, "Sec-Fetch-Site": "same-origin"}
    assert context.request.post(f"{service.where.http}/api/staff/account", data=account, headers=own).ok
    yield context
    context.close()


def planned(office: Office, service: WholeService) -> None:
    """A course at two sites of which the first meeting goes on; who came, and who was let in by whom."""
    for site, (name, municipality) in SITES.items():
        office("PUT", f"/api/v1/sites/{site}", {"name": name, "municipality": municipality})
        office("PUT", f"/api/v1/robots/{site}", {"site": site, "place": "Kursrommet"})
    now = datetime.now(UTC).replace(microsecond=0)
    body = {"name": "Mestringstreff", "sites": list(SITES), "starts_at": (now - timedelta(hours=1)).isoformat()}
    course = f"/api/v1/courses/{office('POST', '/api/v1/courses', body)['id']}"
    form = office("POST", "/api/v1/forms", FORM)["id"]
    office("PUT", f"{course}/forms/{form}")
    entries = [Entry(now - timedelta(days=9, seconds=n), Deed.PRIVATE_ON, robot="bronnoy") for n in range(OLD)]
    for robot, name in (("vefsn", "Kari"), ("bronnoy", "Ola")):
        seat = office("POST", f"{course}/seats", {"name": robot, "robot": robot})["id"]
        person = office("POST", f"{course}/people", {"display_name": name, "role": "patient", "seat": seat})["id"]
        link = office("POST", f"{course}/invitations", {"person": person})["id"]
        own: dict[str, Any] = {"robot": robot, "link": link}
        entries += [
            Entry(now - timedelta(minutes=9), Deed.ADMITTED, role="leader", by=link, detail="nurse", **own),
            Entry(now - timedelta(minutes=8), Deed.ENTERED, seat=robot, role="patient", **own),
            Entry(now - timedelta(minutes=7), Deed.LEFT, seat=robot, role="patient", detail="lost", **own),
        ]

    async def write(store: Store) -> None:
        async with store.write() as session:
            await append(session, store.key, entries)

    service.in_store(write)


def opened(page: Page, service: WholeService, course: str = "") -> Locator:
    page.goto(f"{service.where.http}/courses")
    if course:
        page.get_by_role("button", name=f"Åpne {course}").click()
        expect(page.get_by_role("heading", name=course)).to_be_focused()
    part = page.get_by_role("region", name="Hvem har vært inne")
    part.get_by_role("button", name="Vis loggen").click()
    return part


def test_the_coordinator_reads_who_was_in_and_whether_the_log_is_whole(
    office: Office, leader: BrowserContext, service: WholeService
) -> None:
    page = office.page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    width, height = SIZES["telephone"]
    page.set_viewport_size({"width": width, "height": height})
    part = opened(page, service, "Mestringstreff")
    lines = part.get_by_role("listitem")
    expect(lines).to_have_count(6)
    expect(part.get_by_text("Loggen er hel.")).to_be_visible()
    expect(lines.nth(0)).to_contain_text("Ola (pasient) gikk ut: forbindelsen ble borte")
    expect(lines.nth(0)).to_contain_text("Biblioteket, Brønnøy")
    expect(part.get_by_text("Kari slapp inn Kari: en sykepleier var med")).to_be_visible()
    is_well_made(page)
    part.get_by_label("Vis for").select_option(index=2)  # the second meeting, a week from now
    expect(part.get_by_text("Ingenting står i loggen for dette.")).to_be_visible()
    part.get_by_label("Vis for").select_option(index=1)
    expect(lines).to_have_count(6)
    with page.expect_download() as table:
        part.get_by_role("link", name="Loggen (CSV)").click()
    rows = table.value.path().read_bytes().decode("utf-8-sig").splitlines()
    assert rows[0].startswith("nummer;tid;hva;")
    assert len(rows) == 7

    page.set_viewport_size({"width": SIZES["landscape"][0], "height": SIZES["landscape"][1]})
    part = opened(page, service)
    expect(part.get_by_text("Ane logget inn: med engangslenken")).to_be_visible()
    expect(part.get_by_role("listitem")).to_have_count(50)
    part.get_by_role("button", name="Vis eldre").click()
    expect(part.get_by_text("Noen slo på privat").nth(OLD - 1)).to_be_visible()
    expect(part.get_by_role("button", name="Vis eldre")).to_have_count(0)
    is_well_made(page)

    async def change(store: Store) -> None:
        async with store.write() as session:
            await session.execute(text("UPDATE access_log SET detail = 'voice' WHERE detail = 'nurse'"))

    service.in_store(change)
    part = opened(page, service)
    expect(part.get_by_text("Loggen er endret av noen andre.")).to_be_visible()
    is_well_made(page)
    assert not errors


def test_a_leader_opens_a_course_and_reads_the_log_of_their_own_site(
    leader: BrowserContext, service: WholeService
) -> None:
    page = leader.new_page()
    errors: list[str] = []
    refused: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    width, height = SIZES["telephone"]
    page.set_viewport_size({"width": width, "height": height})
    part = opened(page, service)
    expect(part.get_by_text("Ola (pasient) kom inn")).to_be_visible()
    assert part.get_by_label("Vis for").locator("option").all_inner_texts() == [
        "Alle steder",
        "Biblioteket, Brønnøy",
    ]
    for others in ("Lag kurset", "Legg til stedet", "Hvem kan logge inn", "Kari", "logget inn"):
        expect(page.get_by_text(others)).to_have_count(0)
    is_well_made(page)
    part = opened(page, service, "Mestringstreff")
    expect(page.get_by_role("heading", name="Møte 6")).to_be_visible()
    expect(part.get_by_text("Ola slapp inn Ola: en sykepleier var med")).to_be_visible()
    expect(part.get_by_text("Kari")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.get_by_role("button", name="Vis svarene").click()
    expect(page.get_by_text("Færre enn fem har svart.").first).to_be_visible()
    is_well_made(page)
    assert not refused, "nothing is asked for that a leader may not see"
    assert not errors
