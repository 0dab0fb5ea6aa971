"""What a break must not do: keep the microphone, hide its own words, take one session's answer for another's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from protocol.signals import Answer, EndReason
from protocol.web import LinkFault
from tests.web.fake_service import FakeService, wait_until
from tests.web.front import ROBOT, SESSION
from tests.web.stand_in_robot import StandInRobot
from tests.web.tablet import ask, button, join, opened, says, width
from tests.web.test_handover import DIARY, diary, opened_with_diary, picture_moves

pytestmark = pytest.mark.browser

# The tablet says no at first; from then on it asks until the test lets it answer.
ASKS_LONG = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.waiting = []; window.held = []; let first = true;
navigator.mediaDevices.getUserMedia = (wishes) => {
  if (first) { first = false; return Promise.reject(new DOMException('no', 'NotAllowedError')); }
  return new Promise((give) => waiting.push(async () => {
    const stream = await real(wishes); held.push(...stream.getTracks()); give(stream); }));
};
"""
HELD = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); window.held = [];
navigator.mediaDevices.getUserMedia = async (w) => { const s = await real(w); held.push(...s.getTracks()); return s; };
"""
ALL_ENDED = "held.length > 0 && held.every((track) => track.readyState === 'ended')"


def test_a_microphone_that_comes_after_leaving_is_let_go(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=ASKS_LONG) as page:
        button(page, "Bli med").click()
        button(page, "Gå inn uten mikrofon").click()
        wait_until(lambda: width(page) > 0, "the picture")
        button(page, "Mikrofon").click()
        wait_until(lambda: ask(page, "waiting.length") == 1, "the tablet to ask")
        button(page, "Forlat").click()
        says(page, "Du har forlatt rommet")
        page.evaluate("waiting[0]()")
        wait_until(lambda: ask(page, ALL_ENDED), "the microphone to be let go", 5)


def test_a_link_that_is_withdrawn_in_a_break_ends_everything(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=HELD) as page:
        join(page)
        service.scene.fault = LinkFault.WITHDRAWN
        service.end(EndReason.LOST)
        service.drop_sockets(4403)
        says(page, "Lenken gjelder ikke lenger")
        wait_until(lambda: ask(page, ALL_ENDED), "the microphone to be let go", 5)
        service.scene.fault = None
        page.wait_for_timeout(1500)  # longer than a socket waits to be tried again
        assert not service.sockets, "nothing is tried any more"


def test_the_words_of_a_break_lie_over_the_numbers(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        page.locator("#quality").click()
        expect(page.locator("#numbers button")).to_be_focused()
        service.scene.silent = True
        assert service.robot is not None
        service.robot.mute = True
        says(page, "Kobler til igjen")
        on_top = """(({x, y, width, height}) => document.elementFromPoint(x + width / 2, y + height / 2)
          .closest('.break-card') !== null)(document.querySelector('.break-card').getBoundingClientRect())"""
        assert ask(page, on_top)
        expect(page.locator("#numbers")).to_have_count(0)
        assert ask(page, "document.activeElement.closest('.controls') !== null"), "the keyboard has not lost its place"
        service.robot.mute = False
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0, timeout=15_000)
        expect(page.locator("#numbers")).to_have_count(0)


def test_an_answer_to_an_offer_that_was_given_up_is_left_alone(browser: Browser, service: FakeService) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        service.scene.silent = True
        for count in (2, 3):
            page.evaluate("dispatchEvent(new Event('online'))")
            wait_until(lambda count=count: len(service.offers) == count, "a new offer")
        for number in (2, 3):
            robot = StandInRobot(service.head)
            service.before.append(robot)
            offer = service.offers[number - 1]
            sdp = service.run(robot.answer(offer.sdp))
            service.tell(Answer(robot=ROBOT, session=SESSION, connection=offer.connection, sdp=sdp))
        wait_until(lambda: "closed0" in diary(page), "the new session to take over", 8)
        picture_moves(page)


def test_a_line_that_connects_twice_is_shown_once(browser: Browser, service: FakeService) -> None:
    twice = """const Once = RTCPeerConnection; window.again = 0;
    window.RTCPeerConnection = class extends Once { constructor(...a) { super(...a);
      this.addEventListener('connectionstatechange', (e) => { if (e.isTrusted && this.connectionState === 'connected')
        setTimeout(() => { again += 1; this.dispatchEvent(new Event('connectionstatechange')); }); }); } };
    const plain = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject'); let blind = true;
    Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { ...plain, set(stream) {
      if (stream && this.muted && blind) blind = false; // what waits first sees nothing until its time is up
      else plain.set.call(this, stream); } });"""
    with opened(browser, service, script=DIARY + twice) as page:
        join(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: "closed0" in diary(page), "the old session to be closed")
        wait_until(lambda: ask(page, "again") >= 2, "both to have said it twice")
        page.wait_for_timeout(2000)  # longer than a first picture is waited for
        assert "closed1" not in diary(page)
        picture_moves(page)
