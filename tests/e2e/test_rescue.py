"""Picture and sound cannot connect: still pictures and sound go by the service and the broker, until they can."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.e2e.demo import Demo, dbfs, share_near, until
from tests.e2e.tablet import VOICE_HZ, PatientPage
from tests.e2e.test_loop import best_shift, looks_ahead, settled, speech_share

pytestmark = pytest.mark.browser

STILLS = "Stillbilder nå. Vi prøver å få levende bilde."
# While `shut` the browser may use nothing but a relay, and no server is named: nothing connects. `heard` is what goes
# to the loudspeaker of the stills' sound; `black` counts the moments at which neither a still nor the video is seen.
SHUT = """
window.shut = true; window.heard = []; window.black = 0; window.rate = 0;
const Peer = RTCPeerConnection;
window.RTCPeerConnection = class extends Peer {
  constructor(setup) { super(shut ? {...setup, iceServers: [], iceTransportPolicy: 'relay'} : setup); }
};
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to === this.context.destination && this instanceof GainNode) {
    const tap = this.context.createScriptProcessor(4096, 1, 1);
    window.rate = this.context.sampleRate;
    tap.onaudioprocess = (e) => { if (heard.length < 400) heard.push(Array.from(e.inputBuffer.getChannelData(0))); };
    connect.call(this, tap); connect.call(tap, to);
  }
  return connect.call(this, to, ...more);
};
const look = () => {
  const still = document.querySelector('.still'), video = document.querySelector('video');
  const live = video && video.readyState >= 2 && video.videoWidth > 2;
  if (window.watching && (!still || still.hidden) && !live) black += 1;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
SEEN = """() => {
  const still = document.querySelector('.still');
  if (!still || still.hidden) return null;
  const ink = new OffscreenCanvas(64, 36).getContext('2d');
  ink.drawImage(still, 0, 0, 64, 36);
  const data = ink.getImageData(0, 0, 64, 36).data;
  return Array.from({length: 64 * 36}, (_, i) => (data[4*i] + data[4*i+1] + data[4*i+2]) / 3);
}"""


def still(page: Page) -> np.ndarray[Any, Any] | None:
    """The still that is shown, 64x36 grey, without the stamp's rows; none while the video is."""
    grey = page.evaluate(SEEN)
    return np.array(grey, dtype=float).reshape(36, 64)[2:] if grey else None


class Wire:
    """What page and service say to each other: whether the robot serves stills, and the newest that the page showed."""

    def __init__(self, page: Page) -> None:
        self.rescue = False
        self.shown = 0
        self._page = page
        page.on("websocket", self._opened)

    def says(self, *, rescue: bool) -> bool:
        """Whether that is what the robot's newest state says."""
        self._page.evaluate("1")  # what came meanwhile is told only while something is asked
        return self.rescue is rescue

    def fresh_still(self) -> np.ndarray[Any, Any]:
        """A still that was taken after this was called: the first one may have been on its way."""
        after = self.shown + 2
        until(lambda: self._page.evaluate("1") and self.shown >= after, "two more stills")
        seen = still(self._page)
        assert seen is not None
        return seen

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._received)
        socket.on("framesent", self._sent)

    def _received(self, frame: bytes | str) -> None:
        message = json.loads(frame) if isinstance(frame, str) else {}
        if message.get("type") == "state" and message["session"]:
            self.rescue = message["session"]["rescue"]

    def _sent(self, frame: bytes | str) -> None:
        message = json.loads(frame) if isinstance(frame, str) else {}
        if message.get("type") == "rescue":
            self.shown = message["still"]


def heard_of_the_room(page: Page, seconds: float) -> np.ndarray[Any, Any]:
    """What the page plays from now on, -1..1 at 48 kHz."""
    page.evaluate("heard.length = 0")
    until(lambda: page.evaluate("heard.length * 4096 / 48000") >= seconds, "the sound to be played")
    assert page.evaluate("rate") == 48_000
    return np.array(page.evaluate("heard.flat()"), dtype=float)


def hears_a_voice(page: Page) -> bool:
    """Two seconds of sound at the level of a voice, and where a voice is."""
    heard = heard_of_the_room(page, 2)
    return -45 < dbfs(heard) < -15 and speech_share(heard) > 0.8


def turned(page: Page, before: np.ndarray[Any, Any]) -> bool:
    """What was ahead has moved to the left by 20 of the 78 degrees that the picture shows."""
    now = still(page)
    return now is not None and abs(best_shift(before, now) + 64 * 20 / 78) <= 4


def test_stills_sound_hand_and_head_without_a_media_path_and_then_the_video(tablet: Page, resting: Demo) -> None:
    page = tablet
    page.add_init_script(SHUT)
    wire = Wire(page)
    patient = PatientPage(page, resting.patient)
    patient.button("join").tap()
    expect(page.get_by_text(STILLS).last).to_be_visible(timeout=40_000)
    until(lambda: still(page) is not None, "a still picture", timeout_s=40)
    page.evaluate("window.watching = true")
    until(lambda: resting.state()["eyes"] != "closed", "the eyes to be lit: somebody sees")
    until(lambda: wire.says(rescue=True), "the robot to say that stills go by the service")

    # the patient is heard in the room, and the room at the tablet
    until(lambda: resting.state()["speaker_dbfs"] > -45, "a voice at the speaker")
    assert until(lambda: share_near(resting.speaker(1.5), VOICE_HZ) > 0.6, "the two tones of the tablet's microphone")
    patient.switch_microphone(on=False)
    until(lambda: hears_a_voice(page), "the lecturer to be heard", timeout_s=40)

    # hand and head, by the service
    patient.button("raise").tap()
    until(resting.hand_is_up, "the hand light")
    until(lambda: looks_ahead(resting.state()), "the head to look ahead")
    before = wire.fresh_still()
    patient.press_arrow("ArrowRight", times=2)
    until(lambda: settled(resting.state(), beyond_deg=15), "the head to turn")
    until(lambda: turned(page, before), "a still of what is to the right")

    # the way is open: the video takes over, nothing is black, and the rescue ends
    page.evaluate("window.shut = false; dispatchEvent(new Event('online'))")  # tried at once, not after a pause
    until(lambda: page.evaluate("document.querySelector('.still').hidden"), "the video to take over", timeout_s=40)
    patient.wait_for_picture()
    expect(page.get_by_text(STILLS)).to_have_count(0)
    until(lambda: wire.says(rescue=False), "the robot to say that they do no more")
    assert page.evaluate("black") == 0
    assert page.evaluate("document.querySelectorAll('video').length") == 1
    assert resting.hand_is_up()
    patient.leave()
