"""The people as they move: who sits where, what each does when, and the sprites for it.

Everything is a function of time, so two rooms with the same seed show the same picture at the same moment.
A pose is rendered when it is first seen (a few milliseconds) and kept.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from hardware_sim.room import people
from hardware_sim.room.figure import Solid, rotation, turned
from hardware_sim.room.layout import FLOOR_Y, LECTURER_X, LECTURER_Z
from hardware_sim.room.panorama import Grid, Point, direction
from hardware_sim.room.people import LECTURER, PARTICIPANTS
from hardware_sim.room.program import HAND_RAISERS, Person, hump, smooth
from hardware_sim.room.seats import SEAT_OF, SEATS
from hardware_sim.room.sprites import Sprite, hidden_by, light_at, make_sprite, shifted, yaw_towards

Cast = list[tuple[Sprite, float]]

REACH_M: Final = 0.62  # half the width of whoever stretches out an arm
HEAD_STEPS: Final = 5  # from looking at the lecturer to looking elsewhere
HEAD_TURN_S: Final = 0.45
WORD_STEPS: Final = 3  # from listening to facing the others, who are spoken to
SPOKEN_TO: Final[Point] = (0.0, 0.0, 0.9)
RAISE_STEPS: Final = 9
MAX_NECK_DEG: Final = 62.0
BLINK_S: Final = 0.15

STROLL_PERIOD_S: Final = 44.0
STROLL_S: Final = 3.4  # from one end of the walk to the other
STRIDE_S: Final = 1.15
STRIDES: Final = 12
GESTURES: Final = 10
MOUTHS: Final = (0.0, 0.35, 0.8)
LECTURER_YAWS: Final = (-38.0, -14.0, 12.0, 38.0)
WALKING_YAW_DEG: Final = 48.0
STANDING_YAW_DEG: Final = -12.0
LOOKS_AT: Final[dict[Person, int]] = {"bjorg": 0, "liv": 3, "samuel": 2, "turid": 1}
"""Which of LECTURER_YAWS faces whoever has the word."""


@dataclass(frozen=True)
class Act:
    """What the program makes of the people at one moment; shares are 0..1."""

    speaker: Person | None
    opened: float
    """The speaker's mouth."""
    raised: Mapping[Person, float]
    attention: Mapping[Person, float]


