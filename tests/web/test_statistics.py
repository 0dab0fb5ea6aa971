"""How the lines of a course were, as the coordinator sees it in Chromium, over the whole service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.quality import Verdict
from remote_app.store.quality import keep_visits
from remote_app.visit_quality import bucket
from tests.app.lines import visit
from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made
from tests.web.test_answer import Office

pytestmark = pytest.mark.browser

WEEK = timedelta(days=7)
HOUR = 3600.0
PIECES = """(bar) => [...bar.querySelectorAll('rect')].map((piece) => {
  const whole = bar.getBoundingClientRect(), own = piece.getBoundingClientRect();
  return [piece.getAttribute('class'), Math.round(own.width / whole.width * 100)];
})"""


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("statistics")) as service:
        yield service


@pytest.fixture
def office(browser: Browser, service: WholeService) -> Iterator[Office]:
    office = Office(browser, service)
    yield office
    office.close()


def planned(office: Office) -> datetime:
    """A course that began three weeks ago, with a robot at each of two sites; when it began."""
    for site, name, municipality in (
        ("vefsn", "Frisklivssentralen", "Vefsn"),
        ("bronnoy", "Biblioteket", "Brønnøy"),
    ):
        office("PUT", f"/api/v1/sites/{site}", {"name": name, "municipality": municipality})
        office("PUT", f"/api/v1/robots/{site}", {"site": site, "place": "Kursrommet"})
    starts = datetime.now(UTC).replace(microsecond=0) - 3 * WEEK
    body = {"name": "Mestringstreff", "sites": ["vefsn", "bronnoy"], "starts_at": starts.isoformat()}
    course = office("POST", "/api/v1/courses", body)["id"]
    for robot in ("vefsn", "bronnoy"):
        office("POST", f"/api/v1/courses/{course}/seats", {"name": robot, "robot": robot})
    return starts


def keep(service: WholeService, starts: datetime) -> None:
    """Three meetings have been: one robot had a good line, the other's was poor once and then better."""

    def line(robot: str, week: int, good: float, slow: float, bad: float, **other: Any) -> Any:
        began = starts + week * WEEK
        verdicts = {Verdict.GOOD: good * HOUR, Verdict.SLOW: slow * HOUR, Verdict.BAD: bad * HOUR}
        one = visit(began, began + timedelta(hours=1), f"session-{robot}-{week}", verdicts=verdicts, **other)
        return replace(one, robot=robot, seat=robot)

    poor: dict[str, Any] = {
        "steps": {"p720": 0.5 * HOUR, "stills": 0.5 * HOUR},
        "paths": {"relay": 0.75 * HOUR, "rescue": 0.25 * HOUR},
        "trips": {bucket(120): 0.9 * HOUR, bucket(900): 0.1 * HOUR},
        "reconnections": 4,
    }
    lines = [
        line("vefsn", 0, 1, 0, 0),
        line("vefsn", 1, 0.97, 0.03, 0),
        line("vefsn", 2, 0, 0, 0, steps={}, paths={}, trips={}),
        line("bronnoy", 0, 0.2, 0.3, 0.5, **poor),
        line("bronnoy", 1, 0.7, 0.2, 0.1),
        line("bronnoy", 2, 0.9, 0.08, 0.02),
    ]
    assert service.in_store(lambda store: keep_visits(store, lines)) == len(lines)


def opened(page: Page, service: WholeService) -> Locator:
    page.goto(f"{service.where.http}/courses")
    page.get_by_role("button", name="Åpne Mestringstreff").click()
    return page.get_by_role("region", name="Slik har forbindelsen vært")


def test_how_the_lines_were_is_drawn_by_site_and_meeting_and_its_figures_are_a_tap_away(
    office: Office, service: WholeService
) -> None:
    starts = planned(office)
    page = office.page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    width, height = SIZES["telephone"]
    page.set_viewport_size({"width": width, "height": height})
    part = opened(page, service)
    expect(part.get_by_text("Ingen har vært inne ennå.")).to_be_visible()
    keep(service, starts)
    part = opened(page, service)
    library = part.locator(".lines-site").filter(has_text="Biblioteket, Brønnøy")
    expect(library.locator("summary")).to_have_count(3)
    first = library.locator("summary").first
    expect(first).to_have_text(re.compile("Møte 1.*20 % god"))
    assert first.locator("svg").evaluate(PIECES) == [["is-good", 20], ["is-slow", 30], ["is-bad", 50]]
    centre = part.locator(".lines-site").filter(has_text="Frisklivssentralen")
    assert centre.locator("summary svg").first.evaluate(PIECES) == [["is-good", 100]]
    expect(centre.locator("summary").last).to_have_text(re.compile("Møte 3.*Ikke målt"))
    is_well_made(page)

    first.focus()
    page.keyboard.press("Enter")
    figures = library.locator("dl").first
    for words in (
        "God 20 %, litt treg 30 %, dårlig 50 %",
        "1, i alt 60 min",
        "Stillbilder",
        "Koblet til på nytt4",
        "Direkte 0 min, over tjener 45 min, over kurstjenesten 15 min",
    ):
        expect(figures).to_contain_text(words)
    is_well_made(page)
    page.set_viewport_size({"width": SIZES["landscape"][0], "height": SIZES["landscape"][1]})
    is_well_made(page)
    with page.expect_download() as table:
        part.get_by_role("link", name="Forbindelsen (CSV)").click()
    rows = table.value.path().read_bytes().decode("utf-8-sig").splitlines()
    assert len(rows) == 7
    assert ";Brønnøy;Biblioteket;1;60;20,0;30,0;50,0;" in rows[1]
    assert not errors
