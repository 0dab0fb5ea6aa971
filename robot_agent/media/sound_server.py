"""Notices that the sound server has moved what we record or play, and moves it back where that can be done.

PulseAudio (and PipeWire in its place) moves a stream to whatever is left when its card is unplugged, or to another card
by a rule or a click, and raises nothing: the robot would send what its own speaker plays, or another microphone, or the
patient would speak from a screen in the next room. `pactl` tells of it. Where that is missing a line of the log says
so; where the card is used without a sound server, nothing can be moved.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from dataclasses import dataclass
from typing import Any, Final

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S: Final = 1.0  # a local question, asked twice for each direction; closing the card waits for it at worst
STOP_TIMEOUT_S: Final = 1.0
MOVES_BACK: Final = 5  # for one opening: whoever moves it more often means it, and somebody must hear of it
MONITOR: Final = ".monitor"  # a source that gives back what a speaker plays
NOWHERE: Final = "auto_null"  # the sink of a server that has none
READ_BYTES: Final = 65_536
MISSING: Final = "pactl is missing (apt: pulseaudio-utils): a sound card that is unplugged may be replaced silently"

Trouble = tuple[str, str]
"""What is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of sound, as pactl names its streams and their ends, and in words."""

    stream: str
    end: str
    does: str
    way: str

    @property
    def event(self) -> bytes:
        """What an event of such an end or stream has in it; those of the clients that we are ourselves have not."""
        return f" on {self.end}".encode()


RECORDING: Final = Side("source-output", "source", "records", "from")
PLAYING: Final = Side("sink-input", "sink", "plays", "into")


class StreamRule:
    """Which end of a stream is the right one: the first that was used, for as long as the program runs. Pure."""

    def __init__(self, side: Side) -> None:
        self.first: str | None = None
        self._side = side

    def judge(self, name: str | None) -> Trouble | None:
        """What is wrong with recording from, or playing into, `name`; None where nothing is, or it is not known."""
        if name is None:
            return None
        if self.first is None:
            if self._side is RECORDING and name.endswith(MONITOR):
                return (f"{name} is what a speaker plays and no microphone", "plug the microphone in")
            if name != NOWHERE:  # a speaker that is plugged in later is the right one
                self.first = name
            return None
        if name == self.first:
            return None
        does, way = self._side.does, self._side.way
        what = f"the sound server {does} {way} {name} and no longer {way} {self.first}"
        return (what, f"plug {self.first} in again, or restart the robot to use the other one")


RULES: Final[dict[tuple[str, Side], StreamRule]] = {}  # by the name in the settings: each opening is a new device


class StreamWatch:
    """The watch over one opening, in the device's own thread; asks only when the server tells of a change."""

    def __init__(self, device: str, *, microphone: bool) -> None:
        sides = (RECORDING, PLAYING) if microphone else (PLAYING,)
        self._device = device
        self._rules = {side: RULES.setdefault((device, side), StreamRule(side)) for side in sides}
        self._asked = False
        self._moves_left = MOVES_BACK
        self._events = _subscribe()

    @property
    def speaker_chosen(self) -> bool:
        """Whether an earlier opening has said which speaker is the right one."""
        return self._rules[PLAYING].first is not None

    def look(self) -> Trouble | None:
        """What is wrong, and what to do; None while all is well, or is again."""
        told = self._told()
        asked, self._asked = self._asked, True
        for side, rule in self._rules.items():
            if asked and side.event not in told:
                continue
            for stream, name in _streams(side):
                wrong = rule.judge(name)
                if wrong is not None and not self._moved_back(side, stream, rule.first, wrong[0]):
                    return wrong
        return None

    def close(self) -> None:
        """No more events."""
        if self._events is None:
            return
        self._events.kill()
        self._events.wait(STOP_TIMEOUT_S)
        if self._events.stdout is not None:
            self._events.stdout.close()

    def _told(self) -> bytes:
        """What the server has told since the last look."""
        if self._events is None or self._events.stdout is None:
            return b""
        try:
            return os.read(self._events.stdout.fileno(), READ_BYTES)
        except BlockingIOError:
            return b""

    def _moved_back(self, side: Side, stream: int, first: str | None, what: str) -> bool:
        """Whether the stream is where it was, or soon will be: an end that is still there takes it."""
        if first is None or self._moves_left == 0 or first not in _ends(side).values():
            return False
        if _pactl(f"move-{side.stream}", str(stream), first) is None:
            self._asked = False  # after an underrun ALSA makes a new stream in its place: that one is looked at next
            return stream not in dict(_streams(side))
        self._moves_left -= 1
        logger.warning("sound device %r: %s; it was moved back", self._device, what)
        return True


def _subscribe() -> subprocess.Popen[bytes] | None:
    try:
        process = subprocess.Popen(
            ["pactl", "subscribe"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_english()
        )
    except OSError:
        logger.warning(MISSING)
        return None
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process


def _streams(side: Side) -> list[tuple[int, str | None]]:
    """Index and end of each stream of this process; nothing where no sound server tells."""
    streams, names = _list(f"{side.stream}s"), _ends(side)
    mine = [s for s in streams if s.get("properties", {}).get("application.process.id") == str(os.getpid())]
    return [(stream["index"], names.get(stream.get(side.end))) for stream in mine if "index" in stream]


def _ends(side: Side) -> dict[Any, Any]:
    """The name of each end that is there, by its index."""
    return {end.get("index"): end.get("name") for end in _list(f"{side.end}s")}


def _list(kind: str) -> list[dict[str, Any]]:
    answer = _pactl("--format=json", "list", kind)
    try:
        found = json.loads(answer or b"[]")
    except ValueError as error:
        logger.debug("pactl list %s: %s", kind, error)
        return []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _pactl(*words: str) -> bytes | None:
    """What `pactl` says; None where it is missing or refuses."""
    try:
        return subprocess.run(
            ["pactl", *words],
            capture_output=True,
            check=True,
            timeout=ASK_TIMEOUT_S,
            env=_english(),
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        logger.debug("pactl %s: %s", " ".join(words), error)
        return None


def _english() -> dict[str, str]:
    """In Norwegian, `pactl` translates the events and, until version 16, writes 0,00 into its JSON."""
    return os.environ | {"LC_ALL": "C"}
