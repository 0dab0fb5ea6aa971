"""Two tablets of one seat: the second looks on beside the first, has the steering by one tap and gives it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.commands import RaiseHand
from tests.web.fake_service import FakeService, wait_until
from tests.web.stand_in_text import leaders_line
from tests.web.tablet import SIZES, ask, button, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

BESIDE = "Bli med ved siden av"
MICROPHONES = "window.live = () => tracks.filter((track) => track.readyState === 'live').length"
CAPTURES = f"""window.tracks = []; {MICROPHONES};
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {{
  const stream = await ask(wish);
  tracks.push(...stream.getTracks());
  return stream;
}};"""


def comes_beside(page: Page, service: FakeService, name: str) -> None:
    """Somebody opens the seat's link on another tablet, and looks on."""
    service.scene.provokes = frozenset({"opened_elsewhere"})
    page.get_by_label("Er noen sammen med deg?").fill(name)
    button(page, "Bli med").click()
    says(page, "Rommet er åpent et annet sted")
    is_well_made(page)
    button(page, BESIDE).click()
    wait_until(lambda: width(page) > 0, "the picture")


def test_the_steering_goes_to_the_other_tablet_and_back(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as kari, opened(browser, service, script=CAPTURES) as anne:
        join(kari)
        comes_beside(anne, service, "Anne")
        says(anne, "Du ser og hører rommet. Kari Nordmann styrer. Rommet hører ikke deg.")
        says(anne, "Anne: et nettbrett til på samme plass")
        assert ask(anne, "live()") == 0, "no microphone is open where nobody is heard"
        is_well_made(anne)
        says(kari, "Anne er med nå (et nettbrett til på samme plass, ser og hører).")
        button(kari, "Rekk opp hånda").click()
        says(kari, "Hånda er oppe")
        is_well_made(kari)

        button(kari, "Gi styringen til Anne").click()
        expect(button(anne, "Ta ned hånda")).to_be_visible()  # the seat keeps its hand
        expect(button(anne, "Mikrofon")).to_have_attribute("aria-pressed", "false")  # it was not her tap
        says(kari, "Du ser og hører rommet. Anne styrer.")
        says(kari, "Kari Nordmann: et nettbrett til på samme plass")
        wait_until(lambda: width(kari) > 0, "the picture")
        anne.keyboard.press("ArrowRight")
        wait_until(lambda: abs(service.head.pan - 10) < 0.6, "the head to turn")
        button(anne, "Ta ned hånda").click()
        wait_until(lambda: not service.scene.hand.raised, "the hand")

        button(anne, "Gi styringen til Kari Nordmann").click()
        expect(button(kari, "Rekk opp hånda")).to_be_visible()
        expect(button(kari, "Mikrofon")).to_have_attribute("aria-pressed", "true")  # as she had it
        says(anne, "Kari Nordmann styrer.")
        raised = [act.action.raised for act in service.acts if isinstance(act.action, RaiseHand)]
        assert raised == [True, False], "what one tablet took down, the other does not raise again"

        service.drop_sockets()
        wait_until(lambda: len(service.scene.watchers) == 1 and width(anne) > 0, "Anne, after her line broke")
        says(anne, "Du ser og hører rommet.")
        button(anne, "Styr herfra").click()
        expect(button(anne, "Rekk opp hånda")).to_be_visible()
        expect(button(anne, "Mikrofon")).to_have_attribute("aria-pressed", "true")  # it was


def log(page: Page) -> Locator:
    return page.get_by_role("region", name="Det som er skrevet")


def test_what_is_written_is_the_seats_and_read_and_written_beside_too(browser: Browser, service: FakeService) -> None:
    small = SIZES["telephone"]
    with opened(browser, service) as kari, opened(browser, service, size=small) as anne:
        join(kari)
        kari.get_by_label("Hva vil du si?").fill("Hei, Siri")
        comes_beside(anne, service, "Anne")
        expect(log(anne)).to_contain_text("Kari Nordmann skriver …Hei, Siri")
        service.hear_text(leaders_line("Hei, Kari", 1, done=True))
        expect(log(anne)).to_contain_text("Siri KurslederHei, Kari")
        expect(anne.get_by_role("log")).to_have_text("Siri Kursleder skriver: Hei, Kari")
        is_well_made(anne)

        field = anne.get_by_label("Skriv til kurslederen")
        field.press_sequentially("Kari er sli")
        wait_until(
            lambda: [one.text for one in service.texts.lines if one.name == "Anne"][-1:] == ["Kari er sli"], "it"
        )
        field.press_sequentially("ten")
        field.press("Enter")
        expect(field).to_have_value("")
        expect(log(anne)).to_contain_text("DuKari er sliten")
        button(kari, "Mer").click()
        button(kari, "Skriftlig").click()
        expect(log(kari)).to_contain_text("AnneKari er sliten")
        line = service.texts.lines[-1]
        assert (line.name, line.author, line.done) == ("Anne", "patient", True)
        expect(kari.get_by_label("Hva vil du si?")).to_have_value("Hei, Siri")

        field.fill("Vi tar")
        button(kari, "Lukk").click()
        button(kari, "Gi styringen til Anne").click()
        expect(button(anne, "Mikrofon")).to_be_visible()
        button(anne, "Skriv").click()
        expect(anne.get_by_label("Hva vil du si?")).to_have_value("Vi tar")  # what was begun goes on there
        expect(log(anne)).to_contain_text("Siri KurslederHei, Kari")


def test_sound_can_be_off_beside_each_other_and_leaving_ends_nothing(browser: Browser, service: FakeService) -> None:
    small = SIZES["telephone"]
    with opened(browser, service, size=small) as kari, opened(browser, service, size=small) as anne:
        join(kari)
        comes_beside(anne, service, "Anne")
        expect(button(kari, "Gi styringen til Anne")).to_be_visible()
        is_well_made(kari)
        is_well_made(anne)
        button(anne, "Skru av lyden her").click()
        expect(button(anne, "Skru på lyden her")).to_be_visible()
        assert ask(anne, "document.querySelector('video').muted")
        button(anne, "Gå ut").click()
        says(anne, "Du har forlatt rommet")
        wait_until(lambda: not service.scene.watchers, "the list to be empty")
        expect(button(kari, "Gi styringen til Anne")).to_have_count(0)
        assert ask(kari, "document.querySelector('video').readyState") > 1
        assert service.left == 1
        assert service.robot is not None
        assert service.robot.pings > 0
