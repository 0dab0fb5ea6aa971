"""A day of a course in three municipalities, from the plan to the end, with everybody at a screen of their own."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.e2e.demo import until
from tests.e2e.people import WAIT_MS, ZONE, Leader, Patient, Screens, fill, make_account, press, says
from tests.e2e.rooms import Rooms
from tests.e2e.tablet import tap

COURSE = "Mestringstreff på Helgeland"
SITES = {"vefsn": "Vefsn", "bronnoy": "Brønnøy", "alstahaug": "Alstahaug"}
PATIENTS = {"vefsn": "Kari Nordmann", "bronnoy": "Ola Hansen", "alstahaug": "Inga Moe"}
FORM = {
    "name": "Etter møtet",
    "moment": "after_meeting",
    "questions": [{"kind": "scale", "id": "nytte", "text": "Hvor nyttig var møtet?", "low": "lite", "high": "svært"}],
}
NURSE = "Anne Berg"  # sits beside the patient in Brønnøy with a tablet of her own
LEADERS = {"vefsn": "Ane", "bronnoy": "Bjørn", "alstahaug": "Siri"}


@pytest.fixture(scope="module")
def rooms() -> Iterator[Rooms]:
    started = Rooms()
    yield started
    assert started.stop() == 0


def body(rooms: Rooms, robot: str) -> dict[str, Any]:
    """What the simulator says of a robot's body."""
    with urllib.request.urlopen(f"{rooms.where.simulators[robot]}/api/state", timeout=5) as answer:
        values: dict[str, Any] = json.load(answer)
    return values


def is_closed(rooms: Rooms, robot: str) -> None:
    """Nobody sees the room any more."""
    until(lambda: not body(rooms, robot)["camera_open"], f"the camera in {SITES[robot]} to be closed")


def office(screens: Screens, rooms: Rooms) -> Page:
    """The coordinator, who has got a one-time link."""
    _, link = rooms.commands(("staff", "add", "--role=coordinator", "--name=Tora"))
    page = screens.page(link)
    make_account(page, "tora")
    expect(page.get_by_role("heading", name="Kurs", exact=True)).to_be_focused(timeout=WAIT_MS)
    return page


def plan(page: Page) -> None:
    """Three sites with a robot each, and a course whose first meeting is now."""
    for robot, place in SITES.items():
        fill(page, "Legg til stedet", Navn_på_stedet=f"Frisklivssentralen {place}", Kommune=place)
        expect(page.get_by_role("heading", name=f"Frisklivssentralen {place}")).to_be_visible(timeout=WAIT_MS)
        fill(
            page,
            "Legg til roboten",
            Robotens_navn=place,
            Hvor_den_står=place,
            Sted=f"Frisklivssentralen {place}",
        )
        expect(page.get_by_text(f"{place} ({robot}): på")).to_be_visible(timeout=WAIT_MS)
        page.get_by_label(f"Frisklivssentralen {place}, {place}").check()
    now = datetime.now(ZoneInfo(ZONE))
    fill(
        page,
        "Lag kurset",
        Navn_på_kurset=COURSE,
        Telefon_for_hjelp="75 00 00 00",
        Første_møte=f"{now:%Y-%m-%d}",
        Fra_klokka=f"{now:%H:%M}",
    )
    expect(page.get_by_role("heading", name="Møte 6")).to_be_visible(timeout=WAIT_MS)


def invite(page: Page) -> dict[str, str]:
    """A seat and a patient for each robot, and a nurse at one; the six digits of each invitation."""
    digits = {}
    for robot, name in PATIENTS.items():
        fill(page, "Legg til plassen", Navn_på_plassen=f"Stua {robot}", Robot=f"{SITES[robot]} ({robot})")
        seat = page.get_by_text(f"stua-{robot}: roboten {robot}")
        expect(seat).to_be_visible(timeout=WAIT_MS)
        fill(page, "Legg til deltakeren", Navn=name, Rolle="pasient", Plass=f"stua-{robot}")
        digits[robot] = invited(page, name)
    fill(page, "Legg til deltakeren", Navn=NURSE, Rolle="sykepleier", Plass="stua-bronnoy")
    digits["nurse"] = invited(page, NURSE)
    return digits


