"""The course leader's page: robots, waiting people, hands, faults in words, *privat*, the end of a visit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.commands import AskHeard, EndForPerson, GiveFloor, LowerHand, MarkSeen, Refusal, SetPrivate, SetVolume
from protocol.meeting import EndMeeting, MeetingMode, SetMeetingMode
from protocol.state import Fault, HandState, Hearing
from remote_app import context
from remote_app.store.chain import Deed
from tests.web.fake_service import wait_until
from tests.web.leader_service import LeaderService, person
from tests.web.tablet import is_well_made
from tests.web.test_leader_words import places, texts

pytestmark = pytest.mark.browser

SIZES = {"telephone": (390, 844), "laptop": (1280, 800)}
UP = HandState(raised=True, since_s=70)
SKIP = """{
  const now = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => now() + ahead;
  window.jump = (ms) => void (ahead += ms);
  const waiting = [];
  const heard = () => waiting.splice(0).forEach((go) => go());
  window.WebSocket = class extends WebSocket {
    constructor(address) {
      super(address);
      this.addEventListener('message', heard);
    }
  };
  window.skip = async (ms) => {  // in halves with a word of the service between, so that its line is not silent
    jump(ms / 2);
    await new Promise((go) => waiting.push(go));
    jump(ms / 2);
  };
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LeaderService]:
    with LeaderService(tmp_path_factory.mktemp("leader")) as service:
        yield service


@pytest.fixture
def service(running: LeaderService) -> Iterator[LeaderService]:
    running.reset()
    yield running
    running.reset()


@contextmanager
def leading(browser: Browser, service: LeaderService, link: str = "", **options: Any) -> Iterator[Page]:
    """The page of a leader of both robots. Fails on any error of the page itself."""
    size = options.pop("size", SIZES["laptop"])
    tab = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    page = tab.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(SKIP)
    page.goto(link or service.link())
    try:
        yield page
    finally:
        tab.close()
    assert not errors


def card(page: Page, place: str) -> Locator:
    return page.get_by_role("region", name=place, exact=True)


