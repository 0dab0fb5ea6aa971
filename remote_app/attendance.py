"""Who was there and how long, from the access log: by meeting and seat, without a name. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from remote_app.invited import OPENS_BEFORE, STAYS_AFTER, Times

WATCHING: Final = "watching"  # how the log's detail begins for somebody who only looks on
COMES, GOES = frozenset(("entered", "handed_over")), "left"
Place = tuple[str, str]
"""Robot and seat, by their names on the wire."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of the access log, as far as it is about coming and going."""

    at: datetime
    deed: str
    robot: str
    seat: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attended:
    """A seat in a meeting: how often somebody came, and how long the seat was taken in all."""

    meeting: str
    robot: str
    seat: str
    visits: int
    time: timedelta


def attended(
    seats: Sequence[Place], meetings: Sequence[tuple[str, Times]], log: Iterable[Seen], now: datetime
) -> Iterator[Attended]:
    """Every seat in every meeting that has begun, oldest first; a seat that stayed empty too, with nothing.

    `log` is oldest first. Counted is what lies within the links' window of the meeting; a visit whose end is not in
    the log, as when a robot lost its power, lasts until the meeting's end at most.
    """
    lines: defaultdict[Place, list[Seen]] = defaultdict(list)
    for line in log:
        if not line.detail.startswith(WATCHING):
            lines[line.robot, line.seat].append(line)
    for meeting, (starts, ends) in meetings:
        if starts > now:
            return
        window = (starts - OPENS_BEFORE, min(ends + STAYS_AFTER, now))
        for robot, seat in seats:
            visits = list(_visits(lines[robot, seat], window, min(ends, now)))
            time = sum(((until - since) for since, until in visits), timedelta())
            yield Attended(meeting, robot, seat, len(visits), time)


def _visits(lines: Iterable[Seen], window: Times, unended: datetime) -> Iterator[Times]:
    since: datetime | None = None
    for line in lines:
        if not window[0] <= line.at < window[1]:
            continue
        if line.deed in COMES and since is None:
            since = line.at
        elif line.deed == GOES and since is not None:
            yield since, line.at
            since = None
    if since is not None:
        yield since, max(since, unended)
