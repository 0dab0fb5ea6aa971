"""The page on a tablet without a network, on its home screen, and when a newer one is there meanwhile, in Chromium."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.door import TELEPHONE
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import ask, button, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

KEPT = "navigator.serviceWorker.ready.then(() => true)"
CACHED = """caches.keys().then((names) => Promise.all(names.map(async (name) => {
  const kept = await (await caches.open(name)).keys();
  return kept.map((request) => new URL(request.url).pathname + new URL(request.url).search);
}))).then((all) => all.flat())"""
SIZE = """(address) => fetch(address).then((answer) => answer.blob()).then(createImageBitmap)
  .then(({ width, height }) => `${width}x${height}`)"""
WAITING = """navigator.serviceWorker.getRegistration().then(async (registration) => {
  await registration.update();
  const { installing, waiting, active } = registration;
  return {waits: waiting !== null, active: active.state, caches: (await caches.keys()).length};
})"""


def kept(page: Page) -> None:
    """Returns when the tablet has what it needs without a network."""
    assert page.evaluate(KEPT)
    wait_until(lambda: ask(page, "caches.keys().then((names) => names.length)") == 1, "the page to be kept")


def test_it_can_be_put_on_the_home_screen(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        devtools = page.context.new_cdp_session(page)
        found = devtools.send("Page.getAppManifest")
        assert found["errors"] == []
        manifest = json.loads(found["data"])
        assert (manifest["name"], manifest["display"], manifest["scope"]) == ("Kursrommet", "standalone", "/")
        assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        for icon in [*manifest["icons"], {"src": "icons/apple.png", "sizes": "180x180"}]:
            assert page.evaluate(SIZE, f"/static/{icon['src']}") == icon["sizes"]
        assert {icon.get("purpose", "any") for icon in manifest["icons"]} == {"any", "maskable"}
        for name in ("apple-mobile-web-app-capable", "mobile-web-app-capable"):
            assert page.locator(f"meta[name={name}]").get_attribute("content") == "yes"


def test_without_a_network_the_page_says_what_is_wrong_and_goes_on_when_it_is_back(
    browser: Browser, service: FakeService
) -> None:
    with opened(browser, service, service_workers="allow", language="nn") as page:
        expect(button(page, "Bli med")).to_be_visible()
        kept(page)
        assert not [path for path in page.evaluate(CACHED) if path != "/" and not path.startswith("/static/assets/")]
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vi får ikkje kontakt")
        expect(page.get_by_role("link", name=f"Ring {TELEPHONE}")).to_be_visible()
        is_well_made(page)
        button(page, "Prøv no").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vi får ikkje kontakt")
        page.goto(f"{service.url}/j/another")
        expect(page.get_by_role("heading", level=1)).to_have_text("Vi får ikkje kontakt")
        page.context.set_offline(False)
        expect(button(page, "Bli med")).to_be_visible(timeout=15_000)
        assert not [path for path in page.evaluate(CACHED) if "/j/" in path or "/api/" in path], "no link is kept"


def test_a_newer_page_waits_until_nobody_is_in_the_room(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, service_workers="allow") as page:
        kept(page)
        page.reload()
        join(page)
        before = page.evaluate("caches.keys()")
        service.build = "\n// newer"
        wait_until(lambda: ask(page, WAITING)["waits"], "the newer one to be there")
        assert ask(page, WAITING) == {"waits": True, "active": "activated", "caches": 2}
        says(page, "De hører deg")
        assert width(page) > 0
        assert [path for path in page.evaluate(CACHED) if "/late-" in path], "what it has not asked for yet is there"
        context = page.context
        page.close()
        after = context.new_page()
        after.goto(f"{service.url}/j/any")
        wait_until(lambda: len(ask(after, "caches.keys()")) == 1, "the older one to be gone")
        assert after.evaluate("caches.keys()") != before
        expect(button(after, "Bli med")).to_be_visible()
