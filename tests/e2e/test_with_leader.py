"""The person and the leader of the real robot at screens of their own: places, text both ways, and *Mer*, by touch."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.demo import Demo, until
from tests.e2e.people import WAIT_MS
from tests.e2e.tablet import PatientPage, tap
from tests.e2e.test_loop import looks_ahead, settled

pytestmark = pytest.mark.browser

PERSON, LEADER = "Kari Nordmann", "Ane Leder"
LISTENS = {"hand_light": "on", "hand_light_color": "#0046dc"}  # blue, as docs/lights.md says
PLACE = "Vinduet"  # the simulated room has the usual ones already
OWN = "Jeg trenger en pause"
HEARD = "Gruppene i de andre kommunene kan høre meg"


@pytest.fixture
def lead(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The leader's page, on a laptop."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="nb-NO")
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    opened.goto(demo.leader)
    yield opened
    context.close()


def shows(part: Page | Locator, words: str) -> None:
    expect(part if isinstance(part, Locator) else part.locator("main")).to_contain_text(words, timeout=WAIT_MS)


def test_a_place_that_the_leader_keeps_is_one_tap_away(room: PatientPage, lead: Page, demo: Demo) -> None:
    until(lambda: looks_ahead(demo.state()), "the head to look ahead")
    room.page.touchscreen.tap(*room.spot(0.8, 0.4))
    there = until(lambda: settled(demo.state(), beyond_deg=20), "the head to look at the spot")
    lead.get_by_text(re.compile("^Steder å se på: ")).click()
    own = lead.get_by_label("Et annet navn")
    own.fill(PLACE)
    own.press("Enter")
    place = room.page.get_by_role("button", name=f"Se på {PLACE}", exact=True)
    expect(place).to_be_visible(timeout=WAIT_MS)
    room.press_arrow("ArrowLeft", times=4)
    until(lambda: demo.state()["pan_deg"] < there["pan_deg"] - 25, "the head to look elsewhere")
    place.tap()
    back = until(lambda: settled(demo.state(), beyond_deg=20), "the head to look at the place")
    for axis in ("pan_deg", "tilt_deg"):
        assert back[axis] == pytest.approx(there[axis], abs=1.0)
    lead.get_by_role("button", name=f"Fjern – {PLACE}").click()
    expect(place).to_have_count(0, timeout=WAIT_MS)


def test_text_goes_both_ways_letter_by_letter_and_the_robot_says_it(room: PatientPage, lead: Page, demo: Demo) -> None:
    page, keyboard = room.page, room.page.keyboard
    room.switch_microphone(on=False)
    demo.room_sound(kind="silence")
    page.get_by_role("textbox").tap()
    panel = lead.get_by_role("region", name=f"Skriftlig med {PERSON}")
    for letter in "Hei":
        keyboard.type(letter)
    written = panel.locator(".text-line").last
    shows(written, "skriver …Hei")
    keyboard.type(" Ane")
    shows(written, "skriver …Hei Ane")
    keyboard.press("Backspace")
    expect(written).to_have_text(re.compile("skriver …Hei An$"), timeout=WAIT_MS)
    keyboard.type("e!")
    room.button("say").tap()
    until(lambda: demo.state()["speaker_dbfs"] > -35, "the sentence to be spoken")
    expect(written).to_have_text(re.compile(f"^{PERSON}Hei Ane!$"), timeout=WAIT_MS)

    answer = lead.get_by_role("textbox", name=f"Skriv til {PERSON}")
    answer.press_sequentially("Vi hører")
    news = page.get_by_role("region", name=f"{LEADER} skriver til deg")
    shows(news, "skriver … Vi hører")
    answer.press_sequentially(" deg")
    shows(news, "skriver … Vi hører deg")
    answer.press("Enter")
    expect(page.get_by_role("log").filter(has_text=f"{LEADER} skriver: Vi hører deg")).to_be_attached(timeout=WAIT_MS)
    expect(news).not_to_contain_text("skriver …")
    tap(page, "Lest")
    expect(news).to_have_count(0)

    until(lambda: demo.state()["speaker_dbfs"] < -60, "the sentence to end")
    tap(page, "Mer")
    tap(page, "Skriftlig")
    tap(page, "Kan du gjenta?")
    room.button("say").tap()
    until(lambda: demo.state()["speaker_dbfs"] > -35, "the phrase to be spoken")
    shows(panel, "Kan du gjenta?")

    page.get_by_role("textbox").fill(OWN)
    tap(page, "Husk det jeg har skrevet")
    page.get_by_role("textbox").fill("")
    until(lambda: demo.state()["speaker_dbfs"] < -60, "the phrase to end")
    tap(page, OWN)
    room.button("say").tap()
    until(lambda: demo.state()["speaker_dbfs"] > -35, "the person's own phrase to be spoken")
    shows(panel, OWN)
    tap(page, f"Fjern «{OWN}»")


def test_to_be_left_in_peace_what_others_may_know_and_help(room: PatientPage, demo: Demo) -> None:
    page = room.page
    tap(page, "God forbindelse, tall for IT")
    expect(page.get_by_text("direkte", exact=True)).to_be_visible(timeout=WAIT_MS)
    tap(page, "Mer")
    listen = page.get_by_role("button", name="Bare lytte", exact=True)
    listen.tap()
    until(lambda: demo.state().items() >= LISTENS.items(), "the blue light")
    expect(listen).to_have_attribute("aria-pressed", "true")
    listen.tap()
    until(lambda: demo.state()["hand_light"] == "off", "the blue light to go out")

    page.get_by_role("switch", name=f"{HEARD}: nei", exact=True).tap()
    expect(page.get_by_role("switch", name=f"{HEARD}: ja", exact=True)).to_be_checked(timeout=WAIT_MS)

    call = page.locator("#more").get_by_role("link", name="Ring 75 00 00 00")
    expect(call).to_have_attribute("href", "tel:75000000")
    tap(page, "Forlat rommet")
    expect(page.get_by_role("heading", level=1, name="Du har forlatt rommet")).to_be_visible()
    until(lambda: not demo.state()["camera_open"], "the camera to close")
    tap(page, "Bli med igjen")
    room.wait_for_picture()