class Participant:
    """Someone who sits at the table, listens, looks around, blinks, and may raise a hand and speak."""

    def __init__(self, grid: Grid, number: int, seed: int) -> None:
        self.grid, self.looks = grid, PARTICIPANTS[number]
        self.who: Person | None = next((who for who, seat in SEAT_OF.items() if seat == number), None)
        self.raises = self.who in HAND_RAISERS
        """Whether this one's arms move; those of the others may be painted for good."""
        x, z = SEATS[number]
        self.place: Point = (x, FLOOR_Y, z)
        self.azimuth_deg = direction(self.place)[0]
        self.distance = math.hypot(x, z)
        self.half_deg = math.degrees(math.atan2(REACH_M, self.distance))
        self._phase_s = float(np.random.default_rng(seed * 100 + number).uniform(0, 30))
        self._light = light_at(self.azimuth_deg)
        target = (0.0, 0.0, 2.2) if z > 0 else (x * 0.2, 0.0, 2.6)
        self._yaw_deg = yaw_towards(self.place, target)
        self.lower = self._sprite(people.seated_lower(self.looks), (-0.55, 0.55, 0.0, 1.15))
        self._highest = RAISE_STEPS - 1 if self.raises else 1
        self.upper, self._head = cache(self._make_upper), cache(self._make_head)
        self._talking = cache(self._make_talking)
        self._nearer: Cast = []
        self._set_gaze(number)

    def _sprite(self, solids: list[Solid], box: tuple[float, float, float, float]) -> Sprite:
        body = turned(solids, rotation(self._yaw_deg))
        return make_sprite(self.grid, body, self.place, box, self._light)

    def _make_upper(self, step: int) -> Sprite:
        pose = people.seated_upper(self.looks, step / self._highest)
        sprite = self._sprite(pose, (-REACH_M, REACH_M, 0.62, 1.62))
        return hidden_by(self.grid, sprite, self.azimuth_deg, self._nearer)

    def sit_behind(self, nearer: Cast) -> None:
        """Say what is painted for good and hides this one's arms."""
        self._nearer = nearer

    def _set_gaze(self, number: int) -> None:
        """Yaw and pitch of the head: at the lecturer, and where this one looks now and then."""
        robot, papers, board, neighbour = (0.0, 0.0), (0.0, 2.6), (0.0, 4.4), SEATS[(number + 3) % 6]
        x, z = (robot, papers, board, neighbour)[number % 4]
        self._at_lecturer = self._neck(yaw_towards(self.place, (LECTURER_X[0], 0, LECTURER_Z)))
        self._away = self._neck(yaw_towards(self.place, (x, 0, z)))
        self._away_pitch = 16.0 if (x, z) == papers else 1.0
        self._to_others = self._neck(yaw_towards(self.place, SPOKEN_TO))

    def _neck(self, yaw_deg: float) -> float:
        """A yaw that the neck allows on this body."""
        turn = (yaw_deg - self._yaw_deg + 180) % 360 - 180
        return self._yaw_deg + min(MAX_NECK_DEG, max(-MAX_NECK_DEG, turn))

    def _make_head(self, step: int, eyes_open: bool) -> Sprite:
        share = step / (HEAD_STEPS - 1)
        yaw_deg = self._at_lecturer + (self._away - self._at_lecturer) * share
        pitch_deg = 2 + (self._away_pitch - 2) * share
        solids = people.seated_head(self.looks, yaw_deg, pitch_deg, eyes_open)
        return make_sprite(self.grid, solids, self.place, (-0.24, 0.24, 0.92, 1.46), self._light)

    def _make_talking(self, step: int, mouth: float) -> Sprite:
        yaw_deg = self._at_lecturer + (self._to_others - self._at_lecturer) * step / WORD_STEPS
        solids = people.seated_head(self.looks, yaw_deg, 2, True, mouth)
        return make_sprite(self.grid, solids, self.place, (-0.24, 0.24, 0.92, 1.46), self._light)

    def _head_now(self, t_s: float, act: Act) -> Sprite:
        turn = round(WORD_STEPS * act.attention[self.who]) if self.who is not None else 0
        if turn:
            speaks = turn == WORD_STEPS and act.speaker == self.who
            return self._talking(turn, nearest_mouth(act.opened) if speaks else 0.0)
        away = hump(t_s, 17.0 + self._phase_s / 3, 4.0, 3.5, HEAD_TURN_S)
        step = round(away * (HEAD_STEPS - 1))
        blinks = step == 0 and (t_s % (3.1 + self._phase_s / 12)) < BLINK_S
        return self._head(step, not blinks)

    def sprites(self, t_s: float, act: Act) -> Cast:
        raised = act.raised.get(self.who, 0.0) if self.who is not None else 0.0
        t_s += self._phase_s
        head = self._head_now(t_s, act)
        px_per_m = self.grid.ppd * math.degrees(1) / self.distance
        nod = max(0.0, math.sin(t_s * 0.31)) ** 8 * math.sin(t_s * 6.5)
        sway_x = 0.006 * math.sin(t_s * 0.63) + 0.003 * math.sin(t_s * 1.7)
        sway_y = 0.002 * math.sin(t_s * 1.35) + 0.008 * nod
        swayed = shifted(head, sway_x * px_per_m, sway_y * px_per_m)
        return [*self._arms(raised), (swayed, self.azimuth_deg)]

    def rehearse(self) -> Iterator[Sprite]:
        """Every pose, rendered as it is asked for."""
        yield from (self._head(step, True) for step in range(HEAD_STEPS))
        yield self._head(0, False)
        if self.who is not None:
            yield from (self._talking(step, 0.0) for step in range(1, WORD_STEPS))
            yield from (self._talking(WORD_STEPS, mouth) for mouth in MOUTHS)
        yield from (self.upper(step) for step in range(self._highest + 1) if self.raises)

    def _arms(self, raised: float) -> Cast:
        if not self.raises:
            return []
        return [(self.upper(round(raised * self._highest)), self.azimuth_deg)]


@dataclass(frozen=True)
class Stance:
    """Where the lecturer is and what the body does."""

    x: float
    walking: int  # -1 to the left, 0 standing, 1 to the right
    stride: int
    gesture: int


def stance(t_s: float) -> Stance:
    """The lecturer's walk: explain at one end, stroll to the other, explain there, and back."""
    phase = t_s % STROLL_PERIOD_S
    half = STROLL_PERIOD_S / 2
    leg, within = (1, phase - half) if phase >= half else (0, phase)
    share = min(1.0, within / STROLL_S)
    start, end = LECTURER_X if leg == 0 else LECTURER_X[::-1]
    x = start + (end - start) * smooth(share) if share < 1 else end
    if share < 1:
        stride = int(within / STRIDE_S * STRIDES) % STRIDES
        return Stance(x, 1 if end > start else -1, stride, 0)
    talk_s = within - STROLL_S
    beat = 0.5 - 0.5 * math.cos(talk_s * 1.15) * math.cos(talk_s * 0.37 + 1)
    gesture = smooth(talk_s) * beat * smooth(half - STROLL_S - talk_s)
    return Stance(x, 0, 0, round(gesture * (GESTURES - 1)))


