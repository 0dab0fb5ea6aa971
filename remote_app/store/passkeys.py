"""Passkeys of staff: plain functions over one session of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import hash_of
from remote_app.store.models import STAFF, Person
from remote_app.store.staff_tables import StaffAccount, StaffChallenge, StaffIdentity, StaffPasskey


async def passkeys_of(session: AsyncSession, person: str) -> Sequence[StaffPasskey]:
    """Somebody's passkeys, the oldest first."""
    query = select(StaffPasskey).where(StaffPasskey.person_id == person)
    return (await session.scalars(query.order_by(StaffPasskey.made_at, StaffPasskey.id))).all()


async def known_passkey(session: AsyncSession, credential_id: str) -> StaffPasskey | None:
    """The passkey with this credential id, as long as its person is of the staff and has not left."""
    found: StaffPasskey | None = await session.scalar(
        select(StaffPasskey)
        .join(Person, Person.id == StaffPasskey.person_id)
        .where(StaffPasskey.credential_id == credential_id, Person.left_at.is_(None), Person.role.in_(STAFF))
    )
    return found


async def add_passkey(session: AsyncSession, passkey: StaffPasskey) -> None:
    """One more passkey of its person. Raises IntegrityError for one that is kept already, whosever it is."""
    session.add(passkey)
    await session.flush()


async def count_use(session: AsyncSession, passkey: str, count: int, now: datetime) -> bool:
    """It was used, and its authenticator has counted on to `count`; False, and nothing changed, where it has not.

    One that never counts says 0 (WebAuthn, 6.1.1).
    """
    goes_on = StaffPasskey.sign_count < count
    if count == 0:
        goes_on = StaffPasskey.sign_count == 0
    query = update(StaffPasskey).where(StaffPasskey.id == passkey, goes_on).values(sign_count=count, used_at=now)
    return (await session.execute(query.returning(StaffPasskey.id))).first() is not None


async def burn_challenge(session: AsyncSession, challenge: str, expires: datetime) -> None:
    """The challenge has been answered. Raises IntegrityError for one that was before, here or at another node."""
    session.add(StaffChallenge(challenge_hash=hash_of(challenge), expires=expires))
    await session.flush()


async def rename_passkey(session: AsyncSession, person: str, passkey: str, name: str) -> bool:
    """Another name for one of their own; False where it is none of theirs."""
    row = await _own(session, person, passkey)
    if row is None:
        return False
    row.name = name
    await session.flush()
    return True


async def remove_passkey(session: AsyncSession, person: str, passkey: str) -> bool:
    """One of their own works no longer; False where it is none of theirs. Two removals wait for each other."""
    await session.get(Person, person, with_for_update=True)
    if await _own(session, person, passkey) is None:
        return False
    await session.execute(delete(StaffPasskey).where(StaffPasskey.id == passkey))
    return True


async def can_log_in(session: AsyncSession, person: str, rp_id: str, issuer: str) -> bool:
    """Whether somebody has a way in: a password, who they are at `issuer`, or a passkey at `rp_id`."""
    passkey = exists().where(StaffPasskey.person_id == person, StaffPasskey.rp_id == rp_id)
    password = exists().where(StaffAccount.person_id == person)
    provider = exists().where(StaffIdentity.person_id == person, StaffIdentity.issuer == issuer)
    return bool(await session.scalar(select(or_(passkey, password, provider))))


async def _own(session: AsyncSession, person: str, passkey: str) -> StaffPasskey | None:
    row = await session.get(StaffPasskey, passkey)
    return row if row is not None and row.person_id == person else None
