"""Accounts, sessions and one-time links in the store, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from remote_app.access import hash_of
from remote_app.store import people, staff
from remote_app.store.engine import Store
from remote_app.store.errors import StoreValueError
from remote_app.store.models import Person, PersonRole
from remote_app.store.retention import delete_due
from tests.store.filled import NOW, fill

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
MOMENT = timedelta(seconds=1)


async def administrator(store: Store) -> str:
    """Somebody who runs the service, with an account."""
    async with store.write() as session:
        person = await people.add_staff(session, "Tor", PersonRole.ADMINISTRATOR)
        await staff.set_account(session, person.id, "tor", "$hash", NOW)
    return person.id


async def whose(store: Store, token: str, now: object = NOW) -> str | None:
    async with store.read() as session:
        kept = hash_of(token)
        found = await staff.people_of_sessions(session, (kept,), now, IDLE, LONGEST)  # type: ignore[arg-type]
    return found[kept][0].id if kept in found else None


async def test_a_session_lasts_while_it_is_used_and_never_longer_than_its_age(store: Store) -> None:
    person = await administrator(store)
    async with store.write() as session:
        token = await staff.begin_session(session, person, NOW)
    assert await whose(store, token, NOW + IDLE - MOMENT) == person
    assert await whose(store, token, NOW + IDLE) is None
    for hours in range(1, 12):
        async with store.write() as session:
            await staff.touch_sessions(session, (hash_of(token),), NOW + timedelta(hours=hours))
    assert await whose(store, token, NOW + LONGEST - MOMENT) == person
    assert await whose(store, token, NOW + LONGEST) is None


async def test_the_database_holds_no_token(store: Store) -> None:
    person = await administrator(store)
    async with store.write() as session:
        tokens = [await staff.begin_session(session, person, NOW), await staff.new_link(session, person, NOW)]
    async with store.read() as session:
        for table in ("staff_sessions", "staff_links"):
            rows = str((await session.execute(text(f"SELECT * FROM {table}"))).all())
            assert len(rows) > 64
            assert not any(token in rows for token in tokens)


async def test_who_leaves_is_logged_out_and_has_nothing_to_log_in_with(store: Store) -> None:
    person = await administrator(store)
    async with store.write() as session:
        token = await staff.begin_session(session, person, NOW)
        link = await staff.new_link(session, person, NOW)
        assert await staff.withdraw_staff(session, person, NOW)
        assert not await staff.withdraw_staff(session, person, NOW)
    assert await whose(store, token) is None
    async with store.read() as session:
        assert await staff.account_of(session, "tor") is None
        assert await staff.look_at_link(session, link, NOW) is None
        assert not await staff.has_administrator(session)
        assert not await staff.staff_people(session)


async def test_a_participant_is_never_logged_in(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        token = await staff.begin_session(session, filled.patient, NOW)
        assert not await staff.withdraw_staff(session, filled.patient, NOW)
        assert not await staff.change_staff(session, filled.patient, PersonRole.LEADER, ())
    assert await whose(store, token) is None


async def test_another_role_and_other_sites_count_at_once(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        assert await staff.change_staff(session, filled.leader, PersonRole.COORDINATOR, ("rodoy",))
        with pytest.raises(StoreValueError, match="no such site"):
            await staff.change_staff(session, filled.leader, PersonRole.LEADER, ("nowhere",))
    async with store.read() as session:
        person = await session.get(Person, filled.leader)
        assert person is not None
        assert person.role is PersonRole.COORDINATOR
        assert await people.sites_of(session, filled.leader) == {"rodoy"}


async def test_the_administrators_link_works_once_for_a_day_and_only_the_newest(store: Store) -> None:
    async with store.write() as session:
        old, new = await staff.new_link(session, None, NOW), await staff.new_link(session, None, NOW)
    async with store.read() as session:
        assert await staff.look_at_link(session, old, NOW) is None
        assert await staff.look_at_link(session, new, NOW + staff.LINK_GOOD_FOR - MOMENT) is not None
        assert await staff.look_at_link(session, new, NOW + staff.LINK_GOOD_FOR) is None

    async def use() -> bool:
        async with store.write() as session:
            return await staff.use_link(session, new, NOW) is not None

    assert sorted(await asyncio.gather(use(), use(), use())) == [False, False, True]


async def test_an_administrator_makes_the_link_worthless(store: Store) -> None:
    async with store.write() as session:
        link = await staff.new_link(session, None, NOW)
    await administrator(store)
    async with store.write() as session:
        assert await staff.look_at_link(session, link, NOW) is None
        assert await staff.use_link(session, link, NOW) is None


async def test_a_login_name_is_one_persons(store: Store) -> None:
    await administrator(store)
    async with store.write() as session:
        other = await people.add_staff(session, "Ane", PersonRole.LEADER)
        with pytest.raises(StoreValueError, match="taken"):
            await staff.set_account(session, other.id, "tor", "$hash", NOW)


async def test_old_logins_are_deleted_in_time(store: Store) -> None:
    person = await administrator(store)
    async with store.write() as session:
        await staff.begin_session(session, person, NOW)
        await staff.new_link(session, person, NOW - staff.LINK_GOOD_FOR)
    assert await delete_due(store, NOW + timedelta(days=1)) == {}
    assert await delete_due(store, NOW + timedelta(days=1) + MOMENT) == {"logins": 2}
