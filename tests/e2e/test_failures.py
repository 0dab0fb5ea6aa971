"""When the room is not there, provoked for real: by the service's own commands, a second tablet and
the robot's button. What docs/what-the-page-says.md promises beside this is in tests/web."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demo import Demo, until
from tests.e2e.tablet import PatientPage, tap

pytestmark = pytest.mark.browser


def command(demo: Demo, *args: str) -> str:
    """What one of the service's commands says, asked while the service runs."""
    config = next(arg for arg in demo.part("remote_app.cli").cmdline() if arg.startswith("--config="))
    asked = [sys.executable, "-m", "remote_app.cli", args[0], config, *args[1:]]
    return subprocess.run(asked, check=True, capture_output=True, text=True, timeout=60).stdout


def new_link(demo: Demo, name: str, *args: str) -> str:
    """A link of this demo's pages."""
    made = command(demo, "link", "--robot=demo", "--seat=rodoy", f"--name={name}", *args).splitlines()[0]
    return demo.patient.partition("/j/")[0] + made[made.index("/j/") :]


def heading(page: Page, text: str) -> None:
    """The page's one sentence above all others is this."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible(timeout=30_000)


def test_links_that_do_not_open_the_room_say_why(tablet: Page, resting: Demo) -> None:
    short = new_link(resting, "Kari", "--hours=0.0003")
    taken_back = new_link(resting, "Kari")
    command(resting, "withdraw", taken_back)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    tablet.goto(new_link(resting, "Kari", f"--opens={in_an_hour.isoformat()}"))
    heading(tablet, "Kurset åpner i")
    expect(tablet.get_by_text(re.compile("Det er (59|60) minutter til"))).to_be_visible()
    tablet.goto(taken_back)
    heading(tablet, "Lenken gjelder ikke lenger")
    tablet.goto(short)
    heading(tablet, "Lenken er gått ut")
    tablet.goto(f"{resting.patient[:-2]}AA")
    heading(tablet, "Vi kjenner ikke lenken")
    tablet.get_by_role("link", name="Skriv inn seks tall i stedet").tap()
    tablet.get_by_label("Koden din").fill(resting.digits)
    tap(tablet, "Gå videre")
    expect(tablet.get_by_role("button", name="Bli med")).to_be_visible()


def test_a_seat_that_somebody_else_has(room: PatientPage, other: Page, demo: Demo) -> None:
    here = room.page
    ola = PatientPage(other, new_link(demo, "Ola Berg"))
    ola.button("join").tap()
    heading(other, "Noen andre er inne")
    expect(other.get_by_text("Kari Nordmann bruker roboten nå, siden kl.")).to_be_visible()
    tap(other, "Ta over plassen")
    ola.wait_for_picture()
    heading(here, "Plassen er tatt over")
    expect(here.get_by_text("Ola Berg bruker roboten")).to_be_visible()
    ola.leave()
    heading(here, "Plassen er ledig")
    tap(here, "Gå inn")
    room.wait_for_picture()

    other.goto(demo.patient)
    tap(other, "Bli med")
    heading(other, "Rommet er åpent et annet sted")
    tap(other, "Bruk denne skjermen")
    ola.wait_for_picture()
    heading(here, "Rommet er åpent et annet sted")  # the person's own other screen is nobody else
    tap(here, "Bruk denne skjermen")
    room.wait_for_picture()


def test_a_room_that_is_private(room: PatientPage, demo: Demo) -> None:
    demo.press_button("long")
    heading(room.page, "Rommet er privat nå")
    until(lambda: not (demo.state()["camera_open"] or demo.state()["microphone_open"]), "both to be closed")
    until(lambda: not demo.state()["button_down"], "the button to be up")
    demo.press_button("long")
    room.wait_for_picture()
