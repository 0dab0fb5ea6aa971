"""Who decides what happens in the room: the program, or whoever overrules it by page, API and scenario."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from pydantic import ConfigDict

from hardware_sim.room.program import HAND_RAISERS, PEOPLE, RAISE_S, SCENES, Cue, Person, Program, smooth
from protocol.settings_file import SettingsModel

Light = Literal["day", "dusk", "dark"]
SlideWish = Literal["program", "next", "1", "2", "3", "4", "5"]
SpeakerWish = Literal["program", "nobody", "lecturer", "bjorg", "liv", "samuel", "turid"]
HandWish = Literal["program", "nobody", "bjorg", "liv", "samuel", "turid"]

SLIDES: Final = len(SCENES)


class RoomWish(SettingsModel):
    """How the room is; the defaults are an ordinary day. As a wish, what is not named stays as it is."""

    model_config = ConfigDict(strict=True)

    light: Light = "day"
    """dusk: lamps alone, which flicker, and more noise. dark: the lamps are off too."""
    slide: SlideWish = "program"
    """The slide on the screen, from 1; "next" is the one after that which is shown."""
    speaker: SpeakerWish = "program"
    """Who speaks, one line after the other; nobody: all listen."""
    hand: HandWish = "program"
    """Whose hand is up, and stays up."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose mouth is open at this moment, and how far (0..1)."""

    who: Person | None
    opened: float


@dataclass(frozen=True)
class Moment:
    """The room at one time. `cue` is None while nobody may speak; `slide` counts from 0."""

    cue: Cue | None
    slide: int
    light: Light
    raised: Mapping[Person, float]
    attention: Mapping[Person, float]


@dataclass(frozen=True)
class _Orders:
    wish: RoomWish
    speaker_since_s: float = 0.0
    hand_since_s: float = 0.0


class Director:
    """The program of one room and what overrules it. `at` may be asked from any thread."""

    def __init__(self, seed: int = 0, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._program = Program(seed)
        self._alone: dict[str, Program] = {who: Program(seed, who) for who in PEOPLE}
        self._orders = _Orders(RoomWish())  # replaced as a whole: `at` sees the old or the new one

    @property
    def wish(self) -> RoomWish:
        """What is wished of the room now."""
        return self._orders.wish

    def change(self, wish: RoomWish) -> RoomWish:
        """What `wish` names becomes so from now on, all else stays; returns all of it."""
        now_s, orders = self._clock(), self._orders
        named = {name: getattr(wish, name) for name in wish.model_fields_set}
        if named.get("slide") == "next":
            named["slide"] = str((self.at(now_s).slide + 1) % SLIDES + 1)
        wanted = RoomWish(**{**orders.wish.model_dump(), **named})
        if wanted.speaker != orders.wish.speaker:
            orders = replace(orders, speaker_since_s=now_s)
        if wanted.hand != orders.wish.hand:
            orders = replace(orders, hand_since_s=now_s)
        self._orders = replace(orders, wish=wanted)
        return wanted

    def clear(self) -> RoomWish:
        """An ordinary day by the program again."""
        return self.change(RoomWish(**RoomWish().model_dump()))

    def at(self, t_s: float) -> Moment:
        """The room at this time (Unix seconds)."""
        orders = self._orders
        wish = orders.wish
        slide = self._program.at(t_s).slide if wish.slide in ("program", "next") else int(wish.slide) - 1
        raised, attention = self._raised(orders, t_s), self._attention(orders, t_s)
        return Moment(self._cue(orders, t_s), slide, wish.light, raised, attention)

    def cue(self, t_s: float) -> Cue | None:
        """Of all that the least: who was given the word last, and for what."""
        return self._cue(self._orders, t_s)

    def state(self) -> dict[str, object]:
        """For page and API: what is wished, and what it comes to now."""
        now = self.at(t_s := self._clock())
        speaks = now.cue is not None and t_s < now.cue.begins_s + now.cue.speaks_s
        return {
            **self.wish.model_dump(),
            "now": {
                "speaker": now.cue.who if speaks and now.cue is not None else None,
                "slide": now.slide + 1,
                "hands": [who for who in HAND_RAISERS if now.raised[who] > 0.5],
            },
        }

    def _cue(self, orders: _Orders, t_s: float) -> Cue | None:
        speaker, since_s = orders.wish.speaker, orders.speaker_since_s
        if speaker == "nobody":
            return None
        if speaker == "program":
            return self._program.at(t_s)
        cue = self._alone[speaker].at(t_s - since_s)
        return replace(cue, begins_s=cue.begins_s + since_s)

    def _attention(self, orders: _Orders, t_s: float) -> dict[Person, float]:
        speaker = orders.wish.speaker
        if speaker == "nobody":
            return dict.fromkeys(PEOPLE, 0.0)
        if speaker == "program":
            return {who: self._program.attention(who, t_s) for who in PEOPLE}
        alone, within_s = self._alone[speaker], t_s - orders.speaker_since_s
        return {who: alone.attention(who, within_s) for who in PEOPLE}

    def _raised(self, orders: _Orders, t_s: float) -> dict[Person, float]:
        hand = orders.wish.hand
        if hand == "program":
            return {who: self._program.raised(who, t_s) for who in HAND_RAISERS}
        up = smooth((t_s - orders.hand_since_s) / RAISE_S)
        return {who: up if who == hand else 0.0 for who in HAND_RAISERS}
