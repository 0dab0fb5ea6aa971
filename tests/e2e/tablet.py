"""A tablet: Debian's Chromium with a fake microphone that says what a file says."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.e2e.demo import until

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
STEPS = 15  # of a finger's way
TABLET = {"width": 1180, "height": 820}
VOICE_HZ = [420.0, 930.0]  # what the fake microphone says, in bursts, so that no noise filter takes it for noise


def launch(playwright: Playwright, voice: Path) -> Browser:
    """The browser, speaking `voice` into its microphone again and again."""
    return playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=[*FLAGS, f"--use-file-for-fake-audio-capture={voice}"]
    )


def write_voice(file: Path) -> Path:
    """Half a second of two tones, half a second of nothing; 48 kHz mono."""
    rate = 48000
    time_s = np.arange(rate) / rate
    tones = sum(np.sin(2 * np.pi * hertz * time_s) for hertz in VOICE_HZ) / len(VOICE_HZ)
    envelope = np.clip(np.minimum(time_s, 0.5 - time_s) * 100, 0, 1)
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((tones * envelope * 0.5 * 32767).astype("<i2").tobytes())
    return file


WORDS = {
    "nb": {
        "join": "Bli med",
        "raise": "Rekk opp hånda",
        "lower": "Ta ned hånda",
        "microphone": "Mikrofon",
        "say": "Si det",
        "leave": "Forlat",
    },
    "en": {
        "join": "Join",
        "raise": "Raise hand",
        "lower": "Lower hand",
        "microphone": "Microphone",
        "say": "Say it",
        "leave": "Leave",
    },
}


ARROWS = {"ArrowLeft": "Se til venstre", "ArrowRight": "Se til høyre", "ArrowUp": "Se opp", "ArrowDown": "Se ned"}

Spot = tuple[float, float]


def tap(where: Page | Locator, name: str) -> None:
    """A finger's tap on the button with exactly this name."""
    where.get_by_role("button", name=name, exact=True).tap()


def move_fingers(page: Page, *ways: tuple[Spot, Spot]) -> None:
    """Fingers come down together, each moves from spot to spot in CSS px, and all go up. Playwright's own only taps."""
    screen = page.context.new_cdp_session(page)
    for step in range(STEPS + 1):
        points = [
            {"id": finger, "x": from_x + (to_x - from_x) * step / STEPS, "y": from_y + (to_y - from_y) * step / STEPS}
            for finger, ((from_x, from_y), (to_x, to_y)) in enumerate(ways)
        ]
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": points})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    screen.detach()


