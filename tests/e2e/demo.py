"""The demo as a person starts it, and what its simulator says; nothing here knows the inside of any part."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import psutil

PROGRAM = ("hardware_sim.demo.cli", "--json", "--port", "0", "--simulator-port", "0")
RAISED_HAND = {"hand_light": "blink", "hand_light_color": "#00b43c"}  # green; white blinks for who is on the way in
WAIT_S = 20.0  # generous: the machine is small and draws a room while it decodes one

T = TypeVar("T")
Samples = npt.NDArray[np.float64]


def until(look: Callable[[], T], what: str, timeout_s: float = WAIT_S, every_s: float = 0.05) -> T:
    """The first true answer of `look`; fails with its last answer when none comes in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = look()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} s, last {answer!r}"
        time.sleep(every_s)


@dataclass
class Demo:
    """A running `av1-demo`."""

    process: subprocess.Popen[str]
    patient: str
    digits: str
    leader: str
    simulator: str
    robot_id: str
    broker: str

    @classmethod
    def start(cls, *args: str) -> Demo:
        """Starts it on any free port and waits for its one line."""
        process = subprocess.Popen(
            [sys.executable, "-m", *PROGRAM, "--one-robot", *args],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"the demo ended with code {process.wait()}")
        return cls(process, **json.loads(line))

    def stop(self) -> int:
        """Asks it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def part(self, module: str) -> psutil.Process:
        """The process that runs a module of ours."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if module in child.cmdline():
                return child
        raise AssertionError(f"no process runs {module}")

    def state(self) -> dict[str, Any]:
        """What the simulator says of the body."""
        values: dict[str, Any] = json.loads(self._get("/api/state"))
        return values

    def hand_is_up(self) -> bool:
        """Whether the light on top says that somebody's hand is raised."""
        return self.state().items() >= RAISED_HAND.items()

    def stamp(self, *, on: bool) -> None:
        """Paints the time stamp into the camera's picture, or not."""
        self._post("/api/body", {"stamp": on})

    def press_button(self, press: str) -> None:
        """The button on the head: short, long or very long."""
        self._post("/api/body", {"button": press})

    def registers(self, device: int) -> dict[str, int]:
        """The registers of one device on the servo bus, by name."""
        rows = json.loads(self._get("/api/registers"))
        return {row["name"]: row["value"] for row in rows if row["device"] == device}

    def room_sound(self, **wish: object) -> None:
        """Chooses what the room sounds like."""
        self._post("/api/room-sound", wish)

    def speaker(self, seconds: float) -> Samples:
        """The last seconds of what the robot's speaker played, -1..1."""
        return self._wav(f"/api/speaker.wav?seconds={seconds}")

    def microphone(self, seconds: float) -> Samples:
        """The last seconds of what the robot's microphone heard, -1..1."""
        return self._wav(f"/api/microphone.wav?seconds={seconds}")

    def _wav(self, path: str) -> Samples:
        with wave.open(io.BytesIO(self._get(path))) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (48000, 1, 2)
            return np.frombuffer(sound.readframes(sound.getnframes()), np.int16) / 32768.0

    def _post(self, path: str, wish: dict[str, object]) -> None:
        body, headers = json.dumps(wish).encode(), {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.simulator + path, body, headers), timeout=5) as answer:
            assert answer.status == 200

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.simulator + path, timeout=5) as answer:
            body: bytes = answer.read()
        return body


def dbfs(samples: Samples) -> float:
    """RMS level; a full-scale sine is -3 dBFS."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-12))


def spectrum(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies in Hz and their power."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return np.fft.rfftfreq(len(samples), 1 / 48000), power


def share_near(samples: Samples, hertz: list[float], width_hz: float = 25.0) -> float:
    """How much of the power lies near the given frequencies, 0..1."""
    frequency, power = spectrum(samples)
    near = np.zeros(len(frequency), bool)
    for one in hertz:
        near |= np.abs(frequency - one) < width_hz
    return float(power[near].sum() / max(power.sum(), 1e-30))
