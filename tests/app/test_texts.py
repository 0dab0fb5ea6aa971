"""Text between person and leader: the rule, and its way through the real service and broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiomqtt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.base import Wire, parse
from protocol.cancellation import heed_cancellation
from protocol.leader import LeaderPing, LeaderPong
from protocol.signals import Answer
from protocol.state import RobotState
from protocol.text import MAX_LINES, TEXT_LINE, LeaderText, TextLine, WriteText
from protocol.topics import ROLL_CALL, TEXT, TEXT_DONE, Channel, parse_topic
from protocol.watching import StopWatching, Watch, WatchAnswer, WatchHangup
from protocol.web import Connect, Leave, RobotPresent, Sorry, Welcome
from remote_app import page as page_limits
from remote_app.texts import KEPT_SILENT_S, Texts, channel_of, line_of, slot_of
from tests.app.conftest import OFFER_SDP, PageEnd, Service
from tests.app.fake_robot import FakeRobot, client_for, until
from tests.app.leading import leading

SESSION = "session-of-kari"
WRITER = "tablet-of-kari"


def line(text: str, seq: int, **changes: Any) -> TextLine:
    """A line of the person's, the first of its writer unless said otherwise."""
    plain: dict[str, Any] = {
        "robot": "vefsn", "session": SESSION, "author": "patient", "name": "Kari", "writer": WRITER,
        "entry": 0, "seq": seq, "text": text, "done": False,
    }  # fmt: skip
    return TextLine(**(plain | changes))


def of_kari() -> Texts:
    texts = Texts()
    texts.session_is("vefsn", SESSION, 0.0)
    return texts


def test_of_one_line_the_newest_counts_and_an_older_one_is_no_news() -> None:
    texts = of_kari()
    assert texts.hear(line("He", 2)) == (line("He", 2),)
    assert texts.hear(line("Hei", 3)) == (line("Hei", 3),)
    assert texts.hear(line("H", 1)) == ()
    assert texts.hear(line("Hei", 3)) == ()
    assert texts.lines("vefsn", SESSION) == (line("Hei", 3),)


def test_whoever_begins_a_line_has_ended_the_one_before() -> None:
    texts = of_kari()
    texts.hear(line("Hei", 1))
    ended, begun = texts.hear(line("Ja", 2, entry=5))
    assert ended == line("Hei", 1, done=True)
    assert begun == line("Ja", 2, entry=5)
    late = texts.hear(line("Hei!", 9))
    assert late == (line("Hei!", 9, done=True),), "a word that was on its way does not open the line again"


def test_two_writers_do_not_end_each_others_lines() -> None:
    texts = of_kari()
    texts.hear(line("Hei", 1))
    other = line("Ser du tavla?", 1, author="leader", name="Siri", entry=7)
    assert texts.hear(other) == (other,), "not even under the same name"
    assert texts.lines("vefsn", SESSION) == (line("Hei", 1), other)


def test_lines_belong_to_the_session_that_the_robot_names() -> None:
    texts = Texts()
    assert texts.hear(line("Hei", 1)) == ()
    texts.session_is("vefsn", SESSION, 0.0)
    assert texts.goes_on("vefsn", SESSION)
    texts.hear(line("Hei", 1))
    texts.session_is("vefsn", SESSION, 0.0)
    assert texts.lines("vefsn", SESSION)
    assert texts.lines("vefsn", "session-of-ola") == ()
    assert texts.lines("bronnoy", SESSION) == ()
    texts.session_is("vefsn", "session-of-ola", 0.0)
    assert not texts.goes_on("vefsn", SESSION)
    assert texts.hear(line("Er du der?", 2)) == ()
    texts.session_is("vefsn", SESSION, 0.0)
    assert texts.lines("vefsn", SESSION) == ()
    texts.hear(line("Hei", 1))
    texts.session_is("vefsn", None, 0.0)
    assert not texts.goes_on("vefsn", SESSION)
    assert texts.lines("vefsn", SESSION) == ()


