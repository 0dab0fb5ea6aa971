"""The pictures of the README's tour, out of the running demo: `python -m tests.e2e.tour DIRECTORY [--judge]`.

Everybody of the course is at a screen of their own, and does what the tour tells. With `--judge` each page is drawn in
two sizes as a PNG, to be looked at; else once and small.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pypdfium2
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from tests.e2e.people import TELEPHONE, WAIT_MS, Leader, Patient, Screens, press, says
from tests.e2e.tablet import TABLET, launch, tap, write_voice

SHOWN_PX = 760  # the longer side in the README
QUALITY = 70
SETTLE_MS = 1500  # what fades in has come
MEASURED_S = 10.0


@dataclass
class Camera:
    """Draws pages into a directory."""

    directory: Path
    judge: bool

    def take(self, page: Page, name: str, *, top: bool = True) -> None:
        """One picture of what the page shows now; two sizes to judge by."""
        for size in (TABLET, TELEPHONE) if self.judge else (TABLET,):
            page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"]))
            if top:
                page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(SETTLE_MS)
            self.keep(page.screenshot(), f"{name}-{size['width']}" if self.judge else name)
        page.set_viewport_size(ViewportSize(width=TABLET["width"], height=TABLET["height"]))

    def keep(self, png: bytes, name: str) -> None:
        """Small and as WebP for the README, whole to judge by."""
        if self.judge:
            (self.directory / f"{name}.png").write_bytes(png)
            return
        picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        scale = SHOWN_PX / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(self.directory / f"{name}.webp"), small, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])


def main() -> None:
    """Starts the demo, goes through the tour, ends the demo."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--judge", action="store_true", help="two sizes of each page, as PNG")
    options = parser.parse_args()
    options.directory.mkdir(parents=True, exist_ok=True)
    words = ["hardware_sim.demo.cli", "--json", "--port=0", "--simulator-port=0", "--waiting-room"]
    demo = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True)
    try:
        assert demo.stdout is not None
        ready = json.loads(demo.stdout.readline())
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            browser = launch(playwright, write_voice(Path(folder) / "voice.wav"))
            with Screens(browser) as screens:
                tour(screens, ready, Camera(options.directory, options.judge), demo.pid)
            browser.close()
    finally:
        demo.terminate()
        demo.wait()


def tour(screens: Screens, ready: dict[str, Any], camera: Camera, demo: int) -> None:
    """The coordinator's plan, the invitation, the way in, the queue, the floor, the robot from the outside, the end."""
    office = plan(screens, ready, camera)
    base = ready["coordinator"].removesuffix("/courses")
    lead = [Leader(screens.page(room["leader"]), room["place"]) for room in ready["rooms"]]
    people = [Patient(screens, base, room["digits"], room["name"]) for room in ready["rooms"]]
    camera.take(people[0].page, "patient-join")
    for person in people:
        tap(person.page, "Bli med")
        person.is_waiting()
    camera.take(lead[0].page, "leader-lets-in")
    for leader, person in zip(lead, people, strict=True):
        press(leader.room, f"Slipp inn – {person.name}")
        person.is_inside()
    for person in (people[1], people[0], people[2]):
        tap(person.page, "Rekk opp hånda")
        says(person.page, "Hånda er oppe")
    says(people[0].page, "nr. 2 i køen")
    if camera.judge:
        camera.take(people[0].page, "patient-hand")
    camera.take(lead[0].page, "leader-queue")
    press(lead[0].page, f"Gi ordet – {people[0].name}")
    says(people[0].page, "Du har ordet")
    camera.take(people[0].page, "patient-floor")
    outside = screens.page(ready["simulator"])
    camera.take(outside, "robot")
    outside.close()
    say_load(demo)
    for leader, person in zip(lead, people, strict=True):
        press(leader.page, "Avslutt møtet")
        press(leader.page, "Ja, avslutt for alle")
        says(person.page, "Møtet er slutt")
    afterwards(office, people[0].page, camera)


def afterwards(office: Page, patient: Page, camera: Camera) -> None:
    """The form on the tablet, and what the coordinator sees of how the lines were."""
    patient.get_by_role("link", name="Svar på noen spørsmål").tap()
    press(patient, "Begynn")
    patient.get_by_role("radio").nth(8).check()
    camera.take(patient, "answer")
    office.reload()
    press(office, "Åpne Mestringstreff på Helgeland")
    lines = office.get_by_role("region", name="Slik har forbindelsen vært")
    expect(lines.get_by_role("heading", name="Vefsn")).to_be_visible(timeout=WAIT_MS)
    if camera.judge:  # a course that has only begun has little to draw: the README shows a fuller one
        lines.scroll_into_view_if_needed()
        camera.take(office, "lines", top=False)


def plan(screens: Screens, ready: dict[str, Any], camera: Camera) -> Page:
    """The coordinator logs in and looks at the course; the invitation as it is printed. Their page."""
    page = screens.page(ready["coordinator"])
    page.get_by_label("Brukernavn", exact=True).fill(ready["login"])
    page.get_by_label("Passord", exact=True).fill(ready["password"])
    press(page, "Logg inn")
    expect(page.get_by_role("button", name="Åpne Mestringstreff på Helgeland")).to_be_visible(timeout=WAIT_MS)
    camera.take(page, "courses")
    press(page, "Åpne Mestringstreff på Helgeland")
    expect(page.get_by_role("heading", name="Møte 6")).to_be_visible(timeout=WAIT_MS)
    camera.take(page, "course")
    page.get_by_role("heading", name="Kari Nordmann").scroll_into_view_if_needed()
    camera.take(page, "people", top=False)
    name = "Skriv ut invitasjonen til Kari Nordmann"
    link = page.get_by_role("link", name=name).get_attribute("href")
    sheet = page.context.request.get(ready["coordinator"].removesuffix("/courses") + str(link)).body()
    drawn = pypdfium2.PdfDocument(sheet)[0].render(scale=1.5).to_numpy()
    camera.keep(cv2.imencode(".png", drawn)[1].tobytes(), "invitation")
    return page


def say_load(demo: int) -> None:
    """What the three robots and their rooms take of the processor while all are looked at, in % of a core."""
    children = psutil.Process(demo).children(recursive=True)
    before = {child.pid: sum(child.cpu_times()[:2]) for child in children}
    time.sleep(MEASURED_S)
    for child in children:
        took = -before[child.pid] + sum(child.cpu_times()[:2])
        print(f"{100 * took / MEASURED_S:5.1f} %  {' '.join(child.cmdline()[2:4])}")


if __name__ == "__main__":
    main()
