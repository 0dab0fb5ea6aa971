"""Everybody gets everywhere: at 400 % zoom, with a reader's own spacing, by the keyboard alone, without motion."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.commands import MakeGesture, Speak
from protocol.signals import EndReason
from protocol.state import Fault, HeadPlace
from tests.web.conftest import WITHOUT_WINDOWS
from tests.web.door import CODE
from tests.web.fake_service import FakeService, wait_until
from tests.web.look import overflow, small_letters, small_targets
from tests.web.reach import SPACING, cut_off, faint_edges, flashes, focus_unseen, moving
from tests.web.tablet import FADED, FLAGS, button, opened, says, width
from tests.web.test_room import NAME

pytestmark = pytest.mark.browser

TWICE = "defaultFontSize=32"  # browsers begin with 16
ZOOMED = (320, 256)  # 1280 x 1024 at 400 %
DENIES = """{
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const deny = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  window.denies = (so) => void (navigator.mediaDevices.getUserMedia = so ? deny : ask);
}"""


def states(page: Page, service: FakeService) -> Iterator[str]:
    """One visit through the pages and what lies over them, each by its name."""
    yield from _before_the_room(page, service)
    yield from _in_the_room(page, service)


def _before_the_room(page: Page, service: FakeService) -> Iterator[str]:
    scene = service.scene
    expect(button(page, "Bli med")).to_be_visible()
    yield "join"
    button(page, "Prøv lyd, mikrofon og nett").click()
    button(page, "Spill tonen").click()
    button(page, "Nei").click()
    yield "trying"
    button(page, "Til kurset").click()
    page.evaluate("denies(true)")
    button(page, "Bli med").click()
    says(page, "Mikrofonen er ikke tillatt")
    yield "no microphone"
    page.evaluate("denies(false)")
    scene.holder, scene.holder_companion = "Ola Hansen-Østbø", "Anne Berg"
    button(page, "Prøv igjen").click()
    says(page, "Noen andre er inne")
    yield "somebody else is in"
    scene.holder = ""


def _in_the_room(page: Page, service: FakeService) -> Iterator[str]:
    scene = service.scene
    button(page, "Gå inn").click()
    wait_until(lambda: width(page) > 0, "the picture")
    expect(page.locator("#quality")).to_be_visible()
    yield "room"
    scene.faults = (Fault.CAMERA, Fault.SPEECH)
    says(page, "Kameraet på roboten virker ikke nå")
    yield "faults"
    scene.faults = ()
    page.locator("#quality").click()
    expect(page.locator(".numbers-list")).to_be_visible()
    yield "numbers"
    page.keyboard.press("Escape")
    button(page, "Mer").click()
    expect(button(page, "Nikk (ja)")).to_be_visible()
    yield "more"
    page.keyboard.press("Escape")
    if button(page, "Skriv").count():
        button(page, "Skriv").click()
        expect(button(page, "Si det")).to_be_visible()
        yield "write"
        page.keyboard.press("Escape")
    wait_until(lambda: service.sends_stills, "the way for pictures")
    button(page, "Skarpt bilde av tavla").click()
    expect(page.locator(".sharp-stage canvas")).to_be_visible()
    yield "sharp"
    page.keyboard.press("Escape")
    scene.silent = True
    service.end(EndReason.LOST)
    says(page, "Kobler til igjen")
    yield "break"
    button(page, "Forlat").click()
    says(page, "Du har forlatt rommet")
    yield "left"


def test_nothing_is_lost_at_four_hundred_per_cent(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, size=ZOOMED, script=DENIES) as page:
        for state in states(page, service):
            page.evaluate(FADED)
            assert overflow(page) == 0, state
            assert not cut_off(page), state
            assert not small_targets(page), state
            assert not small_letters(page), state
            assert not flashes(page), state


def test_letters_of_twice_the_size_by_the_browsers_own_setting(browser: Browser, service: FakeService) -> None:
    """Not by zoom: the page stays as wide as it was, and whatever is measured in letters grows."""
    twice = browser.browser_type.launch(executable_path=WITHOUT_WINDOWS, args=[*FLAGS, f"--blink-settings={TWICE}"])
    try:
        with opened(twice, service, size=(820, 1180), script=DENIES) as page:
            for state in states(page, service):
                page.evaluate(FADED)
                assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 42, state
                assert overflow(page) == 0, state
                assert not cut_off(page), state
    finally:
        twice.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_readers_own_spacing_and_the_edges_of_buttons(browser: Browser, service: FakeService, scheme: str) -> None:
    size = (390, 844) if scheme == "light" else (1180, 820)
    with opened(browser, service, size=size, color_scheme=scheme, script=DENIES) as page:
        for state in states(page, service):
            page.evaluate(FADED)
            assert not faint_edges(page), state
            page.evaluate(SPACING)
            assert overflow(page) == 0, state
            assert not cut_off(page), state
            page.evaluate("document.adoptedStyleSheets = []")


def press_to(page: Page, name: str) -> None:
    """Goes with the tabulator to what has this name; whatever has the focus on the way is seen."""
    for _ in range(20):
        page.keyboard.press("Tab")
        at = page.evaluate(NAME)
        assert not focus_unseen(page), at
        if at == name:
            return
    raise AssertionError(f"the keyboard does not come to {name}")


def test_the_keyboard_alone_does_everything(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        page.goto(f"{service.url}/?lang=nb")
        expect(page.get_by_role("heading", level=1, name="Bli med på kurset")).to_be_focused()
        press_to(page, "Koden din")
        page.keyboard.type(CODE)
        page.keyboard.press("Enter")
        expect(button(page, "Bli med")).to_be_visible()
        press_to(page, "Er noen sammen med deg?")
        page.keyboard.type("Anne")
        press_to(page, "Bli med")
        page.keyboard.press("Enter")
        wait_until(lambda: width(page) > 0, "the picture")
        page.keyboard.press("ArrowRight")
        wait_until(lambda: service.head.pan > 5, "the head")
        wait_until(lambda: service.sends_stills, "the way for pictures")
        press_to(page, "Skarpt bilde av tavla")
        page.keyboard.press("Enter")
        expect(page.locator(".sharp-stage canvas")).to_be_visible()
        press_to(page, "Større")
        page.keyboard.press("Space")
        page.keyboard.press("Escape")
        expect(page.locator("#sharp")).to_be_focused()
        service.scene.places = (HeadPlace(name="Tavla", pan_deg=-22, tilt_deg=0),)
        expect(button(page, "Se på Tavla")).to_be_visible()
        press_to(page, "Se på Tavla")
        page.keyboard.press("Space")
        wait_until(lambda: abs(service.head.pan + 22) < 1, "the head to look at the board")
        press_to(page, "Se opp")
        page.keyboard.press("Enter")
        wait_until(lambda: service.head.tilt > 2, "the head to look up")
        press_to(page, "Hva vil du si?")
        page.keyboard.type("Takk!")
        press_to(page, "Si det")
        page.keyboard.press("Enter")
        wait_until(lambda: any(isinstance(act.action, Speak) for act in service.acts), "the sentence")
        press_to(page, "Rekk opp hånda")
        page.keyboard.press("Space")
        says(page, "Hånda er oppe")
        press_to(page, "Mikrofon")
        page.keyboard.press("Space")
        expect(button(page, "Mikrofon")).to_have_attribute("aria-pressed", "false")
        press_to(page, "Mer")
        page.keyboard.press("Enter")
        press_to(page, "Nikk (ja)")
        page.keyboard.press("Enter")
        wait_until(lambda: any(isinstance(act.action, MakeGesture) for act in service.acts), "the nod")
        page.keyboard.press("Escape")
        expect(button(page, "Mer")).to_be_focused()
        press_to(page, "Forlat")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Du har forlatt rommet")).to_be_focused()
        press_to(page, "Bli med igjen")
        page.keyboard.press("Enter")
        wait_until(lambda: width(page) > 0, "the picture, once more")


def test_nothing_moves_for_who_wants_no_motion(browser: Browser, service: FakeService) -> None:
    service.scene.opens_at = time.time() + 3600
    with opened(browser, service) as page:
        expect(page.locator(".badge.working")).to_be_visible()
        assert moving(page), "else the next lines prove nothing"
        assert not flashes(page)
        page.emulate_media(reduced_motion="reduce")
        assert not moving(page)
        service.scene.opens_at, service.scene.silent = None, True
        page.reload()
        button(page, "Bli med").click()
        says(page, "Du er på vei inn")
        assert not moving(page)
