"""Writing what the robot says: always in the room on a wide screen, in a sheet on the others."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.commands import Speak
from protocol.state import Fault, HandState
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, WIDE, WORDS, button, is_well_made, join, opened, says

pytestmark = pytest.mark.browser

LANDSCAPE, PORTRAIT = SIZES["landscape"], SIZES["portrait"]
SENTENCE = "Hei på dere, jeg er i Rødøy!"
BAR_AT_MOST_PX = 170
KEYBOARD_PX = 340  # what a tablet's keyboard takes from its height


def field(page: Page, language: str = "nb") -> Locator:
    return page.get_by_role("textbox", name=WORDS[language]["field"], exact=True)


def turn(page: Page, size: tuple[int, int]) -> None:
    """The screen gets another size: turned, or with a keyboard on it."""
    page.set_viewport_size({"width": size[0], "height": size[1]})


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["height"]


def said(service: FakeService) -> list[tuple[str, str]]:
    return [(act.action.text, act.action.language) for act in service.acts if isinstance(act.action, Speak)]


def only_one(page: Page, language: str = "nb") -> None:
    expect(page.get_by_role("textbox")).to_have_count(1)
    expect(button(page, WORDS[language]["say"])).to_have_count(1)
    expect(page.locator("video")).to_have_count(1)


def in_the_room(page: Page, language: str = "nb") -> None:
    """Field and button are there, once, and nothing has to be opened."""
    only_one(page, language)
    expect(field(page, language)).to_be_in_viewport(ratio=1)
    expect(button(page, WORDS[language]["say"])).to_be_in_viewport(ratio=1)
    expect(button(page, WORDS[language]["write"])).to_have_count(0)


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("size", [*WIDE, (1024, 640)], ids=["landscape", "laptop", "the least"])
def test_a_wide_room_shows_field_and_button_at_once(
    browser: Browser, service: FakeService, size: tuple[int, int], language: str
) -> None:
    scheme = "dark" if language == "nb" else "light"
    with opened(browser, service, size=size, language=language, color_scheme=scheme) as page:
        join(page, WORDS[language]["join"])
        in_the_room(page, language)
        expect(field(page, language)).not_to_be_focused()
        is_well_made(page)
        assert height(page, ".bar") <= BAR_AT_MOST_PX
        for target in (field(page, language), button(page, WORDS[language]["say"])):
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 96
        wide = page.evaluate("[...document.querySelectorAll('.control')].filter((c) => c.scrollWidth > c.clientWidth)")
        assert not wide, "a word is wider than its button"


@pytest.mark.parametrize("size", [PORTRAIT, SIZES["telephone"], (1180, 600)], ids=["portrait", "telephone", "low"])
def test_other_screens_open_a_sheet(browser: Browser, service: FakeService, size: tuple[int, int]) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        expect(page.get_by_role("textbox")).to_have_count(0)
        expect(button(page, "Si det")).to_have_count(0)
        button(page, "Skriv").click()
        only_one(page)
        expect(field(page)).to_be_focused()
        field(page).fill(SENTENCE)
        button(page, "Si det").click()
        says(page, "Det er sagt i rommet")
        assert said(service) == [(SENTENCE, "nb")]
        page.keyboard.press("Escape")
        expect(page.get_by_role("textbox")).to_have_count(0)
        expect(button(page, "Skriv")).to_be_focused()


def test_a_sentence_is_one_field_and_one_tap_away(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.scene.refuses_speech = True
        field(page).fill(SENTENCE)
        button(page, "Si det").tap()
        says(page, "Det ble ikke sagt")
        expect(field(page)).to_have_value(SENTENCE)
        expect(field(page)).to_be_focused()
        is_well_made(page)
        service.scene.refuses_speech = False
        button(page, "Si det").tap()
        expect(page.get_by_role("status").filter(has_text="Roboten sier det nå")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text="Det er sagt i rommet")).to_be_visible()
        expect(field(page)).to_have_value("")
        assert said(service) == [(SENTENCE, "nb")] * 2
        field(page).fill("Takk!")
        page.keyboard.press("Enter")
        wait_until(lambda: said(service)[-1] == ("Takk!", "nb"), "the sentence to be said by the keyboard")


def test_a_tap_with_nothing_written_leads_to_the_field(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Si det").tap()
        expect(field(page)).to_be_focused()
        assert not said(service)


@pytest.mark.parametrize("size", [LANDSCAPE, (1024, 640)], ids=["landscape", "the least"])
def test_words_never_move_the_wide_room(browser: Browser, service: FakeService, size: tuple[int, int]) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        bar = height(page, ".bar")
        service.scene.faults = (Fault.CAMERA,)  # that alone takes a line, from the picture
        says(page, "Kameraet på roboten virker ikke nå")
        before = (bar, height(page, ".view"), field(page).bounding_box())
        service.scene.hand = HandState(raised=True, seen=True)
        service.scene.refuses_speech = True
        button(page, "Rekk opp hånda").click()
        field(page).fill("x" * 295)
        says(page, "5 tegn igjen")
        button(page, "Si det").click()
        says(page, "Det ble ikke sagt")
        says(page, "Kameraet på roboten virker ikke nå")
        assert (height(page, ".bar"), height(page, ".view"), field(page).bounding_box()) == before
        is_well_made(page)


def test_a_draft_goes_along_when_the_tablet_is_turned(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        field(page).fill(SENTENCE)
        turn(page, PORTRAIT)
        expect(button(page, "Skriv")).to_be_visible()
        only_one(page)
        expect(field(page)).to_have_value(SENTENCE)
        expect(field(page)).to_be_focused()
        page.keyboard.press("End")
        page.keyboard.type(" Hører dere meg?")
        turn(page, LANDSCAPE)
        in_the_room(page)
        expect(field(page)).to_have_value(f"{SENTENCE} Hører dere meg?")
        expect(field(page)).to_be_focused()
        button(page, "Si det").click()
        says(page, "Det er sagt i rommet")
        assert said(service) == [(f"{SENTENCE} Hører dere meg?", "nb")]


def test_a_draft_waits_behind_a_closed_sheet(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, size=PORTRAIT) as page:
        join(page)
        button(page, "Skriv").click()
        field(page).fill(SENTENCE)
        button(page, "Lukk").click()
        turn(page, LANDSCAPE)
        in_the_room(page)
        expect(field(page)).to_have_value(SENTENCE)
        expect(field(page)).not_to_be_focused()


def test_turning_without_a_draft_opens_nothing(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        turn(page, PORTRAIT)
        expect(button(page, "Skriv")).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_count(0)
        turn(page, LANDSCAPE)
        in_the_room(page)
        expect(field(page)).not_to_be_focused()


@pytest.mark.parametrize("size", [LANDSCAPE, (1024, 640)], ids=["landscape", "the least"])
def test_a_keyboard_on_the_screen_leaves_the_field(
    browser: Browser, service: FakeService, size: tuple[int, int]
) -> None:
    with opened(browser, service, size=size) as page:
        meta = page.locator("meta[name=viewport]").get_attribute("content")
        assert meta is not None
        assert "interactive-widget=resizes-content" in meta
        join(page)
        field(page).tap()
        turn(page, (size[0], size[1] - KEYBOARD_PX))
        in_the_room(page)
        expect(field(page)).to_be_focused()
        page.keyboard.type(SENTENCE)
        button(page, "Si det").tap()
        says(page, "Det er sagt i rommet")
        assert said(service) == [(SENTENCE, "nb")]
        in_the_room(page)
        page.keyboard.press("Escape")
        turn(page, size)
        in_the_room(page)


def test_arrows_turn_the_head_except_while_somebody_writes(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        field(page).fill("Hei")
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("!")
        expect(field(page)).to_have_value("He!i")
        assert not service.head.heard
        assert not service.points
        page.keyboard.press("Escape")
        expect(field(page)).not_to_be_focused()
        in_the_room(page)
        page.keyboard.press("ArrowRight")
        wait_until(lambda: abs(service.head.pan - 10) < 0.6, "one step")
        expect(field(page)).to_have_value("He!i")
