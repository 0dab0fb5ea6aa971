"""Seats, the people of a course, and their invitations."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from remote_app.access import Claim
from remote_app.api.bodies import (
    InvitationNew,
    InvitationOut,
    ListQuery,
    Page,
    PersonIn,
    PersonOut,
    SeatIn,
    SeatOut,
)
from remote_app.api.calls import Call, Desk, Reply, locked
from remote_app.api.courses import course_of
from remote_app.api.noting import expect, note
from remote_app.api.problems import ApiError, nothing
from remote_app.api.running import nobody_inside, people_inside
from remote_app.codes import is_guessed_first
from remote_app.invited import whole
from remote_app.store import courses, people
from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.edit_table import EditKind
from remote_app.store.edits import rows_of
from remote_app.store.models import Course, Invitation, Person, PersonRole, Robot, Seat

MOST_TURNS = 500
INVITED = (PersonRole.PATIENT, PersonRole.NURSE)


def _seat(row: Seat) -> SeatOut:
    return SeatOut(id=row.id, name=row.name, robot=row.robot_id).marked()


def _person(row: Person) -> PersonOut:
    return PersonOut(id=row.id, display_name=row.display_name, role=row.role, seat=row.seat_id).marked()


async def list_seats(call: Call) -> Reply:
    """The seats of a course, by name."""
    rows = await courses.seats_of(call.session, (await course_of(call)).id)
    return Reply(Page[SeatOut](items=tuple(_seat(row) for row in rows)))


async def add_seat(call: Call) -> Reply:
    """A seat that a robot serves."""
    body: SeatIn = call.body
    course = await course_of(call, held=True)
    await seat_is_good(call, course, None)
    after = _seat(await courses.add_seat(call.session, course.id, body.name, body.robot))
    await note(call, EditKind.SEAT, after.id, before=None, after=after, course=course.id)
    return Reply(after, status=201)


async def put_seat(call: Call) -> Reply:
    """Gives a seat that nobody is in another name or robot; its links follow it."""
    body: SeatIn = call.body
    course = await course_of(call, held=True)
    row = await _seat_row(call, course)
    before = _seat(row)
    await expect(call, EditKind.SEAT, row.id, before)
    await seat_is_good(call, course, row)
    if (row.name, row.robot_id) != (body.name, body.robot):
        inside = people_inside(call.desk, [(row.name, row.robot_id)])
        nobody_inside(inside, "change the seat when the meeting is over", "seat")
    row.name, row.robot_id = body.name, body.robot
    await call.session.flush()
    await note(call, EditKind.SEAT, row.id, before=before, after=_seat(row), course=course.id)
    return Reply(_seat(row))


async def delete_seat(call: Call) -> Reply:
    """Deletes a seat that nobody has."""
    course = await course_of(call, held=True)
    row = await _seat_row(call, course)
    name = await call.session.scalar(select(Person.display_name).where(Person.seat_id == row.id).limit(1))
    if name is not None:
        raise ApiError(
            409, f"{name} has this seat; give that person another seat first", "seat", row.name,
            code="seat_has", facts={"names": name},
        )  # fmt: skip
    before, kept = _seat(row), await rows_of(call.session, EditKind.SEAT, row.id)
    await call.session.delete(row)
    await note(call, EditKind.SEAT, row.id, before=before, after=None, course=course.id, kept=kept)
    return Reply(status=204)


async def list_people(call: Call) -> Reply:
    """The people of a course, by id."""
    query: ListQuery = call.query
    course = await course_of(call)
    wanted = select(Person).where(Person.course_id == course.id, Person.id > query.after).order_by(Person.id)
    rows = (await call.session.scalars(wanted.limit(query.limit + 1))).all()
    shown = rows[: query.limit]
    return Reply(
        Page[PersonOut](
            items=tuple(_person(row) for row in shown), next=shown[-1].id if len(rows) > query.limit else None
        )
    )


async def add_person(call: Call) -> Reply:
    """A patient, nurse, relative or screen of the course."""
    body: PersonIn = call.body
    course = await course_of(call, held=True)
    await _has_seat(call, course)
    row = await people.add_participant(call.session, body.display_name, PersonRole(body.role), course.id, body.seat)
    await note(call, EditKind.PERSON, row.id, before=None, after=_person(row), course=course.id)
    return Reply(_person(row), status=201)


async def put_person(call: Call) -> Reply:
    """Changes a person. Links follow a new name; with another seat or role they are withdrawn."""
    body: PersonIn = call.body
    course = await course_of(call, held=True)
    row = await _person_row(call, course)
    before = _person(row)
    await expect(call, EditKind.PERSON, row.id, before)
    await _has_seat(call, course)
    links: list[str] = []
    if (row.seat_id, row.role) != (body.seat, PersonRole(body.role)):
        links = await _withdraw_all(call, row.id)
    row.display_name, row.role, row.seat_id = body.display_name, PersonRole(body.role), body.seat
    await call.session.flush()
    await note(
        call, EditKind.PERSON, row.id, before=before, after=_person(row), course=course.id, kept={"links": links}
    )
    return Reply(_person(row))


async def delete_person(call: Call) -> Reply:
    """Removes a person at once, with links and choices; whoever is in by them is out. It can be undone for a week, and
    then nothing of it is left."""
    course = await course_of(call, held=True)
    row = await _person_row(call, course)
    before, kept = _person(row), await rows_of(call.session, EditKind.PERSON, row.id)
    await _withdraw_all(call, row.id)
    await people.forget(call.session, row.id)
    await note(call, EditKind.PERSON, row.id, before=before, after=None, course=course.id, kept=kept)
    return Reply(status=204)


async def list_invitations(call: Call) -> Reply:
    """The links of a course's people, also those that are withdrawn."""
    query: ListQuery = call.query
    course = await course_of(call)
    wanted = (
        select(Invitation)
        .join(Person, Person.id == Invitation.person_id)
        .where(Person.course_id == course.id, Invitation.id > query.after)
        .order_by(Invitation.id)
    )
    rows = (await call.session.scalars(wanted.limit(query.limit + 1))).all()
    shown = rows[: query.limit]
    items = tuple([await invitation_of(call, row) for row in shown])
    return Reply(Page[InvitationOut](items=items, next=shown[-1].id if len(rows) > query.limit else None))


