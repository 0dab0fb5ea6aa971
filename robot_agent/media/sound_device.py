"""The seam to a sound device, and the choice of one by its name in the settings."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from robot_agent.media.blocks import Block
from robot_agent.media.sound_errors import SoundDeviceError

ProcessBlock = Callable[[Block], Block]
"""Microphone block -> speaker block, called every 10 ms in the device's own thread."""

OnFailure = Callable[[SoundDeviceError], None]
"""Called at most once, from a thread of the device; must return at once and not call `close`."""


class SoundDevice(Protocol):
    """A microphone and a speaker on one clock. An instance is opened once, closed once, and thrown away."""

    @property
    def name(self) -> str:
        """As in the settings (`sound.device`)."""
        ...

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        """Start calling `process`. Blocking, bounded to a few seconds. Raises SoundOpenError."""
        ...

    def close(self) -> None:
        """Stop, and release the device: after it returns neither callback is called again.

        Blocking, bounded to a few seconds, and harmless when repeated or when the device has failed.
        Raises SoundLostError if the device could not be released.
        """
        ...


class FailureReport:
    """Tells the owner of a device once, and not after the device was closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on_failure: OnFailure | None = None

    def arm(self, on_failure: OnFailure) -> None:
        with self._lock:
            self._on_failure = on_failure

    def disarm(self) -> None:
        """From here on nothing is reported; waits for a report that is being made."""
        with self._lock:
            self._on_failure = None

    def tell(self, error: SoundDeviceError) -> None:
        with self._lock:
            on_failure, self._on_failure = self._on_failure, None
            if on_failure is not None:
                on_failure(error)


def open_sound_device(source: str, *, microphone: bool = True) -> SoundDevice:
    """A new device, not opened yet, for the value of `sound.device`.

    `socket:/path`, `card:default`, `card:<name or index>` or `none` (a robot without sound).
    With `microphone` False the microphone is not opened at all, and `process` gets silence.
    Raises ValueError that names the key for anything else.
    """
    kind, _, rest = source.partition(":")
    if source == "none":
        from robot_agent.media.sound_none import NoSound

        return NoSound()
    if kind == "socket" and rest:
        from robot_agent.media.sound_socket import SocketSound

        return SocketSound(rest, microphone=microphone)
    if kind == "card" and rest:
        from robot_agent.media.sound_card import CardSound

        return CardSound(rest, microphone=microphone)
    raise ValueError(
        f"sound.device: {source!r} is not a sound device;"
        ' use "card:default", "card:<name or index>", "socket:<path>" or "none"'
    )
