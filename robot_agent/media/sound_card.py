"""A sound card through PortAudio: one full-duplex callback stream of 10 ms, 48 kHz, mono.

One thread owns PortAudio from Pa_Initialize to Pa_Terminate, because the library is not safe from two,
and because a device whose daemon has died must not hang the caller. A card that disappears raises
nothing: the callback stops, or `is_active()` turns false, so that thread watches both.
ALSA needs a `pcm.!default` in its configuration (every desktop and Raspberry Pi OS has one): without it
PortAudio aborts the process.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from robot_agent.media.blocks import BLOCK, BLOCK_BYTES, RATE_HZ, block_from_bytes, block_to_bytes
from robot_agent.media.sound_device import FailureReport, OnFailure, ProcessBlock
from robot_agent.media.sound_errors import SoundLostError, SoundOpenError
from robot_agent.media.sound_server import StreamWatch

OPEN_TIMEOUT_S = 6.0  # PortAudio asks every ALSA device in turn; a USB card needs about a second
CLOSE_TIMEOUT_S = 3.0  # a stream stops within two blocks; a dead daemon is noticed by its socket
WATCH_PERIOD_S = 0.2  # a failure is told within this and the silence below
FIRST_LOOK_S = 0.02  # until microphone and speaker are known to be the right ones, nothing is heard or said
FIRST_BLOCK_TIMEOUT_S = 5.0  # PulseAudio may take two seconds to its first block
BLOCK_TIMEOUT_S = 2.0  # 200 blocks: a starved machine stutters, it does not stop for so long
_DEFAULT = "default"


@dataclass(frozen=True)
class CardDevice:
    """One device as PortAudio lists it."""

    index: int
    name: str
    inputs: int
    outputs: int


def choose_device(devices: list[CardDevice], wanted: str, *, output: bool) -> CardDevice:
    """The one device with that direction whose index or name is wanted, or whose name alone contains it.

    Raises LookupError whose text lists what there is.
    """
    able = [device for device in devices if (device.outputs if output else device.inputs) > 0]
    exact = [device for device in able if wanted in (device.name, str(device.index))]
    partial = [device for device in able if wanted.lower() in device.name.lower()]
    found = exact[:1] or partial
    if len(found) == 1:
        return found[0]
    direction = "speaker" if output else "microphone"
    names = "; ".join(f"{device.index} = {device.name}" for device in able) or "none at all"
    problem = f"{wanted!r} is the name of {len(found)}" if found else f"there is no {wanted!r}"
    raise LookupError(f"{problem} among the {direction} devices ({names})")


class CardSound:
    """Implements SoundDevice with PyAudio. `wanted` is `default`, an index, or a name or a part of it."""

    def __init__(self, wanted: str, *, microphone: bool = True) -> None:
        self.name = f"card:{wanted}"
        self.glitches = 0  # blocks with an underrun or overrun, as the card reports them
        self._wanted = wanted
        self._microphone = microphone
        self._microphone_known = not microphone  # until then nothing that it hears is passed on
        self._speaker_known = False  # until then nothing is taken from whoever has something to say
        self._process: ProcessBlock | None = None
        self._failure = FailureReport()
        self._opened: Future[None] = Future()
        self._wake = threading.Event()
        self._closing = False
        self._process_error: Exception | None = None
        self._last_block_s: float | None = None
        self._thread: threading.Thread | None = None

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        """Open both directions and start. Raises SoundOpenError; RuntimeError when it is opened twice."""
        if self._thread is not None or self._closing:
            raise RuntimeError("a sound device is opened once")
        self._process = process
        self._failure.arm(on_failure)
        self._thread = threading.Thread(target=self._run, name="sound-card", daemon=True)
        self._thread.start()
        try:
            self._opened.result(OPEN_TIMEOUT_S)
        except TimeoutError as error:
            self._release()
            raise SoundOpenError(
                self.name,
                f"not open after {OPEN_TIMEOUT_S:.0f} s",
                "restart the sound daemon or replug the card",
            ) from error

    def close(self) -> None:
        self._release()
        if self._thread is None:
            return
        self._thread.join(CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            raise SoundLostError(self.name, "it does not let go", "restart the robot's service")

    def _release(self) -> None:
        self._failure.disarm()
        self._closing = True
        self._wake.set()

    def _run(self) -> None:
        try:
            portaudio, stream = self._open_stream()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that called open()
            self._opened.set_exception(error)
            return
        server = StreamWatch(self.name, microphone=self._microphone)
        self._speaker_known = not server.speaker_chosen  # the first one is the right one
        try:
            self._opened.set_result(None)
            self._watch(stream, server)
        finally:
            try:
                server.close()
                stream.close()
            finally:
                portaudio.terminate()

    def _open_stream(self) -> tuple[Any, Any]:
        try:
            import pyaudio
        except ImportError as error:
            raise SoundOpenError(
                self.name,
                f"PyAudio cannot be imported ({error})",
                "apt install portaudio19-dev, then install the extra `sound-card` of av1-telepresence",
            ) from error
        portaudio = pyaudio.PyAudio()
        try:
            stream = self._open_duplex(pyaudio, portaudio)
        except BaseException:  # whatever stopped it: nobody else can end PortAudio
            portaudio.terminate()
            raise
        return portaudio, stream

    def _open_duplex(self, pyaudio: Any, portaudio: Any) -> Any:
        try:
            return portaudio.open(
                rate=RATE_HZ,
                channels=1,
                format=pyaudio.paInt16,
                input=self._microphone,
                output=True,
                input_device_index=self._index(portaudio, output=False) if self._microphone else None,
                output_device_index=self._index(portaudio, output=True),
                frames_per_buffer=BLOCK,
                stream_callback=self._callback,
            )
        except LookupError as error:
            raise SoundOpenError(self.name, str(error), "correct sound.device") from error
        except (OSError, ValueError) as error:
            raise SoundOpenError(
                self.name,
                f"PortAudio: {error}",
                "check that the card is plugged in and that nothing else holds it",
            ) from error

    def _index(self, portaudio: Any, *, output: bool) -> int | None:
        """PortAudio's index; None leaves the choice to PortAudio. Raises LookupError."""
        if self._wanted == _DEFAULT:
            return None
        infos = [portaudio.get_device_info_by_index(i) for i in range(portaudio.get_device_count())]
        devices = [
            CardDevice(int(i["index"]), str(i["name"]), int(i["maxInputChannels"]), int(i["maxOutputChannels"]))
            for i in infos
        ]
        return choose_device(devices, self._wanted, output=output).index

    def _callback(self, data: bytes | None, _frames: int, _times: object, status: int) -> tuple[bytes, int]:
        """Runs in PortAudio's thread. PortAudio swallows exceptions, so they are kept for the watcher."""
        proceed, abort = 0, 2  # paContinue, paAbort
        self._last_block_s = time.monotonic()
        self.glitches += bool(status)
        if self._closing or self._process is None or not self._speaker_known:
            return bytes(BLOCK_BYTES), proceed
        heard = data if data is not None and self._microphone_known else bytes(BLOCK_BYTES)
        try:
            return block_to_bytes(self._process(block_from_bytes(heard))), proceed
        except Exception as error:  # noqa: BLE001 - whatever it is must reach the owner
            self._process_error = error
            self._wake.set()
            return bytes(BLOCK_BYTES), abort

    def _watch(self, stream: Any, server: StreamWatch) -> None:
        """Until close() or a failure, which is told."""
        started_s = time.monotonic()
        while not self._closing:
            self._wake.wait(WATCH_PERIOD_S if self._microphone_known and self._speaker_known else FIRST_LOOK_S)
            error = self._trouble(stream, started_s) or self._moved(server)
            if error is not None and not self._closing:
                self._failure.tell(error)
                return

    def _moved(self, server: StreamWatch) -> SoundLostError | None:
        """Is it another microphone or speaker than before?"""
        if self._last_block_s is None:  # the server knows of no stream before it has begun
            return None
        wrong = server.look()
        if wrong is not None:
            return SoundLostError(self.name, *wrong)
        self._microphone_known = self._speaker_known = True
        return None

    def _trouble(self, stream: Any, started_s: float) -> SoundLostError | None:
        if self._process_error is not None:
            return SoundLostError(
                self.name, f"processing failed ({self._process_error!r})", "this is a fault of the program"
            )
        try:
            active = stream.is_active()
        except OSError:
            active = False
        if not active:
            return SoundLostError(self.name, "the stream has stopped", "replug the card or restart the sound daemon")
        last_s = self._last_block_s
        limit_s = FIRST_BLOCK_TIMEOUT_S if last_s is None else BLOCK_TIMEOUT_S
        if time.monotonic() - (started_s if last_s is None else last_s) > limit_s:
            return SoundLostError(
                self.name, f"no sound for {limit_s:.0f} s", "replug the card or restart the sound daemon"
            )
        return None
