"""Text between the person and the leader while it is written, and the phrases, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.fake_service import FakeService, wait_until
from tests.web.stand_in_text import LEADER, StandInText, leaders_line
from tests.web.tablet import SIZES, WIDE, button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

FIRST, LONGER = "Er dere der?", "Er dere der? Hallo!"
QUESTION = "Ser du tavla derfra?"
OWN = "Kan jeg få litt vann?"
WELL_MADE = (SIZES["landscape"], SIZES["telephone"])  # each with its colours; where things stand: in all


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Hva vil du si?", exact=True)


def news(page: Page) -> Locator:
    return page.get_by_role("region", name=f"{LEADER} skriver til deg", exact=True)


def log(page: Page) -> Locator:
    return page.get_by_role("region", name="Det som er skrevet", exact=True)


def told(page: Page) -> Locator:
    """What a screen reader is told by itself."""
    return page.get_by_role("log")


def open_texts(page: Page, size: tuple[int, int]) -> None:
    if size in WIDE:
        button(page, "Mer").click()
        button(page, "Skriftlig").click()
    else:
        button(page, "Skriv").click()


def test_the_leader_has_each_letter_and_a_line_that_was_said_stays(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        field(page).press_sequentially("Heia", delay=30)
        wait_until(lambda: [(one.text, one.done) for one in service.texts.lines] == [("Heia", False)], "the letters")
        field(page).press("Backspace")
        wait_until(lambda: [one.text for one in service.texts.lines] == ["Hei"], "the letter to be erased")
        button(page, "Si det").tap()
        says(page, "Det er sagt i rommet")
        wait_until(lambda: [(one.text, one.done) for one in service.texts.lines] == [("Hei", True)], "its end")
        field(page).fill("Bare til deg")
        button(page, "Mer").click()
        button(page, "Skriftlig").click()
        expect(log(page).get_by_role("listitem")).to_have_text(["DuHei"])
        button(page, "Bare til kurslederen").click()
        expect(field(page)).to_have_value("")
        expect(log(page).get_by_role("listitem")).to_have_text(["DuHei", "DuBare til deg"])
        assert [one.author for one in service.texts.lines] == ["patient", "patient"]
        assert all(one.done for one in service.texts.lines)
        expect(told(page)).to_have_text("")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_what_the_leader_writes_is_seen_at_once_and_told_when_it_is_done(
    browser: Browser, service: FakeService, size: tuple[int, int]
) -> None:
    scheme = "dark" if size in WIDE else "light"
    with opened(browser, service, size=size, color_scheme=scheme) as page:
        join(page)
        service.hear_text(leaders_line(QUESTION[:6], 1))
        expect(news(page)).to_contain_text(LEADER)
        expect(news(page)).to_contain_text(QUESTION[:6])
        expect(told(page)).to_have_text("")
        if size in WELL_MADE:
            is_well_made(page)
        tops = [button(page, name).bounding_box() for name in ("Svar", "Lest")]
        assert tops[0] is not None
        assert tops[1] is not None
        assert tops[0]["y"] == tops[1]["y"], "both in one row"
        button(page, "Lest").click()
        expect(news(page)).to_have_count(0)
        service.hear_text(leaders_line(QUESTION, 2, done=True))
        expect(news(page)).to_contain_text(QUESTION)
        expect(told(page)).to_have_text(f"{LEADER} skriver: {QUESTION}")
        for arrow in ("Se til venstre", "Se ned"):
            button(page, arrow).click(trial=True)  # what comes in lies over none of them
        button(page, "Svar").click()
        expect(field(page)).to_be_focused()
        expect(news(page)).to_have_count(0)
        expect(log(page)).to_contain_text(f"{LEADER}{QUESTION}")
        if size in WELL_MADE:
            is_well_made(page)
        page.keyboard.type("Ja")
        wait_until(lambda: service.texts.lines[-1].text == "Ja", "the answer")


def test_what_was_written_is_said_again_to_a_service_that_knows_nothing(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        field(page).fill(FIRST)
        wait_until(lambda: bool(service.texts.lines), "the line")
        service.texts = StandInText()  # another node, that knows nothing
        service.drop_sockets()
        wait_until(lambda: [one.text for one in service.texts.lines] == [FIRST], "the line to come again")
        field(page).fill(LONGER)
        wait_until(lambda: [one.text for one in service.texts.lines] == [LONGER], "the same line to go on")


@pytest.mark.parametrize("size", [SIZES["landscape"], SIZES["telephone"]], ids=["landscape", "telephone"])
def test_a_phrase_is_one_tap_to_write_and_stays_on_this_tablet(
    browser: Browser, service: FakeService, size: tuple[int, int]
) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        open_texts(page, size)
        for phrase in ("Kan du gjenta?", "Jeg hører dårlig", "Takk, jeg klarer meg", "Jeg må gå nå"):
            expect(button(page, phrase)).to_be_visible()
        button(page, "Kan du gjenta?").tap()
        expect(field(page)).to_have_value("Kan du gjenta?")
        button(page, "Husk det jeg har skrevet").tap()
        says(page, "Den setningen er her alt")
        field(page).fill(OWN)
        button(page, "Husk det jeg har skrevet").tap()
        says(page, "Setningen er husket")
        is_well_made(page)
        if size not in WIDE:
            return
        page.reload()
        join(page)
        open_texts(page, size)
        button(page, f"Fjern «{OWN}»").tap()
        expect(button(page, OWN)).to_have_count(0)
        expect(button(page, "Angre")).to_be_focused()
        button(page, "Angre").tap()
        button(page, OWN).tap()
        expect(field(page)).to_have_value(OWN)
        button(page, "Si det").tap()
        says(page, "Det er sagt i rommet")