class Lecturer:
    """The lecturer in front of the board, walking slowly, gesturing, speaking."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.distance = math.hypot(sum(LECTURER_X) / 2, LECTURER_Z)
        self.half_deg = math.degrees(math.atan2(REACH_M, self.distance))
        self._place: Point = (0.0, FLOOR_Y, self.distance)  # sprites are made ahead and moved sideways
        self._light = light_at(20)
        self._body, self._head = cache(self._make_body), cache(self._make_head)
        self.shadow = self._make_shadow()

    def _make_body(self, walking: int, stride: int, gesture: int) -> Sprite:
        swing = 0.8 if walking else 0.0
        phase, lifted = stride / STRIDES * 2 * math.pi, gesture / (GESTURES - 1)
        yaw_deg = walking * WALKING_YAW_DEG if walking else STANDING_YAW_DEG
        body = turned(people.standing(LECTURER, phase, swing, lifted), rotation(yaw_deg))
        box = (-REACH_M, REACH_M, 0.0, 1.62)
        return replace(make_sprite(self.grid, body, self._place, box, self._light), behind=True)

    def _make_head(self, yaw_deg: float, mouth: float, eyes_open: bool) -> Sprite:
        solids = people.standing_head(LECTURER, yaw_deg, mouth, eyes_open)
        return make_sprite(self.grid, solids, self._place, (-0.24, 0.24, 1.3, 1.82), self._light)

    def _make_shadow(self) -> Sprite:
        """A soft dark oval on the floor."""
        width, height = round(9 * self.grid.ppd), round(2.2 * self.grid.ppd)
        x = np.linspace(-1, 1, width)[None, :]
        y = np.linspace(-1, 1, height)[:, None]
        image = np.zeros((height, width, 4), np.uint8)
        image[:, :, 3] = np.clip(1 - np.hypot(x, y), 0, 1) ** 1.3 * 120
        foot = math.degrees(math.atan2(FLOOR_Y, self.distance))
        return Sprite(image, -width // 2, round(self.grid.row(foot)) - height // 2, behind=True)

    def rehearse(self) -> Iterator[Sprite]:
        """Every pose, rendered as it is asked for."""
        yield from (self._body(0, 0, gesture) for gesture in range(GESTURES))
        yield from (self._head(yaw, mouth, True) for yaw in LECTURER_YAWS for mouth in MOUTHS)
        yield from (self._head(yaw, 0.0, False) for yaw in LECTURER_YAWS)
        yield from (self._body(side, stride, 0) for side in (-1, 1) for stride in range(STRIDES))

    def azimuth_deg(self, t_s: float) -> float:
        return direction((stance(t_s).x, 0, LECTURER_Z))[0]

    def sprites(self, t_s: float, act: Act) -> Cast:
        now = stance(t_s)
        azimuth = self.azimuth_deg(t_s)
        listened_to, listens = max(((who, act.attention[who]) for who in SEAT_OF), key=lambda one: one[1])
        body = self._body(now.walking, now.stride, round(now.gesture * (1 - listens)))
        glance = math.sin(t_s * 0.43) + 0.6 * math.sin(t_s * 0.19 + 2) + 0.9 * now.walking
        at = min(3, max(0, int((glance + 1.6) / 3.2 * 4)))
        yaw = LECTURER_YAWS[LOOKS_AT[listened_to] if listens > 0.5 else at]
        opened = nearest_mouth(act.opened) if act.speaker == "lecturer" else 0.0
        head = self._head(yaw, opened, opened > 0 or t_s % 3.7 > BLINK_S)
        px_per_m = self.grid.ppd * math.degrees(1) / self.distance
        bob = 0.012 * abs(math.sin(math.pi * t_s / STRIDE_S * 2)) if now.walking else 0.003 * math.sin(t_s * 2.1)
        head = shifted(head, 0.004 * math.sin(t_s * 0.9) * px_per_m, bob * px_per_m)
        return [(self.shadow, azimuth), (body, azimuth), (head, azimuth)]


def nearest_mouth(opened: float) -> float:
    """The shape that is drawn for a mouth that is so far open."""
    return min(MOUTHS, key=lambda shape: abs(shape - opened))


def speech(t_s: float) -> float:
    """How far a mouth that speaks is open when no voice is at hand: syllables."""
    return max(0.0, 0.55 * math.sin(t_s * 21) + 0.35 * math.sin(t_s * 33.7) + 0.15)


@dataclass
class Company:
    """Everybody in the room."""

    participants: list[Participant]
    lecturer: Lecturer

    def rehearse(self) -> Iterator[Sprite]:
        yield from self.lecturer.rehearse()
        for person in self.participants:
            yield from person.rehearse()

    def sprites(self, t_s: float, act: Act, pan_deg: float, reach_deg: float) -> Cast:
        """Who can be seen within `reach_deg` of `pan_deg`, the farthest first."""
        seen: Cast = []
        if _apart(self.lecturer.azimuth_deg(t_s), pan_deg) < reach_deg + self.lecturer.half_deg:
            seen += self.lecturer.sprites(t_s, act)
        for person in self.participants:
            if _apart(person.azimuth_deg, pan_deg) < reach_deg + person.half_deg:
                seen += person.sprites(t_s, act)
        return seen


def _apart(a_deg: float, b_deg: float) -> float:
    return abs((a_deg - b_deg + 180) % 360 - 180)


def gather(grid: Grid, seed: int) -> Company:
    everybody = [Participant(grid, number, seed) for number in range(len(PARTICIPANTS))]
    return Company(sorted(everybody, key=lambda person: -person.distance), Lecturer(grid))