def invited(page: Page, name: str) -> str:
    """The six digits of a new invitation to somebody."""
    press(page, f"Inviter {name}")
    line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))
    digits = line.locator(".planning-digits").inner_text()
    assert re.fullmatch(r"\d{3} \d{3}", digits)
    return digits


def printed(page: Page, rooms: Rooms, name: str) -> str:
    """The words of an invitation's sheet of paper."""
    link = page.get_by_role("link", name=f"Skriv ut invitasjonen til {name}").get_attribute("href")
    sheet = page.context.request.get(f"{rooms.where.http}{link}")
    assert sheet.headers["content-type"] == "application/pdf"
    words: str = pypdfium2.PdfDocument(sheet.body())[0].get_textpage().get_text_range()
    return words


def leaders(screens: Screens, rooms: Rooms) -> dict[str, Leader]:
    """One for each site, each with a one-time link; the last one with a telephone."""
    added = [("staff", "add", "--role=leader", f"--name={name}", f"--site={site}") for site, name in LEADERS.items()]
    lead = {}
    for site, link in zip(SITES, rooms.commands(*added)[1::2], strict=True):
        page = screens.page(link, telephone=site == "alstahaug")
        make_account(page, f"leder-{site}")
        lead[site] = Leader(page, SITES[site])
    return lead


def come_in(screens: Screens, rooms: Rooms, digits: dict[str, str], lead: dict[str, Leader]) -> dict[str, Patient]:
    """Everybody by six digits, through the waiting room; one is asked to wait first."""
    here = {
        robot: Patient(screens, rooms.where.http, digits[robot], name, telephone=robot == "alstahaug")
        for robot, name in PATIENTS.items()
    }
    for robot, patient in here.items():
        tap(patient.page, "Bli med")
        patient.is_waiting()
        assert not body(rooms, robot)["camera_open"]
        if robot == "bronnoy":
            press(lead[robot].room, f"Ikke nå – {patient.name}")
            says(patient.page, "Kurslederen kan ikke slippe deg inn nå")
            tap(patient.page, "Spør igjen")
            patient.is_waiting()
        if robot == "vefsn":
            sure = lead[robot].room.get_by_label(f"Slik vet du at det er {patient.name}")
            sure.select_option("Du kjenner stemmen")
        press(lead[robot].room, f"Slipp inn – {patient.name}")
    for patient in here.values():
        patient.is_inside()
    return here


def raise_hands(here: dict[str, Patient], lead: dict[str, Leader], order: list[str]) -> None:
    """One after the other: everybody sees the same queue, and names stay in their own municipality."""
    for place, robot in enumerate(order, 1):
        tap(here[robot].page, "Rekk opp hånda")
        says(here[robot].page, "Hånda er oppe" if place == 1 else f"Hånda er oppe, nr. {place} i køen")
    says(here[order[0]].page, "Hånda er oppe, nr. 1 i køen")
    for robot, leader in lead.items():
        until(lambda: leader.order() == [SITES[one] for one in order], "the same queue everywhere")  # noqa: B023
        words = " ".join(leader.hands.all_inner_texts())
        assert [name in words for name in PATIENTS.values()] == [one == robot for one in PATIENTS]


def give_floor(rooms: Rooms, here: dict[str, Patient], lead: dict[str, Leader], first: str, second: str) -> None:
    """The first of the queue has the floor, and the next one is first now."""
    press(lead[first].page, f"Sett – {PATIENTS[first]}")
    says(here[first].page, "Sett av kurslederen")
    press(lead[first].page, f"Gi ordet – {PATIENTS[first]}")
    says(here[first].page, "Du har ordet")
    until(lambda: body(rooms, first)["hand_light"] == "on", "the light to stand still")
    says(here[second].page, "Hånda er oppe, nr. 1 i køen")
    press(lead[first].page, f"Ta ned – {PATIENTS[first]}")
    expect(here[first].page.get_by_role("button", name="Rekk opp hånda")).to_be_visible(timeout=WAIT_MS)


