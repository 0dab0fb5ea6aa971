"""The people of a course at their own screens, as far as a test sees and presses what they do."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.e2e.demo import until
from tests.e2e.tablet import TABLET, tap

PASSWORD = "tre røde hester på Helgeland"
TELEPHONE = {"width": 390, "height": 844}
ZONE = "Europe/Oslo"
WAIT_MS = 30_000  # generous: three rooms are drawn beside the browser that shows them


class Screens:
    """A browser for each person. Use as a context manager: fails on any error of any page itself."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[BrowserContext] = []
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for context in self._open:
            context.close()
        if error is None:
            assert not self.errors

    def page(self, address: str, *, telephone: bool = False, touch: bool = False) -> Page:
        """Somebody's own screen."""
        size = TELEPHONE if telephone else TABLET
        context = self._browser.new_context(
            viewport=ViewportSize(width=size["width"], height=size["height"]),
            has_touch=touch,
            permissions=["microphone"],
            locale="nb-NO",
            timezone_id=ZONE,
        )
        context.set_default_timeout(WAIT_MS)
        self._open.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.goto(address)
        return page


def press(where: Page | Locator, name: str) -> None:
    """The button with exactly this name."""
    where.get_by_role("button", name=name, exact=True).click()


def says(page: Page, text: str | re.Pattern[str]) -> None:
    """The page says so, within a generous time."""
    expect(page.locator("main")).to_contain_text(text, timeout=WAIT_MS)


def fill(page: Page, form: str, **fields: str) -> None:
    """Fills a form in and sends it; the button has the form's name. A choice is made by what it shows."""
    part = page.get_by_role("form", name=form, exact=True)
    for label, text in fields.items():
        field = part.get_by_label(label.replace("_", " "), exact=True)
        if field.evaluate("(field) => field.localName") == "select":
            field.select_option(label=text)
        else:
            field.fill(text)
    press(part, form)


def make_account(page: Page, login: str) -> None:
    """Whoever opened a one-time link chooses a name and a password."""
    page.get_by_label("Brukernavn", exact=True).fill(login)
    page.get_by_label("Passord", exact=True).fill(PASSWORD)
    press(page, "Lag konto")


class Patient:
    """Somebody with six digits and a tablet, or a telephone."""

    def __init__(self, screens: Screens, base: str, digits: str, name: str, *, telephone: bool = False) -> None:
        self.name = name
        self.page = screens.page(base, touch=True, telephone=telephone)
        self.page.get_by_role("textbox").fill(digits)
        tap(self.page, "Gå videre")
        says(self.page, name)

    def is_waiting(self) -> None:
        """The door is closed until the leader opens it."""
        says(self.page, "Kurslederen slipper deg inn")

    def is_inside(self) -> None:
        """The picture moves."""
        expect(self.page.locator("video")).to_have_count(1, timeout=WAIT_MS)
        before = self._shown()
        until(lambda: self._shown() > max(0, before), f"the picture of {self.name} to move", WAIT_MS / 1000)

    def _shown(self) -> int:
        script = "document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? -1"
        return int(self.page.evaluate(script))


class Leader:
    """Somebody who leads one room, and whose page is open."""

    def __init__(self, page: Page, place: str) -> None:
        self.place = place
        self.page = page
        expect(self.room).to_be_visible(timeout=WAIT_MS)

    @property
    def room(self) -> Locator:
        """What the page has of the leader's own robot."""
        return self.page.get_by_role("region", name=self.place, exact=True)

    @property
    def hands(self) -> Locator:
        """Every line of the queue."""
        return self.page.get_by_role("region", name="Hender", exact=True).get_by_role("listitem")

    def choose(self, mode: str) -> None:
        """How the leader's room takes part."""
        self.page.get_by_role("group", name="Slik er rommet med").get_by_role(
            "button", name=re.compile(f"^{mode}")
        ).click()

    def order(self) -> list[str]:
        """The municipalities in the queue, by the number that stands there."""
        lines = [re.match(r"Nr\. (\d+) (.*)", line, re.DOTALL) for line in self.hands.all_inner_texts()]
        numbered = sorted((int(line[1]), line[2]) for line in lines if line)
        places = ("Vefsn", "Brønnøy", "Alstahaug")
        return [next(place for place in places if place in words) for _, words in numbered]
