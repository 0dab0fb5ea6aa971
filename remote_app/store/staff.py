"""Accounts, sessions and one-time links of staff: plain functions over one session of the database.

Tokens are random; what is kept of them is SHA-256, so that whoever reads the database cannot log in with it.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import hash_of
from remote_app.store.errors import StoreValueError
from remote_app.store.models import STAFF, Person, PersonRole, PersonSite, Robot, Site
from remote_app.store.staff_tables import StaffAccount, StaffIdentity, StaffLink, StaffPasskey, StaffSession

TOKEN_BYTES: Final = 32
LINK_GOOD_FOR: Final = timedelta(hours=24)
WAYS_IN: Final = (StaffAccount, StaffIdentity, StaffPasskey)  # what somebody can log in with


async def account_of(session: AsyncSession, login: str) -> StaffAccount | None:
    """The account with this name, as long as its person has not left."""
    found: StaffAccount | None = await session.scalar(
        select(StaffAccount)
        .join(Person, Person.id == StaffAccount.person_id)
        .where(StaffAccount.login == login, Person.left_at.is_(None))
    )
    return found


async def set_account(session: AsyncSession, person: str, login: str, password_hash: str, now: datetime) -> None:
    """A person's name and password, in place of those before. Raises StoreValueError for somebody else's name."""
    other = await session.scalar(select(StaffAccount.person_id).where(StaffAccount.login == login))
    if other is not None and other != person:
        raise StoreValueError("staff_accounts.login", "is taken by somebody else")
    await session.merge(StaffAccount(person_id=person, login=login, password_hash=password_hash, changed_at=now))
    await session.flush()


async def begin_session(session: AsyncSession, person: str, now: datetime) -> str:
    """The token of a new session, which nothing else knows."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(StaffSession(token_hash=hash_of(token), person_id=person, began_at=now, seen_at=now))
    await session.flush()
    return token


async def people_of_sessions(
    session: AsyncSession, hashes: Collection[str], now: datetime, idle: timedelta, longest: timedelta
) -> dict[str, tuple[Person, datetime]]:
    """Whose sessions they are and when each was seen last; without those that are over, or whose person has left."""
    rows = await session.execute(
        select(StaffSession.token_hash, Person, StaffSession.seen_at)
        .join(StaffSession, StaffSession.person_id == Person.id)
        .where(
            StaffSession.token_hash.in_(hashes),
            StaffSession.seen_at > now - idle,
            StaffSession.began_at > now - longest,
            Person.left_at.is_(None),
            Person.role.in_(STAFF),
        )
    )
    return {token_hash: (person, seen_at) for token_hash, person, seen_at in rows}


async def sites_of(session: AsyncSession, persons: Collection[str]) -> dict[str, frozenset[str]]:
    """The sites that each of them answers for."""
    query = select(PersonSite.person_id, PersonSite.site_id).where(PersonSite.person_id.in_(persons))
    return await _grouped(session, query)


async def robots_at(session: AsyncSession, sites: Collection[str]) -> dict[str, frozenset[str]]:
    """The robots that stand at each of these sites."""
    return await _grouped(session, select(Robot.site_id, Robot.id).where(Robot.site_id.in_(sites)))


async def _grouped(session: AsyncSession, query: Select[str, str]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in await session.execute(query):
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}


async def touch_sessions(session: AsyncSession, hashes: Collection[str], now: datetime) -> None:
    """These were used now."""
    await session.execute(update(StaffSession).where(StaffSession.token_hash.in_(hashes)).values(seen_at=now))


async def end_session(session: AsyncSession, token: str) -> str | None:
    """Logs out; whose session it was, None for one that is not known."""
    query = delete(StaffSession).where(StaffSession.token_hash == hash_of(token)).returning(StaffSession.person_id)
    found: str | None = (await session.execute(query)).scalar_one_or_none()
    return found


async def end_sessions(session: AsyncSession, person: str) -> None:
    """Logs a person out everywhere."""
    await session.execute(delete(StaffSession).where(StaffSession.person_id == person))


async def person_of_identity(session: AsyncSession, issuer: str, subject: str) -> Person | None:
    """Who this is at an OpenID provider, as long as they have not left."""
    row = await session.get(StaffIdentity, (issuer, subject))
    person = await session.get(Person, row.person_id) if row is not None else None
    return person if person is not None and person.left_at is None else None


async def is_kept_out(session: AsyncSession, issuer: str, subject: str) -> bool:
    """Whether this is somebody who was deactivated: whatever the provider says, they stay out."""
    row = await session.get(StaffIdentity, (issuer, subject))
    person = await session.get(Person, row.person_id) if row is not None else None
    return person is not None and person.left_at is not None


async def set_identity(session: AsyncSession, person: str, issuer: str, subject: str) -> None:
    """From now on this person comes in by that identity."""
    await session.merge(StaffIdentity(issuer=issuer, subject=subject, person_id=person))
    await session.flush()


async def known_sites(session: AsyncSession, sites: Collection[str]) -> frozenset[str]:
    """Those of the sites that there are."""
    return frozenset(await session.scalars(select(Site.id).where(Site.id.in_(sites))))


async def has_administrator(session: AsyncSession) -> bool:
    """Whether somebody runs this service, and can log in."""
    can = or_(*(exists().where(table.person_id == Person.id) for table in WAYS_IN))
    query = select(Person.id).where(Person.role == PersonRole.ADMINISTRATOR, Person.left_at.is_(None), can).limit(1)
    return await session.scalar(query) is not None


