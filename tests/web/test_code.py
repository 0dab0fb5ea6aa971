"""The start page: six digits in place of a link, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.codes import CodeFault
from tests.web.door import CODE, COURSE, TELEPHONE
from tests.web.fake_service import FakeService
from tests.web.tablet import SIZES, button, is_well_made, opened, says

pytestmark = pytest.mark.browser

FIELD = "Koden din"
BOXES = "[...document.querySelectorAll('.code-boxes span')].map((box) => box.textContent).join('')"
PASTE = """(text) => {
  const field = document.activeElement, data = new DataTransfer();
  data.setData('text/plain', text);
  if (field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})))
    document.execCommand('insertText', false, text);
}"""


@contextmanager
def start_page(browser: Browser, service: FakeService, **options: Any) -> Iterator[Page]:
    """A tablet with the start page open."""
    with opened(browser, service, **options) as page:
        page.goto(f"{service.url}/?lang=nb")
        expect(page.get_by_label(FIELD)).to_be_visible()
        yield page


def test_a_code_opens_the_page_of_its_link(browser: Browser, service: FakeService) -> None:
    with start_page(browser, service, size=(320, 256)) as page:  # the smallest, which is a tablet at 400 %
        says(page, COURSE)
        says(page, TELEPHONE)
        is_well_made(page)
        field = page.get_by_label(FIELD)
        assert field.get_attribute("inputmode") == "numeric"
        assert field.get_attribute("autocomplete") == "one-time-code"
        field.press_sequentially("314 15", delay=0)
        assert page.evaluate(BOXES) == "31415"
        button(page, "Gå videre").click()
        says(page, "Koden har seks tall. Du har skrevet 5.")
        assert not service.scene.codes_tried
        field.fill("")
        field.focus()
        page.evaluate(PASTE, " 314-159 ")
        assert page.evaluate(BOXES) == CODE
        is_well_made(page)
        field.press("Enter")
        expect(button(page, "Bli med")).to_be_visible()
        assert page.url.endswith("/j/any?lang=nb")
        assert service.scene.codes_tried == [CODE]


REFUSALS: list[tuple[CodeFault, float, str]] = [
    (CodeFault.WRONG, 0, "Vi kjenner ikke koden"),
    (CodeFault.EXPIRED, 0, "Koden er gått ut"),
    (CodeFault.WITHDRAWN, 0, "Koden gjelder ikke lenger"),
    (CodeFault.TOO_MANY, 25, "Vent ett minutt"),
    (CodeFault.TOO_MANY, 70, "Vent 2 minutter"),
]


def test_a_code_that_opens_nothing(browser: Browser, service: FakeService) -> None:
    with start_page(browser, service, size=SIZES["telephone"]) as page:
        field = page.get_by_label(FIELD)
        for fault, retry_s, words in REFUSALS:
            service.scene.code_fault, service.scene.code_retry_s = fault, retry_s
            field.fill("271828")
            button(page, "Gå videre").click()
            expect(page.get_by_role("alert")).to_contain_text(words)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        expect(field).to_have_accessible_description(f"Seks tall, fra meldingen eller brevet du fikk. {_said(page)}")
        is_well_made(page)
        service.scene.code_fault = None
        page.keyboard.type(CODE)  # the wrong one is selected, and is written over
        assert page.evaluate(BOXES) == CODE
        expect(page.get_by_role("alert")).to_have_text("")
        page.context.set_offline(True)
        button(page, "Gå videre").click()
        expect(page.get_by_role("alert")).to_contain_text("Vi får ikke kontakt")
        assert page.evaluate(BOXES) == CODE, "nothing of it is lost"
        page.context.set_offline(False)
        button(page, "Gå videre").click()
        expect(button(page, "Bli med")).to_be_visible()


def _said(page: Page) -> str:
    return page.get_by_role("alert").inner_text()
