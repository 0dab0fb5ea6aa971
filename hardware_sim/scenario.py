"""Faults by the clock: a seeded file that says what goes wrong when, and the one who plays it.

seed = 7

[[step]]
at = 5.0                     # seconds after the start
set = { camera = "frozen" }  # names and values as `hardware_sim.faults` has them
room = { light = "dusk" }    # … and as `hardware_sim.room.director` has them

[[step]]
at = 12
clear = true                 # first everything in order and the room as always, then what `set` and `room` name
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Protocol, Self

from pydantic import Field, model_validator

from hardware_sim.faults import Faults, SwitchError, listed
from hardware_sim.room.director import Director, RoomWish
from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel, load_settings

log = logging.getLogger(__name__)

StepS = Annotated[float, Field(ge=0, le=86_400)]


class Step(SettingsModel):
    """One moment of a scenario."""

    at: StepS
    """Seconds after the start."""
    set: Faults = Faults()
    """What changes then; the rest stays."""
    room: RoomWish = RoomWish()
    """The same for the room."""
    clear: bool = False
    """Everything else is in order from then on."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.clear or self.set.model_fields_set or self.room.model_fields_set):
            raise ValueError("does nothing; give it set = { … }, room = { … } or clear = true")
        return self

    @property
    def words(self) -> str:
        """What it does, on one line."""
        named = {name: getattr(self.set, name) for name in sorted(self.set.model_fields_set)}
        named |= {f"room.{name}": getattr(self.room, name) for name in sorted(self.room.model_fields_set)}
        return ", ".join(part for part in ("clear" if self.clear else "", listed(named) if named else "") if part)


class Scenario(SettingsModel):
    """Steps, done in the order of their times. The same seed spoils the same bytes."""

    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    step: Annotated[tuple[Step, ...], Field(min_length=1, max_length=1000)]


def load_scenario(path: Path) -> Scenario:
    """Raises SettingsError with the one line to show: file, key, value, limit."""
    if not path.is_file():
        raise SettingsError(f"scenario {path} is not a file; name one with --scenario")
    return load_settings(Scenario, path)


def parse_scenario(values: Mapping[str, object]) -> Scenario:
    """Out of what TOML or JSON gave. Raises SettingsError as `load_scenario` does."""
    return load_settings(Scenario, None, values)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scenario has come. `failed` are the steps that could not be done, in words."""

    name: str
    running: bool
    done: int
    steps: int
    last: str = ""
    next: str = ""
    next_at_s: float | None = None
    failed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For the page and the API."""
        return asdict(self)


class Switches(Protocol):
    """What a scenario acts on, beside the room."""

    async def change(self, wish: Faults) -> Faults:
        """Raises SwitchError."""

    async def clear(self) -> Faults:
        """Raises SwitchError."""


class Player:
    """Plays one scenario at a time; `run` owns the playing. Belongs to one event loop."""

    def __init__(self, switches: Switches, director: Director, clock: Callable[[], float] = time.monotonic) -> None:
        self.progress: Progress | None = None
        self._switches = switches
        self._director = director
        self._clock = clock
        self._wanted: Scenario | None = None
        self._news = asyncio.Event()

    def start(self, scenario: Scenario, name: str) -> Progress:
        """Plays it from now on, in place of one that is running."""
        self._wanted = scenario
        self.progress = Progress(name, True, 0, len(scenario.step))
        self._news.set()
        return self.progress

    def stop(self) -> None:
        """No further step; what is wrong stays so."""
        self._wanted = None
        if self.progress is not None and self.progress.running:
            self.progress = replace(self.progress, running=False, next="", next_at_s=None)
            log.info("scenario %s: stopped after step %d", self.progress.name, self.progress.done)
        self._news.set()

    async def run(self) -> None:
        """Plays until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            scenario, progress = self._wanted, self.progress
            if scenario is not None and progress is not None:
                await self._play(scenario, progress)

    async def _play(self, scenario: Scenario, progress: Progress) -> None:
        began_s = self._clock()
        log.info("scenario %s: %d steps, seed %d", progress.name, progress.steps, scenario.seed)
        await self._throw(Step(at=0, set=Faults(seed=scenario.seed)), scenario.seed)
        for number, step in enumerate(sorted(scenario.step, key=lambda step: step.at), 1):
            progress = self.progress = replace(progress, next=step.words, next_at_s=step.at)
            if await self._disturbed(began_s + step.at - self._clock()):
                return
            failure = await self._throw(step, scenario.seed)
            log.info(
                "scenario %s: step %d of %d at %g s: %s", progress.name, number, progress.steps, step.at, step.words
            )
            failed = progress.failed if failure is None else (*progress.failed, f"step {number}: {failure}")
            if self._news.is_set():
                return
            progress = self.progress = replace(progress, done=number, last=step.words, failed=failed)
        self._wanted = None
        self.progress = replace(progress, running=False, next="", next_at_s=None)
        log.info("scenario %s: over", progress.name)

    async def _disturbed(self, wait_s: float) -> bool:
        """Waits; whether another scenario, or none, is wanted meanwhile."""
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _throw(self, step: Step, seed: int) -> str | None:
        """Why it could not be done; None when it was."""
        try:
            if step.clear:
                self._director.clear()
                await self._switches.clear()
                await self._switches.change(Faults(seed=seed))
            self._director.change(step.room)
            await self._switches.change(step.set)
        except SwitchError as error:
            log.warning("scenario: %s", error)
            return str(error)
        return None
