"""People, what the others may hear and see of them, and their invitations: plain functions over one session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.base import LinkId
from remote_app.access import EVERY_ROBOT, LEADER_SEAT
from remote_app.store.errors import StoreValueError
from remote_app.store.models import (
    STAFF,
    Course,
    Invitation,
    Person,
    PersonRole,
    PersonSite,
    Robot,
    Seat,
    Site,
    Visibility,
    new_id,
)

_LINK: TypeAdapter[str] = TypeAdapter(LinkId)


@dataclass(frozen=True, slots=True)
class LinkData:
    """What the claim of a signed link says, under the names that it has there. Times are seconds since 1970."""

    id: str
    role: PersonRole
    robot: str
    seat: str
    name: str
    not_before: int
    expires: int


async def add_participant(
    session: AsyncSession, name: str, role: PersonRole, course: str, seat: str | None = None
) -> Person:
    """A patient, nurse, relative or screen of a course, and its seat. Raises StoreValueError."""
    if role in STAFF:
        raise StoreValueError("people.role", f"is {role.value}: staff belong to no course, see add_staff")
    if await session.get(Course, course) is None:
        raise StoreValueError("people.course_id", f"is {course!r}: there is no such course")
    place = await session.get(Seat, seat) if seat is not None else None
    if seat is not None and (place is None or place.course_id != course):
        raise StoreValueError("people.seat_id", f"is {seat!r}: the course has no such seat")
    person = Person(display_name=name, role=role, course_id=course, seat_id=seat)
    session.add(person)
    await session.flush()
    return person


async def add_staff(
    session: AsyncSession, name: str, role: PersonRole, sites: Sequence[str] = (), *, known_as: str = ""
) -> Person:
    """A course leader (of these sites), coordinator or administrator. Raises StoreValueError.

    `known_as` is an id that `new_id` has made for them before.
    """
    if role not in STAFF:
        raise StoreValueError("people.role", f"is {role.value}: that is a participant of a course, see add_participant")
    for site in sites:
        if await session.get(Site, site) is None:
            raise StoreValueError("person_sites.site_id", f"is {site!r}: there is no such site")
    person = Person(id=known_as or new_id(), display_name=name, role=role)
    session.add(person)
    await session.flush()
    session.add_all(PersonSite(person_id=person.id, site_id=site) for site in sites)
    await session.flush()
    return person


async def sites_of(session: AsyncSession, person: str) -> frozenset[str]:
    """The sites that a leader answers for."""
    return frozenset(await session.scalars(select(PersonSite.site_id).where(PersonSite.person_id == person)))


async def participants(session: AsyncSession, course: str) -> Sequence[Person]:
    """Everybody of a course, by name."""
    return (await session.scalars(select(Person).where(Person.course_id == course).order_by(Person.display_name))).all()


async def forget(session: AsyncSession, person: str) -> bool:
    """Deletes a person at once, with invitations and choices; False when there is none."""
    gone = await session.execute(delete(Person).where(Person.id == person).returning(Person.id))
    return gone.first() is not None


async def visibility(session: AsyncSession, person: str) -> Visibility:
    """What the other municipalities may hear and see of a person: nothing, before the person has said so."""
    row = await session.get(Visibility, person)
    if row is not None:
        return row
    return Visibility(person_id=person, heard=False, name_shown=False, changed_at=datetime.now(UTC))


async def choose_visibility(
    session: AsyncSession, person: str, *, heard: bool, name_shown: bool, now: datetime
) -> Visibility:
    """The person's choice, from now on. Raises StoreValueError."""
    if await session.get(Person, person) is None:
        raise StoreValueError("visibility.person_id", f"is {person!r}: there is no such person")
    row = await session.merge(Visibility(person_id=person, heard=heard, name_shown=name_shown, changed_at=now))
    await session.flush()
    return row


async def invite(session: AsyncSession, invitation: Invitation) -> LinkData:
    """Keeps an invitation; what to sign for it. Raises StoreValueError for what does not go together."""
    try:
        _LINK.validate_python(invitation.id)
    except ValidationError:
        raise StoreValueError("invitations.id", "must be 8 to 43 letters, digits, - and _") from None
    if invitation.expires <= invitation.not_before:
        raise StoreValueError("invitations.expires", f"is {invitation.expires}: it must be after not_before")
    if await session.get(Invitation, invitation.id) is not None:
        raise StoreValueError("invitations.id", "is another invitation's already")
    with session.no_autoflush:
        data = await _link_data(session, invitation)
    session.add(invitation)
    await session.flush()
    return data


async def invitation(session: AsyncSession, link: str) -> LinkData | None:
    """What a link says now: a person's new name is in it. None for one that is not known, or withdrawn."""
    row = await session.get(Invitation, link)
    if row is None or row.withdrawn_at is not None:
        return None
    return await _link_data(session, row)


async def by_code(session: AsyncSession, code_mac: str) -> LinkData | None:
    """The link of six digits, given what they become under the key. None as for `invitation`."""
    link = await session.scalar(select(Invitation.id).where(Invitation.code_mac == code_mac))
    return await invitation(session, link) if link is not None else None


async def withdraw(session: AsyncSession, link: str, now: datetime) -> bool:
    """The link is good no longer; False when it is not known. The first time counts."""
    row = await session.get(Invitation, link)
    if row is None:
        return False
    row.withdrawn_at = row.withdrawn_at or now
    await session.flush()
    return True


async def withdrawn(session: AsyncSession) -> frozenset[str]:
    """The ids of all links that were withdrawn and are still kept."""
    return frozenset(await session.scalars(select(Invitation.id).where(Invitation.withdrawn_at.is_not(None))))


async def _link_data(session: AsyncSession, row: Invitation) -> LinkData:
    person = await session.get(Person, row.person_id)
    if person is None:
        raise StoreValueError("invitations.person_id", f"is {row.person_id!r}: there is no such person")
    if person.role in STAFF:
        if row.seat_id is not None:
            raise StoreValueError("invitations.seat_id", "is for participants; staff have none")
        robot, seat = row.robot_id or EVERY_ROBOT, LEADER_SEAT
        if row.robot_id is not None and await session.get(Robot, row.robot_id) is None:
            raise StoreValueError("invitations.robot_id", f"is {row.robot_id!r}: there is no such robot")
    else:
        place = await session.get(Seat, row.seat_id) if row.seat_id is not None else None
        if place is None or place.course_id != person.course_id:
            raise StoreValueError("invitations.seat_id", f"is {row.seat_id!r}: the person's course has no such seat")
        robot, seat = place.robot_id, place.name
    return LinkData(
        id=row.id,
        role=person.role,
        robot=robot,
        seat=seat,
        name=person.display_name,
        not_before=int(row.not_before.timestamp()),
        expires=int(row.expires.timestamp()),
    )