class PatientPage:
    """The patient page on a touch screen, as somebody with the words of its language in hand uses it."""

    def __init__(self, page: Page, link: str, language: str = "nb") -> None:
        self.page = page
        self.words = WORDS[language]
        page.goto(link + ("" if language == "nb" else f"?lang={language}"))

    def button(self, word: str) -> Any:
        """The button with that accessible name."""
        return self.page.get_by_role("button", name=re.compile(f"^{re.escape(self.words[word])}$"))

    def join(self) -> PatientPage:
        """One tap, and the picture moves."""
        self.button("join").tap()
        self.wait_for_picture()
        return self

    def wait_for_picture(self) -> None:
        """Returns when the page's one <video> shows something new."""
        expect(self.page.locator("video")).to_have_count(1, timeout=30_000)
        before = self.frames_shown()
        until(lambda: self.frames_shown() > max(0, before), "the picture to move", timeout_s=30)

    def frames_shown(self) -> int:
        """How many pictures the <video> has shown; -1 without one."""
        shown: int = self.page.evaluate(
            "document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? -1"
        )
        return shown

    def press_arrow(self, side: str, times: int = 1) -> None:
        """The arrow on the screen, ten degrees each."""
        for _ in range(times):
            tap(self.page, ARROWS[side])

    def spot(self, x: float, y: float = 0.5) -> Spot:
        """A spot on the picture, by fractions of its width and height."""
        box = self.page.locator("video").bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, from_x: float, to_x: float) -> None:
        """Pulls the picture sideways with the finger; fractions of its width."""
        move_fingers(self.page, (self.spot(from_x), self.spot(to_x)))

    def switch_microphone(self, *, on: bool) -> None:
        """Microphone on or off, whatever it is now."""
        button = self.button("microphone")
        if (button.get_attribute("aria-pressed") == "true") != on:
            button.tap()
        expect(button).to_have_attribute("aria-pressed", "true" if on else "false")

    def say(self, text: str) -> None:
        """Types a sentence and has the robot say it."""
        if not self.button("say").is_visible():
            self.page.get_by_role("button", name=re.compile("^(Skriv|Write)$")).tap()
        self.page.get_by_role("textbox").fill(text)
        self.button("say").tap()

    def leave(self) -> None:
        """Leaves the room."""
        self.button("leave").tap()
        expect(self.page.locator("video")).to_have_count(0)

    def frames(self, seconds: float) -> dict[str, Any]:
        """What the <video> showed for so long: stamps (luma of the blocks' centres), size, frames decoded."""
        result: dict[str, Any] = self.page.evaluate(WATCH, seconds)
        return result

    def view(self) -> np.ndarray[Any, Any]:
        """The picture now, 64x36 grey, without the stamp's rows."""
        grey = self.page.evaluate(THUMBNAIL)
        return np.array(grey, dtype=float).reshape(36, 64)[2:]


WATCH = """async (seconds) => {
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(1088, 1), ink = canvas.getContext('2d', {willReadFrequently: true});
  const before = video.getVideoPlaybackQuality(), began = performance.now(), stamps = [];
  await new Promise((done) => {
    const look = () => {
      const scale = video.videoWidth / 1280;
      ink.drawImage(video, 0, 8 * scale, 1088 * scale, 1, 0, 0, 1088, 1);
      const row = ink.getImageData(0, 0, 1088, 1).data;
      const bits = Array.from({length: 68}, (_, i) => row[4 * (16 * i + 8) + 1] > 127 ? 1 : 0).join('');
      stamps.push({bits, at: performance.timeOrigin + performance.now()});
      performance.now() - began < 1000 * seconds ? video.requestVideoFrameCallback(look) : done();
    };
    video.requestVideoFrameCallback(look);
  });
  const after = video.getVideoPlaybackQuality(), took = (performance.now() - began) / 1000;
  return {stamps, width: video.videoWidth, height: video.videoHeight,
          fps: (after.totalVideoFrames - before.totalVideoFrames) / took};
}"""

THUMBNAIL = """() => {
  const video = document.querySelector('video');
  const canvas = new OffscreenCanvas(64, 36), ink = canvas.getContext('2d');
  ink.drawImage(video, 0, 0, 64, 36);
  const data = ink.getImageData(0, 0, 64, 36).data;
  return Array.from({length: 64 * 36}, (_, i) => (data[4*i] + data[4*i+1] + data[4*i+2]) / 3);
}"""

LISTEN = """async (seconds) => {
  const stream = document.querySelector('video').srcObject;
  const context = new AudioContext({sampleRate: 48000});
  await context.resume();
  const source = context.createMediaStreamSource(new MediaStream(stream.getAudioTracks()));
  const tap = context.createScriptProcessor(4096, 1, 1), blocks = [];
  tap.onaudioprocess = (event) => blocks.push(Array.from(event.inputBuffer.getChannelData(0)));
  source.connect(tap); tap.connect(context.destination);
  while (blocks.length * 4096 < 48000 * seconds) await new Promise((r) => setTimeout(r, 50));
  tap.disconnect(); source.disconnect(); await context.close();
  return blocks.flat();
}"""


def listen(page: Page, seconds: float) -> np.ndarray[Any, Any]:
    """What the page hears of the room, -1..1 at 48 kHz."""
    return np.array(page.evaluate(LISTEN, seconds), dtype=float)
