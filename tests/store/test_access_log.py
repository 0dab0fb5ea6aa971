"""The access log in both databases: many writers, one chain, tampering that is found, and patience."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from remote_app.store import courses, engine, log_writer
from remote_app.store.access_log import Checked, append, check_log, delete_before, newest
from remote_app.store.chain import ChainKey, Deed, Entry
from remote_app.store.commands import line
from remote_app.store.engine import Store
from remote_app.store.errors import LogBrokenError
from remote_app.store.log_writer import AccessLogWriter, running
from remote_app.store.models import AccessHead
from tests.app.fake_robot import until
from tests.store.conftest import KEY, Place, sql
from tests.store.filled import NOW

MOST = 1200  # more than two batches


def entries(count: int, robot: str = "vefsn") -> list[Entry]:
    return [
        Entry(NOW + timedelta(hours=n), Deed.ENTERED, robot=robot, seat="rodoy", detail=str(n)) for n in range(count)
    ]


async def write(store: Store, count: int, robot: str = "vefsn") -> None:
    async with store.write() as session:
        await append(session, KEY, entries(count, robot))


async def checked(store: Store, key: ChainKey = KEY) -> Checked:
    async with store.read() as session:
        return await check_log(session, key)


async def test_several_nodes_write_one_chain(store: Store, place: Place) -> None:
    other = await place.open()

    async def one_by_one(node: Store, robot: str) -> None:
        for _ in range(8):
            await write(node, 2, robot)

    await asyncio.gather(one_by_one(store, "a"), one_by_one(other, "b"), one_by_one(other, "c"))
    found = await checked(other)
    assert (found.entries, found.fault, found.head.last_seq) == (48, "", 48)
    async with store.read() as session:
        log = await newest(session, 100)
    assert [sealed.seq for sealed in log] == list(range(48, 0, -1))
    for robot in "abc":
        assert sum(sealed.entry.robot == robot for sealed in log) == 16
    await other.close()


async def test_what_is_written_during_a_check_is_no_fault(store: Store, place: Place) -> None:
    await write(store, 2)
    other = await place.open()
    async with store.read() as session:
        await session.scalar(select(AccessHead))
        await write(other, 1)
        found = await check_log(session, KEY)
    await other.close()
    assert (found.entries, found.fault) == (2, "")
    assert (await checked(store)).entries == 3


async def test_what_was_written_is_read_as_it_was(store: Store) -> None:
    entry = Entry(NOW, Deed.HANDED_OVER, "vefsn", "rodoy", "patient", "link-of-kari", "link-of-ane", "replaced")
    async with store.write() as session:
        await append(session, KEY, [entry, Entry(NOW, Deed.REFUSED, detail="expired")])
    async with store.read() as session:
        second, first = await newest(session)
    assert first.entry == entry
    assert line(first) == (
        "1 2026-11-28T10:00:00Z handed_over robot=vefsn seat=rodoy role=patient link=link-of-kari by=link-of-ane "
        "detail=replaced"
    )
    assert line(second) == "2 2026-11-28T10:00:00Z refused detail=expired"


async def test_a_leader_sees_the_own_sites(store: Store) -> None:
    async with store.write() as session:
        for site in ("vefsn", "rana"):
            await courses.put_site(session, site, site, site)
            await courses.put_robot(session, site, site, site)
        await append(session, KEY, [Entry(NOW, Deed.REFUSED), *entries(3), *entries(2, "rana")])
    async with store.read() as session:
        assert {one.entry.robot for one in await newest(session, sites=("vefsn",))} == {"vefsn"}
        assert await newest(session, sites=()) == []
        assert len(await newest(session, sites=("vefsn", "rana"))) == 5
        assert len(await newest(session)) == 6
        assert [one.seq for one in await newest(session, 2, before=4)] == [3, 2]


TAMPERING = {
    "an edit": ("UPDATE access_log SET robot = 'rana' WHERE seq = 3", "entry 3 is not as it was written"),
    "another time": (
        "UPDATE access_log SET at = (SELECT at FROM access_log WHERE seq = 1) WHERE seq = 3",
        "entry 3 is not",
    ),
    "no deed of ours": ("UPDATE access_log SET deed = 'danced' WHERE seq = 2", "entry 2 is not as it was written"),
    "no word": ("UPDATE access_log SET detail = 'Kari N.' WHERE seq = 2", "entry 2 is not as it was written"),
    "a removal": ("DELETE FROM access_log WHERE seq = 2", "entry 2 is missing"),
    "the newest removed": ("DELETE FROM access_log WHERE seq = 5", "entry 5 is missing"),
    "all removed": ("DELETE FROM access_log", "entry 1 is missing"),
    "an earlier head": (
        "UPDATE access_log_head SET last_seq = 4, last_mac = (SELECT mac FROM access_log WHERE seq = 4)",
        "head is not as it was written",
    ),
    "no head": ("DELETE FROM access_log_head", "the log's head is missing"),
}


@pytest.mark.parametrize("how", TAMPERING)
async def test_what_is_done_behind_our_back_is_found_and_stays_found(store: Store, how: str) -> None:
    await write(store, 5)
    assert (await checked(store)).fault == ""
    statement, words = TAMPERING[how]
    async with store.connection() as connection:
        await connection.execute(text(statement))
    assert words in (await checked(store)).fault
    await write(store, 2)  # the service goes on, and nothing is lost by that
    found = await checked(store)
    assert found.fault
    async with store.read() as session:
        assert [sealed.entry.detail for sealed in (await newest(session, 2))] == ["1", "0"]


async def test_another_key_is_noticed(store: Store) -> None:
    await write(store, 1)
    assert "or the key is another" in (await checked(store, ChainKey(b"x" * 32))).fault


async def test_deletion_in_time_leaves_an_unbroken_log(store: Store) -> None:
    await write(store, 10)
    async with store.write() as session:
        assert await delete_before(session, KEY, NOW) == 0
        assert await delete_before(session, KEY, NOW + timedelta(hours=4)) == 4
        assert await delete_before(session, KEY, NOW + timedelta(hours=4)) == 0
    found = await checked(store)
    assert (found.entries, found.fault, found.head.first_seq) == (6, "", 5)
    async with store.write() as session:
        assert await delete_before(session, KEY, NOW + timedelta(days=400)) == 6
    assert await checked(store) == Checked(
        0, found.head.__class__(11, found.head.last_mac, 10, found.head.last_mac), ""
    )
    await write(store, 1)
    assert (await checked(store)).fault == ""


async def test_a_log_that_was_changed_is_not_deleted_from(store: Store) -> None:
    await write(store, 3)
    async with store.connection() as connection:
        await connection.execute(text("UPDATE access_log_head SET first_seq = 2"))
    with pytest.raises(LogBrokenError, match="nothing is deleted"):
        async with store.write() as session:
            await delete_before(session, KEY, NOW + timedelta(days=400))
    async with store.read() as session:
        assert len(await newest(session)) == 3


async def test_what_happens_is_written_in_order_and_the_rest_at_the_end(store: Store) -> None:
    async with running(store) as (writer, task):
        before = datetime.now(UTC)
        writer.put(
            Entry(datetime.now(UTC), Deed.ENTERED, robot="vefsn", seat="rodoy", role="patient", link="link-of-kari")
        )
        await until(lambda: not writer.waiting)
        for number in range(700):
            writer.put(Entry(datetime.now(UTC), Deed.LEFT, detail=str(number)))
    assert task.done()
    found = await checked(store)
    assert (found.entries, found.fault) == (701, "")
    async with store.read() as session:
        log = await newest(session, 1000)
    assert [sealed.entry.detail for sealed in log[:-1]] == [str(number) for number in range(699, -1, -1)]
    assert before <= log[-1].entry.at <= datetime.now(UTC)


async def test_a_database_that_is_away_gets_them_when_it_is_back(
    store: Store, place: Place, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.05)
    monkeypatch.setattr(log_writer, "MAX_WAITING", MOST)
    node = await place.open()
    writer = AccessLogWriter(node)
    async with contextlib.AsyncExitStack() as away:
        if kind == "sqlite":
            await away.enter_async_context(store.connection())
        else:
            server, _, name = place.address.rpartition("/")
            await sql(f"{server}/postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await sql(
                f"{server}/postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{name}'"
            )
        for number in range(MOST + 3):
            writer.put(Entry(datetime.now(UTC), Deed.ENTERED, detail=str(number)))
        assert not await writer.write()
        assert writer.waiting == MOST
    if kind == "postgresql":
        await sql(f"{server}/postgres", f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    while writer.waiting:
        assert await writer.write()
    found = await checked(store)
    assert (found.entries, found.fault) == (MOST + 1, "")
    async with store.read() as session:
        lost, last = await newest(session, 2)
    assert (lost.entry.deed, lost.entry.detail, last.entry.detail) == (Deed.LOST, "3", str(MOST - 1))
    await node.close()
