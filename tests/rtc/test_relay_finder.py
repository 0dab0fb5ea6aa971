"""Which way is chosen, when, and what is remembered. No network: each way does what the test says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.ice import Carrier, IceServer, MediaPath
from robot_agent.rtc import relay_finder, turn_check
from robot_agent.rtc.patches import CandidatePair
from robot_agent.rtc.reach import Reach, configuration, first_stun, path_of
from robot_agent.rtc.relay_finder import RelayFinder, race
from robot_agent.rtc.turn_check import Checked, RelayFault, RelayRefusedError, RelayWay, check_relay, ways_of

UDP, TCP, TLS = "turn:h:1?transport=udp", "turn:h:2?transport=tcp", "turns:h:3?transport=tcp"
ALL = IceServer(urls=(TLS, TCP, UDP), username="n", credential="c")
WAYS = ways_of([ALL])
LONG_S = 30.0  # longer than any test may take


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_finder, "STEP_S", 0.05)
    monkeypatch.setattr(relay_finder, "GRACE_S", 0.3)
    monkeypatch.setattr(relay_finder, "HOLD_S", 5.0)


class Net:
    """What each carrier does: after how long, and with what fault (None: it works)."""

    def __init__(self, **behaviour: tuple[float, RelayFault | None]) -> None:
        self.behaviour = behaviour
        self.asked: list[str] = []
        self.given_up: list[str] = []

    async def check(self, way: RelayWay) -> Checked:
        carrier = way.address.carrier.value
        self.asked.append(carrier)
        after_s, fault = self.behaviour[carrier]
        try:
            await asyncio.sleep(after_s)
        except asyncio.CancelledError:
            self.given_up.append(carrier)
            raise
        return Checked(way.address, fault)


REFUSED, SILENT, EXPIRED = RelayFault.REFUSED, RelayFault.SILENT, RelayFault.EXPIRED


@pytest.mark.parametrize(
    ("net", "chosen", "asked", "given_up"),
    [
        # UDP answers within its head start: nothing else is even asked
        (Net(udp=(0.0, None), tcp=(0.0, None), tls=(0.0, None)), "udp", ["udp"], []),
        # UDP is swallowed: TCP is there soon, and UDP is not waited for
        (Net(udp=(LONG_S, SILENT), tcp=(0.0, None), tls=(0.0, None)), "tcp", ["udp", "tcp"], ["udp"]),
        # UDP is only a little late: better than TCP still
        (Net(udp=(0.15, None), tcp=(0.0, None), tls=(0.0, None)), "udp", ["udp", "tcp"], []),
        # a refusal needs no head start, and TLS is what is left
        (Net(udp=(0.0, REFUSED), tcp=(0.0, REFUSED), tls=(0.0, None)), "tls", ["udp", "tcp", "tls"], []),
        (Net(udp=(0.0, REFUSED), tcp=(0.0, SILENT), tls=(0.0, REFUSED)), None, ["udp", "tcp", "tls"], []),
    ],
)
async def test_the_best_way_wins_without_waiting_for_the_others(
    net: Net, chosen: str | None, asked: list[str], given_up: list[str]
) -> None:
    began_s = time.monotonic()
    way, checked = await race(WAYS, net.check)
    assert time.monotonic() - began_s < 5
    assert (way.address.carrier.value if way else None) == chosen
    assert (net.asked, net.given_up) == (asked, given_up)
    if chosen is None:
        assert [one.fault for one in checked] == [REFUSED, SILENT, REFUSED]


@given(st.lists(st.sampled_from([None, RelayFault.REFUSED, RelayFault.NAME]), max_size=6))
def test_where_everything_answers_at_once_the_first_that_works_is_chosen(faults: list[RelayFault | None]) -> None:
    ways = [WAYS[number % 3] for number in range(len(faults))]
    answers: Iterator[RelayFault | None] = iter(faults)

    async def check(way: RelayWay) -> Checked:
        return Checked(way.address, next(answers))

    way, checked = asyncio.run(race(ways, check))
    works = faults.index(None) if None in faults else None
    assert way is (None if works is None else ways[works])
    assert [one.fault for one in checked] == faults[: len(faults) if works is None else works + 1]


def test_ways_are_ordered_by_carrier_and_stun_is_none_of_them() -> None:
    other = IceServer(urls=("stun:s:9", "turn:b:4?transport=udp"))
    assert [str(way.address) for way in ways_of([ALL, other])] == [UDP, "turn:b:4?transport=udp", TCP, TLS]
    assert first_stun([ALL, other]) == "stun:s:9"
    assert first_stun([ALL]) is None
    assert [way.expires_s for way in ways_of([IceServer(urls=(UDP,), username="123:vefsn"), other])] == [123, None]


@pytest.fixture
async def words() -> list[str | None]:
    return []


async def test_what_worked_is_used_at_once_until_it_disappoints(words: list[str | None]) -> None:
    net = Net(udp=(LONG_S, SILENT), tcp=(0.0, None), tls=(0.0, None))
    finder = RelayFinder(words.append, net.check)
    try:
        first = await finder.find([ALL])
        fresh = ALL.model_copy(update={"credential": "newer"})
        again = await finder.find([fresh])
        assert first is not None
        assert again is not None
        assert (first.address.carrier, again.address.carrier) == (Carrier.TCP, Carrier.TCP)
        assert (first.credential, again.credential) == ("c", "newer")
        assert net.asked == ["udp", "tcp"]
        finder.forget()
        await finder.find([fresh])
        assert net.asked == ["udp", "tcp"] * 2
        await finder.find([IceServer(urls=(TLS, TCP, UDP, "turn:other"))])  # other ways: nothing is known of them
        assert len(net.asked) > 4
        assert set(words) == {None}
    finally:
        await finder.close()


async def test_after_a_while_udp_gets_its_chance_again(
    words: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_finder, "REMEMBERED_S", 0.0)
    net = Net(udp=(0.0, REFUSED), tcp=(0.0, None), tls=(0.0, None))
    finder = RelayFinder(words.append, net.check)
    try:
        await finder.find([ALL])
        net.behaviour["udp"] = (0.0, None)
        await finder.find([ALL])
        assert net.asked == ["udp", "tcp", "udp"]
    finally:
        await finder.close()


async def test_an_answer_is_not_held_up_and_what_comes_later_is_used_next_time(
    words: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_finder, "HOLD_S", 0.1)
    slow = Net(udp=(0.5, None), tcp=(LONG_S, SILENT), tls=(LONG_S, SILENT))
    finder = RelayFinder(words.append, slow.check)
    try:
        assert await finder.find([ALL]) is None
        while not words:
            await asyncio.sleep(0.01)
        way = await finder.find([ALL])
        assert way is not None
        assert way.address.carrier is Carrier.UDP
        needed = RelayFinder(words.append, slow.check)
        assert await needed.find([ALL], needed=True) is not None  # nothing else may be used: it is waited for
        await needed.close()
    finally:
        await finder.close()


async def test_when_none_works_the_reasons_are_told_and_trying_goes_on(
    words: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_finder, "RECHECK_S", 0.05)
    net = Net(udp=(0.0, SILENT), tcp=(0.0, REFUSED), tls=(0.0, RelayFault.CERTIFICATE))
    finder = RelayFinder(words.append, net.check)
    try:
        assert await finder.find([ALL]) is None
        assert words[0] is not None
        assert words[0].index("no answer") < words[0].index("connection refused") < words[0].index("certificate")
        monkeypatch.setattr(relay_finder, "HOLD_S", LONG_S)
        net.behaviour = dict.fromkeys(("udp", "tcp", "tls"), (LONG_S, SILENT))
        began_s = time.monotonic()
        assert await finder.find([ALL]) is None  # it failed a moment ago: the answer goes out at once
        assert time.monotonic() - began_s < 5
        await finder.close()
        net.behaviour["udp"] = (0.0, REFUSED)
        net.behaviour["tcp"] = net.behaviour["tls"] = (0.0, REFUSED)
        await finder.find([ALL])
        net.behaviour["tls"] = (0.0, None)
        while words[-1] is not None:
            await asyncio.sleep(0.01)
        way = await finder.find([ALL])
        assert way is not None
        assert way.address.carrier is Carrier.TLS
    finally:
        await finder.close()


async def test_without_servers_there_is_nothing_to_find_and_nothing_wrong(words: list[str | None]) -> None:
    finder = RelayFinder(words.append, Net().check)
    assert await finder.find([IceServer(urls=("stun:s",))]) is None
    assert words == [None]
    await finder.close()


def test_no_server_is_asked_that_is_not_named() -> None:
    assert configuration(Reach()).iceServers == []  # not None: aiortc then asks a public one


@pytest.mark.parametrize(
    ("pair", "near", "path"),
    [
        (("host", "host", "10.0.0.2", 0), None, MediaPath.HOST),
        (("host", "prflx", "192.168.1.7", 0), None, MediaPath.HOST),
        (("host", "prflx", "88.88.1.7", 0), None, MediaPath.SRFLX),
        (("host", "srflx", "10.0.0.2", 0), UDP, MediaPath.SRFLX),
        (("host", "relay", "88.88.1.7", 2 << 24), None, MediaPath.RELAY_UDP),
        (("host", "relay", "88.88.1.7", 1 << 24), None, MediaPath.RELAY_TCP),
        (("host", "relay", "88.88.1.7", 255), None, MediaPath.RELAY_TLS),
        (("host", "relay", "88.88.1.7", 5 << 24), None, MediaPath.RELAY_UDP),
        (("relay", "host", "10.0.0.2", 0), UDP, MediaPath.RELAY_UDP),
        (("relay", "srflx", "88.88.1.7", 0), TCP, MediaPath.RELAY_TCP),
        (("relay", "relay", "88.88.1.7", 2 << 24), TLS, MediaPath.RELAY_TLS),
    ],
)
def test_the_path_is_named(pair: tuple[str, str, str, int], near: str | None, path: MediaPath) -> None:
    relay = ways_of([IceServer(urls=(near,))])[0] if near else None
    assert path_of(CandidatePair(*pair), relay) is path


async def test_a_search_that_breaks_holds_no_answer_up(words: list[str | None]) -> None:
    async def broken(way: RelayWay) -> Checked:
        raise ZeroDivisionError

    finder = RelayFinder(words.append, broken)
    began_s = time.monotonic()
    assert await finder.find([ALL]) is None
    assert time.monotonic() - began_s < 4.0, "HOLD_S is 5 s here"
    await finder.close()


async def test_a_name_that_cannot_be_one_is_a_name_that_is_not_found() -> None:
    server = IceServer(urls=(f"turn:{'x' * 70}.example?transport=udp",), username="n", credential="c")
    assert (await check_relay(ways_of([server])[0])).fault is RelayFault.NAME


def test_an_attribute_that_is_too_short_is_no_turn() -> None:
    head = bytes.fromhex("0103 0008 2112a442") + bytes(12)  # an answer whose LIFETIME is of two bytes
    with pytest.raises(RelayRefusedError):
        turn_check._read(head + bytes.fromhex("000d 0002 0000 0000"))
