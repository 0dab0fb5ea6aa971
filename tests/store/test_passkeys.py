"""Passkeys in the store, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from remote_app.store import passkeys, people, staff
from remote_app.store.engine import Store
from remote_app.store.models import PersonRole
from remote_app.store.retention import delete_due
from remote_app.store.staff_tables import StaffPasskey
from tests.store.filled import NOW

HOST = "robot.example.org"


async def somebody(store: Store, name: str, *keys: str, role: PersonRole = PersonRole.LEADER) -> str:
    """One of the staff with these passkeys; the credential id of each is its id."""
    async with store.write() as session:
        person = await people.add_staff(session, name, role)
        for key in keys:
            await passkeys.add_passkey(session, passkey(person.id, key))
    return person.id


def passkey(person: str, key: str, rp_id: str = HOST) -> StaffPasskey:
    return StaffPasskey(
        id=key, person_id=person, credential_id=key, public_key="AA", rp_id=rp_id, sign_count=0, name=key, made_at=NOW
    )


async def can(store: Store, person: str, rp_id: str = HOST, issuer: str = "") -> bool:
    async with store.read() as session:
        return await passkeys.can_log_in(session, person, rp_id, issuer)


async def test_the_count_only_goes_on_whoever_is_first(store: Store) -> None:
    await somebody(store, "Ane", "key")

    async def use(count: int) -> bool:
        async with store.write() as session:
            return await passkeys.count_use(session, "key", count, NOW)

    assert [await use(0), await use(0), await use(1), await use(1), await use(0)] == [True, True, True, False, False]
    assert sorted(await asyncio.gather(use(2), use(2), use(2))) == [False, False, True]
    assert await use(2**32 - 1), "what an authenticator can say at most"
    assert not await use(7)
    async with store.read() as session:
        row = await passkeys.known_passkey(session, "key")
    assert row is not None
    assert (row.sign_count, row.used_at) == (2**32 - 1, NOW)


async def test_a_challenge_is_answered_once_by_whoever_is_first(store: Store) -> None:
    async def answer() -> bool:
        try:
            async with store.write() as session:
                await passkeys.burn_challenge(session, "challenge", NOW)
        except IntegrityError:
            return False
        return True

    assert sorted(await asyncio.gather(answer(), answer(), answer())) == [False, False, True]
    assert await delete_due(store, NOW + timedelta(days=1)) == {}
    assert await delete_due(store, NOW + timedelta(days=1, seconds=1)) == {"logins": 1}


async def test_two_removals_at_once_leave_one_way_in(store: Store) -> None:
    person = await somebody(store, "Ane", "one", "two")

    async def remove(key: str) -> bool:
        try:
            async with store.write() as session:
                assert await passkeys.remove_passkey(session, person, key)
                if not await passkeys.can_log_in(session, person, HOST, ""):
                    raise LookupError("no way in")  # undoes it
        except LookupError:
            return False
        return True

    assert sorted(await asyncio.gather(remove("one"), remove("two"))) == [False, True]
    assert await can(store, person)


async def test_what_is_a_way_in(store: Store) -> None:
    person = await somebody(store, "Ane", "key")
    assert await can(store, person)
    assert not await can(store, person, "elsewhere.example.org"), "a passkey works at its own address alone"
    async with store.write() as session:
        await staff.set_identity(session, person, "https://sts.example.org", "ane")
    assert await can(store, person, "", "https://sts.example.org")
    assert not await can(store, person, "", "https://another.example.org")
    async with store.write() as session:
        await staff.set_account(session, person, "ane", "$hash", NOW)
    assert await can(store, person, "", "")


async def test_an_administrator_with_a_passkey_alone_is_one(store: Store) -> None:
    person = await somebody(store, "Tor", "key", role=PersonRole.ADMINISTRATOR)
    async with store.write() as session:
        assert await staff.has_administrator(session)
        assert (await staff.how_known(session, person)).can_log_in
        assert await staff.deactivate(session, person, NOW)
        assert await passkeys.known_passkey(session, "key") is None
        assert await staff.restore(session, person)
        assert await passkeys.known_passkey(session, "key") is not None
        assert await staff.withdraw_staff(session, person, NOW)
        assert not await passkeys.passkeys_of(session, person), "gone at once"


async def test_a_credential_is_one_persons(store: Store) -> None:
    person = await somebody(store, "Ane", "key")
    other = await somebody(store, "Siv")
    row = passkey(other, "another")
    row.credential_id = "key"

    async def add() -> None:
        async with store.write() as session:
            await passkeys.add_passkey(session, row)

    with pytest.raises(IntegrityError):
        await add()
    async with store.write() as session:
        assert not await passkeys.remove_passkey(session, other, "key")
        assert not await passkeys.rename_passkey(session, other, "key", "Min")
        assert await passkeys.rename_passkey(session, person, "key", "Mobilen")
