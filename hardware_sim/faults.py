"""Everything that can be made to go wrong with the body, as one model: page, JSON API and scenario file share it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware_sim.bus.headboard import START_PERCENT, ButtonPress
from hardware_sim.bus.supply import NOMINAL_V
from protocol.settings_file import SettingsModel

CameraTrouble = Literal["works", "frozen", "gone", "slow"]
SoundTrouble = Literal["works", "microphone_gone", "server_killed"]
LineProfile = Literal["clean", "good-4g", "weak-4g", "edge", "floor", "break"]
Count = Annotated[int, Field(ge=0, le=2**31)]


class Faults(SettingsModel):
    """What is wrong now; the defaults are a body in order. As a wish, what is not named stays as it is."""

    model_config = ConfigDict(strict=True)

    silent_pan: bool = False
    """The pan servo's cable is off: it neither hears nor answers. Its own watchdog stops it."""
    silent_tilt: bool = False
    """The same for the tilt servo."""
    silent_board: bool = False
    """The same for the head board: after its time-out it shows by itself that nobody speaks to it."""
    block_pan: bool = False
    """A hand holds the head so that it cannot turn."""
    block_tilt: bool = False
    """A hand holds the head so that it cannot nod."""
    hot_pan: bool = False
    """The pan servo is hotter than its limit: it lets go until it has cooled and was rebooted."""
    hot_tilt: bool = False
    """The same for the tilt servo."""
    supply_v: Annotated[float, Field(ge=3.0, le=8.0)] = NOMINAL_V
    """The servos' supply without load, volts. Under 3.5 or over 7.0 they protect themselves and let go."""
    unplugged: bool = False
    """The bus's cable is out of the computer: the serial port is gone."""
    corrupt_rate: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """The share of bytes on the bus, both ways, that arrive with one bit turned over."""
    late_ms: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    """How much later than it should every answer on the bus comes."""
    seed: Count = 1
    """Of chance: the same seed spoils the same bytes."""
    battery_percent: Annotated[int, Field(ge=0, le=100)] = START_PERCENT
    """What the battery holds."""
    battery_pace: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0
    """Percent a minute that it loses, or gains with the charger in; 0: it holds what it has."""
    charging: bool = False
    """The charger is plugged in."""
    button: ButtonPress | None = None
    """Presses the button on the head, once; it is never kept."""
    camera: CameraTrouble = "works"
    """frozen: connected, and no picture comes. gone: unplugged. slow: three pictures a second."""
    sound: SoundTrouble = "works"
    """microphone_gone: the card cannot be opened. server_killed: the sound server's socket is gone."""
    line: LineProfile = "clean"
    """The network line, where `av1-sim line` runs and `line.control` names its socket."""

    def merged(self, wish: Faults) -> Faults:
        """These with what `wish` names; without the press of the button, which is an event."""
        named = wish.model_fields_set & Faults.model_fields.keys() - {"button"}
        return Faults(**{**self.model_dump(), **{name: getattr(wish, name) for name in named}, "button": None})

    def unlike(self, other: Faults) -> dict[str, object]:
        """What is different here."""
        mine, its = self.model_dump(), other.model_dump()
        return {name: value for name, value in mine.items() if value != its[name]}


IN_ORDER: Final = Faults()


class SwitchError(Exception):
    """A switch that cannot be thrown now; the text names it, says why and what to do."""


def refusal(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong with a wish, in one sentence: key, value, limit."""
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"Unknown switch {key!r}; known: {', '.join(model.model_fields)}."
    if not key:
        return f"the request: {first['msg']}."
    message = first["msg"].removeprefix("Value error, ")
    return f"{key} is {first['input']!r}: {message[0].lower()}{message[1:]}."


def listed(faults: dict[str, object]) -> str:
    """Names and values on one line of a log."""
    return ", ".join(f"{name}={value}" for name, value in faults.items()) or "none"
