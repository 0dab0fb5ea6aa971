"""`make demo`: a small course of three municipalities, from the links that it prints to the form after the meeting."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.demo import PROGRAM
from tests.e2e.people import WAIT_MS, Leader, Patient, Screens, press, says
from tests.e2e.tablet import tap

pytestmark = pytest.mark.browser

PLACES = ["Vefsn", "Brønnøy", "Alstahaug"]


@pytest.fixture
def ready() -> Iterator[dict[str, Any]]:
    """Where everything is, as `av1-demo --json` prints it."""
    demo = subprocess.Popen([sys.executable, "-m", *PROGRAM], stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    line = demo.stdout.readline()
    assert line, f"the demo ended with code {demo.wait()}"
    yield json.loads(line)
    demo.terminate()
    code = demo.wait(timeout=30)
    demo.stdout.close()
    assert code == 0


def office(screens: Screens, ready: dict[str, Any]) -> Page:
    """The coordinator, at the course."""
    page = screens.page(ready["coordinator"])
    page.get_by_label("Brukernavn", exact=True).fill(ready["login"])
    page.get_by_label("Passord", exact=True).fill(ready["password"])
    press(page, "Logg inn")
    for room in ready["rooms"]:
        expect(page.get_by_text(f"{room['place']} (")).to_contain_text("på", timeout=WAIT_MS)
    press(page, "Åpne Mestringstreff på Helgeland")
    expect(page.get_by_role("heading", name="Møte 6")).to_be_visible(timeout=WAIT_MS)
    return page


def test_the_course_that_the_demo_opens(browser: Browser, ready: dict[str, Any]) -> None:
    assert [room["place"] for room in ready["rooms"]] == PLACES
    with Screens(browser) as screens:
        page = office(screens, ready)
        expect(page.get_by_role("checkbox", name="Etter møtet")).to_be_checked()
        base = ready["coordinator"].removesuffix("/courses")
        for room in ready["rooms"]:
            lead = Leader(screens.page(room["leader"]), room["place"])
            patient = Patient(screens, base, room["digits"], room["name"])
            tap(patient.page, "Bli med")
            patient.is_inside()
            press(lead.page, "Avslutt møtet")
            press(lead.page, "Ja, avslutt for alle")
            says(patient.page, "Møtet er slutt")
            expect(patient.page.get_by_role("link", name="Svar på noen spørsmål")).to_be_visible(timeout=WAIT_MS)
