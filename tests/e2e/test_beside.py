"""Who sees and hears the room beside the person, at the real robot: another tablet of the seat, and a relative."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demo import Demo, dbfs, until
from tests.e2e.tablet import PatientPage, listen, tap
from tests.e2e.test_failures import heading, new_link

pytestmark = pytest.mark.browser

AUDIBLE_DBFS = -55.0  # the course talks at some -30; a track that says nothing is at -120
RELATIVES = "Pårørende kan se rommet sammen med meg"


def says(page: Page, words: str) -> None:
    expect(page.locator("main")).to_contain_text(words, timeout=20_000)


def sees_and_hears(tablet: PatientPage) -> None:
    """The picture moves and differs from a blank one, and the course is heard."""
    tablet.wait_for_picture()
    assert np.std(tablet.view()) > 5
    until(lambda: dbfs(listen(tablet.page, 0.5)) > AUDIBLE_DBFS, "the room to be heard")


def sockets(demo: Demo) -> int:
    """How many UDP sockets the robot has: media goes over nothing else here."""
    return len(demo.part("robot_agent.cli").net_connections("udp"))


def test_a_second_tablet_of_the_seat_is_handed_the_steering_and_gives_it_back(
    room: PatientPage, other: Page, demo: Demo
) -> None:
    anne = PatientPage(other, demo.patient)
    other.get_by_label("Er noen sammen med deg?").fill("Anne")
    anne.button("join").tap()
    heading(other, "Rommet er åpent et annet sted")
    tap(other, "Bli med ved siden av")
    sees_and_hears(anne)
    says(other, "Kari Nordmann styrer.")
    says(room.page, "Anne er med nå")

    tap(room.page, "Gi styringen til Anne")
    expect(anne.button("raise")).to_be_visible(timeout=20_000)
    anne.press_arrow("ArrowRight", times=2)
    until(lambda: demo.state()["pan_deg"] > 15, "Anne to turn the head")
    says(room.page, "Anne styrer.")
    sees_and_hears(room)
    room.page.keyboard.press("ArrowLeft")  # there are no arrows to be touched
    anne.button("raise").tap()
    until(demo.hand_is_up, "the hand to be up")
    assert demo.state()["pan_deg"] > 15, "whoever looks on steers nothing"

    tap(other, "Gi styringen til Kari Nordmann")
    expect(room.button("lower")).to_be_visible(timeout=20_000)
    room.press_arrow("ArrowLeft", times=2)
    until(lambda: abs(demo.state()["pan_deg"]) < 2, "Kari to turn it back")
    until(demo.hand_is_up, "the hand to be up still, whoever steers")
    says(other, "Kari Nordmann styrer.")

    room.leave()
    says(other, "Ingen er i rommet nå.")
    until(lambda: not demo.state()["camera_open"], "the robot to be free")
    tap(other, "Gå ut")


def test_a_relative_watches_by_the_persons_word_and_no_longer(room: PatientPage, other: Page, demo: Demo) -> None:
    before = sockets(demo)
    per = PatientPage(other, new_link(demo, "Per", "--role=relative"))
    tap(other, "Se og hør rommet")
    says(other, "har ikke sagt ja til det")
    tap(room.page, "Mer")
    allow = room.page.get_by_role("switch", name=RELATIVES)
    allow.tap()
    sees_and_hears(per)
    says(room.page, "Per: pårørende, ser og hører")
    says(other, "Kari Nordmann: deltaker")
    assert sockets(demo) > before
    allow.tap()
    expect(other.locator("video")).to_have_count(0, timeout=20_000)
    says(other, "har ikke sagt ja til det")
    expect(room.page.get_by_text("Per: pårørende")).to_have_count(0, timeout=20_000)
    until(lambda: sockets(demo) == before, "the relative's connection to be gone")
    room.wait_for_picture()