def hand_over(rooms: Rooms, here: dict[str, Patient], nurse: Patient, leader: Leader) -> None:
    """The nurse comes in beside by digits of her own, steers, and gives the steering back; the hand stays up."""
    ola = here["bronnoy"]
    tap(ola.page, "Rekk opp hånda")
    says(ola.page, "Hånda er oppe")
    tap(nurse.page, "Bli med")
    nurse.is_waiting()
    press(leader.room, f"Slipp inn – {NURSE}")
    tap(nurse.page, "Bli med ved siden av")
    nurse.is_inside()
    says(nurse.page, f"{ola.name} styrer.")
    tap(ola.page, f"Gi styringen til {NURSE}")
    says(ola.page, f"{NURSE} styrer.")
    expect(leader.room).to_contain_text(f"{NURSE} styrer roboten", timeout=WAIT_MS)
    expect(nurse.page.get_by_role("button", name="Ta ned hånda")).to_be_visible(timeout=WAIT_MS)
    assert body(rooms, "bronnoy")["hand_light"] != "off"
    tap(nurse.page, f"Gi styringen til {ola.name}")
    expect(leader.room).to_contain_text(f"{ola.name} styrer roboten", timeout=WAIT_MS)
    tap(ola.page, "Ta ned hånda")
    tap(nurse.page, "Gå ut")
    nurse.page.close()
    ola.is_inside()


def be_private(rooms: Rooms, patient: Patient, leader: Leader, robot: str) -> None:
    """Camera and microphone are closed for one room; the patient comes back without doing anything."""
    press(leader.room, f"Privat nå – {leader.place}")
    says(patient.page, "Rommet er privat nå")
    is_closed(rooms, robot)
    press(leader.room, f"Slå av privat – {leader.place}")
    press(leader.room, "Ja, slå av privat")
    patient.is_inside()


def take_part_otherwise(rooms: Rooms, here: dict[str, Patient], lead: dict[str, Leader]) -> None:
    """One room by itself has a queue of its own; a break closes the room and opens it again."""
    lead["alstahaug"].choose("Gruppe")
    says(here["alstahaug"].page, "Gruppe: bare dette rommet er med nå")
    until(lambda: lead["vefsn"].order() == ["Vefsn"], "the other room's hand to be gone from the queue")
    lead["alstahaug"].choose("Felles")
    until(lambda: lead["vefsn"].order() == ["Vefsn", "Alstahaug"], "the other room's hand to be back")
    lead["bronnoy"].choose("Pause")
    press(lead["bronnoy"].page, "Ja, pause")
    says(here["bronnoy"].page, "Det er pause")
    is_closed(rooms, "bronnoy")
    lead["bronnoy"].choose("Felles")
    press(lead["bronnoy"].page, "Ja, slutt på pausen")
    here["bronnoy"].is_inside()


def end(rooms: Rooms, here: dict[str, Patient], lead: dict[str, Leader]) -> None:
    """Each leader ends the meeting of their own room, and nothing is open any more."""
    for robot, leader in lead.items():
        press(leader.page, "Avslutt møtet")
        press(leader.page, "Ja, avslutt for alle")
        says(here[robot].page, "Møtet er slutt")
        is_closed(rooms, robot)


def ask_a_form(page: Page) -> None:
    """The coordinator has the course ask a form after each meeting."""
    part = page.get_by_role("region", name="Bruk og evaluering")
    file = FilePayload(name="skjema.json", mimeType="application/json", buffer=json.dumps(FORM).encode())
    part.get_by_label("Hent inn et skjema fra en fil").set_input_files(file)
    part.get_by_role("checkbox", name=str(FORM["name"])).check()
    expect(part.get_by_role("checkbox", name=str(FORM["name"]))).to_be_checked(timeout=WAIT_MS)


def answer(patient: Patient) -> None:
    """On the tablet, from the page that says that the meeting is over."""
    patient.page.get_by_role("link", name="Svar på noen spørsmål").click()
    press(patient.page, "Begynn")
    patient.page.get_by_role("radio", name="9", exact=True).check()
    press(patient.page, "Neste")
    press(patient.page, "Send svarene")
    expect(patient.page.get_by_role("heading", name="Takk for svarene")).to_be_visible(timeout=WAIT_MS)