def test_nothing_is_kept_of_a_robot_that_falls_silent() -> None:
    texts = of_kari()
    texts.hear(line("Hei", 1))
    texts.session_is("vefsn", SESSION, 5.0)
    texts.tick(5.0 + KEPT_SILENT_S - 0.1)
    assert texts.lines("vefsn", SESSION)
    texts.tick(5.0 + KEPT_SILENT_S)
    assert texts.lines("vefsn", SESSION) == ()
    assert not texts.goes_on("vefsn", SESSION)


def test_fifty_lines_are_kept_and_the_one_under_way_is_not_the_first_to_go() -> None:
    texts = of_kari()
    under_way = line("Jeg skriver", 1, author="leader", name="Siri", writer="laptop-of-siri")
    texts.hear(under_way)
    for entry in range(MAX_LINES + 20):
        texts.hear(line(str(entry), entry, entry=entry, done=True))
    kept = texts.lines("vefsn", SESSION)
    assert len(kept) == MAX_LINES
    assert kept[0] == under_way
    assert [one.text for one in kept[1:]] == [str(entry) for entry in range(21, MAX_LINES + 20)]


VERSIONS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.text(st.characters(categories=("L",)), max_size=4)),
    max_size=12,
    unique_by=lambda version: version[:2],
)


@given(VERSIONS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_nodes_that_hear_in_another_order_end_with_the_same_words(versions: Any, chance: Any) -> None:
    said = [line(text, seq, entry=entry) for entry, seq, text in versions]
    shuffled = [*said]
    chance.shuffle(shuffled)
    known = []
    for order in (said, shuffled):
        texts = of_kari()
        for one in order:
            texts.hear(one)
        known.append({(one.entry, one.text, one.done) for one in texts.lines("vefsn", SESSION)})
    assert known[0] == known[1]


def test_whose_side_and_whose_name_it_is_says_the_service() -> None:
    mine = WriteText(writer=WRITER, entry=1, seq=2, text="Hei", done=True)
    assert line_of(mine, robot="vefsn", session=SESSION, name="Kari") == line("Hei", 2, entry=1, done=True)
    theirs = LeaderText(robot="vefsn", session=SESSION, writer=WRITER, entry=1, seq=2, text="Ja")
    made = line_of(theirs, robot="vefsn", session=SESSION, name="Siri")
    assert (made.author, made.name, made.done) == ("leader", "Siri", False)


def test_a_line_under_way_may_be_lost_and_one_that_is_done_may_not() -> None:
    assert channel_of(line("He", 1)) is TEXT
    assert channel_of(line("Hei", 2, done=True)) is TEXT_DONE
    assert [(channel.qos, channel.retain) for channel in (TEXT, TEXT_DONE)] == [(0, False), (1, False)]
    assert slot_of(line("He", 1)) == slot_of(line("Hei", 2, done=True))
    assert slot_of(line("He", 1)) != slot_of(line("Hei", 2, entry=1))


@pytest.mark.parametrize("channel", [TEXT, TEXT_DONE], ids=lambda channel: channel.name)
def test_what_nodes_say_has_a_topic_that_is_no_robots(channel: Channel) -> None:
    assert parse_topic(channel.topic("vefsn")) == ("vefsn", channel)
    assert not channel.from_robot
    assert not channel.retain
    longest = line("\U0001f4ac" * 500, 1, name="Å" * 60)
    assert parse(channel.messages, channel.name, longest.model_dump_json(), channel.limit) == longest


@pytest.fixture
async def robot(service: Service) -> AsyncIterator[FakeRobot]:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        yield robot


async def joined(service: Service, token: str, tab: str = "") -> tuple[PageEnd, Welcome]:
    """A page whose session the robot names."""
    page, welcome = await service.open(token, tab)
    if not welcome.present:
        await page.next(RobotPresent, lambda message: message.present)
    await page.send(Connect(sdp=OFFER_SDP, sent_ms=1000))
    await page.next(Answer)
    await page.next(RobotState, lambda state: state.session is not None)
    return page, welcome


async def say(node: aiomqtt.Client, said: TextLine) -> None:
    """As the node does at which the leader's page is open."""
    channel = channel_of(said)
    await node.publish(channel.topic(said.robot), said.model_dump_json(), qos=channel.qos)
    heed_cancellation()


async def hear(node: aiomqtt.Client, count: int) -> list[TextLine]:
    """The next lines that another node hears."""
    heard: list[TextLine] = []
    async for message in node.messages:
        assert isinstance(message.payload, bytes)
        heard.append(parse(TEXT_LINE, "text", message.payload))
        if len(heard) == count:
            break
    heed_cancellation()
    return heard


async def test_a_line_goes_to_other_nodes_and_to_every_screen_of_the_session(
    service: Service, robot: FakeRobot
) -> None:
    token = service.token()
    page, welcome = await joined(service, token)
    beside, _ = await service.open(token)
    stranger, _ = await service.open(service.token(name="Ola"))
    async with client_for(service.where.broker) as node:
        await node.subscribe([(channel.topic("+"), channel.qos) for channel in (TEXT, TEXT_DONE)])
        await page.send(WriteText(writer=WRITER, entry=1, seq=1, text="Kan du gjenta"))
        await page.send(WriteText(writer=WRITER, entry=1, seq=2, text="Kan du gjenta?", done=True))
        heard = {one.seq: one for one in await hear(node, 2)}
        done = heard[2]
        assert (done.robot, done.session, done.author, done.name) == ("vefsn", welcome.session, "patient", "Kari")
        assert (heard[1].text, done.text, done.done) == ("Kan du gjenta", "Kan du gjenta?", True)
        assert await page.next(TextLine, lambda one: one.done) == done, "so that the writer knows"
        assert await beside.next(TextLine, lambda one: one.done) == done
        answer = line("Ja, gjerne", 1, session=welcome.session, author="leader", name="Siri", writer="laptop-of-siri")
        await say(node, answer)
        assert await page.next(TextLine, lambda one: one.author == "leader") == answer
    await robot.beat()
    newest = robot._seq
    await stranger.next(RobotState, lambda state: state.seq >= newest)
    assert not [message for message in stranger.seen if isinstance(message, TextLine)]
    _, again = await service.open(token)
    assert again.lines == (done, answer)


async def test_what_was_written_goes_with_the_session(service: Service, robot: FakeRobot) -> None:
    token = service.token()
    page, welcome = await joined(service, token)
    await page.send(WriteText(writer=WRITER, entry=1, seq=1, text="Hei", done=True))
    await page.next(TextLine)
    await page.send(Leave())
    await until(lambda: robot.session is None)
    page, again = await joined(service, token)
    assert again.session != welcome.session
    assert again.lines == ()
    async with client_for(service.where.broker) as node:
        await say(node, line("Er du der?", 2, session=welcome.session, author="leader", name="Siri"))
        await say(node, line("Velkommen", 1, session=again.session, author="leader", name="Siri"))
        assert (await page.next(TextLine)).text == "Velkommen"


async def test_only_who_holds_the_seat_writes_and_not_without_end(
    service: Service, robot: FakeRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_limits, "TEXTS_BURST", 3.0)
    token = service.token()
    early, _ = await service.open(token, "tab-1")
    await early.send(WriteText(writer=WRITER, entry=1, seq=1, text="For tidlig"))
    page, _ = await joined(service, token, "tab-2")
    await early.send(WriteText(writer=WRITER, entry=1, seq=2, text="Hei"))
    assert (await early.next(Sorry)).reason == "opened_elsewhere"
    assert not [message for message in early.seen if isinstance(message, TextLine)]
    for seq in range(9):
        await page.send(WriteText(writer=WRITER, entry=1, seq=seq, text="Hei"))
    sorry = await page.next(Sorry)
    assert (sorry.reason, sorry.detail) == ("too_fast", "text")


async def test_whoever_looks_on_beside_reads_and_writes_by_the_nurses_own_link_too(
    service: Service, robot: FakeRobot
) -> None:
    page, mine = await joined(service, service.token())
    await page.send(WriteText(writer=WRITER, entry=1, seq=1, text="Hei", done=True))
    before = await page.next(TextLine)
    nurse, hers = await service.open(service.token(name="Anne"))
    stranger, _ = await service.open(service.token(seat="traena", name="Ola"))
    assert hers.session != mine.session
    for other in (nurse, stranger):
        await other.send(WriteText(writer="tablet-of-anne", entry=1, seq=1, text="For tidlig"))
    await nurse.send(Watch(sdp=OFFER_SDP, sent_ms=1))
    await nurse.next(WatchAnswer)
    assert await nurse.next(TextLine) == before, "what was written before she came, and nothing of hers"
    await nurse.send(WriteText(writer="tablet-of-anne", entry=1, seq=2, text="Kari er sliten"))
    written = await page.next(TextLine, lambda one: one.writer == "tablet-of-anne")
    assert (written.session, written.author, written.name) == (mine.session, "patient", "Anne")
    assert await nurse.next(TextLine) == written, "so that the writer knows"
    await nurse.send(StopWatching())
    await robot.next(WatchHangup)
    await page.send(WriteText(writer=WRITER, entry=1, seq=2, text="Vi tar en pause", done=True))
    await page.next(TextLine, lambda one: one.seq == 2 and one.writer == WRITER)
    await robot.beat()
    newest = robot._seq
    for other in (nurse, stranger):
        await other.next(RobotState, lambda state: state.seq >= newest)
    assert [one.seq for one in nurse.seen if isinstance(one, TextLine)] == [1, 2]
    assert not [one for one in stranger.seen if isinstance(one, TextLine)]


async def test_a_robots_key_neither_reads_nor_writes_what_people_write(service: Service, robot: FakeRobot) -> None:
    page, welcome = await joined(service, service.token())
    async with client_for(service.robot_url()) as thief, client_for(service.where.broker) as node:
        await thief.subscribe("#", 1)
        forged = line("Jeg er kurslederen", 1, session=welcome.session, author="leader", name="Siri")
        await thief.publish(TEXT_DONE.topic("vefsn"), forged.model_dump_json(), qos=1)
        real = line("Hei Kari", 1, session=welcome.session, author="leader", name="Siri", writer="laptop-of-siri")
        await say(node, real)
        assert await page.next(TextLine) == real
        await page.send(WriteText(writer=WRITER, entry=1, seq=1, text="Hei", done=True))
        await page.next(TextLine, lambda one: one.author == "patient")
        await node.publish(ROLL_CALL, b"", qos=1)  # this one it may read
        async for message in thief.messages:
            assert "text" not in message.topic.value
            if message.topic.value == ROLL_CALL:
                break
        heed_cancellation()


async def test_leader_and_person_read_each_other(service: Service, robot: FakeRobot) -> None:
    leader, _ = await leading(service)
    elsewhere, _ = await leading(service, "bronnoy")
    page, mine = await joined(service, service.token())
    await leader.next(RobotState, lambda state: state.session is not None)
    await page.send(WriteText(writer=WRITER, entry=1, seq=1, text="Hei"))
    hello = await leader.next(TextLine)
    assert (hello.author, hello.name, hello.text, hello.done) == ("patient", "Kari", "Hei", False)

    answer = LeaderText(
        robot="vefsn", session=mine.session, writer="laptop-of-ane", entry=1, seq=1, text="Hei, Kari", done=True
    )
    await leader.send(answer)
    said = await page.next(TextLine, lambda one: one.author == "leader")
    assert (said.name, said.text, said.done) == ("Ane", "Hei, Kari", True)
    assert await leader.next(TextLine, lambda one: one.author == "leader") == said, "so that the writer knows"
    _, late = await leading(service, "vefsn")
    assert late.robots[0].lines == (hello, said)

    await elsewhere.send(answer.model_copy(update={"seq": 2}))
    assert (await elsewhere.next(Sorry)).reason == "not_allowed"
    await page.send(Leave())
    await leader.next(RobotState, lambda state: state.session is None)
    await leader.send(answer.model_copy(update={"seq": 3, "text": "Er du der?"}))
    await leader.send(LeaderPing())
    first = await leader.next(Wire, lambda message: isinstance(message, TextLine | LeaderPong))
    assert isinstance(first, LeaderPong), "what was meant for somebody who has left reaches nobody"
