"""Nothing stale runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.commands import (
    Action,
    AskHeard,
    Command,
    EndForPerson,
    GestureName,
    GiveFloor,
    LeaderAction,
    LeaderCommand,
    LookAt,
    LowerHand,
    MakeGesture,
    MarkSeen,
    RaiseHand,
    Refusal,
    RemovePlace,
    SavePlace,
    SetPrivate,
    SetVolume,
)
from protocol.preflight import RunPreflight
from robot_agent.command_gate import MOTION_MAX_AGE_MS, OTHER_MAX_AGE_MS, REMEMBERED, ClockOffset, CommandGate

SESSION, CONNECTION, EPOCH = "session-1", "connection-1", "e" * 8
TABLET_AHEAD_MS = 7_654_321.0  # the tablet's clock has nothing to do with ours


def command(seq: int, sent_ms: float, action: Action | None = None, **other: str) -> Command:
    where = {"session": SESSION, "connection": CONNECTION, "epoch": EPOCH} | other
    return Command(
        id=f"c{seq}", seq=seq, sent_ms=sent_ms + TABLET_AHEAD_MS, action=action or RaiseHand(raised=True), **where
    )


@pytest.fixture
def gate() -> CommandGate:
    opened = CommandGate()
    opened.open_for(SESSION, CONNECTION, TABLET_AHEAD_MS, now_ms=40.0)  # the offer took 40 ms
    return opened


def test_a_command_in_order_and_in_time_passes(gate: CommandGate) -> None:
    assert gate.check(command(1, 1000), EPOCH, 1030) is None
    assert gate.check(command(5, 2000), EPOCH, 2090) is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"session": "session-2"}, Refusal.OTHER_SESSION),
        ({"connection": "connection-2"}, Refusal.OTHER_SESSION),
        ({"epoch": "f" * 8}, Refusal.OTHER_EPOCH),
    ],
)
def test_another_session_connection_or_epoch_is_refused(
    gate: CommandGate, wrong: dict[str, str], reason: Refusal
) -> None:
    assert gate.check(command(1, 1000, **wrong), EPOCH, 1030) is reason
    assert gate.check(command(1, 1000), EPOCH, 1030) is None, "the refusal used nothing up"


def test_a_repeated_or_overtaken_command_is_refused(gate: CommandGate) -> None:
    assert gate.check(command(2, 1000), EPOCH, 1030) is None
    assert gate.check(command(2, 1000), EPOCH, 1031) is Refusal.OUT_OF_ORDER
    assert gate.check(command(1, 990), EPOCH, 1032) is Refusal.OUT_OF_ORDER


@pytest.mark.parametrize(
    ("action", "limit_ms"),
    [
        (LookAt(pan_deg=1, tilt_deg=1), MOTION_MAX_AGE_MS),
        (MakeGesture(gesture=GestureName.NOD), MOTION_MAX_AGE_MS),
        (RaiseHand(raised=True), OTHER_MAX_AGE_MS),
    ],
)
def test_age_is_what_is_later_than_the_fastest_message(gate: CommandGate, action: Action, limit_ms: float) -> None:
    fastest_ms = 40.0
    assert gate.check(command(1, 1000, action), EPOCH, 1000 + fastest_ms + limit_ms) is None
    assert gate.check(command(2, 1000, action), EPOCH, 1000 + fastest_ms + limit_ms + 1) is Refusal.TOO_OLD
    assert gate.check(command(2, 9000, action), EPOCH, 9000 + fastest_ms) is None, "and the gate is still open"


def test_without_a_session_nothing_passes(gate: CommandGate) -> None:
    gate.close()
    assert gate.check(command(1, 0), EPOCH, 0) is Refusal.NO_SESSION
    assert not gate.set_point_is_fresh(0, 0)


def test_set_points_that_waited_in_a_queue_do_not_move_the_head(gate: CommandGate) -> None:
    assert gate.set_point_is_fresh(TABLET_AHEAD_MS + 1000, 1040)
    assert not gate.set_point_is_fresh(TABLET_AHEAD_MS + 1000, 1040 + MOTION_MAX_AGE_MS + 1)


def test_clocks_that_drift_apart_for_hours_do_no_harm() -> None:
    clock = ClockOffset()
    slow = 1 - 200e-6  # the tablet loses 200 ppm: 2.2 s in three hours
    ages = [clock.age_ms(now_ms * slow, float(now_ms)) for now_ms in range(0, 3 * 3600 * 1000, 1000)]
    assert max(ages) < 20


def test_a_tablet_that_slept_can_steer_again_at_once(gate: CommandGate) -> None:
    gate.beat(CONNECTION, TABLET_AHEAD_MS + 1000, 1040)
    slept_ms = 8000  # and its clock stood still
    gate.beat(CONNECTION, TABLET_AHEAD_MS + 1100, 1140 + slept_ms)
    assert gate.set_point_is_fresh(TABLET_AHEAD_MS + 1200, 1240 + slept_ms)


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 400)), min_size=1, max_size=50))
def test_an_age_is_never_negative_and_never_more_than_the_delay(steps: list[tuple[float, float]]) -> None:
    clock, sent = ClockOffset(), 0.0
    for pause_ms, delay_ms in steps:
        sent += pause_ms
        age = clock.age_ms(sent, sent + delay_ms + TABLET_AHEAD_MS)
        assert -1e-6 <= age <= delay_ms + 1e-6


FOR_THE_PERSON: list[LeaderAction] = [MarkSeen(), GiveFloor(given=True), LowerHand(), EndForPerson()]


def led(action: LeaderAction, number: int = 1, session: str | None = SESSION, epoch: str = EPOCH) -> LeaderCommand:
    return LeaderCommand(id=f"l{number}", epoch=epoch, session=session, by="Ane", action=action)


@pytest.mark.parametrize("action", FOR_THE_PERSON, ids=lambda action: action.type)
def test_a_leader_acts_for_whoever_is_here_now_and_nobody_else(gate: CommandGate, action: LeaderAction) -> None:
    assert gate.check_leader(led(action, session="session-2"), EPOCH) is Refusal.OTHER_SESSION
    assert gate.check_leader(led(action, session=None), EPOCH) is Refusal.OTHER_SESSION
    assert gate.check_leader(led(action, epoch="f" * 8), EPOCH) is Refusal.OTHER_EPOCH
    assert gate.check_leader(led(action), EPOCH) is None, "the refusals used nothing up"
    gate.close()
    assert gate.check_leader(led(action, 2), EPOCH) is Refusal.NO_SESSION


FOR_THE_ROBOT: list[LeaderAction] = [
    SetPrivate(on=True),
    LookAt(pan_deg=0, tilt_deg=0),
    SavePlace(name="Tavla"),
    RemovePlace(name="Tavla"),
    RunPreflight(),
]


@pytest.mark.parametrize("action", FOR_THE_ROBOT, ids=lambda action: action.type)
@pytest.mark.parametrize("session", [None, SESSION, "session-2"])
def test_what_concerns_the_robot_asks_for_no_session_but_for_this_epoch(
    gate: CommandGate, session: str | None, action: LeaderAction
) -> None:
    assert gate.check_leader(led(action, 1, session), EPOCH) is None
    gate.close()
    assert gate.check_leader(led(action, 2, session), EPOCH) is None
    assert gate.check_leader(led(action, 3, session, "f" * 8), EPOCH) is Refusal.OTHER_EPOCH


@pytest.mark.parametrize("action", [SetVolume(percent=60), AskHeard()], ids=lambda action: action.type)
def test_the_sound_is_tried_for_nobody_while_nobody_is_in(gate: CommandGate, action: LeaderAction) -> None:
    assert gate.check_leader(led(action, session=None), EPOCH) is Refusal.OTHER_SESSION, "it is the person's"
    gate.close()
    assert gate.check_leader(led(action, session=None, epoch="f" * 8), EPOCH) is Refusal.OTHER_EPOCH
    assert gate.check_leader(led(action), EPOCH) is Refusal.NO_SESSION
    assert gate.check_leader(led(action, session=None), EPOCH) is None


def test_a_leaders_command_that_the_broker_says_twice_is_done_once(gate: CommandGate) -> None:
    assert gate.check_leader(led(LowerHand(), 0), EPOCH) is None
    assert gate.check_leader(led(LowerHand(), 0), EPOCH) is Refusal.OUT_OF_ORDER
    for number in range(1, REMEMBERED + 1):
        assert gate.check_leader(led(LowerHand(), number), EPOCH) is None
    assert gate.check_leader(led(LowerHand(), 0), EPOCH) is None, "what is remembered is bounded"