async def add_invitation(call: Call) -> Reply:
    """A link and six digits for one person, good at the course's meetings, or at one of them."""
    body: InvitationNew = call.body
    course = await course_of(call, held=True)
    person = await call.session.get(Person, body.person)
    if person is None or person.course_id != course.id:
        raise ApiError(422, f"person: the course has nobody {body.person!r}", "person", body.person)
    if person.role not in INVITED:
        raise ApiError(409, f"a {person.role.value} has no link of their own yet; invite patients and nurses", "person")
    if person.seat_id is None:
        raise ApiError(409, f"{person.display_name} has no seat; give the person one first", "person", person.id)
    meetings = await courses.meetings_of(call.session, course.id)
    chosen = [one for one in meetings if body.meeting in (None, one.id)]
    if body.meeting is not None and not chosen:
        raise ApiError(422, f"meeting: the course has no meeting {body.meeting!r}", "meeting", body.meeting)
    span = whole([(one.starts_at, one.ends_at) for one in chosen])
    if span is None:
        raise ApiError(409, "the course has no meetings yet; add one first", "course", course.id)
    row = Invitation(
        id=secrets.token_urlsafe(18),
        person_id=person.id,
        seat_id=person.seat_id,
        meeting_id=body.meeting,
        not_before=span[0],
        expires=span[1],
    )
    row.code_mac = await _free_digits(call, row.id, 0)
    await people.invite(call.session, row)
    about = invited_words(row, person)
    await note(call, EditKind.INVITATION, row.id, before=None, after=about, course=course.id)
    return Reply(await invitation_of(call, row), status=201)


async def withdraw_invitation(call: Call) -> Reply:
    """The link and its digits are good no longer, and whoever is in by them is out, at every node."""
    row = await invitation_row(call)
    person = await call.session.get(Person, row.person_id)
    if row.withdrawn_at is None and person is not None:
        about = invited_words(row, person)
        await note(call, EditKind.INVITATION, row.id, before=about, after=None, course=call.path["course"])
    await _withdraw(call, row)
    await call.session.flush()
    return Reply(await invitation_of(call, row))


async def new_digits(call: Call) -> Reply:
    """Other six digits for the link; the old ones are good no longer, the link itself still is."""
    row = await invitation_row(call)
    if row.withdrawn_at is not None:
        raise ApiError(409, "the invitation is withdrawn; make a new one", "invitation", row.id)
    turn = _turn_of(call.desk, row)
    row.code_mac = await _free_digits(call, row.id, 0 if turn is None else turn + 1)
    await call.session.flush()
    return Reply(await invitation_of(call, row))


async def invitation_row(call: Call, *, held: bool = True) -> Invitation:
    """The invitation of the path, of its course, which is held where something is changed. Raises ApiError."""
    course = await course_of(call, held=held)
    key = call.path["invitation"]
    row = await call.session.get(Invitation, key)
    person = await call.session.get(Person, row.person_id) if row is not None else None
    if row is None or person is None or person.course_id != course.id:
        raise nothing("invitation", key)
    return row


async def invitation_of(call: Call, row: Invitation) -> InvitationOut:
    """What the API says of an invitation."""
    person = await call.session.get(Person, row.person_id)
    seat = await call.session.get(Seat, row.seat_id) if row.seat_id is not None else None
    path = digits = None
    if row.withdrawn_at is None and person is not None and seat is not None:
        turn = _turn_of(call.desk, row)
        digits = None if turn is None else call.desk.key.digits(row.id, turn)
        claim = Claim(
            r=seat.robot_id,
            s=seat.name,
            n=person.display_name,
            b=int(row.not_before.timestamp()),
            e=int(row.expires.timestamp()),
            i=row.id,
            k=True,
        )
        path = f"/j/{call.desk.key.sign(claim)}"
    return InvitationOut(
        id=row.id,
        person=row.person_id,
        seat=seat.name if seat is not None else "",
        meeting=row.meeting_id,
        not_before=row.not_before,
        expires=row.expires,
        withdrawn_at=row.withdrawn_at,
        path=path,
        digits=digits,
    )


