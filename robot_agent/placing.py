"""Placing the robot: a leader turns its head while nobody is inside, and keeps places that a tap turns it to later, and
how loud the robot is in this room.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from protocol.base import Percent
from protocol.commands import LookApplied, LookAt, PlacesApplied, Refusal, RemovePlace, SavePlace
from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel
from protocol.state import MOST_PLACES, HeadPlace
from robot_agent.head.controller import HeadController
from robot_agent.own_files import write_whole

log = logging.getLogger(__name__)

NAME: Final = "places.json"
REST_AFTER_S: Final = 60.0  # a leader who turns the head looks at the robot, and goes on within this time


class PlacesFile(SettingsModel):
    """What is kept; the oldest place first. `volume_percent` is how loud everybody is here who does not choose."""

    places: Annotated[tuple[HeadPlace, ...], Field(max_length=MOST_PLACES)] = ()
    volume_percent: Percent = 100.0


class Placing:
    """The saved places, and the head while a leader turns it.

    `is_held` tells whether somebody is inside, who then turns the head alone; `is_private` that nobody does;
    `is_watched` that somebody looks on, for whom the head stays as it is.
    `changed` is called when the places are others than before, and when the head is to turn.
    """

    def __init__(
        self,
        head: HeadController,
        directory: Path,
        is_held: Callable[[], bool],
        is_private: Callable[[], bool],
        changed: Callable[[], None],
        is_watched: Callable[[], bool] = lambda: False,
    ) -> None:
        self._head = head
        self._is_watched = is_watched
        self._directory = directory
        self._is_held = is_held
        self._is_private = is_private
        self._changed = changed
        self._back_to_rest: asyncio.TimerHandle | None = None
        self._kept = _kept(directory)

    @property
    def places(self) -> tuple[HeadPlace, ...]:
        """What is saved, the oldest first."""
        return self._kept.places

    @property
    def volume_percent(self) -> float:
        """How loud each visit begins in this room."""
        return self._kept.volume_percent

    def look_at(self, wish: LookAt) -> LookApplied | Refusal:
        """Turns the head, which goes to rest again when no more is asked for."""
        if self._is_private():
            return Refusal.PRIVATE
        if self._is_held():
            return Refusal.NOT_STEERING
        pan, tilt = self._head.look_at(wish.pan_deg, wish.tilt_deg)
        self.leave_head()
        self._back_to_rest = asyncio.get_running_loop().call_later(REST_AFTER_S, self._rest)
        self._changed()
        return LookApplied(pan_deg=pan, tilt_deg=tilt)

    @property
    def has_head(self) -> bool:
        """Whether a leader turned the head a while ago, and it stays so for now."""
        return self._back_to_rest is not None

    def leave_head(self) -> None:
        """The head is somebody else's now, or the robot stops."""
        if self._back_to_rest is not None:
            self._back_to_rest.cancel()
            self._back_to_rest = None

    async def save(self, wish: SavePlace) -> PlacesApplied | Refusal:
        """Where the head looks, under this name."""
        pose = self._head.pose
        if pose is None:
            return Refusal.PART_BROKEN
        place = HeadPlace(name=wish.name, pan_deg=pose.pan_deg, tilt_deg=pose.tilt_deg)
        names = [known.name for known in self.places]
        if place.name in names:
            at = names.index(place.name)
            return await self._keep((*self.places[:at], place, *self.places[at + 1 :]))
        if len(self.places) == MOST_PLACES:
            return Refusal.FULL
        return await self._keep((*self.places, place))

    async def remove(self, wish: RemovePlace) -> PlacesApplied | Refusal:
        """Forgets the place of this name."""
        return await self._keep(tuple(place for place in self.places if place.name != wish.name))

    async def keep_volume(self, percent: float) -> None:
        """The room's volume from now on. A disk that says no is told in the log; it holds until the end then."""
        self._kept = self._kept.model_copy(update={"volume_percent": percent})
        await self._write(self._kept)

    async def _keep(self, places: tuple[HeadPlace, ...]) -> PlacesApplied | Refusal:
        if places != self.places:
            kept = self._kept.model_copy(update={"places": places})
            if not await self._write(kept):
                return Refusal.PART_BROKEN
            self._kept = kept
            self._changed()
        return PlacesApplied(places=self.places)

    async def _write(self, kept: PlacesFile) -> bool:
        try:
            await asyncio.to_thread(write_whole, self._directory, NAME, kept.model_dump_json(indent=1))
        except SettingsError as error:
            log.error("the placing is not kept: %s", error)
            return False
        return True

    def _rest(self) -> None:
        self._back_to_rest = None
        if not self._is_held() and not self._is_watched():
            self._head.rest()


def _kept(directory: Path) -> PlacesFile:
    """What the file holds. One that is damaged is put aside, as a robot without places is better than none."""
    file = directory / NAME
    try:
        return PlacesFile.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return PlacesFile()
    except OSError as error:
        log.error("the places in %s cannot be read (%s); save them again", file, error.strerror)
    except ValidationError:
        aside = file.with_suffix(".damaged")
        file.replace(aside)
        log.error("the places in %s are damaged, the file is now %s; save them again", file, aside.name)
    return PlacesFile()
