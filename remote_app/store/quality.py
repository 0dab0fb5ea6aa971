"""How the lines of visits were: one row for each visit of a meeting, of a seat and of nobody by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.quality import Verdict
from remote_app.access import hash_of
from remote_app.invited import OPENS_BEFORE, STAYS_AFTER, distance
from remote_app.store.chain import ChainKey
from remote_app.store.engine import Store
from remote_app.store.errors import StoreOffError
from remote_app.store.models import Course, Meeting, Robot, Seat
from remote_app.store.quality_table import ID_CHARS, VisitRow
from remote_app.visit_quality import Mean, Path, Visit, VisitQuality, joined, quantile_ms


async def keep_visits(store: Store, visits: Iterable[Visit]) -> int:
    """Writes what is known of these visits; how many were of a meeting, and only those are kept. Raises StoreError, and
    then nothing was written."""
    try:
        async with store.write() as session:
            return sum([await _keep(session, visit) for visit in visits])
    except IntegrityError as error:  # another node has just written the same, or the meeting was deleted: again
        raise StoreOffError("somebody else wrote the same row at the same moment") from error


async def visits_of(session: AsyncSession, meetings: Iterable[str]) -> Sequence[tuple[VisitRow, VisitQuality]]:
    """The visits of these meetings, oldest first."""
    query = select(VisitRow).where(VisitRow.meeting_id.in_(tuple(meetings))).order_by(VisitRow.began_at, VisitRow.id)
    return [(row, quality_of(row)) for row in await session.scalars(query)]


async def delete_visits(session: AsyncSession, _: ChainKey, cutoff: datetime) -> int:
    """Deletes those that were over before this moment; how many."""
    gone = await session.execute(delete(VisitRow).where(VisitRow.ended_at < cutoff).returning(VisitRow.id))
    return len(gone.all())


def quality_of(row: VisitRow) -> VisitQuality:
    """The sum that stands in a row."""
    verdicts = {Verdict.GOOD: row.good_s, Verdict.SLOW: row.slow_s, Verdict.BAD: row.bad_s}
    ways: tuple[tuple[Path, float], ...] = (
        ("direct", row.direct_s),
        ("relay", row.relay_s),
        ("rescue", row.rescue_s),
    )
    return VisitQuality(
        began=row.began_at,
        ended=row.ended_at,
        verdicts={word: seconds for word, seconds in verdicts.items() if seconds},
        steps=dict(row.steps),
        paths={path: seconds for path, seconds in ways if seconds},
        trips={int(step): seconds for step, seconds in row.trips.items()},
        loss=Mean((row.loss or 0.0) * row.loss_s, row.loss_s),
        fps=Mean((row.fps or 0.0) * row.fps_s, row.fps_s),
        reconnections=row.reconnections,
    )


async def _keep(session: AsyncSession, visit: Visit) -> bool:
    found = await _meeting_of(session, visit)
    if found is None:
        return False
    meeting, site = found
    key = hash_of(visit.session)[:ID_CHARS]
    row = await session.get(VisitRow, key, with_for_update=True)
    quality = visit.quality
    if row is None:
        row = VisitRow(id=key, meeting_id=meeting, site=site, robot=visit.robot, seat=visit.seat)
        session.add(row)
    else:
        quality = joined(quality_of(row), quality)
    _fill(row, quality)
    await session.flush()
    return True


async def _meeting_of(session: AsyncSession, visit: Visit) -> tuple[str, str] | None:
    """The meeting that was nearest in time, and the site where the robot stands; None outside of every meeting."""
    began, ended = visit.quality.began, visit.quality.ended
    query = (
        select(Meeting, Robot.site_id)
        .join(Course, Course.id == Meeting.course_id)
        .join(Seat, Seat.course_id == Meeting.course_id)
        .join(Robot, Robot.id == Seat.robot_id)
        .where(
            Seat.robot_id == visit.robot,
            Seat.name == visit.seat,
            Course.deleted_at.is_(None),
            Meeting.starts_at <= ended + OPENS_BEFORE,
            Meeting.ends_at >= began - STAYS_AFTER,
        )
    )
    middle = began + (ended - began) / 2
    far = [
        (distance([(one.starts_at, one.ends_at)], middle), one.id, site)
        for one, site in (await session.execute(query)).all()
    ]
    near = sorted((away, meeting, site) for away, meeting, site in far if away is not None)
    return (near[0][1], near[0][2]) if near else None


def _fill(row: VisitRow, quality: VisitQuality) -> None:
    row.began_at, row.ended_at = quality.began, quality.ended
    row.good_s = quality.verdicts.get(Verdict.GOOD, 0.0)
    row.slow_s = quality.verdicts.get(Verdict.SLOW, 0.0)
    row.bad_s = quality.verdicts.get(Verdict.BAD, 0.0)
    row.direct_s = quality.paths.get("direct", 0.0)
    row.relay_s = quality.paths.get("relay", 0.0)
    row.rescue_s = quality.paths.get("rescue", 0.0)
    row.rtt_median_ms, row.rtt_p95_ms = quantile_ms(quality.trips, 0.5), quantile_ms(quality.trips, 0.95)
    row.loss, row.loss_s = quality.loss.value, quality.loss.seconds
    row.fps, row.fps_s = quality.fps.value, quality.fps.seconds
    row.reconnections = quality.reconnections
    row.steps = dict(quality.steps)
    row.trips = {str(step): seconds for step, seconds in quality.trips.items()}
