"""What was changed in the plans in the last days, and *undo*: the former values again, or what was removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field
from sqlalchemy import select

from remote_app.api import courses, people, places
from remote_app.api.bodies import MAX_MEETINGS, Body, CourseIn, Key, MeetingIn, Page, PersonIn, RobotIn, SeatIn, SiteIn
from remote_app.api.calls import Call, Reply
from remote_app.api.noting import name_of, note
from remote_app.api.problems import ApiError, nothing
from remote_app.api.running import people_inside
from remote_app.store.courses import meetings_of
from remote_app.store.edit_table import Edit, EditDeed, EditKind
from remote_app.store.edits import Rows, edits_of, put_back
from remote_app.store.models import Course, Meeting, Robot, Seat

NEWEST: Final = 30


class EditsQuery(Body):
    """Of which course; without, those of sites and robots."""

    course: Key | None = None


class EditOut(BaseModel):
    """One change, by whom; `before` and `after` are the thing as the API said it then. `can_undo`: it is the newest of
    its thing."""

    id: Key
    kind: EditKind
    thing: Annotated[str, Field(max_length=43)]
    deed: EditDeed
    at: datetime
    by: str
    you: bool
    undoes: str | None
    can_undo: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class InsideOut(BaseModel):
    """Somebody who is in at a robot now."""

    seat: str
    name: str


async def list_edits(call: Call) -> Reply:
    """What was changed in the last days, the newest first; at most 30."""
    query: EditsQuery = call.query
    own = Edit.course_id == query.course if query.course is not None else Edit.course_id.is_(None)
    rows = (await call.session.scalars(select(Edit).where(own).order_by(Edit.at.desc(), Edit.id).limit(NEWEST))).all()
    seen: set[tuple[EditKind, str]] = set()
    items = []
    for row in rows:
        newest = (row.kind, row.thing) not in seen
        seen.add((row.kind, row.thing))
        items.append(await _out(call, row, newest=newest))
    return Reply(Page[EditOut](items=tuple(items)))


async def undo_edit(call: Call) -> Reply:
    """The former values again, or what was removed, or without what was added. That is a change too, and can be undone.

    409 where the thing has changed since, or does not fit any longer."""
    row = await call.session.get(Edit, call.path["edit"])
    if row is None:
        raise nothing("edit", call.path["edit"])
    newest = (await edits_of(call.session, row.kind, row.thing, 1))[0]
    if newest.id != row.id:
        name = await name_of(call, newest.done_by)
        raise ApiError(
            409, f"{name or 'somebody'} has changed it since; undo that first", "edit", row.id,
            code="changed_since", facts={"name": name, "at": newest.at.isoformat()},
        )  # fmt: skip
    version = (row.after or {}).get("version", "*")
    path = {row.kind.value: row.thing, **({"course": row.course_id} if row.course_id is not None else {})}
    await _undo(replace(call, path=path, undoing=row.id, if_match=version, body=None), row)
    made = (await edits_of(call.session, row.kind, row.thing, 1))[0]
    return Reply(await _out(call, made, newest=True))


async def inside(call: Call) -> Reply:
    """Who is in now, in the seats of a course, as this node hears it."""
    course = await courses.course_of(call)
    found = people_inside(call.desk, await courses.seats_at(call.session, course.id))
    return Reply(Page[InsideOut](items=tuple(InsideOut(seat=one.seat, name=one.name) for one in found)))


async def _out(call: Call, row: Edit, *, newest: bool) -> EditOut:
    return EditOut(
        id=row.id,
        kind=row.kind,
        thing=row.thing,
        deed=row.deed,
        at=row.at,
        by=await name_of(call, row.done_by),
        you=row.done_by == call.staff.id,
        undoes=row.undoes,
        can_undo=newest,
        before=row.before,
        after=row.after,
    )


Deed = Callable[[Call], Awaitable[Reply]]
CHANGES: Final[Mapping[EditKind, tuple[Deed, type[Body]]]] = {
    EditKind.COURSE: (courses.put_course, CourseIn),
    EditKind.MEETING: (courses.put_meeting, MeetingIn),
    EditKind.SITE: (places.put_site, SiteIn),
    EditKind.ROBOT: (places.put_robot, RobotIn),
    EditKind.SEAT: (people.put_seat, SeatIn),
    EditKind.PERSON: (people.put_person, PersonIn),
}
REMOVALS: Final[Mapping[EditKind, Deed]] = {
    EditKind.MEETING: courses.delete_meeting,
    EditKind.SITE: places.delete_site,
    EditKind.ROBOT: places.delete_robot,
    EditKind.SEAT: people.delete_seat,
    EditKind.PERSON: people.delete_person,
    EditKind.INVITATION: people.withdraw_invitation,
}


async def _undo(call: Call, row: Edit) -> None:
    if row.deed is EditDeed.ADDED:
        await REMOVALS[row.kind](call)
    elif row.deed is EditDeed.CHANGED:
        put, model = CHANGES[row.kind]
        await put(replace(call, body=model.model_validate(_body(row, model))))
        for link in row.kept.get("links", ()):
            await people.good_again(call, link)
    elif row.kind is EditKind.INVITATION:
        await _invite_again(call, row)
    else:
        await _bring_back(call, row)


async def _invite_again(call: Call, row: Edit) -> None:
    await courses.course_of(call, held=True)
    await people.good_again(call, row.thing)
    await note(call, row.kind, row.thing, before=None, after=row.before, course=row.course_id)


async def _bring_back(call: Call, row: Edit) -> None:
    """What was removed is put back, with what was deleted with it. Raises ApiError where it does not fit."""
    rows: Rows = row.kept
    course = await courses.course_of(call, held=True) if row.course_id is not None else None
    if course is not None and row.kind is EditKind.SEAT:
        await people.seat_is_good(replace(call, body=SeatIn.model_validate(_body(row, SeatIn))), course, None)
    seat = (row.before or {}).get("seat") if row.kind is EditKind.PERSON else None
    if seat is not None and await call.session.get(Seat, seat) is None:
        raise _gone("seat", "the seat is removed; bring that back first")
    if row.kind is EditKind.ROBOT and await call.session.get(Robot, row.thing) is not None:
        raise _gone("robot", "there is a robot of this name again")
    if course is not None and row.kind is EditKind.MEETING:
        rows = await _numbered(call, course, rows)
    await put_back(call.session, row.kind, rows)
    if course is not None and row.kind is EditKind.MEETING:
        await courses.settle(call.session, course)
    if row.kind is EditKind.PERSON:
        await people.log_good_links(call, row.thing)
    await note(call, row.kind, row.thing, before=None, after=row.before, course=row.course_id)


async def _numbered(call: Call, course: Course, rows: Rows) -> Rows:
    """The meeting comes after the others; `settle` puts it where its time says."""
    others = await meetings_of(call.session, course.id)
    if len(others) >= MAX_MEETINGS:
        raise ApiError(409, f"a course has at most {MAX_MEETINGS} meetings; remove one first", "course", course.id)
    number = max((one.number for one in others), default=0) + 1
    return {**rows, Meeting.__tablename__: [{**one, "number": number} for one in rows[Meeting.__tablename__]]}


def _body(row: Edit, model: type[Body]) -> dict[str, Any]:
    return {key: (row.before or {}).get(key) for key in model.model_fields}


def _gone(key: str, sentence: str) -> ApiError:
    return ApiError(409, sentence, key, code="belongs_gone")
