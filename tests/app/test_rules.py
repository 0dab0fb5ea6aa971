"""The pure rules: presence, back-off, rate limit, outbox, seats, rooms. Time is a number here."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.backoff import Backoff
from protocol.base import Wire
from protocol.rescue import RescueParcel
from protocol.signals import Hangup
from protocol.state import Offline, SessionState
from protocol.topics import SIGNAL_IN, Channel
from protocol.web import RobotPresent
from remote_app.access import LinkKey, new_claim
from remote_app.journal import Journal
from remote_app.limits import ClientBuckets, TokenBucket, client_of
from remote_app.outbox import MAX_WAITING, TOO_SLOW_CODE, Closing, Outbox
from remote_app.page import Page
from remote_app.presence import JITTER_S, Presence
from remote_app.rooms import Room
from remote_app.seats import GRACE_S, MAX_ASKED, Seats
from remote_app.settings import AppSettings, RobotSettings
from remote_app.switchboard import Switchboard
from remote_app.turn import TurnDesk
from tests.app.fake_robot import FakeRobot

KEY = LinkKey(bytes(32))
CLAIM = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=1)


def page(tab: str = "") -> Page:
    return Page(CLAIM, tab, 0.0)


@pytest.mark.parametrize(("in_session", "limit_s"), [(True, 3.0), (False, 15.0)])
def test_three_missed_beats_are_gone(in_session: bool, limit_s: float) -> None:
    presence = Presence().beat("epoch000", 100.0, in_session=in_session)
    assert presence.present(100 + limit_s)
    assert not presence.present(100 + limit_s + JITTER_S + 0.001)


def test_a_last_will_of_an_earlier_epoch_changes_nothing() -> None:
    presence = Presence().beat("newepoch", 0.0, in_session=True)
    assert presence.offline("oldepoch").present(1.0)
    assert not presence.offline("newepoch").present(1.0)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["beat in session", "beat at rest", "online", "offline"]),
        st.sampled_from(["epoch-a", "epoch-b"]),
        st.floats(0, 20),
    ),
    max_size=30,
)


@given(EVENTS, st.floats(0, 40))
def test_presence_is_the_age_of_the_newest_life_sign(events: list[tuple[str, str, float]], later: float) -> None:
    presence, now, newest, alive_until = Presence(), 0.0, "", -1.0
    for kind, epoch, gap in events:
        now += gap
        match kind:
            case "offline":
                presence = presence.offline(epoch)
                alive_until = -1.0 if epoch == newest else alive_until
            case "online":
                presence, newest, alive_until = presence.online(epoch, now), epoch, now + 15 + JITTER_S
            case _:
                in_session = kind == "beat in session"
                presence = presence.beat(epoch, now, in_session=in_session)
                newest, alive_until = epoch, now + (3 if in_session else 15) + JITTER_S
    asked = now + later
    if abs(asked - alive_until) > 1e-6:
        assert presence.present(asked) == (asked < alive_until)
    assert presence.epoch == (newest or None)


def test_back_off_doubles_to_its_limit_and_starts_over() -> None:
    backoff = Backoff(first_s=0.1, most_s=1.0, settled_s=10)
    assert [backoff.after(0) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert backoff.after(10) == 0.1
    assert backoff.after(0, jitter=1.0) == 0.1


@given(st.lists(st.floats(0, 2), max_size=200))
def test_a_bucket_never_gives_more_than_burst_and_rate(gaps: list[float]) -> None:
    bucket, now, taken = TokenBucket(rate=5, burst=10, now=0.0), 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
        assert taken <= 10 + 5 * now + 1e-6


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 400)), max_size=300))
def test_no_client_and_not_all_of_them_get_more_than_their_limit(tries: list[tuple[float, int]]) -> None:
    buckets, now = ClientBuckets((0.5, 3), (5, 12), now=0.0), 0.0
    passed: dict[str, int] = {}
    for gap, number in tries:
        now += gap
        client = str(number**2 // 400)  # some ask often
        passed[client] = passed.get(client, 0) + buckets.take(client, now)
        assert passed[client] <= 3 + 0.5 * now + 1e-6
        assert sum(passed.values()) <= 12 + 5 * now + 1e-6
        assert buckets.clients <= 12 + 5 * 3 / 0.5


def test_one_that_hammers_costs_the_others_nothing() -> None:
    buckets = ClientBuckets((0.5, 3), (5, 12), now=0.0)
    assert [buckets.take("greedy", 0.0) for _ in range(100)].count(True) == 3
    assert all(buckets.take(f"robot {number}", 0.0) for number in range(9))
    assert not buckets.take("one too many", 0.0)
    assert buckets.wait_s("one too many", 0.0) == pytest.approx(0.2)
    assert buckets.wait_s("greedy", 0.0) == pytest.approx(2), "its own wait is the longer one"
    assert not buckets.take("greedy", 1.0)
    assert buckets.take("greedy", 2.0)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::1", "203.0.113.9,198.51.100.1", "198.51.100.1"),
        ("::1", "1.2.3.4, 198.51.100.1, 127.0.0.1", "198.51.100.1"),  # two proxies
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
    ],
)
def test_who_a_client_is(peer: str, forwarded: str, client: str) -> None:
    assert client_of(peer, forwarded) == client


async def drain(outbox: Outbox) -> list[str | bytes | Closing]:
    """All that waits; the outbox must be closed."""
    items: list[str | bytes | Closing] = [await outbox.next()]
    while not isinstance(items[-1], Closing):
        items.append(await outbox.next())
    return items


async def test_the_newest_wins_in_a_slot_and_the_rest_keeps_its_order() -> None:
    outbox = Outbox()
    for text, slot in (("old", "state"), ("a", ""), ("new", "state"), ("b", "")):
        outbox.put(text, slot)
    outbox.close(1000, "done")
    outbox.put("too late")
    assert await drain(outbox) == ["a", "new", "b", Closing(1000, "done")]


async def test_a_reader_waits_for_the_next_text() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.next())
    await asyncio.sleep(0)
    outbox.put("at last")
    assert await waiting == "at last"


async def test_a_page_that_does_not_keep_up_is_closed() -> None:
    outbox = Outbox()
    for number in range(MAX_WAITING + 1):
        outbox.put(str(number))
    assert await drain(outbox) == [Closing(TOO_SLOW_CODE, "the page does not keep up")]


def test_a_seat_is_kept_for_the_grace_and_then_let_go() -> None:
    seats = Seats(KEY)
    first = page()
    seat = seats.open(first, 0.0, None)
    connection = seat.take(first)
    seat.answered(connection)
    seats.drop(seat, first, 100.0)
    assert seats.due(100 + GRACE_S - 0.01) == []
    back = page()
    assert seats.open(back, 110.0, None) is seat
    assert (seat.holder, back.connection) == (back, connection)
    assert seats.due(1000.0) == []
    seats.drop(seat, back, 1000.0)
    assert seats.due(1000 + GRACE_S) == [seat]
    seats.let_go(seat)
    assert seats.open(page(), 2000.0, None).session != seat.session


def test_another_tab_does_not_slip_into_the_holders_place() -> None:
    seats = Seats(KEY)
    first, other, back = page("tab-1"), page("tab-2"), page("tab-1")
    seat = seats.open(first, 0.0, None)
    connection = seat.take(first)
    seat.answered(connection)
    seats.drop(seat, first, 1.0)
    seats.open(other, 2.0, None)
    assert seat.holder is None
    assert other.connection is None
    seats.open(back, 3.0, None)
    assert seat.holder is back
    assert back.connection == connection
    assert seat.held_by_other(other)


def test_an_offer_is_the_connection_only_once_it_is_answered() -> None:
    holder = page()
    seat = Seats(KEY).open(holder, 0.0, None)
    first = seat.take(holder)
    assert (seat.connection, holder.connection, seat.at_robot) == (None, None, (first,))
    seat.answered(first)
    second = seat.take(holder)
    assert (seat.connection, holder.connection, seat.at_robot) == (first, first, (first, second))
    seat.over(second, began=False)
    assert (seat.connection, holder.connection, seat.at_robot) == (first, first, (first,))
    seat.answered(second)  # too late: it is over
    assert (seat.connection, holder.connection) == (first, first)
    third = seat.take(holder)
    seat.answered(third)
    seat.over(first, began=True)  # the one before it, made room
    assert (seat.connection, holder.connection, seat.at_robot) == (third, third, (third,))


def at_robot(session: str) -> SessionState:
    return SessionState(
        id=session,
        seat="rodoy",
        connection="c" * 16,
        name="Kari",
        steering=True,
        since_s=1,
        lost_s=0,
        media="connected",
    )


def test_a_session_of_this_link_at_the_robot_is_gone_on_with() -> None:
    mine, others = KEY.new_session(CLAIM.id), KEY.new_session("another-link")
    back = page()
    seat = Seats(KEY).open(back, 0.0, at_robot(mine))
    assert (seat.session, back.connection, seat.holder) == (mine, "c" * 16, back)
    assert Seats(KEY).open(page(), 0.0, at_robot(others)).session not in (mine, others)


def test_an_adopted_session_whose_page_never_comes_back_is_due_too() -> None:
    seats = Seats(KEY)
    back = page()
    seat = seats.open(back, 0.0, at_robot(KEY.new_session(CLAIM.id)))
    seats.drop(seat, back, 5.0)
    assert seats.due(5 + GRACE_S) == [seat]


def test_a_session_that_we_ended_is_not_taken_up_from_a_late_heartbeat() -> None:
    seats = Seats(KEY)
    left = page()
    seat = seats.open(left, 0.0, None)
    seat.take(left)
    ended = seat.session
    seats.leave(seat, 120.0)
    assert seats.open(page(), 0.1, at_robot(ended)).session != ended
    seats.drop(seat, left, 0.1)
    assert seats.open(page(), 0.2, at_robot(ended)).session != ended


def test_replies_go_to_the_asker_and_the_memory_of_them_is_bounded() -> None:
    seats = Seats(KEY)
    first, second = page(), page()
    seat = seats.open(first, 0.0, None)
    seats.open(second, 0.0, None)
    seat.take(first)
    for number in range(MAX_ASKED + 1):
        seat.ask(str(number), second)
    assert seat.asker("0") is None
    assert seat.asker("1") is second
    assert seat.asker("1") is None
    seats.drop(seat, second, 1.0)
    assert seat.asker("2") is first


def test_the_pages_clock_goes_on_between_messages() -> None:
    seat = Seats(KEY).open(page(), 0.0, None)
    seat.hear_clock(5000, 100.0)
    assert seat.clock is not None
    assert seat.clock.at(101.5) == 6500


async def test_a_retained_state_is_shown_but_proves_no_presence() -> None:
    room = Room(RobotSettings(id="vefsn", place="Vefsn"))
    watcher = page()
    room.pages.add(watcher)
    robot = FakeRobot("vefsn", "")
    stored, live = robot.state(), robot.state()
    room.hear_state(stored, 0.0, retained=True)
    assert room.state == stored
    assert not room.present(0.0)
    room.hear_state(live, 1.0, retained=False)
    room.hear_state(stored, 1.1, retained=True)
    assert room.state == live
    assert room.present(1.1)
    room.hear_presence(Offline(robot="vefsn", epoch=robot.epoch, reason="stopped"), 1.2, retained=False)
    assert not room.present(1.2)
    watcher.outbox.close(1000, "")
    told = [item for item in await drain(watcher.outbox) if isinstance(item, str)]
    assert told[-1] == RobotPresent(present=False).model_dump_json()


class SlowBroker:
    """Somebody else runs before it has taken a message, as with the real one."""

    connected = True

    def __init__(self) -> None:
        self.taken: list[tuple[str, Wire]] = []
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        self.asked.set()
        await self.go_on.wait()
        self.taken.append((channel.name, message))

    async def publish_parcel(self, robot: str, parcel: RescueParcel) -> None:
        raise AssertionError("nobody leaves by sending a frame")


async def test_whoever_comes_back_while_the_robot_is_told_of_the_leaving_begins_anew() -> None:
    settings = AppSettings(robots=(RobotSettings(id="vefsn", place="Vefsn"),))
    board = Switchboard(settings, KEY, TurnDesk.open(settings.turn), Journal([].append))
    broker = SlowBroker()
    talk = board.enter(page("tab-1"), broker)
    session, connection = talk.seat.session, talk.seat.take(talk.page)
    talk.seat.answered(connection)
    leaving = asyncio.create_task(board.leave(talk, broker))
    await broker.asked.wait()
    again = board.enter(page("tab-2"), broker).seat
    assert again.session != session, "which is what it is told"
    assert not again.at_robot
    broker.go_on.set()
    await leaving
    assert broker.taken[0] == (SIGNAL_IN.name, Hangup(session=session, connection=connection))
