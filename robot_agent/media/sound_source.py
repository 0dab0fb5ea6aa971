"""Notices that the sound server feeds us from another source than before.

PulseAudio (and PipeWire in its place) moves a recording to whatever is left when its source is unplugged, and raises
nothing: the robot would send what its own speaker plays, or another microphone. `pactl` tells of it. Where that is
missing a line of the log says so; where the card is used without a sound server, nothing can be moved.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from typing import Any, Final

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S: Final = 1.0  # a local question, asked twice; closing the card waits for it at worst
STOP_TIMEOUT_S: Final = 1.0
MONITOR: Final = ".monitor"  # a source that gives back what a speaker plays
READ_BYTES: Final = 65_536
SOURCE_EVENT: Final = b" on source"  # of a source or a source-output; not of the clients that we are ourselves
MISSING: Final = "pactl is missing (apt: pulseaudio-utils): a microphone that is unplugged may be replaced silently"


class SourceRule:
    """Which source is the right one: the first that was used, for as long as the program runs. Pure."""

    def __init__(self) -> None:
        self._first: str | None = None

    def judge(self, source: str | None) -> tuple[str, str] | None:
        """What is wrong with recording from `source` and what to do; None where nothing is, or it is not known."""
        if source is None:
            return None
        if self._first is None:
            if source.endswith(MONITOR):
                return (f"{source} is what a speaker plays and no microphone", "plug the microphone in")
            self._first = source
        if source == self._first:
            return None
        what = f"the sound server records from {source} and no longer from {self._first}"
        return (what, f"plug {self._first} in again, or restart the robot to use the other one")


RULES: Final[dict[str, SourceRule]] = {}  # by the device's name in the settings: each opening is a new device


class SourceWatch:
    """The watch over one opening, in the device's own thread; asks only when the server tells of a change."""

    def __init__(self, device: str) -> None:
        self._rule = RULES.setdefault(device, SourceRule())
        self._events = _subscribe()
        self._asked = False

    def look(self) -> tuple[str, str] | None:
        """What is wrong with the source, and what to do; None while all is well."""
        if self._asked and not self._told():
            return None
        self._asked = True
        return self._rule.judge(recorded_source())

    def close(self) -> None:
        """No more events."""
        if self._events is None:
            return
        self._events.kill()
        self._events.wait(STOP_TIMEOUT_S)
        if self._events.stdout is not None:
            self._events.stdout.close()

    def _told(self) -> bool:
        """Whether the server has told of a source or of a recording since the last look."""
        if self._events is None or self._events.stdout is None:
            return False
        try:
            return SOURCE_EVENT in os.read(self._events.stdout.fileno(), READ_BYTES)
        except BlockingIOError:
            return False


def _subscribe() -> subprocess.Popen[bytes] | None:
    try:
        process = subprocess.Popen(["pactl", "subscribe"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        logger.warning(MISSING)
        return None
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process


def recorded_source() -> str | None:
    """The name of the source that this process records from; None where no sound server tells."""
    outputs, sources = _list("source-outputs"), _list("sources")
    mine = [o for o in outputs if o.get("properties", {}).get("application.process.id") == str(os.getpid())]
    names = {source.get("index"): source.get("name") for source in sources}
    found = {names.get(output.get("source")) for output in mine}
    return next((name for name in sorted(filter(None, found))), None)


def _list(kind: str) -> list[dict[str, Any]]:
    try:
        answer = subprocess.run(
            ["pactl", "--format=json", "list", kind], capture_output=True, check=True, timeout=ASK_TIMEOUT_S
        )
        found = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        logger.debug("pactl list %s: %s", kind, error)
        return []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
