"""The coordinator in Chromium changes what is there already, by the whole service: undo, and two who edit at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Locator, Page, expect

from protocol.state import SessionState
from tests.app.whole_service import WholeService
from tests.web.fake_service import wait_until
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"
OTHER = "fire grå gjess over Dønna"
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


def editor(page: Page, what: str) -> Locator:
    """The form of a thing, opened; its first field has the keyboard."""
    page.get_by_role("button", name=f"Endre {what}", exact=True).click()
    form = page.get_by_role("form", name=f"Endre {what}", exact=True)
    expect(form.locator("input, select").first).to_be_focused()
    return form


def save(form: Locator) -> None:
    form.get_by_role("button", name="Lagre").click()


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(ZONE))


def test_a_meeting_gets_another_time_and_a_theme_of_its_own(page: Page, office: Office) -> None:
    form = editor(page, "Møte 2")
    is_well_made(page)
    form.get_by_label("Fra klokka").fill("")
    save(form)
    expect(form.get_by_label("Fra klokka")).to_be_focused()
    expect(form.get_by_label("Fra klokka")).to_have_accessible_description("Fyll inn dette.")
    form.get_by_label("Fra klokka").fill("14:00")
    form.get_by_label("Til klokka").fill("13:30")
    save(form)
    expect(form.get_by_text("Møtet må slutte etter at det har begynt.")).to_be_visible()
    is_well_made(page)
    form.get_by_label("Til klokka").fill("15:30")
    form.get_by_label("Vaner og små steg").uncheck()
    form.get_by_label("Et nytt tema (hvis ingen passer)").fill("Fisk og ferie")
    save(form)
    expect(form).to_have_count(0)
    expect(page.get_by_role("button", name="Endre Møte 2", exact=True)).to_be_focused()
    expect(page.locator(".planning-notice")).to_contain_text("Endret: møte 2")
    line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Møte 2"))
    expect(line).to_contain_text("kl. 14.00 til 15.30")
    expect(line).to_contain_text("Fisk og ferie")
    expect(line).not_to_contain_text("Vaner og små steg")
    starts = local(office.items(f"{office.course}/meetings")[1]["starts_at"])
    assert (starts.hour, starts.minute) == (14, 0)


def test_all_meetings_are_moved_an_hour_and_one_press_takes_it_back(page: Page, office: Office) -> None:
    before = office.items(f"{office.course}/meetings")
    page.get_by_role("button", name="Flytt alle møtene").click()
    form = page.get_by_role("form", name="Flytt alle møtene")
    expect(form).to_contain_text("6 møter som ikke har begynt, blir flyttet.")
    form.get_by_label("Hvor langt").select_option("Én uke senere")
    is_well_made(page)
    save(form)
    notice = page.locator(".planning-notice")
    expect(notice).to_contain_text("6 endringer er lagret.")
    for old, new in zip(before, office.items(f"{office.course}/meetings"), strict=True):
        was, now = local(old["starts_at"]), local(new["starts_at"])
        assert (now.date() - was.date(), now.time()) == (timedelta(days=7), was.time())
    notice.get_by_role("button", name="Angre").click()
    expect(notice).to_contain_text("Angret. 6 endringer er lagret.")
    assert office.items(f"{office.course}/meetings") == before


def test_a_meeting_that_somebody_else_moved_stops_the_move_of_all(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Flytt alle møtene").click()
    meetings = office.items(f"{office.course}/meetings")
    other = meetings[3]
    later = {"starts_at": other["starts_at"], "ends_at": shifted(other["ends_at"], hours=1), "themes": other["themes"]}
    office.send("PUT", f"{office.course}/meetings/{other['id']}", later, other["version"])
    form = page.get_by_role("form", name="Flytt alle møtene")
    form.get_by_label("Hvor langt").select_option("Én time tidligere")
    save(form)
    expect(page.get_by_text("Du endret dette i et annet vindu")).to_be_visible()
    moved = office.items(f"{office.course}/meetings")
    assert [one["starts_at"] for one in moved] == [one["starts_at"] for one in meetings]
    save(form)
    expect(form).to_have_count(0)
    moved = office.items(f"{office.course}/meetings")
    assert [one["starts_at"] for one in moved] == [shifted(one["starts_at"], hours=-1) for one in meetings]


def shifted(moment: str, hours: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(hours=hours)).isoformat().replace("+00:00", "Z")


def test_a_meeting_that_goes_on_says_who_is_inside(page: Page, office: Office, service: WholeService) -> None:
    meeting = office.items(f"{office.course}/meetings")[0]
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    times = {"starts_at": now - timedelta(minutes=20), "ends_at": now + timedelta(minutes=40)}
    body = {**{key: at.isoformat() for key, at in times.items()}, "themes": meeting["themes"]}
    office.send("PUT", f"{office.course}/meetings/{meeting['id']}", body, meeting["version"])
    page.reload()
    page.get_by_role("button", name="Åpne Mestringstreff").click()
    form = editor(page, "Møte 1")
    expect(page.get_by_text("Ingen er inne nå.")).to_be_visible()
    assert service.robot is not None
    service.robot.session = SessionState(
        id="session-1", seat="stua", connection="connection-1", name="Kari Ødegård", steering=True, since_s=9.0,
        lost_s=0.0, media="connected",
    )  # fmt: skip
    wait_until(lambda: office.items(f"{office.course}/inside"), "somebody inside")
    later = local((now + timedelta(minutes=70)).isoformat())
    form.get_by_label("Til klokka").fill(f"{later:%H:%M}")
    save(form)
    expect(page.get_by_text("Inne nå: Kari Ødegård.")).to_be_visible()
    expect(form.get_by_text("Se varselet over. Lagre en gang til hvis du fortsatt vil.")).to_be_visible()
    is_well_made(page)
    save(form)
    expect(form).to_have_count(0)
    form = editor(page, "Møte 1")
    form.get_by_label("Fra klokka").fill(f"{local((now - timedelta(minutes=10)).isoformat()):%H:%M}")
    expect(page.get_by_text("Inne nå: Kari Ødegård.")).to_be_visible()
    save(form)
    expect(form.get_by_label("Fra klokka")).to_be_focused()
    expect(form.get_by_text("og noen er inne. Da kan ikke starten endres, bare slutten.")).to_be_visible()


def test_who_was_faster_is_said_and_what_was_typed_stays(page: Page, office: Office, service: WholeService) -> None:
    form = editor(page, "kurset")
    form.get_by_label("Navn på kurset").fill("Høstkurs på Rødøy")
    ane_changes(office, service, office.course, {"name": "Anes kurs", "telephone": "75 11 11 11"})
    save(form)
    expect(page.get_by_text("Ane Berg endret dette")).to_be_visible()
    said = page.get_by_role("alert").filter(has_text="Ane Berg endret dette")
    expect(said).to_contain_text("Navn: Anes kurs (før: Mestringstreff)")
    expect(said).to_contain_text("Telefon: 75 11 11 11 (før: 75 00 00 00)")
    expect(said.locator(".planning-warning")).to_be_focused()
    expect(form.get_by_label("Navn på kurset")).to_have_value("Høstkurs på Rødøy")
    expect(form.get_by_label("Telefon for hjelp")).to_have_value("75 11 11 11")
    is_well_made(page)
    save(form)
    expect(page.get_by_role("heading", name="Høstkurs på Rødøy")).to_be_visible()
    assert office.send("GET", office.course)["telephone"] == "75 11 11 11"
    expect(page.get_by_role("button", name="Endre kurset")).to_be_focused()


def ane_changes(office: Office, service: WholeService, path: str, body: dict[str, Any]) -> None:
    """Another coordinator is faster."""
    invited = office.send("POST", "/staff", {"display_name": "Ane Berg", "role": "coordinator", "sites": []})
    browser = office.context.browser
    assert browser is not None
    hers = Office(browser.new_context(), office.url)
    account = {"token": invited["link"].partition("#first=")[2], "name": "Ane Berg", "login": "ane", "password": OTHER}
    assert hers.fetch("/api/staff/account", "POST", account).ok
    now = hers.send("GET", path)
    same = {key: value for key, value in now.items() if key in ("name", "telephone", "language", "sites")}
    hers.send("PUT", path, {**same, **body}, now["version"])
    hers.context.close()


def test_a_person_is_changed_with_the_keyboard_alone_and_what_was_chosen_stays(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Endre Kari Ødegård").focus()
    page.keyboard.press("Enter")
    form = page.get_by_role("form", name="Endre Kari Ødegård")
    expect(form.get_by_label("Navn")).to_be_focused()
    expect(form).to_contain_text("Med en annen plass eller rolle slutter invitasjonen å virke.")
    is_well_made(page)
    page.keyboard.press("Tab")
    page.keyboard.type("syke")
    expect(form.get_by_label("Rolle")).to_have_value("nurse")
    (person,) = office.items(f"{office.course}/people")
    other = {"display_name": "Kari Ø.", "role": "patient", "seat": person["seat"]}
    office.send("PUT", f"{office.course}/people/{office.person}", other, person["version"])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    said = page.get_by_role("alert").filter(has_text="Du endret dette i et annet vindu")
    expect(said).to_contain_text("Navn: Kari Ø. (før: Kari Ødegård)")
    form = page.get_by_role("form", name="Endre Kari Ø.")
    expect(form.get_by_label("Rolle")).to_have_value("nurse")
    expect(form.get_by_label("Navn")).to_have_value("Kari Ø.")
    form.get_by_label("Navn").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Endre Kari Ø.")).to_be_focused()
    (person,) = office.items(f"{office.course}/people")
    assert (person["display_name"], person["role"]) == ("Kari Ø.", "nurse")


def test_a_seat_is_renamed_and_not_removed_while_somebody_has_it(page: Page, office: Office) -> None:
    form = editor(page, "plassen stua")
    form.get_by_label("Navn på plassen").fill("Møterommet")
    save(form)
    expect(page.get_by_text("moterommet: roboten rodoy-1")).to_be_visible()
    page.get_by_role("button", name="Fjern plassen moterommet").click()
    expect(page.get_by_text("Kari Ødegård har denne plassen.")).to_be_in_viewport()
    page.get_by_role("button", name="Nye sifre til Kari Ødegård").click()
    asked = page.get_by_role("group", name="Lage nye sifre til Kari Ødegård?")
    expect(asked).to_contain_text("det kan ikke angres")
    digits = page.locator(".planning-digits")
    before = digits.inner_text()
    is_well_made(page)
    asked.get_by_role("button", name="Ja, nye sifre").click()
    expect(digits).not_to_have_text(before)


def test_sites_and_robots_are_changed_removed_and_brought_back(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Alle kurs").click()
    form = editor(page, "Helsesenteret")
    form.get_by_label("Navn på stedet").fill("Havna")
    form.get_by_label("Kommune").fill("")
    save(form)
    expect(form.get_by_label("Kommune")).to_have_accessible_description("Fyll inn dette.")
    is_well_made(page)
    form.get_by_label("Kommune").fill("Træna")
    save(form)
    expect(page.get_by_role("heading", name="Havna, Træna")).to_be_visible()
    form = editor(page, "roboten rodoy-1")
    form.get_by_label("Hvor den står").fill("Biblioteket")
    save(form)
    expect(page.get_by_text("Biblioteket (rodoy-1)")).to_be_visible()
    page.get_by_role("button", name="Fjern Havna").click()
    expect(page.get_by_text("Roboten rodoy-1 står på dette stedet. Flytt eller fjern den først.")).to_be_visible()
    office.send("PUT", "/sites/trana", {"name": "Skolen", "municipality": "Træna"})
    page.reload()
    page.get_by_role("button", name="Fjern Skolen").click()
    expect(page.get_by_role("heading", name="Skolen, Træna")).to_have_count(0)
    page.locator(".planning-notice").get_by_role("button", name="Angre").click()
    expect(page.get_by_role("heading", name="Skolen, Træna")).to_be_visible()
    is_well_made(page)


def test_a_course_gets_one_meeting_more_a_week_after_the_last(page: Page, office: Office) -> None:
    page.get_by_role("button", name="Legg til et møte").click()
    save(page.get_by_role("form", name="Legg til et møte"))
    expect(page.locator(".planning-notice")).to_contain_text("Lagt til: møte 7")
    *_, last, new = [local(one["starts_at"]) for one in office.items(f"{office.course}/meetings")]
    assert (new.date() - last.date(), new.time()) == (timedelta(days=7), last.time())


def test_what_somebody_removed_meanwhile_is_said(page: Page, office: Office) -> None:
    form = editor(page, "Møte 6")
    office.send("DELETE", f"{office.course}/meetings/{office.items(f'{office.course}/meetings')[5]['id']}")
    save(form)
    expect(page.get_by_text("Dette er fjernet av noen andre. Se Siste endringer.")).to_be_in_viewport()
