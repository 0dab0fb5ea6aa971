"""Who may log in: the staff of this service, as an administrator manages them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remote_app.api.bodies import Body, DisplayName, Key, Page, Resource, Slug
from remote_app.api.calls import Call, Reply
from remote_app.api.problems import ApiError, nothing
from remote_app.staff.commands import FIRST_PATH
from remote_app.store import people
from remote_app.store import staff as store
from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.models import Person, PersonRole

MOST_SITES = 100
StaffRoleName = Literal["leader", "coordinator", "administrator"]


class StaffIn(Body):
    """Somebody who may log in: a leader answers for sites, the others for all of them."""

    display_name: DisplayName
    role: StaffRoleName
    sites: Annotated[tuple[Slug, ...], Field(max_length=MOST_SITES)] = ()

    @model_validator(mode="after")
    def _sites_are_a_leaders(self) -> Self:
        if self.sites and self.role != "leader":
            raise ValueError("sites are a leader's; leave them empty for others, who have all")
        return self


class StaffOut(Resource):
    """Somebody of the staff. `waiting`: they have nothing to log in with yet. `left_at`: deactivated since then."""

    id: Key
    display_name: str
    role: StaffRoleName
    sites: tuple[str, ...]
    waiting: bool
    seen_at: datetime | None
    """When they were last logged in, as long as a session of theirs is kept."""
    left_at: datetime | None
    you: bool

    def marked(self) -> Self:
        """When somebody was seen changes by itself, and who asks is no change."""
        version = super(StaffOut, self.model_copy(update={"seen_at": None, "you": False})).marked().version
        return self.model_copy(update={"version": version})


class StaffLinkOut(Resource):
    """A link that works once, within a day, to choose name and password: for this person's eyes alone."""

    person: StaffOut
    link: str


async def _out(call: Call, row: Person) -> StaffOut:
    known = await store.how_known(call.session, row.id)
    return StaffOut(
        id=row.id,
        display_name=row.display_name,
        role=row.role.value,  # type: ignore[arg-type]  # the query takes staff alone
        sites=tuple(sorted(await people.sites_of(call.session, row.id))),
        waiting=not known.can_log_in,
        seen_at=known.seen_at,
        left_at=row.left_at,
        you=row.id == call.staff.id,
    ).marked()


async def _row(call: Call) -> Person:
    row = await store.of_staff(call.session, call.path["person"])
    if row is None:
        raise nothing("nobody of the staff", call.path["person"])
    return row


async def _note(call: Call, row: Person, what: str) -> None:
    entry = Entry(call.now, Deed.ROLE_CHANGED, role=row.role.value, link=row.id, by=call.staff.id, detail=what)
    await append(call.session, call.desk.log_key, [entry])


async def _link(call: Call, row: Person, status: int) -> Reply:
    token = await store.new_link(call.session, row.id, call.now)
    out = StaffLinkOut(person=await _out(call, row), link=f"{call.desk.base_url}{FIRST_PATH}{token}")
    return Reply(out, status=status)


def _not_oneself(call: Call, row: Person, what: str) -> None:
    if row.id == call.staff.id:
        raise ApiError(409, f"you cannot {what} yourself; another administrator can", "person", row.id)


async def list_staff(call: Call) -> Reply:
    """Everybody of the staff, by name; who was deactivated, until they are deleted for good."""
    rows = await store.staff_people(call.session, left=True)
    return Reply(Page[StaffOut](items=tuple([await _out(call, row) for row in rows])))


async def add_staff(call: Call) -> Reply:
    """Somebody new, and the link with which they choose name and password."""
    body: StaffIn = call.body
    row = await people.add_staff(call.session, body.display_name, PersonRole(body.role), body.sites)
    await _note(call, row, "added")
    return await _link(call, row, 201)


async def put_staff(call: Call) -> Reply:
    """Another name, role or other sites, from their next request on."""
    body: StaffIn = call.body
    row = await _row(call)
    call.expect(await _out(call, row))
    if row.left_at is not None:
        raise ApiError(409, "bring them back first", "person", row.id)
    if body.role != row.role.value:
        _not_oneself(call, row, "change the role of")
    await store.change_staff(call.session, row.id, PersonRole(body.role), body.sites)
    row.display_name = body.display_name
    await call.session.flush()
    await _note(call, row, "changed")
    return Reply(await _out(call, row))


async def deactivate_staff(call: Call) -> Reply:
    """Logged out everywhere at once; `restore` takes it back, with the same password."""
    row = await _row(call)
    _not_oneself(call, row, "deactivate")
    if await store.deactivate(call.session, row.id, call.now):
        await _note(call, row, "withdrawn")
    return Reply(await _out(call, row))


async def restore_staff(call: Call) -> Reply:
    """Somebody who was deactivated may log in again."""
    row = await _row(call)
    if await store.restore(call.session, row.id):
        await _note(call, row, "added")
    return Reply(await _out(call, row))


async def link_staff(call: Call) -> Reply:
    """A new one-time link: the first was not used in time, or the password is forgotten. Earlier ones end."""
    row = await _row(call)
    if row.left_at is not None:
        raise ApiError(409, "bring them back first", "person", row.id)
    return await _link(call, row, 201)
