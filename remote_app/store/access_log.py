"""The access log in the database: who came in, who was refused, who did what, for as long as `retention.py` says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, false, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.invited import OPENS_BEFORE, STAYS_AFTER
from remote_app.store.chain import ChainKey, Check, Deed, Entry, Head, Sealed
from remote_app.store.errors import LogBrokenError
from remote_app.store.models import AccessEntry, AccessHead, Invitation, Meeting, Person, Robot, Seat

BATCH: Final = 200  # rows at a time: a check while a meeting goes on holds nobody up for longer than they take
BROKEN: Final = "broken"  # the seal of nothing


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the whole log found: `fault` in words, empty when the log is unbroken."""

    entries: int
    head: Head
    fault: str


async def append(session: AsyncSession, key: ChainKey, entries: Iterable[Entry]) -> Head:
    """Adds the entries in this order, after everything that any node has added. The head that came of it.

    A head that somebody has changed stays unsealed, so that the log goes on and the fault is still found.
    """
    row = await _locked_head(session)
    head, rows = _head(row), []
    intact = key.sealed(head, row.seal)
    if not intact:
        head = await _last_of(session, head)
    for entry in entries:
        sealed = key.add(head, entry)
        head = head.after(sealed)
        rows.append(_row(sealed))
    if rows:
        await session.execute(insert(AccessEntry), rows)
        _write_head(row, head, key.seal(head) if intact else BROKEN)
        await session.flush()
    return head


async def check_log(session: AsyncSession, key: ChainKey) -> Checked:
    """Goes through the whole log."""
    row = (await session.execute(select(AccessHead))).scalar_one_or_none()
    if row is None:
        return Checked(0, Head(), "the log's head is missing")
    check, count = Check(key, _head(row), row.seal), 0
    stream = await session.stream_scalars(
        select(AccessEntry).order_by(AccessEntry.seq).execution_options(yield_per=BATCH)
    )
    async for found in stream:
        count += 1
        try:
            check.take(sealed_of(found))
        except ValueError:  # no deed, no word: not as we write them
            check.fault = check.fault or f"entry {found.seq} is not as it was written"
    return Checked(count, _head(row), check.end())


async def newest(
    session: AsyncSession, limit: int = 100, *, sites: Collection[str] | None = None, before: int | None = None
) -> Sequence[Sealed]:
    """The newest entries, the newest first. A leader sees those of the robots at `sites`; None is everything.

    `before` is a number: only older ones, to turn the page.
    """
    conditions = [*([at_sites(sites)] if sites is not None else []), *([earlier(before)] if before is not None else [])]
    return [sealed_of(row) for row in await newest_rows(session, limit, conditions)]


async def newest_rows(
    session: AsyncSession, limit: int, conditions: Sequence[ColumnElement[bool]]
) -> Sequence[AccessEntry]:
    """As `newest`, of those that fulfil all conditions, as they stand in the database: one that somebody else has
    written is shown too."""
    query = select(AccessEntry).where(*conditions).order_by(AccessEntry.seq.desc()).limit(limit)
    return (await session.scalars(query)).all()


def at_sites(sites: Collection[str]) -> ColumnElement[bool]:
    """Of the robots that stand at one of these."""
    return AccessEntry.robot.in_(select(Robot.id).where(Robot.site_id.in_(sites)))


def earlier(number: int) -> ColumnElement[bool]:
    """Before the entry of this number."""
    return AccessEntry.seq < number


def of_meetings(course: str, meetings: Iterable[Meeting]) -> ColumnElement[bool]:
    """At the robots of the course, while the links of these meetings are good."""
    robots = select(Seat.robot_id).where(Seat.course_id == course)
    times = [AccessEntry.at.between(one.starts_at - OPENS_BEFORE, one.ends_at + STAYS_AFTER) for one in meetings]
    return and_(AccessEntry.robot.in_(robots), or_(false(), *times))


def by_links(course: str) -> ColumnElement[bool]:
    """About the course's own links, at any time."""
    query = select(Invitation.id).join(Person, Person.id == Invitation.person_id).where(Person.course_id == course)
    return AccessEntry.link.in_(query)


async def delete_before(session: AsyncSession, key: ChainKey, cutoff: datetime) -> int:
    """Deletes the oldest entries, up to the first one that is not older than `cutoff`. How many; the chain holds.

    Raises LogBrokenError when the head is not as it was written: deleting would cover the traces.
    """
    row = await _locked_head(session)
    kept = await session.scalar(
        select(AccessEntry.seq).where(AccessEntry.at >= cutoff).order_by(AccessEntry.seq).limit(1)
    )
    old = select(AccessEntry).order_by(AccessEntry.seq.desc()).limit(1)
    last = await session.scalar(old if kept is None else old.where(AccessEntry.seq < kept))
    if last is None:
        return 0
    if not key.sealed(_head(row), row.seal):
        raise LogBrokenError("the access log was changed by somebody else; nothing is deleted: av1-app log --check")
    gone = await session.execute(delete(AccessEntry).where(AccessEntry.seq <= last.seq).returning(AccessEntry.seq))
    head = _head(row).without(sealed_of(last))
    _write_head(row, head, key.seal(head))
    await session.flush()
    return len(gone.all())


def sealed_of(row: AccessEntry) -> Sealed:
    """The row as an entry. Raises ValueError for one that this program has not written."""
    entry = Entry(
        at=row.at,
        deed=Deed(row.deed),
        robot=row.robot,
        seat=row.seat,
        role=row.role,
        link=row.link,
        by=row.done_by,
        detail=row.detail,
    )
    return Sealed(row.seq, entry, row.mac)


async def _locked_head(session: AsyncSession) -> AccessHead:
    """The head; other nodes wait until this transaction ends (SQLite's has the lock from its beginning)."""
    query = select(AccessHead).with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:  # somebody has removed it
        row = AccessHead(id=1)
        _write_head(row, Head(), BROKEN)
        session.add(row)
        await session.flush()
    return row


async def _last_of(session: AsyncSession, head: Head) -> Head:
    """A head at the last entry that is there, whatever the one in the database says."""
    last = await session.scalar(select(AccessEntry).order_by(AccessEntry.seq.desc()).limit(1))
    return head if last is None else Head(head.first_seq, head.first_mac, last.seq, last.mac)


def _head(row: AccessHead) -> Head:
    return Head(row.first_seq, row.first_mac, row.last_seq, row.last_mac)


def _write_head(row: AccessHead, head: Head, seal: str) -> None:
    row.first_seq, row.first_mac = head.first_seq, head.first_mac
    row.last_seq, row.last_mac = head.last_seq, head.last_mac
    row.seal = seal


def _row(sealed: Sealed) -> dict[str, object]:
    entry = sealed.entry
    return {
        "seq": sealed.seq,
        "at": entry.at,
        "deed": entry.deed.value,
        "robot": entry.robot,
        "seat": entry.seat,
        "role": entry.role,
        "link": entry.link,
        "done_by": entry.by,
        "detail": entry.detail,
        "mac": sealed.mac,
    }
