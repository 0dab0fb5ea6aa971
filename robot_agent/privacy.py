"""Whether the room is private, and how it takes part in the meeting; what is so outlives the robot's being off.

`Privacy` is pure. `PrivacyKeeper` has it on the disk: a room that was private is private when the power comes back,
since only a leader or the button opens it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from protocol.errors import SettingsError
from protocol.meeting import MeetingMode
from protocol.settings_file import SettingsModel
from robot_agent.own_files import write_whole

log = logging.getLogger(__name__)

NAME: Final = "privacy.json"


class PrivacyFile(SettingsModel):
    """What is kept."""

    mode: MeetingMode = MeetingMode.PLENARY
    pressed: bool = False


@dataclass(slots=True)
class Privacy:
    """A break is private by itself; *privat* that somebody pressed stays when the break is over."""

    mode: MeetingMode = MeetingMode.PLENARY
    pressed: bool = False

    @property
    def private(self) -> bool:
        """Whether camera and microphone are closed to all."""
        return self.pressed or self.mode is MeetingMode.BREAK

    def choose(self, mode: MeetingMode) -> None:
        """A leader says how the room takes part from now on."""
        self.mode = mode

    def press(self, on: bool) -> None:
        """A leader's *privat*. To lift it in a break is to end the break here."""
        self.pressed = on
        if not on and self.mode is MeetingMode.BREAK:
            self.mode = MeetingMode.PLENARY

    def button(self) -> None:
        """The button: in a break it never opens the room, it says whether it stays private afterwards."""
        self.pressed = not self.pressed

    def over(self) -> None:
        """The meeting is over."""
        self.mode = MeetingMode.PLENARY


class PrivacyKeeper:
    """Reads `privacy` from the robot's data directory when it is made, and writes what it has become.

    Belongs to one event loop; `run` is a task of its own, and writes a last time when it is cancelled.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._kept = _kept(directory)
        self._changed = asyncio.Event()
        self._lock = threading.Lock()  # a last writing may meet one that is under way
        self.privacy = Privacy(self._kept.mode, self._kept.pressed)

    def changed(self) -> None:
        """`privacy` may be other than before; it is on the disk soon."""
        self._changed.set()

    async def run(self) -> None:
        """A disk that says no is told in the log; what is so now holds for as long as the robot is on."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await asyncio.to_thread(self._write)
        finally:
            self._write()

    def _write(self) -> None:
        with self._lock:
            now = PrivacyFile(mode=self.privacy.mode, pressed=self.privacy.pressed)
            if now == self._kept:
                return
            try:
                write_whole(self._directory, NAME, now.model_dump_json(indent=1))
                self._kept = now
            except SettingsError as error:
                log.error("whether the room is private is not kept for when the robot is off: %s", error)


def _kept(directory: Path) -> PrivacyFile:
    """What the file holds; without one the room is open, and with one that nobody can read it is private."""
    file = directory / NAME
    try:
        return PrivacyFile.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return PrivacyFile()
    except (OSError, ValidationError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is damaged"
        log.error("%s cannot be read (%s): the room is private until a leader or the button opens it", file, what)
    return PrivacyFile(pressed=True)