def press(where: Page | Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


def queue(page: Page) -> Locator:
    return page.get_by_role("region", name="Hender", exact=True)


def done(service: LeaderService, robot: str, number: int = 1) -> list[Any]:
    """What the robot was told to do, once it is so many things."""
    commands = service.robots[robot].commands
    wait_until(lambda: len(commands) >= number, "the command")
    return [command.action for command in commands]


def busy(service: LeaderService) -> None:
    """A meeting in which something of everything goes on."""
    service.put("vefsn", session=person("Kari"), hand=UP, faults=(Fault.CAMERA, Fault.BATTERY_LOW))
    service.put("bronnoy", session=person("Ola"), hand=HandState(raised=True, since_s=90, seen=True))
    service.knock("vefsn", "Siri", "Liv")


@pytest.mark.parametrize(("size", "scheme"), [(SIZES["telephone"], "light"), (SIZES["laptop"], "dark")], ids=SIZES)
def test_the_page_is_well_made(browser: Browser, service: LeaderService, size: tuple[int, int], scheme: Any) -> None:
    with leading(browser, service, size=size, color_scheme=scheme) as page:
        expect(queue(page)).to_contain_text("Ingen har hånda oppe.")
        is_well_made(page)
        busy(service)
        expect(card(page, "Vefsn")).to_contain_text("Siri")
        press(card(page, "Vefsn"), "Avslutt for Kari")
        is_well_made(page)
        service.put("bronnoy", here=False)
        service.put("vefsn", private=True, session=None)
        expect(card(page, "Brønnøy")).to_contain_text("Av, eller uten nett")
        is_well_made(page)


def test_one_queue_oldest_first_and_what_each_press_does(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        busy(service)
        entries = queue(page).get_by_role("listitem")
        expect(entries).to_have_count(2)
        expect(entries.nth(0)).to_contain_text("Nr. 1 Ola, Brønnøy")
        expect(entries.nth(0)).to_contain_text("Hånda er sett")
        expect(entries.nth(1)).to_contain_text("Nr. 2 Kari, Vefsn i ett minutt")
        press(queue(page), "Sett – Kari")
        expect(entries.nth(1)).to_contain_text("Hånda er sett")
        press(queue(page), "Gi ordet – Kari")
        expect(entries.nth(0)).to_contain_text("Har ordet Kari, Vefsn")
        press(queue(page), "Ta ned – Kari")  # whoever has had the floor: at once
        expect(entries).to_have_count(1)
        assert done(service, "vefsn", 3) == [MarkSeen(), GiveFloor(given=True), LowerHand()]
        first = service.robots["vefsn"].commands[0]
        assert (first.by, first.session) == ("Ane", "session-of-kari")


def test_a_hand_that_is_taken_down_can_be_given_back(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", session=person("Kari"), hand=UP)
        press(queue(page), "Ta ned – Kari")
        expect(queue(page)).to_contain_text("Tar ned hånda til Kari …")
        press(queue(page), "Angre")
        expect(queue(page).get_by_role("button", name="Ta ned – Kari")).to_be_visible()
        page.evaluate("skip(5300)")
        press(queue(page), "Ta ned – Kari")
        expect(queue(page)).to_contain_text("Tar ned hånda til Kari …")
        assert not service.robots["vefsn"].commands
        page.evaluate("skip(5300)")
        expect(queue(page)).to_contain_text("Ingen har hånda oppe.")
        assert done(service, "vefsn") == [LowerHand()]


def test_who_waits_is_let_in_or_not_now(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.knock("vefsn", "Siri", "Liv")
        here = card(page, "Vefsn")
        expect(here).to_contain_text("Siri sammen med Liv")
        press(here, "Slipp inn – Siri")
        expect(here).not_to_contain_text("Venter på å komme inn")
        service.knock("vefsn", "Per")
        press(here, "Ikke nå – Per")
        expect(here).to_contain_text("Sier «ikke nå» til Per …")
        page.evaluate("skip(5300)")
        expect(here).not_to_contain_text("Per")


def test_how_the_leader_knows_who_it_is_stands_in_the_log(browser: Browser, service: LeaderService) -> None:
    """One press lets in, and the log says what holds for everybody; whoever knows more chooses it before."""
    with leading(browser, service, size=SIZES["telephone"]) as page:
        here = card(page, "Vefsn")
        service.knock("vefsn", "Siri", "Liv")
        expect(here.get_by_label("Slik vet du at det er Siri")).to_have_value("link")
        is_well_made(page)
        for name, choose in (("Siri", ""), ("Per", "nurse"), ("Ola", "voice")):
            service.knock("vefsn", name)  # whoever knocks once waits for six seconds
            if choose == "nurse":
                here.get_by_label(f"Slik vet du at det er {name}").focus()
                page.keyboard.press("ArrowDown")
            elif choose:
                here.get_by_label(f"Slik vet du at det er {name}").select_option(choose)
            press(here, f"Slipp inn – {name}")
            expect(here.get_by_role("button", name=f"Slipp inn – {name}")).to_have_count(0)
    admitted = [(one.link, one.detail) for one in service.log if one.deed is Deed.ADMITTED]
    assert admitted == [("link-of-siri", "link"), ("link-of-per", "nurse"), ("link-of-ola", "voice")]


def test_privat_is_one_press_and_opening_again_is_asked_first(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", session=person("Kari"))
        here = card(page, "Vefsn")
        press(here, "Privat nå – Vefsn")
        expect(here).to_contain_text("Kamera og mikrofon er lukket, og ingen kommer inn.")
        press(here, "Slå av privat – Vefsn")
        expect(here.get_by_role("button", name="Nei")).to_be_focused()
        page.keyboard.press("Escape")
        expect(here.get_by_role("button", name="Slå av privat – Vefsn")).to_be_focused()
        press(here, "Slå av privat – Vefsn")
        press(here, "Ja, slå av privat")
        expect(here.get_by_role("button", name="Privat nå – Vefsn")).to_be_visible()
        assert done(service, "vefsn", 2) == [SetPrivate(on=True), SetPrivate(on=False)]


def test_a_break_and_the_end_are_for_every_robot_and_asked_first(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service, size=SIZES["telephone"]) as page:
        busy(service)
        everybody = page.get_by_role("group", name="Slik er alle rommene dine med")
        press(everybody, "Pause Kamera og mikrofon er lukket")
        expect(page.get_by_role("button", name="Nei")).to_be_focused()
        is_well_made(page)
        press(page, "Ja, pause")
        expect(everybody.get_by_role("button", pressed=True)).to_contain_text("Pause")
        expect(card(page, "Vefsn")).to_contain_text("Pause")
        to_break, to_plenary = SetMeetingMode(mode=MeetingMode.BREAK), SetMeetingMode(mode=MeetingMode.PLENARY)
        assert [done(service, robot) for robot in ("vefsn", "bronnoy")] == [[to_break]] * 2
        press(everybody, "Felles Med de andre kommunene: felles kø")
        press(page, "Ja, slutt på pausen")
        expect(everybody.get_by_role("button", pressed=True)).to_contain_text("Felles")
        expect(everybody.get_by_role("button", pressed=True)).to_be_focused()
        service.put("bronnoy", session=person("Ola"))
        press(page, "Avslutt møtet")
        expect(page.get_by_text("for alle som er inne nå (1)")).to_be_visible()
        press(page, "Ja, avslutt for alle")
        expect(card(page, "Brønnøy")).to_contain_text("Ingen er inne.")
        expect(card(page, "Vefsn")).not_to_contain_text("Siri")
        assert done(service, "vefsn", 3) == [to_break, to_plenary, EndMeeting()]
        assert done(service, "bronnoy", 3)[2] == EndMeeting()


def test_each_room_takes_part_in_its_own_way(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service, size=SIZES["telephone"]) as page:
        page.get_by_text("Velg for hvert rom").click()
        press(page.get_by_role("group", name="Brønnøy"), "Gruppe")
        expect(card(page, "Brønnøy")).to_contain_text("Gruppe")
        expect(page.get_by_text("Rommene er med på hver sin måte nå.")).to_be_visible()
        is_well_made(page)
        assert done(service, "bronnoy") == [SetMeetingMode(mode=MeetingMode.GROUP)]
        assert service.robots["vefsn"].commands == []


def test_volume_and_whether_the_room_hears_are_behind_one_line(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service, size=SIZES["telephone"]) as page:
        service.put("vefsn", session=person("Kari"), hearing=Hearing.FAINT)
        here = card(page, "Vefsn")
        expect(here.get_by_role("button", name="Høyere – Kari")).to_have_count(0)
        here.get_by_text("Lyden i rommet: 100 %").click()
        press(here, "Lavere – Kari")
        expect(here).to_contain_text("Lyden i rommet: 80 %")
        press(here, "Høyere – Kari")
        expect(here).to_contain_text("Lyden i rommet: 100 %")
        press(here, "Hører dere meg?")
        expect(here).to_contain_text("Rommet hører roboten svakt. Velg «Høyere», eller flytt roboten nærmere.")
        assert done(service, "vefsn", 3) == [SetVolume(percent=80), SetVolume(percent=100), AskHeard()]
        is_well_made(page)


def test_the_end_is_asked_first_by_keyboard_alone(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", session=person("Kari"))
        here = card(page, "Vefsn")
        here.get_by_role("button", name="Avslutt for Kari").focus()
        page.keyboard.press("Enter")
        expect(here).to_contain_text("Avslutte for Kari?")
        expect(here.get_by_role("button", name="Nei")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(here).to_contain_text("Ingen er inne.")
        assert done(service, "vefsn") == [EndForPerson()]


def test_what_is_not_done_is_said_where_it_was_asked(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", session=person("Kari"), hand=UP, refuses=Refusal.OTHER_SESSION)
        press(queue(page), "Sett – Kari")
        expect(card(page, "Vefsn")).to_contain_text("Det ble ikke gjort: personen er ikke her lenger.")
        expect(card(page, "Brønnøy")).not_to_contain_text("Det ble ikke gjort")
        service.put("vefsn", refuses=None, answers=False)
        press(queue(page), "Sett – Kari")
        page.evaluate("skip(5300)")
        expect(card(page, "Vefsn")).to_contain_text("Roboten svarte ikke.")


def test_faults_are_told_with_what_to_do(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", faults=(Fault.BATTERY_LOW, Fault.HEAD, Fault.HEAD_HOT))
        said = card(page, "Vefsn").locator(".robot-faults li")
        expect(said).to_have_count(2)
        expect(said.nth(0)).to_have_text("Batteriet på roboten er snart tomt. Sett i laderen nå.")
        expect(said.nth(1)).to_contain_text("Hodet på roboten er for varmt.")
        service.put("vefsn", faults=tuple(sorted(Fault)))
        expect(said).to_have_text([texts("nb")[f"fault.{name}"] for name in places() if name != Fault.HEAD])
        service.put("vefsn", faults=())
        expect(said).to_have_count(0)


def test_a_screen_reader_hears_each_hand_and_each_guest_once(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        log = page.locator(".announcer p")
        expect(queue(page)).to_be_visible()
        service.put("vefsn", session=person("Kari"), hand=UP)
        expect(log).to_have_text(["Kari i Vefsn rekker opp hånda."])
        service.knock("vefsn", "Siri")
        expect(log).to_have_text(["Kari i Vefsn rekker opp hånda.", "Siri venter på å komme inn i Vefsn."])
        service.put("vefsn", hand=UP.model_copy(update={"seen": True}))
        service.knock("vefsn", "Siri", "Liv")
        expect(card(page, "Vefsn")).to_contain_text("Siri sammen med Liv")
        expect(queue(page)).to_contain_text("Hånda er sett")
        expect(log).to_have_count(2)


def test_a_line_that_is_lost_is_said_and_comes_back_by_itself(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        expect(queue(page)).to_be_visible()
        page.context.set_offline(True)
        service.close_pages(1001)
        expect(page.locator(".line-lost")).to_contain_text("Mistet kontakten med tjenesten.")
        expect(card(page, "Vefsn").locator(".press.large")).to_have_attribute("aria-disabled", "true")
        page.context.set_offline(False)
        expect(page.locator(".line-lost")).to_have_text("")
        press(card(page, "Vefsn"), "Privat nå – Vefsn")
        assert done(service, "vefsn") == [SetPrivate(on=True)]


@pytest.mark.parametrize(
    ("link", "says"),
    [("expired", "Lenken er gått ut"), ("unknown", "Vi kjenner ikke lenken")],
)
def test_a_link_that_is_not_good_says_why(browser: Browser, service: LeaderService, link: str, says: str) -> None:
    address = service.link(hours=-1) if link == "expired" else f"{service.url}/l/1.x.y"
    with leading(browser, service, address) as page:
        expect(page.get_by_role("heading", name=says)).to_be_focused()
        is_well_made(page)


def test_a_link_that_is_too_early_says_when_and_opens_by_itself(
    browser: Browser, service: LeaderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with leading(browser, service, service.link(opens_in_s=3600, hours=4)) as page:
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile(r"^Lenken åpner [^ ]+dag \d+\. [^ ]+ kl\. \d\d\.\d\d$"))
        expect(page.locator(".card")).to_contain_text("Mestringstreff på Helgeland")
        expect(page.locator(".card")).to_contain_text("Du er Ane")
        is_well_made(page)
        later = SimpleNamespace(time=lambda: time.time() + 3601)
        monkeypatch.setattr(context, "time", later)
        page.evaluate("jump(10500)")
        expect(queue(page)).to_be_visible()


def test_a_leader_of_one_robot_sees_that_one(browser: Browser, service: LeaderService) -> None:
    busy(service)
    with leading(browser, service, service.link("vefsn")) as page:
        expect(queue(page)).to_contain_text("Nr. 2 Kari, Vefsn")
        assert page.locator(".robot").count() == 1


def test_the_sound_is_chosen_and_remembered(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        press(page, "Lyd ved ny hånd: av")
        page.reload()
        expect(page.get_by_role("button", name="Lyd ved ny hånd: på")).to_be_visible()


def test_leader_and_person_write_to_each_other(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        service.put("vefsn", session=person("Kari"))
        field = page.get_by_role("textbox", name="Skriv til Kari", exact=True)
        press(card(page, "Vefsn"), "Skriv til Kari")
        expect(field).to_be_focused()
        service.write("vefsn", "Kan du gjen", 1)
        expect(card(page, "Vefsn")).to_contain_text("Kari skriver …Kan du gjen")
        field.press_sequentially("Ja", delay=30)
        wait_until(lambda: [one.text for one in service.lines("vefsn")] == ["Kan du gjen", "Ja"], "the letters")
        assert [one.name for one in service.lines("vefsn")] == ["Kari", "Ane"]
        field.press("Enter")
        expect(field).to_have_value("")
        wait_until(lambda: service.lines("vefsn")[1].done, "the line's end")
        is_well_made(page)
        field.fill("Bare til Kari")
        service.put("vefsn", session=person("Ola").model_copy(update={"seat": "donna"}))
        expect(page.get_by_role("button", name="Skriv til Ola", exact=True)).to_be_visible()
        service.write("vefsn", "Hei", 1)
        expect(page.get_by_role("textbox", name="Skriv til Ola", exact=True)).to_have_value("")
        expect(card(page, "Vefsn")).not_to_contain_text("Kan du gjen")
