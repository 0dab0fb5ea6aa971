"""The course by the clock: who says what when, which slide is shown, whose hand is up.

Pure: everything is a function of the time and a seed. Picture and sound ask the same program, so they agree.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, Literal, get_args

import numpy as np

Person = Literal["lecturer", "bjorg", "liv", "samuel", "turid"]
PEOPLE: Final[tuple[Person, ...]] = get_args(Person)
HAND_RAISERS: Final[tuple[Person, ...]] = ("bjorg", "liv", "samuel", "turid")

LETTER_S: Final = 0.082  # at ORDINARY_PACE, generous: a line must be over before the next begins
LINE_S: Final = 0.5
ORDINARY_PACE: Final = 140  # words a minute
GAP_S: Final = (0.3, 0.9)  # between two lines
SCENE_GAP_S: Final = (1.2, 2.2)
HAND_BEFORE_S: Final = 6.0  # a hand is up so long before its owner has the word
RAISE_S: Final = 0.9
TURN_S: Final = 0.6  # a head turns so long


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody speaks: espeak-ng's voice, words a minute, pitch and its range (0..99)."""

    voice: str
    pace: int
    pitch: int
    melody: int


MANNERS: Final[dict[Person, Manner]] = {
    "lecturer": Manner("nb+f2", 140, 45, 60),
    "bjorg": Manner("nb+f5", 126, 32, 45),
    "liv": Manner("nb+f4", 158, 68, 70),
    "samuel": Manner("nb+m3", 142, 38, 50),
    "turid": Manner("nb+f1", 150, 50, 40),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What the lecturer says to a slide, and what is answered; the seed says in which order."""

    slide: int
    said: tuple[str, ...]
    answers: tuple[tuple[Person, str], ...] = ()


SCENES: Final = (
    Scene(
        0,
        (
            "Velkommen til det tredje møtet i Mestringstreff.",
            "Noen sitter her i rommet, og noen er med oss fra andre kommuner.",
            "Hvordan har uka vært?",
        ),
        (
            ("bjorg", "Jeg har gått en liten tur hver dag. Det ga krefter."),
            ("samuel", "Jeg har sovet bedre denne uka."),
        ),
    ),
    Scene(
        1,
        (
            "Mange merker at kreftene varierer fra dag til dag.",
            "Derfor kan det hjelpe å planlegge pauser før du blir sliten.",
        ),
        (("liv", "Hvor lang bør en pause være?"), ("turid", "For meg er ti minutter nok.")),
    ),
    Scene(
        2,
        (
            "Små mål er lettere å nå enn store, og de gir like mye glede.",
            "Hva er et lite mål for deg?",
        ),
        (("turid", "Jeg vil ringe en venn på fredag."), ("liv", "Jeg vil lage middag to ganger.")),
    ),
    Scene(3, ("Nå tar vi en kaffepause til kvart over elleve.",)),
    Scene(
        4,
        ("Er det noen som har spørsmål så langt?",),
        (("bjorg", "Kan vi få arket med hjem?"), ("samuel", "Når er neste møte?")),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody says, as `LINES` numbers them, and the slide that is shown meanwhile."""

    who: Person
    text: str
    slide: int

    @property
    def speaks_s(self) -> float:
        """How long it takes at the most."""
        return LINE_S + len(self.text) * LETTER_S * ORDINARY_PACE / MANNERS[self.who].pace


def _lines() -> tuple[Line, ...]:
    return tuple(
        line
        for scene in SCENES
        for line in (
            *(Line("lecturer", text, scene.slide) for text in scene.said),
            *(Line(who, text, scene.slide) for who, text in scene.answers),
        )
    )


LINES: Final = _lines()
"""Everything that is ever said; what has a number has it from here."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A line with its time: it begins at `begins_s` (Unix), is spoken for `speaks_s` at the most."""

    line: int
    begins_s: float
    speaks_s: float

    @property
    def who(self) -> Person:
        return LINES[self.line].who

    @property
    def slide(self) -> int:
        return LINES[self.line].slide


def smooth(x: float) -> float:
    """0 below 0, 1 above 1, without a corner between."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def hump(t_s: float, period_s: float, start_s: float, length_s: float, ramp_s: float) -> float:
    """0, then up to 1 within `ramp_s`, `length_s` later down again, once a period."""
    phase = (t_s - start_s) % period_s
    return min(smooth(phase / ramp_s), 1 - smooth((phase - length_s) / ramp_s))


class Program:
    """The same again and again, every `length_s`; with `who`, that person's lines alone."""

    def __init__(self, seed: int, who: Person | None = None) -> None:
        rng = np.random.default_rng(seed)
        order = [(line, gap) for line, gap in _order(rng) if who in (None, LINES[line].who)]
        lasts_s = [LINES[line].speaks_s + gap for line, gap in order]
        begins = [0.0, *accumulate(lasts_s)]
        self.length_s = begins[-1]
        self._cues = tuple(
            Cue(line, at_s, LINES[line].speaks_s) for (line, _), at_s in zip(order, begins[:-1], strict=True)
        )
        self._begins = begins[:-1]

    @property
    def cues(self) -> tuple[Cue, ...]:
        """The first time through, from 0 s."""
        return self._cues

    def at(self, t_s: float) -> Cue:
        """The line that was begun last."""
        before_s = math.floor(t_s / self.length_s) * self.length_s  # the same for all of one time through
        cue = self._cues[max(0, bisect_right(self._begins, t_s - before_s) - 1)]
        return Cue(cue.line, before_s + cue.begins_s, cue.speaks_s)

    def raised(self, who: Person, t_s: float) -> float:
        """How far up this one's hand is, 0..1: up before every line of one who raises hands."""
        if who not in HAND_RAISERS:
            return 0.0
        starts = (cue.begins_s - HAND_BEFORE_S for cue in self._cues if cue.who == who)
        return max((hump(t_s, self.length_s, at_s, HAND_BEFORE_S, RAISE_S) for at_s in starts), default=0.0)

    def attention(self, who: Person, t_s: float) -> float:
        """How much this one has the word, 0..1: for heads, which have turned when the line begins."""
        spoken = ((cue.begins_s - TURN_S, cue.speaks_s + TURN_S) for cue in self._cues if cue.who == who)
        return max((hump(t_s, self.length_s, at_s, lasts_s, TURN_S) for at_s, lasts_s in spoken), default=0.0)


def _order(rng: np.random.Generator) -> list[tuple[int, float]]:
    """Numbers of lines, each with the pause after it."""
    order: list[tuple[int, float]] = []
    ends = [*accumulate((len(scene.said) + len(scene.answers) for scene in SCENES), initial=0)]
    for scene, (first, last) in zip(SCENES, pairwise(ends), strict=True):
        said = range(first, first + len(scene.said))
        answers = rng.permutation(np.arange(said.stop, last))
        numbers = [*said, *(int(number) for number in answers)]
        gaps = [*(rng.uniform(*GAP_S) for _ in numbers[1:]), rng.uniform(*SCENE_GAP_S)]
        order += zip(numbers, (float(gap) for gap in gaps), strict=True)
    return order
