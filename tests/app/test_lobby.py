"""The waiting room's rule, the queue of hands, and who may do what: pure, time is a number."""

from __future__ import annotations

from typing import Any, cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import commands, leader, web
from protocol.base import Wire
from protocol.lobby import LobbyAdmit, LobbyDecline, LobbyGone, LobbyKnock
from protocol.state import HandState, SessionState
from remote_app.access import EVERY_ROBOT, KEY_BYTES, Claim, LinkKey, new_claim
from remote_app.door import Door
from remote_app.floor_queue import AGAIN_AFTER_S, FloorQueue
from remote_app.lobby import ADMITTED_KEPT_S, DEAF_AFTER_DECLINE_S, GONE_AFTER_S, Lobby
from remote_app.page import Page
from remote_app.policy import IN_THE_SEAT, LEADING, SOUND, WATCHING, deed_of, may
from remote_app.publisher import Publisher
from remote_app.rooms import Room
from remote_app.settings import RobotSettings
from tests.app.fake_robot import FakeRobot

KARI, OLA = "link-of-kari", "link-of-ola"


def knock(link: str = KARI, robot: str = "vefsn", **other: Any) -> LobbyKnock:
    return LobbyKnock(robot=robot, link=link, **({"seat": "rodoy", "name": "Kari", "node": "n" * 8} | other))


def admit(link: str = KARI, robot: str = "vefsn") -> LobbyAdmit:
    return LobbyAdmit(robot=robot, link=link, by="Ane")


def decline(link: str = KARI) -> LobbyDecline:
    return LobbyDecline(robot="vefsn", link=link, by="Ane")


def names(lobby: Lobby, robot: str = "vefsn") -> list[str]:
    return [guest.link for guest in lobby.waiting(robot)]


def test_whoever_knocks_waits_the_longest_first_and_at_one_robot_only() -> None:
    lobby = Lobby()
    assert lobby.knock(knock(OLA), 10.0)
    assert lobby.knock(knock(KARI, waited_s=5.0), 11.0), "another node has known of this one for five seconds"
    assert not lobby.knock(knock(OLA), 12.0)
    assert names(lobby) == [KARI, OLA]
    assert names(lobby, "bronnoy") == []
    assert (lobby.waited_s("vefsn", KARI, 13.0), lobby.waited_s("vefsn", OLA, 13.0)) == (7.0, 3.0)
    assert lobby.waited_s("vefsn", "link-of-nobody", 13.0) == 0.0


def test_a_new_name_is_news_and_the_wait_goes_on() -> None:
    lobby = Lobby()
    lobby.knock(knock(), 10.0)
    assert lobby.knock(knock(companion="Siri"), 12.0)
    (guest,) = lobby.waiting("vefsn")
    assert (guest.companion, guest.since_s, guest.heard_s) == ("Siri", 10.0, 12.0)


def test_whoever_falls_silent_waits_no_longer() -> None:
    lobby = Lobby()
    lobby.knock(knock(KARI), 10.0)
    lobby.knock(knock(OLA), 12.0)
    assert lobby.tick(10.0 + GONE_AFTER_S - 0.1) == frozenset()
    assert lobby.tick(10.0 + GONE_AFTER_S) == {"vefsn"}
    assert names(lobby) == [OLA]


def test_admitted_is_admitted_there_and_a_late_knock_changes_nothing() -> None:
    lobby = Lobby()
    lobby.knock(knock(), 10.0)
    lobby.admit(admit(), 11.0)
    assert not lobby.knock(knock(), 11.1)
    assert names(lobby) == []
    assert lobby.is_admitted("vefsn", KARI)
    assert not lobby.is_admitted("bronnoy", KARI)
    assert lobby.admitted("vefsn") == (KARI,)
    assert lobby.admitted("bronnoy") == ()


def test_an_admission_lasts_as_long_as_somebody_is_seen_and_some_time_more() -> None:
    lobby = Lobby()
    lobby.admit(admit(), 0.0)
    lobby.seen("vefsn", KARI, 1000.0)
    lobby.seen("vefsn", OLA, 1000.0)
    lobby.forget(1000.0 + ADMITTED_KEPT_S - 0.1)
    assert lobby.is_admitted("vefsn", KARI)
    assert not lobby.is_admitted("vefsn", OLA), "being seen admits nobody"
    lobby.forget(1000.0 + ADMITTED_KEPT_S)
    assert not lobby.is_admitted("vefsn", KARI)


async def test_who_has_the_page_open_stays_let_in_however_long_the_room_is_private() -> None:
    nobody = cast("Publisher", None)
    claim = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=2**40)
    room, page = Room(RobotSettings(id="vefsn", place="Vefsn")), Page(claim, "tab-1", 0.0)
    room.pages.add(page)
    door = Door(lambda _: True, LinkKey(bytes(KEY_BYTES)), "n" * 8)
    door.hear(admit(claim.id), room, 0.0)
    later_s = 2 * ADMITTED_KEPT_S
    for now in (later_s / 3, later_s * 2 / 3, later_s):
        await door.tick({"vefsn": room}, nobody, now)
    assert door.is_open_to(claim, room, later_s)
    room.pages.clear()
    await door.tick({"vefsn": room}, nobody, later_s + ADMITTED_KEPT_S)
    assert not door.is_open_to(claim, room, later_s + ADMITTED_KEPT_S)


