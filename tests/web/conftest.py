"""One browser for this folder, and a stand-in service that every test finds as new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.fake_service import FakeService
from tests.web.tablet import FLAGS
from tools import web_build

WITHOUT_WINDOWS = "/usr/bin/chromium-headless-shell"  # the same Chromium; its windows cost each test a second


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    web_build.build()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=WITHOUT_WINDOWS, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def running() -> Iterator[FakeService]:
    with FakeService() as service:
        yield service


@pytest.fixture
def service(running: FakeService) -> Iterator[FakeService]:
    running.reset()
    yield running
    refused = running.unexpected
    running.reset()
    assert not refused, "the page said what the service does not take"
