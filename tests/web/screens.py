"""Pictures of every screen of the patient's page: `python -m tests.web.screens DIRECTORY [--doc]`.

Draws each state in each size, to be judged by eye; with `--doc` once each and smaller, as docs/the-patients-page.md has
them (`python -m tests.web.screens docs/images/patient --doc`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from protocol.signals import EndReason
from protocol.state import HandState, PictureStep
from protocol.web import LinkFault
from tests.web.conftest import WITHOUT_WINDOWS
from tests.web.fake_service import FakeService
from tests.web.tablet import FADED, FLAGS, button, join, opened, says
from tests.web.test_access import DENIES, states

SIZES = {"landscape": (1180, 820), "portrait": (820, 1180), "telephone": (390, 844), "small": (360, 640)}
SHOWN_PX = 480  # the longer side in the documentation
QUALITY = 72


def outside(page: Page, service: FakeService) -> Iterator[str]:
    """What no visit without a fault comes to."""
    scene = service.scene
    page.goto(f"{service.url}/?lang=nb")
    expect(page.get_by_label("Koden din")).to_be_visible()
    yield "code"
    for fault, words in ((LinkFault.NOT_YET, "Kurset åpner"), (LinkFault.EXPIRED, "Lenken er gått ut")):
        scene.fault, scene.opens_at = fault, time.time() + 26 * 3600 if fault is LinkFault.NOT_YET else None
        page.goto(f"{service.url}/j/any?lang=nb")
        says(page, words)
        yield f"link {fault.value}"
    scene.fault = scene.opens_at = None
    scene.door_shut = True
    page.goto(f"{service.url}/j/any?lang=nb")
    says(page, "Vi får ikke kontakt")
    yield "no network"
    scene.door_shut = False
    expect(button(page, "Bli med")).to_be_visible(timeout=20_000)
    page.get_by_text("Språk / Language").click()
    yield "languages"


def inside(page: Page, service: FakeService) -> Iterator[str]:
    """More of the room."""
    scene = service.scene
    page.goto(f"{service.url}/j/any?lang=nb")
    scene.silent = True
    button(page, "Bli med").click()
    says(page, "Snart ser du rommet")
    yield "joining"
    scene.silent = False
    page.reload()
    join(page)
    scene.hand = HandState(raised=True, since_s=4, seen=True)
    says(page, "Sett av kurslederen")
    yield "hand seen"
    scene.hand = HandState(raised=False)
    scene.quality = scene.quality.model_copy(update={"step": PictureStep.SOUND_ONLY})
    says(page, "Bare lyd nå")
    yield "sound alone"
    scene.private = True
    service.end(EndReason.PRIVATE)
    says(page, "Rommet er privat nå")
    yield "private"
    scene.private = False
    scene.present = False
    service.present(False)
    says(page, "Roboten svarer ikke")
    yield "robot off"
    scene.present = True
    service.present(True)


def two_tablets(page: Page, other: Page) -> Iterator[tuple[str, Page]]:
    """The seat's second tablet beside the first."""
    join(page)
    other.get_by_label("Er noen sammen med deg?").fill("Anne")
    button(other, "Bli med").click()
    says(other, "Rommet er åpent et annet sted")
    yield "another-tablet", other
    button(other, "Bli med ved siden av").click()
    says(other, "Du ser og hører rommet.")
    yield "beside", other
    expect(button(page, "Gi styringen til Anne")).to_be_visible()
    yield "hand-over", page


def draw(browser: Browser, service: FakeService, size: tuple[int, int], scheme: str) -> Iterator[tuple[str, bytes]]:
    """The name of each screen, and its picture as PNG."""
    for visit in (states, outside, inside):
        service.reset()
        with opened(browser, service, size=size, color_scheme=scheme, script=DENIES) as page:
            for name in visit(page, service):
                page.evaluate(FADED)
                yield name.replace(" ", "-"), page.screenshot()
    service.reset()
    with (
        opened(browser, service, size=size, color_scheme=scheme) as page,
        opened(browser, service, size=size, color_scheme=scheme) as other,
    ):
        for name, shown in two_tablets(page, other):
            shown.evaluate(FADED)
            yield name, shown.screenshot()


def small(png: bytes, longest: int) -> bytes:
    """The same as WebP, its longer side so many pixels."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    scale = min(1.0, longest / max(picture.shape[:2]))
    drawn = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])[1].tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.web.screens", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--doc", action="store_true", help="one size, small")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    with FakeService() as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=WITHOUT_WINDOWS, args=FLAGS)
        for kind, size in SIZES.items():
            if options.doc and kind != "landscape":
                continue
            for scheme in ("light",) if options.doc or kind != "portrait" else ("light", "dark"):
                for name, png in draw(browser, service, size, scheme):
                    file = name if options.doc else f"{kind}-{scheme}-{name}"
                    (options.directory / f"{file}.webp").write_bytes(small(png, SHOWN_PX if options.doc else 1180))
        browser.close()


if __name__ == "__main__":
    main()
