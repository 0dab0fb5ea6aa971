"""Every fault of the robot, as the page tells it: on a line of its own, in the words that docs/break-it.md promises."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.commands import ListenOnly, MakeGesture
from protocol.state import Fault
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, button, buttons, is_well_made, join, opened, says
from tools import web_build

ROOT = Path(__file__).resolve().parents[2]
TOLD = sorted(set(Fault) - {Fault.RELAY})  # where picture and sound come through, it touches nobody
LINE = ".faults"
NEWS = ".faults-news"
SKIP = """{
  const now = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => now() + ahead;
  window.skip = (ms) => void (ahead += ms);
}"""


def texts() -> dict[str, str]:
    words: dict[str, str] = json.loads((web_build.WEB / "src" / "i18n" / "nb.json").read_text(encoding="utf-8"))
    return words


def promised() -> dict[str, str]:
    """Fault by fault, the sentences of the document's own table."""
    document = (ROOT / "docs" / "break-it.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `(\w+)` \| «(.+)» \|$", document, re.MULTILINE))


def rows() -> list[tuple[str, str]]:
    """What the robot says for each switch, and what the patient reads of it."""
    document = (ROOT / "docs" / "break-it.md").read_text(encoding="utf-8")
    cells = [line.strip("|").split(" | ") for line in document.splitlines() if line.startswith("| `")]
    return [(row[3], row[4]) for row in cells if len(row) == 6]


def test_the_document_says_what_the_dictionary_says() -> None:
    words = texts()
    expected = {fault.value: f"{words[f'fault.{fault}.what']} {words[f'fault.{fault}.then']}" for fault in TOLD}
    assert promised() == expected | {Fault.RELAY.value: words["blocked.robot.text"]}


def test_every_switch_of_the_document_names_the_sentence_that_comes_first() -> None:
    words = texts()
    switches = rows()
    assert len(switches) > 15
    for says_robot, reads in switches:
        end = "well" if says_robot.startswith("lifts") else "what"
        faults = [name for name in re.findall(r"`(\w+)`", says_robot) if name in set(TOLD)]
        assert (reads.strip(" |") in {f"«{words[f'fault.{name}.{end}']}»" for name in faults}) == bool(faults), (
            says_robot
        )


def read(page: Page) -> str:
    return page.locator(LINE).inner_text().replace("\n", " ")


def on_the_line(page: Page, fault: Fault) -> None:
    """The first sentence is this fault's, and nothing of the line lies over anything else."""
    words = texts()
    line = page.locator(f"{LINE} p").first
    expect(line).to_contain_text(words[f"fault.{fault}.what"])
    expect(line).to_contain_text(words[f"fault.{fault}.then"])
    boxes = [page.locator(place).bounding_box() for place in (".view", LINE, ".bar")]
    view, faults, bar = (box for box in boxes if box is not None)
    assert view["y"] + view["height"] <= faults["y"] + 0.5
    assert faults["y"] + faults["height"] <= bar["y"] + 0.5
    assert view["height"] >= 200


@pytest.mark.browser
def test_every_fault_is_told_in_its_place_on_one_page(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, script=SKIP) as page:
        join(page)
        expect(page.locator(LINE)).to_be_empty()
        expect(page.get_by_role("status").and_(page.locator(NEWS))).to_have_attribute("aria-atomic", "false")
        for fault in TOLD:
            service.scene.faults = (fault,)
            says(page, texts()[f"fault.{fault}.what"])
            page.evaluate("skip(1500)")  # twice, and what was there before is old
            page.wait_for_timeout(250)
            page.evaluate("skip(1500)")
            on_the_line(page, fault)
        is_well_made(page)
        page.set_viewport_size({"width": SIZES["telephone"][0], "height": SIZES["telephone"][1]})
        service.scene.faults = tuple(TOLD)
        says(page, "Dessuten")
        on_the_line(page, Fault.MICROPHONE)
        says(page, "De hører deg ikke nå")
        is_well_made(page)
        service.scene.faults = ()
        page.evaluate("skip(1500)")
        page.wait_for_timeout(250)
        page.evaluate("skip(1500)")
        says(page, texts()["fault.camera.well"])
        assert "ikke" not in read(page)


def everything_in_sight(page: Page, size: tuple[int, int], least: float) -> None:
    """Every button without scrolling, and the picture has at least so much of the height."""
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    for name in buttons("nb", size):
        expect(button(page, name)).to_be_in_viewport(ratio=1)
    view = page.locator(".view").bounding_box()
    assert view is not None
    assert view["height"] >= least * size[1]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "least"),
    [(SIZES["telephone"], 0.4), ((360, 640), 0.38), ((844, 390), 0.4)],
    ids=["telephone", "small telephone", "telephone on its side"],
)
def test_two_faults_leave_a_telephone_its_picture_and_every_button(
    browser: Browser, service: FakeService, size: tuple[int, int], least: float
) -> None:
    words = texts()
    with opened(browser, service, size=size, script=SKIP) as page:
        join(page)
        expect(page.locator("#quality")).to_be_visible()  # it comes with the first figures
        everything_in_sight(page, size, 0.4)
        service.scene.faults = (Fault.HEAD_BLOCKED, Fault.MICROPHONE)
        says(page, words["fault.head_blocked.what"])
        everything_in_sight(page, size, least)
        is_well_made(page)
        opener, sheet = page.locator("#open-faults"), page.get_by_role("region", name=words["fault.title"])
        expect(opener).to_contain_text(words["fault.more"].format(number=1))
        opener.click()
        for fault in ("head_blocked", "microphone"):
            expect(sheet).to_contain_text(f"{words[f'fault.{fault}.what']} {words[f'fault.{fault}.then']}")
        is_well_made(page)
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()
        opener.click()
        service.scene.faults = ()
        page.evaluate("skip(1500)")
        page.wait_for_timeout(250)
        page.evaluate("skip(1500)")
        expect(sheet).to_have_count(0)
        service.scene.faults = (Fault.SPEECH,)
        says(page, words["fault.speech.what"])
        expect(sheet).to_have_count(0)  # nobody opened it for this one


@pytest.mark.browser
def test_yes_no_and_only_listening_are_one_tap_behind_more(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Mer").click()
        expect(button(page, "Lukk")).to_be_focused()
        button(page, "Nikk (ja)").click()
        says(page, "Roboten nikket")
        button(page, "Bare lytte").click()
        expect(button(page, "Bare lytte")).to_have_attribute("aria-pressed", "true")
        says(page, "Du bare lytter")
        is_well_made(page)
        service.scene.refuses_gestures = True
        button(page, "Rist på hodet (nei)").click()
        says(page, "Hodet kunne ikke det nå")
        page.set_viewport_size({"width": SIZES["telephone"][0], "height": SIZES["telephone"][1]})
        is_well_made(page)
        service.scene.listening = False  # somebody in the room lifted it
        expect(button(page, "Bare lytte")).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Escape")
        expect(button(page, "Mer")).to_be_focused()
        assert [act.action.gesture for act in service.acts if isinstance(act.action, MakeGesture)] == ["nod", "shake"]
        wait_until(
            lambda: [act.action.on for act in service.acts if isinstance(act.action, ListenOnly)] == [True], "one wish"
        )
