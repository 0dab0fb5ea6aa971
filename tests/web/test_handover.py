"""A new media session is made before the old one is broken: what the page shows, says and sends meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import ask, button, join, opened, says

pytestmark = pytest.mark.browser

# Writes down in which order things happen to the page's media sessions and to its one picture.
DIARY = """
window.diary = []; window.peers = []; window.most = 0; window.frames = [];
const Peer = RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
  constructor(...a) { super(...a); window.peers.push(this);
    this.addEventListener('connectionstatechange', () => diary.push(this.connectionState + number(this))); }
  close() { if (this.connectionState !== 'closed') diary.push('closed' + number(this)); super.close(); }
};
window.number = (peer) => used().indexOf(peer);
window.used = () => peers.filter((peer) => peer.remoteDescription);
const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { ...source, set(stream) {
  source.set.call(this, stream);
  if (!stream || this !== document.querySelector('video')) return;
  const tracks = stream.getVideoTracks();
  diary.push('shown' + used().findIndex((peer) => peer.getReceivers().some((r) => tracks.includes(r.track))));
} });
const watch = () => {
  const videos = document.querySelectorAll('video');
  window.most = Math.max(window.most, videos.length);
  requestAnimationFrame(watch);
};
requestAnimationFrame(watch);
"""
SENDS = """used().map((peer) => peer.connectionState !== 'closed'
  && peer.getSenders().some((s) => s.track && s.track.readyState === 'live'))"""


def opened_with_diary(browser: Browser, service: FakeService) -> Any:
    return opened(browser, service, script=DIARY)


def diary(page: Page) -> list[str]:
    return list(ask(page, "diary"))


def picture_moves(page: Page) -> None:
    shown = "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"
    before = ask(page, shown)
    wait_until(lambda: ask(page, shown) > before, "a new picture")


def new_one_takes_over(page: Page) -> None:
    """The new session was connected, then shown, and only then was the old one closed."""
    wait_until(lambda: "closed0" in diary(page), "the old session to be closed")
    told = diary(page)
    assert [told.index(word) for word in ("connected1", "shown1", "closed0")] == sorted(
        told.index(word) for word in ("connected1", "shown1", "closed0")
    ), told
    picture_moves(page)
    assert ask(page, SENDS) == [False, True], "the microphone goes to the new session alone"
    assert ask(page, "most") == 1, "one picture at any time"


def test_missed_beats_make_a_new_session_and_the_old_picture_stays_until_it_is_there(
    browser: Browser, service: FakeService
) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        assert service.robot is not None
        service.robot.mute = True
        new_one_takes_over(page)
        assert len(service.offers) == 2
        assert not service.offers[1].replace
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0)
        expect(button(page, "Ta ned hånda")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("ArrowRight")
        wait_until(lambda: abs(service.head.pan - 10) < 0.6, "the head to turn over the new session")
        wait_until(lambda: service.robot is not None and service.robot.pings > 0, "a beat on the new session")


def test_another_network_makes_a_new_session_while_the_old_one_still_lives(
    browser: Browser, service: FakeService
) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        page.evaluate("dispatchEvent(new Event('online'))")
        new_one_takes_over(page)
        page.wait_for_timeout(500)
        assert len(service.offers) == 2, "one change, one new session"


def test_networks_that_change_in_quick_succession_end_in_one_new_session(
    browser: Browser, service: FakeService
) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        for _ in range(3):
            page.evaluate("dispatchEvent(new Event('online'))")
        wait_until(lambda: "closed0" in diary(page), "the old session to be closed")
        picture_moves(page)
        wait_until(
            lambda: ask(page, "peers.filter((p) => p.connectionState === 'connected').length") == 1, "one session"
        )
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0)


def test_an_old_session_that_is_heard_again_goes_on(browser: Browser, service: FakeService) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        service.scene.silent = True
        assert service.robot is not None
        service.robot.mute = True
        says(page, "Kobler til igjen")
        service.robot.mute = False
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0, timeout=15_000)
        picture_moves(page)
        assert "closed0" not in diary(page)
        page.keyboard.press("ArrowRight")
        wait_until(lambda: abs(service.head.pan - 10) < 0.6, "the head to turn over the old session")


def test_when_the_old_session_dies_first_its_last_picture_stays_with_words(
    browser: Browser, service: FakeService
) -> None:
    with opened_with_diary(browser, service) as page:
        join(page)
        service.scene.silent = True
        robot = service.robot
        assert robot is not None
        service.run(robot.close())
        says(page, "Kobler til igjen")
        still = page.locator("canvas.still")
        expect(still).to_be_visible(timeout=15_000)
        lit = "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 40)"
        assert still.evaluate(lit), "the last picture, not a black one"
        service.scene.silent = False
        service.drop_sockets()
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0, timeout=15_000)
        expect(still).to_be_hidden()
        picture_moves(page)
