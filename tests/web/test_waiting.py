"""Before the course leader lets somebody in, and after they ended it: what the patient reads; nothing opens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.lobby import LobbyAdmit, LobbyDecline
from protocol.meeting import MeetingMode, MeetingOver
from protocol.signals import EndReason
from protocol.state import HandState
from protocol.web import LinkFault, QueuePlace
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, button, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

WAITS = "Kurslederen slipper deg inn"


def knock(page: Page, service: FakeService) -> None:
    """The person has tapped and waits."""
    service.front.close_the_door()
    button(page, "Bli med").click()
    says(page, WAITS)
    wait_until(lambda: service.knocks, "a knock")


def is_in(page: Page) -> None:
    wait_until(lambda: width(page) > 0, "the picture")


@pytest.mark.parametrize("name", ["landscape", "telephone"])
def test_the_waiting_room_is_well_made(browser: Browser, service: FakeService, name: str) -> None:
    with opened(browser, service, size=SIZES[name]) as page:
        knock(page, service)
        says(page, "Kurslederen får se at Kari Nordmann venter.")
        says(page, "Du har ventet i under ett minutt.")
        says(page, "Si noe: beveger streken seg, virker mikrofonen din.")
        expect(page.locator("h1")).to_be_focused()
        assert page.locator(".help-call").count() == 1
        is_well_made(page)


def test_nothing_is_asked_of_the_robot_until_the_leader_lets_in(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        knock(page, service)
        assert not service.offers
        service.lead(LobbyAdmit)
        is_in(page)
        assert len(service.offers) == 1


def test_not_now_is_said_and_one_may_ask_again(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        knock(page, service)
        service.lead(LobbyDecline)
        says(page, "Ikke akkurat nå")
        is_well_made(page)
        knocked = len(service.knocks)
        button(page, "Spør igjen").click()
        says(page, WAITS)
        wait_until(lambda: len(service.knocks) > knocked, "another knock")
        service.lead(LobbyAdmit)
        is_in(page)
        assert not service.offers[-1].replace


def test_whoever_goes_out_again_waits_no_longer(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        knock(page, service)
        button(page, "Gå ut igjen").click()
        says(page, "Du har forlatt rommet")
        wait_until(lambda: service.left == 1, "the page to leave")


def test_who_ended_it_is_said_and_asking_leads_to_the_waiting_room(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.front.close_the_door()
        service.end(EndReason.LEADER)
        says(page, "Kurslederen har avsluttet for deg")
        is_well_made(page)
        button(page, "Spør om å komme inn").click()
        says(page, WAITS)
        wait_until(lambda: service.knocks, "a knock")
        service.lead(LobbyAdmit)
        is_in(page)


@pytest.mark.parametrize("by", ["the robot", "the service"])
def test_the_end_of_the_meeting_is_a_page_with_nothing_to_wait_for(
    browser: Browser, service: FakeService, by: str
) -> None:
    answers = [{"course": "", "telephone": "", "forms": forms} for forms in ([], [], [{"id": "f1"}])]
    with opened(browser, service) as page:
        # the store is told of the end a little later than the robot
        page.route("**/api/forms/any", lambda route: route.fulfill(json=answers.pop(0)))
        join(page)
        wait_until(
            lambda: page.evaluate("performance.getEntriesByType('resource').some((e) => /late-/.test(e.name))"), "it"
        )
        if by == "the robot":
            service.end(EndReason.MEETING_OVER)
        else:
            service.tell(MeetingOver())
            service.scene.fault = LinkFault.EXPIRED
            service.drop_sockets(4403)
        says(page, "Møtet er slutt")
        says(page, "Takk for at du var med.")
        form = page.get_by_role("link", name="Svar på noen spørsmål")
        expect(form).to_have_attribute("href", f"{service.url}/e/any?lang=nb", timeout=20_000)
        is_well_made(page)
        expect(button(page, "Spør om å komme inn")).to_have_count(0)
        expect(page.get_by_text("Lenken er gått ut")).to_have_count(0)


def test_a_break_and_a_group_are_said_in_words(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.scene.mode = MeetingMode.GROUP
        says(page, "Gruppe: bare dette rommet er med nå")
        is_well_made(page)
        service.scene.mode, service.scene.private = MeetingMode.BREAK, True
        service.end(EndReason.PRIVATE)
        says(page, "Det er pause")
        is_well_made(page)
        service.scene.mode, service.scene.private = MeetingMode.PLENARY, False
        is_in(page)
        expect(page.locator(".mode-note")).to_be_empty()


def test_the_hand_tells_its_place_where_others_wait_too(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        service.tell(QueuePlace(place=2, of=3))
        says(page, "Hånda er oppe, nr. 2 i køen")
        service.scene.hand = HandState(raised=True, since_s=3, seen=True)
        says(page, "Sett av kurslederen, nr. 2 i køen")
        service.tell(QueuePlace(place=1, of=1))
        expect(page.locator(".status-first")).to_have_text("Sett av kurslederen")
        service.scene.hand = HandState(raised=True, since_s=4, seen=True, floor=True)
        says(page, "Du har ordet")
