"""Joining, and every page that says why the room is not there, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from protocol.commands import RaiseHand
from protocol.signals import EndReason
from protocol.state import HandState
from protocol.web import LinkFault
from tests.web.door import TELEPHONE
from tests.web.fake_service import FakeService, wait_until
from tests.web.look import overflow, small_targets
from tests.web.tablet import SIZES, WIDE, WORDS, button, buttons, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

NO_MICROPHONE = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{error}'));"


SKIPS = """{
  const now = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => now() + ahead;
  window.skip = (ms) => void (ahead += ms);
}"""  # the page's clock can be put forward: what it waits for in silence need not be waited for here


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_join_and_room(browser: Browser, service: FakeService, size: tuple[int, int], language: str) -> None:
    scheme = "dark" if language == "en" else "light"
    with opened(browser, service, size=size, language=language, color_scheme=scheme) as page:
        words = WORDS[language]
        expect(button(page, words["join"])).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == language
        says(page, "Mestringstreff på Helgeland")
        says(page, "Vefsn, kurssal 2")
        says(page, TELEPHONE)
        assert page.locator("video").count() == 0
        is_well_made(page)
        join(page, words["join"])
        for name in buttons(language, size):
            expect(button(page, name)).to_be_visible()
        expect(page.locator("video")).to_have_count(1)
        assert page.evaluate(
            "((v) => !v.muted && !v.paused && v.srcObject.getAudioTracks().length === 1)"
            "(document.querySelector('video'))"
        )
        is_well_made(page)
        if size not in WIDE:
            button(page, words["write"]).click()
            expect(button(page, words["say"])).to_be_visible()
            is_well_made(page)


@pytest.mark.parametrize("size", [(320, 640), (320, 256), (844, 390)], ids=["small", "zoomed", "telephone on its side"])
def test_nothing_is_cut_off_on_small_screens(browser: Browser, service: FakeService, size: tuple[int, int]) -> None:
    with opened(browser, service, size=size) as page:
        expect(button(page, "Bli med")).to_be_visible()
        assert overflow(page) == 0
        join(page)
        assert overflow(page) == 0
        assert not small_targets(page)
        for name in buttons("nb", size):
            button(page, name).scroll_into_view_if_needed()
            expect(button(page, name)).to_be_in_viewport(ratio=0.9)
        service.scene.silent = True
        service.end(EndReason.LOST)
        says(page, "Kobler til igjen")
        assert overflow(page) == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (LinkFault.EXPIRED, "Lenken er gått ut"),
        (LinkFault.WITHDRAWN, "Lenken gjelder ikke lenger"),
        (LinkFault.INVALID, "Vi kjenner ikke lenken"),
    ],
)
def test_a_refused_link(browser: Browser, service: FakeService, fault: LinkFault, words: str) -> None:
    service.scene.fault = fault
    with opened(browser, service) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
        says(page, TELEPHONE)
        assert page.get_by_role("button").count() == 0
        assert page.locator("ol.steps li").count() >= 2
        is_well_made(page)
        page.get_by_role("link", name="Skriv inn seks tall i stedet").click()
        expect(page.get_by_label("Koden din")).to_be_visible()


def test_a_link_that_is_withdrawn_while_we_are_in(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.scene.fault = LinkFault.WITHDRAWN
        service.end(EndReason.LOST)
        service.drop_sockets(4403)
        says(page, "Lenken gjelder ikke lenger")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "Mikrofonen er ikke tillatt"),
        ("NotFoundError", "Vi finner ingen mikrofon"),
        ("NotReadableError", "Mikrofonen er opptatt"),
    ],
)
def test_no_microphone(browser: Browser, service: FakeService, error: str, words: str) -> None:
    with opened(browser, service, script=NO_MICROPHONE.replace("{error}", error)) as page:
        button(page, "Bli med").click()
        says(page, words)
        says(page, TELEPHONE)
        is_well_made(page)
        button(page, "Prøv igjen").click()
        says(page, words)
        button(page, "Gå inn uten mikrofon").click()
        wait_until(lambda: width(page) > 0, "the picture")
        why = "noe annet bruker mikrofonen" if error == "NotReadableError" else "mikrofonen er ikke tillatt"
        says(page, f"De hører deg ikke: {why}")
        expect(button(page, "Mikrofon")).to_have_attribute("aria-pressed", "false")


def test_the_steps_are_those_of_the_browser(browser: Browser, service: FakeService) -> None:
    refused = NO_MICROPHONE.replace("{error}", "NotAllowedError")
    ipad = "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) Version/16.6 Safari/604.1"
    with opened(browser, service, script=refused, user_agent=ipad) as page:
        button(page, "Bli med").click()
        expect(page.locator("ol.steps")).to_contain_text("Velg innstillinger for nettstedet")
        says(page, TELEPHONE)
        page.add_init_script("delete window.RTCPeerConnection")
        page.reload()
        expect(page.locator("ol.steps")).to_contain_text("Programvareoppdatering")


def test_a_browser_that_is_too_old(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script="delete window.RTCPeerConnection") as page:
        says(page, "Nettleseren er for gammel")
        says(page, TELEPHONE)
        is_well_made(page)


def test_the_robot_is_off_before_and_comes(browser: Browser, service: FakeService) -> None:
    service.scene.present = False
    with opened(browser, service) as page:
        says(page, "Roboten svarer ikke nå")
        button(page, "Bli med").click()
        says(page, "Roboten svarer ikke")
        says(page, TELEPHONE)
        is_well_made(page)
        service.present(True)
        wait_until(lambda: width(page) > 0, "the picture, without another tap")


def test_the_robot_goes_off_during_and_comes_back(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=SKIPS) as page:
        join(page)
        assert service.robot is not None
        service.robot.mute = True
        service.present(False)
        for _ in range(7):
            page.wait_for_timeout(120)  # a look of the page's own
            page.evaluate("skip(1000)")
        says(page, "Roboten svarer ikke")
        service.present(True)
        wait_until(lambda: width(page) > 0, "the picture, without a tap")


def test_somebody_else_has_the_robot(browser: Browser, service: FakeService) -> None:
    scene = service.scene
    scene.holder, scene.holder_companion, scene.holder_since_s = "Ola Hansen", "Anne Berg", 600.0
    with opened(browser, service) as page:
        button(page, "Bli med").click()
        says(page, "Ola Hansen og Anne Berg bruker roboten nå, siden kl. ")
        says(page, TELEPHONE)
        is_well_made(page)
        scene.holder = ""
        says(page, "Plassen er ledig")
        expect(button(page, "Gå inn")).to_be_visible()
        is_well_made(page)
        scene.holder = "Ola Hansen"
        button(page, "Ta over plassen").click()
        wait_until(lambda: width(page) > 0, "the picture")
        assert [offer.replace for offer in service.offers] == [False, True]


def test_a_free_seat_is_taken_from_nobody(browser: Browser, service: FakeService) -> None:
    service.scene.holder = "Ola Hansen"
    with opened(browser, service) as page:
        button(page, "Bli med").click()
        says(page, "Ola Hansen bruker roboten nå")
        service.scene.holder = ""
        button(page, "Gå inn").click()
        wait_until(lambda: width(page) > 0, "the picture")
        assert [offer.replace for offer in service.offers] == [False, False]


def test_the_place_is_taken_over(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        service.end(EndReason.REPLACED)
        says(page, "Plassen er tatt over")
        service.scene.hand = HandState(raised=False)  # the other took it down
        says(page, TELEPHONE)
        is_well_made(page)
        button(page, "Ta plassen tilbake").click()
        wait_until(lambda: width(page) > 0, "the picture")
        assert service.offers[-1].replace
        expect(button(page, "Rekk opp hånda")).to_be_visible()
        assert [act.action for act in service.acts] == [RaiseHand(raised=True)], "what another took down stays down"


@pytest.mark.parametrize("by_code", [True, False], ids=["same tab", "another page"])
def test_the_link_is_opened_elsewhere(browser: Browser, service: FakeService, by_code: bool) -> None:
    with opened(browser, service) as page:
        join(page)
        if by_code:
            service.drop_sockets(4000)
        else:
            service.sorry("opened_elsewhere")
        says(page, "Rommet er åpent et annet sted")
        says(page, TELEPHONE)
        is_well_made(page)
        button(page, "Bruk denne skjermen").click()
        wait_until(lambda: width(page) > 0, "the picture")


def test_the_persons_own_other_screen_is_not_taken_for_somebody_else(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        state = service.state()
        assert state.session is not None
        service.end(EndReason.REPLACED)
        says(page, "Plassen er")
        service.tell(state)  # said before the robot heard of the other: it names the connection that is lost
        says(page, "Plassen er")
        other = state.session.model_copy(update={"connection": "of-the-other-screen"})
        service.tell(state.model_copy(update={"session": other}))
        says(page, "Lenken din er åpnet på en annen skjerm")
        button(page, "Bruk denne skjermen").click()
        wait_until(lambda: width(page) > 0, "the picture")


def test_private_ends_by_itself(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.scene.private = True
        service.end(EndReason.PRIVATE)
        says(page, "Rommet er privat nå")
        assert page.locator("video").count() == 0
        says(page, TELEPHONE)
        is_well_made(page)
        service.scene.private = False
        wait_until(lambda: width(page) > 0, "the picture")


def test_an_offer_that_the_robot_cannot_read(browser: Browser, service: FakeService) -> None:
    service.scene.bad_offer = True
    with opened(browser, service) as page:
        button(page, "Bli med").click()
        says(page, "Bildet og lyden kom ikke i gang")
        says(page, TELEPHONE)
        is_well_made(page)
        service.scene.bad_offer = False
        button(page, "Prøv igjen").click()
        wait_until(lambda: width(page) > 0, "the picture")


def test_no_network_at_the_door_and_on_the_way_in(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        expect(button(page, "Bli med")).to_be_visible()
        page.context.set_offline(True)
        button(page, "Bli med").click()
        says(page, "Vi får ikke kontakt")
        says(page, "Se om flymodus er av")
        says(page, "Siden prøver igjen hele tiden")
        says(page, TELEPHONE)
        is_well_made(page)
        page.context.set_offline(False)
        wait_until(lambda: width(page) > 0, "the picture, by itself")


def test_a_link_that_cannot_be_asked_about(browser: Browser, service: FakeService) -> None:
    service.scene.door_shut = True
    with opened(browser, service) as page:
        says(page, "Nettbrettet når ikke kurset")
        says(page, TELEPHONE)  # which came with the page itself
        assert page.locator("ol.steps li").count() >= 2
        is_well_made(page)


def test_joining_says_what_happens_and_can_be_cancelled(browser: Browser, service: FakeService) -> None:
    service.scene.silent = True
    with opened(browser, service) as page:
        button(page, "Bli med").click()
        says(page, "Roboten åpner øynene")
        is_well_made(page)
        button(page, "Avbryt").click()
        says(page, "Du har forlatt rommet")
