"""A PulseAudio server of a test's own, and the child process that opens the sound card on it.

The robot's card is `robot`: it plays into the sink `robot_speaker` and hears the sink `robot_room`.
PortAudio and ALSA read their configuration from the environment once per process, so the card is opened in
a child: `python -m tests.media.pulse <sound.device> <tone_hz>` prints one JSON line for each event. A line on its
standard input closes the card and opens it again.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import BLOCK, RATE_HZ, Block
from robot_agent.media.sound_device import open_sound_device
from robot_agent.media.sound_errors import SoundDeviceError, SoundError

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
TONE_AMPLITUDE = 8000
MOST_LISTENERS = 256  # PA_MAX_OUTPUTS_PER_SOURCE of PulseAudio 16
LISTENERS_EACH = 100  # a speaker takes 256 as well

# ALSA makes a new stream after an underrun: where the last one was moved to is known by module-stream-restore, which
# every server loads.
_SCRIPT = """\
load-module module-stream-restore
load-module module-native-protocol-unix socket={run}/native auth-anonymous=1
load-module module-null-sink norewinds=1 sink_name=robot_speaker rate=48000 channels=1 format=s16le
load-module module-null-sink norewinds=1 sink_name=robot_room rate=48000 channels=1 format=s16le
load-module module-remap-source source_name=robot_mic master=robot_room.monitor
set-default-sink robot_speaker
set-default-source robot_mic
"""
# Without shared memory: now and then a client that comes just as another goes is cut off by PulseAudio 16's own fault
# with it ("Cannot send block reference with non-registered memfd ID", its issue 824).
_DAEMON = """\
exit-idle-time = -1
flat-volumes = no
resample-method = speex-float-1
default-sample-rate = 48000
default-fragments = 4
default-fragment-size-msec = 5
realtime-scheduling = no
avoid-resampling = yes
enable-shm = no
enable-memfd = no
rlimit-nofile = 4096
"""
_ALSA = """\
pcm.!default { type pulse hint { show on description "default" } }
ctl.!default { type pulse }
pcm.robot { type pulse hint { show on description "robot" } }
"""


class Pulse:
    """A running server; `environment` is for the processes that use it."""

    def __init__(self, run: Path) -> None:
        for name in ("xdg", "pulse", "state"):
            (run / name).mkdir(mode=0o700)
        (run / "default.pa").write_text(_SCRIPT.format(run=run))
        (run / "daemon.conf").write_text(_DAEMON)
        (run / "asound.conf").write_text(_ALSA)
        self.environment = os.environ | {
            "XDG_RUNTIME_DIR": str(run / "xdg"),
            "PULSE_RUNTIME_PATH": str(run / "pulse"),
            "PULSE_STATE_PATH": str(run / "state"),
            "PULSE_COOKIE": str(run / "cookie"),
            "PULSE_CONFIG": str(run / "daemon.conf"),
            "PULSE_SERVER": f"unix:{run}/native",
            "ALSA_CONFIG_PATH": str(run / "asound.conf"),
            "JACK_NO_START_SERVER": "1",
        }
        self._log = run / "log"
        self._server = subprocess.Popen(
            [
                *("pulseaudio", "-n", "-F", str(run / "default.pa"), "--daemonize=no", "--use-pid-file=no"),
                *("--exit-idle-time=-1", f"--log-target=file:{self._log}"),
            ],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._info() != 0:
            if self._server.poll() is not None or time.monotonic() > deadline:
                log = self._log.read_text() if self._log.exists() else ""
                raise RuntimeError(f"pulseaudio did not start: {log}")
            time.sleep(0.05)

    def kill(self) -> None:
        """As a daemon dies."""
        self._server.kill()
        self._server.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        self._server.terminate()
        try:
            self._server.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    @contextlib.contextmanager
    def tone_in_room(self, hz: float) -> Iterator[None]:
        """Somebody whistles in the room."""
        second = tone(hz, 0, RATE_HZ).tobytes()
        player = subprocess.Popen(
            ["pacat", "--playback", "--device=robot_room", *_FORMAT],
            env=self.environment,
            stdin=subprocess.PIPE,
        )
        assert player.stdin is not None
        pipe = player.stdin

        def feed() -> None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                while True:
                    pipe.write(second)

        feeder = threading.Thread(target=feed, name="tone-in-room")
        feeder.start()
        try:
            yield
        finally:
            player.kill()
            player.wait(STOP_TIMEOUT_S)
            feeder.join(STOP_TIMEOUT_S)
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def control(self, *words: str) -> None:
        """A command to the server, as `pactl` takes it."""
        subprocess.run(["pactl", *words], env=self.environment, check=True)

    def plug(self, sink: str) -> None:
        """One more speaker."""
        self.control("load-module", "module-null-sink", "norewinds=1", f"sink_name={sink}", *_CARD)

    def unplug(self, sink: str) -> None:
        """It is gone."""
        module = next(one["owner_module"] for one in self._list("sinks") if one["name"] == sink)
        self.control("unload-module", str(module))

    @contextlib.contextmanager
    def microphone_taken(self) -> Iterator[None]:
        """Others listen to the microphone, as many as the server allows (256): whoever comes now is refused."""
        sinks = [f"listener{number}" for number in range(MOST_LISTENERS // LISTENERS_EACH + 1)]
        for sink in sinks:
            self.plug(sink)
        words = ["load-module", "module-loopback", "source=robot_mic", "rate=48000"]
        for listener in range(MOST_LISTENERS + 1):
            asked = ["pactl", *words, f"sink={sinks[listener // LISTENERS_EACH]}"]
            if subprocess.run(asked, env=self.environment, capture_output=True, check=False).returncode:
                break
        else:
            raise AssertionError("the server has let in more than it can")
        try:
            yield
        finally:
            self.control("unload-module", "module-loopback")
            for sink in sinks:
                self.unplug(sink)

    def playing(self) -> dict[int, str]:
        """Which stream plays into which speaker."""
        names = {sink["index"]: str(sink["name"]) for sink in self._list("sinks")}
        return {stream["index"]: names.get(stream["sink"], "") for stream in self._list("sink-inputs")}

    def _list(self, kind: str) -> list[dict[str, Any]]:
        words = ["pactl", "--format=json", "list", kind]
        answer = subprocess.run(words, env=self.environment | {"LC_ALL": "C"}, capture_output=True, check=True)
        found: list[dict[str, Any]] = json.loads(answer.stdout)
        return found

    def record_speaker(self, seconds: float) -> Block:
        """What the robot's speaker plays from now on."""
        recorder = subprocess.Popen(
            ["parec", "--device=robot_speaker.monitor", "--latency-msec=10", *_FORMAT],
            env=self.environment,
            stdout=subprocess.PIPE,
        )
        assert recorder.stdout is not None
        with recorder.stdout as pipe:
            data = pipe.read(int(seconds * RATE_HZ) * 2)
            recorder.kill()
        recorder.wait(STOP_TIMEOUT_S)
        return np.frombuffer(data, dtype="<i2").astype(np.int16)

    def _info(self) -> int:
        return subprocess.run(
            ["pactl", "info"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode


_CARD = ["rate=48000", "channels=1", "format=s16le"]
_FORMAT = ["--rate=48000", "--channels=1", "--format=s16le", "--raw"]


@contextlib.contextmanager
def running_pulse(run: Path) -> Iterator[Pulse]:
    """A server with its files in `run` (an empty directory with a short path)."""
    pulse = Pulse(run)
    try:
        pulse.wait_ready()
        yield pulse
    finally:
        pulse.stop()


class CardFailedError(Exception):
    """The card said so, where something else was waited for."""


class Card:
    """The child process that has the card open."""

    def __init__(self, pulse: Pulse, source: str, tone_hz: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.media.pulse", source, str(tone_hz)],
            env=pulse.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )

    def event(self) -> dict[str, Any]:
        """The next event of the child. Raises EOFError when it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EOFError(f"the child ended with {self._process.wait(STOP_TIMEOUT_S)}")
        event: dict[str, Any] = json.loads(line)
        return event

    def next(self, name: str) -> dict[str, Any]:
        """The next event of that name; those before it are passed over, but not a failure: nothing comes after it."""
        while (event := self.event())["event"] != name:
            if event["event"] in ("failed", "refused"):
                raise CardFailedError(event)
        return event

    def open_again(self) -> None:
        """Make it close the card and open it anew, as the robot does after a failure."""
        assert self._process.stdin is not None
        self._process.stdin.write("again\n")
        self._process.stdin.flush()

    def ask_to_close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def close(self) -> int:
        """Make it close the card and end; its exit code."""
        self.ask_to_close()
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(STOP_TIMEOUT_S)
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()


def tone(hz: float, start: int, count: int) -> Block:
    """Samples `start` to `start + count` of a sine."""
    phase = 2.0 * np.pi * hz * np.arange(start, start + count) / RATE_HZ
    samples: Block = (TONE_AMPLITUDE * np.sin(phase)).astype(np.int16)
    return samples


def strongest_hz(samples: npt.NDArray[Any], rate_hz: int = RATE_HZ) -> float:
    """Where the spectrum has its peak."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * rate_hz / samples.size)


def lag(samples: npt.NDArray[np.int16], out: npt.NDArray[np.int16]) -> int:
    """By how many samples `out` comes after `samples`: the peak of their correlation."""
    size = min(samples.size, out.size)
    late = np.fft.rfft(out[:size].astype(float), 2 * size)
    early = np.fft.rfft(samples[:size].astype(float), 2 * size)
    return int(np.argmax(np.fft.irfft(late * np.conj(early))[:size]))


class _Child:
    """Plays a tone, measures the microphone in pieces of half a second, and tells what happens."""

    def __init__(self, tone_hz: float) -> None:
        self._tone_hz = tone_hz
        self._position = 0
        self._heard: list[Block] = []

    def process(self, microphone: Block) -> Block:
        self._heard.append(microphone)
        if len(self._heard) == 50:
            heard = np.concatenate(self._heard)
            self._heard.clear()
            rms = float(np.sqrt(np.mean(heard.astype(float) ** 2)))
            tell(event="heard", hz=strongest_hz(heard), rms=rms)
        block = tone(self._tone_hz, self._position, BLOCK)
        self._position += BLOCK
        if self._tone_hz < 0 and self._position > RATE_HZ // 2:
            raise ArithmeticError("a fault in the processing")
        return block

    def failed(self, error: SoundDeviceError) -> None:
        tell(event="failed", error=type(error).__name__, text=str(error))


def tell(**event: object) -> None:
    print(json.dumps(event), flush=True)


def main() -> int:
    source, tone_hz = sys.argv[1], float(sys.argv[2])
    child = _Child(tone_hz)
    while True:
        device = open_sound_device(source)
        try:
            device.open(child.process, child.failed)
        except SoundError as error:
            tell(event="refused", error=type(error).__name__, text=str(error))
            return 3
        tell(event="open")
        again = sys.stdin.readline()
        device.close()
        if not again:
            break
    tell(event="closed", threads=[thread.name for thread in threading.enumerate()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