def test_a_no_is_no_until_the_person_asks_again() -> None:
    lobby = Lobby()
    lobby.knock(knock(), 10.0)
    assert lobby.decline(decline(), 11.0)
    assert not lobby.knock(knock(), 11.2), "it was on its way when the leader said no"
    assert names(lobby) == []
    assert lobby.knock(knock(), 11.0 + DEAF_AFTER_DECLINE_S)
    assert names(lobby) == [KARI]


def test_a_no_that_comes_after_another_leaders_yes_puts_nobody_out() -> None:
    lobby = Lobby()
    lobby.knock(knock(), 10.0)
    lobby.admit(admit(), 11.0)
    assert not lobby.decline(decline(), 12.0)
    assert lobby.is_admitted("vefsn", KARI)


@pytest.mark.parametrize("let_in", [False, True])
def test_whoever_leaves_neither_waits_nor_is_admitted(let_in: bool) -> None:
    lobby = Lobby()
    lobby.knock(knock(), 10.0)
    if let_in:
        lobby.admit(admit(), 11.0)
    lobby.gone(LobbyGone(robot="vefsn", link=KARI))
    assert names(lobby) == []
    assert not lobby.is_admitted("vefsn", KARI)
    assert lobby.knock(knock(), 12.0)


WORDS = st.lists(
    st.tuples(
        st.sampled_from(["knock", "admit", "decline", "gone", "tick"]), st.sampled_from([KARI, OLA]), st.floats(0, 5)
    ),
    max_size=30,
)


@given(WORDS)
def test_nobody_both_waits_and_is_admitted_and_all_nodes_agree(words: list[tuple[str, str, float]]) -> None:
    nodes, now = (Lobby(), Lobby()), 0.0
    for word, link, pause_s in words:
        now += pause_s
        for lobby in nodes:
            match word:
                case "knock":
                    lobby.knock(knock(link), now)
                case "admit":
                    lobby.admit(admit(link), now)
                case "decline":
                    lobby.decline(decline(link), now)
                case "gone":
                    lobby.gone(LobbyGone(robot="vefsn", link=link))
                case "tick":
                    lobby.tick(now)
                    lobby.forget(now)
        first, second = nodes
        assert first.waiting("vefsn") == second.waiting("vefsn")
        assert first.admitted("vefsn") == second.admitted("vefsn")
        assert not set(names(first)) & set(first.admitted("vefsn"))


# The queue of raised hands


def up(queue: FloorQueue, robot: str, since_s: float, now: float, **other: Any) -> None:
    """A heartbeat with the hand up (and what `other` says of it)."""
    body = FakeRobot(robot, "")
    body.session = session(other.pop("session", "session-1"))
    body.hand = HandState(raised=True, since_s=since_s, **other)
    queue.hear(body.state(), now)


def session(name: str) -> SessionState:
    return SessionState(
        id=name,
        seat="rodoy",
        connection="c" * 16,
        name="Kari",
        steering=True,
        since_s=1,
        lost_s=0,
        media="connected",
    )


def test_the_oldest_hand_is_first_and_ties_go_by_robot() -> None:
    queue = FloorQueue()
    up(queue, "vefsn", 1.0, 100.0)
    up(queue, "alstahaug", 4.0, 100.0)
    up(queue, "bronnoy", 1.0, 100.0)
    assert queue.order() == ("alstahaug", "bronnoy", "vefsn")


def test_a_heartbeat_that_comes_late_changes_no_places() -> None:
    queue = FloorQueue()
    up(queue, "vefsn", 2.0, 100.0)
    up(queue, "bronnoy", 1.9, 100.0)
    up(queue, "vefsn", 3.0, 101.6)  # late by 0.6 s
    assert queue.order() == ("vefsn", "bronnoy")


def test_of_a_hand_that_was_up_before_the_earliest_time_counts() -> None:
    queue = FloorQueue()
    up(queue, "bronnoy", 1.7, 100.0)
    up(queue, "vefsn", 2.0, 100.6)  # late by 0.6 s
    assert queue.order() == ("bronnoy", "vefsn")
    up(queue, "vefsn", 3.0, 101.0)
    assert queue.order() == ("vefsn", "bronnoy")


@given(
    st.lists(st.tuples(st.sampled_from(["alstahaug", "bronnoy", "vefsn"]), st.floats(0.001, 2), st.floats(0, 0.4))),
    st.lists(st.floats(0, 0.3), min_size=2, max_size=2),
)
def test_nodes_that_hear_the_same_in_the_same_order_have_the_same_queue(
    heard: list[tuple[str, float, float]], late_s: list[float]
) -> None:
    """Each node hears a robot after a while of its own, never one message before another that was sent before it."""
    queues, went_up, sent_s = [FloorQueue(), FloorQueue()], dict[str, float](), 100.0
    arrived_s = [0.0, 0.0]
    for number, (robot, after_s, more_s) in enumerate(heard):
        sent_s += after_s / 100
        since_s = sent_s - went_up.setdefault(robot, sent_s)
        for node, queue in enumerate(queues):
            jitter_s = more_s if number % 2 == node else 0.0
            arrived_s[node] = max(arrived_s[node] + 1e-6, sent_s + late_s[node] + jitter_s)
            up(queue, robot, since_s, arrived_s[node])
    assert queues[0].order() == queues[1].order() == tuple(went_up)


