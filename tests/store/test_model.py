"""The tables on both databases: the same model, the same refusals, courses and people and what belongs to them."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from remote_app.store import courses, evaluation, migrations, people
from remote_app.store.columns import Base
from remote_app.store.engine import FILE, Store, engine_for
from remote_app.store.errors import StoreOffError, StoreValueError, StoreVersionError
from remote_app.store.migrations import HEAD, REVISIONS, VERSION_TABLE
from remote_app.store.models import Course, Invitation, Meeting, Moment, Person, PersonRole, Seat
from tests.store.conftest import KEY, Place, sql
from tests.store.filled import END, NOW, fill
from tests.store.postgres import PASSWORD, Postgres


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "target_metadata": Base.metadata}
    )
    return list(compare_metadata(context, Base.metadata))


async def test_the_migrations_make_what_the_model_says(store: Store) -> None:
    async with store.connection() as connection:
        assert await connection.run_sync(differences) == []


def test_the_list_of_revisions_is_that_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert tuple(one.revision for one in script.walk_revisions())[::-1] == REVISIONS
    assert script.get_current_head() == HEAD


async def test_two_nodes_may_start_at_once(empty: Place) -> None:
    stores = await asyncio.gather(*(empty.open() for _ in range(3)))
    for store in stores:
        async with store.read() as session:
            assert (await session.scalars(text("SELECT count(*) FROM access_log_head"))).one() == 1
        await store.close()


async def test_a_newer_database_is_refused_and_stays(store: Store, place: Place) -> None:
    async with store.connection() as connection:
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StoreVersionError, match=rf"version 9999.*knows up to {HEAD}.*newer program"):
        await place.open()


async def test_another_programs_tables_are_refused(empty: Place) -> None:
    other = Store(engine_for(empty.directory, empty.address), KEY)
    async with other.connection() as connection:
        await connection.execute(text("CREATE TABLE people (id INTEGER)"))
    await other.close()
    with pytest.raises(StoreVersionError, match="table 'people' that this service did not make"):
        await empty.open()


async def test_sqlite_is_private_and_writes_ahead(store: Store, place: Place, kind: str) -> None:
    if kind == "postgresql":
        assert not (place.directory / FILE).exists()
        return
    async with store.write() as session:
        await courses.put_site(session, "vefsn", "Frisklivssentralen", "Vefsn")
        assert (await session.scalars(text("PRAGMA journal_mode"))).one() == "wal"
        assert (await session.scalars(text("PRAGMA foreign_keys"))).one() == 1
    files = [path for path in place.directory.iterdir() if path.name.startswith(FILE)]
    assert {path.name for path in files} >= {FILE, f"{FILE}-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


async def test_what_is_written_is_read(store: Store) -> None:
    course = (await fill(store)).course
    async with store.read() as session:
        meetings = await courses.meetings_of(session, course)
        assert [meeting.number for meeting in meetings] == [1, 2]
        assert meetings[1].ends_at == END
        assert meetings[1].ends_at.tzinfo is UTC
        assert [theme.titles["nb"] for theme in await courses.themes_of(session, meetings[0].id)] == ["Søvn", "Mat"]
        assert [seat.name for seat in await courses.seats_of(session, course)] == ["rodoy"]
        found = {one.display_name: one.role for one in await people.participants(session, course)}
        assert found == {"Kari Ødegård": PersonRole.PATIENT, "Áilu": PersonRole.NURSE}


async def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    async def half() -> None:
        async with store.write() as session:
            await courses.put_site(session, "vefsn", "Frisklivssentralen", "Vefsn")
            await courses.put_robot(session, "vefsn", "not-there", "Stua")

    with pytest.raises(StoreValueError, match="'not-there' is not known"):
        await half()
    async with store.read() as session:
        assert (await session.scalars(text("SELECT count(*) FROM sites"))).one() == 0


async def test_both_databases_refuse_the_same_in_the_same_words(store: Store) -> None:
    cases: list[tuple[str, object]] = [
        ("people.display_name has 61 characters; at most 60 fit", lambda: Person(display_name="x" * 61)),
        ("people.display_name must be one line of text", lambda: Person(display_name="a\nb")),
        ("courses.name has a character that is not text (NUL)", lambda: Course(name="a\x00")),
        ("courses.ends_at is 2026-11-28 00:00:00: give the time with its zone", lambda: Course(ends_at=bare())),
        ("meetings.number is 2147483648: at most 2147483647 fits", lambda: Meeting(number=2**31)),
        ("seats.name is 'Rødøy': use 1 to 32 small letters, digits and -", lambda: Seat(name="Rødøy")),
    ]
    for words, make in cases:
        with pytest.raises(StoreValueError) as caught:
            make()  # type: ignore[operator]
        assert str(caught.value) == words


def bare() -> datetime:
    return datetime(2026, 11, 28)  # noqa: DTZ001


async def test_what_does_not_go_together_is_refused(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        for words, call in (
            ("staff belong to no course", people.add_participant(session, "A", PersonRole.LEADER, filled.course)),
            ("participant of a course", people.add_staff(session, "A", PersonRole.NURSE)),
            ("no such course", people.add_participant(session, "A", PersonRole.PATIENT, "nowhere")),
            ("no such seat", people.add_participant(session, "A", PersonRole.PATIENT, filled.course, "nowhere")),
            ("has already", courses.add_seat(session, filled.course, "rodoy", "vefsn")),
            ("after the start", courses.add_meeting(session, filled.course, NOW, NOW)),
            ("'nowhere' is not known", courses.put_robot(session, "r", "nowhere", "Stua")),
            ("bokmål", courses.put_theme(session, "mat", {"en": "Food"})),
        ):
            with pytest.raises(StoreValueError, match=words):
                await call
    for role, course in (("patient", None), ("leader", filled.course)):
        with pytest.raises(IntegrityError):
            async with store.write() as session:
                session.add(Person(display_name="A", role=PersonRole(role), course_id=course))


async def test_nobody_is_heard_or_named_before_they_say_so(store: Store) -> None:
    patient = (await fill(store)).patient
    async with store.write() as session:
        before = await people.visibility(session, patient)
        assert (before.heard, before.name_shown) == (False, False)
        await people.choose_visibility(session, patient, heard=True, name_shown=False, now=NOW)
        await people.choose_visibility(session, patient, heard=False, name_shown=True, now=NOW)
    async with store.read() as session:
        after = await people.visibility(session, patient)
        assert (after.heard, after.name_shown, after.changed_at) == (False, True, NOW)


async def test_an_invitation_says_what_its_link_says(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        data = await people.invitation(session, filled.link)
        assert data is not None
        assert (data.robot, data.seat, data.name) == ("vefsn", "rodoy", "Kari Ødegård")
        assert data.expires == int(END.timestamp())
        assert await people.by_code(session, "c" * 64) == data
        assert await people.by_code(session, "d" * 64) is None
        leader = await people.invitation(session, filled.leader_link)
        assert leader is not None
        assert (leader.robot, leader.seat, leader.role) == ("*", "leader", "leader")
        assert await people.withdraw(session, filled.link, NOW)
        assert await people.withdraw(session, filled.link, NOW + timedelta(1))
        assert not await people.withdraw(session, "nobodys-link", NOW)
        assert await people.invitation(session, filled.link) is None
        assert await people.by_code(session, "c" * 64) is None
        assert await people.withdrawn(session) == {filled.link}
        row = await session.get(Invitation, filled.link)
        assert row is not None
        assert row.withdrawn_at == NOW
        person = filled.patient
        window = {"not_before": NOW, "expires": END}
        for words, one in (
            ("already", Invitation(id=filled.link, person_id=person, seat_id=filled.seat, **window)),
            ("8 to 43", Invitation(id="short", person_id=person, seat_id=filled.seat, **window)),
            ("no such seat", Invitation(id="long-enough", person_id=person, **window)),
            ("must be after", Invitation(id="long-enough", person_id=person, not_before=NOW, expires=NOW)),
            ("no such person", Invitation(id="long-enough", person_id="x", seat_id=filled.seat, **window)),
        ):
            with pytest.raises(StoreValueError, match=words):
                await people.invite(session, one)


async def test_a_person_who_is_forgotten_takes_everything_along(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        await people.choose_visibility(session, filled.patient, heard=True, name_shown=True, now=NOW)
        assert await people.forget(session, filled.patient)
        assert not await people.forget(session, filled.patient)
    async with store.read() as session:
        for table in ("visibility", "invitations"):
            query = text(f"SELECT count(*) FROM {table} WHERE person_id = :who")
            assert (await session.execute(query, {"who": filled.patient})).scalar_one() == 0
        assert (await session.scalars(select(Seat.name))).all() == ["rodoy"]


async def test_answers_are_shown_from_five_on(store: Store) -> None:
    filled = await fill(store)
    questions = (
        evaluation.Scale(id="nytte", text="Hvor nyttig var møtet?"),
        evaluation.Category(id="lyd", text="Hørte du godt?", choices=("ja", "nei")),
        evaluation.Words(id="annet", text="Noe annet?"),
    )
    async with store.write() as session:
        form = await evaluation.add_form(session, "Etter møtet", Moment.AFTER_MEETING, questions)
        assert evaluation.questions_of(form) == questions
        args = (date(2026, 11, 28), filled.meeting)
        for number in (7, 3, 10, 0):
            answers = {"nytte": number, "lyd": "ja", "annet": f"tekst {number}"}
            await evaluation.add_sheet(session, form, filled.course, answers, *args)
        assert await evaluation.answers_to(session, form.id, "nytte", filled.course) is None
        await evaluation.add_sheet(session, form, filled.course, {"nytte": 5}, *args)
        assert await evaluation.answers_to(session, form.id, "nytte", filled.course, filled.meeting) == (0, 3, 5, 7, 10)
        assert await evaluation.answers_to(session, form.id, "lyd", filled.course) is None
        assert await evaluation.count_sheets(session, form.id, filled.course) == 5
        for words, bad in (
            ("0 to 10", {"nytte": 11}),
            ("0 to 10", {"nytte": True}),
            ("one of: ja, nei", {"lyd": "kanskje"}),
            ("1 to 2000 characters", {"annet": "x" * 2001}),
            ("does not ask", {"helse": "ja"}),
        ):
            with pytest.raises(StoreValueError, match=words):
                await evaluation.add_sheet(session, form, filled.course, bad, *args)
        with pytest.raises(StoreValueError, match="twice"):
            await evaluation.add_form(session, "To like", Moment.BEFORE, (questions[0], questions[0]))


async def test_a_database_that_does_not_answer_is_a_sentence_without_the_password(
    postgres: Postgres, place: Place, kind: str
) -> None:
    if kind == "sqlite":
        directory = place.directory / "file"
        directory.write_text("")
        with pytest.raises(StoreOffError, match=r"file/x/store\.sqlite3 cannot be opened: Not a directory"):
            await Store.open(directory / "x", "", KEY)
        return
    for address, words in (
        (postgres.url("nowhere"), 'database "nowhere" does not exist'),
        (postgres.url("postgres", f"{PASSWORD}-not"), "password authentication failed"),
        (postgres.url("postgres").replace(f":{postgres.port}/", ":9/"), "(?i)connect"),
    ):
        with pytest.raises(StoreOffError, match=words) as caught:
            await Store.open(place.directory, address, KEY)
        assert PASSWORD not in str(caught.value)
        assert "store.url" in str(caught.value)
        assert "\n" not in str(caught.value)


async def test_a_connection_that_was_cut_is_made_anew(store: Store, place: Place, kind: str) -> None:
    async with store.read() as session:
        assert (await session.scalars(text("SELECT 1"))).one() == 1
    if kind == "postgresql":
        server = place.address.rpartition("/")[0]
        await sql(
            f"{server}/postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'db%'"
        )
    async with store.read() as session:
        assert (await session.scalars(text("SELECT 1"))).one() == 1
