"""The leader sees the room, hears it when they want to, and reads what the robot found before the meeting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from protocol.commands import Refusal
from protocol.preflight import Found
from protocol.quality import Verdict
from protocol.state import QualityState
from tests.web.fake_service import wait_until
from tests.web.leader_service import LeaderService, person
from tests.web.tablet import is_well_made, width
from tests.web.test_leader import SIZES, card, leading, press
from tests.web.test_leader import running as running
from tests.web.test_leader import service as service

pytestmark = pytest.mark.browser

MUTED = "document.querySelector('video').muted"


def test_a_room_is_seen_and_heard_until_it_is_private(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service, size=SIZES["telephone"]) as page:
        vefsn = card(page, "Vefsn")
        press(vefsn, "Se rommet – Vefsn")
        wait_until(lambda: width(page) > 0, "the picture")
        expect(vefsn).to_contain_text("Du ser rommet. Øynene på roboten er åpne")
        expect(vefsn).to_contain_text(re.compile(r"Ser og hører: Ane \(kursleder, siden kl\. \d\d[.:]\d\d\)"))
        assert page.evaluate(MUTED)
        assert [re.findall(r"a=(recvonly|sendrecv|sendonly)", sdp) for sdp in service.look.sdps] == [["recvonly"] * 2]
        press(vefsn, "Hør rommet – Vefsn")
        expect(vefsn).to_contain_text("Du ser og hører rommet.")
        wait_until(lambda: not page.evaluate(MUTED), "the sound")
        is_well_made(page)
        service.put("vefsn", private=True)
        expect(vefsn).to_contain_text("Det er privat: kamera og mikrofon er lukket.")
        expect(page.locator("video")).to_have_count(0)
        expect(vefsn).not_to_contain_text("Ser og hører")
        is_well_made(page)
        service.put("vefsn", private=False, session=person("Kari").model_copy(update={"companion": "Anne"}))
        wait_until(lambda: width(page) > 0, "the picture again")
        expect(vefsn).to_contain_text(re.compile(r"Kari og Anne er inne, siden kl\. \d\d[.:]\d\d"))
        expect(vefsn).to_contain_text(re.compile(r"Kari styrer roboten, siden kl\. \d\d[.:]\d\d"))
        press(vefsn, "Lukk bildet – Vefsn")
        expect(page.locator("video")).to_have_count(0)
        wait_until(lambda: not service.look.watchers("vefsn"), "the robot to know")


def test_one_room_at_a_time_and_words_when_it_goes(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        vefsn, bronnoy = card(page, "Vefsn"), card(page, "Brønnøy")
        press(vefsn, "Se rommet – Vefsn")
        wait_until(lambda: width(page) > 0, "the picture")
        press(bronnoy, "Se rommet – Brønnøy")
        wait_until(lambda: bool(service.look.watchers("bronnoy")), "the other robot")
        assert not service.look.watchers("vefsn")
        expect(vefsn.locator("video")).to_have_count(0)
        service.put("bronnoy", here=False)
        expect(bronnoy).to_contain_text("Bildet kommer igjen av seg selv.")
        expect(page.locator("video")).to_have_count(0)
        service.put("bronnoy", here=True)
        wait_until(lambda: width(page) > 0, "the picture again")


def test_what_the_robot_found_before_the_meeting(browser: Browser, service: LeaderService) -> None:
    bad = (
        Found.POWER_BATTERY,
        Found.NETWORK_OK,
        Found.CAMERA_OK,
        Found.SOUND_NOT_HEARD,
        Found.HEAD_OK,
        Found.LIGHTS_OK,
    )
    service.put("vefsn", finds=bad)
    with leading(browser, service, size=SIZES["telephone"]) as page:
        vefsn = card(page, "Vefsn")
        expect(vefsn).to_contain_text("Ikke sjekket ennå.")
        press(vefsn, "Sjekk nå – Vefsn")
        expect(vefsn).to_contain_text(re.compile(r"Sjekket kl\. \d\d\.\d\d: noe må gjøres"))
        found = vefsn.locator(".preflight-list li")
        expect(found.first).to_contain_text("Lyd: roboten hørte ikke tonen sin. Se om høyttaleren er på")
        expect(found.nth(1)).to_contain_text("Sett i laderen før møtet.")
        is_well_made(page)
        service.put("vefsn", finds=(Found.POWER_OK, Found.NETWORK_TLS_OK), preflight=None)
        press(vefsn, "Sjekk nå – Vefsn")
        expect(vefsn).to_contain_text("alt er klart")
        expect(found.first).to_be_hidden()
        service.put("vefsn", refuses=Refusal.BUSY)
        press(vefsn, "Sjekk nå – Vefsn")
        expect(vefsn).to_contain_text("Roboten sjekker seg alt.")


def test_how_the_line_has_been_is_drawn_one_tap_behind_the_word(browser: Browser, service: LeaderService) -> None:
    def quality(kbps: int, verdict: Verdict, loss: float | None = 0.02) -> QualityState:
        size = {"width": 1280, "height": 720}
        return QualityState(**size, fps=30, bitrate_bps=kbps * 1000, rtt_ms=80, loss=loss, verdict=verdict)

    service.put("vefsn", session=person("Kari"), quality=quality(1200, "good", None))  # in before the leader looks
    with leading(browser, service, size=SIZES["telephone"]) as page:
        vefsn = card(page, "Vefsn")
        summary = vefsn.locator(".quality > summary")
        expect(summary).to_have_text("God forbindelse")
        page.evaluate("jump(6000)")
        service.put("vefsn", quality=quality(300, "bad"))
        expect(summary).to_have_text("Dårlig forbindelse")
        expect(vefsn.get_by_role("img")).to_have_count(0)
        summary.press("Enter")
        drawn = vefsn.get_by_role("img", name="Bilde, kbit/s: nå 300, fra 300 til 1200 de siste 10 minuttene")
        expect(drawn.locator(".drawn")).to_have_attribute("d", re.compile(r"^M[\d.]+ 40L[\d.]+ 85$"))
        expect(vefsn.get_by_role("img", name="Tapt på veien, %: nå 2, fra 2 til 2")).to_be_visible()
        is_well_made(page)
        service.put("vefsn", session=person("Ola"), quality=None)
        expect(summary).to_have_text("Forbindelsen måles …")
        expect(vefsn.locator(".plot").first).to_contain_text("Ikke målt ennå.")
