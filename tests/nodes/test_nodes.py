"""Several nodes: what one knows the others know, and one that starts or is killed changes nothing that is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocol.base import Wire
from protocol.commands import Done, GiveFloor, RaiseHand, Refused
from protocol.leader import Admit, HandQueue, LeaderAct, Lobby
from protocol.signals import Answer, Beat, Ended, EndReason, Hangup, Offer
from protocol.state import RobotState
from protocol.text import LeaderText, TextLine, WriteText
from protocol.web import Act, Admitted, Connect, Knock, PageBeat, RobotPresent, Sorry
from remote_app.cli import main
from tests.app.conftest import OFFER_SDP, PageEnd
from tests.app.fake_robot import WAIT_S, FakeRobot
from tests.app.leading import LeaderEnd, act
from tests.nodes.conftest import START_S, Browser, Node, Site, left_open, proxy

pytestmark = pytest.mark.timed  # pages answer pings within two seconds

TAB = "tab-of-kari"
CONNECT = Connect(sdp=OFFER_SDP, sent_ms=1000)


@asynccontextmanager
async def robot_at(site: Site, name: str) -> AsyncIterator[FakeRobot]:
    async with FakeRobot(name, site.broker.url).running() as robot:
        yield robot


async def come_in(browser: Browser, port: int, leader: LeaderEnd, token: str, robot: str) -> PageEnd:
    """A page that knocks at `port`, is let in by a leader anywhere, and is connected."""
    page, welcome = await browser.page(port, token, TAB)
    if not welcome.present:
        await page.next(RobotPresent, lambda message: message.present)
    await page.send(Knock())
    lobby = await leader.next(Lobby, lambda message: message.robot == robot and bool(message.waiting))
    await leader.send(Admit(robot=robot, link=lobby.waiting[0].link))
    await page.next(Admitted)
    await page.send(CONNECT)
    await page.next(Answer)
    return page


def line(number: int, text: str) -> WriteText:
    return WriteText(writer="writer-of-kari", entry=number, seq=number, text=text, done=True)


async def test_what_one_node_knows_the_other_knows(site: Site, browser: Browser) -> None:
    first, second = site.first.port, site.second.port
    async with robot_at(site, "vefsn") as robot:
        leader, _ = await browser.leader(second, "vefsn")
        other, _ = await browser.leader(first, "vefsn")
        page = await come_in(browser, first, leader, site.token(), "vefsn")
        await other.next(Lobby, lambda message: not message.waiting)
        await act(page, 1, RaiseHand(raised=True))
        for end in (leader, other):
            queue = await end.next(HandQueue, lambda message: bool(message.hands))
            assert [hand.robot for hand in queue.hands] == ["vefsn"]
        await page.send(line(1, "Jeg hører dere godt"))
        assert (await leader.next(TextLine)).text == "Jeg hører dere godt"
        assert robot.session is not None
        await leader.send(LeaderAct(id="1", robot="vefsn", session=robot.session.id, action=GiveFloor(given=True)))
        assert (await leader.next(Done)).id == "1"
        await page.next(RobotState, lambda state: state.hand.floor)
        answer = LeaderText(
            robot="vefsn",
            session=robot.session.id,
            writer="writer-of-ane",
            entry=1,
            seq=1,
            text="Vær så god",
            done=True,
        )
        await leader.send(answer)
        await page.next(TextLine, lambda heard: heard.author == "leader" and heard.text == "Vær så god")


async def test_a_node_that_starts_or_is_killed_in_mid_meeting_changes_nothing(site: Site, browser: Browser) -> None:
    first = site.first.port
    async with robot_at(site, "rana") as robot, robot_at(site, "lovund"), robot_at(site, "bronnoy") as other:
        leader, _ = await browser.leader(first)
        token = site.token("Liv", "rana")
        page = await come_in(browser, first, leader, token, "rana")
        await page.send(line(1, "Hei"))
        await leader.next(TextLine)
        waiting, _ = await browser.page(first, site.token("Nils", "lovund"))
        async with left_open(page.socket, leader.socket, knocking=waiting.socket), site.node() as third:
            await knows_what_the_others_know(browser, third.port, token, robot)
            async with proxy(third.port, first) as port:
                await killed_in_mid_meeting(browser, other, port, third)
        await act(page, 1, RaiseHand(raised=True))  # whoever held the seat has it still


async def knows_what_the_others_know(browser: Browser, port: int, token: str, robot: FakeRobot) -> None:
    leader, board = await browser.leader(port)
    seen = {one.robot: one for one in board.robots}
    if not seen["lovund"].waiting:
        await leader.next(Lobby, lambda message: message.robot == "lovund" and bool(message.waiting))
    if not seen["rana"].lines:
        assert (await leader.next(TextLine, lambda line: line.robot == "rana")).text == "Hei"
    page, welcome = await browser.page(port, token, "another-tab")
    assert robot.session is not None
    assert welcome.session == robot.session.id
    await page.send(Act(id="x", seq=1, sent_ms=1, action=RaiseHand(raised=True)))
    assert (await page.next(Sorry)).reason == "opened_elsewhere"
    await page.send(CONNECT)
    assert (await page.next(Sorry)).reason == "opened_elsewhere"


async def killed_in_mid_meeting(browser: Browser, robot: FakeRobot, port: int, node: Node) -> None:
    leader, _ = await browser.leader(port, "bronnoy")
    elsewhere, _ = await browser.leader(browser.site.first.port, "bronnoy")
    token = browser.site.token("Ola", "bronnoy")
    page = await come_in(browser, port, leader, token, "bronnoy")
    await act(page, 1, RaiseHand(raised=True))
    await page.send(line(1, "Jeg har et spørsmål"))
    session = robot.session
    for one in (leader, elsewhere):
        await one.next(HandQueue, lambda queue: bool(queue.hands))
        await one.next(TextLine)
    node.kill()
    for end in (page, leader):
        assert await end.closed() is not None
    page, welcome = await browser.page(port, token, TAB)
    leader, board = await browser.leader(port, "bronnoy")
    assert session is not None
    assert welcome.session == session.id
    assert welcome.admitted
    assert welcome.state is not None
    assert welcome.state.hand.raised
    assert [said.text for said in welcome.lines] == ["Jeg har et spørsmål"]
    assert [hand.robot for hand in board.queue.hands] == ["bronnoy"]
    assert [said.text for said in board.robots[0].lines] == ["Jeg har et spørsmål"]
    await act(page, 2, RaiseHand(raised=False))  # the same connection: no new offer
    await page.send(PageBeat(sent_ms=9000))
    beat = await robot.next(Beat)
    assert beat.connection == session.connection
    await leader.next(HandQueue, lambda queue: not queue.hands)
    assert len(robot.of(Offer)) == 1
    assert robot.of(Hangup) == []


async def test_a_second_screen_at_another_node_takes_the_seat_only_when_asked_to(site: Site, browser: Browser) -> None:
    first, second = site.first.port, site.second.port
    async with robot_at(site, "donna") as robot:
        leader, _ = await browser.leader(first, "donna")
        token = site.token("Siv", "donna")
        page = await come_in(browser, first, leader, token, "donna")
        other, _ = await browser.page(second, token, "tab-of-the-tablet")
        await other.send(Knock())
        await other.next(Admitted)
        await other.send(CONNECT)
        assert (await other.next(Sorry)).reason == "opened_elsewhere"
        await other.send(CONNECT.model_copy(update={"replace": True}))
        await other.next(Answer)
        assert (await page.next(Ended)).reason is EndReason.REPLACED
        await act(other, 1, RaiseHand(raised=True))
        await told(page, "opened_elsewhere")
        assert len({offer.session for offer in robot.of(Offer)}) == 1
        await page.socket.close()
        await other.socket.close()


async def told(page: PageEnd, reason: str) -> None:
    """A command of this page is refused for this reason, as soon as its node knows of it."""
    async with asyncio.timeout(WAIT_S):
        while not any(isinstance(word, Sorry) and word.reason == reason for word in page.seen):
            await page.send(Act(id="x", seq=2, sent_ms=2, action=RaiseHand(raised=True)))
            await page.next(Wire, lambda word: isinstance(word, Sorry | Refused))


async def test_a_page_that_changes_node_leaves_nothing_behind(site: Site, browser: Browser) -> None:
    first, second = site.first.port, site.second.port
    async with robot_at(site, "traena") as robot:
        leader, _ = await browser.leader(first, "traena")
        token = site.token("Eva", "traena")
        old = await come_in(browser, first, leader, token, "traena")
        new, _ = await browser.page(second, token, TAB)
        assert await old.closed() == 4000, "the old line of the same tab, which is told so"
        await act(new, 1, RaiseHand(raised=True))
        await new.socket.close()
        back, welcome = await browser.page(first, token, TAB)
        assert robot.session is not None
        assert welcome.session == robot.session.id
        await act(back, 2, RaiseHand(raised=False))
        assert len(robot.of(Offer)) == 1
        assert robot.of(Hangup) == []


async def test_a_link_that_is_withdrawn_closes_its_pages_at_both_nodes(site: Site, browser: Browser) -> None:
    token = site.token("Kari", "lovund")
    pages = [await browser.page(node.port, token, f"tab-{node.port}") for node in (site.first, site.second)]
    command = asyncio.to_thread(main, ["--config", str(site.config), "withdraw", token])
    _, *codes = await asyncio.gather(command, *(close_code(page) for page, _ in pages))
    assert codes == [4403, 4403]


async def close_code(page: PageEnd) -> int | None:
    async with asyncio.timeout(START_S):
        while not page.socket.closed:
            await page.socket.receive()
    return page.socket.close_code


async def test_wrong_digits_count_at_every_node(site: Site, browser: Browser) -> None:
    async def try_at(port: int, address: str) -> int:
        url, wrong = f"http://127.0.0.1:{port}/api/code", {"code": "135790"}
        async with browser.http.post(url, json=wrong, headers={"X-Forwarded-For": address}) as answer:
            return answer.status

    for _ in range(10):
        assert await try_at(site.first.port, "192.0.2.7") == 403
    async with asyncio.timeout(WAIT_S):
        while await try_at(site.second.port, "192.0.2.7") != 429:
            await asyncio.sleep(0.01)
    assert await try_at(site.second.port, "192.0.2.8") == 403, "somebody else is not held back"