@pytest.mark.parametrize("how", ["down", "floor", "gone", "nobody"])
def test_a_hand_that_is_down_or_has_the_floor_does_not_wait(how: str) -> None:
    queue = FloorQueue()
    up(queue, "vefsn", 2.0, 100.0)
    up(queue, "bronnoy", 1.0, 100.0)
    if how == "floor":
        up(queue, "vefsn", 3.0, 101.0, floor=True)
    elif how == "gone":
        queue.forget("vefsn")
    else:
        body = FakeRobot("vefsn", "")
        body.session = session("session-1") if how == "down" else None
        queue.hear(body.state(), 101.0)
    assert queue.order() == ("bronnoy",)


@pytest.mark.parametrize(("change", "since_s"), [({"session": "session-2"}, 0.5), ({}, 0.5)])
def test_a_hand_that_goes_up_anew_stands_last(change: dict[str, str], since_s: float) -> None:
    queue = FloorQueue()
    up(queue, "vefsn", 20.0, 100.0)
    up(queue, "bronnoy", 10.0, 100.0)
    up(queue, "vefsn", since_s, 100.0 + AGAIN_AFTER_S, **change)  # that it was down between was lost on the way
    assert queue.order() == ("bronnoy", "vefsn")


def test_the_floor_that_is_taken_back_gives_the_old_place() -> None:
    queue = FloorQueue()
    up(queue, "vefsn", 20.0, 100.0)
    up(queue, "bronnoy", 10.0, 100.0)
    up(queue, "vefsn", 21.0, 101.0, floor=True)
    up(queue, "vefsn", 22.0, 102.0)
    assert queue.order() == ("vefsn", "bronnoy")


# Who may do what


def tags(union: Any) -> set[str]:
    """The tags of a union of messages."""
    return {model.model_fields["type"].default for model in get_args(get_args(union)[0])}


PATIENT = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=1)
RELATIVE = new_claim("vefsn", "rodoy", "Per", not_before=0, expires=1, role="relative")
OF_VEFSN = new_claim("vefsn", "leader", "Ane", not_before=0, expires=1, role="leader")
OF_ALL = new_claim(EVERY_ROBOT, "leader", "Ane", not_before=0, expires=1, role="leader")
FROM_THE_SEAT = (tags(web.FromPage) - {"act"}) | tags(commands.Action) | {SOUND}
FROM_A_RELATIVE = tags(web.FromWatcher)
FROM_A_LEADER = (tags(leader.FromLeader) - {"leader_act"}) | tags(commands.LeaderAction)

NAMES = ("patient", "relative", "leader", "leader of all")


def test_the_table_has_every_deed_of_the_wire_and_no_other() -> None:
    assert IN_THE_SEAT == FROM_THE_SEAT
    assert LEADING == FROM_A_LEADER
    assert WATCHING == FROM_A_RELATIVE
    assert WATCHING < IN_THE_SEAT, "a relative may nothing that the patient's page may not"
    # how loud somebody is concerns the room too; the head is the leader's as long as nobody is inside
    assert {"set_volume", "ask_heard", "look_at"} == IN_THE_SEAT & LEADING


@pytest.mark.parametrize("deed", sorted(FROM_THE_SEAT | FROM_A_LEADER))
@pytest.mark.parametrize("robot", ["vefsn", "bronnoy"])
@pytest.mark.parametrize("claim", [PATIENT, RELATIVE, OF_VEFSN, OF_ALL], ids=NAMES)
def test_every_cell(claim: Claim, deed: str, robot: str) -> None:
    own = {"patient": FROM_THE_SEAT, "relative": FROM_A_RELATIVE, "leader": FROM_A_LEADER}[claim.role]
    here = robot == "vefsn" or claim is OF_ALL
    assert may(claim, deed, robot) == (deed in own and here)


@pytest.mark.parametrize(
    ("message", "deed"),
    [
        (web.Knock(), "knock"),
        (web.Leave(), "leave"),
        (web.Act(id="1", seq=1, sent_ms=1, action=commands.RaiseHand(raised=True)), "raise_hand"),
        (leader.LeaderAct(id="1", robot="vefsn", session=None, action=commands.SetPrivate(on=True)), "set_private"),
        (leader.Admit(robot="vefsn", link=KARI), "admit"),
    ],
)
def test_a_message_is_named_by_what_it_asks_for(message: Wire, deed: str) -> None:
    assert deed_of(message) == deed


def test_what_nobody_knows_nobody_may() -> None:
    assert not any(may(claim, "no_such_deed", "vefsn") for claim in (PATIENT, OF_VEFSN, OF_ALL))