def invited_words(row: Invitation, person: Person) -> dict[str, str]:
    """What is kept of an invitation that was made or withdrawn: neither link nor digits."""
    return {"id": row.id, "person": person.id, "display_name": person.display_name}


async def good_again(call: Call, link: str) -> None:
    """A link that was withdrawn is good again, if its person still has its seat. Raises ApiError."""
    row = await call.session.get(Invitation, link)
    person = await call.session.get(Person, row.person_id) if row is not None else None
    if row is None or person is None or person.seat_id != row.seat_id:
        raise ApiError(
            409, "the person has another seat now, or the link is gone; make a new invitation", "invitation", link,
            code="moved_on",
        )  # fmt: skip
    if row.withdrawn_at is not None:
        row.withdrawn_at = None
        await _log(call, row, Deed.RESTORED)
    await call.session.flush()


async def log_good_links(call: Call, person: str) -> None:
    """Says in the access log which links are good again with their person."""
    query = select(Invitation).where(Invitation.person_id == person, Invitation.withdrawn_at.is_(None))
    for link in (await call.session.scalars(query)).all():
        await _log(call, link, Deed.RESTORED)


async def _withdraw_all(call: Call, person: str) -> list[str]:
    """The links that were good until now."""
    links = (await call.session.scalars(select(Invitation).where(Invitation.person_id == person))).all()
    good = [link.id for link in links if link.withdrawn_at is None]
    for link in links:
        await _withdraw(call, link)
    return good


async def _withdraw(call: Call, row: Invitation) -> None:
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at = call.now
    await _log(call, row, Deed.WITHDRAWN)


async def _log(call: Call, row: Invitation, deed: Deed) -> None:
    seat = await call.session.get(Seat, row.seat_id) if row.seat_id is not None else None
    entry = Entry(
        call.now,
        deed,
        robot=seat.robot_id if seat is not None else "",
        seat=seat.name if seat is not None else "",
        role="patient",
        link=row.id,
        by=call.staff.id,
    )
    await append(call.session, call.desk.log_key, [entry])


def _turn_of(desk: Desk, row: Invitation) -> int | None:
    """Which of the link's digits are good: nobody keeps the digits themselves."""
    turns = (turn for turn in range(MOST_TURNS) if desk.key.code_mac(desk.key.digits(row.id, turn)) == row.code_mac)
    return next(turns, None)


async def _free_digits(call: Call, link: str, first: int) -> str:
    for turn in range(first, MOST_TURNS):
        digits = call.desk.key.digits(link, turn)
        mac = call.desk.key.code_mac(digits)
        if is_guessed_first(digits) or await call.desk.taken(digits):
            continue
        if await call.session.scalar(select(Invitation.id).where(Invitation.code_mac == mac)) is None:
            return mac
    raise ApiError(409, "this link has had all its digits; withdraw it and make a new invitation", "invitation", link)


async def _seat_row(call: Call, course: Course) -> Seat:
    key = call.path["seat"]
    row: Seat | None = await locked(call.session, Seat, key)
    if row is None or row.course_id != course.id:
        raise nothing("seat", key)
    return row


async def _person_row(call: Call, course: Course) -> Person:
    key = call.path["person"]
    row: Person | None = await locked(call.session, Person, key)
    if row is None or row.course_id != course.id:
        raise nothing("person", key)
    return row


async def seat_is_good(call: Call, course: Course, own: Seat | None) -> None:
    """Whether the course can have this seat. Raises ApiError."""
    body: SeatIn = call.body
    if await call.session.get(Robot, body.robot) is None:
        raise ApiError(422, f"robot: {body.robot!r} is at no site; put it at one first", "robot", body.robot)
    for seat in await courses.seats_of(call.session, course.id):
        if own is not None and seat.id == own.id:
            continue
        if seat.name == body.name:
            raise ApiError(
                409, "the course has a seat of this name; give another name", "name", body.name, code="seat_name"
            )
        if seat.robot_id == body.robot:
            raise ApiError(
                409, f"it serves the seat {seat.name!r} already; one robot, one seat", "robot", body.robot,
                code="robot_taken", facts={"names": seat.name},
            )  # fmt: skip


async def _has_seat(call: Call, course: Course) -> None:
    body: PersonIn = call.body
    if body.seat is None:
        return
    seat = await call.session.get(Seat, body.seat)
    if seat is None or seat.course_id != course.id:
        raise ApiError(422, f"seat: the course has no seat {body.seat!r}", "seat", body.seat)
