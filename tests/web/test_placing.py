"""Saved places: the leader turns the head and keeps them, the person looks there with one tap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from protocol.commands import LookAt, RemovePlace, SavePlace
from protocol.state import HeadPlace
from tests.web.fake_service import FakeService, wait_until
from tests.web.leader_service import LeaderService, person
from tests.web.tablet import SIZES, WIDE, button, is_well_made, join, opened
from tests.web.test_leader import SIZES as LEADER_SIZES
from tests.web.test_leader import card, done, leading, press

pytestmark = pytest.mark.browser

LECTURER = HeadPlace(name="Foreleseren", pan_deg=35, tilt_deg=4)
BOARD = HeadPlace(name="Tavla", pan_deg=-22, tilt_deg=2)


@pytest.fixture(scope="module")
def leaders(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LeaderService]:
    with LeaderService(tmp_path_factory.mktemp("leader")) as service:
        yield service


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_a_place_is_one_tap_away(browser: Browser, service: FakeService, size: tuple[int, int]) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        expect(button(page, "Skarpt bilde av tavla")).to_be_visible()
        assert page.get_by_text("Se på").count() == 0, "nothing is saved"
        service.scene.places = (LECTURER, BOARD)
        if size not in WIDE:
            button(page, "Se på …").click()
        expect(button(page, "Se på Tavla")).to_be_visible()
        is_well_made(page)
        button(page, "Se på Foreleseren").click()
        wait_until(lambda: abs(service.head.pan - 35) < 1 and abs(service.head.tilt - 4) < 1, "the head to look there")
        if size not in WIDE:
            expect(button(page, "Se på Tavla")).to_have_count(0)
            expect(button(page, "Se på …")).to_be_focused()


@pytest.mark.parametrize("size", LEADER_SIZES.values(), ids=LEADER_SIZES.keys())
def test_a_leader_turns_the_head_and_keeps_places(browser: Browser, leaders: LeaderService, size: Any) -> None:
    leaders.reset()
    with leading(browser, leaders, size=size) as page:
        vefsn = card(page, "Vefsn")
        vefsn.get_by_text("Steder å se på: ingen ennå").click()
        press(vefsn, "Til venstre")
        press(vefsn, "Til venstre")
        (first, second) = done(leaders, "vefsn", 2)
        assert (first, second) == (LookAt(pan_deg=-10, tilt_deg=0), LookAt(pan_deg=-20, tilt_deg=0))
        press(vefsn, "Lagre «Foreleseren»")
        expect(vefsn).to_contain_text("Stedene er lagret på roboten.")
        expect(vefsn.get_by_role("button", name="Lagre «Foreleseren»")).to_have_count(0)
        vefsn.get_by_label("Et annet navn").fill(" Døra ")
        vefsn.get_by_label("Et annet navn").press("Enter")
        expect(vefsn).to_contain_text("Steder å se på: Foreleseren, Døra")
        is_well_made(page)
        press(vefsn, "Se dit – Døra")
        assert done(leaders, "vefsn", 5)[2:] == [
            SavePlace(name="Foreleseren"),
            SavePlace(name="Døra"),
            LookAt(pan_deg=20, tilt_deg=5),
        ]
        press(vefsn, "Fjern – Døra")
        press(vefsn, "Angre")
        press(vefsn, "Fjern – Foreleseren")
        page.evaluate("skip(5000)")
        expect(vefsn).to_contain_text("Steder å se på: Døra")
        assert done(leaders, "vefsn", 6)[5:] == [RemovePlace(name="Foreleseren")]


def test_whoever_is_inside_turns_the_head(browser: Browser, leaders: LeaderService) -> None:
    leaders.reset()
    with leading(browser, leaders) as page:
        leaders.put("vefsn", session=person("Kari"), places=(BOARD,))
        vefsn = card(page, "Vefsn")
        vefsn.get_by_text("Steder å se på: Tavla").click()
        expect(vefsn).to_contain_text("Kari er inne og snur hodet selv.")
        expect(vefsn.get_by_role("button", name="Til venstre")).to_have_count(0)
        press(vefsn, "Lagre på nytt – Tavla")
        assert done(leaders, "vefsn") == [SavePlace(name="Tavla")]