def export(page: Page) -> None:
    """Who was there and for how long, by seat; of fewer than five answers nothing."""
    page.reload()
    press(page, f"Åpne {COURSE}")
    part = page.get_by_role("region", name="Bruk og evaluering")
    press(part, f"Vis svarene: {FORM['name']}")
    expect(part.get_by_text("Færre enn fem har svart. Da vises ingenting.").first).to_be_visible(timeout=WAIT_MS)
    with page.expect_download() as table:
        part.get_by_role("link", name="Frammøte og tid (CSV)").click()
    rows = table.value.path().read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("møte;begynner;")
    assert sorted(f"stua-{robot}" in "".join(rows[1:]) for robot in SITES) == [True] * 3
    assert not any(name in "".join(rows) for name in PATIENTS.values())


def statistics(page: Page, rooms: Rooms) -> None:
    """How the line of each site was is drawn when the visits are over: all three were in."""
    part = page.get_by_role("region", name="Slik har forbindelsen vært")
    use = page.get_by_role("link", name="Frammøte og tid (CSV)").get_attribute("href", timeout=WAIT_MS)
    rows = f"{rooms.where.http}{use}".replace("/use/csv", "/quality")
    until(lambda: len(page.context.request.get(rows).json()["items"]) == len(SITES), "every visit to be written down")
    page.reload()
    press(page, f"Åpne {COURSE}")
    for place in SITES.values():
        site = part.locator(".lines-site").filter(has_text=f"Frisklivssentralen {place}, {place}")
        bar = site.locator("summary").filter(has_text="Møte 1")
        expect(bar).to_have_text(re.compile(r"\d+ % god"), timeout=WAIT_MS)
        assert bar.locator("rect").count() > 0
    part.get_by_text("Møte 1").first.click()
    expect(part.locator("dl").first).to_contain_text(re.compile(r"Fram og tilbake\d+ ms"), timeout=WAIT_MS)


def read_the_log(page: Page, leader: Leader) -> None:
    """The coordinator reads of everybody, and that nobody changed it; a leader on their own page, of their own site."""
    part = page.get_by_role("region", name="Hvem har vært inne")
    press(part, "Vis loggen")
    expect(part.get_by_text("Loggen er hel.")).to_be_visible(timeout=WAIT_MS)
    for robot, name in PATIENTS.items():
        sure = "kjente stemmen" if robot == "vefsn" else "egen lenke"
        expect(part.get_by_text(f"{LEADERS[robot]} slapp inn {name}: {sure}").first).to_be_visible(timeout=WAIT_MS)
        expect(part.get_by_text(f"{name} (pasient) kom inn").first).to_be_visible(timeout=WAIT_MS)
    leader.page.get_by_role("link", name="Kurs og logg").click()
    press(leader.page, f"Åpne {COURSE}")
    expect(leader.page.get_by_role("heading", name=COURSE)).to_be_focused(timeout=WAIT_MS)
    part = leader.page.get_by_role("region", name="Hvem har vært inne")
    press(part, "Vis loggen")
    expect(part.get_by_text(f"{PATIENTS['vefsn']} (pasient) kom inn").first).to_be_visible(timeout=WAIT_MS)
    expect(part).not_to_contain_text(PATIENTS["bronnoy"])


def test_a_day_of_the_course(browser: Browser, rooms: Rooms) -> None:
    with Screens(browser) as screens:
        page = office(screens, rooms)
        plan(page)
        ask_a_form(page)
        digits = invite(page)
        words = printed(page, rooms, PATIENTS["vefsn"])
        assert digits["vefsn"] in words
        assert COURSE in words
        lead = leaders(screens, rooms)
        here = come_in(screens, rooms, digits, lead)
        raise_hands(here, lead, ["bronnoy", "vefsn", "alstahaug"])
        give_floor(rooms, here, lead, "bronnoy", "vefsn")
        hand_over(rooms, here, Patient(screens, rooms.where.http, digits["nurse"], NURSE), lead["bronnoy"])
        take_part_otherwise(rooms, here, lead)
        be_private(rooms, here["vefsn"], lead["vefsn"], "vefsn")
        end(rooms, here, lead)
        answer(here["bronnoy"])
        export(page)
        statistics(page, rooms)
        read_the_log(page, lead["vefsn"])
