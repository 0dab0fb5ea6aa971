"""What belongs in the access log: the rule by itself, and the whole service that writes it."""

from __future__ import annotations

import asyncio
import time

from protocol.codes import CODE_PATH
from protocol.commands import Done, FloorApplied, PrivateApplied, SessionEnded, SetPrivate
from protocol.events import SessionClosed
from protocol.leader import Admit, IdentityBy, PresenceNews, TurnDown
from protocol.signals import Answer, Declined, EndReason, TurnedAway
from protocol.topics import EVENT
from protocol.web import Connect, RobotPresent
from remote_app.access import LinkKey, new_claim
from remote_app.journal import MAX_REFUSALS, MAX_VISITS, SAME_REFUSAL_S, Journal
from remote_app.page import Page
from remote_app.seats import Seat
from remote_app.store.access_log import check_log, newest
from remote_app.store.chain import Deed, Entry, Sealed
from remote_app.store.engine import Store
from remote_app.store.service import open_store
from tests.app.conftest import OFFER_SDP, Service
from tests.app.fake_robot import WAIT_S, FakeRobot
from tests.app.leading import applied, leading

KEY = LinkKey(bytes(32))
CLAIM = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=2e9)
EPOCH = "e" * 12


class Visit:
    """A seat and the log that comes of it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.journal = Journal(self.entries.append)
        self.seat = Seat(CLAIM, KEY.new_session(CLAIM.id))

    @property
    def deeds(self) -> list[tuple[Deed, str]]:
        return [(entry.deed, entry.detail) for entry in self.entries]

    def connect(self, tab: str) -> None:
        self.seat.take(Page(CLAIM, tab, 0))
        self.journal.answered(self.seat)

    def close(self, reason: EndReason) -> None:
        self.journal.closed(SessionClosed(robot="vefsn", epoch=EPOCH, session=self.seat.session, reason=reason))


def test_a_visit_is_its_beginning_its_screens_and_its_end() -> None:
    visit = Visit()
    visit.connect("tablet")
    visit.connect("tablet")  # the line broke
    visit.connect("nurse")
    visit.connect("nurse")
    visit.close(EndReason.LEFT)
    visit.close(EndReason.LEFT)
    assert visit.deeds == [(Deed.ENTERED, ""), (Deed.HANDED_OVER, ""), (Deed.LEFT, "left")]
    assert {(one.robot, one.seat, one.role, one.link) for one in visit.entries} == {
        ("vefsn", "rodoy", "patient", CLAIM.id)
    }
    assert all("Kari" not in repr(entry) for entry in visit.entries)


def test_whoever_comes_back_after_the_end_comes_in_again() -> None:
    visit = Visit()
    visit.connect("tablet")
    visit.close(EndReason.LOST)
    visit.connect("tablet")
    assert visit.deeds == [(Deed.ENTERED, ""), (Deed.LEFT, "lost"), (Deed.ENTERED, "")]


def test_the_end_of_a_visit_that_began_at_another_node_is_not_logged_here() -> None:
    visit = Visit()
    visit.close(EndReason.LEFT)
    assert visit.deeds == []


def test_a_page_that_tries_again_by_itself_is_one_refusal() -> None:
    visit = Visit()
    no = Declined(robot="vefsn", session=visit.seat.session, connection="c" * 8, reason=TurnedAway.BUSY)
    for now in (0.0, 5.0, SAME_REFUSAL_S - 1):
        visit.journal.declined(visit.seat, no, now)
    visit.journal.refused(CLAIM, "expired", 1.0)
    visit.journal.code_refused("wrong", 1.0)
    visit.journal.code_refused("wrong", 2.0)
    visit.journal.declined(visit.seat, no, SAME_REFUSAL_S)
    assert [detail for _, detail in visit.deeds] == ["busy", "expired", "code-wrong", "busy"]
    assert {deed for deed, _ in visit.deeds} == {Deed.REFUSED}


def test_what_a_leader_does_is_logged_by_link_and_hands_are_not() -> None:
    visit = Visit()
    leader = new_claim("*", "leader", "Ane", not_before=0, expires=2e9, role="leader")
    visit.journal.at_the_door(leader, TurnDown(robot="vefsn", link="link-of-ola"))
    visit.journal.at_the_door(leader, Admit(robot="vefsn", link=CLAIM.id, identity=IdentityBy.VOICE))
    visit.connect("tablet")
    for what in (
        FloorApplied(raised=True, seen=True, floor=False),
        PrivateApplied(on=True),
        PrivateApplied(on=False),
        SessionEnded(),
    ):
        visit.journal.led(leader, Done(robot="vefsn", id="1", session=visit.seat.session, applied=what))
    visit.journal.led(leader, Done(robot="rana", id="1", session=None, applied=PrivateApplied(on=True)))
    own = [(one.deed, one.robot, one.link) for one in visit.entries if one.by == leader.id]
    assert own == [
        (Deed.TURNED_DOWN, "vefsn", "link-of-ola"),
        (Deed.ADMITTED, "vefsn", CLAIM.id),
        (Deed.PRIVATE_ON, "vefsn", CLAIM.id),
        (Deed.PRIVATE_OFF, "vefsn", CLAIM.id),
        (Deed.ENDED, "vefsn", CLAIM.id),
        (Deed.PRIVATE_ON, "rana", ""),
    ]
    assert [one.detail for one in visit.entries if one.by][:3] == ["", "voice", ""]
    assert {one.role for one in visit.entries if one.by} == {"leader"}
    assert len(visit.entries) == 7


def test_a_link_for_every_robot_names_none() -> None:
    visit = Visit()
    visit.journal.refused(CLAIM.model_copy(update={"robot": "*"}), "expired", 0.0)
    assert [entry.robot for entry in visit.entries] == [""]


def test_what_is_remembered_has_a_limit() -> None:
    visit = Visit()
    for _ in range(MAX_VISITS + 1):
        visit.seat.session = KEY.new_session(CLAIM.id)
        visit.connect("tablet")
    for number in range(MAX_REFUSALS + 1):
        visit.journal.code_refused(f"n{number}", 0.0)
    visit.journal.code_refused("n0", 1.0)  # forgotten meanwhile, so that it is new
    visit.journal.code_refused(f"n{MAX_REFUSALS}", 1.0)
    assert len(visit.entries) == MAX_VISITS + 1 + MAX_REFUSALS + 1 + 1


async def log_of(store: Store) -> list[Sealed]:
    """The whole log, oldest first, when it is unbroken."""
    async with store.read() as session:
        assert (await check_log(session, store.key)).fault == ""
        return list(await newest(session))[::-1]


async def logged(service: Service, count: int) -> list[Sealed]:
    """The service's log when it has this many entries."""
    store = await open_store(service.settings)
    try:
        async with asyncio.timeout(WAIT_S):
            while len(log := await log_of(store)) < count:
                await asyncio.sleep(0.02)
    finally:
        await store.close()
    return log


