"""The person's microphone on a sound server of the tablet's own, where others may have it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.demo import Demo, share_near, until
from tests.e2e.people import says
from tests.e2e.tablet import FLAGS, TABLET, PatientPage, tap
from tests.e2e.test_failures import heading
from tests.media.pulse import Pulse, running_pulse

pytestmark = pytest.mark.browser

REAL_SOUND = [flag for flag in FLAGS if flag != "--use-fake-device-for-media-stream"]
WHISTLE_HZ = 660.0
AUDIO = "--utility-sub-type=audio.mojom.AudioService"

CAPTURED = """{
  const tracks = [], ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const stream = await ask(wish);
    tracks.push(...stream.getTracks());
    return stream;
  };
  window.states = () => tracks.map(({ readyState }) => readyState);
}"""  # looks on, and changes nothing


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    with tempfile.TemporaryDirectory(prefix="mic") as run, running_pulse(Path(run)) as server:
        yield server


@pytest.fixture
def sounding(browser: Browser, pulse: Pulse) -> Iterator[Page]:
    """A tablet that plays and hears over the sound server."""
    own = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=REAL_SOUND, env=dict(pulse.environment))
    yield own.new_context(viewport=TABLET, has_touch=True, permissions=["microphone"], locale="nb-NO").new_page()
    own.close()


def test_a_microphone_that_others_have_until_they_let_go_of_it(sounding: Page, pulse: Pulse, resting: Demo) -> None:
    resting.room_sound(kind="silence")
    room = PatientPage(sounding, resting.patient)
    with pulse.microphone_taken():
        room.button("join").tap()
        heading(sounding, "Mikrofonen er opptatt")
        expect(sounding.get_by_role("link", name="Ring 75 00 00 00")).to_be_visible()
    tap(sounding, "Prøv igjen")
    room.wait_for_picture()
    says(sounding, "De hører deg, men ser deg ikke")
    with pulse.tone_in_room(WHISTLE_HZ):
        until(lambda: share_near(resting.speaker(1), [WHISTLE_HZ]) > 0.5, "the whistle at the robot's speaker")
    room.leave()


def test_a_microphone_that_the_tablet_has_ended_is_captured_again(sounding: Page, pulse: Pulse, resting: Demo) -> None:
    sounding.add_init_script(CAPTURED)
    resting.room_sound(kind="silence")
    room = PatientPage(sounding, resting.patient).join()
    says(sounding, "De hører deg, men ser deg ikke")
    end_sound(pulse)
    until(lambda: sounding.evaluate("states()") == ["ended", "live"], "the microphone to be captured again")
    with pulse.tone_in_room(WHISTLE_HZ):
        until(lambda: share_near(resting.speaker(1), [WHISTLE_HZ]) > 0.5, "the whistle at the robot's speaker")
    room.leave()


def end_sound(pulse: Pulse) -> None:
    """The browser's process for sound is killed: every microphone that a page has ends, as in a telephone call."""
    server = pulse.environment["PULSE_SERVER"]
    family = psutil.Process().children(recursive=True)
    browser = next(one for one in family if one.name() == "chromium" and one.environ().get("PULSE_SERVER") == server)
    process = next(one for one in browser.children(recursive=True) if AUDIO in one.cmdline())
    process.kill()
