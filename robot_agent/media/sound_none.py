"""A robot without sound: a clock of 10 ms, a silent microphone and a speaker that nobody hears."""

from __future__ import annotations

import threading
import time

from robot_agent.media.blocks import BLOCK_S, silence
from robot_agent.media.sound_device import FailureReport, OnFailure, ProcessBlock
from robot_agent.media.sound_errors import SoundLostError

JOIN_TIMEOUT_S = 2.0  # one call of `process` takes under a millisecond; this covers a starved machine
MAX_LATE_S = 0.1  # after a stall the clock starts afresh instead of catching up in a burst


class NoSound:
    """Implements SoundDevice without a device."""

    name = "none"

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._failure = FailureReport()
        self._thread: threading.Thread | None = None

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        """Start the clock. Raises RuntimeError when it is opened twice."""
        if self._thread is not None or self._stop.is_set():
            raise RuntimeError("a sound device is opened once")
        self._failure.arm(on_failure)
        self._thread = threading.Thread(target=self._run, args=(process,), name="sound-none", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._failure.disarm()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)

    def _run(self, process: ProcessBlock) -> None:
        due = time.monotonic()
        try:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                process(silence())
                due += BLOCK_S
                if time.monotonic() - due > MAX_LATE_S:
                    due = time.monotonic()
        except Exception as error:  # noqa: BLE001 - whatever `process` raised must reach the owner
            self._failure.tell(
                SoundLostError(self.name, f"processing failed ({error!r})", "this is a fault of the program")
            )
