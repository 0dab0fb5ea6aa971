"""Keeps what was changed in a plan, so that it can be undone, and says who was faster when two edit at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from remote_app.api.bodies import Resource
from remote_app.api.calls import Call
from remote_app.api.problems import ApiError, Difference
from remote_app.store.edit_table import Edit, EditDeed, EditKind
from remote_app.store.edits import edits_of
from remote_app.store.models import Person

BY_THEMSELVES: Final = frozenset(("version", "number", "present"))  # change without an edit
OF_ITS_MEETINGS: Final = frozenset(("ends_at", "deleted_at"))  # so do these of a course


async def note(
    call: Call,
    kind: EditKind,
    thing: str,
    *,
    before: Resource | Mapping[str, Any] | None,
    after: Resource | Mapping[str, Any] | None,
    course: str | None = None,
    kept: Mapping[str, Any] | None = None,
) -> None:
    """One change, if it is one. Without `before` it was added, without `after` removed."""
    was, now = _as_json(before), _as_json(after)
    if was is not None and now is not None and was.get("version") == now.get("version"):
        return
    deed = EditDeed.ADDED if was is None else EditDeed.REMOVED if now is None else EditDeed.CHANGED
    edit = Edit(
        id=secrets.token_urlsafe(12),
        course_id=course,
        kind=kind,
        thing=thing,
        deed=deed,
        at=call.now,
        done_by=call.staff.id,
        undoes=call.undoing,
        before=was,
        after=now,
        kept=dict(kept or {}),
    )
    call.session.add(edit)
    await call.session.flush()


async def expect(call: Call, kind: EditKind, thing: str, current: Resource) -> None:
    """As `Call.expect`; the refusal says who has changed it meanwhile, and what. Raises ApiError."""
    newest = current.marked().version
    if call.if_match is None or call.if_match in ("*", newest):
        call.expect(current)
        return
    raise await _changed(call, kind, await edits_of(call.session, kind, thing), current)


async def name_of(call: Call, person: str) -> str:
    """The name of somebody of the staff; empty for one who is not known any longer."""
    return await call.session.scalar(select(Person.display_name).where(Person.id == person)) or ""


async def _changed(call: Call, kind: EditKind, edits: Sequence[Edit], current: Resource) -> ApiError:
    now = current.model_dump(mode="json")
    seen = _seen(edits, call.if_match or "")
    aside = BY_THEMSELVES | OF_ITS_MEETINGS if kind is EditKind.COURSE else BY_THEMSELVES
    keys = [key for key in now if key not in aside and seen is not None and seen.get(key) != now[key]]
    changes = tuple(Difference(key=key, before=(seen or {}).get(key), now=now[key]) for key in keys)
    facts: dict[str, str] = {}
    who = "somebody"
    if edits:
        name = await name_of(call, edits[0].done_by)
        own = edits[0].done_by == call.staff.id
        facts = {"name": name, "at": edits[0].at.isoformat(), **({"you": "you"} if own else {})}
        who = "you, in another window," if own else name or "somebody"
    what = f" {', '.join(keys)} of it" if keys else " it"
    detail = f"{who} changed{what} meanwhile; load it again, look at what the other has changed, and try again"
    return ApiError(412, detail, "If-Match", code="changed", facts=facts, changes=changes)


def _seen(edits: Sequence[Edit], version: str) -> Mapping[str, Any] | None:
    """How the thing was in this version."""
    for edit in edits:
        for words in (edit.after, edit.before):
            if words is not None and words.get("version") == version:
                return words
    return None


def _as_json(words: Resource | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if words is None:
        return None
    return words.model_dump(mode="json") if isinstance(words, Resource) else dict(words)