async def new_link(session: AsyncSession, person: str | None, now: datetime) -> str:
    """The token of a link to make an account with, once; earlier ones for the same are worth nothing any more."""
    await session.execute(delete(StaffLink).where(_for(person)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(StaffLink(token_hash=hash_of(token), person_id=person, expires=now + LINK_GOOD_FOR))
    await session.flush()
    return token


async def look_at_link(session: AsyncSession, token: str, now: datetime) -> StaffLink | None:
    """The link, if it is still good."""
    link = await session.get(StaffLink, hash_of(token))
    if link is None or link.expires <= now:
        return None
    if link.person_id is None:
        return None if await has_administrator(session) else link
    person = await session.get(Person, link.person_id)
    return link if person is not None and person.left_at is None else None


async def use_link(session: AsyncSession, token: str, now: datetime) -> StaffLink | None:
    """Uses the link up, with every other one for the same; None when it is not good, or somebody was first."""
    link = await look_at_link(session, token, now)
    if link is None:
        return None
    query = delete(StaffLink).where(_for(link.person_id)).returning(StaffLink.token_hash)
    gone = frozenset((await session.execute(query)).scalars())  # waits for whoever uses one at this moment
    if hash_of(token) not in gone:
        return None
    if link.person_id is None and await has_administrator(session):
        return None
    return link


async def staff_people(session: AsyncSession, *, left: bool = False) -> Sequence[Person]:
    """Everybody of the staff by name; who has left, only with `left`."""
    query = select(Person).where(Person.role.in_(STAFF)).order_by(Person.display_name, Person.id)
    return (await session.scalars(query if left else query.where(Person.left_at.is_(None)))).all()


async def of_staff(session: AsyncSession, person: str) -> Person | None:
    """Somebody of the staff, who may have left; None for nobody's id."""
    row = await session.get(Person, person)
    return row if row is not None and row.role in STAFF else None


@dataclass(frozen=True, slots=True)
class Known:
    """Whether somebody has anything to log in with, and when a session of theirs was used last."""

    can_log_in: bool
    seen_at: datetime | None


async def how_known(session: AsyncSession, person: str) -> Known:
    """What is known of somebody's logins."""
    ways = [await session.scalar(select(exists().where(table.person_id == person))) for table in WAYS_IN]
    seen: datetime | None = await session.scalar(
        select(StaffSession.seen_at)
        .where(StaffSession.person_id == person)
        .order_by(StaffSession.seen_at.desc())
        .limit(1)
    )
    return Known(any(ways), seen)


async def sessions_of(session: AsyncSession, person: str) -> Sequence[StaffSession]:
    """Where somebody is logged in, the newest use first."""
    query = select(StaffSession).where(StaffSession.person_id == person).order_by(StaffSession.seen_at.desc())
    return (await session.scalars(query)).all()


async def end_other_sessions(session: AsyncSession, person: str, kept: str) -> None:
    """Logs a person out everywhere but where the session's hash is `kept`."""
    others = StaffSession.person_id == person, StaffSession.token_hash != kept
    await session.execute(delete(StaffSession).where(*others))


async def deactivate(session: AsyncSession, person: str, now: datetime) -> bool:
    """Logged out everywhere and kept out, with what they log in with kept for `restore`; False where they are out."""
    row = await of_staff(session, person)
    if row is None or row.left_at is not None:
        return False
    row.left_at = now
    for table in (StaffSession, StaffLink):
        await session.execute(delete(table).where(table.person_id == person))
    await session.flush()
    return True


async def restore(session: AsyncSession, person: str) -> bool:
    """Somebody who was deactivated may log in again; False where there was nothing to take back."""
    row = await of_staff(session, person)
    if row is None or row.left_at is None:
        return False
    row.left_at = None
    await session.flush()
    return True


async def change_staff(session: AsyncSession, person: str, role: PersonRole, sites: Collection[str]) -> bool:
    """Another role or other sites, from the next request on; False for nobody's id. Raises StoreValueError."""
    row = await session.get(Person, person)
    if row is None or row.left_at is not None or row.role not in STAFF:
        return False
    if role not in STAFF:
        raise StoreValueError("people.role", f"is {role.value}: that is a participant of a course")
    for site in sites:
        if await session.get(Site, site) is None:
            raise StoreValueError("person_sites.site_id", f"is {site!r}: there is no such site")
    row.role = role
    await session.execute(delete(PersonSite).where(PersonSite.person_id == person))
    session.add_all(PersonSite(person_id=person, site_id=site) for site in sorted(set(sites)))
    await session.flush()
    return True


async def withdraw_staff(session: AsyncSession, person: str, now: datetime) -> bool:
    """Somebody leaves: logged out everywhere, at once, and nothing to log in with; False for nobody's id."""
    row = await session.get(Person, person)
    if row is None or row.left_at is not None or row.role not in STAFF:
        return False
    row.left_at = now
    for table in (StaffSession, StaffLink, *WAYS_IN):
        await session.execute(delete(table).where(table.person_id == person))
    await session.flush()
    return True


def _for(person: str | None) -> ColumnElement[bool]:
    return StaffLink.person_id.is_(None) if person is None else StaffLink.person_id == person
