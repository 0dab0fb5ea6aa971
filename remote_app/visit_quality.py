"""How the line of a visit was, summed up from the robot's heartbeats: no picture, no sound, no address, no name. Pure.

What is kept of a visit can be put together with another part of it, so that a service that starts again in between, or
another node that goes on, makes one sum of it in the end.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeVar

from protocol.ice import MediaPath
from protocol.quality import Verdict
from protocol.state import RobotState, SessionState

MAX_VISITS: Final = 4096  # at one node; more robots than it can serve
MAX_UNTOLD: Final = 4096  # sums while the database is away
SILENT_S: Final = 60.0  # a robot that lost its power never says that the visit is over
GAP_S: Final = 3.0  # a heartbeat comes every second: of more than this between two of them nothing is known
BUCKETS_AN_OCTAVE: Final = 4  # a round trip is known to a tenth, which no person feels
LAST_BUCKET: Final = 64  # 65 seconds; the wire allows 60

Path = Literal["direct", "relay", "rescue"]
K = TypeVar("K", bound=Hashable)
_DIRECT: Final = (MediaPath.HOST, MediaPath.SRFLX)


def bucket(ms: float) -> int:
    """Which step of the scale a round trip belongs to: 0 is below a millisecond."""
    return min(math.floor(BUCKETS_AN_OCTAVE * math.log2(ms)) + 1, LAST_BUCKET) if ms >= 1 else 0


def middle_ms(step: int) -> float:
    """The round trip in the middle of a step of the scale."""
    return 2 ** ((step - 0.5) / BUCKETS_AN_OCTAVE)


def quantile_ms(trips: Mapping[int, float], part: float) -> float | None:
    """The round trip that was not exceeded in this part (0 to 1) of the seconds; None when none was measured."""
    total, until = sum(trips.values()), 0.0
    for step in sorted(trips):
        until += trips[step]
        if until >= part * total:
            return middle_ms(step)
    return None


@dataclass(frozen=True, slots=True)
class Mean:
    """A figure over the seconds in which it was measured."""

    sum: float = 0.0
    seconds: float = 0.0

    @property
    def value(self) -> float | None:
        """None when it never was."""
        return self.sum / self.seconds if self.seconds > 0 else None

    def plus(self, other: Mean) -> Mean:
        """Both together."""
        return Mean(self.sum + other.sum, self.seconds + other.seconds)

    def and_so(self, value: float | None, seconds: float) -> Mean:
        """It was `value` for so long; None was not measured."""
        return self if value is None else Mean(self.sum + value * seconds, self.seconds + seconds)


@dataclass(slots=True)
class VisitQuality:
    """The sum. Seconds by word, by step of the ladder (the wire's names), by path and by step of the round trip.

    Seconds in which nothing was known (the first ones, a robot without a network) stand nowhere. `reconnections` is how
    often another connection took the place of the first: a line that broke, or another tablet.
    """

    began: datetime
    ended: datetime
    verdicts: dict[Verdict, float] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)
    paths: dict[Path, float] = field(default_factory=dict)
    trips: dict[int, float] = field(default_factory=dict)
    loss: Mean = Mean()
    fps: Mean = Mean()
    reconnections: int = 0

    @property
    def judged_s(self) -> float:
        """The seconds that are good, slow or bad."""
        return sum(self.verdicts.values())

    def add(self, state: RobotState, session: SessionState, seconds: float) -> None:
        """It was as this heartbeat says for so long."""
        quality = state.quality
        verdict = quality.verdict if quality is not None else None
        if session.rescue or session.lost_s > 0:  # stills by way of the service, or nothing at all
            verdict = Verdict.BAD
        _more(self.verdicts, verdict, seconds)
        _more(self.paths, path_of(session, quality.path if quality is not None else None), seconds)
        if quality is None:
            return
        _more(self.steps, quality.step.value if quality.step is not None else None, seconds)
        _more(self.trips, bucket(quality.rtt_ms) if quality.rtt_ms is not None else None, seconds)
        shown = quality.numbers.shown_fps if quality.numbers is not None else None
        self.loss = self.loss.and_so(quality.loss, seconds)
        self.fps = self.fps.and_so(shown if shown is not None else quality.fps, seconds)


def path_of(session: SessionState, path: MediaPath | None) -> Path | None:
    """Which of three ways picture and sound go; None while they go none."""
    if session.rescue:
        return "rescue"
    if path is None:
        return None
    return "direct" if path in _DIRECT else "relay"


def joined(one: VisitQuality, other: VisitQuality) -> VisitQuality:
    """Two sums of the same visit: parts of it are added; of two nodes' that heard the same, the longer one counts."""
    if one.began < other.ended and other.began < one.ended:
        return max(one, other, key=lambda part: (part.judged_s, part.ended - part.began))
    return added(one, other)


def added(one: VisitQuality, other: VisitQuality) -> VisitQuality:
    """Two sums of which nothing stands in both: parts of a visit, or visits."""
    return VisitQuality(
        began=min(one.began, other.began),
        ended=max(one.ended, other.ended),
        verdicts=_together(one.verdicts, other.verdicts),
        steps=_together(one.steps, other.steps),
        paths=_together(one.paths, other.paths),
        trips=_together(one.trips, other.trips),
        loss=one.loss.plus(other.loss),
        fps=one.fps.plus(other.fps),
        reconnections=one.reconnections + other.reconnections,
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that is over, or this node's part of it: whose seat at which robot, and how it was."""

    session: str
    robot: str
    seat: str
    quality: VisitQuality


@dataclass(slots=True)
class _Going:
    visit: Visit
    connection: str
    heard_s: float


class QualityDesk:
    """Sums up every session that this node hears of. `ours` says of a session whether its visit is this node's: of
    several nodes that hear it one tells the store. `now` is monotonic seconds, `at` the same moment by the clock."""

    def __init__(self, ours: Callable[[str], bool]) -> None:
        self._ours = ours
        self._going: OrderedDict[str, _Going] = OrderedDict()
        self._untold: list[Visit] = []

    def hear(self, state: RobotState, now: float, at: datetime) -> None:
        """A heartbeat, not a retained one."""
        session = state.session
        if session is None:
            return
        going = self._going.get(session.id)
        if going is None:
            going = self._begin(state.robot, session, now, at)
        quality, seconds = going.visit.quality, now - going.heard_s
        if session.connection != going.connection:
            quality.reconnections += 1
            going.connection = session.connection
        if 0 < seconds <= GAP_S:
            quality.add(state, session, seconds)
        going.heard_s, quality.ended = now, at
        self._going.move_to_end(session.id)

    def over(self, session: str) -> None:
        """The visit is over. Ask before the journal forgets whose it is."""
        going = self._going.pop(session, None)
        if going is not None and self._ours(session):
            self._untold = [*self._untold, going.visit][-MAX_UNTOLD:]

    def tick(self, now: float) -> None:
        """Robots that are silent for long are taken for gone."""
        while self._going:
            session, going = next(iter(self._going.items()))
            if now - going.heard_s < SILENT_S:
                return
            self.over(session)

    def stop(self) -> None:
        """The node goes: what it has is told; another one goes on."""
        for session in tuple(self._going):
            self.over(session)

    def take(self) -> Sequence[Visit]:
        """What the store has not been told; whoever takes it tells it, or gives it `back`."""
        untold, self._untold = self._untold, []
        return untold

    def back(self, visits: Sequence[Visit]) -> None:
        """To be told another time. The newest are kept when they are too many."""
        self._untold = [*visits, *self._untold][-MAX_UNTOLD:]

    def _begin(self, robot: str, session: SessionState, now: float, at: datetime) -> _Going:
        going = _Going(Visit(session.id, robot, session.seat, VisitQuality(at, at)), session.connection, now)
        self._going[session.id] = going
        if len(self._going) > MAX_VISITS:
            self.over(next(iter(self._going)))
        return going


def _more(seconds_by: dict[K, float], key: K | None, seconds: float) -> None:
    if key is not None:
        seconds_by[key] = seconds_by.get(key, 0.0) + seconds


def _together(one: Mapping[K, float], other: Mapping[K, float]) -> dict[K, float]:
    return {key: one.get(key, 0.0) + other.get(key, 0.0) for key in {**one, **other}}
