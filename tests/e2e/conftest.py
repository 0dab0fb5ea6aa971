"""One demo and one browser for this package; every test gets a tablet of its own.

Package and not session: while synchronous Playwright is open, no asyncio test can run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.demo import Demo, until
from tests.e2e.tablet import TABLET, PatientPage, launch, write_voice


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    started = Demo.start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    voice: Path = write_voice(tmp_path_factory.mktemp("voice") / "voice.wav")
    with sync_playwright() as playwright:
        opened = launch(playwright, voice)
        yield opened
        opened.close()


@pytest.fixture
def tablet(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=TABLET, has_touch=True, permissions=["microphone"], locale="nb-NO")
    yield context.new_page()
    context.close()


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A second tablet."""
    context = browser.new_context(viewport=TABLET, has_touch=True, permissions=["microphone"], locale="nb-NO")
    yield context.new_page()
    context.close()


@pytest.fixture
def resting(demo: Demo) -> Demo:
    """The demo with nobody in the room: what a test before this one opened is closed again."""
    until(lambda: not demo.state()["camera_open"], "the robot to be free", timeout_s=40)
    demo.room_sound(kind="course")
    return demo


@pytest.fixture
def room(tablet: Page, resting: Demo) -> Iterator[PatientPage]:
    """The patient in the room."""
    page = PatientPage(tablet, resting.patient).join()
    yield page
    leave = page.button("leave")
    if leave.count():
        page.leave()