async def test_the_service_writes_down_a_visit_and_the_refusals(service: Service) -> None:
    claim = service.claim()
    late = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=time.time() - 1)
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        first, welcome = await service.open(service.key.sign(claim), "tablet")
        if not welcome.present:
            await first.next(RobotPresent, lambda message: message.present)
        await first.send(Connect(sdp=OFFER_SDP, sent_ms=1))
        await first.next(Answer)
        second, _ = await service.open(service.key.sign(claim), "nurse")
        await second.send(Connect(sdp=OFFER_SDP, sent_ms=1, replace=True))
        await second.next(Answer)
        event = SessionClosed(robot="vefsn", epoch=robot.epoch, session=welcome.session, reason=EndReason.LOST)
        await robot.publish(EVENT, event)
        for _ in range(2):
            assert (await service.http.get(f"{service.where.http}/api/link/{service.key.sign(late)}")).status == 403
            await service.http.get(f"{service.where.http}/api/link/nobodys")
            await service.http.post(f"{service.where.http}{CODE_PATH}", json={"code": "000000"})
    log = await logged(service, 5)
    by_deed = {sealed.entry.deed: sealed.entry for sealed in log if sealed.entry.deed is not Deed.REFUSED}
    assert list(by_deed) == [Deed.ENTERED, Deed.HANDED_OVER, Deed.LEFT]
    assert {(one.robot, one.seat, one.link) for one in by_deed.values()} == {("vefsn", "rodoy", claim.id)}
    assert by_deed[Deed.LEFT].detail == "lost"
    refused = [sealed.entry for sealed in log if sealed.entry.deed is Deed.REFUSED]
    assert [(one.link, one.detail) for one in refused] == [(late.id, "expired"), ("", "code-wrong")]


async def test_the_service_writes_down_what_a_leader_does(service: Service) -> None:
    async with FakeRobot("vefsn", service.robot_url()).running():
        leader, welcome = await leading(service)
        if not welcome.robots[0].present:
            await leader.next(PresenceNews, lambda news: news.robot == "vefsn" and news.present)
        await leader.send(Admit(robot="vefsn", link="link-of-kari", identity=IdentityBy.NURSE))
        await leader.socket.send_str('{"type": "admit", "robot": "vefsn", "link": "link-of-ola"}')  # as before
        await leader.socket.send_str('{"type": "admit", "robot": "vefsn", "link": "link-of-ola", "identity": "guess"}')
        assert await applied(leader, SetPrivate(on=True), None) == PrivateApplied(on=True)
        admitted, other, private = (sealed.entry for sealed in await logged(service, 3))
    assert (admitted.deed, admitted.robot, admitted.link) == (Deed.ADMITTED, "vefsn", "link-of-kari")
    assert (admitted.detail, other.detail) == ("nurse", "link")
    assert (private.deed, private.robot, private.link) == (Deed.PRIVATE_ON, "vefsn", "")
    assert admitted.by == private.by != ""
