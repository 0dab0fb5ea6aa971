"""How the line of a visit was, summed up: the rule by itself, and the whole service that writes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from protocol.events import SessionClosed
from protocol.ice import MediaPath
from protocol.quality import QualityNumbers, Verdict
from protocol.signals import Answer, EndReason
from protocol.state import PictureStep, RobotState
from protocol.topics import EVENT
from remote_app import registry
from remote_app.access import new_claim
from remote_app.store import courses, people
from remote_app.store.models import Course, Invitation, PersonRole
from remote_app.store.quality_table import VisitRow
from remote_app.store.service import open_store
from remote_app.visit_quality import (
    GAP_S,
    LAST_BUCKET,
    MAX_UNTOLD,
    MAX_VISITS,
    SILENT_S,
    Mean,
    QualityDesk,
    Visit,
    VisitQuality,
    bucket,
    joined,
    middle_ms,
    quantile_ms,
)
from tests.app.conftest import Service
from tests.app.fake_robot import WAIT_S, FakeRobot
from tests.app.leading import CONNECT
from tests.app.lines import GOOD, SESSION, beat, visit

START = datetime(2030, 1, 7, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Desk:
    """The desk of a node whose visits are all its own, or those that are told."""

    def __init__(self, *ours: str) -> None:
        self.desk = QualityDesk((lambda session: session in ours) if ours else (lambda _: True))
        self.now = 0.0

    def hear(self, seconds: int, quality: Any = GOOD, **session: Any) -> None:
        """A heartbeat each second for so long."""
        for _ in range(seconds):
            self.desk.hear(beat(quality, **session), self.now, at(self.now))
            self.now += 1

    def over(self) -> VisitQuality:
        self.desk.over(SESSION)
        (one,) = self.desk.take()
        assert (one.session, one.robot, one.seat) == (SESSION, "vefsn", "rodoy")
        return one.quality


def test_a_visit_is_summed_up_by_word_step_and_path() -> None:
    desk = Desk()
    slow = GOOD.model_copy(update={"verdict": Verdict.SLOW, "step": PictureStep.P360, "rtt_ms": 200.0, "loss": 0.05})
    still = GOOD.model_copy(
        update={"verdict": Verdict.BAD, "step": PictureStep.STILLS, "path": MediaPath.RELAY_TLS, "rtt_ms": None}
    )
    desk.hear(61)
    desk.hear(30, slow)
    desk.hear(10, still, connection="d" * 16)
    quality = desk.over()
    assert (quality.began, quality.ended) == (START, at(100))
    assert quality.verdicts == {Verdict.GOOD: 60, Verdict.SLOW: 30, Verdict.BAD: 10}
    assert quality.steps == {"p720": 60, "p360": 30, "stills": 10}
    assert quality.paths == {"direct": 90, "relay": 10}
    assert quality.reconnections == 1
    assert quality.loss.value == pytest.approx((60 * 0.01 + 30 * 0.05 + 10 * 0.01) / 100)
    assert quantile_ms(quality.trips, 0.5) == pytest.approx(40, rel=0.1)
    assert quantile_ms(quality.trips, 0.95) == pytest.approx(200, rel=0.1)
    assert desk.desk.take() == []


def test_pictures_are_those_that_the_page_shows_where_it_says_so() -> None:
    desk = Desk()
    desk.hear(3, GOOD.model_copy(update={"numbers": QualityNumbers(shown_fps=12)}))
    assert desk.over().fps.value == 12


def test_the_rescue_path_and_a_silent_tablet_are_bad_whatever_was_measured_before() -> None:
    desk = Desk()
    desk.hear(11)
    desk.hear(10, None, rescue=True)
    desk.hear(10, GOOD, lost_s=4.0)
    quality = desk.over()
    assert quality.verdicts == {Verdict.GOOD: 10, Verdict.BAD: 20}
    assert quality.paths == {"direct": 20, "rescue": 10}


def test_nothing_is_known_of_a_gap_and_a_robot_that_stays_silent_is_gone() -> None:
    desk = Desk()
    desk.hear(11)
    desk.now += 20
    desk.hear(11)
    desk.desk.tick(desk.now + SILENT_S - 2)
    assert desk.desk.take() == []
    desk.desk.tick(desk.now + SILENT_S)
    ((one),) = desk.desk.take()
    assert one.quality.judged_s == 20
    assert one.quality.ended - one.quality.began == timedelta(seconds=41)


def test_only_the_node_that_has_the_visit_tells_of_it() -> None:
    desk = Desk("of-somebody-else")
    desk.hear(10)
    desk.desk.over(SESSION)
    assert desk.desk.take() == []
    desk.desk.over(SESSION)
    assert desk.desk.take() == []


def test_a_node_that_goes_tells_what_it_has() -> None:
    desk = Desk()
    desk.hear(10)
    desk.desk.stop()
    assert [one.quality.judged_s for one in desk.desk.take()] == [9]


def test_what_is_remembered_has_a_limit() -> None:
    desk = QualityDesk(lambda _: True)
    for number in range(MAX_VISITS + 2):
        desk.hear(beat(id=f"session-number-{number:08}"), number / 1000, at(number))
    assert [one.session for one in desk.take()] == ["session-number-00000000", "session-number-00000001"]
    desk.back([visit(START, at(1))] * (MAX_UNTOLD + 5))
    assert len(desk.take()) == MAX_UNTOLD


def test_a_robot_without_anybody_is_no_visit() -> None:
    desk = Desk()
    desk.desk.hear(FakeRobot("vefsn", "").state(), 0.0, START)
    desk.desk.stop()
    assert desk.desk.take() == []


@given(st.floats(min_value=0, max_value=60_000))
def test_a_round_trip_is_known_to_a_tenth(ms: float) -> None:
    step = bucket(ms)
    assert 0 <= step <= LAST_BUCKET
    assert ms < 1 or middle_ms(step) == pytest.approx(ms, rel=0.1)
    assert step >= bucket(ms / 2)


SECONDS = st.floats(min_value=0.01, max_value=1e5)
SUMS = st.builds(
    VisitQuality,
    began=st.integers(0, 50).map(at),
    ended=st.integers(51, 100).map(at),
    verdicts=st.dictionaries(st.sampled_from(list(Verdict)), SECONDS),
    steps=st.dictionaries(st.sampled_from([one.value for one in PictureStep]), SECONDS),
    paths=st.dictionaries(st.sampled_from(["direct", "relay", "rescue"]), SECONDS),
    trips=st.dictionaries(st.integers(0, LAST_BUCKET), SECONDS),
    loss=st.builds(Mean, SECONDS, SECONDS),
    fps=st.builds(Mean, SECONDS, SECONDS),
    reconnections=st.integers(0, 9),
)


def later(one: VisitQuality) -> VisitQuality:
    day = timedelta(days=1)
    return VisitQuality(
        one.began + day,
        one.ended + day,
        one.verdicts,
        one.steps,
        one.paths,
        one.trips,
        one.loss,
        one.fps,
        one.reconnections,
    )


@settings(max_examples=40)
@given(SUMS, SUMS)
def test_parts_of_a_visit_make_one_sum_in_whatever_order(one: VisitQuality, other: VisitQuality) -> None:
    rest = later(other)
    both = joined(one, rest)
    assert both == joined(rest, one)
    assert both.judged_s == pytest.approx(one.judged_s + other.judged_s)
    assert (both.began, both.ended) == (one.began, rest.ended)
    assert sum(both.trips.values()) == pytest.approx(sum(one.trips.values()) + sum(other.trips.values()))
    assert both.fps.seconds == pytest.approx(one.fps.seconds + other.fps.seconds)


@settings(max_examples=40)
@given(SUMS, SUMS)
def test_what_two_nodes_heard_at_the_same_time_counts_once(one: VisitQuality, other: VisitQuality) -> None:
    both = joined(one, other)
    assert both in (one, other)
    assert both.judged_s == max(one.judged_s, other.judged_s)
    assert joined(one, one) == one


@given(st.dictionaries(st.integers(0, LAST_BUCKET), SECONDS, min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_part_has_no_shorter_round_trip(trips: dict[int, float], one: float, other: float) -> None:
    low, high = quantile_ms(trips, min(one, other)), quantile_ms(trips, max(one, other))
    assert low is not None
    assert high is not None
    assert low <= high


@given(
    st.lists(
        st.tuples(st.sampled_from([GOOD, None]), st.floats(min_value=0, max_value=10), st.sampled_from("cd")),
        min_size=1,
        max_size=40,
    )
)
def test_no_second_is_counted_twice_and_none_of_a_gap(beats: list[tuple[Any, float, str]]) -> None:
    desk, now, known = QualityDesk(lambda _: True), 0.0, 0.0
    for number, (quality, wait_s, connection) in enumerate(beats):
        now += wait_s
        known += wait_s if number and wait_s <= GAP_S and quality is not None else 0
        desk.hear(beat(quality, connection=connection * 16), now, at(now))
    desk.stop()
    ((one),) = desk.take()
    assert one.quality.judged_s == pytest.approx(known)
    assert one.quality.judged_s <= (one.quality.ended - one.quality.began).total_seconds() + 0.001
    assert one.quality.reconnections < len(beats)


def test_no_name_goes_into_a_visit() -> None:
    desk = Desk()
    desk.hear(3)
    desk.desk.stop()
    ((one),) = desk.desk.take()
    assert isinstance(one, Visit)
    assert "Kari" not in repr(one)


# The whole service


async def test_the_service_writes_it_when_the_visit_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "READ_EVERY_S", 0.1)
    store = await open_store(service.settings)
    now = datetime.now(UTC)
    async with store.write() as session:
        course = await courses.add_course(session, Course(name="Kurs", ends_at=now, waiting_room=False))
        meeting = await courses.add_meeting(session, course.id, now - timedelta(hours=1), now + timedelta(hours=1))
        await courses.put_site(session, "mosjoen", "Frisklivssentralen", "Vefsn")
        await courses.put_robot(session, "vefsn", "mosjoen", "Kursrommet")
        seat = await courses.add_seat(session, course.id, "rodoy", "vefsn")
        kari = await people.add_participant(session, "Kari", PersonRole.PATIENT, course.id, seat.id)
        window = {"not_before": now - timedelta(hours=1), "expires": now + timedelta(hours=1)}
        link = await people.invite(session, Invitation(id="link-of-kari", person_id=kari.id, seat_id=seat.id, **window))
    claim = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=1)
    token = service.key.sign(claim.model_copy(update={"id": link.id, "kept": True}))
    async with FakeRobot("vefsn", service.robot_url("vefsn")).running() as robot, asyncio.timeout(WAIT_S):
        robot.quality = GOOD
        while True:
            async with service.http.get(f"{service.where.http}/api/link/{token}") as answer:
                if "fault" not in await answer.json():
                    break
            await asyncio.sleep(0.05)
        page, welcome = await service.open(token)
        await page.send(CONNECT)
        await page.next(Answer)
        for _ in range(4):
            await page.next(RobotState, lambda state: state.session is not None)
        ids: Any = {"robot": "vefsn", "epoch": robot.epoch, "session": welcome.session}
        await robot.publish(EVENT, SessionClosed(**ids, reason=EndReason.LEFT))
        rows: list[VisitRow] = []
        while not rows:
            await asyncio.sleep(0.05)
            async with store.read() as session:
                rows = list(await session.scalars(select(VisitRow)))
    await store.close()
    (row,) = rows
    assert (row.meeting_id, row.site, row.robot, row.seat) == (meeting.id, "mosjoen", "vefsn", "rodoy")
    assert row.good_s == row.direct_s == pytest.approx(row.steps["p720"])
    assert (row.slow_s, row.bad_s, row.reconnections) == (0, 0, 0)
    assert row.rtt_median_ms == pytest.approx(40, rel=0.1)
    assert now <= row.began_at <= row.ended_at
