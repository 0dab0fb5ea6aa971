"""«How are you?»: what a short press of the button lets the robot say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from protocol.state import BatteryState, Fault
from robot_agent.words import Words

MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
IN_MINUTES_BELOW_S: Final = 90 * MINUTE_S  # «omtrent 75 minutter», and from there on whole hours
MINUTES_STEP: Final = 5
SAID_FAULTS: Final = 3  # more at once is a list that nobody remembers


@dataclass(frozen=True, slots=True)
class Status:
    """What the robot knows of itself. `name`: who holds it, empty for nobody; `here`: that person can see or hear."""

    name: str = ""
    here: bool = False
    private: bool = False
    linked: bool = True
    battery: BatteryState | None = None
    faults: frozenset[Fault] = frozenset()


def status_words(words: Words, now: Status) -> str:
    """The whole status as one sentence after the other, the most important first; at most 300 characters."""
    faults = [words.faults[fault] for fault in sorted(now.faults)][:SAID_FAULTS]
    parts = [_who(words, now), *faults]
    if not now.linked:
        parts.append(words.no_service)
    if now.battery is not None:
        parts += battery_words(words, now.battery)
    said = ""
    for part in parts:
        if len(said) + 1 + len(part) <= 300:
            said = f"{said} {part}".strip()
    return said


def battery_words(words: Words, battery: BatteryState) -> list[str]:
    """How full the battery is, and how long it lasts where that is known."""
    text = words.battery_charging if battery.charging else words.battery
    said = [text.format(percent=round(battery.percent))]
    if battery.left_s is not None and battery.left_s >= MINUTE_S:
        last = words.full_in if battery.charging else words.lasts
        said.append(last.format(time=duration_words(words, battery.left_s)))
    return said


def duration_words(words: Words, seconds: float) -> str:
    """About how long: five minutes and more by fives up to an hour and a half, then whole hours."""
    if seconds < IN_MINUTES_BELOW_S:
        minutes = round(seconds / MINUTE_S / MINUTES_STEP) * MINUTES_STEP
        return words.minutes.format(number=max(minutes, MINUTES_STEP))
    hours = int(seconds / HOUR_S)  # rounded down: who trusts it is not left in the middle of a meeting
    return words.hour if hours == 1 else words.hours.format(number=hours)


def _who(words: Words, now: Status) -> str:
    if now.private:
        return words.private_on
    if not now.name:
        return f"{words.ready} {words.nobody}" if not now.faults and now.linked else words.nobody
    return (words.somebody if now.here else words.on_the_way).format(name=now.name)
