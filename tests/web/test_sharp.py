"""The sharp picture in the page: nothing of it is left when its time is over, or the room is; and on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from protocol.signals import EndReason
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, ask, button, is_well_made, join, opened, says, width
from tests.web.test_room import apart

pytestmark = pytest.mark.browser

KEPT = """
window.kept = [];
const open = window.createImageBitmap.bind(window);
window.createImageBitmap = async (...a) => { const made = await open(...a); kept.push(made); return made; };
"""
GONE = "kept.length > 0 && kept.every((picture) => picture.width === 0)"  # closed: not a pixel of it is left


def canvas(page: Page) -> Locator:
    return page.locator(".sharp-stage canvas")


def take(page: Page, service: FakeService) -> None:
    wait_until(lambda: service.sends_stills, "the way for pictures")
    button(page, "Skarpt bilde av tavla").click()
    expect(canvas(page)).to_be_visible()


def is_gone(page: Page) -> None:
    expect(canvas(page)).to_have_count(0)
    wait_until(lambda: ask(page, GONE), "the picture to be let go")


def test_it_is_gone_when_its_time_is_over_and_another_can_be_taken(browser: Browser, service: FakeService) -> None:
    service.scene.still_left_s = 1.5
    with opened(browser, service, script=KEPT) as page:
        join(page)
        take(page, service)
        says(page, "Bildet er borte. Det er ikke lagret noe sted.")
        is_gone(page)
        service.scene.still_left_s = 60.0
        button(page, "Ta et nytt bilde").click()
        expect(canvas(page)).to_be_visible()


def test_it_is_gone_when_the_person_leaves_and_when_the_room_is_private(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=KEPT) as page:
        join(page)
        take(page, service)
        page.keyboard.press("Escape")
        button(page, "Forlat").click()
        says(page, "Du har forlatt rommet")
        is_gone(page)
        join(page, "Bli med igjen")
        expect(page.get_by_role("dialog")).to_have_count(0)
        take(page, service)
        service.scene.private = True
        service.end(EndReason.PRIVATE)
        says(page, "Rommet er privat nå")
        is_gone(page)
        service.scene.private = False
        wait_until(lambda: width(page) > 0, "the picture")
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("size", [SIZES["telephone"], (360, 640)], ids=["telephone", "small telephone"])
def test_on_a_telephone_the_picture_is_seen_and_the_way_out_is_beside_the_name(
    browser: Browser, service: FakeService, size: tuple[int, int]
) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        expect(page.locator("#quality")).to_be_visible()
        quality, sharp = page.locator("#quality").bounding_box(), page.locator("#sharp").bounding_box()
        view = page.locator(".view").bounding_box()
        assert quality is not None
        assert sharp is not None
        assert view is not None
        assert abs(quality["y"] - sharp["y"]) < 2, "beside each other"
        assert quality["y"] > view["y"] + 0.6 * view["height"], "the middle of the picture is free"
        if size == SIZES["telephone"]:
            assert apart(page, ".stage", ".overview"), "nothing lies over the picture but the map of the head"
        take(page, service)
        title, close = page.locator("#sharp-title").bounding_box(), button(page, "Lukk").bounding_box()
        assert title is not None
        assert close is not None
        assert abs(title["y"] + title["height"] / 2 - close["y"] - close["height"] / 2) < 8, "on one line"
        is_well_made(page)
