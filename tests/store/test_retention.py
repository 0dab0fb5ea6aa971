"""Deletion in time: each kind when its days are over and not before, on both databases; and the table in the docs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from remote_app.store import evaluation, forms, people
from remote_app.store.access_log import append, check_log, newest
from remote_app.store.chain import Deed, Entry
from remote_app.store.engine import FILE, Store
from remote_app.store.models import EvaluationDone, Moment, Person
from remote_app.store.quality import keep_visits
from remote_app.store.retention import RETENTION, delete_due, table
from tests.app.lines import visit
from tests.store.conftest import KEY, Place
from tests.store.filled import END, NOW, Filled, fill

DOCS = Path(__file__).resolve().parents[2] / "docs" / "store.md"
DAYS = {period.kind: timedelta(days=period.days) for period in RETENTION}
MOMENT = timedelta(seconds=1)


async def full(store: Store) -> Filled:
    """A course with everything that is ever deleted; the leader left when it ended."""
    filled = await fill(store)
    async with store.write() as session:
        await people.choose_visibility(session, filled.patient, heard=True, name_shown=True, now=NOW)
        questions = (evaluation.Scale(id="a", text="?"), evaluation.Words(id="b", text="?"))
        form = await evaluation.add_form(session, "Etter kurset", Moment.AFTER_COURSE, questions)
        await evaluation.add_sheet(session, form, filled.course, {"a": 3, "b": "Hilsen Kari"}, END.date())
        await forms.choose(session, filled.course, form.id)
        session.add(EvaluationDone(seat_id=filled.seat, form_id=form.id))
        leader = await session.get(Person, filled.leader)
        assert leader is not None
        leader.left_at = END
        await append(session, KEY, [Entry(END, Deed.ENTERED, robot="vefsn", seat="rodoy", link=filled.link)])
    assert await keep_visits(store, [visit(END - timedelta(minutes=5), END)]) == 1
    return filled


async def count(store: Store, what: str) -> int:
    async with store.read() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def test_nothing_goes_before_its_time_and_each_kind_when_it_is_over(store: Store) -> None:
    await full(store)
    assert await delete_due(store, END) == {}
    course_over = END + MOMENT
    assert await delete_due(store, END + DAYS["visibility"] - MOMENT) == {}
    assert await delete_due(store, course_over + DAYS["visibility"]) == {"visibility": 1}
    assert await delete_due(store, END + DAYS["participants"] - MOMENT) == {}
    gone = await delete_due(store, course_over + DAYS["participants"])
    assert gone == {"participants": 2, "staff": 1, "evaluation-done": 1}
    assert await count(store, "invitations") == 0
    assert await count(store, "people") == 0
    assert await delete_due(store, END + DAYS["evaluation-words"]) == {}
    assert await delete_due(store, END + DAYS["evaluation-words"] + timedelta(days=1)) == {"evaluation-words": 1}
    assert await count(store, "evaluation_answers") == 1
    gone = await delete_due(store, END + DAYS["access-log"] + MOMENT)
    assert gone == {"access-log": 1, "visit-quality": 1}
    assert await count(store, "visit_quality") == 0
    gone = await delete_due(store, END + DAYS["evaluation-sheets"] + timedelta(days=1))
    assert gone["evaluation-sheets"] == 1
    assert await count(store, "evaluation_answers") == 0
    assert await count(store, "courses") == 1
    assert await count(store, "meetings") == 2


async def test_a_later_meeting_keeps_the_people_of_its_course(store: Store) -> None:
    await fill(store)  # the course says NOW, its last meeting is a week later
    assert "participants" not in await delete_due(store, NOW + DAYS["participants"] + MOMENT)
    assert await count(store, "people") == 3


async def test_an_invitation_goes_without_its_person(store: Store) -> None:
    await fill(store)
    async with store.write() as session:
        await session.execute(text("UPDATE courses SET ends_at = (SELECT max(expires) FROM invitations)"))
        await session.execute(
            text("UPDATE invitations SET expires = (SELECT starts_at FROM meetings WHERE number = 2)")
        )
    assert (await delete_due(store, NOW + timedelta(days=7) + DAYS["invitations"] + MOMENT))["invitations"] == 2
    assert await count(store, "people") == 3


async def test_the_deletion_stands_in_the_access_log_which_stays_unbroken(store: Store) -> None:
    await full(store)
    at = END + DAYS["access-log"] + MOMENT
    await delete_due(store, at)
    async with store.read() as session:
        found = await check_log(session, KEY)
        log = await newest(session)
    assert found.fault == ""
    assert {(sealed.entry.deed, sealed.entry.at) for sealed in log} == {(Deed.DELETED, at)}
    assert [sealed.entry.detail for sealed in log][::-1] == [
        "participants.2",
        "staff.1",
        "evaluation-done.1",
        "evaluation-words.1",
        "visit-quality.1",
        "access-log.1",
    ]


async def test_what_is_deleted_is_not_in_the_files_any_more(store: Store, place: Place, kind: str) -> None:
    await full(store)
    if kind == "postgresql":  # whose files are its own, and cleaned by its own job
        return
    files = [place.directory / f"{FILE}{end}" for end in ("", "-wal")]
    assert any("Kari Ødegård".encode() in file.read_bytes() for file in files)
    await delete_due(store, END + DAYS["participants"] + MOMENT)
    assert not any("Kari Ødegård".encode() in file.read_bytes() for file in files)


def test_every_period_stands_in_the_documentation() -> None:
    assert table() in DOCS.read_text(encoding="utf-8"), "run python -m remote_app.store.retention"
    assert len({period.kind for period in RETENTION}) == len(RETENTION)
