"""A tablet with the patient page open, and what every screen of it has to fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.fake_service import FakeService, wait_until
from tests.web.look import overflow, poor_contrast, small_letters, small_targets, wrong_names
from tools import web_build

SIZES = {"landscape": (1180, 820), "laptop": (1280, 720), "portrait": (820, 1180), "telephone": (390, 844)}
WIDE = (SIZES["landscape"], SIZES["laptop"])  # the field stands in the room; on the others a button opens it
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
ARROWS = {
    "nb": ["Se til venstre", "Se opp", "Se ned", "Se til høyre"],
    "en": ["Look left", "Look up", "Look down", "Look right"],
}
WORDS = {
    "nb": {
        "join": "Bli med",
        "raise": "Rekk opp hånda",
        "microphone": "Mikrofon",
        "leave": "Forlat",
        "write": "Skriv",
        "more": "Mer",
        "say": "Si det",
        "field": "Hva vil du si?",
        "quality": "God forbindelse, tall for IT",
        "sharp": "Skarpt bilde av tavla",
    },
    "en": {
        "join": "Join",
        "raise": "Raise hand",
        "microphone": "Microphone",
        "leave": "Leave",
        "write": "Write",
        "more": "More",
        "say": "Say it",
        "field": "What would you like to say?",
        "quality": "Good connection, numbers for IT",
        "sharp": "Sharp picture of the board",
    },
}
FADED = """Promise.allSettled(
  document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < 5000).map((a) => a.finished)
)"""  # colours that fade in have come; what turns for ever is not waited for
AXE = "axe.run(document, {rules: {region: {enabled: true}}})"


@contextmanager
def opened(browser: Browser, service: FakeService, **options: Any) -> Iterator[Page]:
    """A tablet with the page open. Fails on any error of the page itself."""
    size, language = options.pop("size", SIZES["landscape"]), options.pop("language", "nb")
    script = options.pop("script", "")
    options.setdefault(
        "service_workers", "block"
    )  # `test_shell.py` is about it; elsewhere it would hide what is asked for
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=True, **options)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(script)
    page.goto(f"{service.url}/j/any?lang={language}")
    try:
        yield page
    finally:
        context.close()
    assert not errors


def buttons(language: str, size: tuple[int, int]) -> list[str]:
    """Every button of the room, in the order in which the keyboard comes to them."""
    words = WORDS[language]
    talk = ("say", "raise", "microphone") if size in WIDE else ("raise", "microphone", "write")
    return [words["quality"], words["sharp"], *ARROWS[language], *(words[name] for name in (*talk, "more", "leave"))]


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def join(page: Page, name: str = "Bli med") -> None:
    button(page, name).click()
    wait_until(lambda: width(page) > 0, "the picture")


def width(page: Page) -> int:
    return int(ask(page, "document.querySelector('video')?.videoWidth ?? 0"))


def ask(page: Page, script: str) -> Any:
    """An answer of the page, which has had time to go on since the last question."""
    page.wait_for_timeout(20)
    return page.evaluate(script)


def says(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text, timeout=15_000)


def is_well_made(page: Page) -> None:
    """What ux.md asks of every screen."""
    page.evaluate(FADED)
    assert not small_letters(page)
    assert not poor_contrast(page)
    assert not small_targets(page)
    assert not wrong_names(page)
    assert overflow(page) == 0
    page.evaluate((web_build.WEB / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    result = page.evaluate(AXE)
    assert not [(v["id"], [n["html"] for n in v["nodes"]]) for v in result["violations"]]
