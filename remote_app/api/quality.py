"""How the lines of a course's visits were, summed up by meeting and site. No name, no seat, no robot, no hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy import select

from protocol.quality import Share, Verdict
from protocol.state import PictureStep
from remote_app.api.bodies import Page
from remote_app.api.calls import Call, Reply
from remote_app.api.courses import course_of
from remote_app.api.tables import as_csv
from remote_app.store.models import Meeting, Site
from remote_app.store.quality import visits_of
from remote_app.visit_quality import VisitQuality, added, quantile_ms

HEAD: Final = (
    "møte",
    "begynner",
    "kommune",
    "sted",
    "besøk",
    "minutter",
    "god (%)",
    "treg (%)",
    "dårlig (%)",
    "bilder i sekundet",
    "tap (%)",
    "rundtur, median (ms)",
    "rundtur, 95 % (ms)",
    "nye tilkoblinger",
    "minutter direkte",
    "minutter over tjener",
    "minutter over kurstjenesten",
    "laveste bilde",
)
STEPS: Final[Mapping[PictureStep, str]] = {
    PictureStep.P720: "720 linjer",
    PictureStep.P540: "540 linjer",
    PictureStep.P360: "360 linjer",
    PictureStep.P180: "180 linjer",
    PictureStep.P180_20: "180 linjer, 20 i sekundet",
    PictureStep.STILLS: "stillbilder",
    PictureStep.SOUND_ONLY: "bare lyd",
}

Minutes = Annotated[int, Field(ge=0)]


class QualityOut(BaseModel):
    """The visits of a site in a meeting, as one sum. What was never measured is null.

    `minutes` is how long people were in, in all; `good`, `slow` and `bad` are shares of the time of which something was
    known, the minutes by path too. `lowest` is the lowest step of the picture's ladder that was reached.
    """

    meeting: str
    number: int
    starts_at: datetime
    municipality: str
    site: str
    visits: int
    minutes: Minutes
    good: Share | None
    slow: Share | None
    bad: Share | None
    fps: float | None
    loss_percent: float | None
    rtt_median_ms: int | None
    rtt_p95_ms: int | None
    reconnections: int
    minutes_direct: Minutes
    minutes_relay: Minutes
    minutes_rescue: Minutes
    lowest: PictureStep | None


async def quality(call: Call) -> Reply:
    """By meeting and site, oldest first; where nobody was in, there is nothing."""
    return Reply(Page[QualityOut](items=tuple(await _quality(call))))


async def quality_csv(call: Call) -> Reply:
    """The same as a table, times in the course's zone."""
    zone = ZoneInfo(call.desk.time_zone)
    return as_csv("forbindelse.csv", HEAD, [_cells(one, zone) for one in await _quality(call)])


async def _quality(call: Call) -> Sequence[QualityOut]:
    course = await course_of(call)
    query = select(Meeting).where(Meeting.course_id == course.id).order_by(Meeting.starts_at)
    meetings = {meeting.id: meeting for meeting in await call.session.scalars(query)}
    sites = {site.id: site for site in await call.session.scalars(select(Site))}
    visits: defaultdict[tuple[str, str], list[VisitQuality]] = defaultdict(list)
    for row, found in await visits_of(call.session, meetings):
        visits[row.meeting_id, row.site].append(found)
    order = {meeting: place for place, meeting in enumerate(meetings)}
    return [
        _out(meetings[meeting], sites.get(site), site, visits[meeting, site])
        for meeting, site in sorted(visits, key=lambda key: (order[key[0]], key[1]))
    ]


def _out(meeting: Meeting, site: Site | None, site_id: str, visits: Sequence[VisitQuality]) -> QualityOut:
    whole = reduce(added, visits)
    inside = sum((one.ended - one.began for one in visits), timedelta()).total_seconds()
    loss, median, slowest = whole.loss.value, quantile_ms(whole.trips, 0.5), quantile_ms(whole.trips, 0.95)
    return QualityOut(
        meeting=meeting.id,
        number=meeting.number,
        starts_at=meeting.starts_at,
        municipality=site.municipality if site is not None else "",
        site=site.name if site is not None else site_id,
        visits=len(visits),
        minutes=_minutes(inside),
        good=_share(whole, Verdict.GOOD),
        slow=_share(whole, Verdict.SLOW),
        bad=_share(whole, Verdict.BAD),
        fps=None if whole.fps.value is None else round(whole.fps.value, 1),
        loss_percent=None if loss is None else round(100 * loss, 1),
        rtt_median_ms=None if median is None else round(median),
        rtt_p95_ms=None if slowest is None else round(slowest),
        reconnections=whole.reconnections,
        minutes_direct=_minutes(whole.paths.get("direct", 0.0)),
        minutes_relay=_minutes(whole.paths.get("relay", 0.0)),
        minutes_rescue=_minutes(whole.paths.get("rescue", 0.0)),
        lowest=_lowest(whole.steps),
    )


def _minutes(seconds: float) -> int:
    return round(seconds / 60)


def _share(whole: VisitQuality, verdict: Verdict) -> float | None:
    return round(whole.verdicts.get(verdict, 0.0) / whole.judged_s, 3) if whole.judged_s > 0 else None


def _lowest(steps: Mapping[str, float]) -> PictureStep | None:
    reached = [step for step in PictureStep if steps.get(step.value, 0.0) > 0]
    return reached[-1] if reached else None


def _cells(one: QualityOut, zone: ZoneInfo) -> tuple[int | float | str | None, ...]:
    shares = (one.good, one.slow, one.bad)
    return (
        one.number,
        f"{one.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
        one.municipality,
        one.site,
        one.visits,
        one.minutes,
        *(None if share is None else round(100 * share, 1) for share in shares),
        one.fps,
        one.loss_percent,
        one.rtt_median_ms,
        one.rtt_p95_ms,
        one.reconnections,
        one.minutes_direct,
        one.minutes_relay,
        one.minutes_rescue,
        STEPS[one.lowest] if one.lowest is not None else None,
    )
