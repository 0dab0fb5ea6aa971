"""Placing the robot in five steps from the leader's page: what each does, and that it ends when somebody comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.commands import AskHeard, LookAt, Refusal, SavePlace, SetVolume
from protocol.state import Fault, Hearing
from tests.web.fake_service import wait_until
from tests.web.leader_service import LeaderService, person
from tests.web.tablet import is_well_made, width
from tests.web.test_leader import SIZES, card, done, leading, press
from tests.web.test_leader import running as running
from tests.web.test_leader import service as service

pytestmark = pytest.mark.browser

OPEN = "Sett opp roboten – Vefsn"


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog")


def step(page: Page, number: int, what: str) -> Locator:
    """The step, once it is there; its heading has the keyboard."""
    title = page.get_by_role("heading", name=f"Trinn {number} av 5: {what}")
    expect(title).to_be_focused()
    return sheet(page)


def onward(page: Page) -> None:
    press(sheet(page), "Neste")


@pytest.mark.parametrize("size", SIZES)
def test_five_steps_and_what_each_does(browser: Browser, service: LeaderService, size: str) -> None:
    robot = service.robots["vefsn"]
    service.put("vefsn", here=False)
    with leading(browser, service, size=SIZES[size]) as page:
        press(card(page, "Vefsn"), OPEN)
        guide = step(page, 1, "Slå på")
        expect(guide).to_contain_text("Vi venter på roboten.")
        service.put("vefsn", here=True, faults=(Fault.HEAD_BOARD,))
        expect(guide).to_contain_text("noe virker ikke")
        expect(guide).to_contain_text("Lysene og knappen på roboten virker ikke.")
        is_well_made(page)
        service.put("vefsn", faults=())
        expect(guide).to_contain_text("Roboten er på og på nett.")
        assert not service.look.watchers("vefsn"), "nobody looks before there is something to see"
        onward(page)
        guide = step(page, 2, "Sett den ned")
        wait_until(lambda: width(page) > 0, "the picture")
        expect(guide.locator(".level")).to_be_visible()
        is_well_made(page)
        onward(page)
        guide = step(page, 3, "Snu hodet og lagre steder")
        press(guide, "Til venstre")
        press(guide, "Lagre «Tavla»")
        assert done(service, "vefsn", 2) == [LookAt(pan_deg=-10, tilt_deg=0), SavePlace(name="Tavla")]
        expect(guide).to_contain_text("Stedene er lagret på roboten.")
        is_well_made(page)
        onward(page)
        guide = step(page, 4, "Prøv lyden begge veier")
        press(guide, "Spill en tone")
        expect(guide).to_contain_text("høyttaleren og mikrofonen virker")
        is_well_made(page)
        onward(page)
        guide = step(page, 5, "Hører dere meg?")
        robot.snr_at_full_db = 44
        press(guide, "Hører dere meg?")
        expect(guide).to_contain_text("Rommet hører roboten godt. Volumet er 40 %")
        asked = [command.action for command in robot.commands[3:]]
        assert asked == [AskHeard(), SetVolume(percent=40), AskHeard()]
        assert {command.session for command in robot.commands} == {None}
        is_well_made(page)
        press(guide, "Ferdig")
        expect(sheet(page)).to_have_count(0)
        expect(page.get_by_role("button", name=OPEN)).to_be_focused()
        wait_until(lambda: not service.look.watchers("vefsn"), "the robot to be left alone")


@pytest.mark.parametrize(
    ("change", "reads"),
    [
        ({"hearing": Hearing.NOT_HEARD}, "Roboten hørte ikke tonen sin. Hørte du den?"),
        ({"hearing": Hearing.FAINT}, "Det rettes i neste trinn."),
        ({"refuses": Refusal.PART_BROKEN}, "Lyden på roboten er ikke åpen."),
        ({"refuses": Refusal.BUSY}, "Noen andre prøver lyden akkurat nå."),
    ],
    ids=["not heard", "faint", "closed", "busy"],
)
def test_each_failure_of_the_sound_has_words(
    browser: Browser, service: LeaderService, change: dict[str, object], reads: str
) -> None:
    service.put("vefsn", **change)
    with leading(browser, service) as page:
        press(card(page, "Vefsn"), OPEN)
        for _ in range(3):
            onward(page)
        guide = step(page, 4, "Prøv lyden begge veier")
        wait_until(lambda: width(page) > 0, "the picture and the sound")
        press(guide, "Spill en tone")
        expect(guide).to_contain_text(reads)
        page.evaluate("skip(9000)")  # the stand-in robot's room is silent
        expect(guide).to_contain_text("Vi hører ingenting ennå.")


def test_the_guide_is_over_when_somebody_comes_in_and_with_escape(browser: Browser, service: LeaderService) -> None:
    with leading(browser, service) as page:
        button = page.get_by_role("button", name=OPEN)
        button.focus()
        page.keyboard.press("Enter")
        step(page, 1, "Slå på")
        page.keyboard.press("Escape")
        expect(sheet(page)).to_have_count(0)
        expect(button).to_be_focused()
        press(card(page, "Vefsn"), OPEN)
        onward(page)
        wait_until(lambda: bool(service.look.watchers("vefsn")), "the leader to look")
        service.put("vefsn", session=person("Kari"))
        expect(sheet(page)).to_have_count(0)
        expect(button).to_have_count(0)
        expect(card(page, "Vefsn")).to_contain_text(re.compile("Kari er inne"))
        wait_until(lambda: not service.look.watchers("vefsn"), "nobody to look on")
