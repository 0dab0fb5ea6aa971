"""How the lines of visits were, on both databases: one row a visit, whoever writes it and how often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from protocol.quality import Verdict
from remote_app.store import courses, quality
from remote_app.store.engine import Store
from remote_app.store.errors import StoreOffError
from remote_app.store.models import Course
from remote_app.store.quality import keep_visits, visits_of
from remote_app.visit_quality import Visit, joined, quantile_ms
from tests.app.lines import beat, visit
from tests.store.conftest import Place
from tests.store.filled import NOW, fill
from tests.store.planner import planner

MINUTE = timedelta(minutes=1)
FIRST = visit(NOW, NOW + 30 * MINUTE)


async def kept(store: Store, meeting: str) -> list[Visit]:
    async with store.read() as session:
        return [Visit(row.id, row.robot, row.seat, found) for row, found in await visits_of(session, [meeting])]


async def test_what_is_written_is_read_and_tells_no_session(store: Store) -> None:
    meeting = (await fill(store)).meeting
    assert await keep_visits(store, [FIRST]) == 1
    (found,) = await kept(store, meeting)
    assert (found.robot, found.seat) == ("vefsn", "rodoy")
    assert FIRST.session not in found.session
    assert (found.quality.began, found.quality.ended) == (FIRST.quality.began, FIRST.quality.ended)
    assert found.quality.verdicts == FIRST.quality.verdicts
    assert (found.quality.steps, found.quality.paths) == (FIRST.quality.steps, FIRST.quality.paths)
    assert found.quality.trips == FIRST.quality.trips
    assert found.quality.loss.value == pytest.approx(0.01)
    assert found.quality.fps.value == pytest.approx(30)
    async with store.read() as session:
        row = (await session.execute(text("SELECT rtt_median_ms, rtt_p95_ms, site FROM visit_quality"))).one()
    assert tuple(row) == (quantile_ms(FIRST.quality.trips, 0.5), quantile_ms(FIRST.quality.trips, 0.95), "vefsn")


async def test_what_was_never_measured_stays_unknown(store: Store) -> None:
    meeting = (await fill(store)).meeting
    nothing = visit(NOW, NOW + MINUTE, verdicts={}, steps={}, paths={}, trips={})
    await keep_visits(store, [nothing])
    (found,) = await kept(store, meeting)
    assert found.quality.judged_s == 0
    assert quantile_ms(found.quality.trips, 0.95) is None


async def test_a_visit_in_two_parts_is_one_row_and_what_was_heard_twice_counts_once(store: Store) -> None:
    meeting = (await fill(store)).meeting
    rest = visit(NOW + 31 * MINUTE, NOW + 60 * MINUTE, reconnections=1)
    await keep_visits(store, [FIRST])
    await keep_visits(store, [rest])
    (found,) = await kept(store, meeting)
    both = joined(FIRST.quality, rest.quality)
    assert found.quality.judged_s == pytest.approx(both.judged_s) == pytest.approx(59 * 60)
    assert (found.quality.began, found.quality.ended) == (NOW, NOW + 60 * MINUTE)
    assert found.quality.reconnections == 1
    await keep_visits(store, [rest, visit(NOW + 5 * MINUTE, NOW + 50 * MINUTE)])
    assert (await kept(store, meeting))[0].quality.judged_s == pytest.approx(59 * 60)


async def test_another_seat_or_another_day_is_no_visit_of_a_meeting(store: Store) -> None:
    filled = await fill(store)
    day = timedelta(days=2)
    strange = Visit("session-of-nobody", "vefsn", "another-seat", FIRST.quality)
    assert await keep_visits(store, [strange, visit(NOW + day, NOW + day + MINUTE)]) == 0
    assert await kept(store, filled.meeting) == []


async def test_it_belongs_to_the_nearest_meeting_of_a_course_that_is_not_thrown_away(store: Store) -> None:
    filled = await fill(store)
    async with store.write() as session:
        other = await courses.add_course(session, Course(name="Annet", ends_at=NOW), ())
        late = await courses.add_meeting(session, other.id, NOW + 135 * MINUTE, NOW + 200 * MINUTE)
        await courses.add_seat(session, other.id, "rodoy", "vefsn")
    await keep_visits(store, [FIRST, visit(NOW + 130 * MINUTE, NOW + 190 * MINUTE, "session-of-the-evening")])
    assert len(await kept(store, filled.meeting)) == len(await kept(store, late.id)) == 1
    async with store.write() as session:
        await session.execute(text("DELETE FROM visit_quality"))
        await session.execute(text("UPDATE courses SET deleted_at = ends_at WHERE name = 'Annet'"))
    assert await keep_visits(store, [visit(NOW + 190 * MINUTE, NOW + 195 * MINUTE)]) == 0


async def test_a_meeting_takes_its_lines_with_it(store: Store) -> None:
    filled = await fill(store)
    await keep_visits(store, [FIRST])
    async with store.write() as session:
        await session.execute(text("DELETE FROM meetings"))
    assert await kept(store, filled.meeting) == []


async def test_two_nodes_that_write_at_once_make_one_row(store: Store) -> None:
    """On PostgreSQL the later one may have to try again, as the node does by itself; SQLite lets one in at a time."""
    meeting = (await fill(store)).meeting
    rest = visit(NOW + 31 * MINUTE, NOW + 60 * MINUTE)

    async def again(one: Visit) -> None:
        for _ in range(5):
            try:
                await keep_visits(store, [one])
            except StoreOffError:
                continue
            return
        pytest.fail("the row was there by then")

    await asyncio.gather(again(FIRST), again(rest))
    (found,) = await kept(store, meeting)
    assert found.quality.judged_s == pytest.approx(59 * 60)


async def test_a_node_that_stops_writes_what_goes_on_and_keeps_what_the_store_did_not_take(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = (await fill(store)).meeting
    async with planner(store, place.directory) as api:
        desk, registry = api.context.switchboard.quality, api.registry
        monkeypatch.setattr(desk, "_ours", lambda _: True)
        for second in range(20):
            desk.hear(beat(), float(second), NOW + timedelta(seconds=second))

        async def off(*_: object) -> int:
            raise StoreOffError("a test")

        with monkeypatch.context() as away:
            away.setattr(quality, "keep_visits", off)
            await registry.stop()
        assert await kept(store, meeting) == []
        await registry.stop()
    (found,) = await kept(store, meeting)
    assert found.quality.verdicts == {Verdict.GOOD: 19}
